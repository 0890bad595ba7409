//! Runbooks, their runs, what environments ask for, and what releases have attached: in and out, each once, and what goes with what.

use crate::fixtures::{World, at, audited, mira, put, uuid};
use crate::lab::Lab;
use pilothouse_domain::release::{Release, ReleaseState};
use pilothouse_domain::runbook::{
    AttachedRunbook, Runbook, RunbookContent, RunbookDraft, RunbookKind, RunbookRule, RunbookRun, RunbookRunState, RunbookStep, StepAction,
    begun_steps,
};
use pilothouse_domain::{ProductId, RunbookId, RunbookRunId, RunbookStepId};
use pilothouse_engine::ports::runbook_store::RunbookRunFilter;
use pilothouse_engine::ports::store::{ChangeSet, OutboxEffect, OutboxSubject, OutboxWrite, StoreError, Write};

fn content() -> RunbookContent {
    let step = RunbookStep {
        id: RunbookStepId::new(uuid()),
        title: "Tell support".into(),
        instructions: "ü".into(),
        owner: None,
        planned_minutes: None,
        needs_evidence: false,
        asks_first: false,
        action: StepAction::Manual,
    };
    RunbookContent { steps: vec![step], ..RunbookContent::default() }
}

fn runbook(world: &World, name: &str) -> Runbook {
    Runbook {
        id: RunbookId::new(uuid()),
        revision: 0,
        product_id: world.product.id,
        name: name.into(),
        kind: RunbookKind::Rollback,
        environments: Vec::new(),
        draft: Some(RunbookDraft { content: content(), by: mira(), at: at(1) }),
        published: None,
        created_by: mira(),
        created_at: at(1),
    }
}

fn run(world: &World, runbook: &Runbook, release: Option<&Release>, second: i64) -> RunbookRun {
    RunbookRun {
        id: RunbookRunId::new(uuid()),
        revision: 0,
        product_id: world.product.id,
        runbook_id: runbook.id,
        number: 1,
        name: runbook.name.clone(),
        kind: runbook.kind,
        purpose: String::new(),
        environment_id: world.staging.id,
        environment: "staging".into(),
        release_id: release.map(|release| release.id),
        version: release.map(|release| release.version.clone()),
        reason: String::new(),
        parameters: vec![("a".into(), "b".into())],
        steps: begun_steps(content().steps, &mira(), at(second)),
        state: RunbookRunState::Running,
        begun_by: mira(),
        begun_at: at(second),
    }
}

pub(crate) async fn runbooks_and_runs_are_listed_by_what_is_asked(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let (one, two) = (runbook(&world, "roll back"), runbook(&world, "Recover"));
    put(&*store, vec![Write::Runbook(one.clone()), Write::Runbook(two.clone())]).await.unwrap();
    let names: Vec<String> = store.runbooks(world.product.id).await.unwrap().into_iter().map(|runbook| runbook.name).collect();
    assert_eq!(names, ["Recover", "roll back"]);
    assert_eq!(store.runbook(one.id).await.unwrap(), Runbook { revision: 1, ..one.clone() });
    let taken = StoreError::Taken { constraint: "runbook_product_name_key".into(), what: "The name of the runbook “Recover”".into() };
    assert_eq!(put(&*store, vec![Write::Runbook(runbook(&world, "Recover"))]).await, Err(taken));

    let mut runs = [run(&world, &one, Some(&release), 3), run(&world, &two, None, 4)];
    put(&*store, runs.iter().cloned().map(Write::RunbookRun).collect()).await.unwrap();
    let second = put(&*store, vec![Write::RunbookRun(run(&world, &one, None, 5))]).await.unwrap_err();
    assert!(matches!(&second, StoreError::Taken { constraint, .. } if constraint == "runbook_run_active_key"), "{second:?}");
    (runs[0].revision, runs[0].state) = (1, RunbookRunState::Completed { at: at(6) });
    put(&*store, vec![Write::RunbookRun(runs[0].clone())]).await.unwrap();
    runs[0].revision = 2;
    assert_eq!(store.runbook_run(runs[0].id).await.unwrap(), runs[0]);
    put(&*store, vec![Write::RunbookRun(run(&world, &one, None, 7))]).await.unwrap();

    let ids = async |filter: RunbookRunFilter| -> Vec<RunbookRunId> {
        store.runbook_runs(&filter).await.unwrap().into_iter().map(|run| run.id).collect()
    };
    let all = RunbookRunFilter::default();
    assert_eq!(ids(RunbookRunFilter { runbook: Some(two.id), ..all }).await, [runs[1].id]);
    assert_eq!(ids(RunbookRunFilter { release: Some(release.id), ..all }).await, [runs[0].id]);
    assert_eq!(ids(RunbookRunFilter { product: Some(world.product.id), running_only: true, ..all }).await.len(), 2);
    assert_eq!(ids(RunbookRunFilter { environment: Some(world.production.id), ..all }).await, []);
    assert_eq!(ids(RunbookRunFilter { after: Some(runs[1].id), ..all }).await, [runs[0].id], "older ones");
    assert_eq!(ids(RunbookRunFilter { product: Some(ProductId::new(uuid())), ..all }).await, []);

    put(&*store, vec![Write::RemoveRunbook(Runbook { revision: 1, ..two.clone() })]).await.unwrap();
    assert_eq!(ids(RunbookRunFilter { runbook: Some(two.id), ..all }).await, [runs[1].id], "its runs stay");
}

