//! User acceptance testing: rounds that are bound to an exact version in an environment, what testers say of each scenario, their feedback
//! and what becomes of it, and who signs the round off. A verdict never counts for another version.
//!
//! Must not: judge whether a deployment may start: that is [`policy`](crate::policy), which asks [`Standing`]. Nor know a tester's token:
//! an [`Invitation`] holds its digest alone.

mod again;
mod feedback;
mod invitation;
mod machine;
mod standing;
mod tracker;

pub use again::{Again, Changes, again, continued};
pub use feedback::{
    Answer, Feedback, FeedbackRefusal, FeedbackWay, MAX_FEEDBACK_TEXT, Resolved, Severity, Triage, TriageWord, holds, resolve, triaged,
};
pub use invitation::{Invitation, InvitationFault, token_digest};
pub use machine::{MAX_REMARK, MAX_SCENARIOS, MAX_TESTERS, RoundEvent, RoundFault, RoundRefusal, apply, valid_scenarios};
pub use standing::{ScenarioStanding, ScenarioVerdict, Standing, Unmet, missing_sign_offs, standing};
pub use tracker::{
    AtTracker, Errand, ErrandDeed, ErrandState, ISSUE_KEY, IssueLink, LabelFault, Tracker, asked, feedback_mark, forgotten, issue_key,
    marked_feedback, valid_label, valid_labels, with_errand,
};

use crate::release::Release;
use crate::{Actor, EnvironmentId, ProductId, ReleaseId, TesterId, Timestamp, UatRoundId, UatScenarioId, Version};
use serde::{Deserialize, Serialize};

/// A round of user acceptance testing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UatRound {
    /// Its id.
    pub id: UatRoundId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The release.
    pub release_id: ReleaseId,
    /// The environment in which people test.
    pub environment_id: EnvironmentId,
    /// Its name then.
    pub environment: String,
    /// The version that is tested, and no other.
    pub version: Version,
    /// Its commit.
    pub commit: String,
    /// What testers should know, in Markdown; may be empty.
    pub instructions: String,
    /// What is tested, in order.
    pub scenarios: Vec<Scenario>,
    /// Who tests.
    pub testers: Vec<Tester>,
    /// The last word of each tester on each scenario.
    pub outcomes: Vec<Outcome>,
    /// When it is enough.
    pub criteria: ExitCriteria,
    /// Who signs, by name; empty where anybody may.
    pub signatories: Vec<String>,
    /// Who has signed.
    pub sign_offs: Vec<SignOff>,
    /// The round of an earlier version that it continues.
    pub since: Option<Since>,
    /// When testers should be done.
    pub due: Option<Timestamp>,
    /// Where testers write issues, where they do.
    #[serde(default)]
    pub tracker: Option<Tracker>,
    /// Who began it.
    pub begun_by: Actor,
    /// When.
    pub begun_at: Timestamp,
    /// Set where it was given up.
    pub given_up: Option<GivenUp>,
}

/// What testers do, and what they should see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// Its id, the same in the rounds that continue each other.
    pub id: UatScenarioId,
    /// In a line.
    pub title: String,
    /// Steps in order; may be empty.
    pub steps: Vec<Step>,
    /// Whether it holds the release up.
    pub is_required: bool,
    /// Paths in the repository whose change asks to test it again: `web/basket/**`.
    pub paths: Vec<String>,
    /// Scopes of commits whose change asks to test it again: `basket` for `fix(basket): …`.
    pub labels: Vec<String>,
}

/// A step of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What the tester does.
    pub does: String,
    /// What should come of it; may be empty.
    pub expects: String,
}

/// Somebody who tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tester {
    /// Their id.
    pub id: TesterId,
    /// Their name, unique in the round.
    pub name: String,
    /// The last invitation to the feedback form.
    pub invitation: Option<Invitation>,
}

/// What a tester says of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The scenario.
    pub scenario_id: UatScenarioId,
    /// The tester.
    pub tester_id: TesterId,
    /// What came of it.
    pub word: OutcomeWord,
    /// A remark; may be empty.
    pub remark: String,
    /// Who recorded it: the tester, or somebody for them.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What came of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeWord {
    /// It does what it should.
    Passed,
    /// It doesn't.
    Failed,
    /// It could not be tested.
    Blocked,
}

/// When a round is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitCriteria {
    /// So many testers pass each required scenario. At least 1.
    pub testers_each: u8,
    /// No feedback waits for triage.
    pub all_triaged: bool,
    /// Later versions need a round in this environment, too.
    pub every_version: bool,
}

/// A person's word that the version may go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// A remark; never empty where something was not met.
    pub remark: String,
    /// What was not met, in words: signed all the same.
    pub despite: Vec<String>,
}

/// The round of an earlier version that one continues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// That round.
    pub round_id: UatRoundId,
    /// Its version.
    pub version: Version,
    /// What must be tested again, and why. The other scenarios keep what was said of them.
    pub again: Vec<Again>,
}

/// That a round was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why, never empty.
    pub reason: String,
}

impl Default for ExitCriteria {
    fn default() -> Self {
        Self { testers_each: 1, all_triaged: true, every_version: true }
    }
}

impl OutcomeWord {
    /// As people read it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
        }
    }
}

impl UatRound {
    /// A scenario.
    #[must_use]
    pub fn scenario(&self, id: UatScenarioId) -> Option<&Scenario> {
        self.scenarios.iter().find(|scenario| scenario.id == id)
    }

    /// A tester.
    #[must_use]
    pub fn tester(&self, id: TesterId) -> Option<&Tester> {
        self.testers.iter().find(|tester| tester.id == id)
    }

    /// Whether it is about what the release is now: its version may have been edited since.
    #[must_use]
    pub fn is_about(&self, release: &Release) -> bool {
        self.release_id == release.id && self.version == release.version && self.commit == release.source.commit
    }
}
