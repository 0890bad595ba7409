//! Who commits is told to everybody who follows.

use crate::fixtures::{World, at, audited, check, measurement, put, schedule, uuid};
use crate::lab::Lab;
use pilothouse_domain::DeploymentId;
use pilothouse_domain::check::Outcome;
use pilothouse_domain::deployment::DeploymentEffect;
use pilothouse_engine::ports::store::{OutboxSubject, Write};
use std::time::Duration;

/// A hang is told apart from a slow machine by this.
const PATIENCE: Duration = Duration::from_secs(20);

fn setting(n: u32) -> Vec<Write> {
    vec![Write::Setting { key: "n".into(), value: n.to_string() }]
}

pub(crate) async fn own_commits_are_told(lab: &Lab) {
    let store = lab.open().await;
    let mut commits = store.commits();
    assert_eq!(*commits.borrow_and_update(), 0);
    put(&*store, setting(1)).await.unwrap();
    assert!(commits.has_changed().unwrap(), "at once");
    assert_eq!(*commits.borrow_and_update(), 1);
    put(&*store, setting(2)).await.unwrap();
    assert_eq!(*commits.borrow_and_update(), 2);
}

pub(crate) async fn commits_of_another_handle_are_told(lab: &Lab) {
    let (mine, theirs) = (lab.open().await, lab.open().await);
    let mut commits = mine.commits();
    commits.borrow_and_update();
    for n in 1..=3 {
        put(&*theirs, setting(n)).await.unwrap();
        tokio::time::timeout(PATIENCE, commits.wait_for(|seen| *seen >= u64::from(n))).await.unwrap().unwrap();
        assert_eq!(mine.setting("n").await.unwrap(), Some(n.to_string()), "what is told can be read");
    }
    assert_eq!(*lab.open().await.commits().borrow(), 3, "who comes later knows where it stands");
}

pub(crate) async fn measurements_and_claims_are_not_told(lab: &Lab) {
    let (mine, theirs) = (lab.open().await, lab.open().await);
    let world = World::in_store(&*theirs).await;
    let front = check(&world.staging, "Front page");
    let mut change = audited(vec![Write::Check(front.clone())]);
    change.outbox.push(schedule(OutboxSubject::Deployment(DeploymentId::new(uuid())), DeploymentEffect::Trigger, 0));
    theirs.commit(change).await.unwrap();
    let mut commits = mine.commits();
    tokio::time::timeout(PATIENCE, commits.wait_for(|seen| *seen == 2)).await.unwrap().unwrap();

    let mut measured = [mine.measured(), theirs.measured()];
    measured.iter_mut().for_each(tokio::sync::watch::Receiver::mark_unchanged);
    theirs.record_measurements(&[(front.id, measurement(1, Outcome::Passed))]).await.unwrap();
    for told in &mut measured {
        tokio::time::timeout(PATIENCE, told.changed()).await.unwrap().unwrap();
    }
    assert_eq!(theirs.claim_due("them", at(1), at(60), 5).await.unwrap().len(), 1);
    // What comes after them is the next number.
    put(&*theirs, setting(1)).await.unwrap();
    tokio::time::timeout(PATIENCE, commits.changed()).await.unwrap().unwrap();
    assert_eq!(*commits.borrow(), 3);
    assert_eq!(*theirs.commits().borrow(), 3);
}
