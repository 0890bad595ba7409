//! Entities: in and out, in order, under their revision, unique, with what they refer to.

use crate::fixtures::{
    World, approval, at, check, check_state, connection, deployment, environment, first_state, incident, lock, mira, product, put, release,
    uuid,
};
use crate::lab::Lab;
use pilothouse_domain::check::{CheckState, Health};
use pilothouse_domain::deployment::DeploymentState;
use pilothouse_domain::lock::Lifted;
use pilothouse_domain::{CheckId, ConnectionId, EnvironmentId, ProductId, ReleaseId};
use pilothouse_engine::ports::store::{DeploymentFilter, IncidentFilter, ReleaseFilter, StoreError, Write};

pub(crate) async fn every_entity_comes_back_as_it_was_written(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let mut front = check(&world.staging, "Front page");
    let mut one = release(world.product.id, "1.1.0-rc.1+build.7", 10);
    let vote = approval(one.id, 20);
    let mut going = deployment(&one, &world.staging, 30, DeploymentState::InProgress);
    let mut closed = lock(world.product.id, Some(world.staging.id), 40);
    closed.release_id = Some(one.id);
    let mut failing = incident(&world.staging, 1, 50);
    let state = check_state(Health::Failing);
    put(
        &*store,
        vec![
            Write::Check(front.clone()),
            first_state(front.id, Health::Failing),
            Write::Release(one.clone()),
            Write::Approval(vote.clone()),
            Write::Deployment(going.clone()),
            Write::Lock(closed.clone()),
            Write::Incident(failing.clone()),
            Write::Setting { key: "me".into(), value: "Mira".into() },
        ],
    )
    .await
    .unwrap();
    for revision in [&mut front.revision, &mut one.revision, &mut going.revision, &mut closed.revision, &mut failing.revision] {
        *revision = 1;
    }

    for store in [store, lab.open().await] {
        assert_eq!(store.connection(world.connection.id).await.unwrap(), world.connection);
        assert_eq!(store.connections().await.unwrap(), std::slice::from_ref(&world.connection));
        assert_eq!(store.product(world.product.id).await.unwrap(), world.product);
        assert_eq!(store.products().await.unwrap(), std::slice::from_ref(&world.product));
        assert_eq!(store.environment(world.staging.id).await.unwrap(), world.staging);
        assert_eq!(store.environments(None).await.unwrap(), [world.staging.clone(), world.production.clone()]);
        assert_eq!(store.check(front.id).await.unwrap(), front);
        assert_eq!(store.checks(Some(world.staging.id)).await.unwrap(), [front.clone()]);
        assert_eq!(store.checks(Some(world.production.id)).await.unwrap(), []);
        assert_eq!(store.check_states().await.unwrap(), [(front.id, state.clone())]);
        assert_eq!(store.check_state(front.id).await.unwrap(), Some(state.clone()));
        assert_eq!(store.check_state(CheckId::new(uuid())).await.unwrap(), None);
        assert_eq!(store.release(one.id).await.unwrap(), one);
        assert_eq!(store.releases(&ReleaseFilter::default()).await.unwrap(), [one.clone()]);
        assert_eq!(store.approvals(one.id).await.unwrap(), std::slice::from_ref(&vote));
        assert_eq!(store.deployment(going.id).await.unwrap(), going);
        assert_eq!(store.deployments(&DeploymentFilter::default()).await.unwrap(), [going.clone()]);
        assert_eq!(store.locks(None).await.unwrap(), [closed.clone()]);
        assert_eq!(store.incident(failing.id).await.unwrap(), failing);
        assert_eq!(store.incidents(&IncidentFilter::default()).await.unwrap(), [failing.clone()]);
        assert_eq!(store.last_incident_number().await.unwrap(), 1);
        assert_eq!(store.setting("me").await.unwrap().as_deref(), Some("Mira"));
        assert_eq!(store.setting("you").await.unwrap(), None);
    }

    let store = lab.open().await;
    closed.lifted = Some(Lifted { by: mira(), at: at(60), reason: "Fixed".into() });
    failing.closed_at = Some(at(61));
    put(
        &*store,
        vec![
            Write::Lock(closed),
            Write::Incident(failing.clone()),
            Write::Setting { key: "me".into(), value: "Jonas".into() },
            Write::CheckState { check: front.id, before: Some(state.clone()), after: check_state(Health::Healthy) },
        ],
    )
    .await
    .unwrap();
    assert_eq!(store.locks(Some(world.product.id)).await.unwrap(), [], "lifted");
    assert_eq!(store.incidents(&IncidentFilter { open_only: true, ..Default::default() }).await.unwrap(), []);
    assert_eq!(store.incident(failing.id).await.unwrap().revision, 2);
    assert_eq!(store.setting("me").await.unwrap().as_deref(), Some("Jonas"));
    assert_eq!(store.check_states().await.unwrap(), [(front.id, check_state(Health::Healthy))]);
}

