//! What can go wrong in a use case. Each carries what a person needs to act; hosts turn it into a code, a message and a next
//! step. Must not hold secrets.

use crate::ports::{KeychainError, ProviderError, StoreError};
use pilothouse_domain::checklist::ChecklistRefusal;
use pilothouse_domain::coordinated_release::CoordinatedRunRefusal;
use pilothouse_domain::deployment::DeploymentRefusal;
use pilothouse_domain::gate::GateRefusal;
use pilothouse_domain::policy::Blocker;
use pilothouse_domain::release::ReleaseRefusal;
use pilothouse_domain::review::ReviewRefusal;
use pilothouse_domain::runbook::RunbookRefusal;
use pilothouse_domain::settings::SettingsPart;
use pilothouse_domain::uat::{FeedbackRefusal, RoundRefusal};

/// Why a use case did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The provider said no, or nothing.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The keychain said no.
    #[error(transparent)]
    Keychain(#[from] KeychainError),
    /// Policy refuses it.
    #[error("{}", blocked_message(.0))]
    Blocked(Vec<Blocker>),
    /// The release's state doesn't allow it.
    #[error(transparent)]
    Release(#[from] ReleaseRefusal),
    /// The deployment's state doesn't allow it.
    #[error(transparent)]
    Deployment(#[from] DeploymentRefusal),
    /// The gate's state doesn't allow it.
    #[error(transparent)]
    Gate(#[from] GateRefusal),
    /// The checklist doesn't allow it.
    #[error(transparent)]
    Checklist(#[from] ChecklistRefusal),
    /// The run of a runbook doesn't allow it.
    #[error(transparent)]
    Runbook(#[from] RunbookRefusal),
    /// The coordinated release on its way doesn't allow it.
    #[error(transparent)]
    CoordinatedRun(#[from] CoordinatedRunRefusal),
    /// The round of user acceptance testing doesn't allow it.
    #[error(transparent)]
    Round(#[from] RoundRefusal),
    /// The feedback doesn't allow it.
    #[error(transparent)]
    Feedback(#[from] FeedbackRefusal),
    /// The review doesn't allow it.
    #[error(transparent)]
    Review(#[from] ReviewRefusal),
    /// What was given is wrong.
    #[error("{message}")]
    Invalid {
        /// Which field, where it is one.
        field: &'static str,
        /// What is wrong with it.
        message: String,
        /// What to do instead.
        next_step: String,
    },
    /// A file in the repository sets it.
    #[error("{path} in the repository sets {}", part.words())]
    KeptInFile {
        /// The file.
        path: String,
        /// What it sets.
        part: SettingsPart,
    },
    /// A connection has no secret in this machine's keychain.
    #[error("the keychain of this computer holds no token for {connection}")]
    NoSecret {
        /// The connection's name.
        connection: String,
    },
    /// A connection has a client certificate, and its key isn't in this machine's keychain.
    #[error("the keychain of this computer holds no key for the client certificate of {connection}")]
    NoClientKey {
        /// The connection's name.
        connection: String,
    },
}

fn blocked_message(blockers: &[Blocker]) -> String {
    match blockers {
        [] => "policy refuses it".to_owned(),
        [only] => only.title.clone(),
        [first, rest @ ..] => {
            format!("{}, and {} more {} hold", first.title, rest.len(), if rest.len() == 1 { "rule doesn't" } else { "rules don't" })
        }
    }
}

impl EngineError {
    /// A wrong field.
    pub fn invalid(field: &'static str, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into(), next_step: next_step.into() }
    }
}
