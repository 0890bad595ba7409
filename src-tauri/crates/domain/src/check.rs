//! Health checks: what is measured, and how one measurement after another becomes a state. A measurement that could not be
//! taken is no data: never good, never bad.

use crate::{CheckId, EnvironmentId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};

/// A health check of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// Its id.
    pub id: CheckId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The environment.
    pub environment_id: EnvironmentId,
    /// The name, unique within the environment.
    pub name: String,
    /// What is measured.
    pub probe: Probe,
    /// Seconds between two measurements. 1 to 86,400.
    pub interval_seconds: u32,
    /// Milliseconds after which a measurement counts as failed. 100 to 60,000.
    pub timeout_ms: u32,
    /// Failures in a row that make it failing. 1 to 100.
    pub failure_threshold: u16,
    /// Passes in a row that make a failing check healthy again. 1 to 100.
    pub recovery_threshold: u16,
    /// False while it is switched off: measures nothing, alerts nobody.
    pub enabled: bool,
}

/// What a check measures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Probe {
    /// A GET over HTTP or HTTPS.
    Http {
        /// What is asked.
        url: String,
        /// Lowest status that passes.
        status_min: u16,
        /// Highest status that passes.
        status_max: u16,
        /// Text that must stand in the first 64 KiB of the body.
        body_contains: Option<String>,
        /// Milliseconds above which the answer counts as degraded.
        slow_ms: Option<u32>,
    },
    /// The version that the service says it runs. Compared with what was deployed last.
    RunningVersion {
        /// One address per instance, or a load balancer's.
        urls: Vec<String>,
        /// Where the version stands in the JSON answer (RFC 6901 pointer); empty for a plain-text answer.
        pointer: String,
    },
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// When it was asked for.
    pub at: Timestamp,
    /// Microseconds until the answer was there, where there was one.
    pub latency_us: Option<u32>,
    /// What came out.
    pub outcome: Outcome,
}

/// What came out of a measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// Works, but not well.
    Degraded {
        /// What is not well.
        reason: String,
    },
    /// Not as it should be.
    Failed {
        /// What is wrong: "503 instead of 200".
        reason: String,
    },
    /// Could not be measured: our side's fault or nobody's.
    NoData {
        /// Why not.
        reason: String,
    },
}

/// The state of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Passed last time.
    Healthy,
    /// Never measured, or not measurable now.
    NoData,
    /// Works, but not well; or fails, but not yet often enough.
    Degraded,
    /// Failed as often in a row as its threshold says.
    Failing,
}

/// What is known of a check. Holds nothing that ticks, so that a quiet system writes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckState {
    /// The state.
    pub health: Health,
    /// Since when.
    pub since: Timestamp,
    /// Why, for any state but healthy; empty for healthy.
    pub reason: String,
    /// Failures in a row, up to the threshold.
    pub failures: u16,
    /// Passes in a row while failing, up to the recovery threshold.
    pub passes: u16,
    /// The versions that a check of the running version read last, each once; empty where it could read none, and for other checks.
    #[serde(default)]
    pub versions: Vec<String>,
}

/// What a new state means for the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing to tell.
    None,
    /// Another state, but no incident begins or ends by it.
    State,
    /// Crossed its failure threshold.
    StartsFailing,
    /// Recovered from failing.
    Recovers,
}

impl CheckState {
    /// The state of a check that was never measured.
    #[must_use]
    pub const fn unmeasured(since: Timestamp) -> Self {
        Self { health: Health::NoData, since, reason: String::new(), failures: 0, passes: 0, versions: Vec::new() }
    }
}

/// The state after one more measurement, and what that means.
///
/// A failing check stays failing until it passed `recovery_threshold` times in a row: neither a missing measurement nor a
/// degraded one ends an incident, though a degraded one counts as an answer.
#[must_use]
pub fn assess(check: &HealthCheck, state: &CheckState, measured: &Measurement) -> (CheckState, Change) {
    let was_failing = state.health == Health::Failing;
    let next = match &measured.outcome {
        Outcome::Passed | Outcome::Degraded { .. } => {
            let passes = if was_failing { state.passes.saturating_add(1) } else { 0 };
            if was_failing && passes < check.recovery_threshold {
                CheckState { passes, failures: check.failure_threshold, ..state.clone() }
            } else if let Outcome::Degraded { reason } = &measured.outcome {
                moved(state, Health::Degraded, reason, measured.at)
            } else {
                moved(state, Health::Healthy, "", measured.at)
            }
        }
        Outcome::Failed { reason } => {
            let failures = state.failures.saturating_add(1).min(check.failure_threshold);
            let health = if was_failing || failures >= check.failure_threshold { Health::Failing } else { Health::Degraded };
            CheckState { failures, ..moved(state, health, reason, measured.at) }
        }
        // Keeps a failing check failing: not being able to look is no recovery.
        Outcome::NoData { reason } if !was_failing => {
            CheckState { failures: state.failures, ..moved(state, Health::NoData, reason, measured.at) }
        }
        Outcome::NoData { .. } => state.clone(),
    };
    let change = match (was_failing, next.health == Health::Failing) {
        (false, true) => Change::StartsFailing,
        (true, false) => Change::Recovers,
        _ if next.health != state.health || next.reason != state.reason => Change::State,
        _ => Change::None,
    };
    (next, change)
}

