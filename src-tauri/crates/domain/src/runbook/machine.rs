//! What happens to a run of a runbook. Steps come one after the other: a step that is settled hands on to the next, and what is under way is
//! the only one that anything can be done to, but for undoing the last tick.
//!
//! Must not let a run that is over move, but where the tick that completed it is taken back soon after; nor a step start a second run of a pipeline unless a person began it anew.

use super::content::{RunbookStep, StepAction};
use super::run::{Doing, FailedAttempt, RunStep, RunbookRun, RunbookRunState, StepState};
use crate::manual_run::StartedRun;
use crate::{Actor, ChecklistId, ManualRunId, RunbookStepId, SmokeRunId, Timestamp};
use std::time::Duration;

/// How long after its end a run that is completed can be opened again, by taking back what completed it.
const REOPENED_WITHIN: Duration = Duration::from_secs(24 * 3_600);

/// What happens to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunbookEvent {
    /// A person starts a step that waits for it.
    Started {
        /// Who.
        by: Actor,
    },
    /// A person says that the step is done; of one that failed, that it was done all the same.
    Ticked {
        /// Who.
        by: Actor,
        /// A remark; may be empty, but not for a step that failed.
        note: String,
        /// How many pieces of evidence there are for it.
        evidence: usize,
    },
    /// A person says that the step went wrong, or that it doesn't go on.
    SaidFailed {
        /// Who.
        by: Actor,
        /// Why, never empty.
        reason: String,
    },
    /// A person begins a step anew that went wrong.
    Retried {
        /// Who.
        by: Actor,
    },
    /// A person leaves the step out.
    Skipped {
        /// Who.
        by: Actor,
        /// Why, never empty.
        reason: String,
    },
    /// A person takes back what was ticked or left out last.
    Reopened {
        /// Who.
        by: Actor,
    },
    /// A person gives the run up.
    Stopped {
        /// Who.
        by: Actor,
        /// Why, never empty.
        reason: String,
    },
    /// The intent to start a pipeline is written, together with this.
    Triggered(ManualRunId),
    /// The provider has the run.
    Found(StartedRun),
    /// The checks are looked at.
    Checking {
        /// Until then.
        until: Timestamp,
        /// What keeps them from being healthy; may be empty.
        waits_for: String,
    },
    /// A smoke run was asked for, together with this.
    Smoking(SmokeRunId),
    /// The checklist is looked at.
    Listed {
        /// Which.
        checklist: ChecklistId,
        /// What is open; may be empty.
        waits_for: String,
    },
    /// What the step waited for came well.
    Succeeded {
        /// What came of it.
        note: String,
    },
    /// It didn't.
    Broke {
        /// Why.
        reason: String,
        /// What can be done about it.
        next_step: String,
    },
}

/// Why something can't be done to a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunbookRefusal {
    /// The run is over.
    #[error("the run of “{name}” is {state}")]
    Over {
        /// The runbook.
        name: String,
        /// Completed, or stopped.
        state: &'static str,
    },
    /// It is another step's turn.
    #[error("it is not the turn of “{title}”: {turn}")]
    NotItsTurn {
        /// The step.
        title: String,
        /// Whose it is.
        turn: String,
    },
    /// The step isn't where this could happen to it.
    #[error("“{title}” {state}")]
    Unfit {
        /// The step.
        title: String,
        /// Where it is.
        state: &'static str,
        /// What to do.
        next_step: &'static str,
    },
    /// There is no evidence.
    #[error("“{title}” needs evidence")]
    NeedsEvidence {
        /// The step.
        title: String,
    },
    /// A step that failed is done only with a word about it.
    #[error("“{title}” failed, and a remark is missing that says how it was done all the same")]
    NeedsNote {
        /// The step.
        title: String,
    },
    /// Nothing can be taken back.
    #[error("nothing can be taken back: {why}")]
    NothingToUndo {
        /// Why.
        why: String,
    },
}

impl RunbookRefusal {
    /// What to do instead.
    #[must_use]
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Over { .. } => "Begin another run if there is more to do.",
            Self::NotItsTurn { .. } => "Steps are taken in their order. Look at the run again.",
            Self::Unfit { next_step, .. } => next_step,
            Self::NeedsEvidence { .. } => "Attach a file, a link, a note or a measured time, then tick it.",
            Self::NeedsNote { .. } => "Say how it was done.",
            Self::NothingToUndo { .. } => "Go on, or stop the run.",
        }
    }
}

/// The steps of a run that begins: the first one is under way.
#[must_use]
pub fn begun_steps(steps: Vec<RunbookStep>, by: &Actor, now: Timestamp) -> Vec<RunStep> {
    let pending = |step| RunStep { step, state: StepState::Pending, failures: Vec::new(), triggered: Vec::new() };
    let mut begun: Vec<RunStep> = steps.into_iter().map(pending).collect();
    if let Some(first) = begun.first_mut() {
        first.state = turn_of(&first.step, by, now);
    }
    begun
}

