//! Looks at a service after a run succeeded: which version it says it runs, and how its checks go. Must not judge: that is the
//! machine's part.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::monitor::measure::{measure_http, seen_versions};
use crate::ports::prober::InstanceVersion;
use futures::stream::{self, StreamExt};
use pilothouse_domain::check::{HealthCheck, Outcome, Probe};
use pilothouse_domain::deployment::{Deployment, Instances, Reading, VersionReading};
use std::time::Duration;

/// How many checks are asked at a time.
const AT_A_TIME: usize = 16;

/// What a check says about what a deployment has brought.
pub(super) enum Looked {
    /// Which version runs.
    Version(VersionReading, Option<Instances>),
    /// How the service is.
    Health(Outcome),
}

impl Engine {
    pub(super) async fn read_service(&self, deployment: &Deployment) -> Result<Reading, EngineError> {
        let mut reading =
            Reading { version: VersionReading::NotConfigured, checks: 0, failing: Vec::new(), no_data: Vec::new(), instances: None };
        for (check, looked) in self.look_at_service(deployment).await? {
            match looked {
                Looked::Version(version, instances) => {
                    reading.version = worse(reading.version, version);
                    reading.instances = reading.instances.or(instances);
                }
                Looked::Health(outcome) => {
                    reading.checks = reading.checks.saturating_add(1);
                    match outcome {
                        Outcome::Passed | Outcome::Degraded { .. } => {}
                        Outcome::Failed { reason } => reading.failing.push(format!("{} fails: {reason}", check.name)),
                        Outcome::NoData { reason } => reading.no_data.push(format!("{} has no data: {reason}", check.name)),
                    }
                }
            }
        }
        Ok(reading)
    }

    /// What the environment's enabled checks say now, in their order.
    pub(super) async fn look_at_service(&self, deployment: &Deployment) -> Result<Vec<(HealthCheck, Looked)>, EngineError> {
        let checks = self.store().checks(Some(deployment.environment_id)).await?;
        let looks = checks.into_iter().filter(|check| check.enabled).map(|check| async move {
            let looked = self.look_at_check(deployment, &check).await;
            (check, looked)
        });
        Ok(stream::iter(looks).buffered(AT_A_TIME).collect().await)
    }

    async fn look_at_check(&self, deployment: &Deployment, check: &HealthCheck) -> Looked {
        match &check.probe {
            Probe::RunningVersion { urls, pointer } => {
                let timeout = Duration::from_millis(check.timeout_ms.into());
                let said = self.ports.prober.running_versions(urls, pointer, timeout).await;
                let read = match seen_versions(&said) {
                    Ok(seen) if seen.iter().all(|(version, _)| deployment.version.is_said_by(version)) => VersionReading::AsWanted,
                    Ok(seen) => VersionReading::Other { seen: in_words(&seen, said.len()) },
                    Err(reason) => VersionReading::NoData { reason },
                };
                Looked::Version(read, counted(deployment, &said))
            }
            Probe::Http { .. } => match measure_http(self.ports.prober.as_ref(), check).await {
                Some(measured) => Looked::Health(measured.outcome),
                None => Looked::Health(Outcome::NoData { reason: "it was not measured".to_owned() }),
            },
        }
    }
}

/// How many of the instances say that they have the version; `None` where one doesn't say.
fn counted(deployment: &Deployment, said: &[InstanceVersion]) -> Option<Instances> {
    let versions: Option<Vec<&String>> = said.iter().map(|instance| instance.version.as_ref().ok()).collect();
    let with = versions?.into_iter().filter(|version| deployment.version.is_said_by(version)).count();
    Some(Instances { with: u16::try_from(with).ok()?, of: u16::try_from(said.len()).ok()? })
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
