//! The health of everything that is watched, and a check's history.

use crate::checks::{MeasurementView, ProbeDto};
use crate::decode::{id, shown, time};
use crate::error::ApiError;
use crate::incidents::{IncidentView, ListIncidentsRequest};
use crate::words::HealthWord;
use crate::{Api, IdRequest};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use pilothouse_domain::check::{CheckState, Health, HealthCheck};
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::{CheckId, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::HashMap;
use std::time::Duration;

/// How many measurements of each check are shown beside it.
const RECENT: u32 = 60;
/// How many checks' measurements are read at a time.
const AT_A_TIME: usize = 8;

/// The health of everything that is watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HealthView {
    /// How many checks are in which state.
    pub counts: HealthCounts,
    /// The checks: by product, then in promotion order, then by name.
    pub checks: Vec<CheckView>,
    /// The incidents that are open, last opened first.
    pub incidents: Vec<IncidentView>,
}

/// How many checks are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HealthCounts {
    /// All of them.
    pub total: u32,
    /// Passed last time.
    pub healthy: u32,
    /// Work, but not well.
    pub degraded: u32,
    /// Fail.
    pub failing: u32,
    /// Could not be measured.
    pub no_data: u32,
    /// Switched off.
    pub disabled: u32,
}

/// A check and how it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CheckView {
    /// Its id.
    pub id: String,
    /// The product's id.
    pub product_id: String,
    /// The product's name.
    pub product: String,
    /// The environment's id.
    pub environment_id: String,
    /// The environment's name.
    pub environment: String,
    /// Its name.
    pub name: String,
    /// What is measured.
    pub probe: ProbeDto,
    /// Seconds between two measurements.
    pub interval_seconds: u32,
    /// Milliseconds after which a measurement has failed.
    pub timeout_ms: u32,
    /// Failures in a row that make it failing.
    pub failure_threshold: u16,
    /// Passes in a row that make it healthy again.
    pub recovery_threshold: u16,
    /// False while it is switched off.
    pub enabled: bool,
    /// Its state.
    pub health: HealthWord,
    /// Since when; none where it was never measured.
    pub since: Option<String>,
    /// Why, for any state but healthy; may be empty.
    pub reason: String,
    /// The last measurements, newest first.
    pub recent: Vec<MeasurementView>,
}

/// A stretch of a check's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CheckHistoryRequest {
    /// The check's id.
    pub check_id: String,
    /// Measured before this moment; none from the newest.
    pub before: Option<String>,
    /// At most so many, 1 to 5,000; 0 means 500.
    pub limit: u32,
}

impl CheckView {
    fn new(check: &HealthCheck, state: Option<&CheckState>, products: &[Product], environments: &[Environment]) -> Self {
        Self {
            id: check.id.to_string(),
            product_id: check.product_id.to_string(),
            product: products.iter().find(|p| p.id == check.product_id).map(|p| p.name.clone()).unwrap_or_default(),
            environment_id: check.environment_id.to_string(),
            environment: environments.iter().find(|e| e.id == check.environment_id).map(|e| e.name.clone()).unwrap_or_default(),
            name: check.name.clone(),
            probe: (&check.probe).into(),
            interval_seconds: check.interval_seconds,
            timeout_ms: check.timeout_ms,
            failure_threshold: check.failure_threshold,
            recovery_threshold: check.recovery_threshold,
            enabled: check.enabled,
            health: state.map_or(Health::NoData, |s| s.health).into(),
            since: state.map(|s| shown(s.since)),
            reason: state.map(|s| s.reason.clone()).unwrap_or_default(),
            recent: Vec::new(),
        }
    }
}

impl HealthCounts {
    /// Counts checks. One that is switched off counts as that alone.
    pub(crate) fn of<'a>(checks: impl IntoIterator<Item = &'a HealthCheck>, states: &HashMap<CheckId, CheckState>) -> Self {
        let mut counts = Self::default();
        for check in checks {
            counts.total += 1;
            let place = match states.get(&check.id).map_or(Health::NoData, |s| s.health) {
                _ if !check.enabled => &mut counts.disabled,
                Health::Healthy => &mut counts.healthy,
                Health::Degraded => &mut counts.degraded,
                Health::Failing => &mut counts.failing,
                Health::NoData => &mut counts.no_data,
            };
            *place += 1;
        }
        counts
    }
}

impl Api {
    /// The health of everything that is watched.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn health(&self) -> Result<HealthView, ApiError> {
        let products = self.store().products().await?;
        let environments = self.store().environments(None).await?;
        let states: HashMap<CheckId, CheckState> = self.store().check_states().await?.into_iter().collect();
        let mut checks = self.store().checks(None).await?;
        let place = |check: &HealthCheck| {
            let environment = environments.iter().position(|e| e.id == check.environment_id);
            (products.iter().position(|p| p.id == check.product_id), environment)
        };
        checks.sort_by_cached_key(place);
        let counts = HealthCounts::of(&checks, &states);
        let before = self.a_moment_from_now();
        // Collected, as a future that holds a closure over borrowed checks can't go from thread to thread.
        let views: Vec<(CheckView, CheckId)> =
            checks.iter().map(|check| (CheckView::new(check, states.get(&check.id), &products, &environments), check.id)).collect();
        let with_recent = stream::iter(views).map(|(mut view, check)| async move {
            view.recent = self.store().measurements(check, before, RECENT).await?.iter().map(MeasurementView::from).collect();
            Ok::<CheckView, ApiError>(view)
        });
        let incidents = ListIncidentsRequest { open_only: true, limit: 500, ..ListIncidentsRequest::default() };
        Ok(HealthView {
            counts,
            checks: with_recent.buffered(AT_A_TIME).try_collect().await?,
            incidents: self.list_incidents(incidents).await?,
        })
    }

    /// A check's measurements, newest first.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn check_history(&self, request: CheckHistoryRequest) -> Result<Vec<MeasurementView>, ApiError> {
        let check = id("check_id", &request.check_id)?;
        let before = match request.before.as_deref().filter(|text| !text.trim().is_empty()) {
            Some(text) => time("before", text)?,
            None => self.a_moment_from_now(),
        };
        let limit = if request.limit == 0 { 500 } else { request.limit.min(5_000) };
        self.store().check(check).await?;
        Ok(self.store().measurements(check, before, limit).await?.iter().map(MeasurementView::from).collect())
    }

    /// Measures a check right away, and keeps the measurement.
    ///
    /// # Errors
    /// `not_found`. A failed measurement is no error: it is what was found out.
    pub async fn measure_now(&self, request: IdRequest) -> Result<CheckView, ApiError> {
        let check = self.store().check(id("id", &request.id)?).await?;
        let state = self.engine.measure_and_note(check.clone()).await?;
        let products = self.store().products().await?;
        let environments = self.store().environments(Some(check.product_id)).await?;
        let mut view = CheckView::new(&check, Some(&state), &products, &environments);
        let recent = self.store().measurements(check.id, self.a_moment_from_now(), RECENT).await?;
        view.recent = recent.iter().map(MeasurementView::from).collect();
        Ok(view)
    }

    /// So that what was measured this very moment is before it.
    fn a_moment_from_now(&self) -> Timestamp {
        self.engine.now().plus(Duration::from_secs(1))
    }
}
