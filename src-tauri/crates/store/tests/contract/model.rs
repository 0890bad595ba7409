//! Random changes, done to a database and to the memory: they answer the same, and hold the same at the end.

use crate::fixtures::{
    at, check, check_state, connection, deployment, entry, environment, gate, incident, lock, measurement, mira, product, release, schedule,
};
use crate::lab::Lab;
use crate::manual_runs::requested;
use crate::unplanned::of_product;
use pilothouse_domain::audit::{ChainHead, verify};
use pilothouse_domain::check::{Health, HealthCheck, Outcome};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::deployment::{Deployment, DeploymentEffect, DeploymentState};
use pilothouse_domain::gate::{Gate, GateState, GateVerdict, GivenAnswer, GoneCause};
use pilothouse_domain::incident::Incident;
use pilothouse_domain::lock::Lock;
use pilothouse_domain::manual_run::{ManualRun, ManualRunState, StartedRun};
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::unplanned::{UnplannedRun, UnplannedState};
use pilothouse_engine::ports::store::{ChangeSet, GateFilter, OutboxSubject, OutboxWrite, Store, UnplannedRunFilter, Write};
use pilothouse_store::StoreOptions;
use pilothouse_store::memory::MemoryDatabase;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

/// The things that a run writes, again and again, in different states.
struct Cast {
    connection: Connection,
    products: Vec<Product>,
    environments: Vec<Environment>,
    checks: Vec<HealthCheck>,
    releases: Vec<Release>,
    deployments: Vec<Deployment>,
    incidents: Vec<Incident>,
    locks: Vec<Lock>,
    gates: Vec<Gate>,
    unplanned: Vec<UnplannedRun>,
    by_hand: Vec<ManualRun>,
}

impl Cast {
    fn new() -> Self {
        let connection = connection();
        let products: Vec<_> = ["Checkout", "Shop"].map(|name| product(connection.id, name)).into();
        let environments: Vec<_> =
            products.iter().flat_map(|product| [environment(product.id, "staging", 0), environment(product.id, "production", 1)]).collect();
        let checks = environments.iter().map(|environment| check(environment, "Front page")).collect();
        let releases: Vec<_> = (0..4).map(|n| release(products[n % 2].id, &format!("1.{n}.0"), 5)).collect();
        let deployments = (0..6)
            .map(|n| deployment(&releases[n % 4], &environments[(n % 2) * 2], i64::try_from(n).unwrap() % 3, DeploymentState::InProgress))
            .collect();
        let incidents = (0..3).map(|n| incident(&environments[n % 2], u32::try_from(n).unwrap() + 1, 7)).collect();
        let locks = environments.iter().take(2).map(|environment| lock(environment.product_id, Some(environment.id), 3)).collect();
        // Two of each are of one thing at the provider, which can't be there twice.
        let gates = (0..4).map(|n| gate(connection.id, &environments[n % 2], ["36-1", "36-1", "37-1", "38-1"][n], 6)).collect();
        let touched = |n: usize| vec![environments[n].id, environments[n + 1].id];
        let unplanned =
            (0..4).map(|n| of_product(products[n % 2].id, touched(n % 2 * 2), connection.id, ["51", "52", "51", "53"][n], 4)).collect();
        let by_hand = (0..3).map(|n| requested(connection.id, "acme/checkout", n)).collect();
        Self { connection, products, environments, checks, releases, deployments, incidents, locks, gates, unplanned, by_hand }
    }

    /// What everything else refers to.
    fn entrance(&self) -> Vec<Write> {
        let connection = std::iter::once(Write::Connection(self.connection.clone()));
        connection
            .chain(self.products.iter().cloned().map(Write::Product))
            .chain(self.environments.iter().cloned().map(Write::Environment))
            .chain(self.releases.iter().cloned().map(Write::Release))
            .collect()
    }

