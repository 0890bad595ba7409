//! Through the whole api, over a store in memory.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::{Rig, http_check, unreachable, version_check};
use crate::*;
use futures::StreamExt as _;
use pilothouse_domain::approval::Approval;
use pilothouse_domain::audit::AuditEntry;
use pilothouse_domain::check::Outcome;
use pilothouse_domain::{Actor, ApprovalId};
use pilothouse_engine::ports::store::{ChangeSet, Write};
use secrecy::SecretString;

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn a_token_is_in_no_request_s_debug_text() {
    let request: AddConnectionRequest =
        serde_json::from_str(r#"{"kind":"github","name":"GitHub","base_url":"","token":"ghp_marked"}"#).unwrap();
    assert!(!format!("{request:?}").contains("ghp_marked"));
}

#[tokio::test]
async fn futures_can_be_sent_between_threads() {
    let rig = Rig::new();
    let product = assert_send(rig.product(|_| {})).await;
    let connection_id = product.connection_id.clone();
    let request = RepositoryRequest { connection_id, repository: product.repository.clone() };
    assert_send(rig.api.suggest_product(request.clone())).await.unwrap();
    assert_send(rig.api.refs(request)).await.unwrap();
    assert_send(rig.api.overview()).await.unwrap();
    assert_send(rig.api.health()).await.unwrap();
    assert_send(rig.api.status()).await.unwrap();
    assert_send(rig.api.list_releases(ListReleasesRequest::default())).await.unwrap();
}

#[tokio::test]
async fn a_product_survives_the_way_out_and_in_again_unchanged() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let json = serde_json::to_string(&product).unwrap();
    let again: ProductDto = serde_json::from_str(&json).unwrap();
    let seq = rig.api.audit_head().await.unwrap().seq;
    assert_eq!(rig.api.change_product(again).await.unwrap(), product);
    let events = rig.api.audit_page(AuditPageRequest { limit: 10, ..AuditPageRequest::default() }).await.unwrap();
    let since: Vec<&str> = events.iter().filter(|e| e.seq > seq).map(|e| e.action.as_str()).collect();
    assert_eq!(since, ["product.changed"], "environments and checks were not touched");
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_and_nothing_is_kept() {
    let rig = Rig::new();
    *rig.world.outage.lock().unwrap() = Some(unreachable());
    let token = Token::from(SecretString::from("ghp_of_mira"));
    let request = AddConnectionRequest {
        kind: "github".into(),
        name: "GitHub".into(),
        base_url: String::new(),
        user: None,
        region: None,
        role: None,
        profile: None,
        session_token: None,
        network: None,
        trusted_fingerprint: None,
        token,
    };
    let error = rig.api.add_connection(request).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ProviderUnreachable);
    assert!(rig.api.list_connections().await.unwrap().is_empty());
}

#[tokio::test]
async fn ids_and_times_that_are_none_are_refused_with_their_field() {
    let rig = Rig::new();
    let error = rig.api.get_release(IdRequest { id: "1.4.0".into() }).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("id")));
    let product = rig.product(|_| {}).await;
    let lock = SetLockRequest {
        product_id: product.id,
        environment_id: None,
        reason: "stock-taking".into(),
        until: Some("tomorrow".into()),
        strength: LockStrengthWord::Warns,
        hotfixes_pass: false,
    };
    let error = rig.api.set_lock(lock).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("until")));
}

#[tokio::test]
async fn a_failing_check_shows_in_health_overview_and_inbox() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let check = product.environments[1].checks[0].id.clone().unwrap();
    *rig.world.measured.lock().unwrap() = Outcome::Failed { reason: "503 instead of 200".into() };
    let view = rig.api.measure_now(IdRequest { id: check.clone() }).await.unwrap();
    assert_eq!((view.health, view.recent.len()), (HealthWord::Failing, 1));
    let health = rig.api.health().await.unwrap();
    assert_eq!((health.counts.total, health.counts.failing, health.counts.no_data), (2, 1, 1));
    let places: Vec<&str> = health.checks.iter().map(|c| c.environment.as_str()).collect();
    assert_eq!(places, ["staging", "production"], "in promotion order");
    assert_eq!(health.incidents[0].summary, "home: 503 instead of 200");
    let overview = rig.api.overview().await.unwrap();
    assert_eq!(overview.counts.incidents_open, 1);
    assert_eq!(overview.waiting[0].title, "Look after checkout in production");
    let incident = rig.api.acknowledge_incident(IdRequest { id: health.incidents[0].id.clone() }).await.unwrap();
    assert_eq!(incident.acknowledged_by.as_deref(), Some("Mira Okafor"));
    assert!(rig.api.inbox().await.unwrap().is_empty());
    let history = rig.api.check_history(CheckHistoryRequest { check_id: check, before: None, limit: 0 }).await.unwrap();
    assert_eq!(history[0].outcome, OutcomeWord::Failed);
}

