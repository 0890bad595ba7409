//! The overview: products by environments, what is under way, what waits.

use crate::Api;
use crate::blockers::BlockerView;
use crate::decode::shown;
use crate::deployments::DeploymentView;
use crate::error::ApiError;
use crate::health::HealthCounts;
use crate::inbox::{InboxItem, OpenRelease, waiting};
use crate::incidents::IncidentView;
use crate::locks::LockView;
use crate::releases::ReleaseView;
use crate::scene::Everything;
use crate::unplanned::UnplannedRunView;
use crate::words::HealthWord;
use pilothouse_domain::check::{CheckState, Health, HealthCheck, Probe};
use pilothouse_domain::deployment::{Deployment, DeploymentKind};
use pilothouse_domain::lock::LockStrength;
use pilothouse_domain::policy::current_deployment;
use pilothouse_domain::product::Environment;
use pilothouse_domain::{CheckId, Timestamp};
use pilothouse_engine::ProductFacts;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::HashMap;

/// The overview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OverviewView {
    /// The products, by name.
    pub products: Vec<ProductRow>,
    /// The incidents that are open, last opened first.
    pub incidents: Vec<IncidentView>,
    /// What waits for this person, most pressing first.
    pub waiting: Vec<InboxItem>,
    /// The deployments that haven't ended.
    pub under_way: Vec<DeploymentView>,
    /// Counts of all that.
    pub counts: OverviewCounts,
}

/// Counts for headings and the side bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OverviewCounts {
    /// Products.
    pub products: u32,
    /// Releases that are not closed.
    pub releases_open: u32,
    /// Things that wait for this person.
    pub waiting: u32,
    /// Deployments that haven't ended.
    pub under_way: u32,
    /// Incidents that are open.
    pub incidents_open: u32,
    /// The checks.
    pub checks: HealthCounts,
}

/// A product's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProductRow {
    /// The product's id.
    pub product_id: String,
    /// Its name.
    pub name: String,
    /// Its open release that was drafted last.
    pub release: Option<ReleaseView>,
    /// Its environments in promotion order.
    pub cells: Vec<EnvironmentCell>,
}

/// An environment of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EnvironmentCell {
    /// The environment's id.
    pub environment_id: String,
    /// Its name.
    pub name: String,
    /// The version that it has.
    pub version: Option<String>,
    /// The release of that version.
    pub release_id: Option<String>,
    /// Since when.
    pub since: Option<String>,
    /// The version that the service says it runs, as its check read it last; several where its instances differ. None where no
    /// check reads it, or none could.
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
    /// Its checks.
    pub checks: HealthCounts,
    /// The lock that holds there.
    pub lock: Option<LockView>,
    /// The deployment that is under way there.
    pub deployment: Option<DeploymentView>,
    /// The release that comes here next.
    pub next: Option<NextRelease>,
    /// The version that was rolled back from, where a rollback brought the present one.
    pub rolled_back_from: Option<String>,
}

/// The release that comes to an environment next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NextRelease {
    /// The release's id.
    pub release_id: String,
    /// Its version.
    pub version: String,
    /// Why it can't come yet; empty where it can.
    pub blockers: Vec<BlockerView>,
}

