//! Addresses below the base URL. What comes from outside is percent-encoded, and the template, which holds nothing of it, is what
//! a log line shows.

use crate::repository_name::owner_and_name;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pilothouse_engine::ports::provider::ProviderError;
use std::fmt::Write as _;

/// Everything but the unreserved characters (RFC 3986, section 2.3): a slash in a branch's name is encoded too.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An address, and what it stands for.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// The path without values, for logs: `/repos/{repo}/actions/runs/{}`.
    pub(super) template: &'static str,
    /// Path and query.
    pub(super) path: String,
    /// What is asked for, in words: "run 42 of acme/shop".
    pub(super) subject: String,
}

impl Route {
    /// An address outside of any repository.
    pub(super) fn plain(path: &'static str, subject: &str) -> Self {
        Self { template: path, path: path.to_owned(), subject: subject.to_owned() }
    }

    /// An address in a repository: each `{}` of `template` is filled with one of `values`, encoded.
    pub(super) fn repo(repository: &str, template: &'static str, values: &[&str], subject: String) -> Result<Self, ProviderError> {
        let (owner, name) = owner_and_name(repository)?;
        let mut path = format!("/repos/{owner}/{name}");
        let mut pieces = template.split("{}");
        path.push_str(pieces.next().unwrap_or_default());
        for (value, piece) in values.iter().zip(pieces) {
            path.push_str(&encode(value));
            path.push_str(piece);
        }
        Ok(Self { template, path, subject })
    }

    /// The same with one more parameter in its query.
    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        // Writing to a String doesn't fail.
        let _ = write!(self.path, "{separator}{name}={}", encode(value));
        self
    }
}

/// Percent-encodes a whole value.
pub(super) fn encode(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn values_are_encoded_and_stay_out_of_the_template() {
        let route = Route::repo("acme/shop", "/compare/{}...{}", &["v1.0", "feature/a b"], String::new()).unwrap();
        assert_eq!(route.path, "/repos/acme/shop/compare/v1.0...feature%2Fa%20b");
        assert_eq!(route.template, "/compare/{}...{}");
        let route = route.query("page", "2").query("created", ">=2026-11-23T00:00:00Z");
        assert!(route.path.ends_with("?page=2&created=%3E%3D2026-11-23T00%3A00%3A00Z"), "{}", route.path);
    }

    #[test]
    fn a_name_can_not_leave_its_place() {
        let route = Route::repo("acme/shop", "/actions/runs/{}", &["../../user?x#y"], String::new()).unwrap();
        assert_eq!(route.path, "/repos/acme/shop/actions/runs/..%2F..%2Fuser%3Fx%23y");
        assert!(Route::repo("../user", "", &[], String::new()).is_err());
    }
}
