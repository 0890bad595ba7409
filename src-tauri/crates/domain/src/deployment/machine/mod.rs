//! How a deployment changes: a pure function from state and event to the next state and what to do next. The engine writes both
//! in one transaction before it acts, so recovery is the same loop started from what is written.
//!
//! Must not: call anything, read a clock, or let a phase be triggered twice without a person's word. Every state is matched by
//! name; an event that doesn't fit is a [`DeploymentRefusal`], never ignored in silence.

mod cancelling;
mod deciding;
mod replanning;
mod running;
mod steering;
mod triggering;
mod verifying;
mod watching;

use super::{
    Decision, Deployment, DeploymentEffect as Effect, DeploymentState as D, Instances, Phase, PhaseState as P, Question, Reading, Run,
    Trouble,
};
use crate::rollout::{OnFailure, PlannedPhase, Sample};
use crate::{Actor, PhaseId, Timestamp};
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
    /// The provider is about to be asked to go back in its own way. Must be on disk before it is.
    NativeBegun {
        /// What will happen, in words.
        how: String,
        /// How things stand there, by which what comes of it is told apart.
        mark: String,
    },
    /// The provider's own way back is closed. It was not asked to go it.
    NativeClosed {
        /// Why.
        why: String,
        /// What to do about it.
        next_step: String,
    },
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
    /// What was measured of a phase that is watched.
    Judged {
        /// That.
        sample: Sample,
        /// How many instances say that they have the version, where they were asked.
        instances: Option<Instances>,
    },
    /// A person keeps the version before from coming back by itself.
    RollbackHeld {
        /// Who.
        by: Actor,
    },
    /// The version before can't come back by itself.
    RollbackBarred {
        /// Why.
        reason: String,
    },
    /// Somebody wants no further phase to begin.
    Paused {
        /// Who.
        by: Actor,
        /// Why; may be empty.
        reason: String,
    },
    /// Somebody lets it go on.
    Resumed,
    /// Somebody leaves a phase out, or ends its watch.
    Skipped {
        /// Who.
        by: Actor,
        /// The phase.
        phase: PhaseId,
        /// Why, never empty.
        reason: String,
    },
    /// Somebody wants the last phase next.
    PromotedFully {
        /// Who.
        by: Actor,
        /// Why, never empty.
        reason: String,
    },
    /// Somebody changes the phases that have not begun.
    PhasesChanged(PhasesChange),
    /// What was approved was changed on the way, and is approved again.
    ApprovedAnew,
    /// Somebody takes on what is asked.
    Taken {
        /// Who.
        by: Actor,
    },
    /// A person decided.
    Decided {
        /// Who.
        by: Actor,
        /// What.
        decision: Decision,
    },
}

/// Other phases for a deployment under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhasesChange {
    /// Who wants it.
    pub by: Actor,
    /// All phases as they are to be: those that have begun or are over are among them, as they are.
    pub phases: Vec<PlannedPhase>,
    /// Ids for those that are new; as many as there are phases.
    pub fresh: Vec<PhaseId>,
    /// How many changes of its phases were known to whoever wants this one.
    pub seen: usize,
    /// Why, never empty.
    pub reason: String,
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

/// The deployment after an event, and what to do next.
///
/// # Errors
/// [`DeploymentRefusal`] where the event doesn't fit the state; nothing has changed then.
pub fn apply(deployment: &Deployment, event: DeploymentEvent, now: Timestamp, pacing: &Pacing) -> Result<Transition, DeploymentRefusal> {
    if deployment.state.is_terminal() {
        return refuse(format!("deployment of {} to {} has ended", deployment.version, deployment.environment));
    }
    let mut step = Step { next: deployment.clone(), now, pacing };
    step.follow_clock();
    let schedule = match event {
        DeploymentEvent::TurnCame => step.turn_came(),
        DeploymentEvent::Blocked { reasons } => step.blocked(reasons),
        DeploymentEvent::TriggerBegun => step.trigger_begun(),
        DeploymentEvent::NativeBegun { how, mark } => step.native_begun(how, mark),
        DeploymentEvent::NativeClosed { why, next_step } => step.native_closed(why, next_step),
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
        DeploymentEvent::Judged { sample, instances } => step.judged(sample, instances),
        DeploymentEvent::RollbackHeld { by } => step.rollback_held(format!("{by} stopped the automatic rollback")),
        DeploymentEvent::RollbackBarred { reason } => step.rollback_held(reason),
        DeploymentEvent::Paused { by, reason } => step.paused(by, reason),
        DeploymentEvent::Resumed => step.resumed(),
        DeploymentEvent::Skipped { by, phase, reason } => step.skipped(by, phase, reason),
        DeploymentEvent::PromotedFully { by, reason } => step.promoted_fully(&by, &reason),
        DeploymentEvent::PhasesChanged(change) => step.phases_changed(change),
        DeploymentEvent::ApprovedAnew => step.approved_anew(),
        DeploymentEvent::Taken { by } => step.taken(by),
        DeploymentEvent::Decided { by, decision } => step.decided(&by, decision),
    }?;
    Ok(Transition { next: step.next, schedule })
}

