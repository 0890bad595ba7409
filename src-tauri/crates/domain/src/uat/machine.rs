//! What happens to a round, and what is refused. A round that was signed loses its signatures when a required scenario fails after it, or
//! when what is tested changes.

use super::standing::{Standing, Unmet};
use super::{ExitCriteria, GivenUp, Invitation, Outcome, OutcomeWord, Scenario, SignOff, Tester, UatRound};
use crate::{Actor, TesterId, Timestamp, UatScenarioId};

/// A round has at most so many scenarios.
pub const MAX_SCENARIOS: usize = 300;
/// And so many testers.
pub const MAX_TESTERS: usize = 200;
/// The longest remark, in characters.
pub const MAX_REMARK: usize = 2_000;

/// What happens to a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoundEvent {
    /// What is tested, or when it is enough, was changed.
    Edited {
        /// In Markdown.
        instructions: String,
        /// What is tested.
        scenarios: Vec<Scenario>,
        /// When it is enough.
        criteria: ExitCriteria,
        /// Who signs.
        signatories: Vec<String>,
        /// When testers should be done.
        due: Option<Timestamp>,
    },
    /// Somebody tests, too.
    TesterAdded(Tester),
    /// Somebody doesn't any more; what they said goes along.
    TesterRemoved(TesterId),
    /// A tester got an invitation, in place of the last.
    Invited {
        /// Who.
        tester: TesterId,
        /// With what.
        invitation: Invitation,
    },
    /// An invitation was taken back.
    InvitationWithdrawn(TesterId),
    /// A tester said what came of a scenario.
    Said(Outcome),
    /// What a tester said was taken back.
    Unsaid(UatScenarioId, TesterId),
    /// Somebody signed.
    SignedOff {
        /// Who.
        by: Actor,
        /// A remark.
        remark: String,
    },
    /// Somebody took their signature back.
    SignOffWithdrawn(Actor),
    /// It was given up.
    GivenUp {
        /// By whom.
        by: Actor,
        /// Why.
        reason: String,
    },
}

/// Why something can't be done to a round.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoundRefusal {
    /// It was given up.
    #[error("the round was given up: {reason}")]
    GivenUp {
        /// Why.
        reason: String,
    },
    /// There is no such scenario or tester.
    #[error("the round has no such {what}")]
    Unknown {
        /// What.
        what: &'static str,
    },
    /// Somebody of that name tests already.
    #[error("{name} tests already")]
    TesterThere {
        /// The name.
        name: String,
    },
    /// There are too many.
    #[error("a round has at most {MAX_TESTERS} testers")]
    TooManyTesters,
    /// Somebody else signs.
    #[error("{person} doesn't sign this round: {signatories} does")]
    NoSignatory {
        /// Who wanted to.
        person: String,
        /// Who does.
        signatories: String,
    },
    /// They have signed.
    #[error("{person} has signed already")]
    Signed {
        /// Who.
        person: String,
    },
    /// Blockers are never signed away.
    #[error("{unmet}")]
    Blockers {
        /// In words.
        unmet: String,
    },
    /// What isn't met needs a remark.
    #[error("{unmet}")]
    NeedsRemark {
        /// In words.
        unmet: String,
    },
}

/// Why scenarios can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoundFault {
    /// There are too many.
    #[error("there are more than {MAX_SCENARIOS} scenarios")]
    TooMany,
    /// One has no title, or a very long one.
    #[error("scenario {place} needs a title of at most 200 characters")]
    Title {
        /// Which one, from 1.
        place: usize,
    },
    /// One has too many steps, or a very long one.
    #[error("“{title}” has more than 50 steps, or one longer than 2,000 characters")]
    Steps {
        /// Which one.
        title: String,
    },
    /// Two have the same id.
    #[error("“{title}” is there twice")]
    Twice {
        /// Which one.
        title: String,
    },
    /// A path is no pattern.
    #[error("“{pattern}” of “{title}” is no pattern of paths")]
    Pattern {
        /// The scenario.
        title: String,
        /// The pattern.
        pattern: String,
    },
}

impl RoundRefusal {
    /// What to do instead.
    #[must_use]
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::GivenUp { .. } => "Begin another round.",
            Self::Unknown { .. } => "Look at the round again.",
            Self::TesterThere { .. } => "Give them a name that tells them apart.",
            Self::TooManyTesters => "Let some of them share a name.",
            Self::NoSignatory { .. } => "Ask them to sign, or change who signs.",
            Self::Signed { .. } => "Take the signature back first if it was a mistake.",
            Self::Blockers { .. } => "Solve the blockers, or decide anew what they are.",
            Self::NeedsRemark { .. } => "Test what is missing, or say in a remark why the version may go on all the same.",
        }
    }
}

