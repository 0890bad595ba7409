//! Jenkins's words for how builds and stages go, as ours. `building` decides whether a build has ended, as a Pipeline may set its
//! result long before. A word that isn't known stays unknown: it is never taken for an end.
//!
//! `UNSTABLE` counts as failed: every step ran, but something that was checked (a test, a threshold) did not hold. Nothing must be
//! promoted on the strength of that without a person who looks.

use super::wire::{Build, Described, Stage};
use pilothouse_domain::deployment::RunStatus;

/// How a build goes.
pub(super) fn of_build(build: &Build, described: Option<&Described>) -> RunStatus {
    if build.building == Some(true) || build.in_progress == Some(true) {
        let waits = described.is_some_and(|d| d.status == PAUSED || d.stages.iter().any(|stage| stage.status == PAUSED));
        return if waits { RunStatus::Waiting } else { RunStatus::InProgress };
    }
    match build.result.as_deref() {
        Some("SUCCESS") => RunStatus::Succeeded,
        Some("FAILURE" | "UNSTABLE") => RunStatus::Failed,
        Some("ABORTED") => RunStatus::Cancelled,
        Some("NOT_BUILT") => RunStatus::Skipped,
        Some(other) => RunStatus::Unknown { word: other.to_owned() },
        None => RunStatus::Unknown { word: "ended without a result".to_owned() },
    }
}

/// The word for waiting at an input step.
pub(super) const PAUSED: &str = "PAUSED_PENDING_INPUT";

/// How a stage goes; `has_ended` is whether its build has.
pub(super) fn of_stage(stage: &Stage, has_ended: bool) -> RunStatus {
    match stage.status.as_str() {
        "SUCCESS" => RunStatus::Succeeded,
        "FAILED" | "UNSTABLE" => RunStatus::Failed,
        "ABORTED" => RunStatus::Cancelled,
        "IN_PROGRESS" => RunStatus::InProgress,
        PAUSED => RunStatus::Waiting,
        "NOT_EXECUTED" if has_ended => RunStatus::Skipped,
        "NOT_EXECUTED" => RunStatus::Queued,
        other => RunStatus::Unknown { word: other.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(building: bool, result: Option<&str>) -> RunStatus {
        of_build(&Build { building: Some(building), result: result.map(str::to_owned), ..Build::default() }, None)
    }

    #[test]
    fn building_decides_and_not_the_result() {
        assert_eq!(build(true, None), RunStatus::InProgress);
        assert_eq!(build(true, Some("FAILURE")), RunStatus::InProgress, "a Pipeline sets its result early");
        for (word, wanted) in [
            ("SUCCESS", RunStatus::Succeeded),
            ("FAILURE", RunStatus::Failed),
            ("UNSTABLE", RunStatus::Failed),
            ("ABORTED", RunStatus::Cancelled),
            ("NOT_BUILT", RunStatus::Skipped),
        ] {
            assert_eq!(build(false, Some(word)), wanted, "{word}");
        }
        for unknown in [build(false, None), build(false, Some("PERHAPS"))] {
            assert!(matches!(unknown, RunStatus::Unknown { .. }) && !unknown.is_ended());
        }
    }

    #[test]
    fn a_pause_for_input_is_waiting() {
        let running = Build { building: Some(true), ..Build::default() };
        let paused = Described { status: PAUSED.into(), ..Described::default() };
        assert_eq!(of_build(&running, Some(&paused)), RunStatus::Waiting);
        let ended = Build { building: Some(false), result: Some("ABORTED".into()), ..Build::default() };
        assert_eq!(of_build(&ended, Some(&paused)), RunStatus::Cancelled);
        let stage = |word: &str| Stage { status: word.into(), ..Stage::default() };
        assert_eq!(of_stage(&stage(PAUSED), false), RunStatus::Waiting);
        assert_eq!(
            (of_stage(&stage("NOT_EXECUTED"), false), of_stage(&stage("NOT_EXECUTED"), true)),
            (RunStatus::Queued, RunStatus::Skipped)
        );
        assert!(matches!(of_stage(&stage("NEW"), true), RunStatus::Unknown { .. }));
    }
}
