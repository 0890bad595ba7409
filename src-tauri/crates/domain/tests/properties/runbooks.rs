//! Runbooks: what a text may hold, how it is filled, the machine of a run under any events, and the gate of the policy.

use crate::config;
use crate::samples::{at, environment_id, jonas, mira, release_id, uuid};
use crate::world::{DEPLOY, OURS, ROLL_BACK, World};
use pilothouse_domain::manual_run::StartedRun;
use pilothouse_domain::policy::{Clearance, Gate};
use pilothouse_domain::runbook::{
    AttachRefusal, AttachedRunbook, Doing, FillFault, FillValues, ParameterKind, RunStep, RunbookContent, RunbookEvent, RunbookFault,
    RunbookKind, RunbookParameter, RunbookRefusal, RunbookRule, RunbookRun, RunbookRunState, RunbookStep, StepAction, StepInput, StepState,
    acknowledged, apply, begun_steps, fill, given_parameters, needs_release, valid_content,
};
use pilothouse_domain::{
    Actor, ChecklistId, ChecklistTemplateId, ManualRunId, ProductId, RunbookId, RunbookRunId, RunbookStepId, SmokeRunId, SmokeScenarioId,
};
use proptest::prelude::*;

pub(crate) fn step(number: u128, action: StepAction) -> RunbookStep {
    RunbookStep {
        id: RunbookStepId::new(uuid(50_000 + number)),
        title: format!("Step {number}"),
        instructions: String::new(),
        owner: None,
        planned_minutes: Some(5),
        needs_evidence: false,
        asks_first: false,
        action,
    }
}

fn trigger(input: &str) -> StepAction {
    let inputs = vec![StepInput { name: "version".into(), value: input.into() }];
    StepAction::Trigger { place: None, pipeline: "rollback.yml".into(), git_ref: String::new(), inputs }
}

fn parameter(name: &str, kind: ParameterKind, is_required: bool, default: Option<&str>) -> RunbookParameter {
    RunbookParameter { name: name.into(), description: String::new(), kind, is_required, default: default.map(str::to_owned) }
}

pub(crate) fn run(steps: Vec<RunbookStep>) -> RunbookRun {
    RunbookRun {
        id: RunbookRunId::new(uuid(51_000)),
        revision: 0,
        product_id: ProductId::new(uuid(1)),
        runbook_id: RunbookId::new(uuid(52_000)),
        number: 1,
        name: "Roll back checkout".into(),
        kind: RunbookKind::Rollback,
        purpose: String::new(),
        environment_id: environment_id(2),
        environment: "production".into(),
        release_id: None,
        version: None,
        reason: "errors".into(),
        parameters: Vec::new(),
        steps: begun_steps(steps, &mira(), at(0)),
        state: RunbookRunState::Running,
        begun_by: mira(),
        begun_at: at(0),
    }
}

fn ticked() -> RunbookEvent {
    RunbookEvent::Ticked { by: mira(), note: String::new(), evidence: 0 }
}

fn state(run: &RunbookRun, place: usize) -> &StepState {
    &run.steps[place].state
}

#[test]
fn steps_follow_each_other_to_the_end_and_their_time_is_measured() {
    let steps = vec![step(1, StepAction::Manual), step(2, StepAction::Wait { seconds: 120 }), step(3, trigger("1.0.0"))];
    let begun = run(steps);
    assert!(begun.waits_for_person());
    let waiting = apply(&begun, None, ticked(), at(180)).unwrap();
    assert!(matches!(state(&waiting, 1), StepState::Running { doing: Doing::Waiting { until }, .. } if *until == at(300)));
    let asked = apply(&waiting, None, RunbookEvent::Succeeded { note: String::new() }, at(300)).unwrap();
    assert!(matches!(state(&asked, 2), StepState::Running { doing: Doing::Asked, by, .. } if *by == mira()));
    let id = ManualRunId::new(uuid(9));
    let sent = apply(&asked, None, RunbookEvent::Triggered(id), at(301)).unwrap();
    assert!(apply(&sent, None, RunbookEvent::Triggered(ManualRunId::new(uuid(10))), at(302)).is_err(), "one run for one beginning");
    let found = StartedRun { external_id: "4711".into(), url: String::new() };
    let found = apply(&sent, None, RunbookEvent::Found(found), at(303)).unwrap();
    let done = apply(&found, None, RunbookEvent::Succeeded { note: "run 4711".into() }, at(420)).unwrap();
    assert_eq!(done.state, RunbookRunState::Completed { at: at(420) });
    let times = done.times(at(9_999));
    assert_eq!((times.planned_minutes, times.planned_for_done, times.took.as_secs(), times.elapsed.as_secs()), (15, 15, 420, 420));
}

