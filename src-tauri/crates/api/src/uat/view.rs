//! Rounds of user acceptance testing as they go out.

use super::{ExitCriteriaBody, ScenarioBody, StepBody};
use crate::decode::shown;
use pilothouse_domain::Timestamp;
use pilothouse_domain::uat::{ExitCriteria, OutcomeWord, Scenario, ScenarioVerdict, Step, Tester, UatRound, Unmet};
use pilothouse_engine::usecases::UatRoundView;
use serde::{Deserialize, Serialize};
use specta::Type;

/// A round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UatRoundBody {
    /// Its id.
    pub id: String,
    /// Counts the writes.
    pub revision: u32,
    /// The release.
    pub release_id: String,
    /// The environment.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// The version that is tested.
    pub version: String,
    /// Its commit.
    pub commit: String,
    /// In one word.
    pub state: UatStateWord,
    /// In Markdown; may be empty.
    pub instructions: String,
    /// What is tested, in order.
    pub scenarios: Vec<UatScenarioView>,
    /// Who tests.
    pub testers: Vec<UatTesterView>,
    /// When it is enough.
    pub criteria: ExitCriteriaBody,
    /// Who signs.
    pub signatories: Vec<String>,
    /// Who has signed.
    pub sign_offs: Vec<SignOffView>,
    /// Whose signatures are missing.
    pub unsigned: Vec<String>,
    /// What isn't met, in words.
    pub unmet: Vec<String>,
    /// True where blockers are open: nobody can sign then.
    pub is_blocked: bool,
    /// How much feedback there is of each standing.
    pub feedback: FeedbackCounts,
    /// The version of the round that it continues.
    pub since_version: Option<String>,
    /// Where testers write issues.
    pub tracker: Option<crate::TrackerBody>,
    /// When testers should be done.
    pub due: Option<String>,
    /// Who began it.
    pub begun_by: String,
    /// When.
    pub begun_at: String,
    /// Why it was given up.
    pub given_up: Option<String>,
}

/// Where a round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum UatStateWord {
    /// People test.
    Testing,
    /// A blocker is open.
    Blocked,
    /// Everything is met; it waits for signatures.
    ReadyToSign,
    /// It is signed off.
    SignedOff,
    /// The release is another version or commit now: the verdict doesn't count.
    Void,
    /// It was given up.
    GivenUp,
}

/// How much feedback there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FeedbackCounts {
    /// Not decided.
    pub untriaged: u32,
    /// Blockers that are open.
    pub blocker: u32,
    /// Blockers that were put right.
    pub solved: u32,
    /// For later.
    pub later: u32,
    /// Stays as it is.
    pub wont: u32,
    /// Told already.
    pub duplicate: u32,
}

/// A scenario and what testers say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UatScenarioView {
    /// The scenario.
    pub scenario: ScenarioBody,
    /// What they say together.
    pub verdict: UatVerdictWord,
    /// Testers for whom it passed.
    pub passed: u32,
    /// Testers for whom it failed.
    pub failed: u32,
    /// Testers who could not test it.
    pub blocked: u32,
    /// Why it is tested again after the version before.
    pub again: Option<String>,
    /// What each tester said.
    pub outcomes: Vec<UatOutcomeView>,
}

/// What a tester said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UatOutcomeView {
    /// The tester.
    pub tester_id: String,
    /// What came of it.
    pub outcome: UatOutcomeWord,
    /// A remark; may be empty.
    pub remark: String,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: String,
}

/// A tester.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UatTesterView {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// How many scenarios they have said something of.
    pub said: u32,
    /// Until when their invitation opens the form; none without one.
    pub invited_until: Option<String>,
    /// True where that is over.
    pub is_expired: bool,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SignOffView {
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
    /// A remark; may be empty.
    pub remark: String,
    /// What was not met.
    pub despite: Vec<String>,
}

/// An invitation, told once.
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct InvitationView {
    /// Whom it lets in.
    pub name: String,
    /// The link. Holds the token: it is shown once, and kept nowhere.
    pub url: String,
    /// The link as a QR code.
    pub qr: Option<crate::QrView>,
    /// The form that it leads to.
    pub form: crate::FeedbackFormView,
    /// Until when.
    pub expires_at: String,
}

impl std::fmt::Debug for InvitationView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InvitationView").field("name", &self.name).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What came of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum UatOutcomeWord {
    /// It does what it should.
    Passed,
    /// It doesn't.
    Failed,
    /// It could not be tested.
    Blocked,
}

/// What testers say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum UatVerdictWord {
    /// Too few have tested it.
    Open,
    /// Enough have passed it.
    Passed,
    /// Somebody failed.
    Failed,
    /// Somebody could not test it.
    Blocked,
}

impl From<UatOutcomeWord> for OutcomeWord {
    fn from(word: UatOutcomeWord) -> Self {
        match word {
            UatOutcomeWord::Passed => Self::Passed,
            UatOutcomeWord::Failed => Self::Failed,
            UatOutcomeWord::Blocked => Self::Blocked,
        }
    }
}

impl From<OutcomeWord> for UatOutcomeWord {
    fn from(word: OutcomeWord) -> Self {
        match word {
            OutcomeWord::Passed => Self::Passed,
            OutcomeWord::Failed => Self::Failed,
            OutcomeWord::Blocked => Self::Blocked,
        }
    }
}

