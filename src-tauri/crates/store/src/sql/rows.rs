//! Entities in and out of their tables.

use super::{Connection, Db, Pool, Row};
use crate::entity::{Column, Entity};
use crate::error::{Fault, corrupt, unique_index};
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::store::StoreError;
use serde::de::DeserializeOwned;
use sqlx::error::ErrorKind;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

type Query<'q> = sqlx::query::Query<'q, Db, <Db as sqlx::Database>::Arguments>;

/// The columns that [`read`] reads, in its order.
pub(super) const READ: &str = "id, revision, body";

/// Binds a column's value.
pub(super) fn bind(query: Query<'_>, value: Column) -> Query<'_> {
    match value {
        Column::Id(id) => query.bind(id),
        Column::Number(number) => query.bind(number),
        Column::Text(text) => query.bind(text),
    }
}

/// An entity from its row.
pub(super) fn read<E: Entity>(row: &Row) -> Result<E, Fault> {
    let id: Uuid = row.try_get(0)?;
    let mut entity: E = parse(E::KIND, id, row.try_get(2)?)?;
    entity.set_revision(number(E::KIND, id, row.try_get(1)?)?);
    Ok(entity)
}

/// Entities from their rows.
pub(super) fn read_all<E: Entity>(rows: &[Row]) -> Result<Vec<E>, Fault> {
    rows.iter().map(read).collect()
}

/// A value from its JSON.
pub(super) fn parse<T: DeserializeOwned>(table: &str, key: impl std::fmt::Display, json: &str) -> Result<T, Fault> {
    serde_json::from_str(json).map_err(|error| corrupt(table, key, error))
}

/// A value as JSON.
pub(super) fn json<T: serde::Serialize>(table: &str, key: impl std::fmt::Display, value: &T) -> Result<String, Fault> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Failed { reason: format!("{table} {key} can't be written as JSON: {error}") }.into())
}

/// A number of the domain from a column.
pub(super) fn number<N: TryFrom<i64>>(table: &str, key: impl std::fmt::Display, value: i64) -> Result<N, Fault> {
    N::try_from(value).map_err(|_| corrupt(table, key, format_args!("{value} is out of range")))
}

/// A moment from a column.
pub(super) fn moment(table: &str, key: impl std::fmt::Display, micros: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_micros(micros).ok_or_else(|| corrupt(table, key, format_args!("{micros} is not a moment")))
}

/// One entity.
pub(super) async fn one<E: Entity>(pool: &Pool, id: Uuid) -> Result<E, Fault> {
    let sql = format!("SELECT {READ} FROM {} WHERE id = $1", E::KIND);
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await?;
    row.as_ref().map_or_else(|| Err(not_found(E::KIND, id)), read)
}

/// That a row isn't there.
pub(super) fn not_found(kind: &'static str, id: Uuid) -> Fault {
    StoreError::NotFound { kind, id: id.to_string() }.into()
}

fn conflict<E: Entity>(entity: &E) -> Fault {
    StoreError::Conflict { kind: E::KIND, id: entity.key().to_string() }.into()
}

/// Writes an entity: a new row for revision 0, else in place of the revision that was read.
pub(super) async fn write<E: Entity>(connection: &mut Connection, entity: &E) -> Result<(), Fault> {
    let next = entity.next();
    let body = json(E::KIND, entity.key(), &next)?;
    let revision = i64::from(next.revision());
    let columns = E::COLUMNS;
    let last = columns.len() + 3;
    let sql = if entity.revision() == 0 {
        let places: String = (4..=last).map(|n| format!(", ${n}")).collect();
        let columns = columns.join(", ");
        // Both databases look at the id first, and only then at what else is unique.
        format!("INSERT INTO {} (id, revision, body, {columns}) VALUES ($1, $2, $3{places}) ON CONFLICT (id) DO NOTHING", E::KIND)
    } else {
        let sets: String = columns.iter().zip(4..).map(|(column, n)| format!(", {column} = ${n}")).collect();
        format!("UPDATE {} SET revision = $2, body = $3{sets} WHERE id = $1 AND revision = ${}", E::KIND, last + 1)
    };
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(entity.key()).bind(revision).bind(body);
    for value in entity.columns() {
        query = bind(query, value);
    }
    if entity.revision() != 0 {
        query = query.bind(i64::from(entity.revision()));
    }
    match query.execute(connection).await {
        Ok(done) if done.rows_affected() == 1 => Ok(()),
        Ok(_) => Err(conflict(entity)),
        Err(error) => Err(refused_write(entity, error)),
    }
}

/// Takes an entity away.
pub(super) async fn remove<E: Entity>(connection: &mut Connection, entity: &E) -> Result<(), Fault> {
    let sql = format!("DELETE FROM {} WHERE id = $1 AND revision = $2", E::KIND);
    let done = sqlx::query(AssertSqlSafe(sql)).bind(entity.key()).bind(i64::from(entity.revision())).execute(connection).await;
    match done {
        Ok(done) if done.rows_affected() == 1 => Ok(()),
        Ok(_) => Err(conflict(entity)),
        Err(sqlx::Error::Database(error)) if error.kind() == ErrorKind::ForeignKeyViolation => {
            Err(StoreError::InUse { what: entity.words() }.into())
        }
        Err(error) => Err(error.into()),
    }
}

fn refused_write<E: Entity>(entity: &E, error: sqlx::Error) -> Fault {
    let sqlx::Error::Database(database) = &error else { return error.into() };
    match database.kind() {
        ErrorKind::UniqueViolation => match unique_index(&**database) {
            Some(index) => StoreError::Taken { constraint: index.to_owned(), what: entity.protected_by(index) }.into(),
            None => error.into(),
        },
        ErrorKind::ForeignKeyViolation => Fault::MissingParent(entity.parents()),
        _ => error.into(),
    }
}

/// Names the first of the rows that something refers to and that isn't there.
pub(super) async fn missing_parent(pool: &Pool, parents: Vec<(&'static str, Uuid)>) -> Fault {
    let Some(&(last_kind, last_id)) = parents.last() else {
        return StoreError::Failed { reason: "something that it refers to isn't there".to_owned() }.into();
    };
    for (kind, id) in parents {
        let sql = format!("SELECT 1 FROM {kind} WHERE id = $1");
        match sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await {
            Ok(Some(_)) => {}
            Ok(None) => return not_found(kind, id),
            Err(error) => return error.into(),
        }
    }
    not_found(last_kind, last_id)
}
