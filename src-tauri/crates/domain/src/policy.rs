//! The one place where an action is allowed or refused. [`evaluate`] is pure: the window shows its result as "why blocked", the
//! engine asks it again right before it acts, the command line prints it. An empty list means: go.
//!
//! Must not: look anything up. What it needs to know comes in as [`Facts`].

use crate::approval::{Approval, Verdict, content_hash, count_approvals};
use crate::check::Health;
use crate::connection::{Connection, ConnectionStatus};
use crate::deployment::{Deployment, DeploymentKind};
use crate::incident::Incident;
use crate::lock::{Lock, LockStrength};
use crate::pipeline::PipelineBinding;
use crate::product::Environment;
use crate::release::{Release, ReleaseState};
use crate::{Actor, DeploymentId, EnvironmentId, Timestamp, Version};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What somebody wants to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Deploy the release to the environment.
    Deploy {
        /// The deployment that asks, where it exists already: it is not in its own way.
        deployment: Option<DeploymentId>,
    },
    /// Bring the release back to the environment.
    RollBack {
        /// The deployment that asks, where it exists already.
        deployment: Option<DeploymentId>,
        /// Abort what is under way there first.
        forced: bool,
    },
    /// Ask for votes on the release.
    RequestApproval,
    /// Vote on the release.
    Vote {
        /// Who.
        by: Actor,
        /// How.
        verdict: Verdict,
    },
    /// Close the release.
    Complete,
}

/// What is known about the release, the environment and the product.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The release that the action is about.
    pub release: &'a Release,
    /// All votes on it.
    pub approvals: &'a [Approval],
    /// The environment, for actions that have one.
    pub environment: Option<&'a Environment>,
    /// The product's environments in promotion order.
    pub environments: &'a [Environment],
    /// The product's deployments: every one that hasn't ended, each environment's last requested one, and of each environment
    /// and release the latest that was deployed and the latest that was verified. Any order.
    pub deployments: &'a [Deployment],
    /// The product's locks.
    pub locks: &'a [Lock],
    /// The product's open incidents.
    pub incidents: &'a [Incident],
    /// Health of each environment that has checks.
    pub health: &'a [(EnvironmentId, Health)],
    /// The connection to the product's source.
    pub connection: &'a Connection,
    /// Every connection: a pipeline may live elsewhere than the source.
    pub connections: &'a [Connection],
}

/// A gate that doesn't hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    /// Which gate.
    pub gate: Gate,
    /// What is wrong, in a few words: "1 of 2 approvals is missing".
    pub title: String,
    /// Why, with the evidence, and who or what clears it.
    pub detail: String,
    /// How it is cleared.
    pub cleared_by: Clearance,
}

/// The gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// The release's state allows the action.
    ReleaseState,
    /// The release is not marked bad.
    MarkedBad,
    /// The environment is in the plan.
    Plan,
    /// The votes are there.
    Approvals,
    /// The release is verified in the environment before.
    Upstream,
    /// It ran there long enough.
    Soak,
    /// The environment before is well.
    UpstreamHealth,
    /// Nothing is locked.
    Lock,
    /// Nothing else is under way there.
    Occupied,
    /// No newer version was deployed there meanwhile.
    Outdated,
    /// The provider lets us in.
    Connection,
    /// The version was verified in the environment.
    VerifiedBefore,
    /// There is something to change.
    AlreadyThere,
    /// The last environment is well.
    Health,
}

/// How a gate is cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Clearance {
    /// It clears by itself.
    Time {
        /// When.
        at: Timestamp,
    },
    /// A vote.
    Vote,
    /// A plan.
    Planning,
    /// A deployment to another environment.
    Deploying {
        /// That environment.
        environment: EnvironmentId,
    },
    /// The lifting of a lock.
    LiftingLock {
        /// The lock's id.
        lock: crate::LockId,
    },
    /// The end, or the cancelling, of a deployment.
    EndOfDeployment {
        /// That deployment.
        deployment: DeploymentId,
    },
    /// Another token.
    Token,
    /// The end of an incident.
    Incident {
        /// The incident's id.
        incident: crate::IncidentId,
    },
    /// Another release.
    AnotherRelease,
}

/// What doesn't hold, worst gates first. Empty: the action is allowed.
#[must_use]
pub fn evaluate(action: &Action, facts: &Facts<'_>, now: Timestamp) -> Vec<Blocker> {
    let mut blockers = match action {
        Action::Deploy { deployment } => deploy(facts, *deployment, now),
        Action::RollBack { deployment, forced } => roll_back(facts, *deployment, *forced),
        Action::RequestApproval => request_approval(facts),
        Action::Vote { by, verdict } => vote(facts, by, *verdict),
        Action::Complete => complete(facts),
    };
    blockers.sort_by_key(|b| b.gate);
    blockers
}

