//! A run that a person starts, or runs again, by hand, outside of any release: what is sent, and what is known about it. The intent is
//! written before anything is sent, it is sent once, and what became of a lost answer is looked up.
//!
//! Must not lead to a second call for the same intent.

use crate::deployment::Run;
use crate::pipeline::FilledBinding;
use crate::{Actor, ConnectionId, EnvironmentId, ManualRunId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An intent that nobody has carried out for this long is dropped: what a person wanted then may be wrong now.
pub const STALE_AFTER: Duration = Duration::from_secs(600);

/// A run by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualRun {
    /// Its id. Also the correlation token by which its run is found.
    pub id: ManualRunId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The account through which it is started.
    pub connection_id: ConnectionId,
    /// What holds the pipeline there.
    pub repository: String,
    /// The pipeline with all that is sent. Of a further attempt, only its name.
    pub pipeline: FilledBinding,
    /// What is asked for.
    pub deed: ManualDeed,
    /// True where an input carries the correlation token.
    pub is_correlated: bool,
    /// The environments that the pipeline is bound to and the run changes.
    pub changes: Vec<ChangedEnvironment>,
    /// Why, in the person's words. Never empty where it changes an environment.
    pub reason: String,
    /// How far it has come.
    pub state: ManualRunState,
    /// Who asked for it.
    pub requested_by: Actor,
    /// When.
    pub requested_at: Timestamp,
}

/// What is asked of the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case")]
pub enum ManualDeed {
    /// A new run.
    Start,
    /// Another attempt of a run that is there.
    Rerun {
        /// That run.
        run: StartedRun,
        /// Only what failed.
        failed_only: bool,
        /// The attempt that it was at before.
        attempt: u32,
    },
}

/// An environment that a run by hand changes outside of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedEnvironment {
    /// Its product.
    pub product_id: ProductId,
    /// The product's name then.
    pub product: String,
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Its name then.
    pub environment: String,
}

/// A run as it is named at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedRun {
    /// The provider's id of it.
    pub external_id: String,
    /// Its page at the provider.
    pub url: String,
}

/// How far a run by hand has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ManualRunState {
    /// Written down; nothing was sent yet.
    Requested,
    /// Being sent, or sent before Pilothouse stopped.
    Sending {
        /// When the intent was written.
        begun_at: Timestamp,
    },
    /// It may have started: the provider is asked for it.
    Looking {
        /// When the intent was written.
        begun_at: Timestamp,
        /// Why it isn't known.
        cause: String,
    },
    /// The provider has it.
    Started {
        /// As it is named there.
        run: StartedRun,
        /// When that became known.
        at: Timestamp,
        /// True where the answer was lost and the run was found afterwards.
        was_found: bool,
    },
    /// Nothing was started.
    Refused {
        /// Why.
        message: String,
        /// What to do about it.
        next_step: String,
    },
    /// It may have started; a person has to look.
    Unknown {
        /// When the intent was written.
        begun_at: Timestamp,
        /// Why it isn't known.
        cause: String,
        /// Runs that may be it.
        candidates: Vec<StartedRun>,
    },
}

/// What is to be done about a run by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum ManualRunEffect {
    /// Send it.
    Send,
    /// Look what became of it.
    LookUp,
}

/// What came of sending it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendAnswer {
    /// The provider took it; `None` where it doesn't name the run.
    Accepted(Option<StartedRun>),
    /// Nothing was started.
    Refused {
        /// Why.
        message: String,
        /// What to do about it.
        next_step: String,
    },
    /// It may have started.
    Lost {
        /// Why that isn't known.
        cause: String,
    },
}

impl From<&Run> for StartedRun {
    fn from(run: &Run) -> Self {
        Self { external_id: run.external_id.clone(), url: run.url.clone() }
    }
}

impl ManualRunState {
    /// The state's word, as in the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Sending { .. } => "sending",
            Self::Looking { .. } => "looking",
            Self::Started { .. } => "started",
            Self::Refused { .. } => "refused",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// True where nothing more happens without a person.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Started { .. } | Self::Refused { .. } | Self::Unknown { .. })
    }
}

