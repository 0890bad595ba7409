//! Runbooks through the whole api, over a store in memory: from a text to a run that waits, starts a pipeline and ends, and to the release
//! that waited for its acknowledgement.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::{Ends, Rig};
use crate::*;
use pilothouse_domain::check::Outcome;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_engine::ports::store::{AuditFilter, ManualRunFilter};
use pilothouse_store::CommitObserver;
use std::sync::atomic::Ordering;

fn step(title: &str, action: StepActionBody) -> RunbookStepBody {
    RunbookStepBody {
        id: String::new(),
        title: title.into(),
        instructions: "For `{{target}}`.".into(),
        owner: Some("On call".into()),
        planned_minutes: Some(5),
        needs_evidence: false,
        asks_first: false,
        action,
    }
}

fn trigger(version: &str) -> StepActionBody {
    let input = |name: &str, value: &str| StepInputBody { name: name.into(), value: value.into() };
    StepActionBody::Trigger {
        connection_id: None,
        repository: None,
        pipeline: "rollback.yml".into(),
        git_ref: String::new(),
        inputs: vec![input("version", version), input("environment", "{{environment}}")],
    }
}

fn content(steps: Vec<RunbookStepBody>) -> RunbookContentBody {
    let target = RunbookParameterBody {
        name: "target".into(),
        description: "The version to go back to".into(),
        kind: ParameterKindWord::Text,
        choices: Vec::new(),
        is_required: true,
        default: None,
    };
    RunbookContentBody { purpose: "When **it** fails.".into(), parameters: vec![target], steps }
}

struct Scene {
    rig: Rig,
    product: ProductDto,
    runbook: RunbookView,
}

impl Scene {
    /// A product with a published rollback runbook of these steps.
    async fn of(steps: Vec<RunbookStepBody>) -> Self {
        let rig = Rig::new();
        let product = rig.product(|_| {}).await;
        let request = PutRunbookRequest {
            id: None,
            revision: 0,
            product_id: product.id.clone().unwrap(),
            name: "Roll back".into(),
            kind: RunbookKindWord::Rollback,
            environment_ids: Vec::new(),
            content: Some(content(steps)),
        };
        let draft = rig.api.put_runbook(request).await.unwrap();
        let publish = PublishRunbookRequest { id: draft.id, note: "first".into() };
        let runbook = rig.api.publish_runbook(publish).await.unwrap();
        Self { rig, product, runbook }
    }

    async fn rewrite(&self, steps: Vec<RunbookStepBody>) -> RunbookView {
        let known = self.listed().await;
        let request = PutRunbookRequest {
            id: Some(known.id),
            revision: known.revision,
            product_id: self.product.id.clone().unwrap(),
            name: known.name,
            kind: known.kind,
            environment_ids: Vec::new(),
            content: Some(content(steps)),
        };
        let draft = self.rig.api.put_runbook(request).await.unwrap();
        assert!(draft.is_draft);
        self.rig.api.publish_runbook(PublishRunbookRequest { id: draft.id, note: String::new() }).await.unwrap()
    }

    async fn listed(&self) -> RunbookView {
        let request = IdRequest { id: self.product.id.clone().unwrap() };
        self.rig.api.list_runbooks(request).await.unwrap().runbooks.remove(0)
    }

    fn beginning(&self, target: &str) -> BeginRunbookRequest {
        BeginRunbookRequest {
            runbook_id: self.runbook.id.clone(),
            environment_id: self.product.environments[1].id.clone().unwrap(),
            release_id: None,
            parameters: vec![GivenParameter { name: "target".into(), value: target.into() }],
            reason: "errors after 1.4.0".into(),
        }
    }

    async fn begin(&self) -> RunbookRunView {
        self.rig.api.begin_runbook(self.beginning("1.3.0")).await.unwrap()
    }

