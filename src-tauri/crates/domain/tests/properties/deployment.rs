//! The deployment machine under any sequence of events: those that answer its outstanding effect, and those that come too late,
//! twice, or from another's mistake.

use crate::config;
use crate::driver::Driver;
use crate::samples::{deployment, jonas, mira, run, uuid};
use pilothouse_domain::deployment::{
    CancelAnswer, Decision, Deployment, DeploymentEffect as Effect, DeploymentEvent as Event, DeploymentState, NativeWay, Phase,
    PhaseState, PhasesChange, Reading, Run, RunStatus, VersionReading,
};
use pilothouse_domain::rollout::{Finding, FindingOutcome, Limits, OnFailure, PhaseGate, PhaseRules, PlannedPhase, Rollout, Sample};
use pilothouse_domain::{Actor, PhaseId};
use proptest::prelude::*;
use std::time::Duration;

fn status() -> impl Strategy<Value = RunStatus> {
    prop_oneof![
        Just(RunStatus::Queued),
        Just(RunStatus::InProgress),
        Just(RunStatus::Waiting),
        Just(RunStatus::Succeeded),
        Just(RunStatus::Failed),
        Just(RunStatus::Cancelled),
        Just(RunStatus::Skipped),
        Just(RunStatus::Unknown { word: "stale".into() }),
    ]
}

fn any_run() -> impl Strategy<Value = Run> {
    (prop_oneof![4 => Just("36"), 1 => Just("37")], 1u32..4, status()).prop_map(|(id, attempt, status)| run(id, attempt, status))
}

fn reading() -> impl Strategy<Value = Reading> {
    let version = prop_oneof![
        1 => Just(VersionReading::NotConfigured),
        3 => Just(VersionReading::AsWanted),
        1 => Just(VersionReading::Other { seen: "1.3.9 on 1 of 2".into() }),
        1 => Just(VersionReading::NoData { reason: "no answer".into() }),
    ];
    let words = |text: &'static str| prop_oneof![3 => Just(Vec::new()), 1 => Just(vec![text.to_owned()])];
    (version, 0u16..3, words("home fails"), words("home has no data")).prop_map(|(version, checks, failing, no_data)| Reading {
        version,
        checks,
        failing,
        no_data,
        instances: None,
    })
}

fn decision() -> impl Strategy<Value = Decision> {
    prop_oneof![
        Just(Decision::Trigger),
        Just(Decision::Adopt { external_id: "36".into() }),
        Just(Decision::KeepLooking),
        Just(Decision::Redeploy),
        Just(Decision::RerunFailed),
        Just(Decision::RerunAll),
        Just(Decision::VerifyAgain),
        Just(Decision::Accept { reason: "seen by hand".into() }),
        Just(Decision::Accept { reason: " ".into() }),
        Just(Decision::LeaveOut { reason: "ring 1 is being moved".into() }),
        Just(Decision::GoOn),
        Just(Decision::GiveUp),
    ]
}

fn cancel_answer() -> impl Strategy<Value = CancelAnswer> {
    prop_oneof![Just(CancelAnswer::Accepted), Just(CancelAnswer::AlreadyEnded), Just(CancelAnswer::Failed { message: "busy".into() })]
}

fn from_outside() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => decision().prop_map(|decision| Event::Decided { by: jonas(), decision }),
        1 => Just(Event::CancelRequested { by: mira(), reason: "wrong version".into() }),
        1 => Just(Event::RollbackRequested { by: mira(), reason: "errors".into() }),
        3 => steered(),
    ]
}

/// A person's hand on the rollout.
fn steered() -> impl Strategy<Value = Event> {
    let why = || "asked for".to_owned();
    prop_oneof![
        Just(Event::Paused { by: mira(), reason: why() }),
        Just(Event::Resumed),
        Just(Event::Resumed),
        (1u128..5).prop_map(move |n| Event::Skipped { by: mira(), phase: PhaseId::new(uuid(400 + n)), reason: why() }),
        Just(Event::PromotedFully { by: jonas(), reason: why() }),
        Just(Event::Taken { by: jonas() }),
        Just(Event::Taken { by: mira() }),
        Just(Event::RollbackHeld { by: mira() }),
        Just(Event::ApprovedAnew),
    ]
}

