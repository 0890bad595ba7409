//! Runs by hand: what a start would mean, starting, another attempt, stopping, and how it stands with what was started.

use crate::blockers::{BlockerView, shown_blockers};
use crate::decode::{id, optional_id, shown};
use crate::error::ApiError;
use crate::lookups::InputView;
use crate::{Api, IdRequest};
use pilothouse_domain::deployment::CancelAnswer;
use pilothouse_domain::manual_run::{ChangedEnvironment, ManualDeed, ManualRun, ManualRunState, StartedRun};
use pilothouse_engine::ports::store::ManualRunFilter;
use pilothouse_engine::usecases::{NewManualRun, RunDeed};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A run as a person fills it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ManualRunRequest {
    /// Through which connection.
    pub connection_id: String,
    /// In which repository.
    pub repository: String,
    /// Which pipeline.
    pub pipeline: String,
    /// At which ref; empty for the default branch, or where the provider settles that.
    pub git_ref: String,
    /// The inputs that are given; an empty value stands for "not given".
    pub inputs: Vec<GivenInput>,
    /// Why. Must be said where it changes an environment.
    pub reason: String,
}

/// A value for an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GivenInput {
    /// The input's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What a start would mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ManualRunOutlook {
    /// The ref at which it would be started.
    pub git_ref: String,
    /// Why it can't be started by hand; `None` where it can.
    pub obstacle: Option<String>,
    /// The pipeline's inputs at that ref.
    pub inputs: Vec<InputView>,
    /// The input that Pilothouse fills in itself, so that the run can be found by it.
    pub correlation_input: Option<String>,
    /// Inputs that can't be sent as they are given.
    pub faults: Vec<InputFaultView>,
    /// The environments that it would change, outside of any release. A reason must be given where there is one.
    pub changes: Vec<ChangedEnvironmentView>,
    /// What stands against it.
    pub blockers: Vec<BlockerView>,
}

/// An input that can't be sent as it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InputFaultView {
    /// The input's name.
    pub input: String,
    /// What is wrong and how to put it right.
    pub message: String,
}

/// An environment that a run changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChangedEnvironmentView {
    /// Its product's id.
    pub product_id: String,
    /// Its product's name.
    pub product: String,
    /// Its id.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
}

/// Something to do to a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunDeedRequest {
    /// Through which connection.
    pub connection_id: String,
    /// In which repository.
    pub repository: String,
    /// The pipeline that the run is of, where it is known: tells which environments it changes.
    pub pipeline: String,
    /// The provider's id of the run.
    pub run_id: String,
    /// Why. For another attempt it must be said where that changes an environment.
    pub reason: String,
}

/// A run to stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CancelRunRequest {
    /// Which.
    pub run: RunDeedRequest,
    /// Without waiting for clean-up.
    pub force: bool,
}

/// A run to run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RerunRequest {
    /// Which.
    pub run: RunDeedRequest,
    /// Only what failed.
    pub failed_only: bool,
}

/// What came of asking to stop a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CancelRunView {
    /// What.
    pub answer: CancelWord,
    /// In a sentence.
    pub message: String,
}

/// What came of asking to stop a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CancelWord {
    /// It will be stopped.
    Accepted,
    /// It had ended already.
    AlreadyEnded,
    /// It won't be.
    Failed,
}

/// Which runs by hand, last requested first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ManualRunsRequest {
    /// Through this connection.
    pub connection_id: Option<String>,
    /// In this repository.
    pub repository: Option<String>,
    /// Of this pipeline.
    pub pipeline: Option<String>,
    /// Requested before this one: the last id of the page before.
    pub after: Option<String>,
    /// At most so many, 1 to 500; 0 means 100.
    pub limit: u32,
}

/// A run by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ManualRunView {
    /// Its id.
    pub id: String,
    /// Through which connection.
    pub connection_id: String,
    /// In which repository.
    pub repository: String,
    /// The pipeline; may be empty for another attempt.
    pub pipeline: String,
    /// The ref; empty where the provider settles that.
    pub git_ref: String,
    /// What was, or is to be, sent.
    pub inputs: Vec<GivenInput>,
    /// What is asked for.
    pub deed: ManualDeedWord,
    /// In words: "deploy.yml of acme/checkout at main".
    pub what: String,
    /// The environments that it changes.
    pub changes: Vec<ChangedEnvironmentView>,
    /// Why; may be empty.
    pub reason: String,
    /// How far it has come.
    pub state: ManualRunWord,
    /// The run at the provider, where it is known.
    pub run: Option<StartedRunView>,
    /// Runs that may be it, where that isn't known.
    pub candidates: Vec<StartedRunView>,
    /// How it stands, in a sentence.
    pub message: String,
    /// What to do about it; empty where nothing.
    pub next_step: String,
    /// True where nothing more happens without a person.
    pub is_settled: bool,
    /// Who asked for it.
    pub requested_by: String,
    /// When.
    pub requested_at: String,
}

