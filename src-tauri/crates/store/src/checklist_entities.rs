//! The tables of checklists and evidence.

use crate::entity::{Column, Entity, identity};
use pilothouse_domain::checklist::{Checklist, ChecklistTemplate};
use pilothouse_domain::evidence::{ContentDigest, Evidence};
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use uuid::Uuid;

impl Entity for ChecklistTemplate {
    const KIND: &'static str = "checklist_template";
    const COLUMNS: &'static [&'static str] = &["product_id", "environment_id", "name", "moment"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.environment_id.uuid().into(), self.name.as_str().into(), self.moment.word().into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid()), (Environment::KIND, self.environment_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        format!("The checklist name “{}”", self.name)
    }

    fn words(&self) -> String {
        format!("The checklist template “{}”", self.name)
    }
}

impl Entity for Checklist {
    const KIND: &'static str = "checklist";
    const COLUMNS: &'static [&'static str] = &["product_id", "environment_id", "release_id", "template_id", "begun_at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![
            self.product_id.uuid().into(),
            self.environment_id.uuid().into(),
            self.release_id.uuid().into(),
            self.template_id.uuid().into(),
            self.begun_at.into(),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![
            (Product::KIND, self.product_id.uuid()),
            (Environment::KIND, self.environment_id.uuid()),
            (Release::KIND, self.release_id.uuid()),
        ]
    }

    fn protected_by(&self, _: &str) -> String {
        format!("The place of “{}” among the release's checklists", self.name)
    }

    fn words(&self) -> String {
        format!("The checklist “{}”", self.name)
    }
}

impl Entity for Evidence {
    const KIND: &'static str = "evidence";
    const COLUMNS: &'static [&'static str] = &["product_id", "owner_kind", "owner_id", "digest", "attached_at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![
            self.product_id.uuid().into(),
            self.owner.kind.word().into(),
            self.owner.id.into(),
            self.kept_digest().map_or("", ContentDigest::as_str).into(),
            self.at.into(),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        "The evidence".to_owned()
    }

    fn words(&self) -> String {
        "The evidence".to_owned()
    }
}
