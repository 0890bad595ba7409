//! Deployments as they are shown.

use crate::calendar::OverrideMarkView;
use crate::connections::CapabilityView;
use crate::decode::shown;
use crate::deployments::phase::{line_of_phase, verified_line};
use crate::deployments::{PhaseDecisionView, PhaseView, QuestionView};
use crate::rollout::OnFailureDto;
use pilothouse_domain::deployment::{
    CancelRequest, Deployment, DeploymentEvent, DeploymentKind, DeploymentState, Pacing, Pause, PhaseState, PhasesChange, Trouble,
    Verification, apply,
};
use pilothouse_domain::{Actor, Timestamp};
use pilothouse_engine::ports::provider::{Capabilities, Capability};
use pilothouse_engine::usecases::choices::OF_RUNS;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::time::Duration;

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeploymentView {
    /// Its id.
    pub id: String,
    /// The product's id.
    pub product_id: String,
    /// The product's name.
    pub product: String,
    /// The environment's id.
    pub environment_id: String,
    /// The environment's name, as it was then.
    pub environment: String,
    /// The release's id.
    pub release_id: String,
    /// The release's version.
    pub version: String,
    /// Forward, or back.
    pub kind: DeploymentKindWord,
    /// For a rollback: the deployment that it takes back.
    pub parent_id: Option<String>,
    /// For a rollback: why.
    pub reason: Option<String>,
    /// Where it is.
    pub state: DeploymentStateWord,
    /// That in a sentence: what it waits for, how the run goes, why it failed.
    pub state_reason: String,
    /// Since when, where that is known.
    pub state_at: Option<String>,
    /// What it asks a person.
    pub question: Option<QuestionView>,
    /// Its phases, in order.
    pub phases: Vec<PhaseView>,
    /// True where it goes out in steps, or is watched.
    pub is_phased: bool,
    /// Share of the environment to which its runs have brought the version so far, in percent.
    pub reached_percent: u8,
    /// What a phase that is found bad leads to.
    pub on_failure: OnFailureDto,
    /// Set while no further phase may begin.
    pub paused: Option<PauseView>,
    /// By whose word, and why, phases that had not begun were changed on the way; in order.
    #[serde(default)]
    pub phase_changes: Vec<PhaseDecisionView>,
    /// What a person can do to it now.
    pub can: SteeringView,
    /// The pipeline that it runs: `deploy.yml`.
    pub pipeline: String,
    /// Set for a rollback in the provider's own way: what that does, in words; empty until the provider was asked.
    pub native: Option<String>,
    /// What its provider lacks of what is done with runs, each with the reason.
    pub lacks: Vec<CapabilityView>,
    /// Who started it.
    pub requested_by: String,
    /// When.
    pub requested_at: String,
    /// When its last run succeeded, so that this version is what the environment has.
    pub deployed_at: Option<String>,
    /// Freezes in spite of which it started.
    #[serde(default)]
    pub overridden: Vec<OverrideMarkView>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// What keeps us from seeing how it goes.
    pub trouble: Option<TroubleView>,
    /// The wish to stop it.
    pub cancel: Option<CancelView>,
    /// True where it can still be asked to stop.
    pub can_cancel: bool,
    /// While it is verified: until when the service must answer well.
    pub verify_until: Option<String>,
    /// How it was found to have worked.
    pub verification: Option<VerificationWord>,
}

/// Forward, or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentKindWord {
    /// A version goes forward.
    Deploy,
    /// An earlier version comes back.
    Rollback,
}

/// Where a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentStateWord {
    /// Waits for another one to end.
    Queued,
    /// Its current phase says more.
    InProgress,
    /// Can't go on without a person.
    AwaitingDecision,
    /// Runs there and is well.
    Succeeded,
    /// The release is bad.
    Failed,
    /// It could not be told.
    Errored,
    /// Stopped before it deployed.
    Cancelled,
}

/// How a deployment was found to have worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum VerificationWord {
    /// The service answered with the version and its checks passed.
    ByService,
    /// Its checks passed; none reads the version.
    ByChecks,
    /// There is no check: only the run says so.
    ByRunOnly,
    /// A person said so.
    ByPerson,
}

/// What keeps us from seeing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TroubleView {
    /// Since when.
    pub since: String,
    /// What.
    pub message: String,
}

