//! How a deployment changes: a pure function from state and event to the next state and what to do next. The engine writes both
//! in one transaction before it acts, so recovery is the same loop started from what is written.
//!
//! Must not: call anything, read a clock, or let a phase be triggered twice without a person's word. Every state is matched by
//! name; an event that doesn't fit is a [`DeploymentRefusal`], never ignored in silence.

use super::{
    CancelRequest, Decision, Deployment, DeploymentEffect as Effect, DeploymentState as D, PhaseState as P, Question, Reading, Run,
    RunStatus, Trouble, Verification, VersionReading,
};
use crate::{Actor, Timestamp};
use std::time::Duration;

/// What happens to a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeploymentEvent {
    /// What it waited for has ended.
    TurnCame,
    /// A rule refuses it right before its trigger.
    Blocked {
        /// The rules, in words.
        reasons: Vec<String>,
    },
    /// The provider is about to be asked for a run. Must be on disk before it is.
    TriggerBegun,
    /// The provider said yes, and perhaps which run.
    TriggerAccepted {
        /// The run, where it was named.
        run: Option<Run>,
    },
    /// The provider said no for good.
    TriggerRefused {
        /// What it said.
        message: String,
        /// What to do about it.
        next_step: String,
    },
    /// The provider provably started nothing, for now: too many requests, or never reached.
    TriggerPostponed {
        /// Why.
        message: String,
        /// When to try again.
        after: Duration,
    },
    /// The answer was lost.
    TriggerUnknown {
        /// How.
        message: String,
    },
    /// Runs that could be this phase's.
    LookedUp {
        /// They are.
        runs: Vec<Run>,
    },
    /// The provider could not be asked, about a run or for one.
    AskingFailed {
        /// Why.
        message: String,
        /// When to try again, where the provider says.
        after: Option<Duration>,
    },
    /// How the run goes.
    RunObserved {
        /// The run.
        run: Run,
    },
    /// The provider is about to be asked for another attempt.
    RerunBegun,
    /// What it said. `None` is yes, or a lost answer: the next look at the run tells.
    RerunAnswered {
        /// A definite no.
        refusal: Option<String>,
    },
    /// Somebody wants it to stop.
    CancelRequested {
        /// Who.
        by: Actor,
        /// Why; may be empty.
        reason: String,
    },
    /// Its environment is being rolled back.
    RollbackRequested {
        /// Who rolls back.
        by: Actor,
        /// Why.
        reason: String,
    },
    /// What the provider said to the wish to stop.
    CancelAnswered {
        /// That.
        answer: CancelAnswer,
    },
    /// What the service says.
    ServiceRead {
        /// That.
        reading: Reading,
    },
    /// A person decided.
    Decided {
        /// Who.
        by: Actor,
        /// What.
        decision: Decision,
    },
}

/// What a provider said to the wish to stop a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelAnswer {
    /// It will be stopped.
    Accepted,
    /// It has ended already.
    AlreadyEnded,
    /// It could not be asked, or won't.
    Failed {
        /// Why.
        message: String,
    },
}

/// How fast a deployment is followed, and when to stop by oneself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// Between two looks at a run.
    pub observe: Duration,
    /// After the intent to trigger was written, until it is looked up what came of it. Longer than the call's timeout.
    pub look_up_after: Duration,
    /// Between two lookups.
    pub look_up: Duration,
    /// After the intent, until a run that is not to be seen is asked about.
    pub settle: Duration,
    /// Between two tries after a failed call, where the provider says nothing else.
    pub retry: Duration,
    /// Without an answer for this long, a person is asked.
    pub unreachable: Duration,
    /// After an accepted cancel, until the run is stopped by force.
    pub force_cancel: Duration,
    /// Between two readings of the service.
    pub read_service: Duration,
    /// Good readings in a row that settle it.
    pub good_readings: u16,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            observe: Duration::from_secs(3),
            look_up_after: Duration::from_secs(45),
            look_up: Duration::from_secs(5),
            settle: Duration::from_secs(120),
            retry: Duration::from_secs(10),
            unreachable: Duration::from_secs(900),
            force_cancel: Duration::from_secs(60),
            read_service: Duration::from_secs(2),
            good_readings: 3,
        }
    }
}

