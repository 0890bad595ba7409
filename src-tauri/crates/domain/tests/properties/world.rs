//! A product in some state, as the policy is told about it.

use crate::samples::{at, binding, deployment, environment, environment_id, jonas, mira, plan, release, release_id, uuid};
use pilothouse_domain::approval::{Approval, Verdict, content_hash};
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride, WindowEffect, WindowScope, WindowTimes};
use pilothouse_domain::check::Health;
use pilothouse_domain::checklist::{AutomaticSight, Checklist, ChecklistTemplate, EnvironmentReadings};
use pilothouse_domain::connection::{Account, Connection, ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::deployment::{Deployment, DeploymentKind, DeploymentState, Verification};
use pilothouse_domain::document::Document;
use pilothouse_domain::incident::{FailingCheck, Incident};
use pilothouse_domain::lock::{Lifted, Lock, LockStrength};
use pilothouse_domain::policy::{Action, Blocker, Facts, Gate, evaluate};
use pilothouse_domain::product::{Environment, EnvironmentRules};
use pilothouse_domain::release::{MarkedBad, Release, ReleaseState};
use pilothouse_domain::runbook::{AttachedRunbook, RunbookRule};
use pilothouse_domain::smoke::{SmokeRun, SmokeScenario};
use pilothouse_domain::training::{Course, TrainingRecord};
use pilothouse_domain::uat::{Feedback, UatRound};
use pilothouse_domain::unplanned::UnplannedRun;
use pilothouse_domain::{
    Actor, ApprovalId, CalendarWindowId, CheckId, ConnectionId, DeploymentId, EnvironmentId, IncidentId, LockId, ProductId, Timestamp,
    Version,
};
use proptest::prelude::*;

/// The number of the release that is asked about: version 1.4.0.
pub(crate) const OURS: u64 = 4;

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) release: Release,
    pub(crate) approvals: Vec<Approval>,
    pub(crate) environments: Vec<Environment>,
    /// Which environment the action is about.
    pub(crate) target: u16,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) locks: Vec<Lock>,
    pub(crate) windows: Vec<CalendarWindow>,
    pub(crate) overrides: Vec<FreezeOverride>,
    pub(crate) incidents: Vec<Incident>,
    pub(crate) unplanned: Vec<UnplannedRun>,
    pub(crate) checklists: Vec<Checklist>,
    pub(crate) templates: Vec<ChecklistTemplate>,
    pub(crate) readings: Vec<EnvironmentReadings>,
    pub(crate) rounds: Vec<UatRound>,
    pub(crate) feedback: Vec<Feedback>,
    pub(crate) releases: Vec<pilothouse_domain::arriving::ReleaseChanges>,
    pub(crate) documents: Vec<Document>,
    pub(crate) courses: Vec<Course>,
    pub(crate) training: Vec<TrainingRecord>,
    pub(crate) health: Vec<(EnvironmentId, Health)>,
    pub(crate) connection: Connection,
    /// Those of pipelines that live elsewhere.
    pub(crate) others: Vec<Connection>,
    pub(crate) smoke_scenarios: Vec<SmokeScenario>,
    pub(crate) smoke_runs: Vec<SmokeRun>,
    pub(crate) runbook_rules: Vec<RunbookRule>,
    pub(crate) attached_runbooks: Vec<AttachedRunbook>,
}

impl World {
    /// Development, staging and production; release 1.4.0 planned for all of them; nothing in the way of development.
    pub(crate) fn calm() -> Self {
        let environments: Vec<_> = (0..3).map(|position| environment(position, EnvironmentRules::default())).collect();
        let release = release(OURS, Some(plan(&environments)), ReleaseState::Planned);
        Self {
            release,
            approvals: Vec::new(),
            environments,
            target: 0,
            deployments: Vec::new(),
            locks: Vec::new(),
            windows: Vec::new(),
            overrides: Vec::new(),
            incidents: Vec::new(),
            unplanned: Vec::new(),
            checklists: Vec::new(),
            templates: Vec::new(),
            readings: Vec::new(),
            rounds: Vec::new(),
            feedback: Vec::new(),
            releases: Vec::new(),
            documents: Vec::new(),
            courses: Vec::new(),
            training: Vec::new(),
            health: Vec::new(),
            connection: connection(ConnectionStatus::Unverified),
            others: Vec::new(),
            smoke_scenarios: Vec::new(),
            smoke_runs: Vec::new(),
            runbook_rules: Vec::new(),
            attached_runbooks: Vec::new(),
        }
    }

