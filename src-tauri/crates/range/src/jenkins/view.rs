//! What tests and the control page see of the range's Jenkins.

use serde::{Deserialize, Serialize};

use super::state::{Jenkins, Waiting};

/// How a run of the range's Jenkins stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JenkinsStanding {
    /// In the queue.
    Queued,
    /// Cancelled in the queue.
    Dropped,
    /// A build under way.
    Building,
    /// A build that waits at an input step.
    Paused,
    /// A build that has ended.
    Ended,
}

/// A run of the range's Jenkins, from the queue on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JenkinsRunView {
    /// Its number in the queue.
    pub queue_id: u64,
    /// Full name of its job.
    pub job: String,
    /// The build's number, once it is one.
    pub build: Option<u64>,
    /// How it stands.
    pub standing: JenkinsStanding,
    /// The result of an ended build.
    pub result: Option<String>,
}

impl Jenkins {
    /// Everything that ever was in the queue and is still known, oldest first.
    pub(crate) fn runs(&self) -> Vec<JenkinsRunView> {
        let mut runs: Vec<JenkinsRunView> = self.queue.iter().filter(|waiting| waiting.build.is_none()).map(of_waiting).collect();
        for item in &self.items {
            for build in &item.builds {
                let standing = match build.ended_at {
                    Some(_) => JenkinsStanding::Ended,
                    None if build.input.is_some() => JenkinsStanding::Paused,
                    None => JenkinsStanding::Building,
                };
                runs.push(JenkinsRunView {
                    queue_id: build.queue_id,
                    job: item.full_name.clone(),
                    build: Some(build.number),
                    standing,
                    result: build.result.map(str::to_owned),
                });
            }
        }
        runs.sort_by_key(|run| run.queue_id);
        runs
    }
}

fn of_waiting(waiting: &Waiting) -> JenkinsRunView {
    JenkinsRunView {
        queue_id: waiting.id,
        job: waiting.job.clone(),
        build: None,
        standing: if waiting.left_at.is_some() { JenkinsStanding::Dropped } else { JenkinsStanding::Queued },
        result: None,
    }
}
