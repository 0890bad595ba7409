//! The pipeline of a project. GitLab has one for each project: its CI configuration. What it takes depends on the ref.

use super::client::Client;
use super::config_file::ConfigFile;
use super::projects;
use super::route::Route;
use super::wire;
use crate::failure::{failure, unexpected};
use crate::source_file;
use base64::Engine as _;
use http::StatusCode;
use pilothouse_engine::ports::provider::{PipelineDescription, PipelineSummary, ProviderError, ProviderErrorKind};

/// Where a CI configuration lies.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    /// In the project itself.
    Here(&'a str),
    /// In another project, at its default branch or at a ref.
    There { path: &'a str, project: &'a str, git_ref: Option<&'a str> },
    /// At an address outside of GitLab, which we don't call.
    Outside,
}

/// The pipelines of a project: its one.
pub(super) async fn list(client: &Client, repository: &str) -> Result<Vec<PipelineSummary>, ProviderError> {
    let project = projects::read(client, repository).await?;
    let path = project.config_path();
    Ok(vec![PipelineSummary { pipeline: path.to_owned(), title: format!("CI/CD pipeline ({path})"), is_active: !project.is_ci_off() }])
}

/// What the pipeline takes at a ref, and what keeps it from being started.
pub(super) async fn describe(
    client: &Client,
    repository: &str,
    pipeline: &str,
    git_ref: &str,
) -> Result<PipelineDescription, ProviderError> {
    let project = projects::read(client, repository).await?;
    let obstacle = |words: String| PipelineDescription { obstacle: Some(words), inputs: Vec::new() };
    if project.config_path() != pipeline {
        return Ok(obstacle(format!("{repository} has one pipeline, {}; GitLab can't start {pipeline} by itself.", project.config_path())));
    }
    let Some(file) = config(client, repository, &project, git_ref).await? else {
        must_exist(client, repository, git_ref).await?;
        return Ok(obstacle(format!("There is no {pipeline} at {git_ref}: the file is not in that commit.")));
    };
    let mut description = file.describe();
    if project.is_ci_off() {
        description.obstacle = Some(format!("CI/CD is switched off in {repository} at GitLab, or the project is archived."));
    }
    Ok(description)
}

/// The CI configuration at a ref; `None` where there is no such file or no such ref. One outside of GitLab counts as empty.
pub(super) async fn config(
    client: &Client,
    repository: &str,
    project: &wire::Project,
    git_ref: &str,
) -> Result<Option<ConfigFile>, ProviderError> {
    let (path, holder, at) = match place(project.config_path()) {
        Place::Here(path) => (path, repository, Some(git_ref)),
        Place::There { path, project, git_ref } => (path, project, git_ref),
        Place::Outside => return Ok(Some(ConfigFile::default())),
    };
    let about = format!("{path} of {holder}");
    let route = Route::project(holder, "/repository/files/{}", &[path], about.clone())?.query("ref", at.unwrap_or("HEAD"));
    let answer = client.probe(&route).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    let file: wire::File = answer.json(&client.secret)?;
    match text(&file) {
        Some(text) => Ok(Some(ConfigFile::read(&text, &format!("{about} at {}", at.unwrap_or("its default branch"))))),
        None => Err(unexpected(format!("GitLab sends {about} in a form that we can't read."), "Look at the file at GitLab.")),
    }
}

/// A file at a commit, as text.
pub(super) async fn file(client: &Client, repository: &str, commit: &str, path: &str) -> Result<String, ProviderError> {
    let about = source_file::about(path, repository, commit);
    let route = Route::project(repository, "/repository/files/{}", &[path], about.clone())?.query("ref", commit);
    let answer = client.probe(&route).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Err(source_file::missing(&about));
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    let file: wire::File = answer.json(&client.secret)?;
    source_file::readable(text(&file), &about, "GitLab")
}

fn place(config_path: &str) -> Place<'_> {
    if config_path.contains("://") {
        return Place::Outside;
    }
    let Some((path, rest)) = config_path.split_once('@') else { return Place::Here(config_path) };
    let (project, git_ref) = rest.split_once(':').map_or((rest, None), |(project, git_ref)| (project, Some(git_ref)));
    Place::There { path, project, git_ref }
}

/// Fails where there is no such ref: GitLab says 404 to that as to a missing file.
async fn must_exist(client: &Client, repository: &str, git_ref: &str) -> Result<(), ProviderError> {
    let absent = || {
        failure(
            ProviderErrorKind::NotFound,
            format!("{repository} has no {}.", if git_ref.is_empty() { "such ref" } else { git_ref }),
            "Push the tag or branch, or choose another.",
        )
    };
    if git_ref.is_empty() {
        return Err(absent());
    }
    let route = Route::project(repository, "/repository/commits/{}", &[git_ref], format!("{git_ref} of {repository}"))?;
    let answer = client.probe(&route).await?;
    match answer.status.as_u16() {
        200..=299 => Ok(()),
        404 => Err(absent()),
        _ => Err(client.refusal(&answer)),
    }
}

fn text(file: &wire::File) -> Option<String> {
    if file.encoding != "base64" {
        return None;
    }
    let packed: String = file.content.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_may_lie_elsewhere() {
        assert_eq!(place(".gitlab-ci.yml"), Place::Here(".gitlab-ci.yml"));
        assert_eq!(place("ci.yml@acme/ci"), Place::There { path: "ci.yml", project: "acme/ci", git_ref: None });
        assert_eq!(place("a/b.yml@acme/x/ci:v1"), Place::There { path: "a/b.yml", project: "acme/x/ci", git_ref: Some("v1") });
        assert_eq!(place("https://ci.example/ci.yml"), Place::Outside);
    }
}