impl Api {
    /// The overview.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn overview(&self) -> Result<OverviewView, ApiError> {
        let everything = self.everything().await?;
        let open = self.open_things().await?;
        let now = self.engine.now();
        let waiting = waiting(&everything, &open, &self.actor, now);
        let mut incidents: Vec<_> = everything.products.iter().flat_map(|p| p.incidents.iter().filter(|i| i.is_open()).cloned()).collect();
        incidents.sort_by_key(|i| std::cmp::Reverse(i.number));
        let mut under_way: Vec<(&Deployment, &ProductFacts)> =
            everything.products.iter().flat_map(|p| p.deployments.iter().filter(|d| !d.state.is_terminal()).map(move |d| (d, p))).collect();
        under_way.sort_by_key(|(d, _)| d.requested_at);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(OverviewView {
            counts: OverviewCounts {
                products: count(everything.products.len()),
                releases_open: count(open.releases.len()),
                waiting: count(waiting.len()),
                under_way: count(under_way.len()),
                incidents_open: count(incidents.len()),
                checks: HealthCounts::of(&everything.checks, &everything.states),
            },
            products: everything.products.iter().map(|p| self.row(&everything, p, &open.releases, now)).collect(),
            incidents: self.incident_views(&incidents).await?,
            waiting,
            under_way: under_way.iter().map(|(d, p)| self.view_of(d, p)).collect(),
        })
    }

    fn row(&self, everything: &Everything, product: &ProductFacts, open: &[OpenRelease], now: Timestamp) -> ProductRow {
        let own: Vec<&OpenRelease> = open.iter().filter(|o| o.release.product_id == product.product.id).collect();
        ProductRow {
            product_id: product.product.id.to_string(),
            name: product.product.name.clone(),
            release: own.first().map(|o| ReleaseView::new(&o.scene(product), &self.actor, now)),
            cells: product.environments.iter().map(|e| self.cell(everything, product, e, &own, now)).collect(),
        }
    }

    fn cell(
        &self,
        everything: &Everything,
        product: &ProductFacts,
        environment: &Environment,
        open: &[&OpenRelease],
        now: Timestamp,
    ) -> EnvironmentCell {
        let current = current_deployment(&product.deployments, environment.id);
        let checks = everything.checks.iter().filter(|c| c.environment_id == environment.id);
        let locks = product.locks.iter().filter(|l| l.is_active(now) && l.covers(environment.id));
        // One that stops goes before one that warns.
        let lock = locks.min_by_key(|l| l.strength != LockStrength::Stops);
        let under_way = product.deployments.iter().find(|d| d.environment_id == environment.id && !d.state.is_terminal());
        let running = running(&everything.checks, &everything.states, environment);
        let health = product.health.iter().find(|(id, _)| *id == environment.id).map_or(Health::NoData, |(_, health)| *health);
        EnvironmentCell {
            environment_id: environment.id.to_string(),
            name: environment.name.clone(),
            version: current.map(|d| d.version.to_string()),
            release_id: current.map(|d| d.release_id.to_string()),
            since: current.and_then(|d| d.deployed_at).map(shown),
            is_unplanned: is_unplanned(&running, current, under_way),
            running_version: in_words(&running),
            unplanned_runs: unexplained(product, environment),
            health: health.into(),
            checks: HealthCounts::of(checks, &everything.states),
            lock: lock.map(|l| LockView::new(l, std::slice::from_ref(&product.product), &product.environments)),
            deployment: under_way.map(|d| self.view_of(d, product)),
            next: open.iter().find_map(|o| next(product, environment, o, now)),
            rolled_back_from: current.and_then(|d| rolled_back_from(d, product)),
        }
    }
}

/// What the checks of the running version know about an environment.
pub(crate) fn running<'a>(
    checks: &'a [HealthCheck],
    states: &'a HashMap<CheckId, CheckState>,
    environment: &Environment,
) -> Vec<&'a CheckState> {
    let own = checks.iter().filter(|c| c.environment_id == environment.id && c.enabled);
    let reading = own.filter(|c| matches!(c.probe, Probe::RunningVersion { .. }));
    reading.filter_map(|c| states.get(&c.id)).filter(|state| !state.versions.is_empty()).collect()
}

/// The runs that may have changed an environment and that nobody has explained, last started first.
pub(crate) fn unexplained(product: &ProductFacts, environment: &Environment) -> Vec<UnplannedRunView> {
    let mut open: Vec<_> = product.unplanned.iter().filter(|run| run.is_open() && run.touches(environment.id)).collect();
    open.sort_by_key(|run| std::cmp::Reverse((run.began(), run.id)));
    let view = |run| UnplannedRunView::new(run, &product.product, &product.environments, &product.connections, None);
    open.into_iter().map(view).collect()
}

/// Those versions in words; none where none is known.
pub(crate) fn in_words(running: &[&CheckState]) -> Option<String> {
    let mut seen: Vec<&str> = Vec::new();
    for version in running.iter().flat_map(|state| &state.versions) {
        if !seen.contains(&version.as_str()) {
            seen.push(version);
        }
    }
    (!seen.is_empty()).then(|| seen.join(", "))
}

/// Whether a service runs what Pilothouse didn't deploy. A version that was right when it was read, and is about to be read anew
/// after a deployment, is not taken for one: then the check hasn't failed.
pub(crate) fn is_unplanned(running: &[&CheckState], current: Option<&Deployment>, under_way: Option<&Deployment>) -> bool {
    let is_ours = |said: &String| current.into_iter().chain(under_way).any(|d| d.version.is_said_by(said));
    running.iter().any(|state| (current.is_none() || state.failures > 0) && !state.versions.iter().all(is_ours))
}

/// The release that has this environment before it.
fn next(product: &ProductFacts, environment: &Environment, open: &OpenRelease, now: Timestamp) -> Option<NextRelease> {
    let scene = open.scene(product);
    let next = crate::releases::next_environment(&scene)?;
    (next.id == environment.id && open.release.marked_bad.is_none()).then(|| NextRelease {
        release_id: open.release.id.to_string(),
        version: open.release.version.to_string(),
        blockers: crate::blockers::shown_blockers(&scene.deploy_blockers(next, now)),
    })
}

fn rolled_back_from(deployment: &Deployment, product: &ProductFacts) -> Option<String> {
    let DeploymentKind::Rollback { parent: Some(parent), .. } = &deployment.kind else { return None };
    product.deployments.iter().find(|d| d.id == *parent).map(|d| d.version.to_string())
}