/// What becomes of the deployment's one outstanding effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// It stays as it is.
    Keep,
    /// This one takes its place.
    Next {
        /// What to do.
        effect: Effect,
        /// How long from now.
        after: Duration,
    },
    /// There is nothing more to do.
    Nothing,
}

/// A change of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The deployment after it.
    pub next: Deployment,
    /// What to do then.
    pub schedule: Schedule,
}

/// An event that doesn't fit a deployment's state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DeploymentRefusal {
    /// What doesn't fit, and what to do instead.
    pub message: String,
}

const MAX_CANCEL_TRIES: u16 = 5;

/// The deployment after an event, and what to do next.
///
/// # Errors
/// [`DeploymentRefusal`] where the event doesn't fit the state; nothing has changed then.
pub fn apply(deployment: &Deployment, event: DeploymentEvent, now: Timestamp, pacing: &Pacing) -> Result<Transition, DeploymentRefusal> {
    if deployment.state.is_terminal() {
        return refuse(format!("deployment of {} to {} has ended", deployment.version, deployment.environment));
    }
    let mut step = Step { next: deployment.clone(), now, pacing };
    let schedule = match event {
        DeploymentEvent::TurnCame => step.turn_came(),
        DeploymentEvent::Blocked { reasons } => step.blocked(reasons),
        DeploymentEvent::TriggerBegun => step.trigger_begun(),
        DeploymentEvent::TriggerAccepted { run } => step.trigger_accepted(run),
        DeploymentEvent::TriggerRefused { message, next_step } => step.trigger_refused(message, next_step),
        DeploymentEvent::TriggerPostponed { message, after } => step.trigger_postponed(message, after),
        DeploymentEvent::TriggerUnknown { message } => step.trigger_unknown(message),
        DeploymentEvent::LookedUp { runs } => step.looked_up(runs),
        DeploymentEvent::AskingFailed { message, after } => step.asking_failed(message, after),
        DeploymentEvent::RunObserved { run } => step.run_observed(run),
        DeploymentEvent::RerunBegun => step.rerun_begun(),
        DeploymentEvent::RerunAnswered { refusal } => step.rerun_answered(refusal),
        DeploymentEvent::CancelRequested { by, reason } => step.cancel_requested(by, reason),
        DeploymentEvent::RollbackRequested { by, reason } => step.rollback_requested(by, reason),
        DeploymentEvent::CancelAnswered { answer } => step.cancel_answered(answer),
        DeploymentEvent::ServiceRead { reading } => step.service_read(&reading),
        DeploymentEvent::Decided { by, decision } => step.decided(&by, decision),
    }?;
    Ok(Transition { next: step.next, schedule })
}

type Stepped = Result<Schedule, DeploymentRefusal>;

fn refuse<T>(message: String) -> Result<T, DeploymentRefusal> {
    Err(DeploymentRefusal { message })
}

fn later(effect: Effect, after: Duration) -> Stepped {
    Ok(Schedule::Next { effect, after })
}

fn at_once(effect: Effect) -> Stepped {
    later(effect, Duration::ZERO)
}

/// A deployment on its way to the next state.
struct Step<'a> {
    next: Deployment,
    now: Timestamp,
    pacing: &'a Pacing,
}

