//! A release: a product's version on its way, and the machine that carries it from draft to close. The machine is a pure
//! function of state and event; what a release may do next is asked of [`policy`](crate::policy), not here.

use crate::changelog::Commit;
use crate::hotfix::Hotfix;
use crate::pipeline::PipelineBinding;
use crate::publication::{Publication, TagState};
use crate::rollout::Rollout;
use crate::target_date::TargetDate;
use crate::{Actor, CoordinatedReleaseId, EnvironmentId, ProductId, ReleaseId, Timestamp, Version};
use serde::{Deserialize, Serialize};

/// A product's version on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The version, unique within the product.
    pub version: Version,
    /// The tag that carries it.
    pub tag: String,
    /// Whether that tag is there.
    #[serde(default, skip_serializing_if = "TagState::is_unknown")]
    pub tag_state: TagState,
    /// Whether the provider that keeps the source has a release of it.
    #[serde(default, skip_serializing_if = "Publication::is_unpublished")]
    pub publication: Publication,
    /// What it was drafted from.
    pub source: SourceRef,
    /// Release notes, in Markdown.
    pub notes: String,
    /// The ref that the changelog starts after; `None` for a first release.
    pub changes_since: Option<String>,
    /// The commits that it brings, newest first.
    pub changelog: Vec<Commit>,
    /// The paths that it changes; `None` where they aren't known: for a first release, or where there are too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_paths: Option<Vec<String>>,
    /// Where it goes and how it comes back.
    pub plan: Option<Plan>,
    /// Where it is on its way.
    pub state: ReleaseState,
    /// Who asked for votes on its plan; `None` where nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_requested_by: Option<Actor>,
    /// Set where it is a hotfix: it goes the shorter path. Set when it is drafted, for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotfix: Option<Hotfix>,
    /// The coordinated release that it goes with; while that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinated_release: Option<CoordinatedReleaseId>,
    /// The day by which it is meant to be out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetDate>,
    /// Set where it must not advance any more.
    pub marked_bad: Option<MarkedBad>,
    /// Who drafted it.
    pub drafted_by: Actor,
    /// When.
    pub drafted_at: Timestamp,
}

/// What a release was drafted from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRef {
    /// Which kind of ref.
    pub kind: SourceKind,
    /// Its name: a tag, a branch, or the commit's hash.
    pub name: String,
    /// The commit that it pointed at then. The release stays with it.
    pub commit: String,
}

/// Kinds of ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A tag.
    Tag,
    /// A branch.
    Branch,
    /// A commit.
    Commit,
}

/// Where a release goes, what is checked there, and how it comes back. Frozen: what is approved is what runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The environments, in promotion order; never empty.
    pub environments: Vec<PlannedEnvironment>,
    /// What else people should know: timing, who is on watch.
    pub remarks: String,
}

/// One environment in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedEnvironment {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Its name when it was planned.
    pub name: String,
    /// The pipeline that deploys there, as it will be called.
    pub deploy: PipelineBinding,
    /// The pipeline that rolls back there.
    pub rollback: PipelineBinding,
    /// Names of the checks that watch it.
    pub checks: Vec<String>,
    /// The version that a rollback would bring back; `None` where nothing was verified there yet.
    pub rollback_target: Option<Version>,
    /// In which phases it goes out there.
    #[serde(default, skip_serializing_if = "Rollout::is_plain")]
    pub rollout: Rollout,
}

/// Why a release must not advance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedBad {
    /// Why, never empty.
    pub reason: String,
    /// Who said so.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// Where a release is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ReleaseState {
    /// Being written.
    Draft,
    /// Has a plan.
    Planned,
    /// Waits for votes.
    InApproval {
        /// Who asked.
        requested_by: Actor,
        /// When.
        requested_at: Timestamp,
    },
    /// Has the votes that its environments ask for.
    Approved {
        /// Since when.
        at: Timestamp,
    },
    /// A deployment of it has started.
    InProgress {
        /// When the first one did.
        since: Timestamp,
    },
    /// Runs in the last environment of its plan and is watched there.
    Verifying {
        /// Since when.
        since: Timestamp,
    },
    /// Closed well.
    Completed {
        /// When.
        at: Timestamp,
    },
    /// An earlier version took its place.
    RolledBack {
        /// When.
        at: Timestamp,
    },
    /// Given up.
    Aborted {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}

