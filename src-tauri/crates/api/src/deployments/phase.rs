//! Phases of a deployment as they are shown.

use crate::decode::shown;
use crate::deployments::RunView;
use crate::deployments::run::run_line;
use crate::rollout::{PhaseGateDto, PlannedPhaseDto};
use pilothouse_domain::deployment::{Deployment, DeploymentEvent, Pacing, Phase, PhaseDecision, PhaseState, Verification, apply};
use pilothouse_domain::rollout::{Finding, FindingOutcome, Tally};
use pilothouse_domain::{Actor, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A step of a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PhaseView {
    /// Its id, also the correlation token of its run.
    pub id: String,
    /// What people call it; empty in a deployment without a plan of phases.
    pub name: String,
    /// Share of the environment that has the version after it, in percent.
    pub weight_percent: u8,
    /// The group that it goes to.
    pub target: Option<String>,
    /// How much of the environment really had the version when it was last looked at.
    pub instances: Option<InstancesView>,
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
    /// What must hold before it has passed.
    pub gates: Vec<PhaseGateDto>,
    /// Seconds for which it is to be watched, with the time to settle before.
    pub watch_seconds: u32,
    /// Whether a person says that the next phase may begin.
    pub needs_person: bool,
    /// How it goes while it is watched.
    pub watch: Option<WatchView>,
    /// Why it is bad, while the version before is about to come back.
    pub found_bad: Option<String>,
    /// When the version before comes back by itself.
    pub rolls_back_at: Option<String>,
    /// Set where a person left it out, or ended its watch.
    pub decided: Option<PhaseDecisionView>,
    /// How often its run was tried again by itself.
    pub retried: u8,
    /// True where a person may leave it out, or end its watch.
    pub can_skip: bool,
    /// All that is planned about it.
    pub planned: PlannedPhaseDto,
    /// True where it has not begun and was not left out: it can be changed.
    pub is_to_come: bool,
}

/// How many instances have a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InstancesView {
    /// So many have it.
    pub with: u16,
    /// Of so many.
    pub of: u16,
}

/// How a phase goes while it is watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WatchView {
    /// Seconds that count so far.
    pub watched_seconds: u32,
    /// Measurements in a row in which everything passed, and how many are asked for.
    pub passes: u16,
    /// So many are asked for.
    pub in_a_row: u16,
    /// Measurements that failed.
    pub failures: u16,
    /// So many may fail.
    pub failures_allowed: u16,
    /// Measurements in a row without an answer.
    pub errors: u16,
    /// So many may bring none.
    pub errors_allowed: u16,
    /// What the last measurement found.
    pub findings: Vec<FindingView>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FindingView {
    /// What, in words.
    pub rule: String,
    /// False where it is measured and shown, and decides nothing.
    pub decides: bool,
    /// What it says.
    pub outcome: FindingWord,
    /// Why, or what it waits for; empty where it passed.
    pub detail: String,
    /// The gate at the provider that it waits for, where that can be answered from the inbox.
    #[serde(default)]
    pub gate_id: Option<String>,
}

/// What a thing says that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FindingWord {
    /// All is well.
    Passed,
    /// It hasn't said anything yet.
    Waiting,
    /// A definite no.
    Failed,
    /// It couldn't be measured.
    NoData,
}

/// A person's word about a phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PhaseDecisionView {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: String,
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
    /// Its service runs it; it is watched.
    Baking,
    /// It was found bad, and the version before is about to come back.
    Failing,
    /// A person left it out.
    LeftOut,
    /// Done.
    Passed,
    /// Over without success.
    Ended,
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> Self {
        let (outcome, detail) = match &finding.outcome {
            FindingOutcome::Passed => (FindingWord::Passed, ""),
            FindingOutcome::Waiting { what } => (FindingWord::Waiting, what.as_str()),
            FindingOutcome::Failed { reason } => (FindingWord::Failed, reason.as_str()),
            FindingOutcome::NoData { reason } => (FindingWord::NoData, reason.as_str()),
        };
        let gate_id = finding.gate.filter(|_| outcome == FindingWord::Waiting).map(|id| id.to_string());
        Self { rule: finding.rule.clone(), decides: finding.decides, outcome, detail: detail.to_owned(), gate_id }
    }
}

impl From<&PhaseDecision> for PhaseDecisionView {
    fn from(decided: &PhaseDecision) -> Self {
        Self { by: decided.by.to_string(), reason: decided.reason.clone(), at: shown(decided.at) }
    }
}