pub(crate) async fn lists_come_in_their_order(lab: &Lab) {
    let store = lab.open().await;
    let account = connection();
    let names = ["zeta", "Beta", "alpha", "beta", "Ärger", "Zeta"];
    let mut writes = vec![Write::Connection(account.clone())];
    for name in names {
        let product = product(account.id, name);
        writes.push(Write::Product(product.clone()));
        let production = environment(product.id, "production", 1);
        writes.push(Write::Environment(production.clone()));
        writes.push(Write::Environment(environment(product.id, "staging", 0)));
        writes.push(Write::Check(check(&production, &format!("{name} front"))));
    }
    put(&*store, writes).await.unwrap();

    let sorted = ["alpha", "Beta", "beta", "Zeta", "zeta", "Ärger"];
    let products = store.products().await.unwrap();
    assert_eq!(products.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), sorted);
    let environments = store.environments(None).await.unwrap();
    let expected: Vec<(ProductId, &str)> = products.iter().flat_map(|p| [(p.id, "staging"), (p.id, "production")]).collect();
    assert_eq!(environments.iter().map(|e| (e.product_id, e.name.as_str())).collect::<Vec<_>>(), expected);
    let of_one = store.environments(Some(products[2].id)).await.unwrap();
    assert_eq!(of_one.iter().map(|e| e.position).collect::<Vec<_>>(), [0, 1]);
    let checks = store.checks(None).await.unwrap();
    assert_eq!(checks.iter().map(|c| c.name.trim_end_matches(" front")).collect::<Vec<_>>(), sorted);
}

pub(crate) async fn a_stale_revision_is_refused(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let mut front = check(&world.staging, "Front page");
    let one = world.release(&*store, "1.1.0", 10).await;
    let mut queued = deployment(&one, &world.staging, 30, DeploymentState::Queued { waits_for: None });
    let mut closed = lock(world.product.id, None, 40);
    let mut failing = incident(&world.staging, 1, 50);
    let writes =
        [Write::Check(front.clone()), Write::Deployment(queued.clone()), Write::Lock(closed.clone()), Write::Incident(failing.clone())];
    put(&*store, writes.to_vec()).await.unwrap();
    (front.revision, queued.revision, closed.revision, failing.revision) = (1, 1, 1, 1);

    let writes = [
        (Write::Connection(world.connection.clone()), "connection", world.connection.id.uuid()),
        (Write::Product(world.product.clone()), "product", world.product.id.uuid()),
        (Write::Environment(world.staging.clone()), "environment", world.staging.id.uuid()),
        (Write::Check(front.clone()), "health_check", front.id.uuid()),
        (Write::Release(one.clone()), "release", one.id.uuid()),
        (Write::Deployment(queued.clone()), "deployment", queued.id.uuid()),
        (Write::Lock(closed.clone()), "lock", closed.id.uuid()),
        (Write::Incident(failing.clone()), "incident", failing.id.uuid()),
    ];
    for (write, kind, id) in writes {
        put(&*store, vec![write.clone()]).await.unwrap();
        let again = put(&*store, vec![write]).await;
        assert_eq!(again, Err(StoreError::Conflict { kind, id: id.to_string() }));
    }
    for remove in [Write::RemoveCheck(front), Write::RemoveEnvironment(world.production.clone())] {
        let expected = match &remove {
            Write::RemoveCheck(row) => StoreError::Conflict { kind: "health_check", id: row.id.to_string() },
            _ => {
                // Its revision is current: moved on here, so that the removal is stale.
                put(&*store, vec![Write::Environment(world.production.clone())]).await.unwrap();
                StoreError::Conflict { kind: "environment", id: world.production.id.to_string() }
            }
        };
        assert_eq!(put(&*store, vec![remove]).await, Err(expected));
    }
    let mut gone = environment(world.product.id, "elsewhere", 7);
    gone.revision = 3;
    let conflict = Err(StoreError::Conflict { kind: "environment", id: gone.id.to_string() });
    assert_eq!(put(&*store, vec![Write::Environment(gone)]).await, conflict, "what isn't there can't be changed");
}

