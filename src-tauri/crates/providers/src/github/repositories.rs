//! Repositories that the token can see, and the environments that GitHub knows of them.

use super::client::Client;
use super::route::Route;
use super::wire;
use crate::paging::has_next;
use pilothouse_engine::ports::provider::{ProviderError, Repository};

/// Pages of a hundred repositories that are searched.
const MOST_PAGES: u32 = 10;
/// How many repositories a search gives.
const MOST_FOUND: usize = 100;
/// Pages of a hundred environments that are read.
const MOST_ENVIRONMENT_PAGES: u32 = 5;

/// Repositories whose name contains `query`, last pushed to first.
pub(super) async fn search(client: &Client, query: &str) -> Result<Vec<Repository>, ProviderError> {
    let wanted = query.trim().to_lowercase();
    let route = Route::plain("/user/repos", "the repositories of the token").query("sort", "pushed").query("per_page", "100");
    let mut found = Vec::new();
    for page in 1..=MOST_PAGES {
        let answer = client.get(&route.clone().query("page", &page.to_string())).await?;
        let read: Vec<wire::Repository> = answer.json(&client.secret)?;
        let is_last = read.is_empty() || !has_next(&answer.headers);
        found.extend(read.into_iter().filter(|r| r.full_name.to_lowercase().contains(&wanted)).map(repository));
        if is_last || found.len() >= MOST_FOUND {
            break;
        }
    }
    found.truncate(MOST_FOUND);
    Ok(found)
}

/// One repository.
pub(super) async fn one(client: &Client, name: &str) -> Result<Repository, ProviderError> {
    let answer = client.get(&Route::repo(name, "", &[], format!("repository {name}"))?).await?;
    answer.json(&client.secret).map(repository)
}

fn repository(read: wire::Repository) -> Repository {
    Repository {
        full_name: read.full_name,
        default_branch: read.default_branch.unwrap_or_else(|| "main".to_owned()),
        description: read.description.unwrap_or_default(),
        // Nothing can be started in an archived repository, whoever asks.
        can_write: read.permissions.map(|permissions| permissions.push && !read.archived),
    }
}

/// Names of a repository's environments.
pub(super) async fn environments(client: &Client, name: &str) -> Result<Vec<String>, ProviderError> {
    let route = Route::repo(name, "/environments", &[], format!("the environments of {name}"))?.query("per_page", "100");
    let mut names = Vec::new();
    for page in 1..=MOST_ENVIRONMENT_PAGES {
        let answer = client.get(&route.clone().query("page", &page.to_string())).await?;
        let read: wire::Environments = answer.json(&client.secret)?;
        let is_last = read.environments.is_empty() || !has_next(&answer.headers);
        names.extend(read.environments.into_iter().map(|environment| environment.name));
        if is_last {
            break;
        }
    }
    Ok(names)
}