fn measured() -> impl Strategy<Value = Event> {
    let outcome = prop_oneof![
        6 => Just(FindingOutcome::Passed),
        1 => Just(FindingOutcome::Waiting { what: "a signature".into() }),
        1 => Just(FindingOutcome::Failed { reason: "500".into() }),
        1 => Just(FindingOutcome::NoData { reason: "no network".into() }),
    ];
    let finding =
        (outcome, any::<bool>()).prop_map(|(outcome, decides)| Finding { rule: "check home".into(), decides, outcome, gate: None });
    proptest::collection::vec(finding, 0..3).prop_map(|findings| Event::Judged { sample: Sample { findings }, instances: None })
}

/// What comes of the wish to go back by itself: it is done, or something stands in the way.
fn went_back() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::RollbackRequested { by: Actor::Engine, reason: "it failed".into() }),
        Just(Event::RollbackBarred { reason: "nothing was verified there".into() }),
    ]
}

/// Any plan of phases.
fn plans() -> impl Strategy<Value = Rollout> {
    let gates = prop_oneof![Just(Vec::new()), Just(vec![PhaseGate::Health])];
    let limits =
        (1u16..3, 0u16..2, 0u16..2, prop_oneof![Just(0u32), Just(120)]).prop_map(|(in_a_row, failures, errors, undecided_seconds)| {
            Limits { in_a_row, failures, errors, undecided_seconds, ..Limits::USUAL }
        });
    let target = proptest::option::of(Just("ring".to_owned()));
    let rules = (prop_oneof![Just(0u32), Just(60), Just(600)], gates, limits, any::<(bool, bool)>(), 0u8..3, target).prop_map(
        |(bake_seconds, gates, limits, (needs_person, required), retries, target)| PhaseRules {
            bake_seconds,
            gates,
            limits,
            needs_person,
            required,
            retries,
            target,
            ..PhaseRules::default()
        },
    );
    let on_failure = prop_oneof![
        Just(OnFailure::End),
        Just(OnFailure::Ask),
        Just(OnFailure::RollBack { countdown_seconds: 0 }),
        Just(OnFailure::RollBack { countdown_seconds: 30 })
    ];
    (proptest::collection::vec((0u8..100, rules), 1..5), on_failure).prop_map(|(mut phases, on_failure)| {
        phases.sort_by_key(|(weight, _)| *weight);
        let last = phases.len() - 1;
        let named = |(n, (weight, rules)): (usize, (u8, PhaseRules))| PlannedPhase {
            weight_percent: if n == last { 100 } else { weight },
            rules: PhaseRules { name: format!("phase {n}"), ..rules },
        };
        Rollout { phases: phases.into_iter().enumerate().map(named).collect(), on_failure }
    })
}

/// A deployment by a plan that was just started.
fn rolled_out(plan: &Rollout) -> Deployment {
    plan.check().unwrap();
    let phases = plan.planned().into_iter().zip(1u128..);
    Deployment {
        phases: phases.map(|(planned, n)| Phase::planned(PhaseId::new(uuid(400 + n)), planned)).collect(),
        on_failure: plan.on_failure,
        ..deployment(1)
    }
}

fn trigger_answer() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => any_run().prop_map(|run| Event::TriggerAccepted { run: Some(run) }),
        1 => Just(Event::TriggerAccepted { run: None }),
        1 => Just(Event::TriggerRefused { message: "no such input".into(), next_step: "Plan anew".into() }),
        1 => Just(Event::TriggerPostponed { message: "rate limit".into(), after: Duration::from_secs(60) }),
        1 => Just(Event::TriggerUnknown { message: "connection lost".into() }),
    ]
}

fn asking_failed() -> impl Strategy<Value = Event> {
    proptest::option::of(1u64..100).prop_map(|after| Event::AskingFailed { message: "502".into(), after: after.map(Duration::from_secs) })
}