fn moved(state: &CheckState, health: Health, reason: &str, at: Timestamp) -> CheckState {
    let since = if state.health == health { state.since } else { at };
    CheckState { health, since, reason: reason.to_owned(), failures: 0, passes: 0, versions: state.versions.clone() }
}

/// The health of several checks together: the worst of them. Without any check there is no data.
#[must_use]
pub fn worst(states: impl IntoIterator<Item = Health>) -> Health {
    states.into_iter().max().unwrap_or(Health::NoData)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn check(failure_threshold: u16, recovery_threshold: u16) -> HealthCheck {
        HealthCheck {
            id: CheckId::new(Uuid::nil()),
            revision: 0,
            product_id: ProductId::new(Uuid::nil()),
            environment_id: EnvironmentId::new(Uuid::nil()),
            name: "home".into(),
            probe: Probe::Http { url: "http://127.0.0.1/".into(), status_min: 200, status_max: 299, body_contains: None, slow_ms: None },
            interval_seconds: 10,
            timeout_ms: 1_000,
            failure_threshold,
            recovery_threshold,
            enabled: true,
        }
    }

    fn run(check: &HealthCheck, letters: &str) -> (CheckState, Vec<Change>) {
        let start = CheckState::unmeasured(Timestamp::from_micros(0).unwrap());
        letters.chars().enumerate().fold((start, Vec::new()), |(state, mut changes), (n, letter)| {
            let outcome = match letter {
                'p' => Outcome::Passed,
                'd' => Outcome::Degraded { reason: "slow".into() },
                'f' => Outcome::Failed { reason: "503 instead of 200".into() },
                _ => Outcome::NoData { reason: "no network".into() },
            };
            let at = Timestamp::from_micros(i64::try_from(n).unwrap() + 1).unwrap();
            let (next, change) = assess(check, &state, &Measurement { at, latency_us: None, outcome });
            changes.push(change);
            (next, changes)
        })
    }

    #[test]
    fn failing_needs_the_threshold_in_a_row() {
        assert_eq!(run(&check(3, 1), "pffp").0.health, Health::Healthy);
        let (state, changes) = run(&check(3, 1), "pfff");
        assert_eq!(state.health, Health::Failing);
        assert_eq!(changes.last(), Some(&Change::StartsFailing));
        assert_eq!(state.since, Timestamp::from_micros(4).unwrap());
    }

    #[test]
    fn recovery_needs_its_own_threshold_and_missing_data_does_not_count() {
        assert_eq!(run(&check(1, 2), "fp").0.health, Health::Failing);
        assert_eq!(run(&check(1, 2), "f??").0.health, Health::Failing);
        let (state, changes) = run(&check(1, 2), "fp?p");
        assert_eq!(state.health, Health::Healthy);
        assert_eq!(changes.last(), Some(&Change::Recovers));
    }

    #[test]
    fn missing_data_is_neither_good_nor_bad() {
        assert_eq!(run(&check(2, 1), "p?").0.health, Health::NoData);
        assert_eq!(run(&check(2, 1), "pf?f").0.health, Health::Failing, "a gap between two failures doesn't hide them");
    }

    #[test]
    fn the_worst_check_decides_and_none_is_no_data() {
        assert_eq!(worst([Health::Healthy, Health::Failing, Health::Degraded]), Health::Failing);
        assert_eq!(worst([]), Health::NoData);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_incident_starts_and_ends_in_turn(letters in "[pdf?]{0,60}", failure in 1u16..5, recovery in 1u16..5) {
            let (_, changes) = run(&check(failure, recovery), &letters);
            let mut open = false;
            for change in changes {
                match change {
                    Change::StartsFailing => { prop_assert!(!open); open = true; }
                    Change::Recovers => { prop_assert!(open); open = false; }
                    Change::None | Change::State => {}
                }
            }
        }
    }
}
