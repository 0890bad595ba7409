//! What a provider tells about an account, its repositories and their pipelines.

use pilothouse_domain::Timestamp;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::connection::Account;
use serde::{Deserialize, Serialize};

/// The account behind a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAccount {
    /// Who we are.
    pub account: Account,
    /// What is missing for what Pilothouse does, in the provider's words; empty where nothing is.
    pub missing: Vec<String>,
    /// How many calls are left, where the provider counts them.
    pub rate_limit: Option<RateLimit>,
}

/// A budget of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Calls in a period.
    pub limit: u32,
    /// Calls left in this one.
    pub remaining: u32,
    /// When the next one begins.
    pub resets_at: Timestamp,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// `owner/name`.
    pub full_name: String,
    /// Its default branch.
    pub default_branch: String,
    /// What it is, in its owner's words.
    pub description: String,
    /// Whether we may start pipelines there, where the provider tells.
    pub can_write: Option<bool>,
}

/// A pipeline in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineSummary {
    /// What [`PipelineBinding::pipeline`](pilothouse_domain::pipeline::PipelineBinding) holds: `deploy.yml`.
    pub pipeline: String,
    /// What people call it.
    pub title: String,
    /// False where it is switched off at the provider.
    pub is_active: bool,
}

/// What a pipeline takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineDescription {
    /// Why it can't be started by hand; `None` where it can.
    pub obstacle: Option<String>,
    /// Its inputs, in its order.
    pub inputs: Vec<InputSpec>,
}

/// An input of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputSpec {
    /// Its name.
    pub name: String,
    /// What it is for, in its author's words.
    pub description: String,
    /// What may be given.
    pub kind: InputKind,
    /// Whether it must be given.
    pub required: bool,
    /// What it is where nothing is given.
    pub default: Option<String>,
    /// True where a run shows this input's value in its title, so that it can be found by it.
    pub shown_in_title: bool,
    /// True where what is given must not be shown or kept.
    pub is_secret: bool,
}

/// What may be given for an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Any text.
    Text,
    /// One of these.
    Choice(Vec<String>),
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// The name of an environment at the provider.
    Environment,
}

/// The difference between two refs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What the head has and the base hasn't, newest first.
    pub commits: Vec<Commit>,
    /// How many there are; more than `commits` holds where there are too many.
    pub ahead: u32,
    /// How many the base has and the head hasn't.
    pub behind: u32,
    /// The paths that differ, in their order; `None` where they aren't told, or not all of them.
    pub paths: Option<Vec<String>>,
}

impl Comparison {
    /// Of more paths than these none is told.
    pub const MOST_PATHS: usize = 5_000;

    /// Paths as a comparison tells them: each once, in their order; `None` for too many.
    #[must_use]
    pub fn all_paths(paths: impl IntoIterator<Item = String>) -> Option<Vec<String>> {
        let mut paths: Vec<String> = paths.into_iter().collect();
        paths.sort_unstable();
        paths.dedup();
        (paths.len() <= Self::MOST_PATHS).then_some(paths)
    }
}

/// How to look for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSearch {
    /// The pipeline.
    pub pipeline: String,
    /// The ref at which it was started.
    pub git_ref: String,
    /// The correlation token. A run whose title shows it is ours.
    pub correlation: String,
    /// True where the pipeline was given the token: only such a run counts. Otherwise any run of the pipeline at the ref, by
    /// our account, in the window counts.
    pub is_correlated: bool,
    /// When the intent was written.
    pub since: Timestamp,
}

/// A page about the source, at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourcePage<'a> {
    /// A commit.
    Commit(&'a str),
    /// What one commit has that another one hasn't.
    Comparison {
        /// The commit that it starts after.
        base: &'a str,
        /// The commit that it leads to.
        head: &'a str,
    },
}
