//! Freezes, change windows, overrides of them, scheduled starts and release trains.

use super::MemoryStore;
use super::lists::{newest, one, sorted};
use super::tables::{Applied, Tables};
use async_trait::async_trait;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride};
use pilothouse_domain::scheduled_start::ScheduledStart;
use pilothouse_domain::train::Train;
use pilothouse_domain::{CalendarWindowId, FreezeOverrideId, ProductId, ScheduledStartId, TrainId};
use pilothouse_engine::ports::calendar_store::{CalendarStore, OverrideFilter, StartFilter};
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

    async fn scheduled_starts(&self, filter: &StartFilter) -> Result<Vec<ScheduledStart>, StoreError> {
        let keep = |row: &ScheduledStart| {
            filter.product.is_none_or(|id| row.product_id == id)
                && filter.release.is_none_or(|id| row.release_id == id)
                && filter.environment.is_none_or(|id| row.environment_id == id)
                && (!filter.open_only || row.is_open())
        };
        newest(&self.database.lock().tables.scheduled_starts, keep, |row| row.at, None, filter.limit)
    }

    async fn scheduled_start(&self, id: ScheduledStartId) -> Result<ScheduledStart, StoreError> {
        one(&self.database.lock().tables.scheduled_starts, id.uuid())
    }

    async fn trains(&self, product: Option<ProductId>) -> Result<Vec<Train>, StoreError> {
        let keep = |row: &Train| row.withdrawn.is_none() && product.is_none_or(|id| row.product_id == id);
        Ok(sorted(&self.database.lock().tables.trains, keep, |row| (row.name.clone(), row.id)))
    }

    async fn train(&self, id: TrainId) -> Result<Train, StoreError> {
        one(&self.database.lock().tables.trains, id.uuid())
    }
}

impl Tables {
    pub(super) fn drop_starts(&mut self, which: impl Fn(&ScheduledStart) -> bool, applied: &mut Applied) {
        applied.gone_starts.extend(self.scheduled_starts.values().filter(|start| which(start)).map(|start| start.id));
        self.scheduled_starts.retain(|_, start| !which(start));
    }

    pub(super) fn drop_trains(&mut self, product: ProductId, applied: &mut Applied) {
        applied.gone_trains.extend(self.trains.values().filter(|train| train.product_id == product).map(|train| train.id));
        self.trains.retain(|_, train| train.product_id != product);
    }
}
