//! GitHub's answers about reviews, deployments, tags and releases, as far as they are used; as lenient as [`super::wire`].

use super::wire::Actor;
use serde::Deserialize;

/// One of `GET /repos/{repo}/actions/runs/{run}/pending_deployments`.
#[derive(Debug, Deserialize)]
pub(super) struct PendingDeployment {
    pub(super) environment: EnvironmentName,
    /// Minutes; 0 where there is no timer.
    pub(super) wait_timer: Option<u32>,
    pub(super) wait_timer_started_at: Option<String>,
    pub(super) current_user_can_approve: Option<bool>,
    #[serde(default)]
    pub(super) reviewers: Vec<Reviewer>,
}

/// An environment in short.
#[derive(Debug, Deserialize)]
pub(super) struct EnvironmentName {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) name: String,
}

/// Who may answer: a user or a team.
#[derive(Debug, Deserialize)]
pub(super) struct Reviewer {
    pub(super) reviewer: Option<UserOrTeam>,
}

#[derive(Debug, Deserialize)]
pub(super) struct UserOrTeam {
    /// A user's.
    pub(super) login: Option<String>,
    /// A team's.
    pub(super) slug: Option<String>,
}

/// One of `GET /repos/{repo}/actions/runs/{run}/approvals`.
#[derive(Debug, Deserialize)]
pub(super) struct Approval {
    #[serde(default)]
    pub(super) environments: Vec<EnvironmentName>,
}

/// One of `GET /repos/{repo}/deployments`. It doesn't tell its run: the addresses of its statuses do.
#[derive(Debug, Deserialize)]
pub(super) struct Deployment {
    pub(super) id: u64,
    #[serde(rename = "ref", default)]
    pub(super) git_ref: String,
    pub(super) sha: Option<String>,
    #[serde(default)]
    pub(super) environment: String,
    pub(super) creator: Option<Actor>,
    pub(super) created_at: Option<String>,
}

/// One of `GET /repos/{repo}/deployments/{id}/statuses`, the newest first.
#[derive(Debug, Deserialize)]
pub(super) struct DeploymentStatus {
    #[serde(default)]
    pub(super) state: String,
    pub(super) log_url: Option<String>,
    pub(super) target_url: Option<String>,
    pub(super) created_at: Option<String>,
}

/// The answer to `POST /repos/{repo}/git/tags`.
#[derive(Debug, Deserialize)]
pub(super) struct TagObject {
    pub(super) sha: String,
}

/// A release.
#[derive(Debug, Deserialize)]
pub(super) struct Release {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) html_url: String,
    pub(super) tag_name: String,
    pub(super) name: Option<String>,
    pub(super) body: Option<String>,
    pub(super) published_at: Option<String>,
    #[serde(default)]
    pub(super) assets: Vec<Asset>,
}

/// A file of a release.
#[derive(Debug, Deserialize)]
pub(super) struct Asset {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) browser_download_url: String,
    pub(super) size: Option<u64>,
    /// `uploaded`, or something else while it isn't.
    pub(super) state: Option<String>,
}

/// The answer to `POST /repos/{repo}/releases/generate-notes`.
#[derive(Debug, Deserialize)]
pub(super) struct Notes {
    pub(super) body: String,
}
