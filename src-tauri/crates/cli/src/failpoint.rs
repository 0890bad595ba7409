//! Ends the process at a named point, for crash tests: `PILOTHOUSE_FAILPOINT=<point>:<n>` aborts it the `n`-th time (from 1) that
//! it passes the point. Nothing is flushed, nothing is closed, as with SIGKILL. Not set, it costs nothing.
//!
//! The points:
//! - `before_commit`, `after_commit`: each commit of the store; see [`CommitObserver`].
//! - `before_call`, `after_call`: each call to the provider.
//! - `before_<call>`, `after_<call>`: one kind of call: `trigger`, `find_runs`, `run`, `cancel`, `rerun`, `answer_gate`.

use async_trait::async_trait;
use pilothouse_api::ApiError;
use pilothouse_domain::Timestamp;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::connection::{Connection, ProviderKind};
use pilothouse_domain::deployment::{CancelAnswer, Run};
use pilothouse_domain::network::NetworkSettings;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::release::{SourceKind, SourceRef};
use pilothouse_engine::ports::provider::{
    Capabilities, Comparison, ConnectionForm, Gate, GateAnswer, GateOutcome, Hold, HoldTarget, LogPart, NativeRollback,
    NetworkCertificates, NetworkFault, NetworkSecrets, NewRelease, NewTag, PipelineDescription, PipelineSummary, ProviderDeployment,
    ProviderRelease, RecentRuns, Repository, RollbackOutlook, RollbackSearch, RunSearch, Secrets, SourcePage, VerifiedAccount,
};
use pilothouse_engine::ports::{Provider, ProviderError, ProviderRegistry, StoreError};
use pilothouse_host::Seams;
use pilothouse_store::CommitObserver;
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const FAILPOINT_VAR: &str = "PILOTHOUSE_FAILPOINT";

const POINTS: [&str; 22] = [
    "before_commit",
    "after_commit",
    "before_call",
    "after_call",
    "before_trigger",
    "after_trigger",
    "before_find_runs",
    "after_find_runs",
    "before_run",
    "after_run",
    "before_cancel",
    "after_cancel",
    "before_rerun",
    "after_rerun",
    "before_rollback_outlook",
    "after_rollback_outlook",
    "before_roll_back",
    "after_roll_back",
    "before_find_rollbacks",
    "after_find_rollbacks",
    "before_answer_gate",
    "after_answer_gate",
];

/// The seams that the environment asks for; usually none.
pub(crate) fn from_environment() -> Result<Seams, ApiError> {
    match std::env::var(FAILPOINT_VAR) {
        Ok(text) if !text.is_empty() => Ok(seams(parse(&text)?)),
        _ => Ok(Seams::default()),
    }
}

fn parse(text: &str) -> Result<Failpoint, ApiError> {
    let invalid = || {
        let next_step = format!("It is <point>:<n>, with one of: {}.", POINTS.join(", "));
        ApiError::invalid(FAILPOINT_VAR, format!("`{text}` is no point to fail at"), next_step)
    };
    let (point, nth) = text.split_once(':').ok_or_else(invalid)?;
    let nth: u64 = nth.parse().map_err(|_| invalid())?;
    let point = POINTS.into_iter().find(|known| *known == point).filter(|_| nth > 0).ok_or_else(invalid)?;
    Ok(Failpoint { point, left: AtomicU64::new(nth) })
}

fn seams(failpoint: Failpoint) -> Seams {
    let failpoint = Arc::new(failpoint);
    let observer: Arc<dyn CommitObserver> = Arc::clone(&failpoint) as Arc<dyn CommitObserver>;
    Seams { observer: Some(observer), wrap_providers: Some(Box::new(move |inner| Arc::new(FailingRegistry { inner, failpoint }))) }
}

struct Failpoint {
    point: &'static str,
    left: AtomicU64,
}

impl Failpoint {
    fn pass(&self, point: &str) {
        if point == self.point && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }

    fn before(&self, call: &str) {
        self.pass("before_call");
        self.pass(&format!("before_{call}"));
    }

