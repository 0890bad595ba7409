//! A list query put together from the filters that are set.

use super::rows::{READ, bind, not_found};
use super::{Pool, Row};
use crate::entity::{Column, Entity};
use crate::error::Fault;
use crate::rules::page;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

/// A list query over one table.
pub(super) struct Select {
    kind: &'static str,
    sql: String,
    values: Vec<Column>,
}

impl Select {
    /// All entities of a table.
    pub(super) fn entities<E: Entity>() -> Self {
        Self::of(E::KIND, READ)
    }

    /// These columns of a table.
    pub(super) fn of(kind: &'static str, columns: &str) -> Self {
        Self { kind, sql: format!("SELECT {columns} FROM {kind} WHERE 1 = 1"), values: Vec::new() }
    }

    /// Only where the condition, which needs no value, holds.
    pub(super) fn only(mut self, when: bool, condition: &str) -> Self {
        if when {
            self.sql.push_str(" AND ");
            self.sql.push_str(condition);
        }
        self
    }

    /// Only where the comparison with the value holds; any row for `None`.
    pub(super) fn with(mut self, comparison: &str, value: Option<impl Into<Column>>) -> Self {
        if let Some(value) = value {
            self.sql.push_str(" AND ");
            self.sql.push_str(comparison);
            self.push(value.into());
        }
        self
    }

    /// Only what comes after the row with this id, where `at` is the column that the list is sorted by, newest first.
    pub(super) async fn after(mut self, pool: &Pool, at: &str, id: Option<Uuid>) -> Result<Self, Fault> {
        if let Some(id) = id {
            let sql = format!("SELECT {at} FROM {} WHERE id = $1", self.kind);
            let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await?;
            let since: i64 = row.ok_or_else(|| not_found(self.kind, id))?.try_get(0)?;
            self.sql.push_str(&format!(" AND ({at}, id) < ("));
            self.push(since.into());
            self.sql.push_str(", ");
            self.push(id.into());
            self.sql.push(')');
        }
        Ok(self)
    }

    /// The rows, in order, at most a page.
    pub(super) async fn fetch(mut self, pool: &Pool, order: &str, limit: u32) -> Result<Vec<Row>, Fault> {
        self.sql.push_str(" ORDER BY ");
        self.sql.push_str(order);
        self.sql.push_str(" LIMIT ");
        self.push(i64::from(page(limit)).into());
        let query = self.values.into_iter().fold(sqlx::query(AssertSqlSafe(self.sql)), bind);
        Ok(query.fetch_all(pool).await?)
    }

    fn push(&mut self, value: Column) {
        self.values.push(value);
        self.sql.push_str(&format!("${}", self.values.len()));
    }
}
