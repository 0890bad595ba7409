//! Target dates of releases through the whole api: set, changed, taken off, overdue, and on the calendar with releases that are finished.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;
use std::time::Duration;

fn request(release: &ReleaseDetail, day: Option<&str>) -> SetTargetDateRequest {
    SetTargetDateRequest { id: release.release.id.clone(), day: day.map(ToOwned::to_owned), time_zone: "Europe/Berlin".into() }
}

/// The day that is this many days from now in UTC.
fn day(rig: &Rig, days: u64) -> String {
    rig.world.now().plus(Duration::from_secs(days * 86_400)).as_datetime().format("%Y-%m-%d").to_string()
}

async fn entries(rig: &Rig) -> Vec<CalendarEntry> {
    let now = rig.world.now();
    let from = pilothouse_domain::Timestamp::from_micros(now.as_micros() - 10 * 86_400_000_000).unwrap();
    let request = CalendarRequest { from: from.to_string(), to: now.plus(Duration::from_secs(20 * 86_400)).to_string(), product_id: None };
    rig.api.calendar(request).await.unwrap().entries
}

#[tokio::test]
async fn a_target_date_is_set_changed_overdue_and_taken_off() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let release = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    let set = rig.api.set_target_date(request(&release, Some(&day(&rig, 5)))).await.unwrap();
    let target = set.release.target.clone().unwrap();
    assert_eq!((target.day, target.time_zone.as_str(), target.is_overdue), (day(&rig, 5), "Europe/Berlin", false));
    assert_eq!(set.content_hash, release.content_hash, "no vote depends on it");
    let entry = entries(&rig).await.into_iter().find(|entry| entry.kind == CalendarEntryKind::Target).unwrap();
    assert_eq!((entry.title.as_str(), entry.release_id.as_ref(), entry.is_overdue), ("checkout 1.2.0", Some(&release.release.id), false));
    let (_, file) = rig.api.export_calendar(ExportCalendarRequest { product_id: None }).await.unwrap();
    let file = file.replace("\r\n ", "");
    assert!(file.contains(&format!("DTSTART;VALUE=DATE:{}", day(&rig, 5).replace('-', ""))), "a day without a time: {file}");
    assert!(file.contains("SUMMARY:checkout 1.2.0 is meant to be out") && file.contains("CATEGORIES:TARGET DATE"), "{file}");

    rig.api.set_target_date(request(&release, Some(&day(&rig, 3)))).await.unwrap();
    rig.world.pass(5 * 86_400);
    let late = rig.again(&release).await.release.target.unwrap();
    assert!(late.is_overdue);
    assert!(entries(&rig).await.iter().any(|entry| entry.is_overdue && entry.detail.contains("Is overdue")));
    let row = rig.api.overview().await.unwrap().products.remove(0);
    assert!(row.release.unwrap().target.unwrap().is_overdue, "the overview tells it too");

    let cleared = rig.api.set_target_date(request(&release, None)).await.unwrap();
    assert_eq!(cleared.release.target, None);
    let page = AuditPageRequest { limit: 100, ..AuditPageRequest::default() };
    let told: Vec<String> = rig.api.audit_page(page).await.unwrap().into_iter().map(|event| event.action).collect();
    let of_target: Vec<&String> = told.iter().filter(|action| action.contains("target_date")).collect();
    assert_eq!(of_target, ["release.target_date_cleared", "release.target_date_set", "release.target_date_set"]);
}

#[tokio::test]
async fn what_is_no_day_is_refused_and_a_release_that_is_over_has_none_to_come() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let release = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    let refused = rig.api.set_target_date(request(&release, Some("2026-02-30"))).await.unwrap_err();
    assert!(refused.message.contains("`2026-02-30` is no day"), "{refused:?}");
    let nowhere = SetTargetDateRequest { time_zone: "Berlin".into(), ..request(&release, Some("2026-12-20")) };
    assert!(rig.api.set_target_date(nowhere).await.unwrap_err().message.contains("no time zone"));
    rig.api.set_target_date(request(&release, Some(&day(&rig, 5)))).await.unwrap();
    let given_up = ReasonRequest { id: release.release.id.clone(), reason: "superseded".into() };
    rig.api.abort_release(given_up).await.unwrap();
    assert_eq!(rig.api.set_target_date(request(&release, None)).await.unwrap_err().code, ErrorCode::Invalid);
    assert!(entries(&rig).await.iter().all(|entry| entry.kind != CalendarEntryKind::Target), "nobody waits for what was given up");
}

#[tokio::test]
async fn a_release_that_is_finished_is_on_the_calendar_when_it_was() {
    let rig = Rig::new();
    let product = rig.product(|product| product.environments.truncate(1)).await;
    let release = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    rig.api.set_target_date(request(&release, Some(&day(&rig, 1)))).await.unwrap();
    rig.deploy_through(&release, 0).await;
    rig.world.pass(3 * 86_400);
    assert!(!rig.again(&release).await.release.target.unwrap().is_overdue, "it is out");
    rig.api.complete_release(IdRequest { id: release.release.id.clone() }).await.unwrap();
    let found = entries(&rig).await;
    let finished = found.iter().find(|entry| entry.kind == CalendarEntryKind::Finished).unwrap();
    assert_eq!((finished.detail.as_str(), finished.begins == finished.ends), ("Was completed", true));
    assert!(found.iter().any(|entry| entry.kind == CalendarEntryKind::Target && !entry.is_overdue), "the day stays on it");
    let (_, file) = rig.api.export_calendar(ExportCalendarRequest { product_id: None }).await.unwrap();
    assert!(file.contains("was completed"), "{file}");
}
