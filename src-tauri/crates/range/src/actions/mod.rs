//! Actions without HTTP: the workflows of the repository, their runs, and the runner that moves them.

pub(crate) mod dispatch;
mod history;
pub(crate) mod run;
pub(crate) mod runner;
mod steps;
mod view;
pub(crate) mod workflow;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex as AsyncMutex;
use tokio_util::sync::CancellationToken;

use crate::faults::bare;
use run::{Attempt, Conclusion, Job, Run, Status};
use workflow::Workflow;

pub(crate) use history::remember;
pub use view::{JobView, RunView, StepView};

/// Folder of the workflow files in the repository.
pub(crate) const FOLDER: &str = ".github/workflows";

/// Ids start beyond 32 bits, as GitHub's do: a client that stores them in less is found out here.
const FIRST_RUN: u64 = 17_400_000_001;
const FIRST_JOB: u64 = 48_100_000_001;
const FIRST_WORKFLOW: u64 = 91_700_001;

/// All that Actions remembers.
#[derive(Debug, Default)]
pub(crate) struct Actions {
    pub(crate) runs: BTreeMap<u64, Run>,
    workflows: Vec<KnownWorkflow>,
    jobs_made: u64,
    numbers: BTreeMap<u64, u64>,
    /// One deployment at a time per concurrency group.
    groups: BTreeMap<String, Arc<AsyncMutex<()>>>,
    /// Versions that were built, with their commit: only these can be gone back to.
    images: BTreeMap<String, String>,
}

/// A workflow file that was seen once; its id never changes.
#[derive(Debug, Clone)]
pub(crate) struct KnownWorkflow {
    pub(crate) id: u64,
    pub(crate) path: String,
    pub(crate) enabled: bool,
    pub(crate) changed_at: DateTime<Utc>,
}

/// What a new run is started with.
#[derive(Debug)]
pub(crate) struct NewRun {
    pub(crate) workflow_id: u64,
    pub(crate) path: String,
    pub(crate) plan: Arc<Workflow>,
    pub(crate) event: &'static str,
    pub(crate) ref_name: String,
    pub(crate) sha: String,
    pub(crate) title: String,
    pub(crate) inputs: BTreeMap<String, String>,
    pub(crate) at: DateTime<Utc>,
}

impl Actions {
    /// The workflow of that path; it gets its id when it is seen first.
    pub(crate) fn workflow(&mut self, path: &str, now: DateTime<Utc>) -> KnownWorkflow {
        if let Some(known) = self.workflows.iter().find(|known| known.path == path) {
            return known.clone();
        }
        let id = FIRST_WORKFLOW + self.workflows.len() as u64;
        let known = KnownWorkflow { id, path: path.to_owned(), enabled: true, changed_at: now };
        self.workflows.push(known.clone());
        known
    }

    pub(crate) fn switch(&mut self, id: u64, enabled: bool, now: DateTime<Utc>) {
        for known in self.workflows.iter_mut().filter(|known| known.id == id && known.enabled != enabled) {
            known.enabled = enabled;
            known.changed_at = now;
        }
    }

    /// Enters a queued run with its first attempt, and gives its id.
    pub(crate) fn enter(&mut self, new: NewRun) -> u64 {
        let id = FIRST_RUN + self.runs.len() as u64;
        let number = self.numbers.entry(new.workflow_id).or_default();
        *number += 1;
        let number = *number;
        let mut values: BTreeMap<String, String> = new.inputs.into_iter().map(|(name, value)| (format!("inputs.{name}"), value)).collect();
        for (name, value) in [
            ("run_id", id.to_string()),
            ("run_number", number.to_string()),
            ("sha", new.sha.clone()),
            ("ref_name", new.ref_name.clone()),
            ("event_name", new.event.to_owned()),
            ("actor", crate::people::LOGIN.to_owned()),
        ] {
            values.insert(format!("github.{name}"), value);
        }
        let named = new.plan.run_name.as_ref().map(|name| workflow::interpolate(name, &values).trim().to_owned());
        let title = named.filter(|name| !name.is_empty()).unwrap_or(new.title);
        let mut run = Run {
            id,
            number,
            workflow_id: new.workflow_id,
            path: new.path,
            plan: new.plan,
            event: new.event,
            ref_name: new.ref_name,
            sha: new.sha,
            title,
            values,
            created_at: new.at,
            listed_from: None,
            attempts: Vec::new(),
            approvals: Vec::new(),
        };
        self.attempt(&mut run, Vec::new(), new.at);
        self.runs.insert(id, run);
        id
    }

    /// Adds an attempt to a run; `carried` jobs count as done in it.
    fn attempt(&mut self, run: &mut Run, carried: Vec<Job>, now: DateTime<Utc>) {
        let mut jobs = Vec::new();
        for plan in &run.plan.jobs {
            let id = FIRST_JOB + self.jobs_made;
            self.jobs_made += 1;
            let done = carried.iter().find(|job| job.key == plan.key);
            jobs.push(match done {
                Some(job) => Job { id, ..job.clone() },
                None => Job::new(id, plan, &run.values, now),
            });
        }
        run.attempts.push(Attempt {
            number: run.attempts.len() as u64 + 1,
            status: Status::Queued,
            conclusion: None,
            started_at: now,
            updated_at: now,
            jobs,
            cancel: CancellationToken::new(),
            gate: None,
        });
    }

    /// Adds an attempt to a completed run; jobs that are not run again are carried over.
    pub(crate) fn rerun(&mut self, id: u64, again: Again, now: DateTime<Utc>) -> Rerun {
        let Some(mut run) = self.runs.remove(&id) else { return Rerun::Unknown };
        let outcome = if run.status() == Status::Completed {
            let last = run.latest().map(|attempt| attempt.jobs.clone()).unwrap_or_default();
            let named = match &again {
                Again::Job(key) => run.plan.dependents(key),
                Again::All | Again::Failed => Vec::new(),
            };
            let is_kept = |job: &Job| match &again {
                Again::All => false,
                Again::Failed => job.conclusion == Some(Conclusion::Success),
                Again::Job(_) => !named.contains(&job.key),
            };
            self.attempt(&mut run, last.into_iter().filter(is_kept).collect(), now);
            Rerun::Started
        } else {
            Rerun::StillRunning
        };
        self.runs.insert(id, run);
        outcome
    }

    pub(crate) fn group(&mut self, name: &str) -> Arc<AsyncMutex<()>> {
        Arc::clone(self.groups.entry(name.to_owned()).or_default())
    }

    pub(crate) fn built(&mut self, version: &str, commit: &str) {
        self.images.insert(bare(version).to_owned(), commit.to_owned());
    }

    pub(crate) fn image(&self, version: &str) -> Option<&String> {
        self.images.get(bare(version))
    }

    /// The run and job of a job id, also of an earlier attempt.
    pub(crate) fn job(&self, id: u64) -> Option<(&Run, &Attempt, &Job)> {
        self.runs.values().find_map(|run| {
            run.attempts.iter().find_map(|attempt| attempt.jobs.iter().find(|job| job.id == id).map(|job| (run, attempt, job)))
        })
    }
}

/// Which jobs run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Again {
    All,
    Failed,
    /// The job of that key and all that need it.
    Job(String),
}

/// What became of the wish for another attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rerun {
    Started,
    StillRunning,
    Unknown,
}
