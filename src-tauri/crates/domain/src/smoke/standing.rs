//! What is known about a version in an environment by its smoke tests. The latest run of a subject counts, whatever came before: a red
//! re-run takes a green verdict back. Must not take a run for something that it didn't test.

use super::run::{SmokeRun, SmokeRunState, SmokeSubject};
use super::{ScenarioSource, SmokeScenario, digest};
use crate::deployment::Deployment;
use crate::policy::{brought, current_deployment};
use crate::product::Environment;
use crate::release::Release;

/// Runs that are looked at for a flaky mark.
const LOOKED_AT: usize = 20;

/// How a subject stands for a release in an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmokeStanding<'a> {
    /// The subject.
    pub subject: SmokeSubject,
    /// What it is called.
    pub name: &'a str,
    /// Whether the release is held until it has passed.
    pub required: bool,
    /// The run that counts.
    pub latest: Option<&'a SmokeRun>,
    /// What it says.
    pub standing: Standing,
}

/// What the run that counts says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is none.
    NotRun,
    /// It is under way, or about to be.
    Running,
    /// Passed.
    Passed,
    /// Failed: the release is bad.
    Failed {
        /// What was wrong.
        reason: String,
    },
    /// It could not be told.
    Errored {
        /// Why not.
        reason: String,
    },
    /// It says nothing about what is there now.
    Stale {
        /// Why not.
        why: String,
    },
}

/// That a subject says now this, now that, about the same version in the same environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flakiness {
    /// Runs that passed at the first attempt.
    pub passed: u32,
    /// Runs that failed.
    pub failed: u32,
    /// Runs that passed because a step was tried again.
    pub retried: u32,
}

impl Standing {
    /// Its word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotRun => "not_run",
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Failed { .. } => "failed",
            Self::Errored { .. } => "errored",
            Self::Stale { .. } => "stale",
        }
    }

    /// Why it is so, where there is more to say than the word.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Failed { reason } | Self::Errored { reason } | Self::Stale { why: reason } => reason,
            Self::NotRun | Self::Running | Self::Passed => "",
        }
    }
}

/// How every subject stands for a release in an environment: scenarios first, by name. `runs` are the release's; of a subject in an
/// environment, the latest is enough.
#[must_use]
pub fn standings<'a>(
    scenarios: &'a [SmokeScenario],
    runs: &'a [SmokeRun],
    deployments: &[Deployment],
    release: &Release,
    environment: &Environment,
) -> Vec<SmokeStanding<'a>> {
    let current = current_deployment(deployments, environment.id);
    let of_this = |run: &&SmokeRun| run.environment_id == environment.id && run.release_id == release.id;
    let latest = |subject: &SmokeSubject| {
        runs.iter().filter(of_this).filter(|run| run.subject == *subject).max_by_key(|run| (run.requested_at, run.id))
    };
    let mut own: Vec<&SmokeScenario> = scenarios.iter().filter(|scenario| scenario.is_for(environment.id)).collect();
    own.sort_by_key(|scenario| (scenario.name.to_lowercase(), scenario.id));
    let mut standings: Vec<SmokeStanding<'a>> = own
        .into_iter()
        .map(|scenario| {
            let subject = SmokeSubject::Scenario { scenario_id: scenario.id };
            let latest = latest(&subject);
            let standing = latest.map_or(Standing::NotRun, |run| judge(run, current, release, Some(scenario)));
            SmokeStanding { subject, name: &scenario.name, required: scenario.required, latest, standing }
        })
        .collect();
    let mut reports: Vec<&SmokeRun> =
        runs.iter().filter(of_this).filter(|run| matches!(run.subject, SmokeSubject::Report { .. })).collect();
    reports.sort_by(|one, other| one.subject.cmp(&other.subject).then((other.requested_at, other.id).cmp(&(one.requested_at, one.id))));
    reports.dedup_by(|one, other| one.subject == other.subject);
    standings.extend(reports.into_iter().map(|run| SmokeStanding {
        subject: run.subject.clone(),
        name: &run.name,
        required: run.required,
        latest: Some(run),
        standing: judge(run, current, release, None),
    }));
    standings
}

fn judge(run: &SmokeRun, current: Option<&Deployment>, release: &Release, scenario: Option<&SmokeScenario>) -> Standing {
    let stale = |why: String| Standing::Stale { why };
    if run.version != release.version || run.commit != release.source.commit {
        return stale(format!("it ran for {} at another commit", run.version));
    }
    match current {
        Some(current) if !brought(current, release) => {
            return stale(format!("{} runs {} by now", run.environment, current.version));
        }
        // A scenario runs when the deployment is over; a report may have been made by its pipeline.
        Some(current) => {
            let deployed = if scenario.is_some() { current.deployed_at } else { Some(current.requested_at) };
            if deployed.is_some_and(|deployed| run.requested_at < deployed) {
                return stale(format!("{} was deployed to {} again since", current.version, run.environment));
            }
        }
        None => {}
    }
    if let Some(ScenarioSource::Written { text }) = scenario.map(|scenario| &scenario.source)
        && !run.digest.is_empty()
        && run.digest != digest(text)
    {
        return stale("the scenario was changed since".to_owned());
    }
    match &run.state {
        SmokeRunState::Requested | SmokeRunState::Running { .. } => Standing::Running,
        SmokeRunState::Passed { .. } => Standing::Passed,
        SmokeRunState::Failed { reason, .. } => Standing::Failed { reason: reason.clone() },
        SmokeRunState::Errored { reason, .. } => Standing::Errored { reason: reason.clone() },
    }
}

/// Whether runs of one subject, for one version in one environment, newest first, contradict each other. What could not be told says
/// nothing about that.
#[must_use]
pub fn flakiness<'a>(history: impl IntoIterator<Item = &'a SmokeRun>) -> Option<Flakiness> {
    let mut flaky = Flakiness { passed: 0, failed: 0, retried: 0 };
    for run in history.into_iter().take(LOOKED_AT) {
        match run.state {
            SmokeRunState::Passed { .. } if run.passed_after_retry() => flaky.retried += 1,
            SmokeRunState::Passed { .. } => flaky.passed += 1,
            SmokeRunState::Failed { .. } => flaky.failed += 1,
            SmokeRunState::Requested | SmokeRunState::Running { .. } | SmokeRunState::Errored { .. } => {}
        }
    }
    let is_mixed = flaky.failed > 0 && flaky.passed + flaky.retried > 0;
    (is_mixed || flaky.retried > 0).then_some(flaky)
}