/// Scenarios as they may be kept: trimmed, without empty steps.
///
/// # Errors
/// [`RoundFault`].
pub fn valid_scenarios(scenarios: Vec<Scenario>) -> Result<Vec<Scenario>, RoundFault> {
    if scenarios.len() > MAX_SCENARIOS {
        return Err(RoundFault::TooMany);
    }
    let mut kept: Vec<Scenario> = Vec::with_capacity(scenarios.len());
    for (place, mut scenario) in scenarios.into_iter().enumerate() {
        scenario.title = scenario.title.split_whitespace().collect::<Vec<_>>().join(" ");
        if scenario.title.is_empty() || scenario.title.chars().count() > 200 {
            return Err(RoundFault::Title { place: place + 1 });
        }
        for step in &mut scenario.steps {
            step.does = step.does.trim().to_owned();
            step.expects = step.expects.trim().to_owned();
        }
        scenario.steps.retain(|step| !step.does.is_empty() || !step.expects.is_empty());
        if scenario.steps.len() > 50 || scenario.steps.iter().any(|step| step.does.len().max(step.expects.len()) > 2_000) {
            return Err(RoundFault::Steps { title: scenario.title });
        }
        for list in [&mut scenario.paths, &mut scenario.labels] {
            *list = list.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).take(50).collect();
        }
        if let Some(pattern) = scenario.paths.iter().find(|pattern| !crate::paths::is_pattern(pattern)) {
            return Err(RoundFault::Pattern { title: scenario.title.clone(), pattern: pattern.clone() });
        }
        if kept.iter().any(|other| other.id == scenario.id) {
            return Err(RoundFault::Twice { title: scenario.title });
        }
        kept.push(scenario);
    }
    Ok(kept)
}

/// The round after something happened to it. `standing` is that of the round as it is.
///
/// # Errors
/// [`RoundRefusal`]; the round is unchanged then.
pub fn apply(round: &UatRound, standing: &Standing, event: RoundEvent, now: Timestamp) -> Result<UatRound, RoundRefusal> {
    if let Some(given_up) = &round.given_up {
        return Err(RoundRefusal::GivenUp { reason: given_up.reason.clone() });
    }
    let mut next = round.clone();
    match event {
        RoundEvent::Edited { instructions, scenarios, criteria, signatories, due } => {
            if next.scenarios != scenarios || next.criteria != criteria {
                next.sign_offs.clear();
            }
            next.outcomes.retain(|outcome| scenarios.iter().any(|scenario| scenario.id == outcome.scenario_id));
            next.criteria = ExitCriteria { testers_each: criteria.testers_each.max(1), ..criteria };
            (next.instructions, next.scenarios, next.signatories, next.due) = (instructions, scenarios, signatories, due);
        }
        RoundEvent::TesterAdded(tester) => {
            if next.testers.iter().any(|other| other.name.to_lowercase() == tester.name.to_lowercase()) {
                return Err(RoundRefusal::TesterThere { name: tester.name });
            }
            if next.testers.len() >= MAX_TESTERS {
                return Err(RoundRefusal::TooManyTesters);
            }
            next.testers.push(tester);
        }
        RoundEvent::TesterRemoved(id) => {
            known_tester(round, id)?;
            next.testers.retain(|tester| tester.id != id);
            next.outcomes.retain(|outcome| outcome.tester_id != id);
        }
        RoundEvent::Invited { tester: id, invitation } => tester_of(&mut next, id)?.invitation = Some(invitation),
        RoundEvent::InvitationWithdrawn(id) => {
            if let Some(invitation) = &mut tester_of(&mut next, id)?.invitation {
                invitation.is_withdrawn = true;
            }
        }
        RoundEvent::Said(outcome) => {
            known_tester(round, outcome.tester_id)?;
            let scenario = round.scenario(outcome.scenario_id).ok_or(RoundRefusal::Unknown { what: "scenario" })?;
            if scenario.is_required && outcome.word != OutcomeWord::Passed {
                next.sign_offs.clear();
            }
            next.outcomes.retain(|other| (other.scenario_id, other.tester_id) != (outcome.scenario_id, outcome.tester_id));
            next.outcomes.push(outcome);
        }
        RoundEvent::Unsaid(scenario, tester) => {
            if round.scenario(scenario).is_some_and(|scenario| scenario.is_required) {
                next.sign_offs.clear();
            }
            next.outcomes.retain(|other| (other.scenario_id, other.tester_id) != (scenario, tester));
        }
        RoundEvent::SignedOff { by, remark } => {
            let despite = may_sign(round, standing, &by, &remark)?;
            next.sign_offs.push(SignOff { by, at: now, remark, despite });
        }
        RoundEvent::SignOffWithdrawn(by) => next.sign_offs.retain(|sign| sign.by != by),
        RoundEvent::GivenUp { by, reason } => next.given_up = Some(GivenUp { by, at: now, reason }),
    }
    Ok(next)
}

fn may_sign(round: &UatRound, standing: &Standing, by: &Actor, remark: &str) -> Result<Vec<String>, RoundRefusal> {
    if !round.signatories.is_empty() && !round.signatories.iter().any(|name| by.is_called(name)) {
        return Err(RoundRefusal::NoSignatory { person: by.to_string(), signatories: round.signatories.join(", ") });
    }
    if round.sign_offs.iter().any(|sign| sign.by == *by) {
        return Err(RoundRefusal::Signed { person: by.to_string() });
    }
    if let Some(blockers) = standing.unmet.iter().find(|unmet| matches!(unmet, Unmet::Blockers(_))) {
        return Err(RoundRefusal::Blockers { unmet: blockers.words() });
    }
    let despite: Vec<String> = standing.unmet.iter().map(Unmet::words).collect();
    if !despite.is_empty() && remark.is_empty() {
        return Err(RoundRefusal::NeedsRemark { unmet: despite.join("; ") });
    }
    Ok(despite)
}

fn known_tester(round: &UatRound, id: TesterId) -> Result<(), RoundRefusal> {
    round.tester(id).map(|_| ()).ok_or(RoundRefusal::Unknown { what: "tester" })
}

fn tester_of(round: &mut UatRound, id: TesterId) -> Result<&mut Tester, RoundRefusal> {
    round.testers.iter_mut().find(|tester| tester.id == id).ok_or(RoundRefusal::Unknown { what: "tester" })
}
