//! A release in a list, and the parts that a detail shares with it.

use crate::decode::shown;
use crate::releases::{HelmView, helm};
use crate::scene::Scene;
use pilothouse_domain::approval::{Approval, Verdict};
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::hotfix::HotfixReview;
use pilothouse_domain::policy::{brought, current_deployment};
use pilothouse_domain::release::{MarkedBad, Plan, Release, ReleaseState};
use pilothouse_domain::target_date::TargetDate;
use pilothouse_domain::{Actor, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A release in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReleaseView {
    /// Its id.
    pub id: String,
    /// The product's id.
    pub product_id: String,
    /// The product's name.
    pub product: String,
    /// Its version.
    pub version: String,
    /// Where it is on its way.
    pub state: ReleaseStateWord,
    /// That as people say it: `in approval`.
    pub state_label: String,
    /// Since when, where that is known.
    pub state_at: Option<String>,
    /// Why it was given up, where it was.
    pub state_reason: Option<String>,
    /// Set where it is a hotfix: it goes the shorter path.
    #[serde(default)]
    pub hotfix: Option<HotfixView>,
    /// The day by which it is meant to be out.
    #[serde(default)]
    pub target: Option<TargetDateView>,
    /// Set where it must not advance any more.
    pub marked_bad: Option<MarkedBadView>,
    /// The environments that run it now, in promotion order.
    pub runs_in: Vec<String>,
    /// What is to be done next.
    pub helm: HelmView,
    /// Who drafted it.
    pub drafted_by: String,
    /// When.
    pub drafted_at: String,
}

/// Where a release is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseStateWord {
    /// Being written.
    Draft,
    /// Has a plan.
    Planned,
    /// Waits for votes.
    InApproval,
    /// Has the votes.
    Approved,
    /// A deployment of it has started.
    InProgress,
    /// Runs in the last environment and is watched there.
    Verifying,
    /// Closed well.
    Completed,
    /// An earlier version took its place.
    RolledBack,
    /// Given up.
    Aborted,
}

/// The day by which a release is meant to be out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TargetDateView {
    /// The day: `2026-12-20`.
    pub day: String,
    /// The zone on whose calendar it is that day.
    pub time_zone: String,
    /// When the day is over.
    pub ends: String,
    /// True where it is over and the release is not out.
    pub is_overdue: bool,
}

impl TargetDateView {
    fn new(target: &TargetDate, release: &Release, now: Timestamp) -> Self {
        Self {
            day: target.day.to_string(),
            time_zone: target.time_zone.clone(),
            ends: shown(target.ends()),
            is_overdue: target.is_overdue(release, now),
        }
    }
}

/// Why a release must not advance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MarkedBadView {
    /// Why.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: String,
}

/// That a release is a hotfix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HotfixView {
    /// Why it can't wait.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: String,
    /// What the review after it found; none until it is recorded.
    pub review: Option<HotfixReviewView>,
    /// True where that is asked for now.
    pub awaits_review: bool,
}

/// The review after a hotfix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HotfixReviewView {
    /// What was found and what follows from it.
    pub findings: String,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: String,
}

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum VerdictWord {
    /// May go on.
    Approved,
    /// Must not.
    Rejected,
}

/// A vote on a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ApprovalView {
    /// Its id.
    pub id: String,
    /// The vote.
    pub verdict: VerdictWord,
    /// Why; may be empty.
    pub comment: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
    /// True where the content has changed since, so that it doesn't count.
    pub is_void: bool,
    /// True where it carries the voter's signature; approvals from before signing came don't.
    #[serde(default)]
    pub is_signed: bool,
}

/// A commit that a release brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CommitView {
    /// Full hash.
    pub sha: String,
    /// First line of its message.
    pub title: String,
    /// True where it announces a breaking change.
    pub breaking: bool,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Option<String>,
}

/// Where a release goes, and how it comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanView {
    /// The environments, in promotion order.
    pub environments: Vec<PlannedEnvironmentView>,
    /// What else people should know.
    pub remarks: String,
}

/// One environment in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlannedEnvironmentView {
    /// The environment's id.
    pub environment_id: String,
    /// Its name when it was planned.
    pub name: String,
    /// The pipeline that deploys there, as it will be called.
    pub deploy: crate::products::BindingDto,
    /// The pipeline that rolls back there.
    pub rollback: crate::products::BindingDto,
    /// Names of the checks that watch it.
    pub checks: Vec<String>,
    /// In which phases it goes out there.
    pub rollout: crate::rollout::RolloutDto,
    /// The version that a rollback would bring back.
    pub rollback_target: Option<String>,
}

