//! Documents, their versions, courses, sessions, and who was trained.

use super::port::reading;
use super::rows::{bind, not_found, one, read, read_all};
use super::select::Select;
use super::{LOST, Pool, Row, SqlStore, bounded};
use crate::entity::{Column, storable};
use crate::error::Fault;
use crate::rules::page;
use async_trait::async_trait;
use pilothouse_domain::document::{Document, DocumentVersion, MAX_DOCUMENTS};
use pilothouse_domain::training::{Course, TrainingRecord, TrainingSession};
use pilothouse_domain::{CourseId, DocumentId, ProductId, TrainingRecordId, TrainingSessionId};
use pilothouse_engine::ports::document_store::{DocumentStore, FoundDocument, TrainingFilter, TrainingStore};
use pilothouse_engine::ports::store::StoreError;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

/// So many courses of a product are listed.
const COURSES: u32 = 1_000;

#[async_trait]
impl DocumentStore for SqlStore {
    async fn documents(&self, product: ProductId) -> Result<Vec<Document>, StoreError> {
        reading!(documents(&self.pools.reader, product))
    }

    async fn document(&self, id: DocumentId) -> Result<Document, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn document_versions(&self, document: DocumentId, limit: u32) -> Result<Vec<DocumentVersion>, StoreError> {
        reading!(versions(&self.pools.reader, document, limit))
    }

    async fn document_version(&self, document: DocumentId, number: u32) -> Result<DocumentVersion, StoreError> {
        reading!(version(&self.pools.reader, document, number))
    }

    async fn find_documents(&self, product: Option<ProductId>, terms: &[String], limit: u32) -> Result<Vec<FoundDocument>, StoreError> {
        reading!(find(&self.pools.reader, product, terms, limit))
    }
}

#[async_trait]
impl TrainingStore for SqlStore {
    async fn courses(&self, product: ProductId) -> Result<Vec<Course>, StoreError> {
        reading!(courses(&self.pools.reader, product))
    }

    async fn course(&self, id: CourseId) -> Result<Course, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn training_sessions(&self, filter: &TrainingFilter) -> Result<Vec<TrainingSession>, StoreError> {
        reading!(sessions(&self.pools.reader, filter))
    }

    async fn training_session(&self, id: TrainingSessionId) -> Result<TrainingSession, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn training_records(&self, filter: &TrainingFilter) -> Result<Vec<TrainingRecord>, StoreError> {
        reading!(records(&self.pools.reader, filter))
    }

    async fn training_record(&self, id: TrainingRecordId) -> Result<TrainingRecord, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }
}

async fn documents(pool: &Pool, product: ProductId) -> Result<Vec<Document>, Fault> {
    let listed = Select::entities::<Document>().with("product_id = ", Some(product.uuid()));
    read_all(&listed.fetch(pool, "words, id", u32::try_from(MAX_DOCUMENTS).unwrap_or(u32::MAX)).await?)
}

async fn versions(pool: &Pool, document: DocumentId, limit: u32) -> Result<Vec<DocumentVersion>, Fault> {
    let listed = Select::entities::<DocumentVersion>().with("document_id = ", Some(document.uuid()));
    read_all(&listed.fetch(pool, "number DESC", limit).await?)
}

async fn version(pool: &Pool, document: DocumentId, number: u32) -> Result<DocumentVersion, Fault> {
    let listed =
        Select::entities::<DocumentVersion>().with("document_id = ", Some(document.uuid())).with("number = ", Some(i64::from(number)));
    let rows = listed.fetch(pool, "number", 1).await?;
    rows.first().map_or_else(|| Err(not_found("document_version", document.uuid())), read)
}

/// Looks through the texts one by one: there are at most a thousand for a product, and no index finds a part of a word.
async fn find(pool: &Pool, product: Option<ProductId>, terms: &[String], limit: u32) -> Result<Vec<FoundDocument>, Fault> {
    let mut sql = "SELECT d.id, d.revision, d.body, v.id, v.revision, v.body FROM document d \
        LEFT JOIN document_version v ON v.document_id = d.id AND v.number = d.number WHERE 1 = 1"
        .to_owned();
    let mut values: Vec<Column> = Vec::new();
    if let Some(product) = product {
        values.push(product.uuid().into());
        sql.push_str(" AND d.product_id = $1");
    }
    for term in terms {
        let plain = storable(term).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        values.push(Column::Text(Some(format!("%{plain}%"))));
        sql.push_str(&format!(" AND (d.words || ' ' || COALESCE(v.words, '')) LIKE ${} ESCAPE '\\'", values.len()));
    }
    values.push(i64::from(page(limit)).into());
    sql.push_str(&format!(" ORDER BY d.words, d.id LIMIT ${}", values.len()));
    let rows = values.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), bind).fetch_all(pool).await?;
    rows.iter().map(found).collect()
}

fn found(row: &Row) -> Result<FoundDocument, Fault> {
    let document: Document = read(row)?;
    let version: Option<Uuid> = row.try_get(3)?;
    let text = match version {
        Some(id) => super::rows::parse::<DocumentVersion>("document_version", id, row.try_get(5)?)?.text,
        None => String::new(),
    };
    Ok(FoundDocument { document, text })
}

async fn courses(pool: &Pool, product: ProductId) -> Result<Vec<Course>, Fault> {
    let listed = Select::entities::<Course>().with("product_id = ", Some(product.uuid()));
    read_all(&listed.fetch(pool, "title, id", COURSES).await?)
}

async fn sessions(pool: &Pool, filter: &TrainingFilter) -> Result<Vec<TrainingSession>, Fault> {
    let listed = of::<TrainingSession>(filter);
    read_all(&listed.fetch(pool, "begins_at DESC, id DESC", filter.limit).await?)
}

async fn records(pool: &Pool, filter: &TrainingFilter) -> Result<Vec<TrainingRecord>, Fault> {
    let listed = of::<TrainingRecord>(filter);
    read_all(&listed.fetch(pool, "at DESC, id DESC", filter.limit).await?)
}

fn of<E: crate::entity::Entity>(filter: &TrainingFilter) -> Select {
    Select::entities::<E>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("course_id = ", filter.course.map(CourseId::uuid))
}
