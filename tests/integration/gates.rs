//! What waits for a person at each provider arrives with what it is about, and is answered from here, once: taken, refused, too late,
//! lost on the way, or cut off between the intent and the call.

use super::elsewhere::{Elsewhere, forget};
use super::rig::{Rig, has_session};
use pilothouse_api::{
    AnswerGateRequest, DeploymentStateWord as State, DeploymentView, ErrorCode, GateInputValue, GateStateWord as Gate, GateVerdictWord,
    GateView, IdRequest, InboxKind, InputKindWord, ListGatesRequest, LockStrengthWord, SetLockRequest,
};
use pilothouse_engine::ports::provider::{GateAnswer, GateOutcome, GateVerdict};
use pilothouse_range::{Fault, Operation, Order, RangeOptions};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::Command;

/// A range on which staging is protected.
fn protected() -> RangeOptions {
    RangeOptions { protected_environments: vec!["staging".to_owned()], ..RangeOptions::fast() }
}

async fn open(rig: &Rig, deployment: &DeploymentView) -> Vec<GateView> {
    let request = ListGatesRequest { deployment_id: Some(deployment.id.clone()), open_only: true, ..ListGatesRequest::default() };
    rig.api().list_gates(request).await.unwrap()
}

/// Waits until a deployment's run waits for a person, and that is known here.
async fn arrives(rig: &Rig, deployment: &DeploymentView) -> GateView {
    rig.until(|| async { open(rig, deployment).await.into_iter().find(|gate| gate.state == Gate::Waiting) }).await
}

fn answer(gate: &GateView, verdict: GateVerdictWord) -> AnswerGateRequest {
    let filled = gate.inputs.iter().map(|asked| {
        let input = &asked.input;
        let first = (input.kind == InputKindWord::Choice).then(|| input.choices[0].clone());
        let value = input.default_value.clone().filter(|value| !value.is_empty()).or(first).unwrap_or_else(|| "CHG-1".to_owned());
        GateInputValue { name: input.name.clone(), value }
    });
    AnswerGateRequest { id: gate.id.clone(), verdict, comment: "checked with the shop".to_owned(), inputs: filled.collect() }
}

async fn now(rig: &Rig, gate: &GateView) -> GateView {
    rig.api().get_gate(IdRequest { id: gate.id.clone() }).await.unwrap()
}

/// Approves whatever the run waits for until the deployment has succeeded.
async fn let_through(rig: &Rig, started: &DeploymentView) {
    loop {
        let next = rig.until(|| async {
            let seen = rig.api().get_deployment(IdRequest { id: started.id.clone() }).await.unwrap();
            if seen.state == State::Succeeded {
                return Some(None);
            }
            assert!(matches!(seen.state, State::InProgress | State::Queued), "{seen:#?}");
            open(rig, started).await.into_iter().find(|gate| gate.state == Gate::Waiting).map(Some)
        });
        let Some(gate) = next.await else { return };
        let answered = rig.api().answer_gate(answer(&gate, GateVerdictWord::Approve)).await.unwrap();
        assert_eq!(answered.state, Gate::Answered, "{answered:#?}");
    }
}

