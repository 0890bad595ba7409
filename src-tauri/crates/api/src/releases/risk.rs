//! How risky a release is, as its screen shows it. The score is the domain's; here are its words.

use pilothouse_domain::risk::{Risk, RiskKind, RiskLevel};
use serde::{Deserialize, Serialize};
use specta::Type;

/// How risky a release is, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RiskView {
    /// The points of all parts together. 0 to 100.
    pub score: u8,
    /// What that means.
    pub level: RiskLevelWord,
    /// What it is made of.
    pub parts: Vec<RiskPartView>,
}

/// What a score means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RiskLevelWord {
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RiskPartView {
    /// What it looked at.
    pub kind: RiskKindWord,
    /// That in words: `Files it touches`.
    pub title: String,
    /// Its points.
    pub points: u8,
    /// The most that it can give.
    pub most: u8,
    /// What it found, as a sentence.
    pub detail: String,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RiskKindWord {
    /// How much changes.
    Size,
    /// Which kinds of files change.
    Paths,
    /// How old the oldest change is.
    Age,
    /// What the smoke tests say.
    Smoke,
    /// What user acceptance testing says.
    Uat,
    /// How the product's latest releases went.
    History,
}

impl From<Risk> for RiskView {
    fn from(risk: Risk) -> Self {
        let part = |part: pilothouse_domain::risk::RiskPart| {
            let (kind, title) = match part.kind {
                RiskKind::Size => (RiskKindWord::Size, "Size"),
                RiskKind::Paths => (RiskKindWord::Paths, "What it touches"),
                RiskKind::Age => (RiskKindWord::Age, "Age of the changes"),
                RiskKind::Smoke => (RiskKindWord::Smoke, "Smoke tests"),
                RiskKind::Uat => (RiskKindWord::Uat, "User acceptance"),
                RiskKind::History => (RiskKindWord::History, "Earlier releases"),
            };
            RiskPartView { kind, title: title.to_owned(), points: part.points, most: part.kind.most(), detail: part.detail }
        };
        Self {
            score: risk.score,
            level: match risk.level {
                RiskLevel::Low => RiskLevelWord::Low,
                RiskLevel::Medium => RiskLevelWord::Medium,
                RiskLevel::High => RiskLevelWord::High,
                RiskLevel::VeryHigh => RiskLevelWord::VeryHigh,
            },
            parts: risk.parts.into_iter().map(part).collect(),
        }
    }
}
