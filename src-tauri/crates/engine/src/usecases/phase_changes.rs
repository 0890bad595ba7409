//! Other phases for a deployment under way: what has not begun is changed in the deployment and in the release's plan at once, so that what
//! was approved is what runs. Must not trigger anything: what comes is held by policy until the plan is approved as it is then.

use super::rollouts::valid_rollout;
use super::valid_reason;
use crate::carry::feed::derive;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::facts::ReleaseFacts;
use crate::ports::StoreError;
use crate::ports::store::Write;
use pilothouse_domain::approval::{Verdict, content_hash};
use pilothouse_domain::deployment::{Deployment, DeploymentEvent, PhasesChange, Transition, apply};
use pilothouse_domain::plan_difference::{PlanChange, phase_changes};
use pilothouse_domain::policy::{Action, Blocker, Gate};
use pilothouse_domain::release::{Release, ReleaseEvent, apply as apply_release};
use pilothouse_domain::rollout::{PlannedPhase, Rollout};
use pilothouse_domain::{Actor, DeploymentId, PhaseId};

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;

/// Other phases for a deployment under way.
#[derive(Clone, Debug)]
pub struct PhasesEdit {
    /// All phases as they are to be: those that have begun or are over are among them, as they are.
    pub phases: Vec<PlannedPhase>,
    /// How many changes of its phases were known to whoever wants this one.
    pub seen: usize,
    /// Why, never empty.
    pub reason: String,
}

/// What a change of phases would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhasesOutlook {
    /// What differs, phase by phase.
    pub changes: Vec<PlanChange>,
    /// People whose approval would be void.
    pub lapsing: Vec<String>,
    /// What would hold the next phase until people approve the plan anew; `None` where nobody has to.
    pub held: Option<Blocker>,
    /// Other environments of the plan that would ask for approval anew.
    pub also: Vec<String>,
}

/// A change of phases in the making.
struct Changed {
    before: Deployment,
    moved: Transition,
    release: Release,
    outlook: PhasesOutlook,
}

impl Engine {
    /// Changes the phases of a deployment that have not begun, and the release's plan with them. Votes on the plan as it was are void.
    ///
    /// # Errors
    /// [`EngineError::Deployment`] where a phase that it touches has begun meanwhile, or somebody else has changed them;
    /// [`EngineError::Invalid`] where the phases can't be, nothing differs, or without a reason; [`EngineError::Release`] where the
    /// release is over.
    pub async fn change_phases(&self, actor: &Actor, id: DeploymentId, edit: PhasesEdit) -> Result<Deployment, EngineError> {
        let edit = PhasesEdit { reason: valid_reason(&edit.reason)?, ..edit };
        for _ in 0..MAX_CONFLICTS {
            let Changed { before, moved, release, outlook } = self.changed_phases(actor, id, &edit).await?;
            let mut change = self.change(actor);
            let what = format!("{} to {}", before.version, before.environment);
            let lapsed = match outlook.lapsing.as_slice() {
                [] => String::new(),
                people => format!(". No longer counted: the approval of {}", people.join(", ")),
            };
            let data = serde_json::json!({
                "before": before.planned_rollout().phases, "after": moved.next.planned_rollout().phases, "reason": edit.reason,
                "lapsed": outlook.lapsing,
            });
            let summary = format!("Changed the phases to come of {what}: {}{lapsed}", edit.reason);
            change.audit_deployment("deployment.phases_changed", &moved.next, summary, data);
            let summary = format!("The plan of {} has other phases in {}: {}", release.version, before.environment, edit.reason);
            change.audit_release("release.phases_changed", &release, summary, serde_json::json!({ "plan": release.plan }));
            change.write(Write::Release(release));
            change.write(Write::Deployment(moved.next.clone()));
            change.schedule(&moved.next, moved.schedule);
            derive(self, &mut change, &before, &moved.next).await?;
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().deployment(id).await?),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "deployment", id: id.to_string() }.into())
    }

    /// What such a change would come to. Writes nothing.
    ///
    /// # Errors
    /// As [`Engine::change_phases`], but for the reason.
    pub async fn phases_outlook(&self, actor: &Actor, id: DeploymentId, edit: &PhasesEdit) -> Result<PhasesOutlook, EngineError> {
        Ok(self.changed_phases(actor, id, edit).await?.outlook)
    }

    async fn changed_phases(&self, actor: &Actor, id: DeploymentId, edit: &PhasesEdit) -> Result<Changed, EngineError> {
        let before = self.store().deployment(id).await?;
        let wanted = Rollout { phases: edit.phases.clone(), on_failure: before.on_failure };
        valid_rollout(&before.environment, &wanted)?;
        let change = PhasesChange {
            by: actor.clone(),
            fresh: edit.phases.iter().map(|_| self.new_id(PhaseId::new)).collect(),
            phases: wanted.phases,
            seen: edit.seen,
            reason: edit.reason.clone(),
        };
        let now = self.now();
        let moved = apply(&before, DeploymentEvent::PhasesChanged(change), now, &self.pacing)?;
        let (then, rollout) = (before.planned_rollout(), moved.next.planned_rollout());
        if then == rollout {
            return Err(EngineError::invalid("phases", "the phases are as they were", "Change a phase that has not begun."));
        }
        let changes = phase_changes(&before.environment, &then.phases, &rollout.phases);
        let mut facts = self.release_facts(before.release_id).await?;
        let planned = facts.product.environments.iter().filter(|e| facts.release.planned(e.id).is_some());
        let needs_no_approval = planned.into_iter().all(|e| !e.rules.asks_for_approval_of(&facts.release));
        let event = ReleaseEvent::PhasesChanged { environment: before.environment_id, rollout, by: actor.clone(), needs_no_approval };
        let release = apply_release(&facts.release, event, now)?;
        let hash = content_hash(&facts.release.version, &facts.release.source, facts.release.plan.as_ref());
        let mut lapsing: Vec<String> = Vec::new();
        let counted = facts.approvals.iter().filter(|vote| vote.content_hash == hash && vote.verdict == Verdict::Approved);
        for name in counted.map(|vote| vote.by.to_string()) {
            if !lapsing.contains(&name) {
                lapsing.push(name);
            }
        }
        let were_held = self.unapproved(&facts);
        facts.release = release.clone();
        let are_held = self.unapproved(&facts);
        let is_own = |name: &String| *name == before.environment;
        let also = are_held.iter().map(|(name, _)| name).filter(|name| !is_own(name) && were_held.iter().all(|(other, _)| other != *name));
        let outlook = PhasesOutlook {
            changes,
            lapsing,
            also: also.cloned().collect(),
            held: are_held.into_iter().find(|(name, _)| is_own(name)).map(|(_, blocker)| blocker),
        };
        Ok(Changed { before, moved, release, outlook })
    }

    /// The environments of the plan that ask for votes which are missing.
    fn unapproved(&self, facts: &ReleaseFacts) -> Vec<(String, Blocker)> {
        let planned = facts.product.environments.iter().filter(|e| facts.release.planned(e.id).is_some());
        planned
            .filter_map(|e| {
                let blockers = facts.blockers(&Action::Deploy { deployment: None }, Some(e.id), self.now());
                Some((e.name.clone(), blockers.into_iter().find(|blocker| blocker.gate == Gate::Approvals)?))
            })
            .collect()
    }
}
