//! Windows over changes of clocks, leap days, midnights and zones; and that what is computed fits the rule it stands for.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use chrono::NaiveDateTime;
use proptest::prelude::*;
use std::time::Duration;
use uuid::Uuid;

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn times(begins: &str, ends: &str, zone: &str, rule: Option<&str>) -> WindowTimes {
    let rule = rule.map(ToOwned::to_owned);
    WindowTimes { begins: local(begins), ends: local(ends), time_zone: zone.into(), rule, except: Vec::new() }
}

fn window(number: u128, effect: WindowEffect, times: WindowTimes) -> CalendarWindow {
    CalendarWindow {
        id: CalendarWindowId::new(Uuid::from_u128(number)),
        revision: 0,
        effect,
        name: format!("Window {number}"),
        reason: "why".into(),
        scope: WindowScope::Everything,
        times: times.checked().unwrap(),
        owner: String::new(),
        is_enabled: true,
        hotfixes_pass: false,
        uid: None,
        added_by: Actor::Engine,
        added_at: at("2026-01-01T00:00:00Z"),
        withdrawn: None,
    }
}

fn shown(times: &WindowTimes, from: &str, to: &str) -> Vec<String> {
    let found = times.clone().checked().unwrap().occurrences(at(from), at(to), 100);
    let minute = |at: Timestamp| at.to_string()[..16].to_owned();
    found.into_iter().map(|o| format!("{} {}", minute(o.begins), minute(o.ends))).collect()
}

fn place() -> Place<'static> {
    let id = Uuid::from_u128(7);
    Place { product: ProductId::new(id), environment: EnvironmentId::new(id), name: "production" }
}

#[test]
fn a_weekend_is_the_same_on_the_clocks_whatever_the_clocks_do() {
    let weekend = times("2026-03-20T16:00", "2026-03-23T08:00", "Europe/Berlin", Some("FREQ=WEEKLY;BYDAY=FR"));
    // Clocks go forward on 29 March 2026, and back on 25 October.
    assert_eq!(
        shown(&weekend, "2026-03-20T00:00:00Z", "2026-03-31T00:00:00Z"),
        ["2026-03-20T15:00 2026-03-23T07:00", "2026-03-27T15:00 2026-03-30T06:00"]
    );
    assert_eq!(
        shown(&weekend, "2026-10-20T00:00:00Z", "2026-10-31T00:00:00Z"),
        ["2026-10-23T14:00 2026-10-26T07:00", "2026-10-30T15:00 2026-11-02T07:00"]
    );
}

