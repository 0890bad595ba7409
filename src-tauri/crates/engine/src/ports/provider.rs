//! CI/CD providers behind one trait. Differences between them are data ([`Capabilities`]), not branches in the engine.
//!
//! An implementation must: send a mutating call once and never again by itself; bound every call in time; hand out errors that
//! say whether anything may have been started; never let a secret into a message, a log line or a redirect.

use async_trait::async_trait;
use pilothouse_domain::Timestamp;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::connection::{Account, Connection, ProviderKind};
use pilothouse_domain::deployment::{CancelAnswer, Run};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::release::{SourceKind, SourceRef};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

/// Makes clients for connections.
pub trait ProviderRegistry: Send + Sync {
    /// A client for this connection with this secret. Calls nothing yet.
    ///
    /// # Errors
    /// Where the base URL can't be used.
    fn connect(&self, connection: &Connection, secret: SecretString) -> Result<Arc<dyn Provider>, ProviderError>;

    /// The base URL that a kind has where nothing else is said.
    fn default_base_url(&self, kind: ProviderKind) -> &'static str;
}

/// A client for one account at one provider.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What this provider can and can't do.
    fn capabilities(&self) -> Capabilities;

    /// Who we are, what we may do, and what is missing.
    async fn verify(&self) -> Result<VerifiedAccount, ProviderError>;

    /// Repositories that the account can see and whose name contains `query`; at most 100, last used first.
    async fn repositories(&self, query: &str) -> Result<Vec<Repository>, ProviderError>;

    /// One repository by its full name.
    async fn repository(&self, repository: &str) -> Result<Repository, ProviderError>;

    /// Names of the environments that the provider knows for a repository.
    async fn environments(&self, repository: &str) -> Result<Vec<String>, ProviderError>;

    /// The pipelines of a repository.
    async fn pipelines(&self, repository: &str) -> Result<Vec<PipelineSummary>, ProviderError>;

    /// A pipeline's inputs, as they are at a ref.
    async fn describe_pipeline(&self, repository: &str, pipeline: &str, git_ref: &str) -> Result<PipelineDescription, ProviderError>;

    /// Tags and branches, newest first where the provider tells; at most 200 of each.
    async fn refs(&self, repository: &str) -> Result<Vec<SourceRef>, ProviderError>;

    /// The newest commits at a ref; at most `limit` (1 to 100).
    async fn commits(&self, repository: &str, git_ref: &str, limit: u8) -> Result<Vec<Commit>, ProviderError>;

    /// What a name points at.
    async fn resolve(&self, repository: &str, kind: SourceKind, name: &str) -> Result<SourceRef, ProviderError>;

    /// The commits that `head` has and `base` hasn't, newest first; at most 1,000.
    async fn compare(&self, repository: &str, base: &str, head: &str) -> Result<Comparison, ProviderError>;

    /// Starts a run. Sent once. `None` where the provider accepts without naming the run.
    async fn trigger(&self, repository: &str, pipeline: &FilledBinding) -> Result<Option<Run>, ProviderError>;

    /// Runs that may have come of a trigger. Without jobs.
    async fn find_runs(&self, repository: &str, search: &RunSearch) -> Result<Vec<Run>, ProviderError>;

    /// A run with the jobs of its last attempt.
    async fn run(&self, repository: &str, external_id: &str) -> Result<Run, ProviderError>;

    /// Asks to stop a run. May be sent again: stopping twice is stopping once.
    async fn cancel(&self, repository: &str, external_id: &str, force: bool) -> Result<CancelAnswer, ProviderError>;

    /// Asks for another attempt of a run. Sent once.
    async fn rerun(&self, repository: &str, external_id: &str, failed_only: bool) -> Result<(), ProviderError>;

    /// The log of a job as far as it can be had; `None` while there is none.
    async fn job_log(&self, repository: &str, job: &str) -> Result<Option<String>, ProviderError>;
}

/// What a provider can and can't do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// A trigger answers with the run's id.
    pub names_run: bool,
    /// Logs can be had while a job runs.
    pub live_logs: bool,
    /// A run can be stopped without waiting for clean-up.
    pub force_cancel: bool,
    /// A run's failed jobs alone can be run again.
    pub rerun_failed: bool,
}

/// The account behind a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAccount {
    /// Who we are.
    pub account: Account,
    /// What is missing for what Pilothouse does, in the provider's words; empty where nothing is.
    pub missing: Vec<String>,
    /// How many calls are left, where the provider counts them.
    pub rate_limit: Option<RateLimit>,
}

