//! The entities and their tables.

use crate::entity::{Column, Entity, identity};
use pilothouse_domain::ProductId;
use pilothouse_domain::check::HealthCheck;
use pilothouse_domain::connection::Connection;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::gate::Gate;
use pilothouse_domain::incident::Incident;
use pilothouse_domain::lock::Lock;
use pilothouse_domain::manual_run::ManualRun;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::smoke::{SmokeRun, SmokeScenario};
use pilothouse_domain::unplanned::UnplannedRun;
use uuid::Uuid;

impl Entity for Connection {
    const KIND: &'static str = "connection";
    const COLUMNS: &'static [&'static str] = &["name"];
    identity!();

    fn product(&self) -> Option<ProductId> {
        None
    }

    fn columns(&self) -> Vec<Column> {
        vec![self.name.as_str().into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        Vec::new()
    }

    fn protected_by(&self, _: &str) -> String {
        format!("The connection name “{}”", self.name)
    }

    fn words(&self) -> String {
        format!("The connection “{}”", self.name)
    }
}

impl Entity for Product {
    const KIND: &'static str = "product";
    const COLUMNS: &'static [&'static str] = &["name", "connection_id"];
    identity!();

    fn product(&self) -> Option<ProductId> {
        Some(self.id)
    }

    fn columns(&self) -> Vec<Column> {
        vec![self.name.as_str().into(), self.connection_id.uuid().into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Connection::KIND, self.connection_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        format!("The product name “{}”", self.name)
    }

    fn words(&self) -> String {
        format!("The product “{}”", self.name)
    }
}

impl Entity for Environment {
    const KIND: &'static str = "environment";
    const COLUMNS: &'static [&'static str] = &["product_id", "name", "position"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.name.as_str().into(), i64::from(self.position).into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid())]
    }

    fn protected_by(&self, constraint: &str) -> String {
        match constraint {
            "environment_product_position_key" => format!("Place {} in the promotion path", u32::from(self.position) + 1),
            _ => format!("The environment name “{}”", self.name),
        }
    }

    fn words(&self) -> String {
        format!("The environment “{}”", self.name)
    }
}

impl Entity for HealthCheck {
    const KIND: &'static str = "health_check";
    const COLUMNS: &'static [&'static str] = &["product_id", "environment_id", "name"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.environment_id.uuid().into(), self.name.as_str().into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid()), (Environment::KIND, self.environment_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        format!("The check name “{}”", self.name)
    }

    fn words(&self) -> String {
        format!("The check “{}”", self.name)
    }
}

impl Entity for Release {
    const KIND: &'static str = "release";
    const COLUMNS: &'static [&'static str] = &["product_id", "version", "state", "drafted_at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.version.to_string().as_str().into(), self.state.word().into(), self.drafted_at.into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        format!("The version {}", self.version)
    }

    fn words(&self) -> String {
        format!("The release {}", self.version)
    }
}

impl Entity for Deployment {
    const KIND: &'static str = "deployment";
    const COLUMNS: &'static [&'static str] = &["product_id", "environment_id", "release_id", "state", "requested_at", "deployed_at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![
            self.product_id.uuid().into(),
            self.environment_id.uuid().into(),
            self.release_id.uuid().into(),
            self.state.word().into(),
            self.requested_at.into(),
            self.deployed_at.into(),
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
        format!("The turn to deploy to {}", self.environment)
    }

    fn words(&self) -> String {
        format!("The deployment of {} to {}", self.version, self.environment)
    }
}

impl Entity for Lock {
    const KIND: &'static str = "lock";
    const COLUMNS: &'static [&'static str] = &["product_id", "environment_id", "release_id", "since", "lifted_at"];
    identity!();

    fn product(&self) -> Option<ProductId> {
        self.product_id
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            Column::Id(self.product_id.map(ProductId::uuid)),
            Column::Id(self.environment_id.map(|id| id.uuid())),
            Column::Id(self.release_id.map(|id| id.uuid())),
            self.since.into(),
            self.lifted.as_ref().map(|lifted| lifted.at).into(),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        let mut parents: Vec<_> = self.product_id.map(|id| (Product::KIND, id.uuid())).into_iter().collect();
        parents.extend(self.environment_id.map(|id| (Environment::KIND, id.uuid())));
        parents.extend(self.release_id.map(|id| (Release::KIND, id.uuid())));
        parents
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The lock “{}”", self.reason)
    }
}

