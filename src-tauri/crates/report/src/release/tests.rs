//! The document of a release, out of its record.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use crate::html;
use pilothouse_domain::approval::Approval;
use pilothouse_domain::audit::{AuditEntry, AuditEvent, ChainHead};
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::deployment::Verification;
use pilothouse_domain::metrics::{DeliveryFacts, Window, measure};
use pilothouse_domain::pipeline::{PipelineBinding, RefRule};
use pilothouse_domain::product::{Environment, EnvironmentRules, Product, RollbackBinding};
use pilothouse_domain::release::{Release, SourceKind, SourceRef};
use pilothouse_domain::review::{Review, ReviewAction};
use pilothouse_domain::signature::{KEY_ADDED, public_key, sign};
use pilothouse_domain::*;
use serde_json::json;
use uuid::Uuid;

/// The seed of the one who votes.
pub(crate) const VOTER: [u8; 32] = [7; 32];

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_micros(1_764_000_000_000_000 + minutes * 60_000_000).unwrap()
}

fn id(n: u64) -> Uuid {
    Uuid::from_u64_pair(1, n)
}

fn mira() -> Actor {
    Actor::person("Mira Okafor")
}

fn binding() -> PipelineBinding {
    PipelineBinding { place: None, pipeline: "deploy.yml".into(), git_ref: RefRule::ReleaseTag, inputs: Vec::new() }
}

fn release() -> Release {
    let commit = Commit::from_message("b".repeat(40), "fix: the sum", "Aiko".into(), Some(at(-600)));
    Release {
        changed_paths: None,
        id: ReleaseId::new(id(3)),
        revision: 4,
        product_id: ProductId::new(id(1)),
        version: "1.4.0".parse().unwrap(),
        tag: "v1.4.0".into(),
        tag_state: Default::default(),
        publication: Default::default(),
        source: SourceRef { kind: SourceKind::Tag, name: "v1.4.0".into(), commit: "b".repeat(40) },
        notes: "<script>alert(1)</script>\nЗдравствуй, 世界 🚀".into(),
        changes_since: None,
        changelog: vec![commit],
        plan: None,
        state: ReleaseState::Completed { at: at(60) },
        approval_requested_by: None,
        hotfix: None,
        coordinated_release: None,
        target: None,
        marked_bad: None,
        drafted_by: mira(),
        drafted_at: at(0),
    }
}

fn deployment(release: &Release) -> Deployment {
    Deployment {
        id: DeploymentId::new(id(4)),
        revision: 9,
        product_id: release.product_id,
        environment_id: EnvironmentId::new(id(2)),
        environment: "production".into(),
        release_id: release.id,
        version: release.version.clone(),
        tag: release.tag.clone(),
        commit: release.source.commit.clone(),
        kind: DeploymentKind::Deploy,
        repository: "acme/checkout".into(),
        pipeline: binding(),
        native: None,
        native_given_up: None,
        overridden: Vec::new(),
        coordinated_run: None,
        verify_seconds: 60,
        phases: Vec::new(),
        on_failure: pilothouse_domain::rollout::OnFailure::End,
        phase_changes: Vec::new(),
        paused: None,
        state: DeploymentState::Succeeded { at: at(50), verification: Verification::ByService },
        cancel: None,
        trouble: None,
        requested_by: mira(),
        requested_at: at(40),
        deployed_at: Some(at(49)),
    }
}

fn vote(release: &Release) -> Approval {
    let mut vote = Approval {
        id: ApprovalId::new(id(5)),
        release_id: release.id,
        content_hash: content_hash(&release.version, &release.source, None),
        verdict: Verdict::Approved,
        comment: "Looks good".into(),
        by: mira(),
        at: at(10),
        signature: None,
    };
    vote.signature = Some(sign(&vote, &VOTER));
    vote
}

/// A chain: a key, and events of the release with one of another between them.
fn chain(vote: &Approval, release: &Release) -> Vec<AuditEvent> {
    let told = [
        (KEY_ADDED, public_key(&VOTER), json!({})),
        ("release.drafted", release.id.to_string(), json!({})),
        ("release.approved", release.id.to_string(), json!({ "approval": vote })),
        ("release.drafted", "another's".to_owned(), json!({ "of": "another release" })),
        ("deployment.succeeded", DeploymentId::new(id(4)).to_string(), json!({})),
        ("release.completed", release.id.to_string(), json!({})),
    ];
    let mut head = ChainHead::default();
    let mut events = Vec::new();
    for ((action, subject, data), minute) in told.into_iter().zip(0..) {
        let entry = AuditEntry {
            at: at(minute * 10),
            actor: mira(),
            action: action.into(),
            subject_kind: String::new(),
            subject_id: subject,
            product_id: release.product_id.to_string(),
            summary: format!("{action} & more"),
            data,
        };
        let event = AuditEvent::after(&head, entry);
        head = event.head();
        events.push(event);
    }
    events
}

