//! Coordinated releases and their ways: in and out, one open way to an environment, and what is to be done about them.

use crate::fixtures::{World, at, audited, mira, put, uuid};
use crate::lab::Lab;
use pilothouse_domain::calendar::Withdrawn;
use pilothouse_domain::coordinated_release::{
    CoordinatedMember, CoordinatedRelease, CoordinatedRun, CoordinatedRunState, MemberBack, RunMember, RunMemberState, WayBackChoice,
};
use pilothouse_domain::release::Release;
use pilothouse_domain::{CoordinatedReleaseId, CoordinatedRunId, DeploymentId};
use pilothouse_engine::ports::coordination_store::{CoordinatedReleaseFilter, CoordinatedRunFilter};
use pilothouse_engine::ports::store::{OutboxEffect, OutboxSubject, OutboxWrite, StoreError, Write};

fn coordinated(name: &str, release: &Release, seconds: i64) -> CoordinatedRelease {
    CoordinatedRelease {
        id: CoordinatedReleaseId::new(uuid()),
        revision: 0,
        name: name.into(),
        members: vec![CoordinatedMember { product_id: release.product_id, release_id: release.id, stage: 1 }],
        created_by: mira(),
        created_at: at(seconds),
        runs: 0,
        closed: None,
    }
}

fn run(of: &CoordinatedRelease, world: &World, release: &Release, environment: &str, seconds: i64) -> CoordinatedRun {
    let to = WayBackChoice { release_id: release.id, version: release.version.clone(), redeploy: true };
    let member = RunMember {
        product_id: world.product.id,
        product: world.product.name.clone(),
        release_id: release.id,
        version: release.version.clone(),
        content: "c0ffee".into(),
        wanted_at: at(seconds),
        environment_id: Some(world.staging.id),
        stage: 1,
        state: RunMemberState::Started { at: at(seconds) },
        deployments: vec![DeploymentId::new(uuid())],
        back: Some(MemberBack::Waiting { to }),
    };
    CoordinatedRun {
        id: CoordinatedRunId::new(uuid()),
        revision: 0,
        coordinated_release_id: of.id,
        name: of.name.clone(),
        environment: environment.into(),
        members: vec![member],
        started_by: mira(),
        started_at: at(seconds),
        state: CoordinatedRunState::UnderWay,
        back: None,
    }
}

pub(crate) async fn they_come_back_and_names_of_closed_ones_are_free(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let mut autumn = coordinated("Autumn", &release, 10);
    put(&*store, vec![Write::CoordinatedRelease(autumn.clone()), Write::CoordinatedRelease(coordinated("Winter", &release, 20))])
        .await
        .unwrap();
    autumn.revision = 1;
    assert_eq!(store.coordinated_release(autumn.id).await.unwrap(), autumn);
    let taken = put(&*store, vec![Write::CoordinatedRelease(coordinated("Autumn", &release, 30))]).await;
    assert!(matches!(taken, Err(StoreError::Taken { ref what, .. }) if what == "The coordinated release “Autumn”"), "{taken:?}");
    autumn.closed = Some(Withdrawn { by: mira(), at: at(40), reason: "shipped".into() });
    put(&*store, vec![Write::CoordinatedRelease(autumn.clone())]).await.unwrap();
    put(&*store, vec![Write::CoordinatedRelease(coordinated("Autumn", &release, 50))]).await.unwrap();
    let names = async |open_only| -> Vec<String> {
        let filter = CoordinatedReleaseFilter { open_only, limit: 9 };
        store.coordinated_releases(&filter).await.unwrap().into_iter().map(|c| c.name).collect()
    };
    assert_eq!(names(false).await, ["Autumn", "Winter", "Autumn"], "last made first");
    assert_eq!(names(true).await, ["Autumn", "Winter"]);
    let stale = StoreError::Conflict { kind: "coordinated_release", id: autumn.id.to_string() };
    assert_eq!(put(&*store, vec![Write::CoordinatedRelease(autumn)]).await, Err(stale));
}

pub(crate) async fn one_way_to_an_environment_is_open_at_a_time(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let autumn = coordinated("Autumn", &release, 10);
    let mut first = run(&autumn, &world, &release, "Staging", 20);
    let unknown = put(&*store, vec![Write::CoordinatedRun(first.clone())]).await;
    assert!(matches!(unknown, Err(StoreError::NotFound { kind: "coordinated_release", .. })), "{unknown:?}");
    put(&*store, vec![Write::CoordinatedRelease(autumn.clone()), Write::CoordinatedRun(first.clone())]).await.unwrap();
    first.revision = 1;
    assert_eq!(store.coordinated_run(first.id).await.unwrap(), first);
    let taken = put(&*store, vec![Write::CoordinatedRun(run(&autumn, &world, &release, "staging ", 30))]).await;
    assert!(matches!(taken, Err(StoreError::Taken { ref what, .. }) if what == "The way of “Autumn” to staging "), "{taken:?}");
    put(&*store, vec![Write::CoordinatedRun(run(&autumn, &world, &release, "production", 40))]).await.unwrap();
    first.state = CoordinatedRunState::Done { at: at(50) };
    put(&*store, vec![Write::CoordinatedRun(first.clone())]).await.unwrap();
    put(&*store, vec![Write::CoordinatedRun(run(&autumn, &world, &release, "staging", 60))]).await.unwrap();
    let listed = async |filter: CoordinatedRunFilter| -> Vec<String> {
        store.coordinated_runs(&filter).await.unwrap().into_iter().map(|run| run.environment).collect()
    };
    let of_it = CoordinatedRunFilter { coordinated_release: Some(autumn.id), ..CoordinatedRunFilter::default() };
    assert_eq!(listed(of_it).await, ["staging", "production", "Staging"]);
    assert_eq!(listed(CoordinatedRunFilter { open_only: true, ..of_it }).await, ["staging", "production"]);
    let other = CoordinatedRunFilter { coordinated_release: Some(CoordinatedReleaseId::new(uuid())), ..of_it };
    assert_eq!(listed(other).await, [""; 0]);
}

pub(crate) async fn an_alert_stands_beside_what_is_to_be_done(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let autumn = coordinated("Autumn", &release, 10);
    let going = run(&autumn, &world, &release, "staging", 20);
    let (carry, alert) = (OutboxSubject::CoordinatedRun(going.id), OutboxSubject::CoordinatedRunAlert(going.id));
    let mut change = audited(vec![Write::CoordinatedRelease(autumn), Write::CoordinatedRun(going)]);
    let due = |subject, due_at| OutboxWrite::Schedule { subject, effect: OutboxEffect::CarryCoordinatedRun, written_at: at(1), due_at };
    change.outbox = vec![due(carry, at(5)), due(alert, at(6))];
    store.commit(change).await.unwrap();
    let claimed = store.claim_due("a", at(7), at(60), 9).await.unwrap();
    assert_eq!(claimed.iter().map(|entry| entry.subject).collect::<Vec<_>>(), [carry, alert]);
}