#[tokio::test]
async fn an_open_incident_names_the_way_back() {
    let rig = Rig::new();
    let product = rig.product(|p| p.environments[1].rules.required_approvals = 0).await;
    let (old, new) = (rig.plan(&rig.draft(&product, "1.1.0").await).await, rig.plan(&rig.draft(&product, "1.2.0").await).await);
    rig.deploy_through(&old, 0).await;
    rig.deploy_through(&new, 0).await;
    *rig.world.measured.lock().unwrap() = Outcome::Failed { reason: "503 instead of 200".into() };
    let check = IdRequest { id: product.environments[0].checks[0].id.clone().unwrap() };
    rig.api.measure_now(check.clone()).await.unwrap();
    let incident = rig.api.health().await.unwrap().incidents[0].clone();
    assert_eq!((incident.version.as_deref(), incident.rollback_target.as_deref()), (Some("1.2.0"), Some("1.1.0")));
    let bad = ReasonRequest { id: old.release.id.clone(), reason: "loses orders".into() };
    rig.api.mark_release_bad(bad).await.unwrap();
    assert_eq!(rig.api.health().await.unwrap().incidents[0].rollback_target, None, "what is bad is no way back");
    *rig.world.measured.lock().unwrap() = Outcome::Passed;
    rig.api.measure_now(check).await.unwrap();
    let over = rig.api.list_incidents(ListIncidentsRequest::default()).await.unwrap();
    assert_eq!((over[0].closed_at.is_some(), over[0].rollback_target.as_deref()), (true, None));
}

#[tokio::test]
async fn trying_a_check_keeps_nothing() {
    let rig = Rig::new();
    let tried = rig.api.try_check(http_check()).await.unwrap();
    assert_eq!(tried.measurement.outcome, OutcomeWord::Passed);
    assert_eq!(rig.api.health().await.unwrap().counts.total, 0);
    let wrong = CheckDto { interval_seconds: 0, ..http_check() };
    assert_eq!(rig.api.try_check(wrong).await.unwrap_err().code, ErrorCode::Invalid);
}

#[tokio::test]
async fn followers_see_each_change_once_and_in_order() {
    let rig = Rig::new();
    let mut seen = Box::pin(rig.api.follow(0));
    let product = rig.product(|_| {}).await;
    rig.draft(&product, "1.1.0").await;
    let last = rig.api.last_change().await.unwrap();
    let mut numbers = Vec::new();
    while numbers.last() != Some(&last) {
        numbers.push(seen.next().await.unwrap().unwrap().seq);
    }
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
    rig.draft(&product, "1.2.0").await;
    assert_eq!(seen.next().await.unwrap().unwrap().kind, "release");
}

#[tokio::test]
async fn measurements_are_told_together_and_are_no_change() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let check = IdRequest { id: product.environments[0].checks[0].id.clone().unwrap() };
    rig.api.measure_now(check.clone()).await.unwrap();
    let last = rig.api.last_change().await.unwrap();
    let mut seen = Box::pin(rig.api.follow(last));
    for _ in 0..5 {
        rig.world.pass(1);
        rig.api.measure_now(check.clone()).await.unwrap();
    }
    assert_eq!(rig.api.last_change().await.unwrap(), last, "the state stays as it is");
    let event = seen.next().await.unwrap().unwrap();
    assert_eq!((event.seq, event.kind.as_str(), event.id.as_str()), (last, MEASUREMENT, ""));
    rig.draft(&product, "1.1.0").await;
    assert_eq!(seen.next().await.unwrap().unwrap().kind, "release", "the five are one, and a change goes first");
}

