//! Connections, products, environments, checks with their states, locks, incidents, gates, settings: lists that stay short.

use super::rows::{json, moment, number, parse, read_all};
use super::select::Select;
use super::{Connection, Pool, Row};
use crate::entity::storable;
use crate::error::{Fault, corrupt};
use crate::rules::{health, health_word};
use pilothouse_domain::check::{CheckState, HealthCheck};
use pilothouse_domain::gate::Gate;
use pilothouse_domain::incident::Incident;
use pilothouse_domain::lock::Lock;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::{CheckId, ConnectionId, DeploymentId, EnvironmentId, ProductId};
use pilothouse_engine::ports::store::{GateFilter, IncidentFilter, StoreError};
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

pub(super) async fn connections(pool: &Pool) -> Result<Vec<pilothouse_domain::connection::Connection>, Fault> {
    let rows = sqlx::query("SELECT id, revision, body FROM connection ORDER BY lower(name), name, id").fetch_all(pool).await?;
    read_all(&rows)
}

pub(super) async fn products(pool: &Pool) -> Result<Vec<Product>, Fault> {
    let rows = sqlx::query("SELECT id, revision, body FROM product ORDER BY lower(name), name, id").fetch_all(pool).await?;
    read_all(&rows)
}

pub(super) async fn environments(pool: &Pool, product: Option<ProductId>) -> Result<Vec<Environment>, Fault> {
    let rows = match product {
        Some(product) => {
            sqlx::query("SELECT id, revision, body FROM environment WHERE product_id = $1 ORDER BY position")
                .bind(product.uuid())
                .fetch_all(pool)
                .await?
        }
        None => {
            sqlx::query(
                "SELECT e.id, e.revision, e.body FROM environment e JOIN product p ON p.id = e.product_id \
                 ORDER BY lower(p.name), p.name, p.id, e.position",
            )
            .fetch_all(pool)
            .await?
        }
    };
    read_all(&rows)
}

pub(super) async fn checks(pool: &Pool, environment: Option<EnvironmentId>) -> Result<Vec<HealthCheck>, Fault> {
    let rows = match environment {
        Some(environment) => {
            sqlx::query("SELECT id, revision, body FROM health_check WHERE environment_id = $1 ORDER BY lower(name), name, id")
                .bind(environment.uuid())
                .fetch_all(pool)
                .await?
        }
        None => sqlx::query("SELECT id, revision, body FROM health_check ORDER BY lower(name), name, id").fetch_all(pool).await?,
    };
    read_all(&rows)
}

const STATE: &str = "SELECT check_id, health, since, reason, failures, passes, versions FROM check_state";

pub(super) async fn check_states(pool: &Pool) -> Result<Vec<(CheckId, CheckState)>, Fault> {
    let rows = sqlx::query(AssertSqlSafe(format!("{STATE} ORDER BY check_id"))).fetch_all(pool).await?;
    rows.iter().map(check_state_of).collect()
}

pub(super) async fn check_state(pool: &Pool, id: CheckId) -> Result<Option<CheckState>, Fault> {
    let row = sqlx::query(AssertSqlSafe(format!("{STATE} WHERE check_id = $1"))).bind(id.uuid()).fetch_optional(pool).await?;
    Ok(row.as_ref().map(check_state_of).transpose()?.map(|(_, state)| state))
}

fn check_state_of(row: &Row) -> Result<(CheckId, CheckState), Fault> {
    let id: Uuid = row.try_get(0)?;
    let word: &str = row.try_get(1)?;
    let state = CheckState {
        health: health(word).ok_or_else(|| corrupt("check_state", id, format_args!("`{word}` is no health")))?,
        since: moment("check_state", id, row.try_get(2)?)?,
        reason: row.try_get(3)?,
        failures: number("check_state", id, row.try_get(4)?)?,
        passes: number("check_state", id, row.try_get(5)?)?,
        versions: parse("check_state", id, row.try_get(6)?)?,
    };
    Ok((CheckId::new(id), state))
}

