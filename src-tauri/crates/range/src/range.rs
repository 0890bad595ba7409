//! A running range: how it is started, asked, and ended.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::actions::{self, RunView};
use crate::codepipeline::{self, AwsKeys, ExecutionView, Pipelines};
use crate::error::RangeError;
use crate::faults::{FaultTable, Faults};
use crate::fleet::{EnvironmentView, Fleet};
use crate::gitlab::{self, Gitlab, PipelineView};
use crate::issues::IssueView;
use crate::jenkins::{self, JenkinsAccounts, JenkinsRunView};
use crate::limits::Limits;
use crate::lock::lock;
use crate::log_store::{self, LogStore};
use crate::options::RangeOptions;
use crate::releases::Release;
use crate::repository::{Push, Repository};
use crate::serve::{self, Life};
use crate::site::{Site, Urls};
use crate::stats::{RequestRecord, Stats, StatsSnapshot};
use crate::tokens::Tokens;
use crate::{control, github, people};

/// How long [`Range::shutdown`] waits for what is under way.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// A practice range that runs in this process until it is shut down or dropped. Many can run side by side.
#[derive(Debug)]
pub struct Range {
    site: Arc<Site>,
    /// Holds the repository; removed with the range.
    _folder: TempDir,
}

/// Where everything of a range is: the one line that the binary prints with `--json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RangeSummary {
    /// Base URL for a client, with Enterprise Server's prefix `/api/v3`.
    pub github_url: String,
    /// Base URL of GitLab's API, with `/api/v4`; the same repository under the same path.
    pub gitlab_url: String,
    /// The token that may do everything at GitLab.
    pub gitlab_token: String,
    /// `owner/name`.
    pub repository: String,
    /// Folder of the real Git repository.
    pub repository_path: PathBuf,
    /// The control page and API.
    pub control_url: String,
    /// The token that may do everything.
    pub token: String,
    /// All practice tokens.
    pub tokens: Tokens,
    /// Base URL of Jenkins, with its context path.
    pub jenkins_url: String,
    /// The user id that may do everything there.
    pub jenkins_user: String,
    /// Its API token.
    pub jenkins_token: String,
    /// Endpoint of CodePipeline, and of AWS's token service.
    pub codepipeline_url: String,
    /// The region that it plays; signatures must name it.
    pub aws_region: String,
    /// Its keys: those of `full` may do everything.
    pub aws_keys: AwsKeys,
    /// The fleet.
    pub environments: Vec<EnvironmentView>,
    /// Process that serves the range.
    pub pid: u32,
}

