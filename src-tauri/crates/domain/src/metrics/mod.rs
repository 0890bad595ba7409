//! Delivery metrics of a product in one of its environments: lead time for changes, deployment frequency, change failure rate and time to
//! restore, after the four keys of DORA (<https://dora.dev/guides/dora-metrics-four-keys/>). Each says what it counts, over which time, and
//! how much there was to count. Too little is [`None`], never a zero.
//!
//! Must not: read the clock (the window is given), or take what could not be told for a failure: an errored deployment counts nowhere.

mod samples;

use crate::deployment::Deployment;
use crate::incident::Incident;
use crate::release::Release;
use crate::{EnvironmentId, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A week: the width of a point in a plot.
pub const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);

/// The longest window, in weeks: two years.
pub const MAX_WEEKS: u32 = 104;

/// A delivery metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Seconds from a commit to its deployment.
    LeadTime,
    /// Deployments in a week.
    DeploymentFrequency,
    /// Share of deployments that failed, 0 to 1.
    ChangeFailureRate,
    /// Seconds from a disturbance to its end.
    TimeToRestore,
}

/// From when to when something is counted. The end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From here on.
    pub from: Timestamp,
    /// Up to here.
    pub to: Timestamp,
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryFacts<'a> {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// The releases of the deployments.
    pub releases: &'a [Release],
    /// The deployments to the environment, in any order: all that ended in the window, and those before and after that they hang together with.
    pub deployments: &'a [Deployment],
    /// The environment's incidents, in any order.
    pub incidents: &'a [Incident],
}

/// What a metric comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Which metric.
    pub metric: Metric,
    /// Its value over the whole window, in the metric's unit; `None`: not enough data.
    pub value: Option<f64>,
    /// How much was counted: commits, deployments, disturbances.
    pub sample: u32,
    /// What is missing for a value; empty where there is one.
    pub missing: String,
    /// Disturbances that have no end yet, and so don't count.
    pub still_open: u32,
    /// Week by week, oldest first; the last ends with the window.
    pub points: Vec<Point>,
}

/// What a metric comes to in a week.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Its beginning.
    pub from: Timestamp,
    /// Its value; `None` where there was nothing to count.
    pub value: Option<f64>,
    /// How much was counted.
    pub sample: u32,
}

/// How many hotfixes came to the environment in the window; each counts once, with its first successful deployment there.
#[must_use]
pub fn hotfixes(facts: &DeliveryFacts<'_>, window: Window) -> u32 {
    let first = |release: &Release| {
        let own = facts.deployments.iter().filter(|d| d.environment_id == facts.environment_id && d.release_id == release.id);
        own.filter(|d| !d.is_rollback()).filter_map(|d| d.deployed_at).min()
    };
    let came = facts.releases.iter().filter(|release| release.is_hotfix()).filter_map(first);
    u32::try_from(came.filter(|at| (window.from..window.to).contains(at)).count()).unwrap_or(u32::MAX)
}

/// Something that was counted.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    at: Timestamp,
    value: f64,
}

impl Metric {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::LeadTime, Self::DeploymentFrequency, Self::ChangeFailureRate, Self::TimeToRestore];

    /// As people read it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::LeadTime => "Lead time for changes",
            Self::DeploymentFrequency => "Deployment frequency",
            Self::ChangeFailureRate => "Change failure rate",
            Self::TimeToRestore => "Time to restore",
        }
    }

    /// What it counts, in the words that people hold it to.
    #[must_use]
    pub const fn definition(self) -> &'static str {
        match self {
            Self::LeadTime => {
                "The median time from a commit to the first successful deployment here of the release that brought it. Counted are the commits in the changelogs of those releases whose time is known. A version that is deployed again, or comes back, counts no second time."
            }
            Self::DeploymentFrequency => {
                "Successful deployments forward, per week. Rollbacks don't count. Days before the first deployment that is known here don't count either; it takes a week of history."
            }
            Self::ChangeFailureRate => {
                "The share of deployments forward that failed, of those that ended well or badly. One has failed where its run failed, where the service did not come up with it, where it was rolled back, where an incident began while it was live, or where its release was marked bad. Unlike in DORA's own wording, deployments that failed before anybody saw them count, too. What was cancelled, or could not be told, counts nowhere."
            }
            Self::TimeToRestore => {
                "The median time from the beginning of an incident to its end. A failed deployment without an incident counts from its failure, or from the beginning of its rollback, to the next deployment that succeeded here. What is still open is told beside it and doesn't count."
            }
        }
    }

    /// What its sample consists of, for one and for many.
    #[must_use]
    pub const fn counted(self) -> (&'static str, &'static str) {
        match self {
            Self::LeadTime => ("commit", "commits"),
            Self::DeploymentFrequency | Self::ChangeFailureRate => ("deployment", "deployments"),
            Self::TimeToRestore => ("disturbance", "disturbances"),
        }
    }

    /// So much must be counted for a value.
    #[must_use]
    pub const fn needed(self) -> u32 {
        match self {
            Self::DeploymentFrequency => 1,
            Self::LeadTime | Self::ChangeFailureRate | Self::TimeToRestore => 3,
        }
    }

    /// A value of it in words: `3 d 4 h`, `2.5 a week`, `12 %`.
    #[must_use]
    pub fn words(self, value: f64) -> String {
        match self {
            Self::LeadTime | Self::TimeToRestore => duration_words(value),
            Self::DeploymentFrequency => format!("{} a week", rounded(value)),
            Self::ChangeFailureRate => format!("{} %", rounded(value * 100.0)),
        }
    }
}

