//! What the provider's own gate says about a phase that asks for it by name: an approval of an environment, a manual job, a question in the
//! middle of a run, an approval step. Must not take a gate that nobody answered for a good or a bad one, nor that of another run.

use super::FindingOutcome;
use crate::GateId;
use crate::deployment::{Run, RunStatus};
use crate::gate::{Gate, GateState, GateVerdict, GivenAnswer, GoneCause};

/// What the gates of a name say about a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateWord {
    /// What is found; `None` where it was answered elsewhere, so that only the run can tell how: see [`by_run`].
    pub outcome: Option<FindingOutcome>,
    /// The gate that it is about, where one was seen.
    pub gate: Option<GateId>,
}

/// What the gates of this name say about a run. Those of other names and runs may be among them, in any order. Of several of one name
/// each has to be answered; of one that asked again the last word counts.
#[must_use]
pub fn by_gates<'a>(gates: impl IntoIterator<Item = &'a Gate>, run: &str, name: &str) -> GateWord {
    let mut latest: Vec<&Gate> = Vec::new();
    for gate in gates.into_iter().filter(|gate| gate.run == run && is_called(&gate.seen.title, name)) {
        match latest.iter_mut().find(|known| known.external_id == gate.external_id) {
            Some(known) if (known.first_seen_at, known.id) < (gate.first_seen_at, gate.id) => *known = gate,
            Some(_) => {}
            None => latest.push(gate),
        }
    }
    let told: Vec<(&Gate, Option<FindingOutcome>)> = latest.into_iter().map(|gate| (gate, word_of(gate))).collect();
    let first = |is_it: &dyn Fn(&Option<FindingOutcome>) -> bool| told.iter().find(|(_, outcome)| is_it(outcome));
    let worst = first(&|outcome| matches!(outcome, Some(FindingOutcome::Failed { .. })))
        .or_else(|| first(&|outcome| matches!(outcome, Some(FindingOutcome::Waiting { .. }))))
        .or_else(|| first(&|outcome| matches!(outcome, Some(FindingOutcome::NoData { .. }))))
        .or_else(|| first(&Option::is_none))
        .or_else(|| told.first());
    match worst {
        Some((gate, outcome)) => GateWord { outcome: outcome.clone(), gate: Some(gate.id) },
        None => {
            let what = format!("it: run {run} has not asked for “{name}” yet");
            GateWord { outcome: Some(FindingOutcome::Waiting { what }), gate: None }
        }
    }
}

/// What the run itself says about a gate that was answered elsewhere: the job of its name where it has one, else how it ended.
#[must_use]
pub fn by_run(run: &Run, name: &str) -> FindingOutcome {
    let job = run.jobs.iter().find(|job| is_called(&job.name, name));
    let (what, status) = match job {
        Some(job) => (format!("job {}", job.name), &job.status),
        None => ("the run".to_owned(), &run.status),
    };
    match status {
        RunStatus::Succeeded => FindingOutcome::Passed,
        RunStatus::Failed => FindingOutcome::Failed { reason: format!("it was answered at the provider, and {what} has failed") },
        RunStatus::Cancelled => FindingOutcome::Failed { reason: format!("it was answered at the provider, and {what} was cancelled") },
        RunStatus::Skipped => FindingOutcome::Failed { reason: format!("it was answered at the provider, and {what} was skipped") },
        RunStatus::Queued | RunStatus::InProgress | RunStatus::Waiting => FindingOutcome::Waiting { what: format!("the end of {what}") },
        RunStatus::Unknown { word } => FindingOutcome::NoData { reason: format!("{what} is “{word}”") },
    }
}

fn is_called(title: &str, name: &str) -> bool {
    title.trim().to_lowercase() == name.trim().to_lowercase()
}

fn word_of(gate: &Gate) -> Option<FindingOutcome> {
    Some(match &gate.state {
        GateState::Waiting { .. } => FindingOutcome::Waiting { what: "an answer at the provider, or from the inbox".to_owned() },
        GateState::Answering { answer } | GateState::AnswerUnknown { answer, .. } => {
            FindingOutcome::Waiting { what: format!("what becomes of the answer of {}", answer.by) }
        }
        GateState::Answered { answer, .. } => of_answer(answer),
        GateState::Gone { cause: GoneCause::Expired, .. } => {
            FindingOutcome::NoData { reason: "its time was over before anybody answered".to_owned() }
        }
        GateState::Gone { cause: GoneCause::Unwatched, .. } => {
            FindingOutcome::NoData { reason: "its pipeline is not watched any more".to_owned() }
        }
        // Somebody was faster, or it was answered there: how, is told by what became of the run.
        GateState::TooLate { .. } | GateState::Gone { cause: GoneCause::Elsewhere, .. } => return None,
    })
}

fn of_answer(answer: &GivenAnswer) -> FindingOutcome {
    match answer.verdict {
        GateVerdict::Approve => FindingOutcome::Passed,
        GateVerdict::Reject if answer.comment.is_empty() => FindingOutcome::Failed { reason: format!("{} rejected it", answer.by) },
        GateVerdict::Reject => FindingOutcome::Failed { reason: format!("{} rejected it: {}", answer.by, answer.comment) },
    }
}
