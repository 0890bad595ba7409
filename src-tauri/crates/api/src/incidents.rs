//! Incidents: list, acknowledge.

use crate::decode::{id, optional_id, shown};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::incident::Incident;
use pilothouse_domain::policy::rollback_candidates;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_engine::ports::store::IncidentFilter;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Which incidents, last opened first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListIncidentsRequest {
    /// Of this product.
    pub product_id: Option<String>,
    /// In this environment.
    pub environment_id: Option<String>,
    /// Only those that are open.
    pub open_only: bool,
    /// At most so many, 1 to 500; 0 means 100.
    pub limit: u32,
}

/// A period of failing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct IncidentView {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub number: u32,
    /// The product's id.
    pub product_id: String,
    /// The product's name.
    pub product: String,
    /// The environment's id.
    pub environment_id: String,
    /// The environment's name.
    pub environment: String,
    /// What fails, in a sentence.
    pub summary: String,
    /// The checks that failed in it.
    pub checks: Vec<FailingCheckView>,
    /// The deployment that was live when it began.
    pub deployment_id: Option<String>,
    /// That deployment's version.
    pub version: Option<String>,
    /// When the first check crossed its threshold.
    pub opened_at: String,
    /// Who takes care of it.
    pub acknowledged_by: Option<String>,
    /// Since when.
    pub acknowledged_at: Option<String>,
    /// When it was over.
    pub closed_at: Option<String>,
    /// The version that a rollback would bring back; none where there is none, or the incident is over.
    #[serde(default)]
    pub rollback_target: Option<String>,
}

/// A check's part in an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FailingCheckView {
    /// The check's id.
    pub check_id: String,
    /// Its name then.
    pub name: String,
    /// What the failing measurement said.
    pub reason: String,
    /// When it crossed its threshold.
    pub since: String,
    /// When it recovered.
    pub recovered_at: Option<String>,
}

impl IncidentView {
    pub(crate) fn new(incident: &Incident, products: &[Product], environments: &[Environment], deployment: Option<&Deployment>) -> Self {
        let failing = incident.checks.iter().find(|c| c.recovered_at.is_none()).or_else(|| incident.checks.first());
        let more = incident.checks.iter().filter(|c| c.recovered_at.is_none()).count().saturating_sub(1);
        let summary = match (failing, more) {
            (None, _) => String::new(),
            (Some(check), 0) => format!("{}: {}", check.name, check.reason),
            (Some(check), 1) => format!("{}: {}, and 1 more check", check.name, check.reason),
            (Some(check), more) => format!("{}: {}, and {more} more checks", check.name, check.reason),
        };
        let checks = incident.checks.iter().map(|c| FailingCheckView {
            check_id: c.check_id.to_string(),
            name: c.name.clone(),
            reason: c.reason.clone(),
            since: shown(c.since),
            recovered_at: c.recovered_at.map(shown),
        });
        Self {
            id: incident.id.to_string(),
            number: incident.number,
            product_id: incident.product_id.to_string(),
            product: products.iter().find(|p| p.id == incident.product_id).map(|p| p.name.clone()).unwrap_or_default(),
            environment_id: incident.environment_id.to_string(),
            environment: environments.iter().find(|e| e.id == incident.environment_id).map(|e| e.name.clone()).unwrap_or_default(),
            summary,
            checks: checks.collect(),
            deployment_id: incident.deployment_id.map(|id| id.to_string()),
            version: deployment.map(|d| d.version.to_string()),
            opened_at: shown(incident.opened_at),
            acknowledged_by: incident.acknowledged.as_ref().map(|a| a.by.to_string()),
            acknowledged_at: incident.acknowledged.as_ref().map(|a| shown(a.at)),
            closed_at: incident.closed_at.map(shown),
            rollback_target: None,
        }
    }
}

impl Api {
    /// Incidents, last opened first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_incidents(&self, request: ListIncidentsRequest) -> Result<Vec<IncidentView>, ApiError> {
        let filter = IncidentFilter {
            product: optional_id("product_id", request.product_id.as_deref())?,
            environment: optional_id("environment_id", request.environment_id.as_deref())?,
            open_only: request.open_only,
            limit: request.limit.min(500),
        };
        let incidents = self.store().incidents(&filter).await?;
        self.incident_views(&incidents).await
    }

    /// Notes that this person takes care of an incident. The first one to say so keeps it.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn acknowledge_incident(&self, request: IdRequest) -> Result<IncidentView, ApiError> {
        let incident = self.engine.acknowledge_incident(&self.actor, id("id", &request.id)?).await?;
        let views = self.incident_views(std::slice::from_ref(&incident)).await?;
        views
            .into_iter()
            .next()
            .ok_or_else(|| ApiError::new(crate::ErrorCode::NotFound, "there is no such incident", "Look at the list again."))
    }

    async fn way_back(&self, incident: &Incident) -> Result<Option<String>, ApiError> {
        let deployments = self.store().policy_deployments(incident.product_id).await?;
        let candidates = rollback_candidates(&deployments, incident.environment_id);
        let target = self.first_good(&candidates).await?;
        Ok(target.map(|d| d.version.to_string()))
    }

    pub(crate) async fn incident_views(&self, incidents: &[Incident]) -> Result<Vec<IncidentView>, ApiError> {
        let products = self.store().products().await?;
        let environments = self.store().environments(None).await?;
        let mut views = Vec::new();
        for incident in incidents {
            let deployment = match incident.deployment_id {
                Some(id) => Some(self.store().deployment(id).await?),
                None => None,
            };
            let view = IncidentView::new(incident, &products, &environments, deployment.as_ref());
            let rollback_target = if incident.is_open() { self.way_back(incident).await? } else { None };
            views.push(IncidentView { rollback_target, ..view });
        }
        Ok(views)
    }
}
