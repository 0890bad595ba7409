//! What a request to the range's GitLab asks for, in the names that faults are aimed with: the nearest thing that GitHub has.

use http::Method;

use crate::faults::Operation;

/// `route` is the path below the project, or the whole path outside of it.
pub(super) fn of(method: &Method, route: &str) -> Operation {
    let reads = method == Method::GET;
    let ends = |tail: &str| route.ends_with(tail);
    let starts = |head: &str| route.starts_with(head);
    match () {
        () if route == "/pipeline" => Operation::Dispatch,
        () if ends("/cancel") => Operation::Cancel,
        () if ends("/retry") => Operation::Rerun,
        () if ends("/play") || ends("/approval") => Operation::PendingDeployments,
        () if ends("/trace") => Operation::Logs,
        () if starts("/jobs") || (starts("/pipelines") && (ends("/jobs") || ends("/bridges"))) => Operation::Jobs,
        () if route == "/pipelines" => Operation::ListRuns,
        () if starts("/pipelines") => Operation::GetRun,
        () if route == "/user" => Operation::User,
        () if route.is_empty() || route == "/projects" => Operation::Repository,
        () if starts("/repository/files") => Operation::Contents,
        () if starts("/repository/tags") && !reads => Operation::CreateReference,
        () if starts("/repository/tags") || starts("/repository/branches") => Operation::References,
        () if starts("/repository") => Operation::Commits,
        () if starts("/releases") && reads => Operation::Releases,
        () if starts("/releases") => Operation::WriteRelease,
        () if starts("/issues") && reads => Operation::Issues,
        () if starts("/issues") && method == Method::PUT => Operation::ChangeIssue,
        () if starts("/issues") => Operation::WriteIssue,
        () if starts("/environments") => Operation::Environments,
        () if starts("/deployments") => Operation::Deployments,
        () if starts("/freeze_periods") && !reads => Operation::SwitchWorkflow,
        () => Operation::Other,
    }
}
