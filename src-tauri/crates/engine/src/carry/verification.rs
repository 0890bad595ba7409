//! Reads a service back after its run succeeded: which version it says it runs, and how its checks go. Must not judge: that is
//! the machine's part.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::monitor::measure::{measure_http, seen_versions};
use pilothouse_domain::check::{Outcome, Probe};
use pilothouse_domain::deployment::{Deployment, Reading, VersionReading};
use std::time::Duration;

impl Engine {
    pub(super) async fn read_service(&self, deployment: &Deployment) -> Result<Reading, EngineError> {
        let checks = self.store().checks(Some(deployment.environment_id)).await?;
        let mut reading = Reading { version: VersionReading::NotConfigured, checks: 0, failing: Vec::new(), no_data: Vec::new() };
        for check in checks.iter().filter(|c| c.enabled) {
            let timeout = Duration::from_millis(check.timeout_ms.into());
            match &check.probe {
                Probe::RunningVersion { urls, pointer } => {
                    let instances = self.ports.prober.running_versions(urls, pointer, timeout).await;
                    let read = match seen_versions(&instances) {
                        Ok(seen) if seen.iter().all(|(version, _)| deployment.version.is_said_by(version)) => VersionReading::AsWanted,
                        Ok(seen) => VersionReading::Other { seen: in_words(&seen, instances.len()) },
                        Err(reason) => VersionReading::NoData { reason },
                    };
                    reading.version = worse(reading.version, read);
                }
                Probe::Http { .. } => {
                    reading.checks = reading.checks.saturating_add(1);
                    let Some(measured) = measure_http(self.ports.prober.as_ref(), check).await else { continue };
                    match measured.outcome {
                        Outcome::Passed | Outcome::Degraded { .. } => {}
                        Outcome::Failed { reason } => reading.failing.push(format!("{} fails: {reason}", check.name)),
                        Outcome::NoData { reason } => reading.no_data.push(format!("{} has no data: {reason}", check.name)),
                    }
                }
            }
        }
        Ok(reading)
    }
}

/// "1.1.0 on 2 of 4, 1.2.0 on 2 of 4".
pub(crate) fn in_words(seen: &[(String, usize)], instances: usize) -> String {
    let parts: Vec<String> = seen.iter().map(|(version, count)| format!("{version} on {count} of {instances}")).collect();
    parts.join(", ")
}

/// Several checks may read the version: a definite no outweighs a missing answer, which outweighs a yes.
fn worse(one: VersionReading, other: VersionReading) -> VersionReading {
    const fn rank(reading: &VersionReading) -> u8 {
        match reading {
            VersionReading::NotConfigured => 0,
            VersionReading::AsWanted => 1,
            VersionReading::NoData { .. } => 2,
            VersionReading::Other { .. } => 3,
        }
    }
    if rank(&other) > rank(&one) { other } else { one }
}
