//! Lists in their order, and what the policy asks for.

use super::tables::Table;
use crate::entity::Entity;
use crate::rules::page;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::{DeploymentId, EnvironmentId, ProductId, ReleaseId, Timestamp};
use pilothouse_engine::ports::store::StoreError;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// One row.
pub(super) fn one<E: Entity>(table: &Table<E>, id: Uuid) -> Result<E, StoreError> {
    table.get(&id).map(|row| E::clone(row)).ok_or_else(|| StoreError::NotFound { kind: E::KIND, id: id.to_string() })
}

/// The rows that `keep` lets through, sorted by a key.
pub(super) fn sorted<E: Entity, K: Ord>(table: &Table<E>, keep: impl Fn(&E) -> bool, key: impl Fn(&E) -> K) -> Vec<E> {
    first(table, usize::MAX, keep, key)
}

/// The first so many of the rows that `keep` lets through, sorted by a key.
fn first<E: Entity, K: Ord>(table: &Table<E>, most: usize, keep: impl Fn(&E) -> bool, key: impl Fn(&E) -> K) -> Vec<E> {
    let mut rows: Vec<&Arc<E>> = table.values().filter(|row| keep(row)).collect();
    rows.sort_by_key(|row| key(row));
    rows.into_iter().take(most).map(|row| E::clone(row)).collect()
}

/// A page of the rows that `keep` lets through, newest first, after one of them.
pub(super) fn newest<E: Entity>(
    table: &Table<E>,
    keep: impl Fn(&E) -> bool,
    at: impl Fn(&E) -> Timestamp,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<E>, StoreError> {
    let since = after.map(|id| one(table, id).map(|row| (at(&row), id))).transpose()?;
    let before = |row: &E| since.is_none_or(|since| (at(row), row.key()) < since);
    let most = usize::try_from(page(limit)).unwrap_or(usize::MAX);
    Ok(first(table, most, |row| keep(row) && before(row), |row| Reverse((at(row), row.key()))))
}

/// The name as lists are sorted by it.
pub(super) fn by_name(name: &str, id: Uuid) -> (String, String, Uuid) {
    (name.to_ascii_lowercase(), name.to_owned(), id)
}

/// What the policy needs of a product's deployments.
pub(super) fn for_policy(table: &Table<Deployment>, product: ProductId) -> Vec<Deployment> {
    type Place = (EnvironmentId, ReleaseId);
    type Rank = (Option<Timestamp>, DeploymentId);
    let (mut latest, mut verified): (BTreeMap<Place, Rank>, BTreeMap<Place, Rank>) = (BTreeMap::new(), BTreeMap::new());
    let mut requested: BTreeMap<EnvironmentId, Rank> = BTreeMap::new();
    let mut has: BTreeMap<EnvironmentId, (Rank, Timestamp)> = BTreeMap::new();
    let mut wanted: BTreeSet<DeploymentId> = BTreeSet::new();
    for row in table.values().filter(|row| row.product_id == product) {
        let (place, rank) = ((row.environment_id, row.release_id), (row.deployed_at, row.id));
        let asked = (Some(row.requested_at), row.id);
        let last = requested.entry(row.environment_id).or_insert(asked);
        *last = asked.max(*last);
        if !row.state.is_terminal() {
            wanted.insert(row.id);
        }
        if row.deployed_at.is_some() {
            let best = latest.entry(place).or_insert(rank);
            *best = rank.max(*best);
            let one = (rank, row.requested_at);
            let best = has.entry(row.environment_id).or_insert(one);
            *best = one.max(*best);
        }
        if row.is_verified() {
            let best = verified.entry(place).or_insert(rank);
            *best = rank.max(*best);
        }
    }
    let is_since = |row: &Deployment| has.get(&row.environment_id).is_some_and(|(_, since)| row.requested_at >= *since);
    wanted.extend(table.values().filter(|row| row.product_id == product && is_since(row)).map(|row| row.id));
    wanted.extend(latest.values().chain(verified.values()).chain(requested.values()).map(|(_, id)| *id));
    sorted(table, |row| wanted.contains(&row.id), |row| Reverse((row.requested_at, row.id)))
}
