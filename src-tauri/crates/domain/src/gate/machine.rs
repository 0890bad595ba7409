//! How a gate changes: a pure function from what it is and what happened to what it is then.

use super::{Gate, GateDetails, GateOwner, GateState, GivenAnswer, GoneCause, NotTaken};
use crate::Timestamp;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GateEvent {
    /// It is seen to wait; this is what it says now, and whose it is.
    SeenWaiting {
        /// What it says.
        details: GateDetails,
        /// Whose it is.
        belongs: GateOwner,
    },
    /// Our answer was taken, and the provider still lists it: taken for lateness until then.
    SeenLingering {
        /// Until when.
        until: Timestamp,
    },
    /// It is seen to wait no more.
    SeenGone {
        /// Why, where nobody answered here.
        cause: GoneCause,
    },
    /// A person answers; the provider is told right after this is written.
    AnswerGiven {
        /// The answer.
        answer: GivenAnswer,
    },
    /// The provider has taken the answer.
    Taken,
    /// The provider says that somebody was faster.
    TooLate,
    /// The answer provably had no effect: it was refused, or never arrived.
    NotTaken {
        /// What happened.
        message: String,
        /// What to do about it.
        next_step: String,
    },
    /// Whether the answer was taken isn't known.
    AnswerLost {
        /// Why not.
        cause: String,
    },
}

/// Why an event doesn't fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateRefusal {
    /// It waits no more.
    #[error("it waits no more")]
    Ended,
    /// It is being answered.
    #[error("{by} is answering it already")]
    BeingAnswered {
        /// By whom.
        by: crate::Actor,
    },
    /// Whether the answer was taken isn't known yet.
    #[error("whether the answer was taken is not known yet")]
    NotTakenYet,
    /// Nobody answers it.
    #[error("nobody has answered it")]
    NotAnswered,
}

/// The gate after an event.
///
/// # Errors
/// [`GateRefusal`] where the event doesn't fit; the gate stays as it is.
pub fn apply(gate: &Gate, event: GateEvent, now: Timestamp) -> Result<Gate, GateRefusal> {
    let state = match (&gate.state, event) {
        (GateState::Answered { .. }, GateEvent::SeenLingering { until }) => {
            return Ok(Gate { lingers_until: Some(until), ..gate.clone() });
        }
        (GateState::Answered { .. }, GateEvent::SeenGone { .. }) if gate.lingers_until.is_some() => {
            return Ok(Gate { lingers_until: None, ..gate.clone() });
        }
        (state, _) if state.is_terminal() => return Err(GateRefusal::Ended),
        (GateState::Waiting { .. }, GateEvent::SeenWaiting { details, belongs }) => {
            return Ok(Gate { seen: details, belongs, ..gate.clone() });
        }
        (GateState::Waiting { .. }, GateEvent::SeenGone { cause }) => GateState::Gone { at: now, cause },
        (GateState::Waiting { .. }, GateEvent::AnswerGiven { answer }) => GateState::Answering { answer },
        (GateState::Waiting { .. }, _) => return Err(GateRefusal::NotAnswered),

        (GateState::Answering { answer } | GateState::AnswerUnknown { answer, .. }, event) => answered(answer, event, now)?,
        (GateState::Answered { .. } | GateState::TooLate { .. } | GateState::Gone { .. }, _) => return Err(GateRefusal::Ended),
    };
    Ok(Gate { state, ..gate.clone() })
}

/// What becomes of an answer that the provider may have been told.
fn answered(answer: &GivenAnswer, event: GateEvent, now: Timestamp) -> Result<GateState, GateRefusal> {
    let answer = answer.clone();
    Ok(match event {
        GateEvent::AnswerGiven { .. } => return Err(GateRefusal::BeingAnswered { by: answer.by }),
        GateEvent::Taken => GateState::Answered { answer, at: now, confirmed: true },
        // It waited when the answer was given, and waits no more.
        GateEvent::SeenGone { .. } => GateState::Answered { answer, at: now, confirmed: false },
        GateEvent::TooLate => GateState::TooLate { answer, at: now },
        GateEvent::NotTaken { message, next_step } => {
            GateState::Waiting { not_taken: Some(NotTaken { answer, at: now, message, next_step }) }
        }
        // It waits although it was answered, long after: the answer did not arrive.
        GateEvent::SeenWaiting { .. } => GateState::Waiting {
            not_taken: Some(NotTaken {
                answer,
                at: now,
                message: "The answer did not arrive: it still waits.".to_owned(),
                next_step: "Answer it again.".to_owned(),
            }),
        },
        GateEvent::AnswerLost { cause } => GateState::AnswerUnknown { answer, cause },
        GateEvent::SeenLingering { .. } => return Err(GateRefusal::NotTakenYet),
    })
}
