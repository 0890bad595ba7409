//! An address below the base URL. What comes from outside is percent-encoded, and the template, which holds nothing of it, is what
//! a log line shows.

use super::place::{Place, encode};
use std::fmt::Write as _;

/// An address, and what it stands for.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// The path without values, for logs: `{job}{}/wfapi/describe`.
    pub(super) template: &'static str,
    /// Path and query.
    pub(super) path: String,
    /// What is asked for, in words: "build 42 of shop/deploy".
    pub(super) subject: String,
}

impl Route {
    /// An address outside of any job.
    pub(super) fn plain(path: &'static str, subject: &str) -> Self {
        Self { template: path, path: path.to_owned(), subject: subject.to_owned() }
    }

    /// An address of a folder or job: `tail` comes after its slash.
    pub(super) fn of(place: &Place, tail: &'static str, subject: String) -> Self {
        Self { template: tail, path: format!("{}{tail}", place.path()), subject }
    }

    /// An address of a build.
    pub(super) fn build(place: &Place, number: u64, tail: &'static str) -> Self {
        let subject = format!("build {number} of {}", place.full_name());
        Self { template: tail, path: format!("{}{number}/{tail}", place.path()), subject }
    }

    /// An address that Jenkins itself has named, reduced to path and query; joined to the origin.
    pub(super) fn advertised(path: String, subject: String) -> Self {
        Self { template: "(advertised)", path, subject }
    }

    /// The same with one more parameter in its query.
    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        // Writing to a String doesn't fail.
        let _ = write!(self.path, "{separator}{name}={}", encode(value));
        self
    }

    /// The same, narrowed to these fields.
    pub(super) fn tree(self, fields: &str) -> Self {
        self.query("tree", fields)
    }
}