impl Step<'_> {
    fn phase(&self) -> Result<&P, DeploymentRefusal> {
        match self.next.current_phase() {
            Some(phase) => Ok(&phase.state),
            None => refuse("a deployment without phases can't go on".to_owned()),
        }
    }

    fn set_phase(&mut self, state: P) {
        let index = self.next.current_index();
        if let Some(phase) = self.next.phases.get_mut(index) {
            phase.state = state;
        }
    }

    fn misfit(&self, what: &str) -> Stepped {
        let phase = self.next.current_phase().map(|p| format!("{:?}", p.state)).unwrap_or_default();
        let phase = phase.split([' ', '{']).next().unwrap_or_default().to_owned();
        refuse(format!("{what} doesn't fit a deployment that is {} ({phase})", self.next.state.word()))
    }

    fn in_progress(&self) -> bool {
        self.next.state == D::InProgress
    }

    fn ask(&mut self, question: Question) -> Stepped {
        self.next.trouble = None;
        self.next.state = D::AwaitingDecision { question, asked_of: self.next.requested_by.clone(), since: self.now };
        Ok(Schedule::Nothing)
    }

    fn end(&mut self, state: D) -> Stepped {
        if !matches!(state, D::Succeeded { .. }) {
            let run = self.phase()?.run().cloned();
            self.set_phase(P::Ended { run });
        }
        self.next.trouble = None;
        self.next.state = state;
        Ok(Schedule::Nothing)
    }

    fn fail(&mut self, reason: String) -> Stepped {
        self.end(D::Failed { at: self.now, reason })
    }

    fn error(&mut self, reason: String) -> Stepped {
        self.end(D::Errored { at: self.now, reason })
    }

    fn cancelled(&mut self) -> Stepped {
        let reason = match &self.next.cancel {
            Some(cancel) if cancel.reason.is_empty() => format!("Cancelled by {}", cancel.by),
            Some(cancel) => format!("Cancelled by {}: {}", cancel.by, cancel.reason),
            None => "Cancelled at the provider".to_owned(),
        };
        self.end(D::Cancelled { at: self.now, reason })
    }

    fn ready(&mut self) -> Stepped {
        self.next.state = D::InProgress;
        self.set_phase(P::Ready);
        at_once(Effect::Trigger)
    }

    fn turn_came(&mut self) -> Stepped {
        if !matches!(self.next.state, D::Queued { .. }) {
            return self.misfit("its turn");
        }
        self.ready()
    }

    fn blocked(&mut self, reasons: Vec<String>) -> Stepped {
        if !(self.in_progress() && *self.phase()? == P::Ready) {
            return self.misfit("a refusal at the start");
        }
        self.ask(Question::BlockedAtStart { reasons })
    }

    fn trigger_begun(&mut self) -> Stepped {
        if !(self.in_progress() && *self.phase()? == P::Ready) {
            return self.misfit("a trigger");
        }
        let index = self.next.current_index();
        if let Some(phase) = self.next.phases.get_mut(index) {
            phase.triggers += 1;
        }
        self.set_phase(P::Triggering { begun_at: self.now });
        later(Effect::LookUpRun, self.pacing.look_up_after)
    }

    fn trigger_accepted(&mut self, run: Option<Run>) -> Stepped {
        let P::Triggering { begun_at } = *self.phase()? else { return self.misfit("an accepted trigger") };
        self.next.trouble = None;
        match run {
            Some(run) => self.follow(run),
            None => {
                let cause = "the provider accepted it without naming the run".to_owned();
                self.set_phase(P::Reconciling { begun_at, accepted: true, cause });
                at_once(Effect::LookUpRun)
            }
        }
    }

    fn trigger_refused(&mut self, message: String, next_step: String) -> Stepped {
        if !matches!(self.phase()?, P::Triggering { .. }) {
            return self.misfit("a refused trigger");
        }
        // Nothing was started, so the phase may be triggered again once a person says so.
        self.set_phase(P::Ready);
        if self.next.cancel.is_some() {
            return self.cancelled();
        }
        self.ask(Question::TriggerRefused { message, next_step })
    }

    fn trigger_postponed(&mut self, message: String, after: Duration) -> Stepped {
        match self.phase()? {
            // The provider was not even asked: no secret, no client.
            P::Ready if self.in_progress() => {}
            // The provider provably started nothing: this trigger doesn't count.
            P::Triggering { .. } => {
                let index = self.next.current_index();
                if let Some(phase) = self.next.phases.get_mut(index) {
                    phase.triggers = phase.triggers.saturating_sub(1);
                }
            }
            _ => return self.misfit("a postponed trigger"),
        }
        self.set_phase(P::Ready);
        if self.next.cancel.is_some() {
            return self.cancelled();
        }
        match self.trouble(message) {
            Some(question) => self.ask(question),
            None => later(Effect::Trigger, after),
        }
    }

    fn trigger_unknown(&mut self, message: String) -> Stepped {
        let P::Triggering { begun_at } = *self.phase()? else { return self.misfit("a lost answer") };
        self.set_phase(P::Reconciling { begun_at, accepted: false, cause: message });
        later(Effect::LookUpRun, self.pacing.look_up)
    }

    fn looked_up(&mut self, mut runs: Vec<Run>) -> Stepped {
        let (begun_at, cause) = match self.phase()? {
            P::Triggering { begun_at } => (*begun_at, "Pilothouse stopped while it was asking".to_owned()),
            P::Reconciling { begun_at, cause, .. } => (*begun_at, cause.clone()),
            _ => return self.misfit("a lookup"),
        };
        if !self.in_progress() {
            return self.misfit("a lookup");
        }
        self.next.trouble = None;
        if runs.len() > 1 {
            return self.ask(Question::RunAmbiguous { candidates: runs });
        }
        if let Some(run) = runs.pop() {
            return self.follow(run);
        }
        if self.now.since(begun_at) >= self.pacing.settle {
            return self.ask(Question::RunNotFound { asked_at: begun_at, cause });
        }
        if matches!(self.phase()?, P::Triggering { .. }) {
            self.set_phase(P::Reconciling { begun_at, accepted: false, cause });
        }
        later(Effect::LookUpRun, self.pacing.look_up)
    }

    /// Notes that the provider doesn't answer. A question, once that has lasted too long.
    fn trouble(&mut self, message: String) -> Option<Question> {
        let since = self.next.trouble.as_ref().map_or(self.now, |t| t.since);
        if self.now.since(since) >= self.pacing.unreachable {
            return Some(Question::Unreachable { since, message });
        }
        self.next.trouble = Some(Trouble { since, message });
        None
    }

    fn asking_failed(&mut self, message: String, after: Option<Duration>) -> Stepped {
        let effect = match self.phase()? {
            P::Triggering { .. } | P::Reconciling { .. } => Effect::LookUpRun,
            P::Running { .. } | P::Rerunning { begun_at: Some(_), .. } => Effect::ObserveRun,
            P::Rerunning { begun_at: None, .. } => Effect::Rerun,
            P::Pending | P::Ready | P::Verifying { .. } | P::Passed { .. } | P::Ended { .. } => return self.misfit("a failed call"),
        };
        if !self.in_progress() {
            return self.misfit("a failed call");
        }
        match self.trouble(message) {
            Some(question) => self.ask(question),
            None => later(effect, after.unwrap_or(self.pacing.retry)),
        }
    }

    fn follow(&mut self, run: Run) -> Stepped {
        self.next.state = D::InProgress;
        self.next.trouble = None;
        let cancel = self.next.cancel.is_some();
        let ended = run.status.is_ended();
        self.set_phase(P::Running { run });
        if cancel && !ended { at_once(Effect::CancelRun { force: false }) } else { at_once(Effect::ObserveRun) }
    }

    fn run_observed(&mut self, run: Run) -> Stepped {
        if !self.in_progress() {
            return self.misfit("a run's progress");
        }
        let (known, rerun) = match self.phase()? {
            P::Running { run: known } => (known.clone(), None),
            P::Rerunning { run: known, begun_at: Some(begun_at), .. } => (known.clone(), Some(*begun_at)),
            _ => return self.misfit("a run's progress"),
        };
        if known.external_id != run.external_id {
            return refuse(format!("run {} is not the run {} of this phase", run.external_id, known.external_id));
        }
        self.next.trouble = None;
        if run.attempt < known.attempt {
            // An answer that was overtaken by a newer one.
            return later(Effect::ObserveRun, self.pacing.observe);
        }
        if let Some(begun_at) = rerun {
            if run.attempt == known.attempt && run.status.is_ended() {
                if self.now.since(begun_at) < self.pacing.settle {
                    return later(Effect::ObserveRun, self.pacing.observe);
                }
                self.set_phase(P::Running { run });
                return self.ask(Question::RunFailed { message: "the re-run did not start".to_owned() });
            }
        }
        let status = run.status.clone();
        let failure = run.failure();
        self.set_phase(P::Running { run: run.clone() });
        match status {
            RunStatus::Succeeded if self.next.cancel.is_some() => {
                self.next.deployed_at = Some(self.now);
                self.error("The run finished before the cancel reached it: the version is deployed, but was not verified".to_owned())
            }
            RunStatus::Succeeded => {
                self.set_phase(P::Verifying { run, since: self.now, good_readings: 0, missing: String::new() });
                at_once(Effect::ReadService)
            }
            RunStatus::Cancelled | RunStatus::Skipped => self.cancelled(),
            RunStatus::Failed if self.next.cancel.is_some() => self.cancelled(),
            RunStatus::Failed => self.ask(Question::RunFailed { message: failure }),
            RunStatus::Queued | RunStatus::InProgress | RunStatus::Waiting | RunStatus::Unknown { .. } => self.keep_following(),
        }
    }

    fn keep_following(&mut self) -> Stepped {
        let Some(cancel) = &mut self.next.cancel else { return later(Effect::ObserveRun, self.pacing.observe) };
        match cancel.accepted_at {
            None if cancel.tries < MAX_CANCEL_TRIES => at_once(Effect::CancelRun { force: false }),
            Some(at) if !cancel.forced && self.now.since(at) >= self.pacing.force_cancel => {
                cancel.forced = true;
                at_once(Effect::CancelRun { force: true })
            }
            None | Some(_) => later(Effect::ObserveRun, self.pacing.observe),
        }
    }

    fn rerun_begun(&mut self) -> Stepped {
        let P::Rerunning { run, failed_only, begun_at: None } = self.phase()?.clone() else { return self.misfit("a re-run") };
        self.set_phase(P::Rerunning { run, failed_only, begun_at: Some(self.now) });
        later(Effect::ObserveRun, self.pacing.look_up_after)
    }

    fn rerun_answered(&mut self, refusal: Option<String>) -> Stepped {
        let P::Rerunning { run, begun_at: Some(_), .. } = self.phase()?.clone() else { return self.misfit("an answer to a re-run") };
        match refusal {
            Some(message) => {
                self.set_phase(P::Running { run });
                self.ask(Question::RunFailed { message: format!("the provider refuses the re-run: {message}") })
            }
            None => at_once(Effect::ObserveRun),
        }
    }

    fn cancel_requested(&mut self, by: Actor, reason: String) -> Stepped {
        if self.next.cancel.is_some() {
            return refuse("it is being cancelled already".to_owned());
        }
        let request = CancelRequest { by, reason, at: self.now, accepted_at: None, forced: false, tries: 0 };
        if matches!(self.phase()?, P::Verifying { .. }) {
            return refuse(format!("{} is deployed already and is being verified. Roll back instead", self.next.version));
        }
        let question = match &self.next.state {
            D::AwaitingDecision { question, .. } => Some(question.clone()),
            _ => None,
        };
        self.next.cancel = Some(request);
        match question {
            Some(Question::BlockedAtStart { .. } | Question::TriggerRefused { .. }) => return self.cancelled(),
            Some(Question::RunFailed { message }) => return self.fail(capitalised(&message)),
            Some(Question::RunNotFound { .. } | Question::RunAmbiguous { .. }) => {
                return self.error("Given up while it was not known whether its run had started".to_owned());
            }
            Some(Question::Unreachable { .. } | Question::CannotVerify { .. }) | None => {}
        }
        let pending = matches!(self.next.state, D::Queued { .. }) || matches!(self.phase()?, P::Pending | P::Ready);
        if pending {
            return self.cancelled();
        }
        let was_asked = matches!(self.next.state, D::AwaitingDecision { .. });
        self.next.state = D::InProgress;
        match self.phase()? {
            P::Running { .. } => at_once(Effect::CancelRun { force: false }),
            P::Rerunning { begun_at: None, run, .. } => {
                let message = run.failure();
                self.fail(capitalised(&message))
            }
            P::Triggering { .. } | P::Reconciling { .. } if was_asked => at_once(Effect::LookUpRun),
            P::Rerunning { .. } if was_asked => at_once(Effect::ObserveRun),
            // The call is out: what came of it decides whether there is something to stop.
            _ => Ok(Schedule::Keep),
        }
    }

    fn rollback_requested(&mut self, by: Actor, reason: String) -> Stepped {
        if let P::Verifying { since, .. } = self.phase()? {
            self.next.deployed_at = Some(*since);
            return self.fail(format!("Rolled back by {by} before it was verified"));
        }
        if self.next.cancel.is_some() {
            return Ok(Schedule::Keep);
        }
        self.cancel_requested(by, reason)
    }

    fn cancel_answered(&mut self, answer: CancelAnswer) -> Stepped {
        if !matches!(self.phase()?, P::Running { .. }) {
            return self.misfit("an answer to a cancel");
        }
        let Some(cancel) = &mut self.next.cancel else { return self.misfit("an answer to a cancel") };
        match answer {
            CancelAnswer::Accepted => {
                cancel.accepted_at.get_or_insert(self.now);
                self.next.trouble = None;
                later(Effect::ObserveRun, self.pacing.observe)
            }
            CancelAnswer::AlreadyEnded => {
                cancel.accepted_at.get_or_insert(self.now);
                at_once(Effect::ObserveRun)
            }
            CancelAnswer::Failed { message } => {
                cancel.tries += 1;
                self.trouble(message);
                later(Effect::ObserveRun, self.pacing.retry)
            }
        }
    }

    fn service_read(&mut self, reading: &Reading) -> Stepped {
        if !self.in_progress() {
            return self.misfit("a reading of the service");
        }
        let P::Verifying { run, since, good_readings, .. } = self.phase()?.clone() else {
            return self.misfit("a reading of the service");
        };
        let Some(missing) = shortfall(reading) else {
            let good_readings = good_readings + 1;
            let verification = match (&reading.version, reading.checks) {
                (VersionReading::AsWanted, _) => Verification::ByService,
                (_, 0) => Verification::ByRunOnly,
                _ => Verification::ByChecks,
            };
            // Without a check there is nothing to ask twice.
            if good_readings >= self.pacing.good_readings || verification == Verification::ByRunOnly {
                return self.pass(run, verification);
            }
            self.set_phase(P::Verifying { run, since, good_readings, missing: String::new() });
            return later(Effect::ReadService, self.pacing.read_service);
        };
        if self.now.since(since) >= Duration::from_secs(self.next.verify_seconds.into()) {
            self.next.deployed_at = Some(since);
            if missing.is_definite {
                return self.fail(format!("The run succeeded, but {}", missing.words));
            }
            self.set_phase(P::Verifying { run, since, good_readings: 0, missing: missing.words.clone() });
            return self.ask(Question::CannotVerify { message: missing.words });
        }
        self.set_phase(P::Verifying { run, since, good_readings: 0, missing: missing.words });
        later(Effect::ReadService, self.pacing.read_service)
    }

    fn pass(&mut self, run: Run, verification: Verification) -> Stepped {
        self.next.state = D::InProgress;
        self.set_phase(P::Passed { run, verification });
        if self.next.phases.iter().all(|p| matches!(p.state, P::Passed { .. })) {
            self.next.deployed_at = Some(self.now);
            return self.end(D::Succeeded { at: self.now, verification });
        }
        self.ready()
    }

    fn decided(&mut self, by: &Actor, decision: Decision) -> Stepped {
        let D::AwaitingDecision { question, .. } = self.next.state.clone() else {
            return refuse("it doesn't wait for a decision: somebody else may have been faster".to_owned());
        };
        match (question, decision) {
            (Question::BlockedAtStart { .. } | Question::TriggerRefused { .. }, Decision::Trigger) => self.ready(),
            (Question::RunNotFound { .. } | Question::RunAmbiguous { .. }, Decision::Trigger) => self.ready(),
            (Question::BlockedAtStart { .. } | Question::TriggerRefused { .. }, Decision::GiveUp) => {
                self.end(D::Cancelled { at: self.now, reason: format!("Given up by {by} before it started") })
            }
            (Question::RunNotFound { .. } | Question::RunAmbiguous { .. }, Decision::KeepLooking) => {
                self.next.state = D::InProgress;
                // Looks for as long again as it did before.
                if let P::Reconciling { accepted, cause, .. } = self.phase()?.clone() {
                    self.set_phase(P::Reconciling { begun_at: self.now, accepted, cause });
                }
                at_once(Effect::LookUpRun)
            }
            (Question::RunAmbiguous { candidates }, Decision::Adopt { external_id }) => {
                match candidates.into_iter().find(|run| run.external_id == external_id) {
                    Some(run) => self.follow(run),
                    None => refuse(format!("run {external_id} is none of those that could be meant")),
                }
            }
            (Question::RunNotFound { .. } | Question::RunAmbiguous { .. }, Decision::GiveUp) => {
                self.error(format!("Given up by {by} while it was not known whether its run had started"))
            }
            (Question::RunFailed { .. }, decision @ (Decision::RerunFailed | Decision::RerunAll)) => {
                let Some(run) = self.phase()?.run().cloned() else { return self.misfit("a re-run") };
                self.next.state = D::InProgress;
                self.set_phase(P::Rerunning { run, failed_only: decision == Decision::RerunFailed, begun_at: None });
                at_once(Effect::Rerun)
            }
            (Question::RunFailed { message }, Decision::GiveUp) => self.fail(capitalised(&message)),
            (Question::Unreachable { .. }, Decision::KeepLooking) => {
                self.next.state = D::InProgress;
                match self.phase()? {
                    P::Ready => at_once(Effect::Trigger),
                    P::Triggering { .. } | P::Reconciling { .. } => at_once(Effect::LookUpRun),
                    P::Rerunning { begun_at: None, .. } => at_once(Effect::Rerun),
                    _ => at_once(Effect::ObserveRun),
                }
            }
            (Question::Unreachable { since, message }, Decision::GiveUp) => {
                self.error(format!("Given up by {by}: the provider has not answered since {since} ({message})"))
            }
            (Question::CannotVerify { .. }, Decision::VerifyAgain) => {
                let P::Verifying { run, missing, .. } = self.phase()?.clone() else { return self.misfit("another reading") };
                self.next.state = D::InProgress;
                self.set_phase(P::Verifying { run, since: self.now, good_readings: 0, missing });
                at_once(Effect::ReadService)
            }
            (Question::CannotVerify { .. }, Decision::Accept { reason }) if !reason.trim().is_empty() => {
                let Some(run) = self.phase()?.run().cloned() else { return self.misfit("a verdict") };
                self.pass(run, Verification::ByPerson)
            }
            (Question::CannotVerify { message }, Decision::GiveUp) => {
                self.error(format!("The run succeeded, but the service could not be measured: {message}"))
            }
            (question, decision) => refuse(format!("`{}` is no answer to what is asked here ({})", decision.word(), question.word())),
        }
    }
}

