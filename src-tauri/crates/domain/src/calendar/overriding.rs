//! An override: one release may go to one environment in spite of named freezes, because a person says so. The freezes stay on, for
//! everything else and for other releases. It ends by itself, and it is never deleted.

use super::{CalendarWindow, WindowEffect, Withdrawn};
use crate::release::Release;
use crate::{Actor, CalendarWindowId, EnvironmentId, FreezeOverrideId, ProductId, ReleaseId, Timestamp, Version};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest that an override may hold.
pub const LONGEST_OVERRIDE: Duration = Duration::from_secs(7 * 86_400);

/// Leave to deploy in spite of freezes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeOverride {
    /// Its id.
    pub id: FreezeOverrideId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The release.
    pub release_id: ReleaseId,
    /// Its version then: the leave is for no other.
    pub version: Version,
    /// Its commit then.
    pub commit: String,
    /// Where it may go.
    pub environment_id: EnvironmentId,
    /// The environment's name then.
    pub environment: String,
    /// In spite of what. A freeze that begins later asks again.
    pub windows: Vec<OverriddenWindow>,
    /// Why, never empty.
    pub reason: String,
    /// Who said so.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// When it ends by itself.
    pub until: Timestamp,
    /// Who took it back.
    pub withdrawn: Option<Withdrawn>,
}

/// A window that an override is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverriddenWindow {
    /// Its id.
    pub id: CalendarWindowId,
    /// Whether it denies or allows.
    pub effect: WindowEffect,
    /// Its name then.
    pub name: String,
}

/// That a deployment started in spite of freezes. Stays on it for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideMark {
    /// The override.
    pub override_id: FreezeOverrideId,
    /// The names of the windows that were in the way.
    pub windows: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub by: Actor,
    /// When they said it.
    pub at: Timestamp,
}

impl FreezeOverride {
    /// True while it holds for the release as it is, in the environment.
    #[must_use]
    pub fn is_for(&self, release: &Release, environment: EnvironmentId, now: Timestamp) -> bool {
        self.withdrawn.is_none()
            && now < self.until
            && self.release_id == release.id
            && self.version == release.version
            && self.commit == release.source.commit
            && self.environment_id == environment
    }

    /// True where it is about this window.
    #[must_use]
    pub fn names(&self, window: &CalendarWindow) -> bool {
        self.windows.iter().any(|named| named.id == window.id)
    }

    /// The mark that it leaves.
    #[must_use]
    pub fn mark(&self, windows: Vec<String>) -> OverrideMark {
        OverrideMark { override_id: self.id, windows, reason: self.reason.clone(), by: self.by.clone(), at: self.at }
    }
}
