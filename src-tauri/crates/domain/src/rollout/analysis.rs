//! Judging a phase by what is measured while it is watched: passed, failed, undecided, or not to be told. Pure; the sums are kept
//! with the deployment, so that a restart neither forgets a failure nor counts one twice.
//!
//! Must not take a missing answer for a good or a bad one, nor time in which nobody looked for time in which all was well.

use super::PhaseRules;
use crate::{GateId, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What one measurement found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Each thing that was looked at.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What, in words: "check Checkout".
    pub rule: String,
    /// False where it is measured and shown, and decides nothing.
    pub decides: bool,
    /// What it says.
    pub outcome: FindingOutcome,
    /// The gate at the provider that it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateId>,
}

/// What a thing says that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum FindingOutcome {
    /// All is well.
    Passed,
    /// It hasn't said anything yet.
    Waiting {
        /// What for.
        what: String,
    },
    /// A definite no.
    Failed {
        /// Why.
        reason: String,
    },
    /// It couldn't be measured.
    NoData {
        /// Why not.
        reason: String,
    },
}

/// What the measurements of a phase come to so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Measurements in a row in which everything passed, up to what is asked for.
    pub passes: u16,
    /// Measurements that failed.
    pub failures: u16,
    /// Measurements in a row without an answer.
    pub errors: u16,
    /// What the last one found.
    pub last: Vec<Finding>,
}

/// How long a phase was watched. Only time between two looks that follow each other counts: while the machine slept, nobody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Seconds that count, up to `seen_at`.
    pub watched_seconds: u32,
    /// A look up to which they are counted. Moves on in steps, so that a quiet watch writes little.
    pub seen_at: Timestamp,
}

/// What a watch comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that is asked for holds.
    Passed,
    /// The release is bad.
    Failed {
        /// Why.
        reason: String,
    },
    /// Neither good nor bad within the time.
    Undecided {
        /// What is missing.
        reason: String,
    },
    /// It couldn't be measured.
    Errored {
        /// Why not.
        reason: String,
    },
}

impl Tally {
    /// What stands in the way by the last measurement, in words; `None` where all that decides is well.
    #[must_use]
    pub fn in_the_way(&self) -> Option<String> {
        self.last.iter().filter(|finding| finding.decides).find_map(|finding| match &finding.outcome {
            FindingOutcome::Passed => None,
            FindingOutcome::Waiting { what } => Some(format!("{} waits for {what}", finding.rule)),
            FindingOutcome::Failed { reason } => Some(format!("{} fails: {reason}", finding.rule)),
            FindingOutcome::NoData { reason } => Some(format!("{} has no data: {reason}", finding.rule)),
        })
    }
}

/// In how many steps a watch moves on, at least.
const STEPS: u32 = 10;

impl Watch {
    /// A watch that begins.
    #[must_use]
    pub const fn begin(now: Timestamp) -> Self {
        Self { watched_seconds: 0, seen_at: now }
    }

    /// The watch after a look at `now`, and the seconds that count until then.
    #[must_use]
    pub fn look(self, rules: &PhaseRules, now: Timestamp) -> (Self, u32) {
        let gap = u32::try_from(now.since(self.seen_at).as_secs()).unwrap_or(u32::MAX);
        let step = rules.bake_seconds / STEPS;
        // One look may be missed: the machine was busy.
        let longest = step.saturating_add(rules.limits.interval_seconds.saturating_mul(2));
        if gap > longest || now < self.seen_at {
            return (Self { seen_at: now, ..self }, self.watched_seconds);
        }
        let counted = self.watched_seconds.saturating_add(gap);
        if gap >= step.max(1) { (Self { watched_seconds: counted, seen_at: now }, counted) } else { (self, counted) }
    }
}

/// What the measurements come to with one more, and the verdict where there is one. `watched` are the seconds that count so far.
/// A failure outweighs everything; then what can't be told; only then what passed.
#[must_use]
pub fn judge(rules: &PhaseRules, watched: u32, tally: &Tally, sample: Sample) -> (Tally, Option<Outcome>) {
    let limits = &rules.limits;
    let mut next = Tally { last: sample.findings, ..tally.clone() };
    let wanted = limits.in_a_row.max(1);
    if watched < limits.settle_seconds {
        return (next, None);
    }
    let decisive = || next.last.iter().filter(|finding| finding.decides);
    let failed = decisive().find_map(|finding| match &finding.outcome {
        FindingOutcome::Failed { reason } => Some(format!("{}: {reason}", finding.rule)),
        _ => None,
    });
    let no_data = decisive().find_map(|finding| match &finding.outcome {
        FindingOutcome::NoData { reason } => Some(format!("{}: {reason}", finding.rule)),
        _ => None,
    });
    let waiting = decisive().find_map(|finding| match &finding.outcome {
        FindingOutcome::Waiting { what } => Some(format!("{} waits for {what}", finding.rule)),
        _ => None,
    });
    if let Some(reason) = &failed {
        next.failures = next.failures.saturating_add(1);
        (next.passes, next.errors) = (0, 0);
        if next.failures > limits.failures {
            let reason = reason.clone();
            return (next, Some(Outcome::Failed { reason }));
        }
    } else if let Some(reason) = &no_data {
        next.errors = next.errors.saturating_add(1);
        next.passes = 0;
        if next.errors > limits.errors {
            let reason = reason.clone();
            return (next, Some(Outcome::Errored { reason }));
        }
    } else {
        next.errors = 0;
        next.passes = if waiting.is_some() { 0 } else { next.passes.saturating_add(1).min(wanted) };
    }
    let whole = limits.settle_seconds.saturating_add(rules.bake_seconds);
    if watched >= whole && next.passes >= wanted {
        return (next, Some(Outcome::Passed));
    }
    if limits.undecided_seconds > 0 && watched >= whole.saturating_add(limits.undecided_seconds) {
        let so_far = format!("{} of {wanted} good measurements in a row", next.passes);
        let reason = failed.or(no_data).or(waiting).unwrap_or(so_far);
        return (next, Some(Outcome::Undecided { reason }));
    }
    (next, None)
}

/// How long until the next look.
#[must_use]
pub fn pause(rules: &PhaseRules) -> Duration {
    Duration::from_secs(rules.limits.interval_seconds.max(1).into())
}
