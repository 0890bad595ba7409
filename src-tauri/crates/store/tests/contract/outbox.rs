//! What is to be done, and who does it.

use crate::fixtures::{at, schedule, uuid};
use crate::lab::Lab;
use pilothouse_domain::deployment::DeploymentEffect as Effect;
use pilothouse_domain::{DeploymentId, IncidentId};
use pilothouse_engine::ports::notifier::{Alert, Urgency};
use pilothouse_engine::ports::store::{ChangeSet, Claimed, OutboxEffect, OutboxEntry, OutboxSubject, OutboxWrite, Store};
use std::collections::BTreeSet;
use std::sync::Arc;

fn subject() -> OutboxSubject {
    OutboxSubject::Deployment(DeploymentId::new(uuid()))
}

async fn plan(store: &dyn Store, outbox: Vec<OutboxWrite>) {
    store.commit(ChangeSet { outbox, ..ChangeSet::default() }).await.unwrap();
}

fn entry(subject: OutboxSubject, effect: Effect, due: i64) -> OutboxEntry {
    OutboxEntry { subject, effect: OutboxEffect::Deployment(effect), due_at: at(due) }
}

pub(crate) async fn a_subject_has_one_entry(lab: &Lab) {
    let store = lab.open().await;
    let (one, alarm) = (subject(), OutboxSubject::Incident(IncidentId::new(uuid())));
    let alert = Alert {
        about: None,
        title: "Checkout is failing".into(),
        body: "503 instead of 200".into(),
        urgency: Urgency::Critical,
        at: at(1),
        concerns: None,
    };
    let ring = OutboxWrite::Schedule { subject: alarm, effect: OutboxEffect::Alert(alert.clone()), written_at: at(5), due_at: at(5) };
    plan(&*store, vec![schedule(one, Effect::Trigger, 2), ring]).await;
    plan(&*store, vec![schedule(one, Effect::ObserveRun, 3)]).await;
    let expected = [entry(one, Effect::ObserveRun, 3), OutboxEntry { subject: alarm, effect: OutboxEffect::Alert(alert), due_at: at(5) }];
    assert_eq!(store.claim_due("me", at(10), at(20), 10).await.unwrap(), expected, "the later effect in place of the earlier");
    plan(&*store, vec![OutboxWrite::Clear { subject: one }, OutboxWrite::Clear { subject: subject() }]).await;
    assert_eq!(store.claim_due("me", at(10), at(20), 10).await.unwrap(), expected[1..]);
}

pub(crate) async fn a_lease_keeps_others_out_until_it_runs_out(lab: &Lab) {
    let (mine, theirs) = (lab.open().await, lab.open().await);
    let one = subject();
    plan(&*mine, vec![schedule(one, Effect::Trigger, 2)]).await;
    assert_eq!(mine.claim_due("me", at(1), at(60), 10).await.unwrap(), [], "not due");
    assert_eq!(mine.next_due("me", at(1)).await.unwrap(), Some(at(2)));
    let due = [entry(one, Effect::Trigger, 2)];
    assert_eq!(mine.claim_due("me", at(2), at(60), 10).await.unwrap(), due);

    assert_eq!(theirs.claim_due("them", at(59), at(99), 10).await.unwrap(), []);
    assert_eq!(theirs.next_due("them", at(59)).await.unwrap(), None);
    assert_eq!(mine.claim_due("me", at(30), at(70), 10).await.unwrap(), due, "the holder may take it again");
    assert_eq!(theirs.claim_due("them", at(69), at(99), 10).await.unwrap(), [], "and has made its lease longer");

    assert_eq!(theirs.next_due("them", at(70)).await.unwrap(), Some(at(2)));
    assert_eq!(theirs.claim_due("them", at(70), at(99), 10).await.unwrap(), due, "run out");
    assert_eq!(mine.claim_due("me", at(71), at(99), 10).await.unwrap(), []);
}

pub(crate) async fn a_lease_survives_the_next_effect(lab: &Lab) {
    let store = lab.open().await;
    let one = subject();
    plan(&*store, vec![schedule(one, Effect::Trigger, 2)]).await;
    assert_eq!(store.claim_due("me", at(2), at(60), 10).await.unwrap().len(), 1);
    plan(&*store, vec![schedule(one, Effect::ObserveRun, 5)]).await;
    assert_eq!(store.claim_due("them", at(10), at(60), 10).await.unwrap(), [], "whoever is at it does the next thing too");
    assert_eq!(store.claim_due("me", at(10), at(60), 10).await.unwrap(), [entry(one, Effect::ObserveRun, 5)]);
    plan(&*store, vec![OutboxWrite::Clear { subject: one }]).await;
    plan(&*store, vec![schedule(one, Effect::Trigger, 6)]).await;
    assert_eq!(store.claim_due("them", at(10), at(60), 10).await.unwrap(), [entry(one, Effect::Trigger, 6)], "cleared with its lease");
}

pub(crate) async fn taking_over_ends_the_leases_of_others(lab: &Lab) {
    let store = lab.open().await;
    let (one, two) = (subject(), subject());
    plan(&*store, vec![schedule(one, Effect::Trigger, 1)]).await;
    assert_eq!(store.claim_due("dead", at(2), at(9_000), 10).await.unwrap().len(), 1);
    plan(&*store, vec![schedule(two, Effect::Trigger, 2)]).await;
    assert_eq!(store.claim_due("me", at(2), at(9_000), 10).await.unwrap(), [entry(two, Effect::Trigger, 2)]);
    store.take_over("me").await.unwrap();
    assert_eq!(store.claim_due("other", at(3), at(60), 10).await.unwrap(), [entry(one, Effect::Trigger, 1)]);
    assert_eq!(store.claim_due("other", at(3), at(60), 10).await.unwrap().len(), 1, "its own lease was not ended");
}