impl ManualRun {
    /// The token by which its run is found.
    #[must_use]
    pub fn correlation(&self) -> String {
        self.id.to_string()
    }

    /// The run at the provider, where it is known; of a further attempt, the run that it is one of.
    #[must_use]
    pub const fn run(&self) -> Option<&StartedRun> {
        match (&self.state, &self.deed) {
            (ManualRunState::Started { run, .. }, _) | (_, ManualDeed::Rerun { run, .. }) => Some(run),
            _ => None,
        }
    }

    /// The product whose environment it changes, where it changes one.
    #[must_use]
    pub fn product(&self) -> Option<ProductId> {
        self.changes.first().map(|changed| changed.product_id)
    }

    /// What is done, in words: "Started deploy.yml of acme/checkout".
    #[must_use]
    pub fn what(&self) -> String {
        match &self.deed {
            ManualDeed::Start if self.pipeline.git_ref.is_empty() => format!("{} of {}", self.pipeline.pipeline, self.repository),
            ManualDeed::Start => format!("{} of {} at {}", self.pipeline.pipeline, self.repository, self.pipeline.git_ref),
            ManualDeed::Rerun { run, failed_only: false, .. } => {
                format!("another attempt of run {} of {}", run.external_id, self.repository)
            }
            ManualDeed::Rerun { run, .. } => format!("what failed in run {} of {}", run.external_id, self.repository),
        }
    }

    /// When it was sent, while it isn't known what became of it.
    #[must_use]
    pub const fn begun_at(&self) -> Option<Timestamp> {
        match self.state {
            ManualRunState::Sending { begun_at } | ManualRunState::Looking { begun_at, .. } | ManualRunState::Unknown { begun_at, .. } => {
                Some(begun_at)
            }
            ManualRunState::Requested | ManualRunState::Started { .. } | ManualRunState::Refused { .. } => None,
        }
    }

    /// About to be sent. `None` where that was before, whatever came of it.
    #[must_use]
    pub fn sending(&self, now: Timestamp) -> Option<Self> {
        matches!(self.state, ManualRunState::Requested).then(|| self.with(ManualRunState::Sending { begun_at: now }))
    }

    /// Not sent at all. `None` where it was.
    #[must_use]
    pub fn dropped(&self, message: String, next_step: String) -> Option<Self> {
        matches!(self.state, ManualRunState::Requested).then(|| self.with(ManualRunState::Refused { message, next_step }))
    }

    /// After an answer. `None` where it is settled already.
    #[must_use]
    pub fn answered(&self, answer: SendAnswer, now: Timestamp) -> Option<Self> {
        let ManualRunState::Sending { begun_at } = self.state else { return None };
        Some(self.with(match answer {
            SendAnswer::Accepted(Some(run)) => ManualRunState::Started { run, at: now, was_found: false },
            SendAnswer::Accepted(None) => {
                ManualRunState::Looking { begun_at, cause: "the provider accepted it without naming the run".to_owned() }
            }
            SendAnswer::Refused { message, next_step } => ManualRunState::Refused { message, next_step },
            SendAnswer::Lost { cause } => ManualRunState::Looking { begun_at, cause },
        }))
    }

    /// After a look for its run. Where none is to be seen within `settle` of the intent, a person has to look. `None` where it is settled.
    #[must_use]
    pub fn looked_up(&self, mut found: Vec<StartedRun>, now: Timestamp, settle: Duration) -> Option<Self> {
        let (begun_at, cause) = match &self.state {
            ManualRunState::Sending { begun_at } => (*begun_at, "Pilothouse stopped while it was asking".to_owned()),
            ManualRunState::Looking { begun_at, cause } => (*begun_at, cause.clone()),
            _ => return None,
        };
        Some(self.with(match (found.len(), found.pop()) {
            (1, Some(run)) => ManualRunState::Started { run, at: now, was_found: true },
            (0, _) if now.since(begun_at) < settle => ManualRunState::Looking { begun_at, cause },
            (_, last) => {
                found.extend(last);
                ManualRunState::Unknown { begun_at, cause, candidates: found }
            }
        }))
    }

