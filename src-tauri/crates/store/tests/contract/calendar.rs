//! Freezes, change windows, overrides, and locks over everything: in and out.

use crate::fixtures::{World, at, lock, mira, put, uuid};
use crate::lab::Lab;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride, OverriddenWindow, WindowEffect, WindowScope, WindowTimes, Withdrawn};
use pilothouse_domain::{CalendarWindowId, FreezeOverrideId, ProductId};
use pilothouse_engine::ports::calendar_store::OverrideFilter;
use pilothouse_engine::ports::store::{StoreError, Write};

fn window(name: &str, scope: WindowScope) -> CalendarWindow {
    let begins = at(0).as_datetime().naive_utc();
    CalendarWindow {
        id: CalendarWindowId::new(uuid()),
        revision: 0,
        effect: WindowEffect::Deny,
        name: name.into(),
        reason: "The books are closed\0".into(),
        scope,
        times: WindowTimes {
            begins,
            ends: at(3_600).as_datetime().naive_utc(),
            time_zone: "Europe/Berlin".into(),
            rule: Some("FREQ=WEEKLY".into()),
            except: vec![begins],
        },
        owner: "Finance".into(),
        is_enabled: true,
        hotfixes_pass: false,
        uid: Some("1@example.org".into()),
        added_by: mira(),
        added_at: at(1),
        withdrawn: None,
    }
}

pub(crate) async fn windows_and_overrides_come_back_and_go_with_their_product(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let mut all = window("Zeta", WindowScope::Everything);
    let product_id = world.product.id;
    let own = window("Alpha", WindowScope::Environments { product_id, environment_ids: vec![world.staging.id] });
    let given = FreezeOverride {
        id: FreezeOverrideId::new(uuid()),
        revision: 0,
        product_id,
        release_id: release.id,
        version: release.version.clone(),
        commit: release.source.commit.clone(),
        environment_id: world.staging.id,
        environment: world.staging.name.clone(),
        windows: vec![OverriddenWindow { id: own.id, effect: own.effect, name: own.name.clone() }],
        reason: "Card payments fail".into(),
        by: mira(),
        at: at(5),
        until: at(90),
        withdrawn: None,
    };
    let later = FreezeOverride { id: FreezeOverrideId::new(uuid()), at: at(6), ..given.clone() };
    let writes = vec![
        Write::CalendarWindow(all.clone()),
        Write::CalendarWindow(own.clone()),
        Write::FreezeOverride(given.clone()),
        Write::FreezeOverride(later.clone()),
    ];
    put(&*store, writes).await.unwrap();
    all.revision = 1;
    for store in [store, lab.open().await] {
        let names: Vec<String> = store.calendar_windows().await.unwrap().into_iter().map(|w| w.name).collect();
        assert_eq!(names, ["Alpha", "Zeta"], "by name");
        assert_eq!(store.calendar_window(all.id).await.unwrap(), all);
        let ids = async |filter: OverrideFilter| -> Vec<FreezeOverrideId> {
            store.freeze_overrides(&filter).await.unwrap().into_iter().map(|o| o.id).collect()
        };
        let every = OverrideFilter::default();
        assert_eq!(ids(OverrideFilter { product: Some(product_id), ..every }).await, [later.id, given.id], "last given first");
        assert_eq!(ids(OverrideFilter { release: Some(release.id), limit: 1, ..every }).await, [later.id]);
        assert_eq!(ids(OverrideFilter { product: Some(ProductId::new(uuid())), ..every }).await, []);
        assert_eq!(store.freeze_override(given.id).await.unwrap(), FreezeOverride { revision: 1, ..given.clone() });
    }
    let store = lab.open().await;
    all.withdrawn = Some(Withdrawn { by: mira(), at: at(9), reason: String::new() });
    put(&*store, vec![Write::CalendarWindow(all.clone())]).await.unwrap();
    assert_eq!(store.calendar_windows().await.unwrap(), [CalendarWindow { revision: 1, ..own.clone() }], "withdrawn ones are not listed");
    assert_eq!(store.calendar_window(all.id).await.unwrap().withdrawn, all.withdrawn, "and not forgotten");
    let stale = StoreError::Conflict { kind: "calendar_window", id: own.id.to_string() };
    assert_eq!(put(&*store, vec![Write::CalendarWindow(own)]).await, Err(stale));
    let orphan = window("Orphan", WindowScope::Product { product_id: ProductId::new(uuid()) });
    assert!(matches!(put(&*store, vec![Write::CalendarWindow(orphan)]).await, Err(StoreError::NotFound { kind: "product", .. })));
}

pub(crate) async fn a_lock_over_everything_is_one_of_every_product(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let mut all = lock(world.product.id, None, 7);
    all.product_id = None;
    put(&*store, vec![Write::Lock(all.clone()), Write::Lock(lock(world.product.id, Some(world.staging.id), 8))]).await.unwrap();
    assert_eq!(store.locks(None).await.unwrap().len(), 2);
    assert_eq!(store.locks(Some(world.product.id)).await.unwrap().len(), 2);
    let elsewhere = store.locks(Some(ProductId::new(uuid()))).await.unwrap();
    assert_eq!(elsewhere.iter().map(|lock| lock.id).collect::<Vec<_>>(), [all.id]);
}
