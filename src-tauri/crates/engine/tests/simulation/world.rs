//! What survives a crash: the clock, the dice, the keychain, and whether the process is dead. Must not know the engine's rules.

use async_trait::async_trait;
use pilothouse_domain::signature::SEED_LENGTH;
use pilothouse_domain::{Actor, ConnectionId, ProductId, Timestamp};
use pilothouse_engine::ports::store::StoreError;
use pilothouse_engine::ports::{Alert, Clock, IdSource, Keychain, KeychainError, Notifier, NotifyError, SecretPart, SigningSeed};
use pilothouse_store::CommitObserver;
use secrecy::{SecretBox, SecretString};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use uuid::Uuid;

/// The simulated world.
pub(crate) struct World {
    inner: Mutex<Inner>,
    /// Wakes the driver when the process has died.
    pub(crate) died: Notify,
    verbose: bool,
}

struct Inner {
    now: Timestamp,
    /// How far the clock was set back altogether.
    back: Duration,
    dice: fastrand::Rng,
    dead: bool,
    calm: bool,
    ids: u64,
    secrets: BTreeMap<ConnectionId, SecretString>,
    alerts: u32,
}

impl World {
    pub(crate) fn new(seed: u64, verbose: bool) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(Inner {
                now: Timestamp::from_micros(1_780_000_000_000_000).unwrap(),
                back: Duration::ZERO,
                dice: fastrand::Rng::with_seed(seed),
                dead: false,
                calm: true,
                ids: 0,
                secrets: BTreeMap::new(),
                alerts: 0,
            }),
            died: Notify::new(),
            verbose,
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn say(&self, text: impl FnOnce() -> String) {
        if self.verbose {
            println!("{} {}", self.inner().now, text());
        }
    }

    /// True once in `n` times; never while the world is calm.
    pub(crate) fn one_in(&self, n: u32) -> bool {
        let mut inner = self.inner();
        !inner.calm && inner.dice.u32(0..n) == 0
    }

    /// A number below `n`, also while the world is calm.
    pub(crate) fn below(&self, n: u64) -> u64 {
        self.inner().dice.u64(0..n)
    }

    pub(crate) fn set_calm(&self, calm: bool) {
        self.inner().calm = calm;
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.inner().calm
    }

    pub(crate) fn pass(&self, time: Duration) {
        let mut inner = self.inner();
        inner.now = inner.now.plus(time);
    }

    /// The moment by a clock that nobody sets back: the provider's.
    pub(crate) fn elsewhere(&self) -> Timestamp {
        let inner = self.inner();
        inner.now.plus(inner.back)
    }

    /// The clock is set back.
    pub(crate) fn set_back(&self, time: Duration) {
        let mut inner = self.inner();
        let micros = inner.now.as_micros() - i64::try_from(time.as_micros()).unwrap();
        inner.now = Timestamp::from_micros(micros).unwrap();
        inner.back += time;
    }

    /// Kills the process: whatever it does from here on has no effect.
    pub(crate) fn kill(&self, place: &str) {
        self.say(|| format!("-- the process dies {place}"));
        self.inner().dead = true;
        self.died.notify_one();
    }

    pub(crate) fn revive(&self) {
        self.inner().dead = false;
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.inner().dead
    }

    /// A place where the process may die. Never returns once it has.
    pub(crate) async fn may_die(&self, place: &str) {
        if !self.is_dead() && self.one_in(60) {
            self.kill(place);
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }
}

/// The store's side of dying: before a commit nothing of it is written, after it all of it is.
pub(crate) struct DeadlyCommits(pub(crate) Arc<World>);

impl CommitObserver for DeadlyCommits {
    fn before_commit(&self, _: u64) -> Result<(), StoreError> {
        if !self.0.is_dead() && self.0.one_in(80) {
            self.0.kill("before a commit");
        }
        if self.0.is_dead() {
            return Err(StoreError::Failed { reason: "the process is dead".to_owned() });
        }
        if self.0.one_in(150) {
            self.0.say(|| "the disk is full".to_owned());
            return Err(StoreError::Full { reason: "no space left".to_owned() });
        }
        Ok(())
    }

    fn after_commit(&self, _: u64) -> Result<(), StoreError> {
        if self.0.one_in(80) {
            self.0.kill("after a commit");
            return Err(StoreError::Failed { reason: "the process is dead".to_owned() });
        }
        Ok(())
    }
}

#[async_trait]
impl Clock for World {
    fn now(&self) -> Timestamp {
        self.inner().now
    }

    async fn sleep_until(&self, _: Timestamp) {
        std::future::pending::<()>().await;
    }
}

impl IdSource for World {
    fn uuid(&self) -> Uuid {
        let mut inner = self.inner();
        inner.ids += 1;
        Uuid::from_u128((0x7000 << 64) | u128::from(inner.ids))
    }
}

#[async_trait]
impl Keychain for World {
    async fn read(&self, connection: ConnectionId) -> Result<Option<SecretString>, KeychainError> {
        self.may_die("while reading the keychain").await;
        if self.one_in(40) {
            return Err(KeychainError::Locked { reason: "dismissed".to_owned() });
        }
        Ok(self.inner().secrets.get(&connection).cloned())
    }

    async fn write(&self, connection: ConnectionId, secret: SecretString) -> Result<(), KeychainError> {
        self.inner().secrets.insert(connection, secret);
        Ok(())
    }

    async fn remove(&self, connection: ConnectionId) -> Result<(), KeychainError> {
        self.inner().secrets.remove(&connection);
        Ok(())
    }

    async fn read_part(&self, _: ConnectionId, _: SecretPart) -> Result<Option<SecretString>, KeychainError> {
        Ok(None)
    }

    async fn write_part(&self, _: ConnectionId, _: SecretPart, _: SecretString) -> Result<(), KeychainError> {
        Ok(())
    }

    async fn remove_part(&self, _: ConnectionId, _: SecretPart) -> Result<(), KeychainError> {
        Ok(())
    }

    async fn read_smoke_secret(&self, _: ProductId, _: &str) -> Result<Option<SecretString>, KeychainError> {
        Ok(None)
    }

    async fn write_smoke_secret(&self, _: ProductId, _: &str, _: Option<SecretString>) -> Result<(), KeychainError> {
        Ok(())
    }

    async fn signing_seed(&self, _: &Actor) -> Result<SigningSeed, KeychainError> {
        self.may_die("while reading the signing key").await;
        Ok(SecretBox::new(Box::new([7; SEED_LENGTH])))
    }

    async fn probe(&self) -> Result<(), KeychainError> {
        Ok(())
    }
}

#[async_trait]
impl Notifier for World {
    async fn notify(&self, _: &Alert) -> Result<(), NotifyError> {
        self.inner().alerts += 1;
        Ok(())
    }
}