#[tokio::test]
async fn the_audit_chain_verifies_and_a_cut_tail_shows_against_a_kept_head() {
    let rig = Rig::new();
    rig.product(|_| {}).await;
    let head = rig.api.audit_head().await.unwrap();
    let sound = rig.api.verify_audit(VerifyAuditRequest { kept_head: Some(head.clone()) }).await.unwrap();
    assert_eq!((sound.verified, sound.fault), (head.clone(), None));
    let beyond = ChainHeadDto { seq: head.seq + 1, hash: head.hash };
    let cut = rig.api.verify_audit(VerifyAuditRequest { kept_head: Some(beyond) }).await.unwrap();
    assert_eq!(cut.fault.map(|f| f.fault), Some(ChainFaultWord::TailCut));
}

#[tokio::test]
async fn approvals_are_signed_and_those_that_do_not_fit_are_named() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let planned = rig.plan(&rig.draft(&product, "1.1.0").await).await;
    rig.api.request_approval(IdRequest { id: planned.release.id.clone() }).await.unwrap();
    let vote = VoteRequest {
        id: planned.release.id.clone(),
        verdict: VerdictWord::Approved,
        comment: "Fine".into(),
        content_hash: planned.content_hash.clone(),
    };
    let jonas = rig.as_person("Jonas Weber");
    let voted = jonas.vote(vote).await.unwrap();
    assert!(voted.approvals[0].is_signed);
    let report = rig.api.verify_audit(VerifyAuditRequest::default()).await.unwrap();
    assert_eq!((report.fault, report.approvals), (None, ApprovalReportView { signed: 1, unsigned: 0, faults: Vec::new() }));
    let events = rig.api.audit_page(AuditPageRequest { limit: 100, ..AuditPageRequest::default() }).await.unwrap();
    let actions: Vec<&str> = events.iter().rev().map(|e| e.action.as_str()).skip_while(|a| *a != "approver.key_added").collect();
    assert_eq!(actions, ["approver.key_added", "release.approved"], "the key before what it signs");

    // Behind the application's back: votes in Mira's name, one unsigned, one with Jonas' signature.
    let store = rig.api.engine().store();
    let real = store.approvals_after(None, 10).await.unwrap().remove(0);
    for (number, signature) in [(1, None), (2, real.signature.clone())] {
        let id = ApprovalId::new(uuid::Uuid::from_u128(number));
        let forged = Approval { id, by: Actor::person("Mira Okafor"), signature, ..real.clone() };
        let entry = AuditEntry {
            at: forged.at,
            actor: forged.by.clone(),
            action: "release.approved".into(),
            subject_kind: "release".into(),
            subject_id: forged.release_id.to_string(),
            product_id: String::new(),
            summary: "Approved".into(),
            data: serde_json::Value::Null,
        };
        store.commit(ChangeSet { writes: vec![Write::Approval(forged)], audit: vec![entry], outbox: Vec::new() }).await.unwrap();
    }
    let report = rig.api.verify_audit(VerifyAuditRequest::default()).await.unwrap();
    assert_eq!(report.approvals.signed, 1);
    let faults: Vec<_> = report.approvals.faults.iter().map(|f| (f.fault, f.by.as_str(), f.version.as_deref())).collect();
    let mira = ("Mira Okafor", Some("1.1.0"));
    assert_eq!(faults, [(ApprovalFaultWord::SignatureMissing, mira.0, mira.1), (ApprovalFaultWord::Altered, mira.0, mira.1)]);
    assert!(report.approvals.faults[1].message.contains("1.1.0 by Mira Okafor"), "{}", report.approvals.faults[1].message);
}

