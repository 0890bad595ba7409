//! A coordinated release: releases of several products that go out as one, in an order, and come back together. It says who goes with
//! whom; what happens on the way to an environment is a [`CoordinatedRun`]. Votes, documents and everything else stay those of each
//! release: nothing here allows what [`policy`](crate::policy) refuses.

mod machine;
mod run;
#[cfg(test)]
mod tests;

pub use machine::{CoordinatedRunDue, CoordinatedRunEvent, CoordinatedRunRefusal, apply};
pub use run::{CoordinatedRun, CoordinatedRunState, HeldMember, JointRollback, MemberBack, RunMember, RunMemberState, WayBackChoice};

use crate::calendar::Withdrawn;
use crate::{Actor, CoordinatedReleaseId, ProductId, ReleaseId, Timestamp};
use serde::{Deserialize, Serialize};

/// Members of a coordinated release.
pub const MOST_MEMBERS: usize = 50;
/// The highest stage.
pub const LAST_STAGE: u16 = 50;

/// Releases of several products that go out as one. A release that is a member says so itself, so that it is one of one at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoordinatedRelease {
    /// Its id.
    pub id: CoordinatedReleaseId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// Its name: `Autumn`.
    pub name: String,
    /// Who goes along, by stage.
    pub members: Vec<CoordinatedMember>,
    /// Who made it.
    pub created_by: Actor,
    /// When.
    pub created_at: Timestamp,
    /// How often it was set on its way to an environment: whoever changes the members learns of it.
    pub runs: u32,
    /// Who closed it: its members may join another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Withdrawn>,
}

/// A release that goes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoordinatedMember {
    /// Its product; each has one member at most.
    pub product_id: ProductId,
    /// The release.
    pub release_id: ReleaseId,
    /// Its turn, from 1: members of a stage go side by side, once all earlier stages have arrived.
    pub stage: u16,
}

impl CoordinatedRelease {
    /// True until it is closed.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// The member that a release is.
    #[must_use]
    pub fn member(&self, release: ReleaseId) -> Option<&CoordinatedMember> {
        self.members.iter().find(|member| member.release_id == release)
    }

    /// Puts a release in, or gives it another stage.
    pub fn put(&mut self, member: CoordinatedMember) {
        self.members.retain(|known| known.release_id != member.release_id);
        self.members.push(member);
        self.members.sort_by_key(|member| (member.stage, member.product_id));
    }
}

/// True where two environments of different products are the same to whoever reads their names.
#[must_use]
pub fn same_environment(one: &str, other: &str) -> bool {
    environment_key(one) == environment_key(other)
}

/// The name of an environment as products have it in common.
#[must_use]
pub fn environment_key(name: &str) -> String {
    name.trim().to_lowercase()
}
