//! Unplanned runs, marks and budgets.

use crate::fixtures::{World, at, connection, mira, put, uuid};
use crate::lab::Lab;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_domain::unplanned::{PipelineMark, UnplannedRun, UnplannedState};
use pilothouse_domain::{ConnectionId, EnvironmentId, ProductId, UnplannedRunId};
use pilothouse_engine::ports::notifier::{Alert, Urgency};
use pilothouse_engine::ports::provider::RateLimit;
use pilothouse_engine::ports::store::{
    ChangeSet, ConnectionBudget, OutboxEffect, OutboxSubject, OutboxWrite, StoreError, UnplannedRunFilter, Write,
};

/// A run of the world's product, seen so many seconds in.
fn unplanned(world: &World, external_id: &str, seen: i64) -> UnplannedRun {
    of_product(world.product.id, vec![world.staging.id, world.production.id], world.connection.id, external_id, seen)
}

/// A run of a product, seen so many seconds in.
pub(crate) fn of_product(
    product_id: ProductId,
    environments: Vec<EnvironmentId>,
    connection_id: ConnectionId,
    external_id: &str,
    seen: i64,
) -> UnplannedRun {
    UnplannedRun {
        id: UnplannedRunId::new(uuid()),
        revision: 0,
        product_id,
        environments,
        connection_id,
        repository: "acme/checkout".into(),
        pipeline: "deploy.yml".into(),
        external_id: external_id.into(),
        attempt: 1,
        url: "https://ci.example.org/runs/9".into(),
        title: "Deploy".into(),
        started_by: Some("ops".into()),
        git_ref: None,
        commit: None,
        started_at: Some(at(seen)),
        first_seen_at: at(seen),
        status: RunStatus::InProgress,
        rerun_of: None,
        state: UnplannedState::Open,
    }
}

fn mark(connection_id: ConnectionId, repository: &str, pipeline: &str, seconds: i64) -> PipelineMark {
    PipelineMark {
        connection_id,
        repository: repository.into(),
        pipeline: pipeline.into(),
        since: at(0),
        seen_then: vec!["1".into()],
        judged_until: at(seconds),
    }
}

pub(crate) async fn unplanned_runs_are_listed_by_what_is_asked(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let runs: Vec<_> = (1..=3).map(|n| unplanned(&world, &n.to_string(), n)).collect();
    put(&*store, runs.iter().cloned().map(Write::UnplannedRun).collect()).await.unwrap();
    let mut explained = store.unplanned_run(runs[1].id).await.unwrap();
    assert_eq!(explained, UnplannedRun { revision: 1, ..runs[1].clone() });
    explained.state = UnplannedState::Explained { reason: "a hotfix".into(), by: mira(), at: at(9), release_id: None };
    put(&*store, vec![Write::UnplannedRun(explained.clone())]).await.unwrap();

    let found = async |filter: UnplannedRunFilter| -> Vec<String> {
        store.unplanned_runs(&filter).await.unwrap().into_iter().map(|run| run.external_id).collect()
    };
    let all = UnplannedRunFilter::default;
    assert_eq!(found(all()).await, ["3", "2", "1"]);
    assert_eq!(found(UnplannedRunFilter { open_only: true, ..all() }).await, ["3", "1"]);
    assert_eq!(found(UnplannedRunFilter { product: Some(world.product.id), limit: 1, ..all() }).await, ["3"]);
    assert_eq!(found(UnplannedRunFilter { since: Some(at(2)), ..all() }).await, ["3", "2"]);
    let place = UnplannedRunFilter { connection: Some(world.connection.id), repository: Some("acme/checkout".into()), ..all() };
    assert_eq!(found(place.clone()).await, ["3", "2", "1"]);
    assert_eq!(found(UnplannedRunFilter { repository: Some("acme/other".into()), ..place }).await, [""; 0]);

    let conflict = StoreError::Conflict { kind: "unplanned_run", id: runs[1].id.to_string() };
    assert_eq!(put(&*store, vec![Write::UnplannedRun(explained)]).await, Err(conflict), "somebody was faster");
}

