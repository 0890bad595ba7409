//! GitHub's JSON, made from what the range knows. Optional fields that no client of ours could miss are left out.

pub(crate) mod account;
pub(crate) mod commit;
pub(crate) mod delivery;
pub(crate) mod issue;
pub(crate) mod run;

use base64::Engine as _;
use chrono::{DateTime, SecondsFormat, Utc};

/// A time as GitHub writes it: UTC, whole seconds.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A node id: opaque, and different for every kind and id.
pub(crate) fn node_id(kind: &str, id: impl std::fmt::Display) -> String {
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(format!("{kind}{id}"))
}
