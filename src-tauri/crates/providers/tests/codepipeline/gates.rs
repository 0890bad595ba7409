//! Manual approvals.

use super::{PRODUCTION, PRODUCTION_STAGE, REGION, gate, open, start};
use crate::conformance::fixture::{Fixture, Setup, Token};
use pilothouse_domain::deployment::RunStatus;
use pilothouse_engine::ports::provider::{Gate, GateAnswer, GateKind, GateOutcome, GateVerdict, ProviderErrorKind};
use std::time::Duration;

const GATED: Setup = Setup { endless: false, gated: true };

fn answer(gate: &Gate, verdict: GateVerdict, comment: &str) -> GateAnswer {
    GateAnswer { run: gate.run.clone(), gate: gate.external_id.clone(), verdict, comment: comment.to_owned(), inputs: vec![] }
}

#[tokio::test]
async fn an_approval_is_listed_with_its_context_and_let_through_once() {
    let (stand_in, provider) = open(GATED).await;
    assert_eq!(provider.gates(REGION).await.unwrap(), vec![]);
    let run = start(&stand_in, &*provider, "production", "1.2.0").await;
    let gate = gate(&stand_in, &*provider, &run).await;
    assert_eq!((gate.run.as_str(), gate.pipeline.as_str(), gate.kind), (run.as_str(), PRODUCTION, GateKind::Approval));
    assert_eq!((gate.title.as_str(), gate.environment.as_deref()), ("Approve", Some(PRODUCTION_STAGE)));
    assert!(gate.message.contains("staging") && gate.started_by.unwrap().contains("noor-haddad") && gate.can_reject && gate.takes_comment);
    assert_eq!(gate.expires_at.unwrap().since(gate.since.unwrap()), Duration::from_secs(7 * 24 * 3600), "AWS's own limit");
    let followed = provider.run(REGION, &run).await.unwrap();
    let waiting: Vec<_> = followed.jobs.iter().filter(|job| job.status == RunStatus::Waiting).map(|job| job.name.as_str()).collect();
    assert_eq!((followed.status, waiting), (RunStatus::Waiting, vec!["Approve"]));

    let gate = super::gate(&stand_in, &*provider, &run).await;
    let reader = stand_in.client(Token::ReadOnly);
    let refused = reader.answer_gate(REGION, &answer(&gate, GateVerdict::Approve, "")).await.unwrap_err();
    assert_eq!(refused.kind, ProviderErrorKind::Forbidden, "{refused:?}");
    assert!(refused.next_step.contains("codepipeline:PutApprovalResult"), "{refused:?}");
    // Longer than AWS takes, and not ASCII.
    let long = "Größe geprüft ".repeat(60);
    assert_eq!(provider.answer_gate(REGION, &answer(&gate, GateVerdict::Approve, &long)).await, Ok(GateOutcome::Taken));
    stand_in.ended(&run).await;
    assert_eq!(provider.run(REGION, &run).await.unwrap().status, RunStatus::Succeeded);
    assert_eq!(provider.answer_gate(REGION, &answer(&gate, GateVerdict::Reject, "late")).await, Ok(GateOutcome::TooLate));
}

#[tokio::test]
async fn a_rejection_fails_the_run_and_deploys_nothing() {
    let (stand_in, provider) = open(GATED).await;
    let run = start(&stand_in, &*provider, "production", "1.2.0").await;
    let gate = gate(&stand_in, &*provider, &run).await;
    assert_eq!(provider.answer_gate(REGION, &answer(&gate, GateVerdict::Reject, "not today")).await, Ok(GateOutcome::Taken));
    stand_in.ended(&run).await;
    let run = provider.run(REGION, &run).await.unwrap();
    assert_eq!((run.status.clone(), run.failure().contains("Approve")), (RunStatus::Failed, true), "{run:?}");
    let deploy = run.jobs.iter().find(|job| job.name == "Deploy").unwrap();
    assert_eq!(deploy.status, RunStatus::Skipped);
    let running = stand_in.range.environments().into_iter().find(|e| e.name == "production").unwrap();
    assert!(running.instances.iter().all(|instance| instance.version.as_deref() == Some("1.1.0")), "{running:?}");
}

#[tokio::test]
async fn an_approval_that_has_run_out_is_too_late_and_its_successor_is_another() {
    let (stand_in, provider) = open(GATED).await;
    let run = start(&stand_in, &*provider, "production", "1.2.0").await;
    let first = gate(&stand_in, &*provider, &run).await;
    stand_in.range.expire_approvals();
    stand_in.ended(&run).await;
    assert_eq!(provider.answer_gate(REGION, &answer(&first, GateVerdict::Approve, "")).await, Ok(GateOutcome::TooLate));
    provider.rerun(REGION, &run, true).await.unwrap();
    let second = gate(&stand_in, &*provider, &run).await;
    assert_eq!((&second.run, second.external_id == first.external_id), (&first.run, false), "the same action, asked anew");
    assert_eq!(provider.answer_gate(REGION, &answer(&first, GateVerdict::Approve, "")).await, Ok(GateOutcome::TooLate));
    assert_eq!(provider.answer_gate(REGION, &answer(&second, GateVerdict::Approve, "")).await, Ok(GateOutcome::Taken));
    stand_in.ended(&run).await;
    let run = provider.run(REGION, &run).await.unwrap();
    assert_eq!((run.status, run.attempt), (RunStatus::Succeeded, 2));
}

#[tokio::test]
async fn where_executions_pass_side_by_side_each_is_answered_for_itself() {
    let (stand_in, provider) = open(GATED).await;
    assert!(stand_in.range.change_pipeline(PRODUCTION, "PARALLEL"));
    let first = start(&stand_in, &*provider, "production", "1.2.0").await;
    let second = start(&stand_in, &*provider, "production", "1.1.0").await;
    stand_in.waiting(&first).await;
    stand_in.waiting(&second).await;
    let gates = provider.gates(REGION).await.unwrap();
    assert_eq!(gates.len(), 2, "{gates:?}");
    let of = |run: &str| gates.iter().find(|gate| gate.run == run).unwrap();
    assert_eq!(provider.answer_gate(REGION, &answer(of(&second), GateVerdict::Reject, "no")).await, Ok(GateOutcome::Taken));
    stand_in.ended(&second).await;
    assert_eq!(provider.answer_gate(REGION, &answer(of(&first), GateVerdict::Approve, "yes")).await, Ok(GateOutcome::Taken));
    stand_in.ended(&first).await;
    assert_eq!(provider.run(REGION, &first).await.unwrap().status, RunStatus::Succeeded);
    assert_eq!(provider.run(REGION, &second).await.unwrap().status, RunStatus::Failed);
}

#[tokio::test]
async fn a_name_that_was_never_given_out_is_no_gate() {
    let (stand_in, provider) = open(GATED).await;
    let run = start(&stand_in, &*provider, "production", "1.2.0").await;
    let gate = gate(&stand_in, &*provider, &run).await;
    for wrong in ["", "x", "Production/Approve", "Production/Approve/a/b"] {
        let wrong = GateAnswer { gate: wrong.to_owned(), ..answer(&gate, GateVerdict::Approve, "") };
        assert_eq!(provider.answer_gate(REGION, &wrong).await.unwrap_err().kind, ProviderErrorKind::NotFound);
    }
    let other = GateAnswer { gate: "Production/Deploy/x".to_owned(), ..answer(&gate, GateVerdict::Approve, "") };
    assert_eq!(provider.answer_gate(REGION, &other).await, Ok(GateOutcome::TooLate));
    assert_eq!(provider.gates(REGION).await.unwrap().len(), 1, "still waits");
}
