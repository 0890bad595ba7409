//! Going back in the provider's own way: instead of starting a pipeline, the run that had deployed what is wanted back is taken up
//! again at the provider. Here is what must be known of it on disk; how it is carried out is the machine's and the adapters' part.

use super::{Deployment, DeploymentState, Phase, Question};
use serde::{Deserialize, Serialize};

/// The provider's own way back, as a rollback takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeWay {
    /// What the provider calls the environment or stage.
    pub environment: String,
    /// The run that had deployed what is wanted back.
    pub target_run: String,
    /// What will happen, or has happened, in words; empty until the provider was asked.
    pub how: String,
    /// How things stood at the provider right before it was asked to go back, in its adapter's words: what came of it is told apart
    /// from what was there by this. Empty before the intent.
    pub mark: String,
    /// The mark of the first time that it was asked; whatever is new since may be this deployment's. Empty before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_mark: String,
}

impl Deployment {
    /// The provider's own ways that it has asked for, also one that was given up for the pipeline.
    pub fn native_asked(&self) -> impl Iterator<Item = &NativeWay> {
        [&self.native, &self.native_given_up].into_iter().flatten().filter(|way| !way.first_mark.is_empty())
    }

    /// The answers that are taken now; none where nothing is asked. Whether the provider can do what they want is not told here.
    #[must_use]
    pub fn choices(&self) -> Vec<&'static str> {
        let DeploymentState::AwaitingDecision { question, .. } = &self.state else { return Vec::new() };
        let mut choices = question.choices().to_vec();
        choices.retain(|choice| self.takes(question, choice));
        if self.native.is_some() && question.takes_redeploy() {
            // Before the last one, which lets it end.
            choices.insert(choices.len().saturating_sub(1), "redeploy");
        }
        choices
    }
}

impl Deployment {
    /// What the phase allows of the answers to a question about it.
    fn takes(&self, question: &Question, choice: &str) -> bool {
        let Some(phase) = self.current_phase() else { return true };
        match (question, choice) {
            (Question::PhaseFailed { .. }, "accept") => !phase.rules.required,
            (_, "leave_out") => self.may_leave_out(phase),
            _ => true,
        }
    }

    /// Whether the deployment may go on without the group of this phase.
    pub(super) fn may_leave_out(&self, phase: &Phase) -> bool {
        !phase.rules.required && phase.rules.target.is_some() && self.phases.last().is_some_and(|last| last.id != phase.id)
    }
}

impl Question {
    /// Whether a rollback that goes the provider's own way may be turned into a start of the pipeline by the answer.
    pub(super) const fn takes_redeploy(&self) -> bool {
        match self {
            Self::TriggerRefused { .. } | Self::RunNotFound { .. } | Self::RunAmbiguous { .. } | Self::RunFailed { .. } => true,
            Self::BlockedAtStart { .. }
            | Self::Unreachable { .. }
            | Self::CannotVerify { .. }
            | Self::PhaseFailed { .. }
            | Self::PhaseUndecided { .. }
            | Self::PhaseErrored { .. }
            | Self::GoOn { .. } => false,
        }
    }
}
