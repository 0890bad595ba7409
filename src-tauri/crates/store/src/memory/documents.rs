//! Documents, their versions, courses, sessions, and who was trained.

use super::MemoryStore;
use super::lists::{newest, one, sorted};
use super::tables::Tables;
use crate::document_entities::head_words;
use crate::rules::page;
use async_trait::async_trait;
use pilothouse_domain::document::{Document, DocumentVersion, folded, matches};
use pilothouse_domain::training::{Course, TrainingRecord, TrainingSession};
use pilothouse_domain::{CourseId, DocumentId, ProductId, TrainingRecordId, TrainingSessionId};
use pilothouse_engine::ports::document_store::{DocumentStore, FoundDocument, TrainingFilter, TrainingStore};
use pilothouse_engine::ports::store::StoreError;
use std::cmp::Reverse;

fn first<T>(mut rows: Vec<T>, limit: u32) -> Vec<T> {
    rows.truncate(usize::try_from(page(limit)).unwrap_or(usize::MAX));
    rows
}

#[async_trait]
impl DocumentStore for MemoryStore {
    async fn documents(&self, product: ProductId) -> Result<Vec<Document>, StoreError> {
        let keep = |row: &Document| row.product_id == product;
        Ok(sorted(&self.database.lock().tables.documents, keep, |row| (head_words(row), row.id)))
    }

    async fn document(&self, id: DocumentId) -> Result<Document, StoreError> {
        one(&self.database.lock().tables.documents, id.uuid())
    }

    async fn document_versions(&self, document: DocumentId, limit: u32) -> Result<Vec<DocumentVersion>, StoreError> {
        let keep = |row: &DocumentVersion| row.document_id == document;
        Ok(first(sorted(&self.database.lock().tables.document_versions, keep, |row| Reverse(row.number)), limit))
    }

    async fn document_version(&self, document: DocumentId, number: u32) -> Result<DocumentVersion, StoreError> {
        let keep = |row: &DocumentVersion| row.document_id == document && row.number == number;
        let found = sorted(&self.database.lock().tables.document_versions, keep, |row| row.id).into_iter().next();
        found.ok_or_else(|| StoreError::NotFound { kind: "document_version", id: document.to_string() })
    }

    async fn find_documents(&self, product: Option<ProductId>, terms: &[String], limit: u32) -> Result<Vec<FoundDocument>, StoreError> {
        let database = self.database.lock();
        let tables = &database.tables;
        let text_of = |row: &Document| {
            let is_current = |version: &&std::sync::Arc<DocumentVersion>| version.document_id == row.id && version.number == row.number;
            tables.document_versions.values().find(is_current).map(|version| version.text.clone()).unwrap_or_default()
        };
        let keep = |row: &Document| {
            product.is_none_or(|id| row.product_id == id) && matches(&format!("{} {}", head_words(row), folded(&text_of(row))), terms)
        };
        let found = first(sorted(&tables.documents, keep, |row| (head_words(row), row.id)), limit);
        Ok(found.into_iter().map(|document| FoundDocument { text: text_of(&document), document }).collect())
    }
}

#[async_trait]
impl TrainingStore for MemoryStore {
    async fn courses(&self, product: ProductId) -> Result<Vec<Course>, StoreError> {
        let keep = |row: &Course| row.product_id == product;
        Ok(sorted(&self.database.lock().tables.courses, keep, |row| (row.title.clone(), row.id)))
    }

    async fn course(&self, id: CourseId) -> Result<Course, StoreError> {
        one(&self.database.lock().tables.courses, id.uuid())
    }

    async fn training_sessions(&self, filter: &TrainingFilter) -> Result<Vec<TrainingSession>, StoreError> {
        let keep = |row: &TrainingSession| {
            filter.product.is_none_or(|id| row.product_id == id) && filter.course.is_none_or(|id| row.course_id == id)
        };
        newest(&self.database.lock().tables.training_sessions, keep, |row| row.begins_at, None, filter.limit)
    }

    async fn training_session(&self, id: TrainingSessionId) -> Result<TrainingSession, StoreError> {
        one(&self.database.lock().tables.training_sessions, id.uuid())
    }

    async fn training_records(&self, filter: &TrainingFilter) -> Result<Vec<TrainingRecord>, StoreError> {
        let keep = |row: &TrainingRecord| {
            filter.product.is_none_or(|id| row.product_id == id) && filter.course.is_none_or(|id| row.course_id == id)
        };
        newest(&self.database.lock().tables.training_records, keep, |row| row.at, None, filter.limit)
    }

    async fn training_record(&self, id: TrainingRecordId) -> Result<TrainingRecord, StoreError> {
        one(&self.database.lock().tables.training_records, id.uuid())
    }
}

impl Tables {
    /// What goes along with a product.
    pub(super) fn drop_documents(&mut self, product: ProductId) {
        self.documents.retain(|_, row| row.product_id != product);
        self.document_versions.retain(|_, row| row.product_id != product);
        self.courses.retain(|_, row| row.product_id != product);
        self.training_sessions.retain(|_, row| row.product_id != product);
        self.training_records.retain(|_, row| row.product_id != product);
    }
}
