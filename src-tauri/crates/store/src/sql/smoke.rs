//! Smoke scenarios, where they are sent, their runs, and what was sent and came back.

use super::rows::{json, not_found, parse, read_all};
use super::select::Select;
use super::{Connection, Pool};
use crate::entity::storable;
use crate::error::Fault;
use pilothouse_domain::smoke::{Exchange, ReportRule, SmokeRun, SmokeScenario, SmokeTarget};
use pilothouse_domain::{EnvironmentId, ProductId, ReleaseId, SmokeRunId};
use pilothouse_engine::ports::store::SmokeRunFilter;
use sqlx::Row as _;
use uuid::Uuid;

/// So many scenarios of a product are listed.
const SCENARIOS: u32 = 1_000;

pub(super) async fn scenarios(pool: &Pool, product: ProductId) -> Result<Vec<SmokeScenario>, Fault> {
    let rows = Select::entities::<SmokeScenario>().with("product_id = ", Some(product.uuid())).fetch(pool, "name, id", SCENARIOS).await?;
    read_all(&rows)
}

pub(super) async fn targets(pool: &Pool, product: ProductId) -> Result<Vec<SmokeTarget>, Fault> {
    let sql = "SELECT environment_id, base_url FROM smoke_target \
        WHERE environment_id IN (SELECT id FROM environment WHERE product_id = $1) ORDER BY environment_id";
    let rows = sqlx::query(sql).bind(product.uuid()).fetch_all(pool).await?;
    let target = |row: &super::Row| -> Result<SmokeTarget, Fault> {
        Ok(SmokeTarget { environment_id: EnvironmentId::new(row.try_get(0)?), base_url: row.try_get(1)? })
    };
    rows.iter().map(target).collect()
}

/// Puts a target in the place of an earlier one; the product of its environment.
pub(super) async fn put_target(connection: &mut Connection, target: &SmokeTarget) -> Result<ProductId, Fault> {
    let id = target.environment_id.uuid();
    let product: Option<Uuid> =
        sqlx::query_scalar("SELECT product_id FROM environment WHERE id = $1").bind(id).fetch_optional(&mut *connection).await?;
    let product = product.ok_or_else(|| not_found("environment", id))?;
    let sql = "INSERT INTO smoke_target (environment_id, base_url) VALUES ($1, $2) \
        ON CONFLICT (environment_id) DO UPDATE SET base_url = excluded.base_url";
    sqlx::query(sql).bind(id).bind(storable(&target.base_url)).execute(connection).await?;
    Ok(ProductId::new(product))
}

pub(super) async fn report_rules(pool: &Pool, product: ProductId) -> Result<Vec<ReportRule>, Fault> {
    let sql = "SELECT environment_id, body FROM report_rule \
        WHERE environment_id IN (SELECT id FROM environment WHERE product_id = $1) ORDER BY environment_id";
    let rows = sqlx::query(sql).bind(product.uuid()).fetch_all(pool).await?;
    rows.iter().map(|row| parse("report_rule", EnvironmentId::new(row.try_get(0)?), row.try_get(1)?)).collect()
}

/// Puts a rule in the place of an earlier one; the product of its environment.
pub(super) async fn put_report_rule(connection: &mut Connection, rule: &ReportRule) -> Result<ProductId, Fault> {
    let id = rule.environment_id.uuid();
    let product: Option<Uuid> =
        sqlx::query_scalar("SELECT product_id FROM environment WHERE id = $1").bind(id).fetch_optional(&mut *connection).await?;
    let product = product.ok_or_else(|| not_found("environment", id))?;
    let sql =
        "INSERT INTO report_rule (environment_id, body) VALUES ($1, $2) ON CONFLICT (environment_id) DO UPDATE SET body = excluded.body";
    sqlx::query(sql).bind(id).bind(json("report_rule", rule.environment_id, rule)?).execute(connection).await?;
    Ok(ProductId::new(product))
}

