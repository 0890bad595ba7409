//! Releases and the votes on them.

use super::rows::{json, not_found, parse, read_all};
use super::select::Select;
use super::{Connection, Pool};
use crate::error::Fault;
use pilothouse_domain::approval::Approval;
use pilothouse_domain::release::Release;
use pilothouse_domain::{ApprovalId, ProductId, ReleaseId};
use pilothouse_engine::ports::store::{ReleaseFilter, StoreError};
use sqlx::Row as _;
use uuid::Uuid;

/// The words of the states that are left again, as the index `release_open_idx` has them.
pub(super) const OPEN: &str = "state IN ('draft', 'planned', 'in_approval', 'approved', 'in_progress', 'verifying')";

pub(super) async fn releases(pool: &Pool, filter: &ReleaseFilter) -> Result<Vec<Release>, Fault> {
    let rows = Select::entities::<Release>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .only(filter.open_only, OPEN)
        .after(pool, "drafted_at", filter.after.map(ReleaseId::uuid))
        .await?
        .fetch(pool, "drafted_at DESC, id DESC", filter.limit)
        .await?;
    read_all(&rows)
}

pub(super) async fn approvals(pool: &Pool, release: ReleaseId) -> Result<Vec<Approval>, Fault> {
    let rows =
        sqlx::query("SELECT id, body FROM approval WHERE release_id = $1 ORDER BY at, id").bind(release.uuid()).fetch_all(pool).await?;
    rows.iter().map(|row| parse("approval", row.try_get::<Uuid, _>(0)?, row.try_get(1)?)).collect()
}

pub(super) async fn approvals_after(pool: &Pool, after: Option<ApprovalId>, limit: u32) -> Result<Vec<Approval>, Fault> {
    let rows = Select::of("approval", "id, body").with("id > ", after.map(ApprovalId::uuid)).fetch(pool, "id", limit).await?;
    rows.iter().map(|row| parse("approval", row.try_get::<Uuid, _>(0)?, row.try_get(1)?)).collect()
}

/// Adds a vote; the product of its release.
pub(super) async fn add_approval(connection: &mut Connection, approval: &Approval) -> Result<ProductId, Fault> {
    let release = approval.release_id.uuid();
    let product: Option<Uuid> =
        sqlx::query_scalar("SELECT product_id FROM release WHERE id = $1").bind(release).fetch_optional(&mut *connection).await?;
    let product = product.ok_or_else(|| not_found("release", release))?;
    let added = sqlx::query("INSERT INTO approval (id, release_id, at, body) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING")
        .bind(approval.id.uuid())
        .bind(release)
        .bind(approval.at.as_micros())
        .bind(json("approval", approval.id, approval)?)
        .execute(connection)
        .await?;
    if added.rows_affected() == 0 {
        return Err(StoreError::Conflict { kind: "approval", id: approval.id.to_string() }.into());
    }
    Ok(ProductId::new(product))
}
