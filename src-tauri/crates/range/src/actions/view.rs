//! Runs as the range's own API and control page show them; GitHub's JSON is made elsewhere.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::run::{Conclusion, Job, Run, Status, Step};

/// A workflow run as it is now (its current attempt).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunView {
    /// GitHub's id of it.
    pub id: u64,
    /// File name, e.g. `deploy.yml`.
    pub workflow: String,
    /// `workflow_dispatch` or `push`.
    pub event: String,
    /// What its run name became.
    pub title: String,
    /// Short name of the branch or tag.
    pub ref_name: String,
    /// From 1.
    pub attempt: u64,
    /// Where it is.
    pub status: Status,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// Its inputs, defaults filled in.
    pub inputs: BTreeMap<String, String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Its jobs in order.
    pub jobs: Vec<JobView>,
}

/// A job as it is now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobView {
    /// GitHub's id of it.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub status: Status,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// Its steps in order.
    pub steps: Vec<StepView>,
    /// What it has written so far.
    pub log: String,
}

/// A step as it is now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepView {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub status: Status,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
}

impl RunView {
    pub(crate) fn of(run: &Run) -> Self {
        let attempt = run.latest();
        Self {
            id: run.id,
            workflow: run.path.rsplit('/').next().unwrap_or_default().to_owned(),
            event: run.event.to_owned(),
            title: run.title.clone(),
            ref_name: run.ref_name.clone(),
            attempt: attempt.map_or(0, |attempt| attempt.number),
            status: run.status(),
            conclusion: run.conclusion(),
            inputs: run.inputs(),
            created_at: run.created_at,
            jobs: attempt.map(|attempt| attempt.jobs.iter().map(JobView::of).collect()).unwrap_or_default(),
        }
    }

    /// Whether it has ended, in whatever way.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.status == Status::Completed
    }
}

impl JobView {
    fn of(job: &Job) -> Self {
        Self {
            id: job.id,
            name: job.name.clone(),
            status: job.status,
            conclusion: job.conclusion,
            steps: job.steps.iter().map(StepView::of).collect(),
            log: job.log.clone(),
        }
    }
}

impl StepView {
    fn of(step: &Step) -> Self {
        Self { name: step.name.clone(), status: step.status, conclusion: step.conclusion }
    }
}