#[tokio::test]
async fn a_job_s_log_is_read_through_the_deployment_s_connection() {
    let rig = Rig::new();
    let product = rig.product(|p| p.environments[1].rules.required_approvals = 0).await;
    let planned = rig.plan(&rig.draft(&product, "1.1.0").await).await;
    let deployment = rig.deploy(&planned, 0).await;
    rig.carry().await;
    let view = rig.api.get_deployment(IdRequest { id: deployment.id.clone() }).await.unwrap();
    assert_eq!((view.state, view.verification), (DeploymentStateWord::Succeeded, Some(VerificationWord::ByChecks)));
    let job_id = view.phases[0].run.as_ref().unwrap().jobs[0].id.clone();
    let log = rig.api.job_log(JobLogRequest { deployment_id: deployment.id.clone(), job_id }).await.unwrap();
    assert_eq!(log, JobLogView { text: Some("copying\ncopied\n".into()), truncated: false, is_complete: true });
    let other = JobLogRequest { deployment_id: deployment.id, job_id: "1".into() };
    assert_eq!(rig.api.job_log(other).await.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_recommended_version_is_never_taken() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let propose = || async {
        let request = ProposeReleaseRequest { product_id: product.id.clone().unwrap(), kind: SourceKindWord::Branch, name: "main".into() };
        let proposal = rig.api.propose_release(request).await.unwrap();
        let recommended = proposal.versions.iter().find(|v| v.recommended).unwrap();
        assert!(!recommended.taken);
        (recommended.version.clone(), proposal.changes_since.unwrap())
    };
    assert_eq!(propose().await, ("1.1.0".into(), "v1.0.0".into()));
    // Drafted here, and without a tag at the provider: counted from its commit.
    let drafted = rig.draft(&product, "1.1.0").await;
    assert_eq!(propose().await, ("1.2.0".into(), "a41f9c2".into()));
    // Given up: its number is gone, its changes are still to come.
    let reason = ReasonRequest { id: drafted.release.id, reason: "too early".into() };
    rig.api.abort_release(reason).await.unwrap();
    assert_eq!(propose().await, ("1.2.0".into(), "v1.0.0".into()));
    // Tagged by somebody else meanwhile.
    rig.world.tags.lock().unwrap().push("v2.3.0".into());
    assert_eq!(propose().await, ("2.4.0".into(), "v2.3.0".into()));
}

#[tokio::test]
async fn a_version_that_came_from_elsewhere_is_told() {
    let rig = Rig::new();
    let product = rig
        .product(|p| {
            p.environments[0].checks = vec![version_check()];
            p.environments[1].rules.required_approvals = 0;
        })
        .await;
    let check = IdRequest { id: product.environments[0].checks[0].id.clone().unwrap() };
    let cell = || async { rig.api.overview().await.unwrap().products[0].cells[0].clone() };
    let told = |cell: &EnvironmentCell| (cell.version.clone(), cell.running_version.clone(), cell.is_unplanned);
    assert_eq!(told(&cell().await), (None, None, false), "nothing is known");

    *rig.world.running.lock().unwrap() = Some("v1.0.0".into());
    rig.api.measure_now(check.clone()).await.unwrap();
    assert_eq!(told(&cell().await), (None, Some("v1.0.0".into()), true), "runs, and nobody deployed it here");

    *rig.world.running.lock().unwrap() = Some("1.1.0".into());
    let planned = rig.plan(&rig.draft(&product, "1.1.0").await).await;
    rig.deploy_through(&planned, 0).await;
    let deployed = Some("1.1.0".to_owned());
    assert_eq!(told(&cell().await), (deployed.clone(), Some("v1.0.0".into()), false), "about to be read anew");
    rig.api.measure_now(check.clone()).await.unwrap();
    assert_eq!(told(&cell().await), (deployed.clone(), deployed.clone(), false));

    *rig.world.running.lock().unwrap() = Some("0.9.0".into());
    rig.api.measure_now(check.clone()).await.unwrap();
    assert_eq!(told(&cell().await), (deployed.clone(), Some("0.9.0".into()), true));
    *rig.world.running.lock().unwrap() = None;
    rig.api.measure_now(check).await.unwrap();
    assert_eq!(told(&cell().await), (deployed, None, false), "what can't be read is not known");
}

#[tokio::test]
async fn a_release_is_found_by_its_version() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let drafted = rig.draft(&product, "1.1.0").await;
    let find = |version: &str| rig.api.find_release(FindReleaseRequest { product_id: product.id.clone(), version: version.into() });
    assert_eq!(find("1.1.0").await.unwrap().id, drafted.release.id);
    assert_eq!(find("1.2.0").await.unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(find("latest").await.unwrap_err().field.as_deref(), Some("version"));
}
