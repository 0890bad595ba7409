//! The one place where an action is allowed or refused. [`evaluate`] is pure: the window shows its result as "why blocked", the
//! engine asks it again right before it acts, the command line prints it. An empty list means: go.
//!
//! Must not: look anything up. What it needs to know comes in as [`Facts`].

mod automatic;
mod automation;
mod by_hand;
mod checklists;
mod connection;
mod documents;
mod freezes;
mod order;
mod place;
mod release;
mod runbooks;
mod smoke;
mod tag;
mod uat;
mod votes;

pub use automatic::{NEWS, ONCE_IN, automatic_rollback};
pub use automation::{cautions, left_to_people, older_by_choice};
pub use by_hand::{ByHand, evaluate_by_hand, held};
pub use connection::connection_of;
pub use freezes::{override_marks, to_override};
pub use order::required_before;
pub use tag::tag_must_be_there;

use crate::approval::{Approval, Verdict};
use crate::arriving::ReleaseChanges;
use crate::calendar::{CalendarWindow, FreezeOverride};
use crate::check::Health;
use crate::checklist::{Checklist, ChecklistTemplate, EnvironmentReadings};
use crate::connection::Connection;
use crate::deployment::Deployment;
use crate::document::Document;
use crate::incident::Incident;
use crate::lock::Lock;
use crate::product::Environment;
use crate::release::Release;
use crate::runbook::{AttachedRunbook, RunbookRule};
use crate::smoke::{SmokeRun, SmokeScenario};
use crate::training::{Course, TrainingRecord};
use crate::uat::{Feedback, UatRound};
use crate::unplanned::UnplannedRun;
use crate::{Actor, DeploymentId, EnvironmentId, Timestamp, Version};
use serde::{Deserialize, Serialize};

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
    /// Let the run of the release's deployment pass what waits for a person at its provider.
    PassGate {
        /// The deployment.
        deployment: DeploymentId,
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
    /// The product's deployments: every one that hasn't ended, each environment's last requested one and those requested there
    /// since what it has, and of each environment and release the latest that was deployed and the latest that was verified.
    /// Any order.
    pub deployments: &'a [Deployment],
    /// The product's locks.
    pub locks: &'a [Lock],
    /// Freezes and change windows that are not withdrawn; those of other places may be among them.
    pub windows: &'a [CalendarWindow],
    /// Overrides of freezes; those of other releases may be among them.
    pub overrides: &'a [FreezeOverride],
    /// The product's open incidents; where an environment asks for a soak, the latest that are over, too. Any order.
    pub incidents: &'a [Incident],
    /// The product's unplanned runs: every one that is open, and the latest of the others. Any order.
    pub unplanned: &'a [UnplannedRun],
    /// The checklists of the release; others may be among them. Any order.
    pub checklists: &'a [Checklist],
    /// The templates of the product's checklists.
    pub templates: &'a [ChecklistTemplate],
    /// What automatic items of checklists look at, in each environment.
    pub readings: &'a [EnvironmentReadings],
    /// The product's rounds of user acceptance testing, the newest. Any order.
    pub rounds: &'a [UatRound],
    /// Of the product's feedback what is untriaged or a blocker that isn't solved. Any order.
    pub feedback: &'a [Feedback],
    /// What the product's newest releases change, for what comes to an environment with this one. May be empty where no environment
    /// asks for documents or training. Any order.
    pub releases: &'a [ReleaseChanges],
    /// The product's documents. Any order.
    pub documents: &'a [Document],
    /// The product's courses. Any order.
    pub courses: &'a [Course],
    /// What shows who was trained in them, the newest. Any order.
    pub training: &'a [TrainingRecord],
    /// Health of each environment that has checks.
    pub health: &'a [(EnvironmentId, Health)],
    /// The connection to the product's source.
    pub connection: &'a Connection,
    /// Every connection: a pipeline may live elsewhere than the source.
    pub connections: &'a [Connection],
    /// The product's smoke scenarios.
    pub smoke_scenarios: &'a [SmokeScenario],
    /// The release's smoke runs; of a subject in an environment, the latest is enough. Any order.
    pub smoke_runs: &'a [SmokeRun],
    /// Where the product asks for rollback runbooks.
    pub runbook_rules: &'a [RunbookRule],
    /// The rollback runbook of the release; those of others may be among them.
    pub attached_runbooks: &'a [AttachedRunbook],
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
    /// The tag at which the pipeline runs is there, at the release's commit.
    Tag,
    /// The votes are there.
    Approvals,
    /// The release is verified in the environment before.
    Upstream,
    /// It ran there long enough.
    Soak,
    /// The environment before is well.
    UpstreamHealth,
    /// The checklists that come before, and those after the environment before, are gone through.
    Checklist,
    /// The smoke tests have passed in the environment before, or for closing in the last.
    Smoke,
    /// User acceptance testing in the environment before is signed off, for this very version.
    Uat,
    /// What the release changes is documented, and read by those who have to.
    Documents,
    /// The audience of the courses that the release asks for is trained.
    Training,
    /// The release has a rollback runbook, and its stakeholders have acknowledged it.
    Runbook,
    /// No freeze holds, and the change window is open.
    Freeze,
    /// Nothing is locked.
    Lock,
    /// Nothing else is under way there.
    Occupied,
    /// Each run that was started elsewhere has its reason.
    UnplannedRun,
    /// No newer version was deployed there meanwhile.
    Outdated,
    /// The pipeline is not held at its provider.
    Held,
    /// The provider lets us in.
    Connection,
    /// The version was verified in the environment.
    VerifiedBefore,
    /// There is something to change.
    AlreadyThere,
    /// The last environment is well.
    Health,
    /// The provider's own way back is open.
    WayBack,
    /// The review after a hotfix is recorded.
    HotfixReview,
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
    /// The end of a freeze or the begin of a change window; or an override of it.
    Opening {
        /// The environment that is closed.
        environment: EnvironmentId,
        /// When a start is allowed next; `None` where that is not within a year.
        at: Option<Timestamp>,
        /// True where it can be overridden.
        can_override: bool,
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
    /// The release of what is held at the provider.
    Releasing,
    /// Another token.
    Token,
    /// The end of an incident.
    Incident {
        /// The incident's id.
        incident: crate::IncidentId,
    },
    /// A reason for a run that was started elsewhere.
    Explaining {
        /// The run's id.
        unplanned_run: crate::UnplannedRunId,
    },
    /// The items of a checklist.
    Ticking {
        /// The environment whose checklist it is.
        environment: EnvironmentId,
        /// Its template: the checklist itself may not have been begun.
        template: crate::ChecklistTemplateId,
    },
    /// The sign-off of a round of user acceptance testing, and the solving of its blockers.
    Accepting {
        /// The environment in which people test.
        environment: EnvironmentId,
    },
    /// A review, or a new version, of a document; or its reading.
    Documenting {
        /// The document.
        document: crate::DocumentId,
    },
    /// A training of those who miss it.
    Training {
        /// The course.
        course: crate::CourseId,
    },
    /// A rollback runbook of the release, and the acknowledgement of its stakeholders.
    Acknowledging {
        /// The environment that asks for it.
        environment: EnvironmentId,
    },
    /// Another release.
    AnotherRelease,
    /// A start of the pipeline in place of the provider's own way back.
    Redeploying,
    /// The tag's creation.
    CreatingTag,
    /// The record of the review after a hotfix.
    Reviewing,
    /// A run of a smoke test that passes.
    SmokeTest {
        /// The environment in which.
        environment: EnvironmentId,
    },
}

impl Clearance {
    /// Who or what can clear it, to stand behind "cleared by".
    #[must_use]
    pub const fn who(&self) -> &'static str {
        match self {
            Self::Time { .. } => "time alone",
            Self::Vote => "people who may approve it",
            Self::Planning => "anybody on the team, with a plan",
            Self::Deploying { .. } => "anybody on the team, with a deployment there",
            Self::Opening { can_override: true, .. } => "its end, or anybody with a reason, by an override for this release",
            Self::Opening { can_override: false, .. } => "its end alone",
            Self::LiftingLock { .. } => "its end, or anybody with a reason, best who set it",
            Self::EndOfDeployment { .. } => "its end, or anybody who cancels it",
            Self::Releasing => "people who may release it at the provider",
            Self::Token => "people who keep the connection",
            Self::Incident { .. } => "people who solve the incident",
            Self::Explaining { .. } => "anybody who knows why it ran",
            Self::Ticking { .. } => "people who have its items",
            Self::Accepting { .. } => "people who sign the round off",
            Self::Documenting { .. } => "the document’s owner and its readers",
            Self::Training { .. } => "the course’s trainer, and those who miss it",
            Self::Acknowledging { .. } => "the stakeholders of the rollback runbook",
            Self::AnotherRelease => "another release, or another choice",
            Self::Redeploying => "anybody on the team, with the deploy pipeline",
            Self::CreatingTag => "anybody who may write to the repository",
            Self::Reviewing => "anybody on the team",
            Self::SmokeTest { .. } => "anybody on the team, with a run that passes",
        }
    }
}

