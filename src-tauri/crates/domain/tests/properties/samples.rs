//! One plausible thing of each kind, to be varied by the tests.

use pilothouse_domain::deployment::{Deployment, DeploymentKind, DeploymentState, Phase, Run, RunStatus};
use pilothouse_domain::pipeline::{InputBinding, InputValue, PipelineBinding, RefRule};
use pilothouse_domain::product::{Environment, EnvironmentRules, RollbackBinding};
use pilothouse_domain::publication::{Publication, TagState};
use pilothouse_domain::release::{Plan, PlannedEnvironment, Release, ReleaseState, SourceKind, SourceRef};
use pilothouse_domain::rollout::{OnFailure, Rollout};
use pilothouse_domain::{Actor, DeploymentId, EnvironmentId, PhaseId, ProductId, ReleaseId, Timestamp, Version};
use uuid::Uuid;

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_790_000_000_000_000 + seconds * 1_000_000).unwrap()
}

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number)
}

pub(crate) fn mira() -> Actor {
    Actor::person("Mira Okafor")
}

pub(crate) fn jonas() -> Actor {
    Actor::person("Jonas Lind")
}

pub(crate) fn environment_id(position: u16) -> EnvironmentId {
    EnvironmentId::new(uuid(100 + u128::from(position)))
}

pub(crate) fn release_id(number: u64) -> ReleaseId {
    ReleaseId::new(uuid(200 + u128::from(number)))
}

pub(crate) fn binding() -> PipelineBinding {
    PipelineBinding {
        place: None,
        pipeline: "deploy.yml".into(),
        git_ref: RefRule::Fixed { name: "main".into() },
        inputs: vec![
            InputBinding { name: "version".into(), value: InputValue::Version },
            InputBinding { name: "run".into(), value: InputValue::Correlation },
        ],
    }
}

pub(crate) fn run(id: &str, attempt: u32, status: RunStatus) -> Run {
    Run {
        external_id: id.into(),
        url: format!("https://ci.example.org/runs/{id}"),
        attempt,
        status,
        title: "Deploy 1.4.0".into(),
        created_at: Some(at(0)),
        started_at: None,
        ended_at: None,
        started_by: None,
        git_ref: None,
        commit: None,
        jobs: Vec::new(),
    }
}

fn share(n: u8, phases: u8) -> u8 {
    u8::try_from(u32::from(n) * 100 / u32::from(phases)).unwrap()
}

/// A deployment that was just started, with this many phases.
pub(crate) fn deployment(phases: u8) -> Deployment {
    Deployment {
        id: DeploymentId::new(uuid(300)),
        revision: 0,
        product_id: ProductId::new(uuid(1)),
        environment_id: environment_id(1),
        environment: "production".into(),
        release_id: release_id(4),
        version: Version::new(1, 4, 0),
        tag: "v1.4.0".into(),
        commit: COMMIT.into(),
        kind: DeploymentKind::Deploy,
        repository: "acme/shop".into(),
        pipeline: binding(),
        native: None,
        native_given_up: None,
        overridden: Vec::new(),
        coordinated_run: None,
        verify_seconds: 180,
        phases: (1..=phases).map(|n| Phase::new(PhaseId::new(uuid(400 + u128::from(n))), share(n, phases))).collect(),
        on_failure: OnFailure::End,
        phase_changes: Vec::new(),
        paused: None,
        state: DeploymentState::Queued { waits_for: None },
        cancel: None,
        trouble: None,
        requested_by: mira(),
        requested_at: at(0),
        deployed_at: None,
    }
}

pub(crate) fn environment(position: u16, rules: EnvironmentRules) -> Environment {
    let name = ["development", "staging", "production"].get(usize::from(position)).copied().unwrap_or("beyond");
    Environment {
        id: environment_id(position),
        revision: 0,
        product_id: ProductId::new(uuid(1)),
        name: name.into(),
        position,
        deploy: binding(),
        rollback: RollbackBinding::Redeploy,
        rules,
        rollout: Rollout::default(),
    }
}

/// A plan through these environments.
pub(crate) fn plan(environments: &[Environment]) -> Plan {
    let planned = |e: &Environment| PlannedEnvironment {
        environment_id: e.id,
        name: e.name.clone(),
        deploy: e.deploy.clone(),
        rollback: e.rollback_pipeline().clone(),
        checks: vec!["home".into()],
        rollback_target: Some(Version::new(1, 3, 9)),
        rollout: e.rollout.clone(),
    };
    Plan { environments: environments.iter().map(planned).collect(), remarks: "Jonas is on watch".into() }
}

/// Release `1.<number>.0`, drafted by Mira.
pub(crate) fn release(number: u64, plan: Option<Plan>, state: ReleaseState) -> Release {
    Release {
        id: release_id(number),
        revision: 0,
        product_id: ProductId::new(uuid(1)),
        version: Version::new(1, number, 0),
        tag: format!("v1.{number}.0"),
        tag_state: TagState::There,
        publication: Publication::Unpublished,
        source: SourceRef { kind: SourceKind::Tag, name: format!("v1.{number}.0"), commit: COMMIT.into() },
        notes: String::new(),
        changes_since: None,
        changelog: Vec::new(),
        changed_paths: None,
        plan,
        state,
        approval_requested_by: None,
        hotfix: None,
        coordinated_release: None,
        target: None,
        marked_bad: None,
        drafted_by: mira(),
        drafted_at: at(0),
    }
}
