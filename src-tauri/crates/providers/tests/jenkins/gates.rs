//! Input steps: found over running builds, answered once, and told apart from those that somebody else has answered.

use crate::conformance::fixture::{Fixture, Setup, Token};
use crate::conformance::jenkins::JenkinsRange;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{CallOutcome, Gate, GateAnswer, GateKind, GateOutcome, GateVerdict, InputKind, ProviderErrorKind};

const REPOSITORY: &str = "nordwind/checkout";

fn answer(gate: &Gate, verdict: GateVerdict) -> GateAnswer {
    GateAnswer { run: gate.run.clone(), gate: gate.external_id.clone(), verdict, comment: String::new(), inputs: vec![] }
}

/// A run that waits at an input step, and the step.
async fn waiting(jenkins: &JenkinsRange, pipeline: &str, correlation: &str) -> (String, Gate) {
    let provider = jenkins.client(Token::Full);
    let binding = FilledBinding { pipeline: pipeline.into(), ..jenkins.deploy("production", correlation) };
    let run = provider.trigger(REPOSITORY, &binding).await.unwrap().unwrap().external_id;
    jenkins.waiting(&run).await;
    let gates = provider.gates(REPOSITORY).await.unwrap();
    let gate = gates.into_iter().find(|gate| gate.run == run).unwrap();
    (run, gate)
}

#[tokio::test]
async fn a_step_is_found_and_approved() {
    let jenkins = JenkinsRange::start(Setup { gated: true, ..Setup::default() }).await;
    let provider = jenkins.client(Token::Full);
    assert_eq!(provider.gates(REPOSITORY).await.unwrap(), vec![]);
    let (run, gate) = waiting(&jenkins, "deploy", "gate-ok").await;
    assert_eq!(
        (gate.kind, gate.pipeline.as_str(), gate.title.as_str()),
        (GateKind::Input, "deploy", "Approve"),
        "the project, not its tag's job"
    );
    assert!(gate.message.contains("production") && gate.since.is_some() && gate.url.contains("/input/"), "{gate:?}");
    assert_eq!((gate.started_by.as_deref(), gate.can_reject, gate.takes_comment), (Some("noor-haddad"), true, false));
    assert_eq!(provider.gates("/").await.unwrap().len(), 1);
    assert_eq!(provider.answer_gate(REPOSITORY, &answer(&gate, GateVerdict::Approve)).await, Ok(GateOutcome::Taken));
    jenkins.ended(&run).await;
    assert_eq!(provider.run(REPOSITORY, &run).await.unwrap().status, RunStatus::Succeeded);
    assert_eq!(provider.answer_gate(REPOSITORY, &answer(&gate, GateVerdict::Approve)).await, Ok(GateOutcome::TooLate));
}

#[tokio::test]
async fn a_rejected_step_aborts_its_build() {
    let jenkins = JenkinsRange::start(Setup { gated: true, ..Setup::default() }).await;
    let provider = jenkins.client(Token::Full);
    let (run, gate) = waiting(&jenkins, "deploy", "gate-no").await;
    assert_eq!(provider.answer_gate(REPOSITORY, &answer(&gate, GateVerdict::Reject)).await, Ok(GateOutcome::Taken));
    jenkins.ended(&run).await;
    assert_eq!(provider.run(REPOSITORY, &run).await.unwrap().status, RunStatus::Cancelled);
}

#[tokio::test]
async fn a_step_with_parameters_is_filled_in() {
    let jenkins = JenkinsRange::start(Setup { gated: true, ..Setup::default() }).await;
    let provider = jenkins.client(Token::Full);
    let (run, gate) = waiting(&jenkins, "deploy-version", "gate-in").await;
    assert_eq!(gate.pipeline, "deploy-version");
    assert_eq!(
        (gate.inputs[0].name.as_str(), &gate.inputs[0].kind, gate.inputs[0].default.as_deref()),
        ("TICKET", &InputKind::Text, Some("none"))
    );
    let with = |name: &str| GateAnswer { inputs: vec![(name.into(), "CHG-7".into())], ..answer(&gate, GateVerdict::Approve) };
    let error = provider.answer_gate(REPOSITORY, &with("TYPO")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Invalid, "{error:?}");
    assert_eq!(provider.answer_gate(REPOSITORY, &with("TICKET")).await, Ok(GateOutcome::Taken));
    jenkins.ended(&run).await;
    assert_eq!(provider.run(REPOSITORY, &run).await.unwrap().status, RunStatus::Succeeded);
}

#[tokio::test]
async fn who_may_not_submit_changes_nothing() {
    let jenkins = JenkinsRange::start(Setup { gated: true, ..Setup::default() }).await;
    let (run, gate) = waiting(&jenkins, "deploy", "gate-may").await;
    let reader = jenkins.client(Token::ReadOnly);
    let error = reader.answer_gate(REPOSITORY, &answer(&gate, GateVerdict::Approve)).await.unwrap_err();
    assert_eq!((&error.kind, error.outcome()), (&ProviderErrorKind::Forbidden, CallOutcome::Refused), "{error:?}");
    assert!(error.message.contains("You need to be noor-haddad"), "{error}");
    assert_eq!(reader.run(REPOSITORY, &run).await.unwrap().status, RunStatus::Waiting);
}
