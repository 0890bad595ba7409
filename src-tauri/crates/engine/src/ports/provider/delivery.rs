//! What a provider itself knows about deployments, and its own way back.

use pilothouse_domain::Timestamp;

/// A deployment as the provider keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderDeployment {
    /// Its id there.
    pub external_id: String,
    /// The environment or stage.
    pub environment: String,
    /// What was deployed: a tag or branch; empty where the provider doesn't tell.
    pub git_ref: String,
    /// Its commit, where the provider tells.
    pub commit: Option<String>,
    /// The run that did it, where the provider tells.
    pub run: Option<String>,
    /// How it went.
    pub status: DeliveryStatus,
    /// Who started it, where the provider tells.
    pub by: Option<String>,
    /// When it came to this status, where the provider tells.
    pub at: Option<Timestamp>,
    /// Its page at the provider; empty where it has none.
    pub url: String,
}

/// How a provider's deployment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// Not begun, or waiting for a person.
    Pending,
    /// Under way.
    InProgress,
    /// What the environment runs, as far as the provider knows.
    Live,
    /// Went well, and was replaced by a later one.
    Replaced,
    /// Went wrong, or was stopped.
    Failed,
    /// A word that we don't know.
    Unknown {
        /// The provider's word.
        word: String,
    },
}

/// The provider's own way back to what an earlier run deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeRollback {
    /// The pipeline.
    pub pipeline: String,
    /// The environment or stage.
    pub environment: String,
    /// The run that had deployed what is wanted back.
    pub target_run: String,
}

/// Whether the provider's own way back is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RollbackOutlook {
    /// As far as can be known beforehand.
    Open {
        /// What will happen, in words: "job deploy-production of pipeline 12 runs again".
        how: String,
        /// How things stand now, in words of the adapter's own: by this what comes of going back is told apart from what was there.
        mark: String,
    },
    /// Something is under way that has to end first.
    NotYet {
        /// What.
        why: String,
    },
    /// It would be refused.
    Closed {
        /// Why.
        why: String,
    },
}

/// How to look for what came of going back in the provider's own way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackSearch {
    /// What was asked for.
    pub rollback: NativeRollback,
    /// The mark of the outlook right before it was asked for.
    pub mark: String,
    /// When the intent was written.
    pub since: Timestamp,
}
