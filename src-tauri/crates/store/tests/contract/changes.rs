//! A change is written whole or not at all, audited, numbered and told.

use crate::fixtures::{
    World, at, audited, check, check_state, connection, entry, environment, first_state, product, put, release, schedule, uuid,
};
use crate::lab::Lab;
use pilothouse_domain::DeploymentId;
use pilothouse_domain::audit::{ChainHead, verify};
use pilothouse_domain::check::Health;
use pilothouse_domain::deployment::DeploymentEffect;
use pilothouse_engine::ports::store::{ChangeSet, OutboxSubject, StoreError, Write};
use pilothouse_store::{CommitObserver, StoreOptions};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

fn setting(key: &str, value: impl ToString) -> Write {
    Write::Setting { key: key.into(), value: value.to_string() }
}

pub(crate) async fn a_change_that_fails_leaves_nothing(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let before = (store.audit_head().await.unwrap(), store.last_change().await.unwrap(), *store.commits().borrow());
    let mut change = audited(vec![
        setting("first", 1),
        Write::Product(product(world.connection.id, "Shop")),
        Write::Release(release(world.product.id, "1.0.0", 1)),
        // The last one fails.
        Write::Product(product(world.connection.id, "Checkout")),
    ]);
    change.outbox.push(schedule(OutboxSubject::Deployment(DeploymentId::new(uuid())), DeploymentEffect::Trigger, 0));
    assert!(matches!(store.commit(change).await, Err(StoreError::Taken { .. })));

    assert_eq!(store.setting("first").await.unwrap(), None);
    assert_eq!(store.products().await.unwrap(), std::slice::from_ref(&world.product));
    assert_eq!(store.releases(&Default::default()).await.unwrap(), []);
    assert_eq!(store.next_due("me", at(9)).await.unwrap(), None);
    let after = (store.audit_head().await.unwrap(), store.last_change().await.unwrap(), *store.commits().borrow());
    assert_eq!(after, before);

    // And nothing is in the way of the next.
    put(&*store, vec![setting("first", 2)]).await.unwrap();
    assert_eq!(store.last_change().await.unwrap(), before.1 + 1);
}

pub(crate) async fn a_change_without_audit_is_refused(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let front = check(&world.staging, "Front page");
    put(&*store, vec![Write::Check(front.clone())]).await.unwrap();
    let silent = |writes: Vec<Write>| ChangeSet { writes, ..ChangeSet::default() };
    let state = first_state(front.id, Health::Failing);
    for writes in [vec![setting("key", 1)], vec![state.clone(), Write::Product(world.product.clone())]] {
        assert!(matches!(store.commit(silent(writes)).await, Err(StoreError::Failed { .. })));
    }
    assert_eq!(store.setting("key").await.unwrap(), None);
    assert_eq!(store.product(world.product.id).await.unwrap(), world.product);

    store.commit(silent(vec![state])).await.unwrap();
    let subject = OutboxSubject::Deployment(DeploymentId::new(uuid()));
    let outbox = vec![schedule(subject, DeploymentEffect::Trigger, 3)];
    store.commit(ChangeSet { outbox, ..ChangeSet::default() }).await.unwrap();
    assert_eq!(store.next_due("me", at(0)).await.unwrap(), Some(at(3)));
}

pub(crate) async fn notices_name_what_changed(lab: &Lab) {
    let store = lab.open().await;
    let account = connection();
    let shop = product(account.id, "Shop");
    let staging = environment(shop.id, "staging", 0);
    let front = check(&staging, "Front page");
    let committed = put(
        &*store,
        vec![
            Write::Connection(account.clone()),
            Write::Product(shop.clone()),
            Write::Environment(staging.clone()),
            Write::Check(front.clone()),
            first_state(front.id, Health::Failing),
            Write::CheckState { check: front.id, before: Some(check_state(Health::Failing)), after: check_state(Health::Healthy) },
            setting("me", "Mira"),
        ],
    )
    .await
    .unwrap();
    let told: Vec<_> = committed.changes.iter().map(|n| (n.seq, n.kind.as_str(), n.id.clone(), n.product_id)).collect();
    assert_eq!(
        told,
        [
            (1, "connection", account.id.to_string(), None),
            (2, "product", shop.id.to_string(), Some(shop.id)),
            (3, "environment", staging.id.to_string(), Some(shop.id)),
            (4, "health_check", front.id.to_string(), Some(shop.id)),
            (5, "check_state", front.id.to_string(), Some(shop.id)),
            (6, "setting", "me".to_owned(), None),
        ],
        "each once"
    );
    let next = put(&*store, vec![setting("me", "Jonas")]).await.unwrap();
    assert_eq!(store.last_change().await.unwrap(), 7);
    assert_eq!(store.changes_after(0, 6).await.unwrap(), committed.changes);
    assert_eq!(store.changes_after(6, 100).await.unwrap(), next.changes);
    assert_eq!(store.changes_after(7, 100).await.unwrap(), []);
}

