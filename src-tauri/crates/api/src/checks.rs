//! Health checks as they are set, and measuring one right away.

use crate::Api;
use crate::IdRequest;
use crate::decode::{id, optional_id, shown};
use crate::error::ApiError;
use pilothouse_domain::check::{HealthCheck, Measurement, Outcome, Probe};
use pilothouse_domain::{CheckId, EnvironmentId, ProductId};
use pilothouse_engine::usecases::TriedCheck;
use serde::{Deserialize, Serialize};
use specta::Type;
use uuid::Uuid;

/// A health check with all that can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CheckDto {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// The name, unique within the environment.
    pub name: String,
    /// What is measured.
    pub probe: ProbeDto,
    /// Seconds between two measurements. 1 to 86,400.
    pub interval_seconds: u32,
    /// Milliseconds after which a measurement has failed. 100 to 60,000.
    pub timeout_ms: u32,
    /// Failures in a row that make it failing. 1 to 100.
    pub failure_threshold: u16,
    /// Passes in a row that make a failing check healthy again. 1 to 100.
    pub recovery_threshold: u16,
    /// False while it is switched off.
    pub enabled: bool,
}

/// What a check measures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProbeDto {
    /// A GET over HTTP or HTTPS.
    Http {
        /// What is asked.
        url: String,
        /// Lowest status that passes.
        status_min: u16,
        /// Highest status that passes.
        status_max: u16,
        /// Text that must stand in the answer.
        body_contains: Option<String>,
        /// Milliseconds above which the answer is degraded.
        slow_ms: Option<u32>,
    },
    /// The version that the service says it runs.
    RunningVersion {
        /// One address per instance, or a load balancer's.
        urls: Vec<String>,
        /// Where the version stands in the JSON answer (RFC 6901 pointer); empty for a plain-text answer.
        pointer: String,
    },
}

/// A check to add to an environment, or to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PutCheckRequest {
    /// The environment that it watches.
    pub environment_id: String,
    /// The check; with an id it is changed.
    pub check: CheckDto,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MeasurementView {
    /// When it was asked for.
    pub at: String,
    /// Microseconds until the answer was there, where there was one.
    pub latency_us: Option<u32>,
    /// What came out.
    pub outcome: OutcomeWord,
    /// Why, for anything but passed.
    pub reason: Option<String>,
}

/// What came out of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeWord {
    /// As it should be.
    Passed,
    /// Works, but not well.
    Degraded,
    /// Not as it should be.
    Failed,
    /// Could not be measured.
    NoData,
}

/// What trying a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TriedCheckView {
    /// The measurement. Nothing of it is kept.
    pub measurement: MeasurementView,
    /// What each address said it runs, for a check of the running version.
    pub versions: Vec<InstanceVersionView>,
}

/// What one address says it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InstanceVersionView {
    /// The address.
    pub url: String,
    /// The version.
    pub version: Option<String>,
    /// Why it can't be read.
    pub reason: Option<String>,
}

impl From<&HealthCheck> for CheckDto {
    fn from(check: &HealthCheck) -> Self {
        Self {
            id: Some(check.id.to_string()),
            name: check.name.clone(),
            probe: ProbeDto::from(&check.probe),
            interval_seconds: check.interval_seconds,
            timeout_ms: check.timeout_ms,
            failure_threshold: check.failure_threshold,
            recovery_threshold: check.recovery_threshold,
            enabled: check.enabled,
        }
    }
}

impl From<&Probe> for ProbeDto {
    fn from(probe: &Probe) -> Self {
        match probe.clone() {
            Probe::Http { url, status_min, status_max, body_contains, slow_ms } => {
                Self::Http { url, status_min, status_max, body_contains, slow_ms }
            }
            Probe::RunningVersion { urls, pointer } => Self::RunningVersion { urls, pointer },
        }
    }
}

impl From<ProbeDto> for Probe {
    fn from(probe: ProbeDto) -> Self {
        match probe {
            ProbeDto::Http { url, status_min, status_max, body_contains, slow_ms } => {
                let body_contains = body_contains.filter(|text| !text.is_empty());
                Self::Http { url, status_min, status_max, body_contains, slow_ms }
            }
            ProbeDto::RunningVersion { urls, pointer } => Self::RunningVersion { urls, pointer },
        }
    }
}

impl CheckDto {
    /// The check in the domain's words. What isn't known yet is nil: the engine fills it in. `known` is the check as it is now.
    pub(crate) fn decode(self, known: Option<&HealthCheck>, environment: Option<EnvironmentId>) -> Result<HealthCheck, ApiError> {
        let named = optional_id("id", self.id.as_deref())?;
        Ok(HealthCheck {
            id: named.unwrap_or_else(|| CheckId::new(Uuid::nil())),
            revision: known.map_or(0, |c| c.revision),
            product_id: known.map_or_else(|| ProductId::new(Uuid::nil()), |c| c.product_id),
            environment_id: environment.unwrap_or_else(|| EnvironmentId::new(Uuid::nil())),
            name: self.name,
            probe: self.probe.into(),
            interval_seconds: self.interval_seconds,
            timeout_ms: self.timeout_ms,
            failure_threshold: self.failure_threshold,
            recovery_threshold: self.recovery_threshold,
            enabled: self.enabled,
        })
    }
}

impl From<&Measurement> for MeasurementView {
    fn from(measured: &Measurement) -> Self {
        let (outcome, reason) = match &measured.outcome {
            Outcome::Passed => (OutcomeWord::Passed, None),
            Outcome::Degraded { reason } => (OutcomeWord::Degraded, Some(reason.clone())),
            Outcome::Failed { reason } => (OutcomeWord::Failed, Some(reason.clone())),
            Outcome::NoData { reason } => (OutcomeWord::NoData, Some(reason.clone())),
        };
        Self { at: shown(measured.at), latency_us: measured.latency_us, outcome, reason }
    }
}

impl From<TriedCheck> for TriedCheckView {
    fn from(tried: TriedCheck) -> Self {
        let versions = tried.versions.into_iter().map(|instance| match instance.version {
            Ok(version) => InstanceVersionView { url: instance.url, version: Some(version), reason: None },
            Err(reason) => InstanceVersionView { url: instance.url, version: None, reason: Some(reason) },
        });
        Self { measurement: MeasurementView::from(&tried.measurement), versions: versions.collect() }
    }
}

impl Api {
    /// Measures a check as it is given, and keeps nothing.
    ///
    /// # Errors
    /// `invalid` for values out of range. A failed measurement is no error: it is what was found out.
    pub async fn try_check(&self, request: CheckDto) -> Result<TriedCheckView, ApiError> {
        let check = request.decode(None, None)?;
        Ok(self.engine.try_check(check).await?.into())
    }

    /// Adds a check, or changes the one whose id is given.
    ///
    /// # Errors
    /// `invalid` for values out of range; `taken` for a name in use.
    pub async fn put_check(&self, request: PutCheckRequest) -> Result<CheckDto, ApiError> {
        let environment = id("environment_id", &request.environment_id)?;
        let known = match optional_id("id", request.check.id.as_deref())? {
            Some(id) => Some(self.store().check(id).await?),
            None => None,
        };
        let check = request.check.decode(known.as_ref(), Some(environment))?;
        Ok(CheckDto::from(&self.engine.put_check(&self.actor, check).await?))
    }

    /// Takes a check away, with its history.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn remove_check(&self, request: IdRequest) -> Result<(), ApiError> {
        Ok(self.engine.remove_check(&self.actor, id("id", &request.id)?).await?)
    }
}
