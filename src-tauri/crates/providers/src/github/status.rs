//! GitHub's words for how runs, jobs and steps go, as ours. A word that isn't known stays unknown: it is never taken for an end.

use super::wire;
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::{Job, Run, RunStatus, Step};

/// Our status for GitHub's pair of words. A conclusion counts only once the status says `completed`.
pub(super) fn status(status: Option<&str>, conclusion: Option<&str>) -> RunStatus {
    let unknown = |word: &str| RunStatus::Unknown { word: word.to_owned() };
    match status {
        Some("completed") => match conclusion {
            // GitHub itself counts a neutral conclusion as passed.
            Some("success" | "neutral") => RunStatus::Succeeded,
            Some("failure" | "timed_out" | "startup_failure" | "stale") => RunStatus::Failed,
            Some("cancelled") => RunStatus::Cancelled,
            Some("skipped") => RunStatus::Skipped,
            // Ended for now: a person has to let it run.
            Some("action_required") => RunStatus::Waiting,
            Some(other) => unknown(other),
            None => unknown("completed without a conclusion"),
        },
        Some("queued" | "requested" | "pending") => RunStatus::Queued,
        Some("in_progress") => RunStatus::InProgress,
        Some("waiting" | "action_required") => RunStatus::Waiting,
        Some(other) => unknown(other),
        None => unknown("no status"),
    }
}

impl wire::Run {
    /// As a run of ours, with these jobs.
    pub(super) fn into_run(self, jobs: Vec<Job>) -> Run {
        let status = status(self.status.as_deref(), self.conclusion.as_deref());
        // GitHub tells no end of a run: what was last changed of one that has ended is that it ended.
        let ended_at = self.updated_at.as_deref().filter(|_| status.is_ended()).and_then(Timestamp::parse);
        Run {
            external_id: self.id.to_string(),
            url: self.html_url,
            attempt: self.run_attempt.unwrap_or(1).max(1),
            status,
            title: self.display_title.or(self.name).unwrap_or_default(),
            created_at: self.created_at.as_deref().and_then(Timestamp::parse),
            started_at: self.run_started_at.as_deref().and_then(Timestamp::parse),
            ended_at,
            // Who asked for the last attempt is somebody else; the run has the rights of the one who began it.
            started_by: self.actor.or(self.triggering_actor).map(|actor| actor.login).filter(|login| !login.is_empty()),
            git_ref: self.head_branch,
            commit: self.head_sha,
            jobs,
        }
    }
}

impl wire::Job {
    /// As a job of ours.
    pub(super) fn into_job(self) -> Job {
        let status = status(self.status.as_deref(), self.conclusion.as_deref());
        // GitHub fills `completed_at` only at the end, but `started_at` already while a job is queued.
        let started_at = (status != RunStatus::Queued).then(|| self.started_at.as_deref().and_then(Timestamp::parse)).flatten();
        Job {
            external_id: self.id.to_string(),
            name: self.name,
            status,
            url: self.html_url.unwrap_or_default(),
            started_at,
            ended_at: self.completed_at.as_deref().and_then(Timestamp::parse),
            stage: None,
            steps: self.steps.unwrap_or_default().into_iter().map(wire::Step::into_step).collect(),
        }
    }
}

impl wire::Step {
    fn into_step(self) -> Step {
        Step { status: status(self.status.as_deref(), self.conclusion.as_deref()), name: self.name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_word_has_a_meaning() {
        for (word, wanted) in [
            ("queued", RunStatus::Queued),
            ("requested", RunStatus::Queued),
            ("pending", RunStatus::Queued),
            ("in_progress", RunStatus::InProgress),
            ("waiting", RunStatus::Waiting),
        ] {
            assert_eq!(status(Some(word), None), wanted, "{word}");
        }
        for (word, wanted) in [
            ("success", RunStatus::Succeeded),
            ("neutral", RunStatus::Succeeded),
            ("failure", RunStatus::Failed),
            ("timed_out", RunStatus::Failed),
            ("startup_failure", RunStatus::Failed),
            ("stale", RunStatus::Failed),
            ("cancelled", RunStatus::Cancelled),
            ("skipped", RunStatus::Skipped),
            ("action_required", RunStatus::Waiting),
        ] {
            assert_eq!(status(Some("completed"), Some(word)), wanted, "{word}");
        }
    }

    #[test]
    fn an_unknown_word_is_no_end() {
        for pair in [(Some("completed"), Some("paused")), (Some("completed"), None), (Some("dreaming"), Some("success")), (None, None)] {
            let status = status(pair.0, pair.1);
            assert!(matches!(status, RunStatus::Unknown { .. }) && !status.is_ended(), "{pair:?}");
        }
        assert_eq!(status(Some("in_progress"), Some("success")), RunStatus::InProgress, "a conclusion of an earlier attempt");
    }
}
