//! Takes one measurement of a check. Must not keep it.

use crate::carry::verification::in_words;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::Prober;
use crate::ports::prober::{HttpProbe, InstanceVersion};
use pilothouse_domain::check::{HealthCheck, Measurement, Outcome, Probe};
use pilothouse_domain::policy::current_deployment;
use std::time::Duration;

/// What measuring brought.
pub(crate) struct Measured {
    /// The measurement.
    pub(crate) measurement: Measurement,
    /// The versions that were read, each once.
    pub(crate) versions: Vec<String>,
}

impl Engine {
    /// Measures a check once, now.
    pub(crate) async fn measure(&self, check: &HealthCheck) -> Result<Measured, EngineError> {
        if let Some(mut measurement) = measure_http(self.ports.prober.as_ref(), check).await {
            measurement.at = self.now();
            return Ok(Measured { measurement, versions: Vec::new() });
        }
        let at = self.now();
        let mut versions: Vec<String> = Vec::new();
        let outcome = match &check.probe {
            Probe::RunningVersion { urls, pointer } => {
                let timeout = Duration::from_millis(check.timeout_ms.into());
                let instances = self.ports.prober.running_versions(urls, pointer, timeout).await;
                for version in instances.iter().filter_map(|instance| instance.version.as_ref().ok()) {
                    if !versions.contains(version) {
                        versions.push(version.clone());
                    }
                }
                self.judge_version(check, &instances).await?
            }
            Probe::Http { .. } => Outcome::NoData { reason: "not measured".to_owned() },
        };
        Ok(Measured { measurement: Measurement { at, latency_us: None, outcome }, versions })
    }

    /// A version is as it should be where it is what was deployed last; while a deployment is under way, either side is.
    async fn judge_version(&self, check: &HealthCheck, instances: &[InstanceVersion]) -> Result<Outcome, EngineError> {
        let seen = match seen_versions(instances) {
            Ok(seen) => seen,
            Err(reason) => return Ok(Outcome::Failed { reason }),
        };
        let deployments = self.store().policy_deployments(check.product_id).await?;
        let Some(current) = current_deployment(&deployments, check.environment_id) else { return Ok(Outcome::Passed) };
        let under_way = deployments.iter().find(|d| d.environment_id == check.environment_id && !d.state.is_terminal());
        let is_wanted = |said: &str| std::iter::once(current).chain(under_way).any(|d| d.version.is_said_by(said));
        let as_wanted = seen.iter().all(|(version, _)| is_wanted(version));
        Ok(if as_wanted {
            Outcome::Passed
        } else {
            Outcome::Failed { reason: format!("{}, should be {}", in_words(&seen, instances.len()), current.version) }
        })
    }
}

/// Measures an HTTP check; `None` for another kind.
pub(crate) async fn measure_http(prober: &dyn Prober, check: &HealthCheck) -> Option<Measurement> {
    let Probe::Http { url, status_min, status_max, body_contains, slow_ms } = &check.probe else { return None };
    let request =
        HttpProbe { url, status_min: *status_min, status_max: *status_max, body_contains: body_contains.as_deref(), slow_ms: *slow_ms };
    Some(prober.http(&request, Duration::from_millis(check.timeout_ms.into())).await)
}

/// Which versions were seen on how many instances.
///
/// # Errors
/// Why the version of some instance can't be read.
pub(crate) fn seen_versions(instances: &[InstanceVersion]) -> Result<Vec<(String, usize)>, String> {
    let mut seen: Vec<(String, usize)> = Vec::new();
    for instance in instances {
        match &instance.version {
            Ok(version) => match seen.iter_mut().find(|(known, _)| known == version) {
                Some((_, count)) => *count += 1,
                None => seen.push((version.clone(), 1)),
            },
            Err(reason) => return Err(format!("{}: {reason}", instance.url)),
        }
    }
    Ok(seen)
}
