//! How risky a release is, from 0 to 100, with the parts that it is made of: what each looked at, and how many points it gave. A
//! score that can't be taken apart is no use to anybody. Must not hold anything up: what is refused is up to
//! [`policy`](crate::policy).
//!
//! The points are our own, kept simple so that people can see why. After the risk score of ServiceNow's release management (0 to 100,
//! weighted, computed anew at each look):
//! <https://raw.githubusercontent.com/ServiceNow/ServiceNowDocs/australia/markdown/it-service-management/digital-product-release/dpr-risk-score-release.md>.

mod history;
mod paths;
mod tested;

use crate::Timestamp;
use crate::policy::Facts;
use serde::{Deserialize, Serialize};

/// How risky a release is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// The points of all parts together. 0 to 100.
    pub score: u8,
    /// What that means.
    pub level: RiskLevel,
    /// What it is made of: always all kinds, in their order.
    pub parts: Vec<RiskPart>,
}

/// What a score means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskLevel {
    /// Below 25.
    Low,
    /// 25 to 49.
    Medium,
    /// 50 to 74.
    High,
    /// 75 and more.
    VeryHigh,
}

/// A part of the score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskPart {
    /// What it looked at.
    pub kind: RiskKind,
    /// Its points. 0 to [`RiskKind::most`].
    pub points: u8,
    /// What it found, as a sentence.
    pub detail: String,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskKind {
    /// How much changes.
    Size,
    /// Which kinds of files change: migrations, infrastructure, dependencies.
    Paths,
    /// How old the oldest change is that was never released.
    Age,
    /// What the smoke tests say.
    Smoke,
    /// What user acceptance testing says.
    Uat,
    /// How the product's latest releases went.
    History,
}

impl RiskKind {
    /// All kinds, in the order in which they are shown.
    pub const ALL: [Self; 6] = [Self::Size, Self::Paths, Self::Age, Self::Smoke, Self::Uat, Self::History];

    /// The most points that it gives. All together: 100.
    #[must_use]
    pub const fn most(self) -> u8 {
        match self {
            Self::Paths => 25,
            Self::Size | Self::History => 20,
            Self::Smoke => 15,
            Self::Age | Self::Uat => 10,
        }
    }
}

impl RiskLevel {
    /// What a score means.
    #[must_use]
    pub const fn of(score: u8) -> Self {
        match score {
            0..25 => Self::Low,
            25..50 => Self::Medium,
            50..75 => Self::High,
            75.. => Self::VeryHigh,
        }
    }
}

/// How risky a release is as things stand now.
#[must_use]
pub fn assess(facts: &Facts<'_>, now: Timestamp) -> Risk {
    let parts: Vec<RiskPart> = RiskKind::ALL
        .into_iter()
        .map(|kind| {
            let (points, detail) = match kind {
                RiskKind::Size => size(facts),
                RiskKind::Paths => paths::touched(facts),
                RiskKind::Age => age(facts, now),
                RiskKind::Smoke => tested::smoke(facts),
                RiskKind::Uat => tested::uat(facts),
                RiskKind::History => history::latest(facts),
            };
            RiskPart { kind, points: points.min(kind.most()), detail }
        })
        .collect();
    let score = parts.iter().map(|part| part.points).fold(0, u8::saturating_add).min(100);
    Risk { score, level: RiskLevel::of(score), parts }
}

/// So many commits, or so many files, give all the points of the size.
const MANY_COMMITS: usize = 50;
const MANY_FILES: usize = 200;

fn size(facts: &Facts<'_>) -> (u8, String) {
    let release = facts.release;
    let commits = release.changelog.len();
    let most = RiskKind::Size.most();
    let by_commits = share(commits, MANY_COMMITS, most);
    match (&release.changes_since, &release.changed_paths) {
        (None, _) => (most, "The first release: everything in it is new.".to_owned()),
        (Some(_), None) => (by_commits, format!("{}. Which files they change is not known.", counted(commits, "commit"))),
        (Some(_), Some(files)) => {
            let words = format!("{} in {}.", counted(commits, "commit"), counted(files.len(), "file"));
            (by_commits.max(share(files.len(), MANY_FILES, most)), words)
        }
    }
}

/// So many days from the oldest change to now give all the points of the age.
const OLD_DAYS: usize = 30;

fn age(facts: &Facts<'_>, now: Timestamp) -> (u8, String) {
    let dated = facts.release.changelog.iter().filter_map(|commit| commit.at);
    let Some(oldest) = dated.min() else {
        return (0, "Its commits have no dates.".to_owned());
    };
    let days = usize::try_from(now.since(oldest).as_secs() / (24 * 3_600)).unwrap_or(usize::MAX);
    let words = match days {
        0 => "Its oldest change is of today.".to_owned(),
        days => format!("Its oldest change is {} old.", counted(days, "day")),
    };
    (share(days, OLD_DAYS, RiskKind::Age.most()), words)
}

/// The points for a count, of which `all` gives the most: rounded up, so that something is never nothing.
fn share(count: usize, all: usize, most: u8) -> u8 {
    let points = count.min(all).saturating_mul(usize::from(most)).div_ceil(all.max(1));
    u8::try_from(points).unwrap_or(most).min(most)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_can_give_a_hundred_points_and_no_more() {
        assert_eq!(RiskKind::ALL.iter().map(|kind| u32::from(kind.most())).sum::<u32>(), 100);
    }

    #[test]
    fn levels_have_their_bounds() {
        let levels = [0, 24, 25, 49, 50, 74, 75, 100].map(RiskLevel::of);
        use RiskLevel::{High, Low, Medium, VeryHigh};
        assert_eq!(levels, [Low, Low, Medium, Medium, High, High, VeryHigh, VeryHigh]);
    }

    #[test]
    fn a_share_is_rounded_up_and_bounded() {
        assert_eq!([0, 1, 25, 50, 5_000].map(|count| share(count, 50, 20)), [0, 1, 10, 20, 20]);
    }
}
