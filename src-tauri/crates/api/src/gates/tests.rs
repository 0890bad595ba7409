//! Gates arriving, answered and gone, over a provider that does as it is told and a clock that is set by hand.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::{Rig, unreachable};
use crate::*;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_domain::gate::GoneCause;
use pilothouse_engine::ports::provider::{Gate, GateKind, GateOutcome, InputKind, InputSpec};
use pilothouse_engine::ports::{AlertSubject, ProviderError, ProviderErrorKind};

/// Longer than any provider lists what it has taken.
const SETTLED: u64 = 130;

pub(super) fn seen(external_id: &str, run: &str, environment: &str) -> Gate {
    Gate {
        external_id: external_id.into(),
        run: run.into(),
        pipeline: "deploy.yml".into(),
        kind: GateKind::Deployment,
        title: environment.into(),
        message: String::new(),
        environment: Some(environment.into()),
        started_by: Some("mira".into()),
        since: None,
        expires_at: None,
        url: "https://provider.example/runs/1".into(),
        inputs: Vec::new(),
        can_answer: None,
        can_reject: true,
        takes_comment: true,
    }
}

fn failure(kind: ProviderErrorKind) -> ProviderError {
    ProviderError { kind, message: "the provider says no".into(), next_step: "Ask a reviewer.".into() }
}

/// A deployment of 1.1.0 to staging whose run, number 1, waits.
async fn waiting(rig: &Rig) -> (ProductDto, DeploymentView) {
    let product = rig.product(|product| product.environments[1].rules.required_approvals = 1).await;
    let planned = rig.plan(&rig.draft(&product, "1.1.0").await).await;
    *rig.world.run_status.lock().unwrap() = RunStatus::Waiting;
    let deployment = rig.deploy(&planned, 0).await;
    for _ in 0..3 {
        rig.api.engine().carry_due().await.unwrap();
        rig.world.pass(4);
    }
    *rig.world.gates.lock().unwrap() = vec![seen("1-9", "1", "staging")];
    look(rig).await;
    (product, deployment)
}

async fn look(rig: &Rig) {
    assert_eq!(rig.api.look_at_gates().await.unwrap(), []);
}

async fn all(rig: &Rig) -> Vec<GateView> {
    rig.api.list_gates(ListGatesRequest::default()).await.unwrap()
}

