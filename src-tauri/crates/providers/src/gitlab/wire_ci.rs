//! GitLab's answers about pipelines, jobs and deployments, as far as they are used; as lenient as [`super::wire`].

use super::wire::User;
use serde::Deserialize;

/// A pipeline. Lists leave out who started it, and older servers its name.
#[derive(Debug, Deserialize)]
pub(super) struct Pipeline {
    pub(super) id: u64,
    pub(super) status: Option<String>,
    /// What started it: `api`, `web`, `push`, `schedule`, ...
    pub(super) source: Option<String>,
    #[serde(rename = "ref")]
    pub(super) git_ref: Option<String>,
    pub(super) sha: Option<String>,
    /// What `workflow:name` makes of it.
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) web_url: String,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
    /// Lists leave these two out.
    pub(super) started_at: Option<String>,
    pub(super) finished_at: Option<String>,
    pub(super) user: Option<User>,
}

/// A variable of a pipeline.
#[derive(Debug, Deserialize)]
pub(super) struct Variable {
    pub(super) value: Option<String>,
}

/// A job, or a bridge, which starts a downstream pipeline.
#[derive(Debug, Deserialize)]
pub(super) struct Job {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) name: String,
    pub(super) stage: Option<String>,
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) allow_failure: bool,
    pub(super) created_at: Option<String>,
    pub(super) started_at: Option<String>,
    pub(super) finished_at: Option<String>,
    /// When its log and artifacts were erased, where they were.
    pub(super) erased_at: Option<String>,
    /// True where it is too old to be repeated.
    #[serde(default)]
    pub(super) archived: bool,
    pub(super) web_url: Option<String>,
    pub(super) user: Option<User>,
    pub(super) pipeline: Option<JobPipeline>,
    /// Of a bridge: the pipeline that it started.
    pub(super) downstream_pipeline: Option<JobPipeline>,
}

/// The pipeline of a job.
#[derive(Debug, Deserialize)]
pub(super) struct JobPipeline {
    pub(super) id: u64,
    pub(super) web_url: Option<String>,
}

/// A deployment.
#[derive(Debug, Deserialize)]
pub(super) struct Deployment {
    pub(super) id: u64,
    #[serde(rename = "ref")]
    pub(super) git_ref: Option<String>,
    pub(super) sha: Option<String>,
    pub(super) status: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) user: Option<User>,
    pub(super) environment: Option<super::wire::Named>,
    /// The job behind it; none where it was recorded through the API or is a bridge's.
    pub(super) deployable: Option<Job>,
    /// How many approvals are missing; only where a single deployment is read.
    pub(super) pending_approval_count: Option<u32>,
}

impl Deployment {
    /// The environment's name.
    pub(super) fn environment_name(&self) -> &str {
        self.environment.as_ref().map_or("", |environment| environment.name.as_str())
    }

    /// The pipeline whose job did it.
    pub(super) fn pipeline_id(&self) -> Option<u64> {
        self.deployable.as_ref()?.pipeline.as_ref().map(|pipeline| pipeline.id)
    }
}
