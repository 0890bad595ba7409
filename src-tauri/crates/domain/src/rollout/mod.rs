//! How a release goes out in an environment: phase by phase, each with its share, how long it is watched, and what must hold before
//! the next one. Frozen in the release's plan, so that what is approved is what runs.
//!
//! Must not know how a deployment stands: that is [`deployment`](crate::deployment); and must not judge a measurement alone: see
//! [`analysis`].

pub mod analysis;
pub mod provider_gate;
mod template;
mod validate;

pub use analysis::{Finding, FindingOutcome, Outcome, Sample, Tally, Watch};
pub use template::RolloutTemplate;
pub use validate::RolloutFault;

use serde::{Deserialize, Serialize};

/// The most phases that a rollout has.
pub const MAX_PHASES: usize = 20;
/// The longest that a phase is watched, in seconds: 14 days.
pub const MAX_BAKE_SECONDS: u32 = 14 * 24 * 3600;

/// The phases of a rollout, and what happens when one is found bad.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// The phases, in order. Empty: all at once, without a watch.
    pub phases: Vec<PlannedPhase>,
    /// What a phase that is found bad leads to.
    #[serde(default)]
    pub on_failure: OnFailure,
}

/// A phase as it is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPhase {
    /// Share of the environment that has the version after it, in percent: 0 to 100. 0: it stands beside, and nobody is led to it.
    pub weight_percent: u8,
    /// What else is planned about it.
    pub rules: PhaseRules,
}

/// What is planned about a phase besides its share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseRules {
    /// What people call it; unique within the rollout. Empty only in a deployment without a plan of phases.
    pub name: String,
    /// The group that it goes to: a ring, a region, a set of instances, as the pipeline knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The pipeline that is started in place of the environment's, with the same ref and inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// Seconds for which it is watched before it has passed. 0 to 1,209,600 (14 days).
    #[serde(default)]
    pub bake_seconds: u32,
    /// What must hold before it has passed.
    #[serde(default)]
    pub gates: Vec<PhaseGate>,
    /// How what is measured is judged.
    #[serde(default)]
    pub limits: Limits,
    /// Names of health checks that are measured and shown, and decide nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dry_run: Vec<String>,
    /// Whether a person says that the next phase may begin.
    #[serde(default)]
    pub needs_person: bool,
    /// Whether it may neither be skipped nor be passed in spite of a failure.
    #[serde(default)]
    pub required: bool,
    /// How often its run is tried again by itself when it fails. 0 to 5.
    #[serde(default)]
    pub retries: u8,
}

/// What is asked before a phase has passed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "gate", rename_all = "snake_case")]
pub enum PhaseGate {
    /// The environment's health checks pass.
    Health,
    /// The environment's smoke tests are run, and pass.
    Smoke,
    /// User acceptance testing of this version in the environment is signed off.
    Uat,
    /// Another system says so. It is asked by GET; an answer of 200 is a yes, unless its body is a JSON object whose `status` is
    /// `failed` or `waiting`; 202 is "not yet". Everything else can't be told.
    External {
        /// Where it is asked; `http` or `https`. Holds no secret.
        url: String,
    },
    /// The provider's own gate of this name in the phase's run is approved: an environment's approval, a manual job, a question in the
    /// middle of the run, an approval step.
    Provider {
        /// What the provider calls it, whatever its case.
        name: String,
    },
}

/// How measurements are judged. Source: Argo Rollouts, "Analysis & Progressive Delivery"; Azure Pipelines, "Release gates".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds after the deployment whose measurements are shown, but don't count. 0 to 86,400.
    pub settle_seconds: u32,
    /// Seconds between two measurements. 5 to 3,600.
    pub interval_seconds: u32,
    /// How many measurements in a row everything must pass in. 1 to 1,000.
    pub in_a_row: u16,
    /// How many measurements may fail. 0 to 1,000.
    pub failures: u16,
    /// How many measurements in a row may bring no answer. 0 to 1,000.
    pub errors: u16,
    /// Seconds after the watch after which a phase that is neither good nor bad is put to a person. 0 to 2,592,000 (30 days);
    /// 0: it waits as long as it takes.
    pub undecided_seconds: u32,
}

/// What a phase that is found bad leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum OnFailure {
    /// The deployment has failed.
    #[default]
    End,
    /// A person is asked: try again, go on in spite of it, leave the group out, or let it end.
    Ask,
    /// The environment goes back to the version before by itself, unless a person steps in meanwhile.
    RollBack {
        /// Seconds in which a person can step in. 0 to 3,600.
        countdown_seconds: u32,
    },
}

impl Limits {
    /// What most checks need: no failure, at most four measurements in a row without an answer, an hour to decide.
    pub const USUAL: Self = Self { settle_seconds: 0, interval_seconds: 30, in_a_row: 1, failures: 0, errors: 4, undecided_seconds: 3600 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::USUAL
    }
}

impl PhaseRules {
    /// True where nothing is planned.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Whether there is something to wait for after its run and the first look at the service.
    #[must_use]
    pub const fn is_watched(&self) -> bool {
        self.bake_seconds > 0 || !self.gates.is_empty() || self.needs_person
    }
}

impl Rollout {
    /// True where nothing is planned: all at once, as an environment has it that nobody set up.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// The phases; one of 100 percent where none are planned.
    #[must_use]
    pub fn planned(&self) -> Vec<PlannedPhase> {
        if self.phases.is_empty() {
            return vec![PlannedPhase { weight_percent: 100, rules: PhaseRules::default() }];
        }
        self.phases.clone()
    }
}
