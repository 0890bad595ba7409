//! The runner: moves a pipeline on, one job after the other, until it ends or waits for a person. Time and cancellation live here;
//! what a script does is in `script`.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio_util::sync::CancellationToken;

use super::state::{Job, Pipeline, Status};
use crate::faults::{Fault, FaultId};
use crate::lock::lock;
use crate::script::{self, Console};
use crate::site::Site;

/// Moves a pipeline on, unless a runner does already.
pub(super) fn start(site: &Arc<Site>, id: u64) {
    let is_ours = lock(&site.gitlab.state).pipelines.get_mut(&id).is_some_and(|pipeline| !std::mem::replace(&mut pipeline.is_driven, true));
    site.bump();
    if !is_ours {
        return;
    }
    let (site, stop) = (Arc::clone(site), site.stop.clone());
    site.tasks.clone().spawn(async move {
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = drive(&site, id) => {}
        }
    });
}

async fn drive(site: &Arc<Site>, id: u64) {
    let cancel = token(site, id);
    if let Some((fault, _)) = site.faults.take_for_run(|fault| *fault == Fault::StuckQueued) {
        unless_cancelled(&cancel, cleared(site, fault)).await;
    }
    unless_cancelled(&cancel, tokio::time::sleep(site.options.pace)).await;
    loop {
        // Looked for and given up under one lock: what is played from here on starts another runner.
        let next = {
            let mut state = lock(&site.gitlab.state);
            let next = state.next(id);
            if next.is_none()
                && let Some(pipeline) = state.pipelines.get_mut(&id)
            {
                pipeline.is_driven = false;
            }
            next
        };
        site.bump();
        let Some(job) = next else { return };
        Work { site, pipeline: id, job, cancel: token(site, id) }.run().await;
    }
}

/// One job being run.
struct Work<'a> {
    site: &'a Arc<Site>,
    pipeline: u64,
    job: u64,
    cancel: CancellationToken,
}

impl Work<'_> {
    async fn run(self) {
        let Some(plan) = self.look(|_, job| job.plan.clone()) else { return };
        let group = plan.resource_group.as_ref().map(|name| lock(&self.site.actions).group(name));
        let _turn = match group {
            Some(group) => match Arc::clone(&group).try_lock_owned() {
                Ok(turn) => Some(turn),
                Err(_) => {
                    self.change(|job| job.status = Status::WaitingForResource);
                    unless_cancelled(&self.cancel, group.lock_owned()).await
                }
            },
            None => None,
        };
        let now = Utc::now();
        self.change(|job| {
            job.status = Status::Running;
            job.started_at = Some(now);
            job.opens(now);
        });
        let aimed = |fault: &Fault| match fault {
            Fault::FailJob { job, environment, .. } => {
                *job == plan.name && environment.as_ref().is_none_or(|place| self.environment() == *place)
            }
            _ => false,
        };
        let ordered = self.site.faults.take_for_run(aimed).map(|(_, fault)| fault);
        let mut is_good = true;
        for (number, line) in plan.script.iter().enumerate() {
            self.change(|job| job.runs(line));
            let failing = ordered.as_ref().filter(|_| number + 1 == plan.script.len());
            let done = script::run(&self, line, failing).await;
            is_good = done == Some(true) && failing.is_none() && !self.cancel.is_cancelled();
            if !is_good {
                break;
            }
        }
        let now = Utc::now();
        // A cancelled job has its end already.
        self.change(|job| {
            job.closes(is_good, now);
            job.status = if is_good { Status::Success } else { Status::Failed };
            job.failure = (!is_good).then_some("script_failure");
            job.finished_at = Some(now);
        });
    }

    /// Where the pipeline deploys to.
    fn environment(&self) -> String {
        self.look(|pipeline, _| pipeline.inputs.get("environment").cloned()).flatten().unwrap_or_default()
    }

    fn look<T>(&self, question: impl FnOnce(&Pipeline, &Job) -> T) -> Option<T> {
        let state = lock(&self.site.gitlab.state);
        state.find(self.job).map(|(pipeline, job)| question(pipeline, job))
    }

    /// Changes the job, unless it was cancelled.
    fn change(&self, change: impl FnOnce(&mut Job)) {
        {
            let mut state = lock(&self.site.gitlab.state);
            let Some(pipeline) = state.pipelines.get_mut(&self.pipeline) else { return };
            pipeline.updated_at = Utc::now();
            let Some(job) = pipeline.jobs.iter_mut().find(|job| job.id == self.job && !job.status.is_ended()) else { return };
            change(job);
            let (id, now) = (self.job, pipeline.updated_at);
            if let Some(deployment) = state.deployments.iter_mut().find(|deployment| deployment.job == id) {
                deployment.updated_at = now;
            }
        }
        self.site.bump();
    }
}

impl Console for Work<'_> {
    fn site(&self) -> &Site {
        self.site
    }

    fn say(&self, text: &str) {
        self.change(|job| job.say(text));
    }

    fn complain(&self, text: &str) {
        self.change(|job| job.fails(text));
    }

    fn head(&self) -> (String, String) {
        self.look(|pipeline, _| (pipeline.ref_name.clone(), pipeline.sha.clone())).unwrap_or_default()
    }

    async fn wait(&self, time: Duration) -> bool {
        unless_cancelled(&self.cancel, tokio::time::sleep(time)).await.is_some()
    }
}

fn token(site: &Site, id: u64) -> CancellationToken {
    lock(&site.gitlab.state).pipelines.get(&id).map(|pipeline| pipeline.cancel.clone()).unwrap_or_default()
}

async fn cleared(site: &Site, fault: FaultId) {
    let mut changes = site.faults.subscribe();
    while site.faults.holds(fault) {
        if changes.changed().await.is_err() {
            return;
        }
    }
}

async fn unless_cancelled<T>(cancel: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => None,
        done = work => Some(done),
    }
}
