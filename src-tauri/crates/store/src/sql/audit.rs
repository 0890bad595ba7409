//! The audit chain and the change notices.

use super::rows::{json, number, parse};
use super::select::Select;
use super::{Connection, Pool, Row};
use crate::error::{Fault, corrupt};
use crate::rules::{KEPT_NOTICES, TRIM_EVERY};
use pilothouse_domain::ProductId;
use pilothouse_domain::audit::{AuditEntry, AuditEvent};
use pilothouse_engine::ports::store::{AuditFilter, ChangeNotice};
use sqlx::Row as _;
use uuid::Uuid;

const READ: &str = "seq, subject_id, product_id, entry, previous_hash, hash";

/// Appends an event.
pub(super) async fn append(connection: &mut Connection, event: &AuditEvent) -> Result<(), Fault> {
    sqlx::query("INSERT INTO audit_event (seq, subject_id, product_id, entry, previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(i64::from(event.seq))
        .bind(event.entry.subject_id.as_str())
        .bind(event.entry.product_id.as_str())
        .bind(json("audit_event", event.seq, &event.entry)?)
        .bind(event.previous_hash.as_str())
        .bind(event.hash.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Events before a number, newest first.
pub(super) async fn events(pool: &Pool, filter: &AuditFilter) -> Result<Vec<AuditEvent>, Fault> {
    let product = filter.product.map(|id| id.to_string());
    let rows = Select::of("audit_event", READ)
        .with("product_id = ", product.as_deref())
        .with("subject_id = ", filter.subject_id.as_deref())
        .with("seq < ", filter.before.map(i64::from))
        .fetch(pool, "seq DESC", filter.limit)
        .await?;
    rows.iter().map(read).collect()
}

/// Events after a number, oldest first.
pub(super) async fn events_after(pool: &Pool, seq: u32, limit: u32) -> Result<Vec<AuditEvent>, Fault> {
    let rows = Select::of("audit_event", READ).with("seq > ", Some(i64::from(seq))).fetch(pool, "seq", limit).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<AuditEvent, Fault> {
    let seq: u32 = number("audit_event", "seq", row.try_get(0)?)?;
    let entry: AuditEntry = parse("audit_event", seq, row.try_get(3)?)?;
    // They are searched by, but only the entry is in the hash: a difference would hide the event from a filter.
    if entry.subject_id != row.try_get::<&str, _>(1)? || entry.product_id != row.try_get::<&str, _>(2)? {
        return Err(corrupt("audit_event", seq, "its subject or product was changed after it was written"));
    }
    Ok(AuditEvent { seq, entry, previous_hash: row.try_get(4)?, hash: row.try_get(5)? })
}

/// Keeps a notice.
pub(super) async fn note(connection: &mut Connection, notice: &ChangeNotice) -> Result<(), Fault> {
    sqlx::query("INSERT INTO change_notice (seq, kind, id, product_id) VALUES ($1, $2, $3, $4)")
        .bind(i64::from(notice.seq))
        .bind(notice.kind.as_str())
        .bind(notice.id.as_str())
        .bind(notice.product_id.map(ProductId::uuid))
        .execute(&mut *connection)
        .await?;
    if notice.seq.is_multiple_of(TRIM_EVERY) {
        sqlx::query("DELETE FROM change_notice WHERE seq <= $1")
            .bind(i64::from(notice.seq.saturating_sub(KEPT_NOTICES)))
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Notices after a number, oldest first.
pub(super) async fn notices_after(pool: &Pool, seq: u32, limit: u32) -> Result<Vec<ChangeNotice>, Fault> {
    let rows =
        Select::of("change_notice", "seq, kind, id, product_id").with("seq > ", Some(i64::from(seq))).fetch(pool, "seq", limit).await?;
    rows.iter()
        .map(|row| {
            Ok(ChangeNotice {
                seq: number("change_notice", "seq", row.try_get(0)?)?,
                kind: row.try_get(1)?,
                id: row.try_get(2)?,
                product_id: row.try_get::<Option<Uuid>, _>(3)?.map(ProductId::new),
            })
        })
        .collect()
}
