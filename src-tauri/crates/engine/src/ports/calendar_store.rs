//! The part of the store that keeps freezes, change windows and overrides of them. Written, as everything, through
//! [`Store::commit`](super::Store::commit).

use crate::ports::store::StoreError;
use async_trait::async_trait;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride};
use pilothouse_domain::{CalendarWindowId, FreezeOverrideId, ProductId, ReleaseId};

/// What is remembered of the calendar.
#[async_trait]
pub trait CalendarStore: Send + Sync {
    /// The freezes and change windows that are not withdrawn, by name.
    async fn calendar_windows(&self) -> Result<Vec<CalendarWindow>, StoreError>;
    /// One of them, withdrawn or not.
    async fn calendar_window(&self, id: CalendarWindowId) -> Result<CalendarWindow, StoreError>;
    /// Overrides, last given first.
    async fn freeze_overrides(&self, filter: &OverrideFilter) -> Result<Vec<FreezeOverride>, StoreError>;
    /// One override.
    async fn freeze_override(&self, id: FreezeOverrideId) -> Result<FreezeOverride, StoreError>;
}

/// Which overrides.
#[derive(Clone, Copy, Debug, Default)]
pub struct OverrideFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Of this release.
    pub release: Option<ReleaseId>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}
