//! Pipelines as tests and people look at them, without HTTP.

use serde::{Deserialize, Serialize};

use super::state::Pipeline;

/// A pipeline at the range's GitLab.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PipelineView {
    /// Its id.
    pub id: u64,
    /// Where it is, in GitLab's words.
    pub status: String,
    /// Whether nothing more happens to it by itself, and nobody is waited for.
    pub is_ended: bool,
    /// What `workflow:name` makes of it.
    pub name: Option<String>,
    /// The branch or tag.
    pub ref_name: String,
    /// Its jobs, stage by stage, without those that were repeated.
    pub jobs: Vec<PipelineJobView>,
}

/// A job of a pipeline.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PipelineJobView {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Where it is, in GitLab's words.
    pub status: String,
    /// Its log so far.
    pub log: String,
}

impl PipelineView {
    pub(crate) fn of(pipeline: &Pipeline) -> Self {
        let job = |job: &super::state::Job| PipelineJobView {
            id: job.id,
            name: job.plan.name.clone(),
            status: job.status.word().to_owned(),
            log: job.trace.clone(),
        };
        Self {
            id: pipeline.id,
            status: pipeline.status().to_owned(),
            is_ended: pipeline.is_ended(),
            name: pipeline.name.clone(),
            ref_name: pipeline.ref_name.clone(),
            jobs: pipeline.current().map(job).collect(),
        }
    }
}
