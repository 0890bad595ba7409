//! CI/CD providers behind one trait. Differences between them are data ([`Capabilities`]), not branches in the engine.
//!
//! An implementation must: send a mutating call once and never again by itself; bound every call in time; hand out errors that
//! say whether anything may have been started; never let a secret into a message, a log line or a redirect.

mod artifact;
mod capability;
mod catalogue;
mod certificate;
mod delivery;
mod failure;
mod form;
mod gate;
mod hold;
mod issue;
mod log;
mod publishing;
mod recent;
mod secrets;

pub use artifact::{Artifact, ArtifactFile, ArtifactFiles, ArtifactLimits, Wanted};
pub use capability::{Capabilities, Capability, Support};
pub use catalogue::{
    Comparison, InputKind, InputSpec, PipelineDescription, PipelineSummary, RateLimit, Repository, RunSearch, SourcePage, VerifiedAccount,
};
pub use certificate::{CertificateFault, CertificateRefusal};
pub use delivery::{DeliveryStatus, NativeRollback, ProviderDeployment, RollbackOutlook, RollbackSearch};
pub use failure::{CallOutcome, ProviderError, ProviderErrorKind};
pub use form::{ConnectionField, ConnectionFieldKey, ConnectionForm};
pub use gate::{Gate, GateAnswer, GateKind, GateOutcome, GateVerdict};
pub use hold::{Hold, HoldTarget};
pub use issue::{Issue, IssueChange, IssueComment, IssueSearch, Issues, NewIssue};
pub use log::LogPart;
pub use publishing::{NewRelease, NewTag, ProviderRelease, ReleaseAsset};
pub use recent::RecentRuns;
pub use secrets::{NetworkCertificates, NetworkFault, NetworkSecrets, Secrets};

use async_trait::async_trait;
use pilothouse_domain::Timestamp;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::connection::{Connection, ProviderKind};
use pilothouse_domain::deployment::{CancelAnswer, Run};
use pilothouse_domain::network::NetworkSettings;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::release::{SourceKind, SourceRef};
use secrecy::SecretString;
use std::sync::Arc;

/// Makes clients for connections.
pub trait ProviderRegistry: Send + Sync {
    /// A client for this connection with these secrets. Calls nothing yet.
    ///
    /// # Errors
    /// Where the base URL or the network settings can't be used.
    fn connect_with(&self, connection: &Connection, secrets: Secrets) -> Result<Arc<dyn Provider>, ProviderError>;

    /// The same for a connection that has a token and no other secret.
    ///
    /// # Errors
    /// Where the base URL or the network settings can't be used.
    fn connect(&self, connection: &Connection, token: SecretString) -> Result<Arc<dyn Provider>, ProviderError> {
        self.connect_with(connection, token.into())
    }

    /// Whether these network settings can be used: certificates that are what they should be and good in time, a key that belongs
    /// to its certificate, a proxy of a known kind.
    ///
    /// # Errors
    /// Where one can't; the first of them.
    fn check_network(&self, _network: &NetworkSettings, _secrets: &NetworkSecrets) -> Result<(), NetworkFault> {
        Ok(())
    }

    /// What the certificates in network settings say. Those that can't be read are left out.
    fn certificates(&self, _network: &NetworkSettings) -> NetworkCertificates {
        NetworkCertificates::default()
    }

    /// What is kept in the keychain for these parts of a secret.
    fn secret_of(&self, _kind: ProviderKind, token: SecretString, _session_token: Option<SecretString>) -> SecretString {
        token
    }

    /// What a kind of connection asks for.
    fn form(&self, kind: ProviderKind) -> ConnectionForm;

    /// What a kind of provider can and can't do.
    fn capabilities(&self, kind: ProviderKind) -> Capabilities;
}

