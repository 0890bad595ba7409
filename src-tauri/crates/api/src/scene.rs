//! A release with what policy knows about it, borrowed, so that many releases of one product share what is known of the product;
//! and the same for all products at once, read in few queries. Must not judge: that is policy's part.

use crate::Api;
use crate::error::ApiError;
use pilothouse_domain::approval::{Approval, content_hash};
use pilothouse_domain::check::{CheckState, HealthCheck};
use pilothouse_domain::policy::{Action, Blocker, Facts, brought, cautions, evaluate};
use pilothouse_domain::product::Environment;
use pilothouse_domain::release::Release;
use pilothouse_domain::{CheckId, Timestamp};
use pilothouse_engine::ports::uat_store::FeedbackFilter;
use pilothouse_engine::{ProductFacts, environment_health, environment_readings, merged};
use std::collections::HashMap;

/// A release and what is known about it.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) release: &'a Release,
    pub(crate) approvals: &'a [Approval],
    pub(crate) product: &'a ProductFacts,
}

impl<'a> Scene<'a> {
    pub(crate) fn facts(&self, environment: Option<&'a Environment>) -> Facts<'a> {
        Facts {
            release: self.release,
            approvals: self.approvals,
            environment,
            environments: &self.product.environments,
            deployments: &self.product.deployments,
            locks: &self.product.locks,
            windows: &self.product.windows,
            overrides: &self.product.overrides,
            incidents: &self.product.incidents,
            unplanned: &self.product.unplanned,
            checklists: &self.product.checklists,
            templates: &self.product.templates,
            readings: &self.product.readings,
            rounds: &self.product.rounds,
            feedback: &self.product.feedback,
            releases: &self.product.releases,
            documents: &self.product.documents,
            courses: &self.product.courses,
            training: &self.product.training,
            health: &self.product.health,
            connection: &self.product.connection,
            connections: &self.product.connections,
            smoke_scenarios: &self.product.smoke_scenarios,
            smoke_runs: &self.product.smoke_runs,
            runbook_rules: &self.product.runbook_rules,
            attached_runbooks: &self.product.attached_runbooks,
        }
    }

    pub(crate) fn blockers(&self, action: &Action, environment: Option<&'a Environment>, now: Timestamp) -> Vec<Blocker> {
        evaluate(action, &self.facts(environment), now)
    }

    pub(crate) fn deploy_blockers(&self, environment: &'a Environment, now: Timestamp) -> Vec<Blocker> {
        self.blockers(&Action::Deploy { deployment: None }, Some(environment), now)
    }

    /// What a person is warned of who deploys it there.
    pub(crate) fn cautions(&self, environment: &'a Environment) -> Vec<String> {
        cautions(&self.facts(Some(environment)), environment)
    }

    pub(crate) fn content_hash(&self) -> String {
        content_hash(&self.release.version, &self.release.source, self.release.plan.as_ref())
    }

    /// The environments of the plan, in promotion order.
    pub(crate) fn planned(&self) -> impl Iterator<Item = &'a Environment> {
        let release = self.release;
        self.product.environments.iter().filter(move |e| release.planned(e.id).is_some())
    }

    /// True where the release was deployed to the environment and found well there.
    pub(crate) fn is_verified_in(&self, environment: &Environment) -> bool {
        self.product
            .deployments
            .iter()
            .any(|d| d.environment_id == environment.id && brought(d, self.release) && !d.is_rollback() && d.is_verified())
    }
}

/// What is known about every product, and the checks that it was made from.
pub(crate) struct Everything {
    pub(crate) products: Vec<ProductFacts>,
    pub(crate) checks: Vec<HealthCheck>,
    pub(crate) states: HashMap<CheckId, CheckState>,
}

impl Api {
    /// What is known about all products, by name.
    pub(crate) async fn everything(&self) -> Result<Everything, ApiError> {
        let store = self.store();
        let connections = store.connections().await?;
        let environments = store.environments(None).await?;
        let checks = store.checks(None).await?;
        let states: HashMap<CheckId, CheckState> = store.check_states().await?.into_iter().collect();
        let locks = store.locks(None).await?;
        let windows = store.calendar_windows().await?;
        let mut products = Vec::new();
        for product in store.products().await? {
            let Some(connection) = connections.iter().find(|c| c.id == product.connection_id).cloned() else { continue };
            let own = environments.iter().filter(|e| e.product_id == product.id).cloned().collect();
            let environments: Vec<Environment> = merged(own, &product);
            products.push(ProductFacts {
                health: environment_health(&environments, &checks, &states),
                readings: environment_readings(&environments, &checks, &states),
                rounds: self.engine.uat_rounds_of(product.id).await?,
                feedback: self.engine.open_feedback(FeedbackFilter { product: Some(product.id), ..FeedbackFilter::default() }).await?,
                releases: self.engine.release_changes_for(product.id, &environments).await?,
                documents: store.documents(product.id).await?,
                courses: store.courses(product.id).await?,
                training: self.engine.training_records_of(product.id).await?,
                checklists: self.engine.open_checklists(product.id).await?,
                templates: store.checklist_templates(Some(product.id)).await?,
                deployments: store.policy_deployments(product.id).await?,
                unplanned: self.engine.unplanned_facts(product.id).await?,
                locks: locks.iter().filter(|l| l.concerns(product.id)).cloned().collect(),
                windows: windows.clone(),
                overrides: self.engine.freeze_overrides_of(product.id).await?,
                incidents: self.engine.incidents_for(product.id, &environments).await?,
                smoke_scenarios: store.smoke_scenarios(product.id).await?,
                smoke_runs: store.latest_smoke_runs(product.id, None).await?,
                runbook_rules: store.runbook_rules(product.id).await?,
                attached_runbooks: store.attached_runbooks(product.id).await?,
                environments,
                connections: connections.clone(),
                connection,
                product,
            });
        }
        Ok(Everything { products, checks, states })
    }
}
