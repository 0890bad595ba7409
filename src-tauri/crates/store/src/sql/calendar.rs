//! Freezes, change windows, and overrides of them.

use super::port::reading;
use super::rows::{one, read_all};
use super::select::Select;
use super::{LOST, Pool, SqlStore, bounded};
use crate::error::Fault;
use async_trait::async_trait;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride};
use pilothouse_domain::{CalendarWindowId, FreezeOverrideId, ProductId, ReleaseId};
use pilothouse_engine::ports::calendar_store::{CalendarStore, OverrideFilter};
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
