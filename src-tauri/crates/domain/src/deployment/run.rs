//! One pipeline run at a provider, as far as every provider knows it: its status, its attempt, its jobs. Must not hold anything
//! that ticks, so that following a quiet run writes nothing.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// A pipeline run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The provider's id of it.
    pub external_id: String,
    /// Its page at the provider.
    pub url: String,
    /// Counts its attempts, from 1.
    pub attempt: u32,
    /// How it goes.
    pub status: RunStatus,
    /// What it is called there.
    pub title: String,
    /// When it was made, by the provider's clock.
    pub created_at: Option<Timestamp>,
    /// When this attempt began, where the provider tells; else it may have waited since it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When this attempt ended, where the provider tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Who started it, where the provider tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<String>,
    /// The branch or tag that it runs at, where the provider tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_ref: Option<String>,
    /// The commit that it runs at, where the provider tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its jobs, in the provider's order.
    pub jobs: Vec<Job>,
}

/// How a run, job or step goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum RunStatus {
    /// Waits for a runner.
    Queued,
    /// Under way.
    InProgress,
    /// Waits for a person at the provider.
    Waiting,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed,
    /// Was stopped.
    Cancelled,
    /// Did not take place.
    Skipped,
    /// A word that we don't know; not taken for an end.
    Unknown {
        /// The provider's word.
        word: String,
    },
}

impl RunStatus {
    /// True where nothing more will happen in this attempt.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::Skipped)
    }
}

/// A job of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The provider's id of it.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// The stage that it belongs to, where the provider has stages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// How it goes.
    pub status: RunStatus,
    /// Its page at the provider.
    pub url: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// A step of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// How it goes.
    pub status: RunStatus,
}

impl Run {
    /// What failed, in words: "job deploy failed at step Copy files".
    #[must_use]
    pub fn failure(&self) -> String {
        let Some(job) = self.jobs.iter().find(|job| job.status == RunStatus::Failed) else {
            return "the run failed without a failed job".to_owned();
        };
        match job.steps.iter().find(|step| step.status == RunStatus::Failed) {
            Some(step) => format!("job {} failed at step {}", job.name, step.name),
            None => format!("job {} failed", job.name),
        }
    }
}
