//! Semantic versions (<https://semver.org>) and the tags that carry them. Must not know a provider or a repository.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A semantic version, ordered by SemVer precedence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(semver::Version);

/// Text that is no semantic version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a semantic version: {reason}. Write three numbers such as 1.4.0, and a pre-release after a dash such as 1.4.0-rc.1"
)]
pub struct InvalidVersion {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Which number of a version to raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bump {
    /// Incompatible change: `1.4.2` → `2.0.0`.
    Major,
    /// New feature: `1.4.2` → `1.5.0`.
    Minor,
    /// Fix: `1.4.2` → `1.4.3`; `1.5.0-rc.1` → `1.5.0`.
    Patch,
}

impl Version {
    /// The version `major.minor.patch`.
    #[must_use]
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self(semver::Version::new(major, minor, patch))
    }

    /// The version in a tag, if `tag` is `prefix` and then a semantic version.
    #[must_use]
    pub fn from_tag(tag: &str, prefix: &str) -> Option<Self> {
        tag.strip_prefix(prefix)?.parse().ok()
    }

    /// The tag for this version.
    #[must_use]
    pub fn to_tag(&self, prefix: &str) -> String {
        format!("{prefix}{self}")
    }

    /// Whether what a service says is this version: services write `1.4.0`, `v1.4.0` or `1.4.0+build`.
    #[must_use]
    pub fn is_said_by(&self, text: &str) -> bool {
        let said = text.trim().trim_start_matches(['v', 'V']);
        said.strip_prefix(self.to_string().as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('+'))
    }

    /// True for versions such as `1.0.0-rc.1`.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// The version after this one. Saturates at the largest number.
    #[must_use]
    pub fn next(&self, bump: Bump) -> Self {
        let v = &self.0;
        Self(match bump {
            Bump::Major => semver::Version::new(v.major.saturating_add(1), 0, 0),
            Bump::Minor => semver::Version::new(v.major, v.minor.saturating_add(1), 0),
            Bump::Patch if !v.pre.is_empty() => semver::Version::new(v.major, v.minor, v.patch),
            Bump::Patch => semver::Version::new(v.major, v.minor, v.patch.saturating_add(1)),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        semver::Version::parse(text).map(Self).map_err(|error| InvalidVersion { text: text.to_owned(), reason: error.to_string() })
    }
}

impl TryFrom<String> for Version {
    type Error = InvalidVersion;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn next_versions_follow_semver() {
        let v: Version = "1.4.2".parse().unwrap();
        assert_eq!(v.next(Bump::Patch).to_string(), "1.4.3");
        assert_eq!(v.next(Bump::Minor).to_string(), "1.5.0");
        assert_eq!(v.next(Bump::Major).to_string(), "2.0.0");
        let rc: Version = "1.5.0-rc.1".parse().unwrap();
        assert!(rc.is_prerelease());
        assert_eq!(rc.next(Bump::Patch).to_string(), "1.5.0");
        assert!(rc < rc.next(Bump::Patch));
    }

    #[test]
    fn tags_need_their_prefix_and_a_version() {
        assert_eq!(Version::from_tag("v1.2.3", "v").unwrap().to_tag("v"), "v1.2.3");
        assert_eq!(Version::from_tag("1.2.3", "v"), None);
        assert_eq!(Version::from_tag("vnext", "v"), None);
    }

    #[test]
    fn a_bad_version_says_how_to_write_one() {
        let error = "1.4".parse::<Version>().unwrap_err();
        assert!(error.to_string().contains("1.4.0-rc.1"), "{error}");
    }
}
