//! Words that several views share: the states of checks, and the small vocabulary of marks that timelines and lists are drawn with.

use pilothouse_domain::check::Health;
use serde::{Deserialize, Serialize};
use specta::Type;

/// The health of a check or an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum HealthWord {
    /// Passed last time.
    Healthy,
    /// Never measured, not measurable now, or there is no check.
    NoData,
    /// Works, but not well.
    Degraded,
    /// Failed as often in a row as its threshold says.
    Failing,
}

impl From<Health> for HealthWord {
    fn from(health: Health) -> Self {
        match health {
            Health::Healthy => Self::Healthy,
            Health::NoData => Self::NoData,
            Health::Degraded => Self::Degraded,
            Health::Failing => Self::Failing,
        }
    }
}

/// What a line in a list is marked with: the window's words for states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the word that is shown")]
pub enum Glyph {
    Healthy,
    Passed,
    Verified,
    Completed,
    Failing,
    Failed,
    Degraded,
    Notice,
    Blocked,
    Locked,
    Errored,
    Waiting,
    Running,
    Deploying,
    Soaking,
    Queued,
    Cancelled,
    Aborted,
    MarkedBad,
    RolledBack,
    NotStarted,
    NoData,
    Draft,
    Planned,
    InApproval,
    Approved,
    InProgress,
    Verifying,
}