    async fn does(&self, run: &RunbookRunView, step: usize, deed: RunbookDeedBody) -> Result<RunbookRunView, ApiError> {
        let request = ActOnRunbookRequest { run_id: run.summary.id.clone(), step_id: Some(run.steps[step].id.clone()), deed };
        self.rig.api.act_on_runbook(request).await
    }

    async fn seen(&self, run: &RunbookRunView) -> RunbookRunView {
        self.rig.api.get_runbook_run(IdRequest { id: run.summary.id.clone() }).await.unwrap()
    }

    /// What the last event of a kind says.
    async fn audit(&self, action: &str) -> String {
        let events = self.rig.api.engine().store().audit(&AuditFilter { limit: 500, ..AuditFilter::default() }).await.unwrap();
        events.into_iter().filter(|event| event.entry.action == action).max_by_key(|event| event.seq).unwrap().entry.summary
    }

    async fn by_hand(&self) -> usize {
        self.rig.api.engine().store().manual_runs(&ManualRunFilter::default()).await.unwrap().len()
    }
}

fn undo(reason: &str) -> RunbookDeedBody {
    RunbookDeedBody::Undo { reason: reason.into() }
}

fn tick(note: &str) -> RunbookDeedBody {
    RunbookDeedBody::Tick { note: note.into() }
}

#[tokio::test]
async fn a_run_goes_through_its_steps_and_starts_its_pipeline_once() {
    let scene = Scene::of(vec![
        step("Tell support", StepActionBody::Manual),
        step("Let it drain", StepActionBody::Wait { seconds: 600 }),
        step("Start the rollback", trigger("{{target}}")),
        step("Go?", StepActionBody::Go),
    ])
    .await;
    let missing = scene.rig.api.begin_runbook(scene.beginning("")).await.unwrap_err();
    assert_eq!(missing.field.as_deref(), Some("parameters"));
    let run = scene.begin().await;
    assert_eq!((run.summary.state, run.steps[0].state), (RunbookStateWord::Waiting, RunStepStateWord::ToDo));
    assert_eq!(run.steps[0].instructions, "For `1.3.0`.");
    let twice = scene.rig.api.begin_runbook(scene.beginning("1.3.0")).await.unwrap_err();
    assert!(twice.message.contains("runs in production already"), "{}", twice.message);

    scene.rig.world.pass(120);
    let waiting = scene.does(&run, 0, tick("told on the phone")).await.unwrap();
    assert_eq!((waiting.steps[1].state, waiting.undoable_step_id.as_deref()), (RunStepStateWord::Running, Some(run.steps[0].id.as_str())));
    assert!(waiting.steps[1].until.is_some());
    assert_eq!(scene.does(&run, 0, tick("")).await.unwrap_err().code, ErrorCode::Conflict, "a second click does nothing");
    let back = scene.does(&run, 0, undo("")).await.unwrap();
    assert_eq!((back.steps[0].state, back.steps[1].state), (RunStepStateWord::ToDo, RunStepStateWord::Pending));
    scene.does(&run, 0, tick("told")).await.unwrap();
    scene.rig.carry().await;

    let asked = scene.seen(&run).await;
    assert_eq!(asked.steps[2].state, RunStepStateWord::Done, "{:?}", asked.steps[2]);
    assert_eq!(asked.steps[2].note.as_deref(), Some("run 1 of rollback.yml succeeded"));
    assert_eq!((asked.summary.state, scene.by_hand().await), (RunbookStateWord::Waiting, 1));
    assert!(asked.steps[1].seconds.unwrap() >= 600, "it waited");
    assert!(asked.undoable_step_id.is_none(), "what Pilothouse did can't be taken back");
    assert!(scene.rig.world.alerts.lock().unwrap().iter().any(|alert| alert.title == "“Go?” waits for somebody"));
    let done = scene.does(&asked, 3, tick("")).await.unwrap();
    assert_eq!((done.summary.state, done.planned_minutes), (RunbookStateWord::Completed, 20));
    assert_eq!(scene.does(&asked, 3, tick("")).await.unwrap_err().code, ErrorCode::Conflict, "it is over");
    assert_eq!(done.undoable_step_id.as_deref(), Some(done.steps[3].id.as_str()));
    let reopened = scene.does(&asked, 3, undo("ticked by mistake")).await.unwrap();
    assert_eq!((reopened.summary.state, reopened.steps[3].state), (RunbookStateWord::Waiting, RunStepStateWord::ToDo));
    let told = scene.audit("runbook_run.undone").await;
    assert!(told.contains("“Go?”") && told.ends_with(": ticked by mistake"), "{told}");
    scene.does(&asked, 3, tick("")).await.unwrap();
    scene.begin().await;
    let other = scene.does(&asked, 3, undo("")).await.unwrap_err();
    assert!(other.message.contains("runs in production already"), "{}", other.message);
}

