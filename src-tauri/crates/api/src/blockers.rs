//! Blockers and gates as they are shown: "why blocked", and what holds.

use crate::decode::shown;
use pilothouse_domain::policy::{Blocker, Clearance, Gate};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A rule that doesn't hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BlockerView {
    /// Which rule.
    pub gate: GateWord,
    /// What is wrong, in a few words.
    pub title: String,
    /// Why, with the evidence, and who or what clears it.
    pub detail: String,
    /// How it is cleared.
    pub cleared_by: ClearedBy,
    /// Who or what can clear it, to stand behind "cleared by".
    #[serde(default)]
    pub who: String,
    /// When it clears by itself.
    pub clears_at: Option<String>,
    /// The lock that is to be lifted.
    pub lock_id: Option<String>,
    /// The deployment that is in the way.
    pub deployment_id: Option<String>,
    /// The environment to deploy to first.
    pub environment_id: Option<String>,
    /// The incident to solve.
    pub incident_id: Option<String>,
    /// The unplanned run to give a reason for.
    #[serde(default)]
    pub unplanned_run_id: Option<String>,
    /// The template of the checklist to go through, in `environment_id`.
    #[serde(default)]
    pub checklist_template_id: Option<String>,
}

/// A rule that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HoldView {
    /// Which rule.
    pub gate: GateWord,
    /// What holds, in a few words.
    pub title: String,
    /// The evidence; may be empty.
    pub detail: String,
    /// Since when, where that is known.
    pub since: Option<String>,
}

/// The rules, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum GateWord {
    /// The release's state allows it.
    ReleaseState,
    /// The release is not marked bad.
    MarkedBad,
    /// The environment is in the plan.
    Plan,
    /// The tag at which the pipeline runs is there.
    Tag,
    /// The votes are there.
    Approvals,
    /// Verified in the environment before.
    Upstream,
    /// Ran there long enough.
    Soak,
    /// The environment before is well.
    UpstreamHealth,
    /// The checklists are gone through.
    Checklist,
    /// The smoke tests have passed in the environment before.
    Smoke,
    /// User acceptance testing is signed off.
    Uat,
    /// What the release changes is documented, and read by those who have to.
    Documents,
    /// The audience of the courses that the release asks for is trained.
    Training,
    /// The rollback runbook is attached and acknowledged.
    Runbook,
    /// No freeze holds, and the change window is open.
    Freeze,
    /// Nothing is locked.
    Lock,
    /// Nothing else is under way.
    Occupied,
    /// Each run that was started elsewhere has its reason.
    UnplannedRun,
    /// No newer version runs there.
    Outdated,
    /// The pipeline is not held at its provider.
    Held,
    /// The provider lets us in.
    Connection,
    /// Verified in this environment before.
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

/// How a blocker is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ClearedBy {
    /// By itself, at `clears_at`.
    Time,
    /// By a vote.
    Vote,
    /// By a plan.
    Planning,
    /// By a deployment to `environment_id`.
    Deploying,
    /// By itself at `clears_at`, where that is known: a freeze ends, or a change window begins. Or by an override for `environment_id`.
    Opening,
    /// By itself at `clears_at`, where that is known; nothing overrides it for what is asked.
    OpeningAlone,
    /// By lifting `lock_id`.
    LiftingLock,
    /// By the end of `deployment_id`.
    EndOfDeployment,
    /// By releasing what is held at the provider.
    Releasing,
    /// By another token.
    Token,
    /// By the end of `incident_id`.
    Incident,
    /// By a reason for `unplanned_run_id`.
    Explaining,
    /// By the items of the checklist `checklist_template_id`.
    Ticking,
    /// By the sign-off of the UAT round in `environment_id`, and by solving its blockers.
    Accepting,
    /// By a review, or a new version, of a document; or by its reading.
    Documenting,
    /// By a training of those who miss it.
    Training,
    /// By a rollback runbook, and its acknowledgement, that `environment_id` asks for.
    Acknowledging,
    /// By another release only.
    AnotherRelease,
    /// By a start of the deploy pipeline in place of the provider's own way back.
    Redeploying,
    /// By the tag's creation.
    CreatingTag,
    /// By the record of the review after a hotfix.
    Reviewing,
    /// By a smoke test that passes in `environment_id`.
    SmokeTest,
}

