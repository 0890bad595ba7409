//! The keychain over a store in memory, over the session's own Secret Service where there is one, and without any.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use keyring_core::{CredentialStore, Error, mock};
use std::process::Command;
use std::sync::{Condvar, LazyLock, Mutex};
use uuid::Uuid;

/// Set in a child process: its environment has no session bus.
const CHILD_VAR: &str = "PILOTHOUSE_TEST_KEYCHAIN_CHILD";

fn mocked() -> (OsKeychain, Redactor) {
    let redactor = Redactor::new();
    let open = || {
        let store: Arc<CredentialStore> = mock::Store::new()?;
        Ok(store)
    };
    (OsKeychain::over(StoreSlot::new(open), redactor.clone(), LIMIT), redactor)
}

fn connection() -> ConnectionId {
    ConnectionId::new(Uuid::now_v7())
}

/// Makes the next call for this user fail.
async fn fail_next(keychain: &OsKeychain, user: ConnectionId, error: fn() -> Error) {
    keychain
        .with_entry(user.to_string(), move |entry| {
            entry.as_any().downcast_ref::<mock::Cred>().unwrap().set_error(error());
            Ok(())
        })
        .await
        .unwrap();
}

async fn keeps_reads_and_forgets(keychain: &OsKeychain) {
    let (one, other) = (connection(), connection());
    assert!(keychain.read(one).await.unwrap().is_none());
    keychain.write(one, SecretString::from("ghp_one")).await.unwrap();
    keychain.write(other, SecretString::from("ghp_other")).await.unwrap();
    keychain.write(one, SecretString::from("schlüssel \"zwei\"")).await.unwrap();
    assert_eq!(keychain.read(one).await.unwrap().unwrap().expose_secret(), "schlüssel \"zwei\"");
    assert_eq!(keychain.read(other).await.unwrap().unwrap().expose_secret(), "ghp_other");
    for id in [one, one, other] {
        keychain.remove(id).await.unwrap();
        assert!(keychain.read(id).await.unwrap().is_none());
    }
    let (part, further) = (SecretPart::ClientKey, SecretString::from("-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n"));
    keychain.write(one, SecretString::from("ghp_one")).await.unwrap();
    keychain.write_part(one, part, further.clone()).await.unwrap();
    assert!(keychain.read_part(one, SecretPart::ProxyPassword).await.unwrap().is_none(), "each part has an entry of its own");
    assert!(keychain.read_part(other, part).await.unwrap().is_none());
    assert_eq!(keychain.read_part(one, part).await.unwrap().unwrap().expose_secret(), further.expose_secret());
    keychain.remove_part(one, part).await.unwrap();
    assert!(keychain.read_part(one, part).await.unwrap().is_none());
    assert_eq!(keychain.read(one).await.unwrap().unwrap().expose_secret(), "ghp_one", "the token stays");
    keychain.remove(one).await.unwrap();
    keychain.probe().await.unwrap();
    let left = keychain.with_entry(probe_user(), read).await.unwrap();
    assert!(left.is_none(), "a probe leaves nothing");
}

#[tokio::test]
async fn a_secret_is_kept_read_replaced_and_forgotten() {
    keeps_reads_and_forgets(&mocked().0).await;
}

async fn keeps_a_signing_key_per_person(keychain: &OsKeychain) {
    let person = |name: &str| Actor::person(format!("{name} {}", connection()));
    let (mira, jonas) = (person("Mira"), person("Jonas"));
    let first = *keychain.signing_seed(&mira).await.unwrap().expose_secret();
    assert_eq!(*keychain.signing_seed(&mira).await.unwrap().expose_secret(), first, "the same from then on");
    let other = *keychain.signing_seed(&jonas).await.unwrap().expose_secret();
    assert!(first != other && first != [0; 32] && other != [0; 32]);
    for person in [mira, jonas] {
        keychain.with_entry(signing_entry(&person), remove).await.unwrap();
    }
}

#[tokio::test]
async fn a_signing_key_is_made_once_and_stays() {
    keeps_a_signing_key_per_person(&mocked().0).await;
}

#[tokio::test]
async fn a_damaged_signing_key_is_said_and_not_replaced() {
    let (keychain, redactor) = mocked();
    let mira = Actor::person("Mira Okafor");
    keychain.signing_seed(&mira).await.unwrap();
    let hex = keychain.with_entry(signing_entry(&mira), read).await.unwrap().unwrap();
    assert_eq!(redactor.redact(hex.expose_secret()), "[redacted]");
    keychain.with_entry(signing_entry(&mira), |entry| entry.set_secret(b"not a key at all")).await.unwrap();
    let error = keychain.signing_seed(&mira).await.map(drop).unwrap_err();
    assert!(matches!(error, KeychainError::Failed { .. }), "{error}");
    assert!(!error.to_string().contains("not a key"), "{error}");
    let left = keychain.with_entry(signing_entry(&mira), read).await.unwrap().unwrap();
    assert_eq!(left.expose_secret(), "not a key at all");
}

