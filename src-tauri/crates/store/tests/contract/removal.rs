//! What is taken away, what goes with it, and what stays because it is needed.

use crate::fixtures::{World, at, check, connection, deployment, first_state, incident, lock, measurement, put, succeeded};
use crate::lab::Lab;
use pilothouse_domain::check::{Health, Outcome};
use pilothouse_engine::ports::notifier::{Alert, AlertSubject, Urgency};
use pilothouse_engine::ports::store::{Committed, OutboxEffect, OutboxSubject, OutboxWrite, Store, StoreError, Write};

fn in_use(what: &str) -> Result<Committed, StoreError> {
    Err(StoreError::InUse { what: what.into() })
}

pub(crate) async fn what_is_in_use_stays(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let front = check(&world.staging, "Front page");
    let one = world.release(&*store, "1.1.0", 1).await;
    put(&*store, vec![Write::Check(front.clone()), Write::Deployment(deployment(&one, &world.staging, 1, succeeded(2)))]).await.unwrap();
    store.record_measurements(&[(front.id, measurement(1, Outcome::Passed))]).await.unwrap();
    assert_eq!(put(&*store, vec![Write::RemoveConnection(world.connection.clone())]).await, in_use("The connection “GitHub”"));
    assert_eq!(put(&*store, vec![Write::RemoveProduct(world.product.clone())]).await, in_use("The product “Checkout”"));
    assert_eq!(put(&*store, vec![Write::RemoveEnvironment(world.staging.clone())]).await, in_use("The environment “staging”"));
    assert_eq!(store.measurements(front.id, at(9), 9).await.unwrap().len(), 1, "a refused removal takes nothing along");
    assert_eq!(store.environments(None).await.unwrap().len(), 2);

    put(&*store, vec![Write::RemoveEnvironment(world.production.clone())]).await.unwrap();
    assert_eq!(store.environments(None).await.unwrap(), [world.staging]);
    let mut spare = pilothouse_domain::connection::Connection { name: "Spare".into(), ..connection() };
    put(&*store, vec![Write::Connection(spare.clone())]).await.unwrap();
    spare.revision = 1;
    put(&*store, vec![Write::RemoveConnection(spare.clone())]).await.unwrap();
    assert_eq!(store.connection(spare.id).await, Err(StoreError::NotFound { kind: "connection", id: spare.id.to_string() }));
}

/// Puts a check with a state, a measurement, an incident with its alert, and a lock into staging, and an alert elsewhere.
async fn furnish(store: &dyn Store, world: &World) -> (pilothouse_domain::CheckId, pilothouse_domain::IncidentId) {
    let front = check(&world.staging, "Front page");
    let failing = incident(&world.staging, 1, 2);
    let elsewhere = incident(&world.production, 2, 2);
    let alert = |incident: &pilothouse_domain::incident::Incident| OutboxWrite::Schedule {
        subject: OutboxSubject::Incident(incident.id),
        effect: OutboxEffect::Alert(Alert {
            about: Some(AlertSubject::Incident(incident.id)),
            title: "Checkout is failing".into(),
            body: String::new(),
            urgency: Urgency::Critical,
            at: at(2),
            concerns: None,
        }),
        written_at: at(2),
        due_at: at(2),
    };
    let mut change = crate::fixtures::audited(vec![
        Write::Check(front.clone()),
        first_state(front.id, Health::Failing),
        Write::Incident(failing.clone()),
        Write::Incident(elsewhere.clone()),
        Write::Lock(lock(world.product.id, Some(world.staging.id), 3)),
    ]);
    change.outbox = vec![alert(&failing), alert(&elsewhere)];
    store.commit(change).await.unwrap();
    store.record_measurements(&[(front.id, measurement(1, Outcome::Passed))]).await.unwrap();
    (front.id, elsewhere.id)
}

async fn assert_staging_is_gone(store: &dyn Store, front: pilothouse_domain::CheckId) {
    assert_eq!(store.checks(None).await.unwrap(), []);
    assert_eq!(store.check_states().await.unwrap(), []);
    assert_eq!(store.measurements(front, at(9), 9).await.unwrap(), []);
    assert_eq!(store.locks(None).await.unwrap(), []);
}

fn told(committed: &Committed) -> Vec<&str> {
    committed.changes.iter().map(|notice| notice.kind.as_str()).collect()
}

pub(crate) async fn an_environment_takes_its_checks_along(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (front, elsewhere) = furnish(&*store, &world).await;
    let committed = put(&*store, vec![Write::RemoveEnvironment(world.staging.clone())]).await.unwrap();
    assert_eq!(told(&committed), ["health_check", "environment"]);
    assert_staging_is_gone(&*store, front).await;
    let left: Vec<_> = store.incidents(&Default::default()).await.unwrap().iter().map(|incident| incident.id).collect();
    assert_eq!(left, [elsewhere]);
    let due: Vec<_> = store.claim_due("me", at(9), at(60), 9).await.unwrap().iter().map(|entry| entry.subject).collect();
    assert_eq!(due, [OutboxSubject::Incident(elsewhere)], "nobody is alerted about what is gone");
    assert_eq!(store.environments(None).await.unwrap(), [world.production]);
}

pub(crate) async fn a_product_takes_its_environments_along(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (front, _) = furnish(&*store, &world).await;
    let writes = vec![Write::RemoveProduct(world.product.clone()), Write::RemoveConnection(world.connection.clone())];
    // Without its product nothing holds the connection.
    let committed = put(&*store, writes).await.unwrap();
    assert_eq!(told(&committed), ["health_check", "environment", "environment", "product", "connection"]);
    assert_staging_is_gone(&*store, front).await;
    assert_eq!(store.environments(None).await.unwrap(), []);
    assert_eq!(store.incidents(&Default::default()).await.unwrap(), []);
    assert_eq!(store.claim_due("me", at(9), at(60), 9).await.unwrap(), []);
    assert_eq!(store.last_incident_number().await.unwrap(), 2, "a number is not given twice");
    // Removing is a change like any other: what happened stays in the audit.
    assert_eq!(store.audit_head().await.unwrap().seq, 3);
}
