//! What a release would change, environment by environment.

use crate::Api;
use crate::decode::{id, optional_id, shown};
use crate::error::ApiError;
use crate::releases::publication::short;
use pilothouse_domain::changelog::{ChangeKind, Commit};
use pilothouse_engine::usecases::{Difference, EnvironmentComparison, ToldBy};
use serde::{Deserialize, Serialize};
use specta::Type;

/// At most so many commits of one direction are shown.
const MOST_SHOWN: usize = 250;

/// Which release, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CompareReleaseRequest {
    /// The release's id.
    pub id: String,
    /// One environment's id; none: each of the plan, or of the product where there is no plan.
    pub environment_id: Option<String>,
}

/// What a release would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ComparisonView {
    /// The release's id.
    pub release_id: String,
    /// Its product's name.
    pub product: String,
    /// Its version.
    pub version: String,
    /// Each environment, in promotion order.
    pub environments: Vec<EnvironmentComparisonView>,
    /// Set where the clone on this computer told it, and why; it knows what was fetched last.
    pub told_by_clone: Option<String>,
}

/// What a release would change in one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EnvironmentComparisonView {
    /// The environment's id.
    pub environment_id: String,
    /// Its name.
    pub name: String,
    /// Which way it goes.
    pub direction: DirectionWord,
    /// All of it in a sentence.
    pub line: String,
    /// The version that was last verified there.
    pub from_version: Option<String>,
    /// Its commit.
    pub from_commit: Option<String>,
    /// Since when.
    pub from_at: Option<String>,
    /// A version that came there since and isn't verified.
    pub unverified_version: Option<String>,
    /// How many commits come; more than `brings` holds where there are too many.
    pub ahead: u32,
    /// How many are taken away.
    pub behind: u32,
    /// What comes, newest first.
    pub brings: Vec<ChangeView>,
    /// What is taken away, newest first.
    pub takes_away: Vec<ChangeView>,
    /// Who wrote what comes or goes, by name.
    pub authors: Vec<String>,
    /// How many of the commits announce a breaking change.
    pub breaking: u32,
    /// The comparison at the provider.
    pub url: Option<String>,
    /// Why it can't be told, and what to do.
    pub trouble: Option<String>,
}

/// Which way a promotion goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DirectionWord {
    /// Nothing was verified there yet.
    First,
    /// It is the same commit.
    Same,
    /// Commits come, none is taken away.
    Forward,
    /// Commits are taken away, none comes.
    Back,
    /// Both.
    Both,
    /// It can't be told.
    Unknown,
}

/// A commit that comes or goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChangeView {
    /// Full hash.
    pub sha: String,
    /// Its title without the conventional type.
    pub subject: String,
    /// What it is, by that type.
    pub kind: ChangeKindWord,
    /// True where it announces a breaking change.
    pub breaking: bool,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Option<String>,
    /// Its page at the provider.
    pub url: Option<String>,
}

/// What a commit is, by its conventional type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKindWord {
    /// `feat`.
    Feature,
    /// `fix`.
    Fix,
    /// `perf`.
    Performance,
    /// Anything else.
    Other,
}

impl Api {
    /// What a release would change where: what comes, and what is taken away.
    ///
    /// # Errors
    /// Where neither the provider nor a clone can be asked.
    pub async fn compare_release(&self, request: CompareReleaseRequest) -> Result<ComparisonView, ApiError> {
        let environment = optional_id("environment_id", request.environment_id.as_deref())?;
        let compared = self.engine.compare_release(id("id", &request.id)?, environment).await?;
        let version = compared.release.version.to_string();
        Ok(ComparisonView {
            release_id: compared.release.id.to_string(),
            product: compared.product,
            environments: compared.environments.iter().map(|e| EnvironmentComparisonView::new(e, &version)).collect(),
            version,
            told_by_clone: match compared.told_by {
                ToldBy::Provider => None,
                ToldBy::Clone { path, instead_of } => Some(format!("Told by the clone {}. {instead_of}", path.display())),
            },
        })
    }
}

