//! A rollout in a settings file.

use super::is_default;
use crate::rollout::{Limits, OnFailure, PhaseGate, PhaseRules, PlannedPhase, Rollout};
use crate::strict_yaml::YamlFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The phases in which a release goes out, and what happens when one is found bad.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RolloutSettings {
    /// The phases, in order. None: all at once, without a watch.
    #[schemars(length(max = 20))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<PhaseSettings>,
    /// What a phase that is found bad leads to.
    #[serde(skip_serializing_if = "is_default")]
    pub on_failure: FailureWord,
    /// Where it goes back by itself: seconds in which a person can step in.
    #[schemars(range(max = 3600))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub countdown_seconds: Option<u32>,
}

/// What a phase that is found bad leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureWord {
    /// The deployment has failed.
    #[default]
    End,
    /// A person is asked.
    Ask,
    /// The environment goes back to the version before by itself.
    RollBack,
}

/// A phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseSettings {
    /// What people call it; unique within the rollout.
    pub name: String,
    /// Share of the environment that has the version after it, in percent.
    #[schemars(range(max = 100))]
    pub weight_percent: u8,
    /// The group that it goes to: a ring, a region, as the pipeline knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The pipeline that is started in place of the environment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// Seconds for which it is watched before it has passed.
    #[schemars(range(max = 1_209_600))]
    #[serde(default, skip_serializing_if = "is_default")]
    pub bake_seconds: u32,
    /// What must hold before it has passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateSettings>,
    /// How what is measured is judged.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: LimitSettings,
    /// Names of health checks that are measured and shown, and decide nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dry_run: Vec<String>,
    /// Whether a person says that the next phase may begin.
    #[serde(default, skip_serializing_if = "is_default")]
    pub needs_person: bool,
    /// Whether it may neither be skipped nor be passed in spite of a failure.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
    /// How often its run is tried again by itself when it fails.
    #[schemars(range(max = 5))]
    #[serde(default, skip_serializing_if = "is_default")]
    pub retries: u8,
}

/// What is asked before a phase has passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateSettings {
    /// Which kind.
    pub gate: GateWord,
    /// Where another system is asked; only for `external`. Holds no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What the provider calls its own gate; only for `provider`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Kinds of gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateWord {
    /// The environment's health checks pass.
    Health,
    /// The environment's smoke tests pass.
    Smoke,
    /// User acceptance testing of this version in the environment is signed off.
    Uat,
    /// Another system says so.
    External,
    /// A gate of the provider's own in the phase's run is approved.
    Provider,
}

impl GateSettings {
    const fn of(gate: GateWord) -> Self {
        Self { gate, url: None, name: None }
    }
}

/// How measurements are judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Seconds after the deployment whose measurements don't count.
    #[schemars(range(max = 86400))]
    pub settle_seconds: u32,
    /// Seconds between two measurements.
    #[schemars(range(min = 5, max = 3600))]
    pub interval_seconds: u32,
    /// How many measurements in a row everything must pass in.
    #[schemars(range(min = 1, max = 1000))]
    pub in_a_row: u16,
    /// How many measurements may fail.
    #[schemars(range(max = 1000))]
    pub failures: u16,
    /// How many measurements in a row may bring no answer.
    #[schemars(range(max = 1000))]
    pub errors: u16,
    /// Seconds after the watch after which a phase that is neither good nor bad is put to a person. 0: never.
    #[schemars(range(max = 2_592_000))]
    pub undecided_seconds: u32,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self::of(&Limits::USUAL)
    }
}

impl LimitSettings {
    const fn of(limits: &Limits) -> Self {
        let Limits { settle_seconds, interval_seconds, in_a_row, failures, errors, undecided_seconds } = *limits;
        Self { settle_seconds, interval_seconds, in_a_row, failures, errors, undecided_seconds }
    }

    const fn limits(&self) -> Limits {
        let Self { settle_seconds, interval_seconds, in_a_row, failures, errors, undecided_seconds } = *self;
        Limits { settle_seconds, interval_seconds, in_a_row, failures, errors, undecided_seconds }
    }
}

