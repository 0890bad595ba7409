//! Carries deployments on: takes what is due from the outbox, does it, feeds what came of it back into the machine, and writes
//! the next state together with the next thing to do. After a crash the same loop goes on from what is written.
//!
//! Must not: keep anything in memory that matters; trigger without an intent on disk; act on what another host has claimed.

mod automatic;
mod collection;
mod coordinated_run;
mod effects;
mod errand;
pub(crate) mod feed;
mod gates;
mod manual_run;
mod native;
mod runbook;
mod scheduled_start;
mod smoke;
mod train;
pub(crate) mod verification;
mod watching;

pub(crate) use gates::verb;
pub(crate) use smoke::{told as told_of_smoke, words};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::notifier::Alert;
use crate::ports::store::{OutboxEffect, OutboxEntry, OutboxSubject, OutboxWrite};
use futures::stream::{FuturesUnordered, StreamExt};
use pilothouse_domain::Timestamp;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long a claimed entry belongs to this host. Longer than any single call to a provider.
const LEASE: Duration = Duration::from_secs(90);
/// How many entries are worked on at a time.
const AT_A_TIME: u32 = 16;
/// How long to wait after the store failed, or when nothing is to be done and nobody nudges.
const IDLE: Duration = Duration::from_secs(30);
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How soon to look for further work while some is under way.
const BESIDE_OTHERS: Duration = Duration::from_millis(500);

impl Engine {
    /// Carries on until cancelled: at once when something is written, else when the next entry is due. Each subject is worked on
    /// by one task at a time; a call that hangs holds up nobody else.
    pub async fn carry_on(self: Arc<Self>, cancel: CancellationToken) {
        let mut commits = self.ports.store.commits();
        let mut tasks: JoinSet<OutboxSubject> = JoinSet::new();
        let mut under_way: HashSet<OutboxSubject> = HashSet::new();
        while !cancel.is_cancelled() {
            commits.mark_unchanged();
            let wake_at = match self.start_due(&mut tasks, &mut under_way).await {
                Ok(wake_at) => wake_at,
                Err(error) => {
                    tracing::error!(%error, "the store can't be read: deployments stand still until it can");
                    self.now().plus(AFTER_FAILURE)
                }
            };
            tokio::select! {
                () = cancel.cancelled() => {}
                () = self.ports.clock.sleep_until(wake_at) => {}
                changed = commits.changed() => if changed.is_err() { break },
                Some(done) = tasks.join_next() => match done {
                    Ok(subject) => { under_way.remove(&subject); }
                    Err(error) => {
                        tracing::error!(%error, "a step of a deployment broke down; it is taken up again");
                        under_way.clear();
                        tasks.abort_all();
                    }
                },
            }
        }
        // What is under way is cut off: it is taken up again from what is written, as after a crash.
        tasks.shutdown().await;
    }

    /// Starts a task for each entry that is due and not under way, and says when to look again.
    async fn start_due(
        self: &Arc<Self>,
        tasks: &mut JoinSet<OutboxSubject>,
        under_way: &mut HashSet<OutboxSubject>,
    ) -> Result<Timestamp, EngineError> {
        let now = self.now();
        for entry in self.ports.store.claim_due(&self.holder, now, now.plus(LEASE), AT_A_TIME).await? {
            let subject = entry.subject;
            if !under_way.insert(subject) {
                continue;
            }
            let engine = Arc::clone(self);
            tasks.spawn(async move {
                if let Err(error) = engine.carry(entry).await {
                    tracing::warn!(%error, "a step could not be written down; it is taken up again");
                    engine.ports.clock.sleep_until(engine.now().plus(AFTER_FAILURE)).await;
                }
                subject
            });
        }
        let next = self.ports.store.next_due(&self.holder, now).await?.unwrap_or_else(|| now.plus(IDLE));
        // What is under way is still due: don't ask for it without pause.
        Ok(if under_way.is_empty() { next } else { next.max(now.plus(BESIDE_OTHERS)) })
    }

