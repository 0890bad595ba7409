//! Scheduled starts and release trains, over random clocks: never early, never late by themselves.

use crate::world::{World, deployed};
use chrono::{NaiveDate, NaiveDateTime};
use pilothouse_domain::arriving::ReleaseChanges;
use pilothouse_domain::calendar::{WindowTimes, in_zone};
use pilothouse_domain::policy::{cautions, left_to_people, older_by_choice};
use pilothouse_domain::scheduled_start::{Due, GRACE, ScheduledStart, ScheduledStartState};
use pilothouse_domain::train::{DepartureState, Train, TrainBump, TrainDue, TrainStop};
use pilothouse_domain::version::Bump;
use pilothouse_domain::*;
use proptest::prelude::*;
use std::time::Duration;
use uuid::Uuid;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap()
}

fn start(when: Timestamp, looked_ahead: bool) -> ScheduledStart {
    ScheduledStart {
        id: ScheduledStartId::new(Uuid::nil()),
        revision: 1,
        product_id: ProductId::new(Uuid::nil()),
        release_id: ReleaseId::new(Uuid::nil()),
        version: Version::new(1, 2, 0),
        content: "0".into(),
        environment_id: EnvironmentId::new(Uuid::nil()),
        environment: "production".into(),
        at: when,
        time_zone: "Europe/Berlin".into(),
        remarks: String::new(),
        by: Actor::Engine,
        set_at: when,
        train: None,
        state: ScheduledStartState::Waiting { looked_ahead },
    }
}

fn train(begins: &str, zone: &str, rule: &str) -> Train {
    let begins = local(begins);
    Train {
        id: TrainId::new(Uuid::nil()),
        revision: 1,
        product_id: ProductId::new(Uuid::nil()),
        name: "Weekly".into(),
        branch: "main".into(),
        bump: TrainBump::AsCommitsAsk,
        times: WindowTimes {
            begins,
            ends: begins + chrono::TimeDelta::minutes(1),
            time_zone: zone.into(),
            rule: (!rule.is_empty()).then(|| rule.to_owned()),
            except: Vec::new(),
        },
        stops: vec![TrainStop { environment_id: EnvironmentId::new(Uuid::nil()), after_minutes: 0 }],
        notice_minutes: 60,
        asks_for_approval: false,
        conductor: Actor::Engine,
        is_enabled: true,
        added_by: Actor::Engine,
        added_at: at("2026-01-01T00:00:00Z"),
        runs_from: at("2026-01-01T00:00:00Z"),
        departures: Vec::new(),
        announced: None,
        withdrawn: None,
    }
}

proptest! {
    /// Whatever the clock shows, also after it has jumped: it starts only within its grace.
    #[test]
    fn a_start_starts_in_its_time_only(offset in -200_000_i64..200_000, looked_ahead: bool) {
        let when = at("2026-11-25T21:00:00Z");
        let now = Timestamp::from_micros(when.as_micros() + offset * 1_000_000).unwrap();
        let due = start(when, looked_ahead).due(now);
        let in_time = now >= when && now.since(when) <= GRACE;
        prop_assert_eq!(due == Due::Now, in_time);
        prop_assert_eq!(due == Due::Missed, now > when.plus(GRACE));
        if let Due::Later(later) = due {
            prop_assert!(later > now && later <= when, "it is looked at again, and not after its time");
        }
    }

    /// However the clock runs, each departure is left for, or asked about, once at most, and none twice.
    #[test]
    fn a_train_leaves_once_for_each_departure(steps in prop::collection::vec(1_u64..400_000, 1..60)) {
        let mut train = train("2026-10-01T10:00", "Europe/Berlin", "FREQ=DAILY");
        let mut now = at("2026-09-30T00:00:00Z");
        train.runs_from = now;
        let mut seen = std::collections::BTreeSet::new();
        for step in steps {
            now = now.plus(Duration::from_secs(step));
            // At most: announced, left or asked about, and once more.
            for _ in 0..3 {
                match train.due(now) {
                    TrainDue::Announce(departure) => {
                        prop_assert!(departure > now && Some(departure) != train.announced);
                        train.announced = Some(departure);
                    }
                    TrainDue::Depart(departure) => {
                        prop_assert!(departure <= now && now.since(departure) <= GRACE, "in time");
                        prop_assert!(seen.insert(departure), "{} twice", in_zone(departure, train.times.zone()));
                        train.note(departure, DepartureState::Empty { reason: String::new() });
                    }
                    TrainDue::Missed(departure) => {
                        prop_assert!(departure <= now && now.since(departure) > GRACE);
                        prop_assert!(seen.insert(departure));
                        train.note(departure, DepartureState::Held { since: now, reason: String::new() });
                    }
                    TrainDue::Later(later) => prop_assert!(later > now),
                    TrainDue::Board | TrainDue::Never => prop_assert!(false, "it runs on"),
                }
            }
        }
        prop_assert!(train.departures.len() <= pilothouse_domain::train::KEPT);
    }
}