pub(super) async fn runs(pool: &Pool, filter: &SmokeRunFilter) -> Result<Vec<SmokeRun>, Fault> {
    let rows = Select::entities::<SmokeRun>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("release_id = ", filter.release.map(ReleaseId::uuid))
        .with("environment_id = ", filter.environment.map(EnvironmentId::uuid))
        .with("subject = ", filter.subject.as_ref().map(|subject| subject.key()).as_deref())
        .after(pool, "requested_at", filter.after.map(SmokeRunId::uuid))
        .await?
        .fetch(pool, "requested_at DESC, id DESC", filter.limit)
        .await?;
    read_all(&rows)
}

/// The last requested run of each subject, for each release that the condition lets through.
macro_rules! latest {
    ($releases:literal) => {
        concat!(
            "SELECT id, revision, body FROM smoke_run WHERE id IN (SELECT id FROM (SELECT id, \
                ROW_NUMBER() OVER (PARTITION BY release_id, environment_id, subject ORDER BY requested_at DESC, id DESC) AS place \
                FROM smoke_run WHERE product_id = $1 AND ",
            $releases,
            ") ranked WHERE place = 1) ORDER BY requested_at DESC, id DESC"
        )
    };
}

pub(super) async fn latest_runs(pool: &Pool, product: ProductId, release: Option<ReleaseId>) -> Result<Vec<SmokeRun>, Fault> {
    let rows = match release {
        Some(release) => sqlx::query(latest!("release_id = $2")).bind(product.uuid()).bind(release.uuid()).fetch_all(pool).await?,
        None => {
            let open = latest!(
                "release_id IN (SELECT id FROM release WHERE product_id = $1 \
                    AND state IN ('draft', 'planned', 'in_approval', 'approved', 'in_progress', 'verifying'))"
            );
            sqlx::query(open).bind(product.uuid()).fetch_all(pool).await?
        }
    };
    read_all(&rows)
}

pub(super) async fn exchanges(pool: &Pool, run: SmokeRunId) -> Result<Vec<Exchange>, Fault> {
    let sql = "SELECT body FROM smoke_exchange WHERE smoke_run_id = $1 ORDER BY step, attempt";
    let rows = sqlx::query(sql).bind(run.uuid()).fetch_all(pool).await?;
    rows.iter().map(|row| parse("smoke_exchange", run, row.try_get(0)?)).collect()
}

/// Forgets the exchanges of the runs that are older than the latest ones of a run's subject in its environment.
pub(super) async fn forget_exchanges(connection: &mut Connection, of: SmokeRunId, latest: u32) -> Result<(), Fault> {
    // Neither database has an offset without a limit that the other would take.
    let sql = "DELETE FROM smoke_exchange WHERE smoke_run_id IN (SELECT older.id FROM smoke_run AS older \
        JOIN smoke_run AS this ON older.environment_id = this.environment_id AND older.subject = this.subject \
        WHERE this.id = $1 ORDER BY older.requested_at DESC, older.id DESC LIMIT 9223372036854775807 OFFSET $2)";
    sqlx::query(sql).bind(of.uuid()).bind(i64::from(latest)).execute(connection).await?;
    Ok(())
}

/// Keeps an exchange; one that is kept already stays.
pub(super) async fn add_exchange(connection: &mut Connection, run: SmokeRunId, exchange: &Exchange) -> Result<(), Fault> {
    let found = sqlx::query("SELECT 1 FROM smoke_run WHERE id = $1").bind(run.uuid()).fetch_optional(&mut *connection).await?;
    if found.is_none() {
        return Err(not_found("smoke_run", run.uuid()));
    }
    let sql = "INSERT INTO smoke_exchange (smoke_run_id, step, attempt, body) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (smoke_run_id, step, attempt) DO NOTHING";
    let query = sqlx::query(sql).bind(run.uuid()).bind(i64::from(exchange.step)).bind(i64::from(exchange.attempt));
    query.bind(json("smoke_exchange", run, exchange)?).execute(connection).await?;
    Ok(())
}
