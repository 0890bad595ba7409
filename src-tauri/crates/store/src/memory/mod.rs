//! A store without a disk, for the deterministic simulation: thousands of runs, each with crashes at any write. Keeps the same
//! contract as the databases and goes through the same suite.
//!
//! A [`MemoryDatabase`] is what a disk would be. Handles come and go over it; a crash drops a handle, the next one is opened on
//! what was committed. Must not be used by a host: nothing survives the process.

mod calendar;
mod checklists;
mod coordination;
mod documents;
mod lists;
mod port;
mod reviews;
mod runbooks;
mod tables;
mod uat;
mod unique;

use crate::StoreOptions;
use crate::observer::CommitObserver;
use crate::rules::{KEPT_NOTICES, SLACK, TRIM_EVERY, refuse_unaudited};
use pilothouse_domain::audit::{AuditEvent, ChainHead};
use pilothouse_domain::check::Measurement;
use pilothouse_domain::{CheckId, Timestamp};
use pilothouse_engine::ports::store::{
    ChangeNotice, ChangeSet, Committed, OutboxEffect, OutboxEntry, OutboxSubject, OutboxWrite, StoreError,
};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tables::Tables;
use tokio::sync::watch;

/// What was committed. A clone is the same database; see [`MemoryDatabase::snapshot`] for another one.
#[derive(Clone)]
pub struct MemoryDatabase {
    state: Arc<Mutex<State>>,
    commits: Arc<watch::Sender<u64>>,
    measured: Arc<watch::Sender<u64>>,
}

/// A handle on a [`MemoryDatabase`].
pub struct MemoryStore {
    database: MemoryDatabase,
    observer: Option<Arc<dyn CommitObserver>>,
    points: AtomicU64,
}

#[derive(Clone, Default)]
struct State {
    tables: Tables,
    outbox: Outbox,
    audit: Vec<Arc<AuditEvent>>,
    head: ChainHead,
    notices: VecDeque<ChangeNotice>,
    change_seq: u32,
    commits: u64,
    measurements: BTreeMap<(CheckId, Timestamp), Measurement>,
    leases: BTreeMap<String, (String, Timestamp)>,
}

type Outbox = BTreeMap<OutboxSubject, Task>;

#[derive(Clone)]
struct Task {
    effect: OutboxEffect,
    written_at: Timestamp,
    due_at: Timestamp,
    lease: Option<(String, Timestamp)>,
}

impl Task {
    fn is_free_for(&self, holder: &str, now: Timestamp) -> bool {
        self.lease.as_ref().is_none_or(|(other, until)| other == holder || *until <= now)
    }
}

impl Default for MemoryDatabase {
    fn default() -> Self {
        Self { state: Arc::default(), commits: Arc::new(watch::Sender::new(0)), measured: Arc::new(watch::Sender::new(0)) }
    }
}

impl MemoryDatabase {
    /// A handle. Others may be open at the same time.
    #[must_use]
    pub fn open(&self, options: StoreOptions) -> MemoryStore {
        MemoryStore { database: self.clone(), observer: options.observer, points: AtomicU64::new(0) }
    }

