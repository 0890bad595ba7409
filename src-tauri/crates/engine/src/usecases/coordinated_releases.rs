//! Coordinated releases: made, put together, closed. Who belongs to one says so in its own row, so that it belongs to one at most. Each
//! step is an audit event. Members don't change while one is on its way: what goes is what was looked at.

use super::{valid_name, valid_reason};
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::coordination_store::CoordinatedRunFilter;
use crate::ports::store::Write;
use pilothouse_domain::calendar::Withdrawn;
use pilothouse_domain::coordinated_release::{CoordinatedMember, CoordinatedRelease, CoordinatedRun, LAST_STAGE, MOST_MEMBERS};
use pilothouse_domain::release::Release;
use pilothouse_domain::{Actor, CoordinatedReleaseId, ReleaseId};

/// A release that is to go along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMember {
    /// The release.
    pub release_id: ReleaseId,
    /// Its turn, from 1.
    pub stage: u16,
}

impl Engine {
    /// Makes a coordinated release.
    ///
    /// # Errors
    /// [`EngineError::Invalid`]: what is wrong with it; [`StoreError::Taken`] where an open one has that name.
    pub async fn create_coordinated_release(
        &self,
        actor: &Actor,
        name: &str,
        members: &[NewMember],
    ) -> Result<CoordinatedRelease, EngineError> {
        let mut coordinated = CoordinatedRelease {
            id: self.new_id(CoordinatedReleaseId::new),
            revision: 0,
            name: valid_name("name", name, 120)?,
            members: Vec::new(),
            created_by: actor.clone(),
            created_at: self.now(),
            runs: 0,
            closed: None,
        };
        let mut change = self.change(actor);
        for member in members {
            let joined = self.joined(&mut coordinated, member).await?;
            self.write_joined(&mut change, &coordinated, joined);
        }
        let summary = format!("Made the coordinated release “{}”", coordinated.name);
        self.keep_coordinated_release(change, "coordinated_release.created", coordinated, summary).await
    }

    /// Gives a coordinated release another name.
    ///
    /// # Errors
    /// As [`Engine::create_coordinated_release`]; [`EngineError::Invalid`] where it is closed.
    pub async fn rename_coordinated_release(
        &self,
        actor: &Actor,
        id: CoordinatedReleaseId,
        name: &str,
    ) -> Result<CoordinatedRelease, EngineError> {
        let before = self.changeable(id).await?;
        let name = valid_name("name", name, 120)?;
        if name == before.name {
            return Ok(before);
        }
        let summary = format!("“{}” is called “{name}” now", before.name);
        let coordinated = CoordinatedRelease { name, ..before };
        self.keep_coordinated_release(self.change(actor), "coordinated_release.renamed", coordinated, summary).await
    }

    /// Takes a release in, or gives a member another stage.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where it can't go along: it is over, another release of its product does, or it goes along with others.
    pub async fn put_coordinated_member(
        &self,
        actor: &Actor,
        id: CoordinatedReleaseId,
        member: NewMember,
    ) -> Result<CoordinatedRelease, EngineError> {
        let mut coordinated = self.changeable(id).await?;
        if coordinated.member(member.release_id).is_some_and(|known| known.stage == member.stage) {
            return Ok(coordinated);
        }
        let is_new = coordinated.member(member.release_id).is_none();
        let release = self.joined(&mut coordinated, &member).await?;
        let what = self.words_of(&release).await?;
        let mut change = self.change(actor);
        let summary = if is_new {
            self.write_joined(&mut change, &coordinated, release);
            format!("{what} goes with “{}”, in stage {}", coordinated.name, member.stage)
        } else {
            format!("{what} goes in stage {} of “{}”", member.stage, coordinated.name)
        };
        let action = if is_new { "coordinated_release.member_added" } else { "coordinated_release.member_moved" };
        self.keep_coordinated_release(change, action, coordinated, summary).await
    }

    /// Takes a release out.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where it is none of its members, or is on its way with it.
    pub async fn remove_coordinated_member(
        &self,
        actor: &Actor,
        id: CoordinatedReleaseId,
        release: ReleaseId,
    ) -> Result<CoordinatedRelease, EngineError> {
        let mut coordinated = self.changeable(id).await?;
        if coordinated.member(release).is_none() {
            let message = format!("that release is no part of “{}”", coordinated.name);
            return Err(EngineError::invalid("release", message, "Look at its members again."));
        }
        coordinated.members.retain(|member| member.release_id != release);
        let release = self.store().release(release).await?;
        let what = self.words_of(&release).await?;
        let mut change = self.change(actor);
        write_left(&mut change, &coordinated, release);
        let summary = format!("{what} doesn’t go with “{}” any more", coordinated.name);
        self.keep_coordinated_release(change, "coordinated_release.member_removed", coordinated, summary).await
    }

