//! Coordinated releases: put together, looked at in one look, set on their way, answered, taken back.

#[cfg(test)]
mod tests;
mod view;

pub use view::*;

use crate::calendar::WithdrawRequest;
use crate::decode::{id, optional_id};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::ReleaseId;
use pilothouse_engine::ports::coordination_store::{CoordinatedReleaseFilter, CoordinatedRunFilter};
use pilothouse_engine::usecases::{BackChoice, MemberAnswer, NewMember};
use serde::{Deserialize, Serialize};
use specta::Type;

/// How many coordinated releases are listed.
const MOST_LISTED: u32 = 200;
/// How many of its ways are looked at.
const MOST_RUNS: u32 = 100;

/// A coordinated release to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CreateCoordinatedReleaseRequest {
    /// Its name.
    pub name: String,
    /// The releases that go along; may be empty.
    pub members: Vec<CoordinatedMemberDto>,
}

/// A release that goes along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CoordinatedMemberDto {
    /// The release's id.
    pub release_id: String,
    /// Its turn, from 1: members of a stage go side by side, once all earlier stages have arrived.
    pub stage: u16,
}

/// Another name for a coordinated release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RenameCoordinatedReleaseRequest {
    /// Its id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// A release to take in, or to give another stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PutCoordinatedMemberRequest {
    /// The coordinated release's id.
    pub id: String,
    /// The member.
    pub member: CoordinatedMemberDto,
}

/// A release to take out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RemoveCoordinatedMemberRequest {
    /// The coordinated release's id.
    pub id: String,
    /// The release's id.
    pub release_id: String,
}

/// Which coordinated releases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListCoordinatedReleasesRequest {
    /// True for the closed ones, too.
    pub include_closed: bool,
}

/// A look at an environment before going there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CoordinatedOutlookRequest {
    /// The coordinated release's id.
    pub id: String,
    /// The environment's name.
    pub environment: String,
}

/// A coordinated release to set on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StartCoordinatedRunRequest {
    /// Its id.
    pub id: String,
    /// The environment's name.
    pub environment: String,
    /// Who stays behind, and why.
    pub left_out: Vec<LeftOutDto>,
}

/// A member that stays behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LeftOutDto {
    /// The release's id.
    pub release_id: String,
    /// Why.
    pub reason: String,
}

/// A person's word about a member that waits for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AnswerCoordinatedRunRequest {
    /// The id of the way that it is on.
    pub run_id: String,
    /// The release's id.
    pub release_id: String,
    /// What becomes of it.
    pub answer: MemberAnswerWord,
    /// Why, where it is left out or stays.
    pub reason: String,
    /// The release to go back to, where that is tried again; none for the same.
    pub to_release_id: Option<String>,
    /// True to start the deploy pipeline with it, however the environment is set.
    pub redeploy: bool,
}

/// What becomes of a member that waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum MemberAnswerWord {
    /// The others go on without it.
    GoOnWithout,
    /// It is tried again.
    TryAgain,
    /// Its way back is tried again.
    TryBackAgain,
    /// It doesn't go back.
    Stays,
}

/// A joint rollback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JointRollbackRequest {
    /// The id of the way that goes back.
    pub run_id: String,
    /// Why.
    pub reason: String,
    /// What becomes of which member. Who isn't named goes to the first version that is open.
    pub members: Vec<BackChoiceDto>,
}

/// What becomes of a member in a joint rollback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BackChoiceDto {
    /// The member's release.
    pub release_id: String,
    /// The release to go back to; none for the first that is open.
    pub to_release_id: Option<String>,
    /// True to start the deploy pipeline with it, however the environment is set.
    pub redeploy: bool,
    /// Why it stays as it is, where it does.
    pub stays: Option<String>,
}

impl CoordinatedMemberDto {
    fn read(&self) -> Result<NewMember, ApiError> {
        Ok(NewMember { release_id: id("release_id", &self.release_id)?, stage: self.stage })
    }
}

