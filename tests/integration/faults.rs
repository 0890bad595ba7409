//! Every fault of the range, against the whole product without a window: each ends in the right state, with words that a person
//! can act on, and with one run at the provider at most.

use super::rig::{Rig, has_session, open_incidents};
use pilothouse_api::{
    CancelDeploymentRequest, ConnectionStatusWord, DecisionDto, DeploymentStateWord as State, DeploymentView, IdRequest, QuestionWord,
};
use pilothouse_range::{Fault, Operation, Order};

/// A dispatch that meets a fault, and the state that the deployment comes to rest in.
async fn dispatch_under(rig: &Rig, order: Order, state: State) -> DeploymentView {
    let release = rig.release("1.2.0").await;
    rig.range.faults().order(order).unwrap();
    let started = rig.start_deployment(&release, "staging").await;
    let rested = rig.ends(&started.id, state).await;
    assert!(rig.runs_of(&rested) <= 1, "a fault led to {} runs", rig.runs_of(&rested));
    rested
}

fn question(deployment: &DeploymentView) -> (QuestionWord, String) {
    let question = deployment.question.as_ref().expect("a person is asked");
    assert!(!question.next_step.is_empty() && !question.choices.is_empty(), "{question:#?}");
    assert_eq!(question.asked_of, "Mira Okafor");
    (question.question, question.message.clone())
}

#[tokio::test]
async fn a_refused_token_is_said_and_replaced() {
    if !has_session("a refused token") {
        return;
    }
    let rig = Rig::start().await;
    let asked = dispatch_under(&rig, Order::once(Fault::RefuseToken).on_operation(Operation::Dispatch), State::AwaitingDecision).await;
    assert_eq!(question(&asked).0, QuestionWord::TriggerRefused);
    assert_eq!(rig.runs_of(&asked), 0);
    let connection = rig.api().list_connections().await.unwrap().remove(0);
    assert_eq!(connection.status, ConnectionStatusWord::Refused);
    let verified = rig.api().verify_connection(IdRequest { id: rig.connection.clone() }).await.unwrap();
    assert_eq!(verified.connection.status, ConnectionStatusWord::Valid, "the token works again");
    rig.decide(&asked.id, DecisionDto::Trigger).await;
    let done = rig.ends(&asked.id, State::Succeeded).await;
    assert_eq!(rig.runs_of(&done), 1);
    rig.stop().await;
}

/// A lost answer to a dispatch that was carried out: the run is found and followed.
async fn is_adopted(fault: Fault) {
    let rig = Rig::start().await;
    let done = dispatch_under(&rig, Order::once(fault).on_operation(Operation::Dispatch), State::Succeeded).await;
    assert_eq!(rig.runs_of(&done), 1);
    rig.stop().await;
}

/// A lost answer to a dispatch that was not carried out: a person is asked, and triggers it.
async fn is_asked_about(fault: Fault) {
    let rig = Rig::start().await;
    let asked = dispatch_under(&rig, Order::once(fault).on_operation(Operation::Dispatch), State::AwaitingDecision).await;
    assert_eq!(question(&asked).0, QuestionWord::RunNotFound);
    assert_eq!(rig.runs_of(&asked), 0);
    rig.decide(&asked.id, DecisionDto::Trigger).await;
    let done = rig.ends(&asked.id, State::Succeeded).await;
    assert_eq!(rig.runs_of(&done), 1);
    rig.stop().await;
}

macro_rules! lost_answers {
    ($($name:ident: $then:ident($fault:expr);)*) => {$(
        #[tokio::test]
        async fn $name() {
            if has_session(stringify!($name)) {
                $then($fault).await;
            }
        }
    )*};
}

lost_answers! {
    a_dropped_answer_is_looked_up: is_adopted(Fault::DropAfterAccept);
    a_502_after_the_effect_is_looked_up: is_adopted(Fault::ServerError { status: 502, accepted: true });
    an_answer_after_the_time_out_is_looked_up: is_adopted(Fault::Timeout { delay_ms: 40_000 });
    a_502_without_effect_is_asked_about: is_asked_about(Fault::ServerError { status: 502, accepted: false });
    a_proxy_page_is_asked_about: is_asked_about(Fault::ProxyPage);
    a_dropped_request_is_asked_about: is_asked_about(Fault::DropBeforeAccept);
    a_hanging_request_is_asked_about: is_asked_about(Fault::Hang);
}

