//! Issues (<https://docs.github.com/en/rest/issues>). To GitHub a pull request is an issue, too; here it is none.

use super::client::{Client, moved};
use super::route::Route;
use super::wire::Actor;
use crate::answer::Answer;
use crate::failure::invalid;
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::{Issue, IssueChange, IssueComment, IssueSearch, Issues, NewIssue, ProviderError};
use serde::Deserialize;
use serde_json::json;

/// Pages of a hundred that are read of a list.
const MOST_PAGES: u32 = 10;

/// One of `GET /repos/{repo}/issues`.
#[derive(Debug, Deserialize)]
struct Wire {
    number: u64,
    title: String,
    body: Option<String>,
    user: Option<Actor>,
    #[serde(default)]
    labels: Vec<Label>,
    state: String,
    created_at: String,
    updated_at: String,
    #[serde(default)]
    html_url: String,
    /// There for a pull request.
    pull_request: Option<serde_json::Value>,
}

/// A label: the description allows its bare name, too.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Label {
    Name(String),
    Whole { name: Option<String> },
}

/// One of `GET /repos/{repo}/issues/{number}/comments`.
#[derive(Debug, Deserialize)]
struct WireComment {
    id: u64,
    body: Option<String>,
}

/// Issues of a repository.
pub(super) async fn list(client: &Client, repository: &str, search: &IssueSearch) -> Result<Issues, ProviderError> {
    let route = Route::repo(repository, "/issues", &[], format!("the issues of {repository}"))?;
    let mut route = route.query("state", "all").query("sort", "updated").query("direction", "asc").query("per_page", "100");
    if let Some(label) = &search.label {
        route = route.query("labels", label);
    }
    if let Some(since) = search.changed_since {
        route = route.query("since", &seconds(since));
    }
    let mut found = Issues::default();
    for page in 1..=MOST_PAGES {
        let answer = get(client, &route.clone().query("page", &page.to_string())).await?;
        found.is_cut = crate::paging::has_next(&answer.headers);
        let read: Vec<Wire> = answer.json(&client.secret)?;
        found.issues.extend(read.into_iter().filter(|one| one.pull_request.is_none()).filter_map(shown));
        if !found.is_cut {
            break;
        }
    }
    Ok(found)
}

/// One issue.
pub(super) async fn one(client: &Client, repository: &str, number: u64) -> Result<Issue, ProviderError> {
    let answer = get(client, &of(repository, "/issues/{}", number)?).await?;
    let read: Wire = answer.json(&client.secret)?;
    if read.pull_request.is_some() {
        let next_step = "Name an issue; a pull request is none.";
        return Err(invalid(format!("#{number} of {repository} is a pull request."), next_step));
    }
    readable(read, repository)
}

/// Writes an issue.
pub(super) async fn create(client: &Client, repository: &str, issue: &NewIssue) -> Result<Issue, ProviderError> {
    let route = Route::repo(repository, "/issues", &[], format!("a new issue of {repository}"))?;
    let body = json!({ "title": issue.title, "body": issue.body, "labels": issue.labels });
    let answer = accepted(client, client.post(&route, Some(&body)).await?)?;
    readable(answer.json(&client.secret)?, repository)
}

/// Comments on an issue.
pub(super) async fn comments(client: &Client, repository: &str, number: u64, since: Timestamp) -> Result<Vec<IssueComment>, ProviderError> {
    let route = of(repository, "/issues/{}/comments", number)?.query("since", &seconds(since)).query("per_page", "100");
    let pages: Vec<Vec<WireComment>> = client.pages(&route, MOST_PAGES).await?;
    let shown = |one: WireComment| IssueComment { external_id: one.id.to_string(), body: one.body.unwrap_or_default() };
    Ok(pages.into_iter().flatten().map(shown).collect())
}

/// Writes a comment.
pub(super) async fn comment(client: &Client, repository: &str, number: u64, body: &str) -> Result<(), ProviderError> {
    let route = of(repository, "/issues/{}/comments", number)?;
    accepted(client, client.post(&route, Some(&json!({ "body": body }))).await?).map(drop)
}

/// Labels and closes. Labels that the repository doesn't have yet are made by GitHub.
pub(super) async fn change(client: &Client, repository: &str, number: u64, change: &IssueChange) -> Result<(), ProviderError> {
    if !change.add_labels.is_empty() {
        let route = of(repository, "/issues/{}/labels", number)?;
        accepted(client, client.post(&route, Some(&json!({ "labels": change.add_labels }))).await?)?;
    }
    if change.close {
        let body = json!({ "state": "closed", "state_reason": "completed" });
        accepted(client, client.patch(&of(repository, "/issues/{}", number)?, &body).await?)?;
    }
    Ok(())
}

/// A moment in whole seconds, as lists are filtered; cut, so that nothing is missed.
fn seconds(at: Timestamp) -> String {
    at.as_datetime().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn of(repository: &str, template: &'static str, number: u64) -> Result<Route, ProviderError> {
    Route::repo(repository, template, &[&number.to_string()], format!("issue #{number} of {repository}"))
}

async fn get(client: &Client, route: &Route) -> Result<Answer, ProviderError> {
    let answer = client.probe(route).await?;
    accepted(client, answer)
}

/// The answer, unless it is a refusal. 410 says that issues are switched off, or that this one was deleted.
fn accepted(client: &Client, answer: Answer) -> Result<Answer, ProviderError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    if answer.status.is_redirection() {
        return Err(moved(&answer.subject));
    }
    let mut refusal = client.refusal(&answer);
    if answer.status.as_u16() == 410 {
        refusal.next_step =
            "Look whether issues are switched on in the repository's settings, and whether this one was deleted.".to_owned();
    }
    Err(refusal)
}

fn readable(read: Wire, repository: &str) -> Result<Issue, ProviderError> {
    shown(read).ok_or_else(|| {
        crate::failure::unexpected(format!("An issue of {repository} has times that can't be read."), "Look at its page at GitHub.")
    })
}

fn shown(read: Wire) -> Option<Issue> {
    let name = |label: Label| match label {
        Label::Name(name) => Some(name),
        Label::Whole { name } => name,
    };
    Some(Issue {
        number: read.number,
        title: read.title,
        body: read.body.unwrap_or_default(),
        // The account was deleted: GitHub shows its ghost.
        author: read.user.map_or_else(|| "ghost".to_owned(), |user| user.login),
        labels: read.labels.into_iter().filter_map(name).collect(),
        is_open: read.state != "closed",
        created_at: Timestamp::parse(&read.created_at)?,
        updated_at: Timestamp::parse(&read.updated_at)?,
        url: read.html_url,
    })
}
