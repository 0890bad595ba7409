//! Deployments, and runs by hand.

use super::Pool;
use super::rows::read_all;
use super::select::Select;
use crate::error::Fault;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::manual_run::ManualRun;
use pilothouse_domain::{ConnectionId, DeploymentId, EnvironmentId, ManualRunId, ProductId, ReleaseId};
use pilothouse_engine::ports::store::{DeploymentFilter, ManualRunFilter};

/// The words of the states that are left again, as the index `deployment_open_idx` has them.
const OPEN: &str = "state IN ('queued', 'in_progress', 'awaiting_decision')";

pub(super) async fn deployments(pool: &Pool, filter: &DeploymentFilter) -> Result<Vec<Deployment>, Fault> {
    let rows = Select::entities::<Deployment>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("release_id = ", filter.release.map(ReleaseId::uuid))
        .with("environment_id = ", filter.environment.map(EnvironmentId::uuid))
        .only(filter.active_only, OPEN)
        .after(pool, "requested_at", filter.after.map(DeploymentId::uuid))
        .await?
        .fetch(pool, "requested_at DESC, id DESC", filter.limit)
        .await?;
    read_all(&rows)
}

/// What the policy needs. Finds when what each environment has was requested, and numbers each environment's deployments, last requested first, and those of each release twice, latest
/// first: among all, and with those that were verified before the others. A deployment without `deployed_at` comes last in both databases, which sort NULL
/// differently.
const POLICY: &str = "\
SELECT id, revision, body FROM deployment WHERE id IN (
    SELECT id FROM (SELECT id, state, deployed_at, requested_at,
        FIRST_VALUE(requested_at) OVER has AS since, FIRST_VALUE(deployed_at) OVER has AS has_since,
        ROW_NUMBER() OVER (PARTITION BY environment_id ORDER BY requested_at DESC, id DESC) AS requested,
        ROW_NUMBER() OVER (
            PARTITION BY environment_id, release_id
            ORDER BY CASE WHEN deployed_at IS NULL THEN 1 ELSE 0 END, deployed_at DESC, id DESC
        ) AS latest,
        ROW_NUMBER() OVER (
            PARTITION BY environment_id, release_id
            ORDER BY CASE WHEN state = 'succeeded' THEN 0 ELSE 1 END, CASE WHEN deployed_at IS NULL THEN 1 ELSE 0 END, deployed_at DESC, id DESC
        ) AS verified
    FROM deployment WHERE product_id = $1
    WINDOW has AS (PARTITION BY environment_id ORDER BY CASE WHEN deployed_at IS NULL THEN 1 ELSE 0 END, deployed_at DESC, id DESC)) ranked
    WHERE state IN ('queued', 'in_progress', 'awaiting_decision')
        OR requested = 1
        OR (has_since IS NOT NULL AND requested_at >= since)
        OR (latest = 1 AND deployed_at IS NOT NULL)
        OR (verified = 1 AND state = 'succeeded')
)
ORDER BY requested_at DESC, id DESC";

pub(super) async fn policy_deployments(pool: &Pool, product: ProductId) -> Result<Vec<Deployment>, Fault> {
    let rows = sqlx::query(POLICY).bind(product.uuid()).fetch_all(pool).await?;
    read_all(&rows)
}

pub(super) async fn manual_runs(pool: &Pool, filter: &ManualRunFilter) -> Result<Vec<ManualRun>, Fault> {
    let rows = Select::entities::<ManualRun>()
        .with("connection_id = ", filter.connection.map(ConnectionId::uuid))
        .with("repository = ", filter.repository.as_deref())
        .with("pipeline = ", filter.pipeline.as_deref())
        .with("external_id = ", filter.external_id.as_deref())
        .after(pool, "requested_at", filter.after.map(ManualRunId::uuid))
        .await?
        .fetch(pool, "requested_at DESC, id DESC", filter.limit)
        .await?;
    read_all(&rows)
}
