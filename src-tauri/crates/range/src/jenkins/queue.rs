//! The queue: an item waits out the quiet period, identical items are folded into one, and an item is forgotten some minutes after it
//! left. Builds begin here; what they do is in `runner`.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Utc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::runner;
use super::state::{Build, Cause, Waiting};
use crate::faults::Fault;
use crate::lock::lock;
use crate::site::Site;
use crate::stats::AcceptedDispatch;

/// What became of the wish for a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// In the queue, by itself or with one that is the same.
    Queued(u64),
    NotBuildable,
    NotParameterized,
}

/// Puts a build into the queue. Parameters that the job doesn't declare are dropped; absent ones take their defaults.
pub(super) fn put(site: &Arc<Site>, job: &str, given: Option<&BTreeMap<String, String>>, cause: Cause) -> Put {
    let (id, cancel) = {
        let mut jenkins = lock(&site.jenkins);
        let Some(item) = jenkins.item(job) else { return Put::NotBuildable };
        if item.disabled || item.work == super::state::Work::None {
            return Put::NotBuildable;
        }
        let known = item.known_parameters();
        if given.is_some() && known.is_empty() {
            return Put::NotParameterized;
        }
        let value = |name: &str| given.and_then(|given| given.get(name).cloned());
        let parameters: BTreeMap<String, String> =
            known.iter().map(|known| (known.name.to_owned(), value(known.name).unwrap_or_else(|| known.default.to_owned()))).collect();
        let is_same = |waiting: &&Waiting| waiting.left_at.is_none() && waiting.job == job && waiting.parameters == parameters;
        if let Some(same) = jenkins.queue.iter().find(is_same) {
            return Put::Queued(same.id);
        }
        jenkins.queued += 1;
        let (id, cancel) = (jenkins.queued, site.stop.child_token());
        site.stats.dispatched(AcceptedDispatch {
            run_id: id,
            workflow: job.to_owned(),
            reference: String::new(),
            inputs: parameters.clone(),
            at: Utc::now(),
        });
        jenkins.queue.push(Waiting {
            id,
            job: job.to_owned(),
            parameters,
            cause,
            since: Utc::now(),
            left_at: None,
            build: None,
            cancel: cancel.clone(),
        });
        (id, cancel)
    };
    site.bump();
    let work = Arc::clone(site);
    site.tasks.spawn(async move {
        tokio::select! {
            biased;
            () = cancel.cancelled() => {}
            () = wait(&work, id) => {
                if let Some((job, number)) = leave(&work, id) {
                    runner::start(&work, job, number);
                }
            }
        }
    });
    Put::Queued(id)
}

/// Waits until the item may become a build.
async fn wait(site: &Site, id: u64) {
    let mut changes = site.changed.subscribe();
    let mut faults = site.faults.subscribe();
    tokio::time::sleep(site.options.jenkins_quiet_period).await;
    if let Some((fault, _)) = site.faults.take_for_run(|fault| *fault == Fault::StuckQueued) {
        while site.faults.holds(fault) && faults.changed().await.is_ok() {}
    }
    let is_held = || {
        let jenkins = lock(&site.jenkins);
        jenkins.is_quiet && jenkins.waiting(id).is_some()
    };
    while is_held() && changes.changed().await.is_ok() {}
}

/// Takes an item out of the queue and makes its build.
fn leave(site: &Site, id: u64) -> Option<(String, u64)> {
    let made = {
        let mut jenkins = lock(&site.jenkins);
        let waiting = jenkins.waiting_mut(id)?;
        waiting.left_at = Some(Instant::now());
        let waiting = waiting.clone();
        let item = jenkins.item_mut(&waiting.job)?;
        let number = item.builds.last().map_or(1, |build| build.number + 1);
        item.builds.push(Build {
            number,
            queue_id: id,
            parameters: waiting.parameters,
            cause: waiting.cause,
            started_at: Utc::now(),
            ended_at: None,
            result: None,
            stages: Vec::new(),
            input: None,
            log: String::new(),
            cancel: CancellationToken::new(),
        });
        jenkins.waiting_mut(id)?.build = Some(number);
        (waiting.job, number)
    };
    site.bump();
    Some(made)
}

/// Takes an item out of the queue for good; `false` where it isn't there.
pub(super) fn cancel(site: &Site, id: u64) -> bool {
    let is_cancelled = {
        let mut jenkins = lock(&site.jenkins);
        match jenkins.waiting_mut(id).filter(|waiting| waiting.left_at.is_none()) {
            Some(waiting) => {
                waiting.left_at = Some(Instant::now());
                waiting.cancel.cancel();
                true
            }
            None => false,
        }
    };
    site.bump();
    is_cancelled
}

/// Forgets the items that left long enough ago.
pub(super) fn forget(site: &Site) {
    let memory = site.options.jenkins_queue_memory;
    lock(&site.jenkins).queue.retain(|waiting| waiting.left_at.is_none_or(|left| left.elapsed() < memory));
}