impl Window {
    /// The last so many weeks before a moment.
    #[must_use]
    pub fn last_weeks(weeks: u32, to: Timestamp) -> Self {
        let seconds = WEEK.as_secs() * u64::from(weeks.clamp(1, MAX_WEEKS));
        let back = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        Self { from: Timestamp::from_micros(to.as_micros().saturating_sub(back)).unwrap_or(to), to }
    }

    /// Whether a moment lies in it.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// All metrics over a window.
#[must_use]
pub fn measure(facts: &DeliveryFacts<'_>, window: Window) -> Vec<Measure> {
    Metric::ALL.into_iter().map(|metric| one(metric, facts, window)).collect()
}

fn one(metric: Metric, facts: &DeliveryFacts<'_>, window: Window) -> Measure {
    let (all, still_open) = match metric {
        Metric::LeadTime => (samples::lead_times(facts), 0),
        Metric::DeploymentFrequency => (samples::successes(facts), 0),
        Metric::ChangeFailureRate => (samples::judged(facts), 0),
        Metric::TimeToRestore => samples::restores(facts, window),
    };
    let first = all.iter().map(|sample| sample.at).min();
    let counted: Vec<Sample> = all.into_iter().filter(|sample| window.holds(sample.at)).collect();
    let sample = count(&counted);
    let (value, missing) = if metric == Metric::DeploymentFrequency {
        let known = first.map(|first| window.to.since(first.max(window.from))).unwrap_or_default();
        match () {
            () if first.is_none_or(|first| first >= window.to) => (None, "nothing was deployed here yet".to_owned()),
            () if known < WEEK => (None, "the first deployment that is known here is less than a week old".to_owned()),
            () => (Some(f64::from(sample) * WEEK.as_secs_f64() / known.as_secs_f64()), String::new()),
        }
    } else if sample < metric.needed() {
        let (single, many) = metric.counted();
        let there = if sample == 1 { format!("1 {single}") } else { format!("{sample} {many}") };
        (None, format!("{there} in this time, {} needed", metric.needed()))
    } else {
        (aggregate(metric, &counted), String::new())
    };
    Measure { metric, value, sample, missing, still_open, points: points(metric, &counted, window) }
}

fn points(metric: Metric, counted: &[Sample], window: Window) -> Vec<Point> {
    let weeks = u32::try_from(window.to.since(window.from).as_secs().div_ceil(WEEK.as_secs())).unwrap_or(MAX_WEEKS).min(MAX_WEEKS);
    (1..=weeks)
        .rev()
        .map(|back| {
            let from = Window::last_weeks(back, window.to).from;
            let own: Vec<Sample> = counted.iter().filter(|s| s.at >= from && s.at < from.plus(WEEK)).copied().collect();
            let sample = count(&own);
            let value = match metric {
                Metric::DeploymentFrequency => Some(f64::from(sample)),
                _ => aggregate(metric, &own),
            };
            Point { from, value, sample }
        })
        .collect()
}

fn count(samples: &[Sample]) -> u32 {
    u32::try_from(samples.len()).unwrap_or(u32::MAX)
}

/// The median, or of a share the mean; `None` of nothing.
fn aggregate(metric: Metric, samples: &[Sample]) -> Option<f64> {
    let mut values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
    if metric == Metric::ChangeFailureRate {
        return (!values.is_empty()).then(|| values.iter().sum::<f64>() / f64::from(count(samples)));
    }
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { upper } else { f64::midpoint(*values.get(middle.checked_sub(1)?)?, upper) })
}

/// One digit after the point, where it says something.
fn rounded(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Seconds as people say them, in the two largest units.
#[must_use]
pub fn duration_words(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default().as_secs();
    let (days, hours, minutes) = (whole / 86_400, whole % 86_400 / 3_600, whole % 3_600 / 60);
    match () {
        () if days > 0 && hours > 0 => format!("{days} d {hours} h"),
        () if days > 0 => format!("{days} d"),
        () if hours > 0 && minutes > 0 => format!("{hours} h {minutes} min"),
        () if hours > 0 => format!("{hours} h"),
        () if minutes > 0 => format!("{minutes} min"),
        () => format!("{whole} s"),
    }
}

#[cfg(test)]
mod tests;