    /// The write of these numbers: what, which, how, and by how much the revision is off that it claims to have read.
    async fn write(&self, store: &dyn Store, (what, which, how, off): Numbers) -> Write {
        macro_rules! one {
            ($list:ident, $read:ident) => {{
                let mut row = self.$list[which % self.$list.len()].clone();
                row.revision = store.$read(row.id).await.map_or(0, |stored| stored.revision) + off;
                row
            }};
        }
        match what % 19 {
            0 => {
                let stored = store.connection(self.connection.id).await.map_or(0, |stored| stored.revision);
                Write::Connection(Connection { revision: stored + off, ..self.connection.clone() })
            }
            1 => {
                let row = one!(products, product);
                Write::Product(if how % 3 == 0 { Product { name: "Shop".into(), ..row } } else { row })
            }
            2 => Write::Environment(Environment { position: u16::from(how % 3), ..one!(environments, environment) }),
            3 | 4 => Write::Check(one!(checks, check)),
            5 => {
                let check = one!(checks, check).id;
                let before = store.check_state(check).await.unwrap_or_default().filter(|_| off == 0);
                let after = check_state(if how % 2 == 0 { Health::Failing } else { Health::Healthy });
                Write::CheckState { check, before, after }
            }
            6 => {
                let row = one!(releases, release);
                Write::Release(if how % 4 == 0 { Release { version: "1.0.0".parse().unwrap(), ..row } } else { row })
            }
            7..=9 => {
                let state = match how % 4 {
                    0 => DeploymentState::Queued { waits_for: None },
                    1 => DeploymentState::InProgress,
                    2 => crate::fixtures::succeeded(9),
                    _ => crate::fixtures::failed(9),
                };
                Write::Deployment(Deployment { state, deployed_at: (how % 8 > 3).then(|| at(8)), ..one!(deployments, deployment) })
            }
            10 => Write::Incident(Incident { closed_at: (how % 2 == 0).then(|| at(9)), ..one!(incidents, incident) }),
            11 => {
                let mut row = self.locks[which % self.locks.len()].clone();
                let stored = store.locks(None).await.unwrap_or_default();
                row.revision = stored.iter().find(|lock| lock.id == row.id).map_or(0, |lock| lock.revision) + off;
                Write::Lock(row)
            }
            12 => Write::Setting { key: which.to_string(), value: how.to_string() },
            13 => {
                let answer =
                    GivenAnswer { verdict: GateVerdict::Approve, comment: "as planned".into(), inputs: Vec::new(), by: mira(), at: at(7) };
                let state = match how % 4 {
                    0 => GateState::Waiting { not_taken: None },
                    1 => GateState::Answering { answer },
                    2 => GateState::Answered { answer, at: at(8), confirmed: true },
                    _ => GateState::Gone { at: at(8), cause: GoneCause::Elsewhere },
                };
                Write::Gate(Gate { state, ..one!(gates, gate) })
            }
            14 => {
                let state = match how % 2 {
                    0 => UnplannedState::Open,
                    _ => UnplannedState::Explained { reason: "a hotfix".into(), by: mira(), at: at(9), release_id: None },
                };
                Write::UnplannedRun(UnplannedRun { state, ..one!(unplanned, unplanned_run) })
            }
            15 => {
                let run = StartedRun { external_id: (how % 3).to_string(), url: String::new() };
                let state = match how % 2 {
                    0 => ManualRunState::Requested,
                    _ => ManualRunState::Started { run, at: at(9), was_found: false },
                };
                Write::ManualRun(ManualRun { state, ..one!(by_hand, manual_run) })
            }
            16 => Write::RemoveCheck(one!(checks, check)),
            17 => Write::RemoveEnvironment(one!(environments, environment)),
            _ => Write::RemoveProduct(one!(products, product)),
        }
    }
}

type Numbers = (u8, usize, u8, u32);

/// Mostly changes, seldom removals, and now and then a revision that is not the stored one.
fn numbers() -> impl Strategy<Value = Numbers> {
    (prop_oneof![30 => 0_u8..16, 2 => 16_u8..18, 1 => Just(18)], 0_usize..6, 0_u8..12, prop_oneof![9 => Just(0_u32), 1 => Just(1)])
}

