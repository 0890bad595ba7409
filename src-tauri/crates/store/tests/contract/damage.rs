//! What can't be read is said with its place.

use crate::fixtures::{World, check, first_state, put};
use crate::lab::Lab;
use pilothouse_domain::check::Health;
use pilothouse_engine::ports::store::{StoreError, Write};

fn reason<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Corrupt { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn damaged_json_is_named_with_its_place(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let one = world.release(&*store, "1.1.0", 1).await;
    let cut = "UPDATE release SET body = substr(body, 1, 40)";
    assert_eq!(lab.tamper(cut, cut).await.unwrap(), 1);
    let place = format!("release {}", one.id);
    assert!(reason(store.release(one.id).await).contains(&place));
    assert!(reason(store.releases(&Default::default()).await).contains(&place));
    assert_eq!(store.product(world.product.id).await.unwrap(), world.product, "the rest is well");
}

pub(crate) async fn a_word_from_elsewhere_is_named_with_its_place(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let front = check(&world.staging, "Front page");
    put(&*store, vec![Write::Check(front.clone()), first_state(front.id, Health::Failing)]).await.unwrap();
    let wide = "UPDATE check_state SET failures = 70000";
    assert_eq!(lab.tamper(wide, wide).await.unwrap(), 1);
    let said = reason(store.check_states().await);
    assert!(said.contains(&front.id.to_string()) && said.contains("70000"), "{said}");
    // The database itself refuses a word that isn't one.
    let foreign = "UPDATE check_state SET health = 'splendid'";
    assert!(lab.tamper(foreign, foreign).await.is_err());
}

pub(crate) async fn a_transaction_that_the_database_ends_breaks_nothing(lab: &Lab) {
    let store = lab.open().await;
    put(&*store, vec![setting("n")]).await.unwrap();
    // What SQLite does when the disk is full: it rolls back by itself, before anybody asks.
    lab.tamper(
        "CREATE TRIGGER full BEFORE INSERT ON setting WHEN NEW.key = 'full' BEGIN SELECT RAISE(ROLLBACK, 'no room'); END",
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$; \
         CREATE TRIGGER full_disk BEFORE INSERT ON setting FOR EACH ROW WHEN (NEW.key = 'full') EXECUTE FUNCTION full_disk()",
    )
    .await
    .unwrap();
    for _ in 0..3 {
        match put(&*store, vec![setting("m"), setting("full")]).await {
            Err(StoreError::Full { reason } | StoreError::Failed { reason }) => assert!(reason.contains("no room"), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(store.setting("m").await.unwrap(), None);
    put(&*store, vec![setting("m")]).await.unwrap();
    assert_eq!(store.audit_head().await.unwrap().seq, 2);
}

fn setting(key: &str) -> Write {
    Write::Setting { key: key.into(), value: "here".into() }
}