    /// A copy of all that is committed now, which goes its own way from here.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        let state = self.lock().clone();
        let commits = Arc::new(watch::Sender::new(state.commits));
        Self { state: Arc::new(Mutex::new(state)), commits, measured: Arc::new(watch::Sender::new(0)) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done: a change is made beside the state and put in its place at the end.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemoryStore {
    fn change(&self, change: &ChangeSet) -> Result<Committed, StoreError> {
        refuse_unaudited(change)?;
        let mut state = self.database.lock();
        let (mut tables, mut outbox) = (state.tables.clone(), state.outbox.clone());
        let applied = tables.apply(&change.writes)?;
        outbox.retain(|subject, _| match subject {
            OutboxSubject::Incident(id) => !applied.gone_incidents.contains(id),
            OutboxSubject::Gate(id) => !applied.gone_gates.contains(id),
            OutboxSubject::UnplannedRun(id) => !applied.gone_unplanned.contains(id),
            OutboxSubject::SmokeRun(id) => !applied.gone_smoke_runs.contains(id),
            OutboxSubject::RunbookRun(id) => !applied.gone_runbook_runs.contains(id),
            OutboxSubject::ScheduledStart(id) => !applied.gone_starts.contains(id),
            OutboxSubject::Train(id) => !applied.gone_trains.contains(id),
            OutboxSubject::Deployment(_) | OutboxSubject::ManualRun(_) | OutboxSubject::Feedback(_) => true,
            // What goes in them keeps its product from being removed.
            OutboxSubject::CoordinatedRun(_) | OutboxSubject::CoordinatedRunAlert(_) => true,
        });
        for write in &change.outbox {
            schedule(&mut outbox, write);
        }
        let (mut head, mut events) = (state.head.clone(), Vec::with_capacity(change.audit.len()));
        for entry in &change.audit {
            let event = AuditEvent::after(&head, entry.clone());
            head = event.head();
            events.push(Arc::new(event));
        }
        let mut changes: Vec<ChangeNotice> = Vec::new();
        for (kind, id, product_id) in applied.changed {
            if !changes.iter().any(|notice| notice.kind == kind && notice.id == id) {
                let seq = state.change_seq.saturating_add(1).saturating_add(u32::try_from(changes.len()).unwrap_or(u32::MAX));
                changes.push(ChangeNotice { seq, kind: kind.to_owned(), id, product_id });
            }
        }

        self.observed(|| {
            state.tables = tables;
            state.outbox = outbox;
            state.head = head;
            state.audit.append(&mut events);
            state.measurements.retain(|(check, _), _| !applied.gone_checks.contains(check));
            for notice in &changes {
                state.change_seq = notice.seq;
                state.notices.push_back(notice.clone());
                if notice.seq.is_multiple_of(TRIM_EVERY) {
                    let keep = usize::try_from(KEPT_NOTICES).unwrap_or(usize::MAX);
                    let surplus = state.notices.len().saturating_sub(keep);
                    state.notices.drain(..surplus);
                }
            }
            state.commits += 1;
            crate::following::advance(&self.database.commits, state.commits);
        })?;
        Ok(Committed { changes })
    }

    fn claim(&self, holder: &str, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<OutboxEntry>, StoreError> {
        let mut state = self.database.lock();
        // Entries from a time to come: the clock was set back since they were written. They wait anew.
        for task in state.outbox.values_mut().filter(|task| task.written_at > now.plus(SLACK) && task.is_free_for(holder, now)) {
            task.due_at = now.plus(task.due_at.since(task.written_at));
            task.written_at = now;
        }
        let mut due: Vec<(Timestamp, OutboxSubject)> = state
            .outbox
            .iter()
            .filter(|(_, task)| task.due_at <= now && task.is_free_for(holder, now))
            .map(|(subject, task)| (task.due_at, *subject))
            .collect();
        due.sort();
        due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        if due.is_empty() {
            return Ok(Vec::new());
        }
        self.observed(|| {
            let mut claimed = Vec::with_capacity(due.len());
            for (due_at, subject) in due {
                if let Some(task) = state.outbox.get_mut(&subject) {
                    task.lease = Some((holder.to_owned(), until));
                    claimed.push(OutboxEntry { subject, effect: task.effect.clone(), due_at });
                }
            }
            claimed
        })
    }

    fn end_leases(&self, holder: &str) -> Result<(), StoreError> {
        let mut state = self.database.lock();
        self.observed(|| {
            for task in state.outbox.values_mut() {
                task.lease.take_if(|(other, _)| other != holder);
            }
            state.leases.retain(|_, (other, _)| other == holder);
        })
    }

    /// Does what can't fail, with the observer told.
    fn observed<T>(&self, commit: impl FnOnce() -> T) -> Result<T, StoreError> {
        let n = self.points.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(observer) = &self.observer {
            observer.before_commit(n)?;
        }
        let done = commit();
        if let Some(observer) = &self.observer {
            observer.after_commit(n)?;
        }
        Ok(done)
    }
}

fn schedule(outbox: &mut Outbox, write: &OutboxWrite) {
    match write {
        OutboxWrite::Schedule { subject, effect, written_at, due_at } => {
            let lease = outbox.get(subject).and_then(|task| task.lease.clone());
            outbox.insert(*subject, Task { effect: effect.clone(), written_at: *written_at, due_at: *due_at, lease });
        }
        OutboxWrite::Clear { subject } => {
            outbox.remove(subject);
        }
    }
}