/// Puts a check's state in place of the one that was read; the product that the check belongs to.
pub(super) async fn put_check_state(
    connection: &mut Connection,
    id: CheckId,
    before: Option<&CheckState>,
    after: &CheckState,
) -> Result<ProductId, Fault> {
    let product: Option<Uuid> =
        sqlx::query_scalar("SELECT product_id FROM health_check WHERE id = $1").bind(id.uuid()).fetch_optional(&mut *connection).await?;
    let product = product.ok_or_else(|| super::rows::not_found("health_check", id.uuid()))?;
    let sql = match before {
        None => {
            "INSERT INTO check_state (check_id, health, since, reason, failures, passes, versions) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (check_id) DO NOTHING"
        }
        Some(_) => {
            "UPDATE check_state SET health = $2, since = $3, reason = $4, failures = $5, passes = $6, versions = $7 \
             WHERE check_id = $1 AND health = $8 AND since = $9 AND reason = $10 AND failures = $11 AND passes = $12 AND versions = $13"
        }
    };
    let mut query = sqlx::query(sql).bind(id.uuid());
    for state in std::iter::once(after).chain(before) {
        query = query
            .bind(health_word(state.health))
            .bind(state.since.as_micros())
            .bind(storable(&state.reason).into_owned())
            .bind(i64::from(state.failures))
            .bind(i64::from(state.passes))
            .bind(json("check_state", id, &state.versions)?);
    }
    if query.execute(connection).await?.rows_affected() == 0 {
        return Err(StoreError::Conflict { kind: "check_state", id: id.to_string() }.into());
    }
    Ok(ProductId::new(product))
}

pub(super) async fn locks(pool: &Pool, product: Option<ProductId>) -> Result<Vec<Lock>, Fault> {
    let rows = match product {
        Some(product) => {
            sqlx::query("SELECT id, revision, body FROM lock WHERE (product_id = $1 OR product_id IS NULL) AND lifted_at IS NULL ORDER BY since DESC, id DESC")
                .bind(product.uuid())
                .fetch_all(pool)
                .await?
        }
        None => {
            sqlx::query("SELECT id, revision, body FROM lock WHERE lifted_at IS NULL ORDER BY since DESC, id DESC").fetch_all(pool).await?
        }
    };
    read_all(&rows)
}

pub(super) async fn incidents(pool: &Pool, filter: &IncidentFilter) -> Result<Vec<Incident>, Fault> {
    let rows = Select::entities::<Incident>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("environment_id = ", filter.environment.map(EnvironmentId::uuid))
        .only(filter.open_only, "closed_at IS NULL")
        .fetch(pool, "opened_at DESC, id DESC", filter.limit)
        .await?;
    read_all(&rows)
}

pub(super) async fn gates(pool: &Pool, filter: &GateFilter) -> Result<Vec<Gate>, Fault> {
    let rows = Select::entities::<Gate>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("deployment_id = ", filter.deployment.map(DeploymentId::uuid))
        .with("connection_id = ", filter.connection.map(ConnectionId::uuid))
        .with("repository = ", filter.repository.as_deref())
        .only(filter.open_only, "state IN ('waiting', 'answering', 'answer_unknown')")
        .fetch(pool, "first_seen_at DESC, id DESC", filter.limit)
        .await?;
    read_all(&rows)
}

pub(super) async fn setting(pool: &Pool, key: &str) -> Result<Option<String>, Fault> {
    Ok(sqlx::query_scalar("SELECT value FROM setting WHERE key = $1").bind(storable(key)).fetch_optional(pool).await?)
}

pub(super) async fn put_setting(connection: &mut Connection, key: &str, value: &str) -> Result<(), Fault> {
    sqlx::query("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(storable(key))
        .bind(storable(value))
        .execute(connection)
        .await?;
    Ok(())
}