pub(crate) async fn a_stale_check_state_is_refused(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let front = check(&world.staging, "Front page");
    put(&*store, vec![Write::Check(front.clone()), first_state(front.id, Health::Failing)]).await.unwrap();
    let (failing, healthy) = (check_state(Health::Failing), check_state(Health::Healthy));
    let of = |before: Option<&CheckState>| Write::CheckState { check: front.id, before: before.cloned(), after: healthy.clone() };
    let other_version = CheckState { versions: Vec::new(), ..failing.clone() };
    let once_more = CheckState { failures: 1, ..failing.clone() };
    for stale in [None, Some(&healthy), Some(&other_version), Some(&once_more)] {
        let refused = Err(StoreError::Conflict { kind: "check_state", id: front.id.to_string() });
        assert_eq!(put(&*store, vec![of(stale)]).await.map(drop), refused, "{stale:?}");
        assert_eq!(store.check_state(front.id).await.unwrap(), Some(failing.clone()));
    }
    put(&*store, vec![of(Some(&failing))]).await.unwrap();
    assert_eq!(store.check_state(front.id).await.unwrap(), Some(healthy));
}

pub(crate) async fn an_id_is_used_once(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let mut twin = product(world.connection.id, "Another name");
    twin.id = world.product.id;
    let conflict = Err(StoreError::Conflict { kind: "product", id: twin.id.to_string() });
    assert_eq!(put(&*store, vec![Write::Product(twin)]).await, conflict);
    let one = world.release(&*store, "1.1.0", 10).await;
    let vote = approval(one.id, 20);
    put(&*store, vec![Write::Approval(vote.clone())]).await.unwrap();
    let conflict = Err(StoreError::Conflict { kind: "approval", id: vote.id.to_string() });
    assert_eq!(put(&*store, vec![Write::Approval(vote)]).await, conflict);
}

pub(crate) async fn what_is_taken_is_named(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let one = world.release(&*store, "1.1.0", 10).await;
    let going = deployment(&one, &world.staging, 30, DeploymentState::InProgress);
    put(
        &*store,
        vec![Write::Check(check(&world.staging, "Front page")), Write::Deployment(going), Write::Incident(incident(&world.staging, 1, 50))],
    )
    .await
    .unwrap();
    let mut renamed = world.production.clone();
    renamed.name = "staging".into();
    let mut moved = world.production.clone();
    moved.position = 0;
    let mut same_number = incident(&world.production, 1, 60);
    same_number.closed_at = Some(at(61));
    let cases = [
        (Write::Connection(connection()), "connection_name_key", "The connection name “GitHub”"),
        (Write::Product(product(world.connection.id, "Checkout")), "product_name_key", "The product name “Checkout”"),
        (Write::Environment(environment(world.product.id, "staging", 2)), "environment_product_name_key", "The environment name “staging”"),
        (Write::Environment(renamed), "environment_product_name_key", "The environment name “staging”"),
        (Write::Environment(environment(world.product.id, "test", 1)), "environment_product_position_key", "Place 2 in the promotion path"),
        (Write::Environment(moved), "environment_product_position_key", "Place 1 in the promotion path"),
        (Write::Check(check(&world.staging, "Front page")), "health_check_environment_name_key", "The check name “Front page”"),
        (Write::Release(release(world.product.id, "1.1.0", 11)), "release_product_version_key", "The version 1.1.0"),
        (
            Write::Deployment(deployment(&one, &world.staging, 31, DeploymentState::InProgress)),
            "deployment_environment_active_key",
            "The turn to deploy to staging",
        ),
        (Write::Incident(same_number), "incident_number_key", "The incident number 1"),
        (
            Write::Incident(incident(&world.staging, 2, 60)),
            "incident_environment_open_key",
            "The place for an open incident in this environment",
        ),
    ];
    for (write, constraint, what) in cases {
        let taken = StoreError::Taken { constraint: constraint.into(), what: what.into() };
        assert_eq!(put(&*store, vec![write]).await, Err(taken));
    }
    let elsewhere = [
        Write::Check(check(&world.production, "Front page")),
        Write::Deployment(deployment(&one, &world.production, 31, DeploymentState::InProgress)),
        Write::Deployment(deployment(&one, &world.staging, 32, DeploymentState::Queued { waits_for: None })),
        Write::Incident(incident(&world.production, 2, 60)),
    ];
    put(&*store, elsewhere.to_vec()).await.unwrap();
}

