//! A release with everything that its screen shows.

use crate::Api;
use crate::blockers::{BlockerView, HoldView, shown_blockers};
use crate::decode::shown;
use crate::deployments::DeploymentView;
use crate::error::ApiError;
use crate::lookups::SourceRefView;
use crate::overview::{in_words, is_unplanned, running, unexplained};
use crate::releases::holds::holds;
use crate::releases::{ApprovalView, CanView, CommitView, PlanView, ReleaseView, RiskView, TimelineItem};
use crate::scene::Scene;
use crate::scheduled_starts::ScheduledStartView;
use crate::unplanned::UnplannedRunView;
use crate::words::HealthWord;
use pilothouse_domain::check::{CheckState, Health};
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::plan_difference::PlanChange;
use pilothouse_domain::policy::{brought, current_deployment, rollback_candidates};
use pilothouse_domain::product::Environment;
use pilothouse_domain::release::Release;
use pilothouse_domain::scheduled_start::ScheduledStart;
use pilothouse_domain::{CheckId, ReleaseId};
use pilothouse_engine::ReleaseFacts;
use pilothouse_engine::ports::calendar_store::StartFilter;
use pilothouse_engine::ports::store::DeploymentFilter;
use pilothouse_engine::usecases::PlanDifference;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::HashMap;

/// How many candidates for a rollback are looked at until one is found that isn't marked bad.
const MAX_CANDIDATES: usize = 10;

/// A release with everything that its screen shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReleaseDetail {
    /// What a list shows of it, and what is to be done next.
    pub release: ReleaseView,
    /// The tag that carries it.
    pub tag: String,
    /// What it was drafted from.
    pub source: SourceRefView,
    /// Release notes, in Markdown.
    pub notes: String,
    /// The ref that the changelog starts after.
    pub changes_since: Option<String>,
    /// The commits that it brings, newest first.
    pub changelog: Vec<CommitView>,
    /// Where it goes and how it comes back.
    pub plan: Option<PlanView>,
    /// What of the plan differs from what was agreed to before; none where there is nothing to compare it with.
    #[serde(default)]
    pub plan_difference: Option<PlanDifferenceView>,
    /// Hash of all that an approver agrees to. A vote names it.
    pub content_hash: String,
    /// The votes, oldest first.
    pub approvals: Vec<ApprovalView>,
    /// The product's environments, in promotion order.
    pub environments: Vec<ReleaseEnvironment>,
    /// How risky it is as things stand, and why. Holds nothing up.
    pub risk: RiskView,
    /// The coordinated release that it goes with.
    #[serde(default)]
    pub coordinated_release: Option<CoordinatedNameView>,
    /// What happened, newest first.
    pub timeline: Vec<TimelineItem>,
    /// What else may be done.
    pub can: CanView,
    /// When the rules were asked.
    pub checked_at: String,
}

/// The coordinated release that a release goes with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CoordinatedNameView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The release's turn in it.
    pub stage: u16,
}

/// What of a plan differs from what was agreed to before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanDifferenceView {
    /// What it is compared with: `1.3.0`, `the plan that Jonas voted on`.
    pub against: String,
    /// True where that is an earlier plan of the same release.
    pub is_own: bool,
    /// What differs, in the order of the plan; empty where nothing does.
    pub changes: Vec<PlanChangeView>,
}

/// Something in a plan that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanChangeView {
    /// The environment; empty where it is about the whole plan.
    pub environment: String,
    /// What of it.
    pub what: String,
    /// As it was; empty where there was nothing.
    pub before: String,
    /// As it is; empty where there is nothing any more.
    pub after: String,
}

impl From<PlanDifference> for PlanDifferenceView {
    fn from(difference: PlanDifference) -> Self {
        let change = |PlanChange { environment, what, before, after }| PlanChangeView { environment, what, before, after };
        Self { against: difference.against, is_own: difference.is_own, changes: difference.changes.into_iter().map(change).collect() }
    }
}

