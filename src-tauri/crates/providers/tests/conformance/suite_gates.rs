//! What waits for a person, and how it is answered. A provider without gates says so, whatever it is asked.

use crate::conformance::fixture::{Fixture, Setup, Token};
use crate::conformance::suite_runs::start;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_engine::ports::provider::{
    CallOutcome, Capability, Gate, GateAnswer, GateOutcome, GateVerdict, InputKind, InputSpec, Provider, ProviderErrorKind,
};

fn answer(gate: &Gate, verdict: GateVerdict) -> GateAnswer {
    let filled = |input: &InputSpec| {
        let first = if let InputKind::Choice(choices) = &input.kind { choices.first().cloned() } else { None };
        (input.name.clone(), input.default.clone().filter(|text| !text.is_empty()).or(first).unwrap_or_else(|| "CHG-1".to_owned()))
    };
    let inputs = gate.inputs.iter().map(filled).collect();
    GateAnswer { run: gate.run.clone(), gate: gate.external_id.clone(), verdict, comment: "checked with the shop".into(), inputs }
}

async fn only_gate(provider: &dyn Provider, repository: &str, run: &str) -> Gate {
    let mut gates = provider.gates(repository).await.unwrap();
    gates.retain(|gate| gate.run == run);
    assert_eq!(gates.len(), 1, "one thing waits, and is listed once: {gates:?}");
    gates.remove(0)
}

pub(crate) async fn a_gate_is_listed_and_approved<F: Fixture>() {
    let stand_in = F::start(Setup { gated: true, ..Setup::default() }).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    if !provider.capabilities().has(Capability::Gates) {
        return refused(&*provider, &facts.repository).await;
    }
    assert_eq!(provider.gates(&facts.repository).await.unwrap(), vec![], "nothing waits yet");
    let deploy = stand_in.deploy("production", "gate-2");
    let id = start(&*provider, &facts.repository, &deploy, "gate-2").await.external_id;
    stand_in.waiting(&id).await;
    let gate = only_gate(&*provider, &facts.repository, &id).await;
    assert_eq!(gate.pipeline, deploy.pipeline);
    assert!(!gate.title.is_empty() && !gate.url.is_empty(), "{gate:?}");
    assert!(gate.environment.as_deref().is_none_or(|name| facts.environments.contains(&name)), "{gate:?}");
    assert_eq!(gate.can_reject, provider.capabilities().has(Capability::RejectGate));
    assert_eq!(gate.takes_comment, provider.capabilities().has(Capability::GateComment));

    let weak = stand_in.client(Token::ReadOnly).answer_gate(&facts.repository, &answer(&gate, GateVerdict::Approve)).await.unwrap_err();
    assert_eq!((weak.kind.clone(), weak.outcome()), (ProviderErrorKind::Forbidden, CallOutcome::Refused), "{weak:?}");
    let approved = provider.answer_gate(&facts.repository, &answer(&gate, GateVerdict::Approve)).await;
    assert_eq!(approved, Ok(GateOutcome::Taken));
    stand_in.ended(&id).await;
    assert_eq!(provider.run(&facts.repository, &id).await.unwrap().status, RunStatus::Succeeded);
    let again = provider.answer_gate(&facts.repository, &answer(&gate, GateVerdict::Approve)).await;
    assert_eq!(again, Ok(GateOutcome::TooLate));
    assert_eq!(provider.gates(&facts.repository).await.unwrap(), vec![], "nothing waits any more");
}

pub(crate) async fn a_gate_is_rejected<F: Fixture>() {
    let stand_in = F::start(Setup { gated: true, ..Setup::default() }).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    if !provider.capabilities().has(Capability::RejectGate) {
        return;
    }
    let id = start(&*provider, &facts.repository, &stand_in.deploy("production", "gate-3"), "gate-3").await.external_id;
    stand_in.waiting(&id).await;
    let gate = only_gate(&*provider, &facts.repository, &id).await;
    assert_eq!(provider.answer_gate(&facts.repository, &answer(&gate, GateVerdict::Reject)).await, Ok(GateOutcome::Taken));
    stand_in.ended(&id).await;
    let status = provider.run(&facts.repository, &id).await.unwrap().status;
    assert!(matches!(status, RunStatus::Failed | RunStatus::Cancelled), "{status:?}");
    for verdict in [GateVerdict::Approve, GateVerdict::Reject] {
        assert_eq!(provider.answer_gate(&facts.repository, &answer(&gate, verdict)).await, Ok(GateOutcome::TooLate));
    }
}

async fn refused(provider: &dyn Provider, repository: &str) {
    let error = provider.gates(repository).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unsupported, "{error:?}");
    let answer = GateAnswer { run: "1".into(), gate: "1".into(), verdict: GateVerdict::Approve, comment: String::new(), inputs: vec![] };
    let error = provider.answer_gate(repository, &answer).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unsupported, "{error:?}");
}
