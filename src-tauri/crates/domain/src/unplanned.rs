//! Unplanned runs: runs of a bound pipeline that Pilothouse did not start. Each asks a person for a reason.
//!
//! [`judge`] tells them from runs of our own. A run that may be ours is never called unplanned: the answer to a trigger may be
//! lost, and its run is seen before it is found again.

use crate::deployment::{Deployment, DeploymentState, Phase, PhaseState, Run, RunStatus};
use crate::manual_run::{ManualDeed, ManualRun};
use crate::{Actor, ConnectionId, DeploymentId, EnvironmentId, ProductId, ReleaseId, Timestamp, UnplannedRunId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How far the provider's clock may be from ours, where moments of both are compared.
const CLOCKS_DIFFER: Duration = Duration::from_secs(600);
/// For how long after its deployment has ended a run may still come out of the provider's queue.
const LATE: Duration = Duration::from_secs(3_600);

/// A run, or another attempt of one, of a bound pipeline that Pilothouse did not start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnplannedRun {
    /// Its id.
    pub id: UnplannedRunId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product whose pipeline it is.
    pub product_id: ProductId,
    /// The environments that the pipeline deploys to or brings back, in promotion order: one of them, or several, may have changed.
    pub environments: Vec<EnvironmentId>,
    /// The account through which it was seen.
    pub connection_id: ConnectionId,
    /// What holds the pipeline at the provider.
    pub repository: String,
    /// The pipeline.
    pub pipeline: String,
    /// The provider's id of the run.
    pub external_id: String,
    /// Which attempt of it, from 1.
    pub attempt: u32,
    /// Its page at the provider.
    pub url: String,
    /// What it is called there.
    pub title: String,
    /// Who started it, where the provider tells.
    pub started_by: Option<String>,
    /// The branch or tag that it runs at, where the provider tells.
    pub git_ref: Option<String>,
    /// The commit that it runs at, where the provider tells.
    pub commit: Option<String>,
    /// When it was made, by the provider's clock.
    pub started_at: Option<Timestamp>,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// How it went when it was last seen.
    pub status: RunStatus,
    /// The run of ours that this is a further attempt of.
    pub rerun_of: Option<DeploymentId>,
    /// What is known about why it ran.
    pub state: UnplannedState,
}

/// What is known about why an unplanned run ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum UnplannedState {
    /// Nothing: a reason is asked for.
    Open,
    /// A person has said why.
    Explained {
        /// Why, never empty.
        reason: String,
        /// Who said so.
        by: Actor,
        /// When.
        at: Timestamp,
        /// The release that it brought, where it was one.
        release_id: Option<ReleaseId>,
    },
    /// It is the run of a deployment after all: a person has said so, or it was found again.
    Ours {
        /// That deployment.
        deployment_id: DeploymentId,
        /// When that was found out.
        at: Timestamp,
    },
}

/// Where watching a pipeline has come to. What ran before Pilothouse watched it is nobody's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineMark {
    /// The account through which it is watched.
    pub connection_id: ConnectionId,
    /// What holds the pipeline at the provider.
    pub repository: String,
    /// The pipeline.
    pub pipeline: String,
    /// The newest run that was there at the first look, by the provider's clock; what is younger is judged.
    pub since: Timestamp,
    /// The runs that were made at that very moment: the clock of some providers is cut to seconds.
    pub seen_then: Vec<String>,
    /// Every run up to this moment was judged.
    pub judged_until: Timestamp,
}

/// What a run is, as far as our own deployments tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It belongs to this deployment.
    Ours(DeploymentId),
    /// A person started it by hand from here.
    ByHand,
    /// It may be the run of a trigger whose answer is still looked for: judged later.
    Undecided,
    /// It may be a run that one of these deployments lost sight of: the provider can tell by their tokens.
    AskFor(Vec<DeploymentId>),
    /// Nobody here started it; where it is a further attempt of a run of ours, that run's deployment.
    Unplanned {
        /// That deployment.
        rerun_of: Option<DeploymentId>,
    },
}

impl UnplannedState {
    /// The state's word, as in the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Explained { .. } => "explained",
            Self::Ours { .. } => "ours",
        }
    }
}

impl UnplannedRun {
    /// True while a reason is asked for.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, UnplannedState::Open)
    }

    /// True where the environment may have been changed by it.
    #[must_use]
    pub fn touches(&self, environment: EnvironmentId) -> bool {
        self.environments.contains(&environment)
    }

    /// When it was started, as far as that is known.
    #[must_use]
    pub fn began(&self) -> Timestamp {
        self.started_at.unwrap_or(self.first_seen_at)
    }

    /// True where it may have changed what an environment runs since a moment.
    #[must_use]
    pub fn may_have_changed(&self, environment: EnvironmentId, since: Timestamp) -> bool {
        let is_ours = matches!(self.state, UnplannedState::Ours { .. });
        self.touches(environment) && !is_ours && self.status != RunStatus::Skipped && self.began() >= since
    }

    /// Takes over what the provider tells now; true where something is new.
    pub fn observe(&mut self, run: &Run) -> bool {
        let before = self.clone();
        self.status.clone_from(&run.status);
        self.title.clone_from(&run.title);
        if run.started_by.is_some() {
            self.started_by.clone_from(&run.started_by);
        }
        if run.commit.is_some() {
            self.commit.clone_from(&run.commit);
        }
        *self != before
    }

    /// It is the run of a deployment after all. One that was explained stays so.
    pub fn found_to_be_ours(&mut self, deployment_id: DeploymentId, at: Timestamp) {
        if self.is_open() {
            self.state = UnplannedState::Ours { deployment_id, at };
        }
    }
}