#[test]
fn a_timetable_follows_the_clocks_of_its_zone() {
    // Clocks go back on 25 October 2026, and forward on 28 March 2027.
    let daily = train("2026-10-24T10:00", "Europe/Berlin", "FREQ=DAILY");
    let found = daily.timetable(at("2026-10-24T00:00:00Z"), at("2026-10-27T00:00:00Z"), 9);
    assert_eq!(found, [at("2026-10-24T08:00:00Z"), at("2026-10-25T09:00:00Z"), at("2026-10-26T09:00:00Z")]);
    let leap = train("2028-02-29T10:00", "UTC", "FREQ=YEARLY");
    assert_eq!(leap.next_departure(at("2028-02-01T00:00:00Z")), Some(at("2028-02-29T10:00:00Z")));
    // A stop a day later is at the same hour, though the day has 25 hours.
    let stop = TrainStop { environment_id: EnvironmentId::new(Uuid::nil()), after_minutes: 24 * 60 };
    assert_eq!(daily.arrival(at("2026-10-24T08:00:00Z"), &stop), at("2026-10-25T09:00:00Z"));
    // One that clocks skip is as long after midnight as it would have been.
    let night = train("2027-03-27T02:30", "Europe/Berlin", "FREQ=DAILY");
    let skipped = night.timetable(at("2027-03-28T00:00:00Z"), at("2027-03-29T00:00:00Z"), 9);
    assert_eq!(skipped, [at("2027-03-28T01:30:00Z")]);
    assert!(NaiveDate::from_ymd_opt(2027, 3, 28).is_some());
}

#[test]
fn a_train_that_stood_asks_for_the_last_departure_that_it_missed() {
    let mut weekly = train("2026-10-01T10:00", "UTC", "FREQ=WEEKLY");
    weekly.runs_from = at("2026-10-01T00:00:00Z");
    assert_eq!(weekly.due(at("2026-10-01T08:00:00Z")), TrainDue::Later(at("2026-10-01T09:00:00Z")));
    assert_eq!(weekly.due(at("2026-10-01T09:30:00Z")), TrainDue::Announce(at("2026-10-01T10:00:00Z")));
    assert_eq!(weekly.due(at("2026-10-20T09:00:00Z")), TrainDue::Missed(at("2026-10-15T10:00:00Z")));
    weekly.note(at("2026-10-15T10:00:00Z"), DepartureState::Held { since: at("2026-10-20T09:00:00Z"), reason: String::new() });
    assert_eq!(weekly.due(at("2026-10-22T10:01:00Z")), TrainDue::Depart(at("2026-10-22T10:00:00Z")));
    assert_eq!(weekly.due(at("2026-10-20T09:00:00Z")), TrainDue::Later(at("2026-10-22T09:00:00Z")));
    // Set anew, it leaves nobody's departures behind.
    weekly.departures.clear();
    weekly.runs_from = at("2026-10-20T09:00:00Z");
    assert_eq!(weekly.due(at("2026-10-20T09:00:00Z")), TrainDue::Later(at("2026-10-22T09:00:00Z")));
    weekly.is_enabled = false;
    assert_eq!(weekly.due(at("2026-10-22T10:00:00Z")), TrainDue::Never);
}

#[test]
fn what_waits_for_a_person_is_not_forgotten_for_newer_departures() {
    let mut daily = train("2026-01-01T10:00", "UTC", "FREQ=DAILY");
    let first = at("2026-01-01T10:00:00Z");
    daily.note(first, DepartureState::Held { since: first, reason: "asleep".into() });
    for day in 1..300_u64 {
        daily.note(first.plus(Duration::from_secs(day * 86_400)), DepartureState::Empty { reason: String::new() });
    }
    assert_eq!((daily.departures.len(), daily.held().map(|d| d.at)), (pilothouse_domain::train::KEPT, Some(first)));
}