impl Range {
    /// Starts everything; when this returns, every address answers and the initial version runs.
    ///
    /// # Errors
    /// [`RangeError`] where git is missing, a port is taken or the temporary folder can't be written.
    pub async fn start(options: RangeOptions) -> Result<Self, RangeError> {
        let folder = tempfile::Builder::new().prefix("pilothouse-range-").tempdir();
        let folder = folder.map_err(|source| RangeError::Folder { path: std::env::temp_dir(), source })?;
        let repository = Repository::create(folder.path(), people::REPOSITORY).await?;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        // Whatever fails below ends what was started above it.
        let guard = stop.clone().drop_guard();
        let faults = Arc::new(FaultTable::new());
        let fleet = Arc::new(Fleet::start(&options, &faults, &stop, &tasks).await?);
        let ports = options.ports();
        let (github, github_url) = open("GitHub", ports.github()).await?;
        let (logs, log_store_url) = open("the log store", ports.log_store()).await?;
        let (control, control_url) = open("the control page", ports.control()).await?;
        let (gitlab, gitlab_url) = open("GitLab", ports.gitlab()).await?;
        let (jenkins, jenkins_url) = open("Jenkins", ports.jenkins()).await?;
        let references = repository.references().await?;
        let refs: Vec<String> =
            references.iter().filter_map(|reference| reference.branch().or(reference.tag())).map(str::to_owned).collect();
        let jenkins_url = format!("{jenkins_url}{}", jenkins::CONTEXT);
        let root = if options.jenkins_foreign_root { jenkins::FOREIGN_ROOT } else { &jenkins_url };
        let made = jenkins::make(&refs, root);
        let (aws, codepipeline_url) = open("CodePipeline", ports.codepipeline()).await?;
        let pipelines = Mutex::new(Pipelines::new(&options.protected_environments));
        let site = Arc::new(Site {
            limits: Limits::new(options.rate_limit),
            protected: Mutex::new(options.protected_environments.iter().cloned().collect()),
            options,
            urls: Urls {
                github: github_url,
                log_store: log_store_url,
                control: control_url,
                jenkins: jenkins_url,
                codepipeline: codepipeline_url,
            },
            repository,
            fleet,
            faults,
            stats: Stats::default(),
            tokens: Tokens::make(),
            log_store: LogStore::default(),
            actions: Mutex::default(),
            deployments: Mutex::default(),
            releases: Mutex::default(),
            issues: Mutex::default(),
            gitlab: Gitlab::new(gitlab_url),
            jenkins: Mutex::new(made),
            jenkins_accounts: JenkinsAccounts::make(),
            pipelines,
            aws_keys: AwsKeys::make(),
            changed: watch::Sender::new(0),
            stop: stop.clone(),
            tasks: tasks.clone(),
        });
        publish_past_releases(&site).await?;
        if let Some(version) = site.options.initial_version.clone() {
            actions::remember(&site, &version).await?;
            gitlab::remember(&site, &version).await?;
            codepipeline::remember(&site, &version).await?;
        }
        for (listener, router) in [
            (github, github::router(&site)),
            (gitlab, gitlab::router(&site)),
            (logs, log_store::router(Arc::clone(&site))),
            (control, control::router(&site)),
            (jenkins, jenkins::router(&site)),
            (aws, codepipeline::router(&site)),
        ] {
            tasks.spawn(serve::accept(listener, router, Life::until(&stop), tasks.clone()));
        }
        guard.disarm();
        Ok(Self { site, _folder: folder })
    }

    /// Base URL for a client, e.g. `http://127.0.0.1:4711/api/v3`. The same paths answer without the prefix.
    #[must_use]
    pub fn github_url(&self) -> String {
        self.site.api()
    }

    /// Base URL of GitLab's API, e.g. `http://127.0.0.1:4714/api/v4`.
    #[must_use]
    pub fn gitlab_url(&self) -> String {
        self.site.gitlab.api()
    }

    /// The practice tokens for GitLab: the scopes `api`, `read_api`, `read_user`, and one that was valid once.
    #[must_use]
    pub fn gitlab_tokens(&self) -> &Tokens {
        &self.site.gitlab.tokens
    }

    /// One pipeline at GitLab.
    #[must_use]
    pub fn pipeline(&self, id: u64) -> Option<PipelineView> {
        lock(&self.site.gitlab.state).pipelines.get(&id).map(PipelineView::of)
    }

    /// Writes an issue at GitHub, as somebody who tests would; its number.
    pub fn write_issue(&self, title: &str, body: &str, labels: &[&str]) -> u64 {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        let made = lock(&self.site.issues).add(title.to_owned(), Some(body.to_owned()), labels);
        self.site.bump();
        made.number
    }

    /// One issue at GitHub.
    #[must_use]
    pub fn issue(&self, number: u64) -> Option<IssueView> {
        lock(&self.site.issues).get(number).map(IssueView::of)
    }

    /// All pipelines at GitLab, newest first.
    #[must_use]
    pub fn pipelines(&self) -> Vec<PipelineView> {
        lock(&self.site.gitlab.state).pipelines.values().rev().map(PipelineView::of).collect()
    }

