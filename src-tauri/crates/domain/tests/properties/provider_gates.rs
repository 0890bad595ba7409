//! The machine of what waits for a person at a provider, under any sequence of events; and its stored forms.

use crate::config;
use crate::samples::{at, jonas, mira, run, uuid};
use pilothouse_domain::deployment::{Job, RunStatus};
use pilothouse_domain::gate::{
    Gate, GateDetails, GateEvent as Event, GateInput, GateInputKind, GateKind, GateOwner, GateState as S, GateVerdict, GivenAnswer,
    GoneCause, apply,
};
use pilothouse_domain::rollout::FindingOutcome;
use pilothouse_domain::rollout::provider_gate::{by_gates, by_run};
use pilothouse_domain::{ConnectionId, DeploymentId, EnvironmentId, GateId, ProductId, ReleaseId};
use proptest::prelude::*;

fn details(title: &str) -> GateDetails {
    let options = vec!["canary".to_owned(), "all".to_owned()];
    GateDetails {
        kind: GateKind::Deployment,
        title: title.into(),
        message: "Reviewers: mira.".into(),
        environment: Some("production".into()),
        started_by: Some("mira".into()),
        since: Some(at(0)),
        expires_at: Some(at(9_000)),
        url: "https://ci.example.org/runs/36".into(),
        inputs: vec![GateInput {
            name: "scope".into(),
            description: String::new(),
            kind: GateInputKind::Choice { options },
            required: true,
            default: None,
            hidden: false,
        }],
        can_answer: Some(true),
        can_reject: true,
        takes_comment: true,
    }
}

fn gate() -> Gate {
    Gate {
        id: GateId::new(uuid(1)),
        revision: 0,
        connection_id: ConnectionId::new(uuid(2)),
        repository: "acme/shop".into(),
        external_id: "36-1".into(),
        run: "36".into(),
        pipeline: "deploy.yml".into(),
        seen: details("production"),
        belongs: GateOwner {
            product_id: Some(ProductId::new(uuid(3))),
            environment_id: Some(EnvironmentId::new(uuid(4))),
            release_id: Some(ReleaseId::new(uuid(5))),
            deployment_id: Some(DeploymentId::new(uuid(6))),
        },
        first_seen_at: at(1),
        state: S::Waiting { not_taken: None },
        answered_before: None,
        lingers_until: None,
    }
}

fn answer(second: i64, verdict: GateVerdict) -> GivenAnswer {
    let by = if second % 2 == 0 { mira() } else { jonas() };
    GivenAnswer { verdict, comment: "as planned".into(), inputs: vec!["scope".into()], by, at: at(second) }
}

fn event() -> impl Strategy<Value = Event> {
    let given = (0_i64..100, prop_oneof![Just(GateVerdict::Approve), Just(GateVerdict::Reject)]);
    prop_oneof![
        3 => given.prop_map(|(second, verdict)| Event::AnswerGiven { answer: answer(second, verdict) }),
        2 => Just(Event::SeenWaiting { details: details("staging"), belongs: GateOwner::default() }),
        1 => prop_oneof![Just(GoneCause::Elsewhere), Just(GoneCause::Expired), Just(GoneCause::Unwatched)]
            .prop_map(|cause| Event::SeenGone { cause }),
        1 => Just(Event::Taken),
        1 => (200_i64..400).prop_map(|second| Event::SeenLingering { until: at(second) }),
        1 => Just(Event::TooLate),
        2 => Just(Event::NotTaken { message: "not a reviewer".into(), next_step: "ask one".into() }),
        2 => Just(Event::AnswerLost { cause: "no answer".into() }),
    ]
}

