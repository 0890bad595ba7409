//! What must hold after every step, whatever the dice said.

use crate::provider::SimProvider;
use pilothouse_domain::audit::{self, ChainHead};
use pilothouse_domain::deployment::{Deployment, DeploymentKind, DeploymentState};
use pilothouse_domain::rollout::OnFailure;
use pilothouse_domain::{Actor, PhaseId};
use pilothouse_engine::Engine;
use pilothouse_engine::ports::store::{DeploymentFilter, Store, UnplannedRunFilter};
use std::collections::{BTreeMap, BTreeSet};

/// Looks at what the provider accepted: one run at a time for a phase, since the simulated person triggers again only where there is
/// none or it has failed, and each with a token of its own.
pub(crate) fn one_trigger_per_phase(provider: &SimProvider) {
    let mut tokens: BTreeSet<String> = BTreeSet::new();
    for run in provider.accepted() {
        assert!(run.phase().parse::<PhaseId>().is_ok(), "a run without a correlation token was accepted: {}", run.token);
        assert!(run.comes_alone, "phase {} was triggered beside a run that was not known to have failed", run.phase());
        assert!(tokens.insert(run.token.clone()), "two runs have the token {}", run.token);
    }
    for attempt in provider.attempts_back() {
        assert!(attempt.comes_alone, "{} went back beside a run that was not known to have failed", attempt.token);
        assert!(tokens.insert(attempt.token.clone()), "the provider was asked twice to go back for {}", attempt.token);
    }
}

/// The store's own view: one deployment at a time in an environment, terminal states kept, the audit chain sound.
pub(crate) async fn store_is_sound(store: &dyn Store, ended: &mut BTreeMap<String, DeploymentState>) -> Vec<Deployment> {
    let deployments = store.deployments(&DeploymentFilter { limit: 1_000, ..DeploymentFilter::default() }).await.unwrap();
    let mut active: BTreeMap<String, u32> = BTreeMap::new();
    for deployment in &deployments {
        phases_are_in_order(deployment);
        goes_back_by_itself_once(deployment, &deployments);
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

/// Nothing was triggered before the phases in front of it were done.
fn phases_are_in_order(deployment: &Deployment) {
    assert!(deployment.phases.is_sorted_by_key(|phase| phase.weight_percent), "a share shrinks: {:?}", deployment.phases);
    assert_eq!(deployment.phases.last().map(|phase| phase.weight_percent), Some(100), "somebody doesn't get it");
    let open = deployment.phases.iter().position(|phase| !phase.is_done()).unwrap_or(deployment.phases.len());
    for phase in deployment.phases.iter().skip(open + 1) {
        assert_eq!(phase.triggers, 0, "{} of {} was triggered before its turn", phase.rules.name, deployment.version);
    }
}

/// What goes back by itself was found bad, was to go back by itself, and does so once.
fn goes_back_by_itself_once(deployment: &Deployment, all: &[Deployment]) {
    let DeploymentKind::Rollback { parent: Some(parent), .. } = &deployment.kind else { return };
    if deployment.requested_by != Actor::Engine {
        return;
    }
    let of_same = |d: &&Deployment| matches!(d.kind, DeploymentKind::Rollback { parent: Some(p), .. } if p == *parent);
    let by_itself = all.iter().filter(of_same).filter(|d| d.requested_by == Actor::Engine).count();
    assert_eq!(by_itself, 1, "it went back by itself {by_itself} times");
    let parent = all.iter().find(|d| d.id == *parent).unwrap();
    assert!(!parent.is_rollback() && matches!(parent.on_failure, OnFailure::RollBack { .. }), "it was not to go back by itself");
    assert!(matches!(parent.state, DeploymentState::Failed { .. }), "it went back, and was not bad: {:?}", parent.state);
}

async fn unplanned(store: &dyn Store) -> Vec<String> {
    let filter = UnplannedRunFilter { limit: 1_000, ..UnplannedRunFilter::default() };
    store.unplanned_runs(&filter).await.unwrap().into_iter().map(|run| run.external_id).collect()
}

/// No run that Pilothouse has started is ever called unplanned, and each run of somebody else is told of once.
pub(crate) async fn only_others_are_unplanned(provider: &SimProvider, store: &dyn Store) {
    let others: BTreeSet<String> = provider.others().into_iter().map(|run| run.external_id).collect();
    let mut told = BTreeSet::new();
    for run in unplanned(store).await {
        assert!(others.contains(&run), "run {run} is ours, and is called unplanned");
        assert!(told.insert(run.clone()), "run {run} is told of twice");
    }
}

/// Once nothing is looked for any more, every run of somebody else is known as such.
pub(crate) async fn every_other_is_unplanned(provider: &SimProvider, store: &dyn Store) {
    let told = unplanned(store).await;
    for other in provider.others() {
        assert!(told.contains(&other.external_id), "{} is missing among {told:?}", other.external_id);
    }
}

/// What came since `head` continues the audit chain. Returns the new head.
pub(crate) async fn chain_goes_on(store: &dyn Store, head: &ChainHead) -> ChainHead {
    let events = store.audit_after(head.seq, 1_000).await.unwrap();
    let head = audit::verify(head, &events).unwrap_or_else(|fault| panic!("the audit chain is broken: {fault:?}"));
    assert_eq!(store.audit_head().await.unwrap(), head);
    head
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
