//! Carries scheduled starts: looks an hour ahead what would stand in the way, starts them when their time has come, and asks where they
//! can't start or nobody was there. Must not start one late by itself.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::notifier::{Alert, AlertSubject, Urgency};
use crate::ports::store::{OutboxEffect, OutboxSubject, Write};
use crate::usecases::scheduled_starts::{due_at, on_clocks, would_meet};
use pilothouse_domain::policy::left_to_people;
use pilothouse_domain::scheduled_start::{Due, HeldReason, ScheduledStart, ScheduledStartState};
use pilothouse_domain::{Actor, ScheduledStartId};

impl Engine {
    pub(super) async fn carry_start(&self, id: ScheduledStartId) -> Result<(), EngineError> {
        let start = self.store().scheduled_start(id).await?;
        match start.due(self.now()) {
            Due::Later(_) => self.schedule_again(&start).await,
            Due::LookAhead => self.look_ahead(start).await,
            Due::Now => self.start_now(start).await,
            Due::Missed => self.hold_start(&start, HeldReason::Missed).await,
            Due::Never => self.clear(OutboxSubject::ScheduledStart(id)).await,
        }
    }

    /// Says when it is looked at next, without a change.
    async fn schedule_again(&self, start: &ScheduledStart) -> Result<(), EngineError> {
        let mut change = self.change(&Actor::Engine);
        change.schedule_start(start, OutboxEffect::CarryStart, due_at(start, self.now()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    async fn look_ahead(&self, start: ScheduledStart) -> Result<(), EngineError> {
        let facts = self.release_facts(start.release_id).await?;
        let blockers = would_meet(&facts, start.environment_id, start.at);
        let in_the_way = match (start.is_for(&facts.release), blockers.is_empty()) {
            (false, _) => Some(HeldReason::Changed),
            (true, false) => Some(HeldReason::Blocked { blockers }),
            (true, true) => None,
        };
        let mut change = self.change(&Actor::Engine);
        match in_the_way {
            Some(reason) => {
                let next = ScheduledStart { state: ScheduledStartState::Waiting { looked_ahead: true }, ..start };
                let title = format!("{} may not start in {}", next.version, next.environment);
                let body = format!("It is set for {}. In the way: {}", on_clocks(&next), reason.words());
                change.audit_start("start.endangered", &next, format!("{title}: {}", reason.words()));
                let alert = self.alert_of(&next, title, body, Urgency::Normal);
                change.schedule_start(&next, OutboxEffect::Alert(alert), self.now());
                change.write(Write::ScheduledStart(next));
            }
            None => change.schedule_start(&start, OutboxEffect::CarryStart, start.at),
        }
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    async fn start_now(&self, start: ScheduledStart) -> Result<(), EngineError> {
        let facts = self.release_facts(start.release_id).await?;
        if !start.is_for(&facts.release) {
            return self.hold_start(&start, HeldReason::Changed).await;
        }
        let environment = facts.environment(start.environment_id)?;
        let known = facts.facts(Some(start.environment_id));
        if let Some(why) = left_to_people(&known, environment, start.set_at, start.train.is_some()) {
            return self.hold_start(&start, HeldReason::LeftToPeople { why }).await;
        }
        match self.start_deployment(&Actor::Engine, &start.by, start.release_id, start.environment_id).await {
            Ok(_) => Ok(()),
            Err(EngineError::Blocked(blockers)) => self.hold_start(&start, HeldReason::Blocked { blockers }).await,
            // Somebody was faster, or the store can't be written: it is looked at again.
            Err(error @ EngineError::Store(_)) => Err(error),
            Err(error) => self.hold_start(&start, HeldReason::Failed { message: super::smoke::words(&error) }).await,
        }
    }

    async fn hold_start(&self, start: &ScheduledStart, reason: HeldReason) -> Result<(), EngineError> {
        let title = format!("{} did not start in {}", start.version, start.environment);
        let body = format!("It was set for {}: {}. Start it, move it or take it back.", on_clocks(start), reason.words());
        let held = start.held(reason, self.now());
        let mut change = self.change(&Actor::Engine);
        change.audit_start("start.held", &held, format!("{title}: {body}"));
        change.schedule_start(&held, OutboxEffect::Alert(self.alert_of(&held, title, body, Urgency::Critical)), self.now());
        change.write(Write::ScheduledStart(held));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    fn alert_of(&self, start: &ScheduledStart, title: String, body: String, urgency: Urgency) -> Alert {
        let about = Some(AlertSubject::ScheduledStart(start.id));
        Alert { about, title, body, urgency, at: self.now(), concerns: Some(start.by.clone()) }
    }
}
