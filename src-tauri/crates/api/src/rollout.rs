//! In which phases a release goes out in an environment, as it is written and shown.

use crate::Api;
use pilothouse_domain::rollout::{Limits, OnFailure, PhaseGate, PhaseRules, PlannedPhase, Rollout, RolloutTemplate};
use serde::{Deserialize, Serialize};
use specta::Type;

/// The phases of a rollout, and what happens when one is found bad.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RolloutDto {
    /// The phases, in order; at most 20. Empty: all at once, without a watch.
    pub phases: Vec<PlannedPhaseDto>,
    /// What a phase that is found bad leads to.
    #[serde(default)]
    pub on_failure: OnFailureDto,
}

/// A phase as it is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlannedPhaseDto {
    /// What people call it; unique within the rollout.
    pub name: String,
    /// Share of the environment that has the version after it, in percent: 0 to 100, never less than before, 100 in the last.
    pub weight_percent: u8,
    /// The group that it goes to, as the pipeline knows it.
    #[serde(default)]
    pub target: Option<String>,
    /// The pipeline that is started in place of the environment's.
    #[serde(default)]
    pub pipeline: Option<String>,
    /// Seconds for which it is watched before it has passed. 0 to 1,209,600.
    #[serde(default)]
    pub bake_seconds: u32,
    /// What must hold before it has passed.
    #[serde(default)]
    pub gates: Vec<PhaseGateDto>,
    /// How what is measured is judged.
    #[serde(default)]
    pub limits: LimitsDto,
    /// Names of health checks that are measured and shown, and decide nothing.
    #[serde(default)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "gate", rename_all = "snake_case")]
pub enum PhaseGateDto {
    /// The environment's health checks pass.
    Health,
    /// The environment's smoke tests are run, and pass.
    Smoke,
    /// User acceptance testing of this version in the environment is signed off.
    Uat,
    /// Another system says so: 200 is a yes, 202 "not yet"; a JSON object's `status` of `failed` or `waiting` outweighs either.
    External {
        /// Where it is asked; `http` or `https`. Holds no secret.
        url: String,
    },
    /// The provider's own gate of this name in the phase's run is approved.
    Provider {
        /// What the provider calls it: the environment's, job's, step's or action's name.
        name: String,
    },
}

/// How measurements are judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LimitsDto {
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
    /// Seconds after the watch after which an undecided phase is put to a person. 0 to 2,592,000; 0: never.
    pub undecided_seconds: u32,
}

/// What a phase that is found bad leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum OnFailureDto {
    /// The deployment has failed.
    #[default]
    End,
    /// A person is asked.
    Ask,
    /// The environment goes back to the version before by itself, unless a person steps in meanwhile.
    RollBack {
        /// Seconds in which a person can step in. 0 to 3,600.
        countdown_seconds: u32,
    },
}

/// Well-known shapes of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RolloutTemplateWord {
    /// Everything in one phase.
    AllAtOnce,
    /// A small share first, watched longest; then half; then all.
    Canary,
    /// Equal steps, each watched as long.
    Linear,
    /// Groups one after the other, the most forgiving first.
    Rings,
    /// The new version stands beside the old one, is tested there, and then everybody is led to it.
    BlueGreen,
}

/// A rollout to begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RolloutTemplateView {
    /// Which one.
    pub template: RolloutTemplateWord,
    /// What people call it.
    pub title: String,
    /// What it does, in a sentence.
    pub says: String,
    /// What it fills in.
    pub rollout: RolloutDto,
}

impl Default for LimitsDto {
    fn default() -> Self {
        Self::from(&Limits::USUAL)
    }
}

impl From<&Limits> for LimitsDto {
    fn from(limits: &Limits) -> Self {
        Self {
            settle_seconds: limits.settle_seconds,
            interval_seconds: limits.interval_seconds,
            in_a_row: limits.in_a_row,
            failures: limits.failures,
            errors: limits.errors,
            undecided_seconds: limits.undecided_seconds,
        }
    }
}

impl From<LimitsDto> for Limits {
    fn from(limits: LimitsDto) -> Self {
        Self {
            settle_seconds: limits.settle_seconds,
            interval_seconds: limits.interval_seconds,
            in_a_row: limits.in_a_row,
            failures: limits.failures,
            errors: limits.errors,
            undecided_seconds: limits.undecided_seconds,
        }
    }
}