/// A budget of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Calls in a period.
    pub limit: u32,
    /// Calls left in this one.
    pub remaining: u32,
    /// When the next one begins.
    pub resets_at: Timestamp,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// `owner/name`.
    pub full_name: String,
    /// Its default branch.
    pub default_branch: String,
    /// What it is, in its owner's words.
    pub description: String,
    /// Whether we may start pipelines there, where the provider tells.
    pub can_write: Option<bool>,
}

/// A pipeline in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineSummary {
    /// What [`PipelineBinding::pipeline`](pilothouse_domain::pipeline::PipelineBinding) holds: `deploy.yml`.
    pub pipeline: String,
    /// What people call it.
    pub title: String,
    /// False where it is switched off at the provider.
    pub is_active: bool,
}

/// What a pipeline takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineDescription {
    /// Why it can't be started by hand; `None` where it can.
    pub obstacle: Option<String>,
    /// Its inputs, in its order.
    pub inputs: Vec<InputSpec>,
}

/// An input of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputSpec {
    /// Its name.
    pub name: String,
    /// What it is for, in its author's words.
    pub description: String,
    /// What may be given.
    pub kind: InputKind,
    /// Whether it must be given.
    pub required: bool,
    /// What it is where nothing is given.
    pub default: Option<String>,
    /// True where a run shows this input's value in its title, so that it can be found by it.
    pub shown_in_title: bool,
}

/// What may be given for an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Any text.
    Text,
    /// One of these.
    Choice(Vec<String>),
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// The name of an environment at the provider.
    Environment,
}

/// The difference between two refs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What the head has and the base hasn't, newest first.
    pub commits: Vec<Commit>,
    /// How many there are; more than `commits` holds where there are too many.
    pub ahead: u32,
    /// How many the base has and the head hasn't.
    pub behind: u32,
}

/// How to look for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSearch {
    /// The pipeline.
    pub pipeline: String,
    /// The ref at which it was started.
    pub git_ref: String,
    /// The correlation token. A run whose title shows it is ours.
    pub correlation: String,
    /// True where the pipeline was given the token: only such a run counts. Otherwise any run of the pipeline at the ref, by
    /// our account, in the window counts.
    pub is_correlated: bool,
    /// When the intent was written.
    pub since: Timestamp,
}

/// Why a call to a provider failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProviderError {
    /// Which kind of failure.
    pub kind: ProviderErrorKind,
    /// What happened: "GitHub refuses the token".
    pub message: String,
    /// What a person can do about it.
    pub next_step: String,
}

/// Kinds of failure; each has its own reaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderErrorKind {
    /// The token is wrong, expired or revoked.
    Unauthorized,
    /// The token may not do this.
    Forbidden,
    /// It isn't there, or we may not see it.
    NotFound,
    /// The request is wrong: an unknown ref, a missing input.
    Invalid,
    /// It is in a state that doesn't allow this.
    Conflict,
    /// Too many calls.
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The provider is down: it answered with a 5xx. A mutating call may have had its effect.
    Unavailable,
    /// The call was sent, and no answer came. A mutating call may have had its effect.
    NoAnswer,
    /// The call was provably never sent: no route, no name, connection refused, no TLS.
    NotReached,
    /// An answer that we can't read. A mutating call may have had its effect.
    Unexpected,
}

/// What is known about the effect of a mutating call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// It had none, and will have none if asked again.
    Refused,
    /// It had none, and may be asked again later.
    NotStarted,
    /// It may have had its effect.
    Unknown,
}

impl ProviderError {
    /// What is known about the effect of a mutating call that failed with this.
    #[must_use]
    pub const fn outcome(&self) -> CallOutcome {
        match self.kind {
            ProviderErrorKind::Unauthorized
            | ProviderErrorKind::Forbidden
            | ProviderErrorKind::NotFound
            | ProviderErrorKind::Invalid
            | ProviderErrorKind::Conflict => CallOutcome::Refused,
            ProviderErrorKind::RateLimited { .. } | ProviderErrorKind::NotReached => CallOutcome::NotStarted,
            ProviderErrorKind::Unavailable | ProviderErrorKind::NoAnswer | ProviderErrorKind::Unexpected => CallOutcome::Unknown,
        }
    }

    /// How long to wait before asking again, where the provider says.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            ProviderErrorKind::RateLimited { retry_after } => Some(retry_after),
            _ => None,
        }
    }
}
