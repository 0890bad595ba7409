//! Locks: what refuses deployments to a place, for a reason, by someone, until when.

use crate::release::Release;
use crate::{Actor, EnvironmentId, LockId, ProductId, ReleaseId, Timestamp};
use serde::{Deserialize, Serialize};

/// A lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Its id.
    pub id: LockId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product it belongs to; `None` stops the line: every environment of every product is closed.
    pub product_id: Option<ProductId>,
    /// The environment that it closes; `None` closes them all. Only a lock of a product names one.
    pub environment_id: Option<EnvironmentId>,
    /// Why, never empty.
    pub reason: String,
    /// Whether it stops deployments or only warns.
    pub strength: LockStrength,
    /// Whether hotfixes go on in spite of it.
    #[serde(default)]
    pub hotfixes_pass: bool,
    /// The release that was the reason, where a rollback set the lock.
    pub release_id: Option<ReleaseId>,
    /// Who set it.
    pub by: Actor,
    /// When.
    pub since: Timestamp,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// Who lifted it, and when.
    pub lifted: Option<Lifted>,
}

/// Whether a lock stops deployments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockStrength {
    /// Deployments are refused. Rollbacks are not.
    Stops,
    /// Deployments go on; the lock is shown.
    Warns,
}

/// The end of a lock by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifted {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

impl Lock {
    /// True while the lock holds.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.lifted.is_none() && self.until.is_none_or(|until| now < until)
    }

    /// True where it stops deployments of a release, or with `None` of what belongs to no release.
    #[must_use]
    pub fn stops(&self, release: Option<&Release>) -> bool {
        self.strength == LockStrength::Stops && !(self.hotfixes_pass && release.is_some_and(Release::is_hotfix))
    }

    /// True where the lock concerns this product.
    #[must_use]
    pub fn concerns(&self, product: ProductId) -> bool {
        self.product_id.is_none_or(|locked| locked == product)
    }

    /// True where the lock, which concerns the environment's product, closes this environment.
    #[must_use]
    pub fn covers(&self, environment: EnvironmentId) -> bool {
        self.environment_id.is_none_or(|locked| locked == environment)
    }
}