/// The wish to stop a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CancelView {
    /// Whose.
    pub by: String,
    /// Why; may be empty.
    pub reason: String,
    /// When.
    pub at: String,
    /// When the provider accepted it.
    pub accepted_at: Option<String>,
}

/// That no further phase begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PauseView {
    /// Who wanted it.
    pub by: String,
    /// Why; may be empty.
    pub reason: String,
    /// Since when.
    pub since: String,
}

/// What a person can do to a deployment under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SteeringView {
    /// Let no further phase begin.
    pub pause: bool,
    /// Let it go on.
    pub resume: bool,
    /// Go to the last phase next.
    pub promote_fully: bool,
    /// Keep the version before from coming back by itself.
    pub hold_rollback: bool,
    /// Change the phases that have not begun.
    pub change_phases: bool,
}

impl SteeringView {
    /// As the machine would have it at `now`.
    fn of(deployment: &Deployment, now: Timestamp) -> Self {
        let by = Actor::Engine;
        let reason = String::new();
        let takes = |event: DeploymentEvent| !deployment.state.is_terminal() && apply(deployment, event, now, &Pacing::default()).is_ok();
        let is_steered = deployment.is_phased() && deployment.phases.len() > 1;
        Self {
            pause: is_steered && takes(DeploymentEvent::Paused { by: by.clone(), reason: reason.clone() }),
            resume: takes(DeploymentEvent::Resumed),
            promote_fully: is_steered && takes(DeploymentEvent::PromotedFully { by: by.clone(), reason }),
            change_phases: is_steered && takes(DeploymentEvent::PhasesChanged(unchanged(deployment, by.clone()))),
            hold_rollback: takes(DeploymentEvent::RollbackHeld { by }),
        }
    }
}

/// The phases as they are: taken where others would be.
fn unchanged(deployment: &Deployment, by: Actor) -> PhasesChange {
    let phases = deployment.planned_rollout().phases;
    PhasesChange { by, phases, fresh: Vec::new(), seen: deployment.phase_changes.len(), reason: String::new() }
}

impl From<&Pause> for PauseView {
    fn from(pause: &Pause) -> Self {
        Self { by: pause.by.to_string(), reason: pause.reason.clone(), since: shown(pause.since) }
    }
}

impl From<Verification> for VerificationWord {
    fn from(verification: Verification) -> Self {
        match verification {
            Verification::ByService => Self::ByService,
            Verification::ByChecks => Self::ByChecks,
            Verification::ByRunOnly => Self::ByRunOnly,
            Verification::ByPerson => Self::ByPerson,
        }
    }
}

impl From<&Trouble> for TroubleView {
    fn from(trouble: &Trouble) -> Self {
        Self { since: shown(trouble.since), message: trouble.message.clone() }
    }
}

impl From<&CancelRequest> for CancelView {
    fn from(cancel: &CancelRequest) -> Self {
        Self { by: cancel.by.to_string(), reason: cancel.reason.clone(), at: shown(cancel.at), accepted_at: cancel.accepted_at.map(shown) }
    }
}

