//! Names for what a request asks for, so that a fault can be aimed at it.

use http::Method;
use serde::{Deserialize, Serialize};

/// What a request to the range's GitHub asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Operation {
    /// `POST .../workflows/{id}/dispatches`.
    Dispatch,
    /// `GET .../actions/workflows` and one of them.
    Workflows,
    /// `PUT .../workflows/{id}/enable` and `/disable`.
    SwitchWorkflow,
    /// `GET .../actions/runs` and `.../workflows/{id}/runs`.
    ListRuns,
    /// `GET .../runs/{id}` and its attempts.
    GetRun,
    /// `GET .../runs/{id}/jobs`, of an attempt too, and `GET .../jobs/{id}`.
    Jobs,
    /// The logs of a job or run: the redirect, not the download.
    Logs,
    /// `POST .../cancel` and `/force-cancel`.
    Cancel,
    /// `POST .../rerun`, `/rerun-failed-jobs` and a job's `/rerun`; whatever goes back in a provider's own way.
    Rerun,
    /// `GET` and `POST .../pending_deployments`, `GET .../approvals`.
    PendingDeployments,
    /// `GET /user`.
    User,
    /// `GET /rate_limit`.
    RateLimit,
    /// The repository itself and lists of repositories.
    Repository,
    /// Branches, tags and refs, reading.
    References,
    /// Commits, their checks, comparisons.
    Commits,
    /// Files and folders.
    Contents,
    /// `POST .../git/tags` and `.../git/refs`.
    CreateReference,
    /// Releases, reading.
    Releases,
    /// Creating and changing releases, generating notes.
    WriteRelease,
    /// Environments.
    Environments,
    /// Deployments and their statuses.
    Deployments,
    /// Issues and comments, reading.
    Issues,
    /// Writing issues and comments.
    WriteIssue,
    /// Labelling and closing issues.
    ChangeIssue,
    /// Anything else, also unknown paths.
    Other,
}

impl Operation {
    /// `route` is the path below `/repos/{owner}/{repo}`, or the whole path outside of it.
    pub(crate) fn of(method: &Method, route: &str) -> Self {
        let reads = method == Method::GET;
        let ends = |tail: &str| route.ends_with(tail);
        let starts = |head: &str| route.starts_with(head);
        match () {
            () if ends("/dispatches") => Self::Dispatch,
            () if ends("/enable") || ends("/disable") => Self::SwitchWorkflow,
            () if ends("/cancel") || ends("/force-cancel") => Self::Cancel,
            () if ends("/rerun") || ends("/rerun-failed-jobs") => Self::Rerun,
            () if ends("/pending_deployments") || ends("/approvals") => Self::PendingDeployments,
            () if starts("/actions") && ends("/logs") => Self::Logs,
            () if starts("/actions/jobs") || (starts("/actions/runs") && ends("/jobs")) => Self::Jobs,
            () if starts("/actions") && ends("/runs") => Self::ListRuns,
            () if starts("/actions/runs") => Self::GetRun,
            () if starts("/actions/workflows") => Self::Workflows,
            () if route == "/user" => Self::User,
            () if route == "/rate_limit" => Self::RateLimit,
            () if route.is_empty() || ends("/repos") => Self::Repository,
            () if starts("/branches") || starts("/tags") || (starts("/git") && reads) => Self::References,
            () if starts("/git") => Self::CreateReference,
            () if starts("/commits") || starts("/compare") => Self::Commits,
            () if starts("/contents") => Self::Contents,
            () if starts("/releases") && reads => Self::Releases,
            () if starts("/releases") => Self::WriteRelease,
            () if starts("/issues") && reads => Self::Issues,
            () if starts("/issues") && (ends("/labels") || method == Method::PATCH) => Self::ChangeIssue,
            () if starts("/issues") => Self::WriteIssue,
            () if starts("/environments") => Self::Environments,
            () if starts("/deployments") => Self::Deployments,
            () => Self::Other,
        }
    }
}
