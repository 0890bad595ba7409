//! What happened at the range's GitHub: every request, and every dispatch that was accepted. It only counts.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::faults::{FaultId, Operation};
use crate::lock::lock;

/// The request log keeps this many of the newest requests; the counters never forget.
const KEPT: usize = 50_000;

/// A dispatch that created a run, whether or not its sender ever heard of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AcceptedDispatch {
    /// The run it created.
    pub run_id: u64,
    /// File name of the workflow, e.g. `deploy.yml`.
    pub workflow: String,
    /// The ref as it was sent.
    pub reference: String,
    /// The inputs, defaults filled in.
    pub inputs: BTreeMap<String, String>,
    /// When it was accepted.
    pub at: DateTime<Utc>,
}

/// One request to the range's GitHub.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Counts up from 1.
    pub number: u64,
    /// When it arrived.
    pub at: DateTime<Utc>,
    /// E.g. `GET`.
    pub method: String,
    /// Path and query, without `/api/v3`.
    pub target: String,
    /// What it asked for.
    pub operation: Operation,
    /// The status answered; `None` while it is under way, and for ever where a fault left it without an answer.
    pub status: Option<u16>,
    /// The ordered fault that it met.
    pub fault: Option<FaultId>,
}

/// Counters and logs at one moment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StatsSnapshot {
    /// Requests to GitHub's API so far.
    pub requests: u64,
    /// The same, per operation.
    pub per_operation: BTreeMap<Operation, u64>,
    /// The accepted dispatches, oldest first.
    pub dispatches: Vec<AcceptedDispatch>,
    /// Requests to a log store that carried the token, which belongs to the API alone. Must stay 0.
    pub token_leaks: u64,
    /// Requests that were answered 304: free of charge.
    pub not_modified: u64,
}

/// Collects them.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    requests: u64,
    per_operation: BTreeMap<Operation, u64>,
    log: VecDeque<RequestRecord>,
    dispatches: Vec<AcceptedDispatch>,
    token_leaks: u64,
    not_modified: u64,
}

impl Stats {
    pub(crate) fn arrived(&self, method: &str, target: &str, operation: Operation) -> u64 {
        let mut inner = lock(&self.inner);
        inner.requests += 1;
        *inner.per_operation.entry(operation).or_default() += 1;
        let number = inner.requests;
        if inner.log.len() == KEPT {
            inner.log.pop_front();
        }
        inner.log.push_back(RequestRecord {
            number,
            at: SystemTime::now().into(),
            method: method.to_owned(),
            target: target.to_owned(),
            operation,
            status: None,
            fault: None,
        });
        number
    }

    pub(crate) fn met(&self, number: u64, fault: FaultId) {
        self.record(number, |record| record.fault = Some(fault));
    }

    pub(crate) fn answered(&self, number: u64, status: u16) {
        self.record(number, |record| record.status = Some(status));
        if status == 304 {
            lock(&self.inner).not_modified += 1;
        }
    }

    pub(crate) fn dispatched(&self, dispatch: AcceptedDispatch) {
        lock(&self.inner).dispatches.push(dispatch);
    }

    pub(crate) fn leaked(&self) {
        lock(&self.inner).token_leaks += 1;
    }

    pub(crate) fn snapshot(&self) -> StatsSnapshot {
        let inner = lock(&self.inner);
        StatsSnapshot {
            requests: inner.requests,
            per_operation: inner.per_operation.clone(),
            dispatches: inner.dispatches.clone(),
            token_leaks: inner.token_leaks,
            not_modified: inner.not_modified,
        }
    }

    pub(crate) fn requests(&self) -> Vec<RequestRecord> {
        lock(&self.inner).log.iter().cloned().collect()
    }

    fn record(&self, number: u64, change: impl FnOnce(&mut RequestRecord)) {
        let mut inner = lock(&self.inner);
        // Numbers in the log are consecutive, so the place follows from the first one.
        let first = inner.log.front().map_or(number, |record| record.number);
        let place = usize::try_from(number.saturating_sub(first)).unwrap_or(usize::MAX);
        if let Some(record) = inner.log.get_mut(place).filter(|record| record.number == number) {
            change(record);
        }
    }
}

impl StatsSnapshot {
    /// Accepted dispatches of a workflow (file name) whose inputs hold this value in any input: the correlation.
    #[must_use]
    pub fn dispatches_of(&self, workflow: &str, correlation: &str) -> usize {
        let matches =
            |dispatch: &&AcceptedDispatch| dispatch.workflow == workflow && dispatch.inputs.values().any(|value| value == correlation);
        self.dispatches.iter().filter(matches).count()
    }

    /// Accepted dispatches per workflow and value of one input, e.g. `pilothouse_run`. Dispatches without it count under "".
    #[must_use]
    pub fn dispatches_by(&self, input: &str) -> BTreeMap<(String, String), usize> {
        let mut counts = BTreeMap::new();
        for dispatch in &self.dispatches {
            let value = dispatch.inputs.get(input).cloned().unwrap_or_default();
            *counts.entry((dispatch.workflow.clone(), value)).or_default() += 1;
        }
        counts
    }
}
