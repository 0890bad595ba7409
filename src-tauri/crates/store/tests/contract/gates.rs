//! What waits for a person at a provider: found by whose it is, alone under its name while it is open, gone with what it belongs to.

use crate::fixtures::{World, at, audited, connection, deployment, gate, put, succeeded};
use crate::lab::Lab;
use pilothouse_domain::connection::Connection;
use pilothouse_domain::gate::{Gate, GateState, GoneCause};
use pilothouse_domain::{Actor, GateId};
use pilothouse_engine::ports::notifier::{Alert, AlertSubject, Urgency};
use pilothouse_engine::ports::store::{GateFilter, OutboxEffect, OutboxSubject, OutboxWrite, Store, StoreError, Write};

async fn found(store: &dyn Store, filter: GateFilter) -> Vec<GateId> {
    store.gates(&filter).await.unwrap().iter().map(|gate| gate.id).collect()
}

fn gone() -> GateState {
    GateState::Gone { at: at(9), cause: GoneCause::Elsewhere }
}

pub(crate) async fn a_gate_is_found_by_whose_it_is(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let release = world.release(&*store, "1.1.0", 1).await;
    let rollout = deployment(&release, &world.staging, 1, succeeded(2));
    let mut ours = gate(world.connection.id, &world.staging, "36-1", 3);
    ours.belongs.deployment_id = Some(rollout.id);
    ours.belongs.release_id = Some(release.id);
    let ended = Gate { state: gone(), ..gate(world.connection.id, &world.production, "36-2", 4) };
    let mut strange = gate(world.connection.id, &world.production, "40-1", 5);
    strange.belongs = Default::default();
    strange.repository = "acme/other".into();
    put(&*store, vec![Write::Deployment(rollout.clone())]).await.unwrap();
    put(&*store, [&ours, &ended, &strange].map(|gate| Write::Gate(gate.clone())).into()).await.unwrap();

    assert_eq!(store.gate(ours.id).await.unwrap(), Gate { revision: 1, ..ours.clone() });
    assert_eq!(found(&*store, GateFilter::default()).await, [strange.id, ended.id, ours.id]);
    assert_eq!(found(&*store, GateFilter { open_only: true, ..GateFilter::default() }).await, [strange.id, ours.id]);
    assert_eq!(found(&*store, GateFilter { limit: 1, ..GateFilter::default() }).await, [strange.id]);
    assert_eq!(found(&*store, GateFilter { product: Some(world.product.id), ..GateFilter::default() }).await, [ended.id, ours.id]);
    assert_eq!(found(&*store, GateFilter { deployment: Some(rollout.id), ..GateFilter::default() }).await, [ours.id]);
    let place = GateFilter { connection: Some(world.connection.id), repository: Some("acme/other".into()), ..GateFilter::default() };
    assert_eq!(found(&*store, place).await, [strange.id]);

    let missing = GateId::new(crate::fixtures::uuid());
    assert_eq!(store.gate(missing).await, Err(StoreError::NotFound { kind: "gate", id: missing.to_string() }));
    let stale = put(&*store, vec![Write::Gate(ours.clone())]).await;
    assert_eq!(stale, Err(StoreError::Conflict { kind: "gate", id: ours.id.to_string() }));
}

pub(crate) async fn one_gate_of_a_name_is_open_at_a_place(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let first = gate(world.connection.id, &world.staging, "36-1", 3);
    put(&*store, vec![Write::Gate(first.clone())]).await.unwrap();
    let again = gate(world.connection.id, &world.staging, "36-1", 4);
    let taken = put(&*store, vec![Write::Gate(again.clone())]).await;
    assert!(matches!(taken, Err(StoreError::Taken { constraint, .. }) if constraint == "gate_open_key"));
    let elsewhere = Gate { repository: "acme/other".into(), ..gate(world.connection.id, &world.staging, "36-1", 4) };
    put(&*store, vec![Write::Gate(elsewhere)]).await.unwrap();
    // In one change: what has ended makes room.
    put(&*store, vec![Write::Gate(Gate { revision: 1, state: gone(), ..first }), Write::Gate(again.clone())]).await.unwrap();
    assert_eq!(store.gate(again.id).await.unwrap().revision, 1);
}

/// Two accounts, of which one holds no product; a gate in each environment, one of nobody's, one through the spare account.
async fn furnish(store: &dyn Store, world: &World) -> (Connection, [Gate; 4]) {
    let spare = Connection { name: "Spare".into(), ..connection() };
    let mut nobodys = gate(world.connection.id, &world.staging, "40-1", 5);
    nobodys.belongs = Default::default();
    let mut through_spare = gate(spare.id, &world.staging, "41-1", 6);
    through_spare.belongs = Default::default();
    let gates = [
        gate(world.connection.id, &world.staging, "36-1", 3),
        gate(world.connection.id, &world.production, "36-2", 4),
        nobodys,
        through_spare,
    ];
    let mut writes = vec![Write::Connection(spare.clone())];
    writes.extend(gates.iter().map(|gate| Write::Gate(gate.clone())));
    let mut change = audited(writes);
    change.outbox = gates
        .iter()
        .map(|gate| {
            let alert = Alert {
                about: Some(AlertSubject::Gate(gate.id)),
                title: "Approve staging".into(),
                body: String::new(),
                urgency: Urgency::Normal,
                at: at(3),
                concerns: Some(Actor::Engine),
            };
            let effect = if gate.external_id == "36-1" { OutboxEffect::LookAtGate } else { OutboxEffect::Alert(alert) };
            OutboxWrite::Schedule { subject: OutboxSubject::Gate(gate.id), effect, written_at: at(3), due_at: at(3) }
        })
        .collect();
    store.commit(change).await.unwrap();
    (Connection { revision: 1, ..spare }, gates)
}

async fn left(store: &dyn Store) -> (Vec<GateId>, Vec<OutboxSubject>) {
    let due = store.claim_due("me", at(9), at(60), 9).await.unwrap().iter().map(|entry| entry.subject).collect();
    (found(store, GateFilter::default()).await, due)
}

pub(crate) async fn a_gate_goes_with_what_it_belongs_to(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (spare, [staging, production, nobodys, through_spare]) = furnish(&*store, &world).await;
    put(&*store, vec![Write::RemoveEnvironment(world.staging.clone())]).await.unwrap();
    let (gates, due) = left(&*store).await;
    assert_eq!(gates, [through_spare.id, nobodys.id, production.id]);
    assert!(!due.contains(&OutboxSubject::Gate(staging.id)) && due.len() == 3, "nothing is done about what is gone: {due:?}");
    put(&*store, vec![Write::RemoveConnection(spare)]).await.unwrap();
    let (gates, due) = left(&*store).await;
    assert_eq!((gates, due.len()), (vec![nobodys.id, production.id], 2));
    put(&*store, vec![Write::RemoveProduct(world.product.clone())]).await.unwrap();
    let (gates, due) = left(&*store).await;
    assert_eq!((gates, due), (vec![nobodys.id], vec![OutboxSubject::Gate(nobodys.id)]));
    put(&*store, vec![Write::RemoveConnection(world.connection.clone())]).await.unwrap();
    assert_eq!(left(&*store).await, (Vec::new(), Vec::new()));
}
