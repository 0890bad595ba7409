//! What can be held at a provider, and whether it is.

use crate::browse::lacking;
use crate::decode::id;
use crate::error::ApiError;
use crate::lookups::RepositoryRequest;
use crate::manual_runs::ChangedEnvironmentView;
use crate::{Api, IdRequest};
use pilothouse_domain::ConnectionId;
use pilothouse_engine::ports::provider::{Capability, Hold, HoldTarget};
use pilothouse_engine::usecases::{BoundPipeline, HeldPipeline};
use serde::{Deserialize, Serialize};
use specta::Type;

/// What can be held in a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProviderHolds {
    /// Each thing that can be held; none where the provider lacks it.
    pub holds: Vec<ProviderHoldView>,
    /// Why nothing can be held; `None` where something can.
    pub lacking: Option<String>,
}

/// Something that can be held, and whether it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProviderHoldView {
    /// What.
    pub target: HoldTargetDto,
    /// What it is called.
    pub title: String,
    /// Whether it is held now.
    pub is_held: bool,
    /// Why and by whom, where the provider keeps it.
    pub reason: Option<String>,
    /// What holding really stops, and what not.
    pub stops: String,
    /// The environments that the held pipeline changes.
    pub environments: Vec<ChangedEnvironmentView>,
}

/// What can be held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HoldTargetDto {
    /// A pipeline: nobody can start it.
    Pipeline {
        /// Which.
        pipeline: String,
    },
    /// The way into a stage of a pipeline.
    Stage {
        /// Of which pipeline.
        pipeline: String,
        /// Which.
        stage: String,
    },
    /// A period in which jobs are told that there is a freeze.
    Freeze,
}

/// A deploy pipeline that is held, or frozen, at its provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HeldPipelineView {
    /// The environment that it deploys to.
    pub environment: String,
    /// Through which connection.
    pub connection_id: String,
    /// Where it lives.
    pub repository: String,
    /// The pipeline.
    pub pipeline: String,
    /// What is held.
    pub title: String,
    /// Why and by whom, where the provider keeps it.
    pub reason: Option<String>,
    /// What holding really stops, and what not.
    pub stops: String,
    /// True where no deployment is started until it is released.
    pub blocks: bool,
}

/// Something to hold, or to release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SetHoldRequest {
    /// Through which connection.
    pub connection_id: String,
    /// In which repository.
    pub repository: String,
    /// What.
    pub target: HoldTargetDto,
    /// True to hold, false to release.
    pub held: bool,
    /// Why.
    pub reason: String,
}

impl From<HoldTargetDto> for HoldTarget {
    fn from(target: HoldTargetDto) -> Self {
        match target {
            HoldTargetDto::Pipeline { pipeline } => Self::Pipeline { pipeline },
            HoldTargetDto::Stage { pipeline, stage } => Self::Stage { pipeline, stage },
            HoldTargetDto::Freeze => Self::Freeze,
        }
    }
}

impl From<HoldTarget> for HoldTargetDto {
    fn from(target: HoldTarget) -> Self {
        match target {
            HoldTarget::Pipeline { pipeline } => Self::Pipeline { pipeline },
            HoldTarget::Stage { pipeline, stage } => Self::Stage { pipeline, stage },
            HoldTarget::Freeze => Self::Freeze,
        }
    }
}

impl Api {
    /// What can be held in a repository, and whether it is.
    ///
    /// # Errors
    /// Where the provider can't be asked.
    pub async fn list_holds(&self, request: RepositoryRequest) -> Result<ProviderHolds, ApiError> {
        let connection: ConnectionId = id("connection_id", &request.connection_id)?;
        if let Some(why) = lacking(self.capabilities_of(connection).await?, Capability::Hold) {
            return Ok(ProviderHolds { holds: Vec::new(), lacking: Some(why) });
        }
        let bound = self.engine.bound(connection, &request.repository, None).await?;
        let holds = self.engine.holds(connection, &request.repository).await?;
        Ok(ProviderHolds { holds: holds.into_iter().map(|hold| view(hold, &bound)).collect(), lacking: None })
    }

    /// What holds the deploy pipelines of a product up, by promotion order. Providers that don't answer in time are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn held_pipelines(&self, request: IdRequest) -> Result<Vec<HeldPipelineView>, ApiError> {
        let held = self.engine.held_pipelines(id("id", &request.id)?).await?;
        let view = |one: HeldPipeline| HeldPipelineView {
            environment: one.environment.name,
            connection_id: one.connection_id.to_string(),
            repository: one.repository,
            pipeline: one.environment.deploy.pipeline,
            blocks: one.hold.target != HoldTarget::Freeze,
            title: one.hold.title,
            reason: one.hold.reason,
            stops: one.hold.stops.to_owned(),
        };
        Ok(held.into_iter().map(view).collect())
    }

    /// Holds something, or releases it; how it is afterwards.
    ///
    /// # Errors
    /// `invalid` where a reason is missing, `provider_refused` where the provider lacks it or says no.
    pub async fn set_hold(&self, request: SetHoldRequest) -> Result<ProviderHoldView, ApiError> {
        let connection: ConnectionId = id("connection_id", &request.connection_id)?;
        let bound = self.engine.bound(connection, &request.repository, None).await?;
        let target = request.target.into();
        let hold = self.engine.set_hold(&self.actor, connection, &request.repository, &target, request.held, &request.reason).await?;
        Ok(view(hold, &bound))
    }
}

fn view(hold: Hold, bound: &[BoundPipeline]) -> ProviderHoldView {
    let concerns = |one: &&BoundPipeline| match &hold.target {
        HoldTarget::Pipeline { pipeline } | HoldTarget::Stage { pipeline, .. } => one.pipeline == *pipeline,
        HoldTarget::Freeze => true,
    };
    let mut environments: Vec<ChangedEnvironmentView> = Vec::new();
    for one in bound.iter().filter(concerns) {
        let one = ChangedEnvironmentView::from(&one.changed);
        if !environments.contains(&one) {
            environments.push(one);
        }
    }
    ProviderHoldView {
        target: hold.target.into(),
        title: hold.title,
        is_held: hold.is_held,
        reason: hold.reason,
        stops: hold.stops.to_owned(),
        environments,
    }
}
