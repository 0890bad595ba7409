//! Freezes through the whole api, over a store in memory: what they hold, what an override lets through, what stays of it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;

fn freeze(rig: &Rig, name: &str, minutes: u64) -> PutCalendarWindowRequest {
    let form = |at: pilothouse_domain::Timestamp| at.as_datetime().format("%Y-%m-%dT%H:%M").to_string();
    let now = rig.world.now();
    PutCalendarWindowRequest {
        id: None,
        revision: 0,
        effect: WindowEffectWord::Deny,
        name: name.into(),
        reason: "The books are closed".into(),
        scope: WindowScopeDto::Named { environment: "Staging".into() },
        times: WindowTimesDto {
            begins: form(now),
            ends: form(now.plus(std::time::Duration::from_secs(60 * minutes))),
            time_zone: "UTC".into(),
            ..WindowTimesDto::default()
        },
        owner: "Finance".into(),
        is_enabled: true,
        hotfixes_pass: false,
    }
}

fn over(release: &ReleaseDetail) -> OverrideFreezeRequest {
    OverrideFreezeRequest {
        release_id: release.release.id.clone(),
        environment_id: release.environments[0].environment_id.clone(),
        reason: "Card payments fail".into(),
        until: None,
    }
}

fn gates(error: &ApiError) -> Vec<GateWord> {
    error.blockers.iter().map(|blocker| blocker.gate).collect()
}

#[tokio::test]
async fn a_freeze_holds_a_deployment_and_an_override_lets_it_through_and_stays_on_it() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let release = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    let early = rig.api.override_freeze(over(&release)).await.unwrap_err();
    assert_eq!(early.code, ErrorCode::Invalid, "nothing is to be overridden: {early:?}");

    let window = rig.api.put_calendar_window(freeze(&rig, "Year end", 120)).await.unwrap();
    assert!(window.is_active && window.covers == "Staging of every product", "{window:?}");
    let start = StartDeploymentRequest { release_id: release.release.id.clone(), environment_id: over(&release).environment_id };
    let refused = rig.api.start_deployment(start.clone()).await.unwrap_err();
    assert_eq!(gates(&refused), [GateWord::Freeze]);
    let blocker = &refused.blockers[0];
    assert!(blocker.detail.contains("ask Finance") && blocker.detail.contains("next allowed start"), "{blocker:?}");
    assert_eq!((blocker.cleared_by, blocker.clears_at.is_some()), (ClearedBy::Opening, true));

    assert!(rig.api.override_freeze(OverrideFreezeRequest { reason: " ".into(), ..over(&release) }).await.is_err());
    let given = rig.api.override_freeze(over(&release)).await.unwrap();
    assert!(given.holds && given.windows == ["Year end"], "{given:?}");
    let started = rig.api.start_deployment(start.clone()).await.unwrap();
    assert_eq!(started.overridden[0].reason, "Card payments fail");
    rig.carry().await;
    let done = rig.api.get_deployment(IdRequest { id: started.id }).await.unwrap();
    assert_eq!((done.state, done.overridden.len()), (DeploymentStateWord::Succeeded, 1), "{done:?}");
    assert!(rig.api.list_calendar_windows().await.unwrap()[0].is_active, "the freeze stays on");
    let told: Vec<String> = rig.again(&release).await.timeline.into_iter().map(|item| item.summary).collect();
    assert!(told.iter().any(|line| line.contains("Overrode “Year end”")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("in spite of “Year end”, overridden by Mira")), "{told:?}");
    assert_eq!(rig.api.list_freeze_overrides(IdRequest { id: release.release.id.clone() }).await.unwrap().len(), 1);

    let other = rig.plan(&rig.draft(&product, "1.3.0").await).await;
    let start = StartDeploymentRequest { release_id: other.release.id.clone(), ..start };
    assert_eq!(gates(&rig.api.start_deployment(start).await.unwrap_err()), [GateWord::Freeze], "the override is for one release");
}

