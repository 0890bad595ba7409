//! What a deployment asks a person, and the answers.

use crate::decode::shown;
use crate::deployments::RunView;
use pilothouse_domain::deployment::{Decision, Deployment, Question};
use pilothouse_domain::{Actor, Timestamp};
use pilothouse_engine::ports::provider::Capabilities;
use pilothouse_engine::usecases::choices::needed_for;
use serde::{Deserialize, Serialize};
use specta::Type;

/// What only a person can decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QuestionView {
    /// Which question.
    pub question: QuestionWord,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do about it.
    pub next_step: String,
    /// The answers that it takes and the provider can carry out.
    pub choices: Vec<DecisionWord>,
    /// The answers that it would take if the provider could carry them out.
    pub unavailable: Vec<UnavailableChoice>,
    /// The runs that could be meant.
    pub candidates: Vec<RunView>,
    /// Who is asked first.
    pub asked_of: String,
    /// True once that person has taken it on.
    pub taken: bool,
    /// Since when.
    pub since: String,
}

/// An answer that the provider can't carry out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UnavailableChoice {
    /// Which answer.
    pub choice: DecisionWord,
    /// Why not, and what serves instead.
    pub why: String,
}

/// The questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum QuestionWord {
    /// A rule doesn't hold any more.
    BlockedAtStart,
    /// The provider said no; nothing was started.
    TriggerRefused,
    /// The answer was lost, and no run is to be seen.
    RunNotFound,
    /// Several runs could be meant.
    RunAmbiguous,
    /// The run failed.
    RunFailed,
    /// The provider hasn't answered for long.
    Unreachable,
    /// The run succeeded, but the service can't be measured.
    CannotVerify,
    /// The phase was found bad.
    PhaseFailed,
    /// The phase is neither good nor bad within its time.
    PhaseUndecided,
    /// The phase could not be measured.
    PhaseErrored,
    /// The phase is well, and a person says whether the next one begins.
    GoOn,
}

/// The answers by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DecisionWord {
    /// Trigger it (again).
    Trigger,
    /// One of the candidates is meant.
    Adopt,
    /// Look again.
    KeepLooking,
    /// Start the pipeline with the earlier version, in place of the provider's own way back.
    Redeploy,
    /// Run again what failed.
    RerunFailed,
    /// Run all of it again.
    RerunAll,
    /// Measure again.
    VerifyAgain,
    /// It works, without a measurement.
    Accept,
    /// Go on without this group.
    LeaveOut,
    /// Begin the next phase.
    GoOn,
    /// Let it end.
    GiveUp,
}

/// A person's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum DecisionDto {
    /// Trigger it (again): the person has made sure that nothing runs.
    Trigger,
    /// This run is meant.
    Adopt {
        /// The provider's id of it.
        external_id: String,
    },
    /// Look again.
    KeepLooking,
    /// Start the pipeline with the earlier version, in place of the provider's own way back.
    Redeploy,
    /// Run again what failed.
    RerunFailed,
    /// Run all of it again.
    RerunAll,
    /// Measure again.
    VerifyAgain,
    /// It works, without a measurement.
    Accept {
        /// Why that is known, never empty.
        reason: String,
    },
    /// Go on without this group: it keeps what it has.
    LeaveOut {
        /// Why, never empty.
        reason: String,
    },
    /// Begin the next phase.
    GoOn,
    /// Let it end.
    GiveUp,
}

/// An answer to a deployment's question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DecideRequest {
    /// The deployment's id.
    pub id: String,
    /// The answer.
    pub decision: DecisionDto,
}

impl From<DecisionDto> for Decision {
    fn from(decision: DecisionDto) -> Self {
        match decision {
            DecisionDto::Trigger => Self::Trigger,
            DecisionDto::Adopt { external_id } => Self::Adopt { external_id },
            DecisionDto::KeepLooking => Self::KeepLooking,
            DecisionDto::Redeploy => Self::Redeploy,
            DecisionDto::RerunFailed => Self::RerunFailed,
            DecisionDto::RerunAll => Self::RerunAll,
            DecisionDto::VerifyAgain => Self::VerifyAgain,
            DecisionDto::Accept { reason } => Self::Accept { reason },
            DecisionDto::LeaveOut { reason } => Self::LeaveOut { reason },
            DecisionDto::GoOn => Self::GoOn,
            DecisionDto::GiveUp => Self::GiveUp,
        }
    }
}

