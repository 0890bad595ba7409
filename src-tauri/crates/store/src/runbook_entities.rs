//! The tables of runbooks.

use crate::entity::{Column, Entity, identity};
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::runbook::{AttachedRunbook, Runbook, RunbookRule, RunbookRun};
use uuid::Uuid;

impl Entity for Runbook {
    const KIND: &'static str = "runbook";
    const COLUMNS: &'static [&'static str] = &["product_id", "name"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.name.as_str().into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        format!("The name of the runbook “{}”", self.name)
    }

    fn words(&self) -> String {
        format!("The runbook “{}”", self.name)
    }
}

impl Entity for RunbookRun {
    const KIND: &'static str = "runbook_run";
    const COLUMNS: &'static [&'static str] = &["product_id", "environment_id", "release_id", "runbook_id", "state", "begun_at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![
            self.product_id.uuid().into(),
            self.environment_id.uuid().into(),
            Column::Id(self.release_id.map(|id| id.uuid())),
            self.runbook_id.uuid().into(),
            self.state.word().into(),
            self.begun_at.into(),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        let mut parents = vec![(Product::KIND, self.product_id.uuid()), (Environment::KIND, self.environment_id.uuid())];
        parents.extend(self.release_id.map(|id| (Release::KIND, id.uuid())));
        parents
    }

    fn protected_by(&self, _: &str) -> String {
        format!("The place for a run of “{}” in {}", self.name, self.environment)
    }

    fn words(&self) -> String {
        format!("The run of “{}”", self.name)
    }
}

impl Entity for RunbookRule {
    const KIND: &'static str = "runbook_rule";
    const COLUMNS: &'static [&'static str] = &["product_id"];
    identity!(of a product, by environment_id);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid()), (Environment::KIND, self.environment_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        "What the environment asks for".to_owned()
    }
}

impl Entity for AttachedRunbook {
    const KIND: &'static str = "attached_runbook";
    const COLUMNS: &'static [&'static str] = &["product_id"];
    identity!(of a product, by release_id);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid()), (Release::KIND, self.release_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The rollback runbook “{}” of the release", self.name)
    }
}
