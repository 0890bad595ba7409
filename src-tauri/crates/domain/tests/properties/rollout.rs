//! Rollouts told as stories: a canary that passes, one that turns bad, one that nobody can measure, and a person's hand on each.

use crate::driver::Driver;
use crate::samples::{deployment, jonas, mira, run, uuid};
use pilothouse_domain::deployment::{
    Decision, Deployment, DeploymentEffect as Effect, DeploymentEvent as Event, DeploymentState as D, Instances, Phase, PhaseState as P,
    Question, Reading, RunStatus, VersionReading,
};
use pilothouse_domain::rollout::analysis::{Outcome, Watch, judge};
use pilothouse_domain::rollout::{
    Finding, FindingOutcome, Limits, OnFailure, PhaseGate, PhaseRules, PlannedPhase, Rollout, RolloutTemplate, Sample, Tally,
};
use pilothouse_domain::{Actor, PhaseId};
use std::time::Duration;

/// 10, 50, 100 percent, each watched for ten minutes.
fn canary(on_failure: OnFailure) -> Rollout {
    let phase = |name: &str, weight_percent| PlannedPhase {
        weight_percent,
        rules: PhaseRules { name: name.into(), bake_seconds: 600, gates: vec![PhaseGate::Health], ..PhaseRules::default() },
    };
    Rollout { phases: vec![phase("canary", 10), phase("half", 50), phase("everybody", 100)], on_failure }
}

fn begun(rollout: &Rollout) -> Driver {
    rollout.check().unwrap();
    let phases = rollout.phases.iter().cloned().zip(1u128..);
    let mut driver = Driver::new(Deployment {
        phases: phases.map(|(planned, n)| Phase::planned(PhaseId::new(uuid(400 + n)), planned)).collect(),
        on_failure: rollout.on_failure,
        ..deployment(1)
    });
    take(&mut driver, &Event::TurnCame);
    driver
}

#[track_caller]
fn take(driver: &mut Driver, event: &Event) {
    assert!(driver.feed(event).unwrap(), "{event:?} was refused by {:?}", driver.deployment);
}

#[track_caller]
fn refused(driver: &mut Driver, event: &Event) {
    assert!(!driver.feed(event).unwrap(), "{event:?} was taken");
}

/// The current phase's run succeeds, and the service answers.
fn deploy(driver: &mut Driver) {
    take(driver, &Event::TriggerBegun);
    let id = driver.deployment.current_phase().unwrap().correlation();
    take(driver, &Event::TriggerAccepted { run: Some(run(&id, 1, RunStatus::Queued)) });
    take(driver, &Event::RunObserved { run: run(&id, 1, RunStatus::Succeeded) });
    while matches!(driver.phase(), P::Verifying { .. }) {
        take(driver, &Event::ServiceRead { reading: well() });
    }
}

fn well() -> Reading {
    Reading { version: VersionReading::AsWanted, checks: 1, failing: Vec::new(), no_data: Vec::new(), instances: None }
}

fn sample(outcome: FindingOutcome) -> Event {
    let finding = Finding { rule: "check home".into(), decides: true, outcome, gate: None };
    Event::Judged { sample: Sample { findings: vec![finding] }, instances: None }
}

fn good() -> Event {
    sample(FindingOutcome::Passed)
}

fn bad() -> Event {
    sample(FindingOutcome::Failed { reason: "500".into() })
}

/// Looks every thirty seconds until the phase is over, at most this often.
fn watch(driver: &mut Driver, event: &Event, at_most: usize) -> usize {
    let phase = driver.deployment.current_phase().unwrap().id;
    for looks in 0..at_most {
        let is_over = driver.deployment.current_phase().unwrap().id != phase || !matches!(driver.phase(), P::Baking { .. });
        if is_over || driver.deployment.state != D::InProgress {
            return looks;
        }
        take(driver, event);
        driver.wait(Duration::from_secs(30));
    }
    at_most
}

#[track_caller]
fn question(driver: &Driver) -> &Question {
    match &driver.deployment.state {
        D::AwaitingDecision { question, .. } => question,
        other => panic!("nothing is asked: {other:?}"),
    }
}

fn decide(decision: Decision) -> Event {
    Event::Decided { by: jonas(), decision }
}

