//! Freezes, change windows, overrides of them, scheduled starts and release trains.

use super::port::reading;
use super::rows::{one, read_all};
use super::select::Select;
use super::{LOST, Pool, SqlStore, bounded};
use crate::error::Fault;
use async_trait::async_trait;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride};
use pilothouse_domain::scheduled_start::ScheduledStart;
use pilothouse_domain::train::Train;
use pilothouse_domain::{CalendarWindowId, EnvironmentId, FreezeOverrideId, ProductId, ReleaseId, ScheduledStartId, TrainId};
use pilothouse_engine::ports::calendar_store::{CalendarStore, OverrideFilter, StartFilter};
use pilothouse_engine::ports::store::StoreError;

#[async_trait]
impl CalendarStore for SqlStore {
    async fn calendar_windows(&self) -> Result<Vec<CalendarWindow>, StoreError> {
        reading!(windows(&self.pools.reader))
    }

    async fn calendar_window(&self, id: CalendarWindowId) -> Result<CalendarWindow, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn freeze_overrides(&self, filter: &OverrideFilter) -> Result<Vec<FreezeOverride>, StoreError> {
        reading!(overrides(&self.pools.reader, filter))
    }

    async fn freeze_override(&self, id: FreezeOverrideId) -> Result<FreezeOverride, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn scheduled_starts(&self, filter: &StartFilter) -> Result<Vec<ScheduledStart>, StoreError> {
        reading!(starts(&self.pools.reader, filter))
    }

    async fn scheduled_start(&self, id: ScheduledStartId) -> Result<ScheduledStart, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn trains(&self, product: Option<ProductId>) -> Result<Vec<Train>, StoreError> {
        reading!(trains(&self.pools.reader, product))
    }

    async fn train(&self, id: TrainId) -> Result<Train, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }
}

async fn windows(pool: &Pool) -> Result<Vec<CalendarWindow>, Fault> {
    let text = "SELECT id, revision, body FROM calendar_window WHERE withdrawn_at IS NULL ORDER BY name, id";
    read_all(&sqlx::query(text).fetch_all(pool).await?)
}

async fn overrides(pool: &Pool, filter: &OverrideFilter) -> Result<Vec<FreezeOverride>, Fault> {
    let listed = Select::entities::<FreezeOverride>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("release_id = ", filter.release.map(ReleaseId::uuid));
    read_all(&listed.fetch(pool, "at DESC, id DESC", filter.limit).await?)
}

async fn starts(pool: &Pool, filter: &StartFilter) -> Result<Vec<ScheduledStart>, Fault> {
    let listed = Select::entities::<ScheduledStart>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("release_id = ", filter.release.map(ReleaseId::uuid))
        .with("environment_id = ", filter.environment.map(EnvironmentId::uuid))
        .only(filter.open_only, "settled_at IS NULL");
    read_all(&listed.fetch(pool, "at DESC, id DESC", filter.limit).await?)
}

async fn trains(pool: &Pool, product: Option<ProductId>) -> Result<Vec<Train>, Fault> {
    /// More than a team has.
    const MOST: u32 = 500;
    let listed = Select::entities::<Train>().with("product_id = ", product.map(ProductId::uuid)).only(true, "withdrawn_at IS NULL");
    read_all(&listed.fetch(pool, "name, id", MOST).await?)
}
