//! Things to store.

use pilothouse_domain::approval::{Approval, Verdict};
use pilothouse_domain::audit::AuditEntry;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::check::{CheckState, Health, HealthCheck, Measurement, Outcome, Probe};
use pilothouse_domain::connection::{Account, Connection, ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::deployment::{Deployment, DeploymentEffect, DeploymentKind, DeploymentState, Phase, Verification};
use pilothouse_domain::gate::{Gate, GateDetails, GateKind, GateOwner, GateState};
use pilothouse_domain::incident::{FailingCheck, Incident};
use pilothouse_domain::lock::{Lock, LockStrength};
use pilothouse_domain::pipeline::{InputBinding, InputValue, PipelineBinding, RefRule};
use pilothouse_domain::product::{Environment, EnvironmentRules, Product, RollbackBinding};
use pilothouse_domain::publication::{Publication, TagState};
use pilothouse_domain::release::{Plan, PlannedEnvironment, Release, ReleaseState, SourceKind, SourceRef};
use pilothouse_domain::rollout::{OnFailure, RolloutTemplate};
use pilothouse_domain::{
    Actor, ApprovalId, CheckId, ConnectionId, DeploymentId, EnvironmentId, GateId, IncidentId, LockId, PhaseId, ProductId, ReleaseId,
    Timestamp, Version,
};
use pilothouse_engine::ports::store::{ChangeSet, Committed, OutboxEffect, OutboxSubject, OutboxWrite, Store, StoreError, Write};
use uuid::Uuid;

pub(crate) fn uuid() -> Uuid {
    Uuid::now_v7()
}

/// So many seconds after a moment in 2026.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_767_225_600_000_123 + seconds * 1_000_000).unwrap()
}

pub(crate) fn mira() -> Actor {
    Actor::person("Mira Okafor")
}

pub(crate) fn entry(action: &str, subject_id: impl ToString, product: Option<ProductId>) -> AuditEntry {
    AuditEntry {
        at: at(0),
        actor: mira(),
        action: action.into(),
        subject_kind: "test".into(),
        subject_id: subject_id.to_string(),
        product_id: product.map(|id| id.to_string()).unwrap_or_default(),
        summary: format!("Did {action}"),
        data: serde_json::json!({ "z": 1, "a": { "deep": [null, true, "ü"] } }),
    }
}

pub(crate) fn audited(writes: Vec<Write>) -> ChangeSet {
    ChangeSet { writes, audit: vec![entry("test.wrote", "x", None)], outbox: Vec::new() }
}

pub(crate) async fn put(store: &dyn Store, writes: Vec<Write>) -> Result<Committed, StoreError> {
    store.commit(audited(writes)).await
}

pub(crate) fn connection() -> Connection {
    Connection {
        id: ConnectionId::new(uuid()),
        revision: 0,
        kind: ProviderKind::Github,
        name: "GitHub".into(),
        base_url: "https://api.github.com".into(),
        settings: ConnectionSettings::default(),
        status: ConnectionStatus::Valid {
            account: Account { login: "mira".into(), scopes: vec!["repo".into()], expires_at: Some(at(86_400)) },
        },
        created_at: at(0),
    }
}

pub(crate) fn product(connection: ConnectionId, name: &str) -> Product {
    Product {
        id: ProductId::new(uuid()),
        revision: 0,
        name: name.into(),
        connection_id: connection,
        repository: "acme/checkout".into(),
        tag_prefix: "v".into(),
        team: pilothouse_domain::team::TeamRules::default(),
        settings_source: None,
        created_at: at(1),
    }
}

pub(crate) fn pipeline() -> PipelineBinding {
    PipelineBinding {
        place: None,
        pipeline: "deploy.yml".into(),
        git_ref: RefRule::Fixed { name: "main".into() },
        inputs: vec![InputBinding { name: "version".into(), value: InputValue::Version }],
    }
}

pub(crate) fn environment(product: ProductId, name: &str, position: u16) -> Environment {
    Environment {
        id: EnvironmentId::new(uuid()),
        revision: 0,
        product_id: product,
        name: name.into(),
        position,
        deploy: pipeline(),
        rollback: RollbackBinding::Redeploy,
        rules: EnvironmentRules::default(),
        rollout: pilothouse_domain::rollout::Rollout::default(),
    }
}