async fn only(rig: &Rig) -> GateView {
    let mut all = all(rig).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

async fn give(rig: &Rig, gate: &GateView, verdict: GateVerdictWord) -> Result<GateView, ApiError> {
    let request = AnswerGateRequest { id: gate.id.clone(), verdict, comment: "as planned".into(), inputs: Vec::new() };
    rig.api.answer_gate(request).await
}

fn answers(rig: &Rig) -> usize {
    rig.world.answers.lock().unwrap().len()
}

fn alerts(rig: &Rig) -> Vec<String> {
    rig.world.alerts.lock().unwrap().iter().map(|alert| alert.title.clone()).collect()
}

async fn audited(rig: &Rig, kind: &str) -> Vec<String> {
    let page = rig.api.audit_page(AuditPageRequest { limit: 500, ..AuditPageRequest::default() }).await.unwrap();
    page.into_iter().rev().map(|event| event.action).filter(|action| action.starts_with(kind)).collect()
}

#[tokio::test]
async fn a_gate_arrives_with_what_it_is_about_and_one_alert() {
    let rig = Rig::new();
    let (_, deployment) = waiting(&rig).await;
    let gate = only(&rig).await;
    assert_eq!((gate.heading.as_str(), gate.state), ("Let checkout 1.1.0 go to staging", GateStateWord::Waiting));
    assert_eq!((gate.deployment_id.as_ref(), gate.version.as_deref()), (Some(&deployment.id), Some("1.1.0")));
    look(&rig).await;
    look(&rig).await;
    rig.carry().await;
    assert_eq!(alerts(&rig), ["checkout 1.1.0 waits for a person: staging"], "once, however often it is seen");
    let about = rig.world.alerts.lock().unwrap()[0].about;
    assert_eq!(about, Some(AlertSubject::Gate(gate.id.parse().unwrap())));
    assert_eq!(audited(&rig, "gate.").await, ["gate.arrived"]);
    let overview = rig.api.overview().await.unwrap();
    assert_eq!(overview.waiting.iter().filter(|item| item.kind == InboxKind::Gate).count(), 1);
    assert_eq!(overview.counts.waiting as usize, overview.waiting.len());
}

#[tokio::test]
async fn several_that_arrive_together_are_one_alert() {
    let rig = Rig::new();
    rig.product(|_| {}).await;
    *rig.world.gates.lock().unwrap() = (1..=5).map(|n| seen(&format!("{n}-9"), &n.to_string(), "production")).collect();
    look(&rig).await;
    rig.carry().await;
    assert_eq!(alerts(&rig), ["5 things wait for a person at GitHub"]);
    let body = rig.world.alerts.lock().unwrap()[0].body.clone();
    assert!(body.ends_with("… and 2 more"), "{body}");
    let gates = all(&rig).await;
    let place = (Some("checkout"), Some("production"), None);
    assert!(gates.iter().all(|gate| (gate.product.as_deref(), gate.environment.as_deref(), gate.version.as_deref()) == place));
    rig.world.gates.lock().unwrap().truncate(1);
    look(&rig).await;
    assert_eq!(rig.api.list_gates(ListGatesRequest { open_only: true, ..Default::default() }).await.unwrap().len(), 1);
    assert_eq!(audited(&rig, "gate.gone").await.len(), 4);
}

#[tokio::test]
async fn a_pipeline_that_no_product_is_bound_to_is_nobody_s() {
    let rig = Rig::new();
    rig.product(|_| {}).await;
    *rig.world.gates.lock().unwrap() = vec![Gate { pipeline: "nightly.yml".into(), environment: None, ..seen("7-1", "7", "sweep") }];
    look(&rig).await;
    let gate = only(&rig).await;
    assert_eq!((gate.product, gate.environment_id, gate.needs_confirmation), (None, None, true), "nobody knows where it leads");
    let item = rig.api.inbox().await.unwrap().into_iter().find(|item| item.gate_id.is_some()).unwrap();
    assert_eq!((item.due, item.title.as_str()), (InboxDue::Later, "Let nightly.yml go to sweep"));
}

#[tokio::test]
async fn an_answer_is_written_before_and_after_and_given_once() {
    let rig = Rig::new();
    waiting(&rig).await;
    let gate = only(&rig).await;
    let answered = give(&rig, &gate, GateVerdictWord::Approve).await.unwrap();
    assert_eq!((answered.state, answered.state_reason.as_str()), (GateStateWord::Answered, "Mira Okafor approved it."));
    assert_eq!(give(&rig, &gate, GateVerdictWord::Approve).await.unwrap_err().code, ErrorCode::Conflict);
    assert_eq!((answers(&rig), rig.world.answers.lock().unwrap()[0].comment.as_str()), (1, "as planned"));
    look(&rig).await;
    assert_eq!(audited(&rig, "gate.").await, ["gate.arrived", "gate.answer_given", "gate.answered"]);
    rig.carry().await;
    assert_eq!(answers(&rig), 1);
}

#[tokio::test]
async fn a_refused_answer_leaves_it_waiting_with_the_reason() {
    let rig = Rig::new();
    waiting(&rig).await;
    let gate = only(&rig).await;
    for kind in [ProviderErrorKind::Forbidden, ProviderErrorKind::NotReached] {
        *rig.world.outcome.lock().unwrap() = Err(failure(kind));
        let refused = give(&rig, &gate, GateVerdictWord::Approve).await.unwrap_err();
        assert_eq!(refused.message, "the provider says no");
        let waits = only(&rig).await;
        assert_eq!(
            (waits.state, waits.state_reason.as_str(), waits.next_step.as_str()),
            (GateStateWord::Waiting, "the provider says no", "Ask a reviewer.")
        );
    }
    *rig.world.outcome.lock().unwrap() = Ok(GateOutcome::TooLate);
    assert_eq!(give(&rig, &gate, GateVerdictWord::Reject).await.unwrap().state, GateStateWord::TooLate);
    assert_eq!(answers(&rig), 3);
}

#[tokio::test]
async fn a_lost_answer_is_looked_for_until_it_is_known() {
    let rig = Rig::new();
    waiting(&rig).await;
    rig.api.engine().carry_due().await.unwrap();
    let gate = only(&rig).await;
    *rig.world.outcome.lock().unwrap() = Err(failure(ProviderErrorKind::NoAnswer));
    assert_eq!(give(&rig, &gate, GateVerdictWord::Approve).await.unwrap().state, GateStateWord::AnswerUnknown);
    look(&rig).await;
    rig.world.pass(10);
    rig.api.engine().carry_due().await.unwrap();
    assert_eq!(only(&rig).await.state, GateStateWord::AnswerUnknown, "a provider may list late what it has taken");
    rig.world.pass(SETTLED);
    *rig.world.outage.lock().unwrap() = Some(unreachable());
    rig.api.engine().carry_due().await.unwrap();
    assert_eq!(only(&rig).await.state, GateStateWord::AnswerUnknown, "what can't be seen is not known");
    *rig.world.outage.lock().unwrap() = None;
    rig.world.pass(15);
    rig.api.engine().carry_due().await.unwrap();
    let waits = only(&rig).await;
    assert_eq!((waits.state, waits.state_reason.as_str()), (GateStateWord::Waiting, "The answer did not arrive: it still waits."));
    rig.api.engine().carry_due().await.unwrap();
    assert!(alerts(&rig).iter().any(|title| title.contains("still waits")), "{:?}", alerts(&rig));

    give(&rig, &gate, GateVerdictWord::Approve).await.unwrap();
    rig.world.gates.lock().unwrap().clear();
    rig.world.pass(10);
    rig.api.engine().carry_due().await.unwrap();
    let settled = only(&rig).await;
    assert_eq!((settled.state, settled.state_reason.contains("waits no more")), (GateStateWord::Answered, true), "{settled:#?}");
    assert_eq!(answers(&rig), 2, "asked again by a person alone");
}

#[tokio::test]
async fn what_waits_again_is_another_gate_but_not_at_once() {
    let rig = Rig::new();
    waiting(&rig).await;
    give(&rig, &only(&rig).await, GateVerdictWord::Approve).await.unwrap();
    *rig.world.gates.lock().unwrap() = vec![seen("1-9", "1", "staging")];
    look(&rig).await;
    look(&rig).await;
    let lingers = only(&rig).await;
    assert_eq!(lingers.state, GateStateWord::Answered, "still listed, although it was taken");
    assert!(lingers.state_reason.contains("approved it, and GitHub still shows it"), "{}", lingers.state_reason);
    let open = rig.api.list_gates(ListGatesRequest { open_only: true, ..Default::default() }).await.unwrap();
    assert_eq!(open, [lingers], "it is shown as long as it is shown there");
    assert!(rig.api.inbox().await.unwrap().iter().all(|item| item.gate_id.is_none()), "and waits for nobody");
    rig.world.pass(60);
    look(&rig).await;
    assert_eq!(all(&rig).await.len(), 1, "for as long as it was said");
    rig.world.pass(SETTLED);
    look(&rig).await;
    let gates = all(&rig).await;
    assert_eq!((gates.len(), gates[0].state, gates[1].state), (2, GateStateWord::Waiting, GateStateWord::Answered));
    assert!(gates[0].state_reason.contains("Mira Okafor approved it before"), "{}", gates[0].state_reason);
    assert_eq!((gates[0].next_step.is_empty(), &gates[1].lingers_until), (false, &None));
    let told = audited(&rig, "gate.still").await;
    assert_eq!(told, ["gate.still_listed"; 2], "when it was seen first, and when it came back");
}

#[tokio::test]
async fn what_asks_anew_after_an_answer_waits_at_once() {
    let rig = Rig::new();
    waiting(&rig).await;
    let since = rig.world.now();
    *rig.world.gates.lock().unwrap() = vec![Gate { since: Some(since), ..seen("1-9", "1", "staging") }];
    look(&rig).await;
    give(&rig, &only(&rig).await, GateVerdictWord::Approve).await.unwrap();
    let later = since.plus(std::time::Duration::from_secs(5));
    *rig.world.gates.lock().unwrap() = vec![Gate { since: Some(later), ..seen("1-9", "1", "staging") }];
    look(&rig).await;
    assert_eq!(
        all(&rig).await.first().map(|gate| gate.state),
        Some(GateStateWord::Waiting),
        "its own clock says that it is another question"
    );
    // What is gone right after its answer is not said to linger.
    rig.world.gates.lock().unwrap().clear();
    look(&rig).await;
    assert_eq!(audited(&rig, "gate.still").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_gate_is_gone_with_its_run_its_time_or_its_product() {
    let rig = Rig::new();
    let (mut product, _) = waiting(&rig).await;
    let soon = rig.world.now().plus(std::time::Duration::from_secs(60));
    *rig.world.gates.lock().unwrap() = vec![Gate { expires_at: Some(soon), ..seen("2-9", "2", "production") }];
    look(&rig).await;
    let gates = all(&rig).await;
    assert_eq!((gates.len(), gates[1].state_reason.as_str()), (2, "It was answered elsewhere, or its run has ended."));
    rig.world.pass(61);
    rig.world.gates.lock().unwrap().clear();
    look(&rig).await;
    assert_eq!(all(&rig).await[0].state_reason, "Its time was over before anybody answered.");
    // A place that nobody looks at any more.
    *rig.world.gates.lock().unwrap() = vec![seen("3-9", "3", "production")];
    look(&rig).await;
    product.repository = "nordwind/elsewhere".into();
    rig.api.change_product(product).await.unwrap();
    rig.api.engine().forget_unwatched_gates().await.unwrap();
    assert_eq!(all(&rig).await[0].state_reason, "No product is bound to it any more, so nobody looks there.");
    assert_eq!(serde_json::to_value(GoneCause::Unwatched).unwrap(), "unwatched");
}

#[tokio::test]
async fn what_is_filled_in_is_checked_and_not_kept() {
    let rig = Rig::new();
    rig.product(|_| {}).await;
    let input = |name: &str, kind, required, shown_in_title| InputSpec {
        name: name.into(),
        description: String::new(),
        kind,
        required,
        default: None,
        shown_in_title,
        is_secret: !shown_in_title,
    };
    let inputs = vec![
        input("scope", InputKind::Choice(vec!["canary".into(), "all".into()]), true, true),
        input("code", InputKind::Text, false, false),
    ];
    *rig.world.gates.lock().unwrap() = vec![Gate { inputs, ..seen("7-1", "7", "production") }];
    look(&rig).await;
    let gate = only(&rig).await;
    assert_eq!(gate.inputs.iter().map(|input| input.hidden).collect::<Vec<_>>(), [false, true]);
    let answer = |scope: &str| AnswerGateRequest {
        id: gate.id.clone(),
        verdict: GateVerdictWord::Approve,
        comment: String::new(),
        inputs: vec![
            GateInputValue { name: "scope".into(), value: scope.into() },
            GateInputValue { name: "code".into(), value: "s3cret-marked".into() },
        ],
    };
    let refused = rig.api.answer_gate(answer("half")).await.unwrap_err();
    assert_eq!((refused.field.as_deref(), refused.message.as_str()), (Some("inputs"), "scope must be one of canary, all"));
    assert_eq!(answers(&rig), 0);
    rig.api.answer_gate(answer("all")).await.unwrap();
    assert_eq!(rig.world.answers.lock().unwrap()[0].inputs.len(), 2);
    let stored = rig.api.engine().store().gate(gate.id.parse().unwrap()).await.unwrap();
    let page = rig.api.audit_page(AuditPageRequest { limit: 500, ..AuditPageRequest::default() }).await.unwrap();
    assert!(!format!("{stored:?}{page:?}").contains("s3cret-marked"));
}

#[tokio::test]
async fn a_release_that_lost_its_approval_is_not_let_through() {
    let rig = Rig::new();
    let (_, deployment) = waiting(&rig).await;
    rig.api.mark_release_bad(ReasonRequest { id: deployment.release_id.clone(), reason: "loses orders".into() }).await.unwrap();
    let gate = only(&rig).await;
    assert_eq!(gate.approve_obstacle.as_deref(), Some("1.1.0 is marked bad."));
    let refused = give(&rig, &gate, GateVerdictWord::Approve).await.unwrap_err();
    assert_eq!((refused.code, refused.blockers[0].gate), (ErrorCode::Blocked, GateWord::MarkedBad));
    assert_eq!(answers(&rig), 0);
    assert_eq!(give(&rig, &gate, GateVerdictWord::Reject).await.unwrap().state, GateStateWord::Answered, "stopping is never held up");
}
