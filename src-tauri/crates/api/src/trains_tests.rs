//! Release trains through the whole api, over a store in memory: a departure happens once, or asks.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;
use std::time::Duration;

const HOUR: u64 = 3_600;

/// Leaves in four hours, then each week; staging at once, production a day later.
async fn weekly(rig: &Rig) -> TrainView {
    let product = rig.product(|product| product.environments[1].rules.required_approvals = 0).await;
    let leaves = rig.world.now().plus(Duration::from_secs(4 * HOUR));
    let stop = |at: usize, after_minutes| StopDto { environment_id: product.environments[at].id.clone().unwrap(), after_minutes };
    let request = PutTrainRequest {
        id: None,
        revision: 0,
        product_id: product.id.clone().unwrap(),
        name: "Weekly".into(),
        branch: "main".into(),
        bump: TrainBumpWord::Minor,
        leaves: leaves.as_datetime().format("%Y-%m-%dT%H:%M:%S").to_string(),
        time_zone: "UTC".into(),
        rule: "FREQ=WEEKLY".into(),
        stops: vec![stop(0, 0), stop(1, 24 * 60)],
        notice_minutes: 180,
        asks_for_approval: false,
        is_enabled: true,
    };
    rig.api.put_train(request).await.unwrap()
}

async fn train(rig: &Rig) -> TrainView {
    rig.api.list_trains(ListOfProductRequest::default()).await.unwrap().remove(0)
}

async fn due(rig: &Rig, times: usize) {
    for _ in 0..times {
        rig.api.engine().carry_due().await.unwrap();
    }
}

fn alerts(rig: &Rig) -> Vec<String> {
    rig.world.alerts.lock().unwrap().iter().map(|alert| alert.title.clone()).collect()
}

async fn releases(rig: &Rig) -> Vec<ReleaseView> {
    rig.api.list_releases(ListReleasesRequest::default()).await.unwrap()
}

#[tokio::test]
async fn it_is_announced_leaves_once_and_sets_its_stops() {
    let rig = Rig::new();
    let weekly = weekly(&rig).await;
    assert_eq!((weekly.next.len(), weekly.asks), (6, false));
    rig.world.pass(HOUR + 1);
    due(&rig, 3).await;
    assert_eq!(alerts(&rig).len(), 1, "{:?}", alerts(&rig));
    assert!(alerts(&rig)[0].starts_with("The train “Weekly” of checkout leaves at"));
    assert!(releases(&rig).await.is_empty(), "not early");
    rig.world.pass(3 * HOUR + 5);
    due(&rig, 4).await;
    let release = releases(&rig).await;
    assert_eq!((release.len(), release[0].version.as_str()), (1, "1.1.0"), "{release:?}");
    let left = train(&rig).await;
    assert_eq!((left.last[0].state, left.last[0].release_id.as_deref()), (DepartureWord::Left, Some(release[0].id.as_str())));
    let detail = rig.api.get_release(IdRequest { id: release[0].id.clone() }).await.unwrap();
    assert!(detail.environments[0].deployment.is_some(), "staging is its first stop: {:?}", detail.environments[0]);
    let later = detail.environments[1].scheduled.as_ref().unwrap();
    assert_eq!((later.train_id.as_deref(), later.state), (Some(left.id.as_str()), ScheduledStartWord::Waiting));
    // What it has set on its way stays, also where the train itself goes.
    rig.api.withdraw_train(WithdrawRequest { id: left.id, reason: String::new() }).await.unwrap();
    rig.carry().await;
    let detail = rig.api.get_release(IdRequest { id: release[0].id.clone() }).await.unwrap();
    let later = &detail.environments[1].scheduled;
    assert_eq!(
        (detail.release.runs_in.as_slice(), rig.started()),
        (["staging".to_owned(), "production".to_owned()].as_slice(), 2),
        "{later:?}"
    );
}

#[tokio::test]
async fn a_departure_that_nobody_was_there_for_asks_once_and_leaves_by_a_persons_word() {
    let rig = Rig::new();
    weekly(&rig).await;
    // Two departures were missed: the later one asks.
    rig.world.pass(8 * 24 * HOUR);
    due(&rig, 3).await;
    let held = train(&rig).await;
    assert!(held.asks && held.last.len() == 1 && held.last[0].state == DepartureWord::Held, "{held:?}");
    assert_eq!(alerts(&rig), ["The train “Weekly” of checkout did not leave"]);
    assert!(releases(&rig).await.is_empty());
    let item = rig.api.inbox().await.unwrap().remove(0);
    assert_eq!((item.kind, item.train_id.as_deref()), (InboxKind::Departure, Some(held.id.as_str())));
    let left = rig.as_person("Jonas").depart_now(IdRequest { id: held.id.clone() }).await.unwrap();
    assert_eq!((left.asks, left.last[0].state), (false, DepartureWord::Boarding), "{left:?}");
    due(&rig, 1).await;
    assert_eq!(train(&rig).await.last[0].state, DepartureWord::Left);
    assert_eq!(releases(&rig).await[0].drafted_by, "Jonas");
    assert!(rig.api.depart_now(IdRequest { id: held.id }).await.is_err(), "once");
}

