//! Everything that is stored comes back as it was. Deployments in every state are checked on the way by `driver`.

use crate::checklists::{automatic, begun, item, template};
use crate::config;
use crate::samples::{at, binding, deployment, environment, jonas, mira, plan, release, run, uuid};
use crate::unplanned::{mark, unplanned};
use crate::world::{World, account, approval, connection, incident, lock, world};
use pilothouse_domain::approval::{Approval, Verdict};
use pilothouse_domain::audit::{AuditEntry, AuditEvent, ChainFault, ChainHead};
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::check::{CheckState, Health, HealthCheck, Measurement, Outcome, Probe};
use pilothouse_domain::checklist::{AutomaticItem, ItemChange, ItemField, ItemState, Moment, Since};
use pilothouse_domain::connection::{ConnectionStatus, ProviderKind};
use pilothouse_domain::deployment::{
    CancelRequest, Decision, Deployment, DeploymentEffect, DeploymentKind, Instances, Job, NativeWay, Pause, PhaseDecision, PhaseState,
    Reading, Run, RunStatus, Step, Trouble, Verification, VersionReading,
};
use pilothouse_domain::evidence::{ContentDigest, Evidence, EvidenceContent, EvidenceOwner, EvidenceOwnerKind, Withdrawn};
use pilothouse_domain::incident::Acknowledged;
use pilothouse_domain::lock::{Lifted, Lock, LockStrength};
use pilothouse_domain::pipeline::{BindingValues, InputBinding, InputValue, PipelineBinding, RefRule};
use pilothouse_domain::policy::{Action, Blocker, Clearance, Gate};
use pilothouse_domain::product::{EnvironmentRules, Product, RollbackBinding};
use pilothouse_domain::release::{MarkedBad, ReleaseState};
use pilothouse_domain::rollout::{Finding, FindingOutcome, OnFailure, RolloutTemplate, Tally, Watch};
use pilothouse_domain::signature::sign;
use pilothouse_domain::unplanned::{UnplannedRun, UnplannedState};
use pilothouse_domain::version::Bump;
use pilothouse_domain::{
    Actor, CheckId, ChecklistTemplateId, ConnectionId, DeploymentId, EnvironmentId, EvidenceId, ProductId, Timestamp, Version,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

#[track_caller]
fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(things: impl IntoIterator<Item = T>) {
    for thing in things {
        let text = serde_json::to_string(&thing).unwrap();
        assert_eq!(serde_json::from_str::<T>(&text).unwrap(), thing, "{text}");
        // Through a value too, as the audit chain and the wire contract hold it.
        assert_eq!(serde_json::from_value::<T>(serde_json::to_value(&thing).unwrap()).unwrap(), thing, "{text}");
    }
}

fn whole_run() -> Run {
    let step = Step { name: "Copy files".into(), status: RunStatus::Failed };
    let job = Job {
        external_id: "9".into(),
        name: "deploy".into(),
        status: RunStatus::Failed,
        url: "https://ci.example.org/jobs/9".into(),
        started_at: Some(at(1)),
        ended_at: None,
        stage: None,
        steps: vec![step],
    };
    Run { jobs: vec![job], created_at: None, ended_at: Some(at(2)), ..run("36", 2, RunStatus::Unknown { word: "stale".into() }) }
}

#[test]
fn products_environments_and_pipelines() {
    survives([Product {
        id: ProductId::new(uuid(1)),
        revision: 3,
        name: "Shop “größer”".into(),
        connection_id: ConnectionId::new(uuid(2)),
        repository: "acme/shop".into(),
        tag_prefix: String::new(),
        team: pilothouse_domain::team::TeamRules::default(),
        settings_source: None,
        created_at: at(0),
    }]);
    let values = [
        InputValue::Version,
        InputValue::Tag,
        InputValue::Commit,
        InputValue::Environment,
        InputValue::Correlation,
        InputValue::Literal { text: "a \"b\"\n".into() },
    ];
    let inputs: Vec<_> = values.into_iter().map(|value| InputBinding { name: "x".into(), value }).collect();
    let all = PipelineBinding { place: None, pipeline: "deploy.yml".into(), git_ref: RefRule::ReleaseTag, inputs };
    let version = Version::new(1, 4, 0);
    let values = BindingValues {
        version: &version,
        tag: "v1.4.0",
        commit: "0123",
        environment: "production",
        correlation: "abc",
        weight_percent: 25,
        target: "ring-1",
    };
    survives([all.fill(&values)]);
    survives([all.clone(), binding()]);
    let mut own = environment(2, EnvironmentRules { required_approvals: 2, self_approval: false, ..EnvironmentRules::default() });
    own.rollback = RollbackBinding::Pipeline { binding: all };
    let native = |environment| pilothouse_domain::product::Environment { rollback: RollbackBinding::Native { environment }, ..own.clone() };
    survives([environment(0, EnvironmentRules::default()), native(None), native(Some("Deploy".into())), own.clone()]);
}

#[test]
fn connections() {
    survives([
        connection(ConnectionStatus::Unverified),
        connection(ConnectionStatus::Valid { account: account() }),
        connection(ConnectionStatus::Limited { account: account(), missing: vec!["workflow".into()] }),
        connection(ConnectionStatus::Refused { reason: "Bad credentials".into(), since: at(0) }),
    ]);
    for kind in ProviderKind::ALL {
        survives([*kind]);
        assert_eq!(ProviderKind::from_word(kind.word()), Some(*kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.word(), "one word in the database and on the command line");
    }
}

#[test]
fn releases_in_every_state() {
    let environments = [environment(0, EnvironmentRules::default())];
    let states = [
        ReleaseState::Draft,
        ReleaseState::Planned,
        ReleaseState::InApproval { requested_by: mira(), requested_at: at(0) },
        ReleaseState::Approved { at: at(0) },
        ReleaseState::InProgress { since: at(0) },
        ReleaseState::Verifying { since: at(0) },
        ReleaseState::Completed { at: at(0) },
        ReleaseState::RolledBack { at: at(0) },
        ReleaseState::Aborted { at: at(0), reason: "superseded".into() },
    ];
    for state in states {
        assert_eq!(serde_json::to_value(&state).unwrap()["state"], state.word());
        let mut release = release(4, Some(plan(&environments)), state);
        release.marked_bad = Some(MarkedBad { reason: "loses orders".into(), by: jonas(), at: at(0) });
        release.changes_since = Some("v1.3.9".into());
        release.changelog = vec![Commit::from_message("0123".into(), "feat!: a", "Jonas".into(), Some(at(0)))];
        survives([release]);
    }
    survives([release(4, None, ReleaseState::Draft)]);
    let votes = [Verdict::Approved, Verdict::Rejected];
    survives(votes.map(|verdict| approval(1, "hash", Actor::Engine, verdict)));
    let signed = |a: Approval| Approval { signature: Some(sign(&a, &[7; 32])), ..a };
    survives(votes.map(|verdict| signed(approval(1, "hash", mira(), verdict))));
    survives([Bump::Major, Bump::Minor, Bump::Patch]);
}

fn findings() -> Vec<Finding> {
    let outcomes = [
        FindingOutcome::Passed,
        FindingOutcome::Waiting { what: "a signature".into() },
        FindingOutcome::Failed { reason: "500".into() },
        FindingOutcome::NoData { reason: "no network".into() },
    ];
    outcomes.map(|outcome| Finding { rule: "check home".into(), decides: true, outcome, gate: None }).into()
}

#[test]
fn rollouts() {
    survives(RolloutTemplate::ALL.iter().map(|template| template.rollout()));
    survives(RolloutTemplate::ALL.iter().copied());
    for template in RolloutTemplate::ALL {
        assert_eq!(template.rollout().check(), Ok(()), "{}", template.word());
        assert_eq!(serde_json::to_value(template).unwrap(), template.word());
    }
}

#[test]
fn deployments_with_all_that_they_may_carry() {
    let phases = [
        PhaseState::Pending,
        PhaseState::Ready,
        PhaseState::Triggering { begun_at: at(1) },
        PhaseState::Reconciling { begun_at: at(1), accepted: true, cause: "connection lost".into() },
        PhaseState::Running { run: whole_run() },
        PhaseState::Rerunning { run: whole_run(), failed_only: true, begun_at: None },
        PhaseState::Verifying { run: whole_run(), since: at(2), good_readings: 1, missing: String::new() },
        PhaseState::Passed { run: whole_run(), verification: Verification::ByRunOnly },
        PhaseState::Ended { run: None },
        PhaseState::LeftOut { run: Some(whole_run()) },
        PhaseState::Baking {
            run: whole_run(),
            verification: Verification::ByService,
            deployed_at: at(2),
            watch: Watch { watched_seconds: 30, seen_at: at(3) },
            tally: Tally { passes: 1, failures: 2, errors: 3, last: findings() },
        },
        PhaseState::Failing { run: whole_run(), verification: None, deployed_at: at(2), reason: "500".into(), rolls_back_at: at(9) },
    ];
    survives(phases.map(|state| {
        let mut deployment = deployment(1);
        deployment.phases[0].state = state;
        deployment.phases[0].rules = RolloutTemplate::Rings.rollout().phases[0].rules.clone();
        deployment.phases[0].instances = Some(Instances { with: 1, of: 4 });
        deployment.phases[0].decided = Some(PhaseDecision { by: mira(), reason: "seen by hand".into(), at: at(4) });
        deployment.on_failure = OnFailure::RollBack { countdown_seconds: 60 };
        deployment.paused = Some(Pause { by: mira(), reason: String::new(), since: at(4) });
        deployment.kind = DeploymentKind::Rollback { parent: Some(DeploymentId::new(uuid(3))), reason: "errors".into() };
        deployment.cancel =
            Some(CancelRequest { by: mira(), reason: String::new(), at: at(1), accepted_at: Some(at(2)), forced: true, tries: 5 });
        deployment.trouble = Some(Trouble { since: at(1), message: "502".into() });
        deployment.deployed_at = Some(at(3));
        let words = |text: &str| text.to_owned();
        deployment.native = Some(NativeWay {
            environment: words("live"),
            target_run: words("36"),
            how: words("again"),
            mark: words("1"),
            first_mark: words("1"),
        });
        Deployment { revision: u32::MAX, ..deployment }
    }));
    survives([
        DeploymentEffect::AwaitTurn,
        DeploymentEffect::Trigger,
        DeploymentEffect::LookUpRun,
        DeploymentEffect::ObserveRun,
        DeploymentEffect::CancelRun { force: true },
        DeploymentEffect::Rerun,
        DeploymentEffect::ReadService,
        DeploymentEffect::Judge,
        DeploymentEffect::RollBack,
    ]);
    let version = VersionReading::Other { seen: "1.1.0 on 2 of 4".into() };
    survives([Reading {
        version,
        checks: 2,
        failing: vec!["home".into()],
        no_data: Vec::new(),
        instances: Some(Instances { with: 1, of: 4 }),
    }]);
}

#[test]
fn what_older_builds_have_stored_is_still_read() {
    let without = |name: &str, thing: serde_json::Value| {
        let mut thing = thing;
        assert!(thing.as_object_mut().unwrap().remove(name).is_none(), "{name} is only stored where it is set");
        thing
    };
    let stored = without("native", serde_json::to_value(deployment(1)).unwrap());
    assert_eq!(serde_json::from_value::<Deployment>(stored).unwrap(), deployment(1));
    let filled = serde_json::json!({"pipeline": "deploy.yml", "git_ref": "main", "inputs": [["version", "1.4.0"]]});
    let filled: pilothouse_domain::pipeline::FilledBinding = serde_json::from_value(filled).unwrap();
    assert_eq!(without("correlation", serde_json::to_value(&filled).unwrap())["pipeline"], "deploy.yml");
    let native: RollbackBinding = serde_json::from_str(r#"{"kind":"native"}"#).unwrap();
    assert_eq!(native, RollbackBinding::Native { environment: None });
}

#[test]
fn decisions_have_the_word_that_they_are_stored_under() {
    let decisions = [
        Decision::Trigger,
        Decision::Adopt { external_id: "36".into() },
        Decision::KeepLooking,
        Decision::Redeploy,
        Decision::RerunFailed,
        Decision::RerunAll,
        Decision::VerifyAgain,
        Decision::Accept { reason: "seen by hand".into() },
        Decision::GiveUp,
    ];
    for decision in decisions {
        assert_eq!(serde_json::to_value(&decision).unwrap()["decision"], decision.word());
        survives([decision]);
    }
}

#[test]
fn checks_measurements_and_incidents() {
    let check = |probe| HealthCheck {
        id: CheckId::new(uuid(5)),
        revision: 0,
        product_id: ProductId::new(uuid(1)),
        environment_id: EnvironmentId::new(uuid(6)),
        name: "home".into(),
        probe,
        interval_seconds: 10,
        timeout_ms: 2_000,
        failure_threshold: 3,
        recovery_threshold: 2,
        enabled: true,
    };
    let http = Probe::Http {
        url: "https://shop.example.org/health".into(),
        status_min: 200,
        status_max: 299,
        body_contains: Some("ok".into()),
        slow_ms: Some(500),
    };
    let version = Probe::RunningVersion { urls: vec!["https://shop.example.org/version".into()], pointer: "/version".into() };
    survives([check(http), check(version)]);
    let reason = || "503 instead of 200".to_owned();
    let outcomes = [
        Outcome::Passed,
        Outcome::Degraded { reason: reason() },
        Outcome::Failed { reason: reason() },
        Outcome::NoData { reason: reason() },
    ];
    survives(outcomes.map(|outcome| Measurement { at: at(0), latency_us: Some(u32::MAX), outcome }));
    survives([Health::Healthy, Health::NoData, Health::Degraded, Health::Failing].map(|health| CheckState {
        health,
        since: at(0),
        reason: reason(),
        failures: 3,
        passes: 1,
        versions: vec!["1.4.0".into()],
    }));
    let mut taken = incident(1);
    taken.acknowledged = Some(Acknowledged { by: jonas(), at: at(1) });
    taken.recover(taken.checks[0].check_id, at(2));
    survives([incident(1), taken]);
}

#[test]
fn locks_and_what_blocks() {
    let lifted = Some(Lifted { by: mira(), at: at(1), reason: "done".into() });
    survives([
        lock(1, None, LockStrength::Warns),
        Lock { until: Some(at(9)), lifted, release_id: Some(crate::samples::release_id(4)), ..lock(2, Some(1), LockStrength::Stops) },
    ]);
    let clearances = [
        Clearance::Time { at: at(0) },
        Clearance::Vote,
        Clearance::Planning,
        Clearance::Deploying { environment: EnvironmentId::new(uuid(1)) },
        Clearance::LiftingLock { lock: lock(1, None, LockStrength::Stops).id },
        Clearance::Opening { environment: EnvironmentId::new(uuid(1)), at: Some(at(1)), can_override: true },
        Clearance::EndOfDeployment { deployment: DeploymentId::new(uuid(1)) },
        Clearance::Token,
        Clearance::Incident { incident: incident(1).id },
        Clearance::Explaining { unplanned_run: unplanned(1, 9).id },
        Clearance::Ticking { environment: EnvironmentId::new(uuid(1)), template: ChecklistTemplateId::new(uuid(2)) },
        Clearance::AnotherRelease,
    ];
    survives(clearances.map(|cleared_by| Blocker { gate: Gate::Lock, title: "t".into(), detail: "d".into(), cleared_by }));
}

#[test]
fn unplanned_runs_and_marks() {
    let explained =
        UnplannedState::Explained { reason: "a hotfix".into(), by: mira(), at: at(1), release_id: Some(crate::samples::release_id(4)) };
    let ours = UnplannedState::Ours { deployment_id: DeploymentId::new(uuid(1)), at: at(1) };
    survives([UnplannedState::Open, explained, ours].map(|state| UnplannedRun { state, ..unplanned(1, 9) }));
    survives([mark(at(3), &["36"])]);
}

#[test]
fn checklists_and_evidence() {
    let template = template(2, Moment::After, vec![item(1), automatic(2, AutomaticItem::RunsVersion)]);
    let mut checklist = begun(&template);
    checklist.items[0].state = ItemState::Done { by: mira(), at: at(1), minutes: Some(4), note: "ü".into() };
    checklist.items[1].state = ItemState::Skipped { by: mira(), at: at(1), reason: "not this time".into() };
    let changes = vec![
        ItemChange::Added { title: "a".into() },
        ItemChange::Removed { title: "b".into() },
        ItemChange::Changed { title: "c".into(), fields: vec![ItemField::PlannedMinutes] },
        ItemChange::Moved { title: "d".into() },
    ];
    checklist.since = Some(Since { release_id: crate::samples::release_id(3), version: Version::new(1, 3, 0), changes });
    survives([checklist]);
    survives([template]);
    let file = EvidenceContent::File {
        name: "plan.pdf".into(),
        media_type: "application/pdf".into(),
        bytes: 3,
        digest: ContentDigest::of(b"abc"),
    };
    let contents = [
        file,
        EvidenceContent::Link { url: "https://wiki.example.org/1".into(), title: String::new() },
        EvidenceContent::Note { text: "done".into() },
        EvidenceContent::MeasuredTime { what: "restore".into(), seconds: 90 },
    ];
    survives(contents.map(|content| Evidence {
        id: EvidenceId::new(uuid(1)),
        revision: 1,
        product_id: ProductId::new(uuid(1)),
        owner: EvidenceOwner { kind: EvidenceOwnerKind::Checklist, id: uuid(2), part: Some(uuid(3)) },
        content,
        by: mira(),
        at: at(1),
        withdrawn: Some(Withdrawn { by: jonas(), at: at(2), reason: String::new() }),
    }));
}

#[test]
fn the_audit_chain() {
    let entry = AuditEntry {
        at: at(0),
        actor: mira(),
        action: "release.planned".into(),
        subject_kind: "release".into(),
        subject_id: uuid(1).to_string(),
        product_id: String::new(),
        summary: "Planned 1.4.0".into(),
        data: serde_json::json!({ "a": [1, 2.5, null], "ü": "x" }),
    };
    let event = AuditEvent::after(&ChainHead::default(), entry);
    survives([event.head()]);
    survives([event]);
    survives([
        ChainFault::Gap { expected: 1, found: 2 },
        ChainFault::Broken { seq: 1 },
        ChainFault::Edited { seq: 1 },
        ChainFault::TailCut { seq: 1 },
    ]);
}

/// A stored audit event verifies after it was read: the hash is over what is stored.
#[test]
fn a_stored_chain_still_verifies() {
    let mut head = ChainHead::default();
    let mut stored = Vec::new();
    for number in 0..20 {
        let entry = AuditEntry {
            at: at(number),
            actor: Actor::Engine,
            action: "deployment.triggered".into(),
            subject_kind: "deployment".into(),
            subject_id: number.to_string(),
            product_id: String::new(),
            summary: "Triggered".into(),
            data: serde_json::to_value(deployment(2)).unwrap(),
        };
        let event = AuditEvent::after(&head, entry);
        head = event.head();
        stored.push(serde_json::to_string(&event).unwrap());
    }
    let read: Vec<AuditEvent> = stored.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    assert_eq!(pilothouse_domain::audit::verify(&ChainHead::default(), &read), Ok(head));
}

proptest! {
    #![proptest_config(config())]

    /// Years 1970 to 9999: what RFC 3339 can write.
    #[test]
    fn times_survive_to_the_microsecond(micros in 0i64..253_402_300_800_000_000) {
        let at = Timestamp::from_micros(micros).unwrap();
        prop_assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
        prop_assert_eq!(at.as_micros(), micros);
        // In text as in time, so that a database may sort by either.
        let later = Timestamp::from_micros(micros + 1).unwrap();
        prop_assert!(later.to_string() > at.to_string() || micros + 1 == 253_402_300_800_000_000);
    }

    #[test]
    fn versions_survive(major in any::<u64>(), minor in any::<u64>(), pre in "(-[a-z][a-z0-9]{0,4}(\\.[1-9][0-9]{0,3})?)?", build in "(\\+[a-z0-9]{1,5})?") {
        let text = format!("{major}.{minor}.0{pre}{build}");
        let version: Version = text.parse().unwrap();
        prop_assert_eq!(version.to_string(), text.clone());
        prop_assert_eq!(serde_json::from_str::<Version>(&serde_json::to_string(&version).unwrap()).unwrap(), version.clone());
        prop_assert_eq!(Version::from_tag(&version.to_tag("v"), "v"), Some(version));
    }

    #[test]
    fn what_a_world_holds_survives(world in world(), second in 0i64..10_000) {
        survives(world.evaluate(&Action::Deploy { deployment: None }, at(second)));
        let World { release, approvals, environments, deployments, locks, incidents, health, connection, .. } = world;
        survives([release]);
        survives(approvals);
        survives(environments);
        survives(deployments);
        survives(locks);
        survives(incidents);
        survives(health);
        survives([connection]);
    }
}