pub(crate) fn check(environment: &Environment, name: &str) -> HealthCheck {
    HealthCheck {
        id: CheckId::new(uuid()),
        revision: 0,
        product_id: environment.product_id,
        environment_id: environment.id,
        name: name.into(),
        probe: Probe::Http {
            url: "https://example.org/healthz".into(),
            status_min: 200,
            status_max: 299,
            body_contains: None,
            slow_ms: Some(500),
        },
        interval_seconds: 10,
        timeout_ms: 2_000,
        failure_threshold: 3,
        recovery_threshold: 2,
        enabled: true,
    }
}

pub(crate) fn check_state(health: Health) -> CheckState {
    CheckState { health, since: at(5), reason: "503 instead of 200".into(), failures: 2, passes: 1, versions: vec!["1.4.0".into()] }
}

/// The first state of a check.
pub(crate) fn first_state(check: CheckId, health: Health) -> Write {
    Write::CheckState { check, before: None, after: check_state(health) }
}

pub(crate) fn measurement(seconds: i64, outcome: Outcome) -> Measurement {
    Measurement { at: at(seconds), latency_us: Some(1_234), outcome }
}

pub(crate) fn release(product: ProductId, version: &str, drafted: i64) -> Release {
    let version: Version = version.parse().unwrap();
    Release {
        id: ReleaseId::new(uuid()),
        revision: 0,
        product_id: product,
        tag: version.to_tag("v"),
        tag_state: TagState::There,
        publication: Publication::Unpublished,
        source: SourceRef { kind: SourceKind::Branch, name: "main".into(), commit: "0123456789abcdef".into() },
        notes: "## Features\n\n- Carts keep their items".into(),
        changes_since: Some("v1.0.0".into()),
        changelog: vec![Commit::from_message("0123456789abcdef".into(), "feat: carts", "Jonas".into(), Some(at(0)))],
        changed_paths: Some(vec!["src/basket.rs".into()]),
        plan: Some(Plan {
            environments: vec![PlannedEnvironment {
                environment_id: EnvironmentId::new(uuid()),
                name: "staging".into(),
                deploy: pipeline(),
                rollback: pipeline(),
                checks: vec!["Front page".into()],
                rollback_target: Some(Version::new(1, 0, 0)),
                rollout: RolloutTemplate::Canary.rollout(),
            }],
            remarks: "At night".into(),
        }),
        state: ReleaseState::InApproval { requested_by: mira(), requested_at: at(drafted) },
        approval_requested_by: None,
        hotfix: None,
        coordinated_release: None,
        target: None,
        marked_bad: None,
        drafted_by: mira(),
        drafted_at: at(drafted),
        version,
    }
}

pub(crate) fn approval(release: ReleaseId, seconds: i64) -> Approval {
    Approval {
        id: ApprovalId::new(uuid()),
        release_id: release,
        content_hash: "ab".repeat(32),
        verdict: Verdict::Approved,
        comment: "Fine".into(),
        by: Actor::person("Jonas Weber"),
        at: at(seconds),
        signature: None,
    }
}

pub(crate) fn deployment(release: &Release, environment: &Environment, requested: i64, state: DeploymentState) -> Deployment {
    Deployment {
        id: DeploymentId::new(uuid()),
        revision: 0,
        product_id: release.product_id,
        environment_id: environment.id,
        environment: environment.name.clone(),
        release_id: release.id,
        version: release.version.clone(),
        tag: release.tag.clone(),
        commit: release.source.commit.clone(),
        kind: DeploymentKind::Deploy,
        repository: "acme/checkout".into(),
        pipeline: pipeline(),
        native: None,
        native_given_up: None,
        overridden: Vec::new(),
        coordinated_run: None,
        verify_seconds: 180,
        phases: vec![Phase::new(PhaseId::new(uuid()), 100)],
        on_failure: OnFailure::Ask,
        phase_changes: Vec::new(),
        paused: None,
        state,
        cancel: None,
        trouble: None,
        requested_by: mira(),
        requested_at: at(requested),
        deployed_at: None,
    }
}