#[tokio::test]
async fn a_failed_pipeline_asks_and_is_begun_anew_only_by_a_person() {
    let scene = Scene::of(vec![step("Start the rollback", trigger("{{target}}")), step("Look", StepActionBody::Manual)]).await;
    *scene.rig.world.run_status.lock().unwrap() = RunStatus::Failed;
    let run = scene.begin().await;
    scene.rig.carry().await;
    let failed = scene.seen(&run).await;
    assert_eq!((failed.summary.state, failed.steps[0].state), (RunbookStateWord::Failed, RunStepStateWord::Failed));
    assert!(failed.steps[0].note.as_deref().unwrap().contains("job deploy failed"), "{:?}", failed.steps[0].note);
    scene.rig.carry().await;
    assert_eq!(scene.by_hand().await, 1, "nothing starts by itself");
    assert_eq!(scene.does(&run, 0, tick("")).await.unwrap_err().field.as_deref(), Some("note"));
    *scene.rig.world.run_status.lock().unwrap() = RunStatus::Succeeded;
    scene.does(&run, 0, RunbookDeedBody::Retry).await.unwrap();
    scene.rig.carry().await;
    let through = scene.seen(&run).await;
    assert_eq!((through.steps[0].state, through.steps[0].failures.len(), scene.by_hand().await), (RunStepStateWord::Done, 1, 2));
    let skipped = scene.does(&run, 1, RunbookDeedBody::Skip { reason: "seen".into() }).await.unwrap();
    assert_eq!(skipped.summary.state, RunbookStateWord::Completed);
}

#[tokio::test]
async fn what_was_not_sent_yet_is_dropped_with_its_step() {
    let scene = Scene::of(vec![step("Start the rollback", trigger("{{target}}"))]).await;
    let run = scene.begin().await;
    // The intent is written, and nothing was sent.
    scene.rig.api.engine().carry_due().await.unwrap();
    assert_eq!(scene.by_hand().await, 1);
    let stop = RunbookDeedBody::Stop { reason: "false alarm".into() };
    let stopped = scene.does(&run, 0, stop).await.unwrap();
    assert_eq!((stopped.summary.state, stopped.stopped_because.as_deref()), (RunbookStateWord::Stopped, Some("false alarm")));
    scene.rig.carry().await;
    let by_hand = scene.rig.api.engine().store().manual_runs(&ManualRunFilter::default()).await.unwrap();
    assert_eq!(by_hand[0].state.word(), "refused", "it was never sent");
}