pub(crate) async fn concurrent_commits_leave_no_gap(lab: &Lab) {
    let handles = [lab.open().await, lab.open().await];
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let store = Arc::clone(&handles[task % 2]);
        tasks.spawn(async move {
            let mut seqs = Vec::new();
            for n in 0..10 {
                let mut change = audited(vec![setting(&format!("{task}.a"), n), setting(&format!("{task}.b"), n)]);
                change.audit.push(entry("test.twice", task, None));
                seqs.extend(store.commit(change).await.unwrap().changes.into_iter().map(|notice| notice.seq));
            }
            seqs
        });
    }
    let told: Vec<u32> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(told.len(), 160);
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), (1..=160).collect(), "each number was told once");
    let kept = handles[0].changes_after(0, 1_000).await.unwrap();
    assert_eq!(kept.iter().map(|notice| notice.seq).collect::<Vec<_>>(), (1..=160).collect::<Vec<_>>());
    for pair in kept.chunks(2) {
        assert_eq!(pair[0].id.trim_end_matches(".a"), pair[1].id.trim_end_matches(".b"), "a change's notices stay together");
    }
    let events = handles[1].audit_after(0, 1_000).await.unwrap();
    let head = verify(&ChainHead::default(), &events).unwrap();
    assert_eq!(head.seq, 160);
    assert_eq!(handles[0].audit_head().await.unwrap(), head);
}

pub(crate) async fn only_one_of_two_writers_wins(lab: &Lab) {
    let handles = [lab.open().await, lab.open().await];
    let world = World::in_store(&*handles[0]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let store = Arc::clone(&handles[task % 2]);
        let mut shop = world.product.clone();
        shop.repository = format!("acme/{task}");
        tasks.spawn(async move { put(&*store, vec![Write::Product(shop.clone())]).await.map(|_| shop.repository) });
    }
    let results = tasks.join_all().await;
    let won: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    assert_eq!(won.len(), 1, "{results:?}");
    for lost in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!(*lost, StoreError::Conflict { kind: "product", id: world.product.id.to_string() });
    }
    let stored = handles[0].product(world.product.id).await.unwrap();
    assert_eq!((stored.revision, &stored.repository), (2, won[0]));
}

pub(crate) async fn old_notices_are_forgotten_and_ten_thousand_kept(lab: &Lab) {
    let store = lab.open().await;
    for batch in 0..11 {
        put(&*store, (0..1_000).map(|n| setting(&format!("{batch}.{n}"), n)).collect()).await.unwrap();
    }
    assert_eq!(store.last_change().await.unwrap(), 11_000);
    let oldest = store.changes_after(0, 1).await.unwrap()[0].seq;
    assert!((2..=1_001).contains(&oldest), "{oldest}");
    let kept = store.changes_after(1_000, 20_000).await.unwrap();
    assert_eq!(kept.iter().map(|notice| notice.seq).collect::<Vec<_>>(), (1_001..=11_000).collect::<Vec<_>>());
}

struct Saboteur {
    before: u64,
    after: u64,
    seen: AtomicU64,
}

fn sabotage() -> StoreError {
    StoreError::Unreachable { reason: "ordered by a test".into() }
}

impl CommitObserver for Saboteur {
    fn before_commit(&self, n: u64) -> Result<(), StoreError> {
        self.seen.fetch_max(n, Ordering::Relaxed);
        if n == self.before { Err(sabotage()) } else { Ok(()) }
    }

    fn after_commit(&self, n: u64) -> Result<(), StoreError> {
        if n == self.after { Err(sabotage()) } else { Ok(()) }
    }
}

pub(crate) async fn the_observer_can_refuse_and_can_lose_the_answer(lab: &Lab) {
    let saboteur = Arc::new(Saboteur { before: 2, after: 3, seen: AtomicU64::new(0) });
    let store = lab.open_with(StoreOptions { observer: Some(Arc::clone(&saboteur) as Arc<dyn CommitObserver>) }).await;
    put(&*store, vec![setting("n", 1)]).await.unwrap();
    assert_eq!(put(&*store, vec![setting("n", 2)]).await, Err(sabotage()));
    assert_eq!(store.setting("n").await.unwrap().as_deref(), Some("1"), "rolled back");
    assert_eq!(put(&*store, vec![setting("n", 3)]).await, Err(sabotage()));
    assert_eq!(store.setting("n").await.unwrap().as_deref(), Some("3"), "written, but nobody was told");
    assert_eq!(store.audit_head().await.unwrap().seq, 2);

    store.record_measurements(&[]).await.unwrap();
    assert_eq!(store.claim_due("me", at(0), at(9), 5).await.unwrap(), []);
    assert_eq!(saboteur.seen.load(Ordering::Relaxed), 3, "nothing was claimed, so nothing was committed");
    store.take_over("me").await.unwrap();
    assert_eq!(saboteur.seen.load(Ordering::Relaxed), 4);
}
