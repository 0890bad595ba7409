//! What all parts of one range share. No HTTP here.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::Utc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::actions::Actions;
use crate::actions::run::Run;
use crate::codepipeline::{AwsKeys, Pipelines};
use crate::deployments::Deployments;
use crate::error::RangeError;
use crate::faults::FaultTable;
use crate::fleet::Fleet;
use crate::gitlab::Gitlab;
use crate::issues::Issues;
use crate::jenkins::{Jenkins, JenkinsAccounts};
use crate::limits::Limits;
use crate::lock::lock;
use crate::log_store::LogStore;
use crate::options::RangeOptions;
use crate::releases::Releases;
use crate::repository::Repository;
use crate::stats::Stats;
use crate::tokens::Tokens;

/// Where the servers of a range are.
#[derive(Debug, Clone)]
pub(crate) struct Urls {
    /// Without a path.
    pub(crate) github: String,
    pub(crate) log_store: String,
    pub(crate) control: String,
    /// With its context path.
    pub(crate) jenkins: String,
    pub(crate) codepipeline: String,
}

/// The shared state of one range.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) options: RangeOptions,
    /// Environments whose deployments wait for a person.
    pub(crate) protected: Mutex<BTreeSet<String>>,
    pub(crate) urls: Urls,
    pub(crate) repository: Repository,
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) faults: Arc<FaultTable>,
    pub(crate) stats: Stats,
    pub(crate) tokens: Tokens,
    pub(crate) limits: Limits,
    pub(crate) log_store: LogStore,
    pub(crate) actions: Mutex<Actions>,
    pub(crate) deployments: Mutex<Deployments>,
    pub(crate) releases: Mutex<Releases>,
    /// GitHub's.
    pub(crate) issues: Mutex<Issues>,
    pub(crate) gitlab: Gitlab,
    pub(crate) jenkins: Mutex<Jenkins>,
    pub(crate) jenkins_accounts: JenkinsAccounts,
    pub(crate) pipelines: Mutex<Pipelines>,
    pub(crate) aws_keys: AwsKeys,
    pub(crate) changed: watch::Sender<u64>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Site {
    /// Base of the API, with Enterprise Server's prefix.
    pub(crate) fn api(&self) -> String {
        format!("{}/api/v3", self.urls.github)
    }

    /// Base of the repository in the API.
    pub(crate) fn repository_api(&self) -> String {
        format!("{}/repos/{}", self.api(), crate::people::full_name())
    }

    /// Base of the repository's pages.
    pub(crate) fn repository_page(&self) -> String {
        format!("{}/{}", self.urls.github, crate::people::full_name())
    }

    /// Whether deployments to an environment wait for a person.
    pub(crate) fn is_protected(&self, environment: &str) -> bool {
        lock(&self.protected).contains(environment)
    }

    /// The environments whose deployments wait for a person.
    pub(crate) fn protected(&self) -> Vec<String> {
        lock(&self.protected).iter().cloned().collect()
    }

    /// Changes a run and tells everybody who waits. `None`: there is no such run.
    pub(crate) fn change_run<T>(&self, id: u64, change: impl FnOnce(&mut Run) -> T) -> Option<T> {
        let result = {
            let mut actions = lock(&self.actions);
            let run = actions.runs.get_mut(&id)?;
            let result = change(run);
            if let Some(attempt) = run.attempts.last_mut() {
                attempt.updated_at = Utc::now();
            }
            result
        };
        self.bump();
        Some(result)
    }

    /// Tells everybody who waits that something changed.
    pub(crate) fn bump(&self) {
        self.changed.send_modify(|revision| *revision += 1);
    }

    /// Waits until the question has an answer; asked again after each change.
    pub(crate) async fn until<T>(&self, what: &str, limit: Duration, question: impl Fn() -> Option<T>) -> Result<T, RangeError> {
        let mut changes = self.changed.subscribe();
        let wait = async {
            loop {
                if let Some(answer) = question() {
                    return answer;
                }
                if changes.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::time::timeout(limit, wait).await.map_err(|_| RangeError::Waited { what: what.to_owned(), limit })
    }
}