#[test]
fn a_canary_goes_out_phase_by_phase_and_is_watched_in_each() {
    let mut driver = begun(&canary(OnFailure::Ask));
    for (percent, inputs) in [(10, "10"), (50, "50"), (100, "100")] {
        assert_eq!(driver.deployment.current_phase().unwrap().weight_percent, percent);
        let mut filled = driver.deployment.clone();
        filled.pipeline.inputs[0].value = pilothouse_domain::pipeline::InputValue::Weight;
        assert_eq!(filled.filled_pipeline().inputs[0].1, inputs, "the pipeline is told the share");
        deploy(&mut driver);
        assert_eq!(driver.deployment.reached_percent(), percent);
        assert_eq!(driver.deployment.deployed_at, None, "the environment has it once it has passed everywhere");
        let looks = watch(&mut driver, &good(), 100);
        assert_eq!(looks, 21, "ten minutes in steps of thirty seconds, both ends looked at");
    }
    assert!(matches!(driver.deployment.state, D::Succeeded { .. }));
    assert!(driver.deployment.deployed_at.is_some());
}

#[test]
fn a_failure_counts_up_to_its_limit_and_a_missing_answer_is_none() {
    let rules = PhaseRules {
        gates: vec![PhaseGate::Health],
        limits: Limits { failures: 1, errors: 2, in_a_row: 2, undecided_seconds: 300, ..Limits::USUAL },
        bake_seconds: 60,
        ..PhaseRules::default()
    };
    let look = |tally: &Tally, watched: u32, outcome: FindingOutcome, decides: bool| {
        judge(&rules, watched, tally, Sample { findings: vec![Finding { rule: "home".into(), decides, outcome, gate: None }] })
    };
    let failed = || FindingOutcome::Failed { reason: "500".into() };
    let no_data = || FindingOutcome::NoData { reason: "no network".into() };
    let (once, verdict) = look(&Tally::default(), 10, failed(), true);
    assert_eq!((once.failures, verdict), (1, None), "one failure is allowed");
    let (_, verdict) = look(&once, 20, failed(), true);
    assert_eq!(verdict, Some(Outcome::Failed { reason: "home: 500".into() }));
    let (shown, verdict) = look(&once, 20, failed(), false);
    assert_eq!((shown.failures, verdict), (1, None), "what is only looked at decides nothing");
    assert_eq!(shown.last.len(), 1, "and is shown");
    let (mut tally, mut verdict) = look(&once, 30, no_data(), true);
    assert_eq!(verdict, None);
    for watched in [40, 50] {
        (tally, verdict) = look(&tally, watched, no_data(), true);
    }
    assert_eq!(verdict, Some(Outcome::Errored { reason: "home: no network".into() }), "the third in a row is one too many");
    assert_eq!(tally.failures, 1, "and no failure");
    let (after, _) = look(&Tally { errors: 2, ..Tally::default() }, 40, FindingOutcome::Passed, true);
    assert_eq!(after.errors, 0, "an answer ends the row");
    let waiting = || FindingOutcome::Waiting { what: "a signature".into() };
    let (waits, verdict) = look(&Tally { passes: 2, ..Tally::default() }, 60, waiting(), true);
    assert_eq!((waits.passes, verdict), (0, None), "all gates pass in the same look, or none does");
    let (_, verdict) = look(&waits, 360, waiting(), true);
    assert_eq!(verdict, Some(Outcome::Undecided { reason: "home waits for a signature".into() }));
    let (first, verdict) = look(&Tally::default(), 60, FindingOutcome::Passed, true);
    assert_eq!(verdict, None, "two in a row are asked for");
    assert_eq!(look(&first, 60, FindingOutcome::Passed, true).1, Some(Outcome::Passed));
}

#[test]
fn what_is_measured_before_it_has_settled_is_shown_and_does_not_count() {
    let rules = PhaseRules { limits: Limits { settle_seconds: 120, ..Limits::USUAL }, ..PhaseRules::default() };
    let failed = Finding { rule: "home".into(), decides: true, outcome: FindingOutcome::Failed { reason: "500".into() }, gate: None };
    let (tally, verdict) = judge(&rules, 119, &Tally::default(), Sample { findings: vec![failed.clone()] });
    assert_eq!((tally.failures, tally.last.len(), verdict), (0, 1, None));
    assert!(matches!(judge(&rules, 120, &tally, Sample { findings: vec![failed] }).1, Some(Outcome::Failed { .. })));
}

#[test]
fn time_in_which_nobody_looked_is_no_watch() {
    let mut driver = begun(&canary(OnFailure::Ask));
    deploy(&mut driver);
    for _ in 0..5 {
        take(&mut driver, &good());
        driver.wait(Duration::from_secs(30));
    }
    driver.wait(Duration::from_secs(3 * 3600));
    take(&mut driver, &good());
    assert!(matches!(driver.phase(), P::Baking { .. }), "the machine slept for hours, and the watch did not");
    let looks = watch(&mut driver, &good(), 100);
    assert!((15..=18).contains(&looks), "the rest is watched: {looks}");
    assert_eq!(driver.deployment.current_phase().unwrap().weight_percent, 50);
}

