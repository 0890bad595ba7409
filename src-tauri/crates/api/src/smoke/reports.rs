//! Reports of tests that runs at the provider left behind: which files they are, and importing them.

use super::view::SmokeRunSummary;
use crate::Api;
use crate::decode::{id, optional_id};
use crate::error::ApiError;
use pilothouse_domain::ProductId;
use pilothouse_domain::product::Environment;
use pilothouse_domain::smoke::ReportRule;
use pilothouse_domain::smoke::collected::DEFAULT_PATTERNS;
use pilothouse_engine::ports::provider::Capability;
use pilothouse_engine::ports::store::DeploymentFilter;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Which files of the runs of an environment's pipeline are reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReportRuleView {
    /// The environment.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// Patterns of paths; none for the usual ones.
    pub patterns: Vec<String>,
    /// What is meant where none is given.
    pub usual_patterns: Vec<String>,
    /// Whether they are imported by themselves once the run of a deployment has ended.
    pub automatic: bool,
    /// Whether the release is held until they pass.
    pub required: bool,
    /// Why the provider hands out no files; `None` where it does.
    pub why_not: Option<String>,
}

/// Which files are reports, and what depends on them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SetReportRuleRequest {
    /// The environment.
    pub environment_id: String,
    /// Patterns of paths, such as `**/*junit*.xml`; none for the usual ones.
    pub patterns: Vec<String>,
    /// Whether they are imported by themselves once the run of a deployment has ended, well or badly.
    pub automatic: bool,
    /// Whether the release is held until they pass.
    pub required: bool,
}

/// Reports of a run to import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CollectReportsRequest {
    /// For which release.
    pub release_id: String,
    /// In which environment.
    pub environment_id: String,
    /// A run that was started by hand; `None` for that of the release's last deployment there.
    pub manual_run_id: Option<String>,
}

impl Api {
    /// Says which files of the runs of an environment's pipeline are reports.
    ///
    /// # Errors
    /// For what is no pattern; the provider's reason where it hands out no files.
    pub async fn set_report_rule(&self, request: SetReportRuleRequest) -> Result<(), ApiError> {
        let SetReportRuleRequest { environment_id, patterns, automatic, required } = request;
        let rule = ReportRule { environment_id: id("environment_id", &environment_id)?, patterns, automatic, required };
        self.engine.set_report_rule(&self.actor, rule).await?;
        Ok(())
    }

    /// Imports the reports that a run left behind. The engine asks the provider.
    ///
    /// # Errors
    /// Where there is no such run, it goes on, or the provider hands out no files.
    pub async fn collect_reports(&self, request: CollectReportsRequest) -> Result<SmokeRunSummary, ApiError> {
        let (release, environment) = (id("release_id", &request.release_id)?, id("environment_id", &request.environment_id)?);
        let by_hand = optional_id("manual_run_id", request.manual_run_id.as_deref())?;
        let run = self.engine.collect_reports(&self.actor, release, environment, by_hand).await?;
        Ok(SmokeRunSummary::from(&run))
    }

    /// The rules of a product's environments, as they hold.
    pub(super) async fn report_rules(&self, product: ProductId, environments: &[Environment]) -> Result<Vec<ReportRuleView>, ApiError> {
        let source = self.store().product(product).await?.connection_id;
        let rules = self.store().report_rules(product).await?;
        let mut views = Vec::with_capacity(environments.len());
        for environment in environments {
            let known = rules.iter().find(|rule| rule.environment_id == environment.id).cloned();
            let rule = known.unwrap_or_else(|| ReportRule::of(environment.id));
            views.push(ReportRuleView {
                environment_id: environment.id.to_string(),
                environment: environment.name.clone(),
                patterns: rule.patterns,
                usual_patterns: DEFAULT_PATTERNS.map(str::to_owned).to_vec(),
                automatic: rule.automatic,
                required: rule.required,
                why_not: self.no_artifacts(environment.deploy.connection(source)).await?,
            });
        }
        Ok(views)
    }

    /// Why the reports of the run that deployed a release to an environment can't be imported; `None` where they can.
    pub(super) async fn reports_why_not(
        &self,
        release: &pilothouse_domain::release::Release,
        environment: &Environment,
    ) -> Result<Option<String>, ApiError> {
        let of = DeploymentFilter { release: Some(release.id), environment: Some(environment.id), limit: 1, ..DeploymentFilter::default() };
        let deployment = self.store().deployments(&of).await?.into_iter().next();
        let run = deployment.as_ref().and_then(|deployment| deployment.phases.iter().rev().find_map(|phase| phase.state.run()));
        match (&deployment, run) {
            (Some(deployment), Some(run)) if run.status.is_ended() => {
                let source = self.store().product(release.product_id).await?.connection_id;
                self.no_artifacts(deployment.pipeline.connection(source)).await
            }
            (_, Some(run)) => Ok(Some(format!("Run {} is still under way.", run.external_id))),
            (_, None) => Ok(Some(format!("No run has deployed {} to {} yet.", release.version, environment.name))),
        }
    }

    async fn no_artifacts(&self, connection: pilothouse_domain::ConnectionId) -> Result<Option<String>, ApiError> {
        let capabilities = self.engine.capabilities(self.store().connection(connection).await?.kind);
        let lacks = !capabilities.has(Capability::Artifacts);
        Ok(lacks.then(|| capabilities.refusal(Capability::Artifacts).message))
    }
}