pub(crate) async fn what_is_missing_is_named(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let nowhere = environment(ProductId::new(uuid()), "nowhere", 0);
    let mut elsewhere = check(&world.staging, "Front page");
    elsewhere.environment_id = EnvironmentId::new(uuid());
    let unwritten = release(world.product.id, "9.9.9", 1);
    let cases = [
        (Write::Product(product(ConnectionId::new(uuid()), "Shop")), "connection"),
        (Write::Environment(nowhere), "product"),
        (Write::Check(elsewhere), "environment"),
        (first_state(CheckId::new(uuid()), Health::Failing), "health_check"),
        (Write::Approval(approval(ReleaseId::new(uuid()), 1)), "release"),
        (Write::Deployment(deployment(&unwritten, &world.staging, 1, DeploymentState::InProgress)), "release"),
    ];
    for (write, kind) in cases {
        match put(&*store, vec![write]).await {
            Err(StoreError::NotFound { kind: found, .. }) => assert_eq!(found, kind),
            other => panic!("{kind}: {other:?}"),
        }
    }
    let id = ReleaseId::new(uuid());
    assert_eq!(store.release(id).await, Err(StoreError::NotFound { kind: "release", id: id.to_string() }));
    let after = ReleaseFilter { after: Some(id), ..Default::default() };
    assert_eq!(store.releases(&after).await, Err(StoreError::NotFound { kind: "release", id: id.to_string() }));
}

pub(crate) async fn places_are_swapped_in_one_change(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (mut staging, mut production) = (world.staging.clone(), world.production.clone());
    (staging.position, production.position) = (1, 0);
    put(&*store, vec![Write::Environment(staging), Write::Environment(production)]).await.unwrap();
    let path = store.environments(Some(world.product.id)).await.unwrap();
    assert_eq!(
        path.iter().map(|e| (e.name.as_str(), e.position, e.revision)).collect::<Vec<_>>(),
        [("production", 0, 2), ("staging", 1, 2)]
    );

    // A new one in front, the others move up, the last goes.
    let (mut first, last) = (path[0].clone(), path[1].clone());
    first.position = 1;
    let test = environment(world.product.id, "test", 0);
    put(&*store, vec![Write::Environment(test), Write::Environment(first), Write::RemoveEnvironment(last)]).await.unwrap();
    let path = store.environments(Some(world.product.id)).await.unwrap();
    assert_eq!(path.iter().map(|e| (e.name.as_str(), e.position)).collect::<Vec<_>>(), [("test", 0), ("production", 1)]);
}

pub(crate) async fn text_may_hold_anything(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let wild = "quote ' \" \\ \u{0} \u{1} \n 🚢 $1 ?1 %s";
    let mut one = release(world.product.id, "1.1.0", 10);
    one.notes = wild.into();
    one.changelog[0].title = wild.into();
    let mut change = crate::fixtures::audited(vec![Write::Release(one.clone())]);
    change.audit[0].summary = wild.into();
    store.commit(change).await.unwrap();
    one.revision = 1;
    assert_eq!(store.release(one.id).await.unwrap(), one);
    assert_eq!(store.audit(&Default::default()).await.unwrap()[0].entry.summary, wild);
}