fn deploy(facts: &Facts<'_>, own: Option<DeploymentId>, now: Timestamp) -> Vec<Blocker> {
    let Some(environment) = facts.environment else { return vec![nowhere(facts.release)] };
    let planned = facts.release.planned(environment.id);
    [
        deployable_state(facts.release),
        marked_bad(facts.release),
        in_plan(facts.release, environment),
        approvals(facts, environment),
        upstream(facts, environment, now),
        upstream_health(facts, environment),
        occupied(facts, environment, own, false),
        outdated(facts, environment),
        already_there(facts, environment, own),
        connection(facts, planned.map_or(&environment.deploy, |planned| &planned.deploy)),
    ]
    .into_iter()
    .flatten()
    .chain(locks(facts, environment, now))
    .collect()
}

fn roll_back(facts: &Facts<'_>, own: Option<DeploymentId>, forced: bool) -> Vec<Blocker> {
    let Some(environment) = facts.environment else { return vec![nowhere(facts.release)] };
    // Locks, approvals, soak and promotion order don't hold a rollback up: the version has been there before.
    [
        verified_before(facts, environment),
        marked_bad(facts.release),
        already_there(facts, environment, own),
        occupied(facts, environment, own, forced),
        connection(facts, environment.rollback_pipeline()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn request_approval(facts: &Facts<'_>) -> Vec<Blocker> {
    let release = facts.release;
    let refusal = match &release.state {
        ReleaseState::Planned => return marked_bad(release).into_iter().collect(),
        ReleaseState::Draft => Blocker {
            gate: Gate::Plan,
            title: "There is no plan yet".to_owned(),
            detail: "Approvers agree to a plan: which environments, which checks, and the way back. Plan the release first.".to_owned(),
            cleared_by: Clearance::Planning,
        },
        state => state_blocker(release, &format!("It is {} already.", state.label())),
    };
    vec![refusal]
}

fn vote(facts: &Facts<'_>, by: &Actor, verdict: Verdict) -> Vec<Blocker> {
    let release = facts.release;
    let open = match &release.state {
        ReleaseState::Planned | ReleaseState::InApproval { .. } => true,
        // Taking an approval back stays possible until the first deployment.
        ReleaseState::Approved { .. } => true,
        ReleaseState::InProgress { .. } => verdict == Verdict::Approved,
        ReleaseState::Draft
        | ReleaseState::Verifying { .. }
        | ReleaseState::Completed { .. }
        | ReleaseState::RolledBack { .. }
        | ReleaseState::Aborted { .. } => false,
    };
    if !open {
        return vec![state_blocker(
            release,
            &format!("Votes are taken while a release is planned or in approval; it is {}.", release.state.label()),
        )];
    }
    let hash = content_hash(&release.version, &release.source, release.plan.as_ref());
    let again = facts.approvals.iter().any(|a| a.by == *by && a.content_hash == hash && a.verdict == verdict);
    if again {
        return vec![Blocker {
            gate: Gate::Approvals,
            title: format!("{by} has voted on this plan already"),
            detail: "Each person has one vote. Somebody else can give the next one.".to_owned(),
            cleared_by: Clearance::Vote,
        }];
    }
    Vec::new()
}

fn complete(facts: &Facts<'_>) -> Vec<Blocker> {
    let release = facts.release;
    if !matches!(release.state, ReleaseState::Verifying { .. }) {
        return vec![state_blocker(
            release,
            &format!(
                "A release is completed once it runs, verified, in the last environment of its plan; it is {}.",
                release.state.label()
            ),
        )];
    }
    let last = release.plan.as_ref().and_then(|p| p.environments.last());
    let incident = last.and_then(|last| facts.incidents.iter().find(|i| i.is_open() && i.environment_id == last.environment_id));
    match (last, incident) {
        (Some(last), Some(incident)) => vec![Blocker {
            gate: Gate::Health,
            title: format!("Incident {} is open in {}", incident.number, last.name),
            detail: "A release is completed while its last environment is well. Solve the incident, or roll back.".to_owned(),
            cleared_by: Clearance::Incident { incident: incident.id },
        }],
        _ => Vec::new(),
    }
}

fn state_blocker(release: &Release, detail: &str) -> Blocker {
    Blocker {
        gate: Gate::ReleaseState,
        title: format!("{} is {}", release.version, release.state.label()),
        detail: detail.to_owned(),
        cleared_by: Clearance::AnotherRelease,
    }
}

/// Asked without an environment: refused, since an empty list would mean go.
fn nowhere(release: &Release) -> Blocker {
    Blocker {
        gate: Gate::Plan,
        title: "No environment is named".to_owned(),
        detail: format!("{} is deployed to an environment of its plan. Choose one.", release.version),
        cleared_by: Clearance::Planning,
    }
}

/// Whether a deployment brought what the release is now: its version may have been edited after an early deployment.
#[must_use]
pub fn brought(deployment: &Deployment, release: &Release) -> bool {
    deployment.release_id == release.id && deployment.version == release.version && deployment.commit == release.source.commit
}

fn deployable_state(release: &Release) -> Option<Blocker> {
    match &release.state {
        ReleaseState::Draft => Some(Blocker {
            gate: Gate::ReleaseState,
            title: format!("{} is a draft", release.version),
            detail: "A deployment follows a plan. Plan the release first.".to_owned(),
            cleared_by: Clearance::Planning,
        }),
        ReleaseState::Aborted { reason, .. } => Some(state_blocker(release, &format!("It was given up: {reason}."))),
        ReleaseState::RolledBack { .. } => {
            Some(state_blocker(release, "An environment was rolled back from it. Fix the cause and release a new version."))
        }
        ReleaseState::Planned
        | ReleaseState::InApproval { .. }
        | ReleaseState::Approved { .. }
        | ReleaseState::InProgress { .. }
        | ReleaseState::Verifying { .. }
        | ReleaseState::Completed { .. } => None,
    }
}

fn marked_bad(release: &Release) -> Option<Blocker> {
    release.marked_bad.as_ref().map(|bad| Blocker {
        gate: Gate::MarkedBad,
        title: format!("{} is marked bad", release.version),
        detail: format!("{} marked it: {}. A person can take the mark back.", bad.by, bad.reason),
        cleared_by: Clearance::AnotherRelease,
    })
}

fn in_plan(release: &Release, environment: &Environment) -> Option<Blocker> {
    let plan = release.plan.as_ref()?;
    let planned = plan.environments.iter().any(|e| e.environment_id == environment.id);
    (!planned).then(|| Blocker {
        gate: Gate::Plan,
        title: format!("{} is not in the plan", environment.name),
        detail: format!(
            "The plan of {} doesn't name {}. Plan it anew; votes on the old plan are void then.",
            release.version, environment.name
        ),
        cleared_by: Clearance::Planning,
    })
}

fn approvals(facts: &Facts<'_>, environment: &Environment) -> Option<Blocker> {
    let (release, rules) = (facts.release, &environment.rules);
    let wanted = usize::from(rules.required_approvals);
    let hash = content_hash(&release.version, &release.source, release.plan.as_ref());
    let have = count_approvals(facts.approvals, &hash, &release.drafted_by, rules.self_approval);
    if have >= wanted {
        return None;
    }
    let rejection = facts.approvals.iter().find(|a| a.content_hash == hash && a.verdict == Verdict::Rejected);
    let void = facts.approvals.iter().filter(|a| a.content_hash != hash && a.verdict == Verdict::Approved).count();
    let title = match rejection {
        Some(no) => format!("{} rejected this plan", no.by),
        None if wanted == 1 => "Approval is missing".to_owned(),
        None => format!("{} of {wanted} approvals {} missing", wanted - have, if wanted - have == 1 { "is" } else { "are" }),
    };
    let mut detail = match rejection {
        Some(no) if !no.comment.is_empty() => format!("“{}” Change the plan and ask again.", no.comment),
        Some(_) => "Change the plan and ask again.".to_owned(),
        None if rules.self_approval => format!("{} asks for it. Anybody on the team can give it.", environment.name),
        None => format!("{} asks for it. Anybody but {}, who drafted it, can give it.", environment.name, release.drafted_by),
    };
    if void > 0 && rejection.is_none() {
        detail.push_str(if void == 1 {
            " An earlier approval is void: the content has changed since."
        } else {
            " Earlier approvals are void: the content has changed since."
        });
    }
    Some(Blocker { gate: Gate::Approvals, title, detail, cleared_by: Clearance::Vote })
}

fn upstream<'a>(facts: &Facts<'a>, environment: &Environment, now: Timestamp) -> Option<Blocker> {
    let before = planned_before(facts, environment)?;
    let verified = facts
        .deployments
        .iter()
        .filter(|d| d.environment_id == before.id && brought(d, facts.release) && d.is_verified())
        .max_by_key(|d| d.deployed_at);
    let Some(verified) = verified else {
        return Some(Blocker {
            gate: Gate::Upstream,
            title: format!("Not verified in {}", before.name),
            detail: format!("{} must run in {} and be found well there first.", facts.release.version, before.name),
            cleared_by: Clearance::Deploying { environment: before.id },
        });
    };
    let running = current_deployment(facts.deployments, before.id);
    if running.is_some_and(|d| !brought(d, facts.release)) {
        return Some(Blocker {
            gate: Gate::Upstream,
            title: format!("No longer in {}", before.name),
            detail: format!(
                "{} runs {} by now, so {} is not what was tried there last.",
                before.name,
                running.map(|d| d.version.to_string()).unwrap_or_default(),
                facts.release.version
            ),
            cleared_by: Clearance::Deploying { environment: before.id },
        });
    }
    let soak = Duration::from_secs(u64::from(environment.rules.soak_minutes) * 60);
    let ends = verified.deployed_at?.plus(soak);
    (now < ends).then(|| Blocker {
        gate: Gate::Soak,
        title: format!("Soaks in {}", before.name),
        detail: format!("{} asks for {} minutes in {}. Clears by itself.", environment.name, environment.rules.soak_minutes, before.name),
        cleared_by: Clearance::Time { at: ends },
    })
}

/// The environment of the plan that comes right before, where the rules ask for it.
fn planned_before<'a>(facts: &Facts<'a>, environment: &Environment) -> Option<&'a Environment> {
    if !environment.rules.needs_upstream {
        return None;
    }
    let plan = facts.release.plan.as_ref()?;
    facts
        .environments
        .iter()
        .filter(|e| e.position < environment.position && plan.environments.iter().any(|p| p.environment_id == e.id))
        .max_by_key(|e| e.position)
}