    /// Looked for again, as a person asks. `None` where it is known what became of it.
    #[must_use]
    pub fn looked_for_again(&self) -> Option<Self> {
        let ManualRunState::Unknown { begun_at, cause, .. } = &self.state else { return None };
        Some(self.with(ManualRunState::Looking { begun_at: *begun_at, cause: cause.clone() }))
    }

    fn with(&self, state: ManualRunState) -> Self {
        Self { state, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use uuid::Uuid;

    const SETTLE: Duration = Duration::from_secs(120);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_000_000 * seconds).unwrap()
    }

    fn requested() -> ManualRun {
        ManualRun {
            id: ManualRunId::new(Uuid::from_u128(7)),
            revision: 0,
            connection_id: ConnectionId::new(Uuid::from_u128(1)),
            repository: "acme/checkout".into(),
            pipeline: FilledBinding {
                pipeline: "deploy.yml".into(),
                git_ref: "main".into(),
                inputs: Vec::new(),
                correlation: String::new(),
            },
            deed: ManualDeed::Start,
            is_correlated: true,
            changes: Vec::new(),
            reason: String::new(),
            state: ManualRunState::Requested,
            requested_by: Actor::person("Mira"),
            requested_at: at(0),
        }
    }

    fn run(id: &str) -> StartedRun {
        StartedRun { external_id: id.into(), url: String::new() }
    }

    #[test]
    fn it_is_sent_once_whatever_came_of_it() {
        let sending = requested().sending(at(1)).unwrap();
        assert!(sending.sending(at(2)).is_none() && sending.dropped("late".into(), String::new()).is_none());
        let lost = sending.answered(SendAnswer::Lost { cause: "no answer".into() }, at(3)).unwrap();
        let refused = sending.answered(SendAnswer::Refused { message: "no".into(), next_step: String::new() }, at(3)).unwrap();
        let started = sending.answered(SendAnswer::Accepted(Some(run("9"))), at(3)).unwrap();
        for after in [&lost, &refused, &started] {
            assert!(after.sending(at(4)).is_none(), "{after:?}");
            assert!(after.answered(SendAnswer::Accepted(None), at(4)).is_none(), "{after:?}");
        }
        assert_eq!(started.run().unwrap().external_id, "9");
    }

    #[test]
    fn a_lost_answer_is_looked_up_until_a_person_has_to() {
        let lost = requested().sending(at(1)).unwrap().answered(SendAnswer::Accepted(None), at(2)).unwrap();
        let found = lost.looked_up(vec![run("9")], at(5), SETTLE).unwrap();
        assert!(matches!(&found.state, ManualRunState::Started { was_found: true, .. }));
        let not_yet = lost.looked_up(Vec::new(), at(100), SETTLE).unwrap();
        assert_eq!(not_yet, lost);
        let unknown = lost.looked_up(Vec::new(), at(121), SETTLE).unwrap();
        assert!(matches!(&unknown.state, ManualRunState::Unknown { candidates, .. } if candidates.is_empty()));
        let several = lost.looked_up(vec![run("9"), run("10")], at(5), SETTLE).unwrap();
        assert!(matches!(&several.state, ManualRunState::Unknown { candidates, .. } if candidates.len() == 2));
        assert!(unknown.state.is_settled() && unknown.looked_up(vec![run("9")], at(200), SETTLE).is_none());
        let again = unknown.looked_for_again().unwrap();
        assert!(matches!(again.looked_up(vec![run("9")], at(200), SETTLE).unwrap().state, ManualRunState::Started { .. }));
    }

    #[test]
    fn after_a_crash_in_the_call_it_is_looked_up() {
        let sending = requested().sending(at(1)).unwrap();
        assert!(matches!(sending.looked_up(Vec::new(), at(50), SETTLE).unwrap().state, ManualRunState::Looking { .. }));
    }
}