fn native_begun() -> Event {
    Event::NativeBegun { how: "run 36 runs again".into(), mark: "1".into() }
}

fn native_closed() -> Event {
    Event::NativeClosed { why: "too old".into(), next_step: "Start the pipeline".into() }
}

/// A rollback that goes the provider's own way, where it is to.
fn going_back(native: bool, phases: u8) -> Deployment {
    let way = NativeWay {
        environment: "production".into(),
        target_run: "36".into(),
        how: String::new(),
        mark: String::new(),
        first_mark: String::new(),
    };
    Deployment { native: native.then_some(way), ..deployment(phases) }
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::TurnCame),
        Just(Event::Blocked { reasons: vec!["locked".into()] }),
        Just(Event::TriggerBegun),
        Just(native_begun()),
        Just(native_closed()),
        trigger_answer(),
        proptest::collection::vec(any_run(), 0..3).prop_map(|runs| Event::LookedUp { runs }),
        asking_failed(),
        any_run().prop_map(|run| Event::RunObserved { run }),
        Just(Event::RerunBegun),
        proptest::option::of(Just("too old".to_owned())).prop_map(|refusal| Event::RerunAnswered { refusal }),
        cancel_answer().prop_map(|answer| Event::CancelAnswered { answer }),
        reading().prop_map(|reading| Event::ServiceRead { reading }),
        measured(),
        went_back(),
        from_outside(),
        from_outside(),
    ]
}

/// One answer of the world to each effect; the driver takes the one that is asked for.
#[derive(Clone, Debug)]
struct Answers {
    /// To the intent to trigger: a rule may refuse it, or the provider can't even be asked.
    start: Event,
    /// Whether the provider's own way back is closed, where that is gone.
    closed: bool,
    trigger: Event,
    look_up: Event,
    observe: Event,
    cancel: Event,
    rerun: Event,
    read: Event,
    measured: Event,
    back: Event,
    decide: Event,
}

fn answers() -> impl Strategy<Value = Answers> {
    let start = prop_oneof![
        8 => Just(Event::TriggerBegun),
        1 => Just(Event::Blocked { reasons: vec!["locked".into()] }),
        1 => Just(Event::TriggerPostponed { message: "no token".into(), after: Duration::from_secs(30) }),
    ];
    let look_up = prop_oneof![
        4 => proptest::collection::vec(any_run(), 0..3).prop_map(|runs| Event::LookedUp { runs }),
        1 => asking_failed(),
    ];
    let observe = prop_oneof![6 => any_run().prop_map(|run| Event::RunObserved { run }), 1 => asking_failed()];
    let rerun = prop_oneof![Just(None), Just(Some("too old".to_owned()))];
    (
        start,
        proptest::bool::weighted(0.2),
        trigger_answer(),
        look_up,
        observe,
        cancel_answer(),
        rerun,
        reading(),
        (measured(), went_back(), decision()),
    )
        .prop_map(|(start, closed, trigger, look_up, observe, answer, refusal, reading, (measured, back, decision))| Answers {
            start,
            closed,
            trigger,
            look_up,
            observe,
            cancel: Event::CancelAnswered { answer },
            rerun: Event::RerunAnswered { refusal },
            read: Event::ServiceRead { reading },
            measured,
            back,
            decide: Event::Decided { by: jonas(), decision },
        })
}

#[derive(Clone, Debug)]
enum Move {
    /// A person changes what comes: takes this many phases of it away, adds one of this share, shortens the watch, turns two around.
    Replanned { without: usize, share: u8, watch: u32, turned: bool },
    /// The world answers the outstanding effect, or a person the question.
    Fitting(Box<Answers>),
    /// Anything at all.
    Stray(Box<Event>),
}