pub(crate) fn succeeded(seconds: i64) -> DeploymentState {
    DeploymentState::Succeeded { at: at(seconds), verification: Verification::ByService }
}

pub(crate) fn failed(seconds: i64) -> DeploymentState {
    DeploymentState::Failed { at: at(seconds), reason: "job deploy failed".into() }
}

pub(crate) fn lock(product: ProductId, environment: Option<EnvironmentId>, since: i64) -> Lock {
    Lock {
        id: LockId::new(uuid()),
        revision: 0,
        product_id: Some(product),
        environment_id: environment,
        reason: "Rolled back from 1.1.0".into(),
        strength: LockStrength::Stops,
        hotfixes_pass: false,
        release_id: None,
        by: mira(),
        since: at(since),
        until: None,
        lifted: None,
    }
}

pub(crate) fn incident(environment: &Environment, number: u32, opened: i64) -> Incident {
    Incident {
        id: IncidentId::new(uuid()),
        revision: 0,
        number,
        product_id: environment.product_id,
        environment_id: environment.id,
        checks: vec![FailingCheck {
            check_id: CheckId::new(uuid()),
            name: "Front page".into(),
            reason: "503 instead of 200".into(),
            since: at(opened),
            recovered_at: None,
        }],
        deployment_id: None,
        opened_at: at(opened),
        acknowledged: None,
        closed_at: None,
    }
}

/// A gate of the environment's pipeline.
pub(crate) fn gate(connection: ConnectionId, environment: &Environment, external_id: &str, seen: i64) -> Gate {
    Gate {
        id: GateId::new(uuid()),
        revision: 0,
        connection_id: connection,
        repository: "acme/checkout".into(),
        external_id: external_id.into(),
        run: "36".into(),
        pipeline: "deploy.yml".into(),
        seen: GateDetails {
            kind: GateKind::Deployment,
            title: environment.name.clone(),
            message: String::new(),
            environment: Some(environment.name.clone()),
            started_by: Some("mira".into()),
            since: Some(at(seen)),
            expires_at: None,
            url: "https://github.com/acme/checkout/actions/runs/36".into(),
            inputs: Vec::new(),
            can_answer: Some(true),
            can_reject: true,
            takes_comment: true,
        },
        belongs: GateOwner {
            product_id: Some(environment.product_id),
            environment_id: Some(environment.id),
            release_id: None,
            deployment_id: None,
        },
        first_seen_at: at(seen),
        state: GateState::Waiting { not_taken: None },
        answered_before: None,
        lingers_until: None,
    }
}

pub(crate) fn schedule(subject: OutboxSubject, effect: DeploymentEffect, due: i64) -> OutboxWrite {
    OutboxWrite::Schedule { subject, effect: OutboxEffect::Deployment(effect), written_at: at(0), due_at: at(due) }
}

/// A product with its connection and two environments, written.
pub(crate) struct World {
    pub(crate) connection: Connection,
    pub(crate) product: Product,
    pub(crate) staging: Environment,
    pub(crate) production: Environment,
}

impl World {
    /// Makes one, with the revisions that are stored.
    pub(crate) async fn in_store(store: &dyn Store) -> Self {
        let mut connection = connection();
        let mut product = product(connection.id, "Checkout");
        let (mut staging, mut production) = (environment(product.id, "staging", 0), environment(product.id, "production", 1));
        let writes = vec![
            Write::Connection(connection.clone()),
            Write::Product(product.clone()),
            Write::Environment(staging.clone()),
            Write::Environment(production.clone()),
        ];
        put(store, writes).await.unwrap();
        connection.revision = 1;
        product.revision = 1;
        staging.revision = 1;
        production.revision = 1;
        Self { connection, product, staging, production }
    }

    /// A release of the product, written.
    pub(crate) async fn release(&self, store: &dyn Store, version: &str, drafted: i64) -> Release {
        let mut release = release(self.product.id, version, drafted);
        put(store, vec![Write::Release(release.clone())]).await.unwrap();
        release.revision = 1;
        release
    }
}
