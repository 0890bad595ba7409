//! Starts that are set for a time: set, moved, taken back, started at once. When the time has come, the loop in
//! [`carry`](crate::carry) starts them, or asks. Each step is an audit event.

use super::clocks::moment;
use super::documents::valid_text;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::facts::ReleaseFacts;
use crate::ports::calendar_store::StartFilter;
use crate::ports::store::{OutboxEffect, Write};
use pilothouse_domain::approval::content_hash;
use pilothouse_domain::calendar::{Withdrawn, in_zone};
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::policy::{Action, Blocker, Gate};
use pilothouse_domain::release::ReleaseState;
use pilothouse_domain::scheduled_start::{Due, FURTHEST, ScheduledStart, ScheduledStartState};
use pilothouse_domain::{Actor, EnvironmentId, ProductId, ReleaseId, ScheduledStartId, Timestamp, TrainId};

/// A start to set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStart {
    /// What starts.
    pub release_id: ReleaseId,
    /// Where it goes.
    pub environment_id: EnvironmentId,
    /// When, on the clocks of the zone: `2026-11-25T22:00`.
    pub at: String,
    /// The zone: `Europe/Berlin`.
    pub time_zone: String,
    /// Why then; may be empty.
    pub remarks: String,
}

/// What a start at a time would meet, as far as it is known now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartOutlook {
    /// When it is.
    pub at: Timestamp,
    /// The zone's name.
    pub time_zone: String,
    /// What would stand in the way then, if nothing else changes.
    pub blockers: Vec<Blocker>,
}

