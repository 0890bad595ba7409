//! Smoke runs: asking for one, stopping one, trying a scenario without keeping anything, and importing what another tool has tested.

use super::valid_name;
use crate::carry::told_of_smoke;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::{DeploymentFilter, SmokeRunFilter, Write};
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::policy::{brought, current_deployment};
use pilothouse_domain::smoke::{
    Exchange, Interruption, SmokeCause, SmokeRun, SmokeRunState, SmokeScenario, SmokeSubject, SmokeVerdict, StepResult, digest, report,
};
use pilothouse_domain::{Actor, EnvironmentId, ReleaseId, SmokeRunId, SmokeScenarioId};

/// What trying a scenario has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedSmoke {
    /// The steps, up to the first that did not pass.
    pub results: Vec<StepResult>,
    /// What was sent and what came back.
    pub exchanges: Vec<Exchange>,
}

/// A report to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReport<'a> {
    /// For which release.
    pub release_id: ReleaseId,
    /// In which environment.
    pub environment_id: EnvironmentId,
    /// What was tested: another report of the same name takes this one's place.
    pub name: &'a str,
    /// Where it comes from: the file's name.
    pub source: &'a str,
    /// The report.
    pub text: &'a str,
    /// Whether the release is held until it passes.
    pub required: bool,
}

impl Engine {
    /// A run of a scenario on what a deployment has brought.
    pub(crate) fn new_smoke_run(&self, scenario: &SmokeScenario, deployment: &Deployment, cause: SmokeCause, actor: &Actor) -> SmokeRun {
        SmokeRun {
            id: self.new_id(SmokeRunId::new),
            revision: 0,
            product_id: scenario.product_id,
            environment_id: deployment.environment_id,
            environment: deployment.environment.clone(),
            release_id: deployment.release_id,
            version: deployment.version.clone(),
            commit: deployment.commit.clone(),
            subject: SmokeSubject::Scenario { scenario_id: scenario.id },
            name: scenario.name.clone(),
            required: scenario.required,
            deployment_id: Some(deployment.id),
            cause,
            digest: String::new(),
            steps: Vec::new(),
            results: Vec::new(),
            report: None,
            state: SmokeRunState::Requested,
            requested_by: actor.clone(),
            requested_at: self.now(),
        }
    }

    /// Asks for runs of scenarios (all that are for the environment, where none is named) on a release that is there. Returns once that is
    /// written; the loop sends them. One that is under way already is not asked for again.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the release isn't what runs in the environment, or there is nothing to run.
    pub async fn run_smoke(
        &self,
        actor: &Actor,
        release: ReleaseId,
        environment: EnvironmentId,
        wanted: &[SmokeScenarioId],
    ) -> Result<Vec<SmokeRun>, EngineError> {
        let facts = self.release_facts(release).await?;
        let place = facts.environment(environment)?;
        let current = current_deployment(&facts.product.deployments, environment);
        let Some(deployment) = current.filter(|deployment| brought(deployment, &facts.release)) else {
            let runs = current.map_or_else(|| "nothing that was deployed from here".to_owned(), |d| d.version.to_string());
            return Err(EngineError::invalid(
                "environment",
                format!("{} runs {runs}, not {}", place.name, facts.release.version),
                format!("Deploy {} to {} first: a smoke test says something about what is there.", facts.release.version, place.name),
            ));
        };
        let is_wanted = |scenario: &&SmokeScenario| scenario.is_for(environment) && (wanted.is_empty() || wanted.contains(&scenario.id));
        let scenarios: Vec<&SmokeScenario> = facts.product.smoke_scenarios.iter().filter(is_wanted).collect();
        if scenarios.is_empty() {
            return Err(EngineError::invalid(
                "scenario",
                format!("there is no such smoke test for {}", place.name),
                format!("Add one to {}, or say that it is for {}.", facts.product.product.name, place.name),
            ));
        }
        let mut change = self.change(actor);
        let mut ids = Vec::with_capacity(scenarios.len());
        for scenario in scenarios {
            let subject = SmokeSubject::Scenario { scenario_id: scenario.id };
            let latest = facts.product.smoke_runs.iter();
            let latest =
                latest.filter(|run| run.release_id == release).find(|run| run.environment_id == environment && run.subject == subject);
            if let Some(under_way) = latest.filter(|run| !run.state.is_ended()) {
                ids.push(under_way.id);
                continue;
            }
            let run = self.new_smoke_run(scenario, deployment, SmokeCause::ByHand, actor);
            ids.push(run.id);
            change.request_smoke_run(run);
        }
        if !change.is_empty() {
            self.ports.store.commit(change.into_set()).await?;
        }
        let mut runs = Vec::with_capacity(ids.len());
        for id in ids {
            runs.push(self.store().smoke_run(id).await?);
        }
        Ok(runs)
    }