impl DecisionWord {
    /// The answer of this word, as the domain spells it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "trigger" => Self::Trigger,
            "adopt" => Self::Adopt,
            "keep_looking" => Self::KeepLooking,
            "redeploy" => Self::Redeploy,
            "rerun_failed" => Self::RerunFailed,
            "rerun_all" => Self::RerunAll,
            "verify_again" => Self::VerifyAgain,
            "accept" => Self::Accept,
            "leave_out" => Self::LeaveOut,
            "go_on" => Self::GoOn,
            "give_up" => Self::GiveUp,
            _ => return None,
        })
    }
}

impl QuestionView {
    pub(crate) fn new(
        deployment: &Deployment,
        question: &Question,
        (asked_of, taken): (&Actor, bool),
        since: Timestamp,
        capabilities: Option<&Capabilities>,
    ) -> Self {
        let choices = deployment.choices();
        let lacking = |choice: &str| capabilities.zip(needed_for(choice)).filter(|(table, needed)| !table.has(*needed));
        let word_of = |choice: &&str| DecisionWord::from_word(choice);
        let unavailable = choices.iter().filter_map(|choice| {
            let (table, needed) = lacking(choice)?;
            Some(UnavailableChoice { choice: word_of(choice)?, why: table.refusal(needed).message })
        });
        let (word, message, next_step) = said(question);
        let candidates = match question {
            Question::RunAmbiguous { candidates } => candidates.iter().map(RunView::from).collect(),
            _ => Vec::new(),
        };
        Self {
            question: word,
            message,
            next_step,
            choices: choices.iter().filter(|choice| lacking(choice).is_none()).filter_map(word_of).collect(),
            unavailable: unavailable.collect(),
            candidates,
            asked_of: asked_of.to_string(),
            taken,
            since: shown(since),
        }
    }
}

fn said(question: &Question) -> (QuestionWord, String, String) {
    match question {
        Question::BlockedAtStart { reasons } => (
            QuestionWord::BlockedAtStart,
            format!("A rule that held when it was started doesn't hold any more: {}", reasons.join(" ")),
            "Clear what doesn't hold, then trigger it; or give up.".to_owned(),
        ),
        Question::TriggerRefused { message, next_step } => {
            (QuestionWord::TriggerRefused, format!("The provider refused to start the run: {message}"), next_step.clone())
        }
        Question::RunNotFound { cause, .. } => (
            QuestionWord::RunNotFound,
            format!("No run is to be seen, and it is not known whether one was started: {cause}"),
            "Look at the provider whether a run has started. Trigger again only if none has.".to_owned(),
        ),
        Question::RunAmbiguous { candidates } => (
            QuestionWord::RunAmbiguous,
            format!("{} runs could be the one of this deployment", candidates.len()),
            "Look at them at the provider and choose the one that is meant.".to_owned(),
        ),
        Question::RunFailed { message } => (
            QuestionWord::RunFailed,
            format!("The run failed: {message}"),
            "Read the log of the failed job. Where the cause is gone run it again, or trigger a new run; else give up and roll back if needed.".to_owned(),
        ),
        Question::Unreachable { message, .. } => (
            QuestionWord::Unreachable,
            format!("The provider has not answered for long: {message}"),
            "See whether the provider and the network are well, then keep looking.".to_owned(),
        ),
        Question::CannotVerify { message } => (
            QuestionWord::CannotVerify,
            format!("The run succeeded, but it can't be verified: {message}"),
            "Make the service measurable and verify again, or accept it if you know that it works.".to_owned(),
        ),
        Question::PhaseFailed { message, held_back } => (
            QuestionWord::PhaseFailed,
            match held_back {
                Some(why) => format!("The phase is bad: {message}. {why}"),
                None => format!("The phase is bad: {message}"),
            },
            "Measure again where the cause is gone, deploy the phase again, or let it end and roll back.".to_owned(),
        ),
        Question::PhaseUndecided { message } => (
            QuestionWord::PhaseUndecided,
            format!("The phase is neither good nor bad within its time: {message}"),
            "See what is missing, then measure again, let it pass with a reason, or let it end.".to_owned(),
        ),
        Question::PhaseErrored { message } => (
            QuestionWord::PhaseErrored,
            format!("The phase could not be measured: {message}"),
            "Make it measurable and measure again, or let it pass if you know that it is well.".to_owned(),
        ),
        Question::GoOn { message } => {
            (QuestionWord::GoOn, message.clone(), "Look at what was measured, then let the next phase begin.".to_owned())
        }
    }
}