pub(crate) async fn an_attempt_of_a_run_is_told_of_once(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let first = unplanned(&world, "1", 1);
    put(&*store, vec![Write::UnplannedRun(first.clone())]).await.unwrap();
    let again = UnplannedRun { id: UnplannedRunId::new(uuid()), ..first.clone() };
    let taken = StoreError::Taken { constraint: "unplanned_run_attempt_key".into(), what: "The unplanned run 1".into() };
    assert_eq!(put(&*store, vec![Write::UnplannedRun(again.clone())]).await, Err(taken));
    put(&*store, vec![Write::UnplannedRun(UnplannedRun { attempt: 2, ..again })]).await.unwrap();
}

pub(crate) async fn marks_and_budgets_are_kept_without_a_trace(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (before, id) = (store.audit_head().await.unwrap(), world.connection.id);
    let notices = store.last_change().await.unwrap();
    let budget = |remaining| ConnectionBudget {
        connection_id: id,
        rate_limit: RateLimit { limit: 5_000, remaining, resets_at: at(3_600) },
        told_at: at(1),
    };
    let silent = |writes| ChangeSet { writes, ..ChangeSet::default() };
    for n in [1, 2] {
        let marks = [mark(id, "acme/checkout", "deploy.yml", n), mark(id, "acme/checkout", "back.yml", n), mark(id, "acme/x", "d", n)];
        let mut writes: Vec<_> = marks.into_iter().map(Write::PipelineMark).collect();
        writes.push(Write::ConnectionBudget(budget(u32::try_from(n).unwrap())));
        store.commit(silent(writes)).await.unwrap();
    }
    let marks = store.pipeline_marks(id, "acme/checkout").await.unwrap();
    assert_eq!(marks, [mark(id, "acme/checkout", "back.yml", 2), mark(id, "acme/checkout", "deploy.yml", 2)]);
    assert_eq!(store.connection_budgets().await.unwrap(), [budget(2)]);
    assert_eq!((store.audit_head().await.unwrap(), store.last_change().await.unwrap()), (before, notices));

    let gone = connection().id;
    let missing = Err(StoreError::NotFound { kind: "connection", id: gone.to_string() });
    assert_eq!(store.commit(silent(vec![Write::PipelineMark(mark(gone, "a", "b", 1))])).await, missing);
    assert_eq!(store.commit(silent(vec![Write::ConnectionBudget(ConnectionBudget { connection_id: gone, ..budget(1) })])).await, missing);

    put(&*store, vec![Write::RemoveProduct(world.product.clone()), Write::RemoveConnection(world.connection.clone())]).await.unwrap();
    assert_eq!(store.pipeline_marks(id, "acme/checkout").await.unwrap(), []);
    assert_eq!(store.connection_budgets().await.unwrap(), []);
}

pub(crate) async fn a_product_takes_its_unplanned_runs_and_their_alerts_along(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let run = unplanned(&world, "1", 1);
    let alert = Alert {
        about: None,
        title: "ops started deploy.yml".into(),
        body: String::new(),
        urgency: Urgency::Normal,
        at: at(1),
        concerns: None,
    };
    let mut change = crate::fixtures::audited(vec![Write::UnplannedRun(run.clone())]);
    let subject = OutboxSubject::UnplannedRun(run.id);
    change.outbox = vec![OutboxWrite::Schedule { subject, effect: OutboxEffect::Alert(alert), written_at: at(1), due_at: at(1) }];
    store.commit(change).await.unwrap();
    let due: Vec<_> = store.claim_due("me", at(2), at(3), 9).await.unwrap().iter().map(|entry| entry.subject).collect();
    assert_eq!(due, [subject]);
    put(&*store, vec![Write::RemoveProduct(world.product.clone())]).await.unwrap();
    assert_eq!(store.unplanned_runs(&UnplannedRunFilter::default()).await.unwrap(), []);
    assert_eq!(store.claim_due("me", at(9), at(60), 9).await.unwrap(), []);
}