fn moves() -> impl Strategy<Value = Vec<(u64, Move)>> {
    let pause = prop_oneof![4 => 0u64..5, 2 => 5u64..60, 1 => 60u64..2_000];
    let replanned = (0usize..3, 0u8..=100, 0u32..700, any::<bool>()).prop_map(|(without, share, watch, turned)| Move::Replanned {
        without,
        share,
        watch,
        turned,
    });
    let step = prop_oneof![
        6 => answers().prop_map(|a| Move::Fitting(Box::new(a))),
        4 => any_event().prop_map(|event| Move::Stray(Box::new(event))),
        1 => replanned,
    ];
    proptest::collection::vec((pause, step), 0..40)
}

/// Other phases for the deployment as it is: some that can be, and some that can't.
fn replanned(driver: &Driver, without: usize, share: u8, watch: u32, turned: bool) -> Event {
    let deployment = &driver.deployment;
    let begun = deployment.phases.iter().take_while(|phase| !phase.is_to_come()).count();
    let mut phases: Vec<PlannedPhase> = deployment.phases.iter().map(Phase::as_planned).collect();
    for _ in 0..without {
        if phases.len() > begun + 1 {
            phases.remove(begun);
        }
    }
    let number = deployment.phase_changes.len() as u128;
    let rules = PhaseRules { name: format!("added {number}"), bake_seconds: watch, ..PhaseRules::default() };
    let at = phases.iter().position(|phase| phase.weight_percent > share).unwrap_or(phases.len()).max(begun);
    phases.insert(at.min(phases.len()), PlannedPhase { weight_percent: share, rules });
    if let Some(phase) = phases.get_mut(begun..).and_then(<[_]>::last_mut) {
        phase.rules.bake_seconds = watch;
    }
    let last = phases.len() - 1;
    if turned && last > begun {
        let (one, other) = (phases[last - 1].weight_percent, phases[last].weight_percent);
        phases.swap(last - 1, last);
        (phases[last - 1].weight_percent, phases[last].weight_percent) = (one, other);
    }
    let fresh = (0..phases.len() as u128).map(|n| PhaseId::new(uuid(10_000 + number * 100 + n))).collect();
    let seen = deployment.phase_changes.len();
    Event::PhasesChanged(PhasesChange { by: jonas(), phases, fresh, seen, reason: "it took longer than thought".into() })
}

/// The events by which the world answers what is outstanding.
fn fitting(driver: &Driver, answers: &Answers) -> Vec<Event> {
    let Some((effect, _)) = driver.effect else { return vec![answers.decide.clone()] };
    match effect {
        Effect::AwaitTurn => vec![Event::TurnCame],
        Effect::Trigger if driver.deployment.native.is_some() && answers.start == Event::TriggerBegun => {
            if answers.closed {
                vec![native_closed()]
            } else {
                vec![native_begun(), answers.trigger.clone()]
            }
        }
        Effect::Trigger if answers.start == Event::TriggerBegun => vec![Event::TriggerBegun, answers.trigger.clone()],
        Effect::Trigger => vec![answers.start.clone()],
        Effect::LookUpRun => vec![answers.look_up.clone()],
        Effect::ObserveRun => vec![answers.observe.clone()],
        Effect::CancelRun { .. } => vec![answers.cancel.clone()],
        Effect::Rerun => vec![Event::RerunBegun, answers.rerun.clone()],
        Effect::ReadService => vec![answers.read.clone()],
        Effect::Judge => vec![answers.measured.clone()],
        Effect::RollBack => vec![answers.back.clone()],
    }
}

fn check_whole(driver: &Driver, phases: u8) -> Result<(), TestCaseError> {
    driver.check_replay()?;
    if phases == 1 && driver.has_ended() {
        let deployed = driver.deployment.deployed_at.is_some();
        prop_assert_eq!(deployed, driver.success_seen, "what the environment has is what its run brought: {:?}", driver.deployment);
    }
    Ok(())
}

