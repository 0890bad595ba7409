//! A workflow run as data: attempts, jobs, steps, logs. No time passes here; the runner moves it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::workflow::{JobPlan, Workflow};

/// Where a run or job is, in GitHub's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// Waits for a runner.
    Queued,
    /// Waits for another run of its concurrency group.
    Pending,
    /// Waits for an approval of its environment.
    Waiting,
    /// Runs.
    InProgress,
    /// Ended; the conclusion says how.
    Completed,
}

/// How a run, job or step ended, in GitHub's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Conclusion {
    /// All went well.
    Success,
    /// Something failed.
    Failure,
    /// Somebody cancelled it.
    Cancelled,
    /// Did not run, because something before it did not succeed.
    Skipped,
}

/// One workflow run with all its attempts.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: u64,
    /// Counts up per workflow.
    pub(crate) number: u64,
    pub(crate) workflow_id: u64,
    pub(crate) path: String,
    pub(crate) plan: Arc<Workflow>,
    pub(crate) event: &'static str,
    /// Short name of the branch or tag it was started on.
    pub(crate) ref_name: String,
    pub(crate) sha: String,
    pub(crate) title: String,
    /// Values for `${{ }}`: `inputs.*` and `github.*`.
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) created_at: DateTime<Utc>,
    /// Until then it is in no list (a fault).
    pub(crate) listed_from: Option<tokio::time::Instant>,
    /// Never empty; the last one is current.
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) approvals: Vec<Approval>,
}

/// One try of a run.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) number: u64,
    pub(crate) status: Status,
    pub(crate) conclusion: Option<Conclusion>,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) cancel: CancellationToken,
    /// The environment whose approval it waits for.
    pub(crate) gate: Option<Gate>,
}

/// A deployment that waits for an approval.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) environment: String,
    pub(crate) since: DateTime<Utc>,
    pub(crate) verdict: Option<Verdict>,
}

/// What the approver said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Approved,
    Rejected,
}

/// An approval that was given or refused.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    pub(crate) environment: String,
    pub(crate) verdict: Verdict,
    pub(crate) comment: String,
}

/// One job of an attempt.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) runs_on: String,
    pub(crate) status: Status,
    pub(crate) conclusion: Option<Conclusion>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) steps: Vec<Step>,
    /// Grows while the job runs; lines end with a newline.
    pub(crate) log: String,
}

/// One step of a job.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// With values put in.
    pub(crate) command: String,
    pub(crate) status: Status,
    pub(crate) conclusion: Option<Conclusion>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
}

impl Run {
    pub(crate) fn inputs(&self) -> BTreeMap<String, String> {
        let named = |(name, value): (&String, &String)| Some((name.strip_prefix("inputs.")?.to_owned(), value.clone()));
        self.values.iter().filter_map(named).collect()
    }

    pub(crate) fn latest(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    pub(crate) fn status(&self) -> Status {
        self.latest().map_or(Status::Queued, |attempt| attempt.status)
    }

    pub(crate) fn conclusion(&self) -> Option<Conclusion> {
        self.latest().and_then(|attempt| attempt.conclusion)
    }

    pub(crate) fn is_listed(&self) -> bool {
        self.listed_from.is_none_or(|from| from <= tokio::time::Instant::now())
    }
}

impl Job {
    pub(crate) fn new(id: u64, plan: &JobPlan, values: &BTreeMap<String, String>, now: DateTime<Utc>) -> Self {
        let step = |name: String, command: String| Step {
            name,
            command,
            status: Status::Queued,
            conclusion: None,
            started_at: None,
            completed_at: None,
        };
        let mut steps = vec![step("Set up job".to_owned(), String::new())];
        for planned in &plan.steps {
            let put = |text: &str| super::workflow::interpolate(text, values);
            steps.push(step(put(&planned.name), put(&planned.run)));
        }
        steps.push(step("Complete job".to_owned(), String::new()));
        Self {
            id,
            key: plan.key.clone(),
            name: plan.name.clone(),
            runs_on: plan.runs_on.clone(),
            status: Status::Queued,
            conclusion: None,
            created_at: now,
            started_at: None,
            completed_at: None,
            steps,
            log: String::new(),
        }
    }

    /// Adds lines to the log, each with its time, as GitHub writes them.
    pub(crate) fn say(&mut self, text: &str, now: DateTime<Utc>) {
        for line in text.lines() {
            self.log.push_str(&now.to_rfc3339_opts(SecondsFormat::Micros, true));
            self.log.push(' ');
            self.log.push_str(line);
            self.log.push('\n');
        }
    }

    pub(crate) fn complete(&mut self, conclusion: Conclusion, now: DateTime<Utc>) {
        self.status = Status::Completed;
        self.conclusion = Some(conclusion);
        self.started_at = self.started_at.or(Some(now));
        self.completed_at = Some(now);
        for step in &mut self.steps {
            if step.status != Status::Completed {
                step.status = Status::Completed;
                let running = step.started_at.is_some();
                step.conclusion = Some(if running { conclusion } else { Conclusion::Skipped });
                step.completed_at = running.then_some(now);
            }
        }
    }
}