#[tokio::test]
async fn the_redactor_learns_every_secret_that_passes() {
    let (keychain, redactor) = mocked();
    keychain.write(connection(), SecretString::from("opensesame")).await.unwrap();
    assert_eq!(redactor.redact("say opensesame"), "say [redacted]");
}

#[tokio::test]
async fn refusals_are_told_apart_and_show_no_secret() {
    let (keychain, _) = mocked();
    let id = connection();
    keychain.write(id, SecretString::from("opensesame")).await.unwrap();
    for (error, wanted) in [
        ((|| Error::NoStorageAccess("prompt dismissed".into())) as fn() -> Error, "locked"),
        (|| Error::NoDefaultStore, "unavailable"),
        (|| Error::BadEncoding(b"opensesame".to_vec()), "failed"),
        (|| Error::BadDataFormat(b"opensesame".to_vec(), "odd".into()), "failed"),
    ] {
        fail_next(&keychain, id, error).await;
        let error = keychain.read(id).await.unwrap_err();
        let kind = match &error {
            KeychainError::Locked { .. } => "locked",
            KeychainError::Unavailable { .. } => "unavailable",
            KeychainError::NoAnswer { .. } => "no answer",
            KeychainError::Failed { .. } => "failed",
        };
        assert_eq!(kind, wanted, "{error}");
        assert!(!format!("{error} {error:?}").contains("opensesame"), "{error:?}");
    }
}

#[tokio::test]
async fn a_store_that_went_away_is_opened_again_once() {
    let (keychain, _) = mocked();
    let id = connection();
    keychain.write(id, SecretString::from("opensesame")).await.unwrap();
    fail_next(&keychain, id, || Error::PlatformFailure("session closed".into())).await;
    // The new store of this test is empty: that it answers shows that it was opened anew.
    assert!(keychain.read(id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_failure_of_a_fresh_store_is_no_reason_to_try_forever() {
    static OPENED: Mutex<u32> = Mutex::new(0);
    let open = || {
        *OPENED.lock().unwrap() += 1;
        Err(Error::PlatformFailure("no bus".into()))
    };
    let keychain = OsKeychain::over(StoreSlot::new(open), Redactor::new(), LIMIT);
    for tries in 1..=2 {
        let error = keychain.probe().await.unwrap_err();
        assert!(matches!(error, KeychainError::Unavailable { .. }), "{error}");
        assert_eq!(*OPENED.lock().unwrap(), tries);
    }
}

#[tokio::test]
async fn a_prompt_that_nobody_answers_ends_the_wait_and_takes_no_second_thread() {
    static ANSWERED: LazyLock<(Mutex<bool>, Condvar)> = LazyLock::new(Default::default);
    let open = || {
        let store: Arc<CredentialStore> = mock::Store::new()?;
        Ok(store)
    };
    let keychain = OsKeychain::over(StoreSlot::new(open), Redactor::new(), Duration::from_millis(20));
    let blocked = keychain.with_entry("a".to_owned(), |_| {
        let (answered, changed) = &*ANSWERED;
        drop(changed.wait_while(answered.lock().unwrap(), |answered| !*answered).unwrap());
        Ok(())
    });
    assert_eq!(blocked.await, Err(KeychainError::NoAnswer { seconds: 0 }));
    assert_eq!(keychain.probe().await, Err(KeychainError::NoAnswer { seconds: 0 }));
    *ANSWERED.0.lock().unwrap() = true;
    ANSWERED.1.notify_all();
    // Once the prompt is answered, the next call has its turn.
    let patient = OsKeychain { limit: LIMIT, ..keychain };
    patient.probe().await.unwrap();
}

#[tokio::test]
async fn the_sessions_secret_service_keeps_reads_and_forgets() {
    if std::env::var_os("PILOTHOUSE_TEST_SESSION").is_none() {
        println!("skipped: no private desktop session (run `cargo xtask test`)");
        return;
    }
    keeps_reads_and_forgets(&OsKeychain::new(Redactor::new())).await;
    keeps_a_signing_key_per_person(&OsKeychain::new(Redactor::new())).await;
}

/// Runs in a process of its own; as a test of this one it does nothing.
#[tokio::test]
async fn child_without_a_bus() {
    if std::env::var_os(CHILD_VAR).is_none() {
        return;
    }
    let keychain = OsKeychain::new(Redactor::new());
    let id = connection();
    // The second try opens anew, and is refused as plainly.
    for _ in 0..2 {
        for refused in [
            keychain.probe().await.unwrap_err(),
            keychain.write(id, SecretString::from("opensesame")).await.unwrap_err(),
            keychain.read(id).await.map(drop).unwrap_err(),
            keychain.remove(id).await.unwrap_err(),
        ] {
            assert!(matches!(refused, KeychainError::Unavailable { .. }), "{refused}");
            println!("refused: {refused}");
        }
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn without_a_session_bus_every_call_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "keychain::tests::child_without_a_bus", "--nocapture"])
        .env(CHILD_VAR, "1")
        .env("XDG_RUNTIME_DIR", empty.path())
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", empty.path().join("bus").display()))
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{stdout}{}", String::from_utf8_lossy(&child.stderr));
    assert_eq!(stdout.matches("refused: no keychain is available").count(), 8, "{stdout}");
}
