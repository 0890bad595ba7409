//! Checklists, their templates, and evidence with the content of its files.

use super::port::reading;
use super::releases::OPEN;
use super::rows::{one, read_all, write};
use super::select::Select;
use super::{Connection, LOST, Pool, SqlStore, bounded};
use crate::error::Fault;
use async_trait::async_trait;
use pilothouse_domain::checklist::{Checklist, ChecklistTemplate};
use pilothouse_domain::evidence::{ContentDigest, Evidence, EvidenceContent, EvidenceOwnerKind};
use pilothouse_domain::{ChecklistId, ChecklistTemplateId, EvidenceId, ProductId, ReleaseId};
use pilothouse_engine::ports::checklist_store::{ChecklistFilter, ChecklistStore, EvidenceWrite};
use pilothouse_engine::ports::store::StoreError;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

#[async_trait]
impl ChecklistStore for SqlStore {
    async fn checklist_templates(&self, product: Option<ProductId>) -> Result<Vec<ChecklistTemplate>, StoreError> {
        reading!(templates(&self.pools.reader, product))
    }

    async fn checklist_template(&self, id: ChecklistTemplateId) -> Result<ChecklistTemplate, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn checklists(&self, filter: &ChecklistFilter) -> Result<Vec<Checklist>, StoreError> {
        reading!(checklists(&self.pools.reader, filter))
    }

    async fn checklist(&self, id: ChecklistId) -> Result<Checklist, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn evidence_of(&self, kind: EvidenceOwnerKind, owner: Uuid) -> Result<Vec<Evidence>, StoreError> {
        reading!(evidence_of(&self.pools.reader, kind, owner))
    }

    async fn evidence(&self, id: EvidenceId) -> Result<Evidence, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn evidence_content(&self, digest: &ContentDigest) -> Result<Option<Vec<u8>>, StoreError> {
        reading!(content(&self.pools.reader, digest))
    }
}

async fn templates(pool: &Pool, product: Option<ProductId>) -> Result<Vec<ChecklistTemplate>, Fault> {
    let listed = Select::entities::<ChecklistTemplate>().with("product_id = ", product.map(ProductId::uuid));
    read_all(&listed.fetch(pool, "lower(name), name, id", u32::MAX).await?)
}

async fn checklists(pool: &Pool, filter: &ChecklistFilter) -> Result<Vec<Checklist>, Fault> {
    let is_open = format!("release_id IN (SELECT id FROM release WHERE {OPEN})");
    let listed = Select::entities::<Checklist>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("release_id = ", filter.release.map(ReleaseId::uuid))
        .with("template_id = ", filter.template.map(ChecklistTemplateId::uuid))
        .only(filter.open_only, &is_open);
    read_all(&listed.fetch(pool, "begun_at DESC, id DESC", filter.limit).await?)
}

async fn evidence_of(pool: &Pool, kind: EvidenceOwnerKind, owner: Uuid) -> Result<Vec<Evidence>, Fault> {
    let sql = "SELECT id, revision, body FROM evidence WHERE owner_kind = $1 AND owner_id = $2 ORDER BY attached_at, id";
    read_all(&sqlx::query(sql).bind(kind.word()).bind(owner).fetch_all(pool).await?)
}

async fn content(pool: &Pool, digest: &ContentDigest) -> Result<Option<Vec<u8>>, Fault> {
    let sql = "SELECT content FROM evidence_content WHERE digest = $1";
    Ok(sqlx::query_scalar(sql).bind(digest.as_str()).fetch_optional(pool).await?)
}

/// Writes a piece of evidence, its content where that is new, and takes away a content that nothing needs any more.
pub(super) async fn put_evidence(connection: &mut Connection, change: &EvidenceWrite) -> Result<(), Fault> {
    let evidence = &change.evidence;
    if let (Some(digest), Some(content)) = (evidence.kept_digest(), &change.content) {
        let sql = "INSERT INTO evidence_content (digest, content) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
        sqlx::query(sql).bind(digest.as_str()).bind(&content[..]).execute(&mut *connection).await?;
    }
    write(connection, evidence).await?;
    match (&evidence.content, evidence.kept_digest()) {
        (EvidenceContent::File { .. }, Some(digest)) => must_be_there(connection, digest).await,
        (EvidenceContent::File { digest, .. }, None) => drop_unneeded(connection, "digest = $1", digest.as_str()).await,
        _ => Ok(()),
    }
}

async fn must_be_there(connection: &mut Connection, digest: &ContentDigest) -> Result<(), Fault> {
    let sql = "SELECT 1 FROM evidence_content WHERE digest = $1";
    let found = sqlx::query(sql).bind(digest.as_str()).fetch_optional(connection).await?;
    let missing = || StoreError::NotFound { kind: "evidence_content", id: digest.to_string() };
    if found.is_some() { Ok(()) } else { Err(missing().into()) }
}

/// Takes away, of the contents with this digest, those that no evidence has.
pub(super) async fn drop_unneeded(connection: &mut Connection, which: &'static str, value: &str) -> Result<(), Fault> {
    let unneeded = "NOT EXISTS (SELECT 1 FROM evidence WHERE evidence.digest = evidence_content.digest)";
    let sql = format!("DELETE FROM evidence_content WHERE {which} AND {unneeded}");
    sqlx::query(AssertSqlSafe(sql)).bind(value).execute(connection).await?;
    Ok(())
}
