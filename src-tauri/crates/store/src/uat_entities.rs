//! The tables of user acceptance testing.

use crate::entity::{Column, Entity, identity};
use pilothouse_domain::TesterId;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::uat::{Feedback, UatRound};
use uuid::Uuid;

impl Entity for UatRound {
    const KIND: &'static str = "uat_round";
    const COLUMNS: &'static [&'static str] = &["product_id", "environment_id", "release_id", "begun_at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.environment_id.uuid().into(), self.release_id.uuid().into(), self.begun_at.into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![
            (Product::KIND, self.product_id.uuid()),
            (Environment::KIND, self.environment_id.uuid()),
            (Release::KIND, self.release_id.uuid()),
        ]
    }

    fn protected_by(&self, _: &str) -> String {
        "The round".to_owned()
    }

    fn words(&self) -> String {
        format!("The UAT round for {}", self.version)
    }
}

impl Entity for Feedback {
    const KIND: &'static str = "feedback";
    const COLUMNS: &'static [&'static str] = &["product_id", "round_id", "external_key", "standing", "given_at", "tester_id"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![
            self.product_id.uuid().into(),
            self.round_id.uuid().into(),
            self.external_key.as_str().into(),
            self.standing_word().into(),
            self.at.into(),
            Column::Id(self.tester_id.map(TesterId::uuid)),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid()), (UatRound::KIND, self.round_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        format!("The feedback “{}”", self.title)
    }

    fn words(&self) -> String {
        format!("The feedback “{}”", self.title)
    }
}
