//! GitLab's words for how pipelines and jobs go, as ours. A word that isn't known stays unknown: it is never taken for an end.

use super::wire_ci;
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::{Job, Run, RunStatus};
use std::collections::BTreeMap;

/// What the id of a bridge begins with: GitLab counts bridges among jobs, but has neither page nor log for them.
pub(super) const BRIDGE: &str = "bridge-";

/// Our status for GitLab's word.
pub(super) fn status(word: Option<&str>) -> RunStatus {
    match word {
        Some("created" | "waiting_for_resource" | "preparing" | "waiting_for_callback" | "pending" | "scheduled") => RunStatus::Queued,
        // A job that is being cancelled still runs its `after_script`.
        Some("running" | "canceling") => RunStatus::InProgress,
        // Blocked on a manual job or an approval: it goes on once somebody has answered.
        Some("manual") => RunStatus::Waiting,
        Some("success") => RunStatus::Succeeded,
        Some("failed") => RunStatus::Failed,
        Some("canceled") => RunStatus::Cancelled,
        Some("skipped") => RunStatus::Skipped,
        Some(other) => RunStatus::Unknown { word: other.to_owned() },
        None => RunStatus::Unknown { word: "no status".to_owned() },
    }
}

/// A moment of an answer.
pub(super) fn moment(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(Timestamp::parse)
}

impl wire_ci::Pipeline {
    /// As a run of ours, with these jobs.
    pub(super) fn into_run(self, attempt: u32, jobs: Vec<Job>) -> Run {
        let status = status(self.status.as_deref());
        // A list tells when a pipeline was last changed, and only the pipeline itself when it ended.
        let ended_at = moment(self.finished_at.or(self.updated_at).as_deref()).filter(|_| status.is_ended());
        Run {
            external_id: self.id.to_string(),
            url: self.web_url,
            attempt,
            status,
            title: self.name.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("Pipeline {}", self.id)),
            created_at: moment(self.created_at.as_deref()),
            started_at: moment(self.started_at.as_deref()),
            ended_at,
            started_by: self.user.map(|user| user.username),
            git_ref: self.git_ref,
            commit: self.sha,
            jobs,
        }
    }
}

impl wire_ci::Job {
    fn into_job(self, is_bridge: bool) -> Job {
        let external_id = match &self.pipeline {
            Some(pipeline) if is_bridge => format!("{BRIDGE}{}-{}", pipeline.id, self.id),
            _ => self.id.to_string(),
        };
        Job {
            external_id,
            status: status(self.status.as_deref()),
            url: self.web_url.or(self.downstream_pipeline.and_then(|pipeline| pipeline.web_url)).unwrap_or_default(),
            started_at: moment(self.started_at.as_deref()),
            ended_at: moment(self.finished_at.as_deref()),
            name: self.name,
            stage: self.stage,
            steps: Vec::new(),
        }
    }
}

/// The jobs of a pipeline's last attempt, stage by stage, and which attempt that is. `jobs` are all that it ever had, also those that
/// were repeated since: GitLab keeps no number of an attempt, so every repeated job counts as one, which grows with each retry.
pub(super) fn last_attempt(jobs: Vec<wire_ci::Job>, bridges: Vec<wire_ci::Job>) -> (u32, Vec<Job>) {
    let all = jobs.into_iter().map(|job| (job, false)).chain(bridges.into_iter().map(|job| (job, true)));
    let mut latest: BTreeMap<String, (u64, wire_ci::Job, bool)> = BTreeMap::new();
    // A stage comes where its first job came.
    let mut stages: BTreeMap<Option<String>, u64> = BTreeMap::new();
    let mut repeated = 0;
    for (job, is_bridge) in all {
        let stage = stages.entry(job.stage.clone()).or_insert(job.id);
        *stage = job.id.min(*stage);
        match latest.get_mut(&job.name) {
            Some((first, known, _)) => {
                repeated += 1;
                *first = job.id.min(*first);
                if job.id > known.id {
                    *known = job;
                }
            }
            None => {
                latest.insert(job.name.clone(), (job.id, job, is_bridge));
            }
        }
    }
    let mut latest: Vec<_> = latest.into_values().collect();
    latest.sort_by_key(|(first, job, _)| (stages.get(&job.stage).copied(), *first));
    (1 + repeated, latest.into_iter().map(|(_, job, is_bridge)| job.into_job(is_bridge)).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use serde_json::json;

    #[test]
    fn every_documented_word_has_a_meaning() {
        for (word, wanted) in [
            ("created", RunStatus::Queued),
            ("waiting_for_resource", RunStatus::Queued),
            ("preparing", RunStatus::Queued),
            ("waiting_for_callback", RunStatus::Queued),
            ("pending", RunStatus::Queued),
            ("scheduled", RunStatus::Queued),
            ("running", RunStatus::InProgress),
            ("canceling", RunStatus::InProgress),
            ("manual", RunStatus::Waiting),
            ("success", RunStatus::Succeeded),
            ("failed", RunStatus::Failed),
            ("canceled", RunStatus::Cancelled),
            ("skipped", RunStatus::Skipped),
        ] {
            assert_eq!(status(Some(word)), wanted, "{word}");
        }
        assert!(!status(Some("manual")).is_ended() && !status(Some("canceling")).is_ended());
        for word in [Some("paused"), Some(""), None] {
            assert!(matches!(status(word), RunStatus::Unknown { .. }) && !status(word).is_ended(), "{word:?}");
        }
    }

    fn job(id: u64, name: &str, stage: &str, status: &str) -> wire_ci::Job {
        serde_json::from_value(json!({"id": id, "name": name, "stage": stage, "status": status, "pipeline": {"id": 7}})).unwrap()
    }

    #[test]
    fn the_last_of_each_job_counts_and_repeated_ones_are_attempts() {
        // Newest first, as GitLab lists them; `deploy` was repeated twice.
        let jobs = vec![
            job(5, "deploy", "deploy", "success"),
            job(4, "deploy", "deploy", "failed"),
            job(3, "smoke", "verify", "success"),
            job(2, "deploy", "deploy", "failed"),
            job(1, "build", "build", "success"),
        ];
        let (attempt, jobs) = last_attempt(jobs, vec![job(6, "children", "verify", "running")]);
        assert_eq!(attempt, 3);
        let shown: Vec<_> = jobs.iter().map(|job| (job.external_id.as_str(), job.name.as_str())).collect();
        assert_eq!(shown, [("1", "build"), ("5", "deploy"), ("3", "smoke"), ("bridge-7-6", "children")]);
        assert_eq!(last_attempt(vec![], vec![]), (1, vec![]));
    }
}
