//! What a person's decision does, question by question. A decision that answers another question is refused.

use super::super::{Decision, Verification};
use super::{Actor, D, Effect, P, Question, Step, Stepped, at_once, capitalised, refuse};

impl Step<'_> {
    pub(super) fn decided(&mut self, by: &Actor, decision: Decision) -> Stepped {
        let D::AwaitingDecision { question, .. } = self.next.state.clone() else {
            return refuse("it doesn't wait for a decision: somebody else may have been faster".to_owned());
        };
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

impl Decision {
    /// The decision's word, as on the command line.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Adopt { .. } => "adopt",
            Self::KeepLooking => "keep_looking",
            Self::Redeploy => "redeploy",
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

    /// The answers that it takes, of whichever deployment.
    #[must_use]
    pub const fn choices(&self) -> &'static [&'static str] {
        match self {
            Self::BlockedAtStart { .. } | Self::TriggerRefused { .. } => &["trigger", "give_up"],
            Self::RunNotFound { .. } => &["keep_looking", "trigger", "give_up"],
            Self::RunAmbiguous { .. } => &["adopt", "keep_looking", "trigger", "give_up"],
            Self::RunFailed { .. } => &["rerun_failed", "rerun_all", "trigger", "give_up"],
            Self::Unreachable { .. } => &["keep_looking", "give_up"],
            Self::CannotVerify { .. } => &["verify_again", "accept", "give_up"],
        }
    }
}