#[tokio::test]
async fn a_crash_at_any_write_starts_no_pipeline_twice() {
    for is_written in [false, true] {
        for at in 1.. {
            let scene = Scene::of(vec![step("Start the rollback", trigger("{{target}}")), step("Look", StepActionBody::Manual)]).await;
            let run = scene.begin().await;
            let ends = Arc::new(Ends::at(at, is_written));
            let dying = scene.rig.restarted(Some(Arc::clone(&ends) as Arc<dyn CommitObserver>)).await;
            for _ in 0..30 {
                let Ok(Some(next)) = dying.api.engine().carry_due().await else { break };
                scene.rig.world.pass(next.since(scene.rig.world.now()).as_secs() + 1);
            }
            let next = scene.rig.restarted(None).await;
            for _ in 0..3 {
                next.carry().await;
            }
            let seen = scene.seen(&run).await;
            assert!(scene.rig.started() <= 1 && scene.by_hand().await <= 1, "twice, at write {at}");
            // Where it can't be told whether the call arrived, a person looks; the provider of this rig shows no runs.
            let is_told = seen.steps[0].note.as_deref().is_some_and(|note| note.contains("may have started"));
            let is_done = seen.steps[0].state == RunStepStateWord::Done;
            assert!(is_done && scene.rig.started() == 1 || is_told, "at write {at}: {:?}", seen.steps[0]);
            assert!(seen.summary.current.is_some(), "it waits for a person");
            if !ends.has_ended.load(Ordering::Relaxed) {
                assert!(is_done && at > 8, "each write on the way was one to end at: {at}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_step_waits_for_checks_that_are_measured_since_it_began() {
    let scene = Scene::of(vec![step("Is it well?", StepActionBody::Healthy { within_minutes: 1 })]).await;
    let measure = async || {
        for environment in &scene.product.environments {
            for check in &environment.checks {
                scene.rig.api.measure_now(IdRequest { id: check.id.clone().unwrap() }).await.unwrap();
            }
        }
    };
    measure().await;
    scene.rig.world.pass(5);
    let run = scene.begin().await;
    scene.rig.api.engine().carry_due().await.unwrap();
    let looking = scene.seen(&run).await;
    assert_eq!(
        (looking.steps[0].state, looking.steps[0].waits_for.as_deref()),
        (RunStepStateWord::Running, Some("home: not measured since"))
    );
    *scene.rig.world.measured.lock().unwrap() = Outcome::Failed { reason: "503 instead of 200".into() };
    measure().await;
    scene.rig.carry().await;
    scene.rig.carry().await;
    let failed = scene.seen(&run).await;
    assert_eq!(failed.steps[0].state, RunStepStateWord::Failed);
    assert_eq!(failed.steps[0].note.as_deref(), Some("home: 503 instead of 200"));
    *scene.rig.world.measured.lock().unwrap() = Outcome::Passed;
    scene.does(&run, 0, RunbookDeedBody::Retry).await.unwrap();
    scene.rig.world.pass(1);
    measure().await;
    scene.rig.carry().await;
    assert_eq!(scene.seen(&run).await.summary.state, RunbookStateWord::Completed);
}

#[tokio::test]
async fn a_release_waits_for_its_rollback_runbook_and_those_who_acknowledge_it() {
    let scene = Scene::of(vec![step("Start the rollback", trigger("{{target}}"))]).await;
    let (rig, staging) = (&scene.rig, scene.product.environments[0].id.clone().unwrap());
    let rule = SetRunbookRuleRequest {
        environment_id: staging,
        needs_rollback: true,
        stakeholders: vec!["Mira Okafor".into(), " jonas lind ".into(), "Jonas Lind".into()],
    };
    assert_eq!(rig.api.set_runbook_rule(rule).await.unwrap().stakeholders, ["Mira Okafor", "jonas lind"]);
    let release = rig.plan(&rig.draft(&scene.product, "1.4.0").await).await;
    let held = async || {
        let detail = rig.again(&release).await;
        detail.environments[0].blockers.iter().find(|b| b.gate == GateWord::Runbook).map(|b| b.title.clone())
    };
    assert_eq!(held().await.as_deref(), Some("1.4.0 has no rollback runbook"));
    let id = release.release.id.clone();
    let attach = AttachRunbookRequest { release_id: id.clone(), runbook_id: scene.runbook.id.clone() };
    let view = rig.api.attach_runbook(attach.clone()).await.unwrap();
    assert_eq!(view.asked_by[0].stakeholders.len(), 2);
    assert_eq!(held().await.as_deref(), Some("2 of 2 acknowledgements of the rollback runbook are missing"));
    let acknowledge =
        |number| AcknowledgeRunbookRequest { release_id: id.clone(), runbook_id: scene.runbook.id.clone(), number, remark: String::new() };
    assert!(rig.api.acknowledge_runbook(acknowledge(2)).await.unwrap_err().message.contains("number 1 is attached"));
    assert!(rig.api.acknowledge_runbook(acknowledge(1)).await.unwrap().attached.unwrap().is_acknowledged_by_me);
    assert!(rig.api.acknowledge_runbook(acknowledge(1)).await.is_err(), "once");
    rig.as_person("Jonas Lind").acknowledge_runbook(acknowledge(1)).await.unwrap();
    assert_eq!(held().await, None);
    let told = rig.again(&release).await;
    assert!(told.environments[0].holds.iter().any(|hold| hold.gate == GateWord::Runbook));

    // A later publication changes nothing about what is attached, until it is attached in its place.
    scene.rewrite(vec![step("Another way", StepActionBody::Manual)]).await;
    let frozen = rig.api.release_runbook(IdRequest { id: id.clone() }).await.unwrap().attached.unwrap();
    assert_eq!((frozen.number, frozen.newer, frozen.content.steps[0].title.as_str()), (1, Some(2), "Start the rollback"));
    assert_eq!(held().await, None);
    let begin = BeginRunbookRequest { release_id: Some(id.clone()), ..scene.beginning("1.3.0") };
    let run = rig.api.begin_runbook(begin).await.unwrap();
    assert_eq!((run.summary.number, run.steps[0].title.as_str()), (1, "Start the rollback"), "what was acknowledged is what is run");
    let newer = rig.api.attach_runbook(attach).await.unwrap().attached.unwrap();
    assert_eq!((newer.number, newer.acknowledgements.len()), (2, 0));
    assert!(held().await.is_some(), "acknowledged for exactly that publication");
    rig.api.acknowledge_runbook(acknowledge(2)).await.unwrap();
    let withdrawn = rig.api.withdraw_acknowledgement(IdRequest { id: id.clone() }).await.unwrap();
    assert!(withdrawn.attached.unwrap().acknowledgements.is_empty());
    assert!(rig.api.detach_runbook(IdRequest { id }).await.unwrap().attached.is_none());
}

#[tokio::test]
async fn a_draft_is_refused_where_it_can_not_be_run() {
    let scene = Scene::of(vec![step("Look", StepActionBody::Manual)]).await;
    let known = scene.listed().await;
    let put = |content: RunbookContentBody, revision| PutRunbookRequest {
        id: Some(known.id.clone()),
        revision,
        product_id: scene.product.id.clone().unwrap(),
        name: known.name.clone(),
        kind: known.kind,
        environment_ids: Vec::new(),
        content: Some(content),
    };
    let unknown = scene.rig.api.put_runbook(put(content(vec![step("Start", trigger("{{nothing}}"))]), known.revision)).await.unwrap_err();
    assert_eq!(unknown.message, "step 1: {{nothing}} is no parameter of this runbook");
    let stale = scene.rig.api.put_runbook(put(content(vec![]), known.revision - 1)).await.unwrap_err();
    assert_eq!(stale.code, ErrorCode::Conflict);
    let same = scene.rig.api.put_runbook(put(known.content.clone(), known.revision)).await.unwrap();
    assert_eq!((same.revision, same.is_draft), (known.revision, false), "nothing was changed");
    let nothing = scene.rig.api.publish_runbook(PublishRunbookRequest { id: known.id.clone(), note: String::new() }).await.unwrap_err();
    assert_eq!(nothing.field.as_deref(), Some("draft"));
    scene.rig.api.remove_runbook(IdRequest { id: known.id }).await.unwrap();
    assert!(scene.rig.api.begin_runbook(scene.beginning("1.3.0")).await.is_err());
}
