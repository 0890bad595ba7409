//! How far a round is: what each scenario stands at, and what isn't met yet of what the round asks for.

use super::{Feedback, OutcomeWord, UatRound, holds};
use crate::UatScenarioId;

/// So many things are named in a sentence; the others are counted.
const NAMED: usize = 3;

/// How far a round is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Each scenario, in the round's order.
    pub scenarios: Vec<ScenarioStanding>,
    /// What isn't met, besides signatures. Empty: the testing is done.
    pub unmet: Vec<Unmet>,
    /// Whose signatures are missing: names, or "somebody" where anybody may sign.
    pub unsigned: Vec<String>,
}

/// What a scenario stands at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioStanding {
    /// The scenario.
    pub scenario_id: UatScenarioId,
    /// What testers say together.
    pub verdict: ScenarioVerdict,
    /// Testers for whom it passed.
    pub passed: u32,
    /// Testers for whom it failed.
    pub failed: u32,
    /// Testers who could not test it.
    pub blocked: u32,
}

/// What testers say of a scenario together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScenarioVerdict {
    /// Too few have tested it.
    Open,
    /// Enough have passed it, and nobody failed.
    Passed,
    /// Somebody failed.
    Failed,
    /// Somebody could not test it, and nobody failed.
    Blocked,
}

/// Something that a round asks for and that isn't met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// Required scenarios that failed: their titles.
    Failed(Vec<String>),
    /// Required scenarios that could not be tested.
    Blocked(Vec<String>),
    /// Required scenarios that too few have tested.
    Open(Vec<String>),
    /// Blockers that nobody has solved: their titles.
    Blockers(Vec<String>),
    /// So many pieces of feedback wait for triage.
    Untriaged(usize),
}

impl Unmet {
    /// In words, without a full stop.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Failed(titles) => format!("{} failed: {}", counted(titles.len(), "required scenario"), named(titles)),
            Self::Blocked(titles) => format!("{} could not be tested: {}", counted(titles.len(), "required scenario"), named(titles)),
            Self::Open(titles) => format!("{} not tested yet: {}", counted(titles.len(), "required scenario"), named(titles)),
            Self::Blockers(titles) => format!("{} open: {}", counted(titles.len(), "blocker"), named(titles)),
            Self::Untriaged(count) => format!("{} of feedback not triaged", counted(*count, "piece")),
        }
    }

    const fn is_empty(&self) -> bool {
        match self {
            Self::Failed(titles) | Self::Blocked(titles) | Self::Open(titles) | Self::Blockers(titles) => titles.is_empty(),
            Self::Untriaged(count) => *count == 0,
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn named(titles: &[String]) -> String {
    let mut names: Vec<String> = titles.iter().take(NAMED).map(|title| format!("“{title}”")).collect();
    if titles.len() > NAMED {
        names.push(format!("and {} more", titles.len() - NAMED));
    }
    names.join(", ")
}

/// How far a round is. Of `feedback`, what is this round's and untriaged or a blocker counts.
#[must_use]
pub fn standing(round: &UatRound, feedback: &[Feedback]) -> Standing {
    let scenarios: Vec<ScenarioStanding> = round.scenarios.iter().map(|scenario| of_scenario(round, scenario.id)).collect();
    let required = |wanted: ScenarioVerdict| -> Vec<String> {
        let both = round.scenarios.iter().zip(&scenarios);
        both.filter(|(scenario, known)| scenario.is_required && known.verdict == wanted).map(|(s, _)| s.title.clone()).collect()
    };
    let own = || feedback.iter().filter(|f| f.round_id == round.id);
    let blockers: Vec<String> = own().filter(|f| holds(f)).map(|f| f.title.clone()).collect();
    let untriaged = own().filter(|f| f.triage.is_none()).count();
    let unmet = [
        Unmet::Blockers(blockers),
        Unmet::Failed(required(ScenarioVerdict::Failed)),
        Unmet::Blocked(required(ScenarioVerdict::Blocked)),
        Unmet::Open(required(ScenarioVerdict::Open)),
        Unmet::Untriaged(if round.criteria.all_triaged { untriaged } else { 0 }),
    ];
    let unmet = unmet.into_iter().filter(|unmet| !unmet.is_empty()).collect();
    Standing { scenarios, unmet, unsigned: missing_sign_offs(round) }
}

fn of_scenario(round: &UatRound, id: UatScenarioId) -> ScenarioStanding {
    let count = |word: OutcomeWord| {
        let own = round.outcomes.iter().filter(|outcome| outcome.scenario_id == id && outcome.word == word);
        u32::try_from(own.count()).unwrap_or(u32::MAX)
    };
    let (passed, failed, blocked) = (count(OutcomeWord::Passed), count(OutcomeWord::Failed), count(OutcomeWord::Blocked));
    let verdict = match () {
        () if failed > 0 => ScenarioVerdict::Failed,
        () if blocked > 0 => ScenarioVerdict::Blocked,
        () if passed >= u32::from(round.criteria.testers_each.max(1)) => ScenarioVerdict::Passed,
        () => ScenarioVerdict::Open,
    };
    ScenarioStanding { scenario_id: id, verdict, passed, failed, blocked }
}

/// Whose signatures are missing.
#[must_use]
pub fn missing_sign_offs(round: &UatRound) -> Vec<String> {
    let has_signed = |name: &str| round.sign_offs.iter().any(|sign| sign.by.is_called(name));
    if round.signatories.is_empty() {
        return if round.sign_offs.is_empty() { vec!["somebody".to_owned()] } else { Vec::new() };
    }
    round.signatories.iter().filter(|name| !has_signed(name)).cloned().collect()
}