    /// The token that may do everything.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.site.tokens.full
    }

    /// All practice tokens.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.site.tokens
    }

    /// Endpoint of CodePipeline, and of AWS's token service.
    #[must_use]
    pub fn codepipeline_url(&self) -> &str {
        &self.site.urls.codepipeline
    }

    /// The region that CodePipeline plays.
    #[must_use]
    pub fn aws_region(&self) -> &'static str {
        codepipeline::REGION
    }

    /// All practice keys for CodePipeline.
    #[must_use]
    pub fn aws_keys(&self) -> &AwsKeys {
        &self.site.aws_keys
    }

    /// One execution of a pipeline at CodePipeline.
    #[must_use]
    pub fn execution(&self, id: &str) -> Option<ExecutionView> {
        lock(&self.site.pipelines).execution(id).map(ExecutionView::of)
    }

    /// Gives a pipeline at CodePipeline a new structure version, in this execution mode (`SUPERSEDED`, `QUEUED`, `PARALLEL`).
    /// `false`: there is no such pipeline or mode.
    #[must_use]
    pub fn change_pipeline(&self, name: &str, mode: &str) -> bool {
        codepipeline::change_pipeline(&self.site, name, mode)
    }

    /// Has deployments to an environment wait for a person from now on, at each provider in its own way, or lets them pass. `false`:
    /// there is no such environment.
    #[must_use]
    pub fn protect(&self, environment: &str, is_protected: bool) -> bool {
        protect(&self.site, environment, is_protected)
    }

    /// The environments whose deployments wait for a person.
    #[must_use]
    pub fn protected(&self) -> Vec<String> {
        self.site.protected()
    }

    /// Lets the time of every manual approval at CodePipeline that waits run out.
    pub fn expire_approvals(&self) {
        codepipeline::expire_approvals(&self.site);
    }

    /// The repository as `owner/name`.
    #[must_use]
    pub fn repository(&self) -> String {
        people::full_name()
    }

    /// Folder of the real Git repository: commits made there, or pushed there, appear.
    #[must_use]
    pub fn repository_path(&self) -> &Path {
        self.site.repository.folder()
    }

    /// The fleet as it is now, in promotion order.
    #[must_use]
    pub fn environments(&self) -> Vec<EnvironmentView> {
        self.site.fleet.view()
    }

    /// The stable URL of an environment's load balancer.
    #[must_use]
    pub fn environment_url(&self, environment: &str) -> Option<String> {
        self.site.fleet.environment(environment).map(|found| found.url.clone())
    }

    /// Base URL of the control page and API.
    #[must_use]
    pub fn control_url(&self) -> &str {
        &self.site.urls.control
    }

    /// Base URL of Jenkins, with its context path.
    #[must_use]
    pub fn jenkins_url(&self) -> &str {
        &self.site.urls.jenkins
    }

    /// The practice accounts at Jenkins.
    #[must_use]
    pub fn jenkins_accounts(&self) -> &JenkinsAccounts {
        &self.site.jenkins_accounts
    }

    /// All runs at Jenkins, by their place in the queue.
    #[must_use]
    pub fn jenkins_runs(&self) -> Vec<JenkinsRunView> {
        lock(&self.site.jenkins).runs()
    }

    /// Ends all sessions at Jenkins, as its restart does: crumbs are worth nothing any more.
    pub fn end_jenkins_sessions(&self) {
        jenkins::end_sessions(&self.site);
    }

    /// Orders and clears faults.
    #[must_use]
    pub fn faults(&self) -> Faults {
        Faults::new(Arc::clone(&self.site.faults), Arc::clone(&self.site.fleet))
    }

    /// Counters so far.
    #[must_use]
    pub fn stats(&self) -> StatsSnapshot {
        self.site.stats.snapshot()
    }

    /// The newest requests to GitHub's API, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.site.stats.requests()
    }

    /// All workflow runs, newest first.
    #[must_use]
    pub fn runs(&self) -> Vec<RunView> {
        lock(&self.site.actions).runs.values().rev().map(RunView::of).collect()
    }

    /// One workflow run.
    #[must_use]
    pub fn run(&self, id: u64) -> Option<RunView> {
        lock(&self.site.actions).runs.get(&id).map(RunView::of)
    }

    /// Adds a commit to the repository, as a colleague's push would, and gives its hash.
    ///
    /// # Errors
    /// [`RangeError::Push`] where the branch, tag or path is unusable.
    pub async fn push(&self, push: &Push) -> Result<String, RangeError> {
        self.site.repository.push(push).await
    }

    /// Waits until the question has an answer. It is asked again after each change at the range, never by the clock.
    ///
    /// # Errors
    /// [`RangeError::Waited`] after `limit`.
    pub async fn until<T>(&self, what: &str, limit: Duration, question: impl Fn(&Self) -> Option<T>) -> Result<T, RangeError> {
        self.site.until(what, limit, || question(self)).await
    }

    /// Waits until a run has ended.
    ///
    /// # Errors
    /// [`RangeError::Waited`] after `limit`.
    pub async fn completed(&self, run_id: u64, limit: Duration) -> Result<RunView, RangeError> {
        let what = format!("the end of run {run_id}");
        self.until(&what, limit, |range| range.run(run_id).filter(RunView::is_completed)).await
    }

    /// Where everything is.
    #[must_use]
    pub fn summary(&self) -> RangeSummary {
        RangeSummary {
            github_url: self.github_url(),
            gitlab_url: self.gitlab_url(),
            gitlab_token: self.gitlab_tokens().full.clone(),
            repository: self.repository(),
            repository_path: self.repository_path().to_path_buf(),
            control_url: self.control_url().to_owned(),
            token: self.token().to_owned(),
            tokens: self.tokens().clone(),
            jenkins_url: self.jenkins_url().to_owned(),
            jenkins_user: self.jenkins_accounts().full.user.clone(),
            jenkins_token: self.jenkins_accounts().full.secret.clone(),
            codepipeline_url: self.codepipeline_url().to_owned(),
            aws_region: codepipeline::REGION.to_owned(),
            aws_keys: self.aws_keys().clone(),
            environments: self.environments(),
            pid: std::process::id(),
        }
    }

    /// Ends everything, frees the ports and removes the repository.
    pub async fn shutdown(self) {
        self.site.stop.cancel();
        self.site.tasks.close();
        let ended = async {
            self.site.tasks.wait().await;
            for environment in self.site.fleet.environments() {
                for instance in &environment.instances {
                    instance.ended().await;
                }
            }
        };
        if tokio::time::timeout(SHUTDOWN, ended).await.is_err() {
            tracing::warn!("the range left something running when it ended");
        }
    }
}

