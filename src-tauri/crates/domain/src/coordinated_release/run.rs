//! A coordinated release on its way to an environment: what is kept about it and about each of its members. Must not say what happens
//! next: that is the machine.

use super::environment_key;
use crate::approval::content_hash;
use crate::calendar::Withdrawn;
use crate::policy::Blocker;
use crate::release::Release;
use crate::{Actor, CoordinatedReleaseId, CoordinatedRunId, DeploymentId, EnvironmentId, ProductId, ReleaseId, Timestamp, Version};
use serde::{Deserialize, Serialize};

/// A coordinated release on its way to an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoordinatedRun {
    /// Its id.
    pub id: CoordinatedRunId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// What goes.
    pub coordinated_release_id: CoordinatedReleaseId,
    /// The name of that.
    pub name: String,
    /// Where it goes, by the name that the products have in common.
    pub environment: String,
    /// Who goes, by stage, as it was when it started.
    pub members: Vec<RunMember>,
    /// In whose name it goes, and who is told.
    pub started_by: Actor,
    /// When it was started.
    pub started_at: Timestamp,
    /// Where it is.
    pub state: CoordinatedRunState,
    /// How it goes back, once somebody wanted that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<JointRollback>,
}

/// Where a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CoordinatedRunState {
    /// Its members go, stage by stage, or a person is asked about one.
    UnderWay,
    /// They go back, the last stage first, or a person is asked about one.
    RollingBack,
    /// All of them have arrived, but for those that were left out.
    Done {
        /// When.
        at: Timestamp,
    },
    /// What it had deployed has gone back, but for what was to stay.
    RolledBack {
        /// When.
        at: Timestamp,
    },
    /// Nothing further starts. What is deployed stays.
    Cancelled(Withdrawn),
}

/// That what a run has deployed goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JointRollback {
    /// Who wanted it.
    pub by: Actor,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A member on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunMember {
    /// The product.
    pub product_id: ProductId,
    /// Its name.
    pub product: String,
    /// What goes.
    pub release_id: ReleaseId,
    /// Its version.
    pub version: Version,
    /// The hash of what was looked at: version, source and plan. What has changed since doesn't go by itself.
    pub content: String,
    /// When a person wanted it to go.
    pub wanted_at: Timestamp,
    /// Where it goes; `None` where the product has no such environment.
    pub environment_id: Option<EnvironmentId>,
    /// Its turn.
    pub stage: u16,
    /// Where it is.
    pub state: RunMemberState,
    /// The deployments that were started for it, oldest first.
    pub deployments: Vec<DeploymentId>,
    /// How it goes back, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<MemberBack>,
}

/// Where a member is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunMemberState {
    /// Its product has no such environment.
    Skipped,
    /// It was there already when the run started.
    ThereAlready,
    /// Somebody left it out, before the start or when it could not go.
    LeftOut(Withdrawn),
    /// Its turn has not come.
    Waiting,
    /// Its deployment is under way.
    Started {
        /// Since when.
        at: Timestamp,
    },
    /// It is there, verified.
    Arrived {
        /// Since when.
        at: Timestamp,
    },
    /// It can't go on without a person.
    Held {
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: HeldMember,
    },
}

/// Why a member waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum HeldMember {
    /// Policy refused it at its turn.
    Blocked {
        /// What didn't hold then.
        blockers: Vec<Blocker>,
    },
    /// It could not be started.
    NotStarted {
        /// Why not, with the way out.
        message: String,
    },
    /// Its deployment ended otherwise than well.
    Ended {
        /// How, in words.
        message: String,
    },
}

/// Where a member is on its way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MemberBack {
    /// Its turn has not come.
    Waiting {
        /// Where it goes.
        to: WayBackChoice,
    },
    /// Its rollback is under way.
    Started {
        /// Where it goes.
        to: WayBackChoice,
        /// The rollback.
        rollback: DeploymentId,
    },
    /// The version before is back, verified.
    Done {
        /// The rollback.
        rollback: DeploymentId,
        /// Since when.
        at: Timestamp,
    },
    /// It can't go back without a person.
    Held {
        /// Where it was to go.
        to: WayBackChoice,
        /// Since when.
        since: Timestamp,
        /// Why.
        message: String,
    },
    /// It stays as it is, by somebody's word.
    Stays(Withdrawn),
}

