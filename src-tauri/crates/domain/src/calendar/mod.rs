//! Freezes and change windows: when deployments may start. A freeze denies; a change window allows. A place is open if no freeze that
//! covers it is active and, where change windows cover it, at least one of them is. What is active is computed from the times each time:
//! nothing fires, nothing is switched, and a clock that jumps changes nothing but the answer.

mod algebra;
mod overriding;
mod rule;
mod times;

#[cfg(test)]
mod tests;

pub use algebra::{HORIZON, Place, Standing, is_open, next_open, standing};
pub use overriding::{FreezeOverride, LONGEST_OVERRIDE, OverriddenWindow, OverrideMark};
pub use rule::{MAX_COUNT, MAX_INTERVAL, TimesFault};
pub use times::{MAX_DAYS, MAX_EXCEPT, Occurrence, WindowTimes, in_zone, on_clocks};

use crate::{Actor, CalendarWindowId, EnvironmentId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};

/// So many windows that are not withdrawn are kept: all of them are looked at before each start.
pub const MAX_WINDOWS: usize = 500;

/// A freeze or a change window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarWindow {
    /// Its id.
    pub id: CalendarWindowId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// Whether it denies or allows.
    pub effect: WindowEffect,
    /// Its name, never empty.
    pub name: String,
    /// Why it is there; never empty for a freeze.
    pub reason: String,
    /// What it covers.
    pub scope: WindowScope,
    /// When.
    pub times: WindowTimes,
    /// Whom to ask about it; may be empty.
    pub owner: String,
    /// False while it is switched off.
    pub is_enabled: bool,
    /// Whether hotfixes go on during a freeze, or need not wait for a change window.
    #[serde(default)]
    pub hotfixes_pass: bool,
    /// The UID in the calendar that it was imported from (RFC 5545, 3.8.4.7); a second import changes it, and adds no second one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Who added it.
    pub added_by: Actor,
    /// When.
    pub added_at: Timestamp,
    /// Who took it away.
    pub withdrawn: Option<Withdrawn>,
}

/// Whether a window denies or allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowEffect {
    /// A freeze: no deployment starts while it is active.
    Deny,
    /// A change window: where any covers a place, deployments start there only while one is active.
    Allow,
}

/// What a window covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WindowScope {
    /// Every environment of every product.
    Everything,
    /// Every environment of a product.
    Product {
        /// The product.
        product_id: ProductId,
    },
    /// The environments with this name, whatever the product; upper and lower case are the same.
    Named {
        /// The name: `production`.
        environment: String,
    },
    /// Some environments of a product.
    Environments {
        /// The product.
        product_id: ProductId,
        /// The environments; never empty.
        environment_ids: Vec<EnvironmentId>,
    },
}

/// The end of a window or an override by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why; may be empty.
    pub reason: String,
}

impl WindowEffect {
    /// The word for it: `freeze` or `change window`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Deny => "freeze",
            Self::Allow => "change window",
        }
    }
}

impl WindowScope {
    /// The one product that it is about, where it is about one.
    #[must_use]
    pub const fn product(&self) -> Option<ProductId> {
        match self {
            Self::Product { product_id } | Self::Environments { product_id, .. } => Some(*product_id),
            Self::Everything | Self::Named { .. } => None,
        }
    }

    /// True where it covers the place.
    #[must_use]
    pub fn covers(&self, place: &Place<'_>) -> bool {
        match self {
            Self::Everything => true,
            Self::Product { product_id } => *product_id == place.product,
            Self::Named { environment } => environment.to_lowercase() == place.name.to_lowercase(),
            Self::Environments { environment_ids, .. } => environment_ids.contains(&place.environment),
        }
    }
}

impl CalendarWindow {
    /// True while it is neither switched off nor withdrawn.
    #[must_use]
    pub const fn counts(&self) -> bool {
        self.is_enabled && self.withdrawn.is_none()
    }
}