    /// The calm world, with 1.4.0 verified in staging and production asked about.
    pub(crate) fn before_production() -> Self {
        let mut world = Self::calm();
        world.target = 2;
        world.deployments = vec![deployed(1, OURS, 1)];
        world
    }

    pub(crate) fn evaluate(&self, action: &Action, now: Timestamp) -> Vec<Blocker> {
        evaluate(action, &self.facts(), now)
    }

    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts {
            release: &self.release,
            approvals: &self.approvals,
            environment: self.environments.get(usize::from(self.target)),
            environments: &self.environments,
            deployments: &self.deployments,
            locks: &self.locks,
            windows: &self.windows,
            overrides: &self.overrides,
            incidents: &self.incidents,
            unplanned: &self.unplanned,
            checklists: &self.checklists,
            templates: &self.templates,
            readings: &self.readings,
            rounds: &self.rounds,
            feedback: &self.feedback,
            releases: &self.releases,
            documents: &self.documents,
            courses: &self.courses,
            training: &self.training,
            health: &self.health,
            connection: &self.connection,
            connections: &self.others,
            smoke_scenarios: &self.smoke_scenarios,
            smoke_runs: &self.smoke_runs,
            runbook_rules: &self.runbook_rules,
            attached_runbooks: &self.attached_runbooks,
        }
    }

    /// What automatic items look at.
    pub(crate) fn automatic_sight(&self) -> AutomaticSight<'_> {
        AutomaticSight {
            release: &self.release,
            environments: &self.environments,
            readings: &self.readings,
            deployments: &self.deployments,
            smoke_scenarios: &self.smoke_scenarios,
            smoke_runs: &self.smoke_runs,
        }
    }

    pub(crate) fn gates(&self, action: &Action, now: Timestamp) -> Vec<Gate> {
        self.evaluate(action, now).into_iter().map(|blocker| blocker.gate).collect()
    }

    pub(crate) fn rules(&mut self) -> &mut EnvironmentRules {
        &mut self.environments[usize::from(self.target)].rules
    }

    pub(crate) fn hash(&self) -> String {
        content_hash(&self.release.version, &self.release.source, self.release.plan.as_ref())
    }

    pub(crate) fn vote(&mut self, by: Actor, verdict: Verdict) {
        let vote = approval(self.approvals.len(), &self.hash(), by, verdict);
        self.approvals.push(vote);
    }
}

pub(crate) const DEPLOY: Action = Action::Deploy { deployment: None };
pub(crate) const ROLL_BACK: Action = Action::RollBack { deployment: None, forced: false };

pub(crate) fn connection(status: ConnectionStatus) -> Connection {
    Connection {
        id: ConnectionId::new(uuid(2)),
        revision: 0,
        kind: ProviderKind::Github,
        name: "GitHub".into(),
        base_url: "https://api.github.com".into(),
        settings: ConnectionSettings::default(),
        status,
        created_at: at(0),
    }
}

pub(crate) fn account() -> Account {
    Account { login: "mira".into(), scopes: vec!["repo".into()], expires_at: Some(at(1_000_000)) }
}

pub(crate) fn approval(number: usize, hash: &str, by: Actor, verdict: Verdict) -> Approval {
    Approval {
        id: ApprovalId::new(uuid(500 + number as u128)),
        release_id: release_id(OURS),
        content_hash: hash.into(),
        verdict,
        comment: if verdict == Verdict::Rejected { "The migration is missing.".into() } else { String::new() },
        by,
        at: at(0),
        signature: None,
    }
}

pub(crate) fn lock(number: u128, position: Option<u16>, strength: LockStrength) -> Lock {
    Lock {
        id: LockId::new(uuid(600 + number)),
        revision: 0,
        product_id: Some(ProductId::new(uuid(1))),
        environment_id: position.map(environment_id),
        reason: "Audit week".into(),
        strength,
        hotfixes_pass: false,
        release_id: None,
        by: jonas(),
        since: at(0),
        until: None,
        lifted: None,
    }
}

pub(crate) fn incident(position: u16) -> Incident {
    Incident {
        id: IncidentId::new(uuid(700 + u128::from(position))),
        revision: 0,
        number: 7,
        product_id: ProductId::new(uuid(1)),
        environment_id: environment_id(position),
        checks: vec![FailingCheck {
            check_id: CheckId::new(uuid(800)),
            name: "home".into(),
            reason: "503 instead of 200".into(),
            since: at(0),
            recovered_at: None,
        }],
        deployment_id: None,
        opened_at: at(0),
        acknowledged: None,
        closed_at: None,
    }
}

