//! AWS CodePipeline (<https://docs.aws.amazon.com/codepipeline/latest/APIReference/>, version 2015-07-09), one account in one region.
//!
//! The SDK carries the calls, through the HTTP client of all adapters (see [`wire`]); its repeating is off (see [`client`]). A
//! repository is a region, a pipeline a pipeline, an environment a stage, a job an action.

mod account;
mod capabilities;
mod client;
mod control;
mod deployments;
mod facts;
mod form;
mod gates;
mod holds;
mod keys;
mod memory;
#[cfg(test)]
mod mutated_tests;
mod names;
mod pipelines;
mod profile;
mod refusal;
mod rollback;
mod runs;
mod search;
mod status;
mod structure;
mod sts;
mod trigger;
mod wire;

pub(crate) use capabilities::CODEPIPELINE as CAPABILITIES;
pub(crate) use form::FORM;
pub(crate) use keys::temporary;
pub(crate) use memory::Memory;
pub(crate) use profile::with_profile;

use crate::base_url::BaseUrl;
use crate::failure::invalid;
use crate::options::CallOptions;
use async_trait::async_trait;
use capabilities::CODEPIPELINE;
use client::Client;
use pilothouse_domain::Timestamp;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::connection::{Connection, ConnectionSettings};
use pilothouse_domain::deployment::{CancelAnswer, Run};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::release::{SourceKind, SourceRef};
use pilothouse_engine::ports::provider::{
    Capabilities, Capability, Comparison, Gate, GateAnswer, GateOutcome, Hold, HoldTarget, LogPart, NativeRollback, PipelineDescription,
    PipelineSummary, Provider, ProviderDeployment, ProviderError, RecentRuns, Repository, RollbackOutlook, RollbackSearch, RunSearch,
    VerifiedAccount,
};
use secrecy::SecretString;
use std::sync::Arc;

/// The address of a connection: where none is given, that of the service in its region.
pub(crate) fn base_url(connection: &Connection) -> Result<BaseUrl, ProviderError> {
    let given = connection.base_url.trim();
    if !given.is_empty() {
        return BaseUrl::parse(given);
    }
    let region = connection.settings.region.as_deref().and_then(names::Region::parse);
    let region =
        region.ok_or_else(|| invalid("The connection names no region.", "Enter the region of the pipelines, such as eu-central-1."))?;
    BaseUrl::parse(&format!("https://codepipeline.{}.{}", region.name(), region.domain()))
}

/// All that tells one memory from another, beside the secret.
pub(crate) fn account_of(connection: &Connection, link: u64) -> String {
    let ConnectionSettings { user, region, role, profile, network: _ } = &connection.settings;
    format!("{}\n{user:?}\n{region:?}\n{role:?}\n{profile:?}\n{link}", connection.base_url)
}

/// One AWS account in one region.
pub(crate) struct CodePipeline {
    client: Client,
}

impl CodePipeline {
    /// A client. Calls nothing yet.
    pub(crate) fn new(
        base: BaseUrl,
        http: reqwest::Client,
        options: CallOptions,
        settings: &ConnectionSettings,
        secret: &SecretString,
        memory: Arc<Memory>,
    ) -> Result<Self, ProviderError> {
        Client::new(base, http, options, settings, secret, memory).map(|client| Self { client })
    }
}

#[async_trait]
impl Provider for CodePipeline {
    fn capabilities(&self) -> Capabilities {
        CODEPIPELINE
    }

    async fn verify(&self) -> Result<VerifiedAccount, ProviderError> {
        account::verify(&self.client).await
    }

    async fn repositories(&self, query: &str) -> Result<Vec<Repository>, ProviderError> {
        pipelines::search(&self.client, query).await
    }

    async fn repository(&self, repository: &str) -> Result<Repository, ProviderError> {
        self.client.check(repository)?;
        pipelines::one(&self.client).await
    }

    async fn environments(&self, repository: &str) -> Result<Vec<String>, ProviderError> {
        self.client.check(repository)?;
        pipelines::environments(&self.client).await
    }

    async fn pipelines(&self, repository: &str) -> Result<Vec<PipelineSummary>, ProviderError> {
        self.client.check(repository)?;
        pipelines::list(&self.client).await
    }

