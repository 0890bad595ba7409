//! The history of checks.

use crate::fixtures::{at, measurement, uuid};
use crate::lab::Lab;
use pilothouse_domain::CheckId;
use pilothouse_domain::check::{Measurement, Outcome};

fn outcome(n: i64) -> Outcome {
    let reason = format!("reason {n}");
    match n % 4 {
        0 => Outcome::Passed,
        1 => Outcome::Degraded { reason },
        2 => Outcome::Failed { reason },
        _ => Outcome::NoData { reason },
    }
}

fn series(check: CheckId, count: i64) -> Vec<(CheckId, Measurement)> {
    (0..count).map(|n| (check, Measurement { latency_us: (n % 4 != 3).then_some(1_000), ..measurement(n, outcome(n)) })).collect()
}

pub(crate) async fn a_page_is_newest_first(lab: &Lab) {
    let store = lab.open().await;
    let (one, two) = (CheckId::new(uuid()), CheckId::new(uuid()));
    let written = series(one, 300);
    // Every size of statement comes in: 239 = 3 × 64 + 32 + 8 + 4 + 2 + 1.
    store.record_measurements(&written[..239]).await.unwrap();
    for rest in written[239..].chunks(7) {
        store.record_measurements(rest).await.unwrap();
    }
    store.record_measurements(&series(two, 10)).await.unwrap();

    let mut expected: Vec<Measurement> = written.into_iter().map(|(_, measured)| measured).collect();
    expected.reverse();
    let mut read = Vec::new();
    let mut before = at(1_000);
    loop {
        let page = store.measurements(one, before, 37).await.unwrap();
        let Some(last) = page.last() else { break };
        before = last.at;
        read.extend(page);
    }
    assert_eq!(read, expected);
    assert_eq!(store.measurements(one, at(10), 3).await.unwrap(), expected[290..293], "strictly before");
    assert_eq!(store.measurements(CheckId::new(uuid()), at(10), 3).await.unwrap(), []);
}

pub(crate) async fn the_same_measurement_is_kept_once(lab: &Lab) {
    let store = lab.open().await;
    let check = CheckId::new(uuid());
    store.record_measurements(&series(check, 5)).await.unwrap();
    store.record_measurements(&series(check, 8)).await.unwrap();
    assert_eq!(store.measurements(check, at(100), 100).await.unwrap().len(), 8);
}

pub(crate) async fn pruning_is_bounded_and_takes_the_oldest(lab: &Lab) {
    let store = lab.open().await;
    let (one, two) = (CheckId::new(uuid()), CheckId::new(uuid()));
    store.record_measurements(&series(one, 50)).await.unwrap();
    store.record_measurements(&series(two, 50)).await.unwrap();
    assert_eq!(store.prune_measurements(at(40), 30).await.unwrap(), 30);
    for check in [one, two] {
        let left = store.measurements(check, at(100), 100).await.unwrap();
        assert_eq!((left.len(), left.last().unwrap().at), (35, at(15)), "the oldest of both went");
    }
    assert_eq!(store.prune_measurements(at(40), 1_000).await.unwrap(), 50);
    assert_eq!(store.prune_measurements(at(40), 1_000).await.unwrap(), 0);
    assert_eq!(store.measurements(one, at(100), 100).await.unwrap().len(), 10);
}

pub(crate) async fn a_long_reason_is_cut(lab: &Lab) {
    let store = lab.open().await;
    let check = CheckId::new(uuid());
    let reason = "🚢".repeat(2_000);
    store.record_measurements(&[(check, measurement(1, Outcome::Failed { reason }))]).await.unwrap();
    let kept = Outcome::Failed { reason: format!("{}…", "🚢".repeat(500)) };
    assert_eq!(store.measurements(check, at(2), 1).await.unwrap()[0].outcome, kept);
}