    /// Closes a coordinated release: it goes nowhere any more, and its members may join another. Doing it twice is no error.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] without a reason, or while it is on its way.
    pub async fn close_coordinated_release(
        &self,
        actor: &Actor,
        id: CoordinatedReleaseId,
        reason: &str,
    ) -> Result<CoordinatedRelease, EngineError> {
        let known = self.store().coordinated_release(id).await?;
        if !known.is_open() {
            return Ok(known);
        }
        let mut coordinated = self.changeable(id).await?;
        coordinated.closed = Some(Withdrawn { by: actor.clone(), at: self.now(), reason: valid_reason(reason)? });
        let mut change = self.change(actor);
        for member in &coordinated.members {
            write_left(&mut change, &coordinated, self.store().release(member.release_id).await?);
        }
        let summary = format!("Closed the coordinated release “{}”: {}", coordinated.name, reason.trim());
        self.keep_coordinated_release(change, "coordinated_release.closed", coordinated, summary).await
    }

    /// The runs of a coordinated release that are not settled.
    pub(super) async fn open_runs_of(&self, id: CoordinatedReleaseId) -> Result<Vec<CoordinatedRun>, EngineError> {
        let filter = CoordinatedRunFilter { coordinated_release: Some(id), open_only: true, ..CoordinatedRunFilter::default() };
        Ok(self.store().coordinated_runs(&filter).await?)
    }

    /// One that is open.
    pub(super) async fn open_coordinated_release(&self, id: CoordinatedReleaseId) -> Result<CoordinatedRelease, EngineError> {
        let coordinated = self.store().coordinated_release(id).await?;
        if coordinated.is_open() {
            return Ok(coordinated);
        }
        Err(EngineError::invalid("id", format!("“{}” is closed", coordinated.name), "Make another coordinated release."))
    }

    /// One that is open and not on its way.
    async fn changeable(&self, id: CoordinatedReleaseId) -> Result<CoordinatedRelease, EngineError> {
        let coordinated = self.open_coordinated_release(id).await?;
        match self.open_runs_of(id).await?.first() {
            None => Ok(coordinated),
            Some(run) => {
                let message = format!("“{}” is on its way to {}", run.name, run.environment);
                Err(EngineError::invalid("id", message, "Wait until it has arrived, or cancel that."))
            }
        }
    }

    /// A release that may go along, put in its place.
    async fn joined(&self, coordinated: &mut CoordinatedRelease, member: &NewMember) -> Result<Release, EngineError> {
        if !(1..=LAST_STAGE).contains(&member.stage) {
            return Err(EngineError::invalid("stage", format!("a stage is a number from 1 to {LAST_STAGE}"), "Give it one of these."));
        }
        let release = self.store().release(member.release_id).await?;
        let what = self.words_of(&release).await?;
        let is_member = coordinated.member(release.id).is_some();
        if !is_member && release.state.is_terminal() {
            let message = format!("{what} is {}: it can’t go along", release.state.label());
            return Err(EngineError::invalid("release", message, "Choose a release that is still to go."));
        }
        if let Some(other) = release.coordinated_release.filter(|other| *other != coordinated.id) {
            let other = self.store().coordinated_release(other).await?;
            let message = format!("{what} goes with “{}”", other.name);
            return Err(EngineError::invalid("release", message, "Take it out there first: a release goes with one at a time."));
        }
        if let Some(other) = coordinated.members.iter().find(|m| m.product_id == release.product_id && m.release_id != release.id) {
            let other = self.store().release(other.release_id).await?;
            let message = format!("“{}” has {} of that product already", coordinated.name, other.version);
            return Err(EngineError::invalid("release", message, "Take that out first: one release of each product goes along."));
        }
        if !is_member && coordinated.members.len() >= MOST_MEMBERS {
            return Err(EngineError::invalid("release", format!("at most {MOST_MEMBERS} releases go together"), "Make two of it."));
        }
        coordinated.put(CoordinatedMember { product_id: release.product_id, release_id: release.id, stage: member.stage });
        Ok(release)
    }

    async fn words_of(&self, release: &Release) -> Result<String, EngineError> {
        Ok(format!("{} {}", self.store().product(release.product_id).await?.name, release.version))
    }

    fn write_joined(&self, change: &mut Change, coordinated: &CoordinatedRelease, release: Release) {
        let release = Release { coordinated_release: Some(coordinated.id), ..release };
        let data = serde_json::json!({ "coordinated_release": coordinated.id, "name": coordinated.name });
        change.audit_release("release.coordinated", &release, format!("{} goes with “{}”", release.version, coordinated.name), data);
        change.write(Write::Release(release));
    }

    async fn keep_coordinated_release(
        &self,
        mut change: Change,
        action: &str,
        coordinated: CoordinatedRelease,
        summary: String,
    ) -> Result<CoordinatedRelease, EngineError> {
        let id = coordinated.id;
        change.audit_coordinated_release(action, &coordinated, summary);
        change.write(Write::CoordinatedRelease(coordinated));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().coordinated_release(id).await?)
    }
}

fn write_left(change: &mut Change, coordinated: &CoordinatedRelease, release: Release) {
    if release.coordinated_release != Some(coordinated.id) {
        return;
    }
    let release = Release { coordinated_release: None, ..release };
    let data = serde_json::json!({ "coordinated_release": coordinated.id, "name": coordinated.name });
    let summary = format!("{} doesn’t go with “{}” any more", release.version, coordinated.name);
    change.audit_release("release.uncoordinated", &release, summary, data);
    change.write(Write::Release(release));
}
