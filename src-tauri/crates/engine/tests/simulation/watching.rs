//! The loops over a clock that is moved by hand: two hosts on one database measure each check once, one that dies is replaced, and
//! a clock that is set back holds nothing up.

use crate::provider::{Registry, SimProvider};
use crate::scenario::environment;
use crate::service::Services;
use crate::world::World;
use async_trait::async_trait;
use pilothouse_domain::check::{Measurement, Outcome};
use pilothouse_domain::connection::{ConnectionSettings, ProviderKind};
use pilothouse_domain::deployment::Pacing;
use pilothouse_domain::{Actor, IncidentId, Timestamp};
use pilothouse_engine::ports::prober::{HttpProbe, InstanceVersion, Prober};
use pilothouse_engine::ports::provider::NetworkSecrets;
use pilothouse_engine::ports::store::{ChangeSet, OutboxEffect, OutboxSubject, OutboxWrite};
use pilothouse_engine::ports::{Alert, Clock, Notifier, NotifyError, Urgency};
use pilothouse_engine::usecases::{NewConnection, NewProduct};
use pilothouse_engine::{Engine, Ports};
use pilothouse_store::StoreOptions;
use pilothouse_store::memory::MemoryDatabase;
use secrecy::SecretString;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A clock that is moved by hand.
pub(crate) struct Hand(watch::Sender<Timestamp>);

#[async_trait]
impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let mut moves = self.0.subscribe();
        let mut seen = *moves.borrow_and_update();
        while seen < at {
            moves.changed().await.unwrap();
            let before = std::mem::replace(&mut seen, *moves.borrow_and_update());
            if seen < before {
                return;
            }
        }
    }
}

/// What one host did.
#[derive(Default)]
struct Deeds {
    measured: Mutex<Vec<Timestamp>>,
    alerts: AtomicU32,
    /// While it is true, measurements get no answer.
    holds: watch::Sender<bool>,
}

struct Instruments {
    deeds: Arc<Deeds>,
    clock: Arc<Hand>,
}

#[async_trait]
impl Prober for Instruments {
    async fn http(&self, _: &HttpProbe<'_>, _: Duration) -> Measurement {
        let at = self.clock.now();
        self.deeds.measured.lock().unwrap().push(at);
        self.deeds.holds.subscribe().wait_for(|holds| !holds).await.unwrap();
        Measurement { at, latency_us: Some(1_000), outcome: Outcome::Passed }
    }

    async fn running_versions(&self, _: &[String], _: &str, _: Duration) -> Vec<InstanceVersion> {
        Vec::new()
    }
}