    /// Stops a run. It has errored then: nothing is known by it. One that is over stays as it is.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn cancel_smoke_run(&self, actor: &Actor, id: SmokeRunId) -> Result<SmokeRun, EngineError> {
        self.interrupt_smoke(id, &Interruption::Cancelled { by: actor.clone() }).await?;
        Ok(self.store().smoke_run(id).await?)
    }

    /// Sends the steps of a text, up to and with one of them (all where none is named), and keeps nothing.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the text can't be read or a secret is missing.
    pub async fn try_smoke(&self, environment: EnvironmentId, text: &str, up_to: Option<usize>) -> Result<TriedSmoke, EngineError> {
        let environment = self.store().environment(environment).await?;
        let product = self.store().product(environment.product_id).await?;
        let deployments = self.store().policy_deployments(product.id).await?;
        let deployment = current_deployment(&deployments, environment.id);
        let mut session = self.smoke_session(text, &product, &environment, deployment, "trial").await?;
        let steps = session.scenario.steps.len().min(up_to.map_or(usize::MAX, |last| last.saturating_add(1)));
        let mut tried = TriedSmoke { results: Vec::with_capacity(steps), exchanges: Vec::new() };
        for index in 0..steps {
            let stepped = self.smoke_step(&mut session, index).await;
            let has_passed = stepped.result.verdict == SmokeVerdict::Passed;
            tried.results.push(stepped.result);
            tried.exchanges.extend(stepped.exchanges);
            if !has_passed {
                break;
            }
        }
        Ok(tried)
    }

    /// Imports a report for a release in an environment. The same report under the same name is kept once.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where it can't be read.
    pub async fn import_report(&self, actor: &Actor, new: &NewReport<'_>) -> Result<SmokeRun, EngineError> {
        let release = self.store().release(new.release_id).await?;
        let environment = self.store().environment(new.environment_id).await?;
        if environment.product_id != release.product_id {
            return Err(EngineError::invalid(
                "environment",
                "the environment is of another product",
                "Choose one of the release's product.",
            ));
        }
        let name = valid_name("name", new.name, 120)?;
        let source: String = new.source.chars().filter(|c| !c.is_control()).take(200).collect();
        let read = report::read(new.text);
        let next_step = "Give the file as the test tool wrote it: JUnit XML, or TAP.";
        let (format, report) = read.map_err(|fault| EngineError::invalid("report", fault.to_string(), next_step))?;
        let subject = SmokeSubject::Report { name: name.clone() };
        let digest = digest(new.text);
        let latest = SmokeRunFilter {
            release: Some(release.id),
            environment: Some(environment.id),
            subject: Some(subject.clone()),
            limit: 1,
            ..SmokeRunFilter::default()
        };
        let latest = self.store().smoke_runs(&latest).await?.into_iter().next();
        let filter =
            DeploymentFilter { release: Some(release.id), environment: Some(environment.id), limit: 1, ..DeploymentFilter::default() };
        let deployment_id = self.store().deployments(&filter).await?.first().map(|deployment| deployment.id);
        let is_same = |run: &&SmokeRun| run.digest == digest && run.required == new.required && run.deployment_id == deployment_id;
        if let Some(known) = latest.as_ref().filter(is_same) {
            return Ok(known.clone());
        }
        let now = self.now();
        let run = SmokeRun {
            id: self.new_id(SmokeRunId::new),
            revision: 0,
            product_id: release.product_id,
            environment_id: environment.id,
            environment: environment.name,
            release_id: release.id,
            version: release.version,
            commit: release.source.commit,
            subject,
            name,
            required: new.required,
            deployment_id,
            cause: SmokeCause::Imported { format, source },
            digest,
            steps: Vec::new(),
            results: Vec::new(),
            state: report.state(now),
            report: Some(report),
            requested_by: actor.clone(),
            requested_at: now,
        };
        let mut change = self.change(actor);
        let (_, summary) = told_of_smoke(&run).unwrap_or_default();
        change.audit_smoke_run("smoke_run.imported", &run, format!("Imported a report ({}): {summary}", format.name()));
        change.write(Write::SmokeRun(run.clone()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().smoke_run(run.id).await?)
    }
}