/// What is asked of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ManualDeedWord {
    /// A new run.
    Start,
    /// Another attempt of a run.
    Rerun,
    /// Another attempt of what failed in a run.
    RerunFailed,
}

/// How far a run by hand has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ManualRunWord {
    /// Written down; nothing was sent yet.
    Requested,
    /// Being sent.
    Sending,
    /// It may have started: the provider is asked for it.
    Looking,
    /// The provider has it.
    Started,
    /// Nothing was started.
    Refused,
    /// It may have started; a person has to look.
    Unknown,
}

/// A run as it is named at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StartedRunView {
    /// The provider's id of it.
    pub external_id: String,
    /// Its page at the provider.
    pub url: String,
}

impl From<&StartedRun> for StartedRunView {
    fn from(run: &StartedRun) -> Self {
        Self { external_id: run.external_id.clone(), url: run.url.clone() }
    }
}

impl From<&ChangedEnvironment> for ChangedEnvironmentView {
    fn from(changed: &ChangedEnvironment) -> Self {
        Self {
            product_id: changed.product_id.to_string(),
            product: changed.product.clone(),
            environment_id: changed.environment_id.to_string(),
            environment: changed.environment.clone(),
        }
    }
}

impl From<&ManualRunState> for ManualRunWord {
    fn from(state: &ManualRunState) -> Self {
        match state {
            ManualRunState::Requested => Self::Requested,
            ManualRunState::Sending { .. } => Self::Sending,
            ManualRunState::Looking { .. } => Self::Looking,
            ManualRunState::Started { .. } => Self::Started,
            ManualRunState::Refused { .. } => Self::Refused,
            ManualRunState::Unknown { .. } => Self::Unknown,
        }
    }
}

impl From<&ManualRun> for ManualRunView {
    fn from(run: &ManualRun) -> Self {
        let (message, next_step) = told(&run.state);
        let candidates = match &run.state {
            ManualRunState::Unknown { candidates, .. } => candidates.iter().map(StartedRunView::from).collect(),
            _ => Vec::new(),
        };
        Self {
            id: run.id.to_string(),
            connection_id: run.connection_id.to_string(),
            repository: run.repository.clone(),
            pipeline: run.pipeline.pipeline.clone(),
            git_ref: run.pipeline.git_ref.clone(),
            inputs: run.pipeline.inputs.iter().map(|(name, value)| GivenInput { name: name.clone(), value: value.clone() }).collect(),
            deed: match &run.deed {
                ManualDeed::Start => ManualDeedWord::Start,
                ManualDeed::Rerun { failed_only: false, .. } => ManualDeedWord::Rerun,
                ManualDeed::Rerun { .. } => ManualDeedWord::RerunFailed,
            },
            what: run.what(),
            changes: run.changes.iter().map(ChangedEnvironmentView::from).collect(),
            reason: run.reason.clone(),
            state: (&run.state).into(),
            run: run.run().map(StartedRunView::from),
            candidates,
            message,
            next_step,
            is_settled: run.state.is_settled(),
            requested_by: run.requested_by.to_string(),
            requested_at: shown(run.requested_at),
        }
    }
}

/// How it stands, and what to do about it.
fn told(state: &ManualRunState) -> (String, String) {
    match state {
        ManualRunState::Requested => ("It waits to be sent".to_owned(), String::new()),
        ManualRunState::Sending { .. } => ("It is being sent".to_owned(), String::new()),
        ManualRunState::Looking { cause, .. } => {
            (format!("It may have started: {cause}. The provider is asked for it"), "It is not sent again.".to_owned())
        }
        ManualRunState::Started { run, was_found: true, .. } => {
            (format!("The answer was lost; run {} was found afterwards", run.external_id), String::new())
        }
        ManualRunState::Started { run, .. } => (format!("The provider has it as run {}", run.external_id), String::new()),
        ManualRunState::Refused { message, next_step } => (format!("Nothing was started: {message}"), next_step.clone()),
        ManualRunState::Unknown { cause, candidates, .. } => {
            let seen = match candidates.len() {
                0 => "no run of it is to be seen".to_owned(),
                several => format!("{several} runs may be it"),
            };
            (format!("It may have started: {cause}, and {seen}"), "Look at the provider before you start it again.".to_owned())
        }
    }
}

