//! Unplanned runs told from our own, whatever becomes of the answers to our triggers.

use crate::config;
use crate::driver::Driver;
use crate::samples::{at, deployment, environment_id, jonas, mira, run, uuid};
use pilothouse_domain::deployment::{Decision, DeploymentEffect as Effect, DeploymentEvent as Event, DeploymentState as D, Run, RunStatus};
use pilothouse_domain::unplanned::{Judgement, PipelineMark, UnplannedRun, UnplannedState, judge};
use pilothouse_domain::{ConnectionId, ProductId, Timestamp, UnplannedRunId};
use proptest::prelude::*;
use std::time::Duration;

/// A run that somebody started in the environment at this place, so many seconds in.
pub(crate) fn unplanned(position: u16, seconds: i64) -> UnplannedRun {
    UnplannedRun {
        id: UnplannedRunId::new(uuid(800 + u128::from(position))),
        revision: 0,
        product_id: ProductId::new(uuid(1)),
        environments: vec![environment_id(position)],
        connection_id: ConnectionId::new(uuid(2)),
        repository: "acme/shop".into(),
        pipeline: "deploy.yml".into(),
        external_id: format!("9{position}"),
        attempt: 1,
        url: "https://ci.example.org/runs/9".into(),
        title: "Deploy".into(),
        started_by: Some("ops".into()),
        git_ref: Some("main".into()),
        commit: None,
        started_at: Some(at(seconds)),
        first_seen_at: at(seconds + 9),
        status: RunStatus::Succeeded,
        rerun_of: None,
        state: UnplannedState::Open,
    }
}

pub(crate) fn mark(since: Timestamp, seen_then: &[&str]) -> PipelineMark {
    PipelineMark {
        connection_id: ConnectionId::new(uuid(2)),
        repository: "acme/shop".into(),
        pipeline: "deploy.yml".into(),
        since,
        seen_then: seen_then.iter().map(|&id| id.to_owned()).collect(),
        judged_until: since,
    }
}

fn made(id: &str, made: Timestamp) -> Run {
    Run { created_at: Some(made), ..run(id, 1, RunStatus::InProgress) }
}

/// What the provider has made for us, and how it goes.
struct Provider {
    runs: Vec<Run>,
    shows_tokens: bool,
}

impl Provider {
    fn start(&mut self, driver: &Driver) -> Run {
        let mut run = made(&format!("{}", self.runs.len() + 1), driver.now);
        if self.shows_tokens {
            run.title = format!("Deploy {}", driver.deployment.current_phase().unwrap().correlation());
        }
        self.runs.push(run.clone());
        run
    }

    /// One step of the engine's loop; `dice` says how the provider answers.
    fn answer(&mut self, driver: &mut Driver, effect: Effect, dice: u8) -> Result<(), TestCaseError> {
        match effect {
            Effect::AwaitTurn => {
                driver.feed(&Event::TurnCame)?;
            }
            Effect::Trigger => {
                if !driver.feed(&Event::TriggerBegun)? {
                    return Ok(());
                }
                match dice % 6 {
                    0 => {
                        driver.feed(&Event::TriggerRefused { message: "no".into(), next_step: String::new() })?;
                    }
                    1 => {
                        driver.feed(&Event::TriggerPostponed { message: "busy".into(), after: Duration::from_secs(1) })?;
                    }
                    2 => {
                        self.start(driver);
                    }
                    3 => {
                        self.start(driver);
                        driver.feed(&Event::TriggerUnknown { message: "lost".into() })?;
                    }
                    4 => {
                        self.start(driver);
                        driver.feed(&Event::TriggerAccepted { run: None })?;
                    }
                    _ => {
                        let run = self.start(driver);
                        driver.feed(&Event::TriggerAccepted { run: Some(run) })?;
                    }
                }
            }
            Effect::LookUpRun => {
                let found = if dice.is_multiple_of(3) { Vec::new() } else { self.runs.last().cloned().into_iter().collect() };
                driver.feed(&Event::LookedUp { runs: found })?;
            }
            Effect::ObserveRun => {
                let known = driver.phase().run().cloned().unwrap();
                let status = [RunStatus::InProgress, RunStatus::Failed, RunStatus::Succeeded][usize::from(dice % 3)].clone();
                driver.feed(&Event::RunObserved { run: Run { status, ..known } })?;
            }
            Effect::Rerun | Effect::CancelRun { .. } | Effect::ReadService | Effect::Judge | Effect::RollBack => {
                driver.feed(&Event::CancelRequested { by: mira(), reason: String::new() })?;
                driver.feed(&Event::RerunBegun)?;
                driver.feed(&Event::CancelAnswered { answer: pilothouse_domain::deployment::CancelAnswer::Accepted })?;
            }
        }
        Ok(())
    }
}

fn decision(dice: u8) -> Decision {
    [Decision::Trigger, Decision::KeepLooking, Decision::GiveUp, Decision::RerunAll, Decision::VerifyAgain][usize::from(dice % 5)].clone()
}

