//! What the store knows about an entity: its table, the columns beside its JSON, and its words for a person. Must not name a
//! database.

use pilothouse_domain::{ProductId, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use uuid::Uuid;

/// The value of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// An id, or none.
    Id(Option<Uuid>),
    /// A number or a moment, or none.
    Number(Option<i64>),
    /// Text, or none.
    Text(Option<String>),
}

impl From<Uuid> for Column {
    fn from(id: Uuid) -> Self {
        Self::Id(Some(id))
    }
}

impl From<i64> for Column {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Timestamp> for Column {
    fn from(at: Timestamp) -> Self {
        Self::Number(Some(at.as_micros()))
    }
}

impl From<Option<Timestamp>> for Column {
    fn from(at: Option<Timestamp>) -> Self {
        Self::Number(at.map(Timestamp::as_micros))
    }
}

impl From<Option<&str>> for Column {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(|text| storable(text).into_owned()))
    }
}

impl From<&str> for Column {
    fn from(text: &str) -> Self {
        Self::Text(Some(storable(text).into_owned()))
    }
}

/// The parts of [`Entity`] that are the same for most of them: known by its id, or by another field; of a product, or of none.
macro_rules! identity {
    (by $key:ident) => {
        fn key(&self) -> uuid::Uuid {
            self.$key.uuid()
        }

        fn revision(&self) -> u32 {
            self.revision
        }

        fn set_revision(&mut self, revision: u32) {
            self.revision = revision;
        }
    };
    () => {
        $crate::entity::identity!(by id);
    };
    (of a product, by $key:ident) => {
        $crate::entity::identity!(by $key);

        fn product(&self) -> Option<pilothouse_domain::ProductId> {
            Some(self.product_id)
        }
    };
    (of a product) => {
        $crate::entity::identity!(of a product, by id);
    };
}
pub(crate) use identity;

/// The text without NUL, which PostgreSQL can't hold in text.
pub(crate) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// A table of entities.
pub(crate) trait Entity: Clone + Serialize + DeserializeOwned + Send + Sync + Unpin + 'static {
    /// The table, also the kind of its change notices.
    const KIND: &'static str;
    /// The columns besides `id`, `revision` and `body`.
    const COLUMNS: &'static [&'static str];

    /// Its id.
    fn key(&self) -> Uuid;
    /// The revision that was read; 0 for a new one.
    fn revision(&self) -> u32;
    /// Puts another revision in.
    fn set_revision(&mut self, revision: u32);
    /// The product that it belongs to.
    fn product(&self) -> Option<ProductId>;
    /// Values for [`Self::COLUMNS`].
    fn columns(&self) -> Vec<Column>;
    /// What it refers to: tables and ids.
    fn parents(&self) -> Vec<(&'static str, Uuid)>;
    /// What a unique constraint of the table protects, in words that begin a sentence: `The product name “Checkout”`.
    fn protected_by(&self, constraint: &str) -> String;
    /// The thing itself, in words that begin a sentence: `The product “Checkout”`.
    fn words(&self) -> String;

    /// The entity as it will be stored by this write.
    fn next(&self) -> Self {
        let mut next = self.clone();
        next.set_revision(self.revision().saturating_add(1));
        next
    }
}
