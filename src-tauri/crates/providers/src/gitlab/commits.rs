//! Commits: the newest at a ref, and those between two.

use super::client::Client;
use super::route::Route;
use super::wire;
use pilothouse_domain::Timestamp;
use pilothouse_domain::changelog::Commit;
use pilothouse_engine::ports::provider::{Comparison, ProviderError, ProviderErrorKind};

/// How many commits a comparison gives.
const MOST_COMPARED: usize = 1000;
/// How many files GitLab lists unless it is told otherwise by its administrator: beyond them some are missing.
const MOST_FILES: usize = 1000;

/// The newest commits at a ref.
pub(super) async fn newest(client: &Client, repository: &str, git_ref: &str, limit: u8) -> Result<Vec<Commit>, ProviderError> {
    let route = Route::project(repository, "/repository/commits", &[], format!("the commits of {repository} at {git_ref}"))?;
    let route = route.query("ref_name", git_ref).query("per_page", &limit.clamp(1, 100).to_string());
    let read: Vec<wire::Commit> = client.read(&route).await?;
    Ok(read.into_iter().map(commit).collect())
}

/// The commits that `head` has and `base` hasn't, and how many it is the other way round: GitLab compares in one direction.
pub(super) async fn compare(client: &Client, repository: &str, base: &str, head: &str) -> Result<Comparison, ProviderError> {
    let (ahead, behind) = tokio::try_join!(between(client, repository, base, head), between(client, repository, head, base))?;
    let count = |read: &wire::Compare| u32::try_from(read.commits.len()).unwrap_or(u32::MAX);
    let (ahead_by, behind_by) = (count(&ahead), count(&behind));
    // No file beside commits: it was not told.
    let is_whole = !ahead.compare_timeout && ahead.diffs.len() < MOST_FILES && (!ahead.diffs.is_empty() || ahead_by == 0);
    let paths = ahead.diffs.into_iter().flat_map(|file| [file.old_path, file.new_path]);
    Ok(Comparison {
        paths: if is_whole { Comparison::all_paths(paths) } else { None },
        ahead: ahead_by,
        behind: behind_by,
        commits: ahead.commits.into_iter().rev().take(MOST_COMPARED).map(commit).collect(),
    })
}

/// Oldest first.
async fn between(client: &Client, repository: &str, from: &str, to: &str) -> Result<wire::Compare, ProviderError> {
    let subject = format!("the comparison of {from} with {to} in {repository}");
    let route = Route::project(repository, "/repository/compare", &[], subject)?.query("from", from).query("to", to);
    let read: Result<wire::Compare, _> = client.read(&route.query("straight", "false")).await;
    read.map_err(|mut error| {
        if error.kind == ProviderErrorKind::NotFound {
            error.next_step = format!("Check that {from} and {to} were both pushed, and that one history leads to both.");
        }
        error
    })
}

fn commit(read: wire::Commit) -> Commit {
    // The committer's date tells when the commit came to be as it is; an author's survives every rebase.
    let at = read.committed_date.as_deref().or(read.created_at.as_deref()).and_then(Timestamp::parse);
    Commit::from_message(read.id, &read.message, read.author_name, at)
}
