//! Delivery metrics, read from what is stored each time. Must not keep a figure.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::{DeploymentFilter, IncidentFilter, ReleaseFilter};
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::incident::Incident;
use pilothouse_domain::metrics::{DeliveryFacts, Measure, Window, hotfixes, measure};
use pilothouse_domain::release::Release;
use pilothouse_domain::{EnvironmentId, ProductId};

/// So much is read at a time.
const PAGE: u32 = 500;
/// So many pages of deployments or releases are read at most: the newest 50,000.
const MOST_PAGES: usize = 100;
/// So many incidents of a product are looked at.
const MOST_INCIDENTS: u32 = 5_000;

/// What the metrics of a product are made of.
pub(super) struct ProductHistory {
    releases: Vec<Release>,
    deployments: Vec<Deployment>,
    incidents: Vec<Incident>,
}

/// How delivery went.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Over which time.
    pub window: Window,
    /// The metrics.
    pub measures: Vec<Measure>,
    /// How many hotfixes came there in that time.
    pub hotfixes: u32,
}

impl ProductHistory {
    const fn facts(&self, environment: EnvironmentId) -> DeliveryFacts<'_> {
        DeliveryFacts {
            environment_id: environment,
            releases: self.releases.as_slice(),
            deployments: self.deployments.as_slice(),
            incidents: self.incidents.as_slice(),
        }
    }

    pub(super) fn measure(&self, environment: EnvironmentId, window: Window) -> Vec<Measure> {
        measure(&self.facts(environment), window)
    }
}

impl Engine {
    /// How delivery went in an environment over the last so many weeks, 1 to 104.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn delivery_metrics(&self, environment: EnvironmentId, weeks: u32) -> Result<Delivery, EngineError> {
        let environment = self.store().environment(environment).await?;
        let window = Window::last_weeks(weeks, self.now());
        let history = self.product_history(environment.product_id).await?;
        let hotfixes = hotfixes(&history.facts(environment.id), window);
        Ok(Delivery { window, measures: history.measure(environment.id, window), hotfixes })
    }

    /// Read whole: what was first deployed when is only known from the beginning.
    pub(super) async fn product_history(&self, product: ProductId) -> Result<ProductHistory, EngineError> {
        let mut deployments: Vec<Deployment> = Vec::new();
        for _ in 0..MOST_PAGES {
            let after = deployments.last().map(|deployment| deployment.id);
            let filter = DeploymentFilter { product: Some(product), after, limit: PAGE, ..DeploymentFilter::default() };
            let page = self.store().deployments(&filter).await?;
            let is_last = page.len() < PAGE as usize;
            deployments.extend(page);
            if is_last {
                break;
            }
        }
        let mut releases: Vec<Release> = Vec::new();
        for _ in 0..MOST_PAGES {
            let after = releases.last().map(|release| release.id);
            let page =
                self.store().releases(&ReleaseFilter { product: Some(product), after, limit: PAGE, ..ReleaseFilter::default() }).await?;
            let is_last = page.len() < PAGE as usize;
            releases.extend(page);
            if is_last {
                break;
            }
        }
        let filter = IncidentFilter { product: Some(product), limit: MOST_INCIDENTS, ..IncidentFilter::default() };
        let incidents = self.store().incidents(&filter).await?;
        Ok(ProductHistory { releases, deployments, incidents })
    }
}

/// How many weeks a report looks back.
pub(super) const REPORT_WEEKS: u32 = 12;