#[test]
fn a_failure_waits_for_a_person_who_retries_skips_or_says_that_it_was_done() {
    let begun = run(vec![step(1, trigger("1.0.0")), step(2, StepAction::Go)]);
    let first = apply(&begun, None, RunbookEvent::Triggered(ManualRunId::new(uuid(9))), at(1)).unwrap();
    let broke = RunbookEvent::Broke { reason: "job deploy failed".into(), next_step: "Read its log.".into() };
    let failed = apply(&first, None, broke, at(2)).unwrap();
    assert!(failed.waits_for_person() && failed.current() == failed.steps.first());
    let retried = apply(&failed, None, RunbookEvent::Retried { by: jonas() }, at(3)).unwrap();
    let second = apply(&retried, None, RunbookEvent::Triggered(ManualRunId::new(uuid(10))), at(4)).unwrap();
    assert_eq!((second.steps[0].triggered.len(), second.steps[0].failures.len()), (2, 1));
    let accepted = |note: &str| apply(&failed, None, RunbookEvent::Ticked { by: jonas(), note: note.into(), evidence: 0 }, at(3));
    assert!(matches!(accepted(""), Err(RunbookRefusal::NeedsNote { .. })));
    assert!(matches!(state(&accepted("started it by hand").unwrap(), 1), StepState::Running { doing: Doing::ByPerson, .. }));
    let skipped = apply(&failed, None, RunbookEvent::Skipped { by: jonas(), reason: "not needed".into() }, at(3)).unwrap();
    assert!(skipped.steps[0].state.is_settled() && skipped.steps[0].failures[0].reason == "job deploy failed");
    let no_go = RunbookEvent::SaidFailed { by: jonas(), reason: "still errors".into() };
    assert!(matches!(state(&apply(&skipped, None, no_go, at(4)).unwrap(), 1), StepState::Failed { .. }));
    assert!(matches!(apply(&second, None, ticked(), at(5)), Err(RunbookRefusal::Unfit { .. })), "nobody ticks what is under way");
}

#[test]
fn a_tick_is_taken_back_while_nothing_came_of_it() {
    let begun = run(vec![step(1, StepAction::Manual), step(2, trigger("x")), step(3, StepAction::Manual)]);
    let undo = |run: &RunbookRun| apply(run, None, RunbookEvent::Reopened { by: jonas() }, at(50));
    assert!(matches!(undo(&begun), Err(RunbookRefusal::NothingToUndo { .. })));
    let asked = apply(&begun, None, ticked(), at(10)).unwrap();
    let back = undo(&asked).unwrap();
    assert!(matches!(state(&back, 0), StepState::Running { since, .. } if *since == at(0)), "its time goes on");
    assert_eq!(*state(&back, 1), StepState::Pending);
    let sent = apply(&asked, None, RunbookEvent::Triggered(ManualRunId::new(uuid(9))), at(11)).unwrap();
    assert!(undo(&sent).is_err(), "a pipeline runs on its strength");
    let done = apply(&sent, None, RunbookEvent::Succeeded { note: String::new() }, at(12)).unwrap();
    assert!(undo(&done).is_err(), "what Pilothouse did can't be taken back");
}

#[test]
fn the_tick_that_completed_a_run_is_taken_back_for_a_day() {
    let begun = run(vec![step(1, StepAction::Manual), step(2, StepAction::Go)]);
    let asked = apply(&begun, None, ticked(), at(10)).unwrap();
    let done = apply(&asked, None, ticked(), at(20)).unwrap();
    let undo = |run: &RunbookRun, step: Option<RunbookStepId>, second| apply(run, step, RunbookEvent::Reopened { by: jonas() }, at(second));
    let back = undo(&done, Some(done.steps[1].step.id), 30).unwrap();
    assert_eq!((back.state.clone(), back.current()), (RunbookRunState::Running, back.steps.get(1)));
    assert!(matches!(state(&back, 1), StepState::Running { since, .. } if *since == at(10)), "its time goes on");
    assert_eq!(apply(&back, None, ticked(), at(40)).unwrap().state, RunbookRunState::Completed { at: at(40) });
    assert!(matches!(undo(&done, Some(done.steps[0].step.id), 30), Err(RunbookRefusal::NothingToUndo { .. })), "only the last");
    assert!(undo(&done, None, 20 + 86_400).is_ok());
    assert!(matches!(undo(&done, None, 21 + 86_400), Err(RunbookRefusal::Over { .. })), "what is done is on record");
    let stopped = apply(&asked, None, RunbookEvent::Stopped { by: mira(), reason: "no".into() }, at(20)).unwrap();
    assert!(matches!(undo(&stopped, None, 30), Err(RunbookRefusal::Over { .. })));
    let waited = apply(&run(vec![step(1, StepAction::Wait { seconds: 5 })]), None, RunbookEvent::Succeeded { note: String::new() }, at(9));
    assert!(undo(&waited.unwrap(), None, 10).is_err(), "what Pilothouse did can't be taken back");
}

