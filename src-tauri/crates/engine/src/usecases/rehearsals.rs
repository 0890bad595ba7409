//! Rehearses a release's plan before the day: policy is asked for each stage at the time at which it would begin, and the providers
//! whether each pipeline is there and takes what it would be handed. Must not trigger or write anything.

use super::inputs::judge;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::calendar_store::StartFilter;
use crate::ports::provider::{InputKind, ProviderErrorKind};
use futures::future::join_all;
use pilothouse_domain::deployment::{Deployment, DeploymentKind};
use pilothouse_domain::pipeline::PipelineBinding;
use pilothouse_domain::product::Environment;
use pilothouse_domain::rehearsal::{RehearsedStage, SetStart, rehearse};
use pilothouse_domain::scheduled_start::ScheduledStartState;
use pilothouse_domain::{Actor, EnvironmentId, ReleaseId, Timestamp};

/// A rehearsal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// From when on.
    pub from: Timestamp,
    /// The stages, in promotion order.
    pub stages: Vec<Stage>,
}

/// A stage, as it would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The environment.
    pub environment: Environment,
    /// What policy says.
    pub stage: RehearsedStage,
    /// What the providers say of its pipelines.
    pub pipelines: Vec<RehearsedPipeline>,
}

/// What a provider says of a pipeline that would be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RehearsedPipeline {
    /// The pipeline.
    pub pipeline: String,
    /// What for: `deploy`, `deploy, phase 10 percent`, `roll back`.
    pub purpose: String,
    /// What would be wrong; empty where it is there and takes what it would be handed.
    pub faults: Vec<String>,
}

impl Engine {
    /// Rehearses the plan of a release, from a time on; without one from now on.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where there is no plan, or the time is over.
    pub async fn rehearse(&self, id: ReleaseId, from: Option<Timestamp>) -> Result<Rehearsal, EngineError> {
        let now = self.now();
        let from = from.unwrap_or(now);
        if from < now {
            return Err(EngineError::invalid("from", "that time is over", "Choose a later one."));
        }
        let facts = self.release_facts(id).await?;
        if facts.release.plan.is_none() {
            let message = format!("{} has no plan", facts.release.version);
            return Err(EngineError::invalid("release", message, "Plan it first: what is rehearsed is the plan."));
        }
        let filter = StartFilter { release: Some(id), open_only: true, ..StartFilter::default() };
        let set: Vec<SetStart> = self
            .store()
            .scheduled_starts(&filter)
            .await?
            .into_iter()
            .filter(|start| matches!(start.state, ScheduledStartState::Waiting { .. }))
            .map(|start| SetStart { environment_id: start.environment_id, at: start.at })
            .collect();
        let stages = rehearse(&facts.facts(None), from, &set);
        let asked = stages.into_iter().map(async |stage| {
            let environment = facts.environment(stage.environment_id)?.clone();
            let pipelines = if stage.is_done { Vec::new() } else { self.rehearse_pipelines(&facts, stage.environment_id).await? };
            Ok::<Stage, EngineError>(Stage { environment, stage, pipelines })
        });
        let stages = join_all(asked).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(Rehearsal { from, stages })
    }

    /// Asks of each pipeline of a stage whether it is there and takes what it would be handed.
    async fn rehearse_pipelines(
        &self,
        facts: &crate::facts::ReleaseFacts,
        environment: EnvironmentId,
    ) -> Result<Vec<RehearsedPipeline>, EngineError> {
        let target = facts.environment(environment)?;
        let planned = facts.release.planned(environment);
        let deploy = planned.map_or(&target.deploy, |planned| &planned.deploy);
        let mut forward = self.new_deployment(&Actor::Engine, facts, target, deploy, DeploymentKind::Deploy);
        let mut wanted: Vec<(String, Deployment)> = Vec::new();
        let phases = std::mem::take(&mut forward.phases);
        for phase in phases {
            let purpose = if phase.rules.name.is_empty() { "deploy".to_owned() } else { format!("deploy, {}", phase.rules.name) };
            wanted.push((purpose, Deployment { phases: vec![phase], ..forward.clone() }));
        }
        let back = planned.map_or_else(|| target.rollback_pipeline(), |planned| &planned.rollback);
        if back != deploy {
            let kind = DeploymentKind::Rollback { parent: None, reason: String::new() };
            wanted.push(("roll back".to_owned(), self.new_deployment(&Actor::Engine, facts, target, back, kind)));
        }
        // Phases that differ in nothing that the pipeline is handed but its token are asked about once.
        let mut found: Vec<RehearsedPipeline> = Vec::new();
        for (purpose, deployment) in wanted {
            let faults = self.faults_of(&facts.product.product, &deployment).await?;
            let pipeline = deployment.filled_pipeline().pipeline;
            match found.iter_mut().find(|known| known.pipeline == pipeline && known.faults == faults) {
                Some(known) => known.purpose = format!("{}; {purpose}", known.purpose),
                None => found.push(RehearsedPipeline { pipeline, purpose, faults }),
            }
        }
        Ok(found)
    }

    async fn faults_of(&self, product: &pilothouse_domain::product::Product, deployment: &Deployment) -> Result<Vec<String>, EngineError> {
        let filled = deployment.filled_pipeline();
        let binding: &PipelineBinding = &deployment.pipeline;
        let connection = binding.connection(product.connection_id);
        let repository = deployment.repository.clone();
        let (pipeline, git_ref) = (filled.pipeline.clone(), filled.git_ref.clone());
        let asked = self
            .ask_provider(connection, async move |client| {
                let git_ref = if git_ref.is_empty() { client.repository(&repository).await?.default_branch } else { git_ref };
                let description = client.describe_pipeline(&repository, &pipeline, &git_ref).await?;
                let wants_environment = description.inputs.iter().any(|input| input.kind == InputKind::Environment);
                // Not every account may see them: any name is taken then.
                let known = if wants_environment { client.environments(&repository).await.unwrap_or_default() } else { Vec::new() };
                Ok((description, known))
            })
            .await;
        match asked {
            Ok((description, known)) => {
                let obstacle = description.obstacle.clone();
                let faults = judge(&description.inputs, &filled.inputs, &known).into_iter().map(|f| format!("{}: {}", f.input, f.message));
                Ok(obstacle.into_iter().chain(faults).collect())
            }
            Err(error @ EngineError::Store(_)) => Err(error),
            // The tag is created before the day, and policy says so: the pipeline at a tag that isn't there can't be looked at.
            Err(EngineError::Provider(error)) if error.kind == ProviderErrorKind::NotFound && binding.names_tag() => {
                Ok(vec![format!("It could not be looked at: {} {}", error.message, error.next_step)])
            }
            Err(error) => Ok(vec![crate::carry::words(&error)]),
        }
    }
}
