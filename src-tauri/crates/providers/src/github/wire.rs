//! GitHub's answers, as far as they are used. Lenient on purpose: only what is needed to be right is required, unknown words and
//! fields pass. GitHub's own examples leave out what its description promises.

use serde::Deserialize;
use serde_json::Value;

/// The body of a refusal.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    message: Value,
    #[serde(default)]
    errors: Value,
}

impl ErrorBody {
    /// Reads a body; an empty one where it is no JSON.
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// What it says, in one line.
    pub(super) fn words(&self) -> String {
        let message = self.message.as_str().unwrap_or_default().to_owned();
        let details: Vec<String> = match &self.errors {
            Value::Array(errors) => errors.iter().map(detail).filter(|words| !words.is_empty()).collect(),
            Value::String(text) => vec![text.clone()],
            _ => Vec::new(),
        };
        if details.is_empty() { message } else { format!("{message}: {}", details.join("; ")) }
    }
}

fn detail(error: &Value) -> String {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    if let Some(words) = error.as_str() {
        return words.to_owned();
    }
    if !text("message").is_empty() {
        return text("message").to_owned();
    }
    let place = [text("resource"), text("field")].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let code = match text("code") {
        "missing" => "does not exist",
        "missing_field" => "is missing",
        "invalid" => "is invalid",
        "already_exists" => "exists already",
        "unprocessable" => "can't be processed",
        other => other,
    };
    format!("{place} {code}").trim().to_owned()
}

/// `GET /user`.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) login: String,
}

/// `GET /rate_limit`.
#[derive(Debug, Deserialize)]
pub(super) struct RateLimits {
    pub(super) resources: RateResources,
}

#[derive(Debug, Deserialize)]
pub(super) struct RateResources {
    pub(super) core: RateResource,
}

#[derive(Debug, Deserialize)]
pub(super) struct RateResource {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Seconds since 1970.
    pub(super) reset: i64,
}

/// A repository.
#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    pub(super) full_name: String,
    /// Absent in the short form that some answers hold.
    pub(super) default_branch: Option<String>,
    pub(super) description: Option<String>,
    pub(super) permissions: Option<Permissions>,
    #[serde(default)]
    pub(super) archived: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Permissions {
    #[serde(default)]
    pub(super) push: bool,
}

/// `GET /repos/{repo}/environments`.
#[derive(Debug, Deserialize)]
pub(super) struct Environments {
    #[serde(default)]
    pub(super) environments: Vec<Environment>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Environment {
    pub(super) name: String,
}

/// `GET /repos/{repo}/actions/workflows`.
#[derive(Debug, Deserialize)]
pub(super) struct Workflows {
    #[serde(default)]
    pub(super) workflows: Vec<Workflow>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Workflow {
    #[serde(default)]
    pub(super) name: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) state: String,
}

/// A file of `GET /repos/{repo}/contents/{path}`.
#[derive(Debug, Deserialize)]
pub(super) struct Contents {
    #[serde(default)]
    pub(super) content: String,
    #[serde(default)]
    pub(super) encoding: String,
}

/// A branch in a list, or a tag in a list: GitHub names the tag's commit, not the tag object.
#[derive(Debug, Deserialize)]
pub(super) struct NamedCommit {
    pub(super) name: String,
    pub(super) commit: CommitName,
}

#[derive(Debug, Deserialize)]
pub(super) struct CommitName {
    pub(super) sha: String,
}

/// `GET /repos/{repo}/git/ref/{ref}` and `/git/tags/{sha}`.
#[derive(Debug, Deserialize)]
pub(super) struct PointsAt {
    pub(super) object: GitObject,
}

#[derive(Debug, Deserialize)]
pub(super) struct GitObject {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) sha: String,
}

/// A commit.
#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    pub(super) sha: String,
    pub(super) commit: CommitText,
    pub(super) author: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CommitText {
    #[serde(default)]
    pub(super) message: String,
    pub(super) author: Option<Signature>,
    pub(super) committer: Option<Signature>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Signature {
    pub(super) name: Option<String>,
    pub(super) date: Option<String>,
}

/// `GET /repos/{repo}/compare/{base}...{head}`.
#[derive(Debug, Deserialize)]
pub(super) struct Compare {
    pub(super) ahead_by: u32,
    #[serde(default)]
    pub(super) behind_by: u32,
    #[serde(default)]
    pub(super) total_commits: u32,
    #[serde(default)]
    pub(super) commits: Vec<Commit>,
    /// On the first page alone; of more than 300 the first 300.
    pub(super) files: Option<Vec<ChangedFile>>,
}

/// A file of a comparison.
#[derive(Debug, Deserialize)]
pub(super) struct ChangedFile {
    pub(super) filename: String,
    pub(super) previous_filename: Option<String>,
}

/// The answer to a dispatch with `return_run_details`.
#[derive(Debug, Deserialize)]
pub(super) struct Dispatched {
    pub(super) workflow_run_id: u64,
    #[serde(default)]
    pub(super) html_url: String,
}

/// `GET /repos/{repo}/actions/workflows/{workflow}/runs`.
#[derive(Debug, Deserialize)]
pub(super) struct Runs {
    #[serde(default)]
    pub(super) workflow_runs: Vec<Run>,
}

/// A run.
#[derive(Debug, Deserialize)]
pub(super) struct Run {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) html_url: String,
    pub(super) run_attempt: Option<u32>,
    pub(super) status: Option<String>,
    pub(super) conclusion: Option<String>,
    pub(super) display_title: Option<String>,
    pub(super) name: Option<String>,
    /// The workflow's file; of one in another repository with its ref after an `@`.
    pub(super) path: Option<String>,
    pub(super) event: Option<String>,
    pub(super) head_branch: Option<String>,
    pub(super) head_sha: Option<String>,
    pub(super) created_at: Option<String>,
    /// When the last attempt began.
    pub(super) run_started_at: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) actor: Option<Actor>,
    pub(super) triggering_actor: Option<Actor>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Actor {
    #[serde(default)]
    pub(super) login: String,
}

/// `GET /repos/{repo}/actions/runs/{run}/jobs`.
#[derive(Debug, Deserialize)]
pub(super) struct Jobs {
    #[serde(default)]
    pub(super) jobs: Vec<Job>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Job {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) conclusion: Option<String>,
    pub(super) html_url: Option<String>,
    pub(super) started_at: Option<String>,
    pub(super) completed_at: Option<String>,
    pub(super) steps: Option<Vec<Step>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Step {
    #[serde(default)]
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) conclusion: Option<String>,
}
