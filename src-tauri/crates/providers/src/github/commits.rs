//! Commits: the newest at a ref, and those between two.

use super::client::Client;
use super::route::Route;
use super::wire;
use pilothouse_domain::Timestamp;
use pilothouse_domain::changelog::Commit;
use pilothouse_engine::ports::provider::{Comparison, ProviderError, ProviderErrorKind};

/// Commits on a page, GitHub's most.
const ON_A_PAGE: u32 = 100;
/// How many commits a comparison gives.
const MOST_COMPARED: usize = 1000;
/// How many files a comparison lists, GitHub's most: beyond them some are missing.
const MOST_FILES: usize = 300;

/// The newest commits at a ref.
pub(super) async fn newest(client: &Client, repository: &str, git_ref: &str, limit: u8) -> Result<Vec<Commit>, ProviderError> {
    let route = Route::repo(repository, "/commits", &[], format!("the commits of {repository} at {git_ref}"))?;
    let route = route.query("sha", git_ref).query("per_page", &limit.clamp(1, 100).to_string());
    let answer = client.get(&route).await?;
    let read: Vec<wire::Commit> = answer.json(&client.secret)?;
    Ok(read.into_iter().map(commit).collect())
}

/// The commits that `head` has and `base` hasn't. GitHub gives them oldest first, so of too many the last pages are read.
pub(super) async fn compare(client: &Client, repository: &str, base: &str, head: &str) -> Result<Comparison, ProviderError> {
    let subject = format!("the comparison of {base} with {head} in {repository}");
    let route = Route::repo(repository, "/compare/{}...{}", &[base, head], subject)?.query("per_page", &ON_A_PAGE.to_string());
    let first = client.get(&route.clone().query("page", "1")).await.map_err(|mut error| {
        if error.kind == ProviderErrorKind::NotFound {
            error.next_step = format!("Check that {base} and {head} were both pushed, and that one history leads to both.");
        }
        error
    })?;
    let first: wire::Compare = first.json(&client.secret)?;
    let files = first.files.filter(|files| files.len() < MOST_FILES);
    let paths = files.and_then(|files| {
        Comparison::all_paths(files.into_iter().flat_map(|file| [Some(file.filename), file.previous_filename]).flatten())
    });
    let total = first.total_commits.max(first.ahead_by);
    let pages = total.div_ceil(ON_A_PAGE).max(1);
    let earliest = pages.saturating_sub(u32::try_from(MOST_COMPARED).unwrap_or(u32::MAX) / ON_A_PAGE).max(1);
    let mut commits = if earliest == 1 { first.commits } else { Vec::new() };
    for page in earliest.max(2)..=pages {
        let read: wire::Compare = client.get(&route.clone().query("page", &page.to_string())).await?.json(&client.secret)?;
        if read.commits.is_empty() {
            break;
        }
        commits.extend(read.commits);
    }
    let commits = commits.into_iter().rev().take(MOST_COMPARED).map(commit).collect();
    Ok(Comparison { commits, ahead: total, behind: first.behind_by, paths })
}

fn commit(read: wire::Commit) -> Commit {
    let name = read.commit.author.as_ref().and_then(|author| author.name.clone());
    let login = || read.author.as_ref().and_then(|author| author.get("login")).and_then(|login| login.as_str()).map(str::to_owned);
    let date = |signature: &Option<wire::Signature>| signature.as_ref().and_then(|s| s.date.as_deref()).and_then(Timestamp::parse);
    // The committer's date tells when the commit came to be as it is; an author's survives every rebase.
    let at = date(&read.commit.committer).or_else(|| date(&read.commit.author));
    Commit::from_message(read.sha, &read.commit.message, name.or_else(login).unwrap_or_default(), at)
}