impl Api {
    /// What a start would mean. Changes nothing.
    ///
    /// # Errors
    /// Where the provider can't be asked or doesn't know the pipeline.
    pub async fn manual_run_outlook(&self, request: ManualRunRequest) -> Result<ManualRunOutlook, ApiError> {
        let seen = self.engine.manual_run_outlook(&wanted(&request)?).await?;
        Ok(ManualRunOutlook {
            git_ref: seen.pipeline.git_ref,
            obstacle: seen.description.obstacle,
            inputs: seen.description.inputs.into_iter().map(InputView::from).collect(),
            correlation_input: seen.correlation_input,
            faults: seen.faults.into_iter().map(|fault| InputFaultView { input: fault.input, message: fault.message }).collect(),
            changes: seen.changes.iter().map(ChangedEnvironmentView::from).collect(),
            blockers: shown_blockers(&seen.blockers),
        })
    }

    /// Starts a run by hand. Returns once that is written; the engine sends it.
    ///
    /// # Errors
    /// `invalid` where inputs don't fit or a reason is missing, `blocked` where an environment that it changes is locked or busy.
    pub async fn start_manual_run(&self, request: ManualRunRequest) -> Result<ManualRunView, ApiError> {
        let run = self.engine.start_by_hand(&self.actor, &wanted(&request)?, &request.reason).await?;
        Ok((&run).into())
    }

    /// Asks for another attempt of a run.
    ///
    /// # Errors
    /// `provider_refused` where the provider lacks it; `blocked`, `invalid` as for a start.
    pub async fn rerun_run(&self, request: RerunRequest) -> Result<ManualRunView, ApiError> {
        let run = self.engine.rerun_by_hand(&self.actor, &deed(&request.run)?, request.failed_only).await?;
        Ok((&run).into())
    }

    /// Asks the provider to stop a run.
    ///
    /// # Errors
    /// `provider_refused` where the provider lacks it; `invalid` where a deployment follows the run.
    pub async fn cancel_run(&self, request: CancelRunRequest) -> Result<CancelRunView, ApiError> {
        let answer = self.engine.cancel_by_hand(&self.actor, &deed(&request.run)?, request.force).await?;
        let run = &request.run.run_id;
        let (answer, message) = match answer {
            CancelAnswer::Accepted => (CancelWord::Accepted, format!("Run {run} is being stopped")),
            CancelAnswer::AlreadyEnded => (CancelWord::AlreadyEnded, format!("Run {run} had ended already")),
            CancelAnswer::Failed { message } => (CancelWord::Failed, message),
        };
        Ok(CancelRunView { answer, message })
    }

    /// Runs by hand, last requested first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn manual_runs(&self, request: ManualRunsRequest) -> Result<Vec<ManualRunView>, ApiError> {
        let filter = ManualRunFilter {
            connection: optional_id("connection_id", request.connection_id.as_deref())?,
            repository: request.repository,
            pipeline: request.pipeline,
            external_id: None,
            after: optional_id("after", request.after.as_deref())?,
            limit: request.limit.min(500),
        };
        Ok(self.store().manual_runs(&filter).await?.iter().map(ManualRunView::from).collect())
    }

    /// One run by hand.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_manual_run(&self, request: IdRequest) -> Result<ManualRunView, ApiError> {
        Ok((&self.store().manual_run(id("id", &request.id)?).await?).into())
    }

    /// Has a run by hand that may have started looked for once more.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn look_for_manual_run(&self, request: IdRequest) -> Result<ManualRunView, ApiError> {
        Ok((&self.engine.look_for_manual_run(&self.actor, id("id", &request.id)?).await?).into())
    }
}

fn wanted(request: &ManualRunRequest) -> Result<NewManualRun, ApiError> {
    Ok(NewManualRun {
        connection_id: id("connection_id", &request.connection_id)?,
        repository: request.repository.clone(),
        pipeline: request.pipeline.clone(),
        git_ref: request.git_ref.clone(),
        inputs: request.inputs.iter().map(|input| (input.name.clone(), input.value.clone())).collect(),
    })
}

fn deed(request: &RunDeedRequest) -> Result<RunDeed<'_>, ApiError> {
    Ok(RunDeed {
        connection_id: id("connection_id", &request.connection_id)?,
        repository: &request.repository,
        external_id: &request.run_id,
        pipeline: &request.pipeline,
        reason: &request.reason,
    })
}