proptest! {
    #![proptest_config(config())]

    /// At every moment between a trigger and long after its deployment has ended.
    #[test]
    fn a_run_of_ours_is_never_called_unplanned(steps in proptest::collection::vec((any::<u8>(), 1u64..90), 1..60), shows_tokens in any::<bool>()) {
        let mut driver = Driver::new(deployment(1));
        let mut provider = Provider { runs: Vec::new(), shows_tokens };
        for (dice, seconds) in steps {
            match driver.effect {
                Some((effect, _)) => provider.answer(&mut driver, effect, dice)?,
                None if matches!(driver.deployment.state, D::AwaitingDecision { .. }) => {
                    driver.feed(&Event::Decided { by: jonas(), decision: decision(dice) })?;
                }
                None => {}
            }
            for run in &provider.runs {
                let judged = judge(run, [&driver.deployment]);
                prop_assert!(!matches!(judged, Judgement::Unplanned { .. }), "{run:?} in {:?}", driver.deployment);
                if provider.shows_tokens && !matches!(judged, Judgement::Ours(_)) {
                    return Err(TestCaseError::fail(format!("{run:?} shows its token, and is {judged:?}")));
                }
            }
            driver.wait(Duration::from_secs(seconds));
        }
    }

    /// What nobody here can have started is called so at once.
    #[test]
    fn a_run_of_somebody_else_is_called_unplanned(seconds in 0i64..1_000_000, follows in any::<bool>()) {
        let mut ours = deployment(1);
        ours.requested_at = at(0);
        if follows {
            let mut driver = Driver::new(ours);
            driver.feed(&Event::TurnCame)?;
            driver.feed(&Event::TriggerBegun)?;
            driver.feed(&Event::TriggerAccepted { run: Some(made("1", at(1))) })?;
            ours = driver.deployment;
        }
        prop_assert_eq!(judge(&made("2", at(seconds)), [&ours]), Judgement::Unplanned { rerun_of: None });
    }
}

#[test]
fn what_may_be_ours_is_judged_later_and_what_was_lost_is_asked_for() {
    let mut driver = Driver::new(deployment(1));
    driver.feed(&Event::TurnCame).unwrap();
    driver.feed(&Event::TriggerBegun).unwrap();
    let ours = made("1", at(2));
    assert_eq!(judge(&ours, [&driver.deployment]), Judgement::Undecided, "its answer is on the way");
    assert_eq!(judge(&made("0", at(-3_600)), [&driver.deployment]), Judgement::Unplanned { rerun_of: None }, "long before");
    driver.feed(&Event::TriggerUnknown { message: "lost".into() }).unwrap();
    assert_eq!(judge(&ours, [&driver.deployment]), Judgement::Undecided);
    driver.wait(Duration::from_secs(3_600));
    driver.feed(&Event::LookedUp { runs: Vec::new() }).unwrap();
    assert_eq!(judge(&ours, [&driver.deployment]), Judgement::Undecided, "a person is asked");
    driver.feed(&Event::Decided { by: jonas(), decision: Decision::GiveUp }).unwrap();
    assert_eq!(judge(&ours, [&driver.deployment]), Judgement::AskFor(vec![driver.deployment.id]), "given up, and may be there");
    let much_later = made("2", at(100_000));
    assert_eq!(judge(&much_later, [&driver.deployment]), Judgement::Unplanned { rerun_of: None });
}

#[test]
fn another_attempt_of_our_run_is_ours_only_where_we_asked_for_it() {
    let mut driver = Driver::new(deployment(1));
    driver.feed(&Event::TurnCame).unwrap();
    driver.feed(&Event::TriggerBegun).unwrap();
    driver.feed(&Event::TriggerAccepted { run: Some(made("1", at(1))) }).unwrap();
    let id = driver.deployment.id;
    let again = Run { attempt: 2, ..made("1", at(1)) };
    assert_eq!(judge(&again, [&driver.deployment]), Judgement::Ours(id), "the run that is followed");
    driver.feed(&Event::RunObserved { run: Run { status: RunStatus::Failed, ..made("1", at(1)) } }).unwrap();
    assert_eq!(judge(&again, [&driver.deployment]), Judgement::Unplanned { rerun_of: Some(id) });
    driver.feed(&Event::Decided { by: jonas(), decision: Decision::RerunAll }).unwrap();
    assert_eq!(judge(&again, [&driver.deployment]), Judgement::Ours(id));
    driver.feed(&Event::RerunBegun).unwrap();
    driver.feed(&Event::RunObserved { run: Run { status: RunStatus::Failed, ..again.clone() } }).unwrap();
    driver.feed(&Event::Decided { by: jonas(), decision: Decision::GiveUp }).unwrap();
    assert_eq!(judge(&again, [&driver.deployment]), Judgement::Ours(id));
    assert_eq!(judge(&Run { attempt: 3, ..again }, [&driver.deployment]), Judgement::Unplanned { rerun_of: Some(id) });
}

#[test]
fn what_ran_before_it_was_watched_is_nobodys_business() {
    let mark = mark(at(10), &["3"]);
    assert!(!mark.is_younger(&made("2", at(9))));
    assert!(!mark.is_younger(&made("3", at(10))));
    assert!(mark.is_younger(&made("4", at(10))), "made in the same second, after the first look");
    assert!(mark.is_younger(&made("5", at(11))));
}

#[test]
fn a_run_that_is_found_to_be_ours_asks_for_nothing_and_a_reason_stays() {
    let id = deployment(1).id;
    let mut open = unplanned(1, 5);
    open.found_to_be_ours(id, at(7));
    assert_eq!(open.state, UnplannedState::Ours { deployment_id: id, at: at(7) });
    let explained = UnplannedState::Explained { reason: "a hotfix".into(), by: mira(), at: at(6), release_id: None };
    let mut kept = UnplannedRun { state: explained.clone(), ..unplanned(1, 5) };
    kept.found_to_be_ours(id, at(7));
    assert_eq!(kept.state, explained);
    assert!(kept.observe(&run("91", 1, RunStatus::Failed)) && kept.status == RunStatus::Failed);
    let again = run("91", 1, RunStatus::Failed);
    assert!(!kept.observe(&again), "nothing new");
}