#[async_trait]
impl Notifier for Instruments {
    async fn notify(&self, _: &Alert) -> Result<(), NotifyError> {
        self.deeds.alerts.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A database that hosts share, and their clock.
pub(crate) struct Room {
    database: MemoryDatabase,
    pub(crate) world: Arc<World>,
    pub(crate) clock: Arc<Hand>,
}

pub(crate) struct Host {
    pub(crate) engine: Arc<Engine>,
    pub(crate) provider: Arc<SimProvider>,
    deeds: Arc<Deeds>,
}

impl Host {
    fn measured(&self) -> usize {
        self.deeds.measured.lock().unwrap().len()
    }

    fn watch(&self) -> (CancellationToken, tokio::task::JoinHandle<()>) {
        let cancel = CancellationToken::new();
        (cancel.clone(), tokio::spawn(Arc::clone(&self.engine).watch_health(cancel)))
    }
}

impl Room {
    pub(crate) fn new() -> Self {
        let start = Timestamp::from_micros(1_780_000_000_000_000).unwrap();
        Self { database: MemoryDatabase::default(), world: World::new(0, false), clock: Arc::new(Hand(watch::Sender::new(start))) }
    }

    pub(crate) fn host(&self) -> Host {
        let deeds = Arc::new(Deeds::default());
        let instruments = Arc::new(Instruments { deeds: Arc::clone(&deeds), clock: Arc::clone(&self.clock) });
        let services = Services::new(Arc::clone(&self.world));
        let provider = SimProvider::new(Arc::clone(&self.world), services);
        let ports = Ports {
            store: Arc::new(self.database.open(StoreOptions::default())),
            providers: Arc::new(Registry(Arc::clone(&provider))),
            keychain: Arc::clone(&self.world) as _,
            notifier: Arc::clone(&instruments) as _,
            prober: instruments,
            clock: Arc::clone(&self.clock) as _,
            ids: Arc::clone(&self.world) as _,
        };
        Host { engine: Arc::new(Engine::new(ports, Pacing::default())), provider, deeds }
    }

    /// A product with one check over HTTP, every ten seconds.
    pub(crate) async fn furnish(&self, engine: &Engine) {
        let mira = Actor::person("Mira Okafor");
        let connection = NewConnection {
            settings: ConnectionSettings::default(),
            kind: ProviderKind::Github,
            name: "Simulated".to_owned(),
            base_url: String::new(),
            token: SecretString::from("token"),
            session_token: None,
            network: NetworkSecrets::default(),
            trust: None,
        };
        let (connection, _) = engine.add_connection(&mira, connection).await.unwrap();
        let mut staging = environment("staging", 0);
        staging.checks.retain(|check| check.name == "home");
        let product = NewProduct {
            name: "Checkout".to_owned(),
            connection_id: connection.id,
            repository: "nordwind/checkout".to_owned(),
            tag_prefix: "v".to_owned(),
            team: pilothouse_domain::team::TeamRules::default(),
            settings_source: None,
            environments: vec![staging],
        };
        engine.add_product(&mira, product).await.unwrap();
    }

    /// Lets everybody do what there is to do now. There is one thread, and nothing outside it is waited for.
    pub(crate) async fn settle(&self) {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn pass(&self, seconds: u64) {
        for _ in 0..seconds {
            self.clock.0.send_modify(|now| *now = now.plus(Duration::from_secs(1)));
            self.settle().await;
        }
    }

    async fn set_back(&self, seconds: i64) {
        self.clock.0.send_modify(|now| *now = Timestamp::from_micros(now.as_micros() - seconds * 1_000_000).unwrap());
        self.settle().await;
    }
}

#[tokio::test]
async fn of_two_hosts_one_measures_and_the_other_takes_over_when_it_dies() {
    let room = Room::new();
    let (one, other) = (room.host(), room.host());
    room.furnish(&one.engine).await;
    let (_, dying) = one.watch();
    room.settle().await;
    let (leave, leaving) = other.watch();
    room.pass(60).await;
    assert_eq!((one.measured(), other.measured()), (7, 0), "at the start and every ten seconds, by one of them");

    // Killed: it gives nothing up. The lease is 45 s long, and whoever stands by looks every ten seconds.
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    room.pass(29).await;
    assert_eq!(other.measured(), 0, "the lease still runs");
    room.pass(26).await;
    assert!(other.measured() > 0, "taken over");
    let before = other.measured();
    room.pass(60).await;
    assert_eq!((one.measured(), other.measured()), (7, before + 6));

    // Stopped in order: it hands over.
    let (stop, _) = one.watch();
    room.pass(1).await;
    leave.cancel();
    leaving.await.unwrap();
    let before = other.measured();
    room.pass(11).await;
    assert!(one.measured() > 7, "at its next look");
    assert_eq!(other.measured(), before);
    stop.cancel();
}

#[tokio::test]
async fn what_a_host_measured_after_its_turn_is_not_written() {
    let room = Room::new();
    let (one, other) = (room.host(), room.host());
    room.furnish(&one.engine).await;
    one.deeds.holds.send_replace(true);
    let (_, sleeping) = one.watch();
    room.settle().await;
    assert_eq!(one.measured(), 1, "begun, and without an answer");
    // Somebody else's turn comes before the answer does.
    let holder = one.engine.holder().to_owned();
    one.engine.store().release_lease("health_monitor", &holder).await.unwrap();
    let (_, watching) = other.watch();
    room.settle().await;
    room.pass(20).await;
    one.deeds.holds.send_replace(false);
    room.settle().await;
    let store = one.engine.store();
    let check = store.checks(None).await.unwrap()[0].id;
    let kept = store.measurements(check, room.clock.now().plus(Duration::from_secs(1)), 10).await.unwrap();
    assert_eq!((one.measured(), other.measured(), kept.len()), (1, 3, 3), "what the other one measured is all there is");
    sleeping.abort();
    watching.abort();
}

#[tokio::test]
async fn a_clock_that_is_set_back_holds_up_no_measurement() {
    let room = Room::new();
    let host = room.host();
    room.furnish(&host.engine).await;
    let (stop, _) = host.watch();
    room.pass(25).await;
    assert_eq!(host.measured(), 3);
    room.set_back(3_600).await;
    room.pass(30).await;
    assert_eq!(host.measured(), 6, "every ten seconds, as before");
    stop.cancel();
}

#[tokio::test]
async fn a_clock_that_is_set_back_holds_up_no_entry_of_the_outbox() {
    let room = Room::new();
    let host = room.host();
    let cancel = CancellationToken::new();
    let carrying = tokio::spawn(Arc::clone(&host.engine).carry_on(cancel.clone()));
    let now = room.clock.now();
    let alert = Alert {
        about: None,
        title: "Checkout is failing".to_owned(),
        body: String::new(),
        urgency: Urgency::Critical,
        at: now,
        concerns: None,
    };
    let entry = OutboxWrite::Schedule {
        subject: OutboxSubject::Incident(IncidentId::new(uuid::Uuid::from_u128(1))),
        effect: OutboxEffect::Alert(alert),
        written_at: now,
        due_at: now.plus(Duration::from_secs(30)),
    };
    host.engine.store().commit(ChangeSet { outbox: vec![entry], ..ChangeSet::default() }).await.unwrap();
    room.pass(20).await;
    room.set_back(3_600).await;
    room.pass(29).await;
    assert_eq!(host.deeds.alerts.load(Ordering::Relaxed), 0, "it waits anew");
    room.pass(1).await;
    assert_eq!(host.deeds.alerts.load(Ordering::Relaxed), 1, "but no longer than it was to");
    cancel.cancel();
    carrying.await.unwrap();
}