#[tokio::test]
async fn a_deployment_that_waits_while_a_freeze_begins_is_asked_about_and_never_starts_by_itself() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let release = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    let started = rig.deploy(&release, 0).await;
    rig.api.put_calendar_window(freeze(&rig, "Year end", 60)).await.unwrap();
    rig.carry().await;
    let held = rig.api.get_deployment(IdRequest { id: started.id.clone() }).await.unwrap();
    assert_eq!(rig.started(), 0);
    assert!(held.state_reason.contains("Year end") || held.question.is_some(), "{held:?}");
    rig.world.pass(2 * 3_600);
    rig.carry().await;
    assert_eq!(rig.started(), 0, "its end starts nothing: a person does");
}

#[tokio::test]
async fn windows_are_changed_withdrawn_and_shown_and_the_line_is_stopped_once() {
    let rig = Rig::new();
    rig.product(|_| {}).await;
    let mut request = freeze(&rig, "Fridays", 60);
    let bad = WindowTimesDto { rule: "FREQ=HOURLY".into(), ..request.times.clone() };
    assert_eq!(rig.api.preview_calendar_window(bad).unwrap_err().field.as_deref(), Some("rule"));
    request.times.rule = "FREQ=WEEKLY".into();
    assert_eq!(rig.api.preview_calendar_window(request.times.clone()).unwrap().len(), 5);
    let window = rig.api.put_calendar_window(request.clone()).await.unwrap();
    let stale = PutCalendarWindowRequest { id: Some(window.id.clone()), revision: 9, ..request.clone() };
    assert_eq!(rig.api.put_calendar_window(stale).await.unwrap_err().code, ErrorCode::Conflict);
    let off = PutCalendarWindowRequest { id: Some(window.id.clone()), revision: window.revision, is_enabled: false, ..request };
    assert!(!rig.api.put_calendar_window(off.clone()).await.unwrap().is_active);
    let now = rig.world.now();
    let month =
        CalendarRequest { from: now.to_string(), to: now.plus(std::time::Duration::from_secs(28 * 86_400)).to_string(), product_id: None };
    let seen = rig.api.calendar(month.clone()).await.unwrap();
    assert_eq!((seen.entries.len(), seen.entries[0].is_off, seen.is_cut), (4, true, false), "{seen:?}");
    let on = PutCalendarWindowRequest { revision: 2, is_enabled: true, ..off };
    rig.api.put_calendar_window(on).await.unwrap();
    let without = WithdrawRequest { id: window.id.clone(), reason: String::new() };
    assert_eq!(rig.api.withdraw_calendar_window(without).await.unwrap_err().field.as_deref(), Some("reason"), "it is on now");
    rig.api.withdraw_calendar_window(WithdrawRequest { id: window.id, reason: "Cancelled".into() }).await.unwrap();
    assert_eq!(rig.api.calendar(month).await.unwrap().windows, []);

    let stop = SetLockRequest {
        product_id: None,
        environment_id: None,
        reason: "Data centre on fire".into(),
        until: None,
        strength: LockStrengthWord::Stops,
        hotfixes_pass: false,
    };
    assert_eq!(rig.api.set_lock(stop.clone()).await.unwrap().product, "Everything");
    let taken = rig.as_person("Jonas").set_lock(stop).await.unwrap_err();
    assert!(taken.message.contains("Mira") && taken.message.contains("on fire"), "{taken:?}");
}

