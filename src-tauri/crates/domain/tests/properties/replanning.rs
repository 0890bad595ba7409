//! Phases changed while a deployment is under way, told as stories: what may be changed, what stays, and how what was held by it goes on.

use crate::driver::Driver;
use crate::samples::{deployment, jonas, mira, run, uuid};
use pilothouse_domain::PhaseId;
use pilothouse_domain::deployment::{
    Deployment, DeploymentEffect as Effect, DeploymentEvent as Event, DeploymentState as D, Phase, PhaseState as P, PhasesChange, Question,
    Reading, RunStatus, VersionReading,
};
use pilothouse_domain::rollout::{PhaseGate, PhaseRules, PlannedPhase};

/// 10, 50, 100 percent, each watched.
fn phases() -> Vec<PlannedPhase> {
    let phase = |name: &str, weight_percent| PlannedPhase {
        weight_percent,
        rules: PhaseRules { name: name.into(), bake_seconds: 600, gates: vec![PhaseGate::Health], ..PhaseRules::default() },
    };
    vec![phase("canary", 10), phase("half", 50), phase("everybody", 100)]
}

fn begun(phases: &[PlannedPhase]) -> Driver {
    let mut driver = Driver::new(Deployment {
        phases: phases.iter().cloned().zip(1u128..).map(|(planned, n)| Phase::planned(PhaseId::new(uuid(400 + n)), planned)).collect(),
        ..deployment(1)
    });
    assert!(driver.feed(&Event::TurnCame).unwrap());
    driver
}

/// As [`begun`], with its first phase deployed and watched.
fn watched(phases: &[PlannedPhase]) -> Driver {
    let mut driver = begun(phases);
    let reading = Reading { version: VersionReading::AsWanted, checks: 1, failing: Vec::new(), no_data: Vec::new(), instances: None };
    let events = [
        Event::TriggerBegun,
        Event::TriggerAccepted { run: Some(run("36", 1, RunStatus::Queued)) },
        Event::RunObserved { run: run("36", 1, RunStatus::Succeeded) },
    ];
    for event in events {
        assert!(driver.feed(&event).unwrap());
    }
    while matches!(driver.phase(), P::Verifying { .. }) {
        assert!(driver.feed(&Event::ServiceRead { reading: reading.clone() }).unwrap());
    }
    driver
}

fn change(driver: &Driver, edit: impl FnOnce(&mut Vec<PlannedPhase>)) -> PhasesChange {
    let mut phases: Vec<PlannedPhase> = driver.deployment.phases.iter().map(Phase::as_planned).collect();
    edit(&mut phases);
    let fresh = (0..phases.len() as u128).map(|n| PhaseId::new(uuid(900 + n))).collect();
    PhasesChange { by: mira(), phases, fresh, seen: driver.deployment.phase_changes.len(), reason: "half is too much".into() }
}

#[track_caller]
fn changed(driver: &mut Driver, edit: impl FnOnce(&mut Vec<PlannedPhase>)) {
    let wanted = Event::PhasesChanged(change(driver, edit));
    assert!(driver.feed(&wanted).unwrap(), "{wanted:?} was refused by {:?}", driver.deployment);
}

#[track_caller]
fn refused(driver: &Driver, edit: impl FnOnce(&mut Vec<PlannedPhase>)) -> String {
    let wanted = Event::PhasesChanged(change(driver, edit));
    pilothouse_domain::deployment::apply(&driver.deployment, wanted, driver.now, &driver.pacing).unwrap_err().message
}

fn names(driver: &Driver) -> Vec<(&str, u8)> {
    driver.deployment.phases.iter().map(|phase| (phase.rules.name.as_str(), phase.weight_percent)).collect()
}

#[test]
fn what_comes_is_changed_added_and_removed_while_the_first_is_watched() {
    let mut driver = watched(&phases());
    let half = driver.deployment.phases[1].id;
    let before = driver.effect;
    changed(&mut driver, |phases| {
        phases[1].weight_percent = 30;
        phases[1].rules.bake_seconds = 1200;
        let most = PlannedPhase { weight_percent: 80, rules: PhaseRules { name: "most".into(), ..PhaseRules::default() } };
        phases.insert(2, most);
    });
    assert_eq!(names(&driver), [("canary", 10), ("half", 30), ("most", 80), ("everybody", 100)]);
    assert_eq!((driver.deployment.phases[1].id, driver.deployment.phases[1].rules.bake_seconds), (half, 1200), "it is the same phase");
    assert_eq!(driver.effect, before, "it is watched on");
    changed(&mut driver, |phases| drop(phases.drain(1..3)));
    assert_eq!(names(&driver), [("canary", 10), ("everybody", 100)]);
    let told = &driver.deployment.phase_changes;
    assert_eq!((told.len(), told[1].by.clone(), told[1].reason.as_str()), (2, mira(), "half is too much"));
}