fn upstream_health(facts: &Facts<'_>, environment: &Environment) -> Option<Blocker> {
    let before = planned_before(facts, environment)?;
    let failing = facts.health.iter().any(|(id, health)| *id == before.id && *health == Health::Failing);
    let incident = facts.incidents.iter().find(|i| i.is_open() && i.environment_id == before.id)?;
    failing.then(|| Blocker {
        gate: Gate::UpstreamHealth,
        title: format!("{} is failing", before.name),
        detail: format!(
            "Incident {} is open there: {}.",
            incident.number,
            incident.checks.first().map(|c| format!("{}, {}", c.name, c.reason)).unwrap_or_default()
        ),
        cleared_by: Clearance::Incident { incident: incident.id },
    })
}

fn locks<'a>(facts: &Facts<'a>, environment: &'a Environment, now: Timestamp) -> impl Iterator<Item = Blocker> + 'a {
    facts.locks.iter().filter(move |lock| lock.strength == LockStrength::Stops && lock.is_active(now) && lock.covers(environment.id)).map(
        move |lock| Blocker {
            gate: Gate::Lock,
            title: if lock.environment_id.is_some() {
                format!("{} is locked", environment.name)
            } else {
                "The product is locked".to_owned()
            },
            detail: format!("{} locked it: {}", lock.by, lock.reason),
            cleared_by: Clearance::LiftingLock { lock: lock.id },
        },
    )
}

