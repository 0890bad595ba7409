//! Unplanned runs, where watching pipelines has come to, and the budgets of calls that were told last.

use super::rows::{json, not_found, parse, read_all};
use super::select::Select;
use super::{Connection, Pool};
use crate::entity::storable;
use crate::error::Fault;
use pilothouse_domain::unplanned::{PipelineMark, UnplannedRun};
use pilothouse_domain::{ConnectionId, ProductId};
use pilothouse_engine::ports::store::{ConnectionBudget, UnplannedRunFilter};
use sqlx::Row as _;
use uuid::Uuid;

pub(super) async fn runs(pool: &Pool, filter: &UnplannedRunFilter) -> Result<Vec<UnplannedRun>, Fault> {
    let rows = Select::entities::<UnplannedRun>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("connection_id = ", filter.connection.map(ConnectionId::uuid))
        .with("repository = ", filter.repository.as_deref())
        .with("first_seen_at >= ", filter.since)
        .only(filter.open_only, "state = 'open'")
        .fetch(pool, "first_seen_at DESC, id DESC", filter.limit)
        .await?;
    read_all(&rows)
}

pub(super) async fn marks(pool: &Pool, connection: ConnectionId, repository: &str) -> Result<Vec<PipelineMark>, Fault> {
    let sql = "SELECT body FROM pipeline_mark WHERE connection_id = $1 AND repository = $2 ORDER BY pipeline";
    let rows = sqlx::query(sql).bind(connection.uuid()).bind(storable(repository)).fetch_all(pool).await?;
    rows.iter().map(|row| parse("pipeline_mark", connection, row.try_get(0)?)).collect()
}

pub(super) async fn put_mark(connection: &mut Connection, mark: &PipelineMark) -> Result<(), Fault> {
    connected(connection, mark.connection_id).await?;
    let sql = "INSERT INTO pipeline_mark (connection_id, repository, pipeline, body) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (connection_id, repository, pipeline) DO UPDATE SET body = excluded.body";
    let body = json("pipeline_mark", mark.connection_id, mark)?;
    let query = sqlx::query(sql).bind(mark.connection_id.uuid()).bind(storable(&mark.repository)).bind(storable(&mark.pipeline));
    query.bind(body).execute(connection).await?;
    Ok(())
}

pub(super) async fn budgets(pool: &Pool) -> Result<Vec<ConnectionBudget>, Fault> {
    let rows = sqlx::query("SELECT connection_id, body FROM connection_budget ORDER BY connection_id").fetch_all(pool).await?;
    rows.iter().map(|row| parse("connection_budget", row.try_get::<Uuid, _>(0)?, row.try_get(1)?)).collect()
}

pub(super) async fn put_budget(connection: &mut Connection, budget: &ConnectionBudget) -> Result<(), Fault> {
    connected(connection, budget.connection_id).await?;
    let sql = "INSERT INTO connection_budget (connection_id, body) VALUES ($1, $2) \
        ON CONFLICT (connection_id) DO UPDATE SET body = excluded.body";
    let body = json("connection_budget", budget.connection_id, budget)?;
    sqlx::query(sql).bind(budget.connection_id.uuid()).bind(body).execute(connection).await?;
    Ok(())
}

/// Refuses what is about a connection that was taken away meanwhile.
async fn connected(connection: &mut Connection, id: ConnectionId) -> Result<(), Fault> {
    let found = sqlx::query("SELECT 1 FROM connection WHERE id = $1").bind(id.uuid()).fetch_optional(connection).await?;
    if found.is_some() { Ok(()) } else { Err(not_found("connection", id.uuid())) }
}
