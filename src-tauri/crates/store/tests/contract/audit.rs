//! The audit chain in the database.

use crate::fixtures::{World, audited, entry, put, uuid};
use crate::lab::Lab;
use pilothouse_domain::ProductId;
use pilothouse_domain::audit::{ChainFault, ChainHead, verify};
use pilothouse_engine::ports::store::{AuditFilter, ChangeSet, Store, StoreError, Write};

async fn write_events(store: &dyn Store, count: u32) {
    for n in 0..count {
        let mut change = audited(vec![Write::Setting { key: "n".into(), value: n.to_string() }]);
        change.audit.push(entry("test.second", n, None));
        store.commit(change).await.unwrap();
    }
}

pub(crate) async fn the_chain_verifies_in_pages_and_ends_with_the_head(lab: &Lab) {
    let store = lab.open().await;
    assert_eq!(store.audit_head().await.unwrap(), ChainHead::default());
    write_events(&*store, 30).await;
    let mut head = ChainHead::default();
    let mut pages = 0;
    loop {
        let page = store.audit_after(head.seq, 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 7);
        head = verify(&head, &page).unwrap();
        pages += 1;
    }
    assert_eq!((head.seq, pages), (60, 9));
    assert_eq!(store.audit_head().await.unwrap(), head);
    assert_eq!(lab.open().await.audit_head().await.unwrap(), head);
}

pub(crate) async fn events_are_found_by_product_and_subject(lab: &Lab) {
    let store = lab.open().await;
    let (one, two) = (ProductId::new(uuid()), ProductId::new(uuid()));
    for n in 0..20 {
        let product = if n % 2 == 0 { one } else { two };
        let change = ChangeSet { audit: vec![entry("release.drafted", n % 5, Some(product))], ..ChangeSet::default() };
        store.commit(change).await.unwrap();
    }
    let seqs = |events: Vec<pilothouse_domain::audit::AuditEvent>| events.iter().map(|event| event.seq).collect::<Vec<_>>();
    let all = store.audit(&AuditFilter::default()).await.unwrap();
    assert_eq!(seqs(all), (1..=20).rev().collect::<Vec<_>>(), "newest first");
    let filter = AuditFilter { product: Some(one), before: Some(15), limit: 3, ..AuditFilter::default() };
    assert_eq!(seqs(store.audit(&filter).await.unwrap()), [13, 11, 9]);
    let filter = AuditFilter { subject_id: Some("3".into()), ..AuditFilter::default() };
    assert_eq!(seqs(store.audit(&filter).await.unwrap()), [19, 14, 9, 4]);
    let filter = AuditFilter { subject_id: Some("3".into()), product: Some(two), ..AuditFilter::default() };
    assert_eq!(seqs(store.audit(&filter).await.unwrap()), [14, 4]);
}

pub(crate) async fn events_can_not_be_changed_or_deleted(lab: &Lab) {
    let store = lab.open().await;
    write_events(&*store, 2).await;
    for sql in ["UPDATE audit_event SET entry = '{}' WHERE seq = 1", "DELETE FROM audit_event WHERE seq = 4"] {
        let error = lab.tamper(sql, sql).await.unwrap_err().to_string();
        assert!(error.contains("audit events are never"), "{error}");
    }
    let events = store.audit_after(0, 100).await.unwrap();
    assert_eq!(verify(&ChainHead::default(), &events).unwrap(), store.audit_head().await.unwrap());
}

pub(crate) async fn an_edit_behind_the_store_is_found(lab: &Lab) {
    let store = lab.open().await;
    World::in_store(&*store).await;
    write_events(&*store, 3).await;
    lab.tamper("DROP TRIGGER audit_event_update; DROP TRIGGER audit_event_delete", "DROP TRIGGER audit_event_is_final ON audit_event")
        .await
        .unwrap();

    let edit = "UPDATE audit_event SET entry = replace(entry, 'Did', 'Undid') WHERE seq = 3";
    assert_eq!(lab.tamper(edit, edit).await.unwrap(), 1);
    let events = store.audit_after(0, 100).await.unwrap();
    assert_eq!(verify(&ChainHead::default(), &events), Err(ChainFault::Edited { seq: 3 }));

    // A cut tail: the next event shows the gap.
    let cut = "DELETE FROM audit_event WHERE seq = 7";
    assert_eq!(lab.tamper(cut, cut).await.unwrap(), 1);
    put(&*store, vec![Write::Setting { key: "n".into(), value: String::new() }]).await.unwrap();
    let before = store.audit_after(3, 3).await.unwrap();
    let events = store.audit_after(6, 100).await.unwrap();
    assert_eq!(verify(&before.last().unwrap().head(), &events), Err(ChainFault::Gap { expected: 7, found: 8 }));

    // Hidden from a filter.
    let hide = "UPDATE audit_event SET subject_id = 'else' WHERE seq = 5";
    assert_eq!(lab.tamper(hide, hide).await.unwrap(), 1);
    match store.audit_after(4, 1).await {
        Err(StoreError::Corrupt { reason }) => assert!(reason.contains("audit_event 5"), "{reason}"),
        other => panic!("{other:?}"),
    }
}
