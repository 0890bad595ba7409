//! A phase that asks for the provider's own gate by name: it waits for it, goes on once it is approved, and is bad once it is rejected.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::tests::seen;
use crate::rig::{Rig, watched_phase};
use crate::*;
use pilothouse_engine::ports::provider::GateOutcome;

/// A deployment to staging whose first phase is watched and asks for a manual job that is still there when its run has succeeded.
async fn watched(rig: &Rig) -> DeploymentView {
    let product = rig
        .product(|product| {
            let phase = |name, weight_percent, gates| PlannedPhaseDto { bake_seconds: 0, ..watched_phase(name, weight_percent, gates) };
            let gate = PhaseGateDto::Provider { name: "Go Live".into() };
            let phases = vec![phase("Canary", 25, vec![gate]), phase("Everybody", 100, Vec::new())];
            product.environments[0].rollout = RolloutDto { phases, on_failure: OnFailureDto::Ask };
        })
        .await;
    let release = rig.plan(&rig.draft(&product, "1.1.0").await).await;
    let id = rig.deploy(&release, 0).await.id;
    rig.until(&id, |view| view.phases[0].watch.as_ref().is_some_and(|watch| !watch.findings.is_empty())).await
}

/// The gate arrives, and the phase has seen it.
async fn arrived(rig: &Rig, view: &DeploymentView) -> String {
    assert!(view.state_reason.contains("gate “Go Live” at the provider waits for"), "{}", view.state_reason);
    let mut gate = seen("1-9", "1", "staging");
    gate.title = "Go live".into();
    *rig.world.gates.lock().unwrap() = vec![gate];
    assert_eq!(rig.api.look_at_gates().await.unwrap(), []);
    let finding = |view: &DeploymentView| {
        let watch = view.phases[0].watch.as_ref();
        watch.and_then(|watch| watch.findings.iter().find(|finding| finding.rule.contains("Go Live")).cloned())
    };
    let view = rig.until(&view.id, |view| finding(view).is_some_and(|finding| finding.gate_id.is_some())).await;
    let found = finding(&view).unwrap();
    assert_eq!((found.outcome, found.detail.as_str()), (FindingWord::Waiting, "an answer at the provider, or from the inbox"));
    found.gate_id.unwrap()
}

async fn answer(rig: &Rig, gate: String, verdict: GateVerdictWord) {
    *rig.world.outcome.lock().unwrap() = Ok(GateOutcome::Taken);
    let request = AnswerGateRequest { id: gate, verdict, comment: "numbers are off".into(), inputs: Vec::new() };
    rig.api.answer_gate(request).await.unwrap();
}

#[tokio::test]
async fn an_approval_at_the_provider_lets_the_next_phase_begin() {
    let rig = Rig::new();
    let view = watched(&rig).await;
    let gate = arrived(&rig, &view).await;
    answer(&rig, gate, GateVerdictWord::Approve).await;
    let done = rig.until(&view.id, |view| view.ended_at.is_some()).await;
    assert_eq!((done.state, rig.started()), (DeploymentStateWord::Succeeded, 2));
}

#[tokio::test]
async fn a_rejection_at_the_provider_makes_the_phase_bad() {
    let rig = Rig::new();
    let view = watched(&rig).await;
    let gate = arrived(&rig, &view).await;
    answer(&rig, gate, GateVerdictWord::Reject).await;
    let asks = rig.until(&view.id, |view| view.question.is_some()).await;
    let question = asks.question.unwrap();
    assert_eq!((question.question, rig.started()), (QuestionWord::PhaseFailed, 1));
    assert!(question.message.contains("Mira Okafor rejected it: numbers are off"), "{}", question.message);
}

#[tokio::test]
async fn what_was_answered_at_the_provider_is_told_by_the_run() {
    let rig = Rig::new();
    let view = watched(&rig).await;
    arrived(&rig, &view).await;
    rig.world.gates.lock().unwrap().clear();
    assert_eq!(rig.api.look_at_gates().await.unwrap(), []);
    let done = rig.until(&view.id, |view| view.ended_at.is_some()).await;
    assert_eq!((done.state, rig.started()), (DeploymentStateWord::Succeeded, 2));
}