#[test]
fn what_asks_first_waits_and_evidence_is_asked_for() {
    let careful = RunbookStep { asks_first: true, ..step(1, trigger("x")) };
    let proven = RunbookStep { needs_evidence: true, ..step(2, StepAction::Manual) };
    let begun = run(vec![careful, proven]);
    assert!(begun.waits_for_person() && matches!(state(&begun, 0), StepState::Ready { .. }));
    assert!(apply(&begun, None, RunbookEvent::Triggered(ManualRunId::new(uuid(9))), at(1)).is_err());
    let started = apply(&begun, None, RunbookEvent::Started { by: jonas() }, at(1)).unwrap();
    assert!(matches!(state(&started, 0), StepState::Running { doing: Doing::Asked, by, .. } if *by == jonas()));
    let next = apply(&started, None, RunbookEvent::Skipped { by: mira(), reason: "known".into() }, at(2)).unwrap();
    assert!(matches!(apply(&next, None, ticked(), at(3)), Err(RunbookRefusal::NeedsEvidence { .. })));
    let with = RunbookEvent::Ticked { by: mira(), note: String::new(), evidence: 1 };
    assert!(apply(&next, None, with, at(3)).unwrap().state.is_terminal());
    let other = Some(next.steps[0].step.id);
    assert!(matches!(apply(&next, other, ticked(), at(3)), Err(RunbookRefusal::NotItsTurn { .. })));
}

#[test]
fn parameters_are_typed_and_written_into_the_steps_once() {
    let mut content = RunbookContent {
        purpose: String::new(),
        parameters: vec![
            parameter("target", ParameterKind::Text, true, None),
            parameter("fast", ParameterKind::Boolean, false, Some("false")),
            parameter("size", ParameterKind::Choice { choices: vec!["s".into(), "m".into()] }, false, None),
        ],
        steps: vec![
            RunbookStep {
                instructions: "Tell `{{ environment }}` of {{target}} {{size}} {{not a name}}".into(),
                ..step(1, StepAction::Manual)
            },
            step(2, trigger("{{target}}-{{fast}}")),
        ],
    };
    assert_eq!(valid_content(&content), Ok(()));
    let given = |values: &[(&str, &str)]| {
        let values: Vec<_> = values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        given_parameters(&content.parameters, &values)
    };
    assert!(matches!(given(&[]), Err(FillFault::Value { name, .. }) if name == "target"));
    assert!(matches!(given(&[("target", "x"), ("fast", "yes")]), Err(FillFault::Value { name, .. }) if name == "fast"));
    assert!(matches!(given(&[("target", "x"), ("size", "xl")]), Err(FillFault::Value { name, .. }) if name == "size"));
    assert!(matches!(given(&[("target", "x"), ("other", "1")]), Err(FillFault::Unknown { .. })));
    let values = given(&[("target", "{{fast}}"), ("size", "m")]).unwrap();
    let filled = fill(&content, &values, &FillValues { environment: "production", release: None }).unwrap();
    assert_eq!(filled[0].instructions, "Tell `production` of {{fast}} m {{not a name}}");
    assert!(matches!(&filled[1].action, StepAction::Trigger { inputs, .. } if inputs[0].value == "{{fast}}-false"));
    assert!(!needs_release(&content));
    content.steps[1].action = trigger("{{version}}");
    assert!(needs_release(&content));
    let fault = fill(&content, &values, &FillValues { environment: "production", release: None });
    assert!(matches!(fault, Err(FillFault::NeedsRelease { .. })));
    content.steps[1].action = trigger("{{unknown}}");
    assert!(matches!(valid_content(&content), Err(RunbookFault::Step { place: 2, .. })));
    content.steps[1].action = StepAction::Wait { seconds: 0 };
    assert!(matches!(valid_content(&content), Err(RunbookFault::Step { place: 2, .. })));
    content.parameters[1].name = "version".into();
    assert!(matches!(valid_content(&content), Err(RunbookFault::Parameter { place: 2, .. })));
}