impl EnvironmentComparisonView {
    fn new(compared: &EnvironmentComparison, version: &str) -> Self {
        let verified = compared.verified.as_ref();
        let mut view = Self {
            environment_id: compared.environment.id.to_string(),
            name: compared.environment.name.clone(),
            direction: DirectionWord::First,
            line: format!("Nothing was verified in {} yet: all of {version} is new there.", compared.environment.name),
            from_version: verified.map(|d| d.version.to_string()),
            from_commit: verified.map(|d| d.commit.clone()),
            from_at: verified.and_then(|d| d.deployed_at).map(shown),
            unverified_version: compared.unverified.as_ref().map(|d| d.version.to_string()),
            ahead: 0,
            behind: 0,
            brings: Vec::new(),
            takes_away: Vec::new(),
            authors: Vec::new(),
            breaking: 0,
            url: None,
            trouble: None,
        };
        match &compared.difference {
            None => {}
            Some(Err(error)) => {
                view.direction = DirectionWord::Unknown;
                view.line = "It can't be told what would change.".to_owned();
                view.trouble = Some(format!("{} {}", error.message, error.next_step).trim().to_owned());
            }
            Some(Ok(difference)) => view.fill(difference, version),
        }
        view
    }

    fn fill(&mut self, difference: &Difference, version: &str) {
        let all = || difference.brings.iter().chain(&difference.takes_away).map(|(commit, _)| commit);
        let shown = |commits: &[(Commit, Option<String>)]| commits.iter().take(MOST_SHOWN).map(ChangeView::from).collect();
        self.direction = match (difference.ahead, difference.behind) {
            (0, 0) => DirectionWord::Same,
            (_, 0) => DirectionWord::Forward,
            (0, _) => DirectionWord::Back,
            _ => DirectionWord::Both,
        };
        self.breaking = u32::try_from(all().filter(|c| c.breaking).count()).unwrap_or(u32::MAX);
        let mut authors: Vec<String> = all().map(|c| c.author.clone()).filter(|a| !a.is_empty()).collect();
        authors.sort();
        authors.dedup();
        self.authors = authors;
        (self.ahead, self.behind) = (difference.ahead, difference.behind);
        self.brings = shown(&difference.brings);
        self.takes_away = shown(&difference.takes_away);
        self.url.clone_from(&difference.page);
        self.line = self.sentence(version);
    }

    fn sentence(&self, version: &str) -> String {
        let from = self.from_version.as_deref().unwrap_or_default();
        let commits = |count: u32| if count == 1 { "1 commit".to_owned() } else { format!("{count} commits") };
        let what = match self.direction {
            DirectionWord::Same if from == version => return format!("Nothing would change: {version} runs there."),
            DirectionWord::Same => return format!("Nothing would change: {version} is the same commit as {from}."),
            DirectionWord::Back => format!("Takes {} of {from} away", commits(self.behind)),
            DirectionWord::Both => format!("Brings {} and takes {} of {from} away", commits(self.ahead), commits(self.behind)),
            DirectionWord::Forward | DirectionWord::First | DirectionWord::Unknown => {
                format!("Brings {} since {from}", commits(self.ahead))
            }
        };
        let people = match self.authors.as_slice() {
            [] => String::new(),
            [one] => format!(", by {one}"),
            several => format!(", by {} people", several.len()),
        };
        let breaking = match self.breaking {
            0 => String::new(),
            1 => "; 1 is breaking".to_owned(),
            several => format!("; {several} are breaking"),
        };
        format!("{what}{people}{breaking}.")
    }
}

impl From<&(Commit, Option<String>)> for ChangeView {
    fn from((commit, url): &(Commit, Option<String>)) -> Self {
        let subject = commit.subject();
        Self {
            sha: commit.sha.clone(),
            subject: if subject.is_empty() { short(&commit.sha) } else { subject.to_owned() },
            kind: match commit.kind() {
                ChangeKind::Feature => ChangeKindWord::Feature,
                ChangeKind::Fix => ChangeKindWord::Fix,
                ChangeKind::Performance => ChangeKindWord::Performance,
                ChangeKind::Other => ChangeKindWord::Other,
            },
            breaking: commit.breaking,
            author: commit.author.clone(),
            at: commit.at.map(shown),
            url: url.clone(),
        }
    }
}