#[test]
fn a_skipped_time_counts_from_midnight_and_an_hour_that_comes_twice_is_covered_whole() {
    let nightly = times("2026-03-28T02:30", "2026-03-28T03:30", "Europe/Berlin", Some("FREQ=DAILY"));
    assert_eq!(
        shown(&nightly, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"),
        // 02:30 of the 29th doesn't exist: it would have been 01:30 UTC, and 03:30 is that very moment. It comes to nothing.
        ["2026-03-30T00:30 2026-03-30T01:30"]
    );
    let hour = times("2026-03-28T02:00", "2026-03-28T05:00", "Europe/Berlin", Some("FREQ=DAILY"));
    assert_eq!(shown(&hour, "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z"), ["2026-03-29T01:00 2026-03-29T03:00"]);
    assert_eq!(shown(&hour, "2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z"), ["2026-10-25T00:00 2026-10-25T04:00"]);
    let inside = times("2026-10-25T02:15", "2026-10-25T02:45", "Europe/Berlin", None);
    assert_eq!(shown(&inside, "2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z"), ["2026-10-25T00:15 2026-10-25T01:45"]);
    let no_day = times("2011-12-30T10:00", "2011-12-31T12:00", "Pacific/Apia", None);
    assert_eq!(shown(&no_day, "2011-12-29T00:00:00Z", "2012-01-02T00:00:00Z").len(), 1, "a day that Samoa skipped");
}

#[test]
fn leap_days_ends_of_months_and_exceptions() {
    let leap = times("2024-02-29T00:00", "2024-03-01T00:00", "UTC", Some("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"));
    assert_eq!(
        shown(&leap, "2024-01-01T00:00:00Z", "2033-01-01T00:00:00Z"),
        ["2024-02-29T00:00 2024-03-01T00:00", "2028-02-29T00:00 2028-03-01T00:00", "2032-02-29T00:00 2032-03-01T00:00"]
    );
    let closing = times("2026-01-30T18:00", "2026-01-31T06:00", "America/New_York", Some("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"));
    let months = shown(&closing, "2026-01-01T00:00:00Z", "2026-04-15T00:00:00Z");
    assert_eq!(months, ["2026-01-30T23:00 2026-01-31T11:00", "2026-02-27T23:00 2026-02-28T11:00", "2026-03-31T22:00 2026-04-01T10:00"]);
    let mut daily = times("2026-12-24T00:00", "2026-12-25T00:00", "UTC", Some("FREQ=DAILY;COUNT=3"));
    daily.except = vec![local("2026-12-25T00:00")];
    assert_eq!(
        shown(&daily, "2026-12-01T00:00:00Z", "2027-12-01T00:00:00Z"),
        ["2026-12-24T00:00 2026-12-25T00:00", "2026-12-26T00:00 2026-12-27T00:00"],
        "an exception counts as one of the three"
    );
}

#[test]
fn a_rule_ends_with_its_until_in_either_form() {
    for until in ["20260103", "20260103T220000Z", "20260103T230000", "20260104T075959"] {
        let rule = format!("FREQ=DAILY;UNTIL={until}");
        let nightly = times("2026-01-01T23:00", "2026-01-02T01:00", "Europe/Berlin", Some(&rule));
        assert_eq!(shown(&nightly, "2026-01-01T00:00:00Z", "2036-02-01T00:00:00Z").len(), 3, "{until}");
        assert!(shown(&nightly, "2035-01-01T00:00:00Z", "2036-02-01T00:00:00Z").is_empty(), "{until}");
    }
}

#[test]
fn what_is_wrong_with_times_is_said() {
    let wrong = |begins, ends, zone, rule| times(begins, ends, zone, rule).checked().unwrap_err().to_string();
    let (begin, end) = ("2026-01-01T10:00", "2026-01-01T12:00");
    assert!(wrong(begin, end, "Berlin", None).contains("no time zone"));
    assert!(wrong(end, begin, "UTC", None).contains("end after"));
    assert!(wrong(begin, "2027-06-01T00:00", "UTC", None).contains("366 days"));
    for often in ["FREQ=HOURLY", "FREQ=SECONDLY", "FREQ=DAILY;BYHOUR=1,2"] {
        assert!(wrong(begin, end, "UTC", Some(often)).contains("by day"), "{often}");
    }
    for far in ["FREQ=DAILY;INTERVAL=9999", "FREQ=DAILY;COUNT=100000", "FREQ=DAILY;INTERVAL=0"] {
        assert!(times(begin, end, "UTC", Some(far)).checked().is_err(), "{far}");
    }
    for junk in ["", "weekly", "FREQ=WEEKLY;UNTIL=soon", "FREQ=WEEKLY;\r\nDTSTART:20200101", "FREQ=DAILY;UNTIL=20200101", "RDATE:20200101"]
    {
        assert!(times(begin, end, "UTC", Some(junk)).checked().is_err(), "{junk}");
    }
    // 1 January 2026 is a Thursday.
    let first = wrong(begin, end, "UTC", Some("FREQ=WEEKLY;BYDAY=FR"));
    assert!(first.contains("Thu 1 Jan 2026") && first.contains("Fri 2 Jan 2026"), "{first}");
}

#[test]
fn freezes_add_up_and_change_windows_open_only_together_with_no_freeze() {
    let deny = |number, begins, ends| window(number, WindowEffect::Deny, times(begins, ends, "UTC", None));
    let open = |windows: &[CalendarWindow], now| next_open(windows, &place(), at(now), HORIZON).map(|at| at.to_string()[..16].to_owned());
    let two = [deny(1, "2026-12-20T00:00", "2026-12-27T00:00"), deny(2, "2026-12-25T00:00", "2027-01-04T08:00")];
    assert_eq!(open(&two, "2026-12-21T00:00:00Z").as_deref(), Some("2027-01-04T08:00"));
    assert_eq!(open(&two, "2026-12-19T00:00:00Z").as_deref(), Some("2026-12-19T00:00"));
    assert!(is_open(&two, &place(), at("2027-01-04T08:00:00Z")), "the end is open again");
    assert!(!is_open(&two, &place(), at("2026-12-20T00:00:00Z")), "the begin is closed");

    let nights = window(3, WindowEffect::Allow, times("2026-12-01T22:00", "2026-12-02T02:00", "UTC", Some("FREQ=WEEKLY;BYDAY=TU,TH")));
    let with = [two[0].clone(), two[1].clone(), nights.clone()];
    // 4 January 2027 is a Monday.
    assert_eq!(open(&with, "2026-12-21T00:00:00Z").as_deref(), Some("2027-01-05T22:00"));
    assert_eq!(open(&with, "2026-12-02T01:59:59Z").as_deref(), Some("2026-12-02T01:59"), "after midnight it is still open");
    assert_eq!(open(&with, "2026-12-02T02:00:00Z").as_deref(), Some("2026-12-03T22:00"));
    let over = window(4, WindowEffect::Allow, times("2026-01-01T00:00", "2026-01-02T00:00", "UTC", None));
    assert_eq!(open(&[over], "2026-12-02T02:00:00Z"), None, "a change window that is over leaves the place closed");
    let mut off = nights;
    off.is_enabled = false;
    assert_eq!(open(&[off], "2026-12-02T12:00:00Z").as_deref(), Some("2026-12-02T12:00"));
}

#[test]
fn a_scope_covers_what_it_says() {
    let place = place();
    let other = ProductId::new(Uuid::from_u128(8));
    assert!(WindowScope::Everything.covers(&place) && WindowScope::Product { product_id: place.product }.covers(&place));
    assert!(WindowScope::Named { environment: "Production".into() }.covers(&place));
    assert!(
        !WindowScope::Named { environment: "staging".into() }.covers(&place) && !WindowScope::Product { product_id: other }.covers(&place)
    );
    let listed = |ids| WindowScope::Environments { product_id: place.product, environment_ids: ids };
    assert!(listed(vec![place.environment]).covers(&place) && !listed(vec![EnvironmentId::new(Uuid::nil())]).covers(&place));
}

fn some_times() -> impl Strategy<Value = WindowTimes> {
    let zones = prop_oneof![Just("UTC"), Just("Europe/Berlin"), Just("America/St_Johns"), Just("Pacific/Chatham"), Just("Asia/Kolkata")];
    let rules = prop_oneof![
        Just(None),
        (1u16..9).prop_map(|n| Some(format!("FREQ=DAILY;INTERVAL={n}"))),
        (1u16..5).prop_map(|n| Some(format!("FREQ=WEEKLY;INTERVAL={n}"))),
        Just(Some("FREQ=MONTHLY".to_owned())),
        Just(Some("FREQ=YEARLY".to_owned())),
    ];
    (zones, rules, 0i64..4_000, 0i64..1_440, 1i64..5_000).prop_map(|(zone, rule, day, minute, minutes)| {
        let begins = local("2016-01-01T00:00") + chrono::TimeDelta::minutes(day * 1_440 + minute);
        let ends = begins + chrono::TimeDelta::minutes(minutes);
        WindowTimes { begins, ends, time_zone: zone.into(), rule, except: Vec::new() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_unrolled_from_afar_is_what_is_unrolled_from_the_begin(times in some_times(), day in 0i64..1_000, minutes in 1i64..40_000) {
        // Within 4,000 days of the first begin: the longest way round is bounded.
        let from = Timestamp::new(at("2024-01-01T00:00:00Z").as_datetime() + chrono::TimeDelta::days(day));
        let to = Timestamp::new(from.as_datetime() + chrono::TimeDelta::minutes(minutes));
        let all = times.occurrences(at("2015-01-01T00:00:00Z"), to, 10_000);
        let wanted: Vec<_> = all.into_iter().filter(|o| o.begins < to && o.ends > from).collect();
        let found = times.occurrences(from, to, 10_000);
        prop_assert!(found.is_sorted());
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn the_next_opening_is_open_and_nothing_before_it_is(
        rows in proptest::collection::vec((some_times(), any::<bool>()), 0..4),
        day in 0i64..1_500,
    ) {
        let effect = |denies| if denies { WindowEffect::Deny } else { WindowEffect::Allow };
        let windows: Vec<_> = rows.into_iter().zip(1..).map(|((times, denies), number)| window(number, effect(denies), times)).collect();
        let now = Timestamp::new(at("2024-01-01T00:00:00Z").as_datetime() + chrono::TimeDelta::days(day));
        let horizon = Duration::from_secs(30 * 86_400);
        let opens = next_open(&windows, &place(), now, horizon);
        if let Some(opens) = opens {
            prop_assert!(is_open(&windows, &place(), opens));
        }
        let end = opens.unwrap_or_else(|| now.plus(horizon));
        for step in 0..40 {
            let moment = now.plus(Duration::from_secs(step * 7 * 3_601));
            if moment < end {
                prop_assert!(!is_open(&windows, &place(), moment), "{moment} before {end}");
            }
        }
        let mut turned = windows.clone();
        turned.reverse();
        prop_assert_eq!(next_open(&turned, &place(), now, horizon), opens, "the order of windows says nothing");
    }
}