#[test]
fn what_has_begun_and_what_is_over_stays_in_its_place() {
    let mut driver = watched(&phases());
    assert!(refused(&driver, |phases| phases[0].weight_percent = 5).starts_with("canary has begun"));
    assert!(refused(&driver, |phases| phases[0].rules.bake_seconds = 0).starts_with("canary has begun"));
    assert!(refused(&driver, |phases| drop(phases.remove(0))).starts_with("canary has begun"));
    let ahead = PlannedPhase { weight_percent: 5, rules: PhaseRules { name: "ahead".into(), ..PhaseRules::default() } };
    assert!(refused(&driver, |phases| phases.insert(0, ahead.clone())).starts_with("canary has begun"));
    assert!(driver.feed(&Event::Skipped { by: jonas(), phase: driver.deployment.phases[1].id, reason: "no ring".into() }).unwrap());
    assert!(refused(&driver, |phases| drop(phases.remove(1))).starts_with("half was left out"));
    let next = PlannedPhase { weight_percent: 60, ..ahead };
    changed(&mut driver, |phases| phases.insert(2, next));
    assert_eq!(names(&driver), [("canary", 10), ("half", 50), ("ahead", 60), ("everybody", 100)]);
}

#[test]
fn no_share_shrinks_and_somebody_gets_all_of_it() {
    let driver = watched(&phases());
    assert!(refused(&driver, |phases| phases[1].weight_percent = 5).contains("never shrinks"));
    assert!(refused(&driver, |phases| phases[2].weight_percent = 90).contains("100 %"));
    assert!(refused(&driver, |phases| phases.truncate(1)).contains("100 %"));
    assert!(refused(&driver, Vec::clear).contains("keeps its phases"));
    assert!(refused(&driver, |phases| phases[1].rules.name = "Everybody".into()).contains("two phases"));
}

#[test]
fn what_is_required_stays_required() {
    let mut plan = phases();
    plan[1].rules.required = true;
    let mut driver = watched(&plan);
    assert!(refused(&driver, |phases| phases[1].rules.required = false).contains("is required"));
    assert!(refused(&driver, |phases| drop(phases.remove(1))).contains("is required"));
    changed(&mut driver, |phases| phases[1].weight_percent = 40);
}

#[test]
fn who_saw_older_phases_looks_again() {
    let mut driver = watched(&phases());
    let late = change(&driver, |phases| phases[1].weight_percent = 70);
    changed(&mut driver, |phases| phases[1].weight_percent = 40);
    let message =
        pilothouse_domain::deployment::apply(&driver.deployment, Event::PhasesChanged(late), driver.now, &driver.pacing).unwrap_err();
    assert!(message.message.contains("has changed its phases meanwhile"), "{message}");
}

#[test]
fn the_next_phase_is_changed_before_it_begins_and_takes_its_turn() {
    let mut driver = begun(&phases());
    assert!(driver.feed(&Event::Paused { by: mira(), reason: String::new() }).unwrap());
    changed(&mut driver, |phases| drop(phases.remove(0)));
    assert_eq!((names(&driver)[0], driver.phase()), (("half", 50), &P::Ready), "what is next now is ready");
    assert_eq!(driver.effect, None, "and still paused");
    assert!(driver.feed(&Event::Resumed).unwrap());
    assert!(matches!(driver.effect, Some((Effect::Trigger, _))));
    assert!(driver.feed(&Event::TriggerBegun).unwrap());
    assert!(refused(&driver, |phases| phases[0].weight_percent = 20).starts_with("half has begun"));
}

#[test]
fn what_was_held_by_the_change_goes_on_once_it_is_approved_again() {
    let held = || Event::Blocked { reasons: vec!["Approval is missing".into()] };
    let mut driver = begun(&phases());
    assert!(driver.feed(&held()).unwrap());
    assert!(!driver.feed(&Event::ApprovedAnew).unwrap(), "a start that was held before a change is a person's to begin");
    changed(&mut driver, |phases| phases[1].weight_percent = 40);
    assert!(matches!(driver.deployment.state, D::AwaitingDecision { question: Question::BlockedAtStart { .. }, .. }));
    assert!(driver.feed(&Event::ApprovedAnew).unwrap());
    assert_eq!((&driver.deployment.state, driver.effect.map(|(effect, _)| effect)), (&D::InProgress, Some(Effect::Trigger)));
    assert!(driver.feed(&held()).unwrap());
    assert!(driver.feed(&Event::Taken { by: jonas() }).unwrap());
    assert!(!driver.feed(&Event::ApprovedAnew).unwrap(), "who has taken it on has the word");
}

#[test]
fn what_ends_or_goes_back_is_not_changed_any_more() {
    let mut driver = watched(&phases());
    let wanted = Event::PhasesChanged(change(&driver, |phases| phases[1].weight_percent = 40));
    assert!(driver.feed(&Event::CancelRequested { by: mira(), reason: "wrong version".into() }).unwrap());
    assert!(!driver.feed(&wanted).unwrap());
}