pub(crate) async fn a_step_of_a_run_is_silent_and_its_end_is_told(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let mut one = run(&world, &runbook(&world, "Recover"), None, 1);
    let (subject, effect) = (OutboxSubject::RunbookRun(one.id), OutboxEffect::CarryRunbook);
    let mut change = audited(vec![Write::RunbookRun(one.clone())]);
    change.outbox.push(OutboxWrite::Schedule { subject, effect, written_at: at(1), due_at: at(1) });
    store.commit(change).await.unwrap();
    one.revision = 1;
    store.commit(ChangeSet { writes: vec![Write::RunbookRun(one.clone())], ..ChangeSet::default() }).await.unwrap();
    (one.revision, one.state) = (2, RunbookRunState::Stopped { by: mira(), at: at(2), reason: "x".into() });
    assert!(store.commit(ChangeSet { writes: vec![Write::RunbookRun(one)], ..ChangeSet::default() }).await.is_err());
    assert_eq!(store.claim_due("me", at(5), at(60), 9).await.unwrap()[0].subject, subject);
    put(&*store, vec![Write::RemoveEnvironment(world.staging.clone())]).await.unwrap();
    assert_eq!(store.runbook_runs(&RunbookRunFilter::default()).await.unwrap(), []);
    assert_eq!(store.claim_due("me", at(99), at(120), 9).await.unwrap(), [], "what was to be done goes along");
}

pub(crate) async fn rules_and_what_is_attached_are_kept_once(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let rule = RunbookRule {
        environment_id: world.staging.id,
        revision: 0,
        product_id: world.product.id,
        needs_rollback: true,
        stakeholders: vec!["Mira Okafor".into()],
    };
    let attached = AttachedRunbook {
        release_id: release.id,
        revision: 0,
        product_id: world.product.id,
        runbook_id: RunbookId::new(uuid()),
        name: "Roll back".into(),
        number: 2,
        content: content(),
        environments: vec![world.staging.id],
        attached_by: mira(),
        attached_at: at(2),
        acknowledgements: Vec::new(),
    };
    put(&*store, vec![Write::RunbookRule(rule.clone()), Write::AttachedRunbook(attached.clone())]).await.unwrap();
    assert_eq!(store.runbook_rules(world.product.id).await.unwrap(), [RunbookRule { revision: 1, ..rule.clone() }]);
    let stored = AttachedRunbook { revision: 1, ..attached.clone() };
    assert_eq!(store.attached_runbook(release.id).await.unwrap(), Some(stored.clone()));
    assert_eq!(store.attached_runbooks(world.product.id).await.unwrap(), std::slice::from_ref(&stored));
    for again in [Write::RunbookRule(rule), Write::AttachedRunbook(attached)] {
        assert!(matches!(put(&*store, vec![again]).await, Err(StoreError::Conflict { .. })));
    }
    let mut closed = store.release(release.id).await.unwrap();
    closed.state = ReleaseState::Completed { at: at(9) };
    put(&*store, vec![Write::Release(closed)]).await.unwrap();
    assert_eq!(store.attached_runbooks(world.product.id).await.unwrap(), [], "of open releases");
    put(&*store, vec![Write::RemoveAttachedRunbook(stored)]).await.unwrap();
    assert_eq!(store.attached_runbook(release.id).await.unwrap(), None);
    put(&*store, vec![Write::RemoveEnvironment(world.staging.clone())]).await.unwrap();
    assert_eq!(store.runbook_rules(world.product.id).await.unwrap(), []);
}