async fn assert_same(one: &dyn Store, two: &dyn Store, cast: &Cast) {
    macro_rules! same {
        ($($method:ident($($argument:expr),*)),+ $(,)?) => {
            $(assert_eq!(one.$method($($argument),*).await, two.$method($($argument),*).await);)+
        };
    }
    same!(
        connections(),
        products(),
        environments(None),
        checks(None),
        check_states(),
        releases(&Default::default()),
        deployments(&Default::default()),
        locks(None),
        incidents(&Default::default()),
        gates(&Default::default()),
        gates(&GateFilter { open_only: true, ..Default::default() }),
        unplanned_runs(&Default::default()),
        unplanned_runs(&UnplannedRunFilter { open_only: true, ..Default::default() }),
        manual_runs(&Default::default()),
        last_incident_number(),
        audit_after(0, 10_000),
        audit_head(),
        changes_after(0, 10_000),
        last_change(),
        next_due("nobody", at(50)),
    );
    assert_eq!(*one.commits().borrow(), *two.commits().borrow());
    for product in &cast.products {
        same!(policy_deployments(product.id), environments(Some(product.id)), locks(Some(product.id)));
    }
    for check in &cast.checks {
        same!(measurements(check.id, at(100), 100));
    }
    let events = one.audit_after(0, 10_000).await.unwrap();
    assert_eq!(verify(&ChainHead::default(), &events).unwrap(), one.audit_head().await.unwrap());
    let seqs: Vec<u32> = one.changes_after(0, 10_000).await.unwrap().iter().map(|notice| notice.seq).collect();
    assert_eq!(seqs, (1..=one.last_change().await.unwrap()).collect::<Vec<_>>());
}

/// Does the changes to both; how many were written, and how many were refused.
async fn run(database: &dyn Store, changes: &[Vec<Numbers>]) -> (u32, u32) {
    let (mut written, mut refused) = (0, 0);
    let memory = MemoryDatabase::default().open(StoreOptions::default());
    let cast = Cast::new();
    for store in [database, &memory as &dyn Store] {
        crate::fixtures::put(store, cast.entrance()).await.unwrap();
    }
    for (step, change) in (0_i64..).zip(changes) {
        let subject = OutboxSubject::Deployment(cast.deployments[change.len() % 6].id);
        let outbox = if step % 5 == 4 { OutboxWrite::Clear { subject } } else { schedule(subject, DeploymentEffect::ObserveRun, step) };
        let mut writes = Vec::new();
        for numbers in change {
            writes.push(cast.write(&memory, *numbers).await);
        }
        let change = ChangeSet { writes, audit: vec![entry("test.step", step, Some(cast.products[0].id))], outbox: vec![outbox] };
        let (theirs, ours) = (database.commit(change.clone()).await, memory.commit(change.clone()).await);
        assert_eq!(theirs, ours, "step {step}: {change:#?}");
        *if ours.is_ok() { &mut written } else { &mut refused } += 1;
        let measured = [(cast.checks[0].id, measurement(step, Outcome::Passed))];
        database.record_measurements(&measured).await.unwrap();
        memory.record_measurements(&measured).await.unwrap();
        let holder = if step % 3 == 0 { "a" } else { "b" };
        let leased = database.claim_lease("duty", holder, at(step), at(step + 2)).await;
        assert_eq!(leased, memory.claim_lease("duty", holder, at(step), at(step + 2)).await, "step {step}");
        let claimed = database.claim_due(holder, at(step), at(step + 4), 2).await;
        assert_eq!(claimed, memory.claim_due(holder, at(step), at(step + 4), 2).await, "step {step}");
    }
    assert_same(database, &memory, &cast).await;
    (written, refused)
}

pub(crate) async fn the_databases_do_what_the_memory_does(lab: &Lab) {
    let strategy = proptest::collection::vec(proptest::collection::vec(numbers(), 1..4), 20..60);
    let mut runner = TestRunner::new_with_rng(Config::default(), proptest::test_runner::TestRng::deterministic_rng(Default::default()));
    let mut all = (0, 0);
    for _ in 0..8 {
        let changes = strategy.new_tree(&mut runner).unwrap().current();
        let fresh = match lab {
            Lab::Sqlite(_) => Lab::sqlite().await,
            _ => Lab::postgres().await,
        }
        .unwrap();
        let (written, refused) = run(&*fresh.open().await, &changes).await;
        all = (all.0 + written, all.1 + refused);
        fresh.finish().await;
    }
    assert!(all.0 > 100 && all.1 > 50, "{all:?}: a run must write and be refused to show anything");
}