#[tokio::test]
async fn a_run_that_is_listed_late_is_found() {
    if !has_session("a late list") {
        return;
    }
    let rig = Rig::start().await;
    rig.range.faults().order(Order::once(Fault::DelayedListing { delay_ms: 700 })).unwrap();
    let done = dispatch_under(&rig, Order::once(Fault::DropAfterAccept).on_operation(Operation::Dispatch), State::Succeeded).await;
    assert_eq!(rig.runs_of(&done), 1);
    rig.stop().await;
}

#[tokio::test]
async fn rate_limits_are_waited_out() {
    if !has_session("rate limits") {
        return;
    }
    for fault in [
        Fault::PrimaryRateLimit { status: 403, reset_after_s: 1 },
        Fault::PrimaryRateLimit { status: 429, reset_after_s: 1 },
        Fault::SecondaryRateLimit { status: 403, retry_after_s: Some(1) },
        Fault::SecondaryRateLimit { status: 429, retry_after_s: Some(1) },
    ] {
        let rig = Rig::start().await;
        let done = dispatch_under(&rig, Order::once(fault).on_operation(Operation::Dispatch), State::Succeeded).await;
        assert_eq!(rig.runs_of(&done), 1);
        rig.stop().await;
    }
}

#[tokio::test]
async fn a_failed_job_is_named_and_run_again() {
    if !has_session("a failed job") {
        return;
    }
    let rig = Rig::start().await;
    let fault = Fault::FailJob { job: "deploy".to_owned(), environment: None, after_instances: 1 };
    let asked = dispatch_under(&rig, Order::once(fault), State::AwaitingDecision).await;
    let (word, message) = question(&asked);
    assert_eq!(word, QuestionWord::RunFailed);
    assert!(message.to_lowercase().contains("deploy"), "{message}");
    rig.decide(&asked.id, DecisionDto::RerunFailed).await;
    let done = rig.ends(&asked.id, State::Succeeded).await;
    assert_eq!(rig.runs_of(&done), 1, "a second attempt is the same run");
    assert_eq!(done.phases[0].run.as_ref().unwrap().attempt, 2);
    rig.stop().await;
}

#[tokio::test]
async fn a_failed_run_can_be_given_up() {
    if !has_session("a run given up") {
        return;
    }
    let rig = Rig::start().await;
    let fault = Fault::FailJob { job: "build".to_owned(), environment: None, after_instances: 0 };
    let asked = dispatch_under(&rig, Order::once(fault), State::AwaitingDecision).await;
    rig.decide(&asked.id, DecisionDto::GiveUp).await;
    let failed = rig.ends(&asked.id, State::Failed).await;
    assert!(failed.state_reason.to_lowercase().contains("build"), "{}", failed.state_reason);
    rig.stop().await;
}