impl BackChoiceDto {
    fn read(self) -> Result<BackChoice, ApiError> {
        Ok(BackChoice {
            release_id: id("release_id", &self.release_id)?,
            to: optional_id("to_release_id", self.to_release_id.as_deref())?,
            redeploy: self.redeploy,
            stays: self.stays,
        })
    }
}

impl Api {
    /// The coordinated releases, last made first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_coordinated_releases(
        &self,
        request: ListCoordinatedReleasesRequest,
    ) -> Result<Vec<CoordinatedReleaseView>, ApiError> {
        let filter = CoordinatedReleaseFilter { open_only: !request.include_closed, limit: MOST_LISTED };
        let open = CoordinatedRunFilter { open_only: true, limit: MOST_LISTED, ..CoordinatedRunFilter::default() };
        let runs = self.store().coordinated_runs(&open).await?;
        let mut views = Vec::new();
        for coordinated in self.store().coordinated_releases(&filter).await? {
            let own: Vec<_> = runs.iter().filter(|run| run.coordinated_release_id == coordinated.id).collect();
            views.push(self.coordinated_view(&coordinated, &own).await?);
        }
        Ok(views)
    }

    /// A coordinated release with its members in every environment.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_coordinated_release(&self, request: IdRequest) -> Result<CoordinatedReleaseDetail, ApiError> {
        let coordinated = self.store().coordinated_release(id("id", &request.id)?).await?;
        let filter = CoordinatedRunFilter { coordinated_release: Some(coordinated.id), open_only: false, limit: MOST_RUNS };
        let runs = self.store().coordinated_runs(&filter).await?;
        let open: Vec<_> = runs.iter().filter(|run| run.is_open()).collect();
        let view = self.coordinated_view(&coordinated, &open).await?;
        let outlooks = self.engine.coordinated_outlooks(&coordinated).await?;
        Ok(CoordinatedReleaseDetail::new(view, &coordinated, &outlooks, &runs))
    }

    /// Makes a coordinated release.
    ///
    /// # Errors
    /// `invalid`: what is wrong with it; `taken` where an open one has that name.
    pub async fn create_coordinated_release(&self, request: CreateCoordinatedReleaseRequest) -> Result<CoordinatedReleaseDetail, ApiError> {
        let members = request.members.iter().map(CoordinatedMemberDto::read).collect::<Result<Vec<_>, _>>()?;
        let made = self.engine.create_coordinated_release(&self.actor, &request.name, &members).await?;
        self.get_coordinated_release(IdRequest { id: made.id.to_string() }).await
    }

    /// Gives a coordinated release another name.
    ///
    /// # Errors
    /// As for making one; `invalid` where it is closed or on its way.
    pub async fn rename_coordinated_release(&self, request: RenameCoordinatedReleaseRequest) -> Result<CoordinatedReleaseDetail, ApiError> {
        let renamed = self.engine.rename_coordinated_release(&self.actor, id("id", &request.id)?, &request.name).await?;
        self.get_coordinated_release(IdRequest { id: renamed.id.to_string() }).await
    }

    /// Takes a release in, or gives a member another stage.
    ///
    /// # Errors
    /// `invalid` where it can't go along.
    pub async fn put_coordinated_member(&self, request: PutCoordinatedMemberRequest) -> Result<CoordinatedReleaseDetail, ApiError> {
        let changed = self.engine.put_coordinated_member(&self.actor, id("id", &request.id)?, request.member.read()?).await?;
        self.get_coordinated_release(IdRequest { id: changed.id.to_string() }).await
    }

    /// Takes a release out.
    ///
    /// # Errors
    /// `invalid` where it is none of its members, or is on its way with it.
    pub async fn remove_coordinated_member(&self, request: RemoveCoordinatedMemberRequest) -> Result<CoordinatedReleaseDetail, ApiError> {
        let release = id("release_id", &request.release_id)?;
        let changed = self.engine.remove_coordinated_member(&self.actor, id("id", &request.id)?, release).await?;
        self.get_coordinated_release(IdRequest { id: changed.id.to_string() }).await
    }

    /// Closes a coordinated release: its members may join another.
    ///
    /// # Errors
    /// `invalid` without a reason, or while it is on its way.
    pub async fn close_coordinated_release(&self, request: WithdrawRequest) -> Result<CoordinatedReleaseDetail, ApiError> {
        let closed = self.engine.close_coordinated_release(&self.actor, id("id", &request.id)?, &request.reason).await?;
        self.get_coordinated_release(IdRequest { id: closed.id.to_string() }).await
    }

    /// How each member stands before a coordinated release goes to an environment.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn preview_coordinated_run(&self, request: CoordinatedOutlookRequest) -> Result<Vec<MemberOutlookView>, ApiError> {
        let outlook = self.engine.coordinated_outlook(id("id", &request.id)?, &request.environment).await?;
        Ok(outlook.iter().map(Into::into).collect())
    }

    /// Sets a coordinated release on its way to an environment.
    ///
    /// # Errors
    /// `blocked` with what policy refuses of which member; `invalid` where nothing would go; `taken` where it is on its way there.
    pub async fn start_coordinated_run(&self, request: StartCoordinatedRunRequest) -> Result<CoordinatedRunView, ApiError> {
        let mut left_out: Vec<(ReleaseId, String)> = Vec::new();
        for out in request.left_out {
            left_out.push((id("release_id", &out.release_id)?, out.reason));
        }
        let run = self.engine.start_coordinated_run(&self.actor, id("id", &request.id)?, &request.environment, &left_out).await?;
        Ok((&run).into())
    }

    /// Says what becomes of a member that waits for a person.
    ///
    /// # Errors
    /// `conflict` where it doesn't; `invalid` without a reason where one is asked for.
    pub async fn answer_coordinated_run(&self, request: AnswerCoordinatedRunRequest) -> Result<CoordinatedRunView, ApiError> {
        let AnswerCoordinatedRunRequest { reason, redeploy, .. } = request;
        let answer = match request.answer {
            MemberAnswerWord::GoOnWithout => MemberAnswer::GoOnWithout { reason },
            MemberAnswerWord::TryAgain => MemberAnswer::TryAgain,
            MemberAnswerWord::TryBackAgain => {
                MemberAnswer::TryBackAgain { to: optional_id("to_release_id", request.to_release_id.as_deref())?, redeploy }
            }
            MemberAnswerWord::Stays => MemberAnswer::Stays { reason },
        };
        let (run, release) = (id("run_id", &request.run_id)?, id("release_id", &request.release_id)?);
        Ok((&self.engine.answer_coordinated_run(&self.actor, run, release, answer).await?).into())
    }

    /// Lets nothing further start. What is deployed stays.
    ///
    /// # Errors
    /// `invalid` without a reason; `conflict` where it is settled.
    pub async fn cancel_coordinated_run(&self, request: WithdrawRequest) -> Result<CoordinatedRunView, ApiError> {
        Ok((&self.engine.cancel_coordinated_run(&self.actor, id("id", &request.id)?, &request.reason).await?).into())
    }

    /// What a joint rollback would do to each member, in the order in which they go back.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn preview_joint_rollback(&self, request: IdRequest) -> Result<Vec<MemberWayBackView>, ApiError> {
        let found = self.engine.joint_rollback_outlook(id("id", &request.id)?).await?;
        Ok(found.iter().map(Into::into).collect())
    }

    /// Takes back together what a way has deployed, the last stage first.
    ///
    /// # Errors
    /// `blocked` where policy refuses what is wanted of a member; `conflict` where it isn't said what becomes of one that can't go back;
    /// `invalid` without a reason.
    pub async fn start_joint_rollback(&self, request: JointRollbackRequest) -> Result<CoordinatedRunView, ApiError> {
        let choices = request.members.into_iter().map(BackChoiceDto::read).collect::<Result<Vec<_>, _>>()?;
        let run = self.engine.roll_back_coordinated_run(&self.actor, id("run_id", &request.run_id)?, &request.reason, &choices).await?;
        Ok((&run).into())
    }
}