/// The run after an event at a step.
///
/// # Errors
/// [`RunbookRefusal`]; the run is unchanged then.
pub fn apply(run: &RunbookRun, step: Option<RunbookStepId>, event: RunbookEvent, now: Timestamp) -> Result<RunbookRun, RunbookRefusal> {
    let over = || RunbookRefusal::Over { name: run.name.clone(), state: run.state.word() };
    let mut next = run.clone();
    if run.state.is_terminal() {
        let RunbookRunState::Completed { at } = run.state else { return Err(over()) };
        let RunbookEvent::Reopened { by } = event else { return Err(over()) };
        if now.since(at) > REOPENED_WITHIN {
            return Err(over());
        }
        reopen(&mut next.steps, run.steps.len(), step, &by, now)?;
        next.state = RunbookRunState::Running;
        return Ok(next);
    }
    if let RunbookEvent::Stopped { by, reason } = event {
        next.state = RunbookRunState::Stopped { by, at: now, reason };
        return Ok(next);
    }
    let at = run.steps.iter().position(|step| !step.state.is_settled()).unwrap_or(run.steps.len());
    if let RunbookEvent::Reopened { by } = event {
        reopen(&mut next.steps, at, step, &by, now)?;
        return Ok(next);
    }
    let Some(current) = next.steps.get_mut(at) else {
        return Err(RunbookRefusal::Over { name: run.name.clone(), state: "at its end" });
    };
    if step.is_some_and(|id| id != current.step.id) {
        let title = step.and_then(|id| run.step(id)).map(|step| step.step.title.clone()).unwrap_or_default();
        return Err(RunbookRefusal::NotItsTurn { title, turn: format!("it is that of “{}”", current.step.title) });
    }
    current.state = moved(current, event, now)?;
    if let StepState::Running { doing: Doing::Triggered { manual_run_id, .. }, .. } = &current.state
        && !current.triggered.contains(manual_run_id)
    {
        current.triggered.push(*manual_run_id);
    }
    // Whatever a person decides about a failure, that it failed stays known.
    if let Some(StepState::Failed { since, at, reason, .. }) = run.steps.get(at).map(|before| &before.state) {
        current.failures.push(FailedAttempt { since: *since, at: *at, reason: reason.clone() });
    }
    if current.state.is_settled() {
        let by = who(&current.state, &run.begun_by);
        match next.steps.get_mut(at + 1) {
            Some(following) => following.state = turn_of(&following.step, &by, now),
            None => next.state = RunbookRunState::Completed { at: now },
        }
    }
    Ok(next)
}

/// A step whose turn has come.
fn turn_of(step: &RunbookStep, by: &Actor, now: Timestamp) -> StepState {
    if step.asks_first && step.action.may_ask_first() { StepState::Ready { since: now } } else { under_way(step, by, now) }
}

fn under_way(step: &RunbookStep, by: &Actor, now: Timestamp) -> StepState {
    let doing = match &step.action {
        StepAction::Manual | StepAction::Go => Doing::ByPerson,
        StepAction::Wait { seconds } => Doing::Waiting { until: now.plus(Duration::from_secs(u64::from(*seconds))) },
        _ => Doing::Asked,
    };
    StepState::Running { since: now, by: by.clone(), doing }
}

fn who(state: &StepState, otherwise: &Actor) -> Actor {
    match state {
        StepState::Done { by, .. } | StepState::Skipped { by, .. } => by.clone(),
        _ => otherwise.clone(),
    }
}