/// What happens to a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReleaseEvent {
    /// It got a plan, or another one.
    Planned {
        /// The plan.
        plan: Plan,
        /// True where none of its environments asks for approvals.
        needs_no_approval: bool,
    },
    /// The phases of one of its environments were changed on the way there.
    PhasesChanged {
        /// The environment.
        environment: EnvironmentId,
        /// How it goes out there from now on.
        rollout: Rollout,
        /// Who changed them.
        by: Actor,
        /// True where none of its environments asks for approvals.
        needs_no_approval: bool,
    },
    /// Its content was edited: version, source, notes. Takes the plan away where the content differs.
    Reopened,
    /// Somebody asked for votes.
    ApprovalRequested {
        /// Who.
        by: Actor,
    },
    /// It has the votes.
    ApprovalsComplete,
    /// Somebody rejected it.
    Rejected,
    /// A deployment of it started.
    DeploymentStarted,
    /// It runs, verified, in the last environment of its plan.
    LastEnvironmentReached,
    /// Somebody closed it.
    Completed,
    /// An environment was rolled back from it.
    RolledBack,
    /// Somebody gave it up.
    Aborted {
        /// Why.
        reason: String,
    },
}

/// An event that a release in this state can't take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a release that is {state} can't be {wanted}")]
pub struct ReleaseRefusal {
    /// The state's word.
    pub state: &'static str,
    /// What was wanted.
    pub wanted: &'static str,
}

impl ReleaseState {
    /// The state's word, as in the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Planned => "planned",
            Self::InApproval { .. } => "in_approval",
            Self::Approved { .. } => "approved",
            Self::InProgress { .. } => "in_progress",
            Self::Verifying { .. } => "verifying",
            Self::Completed { .. } => "completed",
            Self::RolledBack { .. } => "rolled_back",
            Self::Aborted { .. } => "aborted",
        }
    }

    /// The state's word, as people read it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Draft => "a draft",
            Self::Planned => "planned",
            Self::InApproval { .. } => "in approval",
            Self::Approved { .. } => "approved",
            Self::InProgress { .. } => "in progress",
            Self::Verifying { .. } => "verifying",
            Self::Completed { .. } => "completed",
            Self::RolledBack { .. } => "rolled back",
            Self::Aborted { .. } => "aborted",
        }
    }

    /// True for states that are never left.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed { .. } | Self::RolledBack { .. } | Self::Aborted { .. })
    }
}

impl Release {
    /// True where it is a hotfix.
    #[must_use]
    pub const fn is_hotfix(&self) -> bool {
        self.hotfix.is_some()
    }

    /// True where the review after a hotfix is still to be recorded: it has come, or has gone again.
    #[must_use]
    pub fn awaits_hotfix_review(&self) -> bool {
        let has_come =
            matches!(self.state, ReleaseState::Verifying { .. } | ReleaseState::Completed { .. } | ReleaseState::RolledBack { .. });
        has_come && self.hotfix.as_ref().is_some_and(|hotfix| hotfix.review.is_none())
    }

    /// The plan's entry for an environment.
    #[must_use]
    pub fn planned(&self, environment: EnvironmentId) -> Option<&PlannedEnvironment> {
        self.plan.as_ref()?.environments.iter().find(|e| e.environment_id == environment)
    }

    /// True where the environment is the last of the plan.
    #[must_use]
    pub fn ends_in(&self, environment: EnvironmentId) -> bool {
        self.plan.as_ref().and_then(|p| p.environments.last()).is_some_and(|e| e.environment_id == environment)
    }
}

