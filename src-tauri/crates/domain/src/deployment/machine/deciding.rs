//! What a person's decision does, question by question. A decision that answers another question is refused.

use super::super::{Decision, PhaseDecision, Verification};
use super::{Actor, D, DeploymentRefusal, Effect, P, Question, Step, Stepped, at_once, capitalised, refuse};
use std::time::Duration;

impl Step<'_> {
    pub(super) fn decided(&mut self, by: &Actor, decision: Decision) -> Stepped {
        let D::AwaitingDecision { question, asked_of, taken, .. } = self.next.state.clone() else {
            return refuse("it doesn't wait for a decision: somebody else may have been faster".to_owned());
        };
        if taken && asked_of != *by {
            return refuse(format!("{asked_of} has taken it on. Take it over first, or leave it to them"));
        }
        if self.next.cancel.is_some() && matches!(decision, Decision::Trigger | Decision::Redeploy) {
            return refuse("it is being cancelled: nothing more is triggered".to_owned());
        }
        match (question, decision) {
            (question, Decision::Redeploy) if self.next.native.is_some() && question.takes_redeploy() => {
                self.next.native_given_up = self.next.native.take();
                self.ready()
            }
            (Question::BlockedAtStart { .. } | Question::TriggerRefused { .. }, Decision::Trigger) => self.ready(),
            (Question::RunNotFound { .. } | Question::RunAmbiguous { .. }, Decision::Trigger) => self.ready(),
            // A new run beside the failed one, with a token of its own: for providers that can't run one again.
            (Question::RunFailed { .. }, Decision::Trigger) => self.ready(),
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
                    P::Ready => self.trigger_after(Duration::ZERO),
                    P::Triggering { .. } | P::Reconciling { .. } => at_once(Effect::LookUpRun),
                    P::Rerunning { begun_at: None, .. } => at_once(Effect::Rerun),
                    _ => at_once(Effect::ObserveRun),
                }
            }
            (Question::Unreachable { since, message }, Decision::GiveUp) => {
                self.error(format!("Given up by {by}: the provider has not answered since {since} ({message})"))
            }
            (Question::CannotVerify { .. } | Question::PhaseFailed { .. }, Decision::VerifyAgain) if self.is_verifying()? => {
                let P::Verifying { run, missing, .. } = self.phase()?.clone() else { return self.misfit("another reading") };
                self.next.state = D::InProgress;
                self.set_phase(P::Verifying { run, since: self.now, good_readings: 0, missing });
                at_once(Effect::ReadService)
            }
            (Question::CannotVerify { .. }, Decision::Accept { reason }) if !reason.trim().is_empty() => {
                let Some(run) = self.phase()?.run().cloned() else { return self.misfit("a verdict") };
                self.found_well(run, Verification::ByPerson)
            }
            (Question::CannotVerify { message }, Decision::GiveUp) => {
                self.error(format!("The run succeeded, but the service could not be measured: {message}"))
            }
            (question, decision) if question.is_about_phase() => self.decided_about_phase(by, &question, decision),
            (question, decision) => refuse(format!("`{}` is no answer to what is asked here ({})", decision.word(), question.word())),
        }
    }

    fn is_verifying(&self) -> Result<bool, DeploymentRefusal> {
        Ok(matches!(self.phase()?, P::Verifying { .. }))
    }

    fn decided_about_phase(&mut self, by: &Actor, question: &Question, decision: Decision) -> Stepped {
        let word = decision.word();
        let said = |reason: String| PhaseDecision { by: by.clone(), reason, at: self.now };
        let is_required = self.next.current_phase().is_some_and(|phase| phase.rules.required);
        let may_leave_out = self.next.current_phase().is_some_and(|phase| self.next.may_leave_out(phase));
        match (question, decision) {
            (Question::GoOn { .. }, Decision::GoOn) => {
                let P::Baking { run, verification, .. } = self.phase()?.clone() else { return self.misfit("a verdict") };
                self.pass(run, verification)
            }
            (Question::PhaseFailed { .. }, Decision::Trigger) => self.ready(),
            (Question::PhaseFailed { .. } | Question::PhaseUndecided { .. } | Question::PhaseErrored { .. }, Decision::VerifyAgain) => {
                let P::Baking { run, verification, deployed_at, .. } = self.phase()?.clone() else {
                    return self.misfit("another measurement");
                };
                self.next.state = D::InProgress;
                self.watch_anew(run, Some(verification), deployed_at);
                at_once(Effect::Judge)
            }
            (Question::PhaseFailed { .. }, Decision::Accept { .. }) if is_required => {
                refuse("the phase is required: it can't be passed in spite of a failure".to_owned())
            }
            (
                Question::PhaseFailed { .. } | Question::PhaseUndecided { .. } | Question::PhaseErrored { .. },
                Decision::Accept { reason },
            ) if !reason.trim().is_empty() => {
                let decided = said(reason);
                self.end_watch(decided)
            }
            (
                Question::PhaseFailed { .. } | Question::PhaseUndecided { .. } | Question::PhaseErrored { .. },
                Decision::LeaveOut { reason },
            ) if may_leave_out && !reason.trim().is_empty() => {
                let decided = said(reason);
                self.leave_out(decided);
                self.ready()
            }
            (Question::PhaseFailed { message, .. }, Decision::GiveUp) => {
                self.arrived_as_deployed()?;
                self.fail(capitalised(message))
            }
            (Question::PhaseUndecided { message } | Question::PhaseErrored { message }, Decision::GiveUp) => {
                self.arrived_as_deployed()?;
                self.error(format!("Given up by {by}: {message}"))
            }
            (Question::GoOn { .. }, Decision::GiveUp) => {
                self.arrived_as_deployed()?;
                if self.next.deployed_at.is_some() {
                    return self.error(format!("Deployed and well, but {by} did not let it pass"));
                }
                let reached = self.next.reached_percent();
                self.end(D::Cancelled { at: self.now, reason: format!("Stopped by {by} at {reached} %") })
            }
            (question, _) => refuse(format!("`{word}` is no answer to what is asked here ({})", question.word())),
        }
    }

    fn arrived_as_deployed(&mut self) -> Result<(), DeploymentRefusal> {
        if let P::Verifying { since: at, .. } | P::Baking { deployed_at: at, .. } = self.phase()? {
            let at = *at;
            self.arrived(at);
        }
        Ok(())
    }
}