/// A deployment of release `number`, found well `minute` minutes after the start.
pub(crate) fn deployed(position: u16, number: u64, minute: i64) -> Deployment {
    let when = at(minute * 60);
    let state = DeploymentState::Succeeded { at: when, verification: Verification::ByService };
    Deployment { deployed_at: Some(when), ..unfinished(position, number, u128::from(position) * 1_000 + minute as u128, state) }
}

/// A deployment in `state` that has brought nothing.
pub(crate) fn unfinished(position: u16, number: u64, id: u128, state: DeploymentState) -> Deployment {
    Deployment {
        id: DeploymentId::new(uuid(10_000 + id)),
        environment_id: environment_id(position),
        release_id: release_id(number),
        version: Version::new(1, number, 0),
        pipeline: binding(),
        state,
        ..deployment(1)
    }
}

fn person() -> impl Strategy<Value = Actor> {
    prop_oneof![Just(mira()), Just(jonas()), Just(Actor::person("Ana Ruiz"))]
}

fn release_state() -> impl Strategy<Value = ReleaseState> {
    prop_oneof![
        1 => Just(ReleaseState::Draft),
        3 => Just(ReleaseState::Planned),
        1 => Just(ReleaseState::InApproval { requested_by: mira(), requested_at: at(0) }),
        3 => Just(ReleaseState::Approved { at: at(0) }),
        3 => Just(ReleaseState::InProgress { since: at(0) }),
        1 => Just(ReleaseState::Verifying { since: at(0) }),
        1 => Just(ReleaseState::Completed { at: at(0) }),
        1 => Just(ReleaseState::RolledBack { at: at(0) }),
        1 => Just(ReleaseState::Aborted { at: at(0), reason: "superseded".into() }),
    ]
}

fn rules() -> impl Strategy<Value = EnvironmentRules> {
    (0u8..4, any::<bool>(), any::<bool>(), 0u32..120).prop_map(|(required_approvals, self_approval, needs_upstream, soak_minutes)| {
        EnvironmentRules { required_approvals, self_approval, needs_upstream, soak_minutes, ..EnvironmentRules::default() }
    })
}

fn some_deployment() -> impl Strategy<Value = Deployment> {
    (0u16..3, 3u64..6, 0i64..200, 0u8..6, any::<bool>()).prop_map(|(position, number, minute, state, back)| {
        let mut deployment = deployed(position, number, minute);
        let when = at(minute * 60);
        deployment.id = DeploymentId::new(uuid(20_000 + u128::from(position) * 10_000 + u128::from(number) * 1_000 + minute as u128));
        if back {
            deployment.kind = DeploymentKind::Rollback { parent: None, reason: "errors".into() };
        }
        if state < 3 {
            return deployment;
        }
        deployment.deployed_at = None;
        deployment.state = match state {
            3 => DeploymentState::Failed { at: when, reason: "job deploy failed".into() },
            4 => DeploymentState::InProgress,
            _ => DeploymentState::Queued { waits_for: None },
        };
        deployment
    })
}

pub(crate) fn some_lock() -> impl Strategy<Value = Lock> {
    (0u128..50, proptest::option::of(0u16..3), any::<bool>(), proptest::option::of(0i64..12_000), any::<bool>()).prop_map(
        |(number, position, stops, until, lifted)| {
            let strength = if stops { LockStrength::Stops } else { LockStrength::Warns };
            Lock {
                until: until.map(at),
                lifted: lifted.then(|| Lifted { by: mira(), at: at(1), reason: "done".into() }),
                ..lock(number, position, strength)
            }
        },
    )
}

/// A window of some minutes, or one that comes each day.
pub(crate) fn some_window() -> impl Strategy<Value = CalendarWindow> {
    let scope = (0u16..4).prop_map(|position| if position == 3 { None } else { Some(position) });
    (0u128..50, proptest::bool::weighted(0.7), scope, 0i64..12_000, 1i64..3_000, any::<bool>()).prop_map(
        |(number, denies, position, begins, minutes, daily)| {
            let effect = if denies { WindowEffect::Deny } else { WindowEffect::Allow };
            let mut found = window(number, effect, begins, begins + minutes);
            if let Some(position) = position {
                found.scope =
                    WindowScope::Environments { product_id: ProductId::new(uuid(1)), environment_ids: vec![environment_id(position)] };
            }
            found.times.rule = daily.then(|| "FREQ=DAILY".to_owned());
            found
        },
    )
}