    fn after(&self, call: &str) {
        self.pass("after_call");
        self.pass(&format!("after_{call}"));
    }
}

impl CommitObserver for Failpoint {
    fn before_commit(&self, _n: u64) -> Result<(), StoreError> {
        self.pass("before_commit");
        Ok(())
    }

    fn after_commit(&self, _n: u64) -> Result<(), StoreError> {
        self.pass("after_commit");
        Ok(())
    }
}

struct FailingRegistry {
    inner: Arc<dyn ProviderRegistry>,
    failpoint: Arc<Failpoint>,
}

impl ProviderRegistry for FailingRegistry {
    fn connect_with(&self, connection: &Connection, secrets: Secrets) -> Result<Arc<dyn Provider>, ProviderError> {
        let inner = self.inner.connect_with(connection, secrets)?;
        Ok(Arc::new(FailingProvider { inner, failpoint: Arc::clone(&self.failpoint) }))
    }

    fn capabilities(&self, kind: ProviderKind) -> Capabilities {
        self.inner.capabilities(kind)
    }

    fn form(&self, kind: ProviderKind) -> ConnectionForm {
        self.inner.form(kind)
    }

    fn check_network(&self, network: &NetworkSettings, secrets: &NetworkSecrets) -> Result<(), NetworkFault> {
        self.inner.check_network(network, secrets)
    }

    fn certificates(&self, network: &NetworkSettings) -> NetworkCertificates {
        self.inner.certificates(network)
    }

    fn secret_of(&self, kind: ProviderKind, token: SecretString, session_token: Option<SecretString>) -> SecretString {
        self.inner.secret_of(kind, token, session_token)
    }
}

struct FailingProvider {
    inner: Arc<dyn Provider>,
    failpoint: Arc<Failpoint>,
}

impl FailingProvider {
    async fn around<T>(&self, call: &str, answer: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
        self.failpoint.before(call);
        let answer = answer.await;
        self.failpoint.after(call);
        answer
    }
}

#[async_trait]
impl Provider for FailingProvider {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn page(&self, repository: &str, page: SourcePage<'_>) -> Option<String> {
        self.inner.page(repository, page)
    }

    async fn verify(&self) -> Result<VerifiedAccount, ProviderError> {
        self.around("verify", self.inner.verify()).await
    }

    async fn repositories(&self, query: &str) -> Result<Vec<Repository>, ProviderError> {
        self.around("repositories", self.inner.repositories(query)).await
    }

    async fn repository(&self, repository: &str) -> Result<Repository, ProviderError> {
        self.around("repository", self.inner.repository(repository)).await
    }

    async fn environments(&self, repository: &str) -> Result<Vec<String>, ProviderError> {
        self.around("environments", self.inner.environments(repository)).await
    }

    async fn pipelines(&self, repository: &str) -> Result<Vec<PipelineSummary>, ProviderError> {
        self.around("pipelines", self.inner.pipelines(repository)).await
    }

    async fn describe_pipeline(&self, repository: &str, pipeline: &str, git_ref: &str) -> Result<PipelineDescription, ProviderError> {
        self.around("describe_pipeline", self.inner.describe_pipeline(repository, pipeline, git_ref)).await
    }

    async fn refs(&self, repository: &str) -> Result<Vec<SourceRef>, ProviderError> {
        self.around("refs", self.inner.refs(repository)).await
    }

    async fn commits(&self, repository: &str, git_ref: &str, limit: u8) -> Result<Vec<Commit>, ProviderError> {
        self.around("commits", self.inner.commits(repository, git_ref, limit)).await
    }

    async fn resolve(&self, repository: &str, kind: SourceKind, name: &str) -> Result<SourceRef, ProviderError> {
        self.around("resolve", self.inner.resolve(repository, kind, name)).await
    }

    async fn compare(&self, repository: &str, base: &str, head: &str) -> Result<Comparison, ProviderError> {
        self.around("compare", self.inner.compare(repository, base, head)).await
    }

    async fn trigger(&self, repository: &str, pipeline: &FilledBinding) -> Result<Option<Run>, ProviderError> {
        self.around("trigger", self.inner.trigger(repository, pipeline)).await
    }

