//! What must hold after every step, whatever the dice said.

use crate::provider::SimProvider;
use pilothouse_domain::deployment::{Deployment, DeploymentState};
use pilothouse_domain::{Actor, PhaseId};
use pilothouse_engine::Engine;
use pilothouse_engine::ports::store::{DeploymentFilter, Store};
use std::collections::BTreeMap;

/// Counts what the provider accepted per phase: at most one run, as the simulated person triggers again only where there is none.
pub(crate) fn one_trigger_per_phase(provider: &SimProvider) {
    let mut accepted: BTreeMap<String, u32> = BTreeMap::new();
    for run in provider.accepted() {
        // `<phase>` or `<phase>-2`.
        let phase: String = run.token.chars().take(36).collect();
        *accepted.entry(phase).or_default() += 1;
    }
    for (phase, count) in accepted {
        assert!(phase.parse::<PhaseId>().is_ok(), "a run without a correlation token was accepted: {phase}");
        assert_eq!(count, 1, "phase {phase} was triggered {count} times");
    }
}

/// The store's own view: one deployment at a time in an environment, terminal states kept, the audit chain sound.
pub(crate) async fn store_is_sound(store: &dyn Store, ended: &mut BTreeMap<String, DeploymentState>) -> Vec<Deployment> {
    let deployments = store.deployments(&DeploymentFilter { limit: 1_000, ..DeploymentFilter::default() }).await.unwrap();
    let mut active: BTreeMap<String, u32> = BTreeMap::new();
    for deployment in &deployments {
        if deployment.state.is_terminal() {
            let known = ended.entry(deployment.id.to_string()).or_insert_with(|| deployment.state.clone());
            assert_eq!(*known, deployment.state, "deployment {} left its end", deployment.id);
        } else {
            assert!(!ended.contains_key(&deployment.id.to_string()), "deployment {} left its end", deployment.id);
            if !matches!(deployment.state, DeploymentState::Queued { .. }) {
                *active.entry(deployment.environment.clone()).or_default() += 1;
            }
        }
    }
    for (environment, count) in active {
        assert_eq!(count, 1, "{count} deployments at a time in {environment}");
    }
    deployments
}

/// The audit chain verifies from its first event, and every approval is signed.
pub(crate) async fn chain_is_sound(engine: &Engine) {
    let report = engine.verify_audit(None).await.unwrap();
    assert_eq!(report.fault, None);
    assert_eq!((report.approvals.faults, report.approvals.unsigned), (Vec::new(), 0));
}

/// Every deployment has ended, or waits for somebody with a name.
pub(crate) fn ended_or_asked(deployments: &[Deployment]) {
    for deployment in deployments {
        match &deployment.state {
            DeploymentState::AwaitingDecision { asked_of: Actor::Person { name }, .. } => assert!(!name.is_empty()),
            state => assert!(state.is_terminal(), "{} to {} goes nowhere: {deployment:#?}", deployment.version, deployment.environment),
        }
    }
}