fn occupied(facts: &Facts<'_>, environment: &Environment, own: Option<DeploymentId>, forced: bool) -> Option<Blocker> {
    let mut others = facts.deployments.iter().filter(|d| d.environment_id == environment.id && !d.state.is_terminal() && Some(d.id) != own);
    // A forced rollback aborts a deployment first; nothing aborts a rollback.
    let other = if forced { others.find(|d| d.is_rollback()) } else { others.next() }?;
    let what = if other.is_rollback() { "A rollback" } else { "A deployment" };
    Some(Blocker {
        gate: Gate::Occupied,
        title: format!("{what} is under way in {}", environment.name),
        detail: format!("{} of {} by {} has not ended. One at a time.", what, other.version, other.requested_by),
        cleared_by: Clearance::EndOfDeployment { deployment: other.id },
    })
}

fn outdated(facts: &Facts<'_>, environment: &Environment) -> Option<Blocker> {
    let current = current_deployment(facts.deployments, environment.id)?;
    let newer = current.version > facts.release.version && matches!(current.kind, DeploymentKind::Deploy) && current.is_verified();
    newer.then(|| Blocker {
        gate: Gate::Outdated,
        title: format!("{} already runs {}", environment.name, current.version),
        detail: format!("{} is older. To bring it back, roll back to it.", facts.release.version),
        cleared_by: Clearance::AnotherRelease,
    })
}