/// What doesn't hold, worst gates first. Empty: the action is allowed.
#[must_use]
pub fn evaluate(action: &Action, facts: &Facts<'_>, now: Timestamp) -> Vec<Blocker> {
    let mut blockers = match action {
        Action::Deploy { deployment } => deploy(facts, *deployment, now),
        Action::RollBack { deployment, forced } => roll_back(facts, *deployment, *forced),
        Action::RequestApproval => release::request_approval(facts),
        Action::Vote { by, verdict } => votes::vote(facts, by, *verdict, now),
        Action::PassGate { deployment } => pass_gate(facts, *deployment, now),
        Action::Complete => release::complete(facts),
    };
    blockers.sort_by_key(|b| b.gate);
    blockers
}

fn deploy(facts: &Facts<'_>, own: Option<DeploymentId>, now: Timestamp) -> Vec<Blocker> {
    let Some(environment) = facts.environment else { return vec![release::nowhere(facts.release)] };
    let planned = facts.release.planned(environment.id);
    [
        release::deployable_state(facts.release),
        release::marked_bad(facts.release),
        release::in_plan(facts.release, environment),
        tag::tag(facts.release, planned.map_or(&environment.deploy, |planned| &planned.deploy)),
        votes::approvals(facts, environment, now),
        place::occupied(facts.deployments, environment, own, false),
        place::unexplained(facts, environment),
        place::outdated(facts, environment),
        place::already_there(facts, environment, own),
        connection::connection(facts, planned.map_or(&environment.deploy, |planned| &planned.deploy)),
    ]
    .into_iter()
    .flatten()
    .chain(checklists::after_upstream(facts, environment))
    .chain(uat::upstream(facts, environment))
    .chain(checklists::before(facts, environment))
    .chain(order::upstream(facts, environment, now))
    .chain(documents::documents(facts, environment, now))
    .chain(documents::training(facts, environment, now))
    .chain(runbooks::rollback_runbook(facts, environment))
    .chain(freezes::freezes(facts, environment, now))
    .chain(place::locks(facts.locks, environment, Some(facts.release), now))
    .collect()
}