#[test]
fn a_train_raises_the_number_that_it_is_told_to() {
    let last = Version::new(1, 4, 2);
    assert_eq!(TrainBump::AsCommitsAsk.next(Some(&last), Bump::Minor), Version::new(1, 5, 0));
    assert_eq!(TrainBump::Patch.next(Some(&last), Bump::Minor), Version::new(1, 4, 3));
    assert_eq!(TrainBump::Major.next(None, Bump::Patch), Version::new(0, 1, 0));
}

#[test]
fn a_batch_that_is_too_large_is_told_to_people_and_left_to_them() {
    let mut world = World::before_production();
    world.release.changelog.clear();
    world.release.changes_since = Some("v1.3.0".into());
    let mut earlier = deployed(2, 2, 1);
    (earlier.tag, earlier.commit) = ("v1.2.0".into(), "c2".into());
    world.deployments.push(earlier);
    let of = |number: u64, since: &str, commits| ReleaseChanges {
        release_id: crate::samples::release_id(number),
        tag: format!("v1.{number}.0"),
        commit: format!("c{number}"),
        since: Some(since.into()),
        paths: None,
        commits,
    };
    world.releases = vec![of(2, "v1.1.0", 50), of(3, "v1.2.0", 9)];
    let told = |world: &World| cautions(&world.facts(), &world.environments[2]);
    assert_eq!(told(&world), [""; 0], "nobody set a limit");
    world.environments[2].rules.max_commits = 9;
    assert_eq!(told(&world), [""; 0], "what production has already isn't counted");
    world.environments[2].rules.max_commits = 8;
    assert!(told(&world)[0].contains("brings 9 commits"), "{:?}", told(&world));
    let now = at("2026-11-25T21:00:00Z");
    assert!(left_to_people(&world.facts(), &world.environments[2], now, true).is_some(), "a train brings no more");
    assert_eq!(left_to_people(&world.facts(), &world.environments[2], now, false), None, "who set it was warned");
    world.releases.clear();
    assert_eq!(told(&world), [""; 0], "what isn't known is no batch");
}

#[test]
fn a_persons_choice_of_an_older_version_holds_until_a_person_deploys_there_again() {
    let person = Actor::Person { name: "Mira".into() };
    let by = |mut deployment: pilothouse_domain::deployment::Deployment, actor: &Actor| {
        deployment.requested_by = actor.clone();
        deployment
    };
    let environment = deployed(2, 2, 1).environment_id;
    let newer = by(deployed(2, 3, 1), &person);
    let older = by(deployed(2, 2, 5), &person);
    let again = by(deployed(2, 3, 9), &person);
    let chosen =
        |deployments: &[pilothouse_domain::deployment::Deployment]| older_by_choice(deployments, environment).map(|d| d.version.clone());
    assert_eq!(chosen(std::slice::from_ref(&newer)), None);
    assert_eq!(chosen(&[newer.clone(), older.clone()]), Some(older.version.clone()));
    assert_eq!(chosen(&[newer.clone(), by(older.clone(), &Actor::Engine)]), None, "automation sets no hold");
    assert_eq!(chosen(&[newer.clone(), older.clone(), again]), None);
    let mut failed = by(deployed(2, 3, 9), &person);
    failed.deployed_at = None;
    assert_eq!(chosen(&[newer.clone(), older.clone(), failed]), Some(older.version.clone()), "what did not arrive changes nothing");
    let mut world = World::before_production();
    world.deployments.extend([newer, older.clone()]);
    let held = |set_at, train| left_to_people(&world.facts(), &world.environments[2], set_at, train);
    assert!(held(older.requested_at.minus(Duration::from_secs(60)), false).is_some(), "set before the choice");
    assert_eq!(held(older.requested_at.plus(Duration::from_secs(60)), false), None, "set after it, with open eyes");
    assert!(held(older.requested_at.plus(Duration::from_secs(60)), true).is_some_and(|why| why.contains("Mira chose the older")));
}
