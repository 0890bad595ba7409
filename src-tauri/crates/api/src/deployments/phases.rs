//! Other phases for a deployment under way: what they come to, and making them so.

use super::DeploymentView;
use crate::blockers::{BlockerView, shown_blockers};
use crate::decode::id;
use crate::error::ApiError;
use crate::releases::PlanChangeView;
use crate::rollout::PlannedPhaseDto;
use crate::{Api, IdRequest};
use pilothouse_domain::plan_difference::PlanChange;
use pilothouse_domain::rollout::PlannedPhase;
use pilothouse_engine::usecases::{PhasesEdit, PhasesOutlook};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Other phases for a deployment under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChangePhasesRequest {
    /// The deployment's id.
    pub id: String,
    /// All phases as they are to be: those that have begun or are over are among them, as they are, found by their names.
    pub phases: Vec<PlannedPhaseDto>,
    /// How many changes of its phases were known to whoever asks: as many as the deployment's `phase_changes` had.
    pub seen: u32,
    /// Why, never empty; not asked for where it is only looked at what it comes to.
    #[serde(default)]
    pub reason: String,
}

/// The phases of a deployment as a document, to be changed and handed back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeploymentPhasesDto {
    /// All of them, as they are planned, in order.
    pub phases: Vec<PlannedPhaseDto>,
    /// How many changes of them are known to whoever has the document; without it, all that there are.
    #[serde(default)]
    pub seen: Option<u32>,
}

/// What other phases would come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PhasesOutlookView {
    /// What differs, phase by phase.
    pub changes: Vec<PlanChangeView>,
    /// People whose approval would be void.
    pub lapsing: Vec<String>,
    /// What would hold the next phase until people approve the plan anew; none where nobody has to.
    pub held: Option<BlockerView>,
    /// Other environments of the plan that would ask for approval anew.
    pub also: Vec<String>,
}

impl From<PhasesOutlook> for PhasesOutlookView {
    fn from(outlook: PhasesOutlook) -> Self {
        let change = |PlanChange { environment, what, before, after }| PlanChangeView { environment, what, before, after };
        Self {
            changes: outlook.changes.into_iter().map(change).collect(),
            lapsing: outlook.lapsing,
            held: outlook.held.as_ref().and_then(|blocker| shown_blockers(std::slice::from_ref(blocker)).pop()),
            also: outlook.also,
        }
    }
}

impl ChangePhasesRequest {
    fn into_edit(self) -> PhasesEdit {
        PhasesEdit {
            phases: self.phases.into_iter().map(PlannedPhase::from).collect(),
            seen: usize::try_from(self.seen).unwrap_or(usize::MAX),
            reason: self.reason,
        }
    }
}

impl Api {
    /// Changes the phases of a deployment that have not begun, and the release's plan with them. Votes on the plan as it was are void.
    ///
    /// # Errors
    /// `conflict` where a phase that it touches has begun meanwhile, or somebody else has changed them; `invalid` where the phases can't
    /// be, nothing differs, or without a reason.
    pub async fn change_phases(&self, request: ChangePhasesRequest) -> Result<DeploymentView, ApiError> {
        let id = id("id", &request.id)?;
        let deployment = self.engine.change_phases(&self.actor, id, request.into_edit()).await?;
        self.deployment_view(&deployment).await
    }

    /// What such a change would come to. Changes nothing.
    ///
    /// # Errors
    /// As [`Api::change_phases`], but for the reason.
    pub async fn preview_phases(&self, request: ChangePhasesRequest) -> Result<PhasesOutlookView, ApiError> {
        let id = id("id", &request.id)?;
        Ok(self.engine.phases_outlook(&self.actor, id, &request.into_edit()).await?.into())
    }

    /// All phases of a deployment as they are planned, with what was changed on the way.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn deployment_phases(&self, request: IdRequest) -> Result<DeploymentPhasesDto, ApiError> {
        let deployment = self.store().deployment(id("id", &request.id)?).await?;
        Ok(DeploymentPhasesDto {
            phases: deployment.planned_rollout().phases.iter().map(PlannedPhaseDto::from).collect(),
            seen: Some(u32::try_from(deployment.phase_changes.len()).unwrap_or(u32::MAX)),
        })
    }
}
