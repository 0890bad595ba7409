//! The tables of coordinated releases and of their ways to environments.

use crate::entity::{Column, Entity, identity};
use pilothouse_domain::ProductId;
use pilothouse_domain::coordinated_release::{CoordinatedRelease, CoordinatedRun};
use uuid::Uuid;

impl Entity for CoordinatedRelease {
    const KIND: &'static str = "coordinated_release";
    const COLUMNS: &'static [&'static str] = &["name", "created_at", "closed_at"];
    identity!();

    fn product(&self) -> Option<ProductId> {
        None
    }

    fn columns(&self) -> Vec<Column> {
        vec![self.name.as_str().into(), self.created_at.into(), self.closed.as_ref().map(|closed| closed.at).into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        Vec::new()
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The coordinated release “{}”", self.name)
    }
}

impl Entity for CoordinatedRun {
    const KIND: &'static str = "coordinated_run";
    const COLUMNS: &'static [&'static str] = &["coordinated_release_id", "environment", "started_at", "settled_at"];
    identity!();

    fn product(&self) -> Option<ProductId> {
        None
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            self.coordinated_release_id.uuid().into(),
            self.environment_key().as_str().into(),
            self.started_at.into(),
            self.settled_at().into(),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(CoordinatedRelease::KIND, self.coordinated_release_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The way of “{}” to {}", self.name, self.environment)
    }
}
