//! What becomes of an answer to a gate whose arrival isn't known: looks whether the gate still waits. Must not answer again.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::notifier::{Alert, AlertSubject, Urgency};
use crate::ports::store::{OutboxEffect, OutboxSubject, OutboxWrite, Write};
use pilothouse_domain::gate::{Gate, GateEvent, GateState, GateVerdict, GivenAnswer, GoneCause, apply};
use pilothouse_domain::{Actor, GateId};
use std::time::Duration;

const MAX_CONFLICTS: u8 = 5;

impl Engine {
    pub(super) async fn look_at_answered_gate(&self, id: GateId) -> Result<(), EngineError> {
        let gate = self.store().gate(id).await?;
        let (GateState::Answering { answer } | GateState::AnswerUnknown { answer, .. }) = &gate.state else {
            return self.clear(OutboxSubject::Gate(id)).await;
        };
        let answered_at = answer.at;
        let waiting = match self.waiting_now(&gate).await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::warn!(%error, gate = %id, "whether an answer has arrived can't be seen: it is looked for again");
                let wait = match &error {
                    EngineError::Provider(failure) => failure.retry_after(),
                    _ => None,
                };
                return self.look_later(&gate, wait.unwrap_or(self.pacing.retry)).await;
            }
        };
        match waiting {
            None => self.feed_gate(id, &GateEvent::SeenGone { cause: GoneCause::Elsewhere }).await.map(drop),
            // Providers list late what they have taken.
            Some(_) if self.now() < answered_at.plus(self.pacing.settle) => self.look_later(&gate, self.pacing.look_up).await,
            Some(details) => self.feed_gate(id, &GateEvent::SeenWaiting { details, belongs: gate.belongs }).await.map(drop),
        }
    }

    /// What a gate says now; `None` where it waits no more.
    async fn waiting_now(&self, gate: &Gate) -> Result<Option<pilothouse_domain::gate::GateDetails>, EngineError> {
        let connection = self.store().connection(gate.connection_id).await?;
        let answer = self.client(&connection).await?.gates(&gate.repository).await;
        let gates = self.note_refusal(&connection, answer).await?;
        Ok(gates.into_iter().find(|seen| seen.external_id == gate.external_id).map(|seen| seen.into_seen().1))
    }

    async fn look_later(&self, gate: &Gate, after: Duration) -> Result<(), EngineError> {
        let mut change = self.change(&Actor::Engine);
        change.schedule_gate(gate, OutboxEffect::LookAtGate, after);
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// Feeds what became of an answer to its gate, as it is now, and writes what comes of it.
    pub(crate) async fn feed_gate(&self, id: GateId, event: &GateEvent) -> Result<Gate, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().gate(id).await?;
            let next = match apply(&before, event.clone(), self.now()) {
                Ok(next) => next,
                Err(refusal) => {
                    // Somebody else has found out what became of it.
                    tracing::info!(gate = %id, %refusal, "what became of an answer is known already");
                    return Ok(before);
                }
            };
            let mut change = self.change(&Actor::Engine);
            let (action, summary) = told(&next);
            change.audit_gate(action, &next, summary);
            match &next.state {
                GateState::AnswerUnknown { .. } => change.schedule_gate(&next, OutboxEffect::LookAtGate, self.pacing.look_up),
                // The person went away, thinking that it is answered.
                GateState::Waiting { .. } if matches!(event, GateEvent::SeenWaiting { .. }) => {
                    change.schedule_gate(&next, OutboxEffect::Alert(self.not_arrived(&next)), Duration::ZERO);
                }
                _ => change.outbox(OutboxWrite::Clear { subject: OutboxSubject::Gate(id) }),
            }
            change.write(Write::Gate(next));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().gate(id).await?),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "gate", id: id.to_string() }.into())
    }

    fn not_arrived(&self, gate: &Gate) -> Alert {
        let concerns = match &gate.state {
            GateState::Waiting { not_taken: Some(not) } => Some(not.answer.by.clone()),
            _ => None,
        };
        Alert {
            about: Some(AlertSubject::Gate(gate.id)),
            title: format!("{} still waits: the answer did not arrive", gate.seen.title),
            body: "Answer it again in Pilothouse's inbox.".to_owned(),
            urgency: Urgency::Normal,
            at: self.now(),
            concerns,
        }
    }
}

/// The verb of an answer in the past: "Approved".
pub(crate) const fn verb(answer: &GivenAnswer) -> &'static str {
    match answer.verdict {
        GateVerdict::Approve => "Approved",
        GateVerdict::Reject => "Rejected",
    }
}

fn told(gate: &Gate) -> (&'static str, String) {
    let what = format!("{} of run {} of {}", gate.seen.title, gate.run, gate.pipeline);
    match &gate.state {
        GateState::Waiting { not_taken: Some(not) } => ("gate.answer_not_taken", format!("{what} still waits: {}", not.message)),
        GateState::Waiting { not_taken: None } => ("gate.waiting", format!("{what} waits for a person")),
        GateState::Answering { answer } => ("gate.answering", format!("{} answers {what}", answer.by)),
        GateState::AnswerUnknown { cause, .. } => ("gate.answer_unknown", format!("The answer to {what} may have arrived or not: {cause}")),
        GateState::Answered { answer, confirmed: true, .. } => ("gate.answered", format!("{} {what}, for {}", verb(answer), answer.by)),
        GateState::Answered { answer, .. } => ("gate.answered", format!("{} {what}, for {}: it waits no more", verb(answer), answer.by)),
        GateState::TooLate { answer, .. } => ("gate.too_late", format!("The answer of {} to {what} came too late", answer.by)),
        GateState::Gone { .. } => ("gate.gone", format!("{what} waits no more")),
    }
}