#[tokio::test]
async fn a_calendar_file_goes_out_and_comes_back_without_a_second_of_each() {
    let rig = Rig::new();
    rig.product(|_| {}).await;
    let mut request = freeze(&rig, "Fridays; late, really", 60);
    request.times = WindowTimesDto {
        begins: "2026-01-02T16:00".into(),
        ends: "2026-01-05T08:00".into(),
        time_zone: "Europe/Berlin".into(),
        rule: "FREQ=WEEKLY;BYDAY=FR".into(),
        except: vec!["2026-01-09T16:00".into()],
    };
    rig.api.put_calendar_window(request).await.unwrap();
    let (name, text) = rig.api.export_calendar(ExportCalendarRequest::default()).await.unwrap();
    assert_eq!(name, "Pilothouse-calendar.ics");
    assert!(text.contains("EXDATE;TZID=Europe/Berlin:20260109T160000") && text.contains("RRULE:FREQ=WEEKLY;BYDAY=FR"), "{text}");
    let zone = text.find("BEGIN:VTIMEZONE").unwrap();
    assert!(zone < text.find("BEGIN:VEVENT").unwrap() && text.contains("TZID:Europe/Berlin\r\nBEGIN:STANDARD"), "{text}");
    let import = |text: &str| ImportCalendarRequest {
        text: text.to_owned(),
        effect: WindowEffectWord::Deny,
        scope: WindowScopeDto::Everything,
        time_zone: "Europe/Berlin".into(),
        is_trial: false,
    };
    let again = rig.api.import_calendar(import(&text)).await.unwrap();
    assert_eq!((again.unchanged.len(), again.added.len(), again.skipped.len()), (1, 0, 0), "{again:?}");

    let foreign = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1@x\r\nSUMMARY:Holidays\\, all\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20270102\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2@x\r\nSUMMARY:Odd\r\nDTSTART;TZID=W. Europe Standard Time:20261224T100000\r\nDURATION:PT2H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let trial = rig.api.import_calendar(ImportCalendarRequest { is_trial: true, ..import(foreign) }).await.unwrap();
    assert_eq!((trial.added.as_slice(), rig.api.list_calendar_windows().await.unwrap().len()), (&["Holidays, all".to_owned()][..], 1));
    let came = rig.api.import_calendar(import(foreign)).await.unwrap();
    assert!(came.skipped[0].reason.contains("W. Europe Standard Time"), "{came:?}");
    let kept = rig.api.list_calendar_windows().await.unwrap();
    let holidays = kept.iter().find(|w| w.name == "Holidays, all").unwrap();
    assert_eq!((holidays.times.begins.as_str(), holidays.times.ends.as_str()), ("2026-12-24T00:00", "2027-01-02T00:00"));
    assert_eq!(rig.api.import_calendar(import(foreign)).await.unwrap().unchanged, ["Holidays, all"]);
    // What starts by itself is shown to other calendars, and is no window when it comes back.
    let products = rig.api.list_products().await.unwrap();
    let train = PutTrainRequest {
        id: None,
        revision: 0,
        product_id: products[0].id.clone(),
        name: "Weekly".into(),
        branch: "main".into(),
        bump: TrainBumpWord::Minor,
        leaves: "2027-01-07T10:00".into(),
        time_zone: "America/New_York".into(),
        rule: "FREQ=WEEKLY".into(),
        stops: vec![StopDto { environment_id: products[0].environments[0].id.clone(), after_minutes: 0 }],
        notice_minutes: 0,
        asks_for_approval: false,
        is_enabled: true,
    };
    rig.api.put_train(train).await.unwrap();
    let (_, text) = rig.api.export_calendar(ExportCalendarRequest::default()).await.unwrap();
    assert!(text.contains("DTSTART;TZID=America/New_York:20270107T100000") && text.contains("TZID:America/New_York"), "{text}");
    let back = rig.api.import_calendar(import(&text)).await.unwrap();
    assert!(back.added.is_empty() && back.skipped.len() == 1 && back.skipped[0].reason.contains("release train"), "{back:?}");
    for junk in ["", "hello", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"] {
        assert_eq!(rig.api.import_calendar(import(junk)).await.unwrap_err().code, ErrorCode::Invalid, "{junk}");
    }
    assert!(rig.api.import_calendar(import(&"x".repeat(1_100_000))).await.unwrap_err().message.contains("1 MB"));
}
