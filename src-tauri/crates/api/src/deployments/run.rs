//! Runs, jobs and steps as they are shown.

use crate::decode::shown;
use pilothouse_domain::deployment::{Job, Run, RunStatus};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A pipeline run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunView {
    /// The provider's id of it.
    pub external_id: String,
    /// Its page at the provider.
    pub url: String,
    /// Counts its attempts, from 1.
    pub attempt: u32,
    /// How it goes.
    pub status: RunWord,
    /// What it is called there.
    pub title: String,
    /// When it was made, by the provider's clock.
    pub created_at: Option<String>,
    /// When this attempt began, where the provider tells.
    pub started_at: Option<String>,
    /// When this attempt ended, where the provider tells.
    pub ended_at: Option<String>,
    /// Who started it, where the provider tells.
    pub started_by: Option<String>,
    /// The branch or tag that it runs at, where the provider tells.
    pub git_ref: Option<String>,
    /// The commit that it runs at, where the provider tells.
    pub commit: Option<String>,
    /// Its jobs, in the provider's order.
    pub jobs: Vec<JobView>,
}

/// A job of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JobView {
    /// The provider's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The stage that it belongs to, where the provider has stages.
    pub stage: Option<String>,
    /// How it goes.
    pub status: RunWord,
    /// Its page at the provider.
    pub url: String,
    /// When it began.
    pub started_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// Its steps, in order.
    pub steps: Vec<StepView>,
}

/// A step of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StepView {
    /// Its name.
    pub name: String,
    /// How it goes.
    pub status: RunWord,
}

/// How a run, job or step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunWord {
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
    /// The provider said a word that isn't known here.
    Unknown,
}

impl From<&RunStatus> for RunWord {
    fn from(status: &RunStatus) -> Self {
        match status {
            RunStatus::Queued => Self::Queued,
            RunStatus::InProgress => Self::InProgress,
            RunStatus::Waiting => Self::Waiting,
            RunStatus::Succeeded => Self::Succeeded,
            RunStatus::Failed => Self::Failed,
            RunStatus::Cancelled => Self::Cancelled,
            RunStatus::Skipped => Self::Skipped,
            RunStatus::Unknown { .. } => Self::Unknown,
        }
    }
}

impl From<&Run> for RunView {
    fn from(run: &Run) -> Self {
        Self {
            external_id: run.external_id.clone(),
            url: run.url.clone(),
            attempt: run.attempt,
            status: (&run.status).into(),
            title: run.title.clone(),
            created_at: run.created_at.map(shown),
            started_at: run.started_at.map(shown),
            ended_at: run.ended_at.map(shown),
            started_by: run.started_by.clone(),
            git_ref: run.git_ref.clone(),
            commit: run.commit.clone(),
            jobs: run.jobs.iter().map(JobView::from).collect(),
        }
    }
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> Self {
        Self {
            id: job.external_id.clone(),
            name: job.name.clone(),
            stage: job.stage.clone(),
            status: (&job.status).into(),
            url: job.url.clone(),
            started_at: job.started_at.map(shown),
            ended_at: job.ended_at.map(shown),
            steps: job.steps.iter().map(|s| StepView { name: s.name.clone(), status: (&s.status).into() }).collect(),
        }
    }
}

/// How a run goes, in a sentence.
pub(crate) fn run_line(run: &Run) -> String {
    let current = run.jobs.iter().find(|job| job.status == RunStatus::InProgress);
    match (&run.status, current) {
        (RunStatus::Queued, _) => "The run waits for a runner".to_owned(),
        (RunStatus::Waiting, _) => "The run waits for a person at the provider".to_owned(),
        (RunStatus::Failed, _) => format!("The run failed: {}", run.failure()),
        (RunStatus::Succeeded, _) => "The run succeeded".to_owned(),
        (RunStatus::Cancelled, _) => "The run was stopped".to_owned(),
        (RunStatus::Skipped, _) => "The run was skipped".to_owned(),
        (RunStatus::Unknown { word }, _) => format!("The provider says “{word}”"),
        (RunStatus::InProgress, Some(job)) => {
            let done = job.steps.iter().filter(|s| s.status.is_ended()).count();
            match job.steps.len() {
                0 => format!("Job {} is under way", job.name),
                all => format!("Job {} is under way, step {} of {all}", job.name, (done + 1).min(all)),
            }
        }
        (RunStatus::InProgress, None) => "The run is under way".to_owned(),
    }
}