impl Entity for UnplannedRun {
    const KIND: &'static str = "unplanned_run";
    const COLUMNS: &'static [&'static str] =
        &["product_id", "connection_id", "repository", "external_id", "attempt", "state", "first_seen_at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![
            self.product_id.uuid().into(),
            self.connection_id.uuid().into(),
            self.repository.as_str().into(),
            self.external_id.as_str().into(),
            i64::from(self.attempt).into(),
            self.state.word().into(),
            self.first_seen_at.into(),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The unplanned run {}", self.external_id)
    }
}

impl Entity for Incident {
    const KIND: &'static str = "incident";
    const COLUMNS: &'static [&'static str] = &["number", "product_id", "environment_id", "opened_at", "closed_at"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![
            i64::from(self.number).into(),
            self.product_id.uuid().into(),
            self.environment_id.uuid().into(),
            self.opened_at.into(),
            self.closed_at.into(),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid()), (Environment::KIND, self.environment_id.uuid())]
    }

    fn protected_by(&self, constraint: &str) -> String {
        match constraint {
            "incident_environment_open_key" => "The place for an open incident in this environment".to_owned(),
            _ => format!("The incident number {}", self.number),
        }
    }

    fn words(&self) -> String {
        format!("Incident {}", self.number)
    }
}

impl Entity for ManualRun {
    const KIND: &'static str = "manual_run";
    const COLUMNS: &'static [&'static str] = &["connection_id", "repository", "pipeline", "external_id", "state", "requested_at"];
    identity!();

    fn product(&self) -> Option<ProductId> {
        Self::product(self)
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            self.connection_id.uuid().into(),
            self.repository.as_str().into(),
            self.pipeline.pipeline.as_str().into(),
            self.run().map_or("", |run| run.external_id.as_str()).into(),
            self.state.word().into(),
            self.requested_at.into(),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        Vec::new()
    }

    fn protected_by(&self, _: &str) -> String {
        self.words()
    }

    fn words(&self) -> String {
        format!("The run by hand of {}", self.pipeline.pipeline)
    }
}

impl Entity for Gate {
    const KIND: &'static str = "gate";
    const COLUMNS: &'static [&'static str] =
        &["connection_id", "repository", "external_id", "product_id", "environment_id", "deployment_id", "state", "first_seen_at"];
    identity!();

    fn product(&self) -> Option<ProductId> {
        self.belongs.product_id
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            self.connection_id.uuid().into(),
            self.repository.as_str().into(),
            self.external_id.as_str().into(),
            Column::Id(self.belongs.product_id.map(|id| id.uuid())),
            Column::Id(self.belongs.environment_id.map(|id| id.uuid())),
            Column::Id(self.belongs.deployment_id.map(|id| id.uuid())),
            self.state.word().into(),
            self.first_seen_at.into(),
        ]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        let mut parents = vec![(Connection::KIND, self.connection_id.uuid())];
        parents.extend(self.belongs.product_id.map(|id| (Product::KIND, id.uuid())));
        parents.extend(self.belongs.environment_id.map(|id| (Environment::KIND, id.uuid())));
        parents.extend(self.belongs.deployment_id.map(|id| (Deployment::KIND, id.uuid())));
        parents
    }

    fn protected_by(&self, _: &str) -> String {
        format!("The place of “{}” among what waits", self.seen.title)
    }

    fn words(&self) -> String {
        format!("The gate “{}”", self.seen.title)
    }
}

impl Entity for SmokeScenario {
    const KIND: &'static str = "smoke_scenario";
    const COLUMNS: &'static [&'static str] = &["product_id", "name"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![self.product_id.uuid().into(), self.name.as_str().into()]
    }

    fn parents(&self) -> Vec<(&'static str, Uuid)> {
        vec![(Product::KIND, self.product_id.uuid())]
    }

    fn protected_by(&self, _: &str) -> String {
        format!("The name of the smoke test “{}”", self.name)
    }

    fn words(&self) -> String {
        format!("The smoke test “{}”", self.name)
    }
}

impl Entity for SmokeRun {
    const KIND: &'static str = "smoke_run";
    const COLUMNS: &'static [&'static str] = &["product_id", "environment_id", "release_id", "subject", "state", "requested_at", "origin"];
    identity!(of a product);

    fn columns(&self) -> Vec<Column> {
        vec![
            self.product_id.uuid().into(),
            self.environment_id.uuid().into(),
            self.release_id.uuid().into(),
            self.subject.key().as_str().into(),
            self.state.word().into(),
            self.requested_at.into(),
            self.origin().as_deref().into(),
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
        format!("The import of the reports as “{}”", self.name)
    }

    fn words(&self) -> String {
        format!("The run of the smoke test “{}”", self.name)
    }
}
