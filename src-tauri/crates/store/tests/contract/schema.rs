//! Both databases have the same shape after migration: tables, columns, what may be empty, keys, references, indexes.

use crate::lab::Lab;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::{BTreeMap, BTreeSet};

/// A database's shape, in words that both can be told in.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shape {
    /// Table → column → meaning and whether it may be empty.
    columns: BTreeMap<String, BTreeMap<String, (String, bool)>>,
    /// Table → columns of the primary key.
    keys: BTreeMap<String, Vec<String>>,
    /// Index → table, unique, columns, condition or not.
    indexes: BTreeMap<String, (String, bool, Vec<String>, bool)>,
    /// Table, column, other table, other column, what happens when that one goes.
    references: BTreeSet<(String, String, String, String, String)>,
}

fn meaning(type_name: &str) -> String {
    match type_name.to_lowercase().as_str() {
        // SQLite has one type for ids and for content.
        "blob" | "uuid" | "bytea" => "bytes",
        "integer" | "bigint" => "number",
        "text" => "text",
        other => panic!("{other} is no type of the schema"),
    }
    .to_owned()
}

async fn sqlite_shape(lab: &Lab) -> Shape {
    let mut connection = lab.sqlite_connection().await;
    let mut shape = Shape::default();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    for table in tables {
        let mut key = BTreeMap::new();
        for row in sqlx::query(AssertSqlSafe(format!("PRAGMA table_info({table})"))).fetch_all(&mut connection).await.unwrap() {
            let (name, place): (String, i64) = (row.get("name"), row.get("pk"));
            let column = (meaning(row.get("type")), row.get::<i64, _>("notnull") == 0);
            shape.columns.entry(table.clone()).or_default().insert(name.clone(), column);
            if place > 0 {
                key.insert(place, name);
            }
        }
        shape.keys.insert(table.clone(), key.into_values().collect());
        for row in sqlx::query(AssertSqlSafe(format!("PRAGMA foreign_key_list({table})"))).fetch_all(&mut connection).await.unwrap() {
            shape.references.insert((table.clone(), row.get("from"), row.get("table"), row.get("to"), row.get("on_delete")));
        }
        for row in sqlx::query(AssertSqlSafe(format!("PRAGMA index_list({table})"))).fetch_all(&mut connection).await.unwrap() {
            if row.get::<&str, _>("origin") == "pk" {
                continue;
            }
            let (name, unique, partial): (String, i64, i64) = (row.get("name"), row.get("unique"), row.get("partial"));
            let columns: Vec<String> =
                sqlx::query_scalar(AssertSqlSafe(format!("SELECT name FROM pragma_index_info('{name}') ORDER BY seqno")))
                    .fetch_all(&mut connection)
                    .await
                    .unwrap();
            shape.indexes.insert(name, (table.clone(), unique == 1, columns, partial == 1));
        }
    }
    shape
}

async fn postgres_shape(lab: &Lab) -> Shape {
    let mut connection = lab.postgres_connection().await;
    let mut shape = Shape::default();
    let rows = sqlx::query(
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES' FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_%'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    for row in rows {
        shape.columns.entry(row.get(0)).or_default().insert(row.get(1), (meaning(row.get(2)), row.get(3)));
    }
    let rows = sqlx::query(
        "SELECT t.relname::text, i.relname::text, x.indisprimary, x.indisunique, x.indpred IS NOT NULL, \
            ARRAY(SELECT a.attname::text FROM unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k(attnum, place) \
                  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum ORDER BY k.place) \
         FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
         WHERE t.relnamespace = current_schema()::regnamespace AND t.relname NOT LIKE '\\_%'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    for row in rows {
        let (table, columns): (String, Vec<String>) = (row.get(0), row.get(5));
        if row.get(2) {
            shape.keys.insert(table, columns);
        } else {
            shape.indexes.insert(row.get(1), (table, row.get(3), columns, row.get(4)));
        }
    }
    let rows = sqlx::query(
        "SELECT t.relname::text, a.attname::text, o.relname::text, b.attname::text, \
            CASE c.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' ELSE c.confdeltype::text END \
         FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class o ON o.oid = c.confrelid \
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1] \
            JOIN pg_attribute b ON b.attrelid = o.oid AND b.attnum = c.confkey[1] \
         WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    for row in rows {
        shape.references.insert((row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)));
    }
    shape
}

async fn sqlite_lab() -> Lab {
    let lab = Lab::sqlite().await.unwrap();
    drop(lab.open().await);
    lab
}

#[tokio::test]
async fn both_databases_have_the_same_shape() {
    let Some(postgres) = Lab::postgres().await else { return };
    drop(postgres.open().await);
    let (one, two) = (sqlite_shape(&sqlite_lab().await).await, postgres_shape(&postgres).await);
    assert!(one.columns.len() > 10 && one.references.len() > 10 && one.indexes.len() > 20, "{one:#?}");
    assert_eq!(one.columns, two.columns);
    assert_eq!(one.keys, two.keys);
    assert_eq!(one.references, two.references);
    assert_eq!(one.indexes, two.indexes);
    postgres.finish().await;
}

#[tokio::test]
async fn every_reference_has_an_index_on_its_side() {
    let shape = sqlite_shape(&sqlite_lab().await).await;
    for (table, column, ..) in &shape.references {
        let whole = shape.indexes.values().any(|(on, _, columns, partial)| on == table && columns.first() == Some(column) && !partial);
        assert!(whole || shape.keys[table].first() == Some(column), "{table}.{column}");
    }
}