impl From<ScenarioVerdict> for UatVerdictWord {
    fn from(verdict: ScenarioVerdict) -> Self {
        match verdict {
            ScenarioVerdict::Open => Self::Open,
            ScenarioVerdict::Passed => Self::Passed,
            ScenarioVerdict::Failed => Self::Failed,
            ScenarioVerdict::Blocked => Self::Blocked,
        }
    }
}

impl From<&Scenario> for ScenarioBody {
    fn from(scenario: &Scenario) -> Self {
        let step = |step: &Step| StepBody { does: step.does.clone(), expects: step.expects.clone() };
        Self {
            id: Some(scenario.id.to_string()),
            title: scenario.title.clone(),
            steps: scenario.steps.iter().map(step).collect(),
            is_required: scenario.is_required,
            paths: scenario.paths.clone(),
            labels: scenario.labels.clone(),
        }
    }
}

impl UatRoundBody {
    pub(super) fn new(view: &UatRoundView, now: Timestamp) -> Self {
        let (round, standing) = (&view.round, &view.standing);
        let scenarios = round.scenarios.iter().zip(&standing.scenarios).map(|(scenario, known)| {
            let again = round.since.iter().flat_map(|since| &since.again).find(|again| again.scenario_id == scenario.id);
            UatScenarioView {
                scenario: scenario.into(),
                verdict: known.verdict.into(),
                passed: known.passed,
                failed: known.failed,
                blocked: known.blocked,
                again: again.map(|again| again.reason.clone()),
                outcomes: outcomes(round, scenario),
            }
        });
        let sign = |sign: &pilothouse_domain::uat::SignOff| SignOffView {
            by: sign.by.to_string(),
            at: shown(sign.at),
            remark: sign.remark.clone(),
            despite: sign.despite.clone(),
        };
        let ExitCriteria { testers_each, all_triaged, every_version } = round.criteria;
        Self {
            id: round.id.to_string(),
            revision: round.revision,
            release_id: round.release_id.to_string(),
            environment_id: round.environment_id.to_string(),
            environment: round.environment.clone(),
            version: round.version.to_string(),
            commit: round.commit.clone(),
            state: state(view),
            instructions: round.instructions.clone(),
            scenarios: scenarios.collect(),
            testers: round.testers.iter().map(|tester| tester_view(round, tester, now)).collect(),
            criteria: ExitCriteriaBody { testers_each, all_triaged, every_version },
            signatories: round.signatories.clone(),
            sign_offs: round.sign_offs.iter().map(sign).collect(),
            unsigned: standing.unsigned.clone(),
            unmet: standing.unmet.iter().map(Unmet::words).collect(),
            is_blocked: standing.unmet.iter().any(|unmet| matches!(unmet, Unmet::Blockers(_))),
            feedback: counts(&view.feedback),
            since_version: round.since.as_ref().map(|since| since.version.to_string()),
            tracker: round.tracker.as_ref().map(crate::TrackerBody::from),
            due: round.due.map(shown),
            begun_by: round.begun_by.to_string(),
            begun_at: shown(round.begun_at),
            given_up: round.given_up.as_ref().map(|given_up| given_up.reason.clone()),
        }
    }
}

fn outcomes(round: &UatRound, scenario: &Scenario) -> Vec<UatOutcomeView> {
    let own = round.outcomes.iter().filter(|outcome| outcome.scenario_id == scenario.id);
    own.map(|outcome| UatOutcomeView {
        tester_id: outcome.tester_id.to_string(),
        outcome: outcome.word.into(),
        remark: outcome.remark.clone(),
        by: outcome.by.to_string(),
        at: shown(outcome.at),
    })
    .collect()
}

fn tester_view(round: &UatRound, tester: &Tester, now: Timestamp) -> UatTesterView {
    let invitation = tester.invitation.as_ref().filter(|invitation| !invitation.is_withdrawn);
    let said = round.outcomes.iter().filter(|outcome| outcome.tester_id == tester.id).count();
    UatTesterView {
        id: tester.id.to_string(),
        name: tester.name.clone(),
        said: u32::try_from(said).unwrap_or(u32::MAX),
        invited_until: invitation.map(|invitation| shown(invitation.expires_at)),
        is_expired: invitation.is_some_and(|invitation| now >= invitation.expires_at),
    }
}

fn counts(known: &[(String, u32)]) -> FeedbackCounts {
    let of = |word: &str| known.iter().find(|(other, _)| other == word).map_or(0, |(_, count)| *count);
    FeedbackCounts {
        untriaged: of("untriaged"),
        blocker: of("blocker"),
        solved: of("solved"),
        later: of("later"),
        wont: of("wont"),
        duplicate: of("duplicate"),
    }
}

fn state(view: &UatRoundView) -> UatStateWord {
    let is_blocked = view.standing.unmet.iter().any(|unmet| matches!(unmet, Unmet::Blockers(_)));
    match () {
        () if view.round.given_up.is_some() => UatStateWord::GivenUp,
        () if !view.counts => UatStateWord::Void,
        () if is_blocked => UatStateWord::Blocked,
        () if view.standing.unsigned.is_empty() => UatStateWord::SignedOff,
        () if view.standing.unmet.is_empty() => UatStateWord::ReadyToSign,
        () => UatStateWord::Testing,
    }
}
