//! What waits for a person at a place: compares it with what is written, and writes what is new, changed or gone in one change,
//! with one alert for all that arrived together. What is being answered is left to whoever answers it.

use super::Place;
use super::owner::Owners;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::notifier::{Alert, AlertSubject, Urgency};
use crate::ports::provider;
use crate::ports::store::{GateFilter, OutboxEffect, OutboxSubject, OutboxWrite, Write};
use pilothouse_domain::gate::{Gate, GateEvent, GateState, GivenAnswer, GoneCause, apply};
use pilothouse_domain::{Actor, ConnectionId, GateId, Timestamp};
use std::time::Duration;

/// How long after its end, at most, a gate that nobody answered here and that is still listed is taken for the same: providers list
/// late what has ended. One that was answered here is taken for the same for as long as runs are looked for (`Pacing::settle`).
const SETTLED: Duration = Duration::from_secs(30);
/// How many gates of a place are compared; of a busy one the newest.
const MOST: u32 = 1_000;
const MAX_CONFLICTS: u8 = 3;

impl Engine {
    /// Asks what waits for a person at a place, and writes down what is new there.
    pub(crate) async fn observe_gates(&self, place: &Place) -> Result<(), EngineError> {
        let connection = self.store().connection(place.connection_id).await?;
        let client = self.client(&connection).await?;
        let began = self.now();
        let answer = client.gates(&place.repository).await;
        let listed = self.note_refusal(&connection, answer).await?;
        for _ in 0..MAX_CONFLICTS {
            let filter = GateFilter {
                connection: Some(place.connection_id),
                repository: Some(place.repository.clone()),
                limit: MOST,
                ..GateFilter::default()
            };
            let known = self.store().gates(&filter).await?;
            if listed.is_empty() && known.iter().all(|gate| gate.state.is_terminal() && gate.lingers_until.is_none()) {
                return Ok(());
            }
            let owners = self.owners(place).await?;
            let mut change = self.change(&Actor::Engine);
            self.compare(&mut change, place, &Seen { listed: &listed, known: &known, owners: &owners, began }, connection.kind.name());
            if change.is_empty() {
                return Ok(());
            }
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(()),
                // It is answered, or another host has looked: compare again.
                Err(StoreError::Conflict { .. } | StoreError::Taken { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // The next look compares again.
        Ok(())
    }

    fn compare(&self, change: &mut Change, place: &Place, seen: &Seen<'_>, provider: &str) {
        let now = self.now();
        for gate in seen.known.iter().filter(|gate| gate.is_waiting()) {
            if !seen.listed.iter().any(|one| one.external_id == gate.external_id) {
                let cause = if gate.is_expired(now) { GoneCause::Expired } else { GoneCause::Elsewhere };
                self.note_gone(change, gate, cause);
            }
        }
        for gate in seen.known.iter().filter(|gate| gate.lingers_until.is_some()) {
            if !seen.listed.iter().any(|one| one.external_id == gate.external_id) {
                let what = format!("{} of run {}", gate.seen.title, gate.run);
                self.note_linger(
                    change,
                    gate,
                    GateEvent::SeenGone { cause: GoneCause::Elsewhere },
                    format!("{what} is not listed any more"),
                );
            }
        }
        let mut arrived: Vec<Gate> = Vec::new();
        for one in seen.listed {
            let belongs = seen.owners.of(one);
            let mut known = seen.known.iter().filter(|gate| gate.external_id == one.external_id);
            let open = known.clone().find(|gate| !gate.state.is_terminal());
            if let Some(gate) = open {
                let (_, details) = one.clone().into_seen();
                let event = GateEvent::SeenWaiting { details, belongs };
                if gate.is_waiting()
                    && let Ok(next) = apply(gate, event, now)
                    && next != *gate
                {
                    change.audit_gate("gate.changed", &next, format!("{} of run {} says something else now", next.seen.title, next.run));
                    change.write(Write::Gate(next));
                }
                continue;
            }
            // Newest first.
            let last = known.next();
            let (_, details) = one.clone().into_seen();
            if let Some(gate) = last.filter(|gate| gate.may_be_the_same(&details))
                && let Some(until) = gate.state.ended_at().map(|at| at.plus(self.pacing.settle))
                && seen.began < until
            {
                if gate.lingers_until.is_none() {
                    let what = format!("{} of run {} was answered, and {provider} still lists it", gate.seen.title, gate.run);
                    self.note_linger(change, gate, GateEvent::SeenLingering { until }, what);
                }
                continue;
            }
            if last
                .filter(|gate| taken(gate).is_none())
                .and_then(|gate| gate.state.ended_at())
                .is_some_and(|at| seen.began < at.plus(self.pacing.settle.min(SETTLED)))
            {
                continue;
            }
            let ((external_id, run, pipeline), details) = one.clone().into_seen();
            if let Some(gate) = last.filter(|gate| gate.lingers_until.is_some()) {
                let what = format!("{} of run {} still waits, although it was answered", gate.seen.title, gate.run);
                self.note_linger(change, gate, GateEvent::SeenGone { cause: GoneCause::Elsewhere }, what);
            }
            let gate = Gate {
                id: self.new_id(GateId::new),
                revision: 0,
                connection_id: place.connection_id,
                repository: place.repository.clone(),
                external_id,
                run,
                pipeline,
                seen: details,
                belongs,
                first_seen_at: now,
                state: GateState::Waiting { not_taken: None },
                answered_before: last.and_then(taken),
                lingers_until: None,
            };
            change.audit_gate("gate.arrived", &gate, headline(&gate, seen.owners));
            change.write(Write::Gate(gate.clone()));
            arrived.push(gate);
        }
        if let Some(first) = arrived.first() {
            let alert = self.arrival(&arrived, first, seen.owners, provider);
            change.schedule_gate(first, OutboxEffect::Alert(alert), Duration::ZERO);
        }
    }

    fn note_linger(&self, change: &mut Change, gate: &Gate, event: GateEvent, summary: String) {
        let Ok(next) = apply(gate, event, self.now()) else { return };
        change.audit_gate("gate.still_listed", &next, summary);
        change.write(Write::Gate(next));
    }

    fn note_gone(&self, change: &mut Change, gate: &Gate, cause: GoneCause) {
        let Ok(next) = apply(gate, GateEvent::SeenGone { cause }, self.now()) else { return };
        let why = match cause {
            GoneCause::Elsewhere => "it was answered elsewhere, or its run has ended",
            GoneCause::Expired => "its time was over",
            GoneCause::Unwatched => "no product is bound to it any more",
        };
        change.audit_gate("gate.gone", &next, format!("{} of run {} waits no more: {why}", next.seen.title, next.run));
        change.outbox(OutboxWrite::Clear { subject: OutboxSubject::Gate(gate.id) });
        change.write(Write::Gate(next));
    }

    /// One alert for all that arrived in one look.
    fn arrival(&self, arrived: &[Gate], first: &Gate, owners: &Owners, provider: &str) -> Alert {
        let (title, body) = match arrived {
            [only] => (headline(only, owners), detail(only, provider)),
            several => {
                let titles: Vec<String> = several.iter().take(3).map(|gate| headline(gate, owners)).collect();
                let more = several.len() - titles.len();
                let rest = if more == 0 { String::new() } else { format!("\n… and {more} more") };
                (format!("{} things wait for a person at {provider}", several.len()), format!("{}{rest}", titles.join("\n")))
            }
        };
        Alert {
            about: Some(AlertSubject::Gate(first.id)),
            title,
            body,
            urgency: Urgency::Normal,
            at: self.now(),
            concerns: owners.requested_by(&first.belongs),
        }
    }

    /// Gates at places that nobody looks at any more wait for nobody.
    pub(crate) async fn forget_unwatched(&self, places: &[Place]) -> Result<(), EngineError> {
        let open = self.store().gates(&GateFilter { open_only: true, limit: MOST, ..GateFilter::default() }).await?;
        let is_watched = |connection: ConnectionId, repository: &str| {
            places.iter().any(|place| place.connection_id == connection && place.repository == repository)
        };
        let mut change = self.change(&Actor::Engine);
        for gate in open.iter().filter(|gate| gate.is_waiting() && !is_watched(gate.connection_id, &gate.repository)) {
            self.note_gone(&mut change, gate, GoneCause::Unwatched);
        }
        if change.is_empty() {
            return Ok(());
        }
        match self.ports.store.commit(change.into_set()).await {
            // The commit that was faster wakes the loop, which looks again.
            Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What one look found, and what was known before.
struct Seen<'a> {
    listed: &'a [provider::Gate],
    /// Newest first.
    known: &'a [Gate],
    owners: &'a Owners,
    /// When the look began.
    began: Timestamp,
}

/// The answer to an earlier gate of the same name, where it was taken.
fn taken(gate: &Gate) -> Option<GivenAnswer> {
    match &gate.state {
        GateState::Answered { answer, .. } => Some(answer.clone()),
        _ => None,
    }
}

/// "Checkout 1.4.0 waits at production".
fn headline(gate: &Gate, owners: &Owners) -> String {
    let whose = owners.words(&gate.belongs).unwrap_or_else(|| gate.pipeline.clone());
    format!("{whose} waits for a person: {}", gate.seen.title)
}

fn detail(gate: &Gate, provider: &str) -> String {
    let mut words = vec![format!("{provider}, {}", gate.pipeline)];
    words.extend(gate.seen.started_by.as_ref().map(|who| format!("started by {who}")));
    let mut words = words.join(", ");
    if !gate.seen.message.is_empty() {
        words.push('\n');
        words.push_str(&gate.seen.message.chars().take(200).collect::<String>());
    }
    words
}
