//! What is known of a release's tag and of its release at the provider that keeps the source. Both are made by calls that are sent
//! once: the intent is here before the call, so that what became of a lost answer is looked up and not asked for again.
//! Must not call anything.

use crate::{Actor, Timestamp};
use serde::{Deserialize, Serialize};

/// What is known of the tag that carries a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tag", rename_all = "snake_case")]
pub enum TagState {
    /// Nobody has looked.
    #[default]
    Unknown,
    /// It points at the release's commit.
    There,
    /// There is no such tag.
    Missing,
    /// It points at another commit.
    Elsewhere {
        /// That commit.
        commit: String,
    },
    /// It is being created: the call goes out right after this was written.
    Creating {
        /// When that was written.
        begun_at: Timestamp,
        /// Who creates it.
        by: Actor,
    },
}

/// What is known of the release at the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "publication", rename_all = "snake_case")]
pub enum Publication {
    /// Not published, as far as is known.
    #[default]
    Unpublished,
    /// It is being published: the call goes out right after this was written.
    Publishing {
        /// When that was written.
        begun_at: Timestamp,
        /// Who publishes it.
        by: Actor,
    },
    /// It is there.
    Published {
        /// Since when, where the provider tells.
        at: Option<Timestamp>,
        /// Its page.
        url: String,
    },
}

impl TagState {
    /// True where nobody has looked.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// What a look at the provider found: the commit of the tag, or that there is none.
    #[must_use]
    pub fn seen(found: Option<&str>, wanted: &str) -> Self {
        match found {
            None => Self::Missing,
            Some(commit) if commit == wanted => Self::There,
            Some(commit) => Self::Elsewhere { commit: commit.to_owned() },
        }
    }
}

impl Publication {
    /// True where it isn't published, as far as is known.
    #[must_use]
    pub const fn is_unpublished(&self) -> bool {
        matches!(self, Self::Unpublished)
    }
}

/// Why a text can't name a tag, by the rules of `git check-ref-format`; `None` where it can.
#[must_use]
pub fn tag_name_fault(name: &str) -> Option<&'static str> {
    let forbidden = |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.to_ascii_lowercase().ends_with(".lock");
    if name.is_empty() {
        Some("a name is missing")
    } else if name.len() > 200 {
        Some("the name is longer than 200 bytes")
    } else if name.chars().any(forbidden) {
        Some("a tag's name holds no spaces and none of ~ ^ : ? * [ \\")
    } else if name.starts_with('-') {
        Some("a tag's name doesn't begin with a dash")
    } else if name.contains("..") || name.contains("@{") || name == "@" || name.ends_with('.') || name.split('/').any(bad_part) {
        Some("Git takes no such name: it holds `..` or `@{`, an empty part, or a part that begins with a dot or ends with .lock")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_tells_where_the_tag_is() {
        assert_eq!(TagState::seen(None, "a"), TagState::Missing);
        assert_eq!(TagState::seen(Some("a"), "a"), TagState::There);
        assert_eq!(TagState::seen(Some("b"), "a"), TagState::Elsewhere { commit: "b".into() });
    }

    #[test]
    fn names_that_git_refuses_are_refused_before_anything_is_sent() {
        for name in ["v1.4.0", "shop/v1.4.0-rc.1", "1.0", "release_7+build"] {
            assert_eq!(tag_name_fault(name), None, "{name}");
        }
        for name in ["", "-v1", "v 1", "v..1", "v1.", ".v1", "a//b", "a/.b", "a.lock", "v1~2", "v^1", "a:b", "@", "a@{1}", "v\n1", "a\\b"] {
            assert!(tag_name_fault(name).is_some(), "{name}");
        }
    }
}
