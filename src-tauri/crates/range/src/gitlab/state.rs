//! Pipelines, jobs and deployments as data, and the rules by which they follow each other. No time passes here; the runner moves
//! them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::ci_file::{JobPlan, Plan};
use super::freeze::Period;

/// Ids of hosted pipelines and jobs are beyond 32 bits: a client that stores them in less is found out here.
const FIRST_PIPELINE: u64 = 5_150_000_001;
const FIRST_JOB: u64 = 11_900_000_001;
const FIRST_DEPLOYMENT: u64 = 1_220_001;

/// All that the range's GitLab remembers.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) pipelines: BTreeMap<u64, Pipeline>,
    /// Oldest first.
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) freezes: Vec<Period>,
    jobs_made: u64,
}

/// One pipeline with every job that it ever had.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    pub(crate) id: u64,
    pub(crate) iid: u64,
    pub(crate) ref_name: String,
    pub(crate) is_tag: bool,
    pub(crate) sha: String,
    pub(crate) name: Option<String>,
    /// As they were given.
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) inputs: BTreeMap<String, String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// Until then it is in no list (a fault).
    pub(crate) listed_from: Option<tokio::time::Instant>,
    /// Stage by stage; a repeated job stands behind the one that it repeats.
    pub(crate) jobs: Vec<Job>,
    pub(crate) cancel: CancellationToken,
    /// Whether a runner moves it.
    pub(crate) is_driven: bool,
}

/// Where a job is, in GitLab's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Created,
    WaitingForResource,
    Pending,
    Running,
    Success,
    Failed,
    Canceled,
    Skipped,
    Manual,
}

/// One job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) plan: JobPlan,
    pub(crate) status: Status,
    /// Whether another took its place.
    pub(crate) is_retried: bool,
    pub(crate) failure: Option<&'static str>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
    /// Grows while the job runs.
    pub(crate) trace: String,
}

/// One deployment: its status follows from its job's.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    pub(crate) id: u64,
    pub(crate) iid: u64,
    pub(crate) environment: String,
    pub(crate) pipeline: u64,
    pub(crate) job: u64,
    pub(crate) needs_approval: bool,
    pub(crate) approvals: Vec<Approval>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// What somebody said to a blocked deployment.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    pub(crate) is_approved: bool,
    pub(crate) comment: String,
    pub(crate) at: DateTime<Utc>,
}

impl Status {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::WaitingForResource => "waiting_for_resource",
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
            Self::Manual => "manual",
        }
    }

    pub(crate) const fn is_ended(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Canceled | Self::Skipped)
    }

    const fn is_active(self) -> bool {
        matches!(self, Self::Pending | Self::Running | Self::WaitingForResource)
    }
}

impl Deployment {
    pub(crate) fn approvals_lacking(&self) -> usize {
        usize::from(self.needs_approval && !self.approvals.iter().any(|approval| approval.is_approved))
    }

    /// Its status in GitLab's words. It stays blocked after the last approval, until its job is played.
    pub(crate) fn status(&self, job: Status) -> &'static str {
        match job {
            Status::Manual if self.needs_approval => "blocked",
            Status::Created | Status::Pending | Status::WaitingForResource | Status::Manual => "created",
            other => other.word(),
        }
    }
}

impl Pipeline {
    /// The jobs that count: those that no other took the place of.
    pub(crate) fn current(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| !job.is_retried)
    }

    pub(crate) fn is_listed(&self) -> bool {
        self.listed_from.is_none_or(|from| from <= tokio::time::Instant::now())
    }

    /// Its status in GitLab's words, from those of its jobs.
    pub(crate) fn status(&self) -> &'static str {
        let any = |test: &dyn Fn(&Job) -> bool| self.current().any(test);
        let is = |status: Status| move |job: &Job| job.status == status;
        let all_done = || self.current().all(|job| job.status.is_ended() || (job.status == Status::Manual && job.plan.allow_failure));
        match () {
            () if any(&is(Status::Running)) => "running",
            () if any(&|job| job.status.is_active()) => {
                if any(&|job| job.status.is_ended()) {
                    "running"
                } else {
                    "pending"
                }
            }
            () if any(&|job| job.status == Status::Manual && !job.plan.allow_failure) => "manual",
            () if !all_done() => {
                if any(&|job| job.status.is_ended()) {
                    "running"
                } else {
                    "created"
                }
            }
            () if any(&|job| job.status == Status::Failed && !job.plan.allow_failure) => "failed",
            () if any(&is(Status::Canceled)) => "canceled",
            () if self.current().all(is(Status::Skipped)) => "skipped",
            () => "success",
        }
    }

    pub(crate) fn is_ended(&self) -> bool {
        matches!(self.status(), "success" | "failed" | "canceled" | "skipped")
    }

    pub(crate) fn started_at(&self) -> Option<DateTime<Utc>> {
        self.jobs.iter().filter_map(|job| job.started_at).min()
    }

    pub(crate) fn finished_at(&self) -> Option<DateTime<Utc>> {
        if self.is_ended() { self.jobs.iter().filter_map(|job| job.finished_at).max() } else { None }
    }
}