/// An environment as seen from a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReleaseEnvironment {
    /// The environment's id.
    pub environment_id: String,
    /// Its name.
    pub name: String,
    /// Place in the promotion path, from 0.
    pub position: u16,
    /// True where the plan names it.
    pub in_plan: bool,
    /// The version that it has.
    pub current_version: Option<String>,
    /// Since when.
    pub current_since: Option<String>,
    /// True where that is this release.
    pub is_current: bool,
    /// The version that the service says it runs, as its check read it last; several where its instances differ.
    #[serde(default)]
    pub running_version: Option<String>,
    /// True where that is not what Pilothouse deployed there: it came from elsewhere.
    #[serde(default)]
    pub is_unplanned: bool,
    /// Runs that may have changed it, that Pilothouse did not start, and that have no reason yet; last started first.
    #[serde(default)]
    pub unplanned_runs: Vec<UnplannedRunView>,
    /// Its health.
    pub health: HealthWord,
    /// How many checks watch it.
    pub checks_total: u32,
    /// How many of them are healthy.
    pub checks_healthy: u32,
    /// The release's last deployment there.
    pub deployment: Option<DeploymentView>,
    /// Why the release can't be deployed there now; empty where it can.
    pub blockers: Vec<BlockerView>,
    /// What holds for deploying it there.
    pub holds: Vec<HoldView>,
    /// For a hotfix: which path it is judged on there, and what is different on it.
    #[serde(default)]
    pub path: Option<String>,
    /// The version that a rollback would bring back.
    pub rollback_target: Option<String>,
    /// What a person is warned of who deploys it there. Holds nothing up.
    #[serde(default)]
    pub cautions: Vec<String>,
    /// The start that is set for a time there, and waits or asks.
    #[serde(default)]
    pub scheduled: Option<ScheduledStartView>,
}

/// Health of the checks of one environment.
struct Checks<'a> {
    total: u32,
    healthy: u32,
    running: Vec<&'a CheckState>,
}

impl Api {
    pub(crate) async fn release_detail(&self, id: ReleaseId) -> Result<ReleaseDetail, ApiError> {
        let facts = self.engine.release_facts(id).await?;
        let scene = Scene { release: &facts.release, approvals: &facts.approvals, product: &facts.product };
        let now = self.engine.now();
        let filter = DeploymentFilter { release: Some(id), limit: 500, ..DeploymentFilter::default() };
        let deployments = self.store().deployments(&filter).await?;
        let hash = scene.content_hash();
        let release = &facts.release;
        Ok(ReleaseDetail {
            release: ReleaseView::new(&scene, &self.actor, now),
            tag: release.tag.clone(),
            source: (&release.source).into(),
            notes: release.notes.clone(),
            changes_since: release.changes_since.clone(),
            changelog: release.changelog.iter().map(CommitView::from).collect(),
            plan: release.plan.as_ref().map(PlanView::from),
            plan_difference: self.engine.plan_difference(&facts).await?.map(Into::into),
            approvals: facts.approvals.iter().map(|a| ApprovalView::new(a, &hash)).collect(),
            content_hash: hash,
            environments: self.release_environments(&facts, &deployments).await?,
            risk: pilothouse_domain::risk::assess(&facts.facts(None), now).into(),
            coordinated_release: self.coordinated_name(release).await?,
            timeline: self.timeline(release, &deployments).await?,
            can: CanView::new(&scene, &self.actor, now),
            checked_at: shown(now),
        })
    }

    async fn coordinated_name(&self, release: &Release) -> Result<Option<CoordinatedNameView>, ApiError> {
        let Some(id) = release.coordinated_release else { return Ok(None) };
        let coordinated = self.store().coordinated_release(id).await?;
        let stage = coordinated.member(release.id).map_or(1, |member| member.stage);
        Ok(Some(CoordinatedNameView { id: id.to_string(), name: coordinated.name, stage }))
    }

