//! Stopping a deployment: what was not triggered never will be; a run is asked to stop; what is deployed can only be rolled back.

use super::super::CancelRequest;
use super::running::MAX_CANCEL_TRIES;
use super::{Actor, CancelAnswer, D, Effect, IN_DOUBT, P, Question, Schedule, Step, Stepped, at_once, capitalised, later, refuse};

impl Step<'_> {
    pub(super) fn cancel_requested(&mut self, by: Actor, reason: String) -> Stepped {
        if self.next.cancel.is_some() {
            return refuse("it is being cancelled already".to_owned());
        }
        let request = CancelRequest { by, reason, at: self.now, accepted_at: None, forced: false, tries: 0 };
        let is_everywhere = self.next.current_phase().is_some_and(|phase| phase.weight_percent == 100);
        let has_deployed = matches!(self.phase()?, P::Verifying { .. } | P::Baking { .. } | P::Failing { .. });
        if has_deployed && is_everywhere {
            return refuse(format!("{} is deployed already and is being verified. Roll back instead", self.next.version));
        }
        let question = match &self.next.state {
            D::AwaitingDecision { question, .. } => Some(question.clone()),
            _ => None,
        };
        self.next.cancel = Some(request);
        if has_deployed {
            return self.cancelled();
        }
        match question {
            Some(Question::BlockedAtStart { .. } | Question::TriggerRefused { .. }) => return self.cancelled(),
            Some(Question::RunFailed { message }) => return self.fail(capitalised(&message)),
            Some(Question::RunNotFound { .. } | Question::RunAmbiguous { .. }) => {
                return self.error(IN_DOUBT.to_owned());
            }
            Some(
                Question::Unreachable { .. }
                | Question::CannotVerify { .. }
                | Question::PhaseFailed { .. }
                | Question::PhaseUndecided { .. }
                | Question::PhaseErrored { .. }
                | Question::GoOn { .. },
            )
            | None => {}
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

    pub(super) fn rollback_requested(&mut self, by: Actor, reason: String) -> Stepped {
        let deployed = match self.phase()? {
            P::Verifying { since, .. } => Some((*since, format!("Rolled back by {by} before it was verified"))),
            P::Baking { deployed_at, .. } => Some((*deployed_at, format!("Rolled back by {by} while it was watched: {reason}"))),
            P::Failing { deployed_at, reason, .. } => Some((*deployed_at, format!("Rolled back by {by}: {reason}"))),
            _ => None,
        };
        if let Some((at, words)) = deployed {
            self.arrived(at);
            return self.fail(words);
        }
        if self.next.cancel.is_some() {
            return Ok(Schedule::Keep);
        }
        self.cancel_requested(by, reason)
    }

    pub(super) fn cancel_answered(&mut self, answer: CancelAnswer) -> Stepped {
        if !(self.in_progress() && matches!(self.phase()?, P::Running { .. })) {
            return self.misfit("an answer to a cancel");
        }
        let Some(cancel) = &mut self.next.cancel else { return self.misfit("an answer to a cancel") };
        match answer {
            CancelAnswer::Accepted => {
                if cancel.accepted_at.is_none() {
                    cancel.accepted_at = Some(self.now);
                    // From here on those to stop it by force are counted.
                    cancel.tries = 0;
                }
                self.next.trouble = None;
                later(Effect::ObserveRun, self.pacing.observe)
            }
            CancelAnswer::AlreadyEnded => {
                cancel.accepted_at.get_or_insert(self.now);
                at_once(Effect::ObserveRun)
            }
            CancelAnswer::Failed { message } => {
                cancel.tries = cancel.tries.saturating_add(1);
                // What was not taken is asked for again, a few times.
                cancel.forced &= cancel.tries >= MAX_CANCEL_TRIES;
                self.trouble(message);
                later(Effect::ObserveRun, self.pacing.retry)
            }
        }
    }
}