fn roll_back(facts: &Facts<'_>, own: Option<DeploymentId>, forced: bool) -> Vec<Blocker> {
    let Some(environment) = facts.environment else { return vec![release::nowhere(facts.release)] };
    // Freezes, locks, approvals, soak and promotion order don't hold a rollback up: the version has been there before.
    [
        place::verified_before(facts, environment),
        release::marked_bad(facts.release),
        place::already_there(facts, environment, own),
        place::occupied(facts.deployments, environment, own, forced),
        connection::connection(facts, environment.rollback_pipeline()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A gate comes late: what held when the deployment was started may not hold any more.
fn pass_gate(facts: &Facts<'_>, own: DeploymentId, now: Timestamp) -> Vec<Blocker> {
    let Some(environment) = facts.environment else { return vec![release::nowhere(facts.release)] };
    let mut blockers: Vec<Blocker> = release::marked_bad(facts.release).into_iter().collect();
    // As for its start: neither freezes nor locks nor approvals hold a rollback up.
    if !facts.deployments.iter().any(|d| d.id == own && d.is_rollback()) {
        blockers.extend(release::deployable_state(facts.release));
        blockers.extend(votes::approvals(facts, environment, now));
        blockers.extend(checklists::before(facts, environment));
        blockers.extend(documents::documents(facts, environment, now));
        blockers.extend(documents::training(facts, environment, now));
        blockers.extend(freezes::freezes(facts, environment, now));
        blockers.extend(place::locks(facts.locks, environment, Some(facts.release), now));
    }
    blockers
}

/// What holds up a run that nobody started here, and that is about to change an environment: freezes and its locks.
#[must_use]
pub fn pass_gate_of_others(environment: &Environment, locks: &[Lock], windows: &[CalendarWindow], now: Timestamp) -> Vec<Blocker> {
    freezes::outside_releases(windows, environment, now).into_iter().chain(place::locks(locks, environment, None, now)).collect()
}

/// Whether a deployment brought what the release is now: its version may have been edited after an early deployment.
#[must_use]
pub fn brought(deployment: &Deployment, release: &Release) -> bool {
    deployment.release_id == release.id && deployment.version == release.version && deployment.commit == release.source.commit
}

/// What an environment has: the deployment there whose run succeeded last.
#[must_use]
pub fn current_deployment(deployments: &[Deployment], environment: EnvironmentId) -> Option<&Deployment> {
    deployments.iter().filter(|d| d.environment_id == environment && d.deployed_at.is_some()).max_by_key(|d| (d.deployed_at, d.id))
}

/// What was triggered in an environment since it got what it has, and did not arrive: some of it may have the other version.
#[must_use]
pub fn half_done(deployments: &[Deployment], environment: EnvironmentId) -> Option<&Deployment> {
    let current = current_deployment(deployments, environment);
    let since = current.map(|d| (d.requested_at, d.id));
    deployments
        .iter()
        .filter(|d| d.environment_id == environment && d.state.is_terminal() && d.deployed_at.is_none())
        .filter(|d| since.is_none_or(|since| (d.requested_at, d.id) > since) && d.phases.iter().any(|p| p.triggers > 0))
        .max_by_key(|d| (d.requested_at, d.id))
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
