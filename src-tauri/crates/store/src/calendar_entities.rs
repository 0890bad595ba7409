//! The tables of freezes and change windows, of overrides, scheduled starts and release trains.

use crate::entity::{Column, Entity, identity};
use pilothouse_domain::ProductId;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride};
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::scheduled_start::ScheduledStart;
use pilothouse_domain::train::Train;
use uuid::Uuid;

impl Entity for CalendarWindow {
    const KIND: &'static str = "calendar_window";
    const COLUMNS: &'static [&'static str] = &["product_id", "name", "withdrawn_at"];
    identity!();

    fn product(&self) -> Option<ProductId> {
        self.scope.product()
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            Column::Id(self.scope.product().map(ProductId::uuid)),
            self.name.as_str().into(),
            self.withdrawn.as_ref().map(|withdrawn| withdrawn.at).into(),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        self.scope.product().map(|id| (Product::KIND, id.uuid())).into_iter().collect()
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The {} “{}”", self.effect.words(), self.name)
    }
}

impl Entity for FreezeOverride {
    const KIND: &'static str = "freeze_override";
    const COLUMNS: &'static [&'static str] = &["product_id", "release_id", "environment_id", "at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.release_id.uuid().into(), self.environment_id.uuid().into(), self.at.into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![
            (Product::KIND, self.product_id.uuid()),
            (Release::KIND, self.release_id.uuid()),
            (Environment::KIND, self.environment_id.uuid()),
        ]
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The override for {} in {}", self.version, self.environment)
    }
}

impl Entity for ScheduledStart {
    const KIND: &'static str = "scheduled_start";
    const COLUMNS: &'static [&'static str] = &["product_id", "release_id", "environment_id", "at", "settled_at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![
            self.product_id.uuid().into(),
            self.release_id.uuid().into(),
            self.environment_id.uuid().into(),
            self.at.into(),
            self.settled_at().into(),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![
            (Product::KIND, self.product_id.uuid()),
            (Release::KIND, self.release_id.uuid()),
            (Environment::KIND, self.environment_id.uuid()),
        ]
    }

    fn protected_by(&self, _: &str) -> String {
        format!("A start of {} in {}", self.version, self.environment)
    }

    fn words(&self) -> String {
        format!("The scheduled start of {} in {}", self.version, self.environment)
    }
}

impl Entity for Train {
    const KIND: &'static str = "train";
    const COLUMNS: &'static [&'static str] = &["product_id", "name", "withdrawn_at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.name.as_str().into(), self.withdrawn.as_ref().map(|withdrawn| withdrawn.at).into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The release train “{}”", self.name)
    }
}