fn attached(number: u32) -> AttachedRunbook {
    AttachedRunbook {
        release_id: release_id(OURS),
        revision: 1,
        product_id: ProductId::new(uuid(1)),
        runbook_id: RunbookId::new(uuid(52_000)),
        name: "Roll back checkout".into(),
        number,
        content: RunbookContent { steps: vec![step(1, StepAction::Manual)], ..RunbookContent::default() },
        environments: Vec::new(),
        attached_by: mira(),
        attached_at: at(0),
        acknowledgements: Vec::new(),
    }
}

#[test]
fn a_release_waits_for_its_rollback_runbook_and_for_each_stakeholder() {
    let mut world = World::before_production();
    world.runbook_rules = vec![RunbookRule {
        environment_id: environment_id(2),
        revision: 1,
        product_id: ProductId::new(uuid(1)),
        needs_rollback: true,
        stakeholders: vec!["mira okafor".into(), "Jonas Weber".into()],
    }];
    let names = [mira().to_string(), jonas().to_string()];
    world.runbook_rules[0].stakeholders = names.to_vec();
    let blockers = world.evaluate(&DEPLOY, at(600));
    assert_eq!(blockers.len(), 1, "{blockers:#?}");
    assert_eq!((blockers[0].gate, &blockers[0].cleared_by), (Gate::Runbook, &Clearance::Acknowledging { environment: environment_id(2) }));
    assert!(!world.gates(&ROLL_BACK, at(600)).contains(&Gate::Runbook), "the way back is open");

    let mut known = attached(2);
    known.environments = vec![environment_id(1)];
    world.attached_runbooks = vec![known];
    assert!(world.evaluate(&DEPLOY, at(600))[0].title.contains("is not for"));
    world.attached_runbooks[0].environments.clear();
    let one =
        acknowledged(&world.attached_runbooks[0], (RunbookId::new(uuid(52_000)), 2), &Actor::person(names[0].to_uppercase()), "", at(1));
    world.attached_runbooks = vec![one.unwrap()];
    let blockers = world.evaluate(&DEPLOY, at(600));
    assert_eq!(blockers[0].title, "1 of 2 acknowledgements of the rollback runbook are missing");
    assert!(blockers[0].detail.contains(&names[1]) && !blockers[0].detail.contains(&names[0]), "{}", blockers[0].detail);
    let both = acknowledged(&world.attached_runbooks[0], (RunbookId::new(uuid(52_000)), 2), &jonas(), "", at(2)).unwrap();
    world.attached_runbooks = vec![both];
    assert_eq!(world.evaluate(&DEPLOY, at(600)), []);
    world.attached_runbooks[0].release_id = release_id(OURS + 1);
    assert_eq!(world.gates(&DEPLOY, at(600)), [Gate::Runbook], "another release's doesn't count");
    world.runbook_rules[0].needs_rollback = false;
    assert_eq!(world.evaluate(&DEPLOY, at(600)), []);
}

#[test]
fn only_what_was_read_is_acknowledged_and_once() {
    let known = attached(3);
    let id = known.runbook_id;
    assert!(matches!(acknowledged(&known, (id, 2), &mira(), "", at(1)), Err(AttachRefusal::Another { seen: 2, number: 3, .. })));
    assert!(matches!(acknowledged(&known, (RunbookId::new(uuid(1)), 3), &mira(), "", at(1)), Err(AttachRefusal::Another { .. })));
    let once = acknowledged(&known, (id, 3), &mira(), "", at(1)).unwrap();
    assert!(matches!(acknowledged(&once, (id, 3), &mira(), "", at(2)), Err(AttachRefusal::Already { .. })));
}

fn action() -> impl Strategy<Value = StepAction> {
    prop_oneof![
        Just(StepAction::Manual),
        Just(StepAction::Go),
        Just(StepAction::Wait { seconds: 300 }),
        Just(trigger("1.0.0")),
        Just(StepAction::Healthy { within_minutes: 10 }),
        Just(StepAction::Smoke { scenario_id: SmokeScenarioId::new(uuid(3)), name: "Home".into() }),
        Just(StepAction::Checklist { template_id: ChecklistTemplateId::new(uuid(4)), name: "After".into(), until_settled: true }),
    ]
}