/// What is outstanding is answered, move by move, and each answer must be taken.
fn answers_fit(driver: &mut Driver, moves: &[(u64, Move)]) -> Result<(), TestCaseError> {
    for (pause, step) in moves {
        driver.wait(Duration::from_secs(*pause));
        let Move::Fitting(answers) = step else { continue };
        let answered = driver.effect.is_some();
        for event in fitting(driver, answers) {
            let same_run = match (&event, driver.phase().run()) {
                (Event::RunObserved { run }, Some(known)) => run.external_id == known.external_id,
                _ => true,
            };
            let taken = driver.feed(&event)?;
            prop_assert!(taken || !answered || !same_run, "{event:?} doesn't fit {:?}", driver.deployment);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    /// See `Driver::feed` for what holds after each step.
    #[test]
    fn the_machine_keeps_its_promises_under_any_events(native: bool, phases in 1u8..4, moves in moves()) {
        let mut driver = Driver::new(going_back(native, phases));
        for (pause, step) in &moves {
            driver.wait(Duration::from_secs(*pause));
            let events = match step {
                Move::Fitting(answers) => fitting(&driver, answers),
                Move::Replanned { without, share, watch, turned } => vec![replanned(&driver, *without, *share, *watch, *turned)],
                Move::Stray(event) => vec![(**event).clone()],
            };
            for event in &events {
                driver.feed(event)?;
            }
        }
        check_whole(&driver, phases)?;
    }

    /// The same over any plan of phases; and wherever it stands, a person can put an end to it.
    #[test]
    fn a_rollout_keeps_its_promises_under_any_events(plan in plans(), moves in moves()) {
        let mut driver = Driver::new(rolled_out(&plan));
        for (pause, step) in &moves {
            driver.wait(Duration::from_secs(*pause));
            let events = match step {
                Move::Fitting(answers) => fitting(&driver, answers),
                Move::Replanned { without, share, watch, turned } => vec![replanned(&driver, *without, *share, *watch, *turned)],
                Move::Stray(event) => vec![(**event).clone()],
            };
            for event in &events {
                driver.feed(event)?;
            }
        }
        driver.check_replay()?;
        let deployment = driver.deployment.clone();
        if !driver.has_ended() && deployment.cancel.is_none() {
            let stops = driver.feed(&Event::CancelRequested { by: mira(), reason: "enough".into() })?;
            let ends = stops || driver.feed(&Event::RollbackRequested { by: mira(), reason: "enough".into() })?;
            prop_assert!(ends && (driver.has_ended() || driver.deployment.cancel.is_some()), "nobody can stop {deployment:?}");
        }
        if matches!(driver.deployment.state, DeploymentState::Succeeded { .. }) {
            prop_assert_eq!(driver.deployment.reached_percent(), 100, "it is over, and not everybody has it");
            prop_assert!(driver.deployment.deployed_at.is_some());
            for phase in &driver.deployment.phases {
                let is_left_out = !matches!(phase.state, PhaseState::Passed { .. });
                prop_assert!(!(is_left_out && phase.rules.required), "a required phase was left out");
            }
        }
    }

    /// An answer to what is outstanding is taken in a rollout too.
    #[test]
    fn an_answer_to_what_is_outstanding_always_fits_a_rollout(plan in plans(), moves in moves()) {
        let mut driver = Driver::new(rolled_out(&plan));
        answers_fit(&mut driver, &moves)?;
    }

    #[test]
    fn what_has_ended_stays_as_it_is(moves in moves(), late in proptest::collection::vec(any_event(), 1..20)) {
        let mut driver = Driver::new(deployment(1));
        for (pause, step) in &moves {
            driver.wait(Duration::from_secs(*pause));
            if let Move::Fitting(answers) = step {
                for event in fitting(&driver, answers) {
                    driver.feed(&event)?;
                }
            }
        }
        if driver.has_ended() {
            let ended = driver.deployment.clone();
            for event in &late {
                prop_assert!(!driver.feed(event)?, "{event:?} was taken by {:?}", ended.state);
            }
            prop_assert_eq!(&driver.deployment, &ended);
        }
    }

    /// Whatever the outstanding effect brings, it is taken: nothing gets stuck on an answer that doesn't fit.
    #[test]
    fn an_answer_to_what_is_outstanding_always_fits(native: bool, moves in moves()) {
        let mut driver = Driver::new(going_back(native, 2));
        answers_fit(&mut driver, &moves)?;
    }
}
