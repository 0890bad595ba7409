//! GitLab's own record of deployments by environment.

use super::client::Client;
use super::route::Route;
use super::status::moment;
use super::wire_ci::Deployment;
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::{DeliveryStatus, ProviderDeployment, ProviderError};

/// Deployments on a page, GitLab's most.
const ON_A_PAGE: u8 = 100;

/// The deployments to an environment, newest first.
pub(super) async fn list(
    client: &Client,
    repository: &str,
    environment: &str,
    limit: u8,
) -> Result<Vec<ProviderDeployment>, ProviderError> {
    let mut read = newest(client, repository, environment).await?;
    let live = live(&read);
    read.truncate(limit.clamp(1, ON_A_PAGE).into());
    Ok(read.into_iter().map(|one| delivered(one, live)).collect())
}

/// The newest hundred deployments to an environment, newest first.
pub(super) async fn newest(client: &Client, repository: &str, environment: &str) -> Result<Vec<Deployment>, ProviderError> {
    let route = Route::project(repository, "/deployments", &[], format!("the deployments of {repository} to {environment}"))?;
    let route = route.query("environment", environment).query("order_by", "id").query("sort", "desc");
    let mut read: Vec<Deployment> = client.read(&route.query("per_page", &ON_A_PAGE.to_string())).await?;
    // An old server that doesn't know the filter gives all.
    read.retain(|one| one.environment.is_none() || one.environment_name() == environment);
    Ok(read)
}

/// The deployment that the environment runs: of those that went well the one that ended last.
fn live(deployments: &[Deployment]) -> Option<u64> {
    let done = deployments.iter().filter(|one| one.status.as_deref() == Some("success"));
    done.max_by_key(|one| (ended(one), one.id)).map(|one| one.id)
}

/// When a deployment ended: its job tells better than the record, which changes with every approval.
fn ended(one: &Deployment) -> Option<Timestamp> {
    let job = one.deployable.as_ref().and_then(|job| moment(job.finished_at.as_deref()));
    job.or_else(|| moment(one.updated_at.as_deref()))
}

fn delivered(one: Deployment, live: Option<u64>) -> ProviderDeployment {
    let status = match one.status.as_deref() {
        Some("created" | "blocked") => DeliveryStatus::Pending,
        Some("running") => DeliveryStatus::InProgress,
        Some("success") if live == Some(one.id) => DeliveryStatus::Live,
        Some("success") => DeliveryStatus::Replaced,
        // A skipped one never took place: something before it failed.
        Some("failed" | "canceled" | "skipped") => DeliveryStatus::Failed,
        other => DeliveryStatus::Unknown { word: other.unwrap_or("no status").to_owned() },
    };
    ProviderDeployment {
        external_id: one.id.to_string(),
        environment: one.environment_name().to_owned(),
        run: one.pipeline_id().map(|id| id.to_string()),
        at: ended(&one).or_else(|| moment(one.created_at.as_deref())),
        git_ref: one.git_ref.unwrap_or_default(),
        commit: one.sha,
        by: one.user.map(|user| user.username),
        url: one.deployable.and_then(|job| job.web_url).unwrap_or_default(),
        status,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use serde_json::json;

    fn one(id: u64, status: &str, finished_at: Option<&str>) -> Deployment {
        let job = finished_at.map(|at| json!({"id": id, "finished_at": at, "pipeline": {"id": 70 + id}}));
        serde_json::from_value(json!({"id": id, "status": status, "environment": {"name": "staging"}, "deployable": job})).unwrap()
    }

    #[test]
    fn what_ended_well_last_is_live_and_only_that() {
        // Deployment 2 was approved late and ended after 3.
        let all = vec![
            one(4, "failed", Some("2026-01-04T00:00:00Z")),
            one(3, "success", Some("2026-01-02T00:00:00Z")),
            one(2, "success", Some("2026-01-03T00:00:00Z")),
            one(1, "blocked", None),
        ];
        let live = live(&all);
        let statuses: Vec<_> = all.into_iter().map(|one| delivered(one, live).status).collect();
        assert_eq!(statuses, [DeliveryStatus::Failed, DeliveryStatus::Replaced, DeliveryStatus::Live, DeliveryStatus::Pending]);
        assert_eq!(delivered(one(9, "dreaming", None), None).status, DeliveryStatus::Unknown { word: "dreaming".into() });
    }
}