impl RolloutSettings {
    pub(super) fn of(rollout: &Rollout) -> Self {
        let (on_failure, countdown_seconds) = match rollout.on_failure {
            OnFailure::End => (FailureWord::End, None),
            OnFailure::Ask => (FailureWord::Ask, None),
            OnFailure::RollBack { countdown_seconds } => (FailureWord::RollBack, Some(countdown_seconds)),
        };
        Self { phases: rollout.phases.iter().map(PhaseSettings::of).collect(), on_failure, countdown_seconds }
    }

    /// The rollout.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn rollout(&self, field: &str) -> Result<Rollout, YamlFault> {
        let on_failure = match (self.on_failure, self.countdown_seconds) {
            (FailureWord::End, None) => OnFailure::End,
            (FailureWord::Ask, None) => OnFailure::Ask,
            (FailureWord::RollBack, countdown) => OnFailure::RollBack { countdown_seconds: countdown.unwrap_or(60) },
            (FailureWord::End | FailureWord::Ask, Some(_)) => {
                return Err(YamlFault::at(format!("{field}.countdown_seconds"), "only `on_failure: roll_back` counts down"));
            }
        };
        let phases = self.phases.iter().enumerate().map(|(place, phase)| phase.phase(&format!("{field}.phases[{place}]")));
        Ok(Rollout { phases: phases.collect::<Result<_, _>>()?, on_failure })
    }
}

impl PhaseSettings {
    fn of(phase: &PlannedPhase) -> Self {
        let rules = &phase.rules;
        let gate = |gate: &PhaseGate| match gate {
            PhaseGate::Health => GateSettings::of(GateWord::Health),
            PhaseGate::Smoke => GateSettings::of(GateWord::Smoke),
            PhaseGate::Uat => GateSettings::of(GateWord::Uat),
            PhaseGate::External { url } => GateSettings { url: Some(url.clone()), ..GateSettings::of(GateWord::External) },
            PhaseGate::Provider { name } => GateSettings { name: Some(name.clone()), ..GateSettings::of(GateWord::Provider) },
        };
        Self {
            name: rules.name.clone(),
            weight_percent: phase.weight_percent,
            target: rules.target.clone(),
            pipeline: rules.pipeline.clone(),
            bake_seconds: rules.bake_seconds,
            gates: rules.gates.iter().map(gate).collect(),
            limits: LimitSettings::of(&rules.limits),
            dry_run: rules.dry_run.clone(),
            needs_person: rules.needs_person,
            required: rules.required,
            retries: rules.retries,
        }
    }

    fn phase(&self, field: &str) -> Result<PlannedPhase, YamlFault> {
        let gate = |(place, gate): (usize, &GateSettings)| match (gate.gate, &gate.url, &gate.name) {
            (GateWord::Health, None, None) => Ok(PhaseGate::Health),
            (GateWord::Smoke, None, None) => Ok(PhaseGate::Smoke),
            (GateWord::Uat, None, None) => Ok(PhaseGate::Uat),
            (GateWord::External, Some(url), None) => Ok(PhaseGate::External { url: url.clone() }),
            (GateWord::Provider, None, Some(name)) => Ok(PhaseGate::Provider { name: name.clone() }),
            _ => {
                let message = "`external` needs a `url`, `provider` a `name`, and no other gate has either";
                Err(YamlFault::at(format!("{field}.gates[{place}]"), message))
            }
        };
        let rules = PhaseRules {
            name: self.name.clone(),
            target: self.target.clone(),
            pipeline: self.pipeline.clone(),
            bake_seconds: self.bake_seconds,
            gates: self.gates.iter().enumerate().map(gate).collect::<Result<_, _>>()?,
            limits: self.limits.limits(),
            dry_run: self.dry_run.clone(),
            needs_person: self.needs_person,
            required: self.required,
            retries: self.retries,
        };
        Ok(PlannedPhase { weight_percent: self.weight_percent, rules })
    }
}