/// A window over everything, from one minute to another, in UTC.
pub(crate) fn window(number: u128, effect: WindowEffect, from: i64, to: i64) -> CalendarWindow {
    CalendarWindow {
        id: CalendarWindowId::new(uuid(900 + number)),
        revision: 0,
        effect,
        name: "Year end".into(),
        reason: "The books are closed".into(),
        scope: WindowScope::Everything,
        times: WindowTimes {
            begins: at(from * 60).as_datetime().naive_utc(),
            ends: at(to * 60).as_datetime().naive_utc(),
            time_zone: "UTC".into(),
            rule: None,
            except: Vec::new(),
        },
        owner: String::new(),
        is_enabled: true,
        hotfixes_pass: false,
        uid: None,
        added_by: jonas(),
        added_at: at(0),
        withdrawn: None,
    }
}

fn status() -> impl Strategy<Value = ConnectionStatus> {
    prop_oneof![
        2 => Just(ConnectionStatus::Unverified),
        2 => Just(ConnectionStatus::Valid { account: account() }),
        1 => Just(ConnectionStatus::Limited { account: account(), missing: vec!["workflow".into()] }),
        1 => Just(ConnectionStatus::Refused { reason: "Bad credentials".into(), since: at(0) }),
    ]
}

fn health() -> impl Strategy<Value = Vec<(EnvironmentId, Health)>> {
    let one = prop_oneof![Just(Health::Healthy), Just(Health::NoData), Just(Health::Degraded), Just(Health::Failing)];
    proptest::collection::vec(one, 0..4)
        .prop_map(|states| (0u16..).zip(states).map(|(position, health)| (environment_id(position), health)).collect())
}

/// Votes for this plan, and for an earlier one.
fn votes() -> impl Strategy<Value = Vec<(Actor, bool, bool)>> {
    proptest::collection::vec((person(), proptest::bool::weighted(0.85), proptest::bool::weighted(0.8)), 0..5)
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    let place = (0u16..3, proptest::collection::vec(rules(), 3), proptest::collection::vec(proptest::bool::weighted(0.8), 3));
    let lists = (
        proptest::collection::vec(some_deployment(), 0..8),
        (proptest::collection::vec(some_lock(), 0..4), proptest::collection::vec(some_window(), 0..3)),
        proptest::collection::btree_set(0u16..3, 0..3),
        health(),
    );
    (place, release_state(), proptest::bool::weighted(0.15), votes(), lists, status()).prop_map(
        |((target, rules, planned), state, bad, votes, (deployments, (locks, windows), incidents, health), status)| {
            let environments: Vec<_> = (0u16..).zip(rules).map(|(position, rules)| environment(position, rules)).collect();
            let in_plan: Vec<_> = environments.iter().zip(planned).filter(|(_, planned)| *planned).map(|(e, _)| e.clone()).collect();
            let plan = (state != ReleaseState::Draft).then(|| plan(&in_plan));
            let mut release = release(OURS, plan, state);
            release.marked_bad = bad.then(|| MarkedBad { reason: "loses orders".into(), by: jonas(), at: at(0) });
            let mut world = World {
                release,
                approvals: Vec::new(),
                environments,
                target,
                deployments,
                locks,
                windows,
                overrides: Vec::new(),
                incidents: incidents.into_iter().map(incident).collect(),
                unplanned: Vec::new(),
                checklists: Vec::new(),
                templates: Vec::new(),
                readings: Vec::new(),
                rounds: Vec::new(),
                feedback: Vec::new(),
                releases: Vec::new(),
                documents: Vec::new(),
                courses: Vec::new(),
                training: Vec::new(),
                health,
                connection: connection(status),
                others: Vec::new(),
                smoke_scenarios: Vec::new(),
                smoke_runs: Vec::new(),
                runbook_rules: Vec::new(),
                attached_runbooks: Vec::new(),
            };
            for (by, approves, current) in votes {
                world.vote(by, if approves { Verdict::Approved } else { Verdict::Rejected });
                if let (false, Some(vote)) = (current, world.approvals.last_mut()) {
                    vote.content_hash = "of an earlier plan".into();
                }
            }
            world
        },
    )
}
