//! Workflows: which there are, and what one takes at a ref.

use super::client::Client;
use super::route::{Route, encode};
use super::wire;
use super::workflow_file;
use crate::failure::{failure, unexpected};
use crate::source_file;
use base64::Engine as _;
use http::StatusCode;
use pilothouse_engine::ports::provider::{PipelineDescription, PipelineSummary, ProviderError, ProviderErrorKind};

/// Where workflow files are.
const FOLDER: &str = ".github/workflows/";
/// Pages of a hundred workflows that are read.
const MOST_PAGES: u32 = 5;

/// The workflows of a repository that have a file in it, by name.
pub(super) async fn list(client: &Client, repository: &str) -> Result<Vec<PipelineSummary>, ProviderError> {
    let mut pipelines: Vec<PipelineSummary> = workflows(client, repository).await?.into_iter().filter_map(summary).collect();
    pipelines.sort_by_key(|pipeline| pipeline.title.to_lowercase());
    Ok(pipelines)
}

/// Everything that GitHub lists as a workflow of a repository.
pub(super) async fn workflows(client: &Client, repository: &str) -> Result<Vec<wire::Workflow>, ProviderError> {
    let route = Route::repo(repository, "/actions/workflows", &[], format!("the workflows of {repository}"))?.query("per_page", "100");
    let pages: Vec<wire::Workflows> = client.pages(&route, MOST_PAGES).await?;
    Ok(pages.into_iter().flat_map(|page| page.workflows).collect())
}

/// The name of a workflow's file, as a pipeline is called, from its path; `None` for a workflow that GitHub makes itself (`dynamic/…`).
pub(super) fn file_name(path: &str) -> Option<&str> {
    path.strip_prefix(FOLDER)?.split('@').next()
}

/// A workflow by its file's name. `None` for those that GitHub makes itself (`dynamic/…`) and for deleted ones.
pub(super) fn summary(workflow: wire::Workflow) -> Option<PipelineSummary> {
    let file = file_name(&workflow.path)?.to_owned();
    if workflow.state == "deleted" {
        return None;
    }
    let title = if workflow.name.is_empty() { file.clone() } else { workflow.name };
    Some(PipelineSummary { pipeline: file, title, is_active: workflow.state == "active" })
}

/// What a workflow takes at a ref, and what keeps it from being started.
pub(super) async fn describe(
    client: &Client,
    repository: &str,
    pipeline: &str,
    git_ref: &str,
) -> Result<PipelineDescription, ProviderError> {
    let about = format!("workflow {pipeline} of {repository}");
    let workflow = Route::repo(repository, "/actions/workflows/{}", &[pipeline], about.clone())?;
    let file =
        Route::repo(repository, "/contents/.github/workflows/{}", &[pipeline], format!("{about} at {git_ref}"))?.query("ref", git_ref);
    let (workflow, file) = tokio::try_join!(client.probe(&workflow), client.probe(&file))?;
    for answer in [&workflow, &file] {
        if !answer.status.is_success() && answer.status != StatusCode::NOT_FOUND {
            return Err(client.refusal(answer));
        }
    }
    if file.status == StatusCode::NOT_FOUND {
        return absent(client, repository, pipeline, git_ref, &about).await;
    }
    let contents: wire::Contents = file.json(&client.secret)?;
    let mut description = match text(&contents) {
        Some(text) => workflow_file::describe(&text, git_ref),
        None => return Err(unexpected(format!("GitHub sends {about} in a form that we can't read."), "Look at the file at GitHub.")),
    };
    if workflow.status == StatusCode::NOT_FOUND {
        description.obstacle = Some(format!("GitHub can't start {pipeline}: it is not on the default branch."));
    } else {
        let state = workflow.json::<wire::Workflow>(&client.secret)?.state;
        if state.starts_with("disabled") {
            description.obstacle = Some(format!("{pipeline} is switched off at GitHub ({}).", state.replace('_', " ")));
        }
    }
    Ok(description)
}

/// Why there is no file: no repository, no ref, or no such file at the ref. GitHub says 404 to all three.
async fn absent(
    client: &Client,
    repository: &str,
    pipeline: &str,
    git_ref: &str,
    about: &str,
) -> Result<PipelineDescription, ProviderError> {
    super::repositories::one(client, repository).await?;
    let commit = Route::repo(repository, "/commits/{}", &[git_ref], format!("{git_ref} of {repository}"))?.query("per_page", "1");
    let answer = client.probe(&commit).await?;
    if matches!(answer.status.as_u16(), 404 | 422) {
        return Err(failure(
            ProviderErrorKind::NotFound,
            format!("{repository} has no {}.", if git_ref.is_empty() { "such ref" } else { git_ref }),
            "Push the tag or branch, or choose another.",
        ));
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    tracing::debug!(file = %encode(pipeline), "A workflow's file is absent at a ref.");
    Ok(PipelineDescription {
        obstacle: Some(format!("There is no {about} at {git_ref}: the file is not in that commit.")),
        inputs: Vec::new(),
    })
}

/// A file at a commit, as text.
pub(super) async fn file(client: &Client, repository: &str, commit: &str, path: &str) -> Result<String, ProviderError> {
    let about = source_file::about(path, repository, commit);
    let parts: Vec<&str> = path.split('/').collect();
    if parts.iter().any(|part| matches!(*part, "" | "." | "..")) || parts.len() > FOLDERS.len() {
        return Err(failure(ProviderErrorKind::Invalid, format!("`{path}` is no path of a file."), "Write it as Git shows it."));
    }
    let template = FOLDERS.get(parts.len() - 1).copied().unwrap_or_default();
    let route = Route::repo(repository, template, &parts, about.clone())?.query("ref", commit);
    let answer = client.probe(&route).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Err(source_file::missing(&about));
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    let contents: wire::Contents = answer.json(&client.secret)?;
    source_file::readable(text(&contents), &about, "GitHub")
}

/// The address of a file that many folders deep.
const FOLDERS: [&str; 8] = [
    "/contents/{}",
    "/contents/{}/{}",
    "/contents/{}/{}/{}",
    "/contents/{}/{}/{}/{}",
    "/contents/{}/{}/{}/{}/{}",
    "/contents/{}/{}/{}/{}/{}/{}",
    "/contents/{}/{}/{}/{}/{}/{}/{}",
    "/contents/{}/{}/{}/{}/{}/{}/{}/{}",
];

fn text(contents: &wire::Contents) -> Option<String> {
    if contents.encoding != "base64" {
        return None;
    }
    let packed: String = contents.content.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
