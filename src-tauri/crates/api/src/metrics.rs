//! Delivery metrics of a product in one of its environments.

use crate::Api;
use crate::decode::{id, optional_id, shown};
use crate::error::ApiError;
use pilothouse_domain::EnvironmentId;
use pilothouse_domain::metrics::{MAX_WEEKS, Measure, Metric, Point};
use pilothouse_domain::product::Environment;
use pilothouse_engine::usecases::Delivery;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Which metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeliveryMetricsRequest {
    /// The product.
    pub product_id: String,
    /// One of its environments; the last of its promotion path where none is named.
    pub environment_id: Option<String>,
    /// Over so many weeks, 1 to 104.
    pub weeks: u32,
}

/// How delivery went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct DeliveryMetricsView {
    /// The product.
    pub product_id: String,
    /// Its name.
    pub product: String,
    /// Its environments, in promotion order.
    pub environments: Vec<MetricsPlace>,
    /// The environment that this is about.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// The window's beginning.
    pub from: String,
    /// The window's end, which is not part of it.
    pub to: String,
    /// The metrics.
    pub metrics: Vec<MetricView>,
    /// How many hotfixes came there in that time.
    #[serde(default)]
    pub hotfixes: u32,
}

/// An environment that metrics can be had of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MetricsPlace {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct MetricView {
    /// Which.
    pub metric: MetricWord,
    /// As people read it.
    pub title: String,
    /// What it counts.
    pub definition: String,
    /// Its value: seconds, deployments a week, or a share from 0 to 1. None: not enough data.
    pub value: Option<f64>,
    /// That in words.
    pub words: Option<String>,
    /// How much was counted.
    pub sample: u32,
    /// That in words: `3 commits`.
    pub counted: String,
    /// What is missing for a value; empty where there is one.
    pub missing: String,
    /// Disturbances without an end, which don't count.
    pub still_open: u32,
    /// Week by week, oldest first.
    pub points: Vec<MetricPoint>,
}

/// A metric in a week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct MetricPoint {
    /// The week's beginning.
    pub from: String,
    /// Its value; none where nothing was counted.
    pub value: Option<f64>,
    /// That in words.
    pub words: String,
    /// How much was counted.
    pub sample: u32,
}

/// Delivery metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum MetricWord {
    /// From a commit to its deployment.
    LeadTime,
    /// Deployments in a week.
    DeploymentFrequency,
    /// Share of deployments that failed.
    ChangeFailureRate,
    /// From a disturbance to its end.
    TimeToRestore,
}

impl From<Metric> for MetricWord {
    fn from(metric: Metric) -> Self {
        match metric {
            Metric::LeadTime => Self::LeadTime,
            Metric::DeploymentFrequency => Self::DeploymentFrequency,
            Metric::ChangeFailureRate => Self::ChangeFailureRate,
            Metric::TimeToRestore => Self::TimeToRestore,
        }
    }
}

impl From<&Measure> for MetricView {
    fn from(measure: &Measure) -> Self {
        let metric = measure.metric;
        let (single, many) = metric.counted();
        let point = |point: &Point| MetricPoint {
            from: shown(point.from),
            value: point.value,
            words: point.value.map_or_else(|| "nothing counted".to_owned(), |value| metric.words(value)),
            sample: point.sample,
        };
        Self {
            metric: metric.into(),
            title: metric.title().to_owned(),
            definition: metric.definition().to_owned(),
            value: measure.value,
            words: measure.value.map(|value| metric.words(value)),
            sample: measure.sample,
            counted: format!("{} {}", measure.sample, if measure.sample == 1 { single } else { many }),
            missing: measure.missing.clone(),
            still_open: measure.still_open,
            points: measure.points.iter().map(point).collect(),
        }
    }
}

impl Api {
    /// How delivery went in an environment.
    ///
    /// # Errors
    /// `not_found`; `invalid` for an environment of another product, or a product without any.
    pub async fn delivery_metrics(&self, request: DeliveryMetricsRequest) -> Result<DeliveryMetricsView, ApiError> {
        if !(1..=MAX_WEEKS).contains(&request.weeks) {
            let message = format!("{} weeks can't be looked back on", request.weeks);
            return Err(ApiError::invalid("weeks", message, format!("Choose 1 to {MAX_WEEKS}.")));
        }
        let product = self.store().product(id("product_id", &request.product_id)?).await?;
        let environments = self.store().environments(Some(product.id)).await?;
        let wanted: Option<EnvironmentId> = optional_id("environment_id", request.environment_id.as_deref())?;
        let chosen = match wanted {
            Some(id) => environments.iter().find(|environment| environment.id == id),
            None => environments.last(),
        };
        let environment = chosen.ok_or_else(|| {
            let message = format!("{} has no such environment", product.name);
            ApiError::invalid("environment_id", message, "Choose one of the product's environments.")
        })?;
        let Delivery { window, measures, hotfixes } = self.engine.delivery_metrics(environment.id, request.weeks).await?;
        let place = |e: &Environment| MetricsPlace { id: e.id.to_string(), name: e.name.clone() };
        Ok(DeliveryMetricsView {
            product_id: product.id.to_string(),
            product: product.name,
            environment_id: environment.id.to_string(),
            environment: environment.name.clone(),
            environments: environments.iter().map(place).collect(),
            from: shown(window.from),
            to: shown(window.to),
            metrics: measures.iter().map(MetricView::from).collect(),
            hotfixes,
        })
    }
}