impl From<Gate> for GateWord {
    fn from(gate: Gate) -> Self {
        match gate {
            Gate::ReleaseState => Self::ReleaseState,
            Gate::MarkedBad => Self::MarkedBad,
            Gate::Plan => Self::Plan,
            Gate::Tag => Self::Tag,
            Gate::Approvals => Self::Approvals,
            Gate::Upstream => Self::Upstream,
            Gate::Soak => Self::Soak,
            Gate::UpstreamHealth => Self::UpstreamHealth,
            Gate::Checklist => Self::Checklist,
            Gate::Smoke => Self::Smoke,
            Gate::Uat => Self::Uat,
            Gate::Documents => Self::Documents,
            Gate::Training => Self::Training,
            Gate::Runbook => Self::Runbook,
            Gate::Freeze => Self::Freeze,
            Gate::Lock => Self::Lock,
            Gate::Occupied => Self::Occupied,
            Gate::UnplannedRun => Self::UnplannedRun,
            Gate::Outdated => Self::Outdated,
            Gate::Held => Self::Held,
            Gate::Connection => Self::Connection,
            Gate::VerifiedBefore => Self::VerifiedBefore,
            Gate::AlreadyThere => Self::AlreadyThere,
            Gate::Health => Self::Health,
            Gate::WayBack => Self::WayBack,
            Gate::HotfixReview => Self::HotfixReview,
        }
    }
}

impl From<&Blocker> for BlockerView {
    fn from(blocker: &Blocker) -> Self {
        let mut view = Self {
            gate: blocker.gate.into(),
            title: blocker.title.clone(),
            detail: blocker.detail.clone(),
            cleared_by: ClearedBy::AnotherRelease,
            who: blocker.cleared_by.who().to_owned(),
            clears_at: None,
            lock_id: None,
            deployment_id: None,
            environment_id: None,
            incident_id: None,
            unplanned_run_id: None,
            checklist_template_id: None,
        };
        view.cleared_by = match &blocker.cleared_by {
            Clearance::Time { at } => {
                view.clears_at = Some(shown(*at));
                ClearedBy::Time
            }
            Clearance::Vote => ClearedBy::Vote,
            Clearance::Planning => ClearedBy::Planning,
            Clearance::Deploying { environment } => {
                view.environment_id = Some(environment.to_string());
                ClearedBy::Deploying
            }
            Clearance::Opening { environment, at, can_override } => {
                view.environment_id = Some(environment.to_string());
                view.clears_at = at.map(shown);
                if *can_override { ClearedBy::Opening } else { ClearedBy::OpeningAlone }
            }
            Clearance::LiftingLock { lock } => {
                view.lock_id = Some(lock.to_string());
                ClearedBy::LiftingLock
            }
            Clearance::EndOfDeployment { deployment } => {
                view.deployment_id = Some(deployment.to_string());
                ClearedBy::EndOfDeployment
            }
            Clearance::Releasing => ClearedBy::Releasing,
            Clearance::Token => ClearedBy::Token,
            Clearance::Incident { incident } => {
                view.incident_id = Some(incident.to_string());
                ClearedBy::Incident
            }
            Clearance::Explaining { unplanned_run } => {
                view.unplanned_run_id = Some(unplanned_run.to_string());
                ClearedBy::Explaining
            }
            Clearance::Ticking { environment, template } => {
                view.environment_id = Some(environment.to_string());
                view.checklist_template_id = Some(template.to_string());
                ClearedBy::Ticking
            }
            Clearance::Accepting { environment } => {
                view.environment_id = Some(environment.to_string());
                ClearedBy::Accepting
            }
            Clearance::Documenting { .. } => ClearedBy::Documenting,
            Clearance::Training { .. } => ClearedBy::Training,
            Clearance::Acknowledging { environment } => {
                view.environment_id = Some(environment.to_string());
                ClearedBy::Acknowledging
            }
            Clearance::AnotherRelease => ClearedBy::AnotherRelease,
            Clearance::Redeploying => ClearedBy::Redeploying,
            Clearance::CreatingTag => ClearedBy::CreatingTag,
            Clearance::Reviewing => ClearedBy::Reviewing,
            Clearance::SmokeTest { environment } => {
                view.environment_id = Some(environment.to_string());
                ClearedBy::SmokeTest
            }
        };
        view
    }
}

/// Blockers as they are shown.
pub(crate) fn shown_blockers(blockers: &[Blocker]) -> Vec<BlockerView> {
    blockers.iter().map(BlockerView::from).collect()
}
