//! The rehearsal of a release's plan: what would be refused, stage by stage.

use crate::Api;
use crate::blockers::{BlockerView, shown_blockers};
use crate::decode::{id, shown, time};
use crate::error::ApiError;
use serde::{Deserialize, Serialize};
use specta::Type;

/// A release to rehearse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RehearseRequest {
    /// Its id.
    pub id: String,
    /// From when on; none for now.
    pub from: Option<String>,
}

/// A rehearsal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RehearsalView {
    /// From when on.
    pub from: String,
    /// The stages, in promotion order.
    pub stages: Vec<RehearsedStageView>,
    /// How many things would be refused.
    pub refusals: u32,
}

/// A stage, as it would go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RehearsedStageView {
    /// The environment's id.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// When it would begin.
    pub begins: String,
    /// True where that is a time that somebody has set.
    pub is_scheduled: bool,
    /// When it would be found well at the soonest.
    pub ends: String,
    /// True where the release is there and well already.
    pub is_done: bool,
    /// What would refuse it.
    pub blockers: Vec<BlockerView>,
    /// What a person would be warned of.
    pub cautions: Vec<String>,
    /// What its pipelines are, and what would be wrong with them.
    pub pipelines: Vec<RehearsedPipelineView>,
    /// Where a rollback would go; none where there is no way back.
    pub back_to: Option<String>,
}

/// A pipeline that would be started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RehearsedPipelineView {
    /// The pipeline.
    pub pipeline: String,
    /// What for.
    pub purpose: String,
    /// What would be wrong; empty where it is there and takes what it would be handed.
    pub faults: Vec<String>,
}

impl Api {
    /// Rehearses the plan of a release: nothing is triggered, nothing is written.
    ///
    /// # Errors
    /// `invalid` where there is no plan.
    pub async fn rehearse_release(&self, request: RehearseRequest) -> Result<RehearsalView, ApiError> {
        let from = request.from.as_deref().map(|text| time("from", text)).transpose()?;
        let rehearsal = self.engine.rehearse(id("id", &request.id)?, from).await?;
        let stages: Vec<RehearsedStageView> = rehearsal
            .stages
            .into_iter()
            .map(|found| RehearsedStageView {
                environment_id: found.environment.id.to_string(),
                environment: found.environment.name,
                begins: shown(found.stage.begins),
                is_scheduled: found.stage.is_scheduled,
                ends: shown(found.stage.ends),
                is_done: found.stage.is_done,
                blockers: shown_blockers(&found.stage.blockers),
                cautions: found.stage.cautions,
                pipelines: found
                    .pipelines
                    .into_iter()
                    .map(|p| RehearsedPipelineView { pipeline: p.pipeline, purpose: p.purpose, faults: p.faults })
                    .collect(),
                back_to: found.stage.back_to.map(|version| version.to_string()),
            })
            .collect();
        let refusals = stages.iter().map(|s| s.blockers.len() + s.pipelines.iter().filter(|p| !p.faults.is_empty()).count()).sum::<usize>();
        Ok(RehearsalView { from: shown(rehearsal.from), refusals: u32::try_from(refusals).unwrap_or(u32::MAX), stages })
    }
}
