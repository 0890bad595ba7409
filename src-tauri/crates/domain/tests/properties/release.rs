//! The release machine under any sequence of events.

use crate::config;
use crate::samples::{at, environment, jonas, plan, release};
use pilothouse_domain::product::EnvironmentRules;
use pilothouse_domain::release::{Plan, Release, ReleaseEvent as Event, ReleaseState as S, apply};
use pilothouse_domain::rollout::{Rollout, RolloutTemplate};
use proptest::prelude::*;

fn event() -> impl Strategy<Value = Event> {
    let planned = any::<bool>().prop_map(|needs_no_approval| {
        let environments = [environment(0, EnvironmentRules::default()), environment(1, EnvironmentRules::default())];
        Event::Planned { plan: plan(&environments), needs_no_approval }
    });
    prop_oneof![
        2 => planned,
        1 => Just(Event::Reopened),
        1 => Just(Event::ApprovalRequested { by: jonas() }),
        1 => Just(Event::ApprovalsComplete),
        1 => Just(Event::Rejected),
        2 => Just(Event::DeploymentStarted),
        1 => any::<bool>().prop_map(phases_changed),
        2 => Just(Event::LastEnvironmentReached),
        1 => Just(Event::Completed),
        1 => Just(Event::RolledBack),
        1 => Just(Event::Aborted { reason: "superseded".into() }),
    ]
}

/// Other phases in the first environment.
fn phases_changed(needs_no_approval: bool) -> Event {
    let rollout = RolloutTemplate::Canary.rollout();
    Event::PhasesChanged { environment: environment(0, EnvironmentRules::default()).id, rollout, by: jonas(), needs_no_approval }
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    proptest::collection::vec(event(), 0..30)
}

fn draft() -> Release {
    release(4, None, S::Draft)
}

fn step(release: &Release, event: &Event, second: i64) -> Option<Release> {
    apply(release, event.clone(), at(second)).ok()
}

/// What of a plan stays whatever becomes of its phases.
fn without_phases(release: &Release) -> Option<Plan> {
    let mut plan = release.plan.clone()?;
    for planned in &mut plan.environments {
        planned.rollout = Rollout::default();
    }
    Some(plan)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_end_is_never_left(events in events()) {
        let mut release = draft();
        for (second, event) in (0..).zip(&events) {
            let Some(next) = step(&release, event, second) else { continue };
            if release.state.is_terminal() {
                prop_assert_eq!(&next.state, &release.state, "{:?}", event);
            }
            release = next;
        }
    }

    /// Nothing is approved, deployed, verified or completed without a plan; an approval is of a plan.
    #[test]
    fn whatever_is_past_a_draft_has_a_plan(events in events()) {
        let mut release = draft();
        for (second, event) in (0..).zip(&events) {
            let Some(next) = step(&release, event, second) else { continue };
            release = next;
            let needs_plan = !matches!(release.state, S::Draft | S::RolledBack { .. } | S::Aborted { .. });
            prop_assert_eq!(needs_plan && release.plan.is_none(), false, "{:?} without a plan after {:?}", release.state, event);
        }
    }

    #[test]
    fn a_plan_is_frozen_once_a_deployment_started(events in events()) {
        let mut release = draft();
        for (second, event) in (0..).zip(&events) {
            let Some(next) = step(&release, event, second) else { continue };
            if matches!(release.state, S::InProgress { .. } | S::Verifying { .. } | S::Completed { .. }) {
                prop_assert_eq!(without_phases(&next), without_phases(&release), "{:?}", event);
                let is_about_phases = matches!(event, Event::PhasesChanged { .. });
                prop_assert!(is_about_phases || next.plan == release.plan, "{event:?} changed phases");
            }
            release = next;
        }
    }

    #[test]
    fn a_step_is_the_same_each_time_and_changes_the_way_alone(events in events()) {
        let mut release = draft();
        for (second, event) in (0..).zip(&events) {
            prop_assert_eq!(apply(&release, event.clone(), at(second)), apply(&release, event.clone(), at(second)));
            let Some(next) = step(&release, event, second) else { continue };
            let untouched = Release {
                state: release.state.clone(),
                plan: release.plan.clone(),
                approval_requested_by: release.approval_requested_by.clone(),
                ..next.clone()
            };
            prop_assert_eq!(&untouched, &release);
            release = next;
        }
    }
}

#[test]
fn the_straight_way_from_draft_to_close() {
    let environments = [environment(0, EnvironmentRules::default())];
    let way = [
        (Event::Planned { plan: plan(&environments), needs_no_approval: false }, "planned"),
        (Event::ApprovalRequested { by: jonas() }, "in_approval"),
        (Event::ApprovalsComplete, "approved"),
        (Event::DeploymentStarted, "in_progress"),
        (Event::LastEnvironmentReached, "verifying"),
        (Event::Completed, "completed"),
    ];
    let mut release = draft();
    for (event, word) in way {
        release = apply(&release, event, at(1)).unwrap();
        assert_eq!(release.state.word(), word);
    }
}

#[test]
fn a_refusal_says_what_was_wanted_of_what() {
    let refusal = apply(&draft(), Event::Completed, at(0)).unwrap_err();
    assert_eq!(refusal.to_string(), "a release that is a draft can't be completed");
}

#[test]
fn phases_that_are_changed_on_the_way_ask_for_votes_by_who_changed_them() {
    let environments = [environment(0, EnvironmentRules::default())];
    let planned = apply(&draft(), Event::Planned { plan: plan(&environments), needs_no_approval: false }, at(1)).unwrap();
    let in_state = |state: S| apply(&Release { state, ..planned.clone() }, phases_changed(false), at(5));
    let asks = S::InApproval { requested_by: jonas(), requested_at: at(5) };
    for (before, after) in [
        (S::Planned, S::Planned),
        (S::InApproval { requested_by: jonas(), requested_at: at(2) }, asks.clone()),
        (S::Approved { at: at(2) }, asks),
        (S::InProgress { since: at(2) }, S::InProgress { since: at(2) }),
        (S::Verifying { since: at(2) }, S::Verifying { since: at(2) }),
    ] {
        let changed = in_state(before.clone()).unwrap();
        assert_eq!(changed.state, after);
        assert_eq!(changed.approval_requested_by.is_some(), before != S::Planned);
        assert_eq!(changed.plan.unwrap().environments[0].rollout, RolloutTemplate::Canary.rollout());
    }
    for over in [S::Draft, S::Completed { at: at(2) }, S::RolledBack { at: at(2) }] {
        in_state(over).unwrap_err();
    }
    let free = apply(&Release { state: S::Approved { at: at(2) }, ..planned }, phases_changed(true), at(5)).unwrap();
    assert_eq!(free.state, S::Approved { at: at(2) }, "where nobody has to approve, nobody is asked");
}
