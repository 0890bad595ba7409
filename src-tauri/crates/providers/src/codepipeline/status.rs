//! CodePipeline's words for how executions and actions go, as ours. A word that isn't known stays unknown: it is never taken for an
//! end.

use aws_sdk_codepipeline::primitives::DateTime;
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::RunStatus;

/// How an execution goes.
pub(super) fn execution(word: Option<&str>) -> RunStatus {
    match word {
        // Stopping is not stopped: actions under way may still do what they were about to do.
        Some("InProgress" | "Stopping") => RunStatus::InProgress,
        Some("Succeeded") => RunStatus::Succeeded,
        Some("Failed") => RunStatus::Failed,
        // Superseded: a newer execution overtook it before a stage. Cancelled: the pipeline was changed under it. Both ended
        // without going all the way, and through nobody's failure.
        Some("Stopped" | "Superseded" | "Cancelled") => RunStatus::Cancelled,
        other => unknown(other),
    }
}

/// How an action goes.
pub(super) fn action(word: Option<&str>) -> RunStatus {
    match word {
        Some("InProgress") => RunStatus::InProgress,
        Some("Succeeded") => RunStatus::Succeeded,
        Some("Failed") => RunStatus::Failed,
        Some("Abandoned") => RunStatus::Cancelled,
        other => unknown(other),
    }
}

fn unknown(word: Option<&str>) -> RunStatus {
    RunStatus::Unknown { word: word.unwrap_or("no status").to_owned() }
}

/// A moment of theirs as ours: to the nearest microsecond, since a fraction that was written as a float comes a little short.
pub(super) fn moment(at: &DateTime) -> Option<Timestamp> {
    at.secs().checked_mul(1_000_000)?.checked_add(i64::from((at.subsec_nanos() + 500) / 1000)).and_then(Timestamp::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_model_has_a_meaning_and_others_are_no_end() {
        for word in ["Cancelled", "InProgress", "Stopped", "Stopping", "Succeeded", "Superseded", "Failed"] {
            assert!(!matches!(execution(Some(word)), RunStatus::Unknown { .. }), "{word}");
        }
        for word in ["InProgress", "Abandoned", "Succeeded", "Failed"] {
            assert!(!matches!(action(Some(word)), RunStatus::Unknown { .. }), "{word}");
        }
        assert!(!execution(Some("Stopping")).is_ended());
        assert!(execution(Some("Superseded")).is_ended());
        for status in [execution(Some("Pondering")), execution(None), action(Some("Pondering")), action(None)] {
            assert!(matches!(status, RunStatus::Unknown { .. }) && !status.is_ended());
        }
    }

    #[test]
    fn moments_keep_their_fraction() {
        assert_eq!(moment(&DateTime::from_secs_f64(1_700_000_000.25)), Timestamp::from_micros(1_700_000_000_250_000));
        assert_eq!(moment(&DateTime::from_secs_f64(1_795_517_040.862)), Timestamp::from_micros(1_795_517_040_862_000));
        assert_eq!(moment(&DateTime::from_secs(i64::MAX)), None);
    }
}
