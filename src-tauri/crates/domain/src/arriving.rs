//! Which paths change by a release since another one that need not be the one before it: since what was deployed last in an environment,
//! or since what was tested last.
//! Must not read a repository: it puts together what each release was found to change when it was drafted.

use crate::deployment::Deployment;
use crate::release::{Release, ReleaseState};
use crate::{EnvironmentId, ReleaseId};
use std::collections::BTreeSet;

/// What a release changes, as far as a later one has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseChanges {
    /// The release.
    pub release_id: ReleaseId,
    /// Its tag.
    pub tag: String,
    /// Its commit.
    pub commit: String,
    /// The tag or commit that its changes start after; `None` for a first release.
    pub since: Option<String>,
    /// The paths that it changes; `None` where they aren't known.
    pub paths: Option<Vec<String>>,
    /// How many commits it brings, as far as they were listed.
    pub commits: u32,
}

impl ReleaseChanges {
    /// What a release changes; `None` for one that was given up, which has changed nothing.
    #[must_use]
    pub fn of(release: &Release) -> Option<Self> {
        let is_given_up = matches!(release.state, ReleaseState::Aborted { .. });
        (!is_given_up).then(|| Self {
            release_id: release.id,
            tag: release.tag.clone(),
            commit: release.source.commit.clone(),
            since: release.changes_since.clone(),
            paths: release.changed_paths.clone(),
            commits: count(release),
        })
    }

    fn is(&self, reference: &str) -> bool {
        self.tag == reference || self.commit == reference
    }
}

/// The paths that change in an environment by deploying a release; `None` where they aren't known. Where nothing was deployed there yet,
/// what the release itself changes.
#[must_use]
pub fn arriving(
    release: &Release,
    known: &[ReleaseChanges],
    deployments: &[Deployment],
    environment: EnvironmentId,
) -> Option<Vec<String>> {
    let there = |d: &&Deployment| d.environment_id == environment && d.release_id != release.id && d.deployed_at.is_some();
    let Some(last) = deployments.iter().filter(there).max_by_key(|d| d.deployed_at) else { return release.changed_paths.clone() };
    between(release, known, Earlier { release_id: last.release_id, tag: &last.tag, commit: &last.commit })?.paths
}

fn count(release: &Release) -> u32 {
    u32::try_from(release.changelog.len()).unwrap_or(u32::MAX)
}

/// How many commits come to an environment with a release; `None` where that isn't known. Where nothing was deployed there yet, those of
/// the release itself; going back brings none.
#[must_use]
pub fn commits_arriving(
    release: &Release,
    known: &[ReleaseChanges],
    deployments: &[Deployment],
    environment: EnvironmentId,
) -> Option<u32> {
    let there = |d: &&Deployment| d.environment_id == environment && d.release_id != release.id && d.deployed_at.is_some();
    let Some(last) = deployments.iter().filter(there).max_by_key(|d| d.deployed_at) else { return Some(count(release)) };
    if last.version > release.version {
        return Some(0);
    }
    let passed = between(release, known, Earlier { release_id: last.release_id, tag: &last.tag, commit: &last.commit })?.releases;
    let of = |id: &ReleaseId| {
        if *id == release.id { count(release) } else { known.iter().find(|c| c.release_id == *id).map_or(0, |c| c.commits) }
    };
    Some(passed.iter().map(of).fold(0, u32::saturating_add))
}

/// The paths that changed in an environment when a release first came there; what came later changes nothing about it. Where the release
/// was not deployed there, as [`arriving`].
#[must_use]
pub fn arrived(release: &Release, known: &[ReleaseChanges], deployments: &[Deployment], environment: EnvironmentId) -> Option<Vec<String>> {
    let ours = deployments.iter().filter(|d| d.environment_id == environment && d.release_id == release.id);
    let Some(first) = ours.filter_map(|d| d.deployed_at).min() else { return arriving(release, known, deployments, environment) };
    let before: Vec<Deployment> = deployments.iter().filter(|d| d.deployed_at.is_some_and(|at| at < first)).cloned().collect();
    arriving(release, known, &before, environment)
}

/// An earlier version of the product: a release as it was then.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'a> {
    /// The release.
    pub release_id: ReleaseId,
    /// Its tag then.
    pub tag: &'a str,
    /// Its commit then.
    pub commit: &'a str,
}

/// What lies between a release and another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Between {
    /// The releases whose changes are meant, the release itself first.
    pub releases: Vec<ReleaseId>,
    /// The paths that they change; `None` where those of one aren't known.
    pub paths: Option<Vec<String>>,
}

