//! Who did something: a person by name, or the engine on its own. Every mutation and every audit event has one.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person, by the name that colleagues know.
    Person {
        /// Display name, never empty.
        name: String,
    },
    /// The engine, acting on what a person started earlier.
    Engine,
}

impl Actor {
    /// A person of this name.
    pub fn person(name: impl Into<String>) -> Self {
        Self::Person { name: name.into() }
    }

    /// True for the person of this name, however it is written: capitals and space around it don't matter.
    #[must_use]
    pub fn is_called(&self, wanted: &str) -> bool {
        matches!(self, Self::Person { name } if name.trim().to_lowercase() == wanted.trim().to_lowercase())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { name } => f.write_str(name),
            Self::Engine => f.write_str("Pilothouse"),
        }
    }
}