impl From<&ReleaseState> for ReleaseStateWord {
    fn from(state: &ReleaseState) -> Self {
        match state {
            ReleaseState::Draft => Self::Draft,
            ReleaseState::Planned => Self::Planned,
            ReleaseState::InApproval { .. } => Self::InApproval,
            ReleaseState::Approved { .. } => Self::Approved,
            ReleaseState::InProgress { .. } => Self::InProgress,
            ReleaseState::Verifying { .. } => Self::Verifying,
            ReleaseState::Completed { .. } => Self::Completed,
            ReleaseState::RolledBack { .. } => Self::RolledBack,
            ReleaseState::Aborted { .. } => Self::Aborted,
        }
    }
}

impl From<VerdictWord> for Verdict {
    fn from(verdict: VerdictWord) -> Self {
        match verdict {
            VerdictWord::Approved => Self::Approved,
            VerdictWord::Rejected => Self::Rejected,
        }
    }
}

impl From<&MarkedBad> for MarkedBadView {
    fn from(mark: &MarkedBad) -> Self {
        Self { reason: mark.reason.clone(), by: mark.by.to_string(), at: shown(mark.at) }
    }
}

impl HotfixView {
    fn of(release: &Release) -> Option<Self> {
        let hotfix = release.hotfix.as_ref()?;
        let review = |r: &HotfixReview| HotfixReviewView { findings: r.findings.clone(), by: r.by.to_string(), at: shown(r.at) };
        Some(Self {
            reason: hotfix.reason.clone(),
            by: hotfix.by.to_string(),
            at: shown(hotfix.at),
            review: hotfix.review.as_ref().map(review),
            awaits_review: release.awaits_hotfix_review(),
        })
    }
}

impl From<&Commit> for CommitView {
    fn from(commit: &Commit) -> Self {
        Self {
            sha: commit.sha.clone(),
            title: commit.title.clone(),
            breaking: commit.breaking,
            author: commit.author.clone(),
            at: commit.at.map(shown),
        }
    }
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> Self {
        let environments = plan.environments.iter().map(|e| PlannedEnvironmentView {
            environment_id: e.environment_id.to_string(),
            name: e.name.clone(),
            deploy: (&e.deploy).into(),
            rollback: (&e.rollback).into(),
            checks: e.checks.clone(),
            rollout: (&e.rollout).into(),
            rollback_target: e.rollback_target.as_ref().map(ToString::to_string),
        });
        Self { environments: environments.collect(), remarks: plan.remarks.clone() }
    }
}

impl ApprovalView {
    pub(crate) fn new(approval: &Approval, content_hash: &str) -> Self {
        Self {
            id: approval.id.to_string(),
            verdict: match approval.verdict {
                Verdict::Approved => VerdictWord::Approved,
                Verdict::Rejected => VerdictWord::Rejected,
            },
            comment: approval.comment.clone(),
            by: approval.by.to_string(),
            at: shown(approval.at),
            is_void: approval.content_hash != content_hash,
            is_signed: approval.signature.is_some(),
        }
    }
}

impl ReleaseView {
    pub(crate) fn new(scene: &Scene<'_>, actor: &Actor, now: Timestamp) -> Self {
        let release = scene.release;
        let runs_in = scene
            .product
            .environments
            .iter()
            .filter(|e| current_deployment(&scene.product.deployments, e.id).is_some_and(|d| brought(d, release)));
        Self {
            id: release.id.to_string(),
            product_id: release.product_id.to_string(),
            product: scene.product.product.name.clone(),
            version: release.version.to_string(),
            state: (&release.state).into(),
            state_label: release.state.label().to_owned(),
            state_at: state_at(release).map(shown),
            state_reason: state_reason(release),
            hotfix: HotfixView::of(release),
            target: release.target.as_ref().map(|target| TargetDateView::new(target, release, now)),
            marked_bad: release.marked_bad.as_ref().map(MarkedBadView::from),
            runs_in: runs_in.map(|e| e.name.clone()).collect(),
            helm: helm(scene, actor, now),
            drafted_by: release.drafted_by.to_string(),
            drafted_at: shown(release.drafted_at),
        }
    }
}

/// Since when a release is in its state, where that is known.
pub(crate) fn state_at(release: &Release) -> Option<Timestamp> {
    match &release.state {
        ReleaseState::Draft => Some(release.drafted_at),
        ReleaseState::Planned => None,
        ReleaseState::InApproval { requested_at, .. } => Some(*requested_at),
        ReleaseState::InProgress { since } | ReleaseState::Verifying { since } => Some(*since),
        ReleaseState::Approved { at }
        | ReleaseState::Completed { at }
        | ReleaseState::RolledBack { at }
        | ReleaseState::Aborted { at, .. } => Some(*at),
    }
}

fn state_reason(release: &Release) -> Option<String> {
    match &release.state {
        ReleaseState::Aborted { reason, .. } => Some(reason.clone()),
        _ => None,
    }
}
