//! Runs of runbooks: begin, look, and what people do to steps.

use super::{GivenParameter, RunbookRunSummary, RunbookRunView};
use crate::decode::{id, optional_id};
use crate::error::ApiError;
use crate::{Api, ErrorCode, IdRequest};
use pilothouse_domain::runbook::{RunbookRefusal, RunbookRun};
use pilothouse_engine::ports::runbook_store::RunbookRunFilter;
use pilothouse_engine::usecases::{BeginRunbook, RunbookDeed};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A run to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BeginRunbookRequest {
    /// The runbook.
    pub runbook_id: String,
    /// In which environment.
    pub environment_id: String,
    /// For which release, where it is for one.
    pub release_id: Option<String>,
    /// Values of parameters.
    pub parameters: Vec<GivenParameter>,
    /// Why; may be empty.
    pub reason: String,
}

/// Which runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListRunbookRunsRequest {
    /// Of this product.
    pub product_id: Option<String>,
    /// Of this runbook.
    pub runbook_id: Option<String>,
    /// For this release.
    pub release_id: Option<String>,
    /// Only those that are under way.
    pub running_only: bool,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Something to do to the step whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ActOnRunbookRequest {
    /// The run.
    pub run_id: String,
    /// The step that is meant, so that it isn't done to another one. For stopping it may be left out.
    pub step_id: Option<String>,
    /// What.
    pub deed: RunbookDeedBody,
}

/// What a person does to the step whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum RunbookDeedBody {
    /// Start it.
    Start,
    /// It is done.
    Tick {
        /// A remark; needed for one that failed.
        note: String,
    },
    /// It went wrong, or doesn't go on.
    Fail {
        /// Why.
        reason: String,
    },
    /// Begin it anew.
    Retry,
    /// Leave it out.
    Skip {
        /// Why.
        reason: String,
    },
    /// Take back what was settled last, for a day also what completed the run.
    Undo {
        /// Why; may be empty.
        #[serde(default)]
        reason: String,
    },
    /// Give the run up.
    Stop {
        /// Why.
        reason: String,
    },
}

impl From<RunbookDeedBody> for RunbookDeed {
    fn from(body: RunbookDeedBody) -> Self {
        match body {
            RunbookDeedBody::Start => Self::Start,
            RunbookDeedBody::Tick { note } => Self::Tick { note },
            RunbookDeedBody::Fail { reason } => Self::Fail { reason },
            RunbookDeedBody::Retry => Self::Retry,
            RunbookDeedBody::Skip { reason } => Self::Skip { reason },
            RunbookDeedBody::Undo { reason } => Self::Undo { reason },
            RunbookDeedBody::Stop { reason } => Self::Stop { reason },
        }
    }
}

/// What is told to whoever asks for something that a run doesn't allow.
pub(crate) fn runbook_refused(refusal: &RunbookRefusal) -> ApiError {
    let error = ApiError::new(ErrorCode::Conflict, refusal.to_string(), refusal.next_step());
    match refusal {
        RunbookRefusal::NeedsNote { .. } => ApiError { field: Some("note".to_owned()), ..error },
        _ => error,
    }
}

impl Api {
    /// Begins a run.
    ///
    /// # Errors
    /// `invalid` where nothing was published, a parameter doesn't fit, or it runs there already.
    pub async fn begin_runbook(&self, request: BeginRunbookRequest) -> Result<RunbookRunView, ApiError> {
        let new = BeginRunbook {
            runbook: id("runbook_id", &request.runbook_id)?,
            environment: id("environment_id", &request.environment_id)?,
            release: optional_id("release_id", request.release_id.as_deref())?,
            parameters: request.parameters.into_iter().map(|given| (given.name, given.value)).collect(),
            reason: request.reason,
        };
        let run = self.engine.begin_runbook(&self.actor, new).await?;
        self.runbook_view(&run).await
    }

    /// A run.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_runbook_run(&self, request: IdRequest) -> Result<RunbookRunView, ApiError> {
        let run = self.store().runbook_run(id("id", &request.id)?).await?;
        self.runbook_view(&run).await
    }

    /// Runs, last begun first.
    ///
    /// # Errors
    /// `invalid` for what is no id.
    pub async fn list_runbook_runs(&self, request: ListRunbookRunsRequest) -> Result<Vec<RunbookRunSummary>, ApiError> {
        let filter = RunbookRunFilter {
            product: optional_id("product_id", request.product_id.as_deref())?,
            runbook: optional_id("runbook_id", request.runbook_id.as_deref())?,
            release: optional_id("release_id", request.release_id.as_deref())?,
            running_only: request.running_only,
            limit: request.limit.min(1_000),
            ..RunbookRunFilter::default()
        };
        Ok(self.store().runbook_runs(&filter).await?.iter().map(RunbookRunSummary::from).collect())
    }

    /// Does something to the step whose turn it is.
    ///
    /// # Errors
    /// `conflict` where the run doesn't allow it.
    pub async fn act_on_runbook(&self, request: ActOnRunbookRequest) -> Result<RunbookRunView, ApiError> {
        let (run, step) = (id("run_id", &request.run_id)?, optional_id("step_id", request.step_id.as_deref())?);
        let run = self.engine.act_on_runbook(&self.actor, run, step, &request.deed.into()).await?;
        self.runbook_view(&run).await
    }

    async fn runbook_view(&self, run: &RunbookRun) -> Result<RunbookRunView, ApiError> {
        let evidence = self.engine.runbook_evidence(run.id).await?;
        Ok(RunbookRunView::new(run, &evidence, self.engine.now()))
    }
}
