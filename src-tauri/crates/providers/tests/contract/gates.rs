//! Deployment reviews: what is listed as waiting for a person, and what a refused answer means.

use crate::contract::canned::{Canned, Reply, json, with};
use crate::contract::mutating::approval;
use crate::contract::requests::{check, description};
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::{CallOutcome, GateAnswer, GateOutcome, GateVerdict, ProviderErrorKind};
use serde_json::{Value, json};

fn waiting(id: u64) -> Value {
    json!({"id": id, "status": "waiting", "path": ".github/workflows/deploy.yml", "html_url": format!("https://h/runs/{id}"),
        "actor": {"login": "ann"}, "triggering_actor": {"login": "bob"}})
}

fn pending(id: u64, timer: u32, can_approve: bool, reviewers: &Value) -> Value {
    json!({"environment": {"id": id, "name": format!("env-{id}")}, "wait_timer": timer, "wait_timer_started_at": "2026-01-01T00:00:00Z",
        "current_user_can_approve": can_approve, "reviewers": reviewers})
}

fn reviewers() -> Value {
    json!([{"type": "User", "reviewer": {"login": "eve"}}, {"type": "Team", "reviewer": {"slug": "ops", "name": "Ops"}}])
}

#[tokio::test]
async fn every_deployment_that_waits_for_a_person_is_listed_over_all_pages() {
    let server = Canned::start(|seen, _| match seen.path.as_str() {
        path if path.contains("/pending_deployments") && path.contains("/runs/1/") => {
            json(200, &json!([pending(7, 0, true, &reviewers()), pending(8, 30, false, &json!([]))]))
        }
        path if path.contains("/pending_deployments") && path.contains("/runs/2/") => {
            json(200, &json!([pending(7, 30, false, &reviewers())]))
        }
        path if path.ends_with("/approvals") => json(200, &json!([])),
        // Deleted since it was listed.
        path if path.contains("/pending_deployments") => json(404, &json!({"message": "Not Found"})),
        path if path.contains("&page=1") => {
            with(200, &[("link", "<https://h/x?page=2>; rel=\"next\"")], &json!({"workflow_runs": [waiting(1), waiting(3)]}).to_string())
        }
        _ => json(200, &json!({"workflow_runs": [waiting(2)]})),
    })
    .await;
    let gates = server.provider().gates("acme/shop").await.unwrap();
    let short: Vec<_> = gates.iter().map(|gate| (gate.external_id.as_str(), gate.can_answer)).collect();
    assert_eq!(short, [("1-7", Some(true)), ("2-7", Some(false))], "a timer alone waits for nobody");
    assert_eq!((gates[0].pipeline.as_str(), gates[0].title.as_str(), gates[0].started_by.as_deref()), ("deploy.yml", "env-7", Some("bob")));
    assert_eq!(gates[0].message, "Reviewers: eve, team ops.");
    assert!(gates[1].message.ends_with("a timer holds it up for 30 min."), "{:?}", gates[1]);
    assert_eq!((gates[0].since, gates[0].expires_at), (Timestamp::parse("2026-01-01T00:00:00Z"), Timestamp::parse("2026-01-31T00:00:00Z")));
    let Some(api) = description() else { return };
    server.seen().iter().for_each(|seen| check(&api, seen));
}

/// A server that refuses the answer and then tells this of the run.
async fn refusing(pending: Value, approvals: Value) -> Canned {
    Canned::start(move |seen, _| match () {
        () if seen.method == "POST" => json(422, &json!({"message": "There was a problem approving or rejecting this deployment"})),
        () if seen.path.ends_with("/approvals") => json(200, &approvals),
        () => json(200, &pending),
    })
    .await
}

#[tokio::test]
async fn a_refused_answer_is_too_late_forbidden_or_just_refused() {
    let approved = json!([{"state": "approved", "comment": "", "environments": [{"id": 7, "name": "env-7"}]}]);
    let open = |timer, can| json!([pending(7, timer, can, &reviewers())]);
    for (waits, approvals, wanted) in [
        (json!([]), json!([]), Ok(GateOutcome::TooLate)),
        (json!([pending(8, 0, true, &reviewers())]), json!([]), Ok(GateOutcome::TooLate)),
        (open(30, true), approved.clone(), Ok(GateOutcome::TooLate)),
        (open(30, false), json!([]), Err(ProviderErrorKind::Forbidden)),
        (open(0, false), approved, Err(ProviderErrorKind::Forbidden)),
        (open(0, true), json!([]), Err(ProviderErrorKind::Invalid)),
    ] {
        let server = refusing(waits.clone(), approvals).await;
        let answered = server.provider().answer_gate("acme/shop", &approval()).await;
        if let Err(error) = &answered {
            assert_eq!(error.outcome(), CallOutcome::Refused);
            assert!(error.kind != ProviderErrorKind::Forbidden || error.next_step.contains("eve"), "{error:?}");
        }
        assert_eq!(answered.map_err(|error| error.kind), wanted, "{waits}");
        assert_eq!(server.seen_of("POST").len(), 1);
    }
}

#[tokio::test]
async fn an_answer_names_environment_verdict_and_comment() {
    let server = Canned::start(|_, _| json(200, &json!([]))).await;
    let provider = server.provider();
    let rejection = GateAnswer { verdict: GateVerdict::Reject, comment: String::new(), ..approval() };
    for answer in [approval(), rejection] {
        assert_eq!(provider.answer_gate("acme/shop", &answer).await, Ok(GateOutcome::Taken));
    }
    let bodies: Vec<Value> = server.seen().iter().map(super::canned::Seen::json).collect();
    assert_eq!(
        bodies,
        [
            json!({"environment_ids": [7], "state": "approved", "comment": "go"}),
            json!({"environment_ids": [7], "state": "rejected", "comment": ""}),
        ]
    );
    for gate in ["7", "43-7", "42-x", ""] {
        let wrong = GateAnswer { gate: gate.into(), ..approval() };
        let error = provider.answer_gate("acme/shop", &wrong).await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Invalid, "{gate}");
    }
    assert_eq!(server.seen().len(), 2, "no other was sent");
    let lost = Canned::start(|_, _| Reply::HangUp).await;
    assert_eq!(lost.provider().answer_gate("acme/shop", &approval()).await.unwrap_err().outcome(), CallOutcome::Unknown);
    assert_eq!(lost.seen().len(), 1);
    let Some(api) = description() else { return };
    server.seen().iter().for_each(|seen| check(&api, seen));
}