#[test]
fn a_clock_that_is_set_back_neither_ends_a_watch_nor_prolongs_it_for_as_long() {
    let rules = PhaseRules { bake_seconds: 600, ..PhaseRules::default() };
    let begin = crate::samples::at(100_000);
    let (watch, _) = Watch::begin(begin).look(&rules, begin.plus(Duration::from_secs(60)));
    assert_eq!(watch.watched_seconds, 60);
    let (back, counted) = watch.look(&rules, crate::samples::at(0));
    assert_eq!(counted, 60, "nothing is lost");
    let (_, counted) = back.look(&rules, crate::samples::at(60));
    assert_eq!(counted, 120, "and it is counted on from there");
}

#[test]
fn a_bad_phase_goes_back_by_itself_after_a_countdown() {
    let mut driver = begun(&canary(OnFailure::RollBack { countdown_seconds: 60 }));
    deploy(&mut driver);
    take(&mut driver, &bad());
    let P::Failing { reason, rolls_back_at, .. } = driver.phase().clone() else { panic!("{:?}", driver.phase()) };
    assert_eq!((reason.as_str(), rolls_back_at), ("check home: 500", driver.now.plus(Duration::from_secs(60))));
    assert_eq!(driver.effect, Some((Effect::RollBack, rolls_back_at)));
    driver.wait(Duration::from_secs(60));
    take(&mut driver, &Event::RollbackRequested { by: Actor::Engine, reason: "check home: 500".into() });
    assert!(matches!(&driver.deployment.state, D::Failed { reason, .. } if reason.contains("check home: 500")));
    assert_eq!(driver.deployment.deployed_at, None, "only a tenth had it");
}

#[test]
fn a_person_stops_the_way_back_and_decides() {
    let mut driver = begun(&canary(OnFailure::RollBack { countdown_seconds: 60 }));
    deploy(&mut driver);
    take(&mut driver, &bad());
    take(&mut driver, &Event::RollbackHeld { by: mira() });
    assert!(matches!(question(&driver), Question::PhaseFailed { held_back: Some(why), .. } if why.contains("Mira")));
    assert_eq!(driver.deployment.choices(), ["verify_again", "trigger", "accept", "give_up"], "there is no group to leave out");
    take(&mut driver, &decide(Decision::VerifyAgain));
    assert!(matches!(driver.phase(), P::Baking { tally, .. } if *tally == Tally::default()), "the old verdict is forgotten");
    watch(&mut driver, &good(), 100);
    assert_eq!(driver.deployment.current_phase().unwrap().weight_percent, 50);
}

#[test]
fn what_cannot_be_measured_never_goes_back_by_itself() {
    let mut driver = begun(&canary(OnFailure::RollBack { countdown_seconds: 0 }));
    deploy(&mut driver);
    watch(&mut driver, &sample(FindingOutcome::NoData { reason: "no network".into() }), 20);
    assert!(matches!(question(&driver), Question::PhaseErrored { .. }));
    refused(&mut driver, &decide(Decision::Accept { reason: " ".into() }));
    take(&mut driver, &decide(Decision::Accept { reason: "our own network was down".into() }));
    let first = &driver.deployment.phases[0];
    assert_eq!(first.decided.as_ref().unwrap().reason, "our own network was down");
    assert_eq!(driver.deployment.current_phase().unwrap().weight_percent, 50);
}

#[test]
fn a_rollback_never_goes_back_by_itself() {
    let mut driver = begun(&canary(OnFailure::RollBack { countdown_seconds: 0 }));
    driver.deployment.kind = pilothouse_domain::deployment::DeploymentKind::Rollback { parent: None, reason: "errors".into() };
    deploy(&mut driver);
    take(&mut driver, &bad());
    assert!(matches!(driver.deployment.state, D::Failed { .. }));
}

#[test]
fn a_failure_is_taken_on_by_one_person() {
    let mut driver = begun(&canary(OnFailure::Ask));
    deploy(&mut driver);
    take(&mut driver, &bad());
    take(&mut driver, &Event::Taken { by: mira() });
    refused(&mut driver, &decide(Decision::GiveUp));
    take(&mut driver, &Event::Taken { by: jonas() });
    take(&mut driver, &decide(Decision::GiveUp));
    assert!(matches!(&driver.deployment.state, D::Failed { reason, .. } if reason == "Check home: 500"));
}