/// The whole chain below a record.
pub(crate) fn whole_chain() -> Vec<AuditEvent> {
    chain(&vote(&release()), &release())
}

/// A record of a release that went well.
pub(crate) fn record() -> ReleaseRecord {
    let release = release();
    let vote = vote(&release);
    let environment = Environment {
        id: EnvironmentId::new(id(2)),
        revision: 1,
        product_id: release.product_id,
        name: "production".into(),
        position: 0,
        deploy: binding(),
        rollback: RollbackBinding::Redeploy,
        rules: EnvironmentRules::default(),
        rollout: pilothouse_domain::rollout::Rollout::default(),
    };
    let product = Product {
        id: release.product_id,
        revision: 1,
        name: "Checkout".into(),
        connection_id: ConnectionId::new(id(9)),
        repository: "acme/checkout".into(),
        tag_prefix: "v".into(),
        team: pilothouse_domain::team::TeamRules::default(),
        settings_source: None,
        created_at: at(-9_000),
    };
    let action = ReviewAction {
        id: ReviewActionId::new(id(8)),
        what: "Warm the cache".into(),
        owner: "Aiko".into(),
        due: Some(at(900)),
        done: None,
    };
    let review = Review {
        id: ReviewId::new(id(7)),
        revision: 1,
        product_id: product.id,
        release_id: release.id,
        summary: "Calm.".into(),
        went_well: vec!["The rehearsal".into()],
        to_improve: vec!["The handover".into()],
        actions: vec![action],
        begun_by: mira(),
        begun_at: at(70),
        closed: None,
    };
    let deployments = vec![deployment(&release)];
    let facts = DeliveryFacts {
        environment_id: environment.id,
        releases: std::slice::from_ref(&release),
        deployments: &deployments,
        incidents: &[],
    };
    let metrics = vec![(environment.id, measure(&facts, Window::last_weeks(12, at(60))))];
    let events = chain(&vote, &release).into_iter().filter(|e| e.entry.action != KEY_ADDED && e.entry.subject_id != "another's").collect();
    ReleaseRecord {
        as_of: at(60),
        product,
        environments: vec![environment],
        checks: Vec::new(),
        approvals: vec![vote],
        deployments,
        gates: Vec::new(),
        checklists: Vec::new(),
        smoke_runs: Vec::new(),
        uat_rounds: Vec::new(),
        feedback: Vec::new(),
        documents: Vec::new(),
        courses: Vec::new(),
        training_records: Vec::new(),
        attached_runbook: None,
        runbook_runs: Vec::new(),
        incidents: Vec::new(),
        unplanned_runs: Vec::new(),
        evidence: Vec::new(),
        review: Some(review),
        metrics,
        events,
        release,
    }
}

#[test]
fn the_report_says_what_the_record_holds() {
    let report = release_report(&record());
    let figures =
        report.sections.iter().flat_map(|s| &s.blocks).find_map(|b| if let Block::Figures(f) = b { Some(f) } else { None }).unwrap();
    let told: Vec<(&str, &str)> = figures.iter().map(|f| (f.label.as_str(), f.value.as_str())).collect();
    let expected = [
        ("State", "completed"),
        ("Deployments", "1"),
        ("Rollbacks", "0"),
        ("Incidents", "0"),
        ("Approvals", "1"),
        ("Smoke runs", "0"),
        ("Feedback", "0"),
        ("Changes", "1"),
    ];
    assert_eq!(told, expected);
    assert_eq!(report.subtitle, "Checkout 1.4.0 is completed. As of 2025-11-24 17:00:00.");
}

#[test]
fn a_vote_for_another_content_does_not_count() {
    let mut changed = record();
    changed.release.source.commit = "c".repeat(40);
    let page = html(&release_report(&changed));
    assert!(page.contains("no: the plan changed since"));
    assert!(
        page.contains("<p class=\"label\">Approvals</p><p class=\"value \">0</p>")
            || page.contains("<p class=\"label\">Approvals</p><p class=\"value\">0</p>"),
        "{page}"
    );
}

#[test]
fn the_page_stands_alone_and_runs_nothing() {
    let page = html(&release_report(&record()));
    assert!(!page.contains("<script"), "what people wrote is text");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for loads in ["src=", "@import", "url(", "http://", "https://", "<link", "<iframe", "javascript:"] {
        assert!(!page.contains(loads), "{loads}");
    }
    assert!(page.contains("default-src 'none'"));
    assert!(page.contains("Not enough data"), "three deployments are needed");
    for part in ["Warm the cache", "The rehearsal", "Здравствуй, 世界 🚀", "role=\"img\""] {
        assert!(page.contains(part), "{part}");
    }
}
