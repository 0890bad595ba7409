//! The part of the store that keeps documents, their versions, courses and who was trained. Written, as everything, through
//! [`Store::commit`](super::Store::commit).

use crate::ports::store::StoreError;
use async_trait::async_trait;
use pilothouse_domain::document::{Document, DocumentVersion};
use pilothouse_domain::training::{Course, TrainingRecord, TrainingSession};
use pilothouse_domain::{CourseId, DocumentId, ProductId, TrainingRecordId, TrainingSessionId};

/// What is remembered of documents.
#[async_trait]
pub trait DocumentStore: Send + Sync {
    /// The documents of a product, by title.
    async fn documents(&self, product: ProductId) -> Result<Vec<Document>, StoreError>;
    /// One document.
    async fn document(&self, id: DocumentId) -> Result<Document, StoreError>;
    /// The versions of a document, newest first, at most so many.
    async fn document_versions(&self, document: DocumentId, limit: u32) -> Result<Vec<DocumentVersion>, StoreError>;
    /// One version of a document.
    async fn document_version(&self, document: DocumentId, number: u32) -> Result<DocumentVersion, StoreError>;
    /// Documents whose title, owner or current text has all the words, which are folded; by title, at most so many. Of a product, or of
    /// all.
    async fn find_documents(&self, product: Option<ProductId>, terms: &[String], limit: u32) -> Result<Vec<FoundDocument>, StoreError>;
}

/// What is remembered of training.
#[async_trait]
pub trait TrainingStore: Send + Sync {
    /// The courses of a product, by title.
    async fn courses(&self, product: ProductId) -> Result<Vec<Course>, StoreError>;
    /// One course.
    async fn course(&self, id: CourseId) -> Result<Course, StoreError>;
    /// Sessions, those that begin last first.
    async fn training_sessions(&self, filter: &TrainingFilter) -> Result<Vec<TrainingSession>, StoreError>;
    /// One session.
    async fn training_session(&self, id: TrainingSessionId) -> Result<TrainingSession, StoreError>;
    /// What shows who was trained, newest first.
    async fn training_records(&self, filter: &TrainingFilter) -> Result<Vec<TrainingRecord>, StoreError>;
    /// One such record.
    async fn training_record(&self, id: TrainingRecordId) -> Result<TrainingRecord, StoreError>;
}

/// A document that a search has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundDocument {
    /// The document.
    pub document: Document,
    /// Its current text; empty where it has none.
    pub text: String,
}

/// Which sessions or records.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrainingFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Of this course.
    pub course: Option<CourseId>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}