    async fn describe_pipeline(&self, repository: &str, pipeline: &str, _git_ref: &str) -> Result<PipelineDescription, ProviderError> {
        self.client.check(repository)?;
        pipelines::describe(&self.client, pipeline).await
    }

    async fn refs(&self, _repository: &str) -> Result<Vec<SourceRef>, ProviderError> {
        Err(CODEPIPELINE.refusal(Capability::Source))
    }

    async fn commits(&self, _repository: &str, _git_ref: &str, _limit: u8) -> Result<Vec<Commit>, ProviderError> {
        Err(CODEPIPELINE.refusal(Capability::Source))
    }

    async fn resolve(&self, _repository: &str, _kind: SourceKind, _name: &str) -> Result<SourceRef, ProviderError> {
        Err(CODEPIPELINE.refusal(Capability::Source))
    }

    async fn compare(&self, _repository: &str, _base: &str, _head: &str) -> Result<Comparison, ProviderError> {
        Err(CODEPIPELINE.refusal(Capability::Source))
    }

    async fn trigger(&self, repository: &str, pipeline: &FilledBinding) -> Result<Option<Run>, ProviderError> {
        self.client.check(repository)?;
        trigger::trigger(&self.client, pipeline).await
    }

    async fn find_runs(&self, repository: &str, search: &RunSearch) -> Result<Vec<Run>, ProviderError> {
        self.client.check(repository)?;
        search::find_runs(&self.client, search).await
    }

    async fn run(&self, repository: &str, external_id: &str) -> Result<Run, ProviderError> {
        self.client.check(repository)?;
        runs::run(&self.client, external_id).await
    }

    async fn cancel(&self, repository: &str, external_id: &str, force: bool) -> Result<CancelAnswer, ProviderError> {
        self.client.check(repository)?;
        control::cancel(&self.client, external_id, force).await
    }

    async fn rerun(&self, repository: &str, external_id: &str, failed_only: bool) -> Result<(), ProviderError> {
        self.client.check(repository)?;
        control::rerun(&self.client, external_id, failed_only).await
    }

    async fn job_log(&self, repository: &str, job: &str, from: u64) -> Result<Option<LogPart>, ProviderError> {
        self.client.check(repository)?;
        runs::job_log(&self.client, job, from).await
    }

    async fn recent_runs(&self, repository: &str, pipeline: &str, since: Timestamp, most: usize) -> Result<RecentRuns, ProviderError> {
        self.client.check(repository)?;
        search::recent(&self.client, pipeline, since, most).await
    }

    async fn gates(&self, repository: &str) -> Result<Vec<Gate>, ProviderError> {
        self.client.check(repository)?;
        gates::list(&self.client).await
    }

    async fn answer_gate(&self, repository: &str, answer: &GateAnswer) -> Result<GateOutcome, ProviderError> {
        self.client.check(repository)?;
        gates::answer(&self.client, answer).await
    }

    async fn deployments(&self, repository: &str, environment: &str, limit: u8) -> Result<Vec<ProviderDeployment>, ProviderError> {
        self.client.check(repository)?;
        deployments::list(&self.client, environment, limit).await
    }

    async fn rollback_outlook(&self, repository: &str, rollback: &NativeRollback) -> Result<RollbackOutlook, ProviderError> {
        self.client.check(repository)?;
        rollback::outlook(&self.client, rollback).await
    }

    async fn roll_back(&self, repository: &str, rollback: &NativeRollback) -> Result<Option<Run>, ProviderError> {
        self.client.check(repository)?;
        rollback::roll_back(&self.client, rollback).await
    }

    async fn find_rollbacks(&self, repository: &str, search: &RollbackSearch) -> Result<Vec<Run>, ProviderError> {
        self.client.check(repository)?;
        rollback::find(&self.client, search).await
    }

    async fn holds(&self, repository: &str) -> Result<Vec<Hold>, ProviderError> {
        self.client.check(repository)?;
        holds::list(&self.client).await
    }

    async fn set_hold(&self, repository: &str, target: &HoldTarget, held: bool, reason: &str) -> Result<(), ProviderError> {
        self.client.check(repository)?;
        holds::set(&self.client, target, held, reason).await
    }
}
