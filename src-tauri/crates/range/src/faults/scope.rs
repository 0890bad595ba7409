//! Which requests a fault strikes.

use http::Method;
use serde::{Deserialize, Serialize};

use super::Operation;

/// Which requests a fault strikes. Faults of runs and of the fleet have no use for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Scope {
    /// Every request.
    #[default]
    Any,
    /// `GET` and `HEAD`.
    Reads,
    /// Everything else.
    Writes,
    /// Requests for one thing.
    Operation {
        /// What they ask for.
        operation: Operation,
    },
    /// Requests by method and path.
    Route {
        /// E.g. `POST`; `None`: any.
        #[serde(default)]
        method: Option<String>,
        /// The path without `/api/v3` and query; `*` stands for anything.
        path: String,
    },
}

impl Scope {
    pub(crate) fn covers(&self, method: &Method, path: &str, operation: Operation) -> bool {
        let reads = method == Method::GET || method == Method::HEAD;
        match self {
            Self::Any => true,
            Self::Reads => reads,
            Self::Writes => !reads,
            Self::Operation { operation: aimed } => *aimed == operation,
            Self::Route { method: aimed, path: pattern } => {
                aimed.as_deref().is_none_or(|aimed| aimed.eq_ignore_ascii_case(method.as_str())) && fits(pattern, path)
            }
        }
    }
}

/// Whether a path fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| path.strip_prefix(head)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(found) = rest.find(part) else {
            return false;
        };
        rest = &rest[found + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_pattern_fits_whole_paths() {
        assert!(fits("/user", "/user"));
        assert!(!fits("/user", "/user/repos"));
        assert!(fits("/repos/*/dispatches", "/repos/a/b/actions/workflows/1/dispatches"));
        assert!(!fits("/repos/*/dispatches", "/repos/a/b/dispatches/1"));
        assert!(fits("*/runs/*", "/repos/a/b/actions/runs/7"));
    }
}