/// The release after an event.
///
/// # Errors
/// [`ReleaseRefusal`] where the state doesn't know the event; the release is unchanged then.
pub fn apply(release: &Release, event: ReleaseEvent, now: Timestamp) -> Result<Release, ReleaseRefusal> {
    use ReleaseEvent as E;
    use ReleaseState as S;
    let mut next = release.clone();
    let refusal = |wanted| Err(ReleaseRefusal { state: release.state.label(), wanted });
    next.state = match (&release.state, event) {
        (S::Draft | S::Planned | S::InApproval { .. } | S::Approved { .. }, E::Planned { plan, needs_no_approval }) => {
            next.plan = Some(plan);
            next.approval_requested_by = None;
            if needs_no_approval { S::Approved { at: now } } else { S::Planned }
        }
        (_, E::Planned { .. }) => return refusal("planned"),

        (
            S::Planned | S::InApproval { .. } | S::Approved { .. } | S::InProgress { .. } | S::Verifying { .. },
            E::PhasesChanged { environment, rollout, by, needs_no_approval },
        ) => {
            let planned = next.plan.as_mut().and_then(|plan| plan.environments.iter_mut().find(|e| e.environment_id == environment));
            let Some(planned) = planned else { return refusal("changed in an environment that its plan doesn't name") };
            planned.rollout = rollout;
            changed_on_the_way(&mut next, by, needs_no_approval, now)
        }
        (_, E::PhasesChanged { .. }) => return refusal("changed"),

        (S::Draft | S::Planned | S::InApproval { .. } | S::Approved { .. }, E::Reopened) => {
            next.plan = None;
            next.approval_requested_by = None;
            S::Draft
        }
        (_, E::Reopened) => return refusal("edited"),

        (S::Planned, E::ApprovalRequested { by }) => S::InApproval { requested_by: by, requested_at: now },
        (_, E::ApprovalRequested { .. }) => return refusal("sent for approval"),

        (S::Planned | S::InApproval { .. }, E::ApprovalsComplete) => S::Approved { at: now },
        (S::Approved { .. } | S::InProgress { .. } | S::Verifying { .. }, E::ApprovalsComplete) => release.state.clone(),
        (_, E::ApprovalsComplete) => return refusal("approved"),

        (S::Planned | S::InApproval { .. } | S::Approved { .. }, E::Rejected) => S::Planned,
        // A plan that was changed on the way: what has begun goes on, what comes is held.
        (S::InProgress { .. } | S::Verifying { .. }, E::Rejected) => release.state.clone(),
        (_, E::Rejected) => return refusal("rejected"),

        // An environment that asks for no votes may be deployed to before the others have theirs.
        (S::Planned | S::InApproval { .. }, E::DeploymentStarted) => release.state.clone(),
        (S::Approved { .. }, E::DeploymentStarted) => S::InProgress { since: now },
        (S::InProgress { .. } | S::Verifying { .. }, E::DeploymentStarted) => release.state.clone(),
        // A completed version may be deployed again: it stays completed.
        (S::Completed { .. } | S::RolledBack { .. }, E::DeploymentStarted) => release.state.clone(),
        (S::Draft | S::Aborted { .. }, E::DeploymentStarted) => return refusal("deployed"),

        (S::Planned | S::InApproval { .. } | S::Approved { .. } | S::InProgress { .. }, E::LastEnvironmentReached) => {
            S::Verifying { since: now }
        }
        (S::Verifying { .. } | S::Completed { .. } | S::RolledBack { .. } | S::Aborted { .. }, E::LastEnvironmentReached) => {
            release.state.clone()
        }
        (S::Draft, E::LastEnvironmentReached) => return refusal("verified"),

        (S::Verifying { .. }, E::Completed) => S::Completed { at: now },
        (_, E::Completed) => return refusal("completed"),

        (S::Completed { .. } | S::RolledBack { .. } | S::Aborted { .. }, E::RolledBack) => release.state.clone(),
        (_, E::RolledBack) => S::RolledBack { at: now },

        (S::Completed { .. } | S::RolledBack { .. } | S::Aborted { .. }, E::Aborted { .. }) => return refusal("aborted"),
        (_, E::Aborted { reason }) => S::Aborted { at: now, reason },
    };
    Ok(next)
}

/// Where a release is whose plan was changed while it was under way. Who changes it asks for the votes.
fn changed_on_the_way(release: &mut Release, by: Actor, needs_no_approval: bool, now: Timestamp) -> ReleaseState {
    let asks = |by: &Actor| ReleaseState::InApproval { requested_by: by.clone(), requested_at: now };
    let state = match &release.state {
        ReleaseState::InApproval { .. } | ReleaseState::Approved { .. } if !needs_no_approval => asks(&by),
        state => state.clone(),
    };
    if !needs_no_approval && !matches!(state, ReleaseState::Planned) {
        release.approval_requested_by = Some(by);
    }
    state
}
