//! The runner: moves a run from queued to its conclusion, one step per `pace`. Time and cancellation live here; what a step
//! does is in `steps`.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio_util::sync::CancellationToken;

use super::run::{Attempt, Conclusion, Gate, Job, Status, Verdict};
use super::steps::{self, Outcome};
use crate::deployments::DeploymentState;
use crate::faults::{Fault, FaultId};
use crate::lock::lock;
use crate::site::Site;

/// Starts to move the current attempt of a run.
pub(crate) fn start(site: &Arc<Site>, run_id: u64) {
    site.bump();
    let current = lock(&site.actions).runs.get(&run_id).and_then(|run| Some(run.latest()?.cancel.clone()));
    let Some(cancel) = current else { return };
    let stop = site.stop.clone();
    let work = Work { site: Arc::clone(site), run_id, cancel };
    site.tasks.spawn(async move {
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = work.drive() => {}
        }
    });
}

/// One attempt being moved.
pub(super) struct Work {
    pub(super) site: Arc<Site>,
    pub(super) run_id: u64,
    pub(super) cancel: CancellationToken,
}

impl Work {
    async fn drive(self) {
        let stuck = self.site.faults.take_for_run(|fault| *fault == Fault::StuckQueued);
        if let Some((fault, _)) = stuck {
            self.unless_cancelled(self.cleared(fault)).await;
        }
        self.pause(1).await;
        let group = self.group_name().map(|name| lock(&self.site.actions).group(&name));
        let _turn = match group {
            Some(group) => match Arc::clone(&group).try_lock_owned() {
                Ok(turn) => Some(turn),
                Err(_) => {
                    self.change(|attempt| attempt.status = Status::Pending);
                    self.unless_cancelled(group.lock_owned()).await
                }
            },
            None => None,
        };
        if !self.cancel.is_cancelled() {
            self.change(|attempt| attempt.status = Status::InProgress);
        }
        let jobs = self.look(|attempt| attempt.jobs.len()).unwrap_or(0);
        for index in 0..jobs {
            self.job(index).await;
        }
        self.change(|attempt| {
            attempt.status = Status::Completed;
            let ended = |conclusion| attempt.jobs.iter().any(|job| job.conclusion == Some(conclusion));
            attempt.conclusion = Some(if ended(Conclusion::Failure) {
                Conclusion::Failure
            } else if ended(Conclusion::Cancelled) {
                Conclusion::Cancelled
            } else {
                Conclusion::Success
            });
        });
    }

    async fn job(&self, index: usize) {
        let Some(job) = self.look(|attempt| attempt.jobs.get(index).cloned()).flatten() else {
            return;
        };
        if job.status == Status::Completed {
            return;
        }
        let needs_hold = self.look_at_run(|run, attempt| {
            let plan = run.plan.jobs.iter().find(|plan| plan.key == job.key);
            let succeeded = |key: &String| attempt.jobs.iter().any(|job| &job.key == key && job.conclusion == Some(Conclusion::Success));
            plan.is_none_or(|plan| plan.needs.iter().all(succeeded))
        });
        if self.cancel.is_cancelled() {
            return self.end_job(index, Conclusion::Cancelled);
        }
        if needs_hold != Some(true) {
            return self.end_job(index, Conclusion::Skipped);
        }
        let environment = self.environment_of(&job);
        if let Some(environment) = &environment
            && self.site.is_protected(environment)
        {
            match self.approval(index, environment).await {
                Some(Verdict::Approved) => {}
                Some(Verdict::Rejected) => return self.end_job(index, Conclusion::Failure),
                None => return self.end_job(index, Conclusion::Cancelled),
            }
        }
        let deployment = environment.map(|environment| self.record_deployment(&environment));
        let conclusion = self.steps(index, &job).await;
        if let Some(id) = deployment {
            let state = if conclusion == Conclusion::Success { DeploymentState::Success } else { DeploymentState::Failure };
            self.move_deployment(id, state);
        }
        self.end_job(index, conclusion);
    }