#[tokio::test]
async fn a_departure_can_be_skipped_and_the_next_one_takes_place() {
    let rig = Rig::new();
    let weekly = weekly(&rig).await;
    let skip = |is_skipped| SkipDepartureRequest { id: weekly.id.clone(), at: weekly.next[0].at.clone(), is_skipped };
    assert!(rig.api.skip_departure(skip(true)).await.unwrap().next[0].is_skipped);
    assert!(!rig.api.skip_departure(skip(false)).await.unwrap().next[0].is_skipped);
    rig.api.skip_departure(skip(true)).await.unwrap();
    let wrong = SkipDepartureRequest { at: rig.world.now().plus(Duration::from_secs(77)).to_string(), ..skip(true) };
    assert_eq!(rig.api.skip_departure(wrong).await.unwrap_err().code, ErrorCode::Invalid);
    rig.world.pass(5 * HOUR);
    due(&rig, 3).await;
    assert!(releases(&rig).await.is_empty() && alerts(&rig).is_empty());
    rig.world.pass(7 * 24 * HOUR - HOUR);
    due(&rig, 4).await;
    assert_eq!(releases(&rig).await.len(), 1);
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_is_tried_again_and_then_it_asks() {
    let rig = Rig::new();
    weekly(&rig).await;
    rig.world.pass(4 * HOUR);
    *rig.world.outage.lock().unwrap() = Some(crate::rig::unreachable());
    rig.carry().await;
    let held = train(&rig).await;
    assert_eq!(held.last[0].state, DepartureWord::Held, "{held:?}");
    *rig.world.outage.lock().unwrap() = None;
    let stays = rig.api.drop_departure(WithdrawRequest { id: held.id, reason: "Next week".into() }).await.unwrap();
    assert_eq!((stays.asks, stays.last[0].told.as_str()), (false, "Mira Okafor let it stay: Next week"));
}

#[tokio::test]
async fn what_cannot_run_is_refused() {
    let rig = Rig::new();
    let known = weekly(&rig).await;
    let edit = PutTrainRequest {
        id: None,
        revision: 0,
        product_id: known.product_id.clone(),
        name: "Other".into(),
        branch: known.branch.clone(),
        bump: known.bump,
        leaves: known.leaves.clone(),
        time_zone: known.time_zone.clone(),
        rule: String::new(),
        stops: known.stops.iter().map(|s| StopDto { environment_id: s.environment_id.clone(), after_minutes: s.after_minutes }).collect(),
        notice_minutes: 0,
        asks_for_approval: false,
        is_enabled: true,
    };
    let refused = async |change: fn(&mut PutTrainRequest)| {
        let mut request = edit.clone();
        change(&mut request);
        rig.api.put_train(request).await.unwrap_err()
    };
    assert_eq!(refused(|r| r.stops.clear()).await.field.as_deref(), Some("stops"));
    assert_eq!(refused(|r| r.stops[0].after_minutes = 3_000).await.field.as_deref(), Some("stops"), "before the one before it");
    assert_eq!(refused(|r| r.leaves = "soon".into()).await.field.as_deref(), Some("leaves"));
    assert_eq!(refused(|r| r.rule = "FREQ=HOURLY".into()).await.field.as_deref(), Some("rule"));
    assert_eq!(refused(|r| r.notice_minutes = 99_999).await.field.as_deref(), Some("notice_minutes"));
    assert_eq!(refused(|r| r.name = "Weekly".into()).await.code, ErrorCode::Taken);
    assert!(rig.api.put_train(edit.clone()).await.is_ok());
    rig.api.withdraw_train(WithdrawRequest { id: known.id, reason: String::new() }).await.unwrap();
    assert!(rig.api.put_train(PutTrainRequest { name: "Weekly".into(), ..edit }).await.is_ok(), "its name is free again");
}

#[tokio::test]
async fn nothing_newer_goes_by_itself_where_a_person_chose_an_older_version() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    for version in ["1.1.0", "1.2.0"] {
        rig.deploy_through(&rig.plan(&rig.draft(&product, version).await).await, 0).await;
    }
    let staging = product.environments[0].id.clone().unwrap();
    let earlier = releases(&rig).await.into_iter().find(|release| release.version == "1.1.0").unwrap();
    let back = StartRollbackRequest {
        environment_id: staging.clone(),
        release_id: earlier.id,
        reason: "Slow".into(),
        way: RollbackWayChoice::default(),
    };
    rig.api.start_rollback(back).await.unwrap();
    rig.carry().await;
    for lock in rig.api.list_locks(ListLocksRequest::default()).await.unwrap() {
        rig.api.lift_lock(LiftLockRequest { id: lock.id, reason: "Looked at".into() }).await.unwrap();
    }
    let before = rig.started();
    let leaves = rig.world.now().plus(Duration::from_secs(4 * HOUR));
    let request = PutTrainRequest {
        id: None,
        revision: 0,
        product_id: product.id.clone().unwrap(),
        name: "Nightly".into(),
        branch: "main".into(),
        bump: TrainBumpWord::Patch,
        leaves: leaves.as_datetime().format("%Y-%m-%dT%H:%M:%S").to_string(),
        time_zone: "UTC".into(),
        rule: String::new(),
        stops: vec![StopDto { environment_id: staging, after_minutes: 0 }],
        notice_minutes: 0,
        asks_for_approval: false,
        is_enabled: true,
    };
    rig.api.put_train(request).await.unwrap();
    rig.carry().await;
    assert_eq!(rig.started(), before, "it has left, and stands before staging");
    let starts = rig.api.list_starts(ListOfProductRequest::default()).await.unwrap();
    assert!(starts[0].state == ScheduledStartWord::Held && starts[0].held_because.contains("chose the older 1.1.0"), "{starts:?}");
    // A person's word is enough.
    rig.api.start_at_once(IdRequest { id: starts[0].id.clone() }).await.unwrap();
    rig.carry().await;
    assert_eq!(rig.started(), before + 1);
}