/// A client for one account at one provider.
///
/// What this trait calls a repository is whatever holds pipelines at the provider: a GitHub repository, a GitLab project, a Jenkins
/// folder (or the root, written `/`), the pipelines of an AWS region. Where a provider lacks something, [`Provider::capabilities`]
/// says so with the reason, and the call fails as [`ProviderErrorKind::Unsupported`] without anything being sent.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What this provider can and can't do.
    fn capabilities(&self) -> Capabilities;

    /// The budget of calls as the last answer told it; `None` where the provider tells none. Calls nothing.
    fn budget(&self) -> Option<RateLimit> {
        None
    }

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

    /// A file at a commit, as text; at most 128 KiB.
    async fn file(&self, _repository: &str, _commit: &str, _path: &str) -> Result<String, ProviderError> {
        Err(self.capabilities().refusal(Capability::Source))
    }

    /// The address of a page about the source; `None` where the provider keeps no source. Commits are named by their full hash.
    fn page(&self, _repository: &str, _page: SourcePage<'_>) -> Option<String> {
        None
    }

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

    /// The log of a job from `from` on (0 for its beginning, else an earlier [`LogPart::next`]), as far as it can be had; `None` while
    /// there is none.
    async fn job_log(&self, repository: &str, job: &str, from: u64) -> Result<Option<LogPart>, ProviderError>;

    /// What a run that has ended left behind, at most 500. Of a run with several attempts, only what the last one left can be had.
    async fn artifacts(&self, _repository: &str, _run: &Run) -> Result<Vec<Artifact>, ProviderError> {
        Err(self.capabilities().refusal(Capability::Artifacts))
    }

    /// The files of an artifact that are wanted, within the limits. Paths in it are names and lead nowhere.
    async fn artifact_files(
        &self,
        _repository: &str,
        _run: &Run,
        _artifact: &Artifact,
        _wanted: Wanted<'_>,
        _limits: &ArtifactLimits,
    ) -> Result<ArtifactFiles, ProviderError> {
        Err(self.capabilities().refusal(Capability::Artifacts))
    }

    /// The newest `most` runs of a pipeline that began since then, whoever started them.
    async fn recent_runs(&self, _repository: &str, _pipeline: &str, _since: Timestamp, _most: usize) -> Result<RecentRuns, ProviderError> {
        Err(self.capabilities().refusal(Capability::RecentRuns))
    }

    /// Everything in a repository that waits for a person now.
    async fn gates(&self, _repository: &str) -> Result<Vec<Gate>, ProviderError> {
        Err(self.capabilities().refusal(Capability::Gates))
    }

    /// Answers a gate. Sent once.
    async fn answer_gate(&self, _repository: &str, _answer: &GateAnswer) -> Result<GateOutcome, ProviderError> {
        Err(self.capabilities().refusal(Capability::Gates))
    }

    /// The provider's own deployments to an environment, newest first; at most `limit` (1 to 100).
    async fn deployments(&self, _repository: &str, _environment: &str, _limit: u8) -> Result<Vec<ProviderDeployment>, ProviderError> {
        Err(self.capabilities().refusal(Capability::Deployments))
    }

    /// Whether the provider's own way back would be accepted. Changes nothing.
    async fn rollback_outlook(&self, _repository: &str, _rollback: &NativeRollback) -> Result<RollbackOutlook, ProviderError> {
        Err(self.capabilities().refusal(Capability::NativeRollback))
    }

    /// Goes back in the provider's own way. Sent once. `None` where the provider accepts without naming the run.
    async fn roll_back(&self, _repository: &str, _rollback: &NativeRollback) -> Result<Option<Run>, ProviderError> {
        Err(self.capabilities().refusal(Capability::NativeRollback))
    }

    /// Runs that may have come of [`Provider::roll_back`], newest first: what is there now and was not when the mark was taken. Where the
    /// earlier run itself is taken up again, it is that run, once it has another attempt.
    async fn find_rollbacks(&self, _repository: &str, _search: &RollbackSearch) -> Result<Vec<Run>, ProviderError> {
        Err(self.capabilities().refusal(Capability::NativeRollback))
    }

    /// Creates a tag at a commit. Sent once. One that is there already at this very commit is no failure.
    async fn create_tag(&self, _repository: &str, _tag: &NewTag) -> Result<(), ProviderError> {
        Err(self.capabilities().refusal(Capability::CreateTag))
    }

    /// Publishes a release at a tag. Sent once. The tag must be there.
    async fn create_release(&self, _repository: &str, _release: &NewRelease) -> Result<ProviderRelease, ProviderError> {
        Err(self.capabilities().refusal(Capability::Releases))
    }

    /// The release of a tag; `None` where the tag has none.
    async fn release(&self, _repository: &str, _tag: &str) -> Result<Option<ProviderRelease>, ProviderError> {
        Err(self.capabilities().refusal(Capability::Releases))
    }

    /// Notes for a tag, written by the provider from what has changed since an earlier one. Changes nothing there.
    async fn generate_notes(&self, _repository: &str, _tag: &NewTag, _since: Option<&str>) -> Result<String, ProviderError> {
        Err(self.capabilities().refusal(Capability::GeneratedNotes))
    }

    /// What can be held in a repository, and whether it is.
    async fn holds(&self, _repository: &str) -> Result<Vec<Hold>, ProviderError> {
        Err(self.capabilities().refusal(Capability::Hold))
    }

    /// Holds or releases. May be sent again: holding twice is holding once. `reason` is kept where the provider has a place for it.
    async fn set_hold(&self, _repository: &str, _target: &HoldTarget, _held: bool, _reason: &str) -> Result<(), ProviderError> {
        Err(self.capabilities().refusal(Capability::Hold))
    }

    /// Issues of a repository; at most 1,000. What is asked for as a change (a pull request) is none.
    async fn issues(&self, _repository: &str, _search: &IssueSearch) -> Result<Issues, ProviderError> {
        Err(self.capabilities().refusal(Capability::Issues))
    }

    /// An issue by its number.
    async fn issue(&self, _repository: &str, _number: u64) -> Result<Issue, ProviderError> {
        Err(self.capabilities().refusal(Capability::Issues))
    }

    /// Writes an issue. Sent once.
    async fn create_issue(&self, _repository: &str, _issue: &NewIssue) -> Result<Issue, ProviderError> {
        Err(self.capabilities().refusal(Capability::Issues))
    }

    /// Comments on an issue that changed at this moment or later, by the provider's clock; at most 1,000.
    async fn issue_comments(&self, _repository: &str, _number: u64, _since: Timestamp) -> Result<Vec<IssueComment>, ProviderError> {
        Err(self.capabilities().refusal(Capability::Issues))
    }

    /// Comments on an issue; Markdown. Sent once.
    async fn comment_on_issue(&self, _repository: &str, _number: u64, _body: &str) -> Result<(), ProviderError> {
        Err(self.capabilities().refusal(Capability::Issues))
    }

    /// Labels or closes an issue. May be sent again.
    async fn change_issue(&self, _repository: &str, _number: u64, _change: &IssueChange) -> Result<(), ProviderError> {
        Err(self.capabilities().refusal(Capability::Issues))
    }
}
