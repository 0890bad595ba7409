//! The part of the store that keeps freezes, change windows, overrides of them, scheduled starts and release trains. Written, as everything, through
//! [`Store::commit`](super::Store::commit).

use crate::ports::store::StoreError;
use async_trait::async_trait;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride};
use pilothouse_domain::scheduled_start::ScheduledStart;
use pilothouse_domain::train::Train;
use pilothouse_domain::{CalendarWindowId, EnvironmentId, FreezeOverrideId, ProductId, ReleaseId, ScheduledStartId, TrainId};

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
    /// Scheduled starts, the latest in time first.
    async fn scheduled_starts(&self, filter: &StartFilter) -> Result<Vec<ScheduledStart>, StoreError>;
    /// One of them.
    async fn scheduled_start(&self, id: ScheduledStartId) -> Result<ScheduledStart, StoreError>;
    /// Release trains that are not withdrawn, of a product or of all, by name.
    async fn trains(&self, product: Option<ProductId>) -> Result<Vec<Train>, StoreError>;
    /// One train, withdrawn or not.
    async fn train(&self, id: TrainId) -> Result<Train, StoreError>;
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

/// Which scheduled starts.
#[derive(Clone, Copy, Debug, Default)]
pub struct StartFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Of this release.
    pub release: Option<ReleaseId>,
    /// To this environment.
    pub environment: Option<EnvironmentId>,
    /// Only those that wait or ask.
    pub open_only: bool,
    /// At most so many; 0 means 100.
    pub limit: u32,
}