#[test]
fn a_required_phase_is_neither_skipped_nor_passed_in_spite_of_a_failure() {
    let mut rollout = canary(OnFailure::Ask);
    rollout.phases[0].rules.required = true;
    rollout.phases[0].rules.target = Some("ring-0".into());
    let mut driver = begun(&rollout);
    let first = driver.deployment.phases[0].id;
    refused(&mut driver, &Event::Skipped { by: mira(), phase: first, reason: "in a hurry".into() });
    refused(&mut driver, &Event::PromotedFully { by: mira(), reason: "in a hurry".into() });
    deploy(&mut driver);
    take(&mut driver, &bad());
    assert_eq!(driver.deployment.choices(), ["verify_again", "trigger", "give_up"]);
    refused(&mut driver, &decide(Decision::Accept { reason: "looks fine".into() }));
    refused(&mut driver, &decide(Decision::LeaveOut { reason: "looks fine".into() }));
}

#[test]
fn a_group_is_left_out_and_the_rest_goes_on() {
    let mut rollout = canary(OnFailure::Ask);
    rollout.phases[1].rules.target = Some("ring-1".into());
    let mut driver = begun(&rollout);
    deploy(&mut driver);
    watch(&mut driver, &good(), 100);
    deploy(&mut driver);
    take(&mut driver, &bad());
    assert!(driver.deployment.choices().contains(&"leave_out"));
    take(&mut driver, &decide(Decision::LeaveOut { reason: "ring 1 is being moved".into() }));
    assert!(matches!(driver.deployment.phases[1].state, P::LeftOut { run: Some(_) }));
    assert_eq!((driver.deployment.current_phase().unwrap().weight_percent, driver.phase()), (100, &P::Ready));
}

#[test]
fn a_pause_lets_nothing_begin_and_stops_no_watch() {
    let mut driver = begun(&canary(OnFailure::Ask));
    deploy(&mut driver);
    take(&mut driver, &Event::Paused { by: mira(), reason: "lunch".into() });
    refused(&mut driver, &Event::Paused { by: jonas(), reason: String::new() });
    let looks = watch(&mut driver, &good(), 40);
    assert_eq!(looks, 40, "it is watched on");
    take(&mut driver, &Event::Resumed);
    take(&mut driver, &good());
    assert_eq!(driver.phase(), &P::Ready);
    take(&mut driver, &Event::Paused { by: mira(), reason: String::new() });
    assert_eq!((driver.effect, driver.deployment.next_effect()), (None, None));
    refused(&mut driver, &Event::TriggerBegun);
    take(&mut driver, &Event::Resumed);
    assert!(matches!(driver.effect, Some((Effect::Trigger, _))));
}

#[test]
fn a_person_goes_on_goes_past_or_goes_to_the_end() {
    let mut rollout = canary(OnFailure::Ask);
    rollout.phases[0].rules.needs_person = true;
    let mut driver = begun(&rollout);
    deploy(&mut driver);
    watch(&mut driver, &good(), 100);
    assert!(matches!(question(&driver), Question::GoOn { .. }));
    take(&mut driver, &decide(Decision::GoOn));
    let (half, last) = (driver.deployment.phases[1].id, driver.deployment.phases[2].id);
    refused(&mut driver, &Event::Skipped { by: mira(), phase: last, reason: "in a hurry".into() });
    take(&mut driver, &Event::Skipped { by: mira(), phase: half, reason: "known to be well".into() });
    assert_eq!(driver.deployment.current_phase().unwrap().id, last);

    let mut driver = begun(&canary(OnFailure::Ask));
    deploy(&mut driver);
    take(&mut driver, &Event::PromotedFully { by: mira(), reason: "it repairs the shop".into() });
    assert_eq!((driver.deployment.current_phase().unwrap().weight_percent, driver.phase()), (100, &P::Ready));
    assert!(driver.deployment.phases[..2].iter().all(|phase| phase.decided.is_some()), "and each says by whose word");
}

#[test]
fn an_abort_keeps_what_is_out_and_says_how_much() {
    let mut driver = begun(&canary(OnFailure::Ask));
    deploy(&mut driver);
    watch(&mut driver, &good(), 100);
    take(&mut driver, &Event::CancelRequested { by: mira(), reason: "wrong version".into() });
    let D::Cancelled { reason, .. } = &driver.deployment.state else { panic!("{:?}", driver.deployment.state) };
    assert_eq!(reason, "Stopped by Mira Okafor at 10 %: wrong version");
}