async fn waits_and_is_answered(which: Option<fn(&Rig) -> Elsewhere>) {
    if !has_session("answering what waits") {
        return;
    }
    let rig = Rig::start_on(protected()).await;
    let connection = match which {
        Some(which) => Some(which(&rig).deploys_all_of(&rig).await),
        None => None,
    };
    let release = rig.release("1.1.0").await;
    let started = rig.start_deployment(&release, "staging").await;
    let gate = arrives(&rig, &started).await;
    assert_eq!((gate.product.as_deref(), gate.version.as_deref()), (Some(rig.product.name.as_str()), Some("1.1.0")));
    assert_eq!((gate.environment.as_deref(), gate.release_id.as_ref()), (Some("staging"), Some(&release.release.id)));
    assert_eq!((gate.requested_by.as_deref(), gate.approve_obstacle.as_deref()), (Some("Mira Okafor"), None), "{gate:#?}");
    let inbox = rig.api().inbox().await.unwrap();
    let item = inbox.iter().find(|item| item.gate_id.as_ref() == Some(&gate.id)).unwrap();
    assert_eq!((item.kind, item.deployment_id.as_ref(), item.title.contains("1.1.0")), (InboxKind::Gate, Some(&started.id), true));

    let silent = AnswerGateRequest { comment: String::new(), ..answer(&gate, GateVerdictWord::Reject) };
    assert_eq!(rig.api().answer_gate(silent).await.unwrap_err().field.as_deref(), Some("comment"));
    let_through(&rig, &started).await;
    let settled = now(&rig, &gate).await;
    assert_eq!((settled.state, settled.answer.map(|answer| answer.by)), (Gate::Answered, Some("Mira Okafor".to_owned())));
    let again = rig.api().answer_gate(answer(&gate, GateVerdictWord::Approve)).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::Conflict, "{again:?}");

    let release = rig.release("1.2.0").await;
    let started = rig.start_deployment(&release, "staging").await;
    let gate = arrives(&rig, &started).await;
    let rejected = rig.api().answer_gate(answer(&gate, GateVerdictWord::Reject)).await;
    if gate.reject_obstacle.is_some() {
        assert_eq!(rejected.unwrap_err().field.as_deref(), Some("verdict"));
    } else {
        assert_eq!(rejected.unwrap().state, Gate::Answered);
        let seen = rig.rests(&started.id).await;
        assert!(matches!(seen.state, State::AwaitingDecision | State::Failed | State::Cancelled), "{seen:#?}");
    }
    assert!(rig.api().inbox().await.unwrap().iter().all(|item| item.gate_id.as_ref() != Some(&gate.id)) || gate.reject_obstacle.is_some());
    if let Some(connection) = connection {
        forget(&rig, &connection).await;
    }
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_review_at_github_is_answered() {
    waits_and_is_answered(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manual_job_at_gitlab_is_answered() {
    waits_and_is_answered(Some(Elsewhere::gitlab)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_input_step_at_jenkins_is_answered() {
    waits_and_is_answered(Some(Elsewhere::jenkins)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manual_approval_at_codepipeline_is_answered() {
    waits_and_is_answered(Some(Elsewhere::codepipeline)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_somebody_else_gave_before_is_too_late() {
    if !has_session("too late") {
        return;
    }
    let rig = Rig::start_on(protected()).await;
    let release = rig.release("1.1.0").await;
    let started = rig.start_deployment(&release, "staging").await;
    let gate = arrives(&rig, &started).await;
    rig.host.stop_engine().await;
    let (connection, repository) = (rig.connection.parse().unwrap(), rig.range.repository());
    let stored = rig.host.engine().store().gate(gate.id.parse().unwrap()).await.unwrap();
    let theirs =
        GateAnswer { run: stored.run, gate: stored.external_id, verdict: GateVerdict::Approve, comment: "mine".into(), inputs: Vec::new() };
    let taken = rig.host.engine().ask_provider(connection, |client| async move { client.answer_gate(&repository, &theirs).await });
    assert_eq!(taken.await, Ok(GateOutcome::Taken));
    let late = rig.api().answer_gate(answer(&gate, GateVerdictWord::Reject)).await.unwrap();
    assert_eq!((late.state, late.state_reason.contains("too late")), (Gate::TooLate, true), "{late:#?}");
    rig.host.start_engine().await;
    rig.ends(&started.id, State::Succeeded).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_looked_for_and_not_given_again() {
    if !has_session("a lost answer") {
        return;
    }
    let rig = Rig::start_on(protected()).await;
    let release = rig.release("1.1.0").await;
    let started = rig.start_deployment(&release, "staging").await;
    let gate = arrives(&rig, &started).await;
    rig.host.stop_engine().await;
    rig.range.faults().order(Order::once(Fault::DropAfterAccept).on_operation(Operation::PendingDeployments)).unwrap();
    let lost = rig.api().answer_gate(answer(&gate, GateVerdictWord::Approve)).await.unwrap();
    assert_eq!(lost.state, Gate::AnswerUnknown, "{lost:#?}");
    let again = rig.api().answer_gate(answer(&gate, GateVerdictWord::Reject)).await.unwrap_err();
    assert_eq!((again.code, again.message.contains("Mira Okafor")), (ErrorCode::Conflict, true), "{again:?}");
    rig.host.start_engine().await;
    rig.ends(&started.id, State::Succeeded).await;
    let settled = rig.until(|| async { Some(now(&rig, &gate).await).filter(|gate| gate.state != Gate::AnswerUnknown) }).await;
    assert_eq!((settled.state, settled.state_reason.contains("waits no more")), (Gate::Answered, true), "{settled:#?}");
    rig.stop().await;
}

/// The process of a command dies right before or after it tells the provider; the engine finds out which.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_cut_off_is_looked_for() {
    if !has_session("a cut-off answer") {
        return;
    }
    for (point, arrived) in [("before_answer_gate:1", false), ("after_answer_gate:1", true)] {
        let rig = Rig::start_on(protected()).await;
        let release = rig.release("1.1.0").await;
        let started = rig.start_deployment(&release, "staging").await;
        let gate = arrives(&rig, &started).await;
        rig.host.stop_engine().await;
        let programs = PathBuf::from(std::env::var_os("PILOTHOUSE_BIN_DIR").expect("PILOTHOUSE_BIN_DIR names the built programs"));
        let mut command = Command::new(programs.join("pilothouse"));
        command.args(["gate", "approve", &gate.id, "--as", "Lea Brandt", "--data-dir"]).arg(rig.data.path());
        command.env("PILOTHOUSE_PACING", "fast").env("PILOTHOUSE_FAILPOINT", point);
        let died = command.stdout(Stdio::null()).stderr(Stdio::null()).status().await.unwrap();
        assert!(!died.success(), "{point}");
        assert_eq!(now(&rig, &gate).await.state, Gate::Answering, "{point}: the intent is written");
        rig.host.start_engine().await;
        let settled = rig.until(|| async { Some(now(&rig, &gate).await).filter(|gate| gate.state != Gate::Answering) }).await;
        if arrived {
            assert_eq!(settled.state, Gate::Answered, "{settled:#?}");
            assert_eq!(settled.answer.unwrap().by, "Lea Brandt");
        } else {
            assert_eq!((settled.state, settled.state_reason.contains("did not arrive")), (Gate::Waiting, true), "{settled:#?}");
            rig.api().answer_gate(answer(&gate, GateVerdictWord::Approve)).await.unwrap();
        }
        rig.ends(&started.id, State::Succeeded).await;
        assert_eq!(rig.runs_of(&started), 1, "{point}");
        rig.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_locked_since_is_not_let_through_but_may_be_rejected() {
    if !has_session("a locked gate") {
        return;
    }
    let rig = Rig::start_on(protected()).await;
    let release = rig.release("1.1.0").await;
    let started = rig.start_deployment(&release, "staging").await;
    let gate = arrives(&rig, &started).await;
    let lock = SetLockRequest {
        product_id: Some(rig.product.id.clone().unwrap()),
        environment_id: Some(rig.environment("staging")),
        reason: "The database is moved".to_owned(),
        until: None,
        strength: LockStrengthWord::Stops,
        hotfixes_pass: false,
    };
    rig.api().set_lock(lock).await.unwrap();
    let seen = now(&rig, &gate).await;
    assert!(seen.approve_obstacle.unwrap().contains("locked") && seen.reject_obstacle.is_none());
    let refused = rig.api().answer_gate(answer(&gate, GateVerdictWord::Approve)).await.unwrap_err();
    assert_eq!((refused.code, refused.blockers.len()), (ErrorCode::Blocked, 1), "{refused:?}");
    assert_eq!(rig.api().answer_gate(answer(&gate, GateVerdictWord::Reject)).await.unwrap().state, Gate::Answered);
    rig.rests(&started.id).await;
    rig.stop().await;
}
