//! Deployments in particular trouble: answers that come late, and people who change their mind meanwhile.

use crate::samples::{at, deployment, jonas, mira, run};
use pilothouse_domain::deployment::{
    CancelAnswer, Decision, Deployment, DeploymentEffect as Effect, DeploymentEvent as Event, DeploymentState as D, Pacing, Question,
    RunStatus, Schedule, apply,
};
use std::time::Duration;

/// A deployment after these events, each so many seconds after the start.
struct After {
    deployment: Deployment,
    schedule: Schedule,
}

#[track_caller]
fn after(events: impl IntoIterator<Item = (i64, Event)>) -> After {
    let start = After { deployment: deployment(1), schedule: Schedule::Nothing };
    events.into_iter().fold(start, |so_far, (second, event)| so_far.then(second, event).unwrap())
}

impl After {
    fn then(&self, second: i64, event: Event) -> Result<Self, String> {
        let taken = apply(&self.deployment, event, at(second), &Pacing::default()).map_err(|refusal| refusal.to_string())?;
        Ok(Self { deployment: taken.next, schedule: taken.schedule })
    }

    fn effect(&self) -> Option<Effect> {
        match self.schedule {
            Schedule::Next { effect, .. } => Some(effect),
            Schedule::Keep | Schedule::Nothing => None,
        }
    }

    #[track_caller]
    fn question(&self) -> &Question {
        let D::AwaitingDecision { question, .. } = &self.deployment.state else { panic!("{:?} asks nothing", self.deployment.state) };
        question
    }
}

fn triggering() -> Vec<(i64, Event)> {
    vec![(0, Event::TurnCame), (0, Event::TriggerBegun)]
}

fn running() -> Vec<(i64, Event)> {
    let accepted = Event::TriggerAccepted { run: Some(run("36", 1, RunStatus::Queued)) };
    triggering().into_iter().chain([(1, accepted)]).collect()
}

fn seen(attempt: u32, status: RunStatus) -> Event {
    Event::RunObserved { run: run("36", attempt, status) }
}

fn unreachable() -> Event {
    Event::AskingFailed { message: "502".into(), after: None }
}

fn cancel() -> Event {
    Event::CancelRequested { by: mira(), reason: "wrong version".into() }
}

fn decided(decision: Decision) -> Event {
    Event::Decided { by: jonas(), decision }
}

fn nothing_found() -> Event {
    Event::LookedUp { runs: Vec::new() }
}

#[test]
fn an_answer_to_a_cancel_that_comes_while_a_person_is_asked_changes_nothing() {
    let events = [(2, cancel()), (3, unreachable()), (2_000, unreachable())];
    let asked = after(running().into_iter().chain(events));
    assert_eq!(asked.question().word(), "unreachable");
    assert!(asked.then(2_001, Event::CancelAnswered { answer: CancelAnswer::Accepted }).is_err());
}

#[test]
fn a_late_definite_no_answers_what_a_person_was_asked() {
    let asked = after(triggering().into_iter().chain([(50, unreachable()), (2_000, unreachable())]));
    assert_eq!(asked.question().word(), "unreachable");
    let postponed = Event::TriggerPostponed { message: "rate limit".into(), after: Duration::from_secs(60) };
    let later = asked.then(2_001, postponed).unwrap();
    assert_eq!(later.deployment.state, D::InProgress);
    assert_eq!(later.effect(), Some(Effect::Trigger));
    let again = later.then(2_061, Event::TriggerBegun).unwrap();
    assert_eq!(again.deployment.phases[0].triggers, 1, "the trigger that started nothing doesn't count");
}

#[test]
fn a_lost_answer_that_comes_while_a_person_is_asked_starts_nothing() {
    let asked = after(triggering().into_iter().chain([(50, unreachable()), (2_000, unreachable())]));
    let unknown = asked.then(2_001, Event::TriggerUnknown { message: "connection lost".into() }).unwrap();
    assert_eq!((unknown.effect(), unknown.question().word()), (None, "unreachable"));
    let looking = unknown.then(2_002, decided(Decision::KeepLooking)).unwrap();
    assert_eq!(looking.effect(), Some(Effect::LookUpRun));
}

/// As after a night with the lid closed: the intent is hours old when it is first looked up.
#[test]
fn keep_looking_looks_for_as_long_again_after_a_long_sleep() {
    let asked = after(triggering().into_iter().chain([(30_000, nothing_found())]));
    assert_eq!(asked.question().word(), "run_not_found");
    let looking = asked.then(30_010, decided(Decision::KeepLooking)).unwrap().then(30_010, nothing_found()).unwrap();
    assert_eq!(looking.effect(), Some(Effect::LookUpRun));
    assert_eq!(looking.deployment.state, D::InProgress, "nobody is asked again right away");
}

