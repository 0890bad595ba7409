//! Jenkins by its remote access API (<https://www.jenkins.io/doc/book/using/remote-access-api/>), and `wfapi` of the plugin Pipeline:
//! REST API where it is installed. Jenkins publishes no description of it: everything is read as tolerantly as can be without
//! guessing.

mod account;
mod answer;
mod artifacts;
mod cancel;
mod capabilities;
mod catalogue;
mod client;
mod crumb;
mod form;
mod gates;
mod holds;
mod logs;
mod memory;
mod page;
mod parameters;
mod place;
mod queue;
mod refusal;
mod rollback;
mod route;
mod run_id;
mod runs;
mod status;
mod trigger;
mod view;
mod wire;

#[cfg(test)]
mod mutated_tests;

pub(crate) use capabilities::JENKINS as CAPABILITIES;
pub(crate) use form::FORM;
pub(crate) use memory::Memory;

use crate::base_url::BaseUrl;
use crate::options::CallOptions;
use async_trait::async_trait;
use client::Client;
use pilothouse_domain::Timestamp;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::deployment::{CancelAnswer, Run};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::release::{SourceKind, SourceRef};
use pilothouse_engine::ports::provider::{
    Artifact, ArtifactFiles, ArtifactLimits, Capabilities, Capability, Comparison, Gate, GateAnswer, GateOutcome, Hold, HoldTarget,
    LogPart, NativeRollback, PipelineDescription, PipelineSummary, Provider, ProviderError, RecentRuns, Repository, RollbackOutlook,
    RollbackSearch, RunSearch, VerifiedAccount, Wanted,
};
use secrecy::SecretString;
use std::sync::Arc;

/// One account at one Jenkins.
pub(crate) struct Jenkins {
    client: Client,
}

impl Jenkins {
    /// A client for a user id with its API token or password. Calls nothing yet.
    pub(crate) fn new(
        base: BaseUrl,
        http: reqwest::Client,
        options: CallOptions,
        user: &str,
        secret: &SecretString,
        memory: Arc<Memory>,
    ) -> Result<Self, ProviderError> {
        Client::new(base, http, options, user, secret, memory).map(|client| Self { client })
    }

    fn lacks<T>(&self, capability: Capability) -> Result<T, ProviderError> {
        Err(self.capabilities().refusal(capability))
    }
}

#[async_trait]
impl Provider for Jenkins {
    fn capabilities(&self) -> Capabilities {
        capabilities::JENKINS
    }

    async fn verify(&self) -> Result<VerifiedAccount, ProviderError> {
        account::verify(&self.client).await
    }

    async fn repositories(&self, query: &str) -> Result<Vec<Repository>, ProviderError> {
        catalogue::repositories(&self.client, query).await
    }

    async fn repository(&self, repository: &str) -> Result<Repository, ProviderError> {
        catalogue::one(&self.client, repository).await
    }

    async fn environments(&self, repository: &str) -> Result<Vec<String>, ProviderError> {
        catalogue::environments(&self.client, repository).await
    }

    async fn pipelines(&self, repository: &str) -> Result<Vec<PipelineSummary>, ProviderError> {
        catalogue::pipelines(&self.client, repository).await
    }

    async fn describe_pipeline(&self, repository: &str, pipeline: &str, git_ref: &str) -> Result<PipelineDescription, ProviderError> {
        catalogue::describe(&self.client, repository, pipeline, git_ref).await
    }

    async fn refs(&self, _repository: &str) -> Result<Vec<SourceRef>, ProviderError> {
        self.lacks(Capability::Source)
    }

    async fn commits(&self, _repository: &str, _git_ref: &str, _limit: u8) -> Result<Vec<Commit>, ProviderError> {
        self.lacks(Capability::Source)
    }

    async fn resolve(&self, _repository: &str, _kind: SourceKind, _name: &str) -> Result<SourceRef, ProviderError> {
        self.lacks(Capability::Source)
    }

    async fn compare(&self, _repository: &str, _base: &str, _head: &str) -> Result<Comparison, ProviderError> {
        self.lacks(Capability::Source)
    }

    async fn trigger(&self, repository: &str, pipeline: &FilledBinding) -> Result<Option<Run>, ProviderError> {
        trigger::trigger(&self.client, repository, pipeline).await
    }

    async fn find_runs(&self, repository: &str, search: &RunSearch) -> Result<Vec<Run>, ProviderError> {
        runs::find_runs(&self.client, repository, search).await
    }

    async fn run(&self, repository: &str, external_id: &str) -> Result<Run, ProviderError> {
        runs::run(&self.client, repository, external_id).await
    }

    async fn cancel(&self, repository: &str, external_id: &str, force: bool) -> Result<CancelAnswer, ProviderError> {
        cancel::cancel(&self.client, repository, external_id, force).await
    }

    async fn rerun(&self, _repository: &str, _external_id: &str, failed_only: bool) -> Result<(), ProviderError> {
        self.lacks(if failed_only { Capability::RerunFailed } else { Capability::Rerun })
    }

    async fn job_log(&self, repository: &str, job: &str, from: u64) -> Result<Option<LogPart>, ProviderError> {
        logs::job_log(&self.client, repository, job, from).await
    }

    async fn artifacts(&self, repository: &str, run: &Run) -> Result<Vec<Artifact>, ProviderError> {
        artifacts::list(&self.client, repository, run).await
    }

    async fn artifact_files(
        &self,
        repository: &str,
        run: &Run,
        artifact: &Artifact,
        wanted: Wanted<'_>,
        limits: &ArtifactLimits,
    ) -> Result<ArtifactFiles, ProviderError> {
        artifacts::files(&self.client, repository, run, artifact, wanted, limits).await
    }

    async fn recent_runs(&self, repository: &str, pipeline: &str, since: Timestamp, most: usize) -> Result<RecentRuns, ProviderError> {
        runs::recent_runs(&self.client, repository, pipeline, since, most).await
    }

    async fn gates(&self, repository: &str) -> Result<Vec<Gate>, ProviderError> {
        gates::gates(&self.client, repository).await
    }

    async fn answer_gate(&self, repository: &str, answer: &GateAnswer) -> Result<GateOutcome, ProviderError> {
        gates::answer(&self.client, repository, answer).await
    }

    async fn rollback_outlook(&self, repository: &str, rollback: &NativeRollback) -> Result<RollbackOutlook, ProviderError> {
        rollback::outlook(&self.client, repository, rollback).await
    }

    async fn roll_back(&self, repository: &str, rollback: &NativeRollback) -> Result<Option<Run>, ProviderError> {
        rollback::roll_back(&self.client, repository, rollback).await
    }

    async fn find_rollbacks(&self, repository: &str, search: &RollbackSearch) -> Result<Vec<Run>, ProviderError> {
        rollback::find(&self.client, repository, search).await
    }

    async fn holds(&self, repository: &str) -> Result<Vec<Hold>, ProviderError> {
        holds::holds(&self.client, repository).await
    }

    async fn set_hold(&self, repository: &str, target: &HoldTarget, held: bool, _reason: &str) -> Result<(), ProviderError> {
        holds::set(&self.client, repository, target, held).await
    }
}