fn event(number: u128) -> impl Strategy<Value = RunbookEvent> {
    let reason = || "because".to_owned();
    prop_oneof![
        3 => Just(RunbookEvent::Started { by: mira() }),
        4 => Just(RunbookEvent::Ticked { by: mira(), note: "done".into(), evidence: 1 }),
        1 => Just(RunbookEvent::SaidFailed { by: jonas(), reason: reason() }),
        2 => Just(RunbookEvent::Retried { by: jonas() }),
        1 => Just(RunbookEvent::Skipped { by: jonas(), reason: reason() }),
        2 => Just(RunbookEvent::Reopened { by: jonas() }),
        1 => proptest::bool::weighted(0.1).prop_map(move |stop| if stop {
            RunbookEvent::Stopped { by: mira(), reason: reason() }
        } else {
            RunbookEvent::Started { by: mira() }
        }),
        6 => Just(RunbookEvent::Triggered(ManualRunId::new(uuid(90_000 + number)))),
        2 => Just(RunbookEvent::Found(StartedRun { external_id: "7".into(), url: String::new() })),
        1 => Just(RunbookEvent::Checking { until: at(9), waits_for: String::new() }),
        1 => Just(RunbookEvent::Smoking(SmokeRunId::new(uuid(5)))),
        1 => Just(RunbookEvent::Listed { checklist: ChecklistId::new(uuid(6)), waits_for: String::new() }),
        3 => Just(RunbookEvent::Succeeded { note: String::new() }),
        2 => Just(RunbookEvent::Broke { reason: reason(), next_step: String::new() }),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_run_keeps_its_rules_under_any_events(
        actions in proptest::collection::vec((action(), any::<bool>()), 1..6),
        events in proptest::collection::vec(event(0), 1..80),
    ) {
        let steps: Vec<RunbookStep> =
            (0u128..).zip(actions).map(|(n, (action, asks_first))| RunbookStep { asks_first, ..step(n, action) }).collect();
        let mut known = run(steps);
        // How often a person had each step begun: its first turn, and each retry or start after that.
        let is_asked = |step: &RunStep| matches!(step.state, StepState::Running { doing: Doing::Asked, .. });
        let mut begun: Vec<usize> = known.steps.iter().map(|step| usize::from(is_asked(step))).collect();
        for (second, event) in (1i64..).zip(events) {
            let event = match event {
                RunbookEvent::Triggered(_) => RunbookEvent::Triggered(ManualRunId::new(uuid(90_000 + second as u128))),
                other => other,
            };
            let before = known.clone();
            let Ok(after) = apply(&before, None, event.clone(), at(second)) else { continue };
            let is_undone = matches!((&before.state, &event), (RunbookRunState::Completed { .. }, RunbookEvent::Reopened { .. }));
            prop_assert!(!before.state.is_terminal() || is_undone, "what is over moved: {event:?}");
            let turn = |run: &RunbookRun| run.steps.iter().position(|step| !step.state.is_settled());
            for (place, (old, new)) in before.steps.iter().zip(&after.steps).enumerate() {
                if is_asked(new) && !is_asked(old) {
                    begun[place] += 1;
                }
                prop_assert!(new.triggered.len() <= begun[place], "more runs than beginnings");
                prop_assert!(new.triggered.len() - old.triggered.len() <= 1);
                prop_assert!(new.failures.len() >= old.failures.len(), "a failure was forgotten");
                if old.state.is_settled() && !new.state.is_settled() {
                    prop_assert!(matches!(event, RunbookEvent::Reopened { .. }), "only an undo opens a step");
                }
            }
            let ids: std::collections::BTreeSet<_> = after.steps.iter().flat_map(|step| &step.triggered).collect();
            prop_assert_eq!(ids.len(), after.steps.iter().map(|step| step.triggered.len()).sum::<usize>());
            // Up to one step everything is settled, after it nothing has begun.
            let at_turn = turn(&after).unwrap_or(after.steps.len());
            prop_assert!(after.steps.iter().skip(at_turn + 1).all(|step| step.state == StepState::Pending));
            prop_assert_eq!(matches!(after.state, RunbookRunState::Completed { .. }), at_turn == after.steps.len());
            if !after.state.is_terminal() {
                prop_assert!(after.current().is_some_and(|step| step.state != StepState::Pending), "somebody's turn");
            }
            let text = serde_json::to_string(&after).unwrap();
            prop_assert_eq!(&serde_json::from_str::<RunbookRun>(&text).unwrap(), &after);
            known = after;
        }
    }
}
