//! Issues (<https://docs.gitlab.com/api/issues/>, <https://docs.gitlab.com/api/notes/>). A line of a description or a comment that begins
//! with a slash is a command to GitLab (a quick action); what is written from here is never one.

use super::client::{Client, has_more};
use super::route::Route;
use crate::failure::unexpected;
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::{Issue, IssueChange, IssueComment, IssueSearch, Issues, NewIssue, ProviderError};
use serde::Deserialize;
use serde_json::json;

/// Pages of a hundred that are read of a list.
const MOST_PAGES: u32 = 10;

/// One of `GET /projects/{id}/issues`.
#[derive(Debug, Deserialize)]
struct Wire {
    iid: u64,
    title: String,
    description: Option<String>,
    author: Option<Author>,
    #[serde(default)]
    labels: Vec<String>,
    state: String,
    created_at: String,
    updated_at: String,
    #[serde(default)]
    web_url: String,
}

#[derive(Debug, Deserialize)]
struct Author {
    username: String,
}

/// One of `GET /projects/{id}/issues/{iid}/notes`.
#[derive(Debug, Deserialize)]
struct Note {
    id: u64,
    #[serde(default)]
    body: String,
    updated_at: Option<String>,
    /// Written by GitLab itself: "added label".
    #[serde(default)]
    system: bool,
}

/// Issues of a project.
pub(super) async fn list(client: &Client, repository: &str, search: &IssueSearch) -> Result<Issues, ProviderError> {
    let route = Route::project(repository, "/issues", &[], format!("the issues of {repository}"))?;
    let mut route = route.query("scope", "all").query("order_by", "updated_at").query("sort", "asc").query("per_page", "100");
    if let Some(label) = &search.label {
        route = route.query("labels", label);
    }
    if let Some(since) = search.changed_since {
        route = route.query("updated_after", &seconds(since));
    }
    let mut found = Issues::default();
    for page in 1..=MOST_PAGES {
        let answer = client.get(&route.clone().query("page", &page.to_string())).await?;
        found.is_cut = has_more(&answer);
        let read: Vec<Wire> = answer.json(&client.secret)?;
        found.issues.extend(read.into_iter().filter_map(shown));
        if !found.is_cut {
            break;
        }
    }
    Ok(found)
}

/// One issue.
pub(super) async fn one(client: &Client, repository: &str, number: u64) -> Result<Issue, ProviderError> {
    readable(client.read(&of(repository, "/issues/{}", number)?).await?, repository)
}

/// Writes an issue.
pub(super) async fn create(client: &Client, repository: &str, issue: &NewIssue) -> Result<Issue, ProviderError> {
    let route = Route::project(repository, "/issues", &[], format!("a new issue of {repository}"))?;
    let body = json!({ "title": issue.title, "description": without_commands(&issue.body), "labels": issue.labels.join(",") });
    readable(client.posted(&route, Some(&body)).await?.json(&client.secret)?, repository)
}

/// Comments of people on an issue. GitLab can't be asked for those since a moment: the newest are read, back to it.
pub(super) async fn comments(client: &Client, repository: &str, number: u64, since: Timestamp) -> Result<Vec<IssueComment>, ProviderError> {
    let route = of(repository, "/issues/{}/notes", number)?.query("order_by", "updated_at").query("sort", "desc").query("per_page", "100");
    let mut found = Vec::new();
    for page in 1..=MOST_PAGES {
        let answer = client.get(&route.clone().query("page", &page.to_string())).await?;
        let is_last = !has_more(&answer);
        for note in answer.json::<Vec<Note>>(&client.secret)? {
            if note.updated_at.as_deref().and_then(Timestamp::parse).is_some_and(|at| at < since) {
                return Ok(found);
            }
            if !note.system {
                found.push(IssueComment { external_id: note.id.to_string(), body: note.body });
            }
        }
        if is_last {
            break;
        }
    }
    Ok(found)
}

/// Writes a comment.
pub(super) async fn comment(client: &Client, repository: &str, number: u64, body: &str) -> Result<(), ProviderError> {
    let route = of(repository, "/issues/{}/notes", number)?;
    client.posted(&route, Some(&json!({ "body": without_commands(body) }))).await.map(drop)
}

/// Labels and closes, in one call.
pub(super) async fn change(client: &Client, repository: &str, number: u64, change: &IssueChange) -> Result<(), ProviderError> {
    let mut body = json!({});
    if !change.add_labels.is_empty() {
        body["add_labels"] = change.add_labels.join(",").into();
    }
    if change.close {
        body["state_event"] = "close".into();
    }
    let answer = client.put(&of(repository, "/issues/{}", number)?, &body).await?;
    if answer.status.is_success() { Ok(()) } else { Err(client.refusal(&answer)) }
}

/// A moment in whole seconds, as lists are filtered; cut, so that nothing is missed.
fn seconds(at: Timestamp) -> String {
    at.as_datetime().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn of(repository: &str, template: &'static str, number: u64) -> Result<Route, ProviderError> {
    Route::project(repository, template, &[&number.to_string()], format!("issue #{number} of {repository}"))
}

/// Text whose lines that would be commands begin with a backslash, which Markdown doesn't show. GitLab reads none in a block of code.
fn without_commands(text: &str) -> String {
    let mut fence: Option<char> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let start = line.trim_start();
        let mark = ['`', '~'].into_iter().find(|mark| start.starts_with(&mark.to_string().repeat(3)));
        if mark.is_some() && (fence.is_none() || fence == mark) {
            fence = if fence.is_some() { None } else { mark };
        }
        let is_command = fence.is_none() && start.strip_prefix('/').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
        lines.push(if is_command { line.replacen('/', "\\/", 1) } else { line.to_owned() });
    }
    lines.join("\n")
}

fn readable(read: Wire, repository: &str) -> Result<Issue, ProviderError> {
    let unread = || unexpected(format!("An issue of {repository} has times that can't be read."), "Look at its page at GitLab.");
    shown(read).ok_or_else(unread)
}

fn shown(read: Wire) -> Option<Issue> {
    Some(Issue {
        number: read.iid,
        title: read.title,
        body: read.description.unwrap_or_default(),
        author: read.author.map_or_else(|| "ghost".to_owned(), |author| author.username),
        labels: read.labels,
        is_open: read.state != "closed",
        created_at: Timestamp::parse(&read.created_at)?,
        updated_at: Timestamp::parse(&read.updated_at)?,
        url: read.web_url,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_written_is_a_command() {
        let text = "/close\nsee /tmp\n  /assign @a\n```\n/not a command there\n```\n//two\n/ alone";
        let safe = "\\/close\nsee /tmp\n  \\/assign @a\n```\n/not a command there\n```\n//two\n/ alone";
        assert_eq!(without_commands(text), safe);
    }
}