impl From<&PhaseGate> for PhaseGateDto {
    fn from(gate: &PhaseGate) -> Self {
        match gate {
            PhaseGate::Health => Self::Health,
            PhaseGate::Smoke => Self::Smoke,
            PhaseGate::Uat => Self::Uat,
            PhaseGate::External { url } => Self::External { url: url.clone() },
            PhaseGate::Provider { name } => Self::Provider { name: name.clone() },
        }
    }
}

impl From<PhaseGateDto> for PhaseGate {
    fn from(gate: PhaseGateDto) -> Self {
        match gate {
            PhaseGateDto::Health => Self::Health,
            PhaseGateDto::Smoke => Self::Smoke,
            PhaseGateDto::Uat => Self::Uat,
            PhaseGateDto::External { url } => Self::External { url: url.trim().to_owned() },
            PhaseGateDto::Provider { name } => Self::Provider { name: name.trim().to_owned() },
        }
    }
}

impl From<OnFailure> for OnFailureDto {
    fn from(on_failure: OnFailure) -> Self {
        match on_failure {
            OnFailure::End => Self::End,
            OnFailure::Ask => Self::Ask,
            OnFailure::RollBack { countdown_seconds } => Self::RollBack { countdown_seconds },
        }
    }
}

impl From<OnFailureDto> for OnFailure {
    fn from(on_failure: OnFailureDto) -> Self {
        match on_failure {
            OnFailureDto::End => Self::End,
            OnFailureDto::Ask => Self::Ask,
            OnFailureDto::RollBack { countdown_seconds } => Self::RollBack { countdown_seconds },
        }
    }
}

impl From<&PlannedPhase> for PlannedPhaseDto {
    fn from(phase: &PlannedPhase) -> Self {
        let rules = &phase.rules;
        Self {
            name: rules.name.clone(),
            weight_percent: phase.weight_percent,
            target: rules.target.clone(),
            pipeline: rules.pipeline.clone(),
            bake_seconds: rules.bake_seconds,
            gates: rules.gates.iter().map(PhaseGateDto::from).collect(),
            limits: LimitsDto::from(&rules.limits),
            dry_run: rules.dry_run.clone(),
            needs_person: rules.needs_person,
            required: rules.required,
            retries: rules.retries,
        }
    }
}

impl From<PlannedPhaseDto> for PlannedPhase {
    fn from(phase: PlannedPhaseDto) -> Self {
        let filled = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            weight_percent: phase.weight_percent,
            rules: PhaseRules {
                name: phase.name.trim().to_owned(),
                target: filled(phase.target),
                pipeline: filled(phase.pipeline),
                bake_seconds: phase.bake_seconds,
                gates: phase.gates.into_iter().map(PhaseGate::from).collect(),
                limits: phase.limits.into(),
                dry_run: phase.dry_run,
                needs_person: phase.needs_person,
                required: phase.required,
                retries: phase.retries,
            },
        }
    }
}

impl From<&Rollout> for RolloutDto {
    fn from(rollout: &Rollout) -> Self {
        Self { phases: rollout.phases.iter().map(PlannedPhaseDto::from).collect(), on_failure: rollout.on_failure.into() }
    }
}

impl From<RolloutDto> for Rollout {
    fn from(rollout: RolloutDto) -> Self {
        Self { phases: rollout.phases.into_iter().map(PlannedPhase::from).collect(), on_failure: rollout.on_failure.into() }
    }
}

impl From<RolloutTemplate> for RolloutTemplateView {
    fn from(template: RolloutTemplate) -> Self {
        let (word, title, says) = match template {
            RolloutTemplate::AllAtOnce => (RolloutTemplateWord::AllAtOnce, "All at once", "Everybody has it after one run."),
            RolloutTemplate::Canary => {
                (RolloutTemplateWord::Canary, "Canary", "A small share first, watched longest; then half; then everybody.")
            }
            RolloutTemplate::Linear => (RolloutTemplateWord::Linear, "Linear", "Equal steps, each watched as long."),
            RolloutTemplate::Rings => (RolloutTemplateWord::Rings, "Rings", "Groups one after the other, the most forgiving first."),
            RolloutTemplate::BlueGreen => (
                RolloutTemplateWord::BlueGreen,
                "Blue-green",
                "The new version stands beside the old one, is tested there, and then everybody is led to it.",
            ),
        };
        Self { template: word, title: title.to_owned(), says: says.to_owned(), rollout: RolloutDto::from(&template.rollout()) }
    }
}

impl Api {
    /// Rollouts to begin with, the plainest first.
    #[must_use]
    pub fn rollout_templates(&self) -> Vec<RolloutTemplateView> {
        RolloutTemplate::ALL.iter().copied().map(RolloutTemplateView::from).collect()
    }
}