impl DeploymentView {
    /// A deployment of the product of this name.
    pub(crate) fn new(deployment: &Deployment, product: String, capabilities: Option<&Capabilities>, now: Timestamp) -> Self {
        let (parent_id, reason) = match &deployment.kind {
            DeploymentKind::Deploy => (None, None),
            DeploymentKind::Rollback { parent, reason } => (parent.map(|p| p.to_string()), Some(reason.clone())),
        };
        let state = state_of(deployment, capabilities);
        let lacks = capabilities
            .into_iter()
            .flat_map(|table| OF_RUNS.iter().filter(|c| !table.has(**c)).map(|c| CapabilityView::new(*c, table.of(*c))));
        Self {
            id: deployment.id.to_string(),
            product_id: deployment.product_id.to_string(),
            product,
            environment_id: deployment.environment_id.to_string(),
            environment: deployment.environment.clone(),
            release_id: deployment.release_id.to_string(),
            version: deployment.version.to_string(),
            kind: if deployment.is_rollback() { DeploymentKindWord::Rollback } else { DeploymentKindWord::Deploy },
            parent_id,
            reason,
            state: state.word,
            state_reason: state.line,
            state_at: state.at.map(shown),
            question: state.question,
            phases: deployment.phases.iter().map(|phase| PhaseView::new(deployment, phase, now)).collect(),
            is_phased: deployment.is_phased(),
            reached_percent: deployment.reached_percent(),
            on_failure: deployment.on_failure.into(),
            paused: deployment.paused.as_ref().map(PauseView::from),
            phase_changes: deployment.phase_changes.iter().map(PhaseDecisionView::from).collect(),
            can: SteeringView::of(deployment, now),
            pipeline: deployment.pipeline.pipeline.clone(),
            native: deployment.native.as_ref().map(|way| way.how.clone()),
            lacks: lacks.collect(),
            requested_by: deployment.requested_by.to_string(),
            requested_at: shown(deployment.requested_at),
            deployed_at: deployment.deployed_at.map(shown),
            overridden: deployment.overridden.iter().map(OverrideMarkView::from).collect(),
            ended_at: deployment.state.ended_at().map(shown),
            trouble: deployment.trouble.as_ref().map(TroubleView::from),
            cancel: deployment.cancel.as_ref().map(CancelView::from),
            can_cancel: can_cancel(deployment) && capabilities.is_none_or(|table| stoppable(deployment, table)),
            verify_until: verify_until(deployment).map(shown),
            verification: state.verification,
        }
    }
}

struct State {
    word: DeploymentStateWord,
    line: String,
    at: Option<Timestamp>,
    question: Option<QuestionView>,
    verification: Option<VerificationWord>,
}

/// Where a deployment is, in a sentence.
pub(crate) fn state_line(deployment: &Deployment) -> String {
    state_of(deployment, None).line
}

fn state_of(deployment: &Deployment, capabilities: Option<&Capabilities>) -> State {
    let plain = |word, line: &str, at| State { word, line: line.to_owned(), at, question: None, verification: None };
    match &deployment.state {
        DeploymentState::Queued { waits_for: Some(_) } => {
            plain(DeploymentStateWord::Queued, "Waits for the deployment under way to stop", Some(deployment.requested_at))
        }
        DeploymentState::Queued { waits_for: None } => plain(DeploymentStateWord::Queued, "Waits its turn", Some(deployment.requested_at)),
        DeploymentState::InProgress => {
            let phase = deployment.current_phase().map(|phase| line_of_phase(deployment, phase)).unwrap_or_default();
            let line = if deployment.cancel.is_some() { format!("Is being cancelled. {phase}") } else { phase };
            plain(DeploymentStateWord::InProgress, &line, None)
        }
        DeploymentState::AwaitingDecision { question, asked_of, since, taken } => {
            let question = QuestionView::new(deployment, question, (asked_of, *taken), *since, capabilities);
            let line = question.message.clone();
            State { question: Some(question), ..plain(DeploymentStateWord::AwaitingDecision, &line, Some(*since)) }
        }
        DeploymentState::Succeeded { at, verification } => State {
            verification: Some((*verification).into()),
            ..plain(DeploymentStateWord::Succeeded, verified_line(*verification), Some(*at))
        },
        DeploymentState::Failed { at, reason } => plain(DeploymentStateWord::Failed, reason, Some(*at)),
        DeploymentState::Errored { at, reason } => plain(DeploymentStateWord::Errored, reason, Some(*at)),
        DeploymentState::Cancelled { at, reason } => plain(DeploymentStateWord::Cancelled, reason, Some(*at)),
    }
}

fn can_cancel(deployment: &Deployment) -> bool {
    let is_deployed = deployment.current_phase().is_some_and(|phase| phase.weight_percent == 100 && phase.has_deployed());
    !deployment.state.is_terminal() && deployment.cancel.is_none() && !is_deployed
}

/// What has no run yet is stopped without the provider.
fn stoppable(deployment: &Deployment, table: &Capabilities) -> bool {
    table.has(Capability::Cancel) || deployment.current_phase().and_then(|phase| phase.state.run()).is_none()
}

fn verify_until(deployment: &Deployment) -> Option<Timestamp> {
    match deployment.current_phase().map(|p| &p.state)? {
        PhaseState::Verifying { since, .. } => Some(since.plus(Duration::from_secs(deployment.verify_seconds.into()))),
        _ => None,
    }
}
