//! Phases of a deployment as they are shown.

use crate::decode::shown;
use crate::deployments::RunView;
use crate::deployments::run::run_line;
use pilothouse_domain::deployment::{Phase, PhaseState, Verification};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A step of a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PhaseView {
    /// Its id, also the correlation token of its run.
    pub id: String,
    /// Share of the environment that has the version after it, in percent.
    pub weight_percent: u8,
    /// How often its run was triggered.
    pub triggers: u32,
    /// Where it is.
    pub state: PhaseWord,
    /// That in a sentence; may be empty.
    pub detail: String,
    /// Since when, where that is known.
    pub since: Option<String>,
    /// Its run.
    pub run: Option<RunView>,
}

/// Where a phase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PhaseWord {
    /// An earlier phase is not done.
    Pending,
    /// May be triggered.
    Ready,
    /// The provider is being asked.
    Triggering,
    /// Its run is looked for.
    Reconciling,
    /// Its run is followed.
    Running,
    /// A further attempt of its run is wanted.
    Rerunning,
    /// The service is asked what it runs and how it is.
    Verifying,
    /// Done.
    Passed,
    /// Over without success.
    Ended,
}

impl From<&Phase> for PhaseView {
    fn from(phase: &Phase) -> Self {
        let (state, since) = match &phase.state {
            PhaseState::Pending => (PhaseWord::Pending, None),
            PhaseState::Ready => (PhaseWord::Ready, None),
            PhaseState::Triggering { begun_at } => (PhaseWord::Triggering, Some(*begun_at)),
            PhaseState::Reconciling { begun_at, .. } => (PhaseWord::Reconciling, Some(*begun_at)),
            PhaseState::Running { run } => (PhaseWord::Running, run.created_at),
            PhaseState::Rerunning { begun_at, .. } => (PhaseWord::Rerunning, *begun_at),
            PhaseState::Verifying { since, .. } => (PhaseWord::Verifying, Some(*since)),
            PhaseState::Passed { .. } => (PhaseWord::Passed, None),
            PhaseState::Ended { .. } => (PhaseWord::Ended, None),
        };
        Self {
            id: phase.id.to_string(),
            weight_percent: phase.weight_percent,
            triggers: phase.triggers,
            state,
            detail: phase_line(&phase.state),
            since: since.map(shown),
            run: phase.state.run().map(RunView::from),
        }
    }
}

/// Where a phase is, in a sentence.
fn phase_line(state: &PhaseState) -> String {
    match state {
        PhaseState::Pending | PhaseState::Ended { .. } => String::new(),
        PhaseState::Ready => "Is about to be triggered".to_owned(),
        PhaseState::Triggering { .. } => "Asks the provider for a run".to_owned(),
        PhaseState::Reconciling { cause, .. } => format!("Looks for its run: {cause}"),
        PhaseState::Running { run } => run_line(run),
        PhaseState::Rerunning { failed_only: true, .. } => "Asks for another attempt of what failed".to_owned(),
        PhaseState::Rerunning { failed_only: false, .. } => "Asks for another attempt of the whole run".to_owned(),
        PhaseState::Verifying { missing, .. } if missing.is_empty() => "Reads the service back".to_owned(),
        PhaseState::Verifying { missing, .. } => format!("Reads the service back: {missing}"),
        PhaseState::Passed { verification, .. } => verified_line(*verification).to_owned(),
    }
}

/// How it was found to work, in a sentence.
pub(crate) const fn verified_line(verification: Verification) -> &'static str {
    match verification {
        Verification::ByService => "The service answers with this version and its checks pass",
        Verification::ByChecks => "Its checks pass; none of them reads the running version",
        Verification::ByRunOnly => "The run succeeded; there is no check to verify it by",
        Verification::ByPerson => "A person says that it works",
    }
}
