//! A person who changes the phases of a rollout on its way, votes that follow, and what must hold: no phase is triggered in an environment
//! that asks for votes but by a plan that is approved.

use crate::world::World;
use pilothouse_domain::Actor;
use pilothouse_domain::approval::{Verdict, content_hash};
use pilothouse_domain::deployment::{Deployment, Phase};
use pilothouse_domain::rollout::{PhaseRules, PlannedPhase};
use pilothouse_engine::ports::store::Store;
use pilothouse_engine::usecases::PhasesEdit;
use pilothouse_engine::{Engine, EngineError};
use serde_json::Value;
use std::collections::BTreeMap;

/// Other phases for a deployment: another share, a further phase, or one less; some of it can't be, and is refused.
pub(crate) async fn change(engine: &Engine, world: &World, by: &Actor, deployment: &Deployment) -> Result<(), EngineError> {
    let mut phases: Vec<PlannedPhase> = deployment.phases.iter().map(Phase::as_planned).collect();
    let begun = deployment.phases.iter().take_while(|phase| !phase.is_to_come()).count();
    let number = deployment.phase_changes.len();
    let share = u8::try_from(world.below(100)).unwrap();
    match world.below(4) {
        0 if phases.len() > begun + 1 => drop(phases.remove(begun)),
        1 => {
            let rules = PhaseRules { name: format!("added {number}"), bake_seconds: 30, ..PhaseRules::default() };
            phases.insert(begun.min(phases.len() - 1), PlannedPhase { weight_percent: share, rules });
        }
        2 => phases[begun.min(deployment.phases.len() - 1)].weight_percent = share,
        _ => {
            for phase in &mut phases[begun..] {
                phase.rules.bake_seconds += 1;
            }
        }
    }
    let seen = number.saturating_sub(usize::from(world.below(8) == 0));
    engine.change_phases(by, deployment.id, PhasesEdit { phases, seen, reason: "it goes otherwise than thought".into() }).await.map(drop)
}

/// A vote for the release as it is now.
pub(crate) async fn vote(engine: &Engine, by: &Actor, deployment: &Deployment) -> Result<(), EngineError> {
    let release = engine.store().release(deployment.release_id).await?;
    let hash = content_hash(&release.version, &release.source, release.plan.as_ref());
    engine.vote(by, release.id, Verdict::Approved, "", &hash).await.map(drop)
}

/// Read from the audit, which has everything in the order in which it was written: nothing goes to an environment that asks for votes but
/// by a plan that somebody approved. One that is changed back to what was approved is approved.
pub(crate) async fn what_is_changed_waits_for_votes(store: &dyn Store, asks: &str) {
    let events = store.audit_after(0, 1_000_000).await.unwrap();
    // By release.
    let mut plans: BTreeMap<String, Value> = BTreeMap::new();
    let mut approved: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in &events {
        let entry = &event.entry;
        match entry.action.as_str() {
            "release.planned" | "release.phases_changed" => {
                plans.insert(entry.subject_id.clone(), entry.data["plan"].clone());
            }
            "release.approved" => approved.entry(entry.subject_id.clone()).or_default().extend(plans.get(&entry.subject_id).cloned()),
            "deployment.triggering" => {
                let deployment = store.deployment(entry.subject_id.parse().unwrap()).await.unwrap();
                let release = deployment.release_id.to_string();
                let is_approved = approved.get(&release).is_some_and(|plans_then| plans_then.contains(&plans[&release]));
                assert!(is_approved || deployment.is_rollback() || deployment.environment != asks, "{} unapproved", entry.summary);
            }
            _ => {}
        }
    }
}
