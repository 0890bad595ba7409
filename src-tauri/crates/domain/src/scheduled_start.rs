//! A start that is set for a time: this release, as it is planned now, goes to that environment then. Approvals, checklists and the rest
//! may still be on their way when it is set; policy is asked when the time has come, as for any start.
//!
//! It never starts early, and never late by itself: where nobody was there to start it (the machine slept, nothing ran), it asks. Must
//! not judge whether it may start: that is [`policy`](crate::policy).

use crate::approval::content_hash;
use crate::calendar::Withdrawn;
use crate::policy::Blocker;
use crate::release::Release;
use crate::{Actor, DeploymentId, EnvironmentId, ProductId, ReleaseId, ScheduledStartId, Timestamp, TrainId, Version};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// It may start so much later than was said, and still counts as in time.
pub const GRACE: Duration = Duration::from_secs(5 * 60);
/// So long before, it is looked at what would stand in the way.
pub const FORESIGHT: Duration = Duration::from_secs(60 * 60);
/// The furthest that one is set ahead.
pub const FURTHEST: Duration = Duration::from_secs(366 * 86_400);

/// A start that is set for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledStart {
    /// Its id.
    pub id: ScheduledStartId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// What starts.
    pub release_id: ReleaseId,
    /// Its version then.
    pub version: Version,
    /// The hash of its content then: another plan is not started.
    pub content: String,
    /// Where it goes.
    pub environment_id: EnvironmentId,
    /// The environment's name then.
    pub environment: String,
    /// When.
    pub at: Timestamp,
    /// The zone on whose clocks that was chosen, by its IANA name.
    pub time_zone: String,
    /// Why then; may be empty.
    pub remarks: String,
    /// In whose name it starts.
    pub by: Actor,
    /// When it was set.
    pub set_at: Timestamp,
    /// The train that it is a stop of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<TrainId>,
    /// Where it is.
    pub state: ScheduledStartState,
}

/// Where a scheduled start is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ScheduledStartState {
    /// Its time has not come.
    Waiting {
        /// True once it was looked at what would stand in the way.
        looked_ahead: bool,
    },
    /// Its time has come, and it did not start. A person says what becomes of it.
    Held {
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: HeldReason,
    },
    /// It has started.
    Started {
        /// What it became.
        deployment_id: DeploymentId,
        /// When.
        at: Timestamp,
    },
    /// It will not start.
    Withdrawn(Withdrawn),
}

/// Why a start did not start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum HeldReason {
    /// Nobody was there to start it.
    Missed,
    /// The release is not any more what it was.
    Changed,
    /// Policy refused it.
    Blocked {
        /// What didn't hold then.
        blockers: Vec<Blocker>,
    },
    /// What starts by itself leaves it to a person.
    LeftToPeople {
        /// Why.
        why: String,
    },
    /// It could not be started.
    Failed {
        /// Why not, with the way out.
        message: String,
    },
}

/// What is to be done about a scheduled start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing before then.
    Later(Timestamp),
    /// See what would stand in the way.
    LookAhead,
    /// Start it.
    Now,
    /// Its time is over.
    Missed,
    /// Nothing any more.
    Never,
}

impl ScheduledStart {
    /// True until it has started or was withdrawn.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, ScheduledStartState::Waiting { .. } | ScheduledStartState::Held { .. })
    }

    /// When it was settled.
    #[must_use]
    pub const fn settled_at(&self) -> Option<Timestamp> {
        match &self.state {
            ScheduledStartState::Started { at, .. } => Some(*at),
            ScheduledStartState::Withdrawn(withdrawn) => Some(withdrawn.at),
            ScheduledStartState::Waiting { .. } | ScheduledStartState::Held { .. } => None,
        }
    }

    /// What is to be done about it now. Whatever a clock does meanwhile: not before its time, and not long after.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Due {
        let ScheduledStartState::Waiting { looked_ahead } = self.state else { return Due::Never };
        let foresight = self.at.minus(FORESIGHT);
        if now < foresight {
            Due::Later(foresight)
        } else if now < self.at {
            if looked_ahead { Due::Later(self.at) } else { Due::LookAhead }
        } else if now.since(self.at) <= GRACE {
            Due::Now
        } else {
            Due::Missed
        }
    }

    /// True where the release is still what was to be started.
    #[must_use]
    pub fn is_for(&self, release: &Release) -> bool {
        self.content == content_hash(&release.version, &release.source, release.plan.as_ref())
    }

    /// The next state where its time has come and it doesn't start.
    #[must_use]
    pub fn held(&self, reason: HeldReason, now: Timestamp) -> Self {
        Self { state: ScheduledStartState::Held { since: now, reason }, ..self.clone() }
    }
}

impl HeldReason {
    /// In a sentence that goes on after "It did not start:".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Missed => "nothing ran at that time that could have started it".to_owned(),
            Self::Changed => "the release has changed since it was scheduled".to_owned(),
            Self::Blocked { blockers } => match blockers.as_slice() {
                [] => "policy refused it".to_owned(),
                [only] => only.title.clone(),
                [first, rest @ ..] => format!("{}, and {} more", first.title, rest.len()),
            },
            Self::LeftToPeople { why } => why.clone(),
            Self::Failed { message } => message.clone(),
        }
    }
}