/// The step's state after an event.
fn moved(step: &RunStep, event: RunbookEvent, now: Timestamp) -> Result<StepState, RunbookRefusal> {
    use RunbookEvent as E;
    use StepState as S;
    let doing = |since: &Timestamp, by: &Actor, doing: Doing| Ok(S::Running { since: *since, by: by.clone(), doing });
    match (&step.state, event) {
        (S::Ready { .. }, E::Started { by }) => Ok(under_way(&step.step, &by, now)),
        (S::Failed { .. }, E::Retried { by }) => Ok(under_way(&step.step, &by, now)),

        (S::Running { since, doing: Doing::ByPerson, .. }, E::Ticked { by, note, evidence }) => {
            if step.step.needs_evidence && evidence == 0 {
                return Err(RunbookRefusal::NeedsEvidence { title: step.step.title.clone() });
            }
            Ok(S::Done { since: *since, at: now, by, note })
        }
        (S::Failed { since, .. }, E::Ticked { by, note, .. }) => {
            if note.is_empty() {
                return Err(RunbookRefusal::NeedsNote { title: step.step.title.clone() });
            }
            Ok(S::Done { since: *since, at: now, by, note })
        }
        (S::Running { since, .. }, E::SaidFailed { by, reason }) => {
            Ok(S::Failed { since: *since, at: now, by, reason, next_step: String::new() })
        }
        (S::Ready { .. } | S::Running { .. } | S::Failed { .. }, E::Skipped { by, reason }) => Ok(S::Skipped { at: now, by, reason }),

        // The one place where a run of a pipeline comes from: nothing was done about the step yet.
        (S::Running { since, by, doing: Doing::Asked }, E::Triggered(manual_run_id)) => {
            doing(since, by, Doing::Triggered { manual_run_id, run: None })
        }
        (S::Running { since, by, doing: Doing::Triggered { manual_run_id, .. } }, E::Found(run)) => {
            doing(since, by, Doing::Triggered { manual_run_id: *manual_run_id, run: Some(run) })
        }
        (S::Running { since, by, doing: Doing::Asked }, E::Checking { until, waits_for }) => {
            doing(since, by, Doing::Checking { until, waits_for })
        }
        (S::Running { since, by, doing: Doing::Checking { until, .. } }, E::Checking { waits_for, .. }) => {
            doing(since, by, Doing::Checking { until: *until, waits_for })
        }
        (S::Running { since, by, doing: Doing::Asked }, E::Smoking(smoke_run_id)) => doing(since, by, Doing::Smoking { smoke_run_id }),
        (S::Running { since, by, doing: Doing::Asked | Doing::Listed { .. } }, E::Listed { checklist, waits_for }) => {
            doing(since, by, Doing::Listed { checklist_id: checklist, waits_for })
        }
        (S::Running { doing: Doing::ByPerson, .. }, E::Succeeded { .. } | E::Broke { .. }) => Err(unfit(step)),
        (S::Running { since, by, .. }, E::Succeeded { note }) => Ok(S::Done { since: *since, at: now, by: by.clone(), note }),
        (S::Running { since, by, .. }, E::Broke { reason, next_step }) => {
            Ok(S::Failed { since: *since, at: now, by: by.clone(), reason, next_step })
        }
        _ => Err(unfit(step)),
    }
}

fn unfit(step: &RunStep) -> RunbookRefusal {
    let (state, next_step) = match &step.state {
        StepState::Pending => ("has not begun", "Wait for its turn."),
        StepState::Ready { .. } => ("waits until somebody starts it", "Start it, or skip it with a reason."),
        StepState::Running { doing: Doing::ByPerson, .. } => ("waits for a person", "Tick it, or say that it failed."),
        StepState::Running { .. } => ("is under way by itself", "Wait for it, or say that it failed."),
        StepState::Failed { .. } => ("failed", "Retry it, skip it, say how it was done all the same, or stop the run."),
        StepState::Done { .. } | StepState::Skipped { .. } => ("is settled", "Undo that first if it was a mistake."),
    };
    RunbookRefusal::Unfit { title: step.step.title.clone(), state, next_step }
}

/// Whether nothing came yet of its being the step's turn.
fn is_untouched(step: &RunStep) -> bool {
    let is_untouched = match &step.state {
        StepState::Ready { .. } | StepState::Pending => true,
        StepState::Running { doing, .. } => {
            matches!(doing, Doing::ByPerson | Doing::Waiting { .. } | Doing::Asked | Doing::Checking { .. })
        }
        StepState::Failed { .. } | StepState::Done { .. } | StepState::Skipped { .. } => false,
    };
    is_untouched && step.failures.is_empty() && step.triggered.is_empty()
}

/// Takes back what was settled last by a person, where nothing came of it yet.
fn reopen(steps: &mut [RunStep], at: usize, wanted: Option<RunbookStepId>, by: &Actor, now: Timestamp) -> Result<(), RunbookRefusal> {
    let nothing = |why: String| Err(RunbookRefusal::NothingToUndo { why });
    let Some(before) = at.checked_sub(1) else { return nothing("no step is settled".to_owned()) };
    let Some(last) = steps.get(before).cloned() else { return nothing("no step is settled".to_owned()) };
    if wanted.is_some_and(|id| id != last.step.id) {
        return nothing(format!("“{}” was settled last", last.step.title));
    }
    // After the last step of a run that is completed there is none.
    if let Some(current) = steps.get(at).filter(|current| !is_untouched(current)) {
        return nothing(format!("“{}” has begun since", current.step.title));
    }
    let state = match &last.state {
        StepState::Done { since, .. } if !last.step.action.is_automatic() => {
            StepState::Running { since: *since, by: by.clone(), doing: Doing::ByPerson }
        }
        // Nothing automatic starts by an undo.
        StepState::Skipped { .. } if last.step.action.is_automatic() => StepState::Ready { since: now },
        StepState::Skipped { .. } => under_way(&last.step, by, now),
        _ => return nothing(format!("“{}” was done by Pilothouse", last.step.title)),
    };
    if let Some(place) = steps.get_mut(at) {
        place.state = StepState::Pending;
    }
    if let Some(place) = steps.get_mut(before) {
        place.state = state;
    }
    Ok(())
}
