//! A health check in a settings file.

use super::{is_true, yes};
use crate::check::{HealthCheck, Probe};
use crate::strict_yaml::YamlFault;
use crate::{CheckId, EnvironmentId, ProductId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A health check: either `http` or `running_version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckSettings {
    /// Its name, unique within the environment.
    pub name: String,
    /// A GET over HTTP or HTTPS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpCheck>,
    /// The version that the service says it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_version: Option<RunningVersionCheck>,
    /// Seconds between two measurements.
    #[schemars(range(min = 1, max = 86400))]
    #[serde(default = "usual_interval")]
    pub interval_seconds: u32,
    /// Milliseconds after which a measurement counts as failed.
    #[schemars(range(min = 100, max = 60000))]
    #[serde(default = "usual_timeout")]
    pub timeout_ms: u32,
    /// Failures in a row that make it failing.
    #[schemars(range(min = 1, max = 100))]
    #[serde(default = "usual_failures")]
    pub failure_threshold: u16,
    /// Passes in a row that make a failing check healthy again.
    #[schemars(range(min = 1, max = 100))]
    #[serde(default = "usual_passes")]
    pub recovery_threshold: u16,
    /// False while it is switched off.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub enabled: bool,
}

/// A GET over HTTP or HTTPS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpCheck {
    /// What is asked. Holds no user name, password or token.
    pub url: String,
    /// Lowest status that passes.
    #[schemars(range(min = 100, max = 599))]
    #[serde(default = "lowest_status")]
    pub status_min: u16,
    /// Highest status that passes.
    #[schemars(range(min = 100, max = 599))]
    #[serde(default = "highest_status")]
    pub status_max: u16,
    /// Text that must stand in the first 64 KiB of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_contains: Option<String>,
    /// Milliseconds above which the answer counts as degraded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_ms: Option<u32>,
}

/// The version that the service says it runs. Compared with what was deployed last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunningVersionCheck {
    /// One address per instance, or a load balancer's.
    #[schemars(length(min = 1))]
    pub urls: Vec<String>,
    /// Where the version stands in the JSON answer (RFC 6901); empty for a plain-text answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pointer: String,
}

const fn usual_interval() -> u32 {
    15
}

const fn usual_timeout() -> u32 {
    5_000
}

const fn usual_failures() -> u16 {
    3
}

const fn usual_passes() -> u16 {
    2
}

const fn lowest_status() -> u16 {
    200
}

const fn highest_status() -> u16 {
    299
}

impl CheckSettings {
    pub(super) fn of(check: &HealthCheck) -> Self {
        let (http, running_version) = match check.probe.clone() {
            Probe::Http { url, status_min, status_max, body_contains, slow_ms } => {
                (Some(HttpCheck { url, status_min, status_max, body_contains, slow_ms }), None)
            }
            Probe::RunningVersion { urls, pointer } => (None, Some(RunningVersionCheck { urls, pointer })),
        };
        Self {
            name: check.name.clone(),
            http,
            running_version,
            interval_seconds: check.interval_seconds,
            timeout_ms: check.timeout_ms,
            failure_threshold: check.failure_threshold,
            recovery_threshold: check.recovery_threshold,
            enabled: check.enabled,
        }
    }

    /// The check, with the id that it has already, or will have.
    ///
    /// # Errors
    /// Where it measures nothing, or two things.
    pub fn check(&self, field: &str, id: CheckId, product: ProductId, environment: EnvironmentId) -> Result<HealthCheck, YamlFault> {
        let probe = match (self.http.clone(), self.running_version.clone()) {
            (Some(HttpCheck { url, status_min, status_max, body_contains, slow_ms }), None) => {
                Probe::Http { url, status_min, status_max, body_contains, slow_ms }
            }
            (None, Some(RunningVersionCheck { urls, pointer })) => Probe::RunningVersion { urls, pointer },
            _ => return Err(YamlFault::at(field, "say either `http` or `running_version`")),
        };
        Ok(HealthCheck {
            id,
            revision: 0,
            product_id: product,
            environment_id: environment,
            name: self.name.clone(),
            probe,
            interval_seconds: self.interval_seconds,
            timeout_ms: self.timeout_ms,
            failure_threshold: self.failure_threshold,
            recovery_threshold: self.recovery_threshold,
            enabled: self.enabled,
        })
    }
}