impl Drop for Range {
    fn drop(&mut self) {
        self.site.stop.cancel();
    }
}

async fn open(what: &str, port: u16) -> Result<(TcpListener, String), RangeError> {
    let listener = serve::listen(what, port).await?;
    let address = listener.local_addr().map_err(|source| RangeError::Port { what: what.to_owned(), port, source })?;
    Ok((listener, format!("http://{address}")))
}

/// Every tag of the seeded history has a published release.
async fn publish_past_releases(site: &Site) -> Result<(), RangeError> {
    for reference in site.repository.references().await? {
        let Some(tag) = reference.tag() else { continue };
        let commit = site.repository.commit(&reference.commit).await?;
        let date = commit.and_then(|commit| commit.committer.date.parse().ok()).unwrap_or_else(Utc::now);
        lock(&site.releases).add(Release {
            id: 0,
            tag: tag.to_owned(),
            target: "main".to_owned(),
            name: Some(format!("checkout {}", tag.trim_start_matches('v'))),
            body: Some(format!("Release of {tag}.")),
            draft: false,
            prerelease: false,
            created_at: date,
            published_at: Some(date),
        });
    }
    Ok(())
}

/// Runs that have come to an environment already are not stopped by this.
pub(crate) fn protect(site: &Site, environment: &str, is_protected: bool) -> bool {
    if !site.fleet.environments().iter().any(|known| known.name == environment) {
        return false;
    }
    let mut protected = lock(&site.protected);
    let changed = if is_protected { protected.insert(environment.to_owned()) } else { protected.remove(environment) };
    drop(protected);
    if changed {
        codepipeline::protect(site, environment, is_protected);
        site.bump();
    }
    true
}