#[test]
fn a_failed_run_is_tried_again_as_often_as_was_planned() {
    let mut rollout = canary(OnFailure::Ask);
    rollout.phases[0].rules.retries = 1;
    let mut driver = begun(&rollout);
    take(&mut driver, &Event::TriggerBegun);
    take(&mut driver, &Event::TriggerAccepted { run: Some(run("36", 1, RunStatus::Failed)) });
    take(&mut driver, &Event::RunObserved { run: run("36", 1, RunStatus::Failed) });
    assert!(matches!(driver.phase(), P::Rerunning { failed_only: true, .. }));
    take(&mut driver, &Event::RerunBegun);
    take(&mut driver, &Event::RerunAnswered { refusal: None });
    take(&mut driver, &Event::RunObserved { run: run("36", 2, RunStatus::Failed) });
    assert!(matches!(question(&driver), Question::RunFailed { .. }), "then a person is asked");
    assert_eq!(driver.deployment.phases[0].triggers, 1, "and it was triggered once");
}

#[test]
fn a_share_is_counted_where_instances_are_asked_one_by_one() {
    let mut rollout = canary(OnFailure::Ask);
    rollout.phases[0].weight_percent = 25;
    let read = |with, of| Event::ServiceRead {
        reading: Reading {
            version: VersionReading::Other { seen: "1.3.9 on some".into() },
            instances: Some(Instances { with, of }),
            ..well()
        },
    };
    for (with, of, is_well) in [(1, 4, true), (0, 4, false), (3, 4, false), (0, 1, true), (1, 3, true)] {
        let mut driver = begun(&rollout);
        take(&mut driver, &Event::TriggerBegun);
        take(&mut driver, &Event::TriggerAccepted { run: Some(run("36", 1, RunStatus::Queued)) });
        take(&mut driver, &Event::RunObserved { run: run("36", 1, RunStatus::Succeeded) });
        for _ in 0..3 {
            if matches!(driver.phase(), P::Verifying { .. }) {
                take(&mut driver, &read(with, of));
            }
        }
        assert_eq!(matches!(driver.phase(), P::Baking { .. }), is_well, "{with} of {of}");
        assert_eq!(driver.deployment.phases[0].instances, Some(Instances { with, of }), "what is real is shown beside what is wanted");
    }
}

#[test]
fn a_plan_that_cannot_be_is_sent_back_with_its_field() {
    let fault = |change: &dyn Fn(&mut Rollout)| {
        let mut rollout = RolloutTemplate::Canary.rollout();
        change(&mut rollout);
        rollout.check().unwrap_err().field
    };
    assert_eq!(fault(&|r| r.phases[2].weight_percent = 90), "phases.2.weight_percent");
    assert_eq!(fault(&|r| r.phases[1].weight_percent = 5), "phases.1.weight_percent");
    assert_eq!(fault(&|r| r.phases[1].rules.name = " CANARY".into()), "phases.1.name");
    assert_eq!(fault(&|r| r.phases[0].rules.name.clear()), "phases.0.name");
    assert_eq!(fault(&|r| r.phases[0].rules.bake_seconds = u32::MAX), "phases.0.bake_seconds");
    assert_eq!(fault(&|r| r.phases[0].rules.limits.interval_seconds = 1), "phases.0.limits.interval_seconds");
    assert_eq!(fault(&|r| r.phases[0].rules.retries = 6), "phases.0.retries");
    assert_eq!(fault(&|r| r.phases[0].rules.gates.push(PhaseGate::Health)), "phases.0.gates.1");
    for url in ["ftp://gate.example", "https://", "https://mira@gate.example", "http://a b"] {
        assert_eq!(fault(&|r| r.phases[0].rules.gates = vec![PhaseGate::External { url: url.into() }]), "phases.0.gates.0.url");
    }
    assert_eq!(fault(&|r| r.phases[0].rules.gates = vec![PhaseGate::Provider { name: " ".into() }]), "phases.0.gates.0.name");
    assert_eq!(fault(&|r| r.on_failure = OnFailure::RollBack { countdown_seconds: 4000 }), "on_failure");
    assert_eq!(fault(&|r| r.phases = vec![r.phases[0].clone(); 21]), "phases");
}

#[test]
fn what_decides_nothing_stands_in_no_way() {
    use pilothouse_domain::rollout::{Finding, FindingOutcome, Tally};
    let finding = |rule: &str, decides| {
        let outcome = FindingOutcome::Failed { reason: "503".into() };
        Finding { rule: rule.into(), decides, outcome, gate: None }
    };
    let mut tally = Tally { last: vec![finding("check trial", false)], ..Tally::default() };
    assert_eq!(tally.in_the_way(), None);
    tally.last.push(finding("check home", true));
    assert_eq!(tally.in_the_way().as_deref(), Some("check home fails: 503"));
}
