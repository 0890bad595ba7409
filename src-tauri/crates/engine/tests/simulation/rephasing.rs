//! A person who changes the phases of a rollout on its way, votes that follow, and what must hold: no phase is triggered in an environment
//! that asks for votes before what was changed is approved.

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

/// A deployment whose phases were changed: which they are now, and which ones somebody approved.
struct Changed {
    release: String,
    now: Value,
    approved: Vec<Value>,
}

/// Read from the audit, which has everything in the order in which it was written. Phases that are changed back to what was approved are
/// approved.
pub(crate) async fn what_is_changed_waits_for_votes(store: &dyn Store, asks: &str) {
    let events = store.audit_after(0, 1_000_000).await.unwrap();
    let mut changed: BTreeMap<String, Changed> = BTreeMap::new();
    for event in &events {
        let entry = &event.entry;
        match entry.action.as_str() {
            "deployment.phases_changed" => {
                let deployment = store.deployment(entry.subject_id.parse().unwrap()).await.unwrap();
                if deployment.environment == asks {
                    let (release, before) = (deployment.release_id.to_string(), entry.data["before"].clone());
                    let first = || Changed { release, now: Value::Null, approved: vec![before] };
                    changed.entry(entry.subject_id.clone()).or_insert_with(first).now = entry.data["after"].clone();
                }
            }
            "release.approved" => {
                for of_release in changed.values_mut().filter(|changed| changed.release == entry.subject_id) {
                    of_release.approved.push(of_release.now.clone());
                }
            }
            "deployment.triggering" => {
                let is_approved = changed.get(&entry.subject_id).is_none_or(|changed| changed.approved.contains(&changed.now));
                assert!(is_approved, "{} before anybody approved what was changed", entry.summary);
            }
            _ => {}
        }
    }
}