/// Every state that a sequence of events leads through, the first one too, with the events that fitted.
fn life(events: &[Event]) -> Vec<(Option<Event>, Gate)> {
    let mut lived = vec![(None, gate())];
    for (second, event) in (2..).zip(events) {
        let last = lived.last().map(|(_, gate)| gate.clone()).unwrap();
        if let Ok(next) = apply(&last, event.clone(), at(second)) {
            lived.push((Some(event.clone()), next));
        }
    }
    lived
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_end_is_never_left(events in proptest::collection::vec(event(), 0..40)) {
        let mut gate = gate();
        for (second, event) in (2..).zip(events) {
            let next = apply(&gate, event, at(second));
            if gate.state.is_terminal() && let Ok(next) = &next {
                prop_assert_eq!(&next.state, &gate.state);
                prop_assert_eq!(Gate { lingers_until: None, ..next.clone() }, Gate { lingers_until: None, ..gate.clone() });
            }
            gate = next.unwrap_or(gate);
        }
    }

    /// Between two answers that are given there is always a look or a word of the provider by which the first provably had no effect.
    #[test]
    fn it_is_never_answered_twice(events in proptest::collection::vec(event(), 0..40)) {
        let mut is_told = false;
        for (event, gate) in life(&events) {
            match event {
                Some(Event::AnswerGiven { .. }) => {
                    prop_assert!(!is_told, "answered again while the first answer may count");
                    is_told = true;
                }
                Some(Event::NotTaken { .. } | Event::SeenWaiting { .. }) if gate.is_waiting() => is_told = false,
                _ => {}
            }
            prop_assert_eq!(gate.is_waiting(), !is_told && !gate.state.is_terminal());
        }
    }

    /// Whatever is known of an answer is about the one that was given.
    #[test]
    fn an_answer_stays_that_of_who_gave_it(events in proptest::collection::vec(event(), 0..40)) {
        let mut given: Option<GivenAnswer> = None;
        for (event, gate) in life(&events) {
            if let Some(Event::AnswerGiven { answer }) = event {
                given = Some(answer);
            }
            if let Some(answer) = gate.state.answer() {
                prop_assert_eq!(Some(answer), given.as_ref());
            }
            if let S::Waiting { not_taken: Some(not) } = &gate.state {
                prop_assert_eq!(Some(&not.answer), given.as_ref());
            }
        }
    }

    #[test]
    fn every_state_comes_back_from_its_stored_form(events in proptest::collection::vec(event(), 0..20)) {
        for (_, gate) in life(&events) {
            let text = serde_json::to_string(&gate).unwrap();
            prop_assert_eq!(serde_json::from_str::<Gate>(&text).unwrap(), gate.clone());
            let state = serde_json::to_value(&gate.state).unwrap();
            prop_assert_eq!(state["state"].as_str(), Some(gate.state.word()));
            prop_assert_eq!(gate.state.is_terminal(), gate.state.ended_at().is_some());
        }
    }
}

#[test]
fn what_is_answered_lingers_while_it_is_still_listed_and_asks_anew_only_since_later() {
    let answering = apply(&gate(), Event::AnswerGiven { answer: answer(2, GateVerdict::Approve) }, at(2)).unwrap();
    assert!(apply(&answering, Event::SeenLingering { until: at(122) }, at(3)).is_err(), "it isn't known yet whether it was taken");
    let taken = apply(&answering, Event::Taken, at(3)).unwrap();
    assert!(taken.may_be_the_same(&details("production")) && !answering.may_be_the_same(&details("production")));
    assert!(!taken.may_be_the_same(&GateDetails { since: Some(at(4)), ..details("production") }), "it asks anew");
    let lingers = apply(&taken, Event::SeenLingering { until: at(122) }, at(5)).unwrap();
    assert_eq!((&lingers.state, lingers.lingers_until), (&taken.state, Some(at(122))));
    let gone = apply(&lingers, Event::SeenGone { cause: GoneCause::Elsewhere }, at(9)).unwrap();
    assert_eq!(gone, taken, "no longer listed");
    assert!(apply(&gone, Event::SeenGone { cause: GoneCause::Elsewhere }, at(10)).is_err());
}

#[test]
fn a_lost_answer_whose_gate_waits_no_more_counts_and_one_whose_gate_still_waits_does_not() {
    let answering = apply(&gate(), Event::AnswerGiven { answer: answer(2, GateVerdict::Approve) }, at(2)).unwrap();
    let lost = apply(&answering, Event::AnswerLost { cause: "no answer".into() }, at(3)).unwrap();
    let gone = apply(&lost, Event::SeenGone { cause: GoneCause::Elsewhere }, at(9)).unwrap();
    assert!(matches!(&gone.state, S::Answered { confirmed: false, answer, .. } if answer.by == mira()));
    let waits = apply(&lost, Event::SeenWaiting { details: details("x"), belongs: GateOwner::default() }, at(9)).unwrap();
    assert!(
        matches!(&waits.state, S::Waiting { not_taken: Some(not) } if not.answer.by == mira() && not.message.contains("did not arrive"))
    );
    assert!(
        apply(&answering, Event::AnswerGiven { answer: answer(3, GateVerdict::Reject) }, at(3)).unwrap_err().to_string().contains("Mira")
    );
}

