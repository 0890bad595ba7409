//! Smoke tests: how they stand for a release, running one, and importing what another tool has tested.

mod reports;
#[cfg(test)]
mod reports_tests;
mod scenarios;
#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;
mod view;

pub use reports::*;
pub use scenarios::*;
pub use view::*;

use crate::decode::id;
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::policy::{brought, current_deployment};
use pilothouse_domain::smoke::{SmokeStanding, SmokeSubject, flakiness, standings};
use pilothouse_engine::ReleaseFacts;
use pilothouse_engine::ports::store::SmokeRunFilter;
use pilothouse_engine::usecases::NewReport;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Runs of a test that are shown with it.
const HISTORY: u32 = 10;
/// Runs that are looked at for a flaky mark.
const LOOKED_AT: u32 = 20;

/// Smoke tests to run for a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunSmokeRequest {
    /// The release.
    pub release_id: String,
    /// The environment that it runs in.
    pub environment_id: String,
    /// Which scenarios; none for all that are for the environment.
    pub scenario_ids: Vec<String>,
}

/// A report to import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportReportRequest {
    /// For which release.
    pub release_id: String,
    /// In which environment.
    pub environment_id: String,
    /// What was tested: another report of the same name takes this one's place.
    pub name: String,
    /// The file's name.
    pub source: String,
    /// The report: JUnit XML or TAP, at most 16 MiB.
    pub text: String,
    /// Whether the release is held until it passes.
    pub required: bool,
}

/// Smoke runs of a release, last requested first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokeRunsRequest {
    /// Of this release.
    pub release_id: String,
    /// In this environment.
    pub environment_id: Option<String>,
    /// At most so many, 1 to 500; 0 means 100.
    pub limit: u32,
}

impl Api {
    /// How the smoke tests stand for a release, in each environment of its plan.
    ///
    /// # Errors
    /// Where there is no such release.
    pub async fn smoke_panel(&self, request: IdRequest) -> Result<SmokePanelView, ApiError> {
        let facts = self.engine.release_facts(id("id", &request.id)?).await?;
        let targets = self.store().smoke_targets(facts.product.product.id).await?;
        let mut environments = Vec::with_capacity(facts.product.environments.len());
        for environment in &facts.product.environments {
            let current = current_deployment(&facts.product.deployments, environment.id);
            let is_there = current.is_some_and(|deployment| brought(deployment, &facts.release));
            let stands = standings(
                &facts.product.smoke_scenarios,
                &facts.product.smoke_runs,
                &facts.product.deployments,
                &facts.release,
                environment,
            );
            let is_planned = facts.release.planned(environment.id).is_some();
            if !is_planned && stands.iter().all(|standing| standing.latest.is_none()) {
                continue;
            }
            let mut tests = Vec::with_capacity(stands.len());
            for standing in &stands {
                tests.push(self.smoke_test(&facts, standing).await?);
            }
            let here = |version: &str| format!("{} runs {version}: a smoke test says something about what is there.", environment.name);
            environments.push(SmokeEnvironmentView {
                environment_id: environment.id.to_string(),
                environment: environment.name.clone(),
                why_not: match current {
                    _ if is_there => None,
                    Some(current) => Some(here(&current.version.to_string())),
                    None => Some(format!("Nothing was deployed to {} yet.", environment.name)),
                },
                reports_why_not: self.reports_why_not(&facts.release, environment).await?,
                base_url: targets.iter().find(|target| target.environment_id == environment.id).map(|target| target.base_url.clone()),
                tests,
            });
        }
        Ok(SmokePanelView { release_id: facts.release.id.to_string(), product_id: facts.product.product.id.to_string(), environments })
    }

    async fn smoke_test(&self, facts: &ReleaseFacts, standing: &SmokeStanding<'_>) -> Result<SmokeTestView, ApiError> {
        let runs = match standing.latest {
            None => Vec::new(),
            Some(latest) => {
                let filter = SmokeRunFilter {
                    release: Some(facts.release.id),
                    environment: Some(latest.environment_id),
                    subject: Some(standing.subject.clone()),
                    limit: LOOKED_AT,
                    ..SmokeRunFilter::default()
                };
                self.store().smoke_runs(&filter).await?
            }
        };
        let same_version = runs.iter().filter(|run| run.version == facts.release.version && run.commit == facts.release.source.commit);
        let shown = usize::try_from(HISTORY).unwrap_or(usize::MAX);
        Ok(SmokeTestView {
            name: standing.name.to_owned(),
            scenario_id: match &standing.subject {
                SmokeSubject::Scenario { scenario_id } => Some(scenario_id.to_string()),
                SmokeSubject::Report { .. } => None,
            },
            required: standing.required,
            standing: (&standing.standing).into(),
            reason: standing.standing.reason().to_owned(),
            flaky: flakiness(same_version).map(flaky_words),
            runs: runs.iter().take(shown).map(SmokeRunSummary::from).collect(),
        })
    }

    /// Smoke runs of a release, last requested first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn smoke_runs(&self, request: SmokeRunsRequest) -> Result<Vec<SmokeRunSummary>, ApiError> {
        let filter = SmokeRunFilter {
            release: Some(id("release_id", &request.release_id)?),
            environment: crate::decode::optional_id("environment_id", request.environment_id.as_deref())?,
            limit: request.limit.min(500),
            ..SmokeRunFilter::default()
        };
        Ok(self.store().smoke_runs(&filter).await?.iter().map(SmokeRunSummary::from).collect())
    }

    /// A smoke run with all that was sent and came back.
    ///
    /// # Errors
    /// Where there is no such run.
    pub async fn get_smoke_run(&self, request: IdRequest) -> Result<SmokeRunView, ApiError> {
        let run = self.store().smoke_run(id("id", &request.id)?).await?;
        let exchanges = self.store().smoke_exchanges(run.id).await?;
        Ok(SmokeRunView::new(&run, &exchanges))
    }

    /// Asks for smoke runs. They are sent by the engine.
    ///
    /// # Errors
    /// Where the release isn't what runs there, or there is nothing to run.
    pub async fn run_smoke(&self, request: RunSmokeRequest) -> Result<Vec<SmokeRunSummary>, ApiError> {
        let wanted = request.scenario_ids.iter().map(|scenario| id("scenario_ids", scenario)).collect::<Result<Vec<_>, _>>()?;
        let (release, environment) = (id("release_id", &request.release_id)?, id("environment_id", &request.environment_id)?);
        let runs = self.engine.run_smoke(&self.actor, release, environment, &wanted).await?;
        Ok(runs.iter().map(SmokeRunSummary::from).collect())
    }

    /// Stops a smoke run.
    ///
    /// # Errors
    /// Where there is no such run.
    pub async fn cancel_smoke_run(&self, request: IdRequest) -> Result<SmokeRunSummary, ApiError> {
        let run = self.engine.cancel_smoke_run(&self.actor, id("id", &request.id)?).await?;
        Ok(SmokeRunSummary::from(&run))
    }

    /// Imports a report of another tool.
    ///
    /// # Errors
    /// Where it can't be read.
    pub async fn import_report(&self, request: ImportReportRequest) -> Result<SmokeRunView, ApiError> {
        let new = NewReport {
            release_id: id("release_id", &request.release_id)?,
            environment_id: id("environment_id", &request.environment_id)?,
            name: &request.name,
            source: &request.source,
            text: &request.text,
            required: request.required,
        };
        let run = self.engine.import_report(&self.actor, &new).await?;
        Ok(SmokeRunView::new(&run, &[]))
    }
}