/// What waits seconds must not wait minutes because the clock was wrong by minutes.
pub(crate) async fn a_clock_that_is_set_back_prolongs_no_wait(lab: &Lab) {
    let store = lab.open().await;
    let (soon, late) = (subject(), subject());
    let write = |subject, written: i64, due: i64| OutboxWrite::Schedule {
        subject,
        effect: OutboxEffect::Deployment(Effect::LookUpRun),
        written_at: at(written),
        due_at: at(due),
    };
    plan(&*store, vec![write(soon, 1_000, 1_045), write(late, 1_000, 1_090)]).await;
    // Within the slack nothing is moved: another host's clock may be behind.
    assert_eq!(store.claim_due("me", at(945), at(999), 10).await.unwrap(), []);
    assert_eq!(store.next_due("me", at(945)).await.unwrap(), Some(at(1_045)));
    // By ten minutes: each waits from now on, for as long as it was to.
    assert_eq!(store.claim_due("me", at(400), at(490), 10).await.unwrap(), []);
    assert_eq!(store.next_due("me", at(400)).await.unwrap(), Some(at(445)));
    assert_eq!(store.claim_due("me", at(445), at(535), 10).await.unwrap(), [entry(soon, Effect::LookUpRun, 445)]);
    // Set back again while it is claimed: the other holder's entries stay with that one.
    assert_eq!(store.claim_due("them", at(100), at(190), 10).await.unwrap(), []);
    assert_eq!(store.next_due("them", at(100)).await.unwrap(), Some(at(190)), "the one that nobody holds");
    assert_eq!(store.claim_due("me", at(100), at(190), 10).await.unwrap(), []);
    assert_eq!(store.next_due("me", at(100)).await.unwrap(), Some(at(145)), "its own");
}

pub(crate) async fn a_lease_has_one_holder_until_it_runs_out(lab: &Lab) {
    let (mine, theirs) = (lab.open().await, lab.open().await);
    assert_eq!(mine.claim_lease("duty", "me", at(1), at(10)).await.unwrap(), Claimed::Ours);
    assert_eq!(theirs.claim_lease("duty", "them", at(9), at(30)).await.unwrap(), Claimed::Theirs { until: at(10) });
    assert_eq!(theirs.claim_lease("other duty", "them", at(9), at(30)).await.unwrap(), Claimed::Ours);
    assert_eq!(mine.claim_lease("duty", "me", at(8), at(20)).await.unwrap(), Claimed::Ours, "renewed");
    assert_eq!(theirs.claim_lease("duty", "them", at(19), at(30)).await.unwrap(), Claimed::Theirs { until: at(20) });
    assert_eq!(theirs.claim_lease("duty", "them", at(20), at(30)).await.unwrap(), Claimed::Ours, "run out");
    assert_eq!(mine.claim_lease("duty", "me", at(21), at(40)).await.unwrap(), Claimed::Theirs { until: at(30) });
    mine.release_lease("duty", "me").await.unwrap();
    assert_eq!(mine.claim_lease("duty", "me", at(21), at(40)).await.unwrap(), Claimed::Theirs { until: at(30) }, "it was not its own");
    theirs.release_lease("duty", "them").await.unwrap();
    assert_eq!(mine.claim_lease("duty", "me", at(21), at(40)).await.unwrap(), Claimed::Ours);
    theirs.take_over("them").await.unwrap();
    assert_eq!(theirs.claim_lease("duty", "them", at(22), at(40)).await.unwrap(), Claimed::Ours, "taken over");
}

pub(crate) async fn the_longest_due_come_first(lab: &Lab) {
    let store = lab.open().await;
    let writes = (0..30).map(|n| schedule(subject(), Effect::ObserveRun, (n * 7) % 30)).collect();
    plan(&*store, writes).await;
    let first = store.claim_due("me", at(100), at(200), 5).await.unwrap();
    assert_eq!(first.iter().map(|entry| entry.due_at).collect::<Vec<_>>(), (0..5).map(at).collect::<Vec<_>>());
    let rest = store.claim_due("them", at(12), at(200), 100).await.unwrap();
    assert_eq!(rest.iter().map(|entry| entry.due_at).collect::<Vec<_>>(), (5..=12).map(at).collect::<Vec<_>>());
    assert_eq!(store.next_due("else", at(12)).await.unwrap(), Some(at(13)));
}

pub(crate) async fn holders_at_once_share_without_overlap(lab: &Lab) {
    let handles = [lab.open().await, lab.open().await];
    plan(&*handles[0], (0..60).map(|n| schedule(subject(), Effect::ObserveRun, n % 5)).collect()).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..6 {
        let store: Arc<dyn Store> = Arc::clone(&handles[n % 2]);
        tasks.spawn(async move {
            let holder = format!("holder {n}");
            let mut mine = BTreeSet::new();
            // Its own come back each time, so each round asks for more than it has.
            for round in 1..=10 {
                mine.extend(store.claim_due(&holder, at(10), at(60), round * 10).await.unwrap().into_iter().map(|entry| entry.subject));
            }
            mine
        });
    }
    let shares = tasks.join_all().await;
    let all: BTreeSet<OutboxSubject> = shares.iter().flatten().copied().collect();
    assert_eq!(all.len(), 60, "all were taken");
    assert_eq!(shares.iter().map(BTreeSet::len).sum::<usize>(), 60, "each by one holder");
}