#[tokio::test]
async fn a_stuck_run_is_cancelled() {
    if !has_session("a stuck run") {
        return;
    }
    let rig = Rig::start().await;
    let release = rig.release("1.2.0").await;
    rig.range.faults().order(Order::once(Fault::StuckQueued)).unwrap();
    let started = rig.start_deployment(&release, "staging").await;
    rig.has_a_run(&started.id).await;
    rig.api().cancel_deployment(CancelDeploymentRequest { id: started.id.clone(), reason: "No runner".to_owned() }).await.unwrap();
    let cancelled = rig.ends(&started.id, State::Cancelled).await;
    assert!(cancelled.state_reason.contains("Mira Okafor") && cancelled.state_reason.contains("No runner"), "{}", cancelled.state_reason);
    rig.stop().await;
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_about_and_followed_on() {
    if !has_session("a provider that is down") {
        return;
    }
    let rig = Rig::start().await;
    let release = rig.release("1.2.0").await;
    let down = Order::until_cleared(Fault::ServerError { status: 503, accepted: false });
    let stuck = rig.range.faults().order(Order::once(Fault::StuckQueued)).unwrap();
    let started = rig.start_deployment(&release, "staging").await;
    rig.has_a_run(&started.id).await;
    let down = rig.range.faults().order(down).unwrap();
    let asked = rig.ends(&started.id, State::AwaitingDecision).await;
    assert_eq!(question(&asked).0, QuestionWord::Unreachable);
    rig.range.faults().clear(down);
    rig.range.faults().clear(stuck);
    rig.decide(&asked.id, DecisionDto::KeepLooking).await;
    let done = rig.ends(&asked.id, State::Succeeded).await;
    assert_eq!(rig.runs_of(&done), 1);
    rig.stop().await;
}

#[tokio::test]
async fn a_version_that_turns_bad_at_once_fails_in_its_run() {
    if !has_session("a bad version") {
        return;
    }
    let rig = Rig::start().await;
    let fault = Fault::TurnBad { version: "1.2.0".to_owned(), environment: None, after_ms: None, after_requests: None };
    let asked = dispatch_under(&rig, Order::until_cleared(fault), State::AwaitingDecision).await;
    let (word, message) = question(&asked);
    assert_eq!(word, QuestionWord::RunFailed);
    assert!(message.contains("job deploy") || message.contains("job smoke"), "{message}");
    rig.stop().await;
}

#[tokio::test]
async fn a_crashed_instance_is_no_success() {
    if !has_session("a crashed instance") {
        return;
    }
    let rig = Rig::start().await;
    let crash = Fault::CrashInstance { environment: "staging".to_owned(), instance: 2 };
    let release = rig.release("1.2.0").await;
    rig.range.faults().order(Order::until_cleared(crash)).unwrap();
    let started = rig.start_deployment(&release, "staging").await;
    let rested = rig.rests(&started.id).await;
    assert_ne!(rested.state, State::Succeeded, "an instance that is down was taken for a success: {rested:#?}");
    rig.stop().await;
}

#[tokio::test]
async fn a_slow_instance_is_an_incident_that_ends_with_it() {
    if !has_session("a slow instance") {
        return;
    }
    let rig = Rig::start().await;
    let release = rig.release("1.2.0").await;
    rig.deploy(&release, "staging").await;
    let slow = Fault::SlowInstance { environment: "staging".to_owned(), instance: None, delay_ms: 10_000 };
    let slow = rig.range.faults().order(Order::until_cleared(slow)).unwrap();
    let incident = rig.incident("staging", "Health").await;
    let health = incident.checks.iter().find(|check| check.name == "Health").expect("the health check fails");
    assert!(health.reason.contains("within 2"), "says how long it was waited for: {}", health.reason);
    rig.range.faults().clear(slow);
    rig.until(|| async {
        let open = rig.api().list_incidents(open_incidents()).await.unwrap();
        open.is_empty().then_some(())
    })
    .await;
    rig.stop().await;
}

#[tokio::test]
async fn a_version_that_turns_bad_under_load_is_an_incident_of_that_version() {
    if !has_session("a version that turns bad") {
        return;
    }
    let rig = Rig::start().await;
    let release = rig.release("1.2.0").await;
    rig.deploy(&release, "staging").await;
    let answered = 20;
    let bad = Fault::TurnBad { version: "1.2.0".to_owned(), environment: None, after_ms: None, after_requests: Some(answered) };
    rig.range.faults().order(Order::until_cleared(bad)).unwrap();
    let check = rig.product.environments.iter().find(|e| e.name == "staging").unwrap().checks[0].id.clone().unwrap();
    // Two instances share the load.
    for _ in 0..3 * answered {
        rig.api().measure_now(IdRequest { id: check.clone() }).await.unwrap();
    }
    let incident = rig.incident("staging", "Health").await;
    assert_eq!(incident.version.as_deref(), Some("1.2.0"));
    rig.stop().await;
}
