//! GitHub Actions, on github.com (<https://docs.github.com/en/rest>, API version 2026-03-10 or, where a server doesn't know that, 2022-11-28) or an Enterprise Server.
//!
//! octocrab carries the requests; its models and its repeating are not used (see [`service`] and [`wire`]).

mod account;
mod api_version;
mod artifacts;
mod capabilities;
mod client;
mod commits;
mod deployments;
mod form;
mod gates;
mod holds;
mod issues;
mod logs;
mod memory;
mod pages;
mod pipelines;
mod publishing;
mod refs;
mod refusal;
mod repositories;
mod rollback;
mod route;
mod runs;
mod service;
mod status;
mod trigger;
mod wire;
mod wire_delivery;
mod workflow_file;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod mutated_tests;

pub(crate) use capabilities::GITHUB as CAPABILITIES;
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
    Artifact, ArtifactFiles, ArtifactLimits, Capabilities, Comparison, Gate, GateAnswer, GateOutcome, Hold, HoldTarget, Issue, IssueChange,
    IssueComment, IssueSearch, Issues, LogPart, NativeRollback, NewIssue, NewRelease, NewTag, PipelineDescription, PipelineSummary,
    Provider, ProviderDeployment, ProviderError, ProviderRelease, RateLimit, RecentRuns, Repository, RollbackOutlook, RollbackSearch,
    RunSearch, SourcePage, VerifiedAccount, Wanted,
};
use secrecy::SecretString;
use std::sync::Arc;

/// One account at one GitHub.
pub(crate) struct GitHub {
    client: Client,
}

impl GitHub {
    /// A client. Calls nothing yet.
    pub(crate) fn new(
        base: BaseUrl,
        http: reqwest::Client,
        options: CallOptions,
        secret: SecretString,
        memory: Arc<Memory>,
    ) -> Result<Self, ProviderError> {
        Client::new(base, http, options, secret, memory).map(|client| Self { client })
    }
}

#[async_trait]
impl Provider for GitHub {
    fn capabilities(&self) -> Capabilities {
        capabilities::GITHUB
    }

    fn budget(&self) -> Option<RateLimit> {
        self.client.memory.rate_limit()
    }

    async fn verify(&self) -> Result<VerifiedAccount, ProviderError> {
        account::verify(&self.client).await
    }

    async fn repositories(&self, query: &str) -> Result<Vec<Repository>, ProviderError> {
        repositories::search(&self.client, query).await
    }

    async fn repository(&self, repository: &str) -> Result<Repository, ProviderError> {
        repositories::one(&self.client, repository).await
    }

    async fn environments(&self, repository: &str) -> Result<Vec<String>, ProviderError> {
        repositories::environments(&self.client, repository).await
    }

    async fn pipelines(&self, repository: &str) -> Result<Vec<PipelineSummary>, ProviderError> {
        pipelines::list(&self.client, repository).await
    }

    async fn describe_pipeline(&self, repository: &str, pipeline: &str, git_ref: &str) -> Result<PipelineDescription, ProviderError> {
        pipelines::describe(&self.client, repository, pipeline, git_ref).await
    }

    async fn refs(&self, repository: &str) -> Result<Vec<SourceRef>, ProviderError> {
        refs::list(&self.client, repository).await
    }

    async fn commits(&self, repository: &str, git_ref: &str, limit: u8) -> Result<Vec<Commit>, ProviderError> {
        commits::newest(&self.client, repository, git_ref, limit).await
    }

    async fn resolve(&self, repository: &str, kind: SourceKind, name: &str) -> Result<SourceRef, ProviderError> {
        refs::resolve(&self.client, repository, kind, name).await
    }

    fn page(&self, repository: &str, page: SourcePage<'_>) -> Option<String> {
        Some(pages::address(&self.client.base.join(""), repository, page))
    }

    async fn compare(&self, repository: &str, base: &str, head: &str) -> Result<Comparison, ProviderError> {
        commits::compare(&self.client, repository, base, head).await
    }

    async fn file(&self, repository: &str, commit: &str, path: &str) -> Result<String, ProviderError> {
        pipelines::file(&self.client, repository, commit, path).await
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
        runs::cancel(&self.client, repository, external_id, force).await
    }

    async fn rerun(&self, repository: &str, external_id: &str, failed_only: bool) -> Result<(), ProviderError> {
        runs::rerun(&self.client, repository, external_id, failed_only).await
    }

    async fn job_log(&self, repository: &str, job: &str, from: u64) -> Result<Option<LogPart>, ProviderError> {
        // GitHub hands a log out when its job has ended, and then whole.
        let whole = logs::job_log(&self.client, repository, job).await?;
        Ok(whole.map(|text| LogPart::of_whole(text, from, true)))
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
        runs::recent(&self.client, repository, pipeline, since, most).await
    }

    async fn gates(&self, repository: &str) -> Result<Vec<Gate>, ProviderError> {
        gates::list(&self.client, repository).await
    }

    async fn answer_gate(&self, repository: &str, answer: &GateAnswer) -> Result<GateOutcome, ProviderError> {
        gates::answer(&self.client, repository, answer).await
    }

    async fn deployments(&self, repository: &str, environment: &str, limit: u8) -> Result<Vec<ProviderDeployment>, ProviderError> {
        deployments::list(&self.client, repository, environment, limit).await
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

    async fn create_tag(&self, repository: &str, tag: &NewTag) -> Result<(), ProviderError> {
        publishing::create_tag(&self.client, repository, tag).await
    }

    async fn create_release(&self, repository: &str, release: &NewRelease) -> Result<ProviderRelease, ProviderError> {
        publishing::create_release(&self.client, repository, release).await
    }

    async fn release(&self, repository: &str, tag: &str) -> Result<Option<ProviderRelease>, ProviderError> {
        publishing::release(&self.client, repository, tag).await
    }

    async fn generate_notes(&self, repository: &str, tag: &NewTag, since: Option<&str>) -> Result<String, ProviderError> {
        publishing::notes(&self.client, repository, tag, since).await
    }

    async fn holds(&self, repository: &str) -> Result<Vec<Hold>, ProviderError> {
        holds::list(&self.client, repository).await
    }

    /// GitHub has no place for a reason.
    async fn set_hold(&self, repository: &str, target: &HoldTarget, held: bool, _reason: &str) -> Result<(), ProviderError> {
        holds::set(&self.client, repository, target, held).await
    }

    async fn issues(&self, repository: &str, search: &IssueSearch) -> Result<Issues, ProviderError> {
        issues::list(&self.client, repository, search).await
    }

    async fn issue(&self, repository: &str, number: u64) -> Result<Issue, ProviderError> {
        issues::one(&self.client, repository, number).await
    }

    async fn create_issue(&self, repository: &str, issue: &NewIssue) -> Result<Issue, ProviderError> {
        issues::create(&self.client, repository, issue).await
    }

    async fn issue_comments(&self, repository: &str, number: u64, since: Timestamp) -> Result<Vec<IssueComment>, ProviderError> {
        issues::comments(&self.client, repository, number, since).await
    }

    async fn comment_on_issue(&self, repository: &str, number: u64, body: &str) -> Result<(), ProviderError> {
        issues::comment(&self.client, repository, number, body).await
    }

    async fn change_issue(&self, repository: &str, number: u64, change: &IssueChange) -> Result<(), ProviderError> {
        issues::change(&self.client, repository, number, change).await
    }
}
