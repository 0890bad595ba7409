//! Reports of tests that a run at the provider left behind: by themselves once the run of a deployment has ended, or because a person asks.
//! What is to be imported is written down before the provider is asked, and of each attempt of a run once.

use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::provider::Capability;
use crate::ports::store::{DeploymentFilter, OutboxEffect, SmokeRunFilter, Write};
use pilothouse_domain::deployment::{Deployment, Run, RunStatus};
use pilothouse_domain::manual_run::{ManualRun, ManualRunState};
use pilothouse_domain::paths::valid_patterns;
use pilothouse_domain::product::Environment;
use pilothouse_domain::release::Release;
use pilothouse_domain::smoke::{CollectedRun, ReportRule, SmokeCause, SmokeRun, SmokeRunState, SmokeSubject};
use pilothouse_domain::{Actor, ConnectionId, EnvironmentId, ManualRunId, ProductId, ReleaseId, SmokeRunId};

/// Imports of a subject that are looked through for one of the same attempt.
const LOOKED_AT: u32 = 100;

/// A run whose reports are wanted, and what its pipeline is called.
struct Source {
    connection_id: ConnectionId,
    repository: String,
    external_id: String,
    pipeline: String,
    deployment: Option<Deployment>,
}

impl Engine {
    /// Which files of the runs of an environment's pipeline are reports.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn report_rule(&self, product: ProductId, environment: EnvironmentId) -> Result<ReportRule, EngineError> {
        let rules = self.store().report_rules(product).await?;
        Ok(rules.into_iter().find(|rule| rule.environment_id == environment).unwrap_or_else(|| ReportRule::of(environment)))
    }

    /// Says which files of the runs of an environment's pipeline are reports, and what depends on them.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for what is no pattern; the provider's reason where it hands out no files and they are to be imported by
    /// themselves.
    pub async fn set_report_rule(&self, actor: &Actor, mut rule: ReportRule) -> Result<ReportRule, EngineError> {
        let environment = self.store().environment(rule.environment_id).await?;
        rule.patterns = valid_patterns(&rule.patterns).map_err(|pattern| {
            let next_step = "Write it like **/*junit*.xml, and no more than 50 of them; ** stands for any folders.";
            EngineError::invalid("patterns", format!("`{pattern}` can't be used as a pattern of files"), next_step)
        })?;
        if rule.automatic {
            let source = self.store().product(environment.product_id).await?.connection_id;
            let connection = environment.deploy.connection(source);
            self.must_be_offered(connection, Capability::Artifacts).await?;
        }
        let when = if rule.automatic { "after each deployment's run" } else { "when somebody asks" };
        let files = rule.effective_patterns().join(", ");
        let mut change = self.change(actor);
        let summary = format!("Reports of tests of runs in {} are imported {when}: {files}", environment.name);
        change.audit_environment("environment.report_rule", &environment, summary);
        change.write(Write::ReportRule(rule.clone()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(rule)
    }

    /// Imports the reports that a run left behind, for a release in an environment: those of its last deployment there, or of a run that was
    /// started by hand. Returns once that is written; the loop asks the provider. Of an attempt that was imported, that import is returned.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where there is no such run, it goes on, or has nothing to do with the release; the provider's reason where
    /// it hands out no files.
    pub async fn collect_reports(
        &self,
        actor: &Actor,
        release: ReleaseId,
        environment: EnvironmentId,
        by_hand: Option<ManualRunId>,
    ) -> Result<SmokeRun, EngineError> {
        let release = self.store().release(release).await?;
        let environment = self.store().environment(environment).await?;
        if environment.product_id != release.product_id {
            let next_step = "Choose one of the release's product.";
            return Err(EngineError::invalid("environment", "the environment is of another product", next_step));
        }
        let source = match by_hand {
            None => self.deployed_source(&release, &environment).await?,
            Some(id) => manual_source(&self.store().manual_run(id).await?, &release)?,
        };
        self.must_be_offered(source.connection_id, Capability::Artifacts).await?;
        let (repository, external_id) = (source.repository.clone(), source.external_id.clone());
        let seen = self.ask_provider(source.connection_id, async move |client| client.run(&repository, &external_id).await).await?;
        if !seen.status.is_ended() {
            let message = format!("run {} is still under way", source.external_id);
            return Err(EngineError::invalid("run", message, "Wait until it has ended: its reports come with its end."));
        }
        let rule = self.report_rule(release.product_id, environment.id).await?;
        let run = self.new_collection(&source, &seen, &release, &environment, rule.required, actor);
        if let Some(known) = self.same_origin(&run).await? {
            return Ok(known);
        }
        let mut change = self.change(actor);
        request(&mut change, &run);
        match self.ports.store.commit(change.into_set()).await {
            Ok(_) => Ok(self.store().smoke_run(run.id).await?),
            // Somebody else, or the end of the deployment's run, was faster.
            Err(StoreError::Taken { .. }) => {
                self.same_origin(&run).await?.ok_or_else(|| StoreError::Conflict { kind: "smoke_run", id: run.id.to_string() }.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The run of the release's last deployment to an environment.
    async fn deployed_source(&self, release: &Release, environment: &Environment) -> Result<Source, EngineError> {
        let of = DeploymentFilter { release: Some(release.id), environment: Some(environment.id), limit: 1, ..DeploymentFilter::default() };
        let deployment = self.store().deployments(&of).await?.into_iter().next();
        let external_id = deployment.as_ref().and_then(last_run).map(|run| run.external_id.clone());
        let Some((deployment, external_id)) = deployment.zip(external_id) else {
            return Err(EngineError::invalid(
                "run",
                format!("no run has deployed {} to {}", release.version, environment.name),
                "Deploy it first, name a run that was started by hand, or import a file.",
            ));
        };
        let product = self.store().product(release.product_id).await?;
        Ok(Source {
            connection_id: deployment.pipeline.connection(product.connection_id),
            repository: deployment.repository.clone(),
            external_id,
            pipeline: deployment.pipeline.pipeline.clone(),
            deployment: Some(deployment),
        })
    }

    fn new_collection(
        &self,
        source: &Source,
        seen: &Run,
        release: &Release,
        environment: &Environment,
        required: bool,
        actor: &Actor,
    ) -> SmokeRun {
        let name = format!("Tests of {}", source.pipeline.rsplit('/').next().unwrap_or(&source.pipeline));
        let run = CollectedRun {
            connection_id: source.connection_id,
            repository: source.repository.clone(),
            external_id: source.external_id.clone(),
            attempt: seen.attempt,
            url: seen.url.clone(),
        };
        SmokeRun {
            id: self.new_id(SmokeRunId::new),
            revision: 0,
            product_id: release.product_id,
            environment_id: environment.id,
            environment: environment.name.clone(),
            release_id: release.id,
            version: release.version.clone(),
            commit: release.source.commit.clone(),
            subject: SmokeSubject::Report { name: name.clone() },
            name,
            required,
            deployment_id: source.deployment.as_ref().map(|deployment| deployment.id),
            cause: SmokeCause::Collected { run, files: Vec::new(), left_out: Vec::new(), format: None },
            digest: String::new(),
            steps: Vec::new(),
            results: Vec::new(),
            report: None,
            state: SmokeRunState::Requested,
            requested_by: actor.clone(),
            requested_at: self.now(),
        }
    }

    /// An import of the same attempt that has come to something, or is about to.
    async fn same_origin(&self, run: &SmokeRun) -> Result<Option<SmokeRun>, EngineError> {
        let of = SmokeRunFilter {
            release: Some(run.release_id),
            environment: Some(run.environment_id),
            subject: Some(run.subject.clone()),
            limit: LOOKED_AT,
            ..SmokeRunFilter::default()
        };
        let origin = run.origin();
        Ok(self.store().smoke_runs(&of).await?.into_iter().find(|known| known.origin() == origin))
    }
}

/// The reports of a run of a deployment that has just ended, where the environment's rule says that they are imported by themselves.
pub(crate) async fn derive_collection(
    engine: &Engine,
    change: &mut Change,
    before: &Deployment,
    after: &Deployment,
) -> Result<(), EngineError> {
    let Some(ended) = newly_ended(before, after) else { return Ok(()) };
    let rule = engine.report_rule(after.product_id, after.environment_id).await?;
    if !rule.automatic {
        return Ok(());
    }
    let product = engine.store().product(after.product_id).await?;
    let release = engine.store().release(after.release_id).await?;
    let environment = engine.store().environment(after.environment_id).await?;
    let source = Source {
        connection_id: after.pipeline.connection(product.connection_id),
        repository: after.repository.clone(),
        external_id: ended.external_id.clone(),
        pipeline: after.pipeline.pipeline.clone(),
        deployment: Some(after.clone()),
    };
    let run = engine.new_collection(&source, ended, &release, &environment, rule.required, &Actor::Engine);
    if engine.same_origin(&run).await?.is_none() {
        request(change, &run);
    }
    Ok(())
}

fn request(change: &mut Change, run: &SmokeRun) {
    let SmokeCause::Collected { run: of, .. } = &run.cause else { return };
    let summary = format!("Imports the reports of run {} for {} in {}", of.external_id, run.version, run.environment);
    change.audit_smoke_run("smoke_run.requested", run, summary);
    change.schedule_smoke(run, Some(OutboxEffect::RunSmoke));
    change.write(Write::SmokeRun(run.clone()));
}

/// The run that has succeeded or failed by this change.
fn newly_ended<'d>(before: &Deployment, after: &'d Deployment) -> Option<&'d Run> {
    let has_ended = |run: &Run| matches!(run.status, RunStatus::Succeeded | RunStatus::Failed);
    let had_ended = |run: &Run| {
        let known = before.phases.iter().filter_map(|phase| phase.state.run());
        known.filter(|known| has_ended(known)).any(|known| known.external_id == run.external_id && known.attempt == run.attempt)
    };
    after.phases.iter().filter_map(|phase| phase.state.run()).find(|run| has_ended(run) && !had_ended(run))
}

/// The run that a deployment has come to last.
fn last_run(deployment: &Deployment) -> Option<&Run> {
    deployment.phases.iter().rev().find_map(|phase| phase.state.run())
}

/// A run that was started by hand, where it has to do with the release: it ran at its tag or commit, or was told its version.
fn manual_source(run: &ManualRun, release: &Release) -> Result<Source, EngineError> {
    let ManualRunState::Started { run: started, .. } = &run.state else {
        let next_step = "Choose one that the provider has, on the page of pipelines.";
        return Err(EngineError::invalid("run", "the run that was asked for by hand was not started", next_step));
    };
    let version = release.version.to_string();
    let names = [release.tag.as_str(), release.source.commit.as_str(), version.as_str()];
    let values = run.pipeline.inputs.iter().map(|(_, value)| value.as_str());
    if !values.chain([run.pipeline.git_ref.as_str()]).any(|value| names.contains(&value)) {
        return Err(EngineError::invalid(
            "run",
            format!("run {} names neither {version} nor its tag or commit", started.external_id),
            "Start the tests at the release's tag, or give them its version as an input. Reports of other runs can be imported as files.",
        ));
    }
    Ok(Source {
        connection_id: run.connection_id,
        repository: run.repository.clone(),
        external_id: started.external_id.clone(),
        pipeline: run.pipeline.pipeline.clone(),
        deployment: None,
    })
}
