//! Freezes, change windows, and overrides of them.

use super::MemoryStore;
use super::lists::{newest, one, sorted};
use async_trait::async_trait;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride};
use pilothouse_domain::{CalendarWindowId, FreezeOverrideId};
use pilothouse_engine::ports::calendar_store::{CalendarStore, OverrideFilter};
use pilothouse_engine::ports::store::StoreError;

#[async_trait]
impl CalendarStore for MemoryStore {
    async fn calendar_windows(&self) -> Result<Vec<CalendarWindow>, StoreError> {
        let keep = |row: &CalendarWindow| row.withdrawn.is_none();
        Ok(sorted(&self.database.lock().tables.calendar_windows, keep, |row| (row.name.clone(), row.id)))
    }

    async fn calendar_window(&self, id: CalendarWindowId) -> Result<CalendarWindow, StoreError> {
        one(&self.database.lock().tables.calendar_windows, id.uuid())
    }

    async fn freeze_overrides(&self, filter: &OverrideFilter) -> Result<Vec<FreezeOverride>, StoreError> {
        let keep = |row: &FreezeOverride| {
            filter.product.is_none_or(|id| row.product_id == id) && filter.release.is_none_or(|id| row.release_id == id)
        };
        newest(&self.database.lock().tables.freeze_overrides, keep, |row| row.at, None, filter.limit)
    }

    async fn freeze_override(&self, id: FreezeOverrideId) -> Result<FreezeOverride, StoreError> {
        one(&self.database.lock().tables.freeze_overrides, id.uuid())
    }
}
