//! Starts that are set for a time: set, look ahead, move, take back, start at once.

use crate::blockers::{BlockerView, shown_blockers};
use crate::calendar::WithdrawRequest;
use crate::decode::{id, optional_id, shown};
use crate::deployments::DeploymentView;
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::calendar::in_zone;
use pilothouse_domain::scheduled_start::{HeldReason, ScheduledStart, ScheduledStartState};
use pilothouse_engine::usecases::NewStart;
use serde::{Deserialize, Serialize};
use specta::Type;

/// A start to set, or to look ahead at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ScheduleStartRequest {
    /// The release's id.
    pub release_id: String,
    /// The environment's id.
    pub environment_id: String,
    /// When, on the clocks of the zone: `2026-11-25T22:00`.
    pub at: String,
    /// The zone: `Europe/Berlin`.
    pub time_zone: String,
    /// Why then; may be empty.
    pub remarks: String,
}

/// Another time for a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MoveStartRequest {
    /// The start's id.
    pub id: String,
    /// When, on the clocks of the zone.
    pub at: String,
    /// The zone.
    pub time_zone: String,
}

/// What a start at a time would meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StartOutlookView {
    /// When it is.
    pub at: String,
    /// That on the clocks of the zone.
    pub words: String,
    /// What would stand in the way then, if nothing else changes.
    pub blockers: Vec<BlockerView>,
}

/// A start that is set for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ScheduledStartView {
    /// Its id.
    pub id: String,
    /// The product's id.
    pub product_id: String,
    /// The release's id.
    pub release_id: String,
    /// The version.
    pub version: String,
    /// The environment's id.
    pub environment_id: String,
    /// The environment's name.
    pub environment: String,
    /// When.
    pub at: String,
    /// That on the clocks of its zone.
    pub words: String,
    /// The zone.
    pub time_zone: String,
    /// Why then; may be empty.
    pub remarks: String,
    /// In whose name it starts.
    pub by: String,
    /// The train that it is a stop of.
    pub train_id: Option<String>,
    /// Where it is.
    pub state: ScheduledStartWord,
    /// Why it did not start, in a sentence; empty where it isn't held.
    pub held_because: String,
    /// What didn't hold then.
    pub blockers: Vec<BlockerView>,
    /// What it became.
    pub deployment_id: Option<String>,
}

/// Where a scheduled start is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ScheduledStartWord {
    /// Its time has not come.
    Waiting,
    /// It did not start; a person says what becomes of it.
    Held,
    /// It has started.
    Started,
    /// It will not start.
    Withdrawn,
}

impl From<&ScheduledStart> for ScheduledStartView {
    fn from(start: &ScheduledStart) -> Self {
        let (state, reason, deployment_id) = match &start.state {
            ScheduledStartState::Waiting { .. } => (ScheduledStartWord::Waiting, None, None),
            ScheduledStartState::Held { reason, .. } => (ScheduledStartWord::Held, Some(reason), None),
            ScheduledStartState::Started { deployment_id, .. } => (ScheduledStartWord::Started, None, Some(deployment_id.to_string())),
            ScheduledStartState::Withdrawn(_) => (ScheduledStartWord::Withdrawn, None, None),
        };
        Self {
            id: start.id.to_string(),
            product_id: start.product_id.to_string(),
            release_id: start.release_id.to_string(),
            version: start.version.to_string(),
            environment_id: start.environment_id.to_string(),
            environment: start.environment.clone(),
            at: shown(start.at),
            words: in_zone(start.at, start.time_zone.parse().unwrap_or_default()),
            time_zone: start.time_zone.clone(),
            remarks: start.remarks.clone(),
            by: start.by.to_string(),
            train_id: start.train.map(|id| id.to_string()),
            state,
            held_because: reason.map(HeldReason::words).unwrap_or_default(),
            blockers: match reason {
                Some(HeldReason::Blocked { blockers }) => shown_blockers(blockers),
                _ => Vec::new(),
            },
            deployment_id,
        }
    }
}

impl ScheduleStartRequest {
    fn read(self) -> Result<NewStart, ApiError> {
        Ok(NewStart {
            release_id: id("release_id", &self.release_id)?,
            environment_id: id("environment_id", &self.environment_id)?,
            at: self.at,
            time_zone: self.time_zone,
            remarks: self.remarks,
        })
    }
}

impl Api {
    /// What a start at a time would meet: of the calendar what is on then, of the rest what is known now.
    ///
    /// # Errors
    /// `invalid` for a time that can't be.
    pub async fn preview_start(&self, request: ScheduleStartRequest) -> Result<StartOutlookView, ApiError> {
        let outlook = self.engine.outlook_of_start(&request.read()?).await?;
        Ok(StartOutlookView {
            at: shown(outlook.at),
            words: in_zone(outlook.at, outlook.time_zone.parse().unwrap_or_default()),
            blockers: shown_blockers(&outlook.blockers),
        })
    }

    /// Sets a start for a time.
    ///
    /// # Errors
    /// `invalid` for a time that can't be; `blocked` where no time will clear what stands in the way; `taken` where the release has a
    /// start there already.
    pub async fn schedule_start(&self, request: ScheduleStartRequest) -> Result<ScheduledStartView, ApiError> {
        Ok((&self.engine.schedule_start(&self.actor, request.read()?).await?).into())
    }

    /// Moves a start to another time.
    ///
    /// # Errors
    /// `invalid` for a time that can't be, or where it has started or was taken back.
    pub async fn move_start(&self, request: MoveStartRequest) -> Result<ScheduledStartView, ApiError> {
        let start = self.engine.move_start(&self.actor, id("id", &request.id)?, &request.at, &request.time_zone).await?;
        Ok((&start).into())
    }

    /// Takes a start back.
    ///
    /// # Errors
    /// `invalid` where it has started.
    pub async fn withdraw_start(&self, request: WithdrawRequest) -> Result<ScheduledStartView, ApiError> {
        Ok((&self.engine.withdraw_start(&self.actor, id("id", &request.id)?, &request.reason).await?).into())
    }

    /// Starts at once what was scheduled.
    ///
    /// # Errors
    /// `blocked` where policy refuses it; `invalid` where it has started or was taken back.
    pub async fn start_at_once(&self, request: IdRequest) -> Result<DeploymentView, ApiError> {
        let deployment = self.engine.start_at_once(&self.actor, id("id", &request.id)?).await?;
        self.deployment_view(&deployment).await
    }

    /// One scheduled start.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_start(&self, request: IdRequest) -> Result<ScheduledStartView, ApiError> {
        Ok((&self.store().scheduled_start(id("id", &request.id)?).await?).into())
    }

    /// The starts that wait or ask, of a product, or of all; the next first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_starts(&self, request: ListOfProductRequest) -> Result<Vec<ScheduledStartView>, ApiError> {
        let product = optional_id("product_id", request.product_id.as_deref())?;
        let mut found = self.engine.open_starts(product).await?;
        found.sort_by_key(|start| (start.at, start.id));
        Ok(found.iter().map(Into::into).collect())
    }
}

/// Things of a product, or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListOfProductRequest {
    /// The product's id; none for all.
    pub product_id: Option<String>,
}