struct Shortfall {
    words: String,
    is_definite: bool,
}

/// What a reading lacks; `None` where it is good.
fn shortfall(reading: &Reading) -> Option<Shortfall> {
    if let VersionReading::Other { seen } = &reading.version {
        return Some(Shortfall { words: format!("the service runs {seen}"), is_definite: true });
    }
    if let Some(failing) = reading.failing.first() {
        return Some(Shortfall { words: format!("check {failing}"), is_definite: true });
    }
    if let VersionReading::NoData { reason } = &reading.version {
        return Some(Shortfall { words: format!("the running version can't be read: {reason}"), is_definite: false });
    }
    reading.no_data.first().map(|words| Shortfall { words: format!("check {words}"), is_definite: false })
}

fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

impl Decision {
    /// The decision's word, as on the command line.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Adopt { .. } => "adopt",
            Self::KeepLooking => "keep_looking",
            Self::RerunFailed => "rerun_failed",
            Self::RerunAll => "rerun_all",
            Self::VerifyAgain => "verify_again",
            Self::Accept { .. } => "accept",
            Self::GiveUp => "give_up",
        }
    }
}

impl Question {
    /// The question's word, as in the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::BlockedAtStart { .. } => "blocked_at_start",
            Self::TriggerRefused { .. } => "trigger_refused",
            Self::RunNotFound { .. } => "run_not_found",
            Self::RunAmbiguous { .. } => "run_ambiguous",
            Self::RunFailed { .. } => "run_failed",
            Self::Unreachable { .. } => "unreachable",
            Self::CannotVerify { .. } => "cannot_verify",
        }
    }

    /// The answers that it takes.
    #[must_use]
    pub const fn choices(&self) -> &'static [&'static str] {
        match self {
            Self::BlockedAtStart { .. } | Self::TriggerRefused { .. } => &["trigger", "give_up"],
            Self::RunNotFound { .. } => &["keep_looking", "trigger", "give_up"],
            Self::RunAmbiguous { .. } => &["adopt", "keep_looking", "trigger", "give_up"],
            Self::RunFailed { .. } => &["rerun_failed", "rerun_all", "give_up"],
            Self::Unreachable { .. } => &["keep_looking", "give_up"],
            Self::CannotVerify { .. } => &["verify_again", "accept", "give_up"],
        }
    }
}