/// What changed since another release; `None` where there is no known way from one to the other.
#[must_use]
pub fn between(release: &Release, known: &[ReleaseChanges], last: Earlier<'_>) -> Option<Between> {
    let ours = ReleaseChanges {
        release_id: release.id,
        tag: release.tag.clone(),
        commit: release.source.commit.clone(),
        since: release.changes_since.clone(),
        paths: release.changed_paths.clone(),
        commits: count(release),
    };
    let theirs = known.iter().find(|other| other.release_id == last.release_id && (other.is(last.commit) || other.is(last.tag)));
    // One that is no longer known can only be come to, not gone back from.
    let goal = |reference: &str| reference == last.tag || reference == last.commit;
    if let Some(passed) = down_to(&ours, known, goal) {
        return Some(put_together(&passed));
    }
    // It is on another line, or newer: what both have changed since they parted.
    let theirs = theirs?;
    let line = line(theirs, known);
    let meets = |reference: &str| line.iter().any(|at| *at == reference || known.iter().any(|other| other.is(at) && other.is(reference)));
    let mut passed = down_to(&ours, known, meets)?;
    let reached = reached(&ours, known, meets)?;
    let back = |reference: &str| reference == reached || known.iter().any(|other| other.is(&reached) && other.is(reference));
    passed.extend(down_to(theirs, known, back)?);
    Some(put_together(&passed))
}

fn put_together(passed: &[&ReleaseChanges]) -> Between {
    let paths: Option<Vec<Vec<String>>> = passed.iter().map(|changes| changes.paths.clone()).collect();
    Between { releases: passed.iter().map(|changes| changes.release_id).collect(), paths: paths.map(|paths| unique(paths.concat())) }
}

/// The refs that a release's changes start after, one after another.
fn line<'a>(from: &'a ReleaseChanges, known: &'a [ReleaseChanges]) -> Vec<&'a str> {
    let mut refs = Vec::new();
    let mut at = Some(from);
    // Each release is passed at most once.
    for _ in 0..=known.len() {
        let Some(since) = at.and_then(|at| at.since.as_deref()) else { break };
        refs.push(since);
        at = known.iter().find(|other| other.is(since));
    }
    refs
}

/// The first ref of a release's line that is meant.
fn reached(from: &ReleaseChanges, known: &[ReleaseChanges], is_meant: impl Fn(&str) -> bool) -> Option<String> {
    line(from, known).into_iter().find(|at| is_meant(at)).map(str::to_owned)
}

/// A release and those before it, back to a ref that is meant; `None` where that isn't come to.
fn down_to<'a>(from: &'a ReleaseChanges, known: &'a [ReleaseChanges], is_meant: impl Fn(&str) -> bool) -> Option<Vec<&'a ReleaseChanges>> {
    let mut passed = Vec::new();
    let mut at = from;
    for _ in 0..=known.len() {
        passed.push(at);
        let since = at.since.as_deref()?;
        if is_meant(since) {
            return Some(passed);
        }
        at = known.iter().find(|other| other.is(since))?;
    }
    None
}

fn unique(paths: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    paths.into_iter().filter(|path| seen.insert(path.clone())).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use uuid::Uuid;

    fn changes(number: u8, since: Option<&str>, paths: &[&str]) -> ReleaseChanges {
        ReleaseChanges {
            release_id: ReleaseId::new(Uuid::from_u128(u128::from(number))),
            tag: format!("v1.{number}.0"),
            commit: format!("c{number}"),
            since: since.map(str::to_owned),
            paths: Some(paths.iter().map(|path| (*path).to_owned()).collect()),
            commits: 3,
        }
    }

    #[test]
    fn what_came_between_is_put_together_from_tags_and_commits() {
        let known = [changes(1, Some("v1.0.0"), &["a"]), changes(2, Some("c1"), &["b", "a"]), changes(3, Some("v1.2.0"), &["c"])];
        let from = |base: &str| down_to(&known[2], &known, |at| at == base).map(|passed| put_together(&passed).paths.unwrap());
        assert_eq!(from("v1.2.0").unwrap(), ["c"]);
        assert_eq!(from("c1").unwrap(), ["c", "b", "a"]);
        assert_eq!(from("v1.0.0").unwrap(), ["c", "b", "a"], "each once");
        assert_eq!(from("v0.9.0"), None, "a line that ends before is not taken for empty");
        let mut unknown = known.clone();
        unknown[1].paths = None;
        let passed = down_to(&unknown[2], &unknown, |at| at == "v1.0.0").unwrap();
        assert_eq!((passed.len(), put_together(&passed).paths), (3, None), "what isn't known of one isn't known of all");
        assert_eq!(line(&known[2], &known), ["v1.2.0", "c1", "v1.0.0"]);
        let circle = [changes(1, Some("v1.2.0"), &[]), changes(2, Some("v1.1.0"), &[])];
        assert_eq!(down_to(&circle[0], &circle, |at| at == "x"), None, "it ends");
    }
}