impl PipelineMark {
    /// True for a run that was made after the pipeline was first looked at.
    #[must_use]
    pub fn is_younger(&self, run: &Run) -> bool {
        match run.created_at {
            Some(at) => at > self.since || at == self.since && !self.seen_then.contains(&run.external_id),
            None => !self.seen_then.contains(&run.external_id),
        }
    }
}

/// Judges a run by the deployments that used its pipeline, which must have been read after the run was seen. Of a long history
/// those are enough that hadn't ended long before the run was made.
#[must_use]
pub fn judge<'a>(run: &Run, deployments: impl IntoIterator<Item = &'a Deployment> + Clone) -> Judgement {
    match by_id(run, deployments.clone()) {
        Some(Judgement::Unplanned { rerun_of }) => return judge_further_attempt(run, deployments, rerun_of),
        Some(known) => return known,
        None => {}
    }
    let suspects: Vec<&Deployment> = deployments.into_iter().filter(|deployment| may_have_made(deployment, run)).collect();
    let shows_token = |deployment: &&&Deployment| deployment.phases.iter().any(|phase| run.title.contains(&phase.id.to_string()));
    if let Some(deployment) = suspects.iter().find(shows_token) {
        return Judgement::Ours(deployment.id);
    }
    if suspects.iter().any(|deployment| deployment.phases.iter().any(is_looked_for)) {
        return Judgement::Undecided;
    }
    let lost: Vec<DeploymentId> =
        suspects.iter().filter(|deployment| deployment.phases.iter().any(has_lost_sight)).map(|deployment| deployment.id).collect();
    if lost.is_empty() { Judgement::Unplanned { rerun_of: None } } else { Judgement::AskFor(lost) }
}

/// Judges a run by the runs by hand of its pipeline, which must have been read after the run was seen. `None` where none of them can be
/// it: then [`judge`] tells.
#[must_use]
pub fn judge_by_hand<'a>(run: &Run, by_hand: impl IntoIterator<Item = &'a ManualRun>) -> Option<Judgement> {
    let mut may_come = false;
    for known in by_hand {
        let is_repeated = matches!(known.deed, ManualDeed::Rerun { .. });
        let is_known = known.run().is_some_and(|started| started.external_id == run.external_id) && is_repeated == (run.attempt > 1);
        if is_known || run.title.contains(&known.correlation()) {
            return Some(Judgement::ByHand);
        }
        let is_late_enough = run.created_at.is_none_or(|made| made.plus(CLOCKS_DIFFER) >= known.requested_at);
        may_come |= !known.state.is_settled() && (is_repeated || is_late_enough);
    }
    may_come.then_some(Judgement::Undecided)
}

/// A further attempt of a run of ours, which a rollback in the provider's own way may have asked for. It shows no token.
fn judge_further_attempt<'a>(
    run: &Run,
    deployments: impl IntoIterator<Item = &'a Deployment>,
    rerun_of: Option<DeploymentId>,
) -> Judgement {
    let takes_it_up = |deployment: &&Deployment| deployment.native_asked().any(|way| way.target_run == run.external_id);
    let mut judged = Judgement::Unplanned { rerun_of };
    for deployment in deployments.into_iter().filter(takes_it_up) {
        if deployment.phases.iter().any(is_looked_for) {
            return Judgement::Undecided;
        }
        if deployment.phases.iter().any(has_lost_sight) {
            judged = Judgement::Ours(deployment.id);
        }
    }
    judged
}

/// By the provider's id: of the run that a phase follows, or of a further attempt of it.
fn by_id<'a>(run: &Run, deployments: impl IntoIterator<Item = &'a Deployment>) -> Option<Judgement> {
    let mut further = None;
    for deployment in deployments {
        let mut phases = deployment.phases.iter().filter_map(|phase| phase.state.run().map(|known| (phase, known)));
        let Some((phase, known)) = phases.find(|(_, known)| known.external_id == run.external_id) else { continue };
        let is_followed = matches!(deployment.state, DeploymentState::InProgress) || matches!(phase.state, PhaseState::Rerunning { .. });
        if run.attempt <= known.attempt || is_followed {
            return Some(Judgement::Ours(deployment.id));
        }
        // A later deployment may follow the further attempt: a rollback in the provider's own way.
        further = Some(Judgement::Unplanned { rerun_of: Some(deployment.id) });
    }
    further
}

/// Whether a run was made in the time in which a deployment can have started runs.
fn may_have_made(deployment: &Deployment, run: &Run) -> bool {
    if deployment.phases.iter().all(|phase| phase.triggers == 0) {
        return false;
    }
    let Some(made) = run.created_at else { return true };
    let is_too_early = made.plus(CLOCKS_DIFFER) < deployment.requested_at;
    let is_too_late = deployment.state.ended_at().is_some_and(|ended| made > ended.plus(LATE));
    !is_too_early && !is_too_late
}

/// Whether a phase has a trigger whose answer has not come, or was lost, and whose run is looked for. Since when doesn't matter: a
/// person who lets it be looked for longer moves that moment.
const fn is_looked_for(phase: &Phase) -> bool {
    matches!(phase.state, PhaseState::Triggering { .. } | PhaseState::Reconciling { .. })
}

/// Whether a phase may have started a run that it doesn't know: it was given up while it was looked for, or triggered again since.
fn has_lost_sight(phase: &Phase) -> bool {
    phase.triggers > 1 || phase.triggers == 1 && phase.state.run().is_none()
}
