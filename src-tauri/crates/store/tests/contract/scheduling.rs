//! Scheduled starts and release trains: in and out, one open start for a place, and what goes with what.

use crate::fixtures::{World, at, audited, mira, put, uuid};
use crate::lab::Lab;
use pilothouse_domain::calendar::{WindowTimes, Withdrawn};
use pilothouse_domain::release::Release;
use pilothouse_domain::scheduled_start::{HeldReason, ScheduledStart, ScheduledStartState};
use pilothouse_domain::train::{DepartureState, Train, TrainBump, TrainStop};
use pilothouse_domain::{ScheduledStartId, TrainId};
use pilothouse_engine::ports::calendar_store::StartFilter;
use pilothouse_engine::ports::store::{OutboxEffect, OutboxSubject, OutboxWrite, StoreError, Write};

fn start(world: &World, release: &Release, seconds: i64) -> ScheduledStart {
    ScheduledStart {
        id: ScheduledStartId::new(uuid()),
        revision: 0,
        product_id: world.product.id,
        release_id: release.id,
        version: release.version.clone(),
        content: "c0ffee".into(),
        environment_id: world.staging.id,
        environment: world.staging.name.clone(),
        at: at(seconds),
        time_zone: "Europe/Berlin".into(),
        remarks: "After closing time\0".into(),
        by: mira(),
        set_at: at(1),
        train: None,
        state: ScheduledStartState::Waiting { looked_ahead: false },
    }
}

fn train(world: &World, name: &str) -> Train {
    let begins = at(0).as_datetime().naive_utc();
    let times = WindowTimes {
        begins,
        ends: at(60).as_datetime().naive_utc(),
        time_zone: "Europe/Berlin".into(),
        rule: Some("FREQ=WEEKLY".into()),
        except: vec![begins],
    };
    Train {
        id: TrainId::new(uuid()),
        revision: 0,
        product_id: world.product.id,
        name: name.into(),
        branch: "main".into(),
        bump: TrainBump::Minor,
        times,
        stops: vec![TrainStop { environment_id: world.staging.id, after_minutes: 90 }],
        notice_minutes: 180,
        asks_for_approval: true,
        conductor: mira(),
        is_enabled: true,
        added_by: mira(),
        added_at: at(1),
        runs_from: at(1),
        departures: Vec::new(),
        announced: Some(at(7)),
        withdrawn: None,
    }
}

pub(crate) async fn starts_come_back_and_one_is_open_for_a_place(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let other = world.release(&*store, "1.2.0", 2).await;
    let mut first = start(&world, &release, 100);
    put(&*store, vec![Write::ScheduledStart(first.clone()), Write::ScheduledStart(start(&world, &other, 50))]).await.unwrap();
    first.revision = 1;
    first.remarks = store.scheduled_start(first.id).await.unwrap().remarks;
    assert_eq!(store.scheduled_start(first.id).await.unwrap(), first);
    let taken = put(&*store, vec![Write::ScheduledStart(start(&world, &release, 200))]).await;
    assert!(matches!(taken, Err(StoreError::Taken { ref what, .. }) if what == "A start of 1.1.0 in staging"), "{taken:?}");

    let listed = async |filter: StartFilter| -> Vec<u64> {
        store.scheduled_starts(&filter).await.unwrap().iter().map(|s| s.at.since(at(0)).as_secs()).collect()
    };
    let of_product = StartFilter { product: Some(world.product.id), ..StartFilter::default() };
    assert_eq!(listed(of_product).await, [100, 50], "the latest first");
    assert_eq!(listed(StartFilter { release: Some(other.id), ..of_product }).await, [50]);
    assert_eq!(listed(StartFilter { environment: Some(world.production.id), ..of_product }).await, [0; 0]);

    first = first.held(HeldReason::Missed, at(300));
    put(&*store, vec![Write::ScheduledStart(first.clone())]).await.unwrap();
    first.revision = 2;
    assert!(put(&*store, vec![Write::ScheduledStart(start(&world, &release, 200))]).await.is_err(), "one that asks is open");
    first.state = ScheduledStartState::Withdrawn(Withdrawn { by: mira(), at: at(301), reason: String::new() });
    put(&*store, vec![Write::ScheduledStart(first.clone())]).await.unwrap();
    assert_eq!(listed(StartFilter { open_only: true, ..of_product }).await, [50]);
    put(&*store, vec![Write::ScheduledStart(start(&world, &release, 200))]).await.unwrap();
    let stale = StoreError::Conflict { kind: "scheduled_start", id: first.id.to_string() };
    assert_eq!(put(&*store, vec![Write::ScheduledStart(first)]).await, Err(stale));
}

pub(crate) async fn trains_come_back_and_names_of_withdrawn_ones_are_free(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let mut weekly = train(&world, "Weekly");
    weekly.note(at(0), DepartureState::Empty { reason: "nothing new".into() });
    put(&*store, vec![Write::Train(weekly.clone()), Write::Train(train(&world, "Daily"))]).await.unwrap();
    weekly.revision = 1;
    assert_eq!(store.train(weekly.id).await.unwrap(), weekly);
    let names = async || -> Vec<String> { store.trains(Some(world.product.id)).await.unwrap().into_iter().map(|t| t.name).collect() };
    assert_eq!(names().await, ["Daily", "Weekly"]);
    let taken = put(&*store, vec![Write::Train(train(&world, "Weekly"))]).await;
    assert!(matches!(taken, Err(StoreError::Taken { ref what, .. }) if what == "The release train “Weekly”"), "{taken:?}");
    weekly.withdrawn = Some(Withdrawn { by: mira(), at: at(9), reason: String::new() });
    put(&*store, vec![Write::Train(weekly.clone())]).await.unwrap();
    assert_eq!(names().await, ["Daily"]);
    put(&*store, vec![Write::Train(train(&world, "Weekly"))]).await.unwrap();
    assert_eq!(store.trains(None).await.unwrap().len(), 2);
    assert!(store.train(weekly.id).await.unwrap().withdrawn.is_some(), "not forgotten");
}

pub(crate) async fn what_is_to_be_done_about_them_goes_with_their_product(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let weekly = train(&world, "Weekly");
    let mut change = audited(vec![Write::Train(weekly.clone())]);
    let subject = OutboxSubject::Train(weekly.id);
    change.outbox = vec![OutboxWrite::Schedule { subject, effect: OutboxEffect::CarryTrain, written_at: at(1), due_at: at(5) }];
    store.commit(change).await.unwrap();
    let due = store.claim_due("a", at(6), at(60), 9).await.unwrap();
    assert_eq!(due.iter().map(|entry| (entry.subject, entry.effect.clone())).collect::<Vec<_>>(), [(subject, OutboxEffect::CarryTrain)]);
    put(&*store, vec![Write::RemoveProduct(world.product.clone())]).await.unwrap();
    assert!(store.train(weekly.id).await.is_err());
    assert_eq!(store.claim_due("a", at(61), at(90), 9).await.unwrap(), []);
}