/// Where a member goes back to, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayBackChoice {
    /// The release.
    pub release_id: ReleaseId,
    /// Its version.
    pub version: Version,
    /// True to start the deploy pipeline with it, however the environment is set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redeploy: bool,
}

impl CoordinatedRun {
    /// True until it is settled. One that is settled may still be asked to go back.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, CoordinatedRunState::UnderWay | CoordinatedRunState::RollingBack)
    }

    /// When it was settled.
    #[must_use]
    pub const fn settled_at(&self) -> Option<Timestamp> {
        match &self.state {
            CoordinatedRunState::Done { at } | CoordinatedRunState::RolledBack { at } => Some(*at),
            CoordinatedRunState::Cancelled(withdrawn) => Some(withdrawn.at),
            CoordinatedRunState::UnderWay | CoordinatedRunState::RollingBack => None,
        }
    }

    /// The name of its environment as the database compares it.
    #[must_use]
    pub fn environment_key(&self) -> String {
        environment_key(&self.environment)
    }

    /// A member.
    #[must_use]
    pub fn member(&self, release: ReleaseId) -> Option<&RunMember> {
        self.members.iter().find(|member| member.release_id == release)
    }

    /// The members that wait for a person.
    pub fn held(&self) -> impl Iterator<Item = &RunMember> {
        self.members.iter().filter(|member| match self.state {
            CoordinatedRunState::UnderWay => matches!(member.state, RunMemberState::Held { .. }),
            CoordinatedRunState::RollingBack => matches!(member.back, Some(MemberBack::Held { .. })),
            _ => false,
        })
    }

    /// True where it can't go on without a person.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.held().next().is_some()
    }

    /// The members that it has deployed, as far as they didn't go back: what a joint rollback is about, in the order in which they go
    /// back. Of a stage all go back side by side.
    #[must_use]
    pub fn to_go_back(&self) -> Vec<&RunMember> {
        let mut found: Vec<&RunMember> = self.members.iter().filter(|member| member.is_deployed()).collect();
        found.sort_by_key(|member| std::cmp::Reverse(member.stage));
        found
    }
}

impl RunMember {
    /// True where the release is still what was to go.
    #[must_use]
    pub fn is_for(&self, release: &Release) -> bool {
        self.content == content_hash(&release.version, &release.source, release.plan.as_ref())
    }

    /// True where a deployment of this run may have changed its environment, and it did not go back since.
    #[must_use]
    pub fn is_deployed(&self) -> bool {
        !self.deployments.is_empty() && !matches!(self.back, Some(MemberBack::Done { .. }))
    }

    /// The deployment that was started last.
    #[must_use]
    pub fn deployment(&self) -> Option<DeploymentId> {
        self.deployments.last().copied()
    }

    /// The rollback that was started for it.
    #[must_use]
    pub const fn rollback(&self) -> Option<DeploymentId> {
        match &self.back {
            Some(MemberBack::Started { rollback, .. } | MemberBack::Done { rollback, .. }) => Some(*rollback),
            _ => None,
        }
    }

    /// True where later stages need not wait for it any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(
            self.state,
            RunMemberState::Skipped | RunMemberState::ThereAlready | RunMemberState::LeftOut(_) | RunMemberState::Arrived { .. }
        )
    }

    /// What it is, for a sentence: `checkout 1.4.0`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} {}", self.product, self.version)
    }
}

impl HeldMember {
    /// In a sentence that goes on after "can't go on:".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Blocked { blockers } => match blockers.as_slice() {
                [] => "policy refused it".to_owned(),
                [only] => only.title.clone(),
                [first, rest @ ..] => format!("{}, and {} more", first.title, rest.len()),
            },
            Self::NotStarted { message } | Self::Ended { message } => message.clone(),
        }
    }
}