impl WatchView {
    fn of(phase: &Phase, now: Timestamp) -> Option<Self> {
        let PhaseState::Baking { watch, tally, .. } = &phase.state else { return None };
        let limits = &phase.rules.limits;
        Some(Self {
            watched_seconds: watch.look(&phase.rules, now).1,
            passes: tally.passes,
            in_a_row: limits.in_a_row.max(1),
            failures: tally.failures,
            failures_allowed: limits.failures,
            errors: tally.errors,
            errors_allowed: limits.errors,
            findings: tally.last.iter().map(FindingView::from).collect(),
        })
    }
}

impl PhaseView {
    /// A phase of this deployment at `now`.
    pub(super) fn new(deployment: &Deployment, phase: &Phase, now: Timestamp) -> Self {
        let (state, since) = match &phase.state {
            PhaseState::Pending => (PhaseWord::Pending, None),
            PhaseState::Ready => (PhaseWord::Ready, None),
            PhaseState::Triggering { begun_at } => (PhaseWord::Triggering, Some(*begun_at)),
            PhaseState::Reconciling { begun_at, .. } => (PhaseWord::Reconciling, Some(*begun_at)),
            PhaseState::Running { run } => (PhaseWord::Running, run.created_at),
            PhaseState::Rerunning { begun_at, .. } => (PhaseWord::Rerunning, *begun_at),
            PhaseState::Verifying { since, .. } => (PhaseWord::Verifying, Some(*since)),
            PhaseState::Baking { deployed_at, .. } => (PhaseWord::Baking, Some(*deployed_at)),
            PhaseState::Failing { deployed_at, .. } => (PhaseWord::Failing, Some(*deployed_at)),
            PhaseState::LeftOut { .. } => (PhaseWord::LeftOut, phase.decided.as_ref().map(|decided| decided.at)),
            PhaseState::Passed { .. } => (PhaseWord::Passed, None),
            PhaseState::Ended { .. } => (PhaseWord::Ended, None),
        };
        let skip = DeploymentEvent::Skipped { by: Actor::Engine, phase: phase.id, reason: String::new() };
        let can_skip = !deployment.state.is_terminal() && apply(deployment, skip, now, &Pacing::default()).is_ok();
        Self {
            id: phase.id.to_string(),
            name: phase.rules.name.clone(),
            weight_percent: phase.weight_percent,
            target: phase.rules.target.clone(),
            instances: phase.instances.map(|i| InstancesView { with: i.with, of: i.of }),
            triggers: phase.triggers,
            state,
            detail: line_of_phase(deployment, phase),
            since: since.map(shown),
            run: phase.state.run().map(RunView::from),
            gates: phase.rules.gates.iter().map(PhaseGateDto::from).collect(),
            watch_seconds: if phase.rules.is_watched() {
                phase.rules.bake_seconds.saturating_add(phase.rules.limits.settle_seconds)
            } else {
                0
            },
            needs_person: phase.rules.needs_person,
            watch: WatchView::of(phase, now),
            found_bad: match &phase.state {
                PhaseState::Failing { reason, .. } => Some(reason.clone()),
                _ => None,
            },
            rolls_back_at: match &phase.state {
                PhaseState::Failing { rolls_back_at, .. } => Some(shown(*rolls_back_at)),
                _ => None,
            },
            decided: phase.decided.as_ref().map(PhaseDecisionView::from),
            retried: phase.retried,
            can_skip,
            planned: (&phase.as_planned()).into(),
            is_to_come: phase.is_to_come(),
        }
    }
}

/// Where a phase is, in a sentence.
pub(super) fn line_of_phase(deployment: &Deployment, phase: &Phase) -> String {
    match &phase.state {
        PhaseState::Ready if deployment.paused.is_some() => "Is paused".to_owned(),
        PhaseState::Baking { tally, .. } => watch_line(phase, tally),
        PhaseState::Failing { reason, .. } => format!("Is bad, and goes back by itself: {reason}"),
        PhaseState::LeftOut { .. } => "Was left out".to_owned(),
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

/// What the last measurement of a watch found, in a sentence.
fn watch_line(phase: &Phase, tally: &Tally) -> String {
    let who = if phase.rules.name.is_empty() { String::new() } else { format!("{} ", phase.rules.name) };
    match tally.in_the_way() {
        Some(found) => format!("{who}is watched: {found}"),
        None => format!("{who}is watched, and all is well so far"),
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
