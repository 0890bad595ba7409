//! Rollouts to begin with. A template only fills in a plan; what is changed afterwards is the plan's own.

use super::{Limits, OnFailure, PhaseGate, PhaseRules, PlannedPhase, Rollout};
use serde::{Deserialize, Serialize};

/// Well-known shapes of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolloutTemplate {
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

const MINUTE: u32 = 60;

impl RolloutTemplate {
    /// Every template, the plainest first.
    pub const ALL: &'static [Self] = &[Self::AllAtOnce, Self::Canary, Self::Linear, Self::Rings, Self::BlueGreen];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AllAtOnce => "all_at_once",
            Self::Canary => "canary",
            Self::Linear => "linear",
            Self::Rings => "rings",
            Self::BlueGreen => "blue_green",
        }
    }

    /// The rollout that it begins with.
    #[must_use]
    pub fn rollout(self) -> Rollout {
        let phases = match self {
            Self::AllAtOnce => return Rollout::default(),
            Self::Canary => vec![watched("Canary", 10, 15), watched("Half", 50, 15), watched("Everybody", 100, 5)],
            Self::Linear => [25, 50, 75, 100].map(|weight| watched(&format!("{weight} percent"), weight, 10)).into(),
            Self::Rings => vec![ring("Ring 0", "ring-0", 5, 60), ring("Ring 1", "ring-1", 30, 60), ring("Ring 2", "ring-2", 100, 30)],
            Self::BlueGreen => {
                let mut beside = watched("Beside", 0, 0);
                beside.rules.target = Some("beside".to_owned());
                beside.rules.gates = vec![PhaseGate::Smoke];
                beside.rules.needs_person = true;
                let mut switch = watched("Switch", 100, 15);
                switch.rules.target = Some("switch".to_owned());
                vec![beside, switch]
            }
        };
        Rollout { phases, on_failure: OnFailure::Ask }
    }
}

fn watched(name: &str, weight_percent: u8, minutes: u32) -> PlannedPhase {
    let rules = PhaseRules {
        name: name.to_owned(),
        bake_seconds: minutes * MINUTE,
        gates: vec![PhaseGate::Health],
        limits: Limits { in_a_row: 3, ..Limits::default() },
        ..PhaseRules::default()
    };
    PlannedPhase { weight_percent, rules }
}

fn ring(name: &str, target: &str, weight_percent: u8, minutes: u32) -> PlannedPhase {
    let mut phase = watched(name, weight_percent, minutes);
    phase.rules.target = Some(target.to_owned());
    phase
}
