//! Starts that are set for a time, through the whole api, over a store in memory: never early, never late by themselves, once.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;
use pilothouse_domain::Timestamp;
use std::time::Duration;

const HOUR: u64 = 3_600;

fn local(at: Timestamp) -> String {
    at.as_datetime().format("%Y-%m-%dT%H:%M:%S").to_string()
}

fn start_in(rig: &Rig, release: &ReleaseDetail, environment: usize, seconds: u64) -> ScheduleStartRequest {
    ScheduleStartRequest {
        release_id: release.release.id.clone(),
        environment_id: release.environments[environment].environment_id.clone(),
        at: local(rig.world.now().plus(Duration::from_secs(seconds))),
        time_zone: "UTC".into(),
        remarks: String::new(),
    }
}

async fn planned(rig: &Rig) -> ReleaseDetail {
    let product = rig.product(|_| {}).await;
    rig.plan(&rig.draft(&product, "1.2.0").await).await
}

async fn due(rig: &Rig) {
    rig.api.engine().carry_due().await.unwrap();
}

fn alerts(rig: &Rig) -> Vec<String> {
    rig.world.alerts.lock().unwrap().iter().map(|alert| format!("{}: {}", alert.title, alert.body)).collect()
}

#[tokio::test]
async fn it_starts_when_its_time_has_come_in_the_name_of_who_set_it_and_only_once() {
    let rig = Rig::new();
    let release = planned(&rig).await;
    let jonas = rig.as_person("Jonas");
    let start = jonas.schedule_start(start_in(&rig, &release, 0, 3 * HOUR)).await.unwrap();
    assert_eq!((start.state, start.by.as_str()), (ScheduledStartWord::Waiting, "Jonas"));
    let inbox = rig.api.inbox().await.unwrap();
    assert!(inbox.iter().all(|item| item.kind != InboxKind::Deployment), "what starts by itself need not be started: {inbox:?}");
    let again = rig.api.schedule_start(start_in(&rig, &release, 0, 4 * HOUR)).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::Taken, "{again:?}");

    for _ in 0..3 {
        due(&rig).await;
        rig.world.pass(HOUR - 1);
    }
    due(&rig).await;
    assert!(rig.again(&release).await.environments[0].deployment.is_none(), "not early");
    rig.world.pass(10);
    due(&rig).await;
    let started = rig.again(&release).await.environments[0].clone();
    let deployment = started.deployment.unwrap();
    assert_eq!((deployment.requested_by.as_str(), started.scheduled), ("Jonas", None));
    rig.carry().await;
    assert_eq!(rig.started(), 1, "one run");
    let now = rig.api.get_start(IdRequest { id: start.id.clone() }).await.unwrap();
    assert_eq!((now.state, now.deployment_id), (ScheduledStartWord::Started, Some(deployment.id)));
    assert!(rig.api.withdraw_start(WithdrawRequest { id: start.id, reason: String::new() }).await.is_err());
    assert!(alerts(&rig).is_empty(), "{:?}", alerts(&rig));
    let told: Vec<String> = rig.again(&release).await.timeline.into_iter().map(|item| item.summary).collect();
    assert!(told.iter().any(|line| line.ends_with("as Jonas scheduled it")), "{told:?}");
}

#[tokio::test]
async fn one_that_nobody_was_there_for_asks_and_does_not_start_late_by_itself() {
    let rig = Rig::new();
    let release = planned(&rig).await;
    let start = rig.api.schedule_start(start_in(&rig, &release, 0, 3 * HOUR)).await.unwrap();
    rig.world.pass(9 * HOUR);
    rig.carry().await;
    assert_eq!(rig.started(), 0);
    let held = rig.api.get_start(IdRequest { id: start.id.clone() }).await.unwrap();
    assert!(held.state == ScheduledStartWord::Held && held.held_because.contains("nothing ran"), "{held:?}");
    assert!(alerts(&rig)[0].starts_with("1.2.0 did not start in staging"), "{:?}", alerts(&rig));
    let item = rig.api.inbox().await.unwrap().remove(0);
    assert_eq!((item.kind, item.start_id.as_deref()), (InboxKind::Start, Some(start.id.as_str())));

    let moved = MoveStartRequest { id: start.id.clone(), at: start_in(&rig, &release, 0, 60).at, time_zone: "UTC".into() };
    assert_eq!(rig.api.move_start(moved).await.unwrap().state, ScheduledStartWord::Waiting);
    rig.carry().await;
    assert_eq!(rig.started(), 1, "moved, it starts");
}

