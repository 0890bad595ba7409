//! Opening: what was there is there, what can't be opened is said.

use crate::fixtures::{World, put};
use crate::lab::Lab;
use pilothouse_engine::ports::store::{Store, StoreError, Write};
use pilothouse_store::{StoreLocation, StoreOptions, open};
use secrecy::SecretString;
use std::sync::Arc;

async fn refusal(location: &StoreLocation) -> StoreError {
    match open(location, StoreOptions::default()).await {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

pub(crate) async fn what_was_committed_is_there_after_reopening(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let head = store.audit_head().await.unwrap();
    drop(store);
    for n in 0..3_u64 {
        let store = lab.open().await;
        assert_eq!(store.product(world.product.id).await.unwrap(), world.product);
        assert_eq!(*store.commits().borrow(), n + 1);
        put(&*store, vec![Write::Setting { key: "n".into(), value: n.to_string() }]).await.unwrap();
    }
    let store = lab.open().await;
    assert_eq!(store.audit_head().await.unwrap().seq, head.seq + 3);
    assert_eq!(store.setting("n").await.unwrap().as_deref(), Some("2"));
}

pub(crate) async fn many_open_a_new_database_at_once(lab: &Lab) {
    let location = lab.location().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..6 {
        let location = location.clone();
        tasks.spawn(async move {
            let store: Arc<dyn Store> = open(&location, StoreOptions::default()).await.unwrap();
            put(&*store, vec![Write::Setting { key: n.to_string(), value: "here".into() }]).await.unwrap();
        });
    }
    tasks.join_all().await;
    assert_eq!(lab.open().await.audit_head().await.unwrap().seq, 6);
}

pub(crate) async fn a_newer_schema_is_refused(lab: &Lab) {
    drop(lab.open().await);
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (4711, 'later', TRUE, ";
    lab.tamper(&format!("{newer} X'00', 0)"), &format!("{newer} '\\x00', 0)")).await.unwrap();
    match refusal(&lab.location().unwrap()).await {
        StoreError::Corrupt { reason } => assert!(reason.contains("4711") && reason.contains("newer Pilothouse"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn another_text_of_a_migration_is_refused(lab: &Lab) {
    drop(lab.open().await);
    let other = "UPDATE _sqlx_migrations SET checksum = ";
    lab.tamper(&format!("{other} X'00'"), &format!("{other} '\\x00'")).await.unwrap();
    match refusal(&lab.location().unwrap()).await {
        StoreError::Corrupt { reason } => assert!(reason.contains("another text of migration 1"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn a_snapshot_goes_its_own_way(lab: &Lab) {
    let database = lab.memory_database();
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let copy = database.snapshot();
    put(&*store, vec![Write::RemoveProduct(world.product.clone())]).await.unwrap();
    let then = copy.open(StoreOptions::default());
    assert_eq!(then.product(world.product.id).await.unwrap(), world.product);
    assert_eq!((*then.commits().borrow(), *store.commits().borrow()), (1, 2));
    put(&then, vec![Write::Setting { key: "n".into(), value: String::new() }]).await.unwrap();
    assert_eq!(store.setting("n").await.unwrap(), None);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.db");
    std::fs::write(&path, "Dear Sir or Madam, ".repeat(500)).unwrap();
    match refusal(&StoreLocation::Sqlite(path.clone())).await {
        StoreError::Corrupt { reason } => assert!(reason.contains("letter.db") && reason.contains("not a database"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert!(std::fs::read_to_string(path).unwrap().starts_with("Dear Sir"), "and not touched");
}

#[tokio::test]
async fn a_folder_that_can_not_be_made_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    match refusal(&StoreLocation::Sqlite(file.join("pilothouse.db"))).await {
        StoreError::Failed { reason } => assert!(reason.contains("pilothouse.db"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pilothouse.db");
    let store = open(&StoreLocation::Sqlite(path), StoreOptions::default()).await.unwrap();
    World::in_store(&*store).await;
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
        files += 1;
    }
    assert_eq!(files, 3, "the database, its write-ahead log and that one's index");
    store.close().await;
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["pilothouse.db"], "closed in order, the file is whole by itself");
    assert!(matches!(store.products().await, Err(StoreError::Unreachable { .. })));
    store.close().await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_said_without_the_password() {
    // Bound and dropped: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://pilot:s3cret@127.0.0.1:{port}/team");
    let location = StoreLocation::Postgres(SecretString::from(url));
    assert!(!format!("{location:?}").contains("s3cret"));
    match refusal(&location).await {
        StoreError::Unreachable { reason } => {
            assert!(reason.contains("127.0.0.1/team") && reason.contains("refused") && !reason.contains("s3cret"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    match refusal(&StoreLocation::Postgres(SecretString::from("postgres://pilot:s3cret@[::/team"))).await {
        StoreError::Failed { reason } => {
            assert!(reason.contains("postgres://user:password@host") && !reason.contains("s3cret"), "{reason}")
        }
        other => panic!("{other:?}"),
    }
}