#[test]
fn whoever_cancels_is_not_asked_about_a_run_that_is_not_found() {
    let ended = after(triggering().into_iter().chain([(2, cancel()), (200, nothing_found())]));
    assert!(matches!(&ended.deployment.state, D::Errored { reason, .. } if reason.contains("not known")), "{:?}", ended.deployment.state);
}

#[test]
fn what_is_being_cancelled_is_not_triggered_by_a_decision() {
    let runs = vec![run("36", 1, RunStatus::InProgress), run("37", 1, RunStatus::InProgress)];
    let asked = after(triggering().into_iter().chain([(2, cancel()), (50, Event::LookedUp { runs })]));
    assert_eq!(asked.question().word(), "run_ambiguous");
    assert!(asked.then(60, decided(Decision::Trigger)).err().unwrap().contains("cancelled"));
    let adopted = asked.then(60, decided(Decision::Adopt { external_id: "37".into() })).unwrap();
    assert_eq!(adopted.effect(), Some(Effect::CancelRun { force: false }), "the run that is ours is stopped");
}

#[test]
fn a_cancelled_re_run_that_does_not_start_ends_it() {
    let rerun = [(10, seen(1, RunStatus::Failed)), (20, decided(Decision::RerunFailed)), (21, Event::RerunBegun), (22, cancel())];
    let cancelled = after(running().into_iter().chain(rerun));
    let refused = cancelled.then(23, Event::RerunAnswered { refusal: Some("too old".into()) }).unwrap();
    assert_eq!(refused.deployment.state.word(), "failed");
    let never_seen = cancelled.then(23, Event::RerunAnswered { refusal: None }).unwrap().then(500, seen(1, RunStatus::Failed)).unwrap();
    assert_eq!(never_seen.deployment.state.word(), "failed");
}

#[test]
fn a_run_is_stopped_by_force_once_a_cancel_was_accepted_in_vain() {
    let accepted = Event::CancelAnswered { answer: CancelAnswer::Accepted };
    let waiting = after(running().into_iter().chain([(2, cancel()), (3, accepted.clone())]));
    let early = waiting.then(62, seen(1, RunStatus::InProgress)).unwrap();
    assert_eq!(early.effect(), Some(Effect::ObserveRun));
    let forced = early.then(63, seen(1, RunStatus::InProgress)).unwrap();
    assert_eq!(forced.effect(), Some(Effect::CancelRun { force: true }));
    let once = forced.then(64, accepted).unwrap().then(200, seen(1, RunStatus::InProgress)).unwrap();
    assert_eq!(once.effect(), Some(Effect::ObserveRun), "by force once");
}

#[test]
fn a_stop_by_force_that_fails_is_asked_for_a_few_times() {
    let failed = Event::CancelAnswered { answer: CancelAnswer::Failed { message: "502".into() } };
    let refused_first = [(2, cancel()), (3, failed.clone()), (4, seen(1, RunStatus::InProgress))];
    let mut so_far =
        after(running().into_iter().chain(refused_first).chain([(5, Event::CancelAnswered { answer: CancelAnswer::Accepted })]));
    let mut asked = 0;
    for second in 65..120 {
        so_far = match so_far.effect() {
            Some(Effect::CancelRun { force }) => {
                assert!(force, "it was accepted: only force is left");
                asked += 1;
                so_far.then(second, failed.clone()).unwrap()
            }
            _ => so_far.then(second, seen(1, RunStatus::InProgress)).unwrap(),
        };
    }
    assert_eq!(asked, 5, "whatever it took until it was accepted");
    assert_eq!(so_far.effect(), Some(Effect::ObserveRun));
}

#[test]
fn a_failed_run_may_be_followed_by_a_new_one_with_a_token_of_its_own() {
    let asked = after(running().into_iter().chain([(10, seen(1, RunStatus::Failed))]));
    assert!(asked.question().choices().contains(&"trigger"));
    let first = asked.deployment.phases[0].correlation();
    let ready = asked.then(20, decided(Decision::Trigger)).unwrap();
    assert_eq!(ready.effect(), Some(Effect::Trigger), "by way of the rules, as every trigger");
    let again = ready.then(21, Event::TriggerBegun).unwrap();
    assert_eq!(again.deployment.phases[0].correlation(), format!("{first}-2"));
    let unnamed = again.then(22, Event::TriggerUnknown { message: "connection lost".into() }).unwrap();
    let found = unnamed.then(27, Event::LookedUp { runs: vec![run("37", 1, RunStatus::InProgress)] }).unwrap();
    assert!(found.then(28, seen(1, RunStatus::Failed)).is_err(), "the failed run is not this one");
}