#[tokio::test]
async fn what_is_scheduled_can_be_started_at_once_or_taken_back_and_goes_with_its_release() {
    let rig = Rig::new();
    let release = planned(&rig).await;
    let start = rig.api.schedule_start(start_in(&rig, &release, 0, HOUR)).await.unwrap();
    let deployment = rig.as_person("Jonas").start_at_once(IdRequest { id: start.id.clone() }).await.unwrap();
    assert_eq!(deployment.requested_by, "Jonas");
    rig.carry().await;
    rig.world.pass(HOUR);
    rig.carry().await;
    assert_eq!(rig.started(), 1, "its time starts nothing more");

    let other = rig.api.schedule_start(start_in(&rig, &release, 1, HOUR)).await.unwrap();
    let back = rig.api.withdraw_start(WithdrawRequest { id: other.id.clone(), reason: "Wait for Friday".into() }).await.unwrap();
    assert_eq!(back.state, ScheduledStartWord::Withdrawn);
    let third = rig.api.schedule_start(start_in(&rig, &release, 1, HOUR)).await.unwrap();
    rig.api.abort_release(ReasonRequest { id: release.release.id.clone(), reason: "Not now".into() }).await.unwrap();
    assert_eq!(rig.api.get_start(IdRequest { id: third.id }).await.unwrap().state, ScheduledStartWord::Withdrawn);
    rig.world.pass(2 * HOUR);
    rig.carry().await;
    assert_eq!(rig.started(), 1);
}

#[tokio::test]
async fn what_would_stand_in_the_way_is_told_before_and_holds_it_then() {
    let rig = Rig::new();
    let release = planned(&rig).await;
    let from = rig.world.now().plus(Duration::from_secs(2 * HOUR));
    let freeze = PutCalendarWindowRequest {
        id: None,
        revision: 0,
        effect: WindowEffectWord::Deny,
        name: "Year end".into(),
        reason: "The books are closed".into(),
        scope: WindowScopeDto::Everything,
        times: WindowTimesDto {
            begins: local(from),
            ends: local(from.plus(Duration::from_secs(24 * HOUR))),
            time_zone: "UTC".into(),
            ..WindowTimesDto::default()
        },
        owner: String::new(),
        is_enabled: true,
        hotfixes_pass: false,
    };
    rig.api.put_calendar_window(freeze).await.unwrap();
    assert!(rig.api.preview_start(start_in(&rig, &release, 0, HOUR)).await.unwrap().blockers.is_empty(), "before it");
    let outlook = rig.api.preview_start(start_in(&rig, &release, 0, 3 * HOUR)).await.unwrap();
    assert_eq!(outlook.blockers.iter().map(|b| b.gate).collect::<Vec<_>>(), [GateWord::Freeze]);
    let start = rig.api.schedule_start(start_in(&rig, &release, 0, 3 * HOUR)).await.unwrap();
    rig.world.pass(2 * HOUR + 60);
    due(&rig).await;
    due(&rig).await;
    assert!(alerts(&rig)[0].contains("1.2.0 may not start in staging") && alerts(&rig)[0].contains("Year end"), "{:?}", alerts(&rig));
    rig.world.pass(HOUR - 60);
    rig.carry().await;
    let held = rig.api.get_start(IdRequest { id: start.id }).await.unwrap();
    assert_eq!((held.state, held.blockers[0].gate), (ScheduledStartWord::Held, GateWord::Freeze));
    assert_eq!((rig.started(), alerts(&rig).len()), (0, 2));
}

#[tokio::test]
async fn a_release_that_has_changed_since_is_not_started() {
    let rig = Rig::new();
    let release = planned(&rig).await;
    let start = rig.api.schedule_start(start_in(&rig, &release, 0, HOUR)).await.unwrap();
    let anew = PlanReleaseRequest { id: release.release.id.clone(), environment_ids: Vec::new(), remarks: "With care".into() };
    rig.api.plan_release(anew).await.unwrap();
    rig.carry().await;
    let held = rig.api.get_start(IdRequest { id: start.id }).await.unwrap();
    assert!(held.state == ScheduledStartWord::Held && held.held_because.contains("changed"), "{held:?}");
    assert_eq!(rig.started(), 0);
}

#[tokio::test]
async fn a_time_that_cannot_be_is_refused() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let draft = rig.draft(&product, "1.2.0").await;
    assert_eq!(rig.api.schedule_start(start_in(&rig, &draft, 0, HOUR)).await.unwrap_err().field.as_deref(), Some("release"));
    let release = rig.plan(&draft).await;
    let past = ScheduleStartRequest { at: local(rig.world.now()), ..start_in(&rig, &release, 0, 0) };
    let skipped = ScheduleStartRequest { at: "2027-03-28T02:30".into(), time_zone: "Europe/Berlin".into(), ..past.clone() };
    let far = ScheduleStartRequest { at: "2099-01-01T00:00".into(), ..past.clone() };
    for (request, field) in
        [(past, "at"), (skipped.clone(), "at"), (far, "at"), (ScheduleStartRequest { time_zone: "Berlin".into(), ..skipped }, "time_zone")]
    {
        let refused = rig.api.schedule_start(request).await.unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some(field)), "{refused:?}");
    }
}