/// What a new pipeline is made from.
#[derive(Debug)]
pub(crate) struct NewPipeline {
    pub(crate) ref_name: String,
    pub(crate) is_tag: bool,
    pub(crate) sha: String,
    pub(crate) plan: Plan,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) inputs: BTreeMap<String, String>,
    pub(crate) at: DateTime<Utc>,
}

impl State {
    /// Enters a pipeline with its jobs and deployments, and gives its id. `protected` are the environments that want an approval.
    pub(crate) fn enter(&mut self, new: NewPipeline, protected: &[String]) -> u64 {
        let number = self.pipelines.len() as u64;
        let id = FIRST_PIPELINE + number;
        let jobs: Vec<Job> = new.plan.jobs.into_iter().map(|plan| self.job(id, plan, protected, new.at)).collect();
        self.pipelines.insert(
            id,
            Pipeline {
                id,
                iid: number + 1,
                ref_name: new.ref_name,
                is_tag: new.is_tag,
                sha: new.sha,
                name: new.plan.name,
                variables: new.variables,
                inputs: new.inputs,
                created_at: new.at,
                updated_at: new.at,
                listed_from: None,
                jobs,
                cancel: CancellationToken::new(),
                is_driven: false,
            },
        );
        id
    }

    fn job(&mut self, pipeline: u64, plan: JobPlan, protected: &[String], at: DateTime<Utc>) -> Job {
        let id = FIRST_JOB + self.jobs_made;
        self.jobs_made += 1;
        if let Some(environment) = &plan.environment {
            let made = self.deployments.len() as u64;
            self.deployments.push(Deployment {
                id: FIRST_DEPLOYMENT + made,
                iid: made + 1,
                environment: environment.clone(),
                pipeline,
                job: id,
                needs_approval: protected.contains(environment),
                approvals: Vec::new(),
                created_at: at,
                updated_at: at,
            });
        }
        Job {
            id,
            plan,
            status: Status::Created,
            is_retried: false,
            failure: None,
            created_at: at,
            started_at: None,
            finished_at: None,
            trace: String::new(),
        }
    }

    /// The pipeline and job of a job's id.
    pub(crate) fn find(&self, job: u64) -> Option<(&Pipeline, &Job)> {
        self.pipelines.values().find_map(|pipeline| Some((pipeline, pipeline.jobs.iter().find(|known| known.id == job)?)))
    }

    pub(crate) fn find_mut(&mut self, job: u64) -> Option<(&mut Pipeline, usize)> {
        self.pipelines.values_mut().find_map(|pipeline| {
            let place = pipeline.jobs.iter().position(|known| known.id == job)?;
            Some((pipeline, place))
        })
    }

    pub(crate) fn deployment_of(&self, job: u64) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.job == job)
    }

    /// Puts a new job in the place of an ended one, and gives its id.
    pub(crate) fn repeat(&mut self, pipeline: u64, job: u64, protected: &[String], now: DateTime<Utc>) -> Option<u64> {
        let plan = self.pipelines.get(&pipeline)?.jobs.iter().find(|known| known.id == job)?.plan.clone();
        // What was let through once by hand runs at once.
        let new = self.job(pipeline, JobPlan { is_manual: false, ..plan }, protected, now);
        let (id, pipeline) = (new.id, self.pipelines.get_mut(&pipeline)?);
        let place = pipeline.jobs.iter().position(|known| known.id == job)?;
        pipeline.jobs.get_mut(place)?.is_retried = true;
        pipeline.jobs.insert(place + 1, new);
        if pipeline.cancel.is_cancelled() {
            pipeline.cancel = CancellationToken::new();
        }
        pipeline.updated_at = now;
        Some(id)
    }

    /// The job that a runner takes next, marked as pending; the rest is marked as what it has become by now.
    pub(crate) fn next(&mut self, id: u64) -> Option<u64> {
        let pipeline = self.pipelines.get_mut(&id)?;
        if let Some(job) = pipeline.current().find(|job| job.status == Status::Pending) {
            return Some(job.id);
        }
        let last_stage = pipeline.jobs.iter().map(|job| job.plan.stage_index).max()?;
        for stage in 0..=last_stage {
            let here = |job: &&mut Job| !job.is_retried && job.plan.stage_index == stage;
            for job in pipeline.jobs.iter_mut().filter(here).filter(|job| job.status == Status::Created) {
                let is_blocked = self.deployments.iter().any(|known| known.job == job.id && known.needs_approval);
                if job.plan.is_manual || is_blocked {
                    job.status = Status::Manual;
                } else {
                    job.status = Status::Pending;
                    return Some(job.id);
                }
            }
            let stops = |job: &Job| match job.status {
                Status::Failed => !job.plan.allow_failure,
                Status::Canceled | Status::Skipped => true,
                _ => false,
            };
            let waits = |job: &Job| job.status == Status::Manual && !job.plan.allow_failure;
            let here: Vec<&Job> = pipeline.current().filter(|job| job.plan.stage_index == stage).collect();
            if here.iter().any(|job| waits(job)) {
                return None;
            }
            if here.iter().any(|job| stops(job)) {
                for job in pipeline.jobs.iter_mut().filter(|job| !job.is_retried && job.status == Status::Created) {
                    job.status = Status::Skipped;
                }
                return None;
            }
        }
        None
    }
}
