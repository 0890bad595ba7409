//! Projects that the token can see, and the environments that GitLab knows of them.

use super::account::DEVELOPER;
use super::client::Client;
use super::route::Route;
use super::wire;
use pilothouse_engine::ports::provider::{ProviderError, Repository};

/// Where the CI configuration is where a project says nothing else.
const USUAL_CONFIG: &str = ".gitlab-ci.yml";
/// Pages of a hundred projects that are searched.
const MOST_PAGES: u32 = 10;
/// How many projects a search gives.
const MOST_FOUND: usize = 100;
/// Pages of a hundred environments that are read.
const MOST_ENVIRONMENT_PAGES: u32 = 5;
/// GitLab takes fewer characters for a whole name.
const SHORTEST_SEARCH: usize = 3;

/// Projects whose path contains `query`, last active first.
pub(super) async fn search(client: &Client, query: &str) -> Result<Vec<Repository>, ProviderError> {
    let wanted = query.trim().to_lowercase();
    let route = Route::plain("/projects", "the projects of the token").query("membership", "true").query("archived", "false");
    let mut route = route.query("order_by", "last_activity_at").query("sort", "desc").query("per_page", "100");
    // GitLab searches names and paths; ours must hold the text itself, so that one more look is taken below.
    let last = wanted.rsplit('/').next().unwrap_or_default();
    if last.chars().count() >= SHORTEST_SEARCH {
        route = route.query("search", last).query("search_namespaces", "true");
    }
    let mut found = Vec::new();
    for page in 1..=MOST_PAGES {
        let answer = client.get(&route.clone().query("page", &page.to_string())).await?;
        let read: Vec<wire::Project> = answer.json(&client.secret)?;
        let is_last = read.is_empty() || !super::client::has_more(&answer);
        found.extend(read.into_iter().filter(|p| p.path_with_namespace.to_lowercase().contains(&wanted)).map(repository));
        if is_last || found.len() >= MOST_FOUND {
            break;
        }
    }
    found.truncate(MOST_FOUND);
    Ok(found)
}

/// One project as a repository.
pub(super) async fn one(client: &Client, name: &str) -> Result<Repository, ProviderError> {
    read(client, name).await.map(repository)
}

/// One project.
pub(super) async fn read(client: &Client, name: &str) -> Result<wire::Project, ProviderError> {
    client.read(&Route::project(name, "", &[], format!("project {name}"))?).await
}

fn repository(read: wire::Project) -> Repository {
    let levels = read.permissions.as_ref().map(|permissions| {
        let level = |access: &Option<wire::Access>| access.as_ref().map(|access| access.access_level);
        level(&permissions.project_access).max(level(&permissions.group_access))
    });
    Repository {
        full_name: read.path_with_namespace,
        default_branch: read.default_branch.unwrap_or_else(|| "main".to_owned()),
        description: read.description.unwrap_or_default(),
        // Neither is told where the membership comes from further up. Nothing can be started in an archived project.
        can_write: levels.flatten().map(|level| level >= DEVELOPER && !read.archived),
    }
}

/// Names of a project's environments.
pub(super) async fn environments(client: &Client, name: &str) -> Result<Vec<String>, ProviderError> {
    let route = Route::project(name, "/environments", &[], format!("the environments of {name}"))?;
    let read: Vec<wire::Named> = client.read_all(&route, MOST_ENVIRONMENT_PAGES).await?;
    Ok(read.into_iter().map(|environment| environment.name).collect())
}

impl wire::Project {
    /// The path of the CI configuration, by which its one pipeline is called.
    pub(super) fn config_path(&self) -> &str {
        self.ci_config_path.as_deref().map(str::trim).filter(|path| !path.is_empty()).unwrap_or(USUAL_CONFIG)
    }

    /// True where the project runs no pipelines at all.
    pub(super) fn is_ci_off(&self) -> bool {
        self.archived || self.builds_access_level.as_deref() == Some("disabled")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use serde_json::json;

    fn project(more: serde_json::Value) -> wire::Project {
        let mut all = json!({"path_with_namespace": "acme/web/shop"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn the_higher_of_both_roles_counts() {
        let can_write = |more| repository(project(more)).can_write;
        assert_eq!(can_write(json!({"permissions": {"project_access": null, "group_access": {"access_level": 40}}})), Some(true));
        assert_eq!(can_write(json!({"permissions": {"project_access": {"access_level": 20}, "group_access": null}})), Some(false));
        assert_eq!(can_write(json!({"permissions": {"project_access": {"access_level": 50}}, "archived": true})), Some(false));
        assert_eq!(can_write(json!({"permissions": {"project_access": null, "group_access": null}})), None);
        assert_eq!(can_write(json!({})), None);
    }

    #[test]
    fn the_configuration_is_where_the_project_says() {
        assert_eq!(project(json!({"ci_config_path": ""})).config_path(), ".gitlab-ci.yml");
        assert_eq!(project(json!({"ci_config_path": null})).config_path(), ".gitlab-ci.yml");
        assert_eq!(project(json!({"ci_config_path": "ci/release.yml"})).config_path(), "ci/release.yml");
        assert!(project(json!({"builds_access_level": "disabled"})).is_ci_off() && !project(json!({})).is_ci_off());
    }
}