/// Why a deployment ends that somebody gave up before its run was found.
const IN_DOUBT: &str = "Given up while it was not known whether its run had started";

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

    fn current_phase_mut(&mut self) -> Option<&mut Phase> {
        let index = self.next.current_index();
        self.next.phases.get_mut(index)
    }

    fn set_phase(&mut self, state: P) {
        if let Some(phase) = self.current_phase_mut() {
            phase.state = state;
        }
    }

    /// What is waited for since a time to come began under a clock that was set back: it is waited for from now on, and not for as
    /// long as the clock was set back as well.
    fn follow_clock(&mut self) {
        let now = self.now;
        let no_later = |at: &mut Timestamp| *at = now.min(*at);
        let index = self.next.current_index();
        match self.next.phases.get_mut(index).map(|phase| &mut phase.state) {
            Some(P::Triggering { begun_at } | P::Reconciling { begun_at, .. }) => no_later(begun_at),
            Some(P::Rerunning { begun_at: Some(begun_at), .. }) => no_later(begun_at),
            Some(P::Verifying { since, .. }) => no_later(since),
            Some(P::Baking { watch, .. }) => no_later(&mut watch.seen_at),
            Some(
                P::Pending
                | P::Ready
                | P::Running { .. }
                | P::Rerunning { begun_at: None, .. }
                | P::Failing { .. }
                | P::Passed { .. }
                | P::LeftOut { .. }
                | P::Ended { .. },
            )
            | None => {}
        }
        if let Some(trouble) = &mut self.next.trouble {
            no_later(&mut trouble.since);
        }
        if let Some(accepted_at) = self.next.cancel.as_mut().and_then(|cancel| cancel.accepted_at.as_mut()) {
            no_later(accepted_at);
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
        self.next.state = D::AwaitingDecision { question, asked_of: self.next.requested_by.clone(), since: self.now, taken: false };
        Ok(Schedule::Nothing)
    }

    fn end(&mut self, state: D) -> Stepped {
        if !matches!(state, D::Succeeded { .. }) {
            let run = self.phase()?.run().cloned();
            self.set_phase(P::Ended { run });
        }
        self.next.trouble = None;
        self.next.paused = None;
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
        let reached = self.next.reached_percent();
        let how = |by: &Actor| if reached == 0 { format!("Cancelled by {by}") } else { format!("Stopped by {by} at {reached} %") };
        let reason = match &self.next.cancel {
            Some(cancel) if cancel.reason.is_empty() => how(&cancel.by),
            Some(cancel) => format!("{}: {}", how(&cancel.by), cancel.reason),
            None if reached == 0 => "Cancelled at the provider".to_owned(),
            None => format!("Cancelled at the provider, at {reached} %"),
        };
        self.end(D::Cancelled { at: self.now, reason })
    }

    fn ready(&mut self) -> Stepped {
        self.next.state = D::InProgress;
        self.set_phase(P::Ready);
        self.trigger_after(Duration::ZERO)
    }

    fn trouble(&mut self, message: String) -> Option<Question> {
        let since = self.next.trouble.as_ref().map_or(self.now, |t| t.since);
        if self.now.since(since) >= self.pacing.unreachable {
            return Some(Question::Unreachable { since, message });
        }
        self.next.trouble = Some(Trouble { since, message });
        None
    }
}

fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
