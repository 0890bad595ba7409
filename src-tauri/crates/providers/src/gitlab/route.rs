//! Addresses below the base URL. What comes from outside is percent-encoded, slashes too; the template, which holds nothing of it,
//! is what a log line shows.

use crate::failure::invalid;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pilothouse_engine::ports::provider::ProviderError;
use std::fmt::Write as _;

/// Everything but the unreserved characters (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The longest path of a project that is tried; GitLab allows 255 characters for each of at most 21 parts.
const LONGEST_PROJECT: usize = 4096;

/// An address, and what it stands for.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// The path without values, for logs: `/pipelines/{}`.
    pub(super) template: &'static str,
    /// Path and query.
    pub(super) path: String,
    /// What is asked for, in words: "pipeline 42 of acme/shop".
    pub(super) subject: String,
}

impl Route {
    /// An address outside of any project.
    pub(super) fn plain(path: &'static str, subject: &str) -> Self {
        Self { template: path, path: path.to_owned(), subject: subject.to_owned() }
    }

    /// An address in a project: each `{}` of `template` is filled with one of `values`, encoded.
    pub(super) fn project(project: &str, template: &'static str, values: &[&str], subject: String) -> Result<Self, ProviderError> {
        let mut path = format!("/projects/{}", encode(checked(project)?));
        let mut pieces = template.split("{}");
        path.push_str(pieces.next().unwrap_or_default());
        for (value, piece) in values.iter().zip(pieces) {
            // An address that reads as a step up or as nothing would lead to another place.
            if matches!(*value, "" | "." | "..") {
                return Err(invalid(format!("`{value}` is no name for {subject}."), "Check the name."));
            }
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

/// A project's full path with all its groups, `group/subgroup/project`.
fn checked(project: &str) -> Result<&str, ProviderError> {
    let good =
        |part: &str| !matches!(part, "" | "." | "..") && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '+'));
    if project.len() <= LONGEST_PROJECT && project.contains('/') && project.split('/').all(good) {
        return Ok(project);
    }
    Err(invalid(
        format!("`{project}` is no path of a project."),
        "Write it with all its groups, such as acme/shop or acme/web/shop, as in the address of its page.",
    ))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_project_is_one_piece_of_the_path_however_many_groups_it_has() {
        let route = Route::project("acme/web/shop.api", "/repository/tags/{}", &["rel/1.0 b"], String::new()).unwrap();
        assert_eq!(route.path, "/projects/acme%2Fweb%2Fshop.api/repository/tags/rel%2F1.0%20b");
        assert_eq!(route.template, "/repository/tags/{}");
        let route = route.query("page", "2").query("ref", "a&b");
        assert!(route.path.ends_with("?page=2&ref=a%26b"), "{}", route.path);
    }

    #[test]
    fn a_name_can_not_leave_its_place() {
        for bad in ["", "shop", "/shop", "acme/", "acme//shop", "../user", "acme/..", "acme/shop?x", "acme/sh op", "acme/%2e"] {
            assert!(Route::project(bad, "", &[], String::new()).is_err(), "{bad}");
        }
        for bad in ["", ".", ".."] {
            assert!(Route::project("a/b", "/pipelines/{}", &[bad], String::new()).is_err(), "{bad}");
        }
        let route = Route::project("a/b", "/pipelines/{}", &["../../user?x#y"], String::new()).unwrap();
        assert_eq!(route.path, "/projects/a%2Fb/pipelines/..%2F..%2Fuser%3Fx%23y");
    }
}
