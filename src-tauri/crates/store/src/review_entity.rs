//! The table of reviews.

use crate::entity::{Column, Entity};
use pilothouse_domain::ProductId;
use pilothouse_domain::product::Product;
use pilothouse_domain::release::Release;
use pilothouse_domain::review::Review;
use uuid::Uuid;

impl Entity for Review {
    const KIND: &'static str = "review";
    const COLUMNS: &'static [&'static str] = &["product_id", "release_id", "begun_at"];

    fn key(&self) -> Uuid {
        self.id.uuid()
    }

    fn revision(&self) -> u32 {
        self.revision
    }

    fn set_revision(&mut self, revision: u32) {
        self.revision = revision;
    }

    fn product(&self) -> Option<ProductId> {
        Some(self.product_id)
    }

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.release_id.uuid().into(), self.begun_at.into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid()), (Release::KIND, self.release_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        "The review".to_owned()
    }

    fn words(&self) -> String {
        "The review of the release".to_owned()
    }
}