#[test]
fn what_is_deployed_is_so_since_its_run_succeeded() {
    use pilothouse_domain::deployment::{Reading, VersionReading};
    let read =
        |version| Event::ServiceRead { reading: Reading { version, checks: 0, failing: Vec::new(), no_data: Vec::new(), instances: None } };
    let as_wanted = || read(VersionReading::AsWanted);
    let arrived = after(running().into_iter().chain([(100, seen(1, RunStatus::Succeeded))]));
    let well = [104, 106, 108].into_iter().fold(arrived, |so_far, second| so_far.then(second, as_wanted()).unwrap());
    assert_eq!((well.deployment.state.word(), well.deployment.deployed_at), ("succeeded", Some(at(100))));

    let silent = || read(VersionReading::NoData { reason: "no answer".into() });
    let events = [(100, seen(1, RunStatus::Succeeded)), (104, silent()), (1_000, silent()), (1_500, decided(Decision::VerifyAgain))];
    let again = after(running().into_iter().chain(events));
    let well = [1_502, 1_504, 1_506].into_iter().fold(again, |so_far, second| so_far.then(second, as_wanted()).unwrap());
    assert_eq!((well.deployment.state.word(), well.deployment.deployed_at), ("succeeded", Some(at(100))));
}

/// A wait that began by a clock which was an hour ahead.
#[test]
fn a_clock_that_is_set_back_prolongs_no_wait() {
    let asked = after([(3_600, Event::TurnCame), (3_600, Event::TriggerBegun), (5, nothing_found())]);
    assert_eq!(asked.effect(), Some(Effect::LookUpRun), "it is looked for");
    let still = asked.then(124, nothing_found()).unwrap();
    assert_eq!(still.effect(), Some(Effect::LookUpRun));
    let settled = still.then(125, nothing_found()).unwrap();
    assert_eq!(settled.question().word(), "run_not_found", "for as long as ever, and not for an hour more");
}

#[test]
fn a_provider_that_takes_no_cancel_is_asked_a_few_times_and_then_watched() {
    let failed = Event::CancelAnswered { answer: CancelAnswer::Failed { message: "403".into() } };
    let mut so_far = after(running().into_iter().chain([(2, cancel())]));
    let mut asked = 0;
    for second in 3..40 {
        so_far = match so_far.effect() {
            Some(Effect::CancelRun { .. }) => {
                asked += 1;
                so_far.then(second, failed.clone()).unwrap()
            }
            _ => so_far.then(second, seen(1, RunStatus::InProgress)).unwrap(),
        };
    }
    assert_eq!(asked, 5);
    assert_eq!(so_far.effect(), Some(Effect::ObserveRun));
    let finished = so_far.then(50, seen(1, RunStatus::Succeeded)).unwrap().deployment;
    assert!(matches!(finished.state, D::Errored { .. }));
    assert_eq!(finished.deployed_at, Some(at(50)), "the version is there, and that is told");
}

#[test]
fn an_overtaken_answer_and_another_run_are_not_taken_for_ours() {
    let rerun = [
        (10, seen(1, RunStatus::Failed)),
        (20, decided(Decision::RerunAll)),
        (21, Event::RerunBegun),
        (22, seen(2, RunStatus::InProgress)),
    ];
    let again = after(running().into_iter().chain(rerun));
    let overtaken = again.then(23, seen(1, RunStatus::Failed)).unwrap();
    assert_eq!(overtaken.deployment.phases, again.deployment.phases);
    let other = Event::RunObserved { run: run("99", 1, RunStatus::Succeeded) };
    assert!(again.then(24, other).err().unwrap().contains("run 99"));
}

#[test]
fn an_unknown_word_of_the_provider_is_not_taken_for_an_end() {
    let stale = after(running().into_iter().chain([(10, seen(1, RunStatus::Unknown { word: "stale".into() }))]));
    assert_eq!((stale.effect(), &stale.deployment.state), (Some(Effect::ObserveRun), &D::InProgress));
}

#[test]
fn a_person_is_asked_after_the_provider_was_silent_for_long() {
    let minute = |n: i64| at(n * 60);
    let silent = after(running().into_iter().chain([(60, unreachable()), (600, unreachable())]));
    assert_eq!(silent.deployment.trouble.as_ref().unwrap().since, minute(1));
    let heard = silent.then(700, seen(1, RunStatus::InProgress)).unwrap();
    assert_eq!(heard.deployment.trouble, None, "one answer ends the trouble");
    let asked = silent.then(960, unreachable()).unwrap();
    assert!(matches!(asked.question(), Question::Unreachable { since, .. } if *since == minute(1)));
}