    /// Does everything that is due now, and says when the next is.
    ///
    /// # Errors
    /// Those of the store. What a provider or a service says is no error here: it is what the machine is told.
    pub async fn carry_due(&self) -> Result<Option<Timestamp>, EngineError> {
        let now = self.now();
        let entries = self.ports.store.claim_due(&self.holder, now, now.plus(LEASE), AT_A_TIME).await?;
        let mut under_way: FuturesUnordered<_> = entries.into_iter().map(|entry| self.carry(entry)).collect();
        let mut failed = None;
        while let Some(done) = under_way.next().await {
            if let Err(error) = done {
                tracing::warn!(%error, "a step could not be written down; it is taken up again");
                failed = Some(error);
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(self.ports.store.next_due(&self.holder, self.now()).await?),
        }
    }

    async fn carry(&self, entry: OutboxEntry) -> Result<(), EngineError> {
        let done = match (entry.subject, entry.effect) {
            (OutboxSubject::Deployment(id), OutboxEffect::Deployment(effect)) => self.carry_deployment(id, effect).await,
            (OutboxSubject::ManualRun(id), OutboxEffect::ManualRun(effect)) => self.carry_manual_run(id, effect).await,
            (
                subject @ (OutboxSubject::Incident(_)
                | OutboxSubject::Gate(_)
                | OutboxSubject::UnplannedRun(_)
                | OutboxSubject::SmokeRun(_)
                | OutboxSubject::RunbookRun(_)),
                OutboxEffect::Alert(alert),
            ) => {
                self.show(&alert).await;
                self.clear(subject).await
            }
            (OutboxSubject::Gate(id), OutboxEffect::LookAtGate) => self.look_at_answered_gate(id).await,
            (OutboxSubject::SmokeRun(id), OutboxEffect::RunSmoke) => self.carry_smoke_run(id).await,
            (OutboxSubject::RunbookRun(id), OutboxEffect::CarryRunbook) => self.carry_runbook(id).await,
            (OutboxSubject::Feedback(id), OutboxEffect::RunErrand) => self.carry_errand(id).await,
            (OutboxSubject::ScheduledStart(id), OutboxEffect::CarryStart) => self.carry_start(id).await,
            (OutboxSubject::ScheduledStart(id), OutboxEffect::Alert(alert)) => {
                self.show(&alert).await;
                self.carry_start(id).await
            }
            (OutboxSubject::Train(id), OutboxEffect::CarryTrain) => self.carry_train(id).await,
            (OutboxSubject::Train(id), OutboxEffect::Alert(alert)) => {
                self.show(&alert).await;
                self.carry_train(id).await
            }
            (OutboxSubject::CoordinatedRun(id), OutboxEffect::CarryCoordinatedRun) => self.carry_coordinated_run(id).await,
            (subject @ OutboxSubject::CoordinatedRunAlert(_), OutboxEffect::Alert(alert)) => {
                self.show(&alert).await;
                self.clear(subject).await
            }
            (subject, effect) => {
                tracing::error!(?subject, ?effect, "an outbox entry that doesn't fit its subject is dropped");
                self.clear(subject).await
            }
        };
        match done {
            // What it was about is gone, and with it the thing to do.
            Err(EngineError::Store(StoreError::NotFound { .. })) => self.clear(entry.subject).await,
            other => other,
        }
    }

    /// Shows an alert, as far as the desktop takes one: what it is about is in the window all the same.
    async fn show(&self, alert: &Alert) {
        if let Err(error) = self.ports.notifier.notify(alert).await {
            tracing::error!(%error, title = alert.title, "an alert could not be shown");
        }
    }

    async fn clear(&self, subject: OutboxSubject) -> Result<(), EngineError> {
        let mut change = self.change(&pilothouse_domain::Actor::Engine);
        change.outbox(OutboxWrite::Clear { subject });
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }
}