    async fn find_runs(&self, repository: &str, search: &RunSearch) -> Result<Vec<Run>, ProviderError> {
        self.around("find_runs", self.inner.find_runs(repository, search)).await
    }

    async fn run(&self, repository: &str, external_id: &str) -> Result<Run, ProviderError> {
        self.around("run", self.inner.run(repository, external_id)).await
    }

    async fn cancel(&self, repository: &str, external_id: &str, force: bool) -> Result<CancelAnswer, ProviderError> {
        self.around("cancel", self.inner.cancel(repository, external_id, force)).await
    }

    async fn rerun(&self, repository: &str, external_id: &str, failed_only: bool) -> Result<(), ProviderError> {
        self.around("rerun", self.inner.rerun(repository, external_id, failed_only)).await
    }

    async fn job_log(&self, repository: &str, job: &str, from: u64) -> Result<Option<LogPart>, ProviderError> {
        self.around("job_log", self.inner.job_log(repository, job, from)).await
    }

    async fn recent_runs(&self, repository: &str, pipeline: &str, since: Timestamp, most: usize) -> Result<RecentRuns, ProviderError> {
        self.around("recent_runs", self.inner.recent_runs(repository, pipeline, since, most)).await
    }

    async fn gates(&self, repository: &str) -> Result<Vec<Gate>, ProviderError> {
        self.around("gates", self.inner.gates(repository)).await
    }

    async fn answer_gate(&self, repository: &str, answer: &GateAnswer) -> Result<GateOutcome, ProviderError> {
        self.around("answer_gate", self.inner.answer_gate(repository, answer)).await
    }

    async fn deployments(&self, repository: &str, environment: &str, limit: u8) -> Result<Vec<ProviderDeployment>, ProviderError> {
        self.around("deployments", self.inner.deployments(repository, environment, limit)).await
    }

    async fn rollback_outlook(&self, repository: &str, rollback: &NativeRollback) -> Result<RollbackOutlook, ProviderError> {
        self.around("rollback_outlook", self.inner.rollback_outlook(repository, rollback)).await
    }

    async fn roll_back(&self, repository: &str, rollback: &NativeRollback) -> Result<Option<Run>, ProviderError> {
        self.around("roll_back", self.inner.roll_back(repository, rollback)).await
    }

    async fn find_rollbacks(&self, repository: &str, search: &RollbackSearch) -> Result<Vec<Run>, ProviderError> {
        self.around("find_rollbacks", self.inner.find_rollbacks(repository, search)).await
    }

    async fn create_tag(&self, repository: &str, tag: &NewTag) -> Result<(), ProviderError> {
        self.around("create_tag", self.inner.create_tag(repository, tag)).await
    }

    async fn create_release(&self, repository: &str, release: &NewRelease) -> Result<ProviderRelease, ProviderError> {
        self.around("create_release", self.inner.create_release(repository, release)).await
    }

    async fn release(&self, repository: &str, tag: &str) -> Result<Option<ProviderRelease>, ProviderError> {
        self.around("release", self.inner.release(repository, tag)).await
    }

    async fn generate_notes(&self, repository: &str, tag: &NewTag, since: Option<&str>) -> Result<String, ProviderError> {
        self.around("generate_notes", self.inner.generate_notes(repository, tag, since)).await
    }

    async fn holds(&self, repository: &str) -> Result<Vec<Hold>, ProviderError> {
        self.around("holds", self.inner.holds(repository)).await
    }

    async fn set_hold(&self, repository: &str, target: &HoldTarget, held: bool, reason: &str) -> Result<(), ProviderError> {
        self.around("set_hold", self.inner.set_hold(repository, target, held, reason)).await
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_point_is_named_with_its_number() {
        let failpoint = parse("before_commit:3").unwrap();
        failpoint.pass("before_commit");
        failpoint.pass("after_commit");
        assert_eq!((failpoint.point, failpoint.left.load(Ordering::SeqCst)), ("before_commit", 2));
        for wrong in ["before_commit", "before_commit:0", "before_lunch:1", "before_commit:x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