fn already_there(facts: &Facts<'_>, environment: &Environment, own: Option<DeploymentId>) -> Option<Blocker> {
    let current = current_deployment(facts.deployments, environment.id)?;
    // A later deployment that was triggered and didn't arrive may have left something half done: worth deploying over.
    let half_done = facts.deployments.iter().any(|d| {
        d.environment_id == environment.id
            && Some(d.id) != own
            && (d.requested_at, d.id) > (current.requested_at, current.id)
            && d.phases.iter().any(|p| p.triggers > 0)
    });
    let there = brought(current, facts.release) && current.is_verified() && Some(current.id) != own && !half_done;
    there.then(|| Blocker {
        gate: Gate::AlreadyThere,
        title: format!("{} runs {} already", environment.name, current.version),
        detail: "It was deployed there and verified; nothing would change.".to_owned(),
        cleared_by: Clearance::AnotherRelease,
    })
}

fn verified_before(facts: &Facts<'_>, environment: &Environment) -> Option<Blocker> {
    let known = facts.deployments.iter().any(|d| d.environment_id == environment.id && brought(d, facts.release) && d.is_verified());
    (!known).then(|| Blocker {
        gate: Gate::VerifiedBefore,
        title: format!("{} was never verified in {}", facts.release.version, environment.name),
        detail: format!("A rollback goes to a version that is known to work in {}. Deploy this one instead.", environment.name),
        cleared_by: Clearance::AnotherRelease,
    })
}

/// The connection that reaches a pipeline; `None` where it was taken away.
#[must_use]
pub fn connection_of<'a>(facts: &Facts<'a>, pipeline: &PipelineBinding) -> Option<&'a Connection> {
    let wanted = pipeline.connection(facts.connection.id);
    if wanted == facts.connection.id { Some(facts.connection) } else { facts.connections.iter().find(|c| c.id == wanted) }
}

fn connection(facts: &Facts<'_>, pipeline: &PipelineBinding) -> Option<Blocker> {
    let Some(connection) = connection_of(facts, pipeline) else {
        return Some(Blocker {
            gate: Gate::Connection,
            title: format!("The connection of {} is gone", pipeline.pipeline),
            detail: "It was removed since. Choose another one for this pipeline in the product's settings.".to_owned(),
            cleared_by: Clearance::Token,
        });
    };
    let (title, detail) = match &connection.status {
        ConnectionStatus::Refused { reason, .. } => {
            (format!("{} refuses the token", connection.name), format!("{reason}. Replace the token of this connection."))
        }
        ConnectionStatus::Limited { missing, .. } => (
            format!("The token of {} may not deploy", connection.name),
            format!("Missing: {}. Replace the token of this connection.", missing.join(", ")),
        ),
        ConnectionStatus::Valid { .. } | ConnectionStatus::Unverified => return None,
    };
    Some(Blocker { gate: Gate::Connection, title, detail, cleared_by: Clearance::Token })
}

/// What an environment has: the deployment there whose run succeeded last.
#[must_use]
pub fn current_deployment(deployments: &[Deployment], environment: EnvironmentId) -> Option<&Deployment> {
    deployments.iter().filter(|d| d.environment_id == environment && d.deployed_at.is_some()).max_by_key(|d| (d.deployed_at, d.id))
}

/// Versions that an environment can go back to, the last verified one first, each once. Leaves out what runs there now.
/// A release that is marked bad is still listed; [`evaluate`] says why it can't be gone back to.
#[must_use]
pub fn rollback_candidates(deployments: &[Deployment], environment: EnvironmentId) -> Vec<&Deployment> {
    let current = current_deployment(deployments, environment).map(|d| d.release_id);
    let mut verified: Vec<&Deployment> =
        deployments.iter().filter(|d| d.environment_id == environment && d.is_verified() && Some(d.release_id) != current).collect();
    verified.sort_by_key(|d| std::cmp::Reverse((d.deployed_at, d.id)));
    let mut seen: Vec<&Version> = Vec::new();
    verified.retain(|d| {
        let new = !seen.contains(&&d.version);
        if new {
            seen.push(&d.version);
        }
        new
    });
    verified
}
