//! The runner: moves an execution through its stages, one action after the other. Entering a stage, overtaking, stopping and
//! approvals live here; what an action does is in `work`.

use std::sync::Arc;

use chrono::Utc;

use super::definition::{Action, Stage};
use super::execution::{ActionRun, ActionStatus, Execution, ExecutionStatus, Pipelines};
use super::work;
use crate::faults::Fault;
use crate::lock::lock;
use crate::site::Site;

/// Which part of a pipeline is run.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    /// The stage at which it begins.
    pub(crate) from: usize,
    /// No stage after it.
    pub(crate) only: bool,
    /// Actions of the first stage that succeeded are left out.
    pub(crate) failed_only: bool,
}

/// Starts to move an execution.
pub(crate) fn start(site: &Arc<Site>, id: &str, course: Course) {
    site.bump();
    let stop = site.stop.clone();
    let run = Runner { site: Arc::clone(site), id: id.to_owned() };
    site.tasks.spawn(async move {
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = run.drive(course) => {}
        }
    });
}

pub(super) struct Runner {
    pub(super) site: Arc<Site>,
    pub(super) id: String,
}

/// How a stage or an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Well,
    Failed,
    Stopped,
    Overtaken,
}

impl Runner {
    async fn drive(self, course: Course) {
        if course.from == 0 {
            self.stuck().await;
        }
        let stages =
            self.look(|pipelines, run| pipelines.definition(&run.pipeline).map(|d| d.stages.clone())).flatten().unwrap_or_default();
        for (number, stage) in stages.iter().enumerate().skip(course.from) {
            let failed_only = course.failed_only && number == course.from;
            let end = match self.enter(stage).await {
                End::Well => self.stage(stage, failed_only).await,
                other => other,
            };
            let status = match end {
                End::Well if course.only => ExecutionStatus::Succeeded,
                End::Well => continue,
                End::Failed => ExecutionStatus::Failed,
                End::Stopped => ExecutionStatus::Stopped,
                End::Overtaken => ExecutionStatus::Superseded,
            };
            self.change(|_, run| run.status = status);
            return;
        }
        self.change(|_, run| run.status = ExecutionStatus::Succeeded);
    }

    /// A fault keeps it from its first action.
    async fn stuck(&self) {
        let Some((fault, _)) = self.site.faults.take_for_run(|fault| *fault == Fault::StuckQueued) else { return };
        let mut changes = self.site.faults.subscribe();
        let cleared = async { while self.site.faults.holds(fault) && changes.changed().await.is_ok() {} };
        tokio::select! {
            () = cleared => {}
            () = self.until(|_, run| (run.status != ExecutionStatus::InProgress).then_some(())) => {}
        }
    }

    /// Waits before a stage until it is open and free. Where newer executions overtake, only the newest of those that wait gets in.
    async fn enter(&self, stage: &Stage) -> End {
        self.change(|_, run| run.waits_before = Some(stage.name.to_owned()));
        let end = self
            .until(|pipelines, run| {
                if run.status != ExecutionStatus::InProgress {
                    return Some(End::Stopped);
                }
                let definition = pipelines.definition(&run.pipeline)?;
                let rivals = || {
                    let same = |other: &&Execution| other.pipeline == run.pipeline && other.waits_before == run.waits_before;
                    pipelines.executions.iter().filter(same)
                };
                if definition.mode == "SUPERSEDED" && rivals().any(|other| other.number > run.number) {
                    return Some(End::Overtaken);
                }
                let is_free = definition.mode == "PARALLEL"
                    || (pipelines.occupied(&run.pipeline, stage.name).is_none_or(|o| o.status != "InProgress" && o.status != "Stopping")
                        && !rivals().any(|other| other.number < run.number));
                // A rollback doesn't come by way of the stage before.
                let is_open = run.back_to.is_some() || definition.is_open(stage.name);
                (is_open && is_free).then_some(End::Well)
            })
            .await;
        self.change(|pipelines, run| {
            run.waits_before = None;
            if end == End::Well {
                pipelines.push((run.pipeline.clone(), stage.name.to_owned(), run.id.clone(), "InProgress"));
            }
        });
        end
    }

