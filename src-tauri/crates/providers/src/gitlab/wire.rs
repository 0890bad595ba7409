//! GitLab's answers about projects, repositories and accounts, as far as they are used. Lenient on purpose: only what is needed to
//! be right is required, unknown words and fields pass. Those about pipelines are in [`super::wire_ci`].

use serde::Deserialize;
use serde_json::Value;

/// The body of a refusal: `message` is a text, a list, or an object of lists by field; tokens are refused with `error`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    message: Value,
    #[serde(default)]
    error: Value,
    #[serde(default)]
    error_description: Value,
    /// The scopes of which one is wanted, separated by spaces.
    #[serde(default)]
    scope: Value,
}

impl ErrorBody {
    /// Reads a body; an empty one where it is no JSON object.
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// What it says, in one line.
    pub(super) fn words(&self) -> String {
        let parts = [&self.message, &self.error, &self.error_description].map(flat);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
    }

    pub(super) fn is_insufficient_scope(&self) -> bool {
        [&self.error, &self.message].iter().any(|text| text.as_str() == Some("insufficient_scope"))
    }

    pub(super) fn scopes(&self) -> Vec<String> {
        let text = self.scope.as_str().unwrap_or_default();
        text.split([' ', ','])
            .map(|scope| scope.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// A message as one line. The field `base` means the thing as a whole, so it isn't named.
fn flat(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => joined(items.iter().map(flat)),
        Value::Object(fields) => joined(fields.iter().flat_map(|(field, value)| {
            let lines = if let Value::Array(items) = value { items.iter().map(flat).collect() } else { vec![flat(value)] };
            let name = if field == "base" { String::new() } else { format!("{field} ") };
            lines.into_iter().map(move |line| format!("{name}{line}"))
        })),
        other => other.to_string(),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// `GET /user`, and people in other answers.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) username: String,
}

/// `GET /personal_access_tokens/self`, also for the tokens of projects and groups.
#[derive(Debug, Deserialize)]
pub(super) struct TokenInfo {
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    /// A day, `2026-12-31`, at whose beginning (UTC) the token ends; newer servers may add a time.
    pub(super) expires_at: Option<String>,
    #[serde(default)]
    pub(super) revoked: bool,
    pub(super) active: Option<bool>,
    pub(super) user_id: Option<u64>,
}

/// `GET /version`.
#[derive(Debug, Deserialize)]
pub(super) struct Version {
    /// `18.5.0-ee`.
    pub(super) version: String,
}

/// A project.
#[derive(Debug, Deserialize)]
pub(super) struct Project {
    pub(super) path_with_namespace: String,
    /// Absent in an empty repository.
    pub(super) default_branch: Option<String>,
    pub(super) description: Option<String>,
    pub(super) permissions: Option<Permissions>,
    #[serde(default)]
    pub(super) archived: bool,
    /// Empty where it is `.gitlab-ci.yml`.
    pub(super) ci_config_path: Option<String>,
    /// `disabled`, `private` or `enabled`.
    pub(super) builds_access_level: Option<String>,
    /// Whether a deployment job that is older than the newest deployment is refused.
    pub(super) ci_forward_deployment_enabled: Option<bool>,
    /// Whether such a job may be repeated to go back.
    pub(super) ci_forward_deployment_rollback_allowed: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Permissions {
    pub(super) project_access: Option<Access>,
    pub(super) group_access: Option<Access>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Access {
    /// 10 Guest, 20 Reporter, 30 Developer, 40 Maintainer, 50 Owner.
    pub(super) access_level: u32,
}

/// Something that has a name.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

/// `GET .../repository/files/{path}`.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    #[serde(default)]
    pub(super) content: String,
    #[serde(default)]
    pub(super) encoding: String,
}

/// A branch or a tag. The commit is the tag's commit, also where the tag is annotated.
#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    pub(super) name: String,
    /// Absent where a tag points at something that is no commit.
    pub(super) commit: Option<Commit>,
    #[serde(default)]
    pub(super) default: bool,
}

/// A commit.
#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    pub(super) id: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) author_name: String,
    pub(super) committed_date: Option<String>,
    pub(super) created_at: Option<String>,
}

/// `GET .../repository/compare`.
#[derive(Debug, Deserialize)]
pub(super) struct Compare {
    /// Oldest first.
    #[serde(default)]
    pub(super) commits: Vec<Commit>,
    #[serde(default)]
    pub(super) diffs: Vec<Diff>,
    /// True where GitLab gave up before it had listed all that differs.
    #[serde(default)]
    pub(super) compare_timeout: bool,
}

/// A file of a comparison.
#[derive(Debug, Deserialize)]
pub(super) struct Diff {
    pub(super) old_path: String,
    pub(super) new_path: String,
}

/// A release.
#[derive(Debug, Deserialize)]
pub(super) struct Release {
    pub(super) tag_name: String,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) released_at: Option<String>,
    #[serde(rename = "_links", default)]
    pub(super) links: ReleaseLinks,
    #[serde(default)]
    pub(super) assets: Assets,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ReleaseLinks {
    #[serde(rename = "self")]
    pub(super) page: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Assets {
    #[serde(default)]
    pub(super) links: Vec<AssetLink>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AssetLink {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) direct_asset_url: Option<String>,
}

/// `GET .../repository/changelog`.
#[derive(Debug, Deserialize)]
pub(super) struct Changelog {
    #[serde(default)]
    pub(super) notes: String,
}

/// A freeze period.
#[derive(Debug, Deserialize)]
pub(super) struct FreezePeriod {
    pub(super) id: u64,
    /// A cron expression.
    pub(super) freeze_start: String,
    /// A cron expression.
    pub(super) freeze_end: String,
    /// `UTC`, `Europe/Berlin`, or a name of Rails' own such as `Berlin`.
    pub(super) cron_timezone: Option<String>,
}
