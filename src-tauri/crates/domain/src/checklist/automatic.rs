//! Items that no person ticks: what they look at, and what they say. Their verdict is not kept: it is read from what is known now, so
//! that it can't grow old.

use crate::deployment::Deployment;
use crate::product::Environment;
use crate::release::Release;
use crate::smoke::{self, SmokeRun, SmokeScenario, SmokeStanding, standings};
use crate::{EnvironmentId, Version};
use serde::{Deserialize, Serialize};

/// What an automatic item looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AutomaticItem {
    /// Each health check of the environment is healthy.
    EnvironmentHealthy,
    /// The environment's checks of the running version read the release's version, on every instance.
    RunsVersion,
    /// Each required smoke test of the environment has passed for the release, on what runs there now.
    SmokeTestsPass,
}

/// What an automatic item says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum AutomaticVerdict {
    /// As it should be.
    Passed {
        /// The evidence, in a few words.
        evidence: String,
    },
    /// Not as it should be.
    Failed {
        /// What is wrong.
        reason: String,
    },
    /// Could not be told. Neither good nor bad; holds up as if it were open.
    NoData {
        /// Why not.
        reason: String,
    },
}

/// What is known about an environment now, as far as automatic items look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentReadings {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// How many health checks are switched on.
    pub checks: u32,
    /// What keeps the others from being healthy: name and reason.
    pub not_healthy: Vec<(String, String)>,
    /// What each check of the running version read last.
    pub running: Vec<RunningReading>,
}

/// What a check of the running version read last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningReading {
    /// The check's name.
    pub check: String,
    /// The versions, each once; empty where none could be read.
    pub versions: Vec<String>,
}

impl AutomaticItem {
    /// What it looks at, in words.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::EnvironmentHealthy => "all health checks of the environment are healthy",
            Self::RunsVersion => "the environment runs the release's version",
            Self::SmokeTestsPass => "the required smoke tests of the environment have passed",
        }
    }
}

impl AutomaticVerdict {
    /// True where it holds nothing up.
    #[must_use]
    pub const fn has_passed(&self) -> bool {
        matches!(self, Self::Passed { .. })
    }
}

/// What automatic items look at, for a release.
#[derive(Clone, Copy, Debug)]
pub struct AutomaticSight<'a> {
    /// The release.
    pub release: &'a Release,
    /// The product's environments.
    pub environments: &'a [Environment],
    /// What is read in them.
    pub readings: &'a [EnvironmentReadings],
    /// The product's deployments.
    pub deployments: &'a [Deployment],
    /// Its smoke scenarios.
    pub smoke_scenarios: &'a [SmokeScenario],
    /// The release's smoke runs; of a subject in an environment, the latest is enough.
    pub smoke_runs: &'a [SmokeRun],
}

impl AutomaticSight<'_> {
    /// What an automatic item says of an environment.
    #[must_use]
    pub fn judge(&self, item: &AutomaticItem, environment: EnvironmentId) -> AutomaticVerdict {
        if *item == AutomaticItem::SmokeTestsPass {
            let Some(environment) = self.environments.iter().find(|known| known.id == environment) else {
                return AutomaticVerdict::NoData { reason: "The environment is gone.".to_owned() };
            };
            return smoke_tests(&standings(self.smoke_scenarios, self.smoke_runs, self.deployments, self.release, environment));
        }
        judge(item, &self.release.version, self.readings.iter().find(|known| known.environment_id == environment))
    }
}

/// What an item that looks at an environment's readings says about a version there.
fn judge(item: &AutomaticItem, version: &Version, readings: Option<&EnvironmentReadings>) -> AutomaticVerdict {
    let Some(readings) = readings else {
        return AutomaticVerdict::NoData { reason: "Nothing is known about the environment.".to_owned() };
    };
    match item {
        AutomaticItem::EnvironmentHealthy => healthy(readings),
        AutomaticItem::RunsVersion => runs(version, &readings.running),
        AutomaticItem::SmokeTestsPass => smoke_tests(&[]),
    }
}

fn smoke_tests(standings: &[SmokeStanding<'_>]) -> AutomaticVerdict {
    let required: Vec<_> = standings.iter().filter(|test| test.required).collect();
    let told = |test: &SmokeStanding<'_>| {
        let word = match test.standing {
            smoke::Standing::NotRun => "has not run",
            smoke::Standing::Running => "is running",
            smoke::Standing::Passed => "passed",
            smoke::Standing::Failed { .. } => "failed",
            smoke::Standing::Errored { .. } => "could not tell",
            smoke::Standing::Stale { .. } => "is out of date",
        };
        let why = test.standing.reason().trim_end_matches('.');
        if why.is_empty() { format!("{} {word}", test.name) } else { format!("{} {word}: {why}", test.name) }
    };
    if let Some(failed) = required.iter().find(|test| matches!(test.standing, smoke::Standing::Failed { .. })) {
        return AutomaticVerdict::Failed { reason: told(failed) };
    }
    if let Some(open) = required.iter().find(|test| test.standing != smoke::Standing::Passed) {
        return AutomaticVerdict::NoData { reason: told(open) };
    }
    match required.len() {
        0 => AutomaticVerdict::NoData { reason: "No smoke test is required there. Write a scenario for it.".to_owned() },
        1 => AutomaticVerdict::Passed { evidence: told(required[0]) },
        all => AutomaticVerdict::Passed { evidence: format!("{all} smoke tests passed") },
    }
}

fn healthy(readings: &EnvironmentReadings) -> AutomaticVerdict {
    if readings.checks == 0 {
        return AutomaticVerdict::NoData { reason: "No health check watches the environment. Add one to it.".to_owned() };
    }
    match readings.not_healthy.as_slice() {
        [] if readings.checks == 1 => AutomaticVerdict::Passed { evidence: "1 health check is healthy".to_owned() },
        [] => AutomaticVerdict::Passed { evidence: format!("{} health checks are healthy", readings.checks) },
        [(name, why), rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
            let why = if why.is_empty() { "not measured yet" } else { why };
            AutomaticVerdict::Failed { reason: format!("{name}: {why}{more}") }
        }
    }
}

fn runs(version: &Version, running: &[RunningReading]) -> AutomaticVerdict {
    if running.is_empty() {
        return AutomaticVerdict::NoData { reason: "No check reads the running version there. Add one to the environment.".to_owned() };
    }
    for reading in running {
        if reading.versions.is_empty() {
            return AutomaticVerdict::NoData { reason: format!("{} has read no version yet", reading.check) };
        }
        if let Some(other) = reading.versions.iter().find(|said| !version.is_said_by(said)) {
            return AutomaticVerdict::Failed { reason: format!("{} reads {other}, not {version}", reading.check) };
        }
    }
    AutomaticVerdict::Passed { evidence: format!("{version} is read there") }
}
