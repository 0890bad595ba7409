//! The deployment machine with a provider that works, a service that answers and a person who decides: it ends, in time.

use crate::config;
use crate::driver::Driver;
use crate::samples::{deployment, jonas, mira, run};
use pilothouse_domain::deployment::{
    CancelAnswer, Decision, DeploymentEffect as Effect, DeploymentEvent as Event, DeploymentState as D, Question, Reading, Run, RunStatus,
    VersionReading,
};
use proptest::prelude::*;

/// What goes wrong, and when somebody cancels.
#[derive(Clone, Debug)]
struct Story {
    phases: u8,
    /// Looks at a run until it ends.
    looks: u8,
    /// Whether the answer to a trigger is lost, phase by phase.
    lost: Vec<bool>,
    /// How many attempts of the first run fail.
    failures: u8,
    /// How many good readings it takes until the service is well.
    bad_readings: u8,
    /// Whether the person answers a failed run with a new one, rather than another attempt.
    anew: bool,
    /// Before which step somebody cancels.
    cancel_at: Option<usize>,
}

fn story() -> impl Strategy<Value = Story> {
    let lost = proptest::collection::vec(any::<bool>(), 3);
    (1u8..4, 0u8..6, lost, 0u8..3, 0u8..5, any::<bool>(), proptest::option::of(0usize..40)).prop_map(
        |(phases, looks, lost, failures, bad_readings, anew, cancel_at)| Story {
            phases,
            looks,
            lost,
            failures,
            bad_readings,
            anew,
            cancel_at,
        },
    )
}

/// A provider that keeps its word, and the service behind it.
struct World {
    story: Story,
    runs: Vec<Run>,
    looked: u8,
    failed: u8,
    read: u8,
}

impl World {
    fn start_run(&mut self) -> Run {
        let new = run(&format!("{}", 36 + self.runs.len()), 1, RunStatus::Queued);
        self.runs.push(new.clone());
        self.looked = 0;
        new
    }

    fn look(&mut self) -> Run {
        let fails = self.runs.len() == 1 && self.failed < self.story.failures;
        let run = self.runs.last_mut().unwrap();
        if !run.status.is_ended() {
            self.looked += 1;
            run.status = RunStatus::InProgress;
            if self.looked > self.story.looks {
                run.status = if fails { RunStatus::Failed } else { RunStatus::Succeeded };
                self.failed += u8::from(fails);
            }
        }
        run.clone()
    }

    fn cancel(&mut self) -> CancelAnswer {
        let run = self.runs.last_mut().unwrap();
        if run.status.is_ended() {
            return CancelAnswer::AlreadyEnded;
        }
        run.status = RunStatus::Cancelled;
        CancelAnswer::Accepted
    }

    fn rerun(&mut self) {
        let run = self.runs.last_mut().unwrap();
        run.attempt += 1;
        run.status = RunStatus::Queued;
        self.looked = 0;
    }

    fn read(&mut self) -> Reading {
        self.read += 1;
        let version =
            if self.read <= self.story.bad_readings { VersionReading::Other { seen: "1.3.9".into() } } else { VersionReading::AsWanted };
        Reading { version, checks: 1, failing: Vec::new(), no_data: Vec::new(), instances: None }
    }

    fn answer(&mut self, effect: Effect) -> Vec<Event> {
        match effect {
            Effect::AwaitTurn => vec![Event::TurnCame],
            Effect::Trigger => {
                let lost = self.story.lost.get(self.runs.len()).copied().unwrap_or_default();
                let run = self.start_run();
                let answer = if lost {
                    Event::TriggerUnknown { message: "connection lost".into() }
                } else {
                    Event::TriggerAccepted { run: Some(run) }
                };
                vec![Event::TriggerBegun, answer]
            }
            Effect::LookUpRun => vec![Event::LookedUp { runs: self.runs.last().cloned().into_iter().collect() }],
            Effect::ObserveRun => vec![Event::RunObserved { run: self.look() }],
            Effect::CancelRun { .. } => vec![Event::CancelAnswered { answer: self.cancel() }],
            Effect::Rerun => {
                self.rerun();
                vec![Event::RerunBegun, Event::RerunAnswered { refusal: None }]
            }
            Effect::ReadService => vec![Event::ServiceRead { reading: self.read() }],
            Effect::Judge | Effect::RollBack => unreachable!("nothing is watched in these stories"),
        }
    }
}

/// What somebody sensible says.
fn decide(question: &Question, anew: bool) -> Decision {
    match question {
        Question::BlockedAtStart { .. } | Question::TriggerRefused { .. } => Decision::Trigger,
        Question::RunNotFound { .. } | Question::RunAmbiguous { .. } | Question::Unreachable { .. } => Decision::KeepLooking,
        Question::RunFailed { .. } if anew => Decision::Trigger,
        Question::RunFailed { .. } => Decision::RerunFailed,
        Question::CannotVerify { .. } | Question::PhaseFailed { .. } | Question::PhaseUndecided { .. } | Question::PhaseErrored { .. } => {
            Decision::VerifyAgain
        }
        Question::GoOn { .. } => Decision::GoOn,
    }
}

/// Far more steps than any of these stories needs.
const STEPS: usize = 200;

fn play(story: &Story) -> Result<Driver, TestCaseError> {
    let mut driver = Driver::new(deployment(story.phases));
    let mut world = World { story: story.clone(), runs: Vec::new(), looked: 0, failed: 0, read: 0 };
    for step in 0..STEPS {
        if driver.has_ended() {
            break;
        }
        if story.cancel_at == Some(step) {
            driver.feed(&Event::CancelRequested { by: mira(), reason: String::new() })?;
            continue;
        }
        let events = match (&driver.deployment.state, driver.effect) {
            (D::AwaitingDecision { question, .. }, _) => {
                prop_assert!(driver.deployment.cancel.is_none(), "a person is asked about what is being cancelled: {question:?}");
                vec![Event::Decided { by: jonas(), decision: decide(question, story.anew) }]
            }
            (_, Some((effect, due))) => {
                driver.now = driver.now.max(due);
                world.answer(effect)
            }
            (state, None) => return Err(TestCaseError::fail(format!("nothing is to be done in {state:?}"))),
        };
        for event in &events {
            prop_assert!(driver.feed(event)?, "{event:?} doesn't fit {:?}", driver.deployment);
        }
    }
    prop_assert!(driver.has_ended(), "it never ends: {:?}", driver.deployment);
    prop_assert_eq!(world.runs.len(), driver.deployment.phases.iter().map(|p| p.triggers as usize).sum::<usize>(), "one run a trigger");
    driver.check_replay()?;
    Ok(driver)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn with_a_provider_that_works_every_deployment_succeeds(mut story in story()) {
        story.cancel_at = None;
        let driver = play(&story)?;
        prop_assert!(driver.deployment.is_verified(), "{:?}", driver.deployment.state);
        prop_assert!(driver.deployment.deployed_at.is_some());
        // Only the first run fails, and only a person's word brings another beside it.
        let anew = u32::from(story.anew && story.failures > 0);
        let triggers: Vec<u32> = driver.deployment.phases.iter().map(|p| p.triggers).collect();
        prop_assert_eq!(triggers[0], 1 + anew);
        prop_assert!(triggers[1..].iter().all(|n| *n == 1), "each phase is triggered once: {triggers:?}");
    }

    #[test]
    fn a_cancel_leads_to_an_end(story in story()) {
        let driver = play(&story)?;
        if driver.deployment.cancel.is_some() {
            prop_assert!(!driver.deployment.is_verified(), "cancelled, and yet {:?}", driver.deployment.state);
        }
    }
}