/// What the gates say about a phase whose run is 36 and that asks for “Production”.
fn told(states: &[S]) -> (Option<FindingOutcome>, Option<GateId>) {
    let gates: Vec<Gate> = states
        .iter()
        .zip(10_u128..)
        .map(|(state, n)| Gate { id: GateId::new(uuid(n)), external_id: format!("36-{n}"), state: state.clone(), ..gate() })
        .collect();
    let word = by_gates(&gates, "36", " Production");
    (word.outcome, word.gate)
}

fn answered(verdict: GateVerdict) -> S {
    S::Answered { answer: answer(2, verdict), at: at(3), confirmed: true }
}

#[test]
fn a_phase_waits_for_a_gate_of_its_name_and_run_and_takes_its_answer() {
    let waiting = || S::Waiting { not_taken: None };
    assert!(matches!(told(&[waiting()]), (Some(FindingOutcome::Waiting { .. }), Some(_))));
    assert!(matches!(told(&[S::Answering { answer: answer(2, GateVerdict::Approve) }]).0, Some(FindingOutcome::Waiting { .. })));
    assert_eq!(told(&[answered(GateVerdict::Approve)]).0, Some(FindingOutcome::Passed));
    let rejected = FindingOutcome::Failed { reason: "Mira Okafor rejected it: as planned".into() };
    assert_eq!(told(&[answered(GateVerdict::Reject)]).0, Some(rejected));
    let gone = |cause| S::Gone { at: at(3), cause };
    for cause in [GoneCause::Expired, GoneCause::Unwatched] {
        assert!(matches!(told(&[gone(cause)]).0, Some(FindingOutcome::NoData { .. })), "nobody said no: {cause:?}");
    }
    assert_eq!(told(&[gone(GoneCause::Elsewhere)]).0, None, "the run tells how it was answered");
    assert_eq!(told(&[S::TooLate { answer: answer(2, GateVerdict::Reject), at: at(3) }]).0, None, "an answer that came too late is none");
    let (outcome, gate_id) = told(&[answered(GateVerdict::Approve), waiting()]);
    assert!(matches!(outcome, Some(FindingOutcome::Waiting { .. })) && gate_id == Some(GateId::new(uuid(11))), "each has to be answered");
    let (outcome, gate_id) = told(&[]);
    assert!(matches!(outcome, Some(FindingOutcome::Waiting { .. })) && gate_id.is_none());
    let others = [Gate { run: "37".into(), ..gate() }, Gate { seen: details("staging"), ..gate() }];
    assert_eq!(by_gates(&others, "36", "production").gate, None, "those of other runs and names say nothing");
}

#[test]
fn a_gate_that_asks_again_is_judged_by_its_last_word() {
    let before = Gate { state: answered(GateVerdict::Approve), ..gate() };
    let again = Gate { id: GateId::new(uuid(2)), first_seen_at: at(50), state: S::Waiting { not_taken: None }, ..gate() };
    for gates in [[before.clone(), again.clone()], [again, before]] {
        assert!(matches!(by_gates(&gates, "36", "production").outcome, Some(FindingOutcome::Waiting { .. })));
    }
}

#[test]
fn what_was_answered_at_the_provider_is_told_by_the_job_of_its_name_or_by_the_run() {
    let by_job = |status: RunStatus| {
        let mut run = run("36", 1, RunStatus::Succeeded);
        let job = Job {
            external_id: "9".into(),
            name: "Production".into(),
            stage: None,
            status,
            url: String::new(),
            started_at: None,
            ended_at: None,
            steps: Vec::new(),
        };
        run.jobs = vec![job];
        by_run(&run, "production")
    };
    assert_eq!(by_job(RunStatus::Succeeded), FindingOutcome::Passed);
    assert!(matches!(by_job(RunStatus::Failed), FindingOutcome::Failed { .. }));
    assert!(matches!(by_job(RunStatus::Cancelled), FindingOutcome::Failed { .. }));
    assert!(matches!(by_job(RunStatus::InProgress), FindingOutcome::Waiting { .. }));
    assert!(matches!(by_job(RunStatus::Unknown { word: "stale".into() }), FindingOutcome::NoData { .. }));
    assert_eq!(by_run(&run("36", 1, RunStatus::Succeeded), "production"), FindingOutcome::Passed, "it let the run through");
}