    async fn steps(&self, index: usize, job: &Job) -> Conclusion {
        self.change_job(index, |job| {
            job.status = Status::InProgress;
            job.started_at = Some(Utc::now());
        });
        let run_environment = self.value("inputs.environment");
        let ordered = self.site.faults.take_for_run(|fault| match fault {
            Fault::FailJob { job: aimed, environment, .. } => {
                *aimed == job.key && environment.as_ref().is_none_or(|place| *place == run_environment)
            }
            _ => false,
        });
        let last_own = job.steps.len().saturating_sub(2);
        for (number, step) in job.steps.iter().enumerate() {
            let failing = if number == last_own { ordered.as_ref().map(|(_, fault)| fault) } else { None };
            self.change_job(index, |job| {
                if let Some(step) = job.steps.get_mut(number) {
                    step.status = Status::InProgress;
                    step.started_at = Some(Utc::now());
                }
            });
            let outcome = steps::run(self, index, step, failing).await;
            let conclusion = match outcome {
                Outcome::Done => Conclusion::Success,
                Outcome::Failed => Conclusion::Failure,
                Outcome::Cancelled => Conclusion::Cancelled,
            };
            self.change_job(index, |job| {
                if outcome == Outcome::Failed {
                    job.say("##[error]Process completed with exit code 1.", Utc::now());
                } else if outcome == Outcome::Cancelled {
                    job.say("##[error]The operation was canceled.", Utc::now());
                }
                if let Some(step) = job.steps.get_mut(number) {
                    step.status = Status::Completed;
                    step.conclusion = Some(conclusion);
                    step.completed_at = Some(Utc::now());
                }
            });
            if conclusion != Conclusion::Success {
                return conclusion;
            }
        }
        Conclusion::Success
    }

    /// Waits until somebody approves or rejects; `None` where the run was cancelled instead.
    async fn approval(&self, index: usize, environment: &str) -> Option<Verdict> {
        self.change(|attempt| {
            attempt.status = Status::Waiting;
            attempt.gate = Some(Gate { environment: environment.to_owned(), since: Utc::now(), verdict: None });
            if let Some(job) = attempt.jobs.get_mut(index) {
                job.status = Status::Waiting;
            }
        });
        let mut changes = self.site.changed.subscribe();
        let settled = async {
            loop {
                let verdict = self.look(|attempt| attempt.gate.as_ref().and_then(|gate| gate.verdict)).flatten();
                if verdict.is_some() || changes.changed().await.is_err() {
                    return verdict;
                }
            }
        };
        let verdict = self.unless_cancelled(settled).await.flatten();
        self.change(|attempt| {
            attempt.gate = None;
            attempt.status = Status::InProgress;
        });
        verdict
    }

    fn record_deployment(&self, environment: &str) -> u64 {
        let (sha, ref_name) = self.look_at_run(|run, _| (run.sha.clone(), run.ref_name.clone())).unwrap_or_default();
        let id = lock(&self.site.deployments).create(environment, &sha, &ref_name, "deploy");
        self.move_deployment(id, DeploymentState::InProgress);
        id
    }

    fn move_deployment(&self, id: u64, state: DeploymentState) {
        let page = format!("{}/actions/runs/{}", self.site.repository_page(), self.run_id);
        lock(&self.site.deployments).add_status(id, state, String::new(), &page, true);
        self.site.bump();
    }

    fn environment_of(&self, job: &Job) -> Option<String> {
        self.look_at_run(|run, _| {
            let plan = run.plan.jobs.iter().find(|plan| plan.key == job.key)?;
            Some(super::workflow::interpolate(plan.environment.as_ref()?, &run.values))
        })
        .flatten()
        .filter(|environment| !environment.is_empty())
    }

    fn group_name(&self) -> Option<String> {
        let name = |run: &super::Run| Some(super::workflow::interpolate(run.plan.concurrency.as_ref()?, &run.values));
        self.look_at_run(|run, _| name(run)).flatten()
    }

    pub(super) fn value(&self, name: &str) -> String {
        self.look_at_run(|run, _| run.values.get(name).cloned()).flatten().unwrap_or_default()
    }

    async fn cleared(&self, fault: FaultId) {
        let mut changes = self.site.faults.subscribe();
        while self.site.faults.holds(fault) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Lets that many paces pass; `false` where the run was cancelled meanwhile.
    pub(super) async fn pause(&self, paces: u32) -> bool {
        self.wait(self.site.options.pace * paces).await
    }

    pub(super) async fn wait(&self, time: Duration) -> bool {
        self.unless_cancelled(tokio::time::sleep(time)).await.is_some()
    }

    pub(super) async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            done = work => Some(done),
        }
    }

    pub(super) fn say(&self, index: usize, text: &str) {
        self.change_job(index, |job| job.say(text, Utc::now()));
    }

    fn end_job(&self, index: usize, conclusion: Conclusion) {
        self.change_job(index, |job| job.complete(conclusion, Utc::now()));
    }

    fn change_job(&self, index: usize, change: impl FnOnce(&mut Job)) {
        self.change(|attempt| {
            if let Some(job) = attempt.jobs.get_mut(index) {
                change(job);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Attempt)) {
        self.site.change_run(self.run_id, |run| run.attempts.last_mut().map(change));
    }

    fn look<T>(&self, question: impl FnOnce(&Attempt) -> T) -> Option<T> {
        self.look_at_run(|_, attempt| question(attempt))
    }

    fn look_at_run<T>(&self, question: impl FnOnce(&super::Run, &Attempt) -> T) -> Option<T> {
        let actions = lock(&self.site.actions);
        let run = actions.runs.get(&self.run_id)?;
        Some(question(run, run.latest()?))
    }
}
