//! The table of faults in force: who asks takes, and a taken fault is used up by one.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Fault, Operation, Order, Times};
use crate::lock::lock;

/// Identifies an ordered fault within its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultId(pub u64);

/// A fault in force.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ActiveFault {
    /// To clear it by.
    pub id: FaultId,
    /// As it was ordered.
    pub order: Order,
    /// How often it will still strike; `None`: until cleared.
    pub remaining: Option<u32>,
    /// How often it has struck; of a fault that changes an instance's state only whether it has (0 or 1).
    pub hits: u64,
}

#[derive(Debug)]
struct Entry {
    id: FaultId,
    order: Order,
    remaining: Option<u32>,
    ends: Option<Instant>,
}

#[derive(Debug, Default)]
struct Inner {
    last: u64,
    entries: Vec<Entry>,
    hits: BTreeMap<FaultId, u64>,
}

/// All faults in force.
#[derive(Debug)]
pub(crate) struct FaultTable {
    inner: Mutex<Inner>,
    changed: watch::Sender<u64>,
}

impl FaultTable {
    pub(crate) fn new() -> Self {
        Self { inner: Mutex::default(), changed: watch::Sender::new(0) }
    }

    pub(crate) fn add(&self, order: Order) -> FaultId {
        let mut inner = lock(&self.inner);
        inner.last += 1;
        let id = FaultId(inner.last);
        let lasting = matches!(order.fault, Fault::TurnBad { .. } | Fault::SlowInstance { .. });
        let remaining = match order.times {
            Times::Limited(times) if !lasting => Some(times),
            _ => None,
        };
        let ends = order.fault.lasts_s().map(|seconds| Instant::now() + Duration::from_secs(seconds));
        inner.entries.push(Entry { id, order, remaining, ends });
        inner.hits.insert(id, 0);
        drop(inner);
        self.bump();
        id
    }

    pub(crate) fn remove(&self, id: FaultId) -> Option<Order> {
        let mut inner = lock(&self.inner);
        let place = inner.entries.iter().position(|entry| entry.id == id)?;
        let entry = inner.entries.remove(place);
        drop(inner);
        self.bump();
        Some(entry.order)
    }

    pub(crate) fn list(&self) -> Vec<ActiveFault> {
        let mut inner = lock(&self.inner);
        inner.forget_ended();
        let active = |entry: &Entry| ActiveFault {
            id: entry.id,
            order: entry.order.clone(),
            remaining: entry.remaining,
            hits: inner.hits.get(&entry.id).copied().unwrap_or(0),
        };
        inner.entries.iter().map(active).collect()
    }

    pub(crate) fn hits(&self, id: FaultId) -> u64 {
        lock(&self.inner).hits.get(&id).copied().unwrap_or(0)
    }