impl Engine {
    /// The starts of a product, or of all, that wait or ask.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn open_starts(&self, product: Option<ProductId>) -> Result<Vec<ScheduledStart>, EngineError> {
        let filter = StartFilter { product, open_only: true, limit: 500, ..StartFilter::default() };
        Ok(self.store().scheduled_starts(&filter).await?)
    }

    /// The start of a release in an environment that waits or asks; there is one at most.
    pub(crate) async fn open_start(&self, release: ReleaseId, environment: EnvironmentId) -> Result<Option<ScheduledStart>, EngineError> {
        let filter =
            StartFilter { release: Some(release), environment: Some(environment), open_only: true, limit: 1, ..StartFilter::default() };
        Ok(self.store().scheduled_starts(&filter).await?.into_iter().next())
    }

    /// What would stand in the way of a start at a time: of the calendar what is on then, of the rest what is known now.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a time that can't be.
    pub async fn outlook_of_start(&self, new: &NewStart) -> Result<StartOutlook, EngineError> {
        let (at, time_zone) = self.time_of_start(&new.at, &new.time_zone)?;
        let facts = self.release_facts(new.release_id).await?;
        facts.environment(new.environment_id)?;
        Ok(StartOutlook { at, time_zone, blockers: would_meet(&facts, new.environment_id, at) })
    }

    /// Sets a start for a time.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a time that can't be, or a release that is not planned for the environment;
    /// [`EngineError::Blocked`] where no time will clear what stands in the way.
    pub async fn schedule_start(&self, actor: &Actor, new: NewStart) -> Result<ScheduledStart, EngineError> {
        let (at, time_zone) = self.time_of_start(&new.at, &new.time_zone)?;
        self.set_start(actor, &new, at, time_zone, None).await
    }

    pub(crate) async fn set_start(
        &self,
        actor: &Actor,
        new: &NewStart,
        at: Timestamp,
        time_zone: String,
        train: Option<TrainId>,
    ) -> Result<ScheduledStart, EngineError> {
        let facts = self.release_facts(new.release_id).await?;
        let target = facts.environment(new.environment_id)?;
        let release = &facts.release;
        if matches!(release.state, ReleaseState::Draft) {
            return Err(EngineError::invalid("release", format!("{} is a draft", release.version), "Plan it, then schedule its start."));
        }
        let never = |blocker: &Blocker| matches!(blocker.gate, Gate::ReleaseState | Gate::MarkedBad | Gate::Plan | Gate::AlreadyThere);
        let hopeless: Vec<Blocker> = would_meet(&facts, target.id, at).into_iter().filter(never).collect();
        if !hopeless.is_empty() {
            return Err(EngineError::Blocked(hopeless));
        }
        let start = ScheduledStart {
            id: self.new_id(ScheduledStartId::new),
            revision: 0,
            product_id: release.product_id,
            release_id: release.id,
            version: release.version.clone(),
            content: content_hash(&release.version, &release.source, release.plan.as_ref()),
            environment_id: target.id,
            environment: target.name.clone(),
            at,
            time_zone,
            remarks: valid_text("remarks", &new.remarks, 2_000)?,
            by: actor.clone(),
            set_at: self.now(),
            train,
            state: ScheduledStartState::Waiting { looked_ahead: false },
        };
        let summary = format!("Scheduled {} for {} at {}", start.version, start.environment, on_clocks(&start));
        self.keep_start(actor, "start.scheduled", start, summary).await
    }

    /// Moves a start to another time, for the release as it is now.
    ///
    /// # Errors
    /// As [`Engine::schedule_start`]; [`EngineError::Invalid`] where it has started or was taken back.
    pub async fn move_start(&self, actor: &Actor, id: ScheduledStartId, at: &str, time_zone: &str) -> Result<ScheduledStart, EngineError> {
        let before = self.open_start_of(id).await?;
        let (at, time_zone) = self.time_of_start(at, time_zone)?;
        let release = self.store().release(before.release_id).await?;
        let content = content_hash(&release.version, &release.source, release.plan.as_ref());
        let state = ScheduledStartState::Waiting { looked_ahead: false };
        let start = ScheduledStart { at, time_zone, content, version: release.version, by: actor.clone(), state, ..before };
        let summary = format!("Moved the start of {} in {} to {}", start.version, start.environment, on_clocks(&start));
        self.keep_start(actor, "start.moved", start, summary).await
    }

    /// Takes a start back. Doing it twice is no error.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where it has started.
    pub async fn withdraw_start(&self, actor: &Actor, id: ScheduledStartId, reason: &str) -> Result<ScheduledStart, EngineError> {
        let known = self.store().scheduled_start(id).await?;
        if matches!(known.state, ScheduledStartState::Withdrawn(_)) {
            return Ok(known);
        }
        let before = self.open_start_of(id).await?;
        let reason = valid_text("reason", reason, 2_000)?;
        let summary = format!("Took back the start of {} in {}", before.version, before.environment);
        let withdrawn = Withdrawn { by: actor.clone(), at: self.now(), reason };
        let mut change = self.change(actor);
        let start = ScheduledStart { state: ScheduledStartState::Withdrawn(withdrawn), ..before };
        change.audit_start("start.withdrawn", &start, summary);
        change.settle_start(start);
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().scheduled_start(id).await?)
    }

    /// Starts at once what was scheduled, in the name of who says so.
    ///
    /// # Errors
    /// As [`Engine::deploy`]; [`EngineError::Invalid`] where it has started or was taken back.
    pub async fn start_at_once(&self, actor: &Actor, id: ScheduledStartId) -> Result<Deployment, EngineError> {
        let start = self.open_start_of(id).await?;
        self.deploy(actor, start.release_id, start.environment_id).await
    }

    async fn open_start_of(&self, id: ScheduledStartId) -> Result<ScheduledStart, EngineError> {
        let start = self.store().scheduled_start(id).await?;
        let what = match start.state {
            ScheduledStartState::Waiting { .. } | ScheduledStartState::Held { .. } => return Ok(start),
            ScheduledStartState::Started { .. } => "has started",
            ScheduledStartState::Withdrawn(_) => "was taken back",
        };
        let message = format!("the start of {} in {} {what}", start.version, start.environment);
        Err(EngineError::invalid("id", message, "Schedule another one."))
    }

    fn time_of_start(&self, at: &str, time_zone: &str) -> Result<(Timestamp, String), EngineError> {
        let (at, zone) = moment("at", at, time_zone)?;
        let now = self.now();
        if at <= now {
            return Err(EngineError::invalid("at", "that time is over", "Choose a later one, or start it now."));
        }
        if at.since(now) > FURTHEST {
            return Err(EngineError::invalid("at", "that is more than a year ahead", "Choose an earlier time."));
        }
        Ok((at, zone))
    }

    async fn keep_start(&self, actor: &Actor, action: &str, start: ScheduledStart, summary: String) -> Result<ScheduledStart, EngineError> {
        let id = start.id;
        let mut change = self.change(actor);
        change.audit_start(action, &start, summary);
        change.schedule_start(&start, OutboxEffect::CarryStart, due_at(&start, self.now()));
        change.write(Write::ScheduledStart(start));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().scheduled_start(id).await?)
    }
}

/// What a deployment would meet at a time.
pub(crate) fn would_meet(facts: &ReleaseFacts, environment: EnvironmentId, at: Timestamp) -> Vec<Blocker> {
    facts.blockers(&Action::Deploy { deployment: None }, Some(environment), at)
}

/// When the loop looks at it next.
pub(crate) fn due_at(start: &ScheduledStart, now: Timestamp) -> Timestamp {
    match start.due(now) {
        Due::Later(at) => at,
        Due::LookAhead | Due::Now | Due::Missed | Due::Never => now,
    }
}

/// Its time, on the clocks of its zone.
pub(crate) fn on_clocks(start: &ScheduledStart) -> String {
    in_zone(start.at, start.time_zone.parse().unwrap_or_default())
}