    async fn stage(&self, stage: &Stage, failed_only: bool) -> End {
        let mut end = End::Well;
        for action in &stage.actions {
            let done = self.look(|_, run| run.last(stage.name, action.name).is_some_and(|last| last.status == ActionStatus::Succeeded));
            if failed_only && done == Some(true) {
                continue;
            }
            end = self.action(stage, action).await;
            let is_stopping = self.look(|_, run| run.status != ExecutionStatus::InProgress).unwrap_or(true);
            if end == End::Well && is_stopping {
                end = End::Stopped;
            }
            if end != End::Well {
                break;
            }
        }
        let word = match end {
            End::Well => "Succeeded",
            End::Failed => "Failed",
            End::Stopped | End::Overtaken => "Stopped",
        };
        self.change(|pipelines, run| {
            if end == End::Well {
                run.passed.insert(stage.name.to_owned());
            }
            pipelines.push((run.pipeline.clone(), stage.name.to_owned(), run.id.clone(), word));
        });
        end
    }

    async fn action(&self, stage: &Stage, action: &Action) -> End {
        let id = uuid::Uuid::now_v7().to_string();
        let is_approval = action.category == "Approval";
        let now = Utc::now();
        let began = ActionRun {
            id: id.clone(),
            stage: stage.name.to_owned(),
            action: action.name.to_owned(),
            status: ActionStatus::InProgress,
            started: now,
            updated: now,
            summary: String::new(),
            url: (!is_approval).then(|| format!("{}/#{id}", self.site.urls.control)),
            token: is_approval.then(|| uuid::Uuid::now_v7().to_string()),
            by: None,
        };
        let abandon = self.change(|_, run| {
            run.actions.push(began);
            run.abandon.clone()
        });
        let Some(abandon) = abandon else { return End::Stopped };
        let done = async { if is_approval { self.answered(&id).await } else { work::done(self, action).await } };
        let (status, summary, end) = tokio::select! {
            biased;
            () = abandon.cancelled() => (ActionStatus::Abandoned, "abandoned".to_owned(), End::Stopped),
            done = done => match done {
                Ok(summary) => (ActionStatus::Succeeded, summary, End::Well),
                Err(summary) => (ActionStatus::Failed, summary, End::Failed),
            },
        };
        self.change(|_, run| {
            let Some(run) = run.actions.iter_mut().find(|run| run.id == id) else { return };
            run.token = None;
            run.updated = Utc::now();
            run.status = status;
            if run.summary.is_empty() {
                run.summary = summary;
            }
        });
        end
    }

    /// Waits until an approval was answered or has run out: whoever does so sets its status.
    async fn answered(&self, id: &str) -> Result<String, String> {
        let status = self
            .until(|_, run| {
                let action = run.actions.iter().find(|action| action.id == id)?;
                (action.status != ActionStatus::InProgress).then_some(action.status)
            })
            .await;
        if status == ActionStatus::Succeeded { Ok(String::new()) } else { Err(String::new()) }
    }

    /// Asks the question after each change until it has an answer.
    async fn until<T>(&self, question: impl Fn(&Pipelines, &Execution) -> Option<T>) -> T {
        let mut changes = self.site.changed.subscribe();
        loop {
            if let Some(answer) = self.look(&question).flatten() {
                return answer;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    pub(super) fn look<T>(&self, question: impl FnOnce(&Pipelines, &Execution) -> T) -> Option<T> {
        let pipelines = lock(&self.site.pipelines);
        let run = pipelines.execution(&self.id)?;
        Some(question(&pipelines, run))
    }

    /// Changes the execution; what is pushed is written to the stages after it: pipeline, stage, execution, word.
    pub(super) fn change<T>(
        &self,
        change: impl FnOnce(&mut Vec<(String, String, String, &'static str)>, &mut Execution) -> T,
    ) -> Option<T> {
        let result = {
            let mut pipelines = lock(&self.site.pipelines);
            let mut stages = Vec::new();
            let run = pipelines.execution_mut(&self.id)?;
            let result = change(&mut stages, run);
            run.updated = Utc::now();
            for (pipeline, stage, execution, word) in stages {
                pipelines.occupy(&pipeline, &stage, &execution, word);
            }
            result
        };
        self.site.bump();
        Some(result)
    }
}
