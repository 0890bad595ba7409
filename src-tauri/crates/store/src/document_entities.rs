//! The tables of documents and of training.

use crate::entity::{Column, Entity, identity};
use pilothouse_domain::document::{Document, DocumentVersion, folded};
use pilothouse_domain::product::Product;
use pilothouse_domain::training::{Course, TrainingRecord, TrainingSession};
use uuid::Uuid;

/// What a search looks in besides the text.
pub(crate) fn head_words(document: &Document) -> String {
    folded(&format!("{} {} {}", document.title, document.owner, document.kind.word()))
}

impl Entity for Document {
    const KIND: &'static str = "document";
    const COLUMNS: &'static [&'static str] = &["product_id", "title", "number", "words"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        let words = head_words(self);
        vec![self.product_id.uuid().into(), self.title.as_str().into(), i64::from(self.number).into(), words.as_str().into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The document “{}”", self.title)
    }
}

impl Entity for DocumentVersion {
    const KIND: &'static str = "document_version";
    const COLUMNS: &'static [&'static str] = &["product_id", "document_id", "number", "words"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        let words = folded(&self.text);
        vec![self.product_id.uuid().into(), self.document_id.uuid().into(), i64::from(self.number).into(), words.as_str().into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid()), (Document::KIND, self.document_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("Version {} of the document “{}”", self.number, self.title)
    }
}

impl Entity for Course {
    const KIND: &'static str = "course";
    const COLUMNS: &'static [&'static str] = &["product_id", "title"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.title.as_str().into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The course “{}”", self.title)
    }
}

impl Entity for TrainingSession {
    const KIND: &'static str = "training_session";
    const COLUMNS: &'static [&'static str] = &["product_id", "course_id", "begins_at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.course_id.uuid().into(), self.begins_at.into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid()), (Course::KIND, self.course_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        "The training session".to_owned()
    }
}

impl Entity for TrainingRecord {
    const KIND: &'static str = "training_record";
    const COLUMNS: &'static [&'static str] = &["product_id", "course_id", "at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.course_id.uuid().into(), self.at.into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid()), (Course::KIND, self.course_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The training of {}", self.person)
    }
}