    async fn release_environments(&self, facts: &ReleaseFacts, deployments: &[Deployment]) -> Result<Vec<ReleaseEnvironment>, ApiError> {
        let scene = Scene { release: &facts.release, approvals: &facts.approvals, product: &facts.product };
        let checks = self.store().checks(None).await?;
        let states: HashMap<CheckId, CheckState> = self.store().check_states().await?.into_iter().collect();
        let open = StartFilter { release: Some(facts.release.id), open_only: true, ..StartFilter::default() };
        let starts = self.store().scheduled_starts(&open).await?;
        let mut views = Vec::new();
        for environment in &facts.product.environments {
            let own = checks.iter().filter(|c| c.enabled && c.environment_id == environment.id);
            let running = running(&checks, &states, environment);
            let counted = own.fold(Checks { total: 0, healthy: 0, running }, |counted, check| Checks {
                total: counted.total + 1,
                healthy: counted.healthy + u32::from(states.get(&check.id).is_some_and(|state| state.health == Health::Healthy)),
                ..counted
            });
            let target = self.rollback_target(facts, environment).await?;
            views.push(self.release_environment(&scene, environment, deployments, &counted, target, &starts));
        }
        Ok(views)
    }

    fn release_environment<'a>(
        &self,
        scene: &Scene<'a>,
        environment: &'a Environment,
        deployments: &[Deployment],
        checks: &Checks<'_>,
        rollback_target: Option<String>,
        starts: &[ScheduledStart],
    ) -> ReleaseEnvironment {
        let current = current_deployment(&scene.product.deployments, environment.id);
        let now = self.engine.now();
        let blockers = scene.deploy_blockers(environment, now);
        let health = scene.product.health.iter().find(|(id, _)| *id == environment.id).map_or(Health::NoData, |(_, h)| *h);
        // Deployments come last requested first.
        let own = deployments.iter().find(|d| d.environment_id == environment.id);
        let under_way = scene.product.deployments.iter().find(|d| d.environment_id == environment.id && !d.state.is_terminal());
        ReleaseEnvironment {
            environment_id: environment.id.to_string(),
            name: environment.name.clone(),
            position: environment.position,
            in_plan: scene.release.planned(environment.id).is_some(),
            current_version: current.map(|d| d.version.to_string()),
            current_since: current.and_then(|d| d.deployed_at).map(shown),
            is_current: current.is_some_and(|d| brought(d, scene.release)),
            running_version: in_words(&checks.running),
            is_unplanned: is_unplanned(&checks.running, current, under_way),
            unplanned_runs: unexplained(scene.product, environment),
            health: health.into(),
            checks_total: checks.total,
            checks_healthy: checks.healthy,
            deployment: own.map(|d| self.view_of(d, scene.product)),
            holds: holds(scene, environment, &blockers, now),
            path: environment.rules.path_words(scene.release, &environment.name),
            blockers: shown_blockers(&blockers),
            rollback_target,
            cautions: scene.cautions(environment),
            scheduled: starts.iter().find(|start| start.environment_id == environment.id).map(Into::into),
        }
    }

    /// Where a rollback would go: the last verified version that is neither this release nor marked bad.
    async fn rollback_target(&self, facts: &ReleaseFacts, environment: &Environment) -> Result<Option<String>, ApiError> {
        let deployments = &facts.product.deployments;
        let current = current_deployment(deployments, environment.id).filter(|d| d.is_verified());
        let candidates = current.into_iter().chain(rollback_candidates(deployments, environment.id));
        let others: Vec<&Deployment> = candidates.filter(|d| d.release_id != facts.release.id).collect();
        let target = self.first_good(&others).await?;
        Ok(target.map(|d| d.version.to_string()))
    }

    /// The first of these whose release is not marked bad.
    pub(crate) async fn first_good<'a>(&self, candidates: &[&'a Deployment]) -> Result<Option<&'a Deployment>, ApiError> {
        for &candidate in candidates.iter().take(MAX_CANDIDATES) {
            if self.store().release(candidate.release_id).await?.marked_bad.is_none() {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }
}