    pub(crate) async fn struck(&self, id: FaultId) {
        let mut changes = self.changed.subscribe();
        while self.hits(id) == 0 {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Changes whenever a fault is ordered, strikes or ends.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The fault that strikes this request, if one does. For a limit: with the whole seconds until it ends.
    pub(crate) fn take_for_request(&self, method: &Method, path: &str, operation: Operation) -> Option<(FaultId, Fault, u64)> {
        self.take(|order| {
            // GitHub answers how much is left also when nothing is.
            let spared = operation == Operation::RateLimit && matches!(order.fault, Fault::PrimaryRateLimit { .. });
            order.fault.is_of_requests() && !spared && order.scope.covers(method, path, operation)
        })
    }

    /// Seconds until an ordered primary limit ends, while one is in force.
    pub(crate) fn primary_limit_left_s(&self) -> Option<u64> {
        let mut inner = lock(&self.inner);
        inner.forget_ended();
        let limit = inner.entries.iter().find(|entry| matches!(entry.order.fault, Fault::PrimaryRateLimit { .. }))?;
        Some(limit.left_s())
    }

    /// The first fault of a run that the test accepts.
    pub(crate) fn take_for_run(&self, accepts: impl Fn(&Fault) -> bool) -> Option<(FaultId, Fault)> {
        self.take(|order| accepts(&order.fault)).map(|(id, fault, _)| (id, fault))
    }

    /// Whether the fault is still in force.
    pub(crate) fn holds(&self, id: FaultId) -> bool {
        lock(&self.inner).entries.iter().any(|entry| entry.id == id)
    }

    /// Whether an instance of this version has turned bad.
    pub(crate) fn turned_bad(&self, version: &str, environment: &str, healthy_for: Duration, answered: u64) -> bool {
        let strikes = |fault: &Fault| match fault {
            Fault::TurnBad { version: aimed, environment: place, after_ms, after_requests } => {
                let timely = after_ms.map(|limit| healthy_for >= Duration::from_millis(limit));
                let counted = after_requests.map(|limit| answered >= limit);
                bare(aimed) == bare(version)
                    && place.as_deref().is_none_or(|place| place == environment)
                    && match (timely, counted) {
                        (None, None) => true,
                        (timely, counted) => timely == Some(true) || counted == Some(true),
                    }
            }
            _ => false,
        };
        self.look(strikes).is_some()
    }

    /// How much later the instance answers.
    pub(crate) fn slowness(&self, environment: &str, number: u32) -> Option<Duration> {
        let strikes = |fault: &Fault| match fault {
            Fault::SlowInstance { environment: place, instance, .. } => {
                place == environment && instance.is_none_or(|instance| instance == number)
            }
            _ => false,
        };
        match self.look(strikes) {
            Some(Fault::SlowInstance { delay_ms, .. }) => Some(Duration::from_millis(delay_ms)),
            _ => None,
        }
    }

    /// Whether the instance must stay down although it is started. A crash of limited times ends with that start.
    pub(crate) fn crashes_at_start(&self, environment: &str, number: u32) -> bool {
        let strikes = |fault: &Fault| matches!(fault, Fault::CrashInstance { environment: place, instance } if place == environment && *instance == number);
        match self.take_for_run(strikes) {
            Some((id, _)) => self.holds(id),
            None => false,
        }
    }

    fn take(&self, accepts: impl Fn(&Order) -> bool) -> Option<(FaultId, Fault, u64)> {
        let mut inner = lock(&self.inner);
        inner.forget_ended();
        let fresh = |entry: &Entry| entry.remaining != Some(0) && accepts(&entry.order);
        let place = inner.entries.iter().position(fresh)?;
        let entry = inner.entries.get_mut(place)?;
        let (id, fault) = (entry.id, entry.order.fault.clone());
        let left_s = entry.left_s();
        entry.remaining = entry.remaining.map(|remaining| remaining.saturating_sub(1));
        // What keeps a run queued stays in the table until somebody clears it.
        if entry.remaining == Some(0) && fault != Fault::StuckQueued {
            inner.entries.remove(place);
        }
        *inner.hits.entry(id).or_default() += 1;
        drop(inner);
        self.bump();
        Some((id, fault, left_s))
    }

    /// Finds a fault that holds until cleared. Its first strike is counted, the many that follow from it are not.
    fn look(&self, strikes: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut inner = lock(&self.inner);
        let entry = inner.entries.iter().find(|entry| strikes(&entry.order.fault))?;
        let (id, fault) = (entry.id, entry.order.fault.clone());
        let first = inner.hits.insert(id, 1) != Some(1);
        drop(inner);
        if first {
            self.bump();
        }
        Some(fault)
    }

    fn bump(&self) {
        self.changed.send_modify(|revision| *revision += 1);
    }
}

impl Entry {
    /// Rounded up: a client that waits as told must not come back early.
    fn left_s(&self) -> u64 {
        let left = self.ends.map_or(0, |ends| (ends - Instant::now()).as_millis().div_ceil(1000));
        u64::try_from(left).unwrap_or(u64::MAX)
    }
}

impl Inner {
    fn forget_ended(&mut self) {
        let now = Instant::now();
        self.entries.retain(|entry| entry.ends.is_none_or(|ends| ends > now));
    }
}

/// A version without its leading `v`.
pub(crate) fn bare(version: &str) -> &str {
    version.strip_prefix('v').unwrap_or(version)
}
