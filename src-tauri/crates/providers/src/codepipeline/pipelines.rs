//! The pipelines of a region: which there are, what one takes, and its stages as environments.

use super::client::{Call, Client};
use super::names::environment;
use super::refusal::Refused;
use super::structure::{self, Structure};
use crate::failure::unexpected;
use futures::{StreamExt, TryStreamExt, stream};
use pilothouse_engine::ports::provider::{
    InputKind, InputSpec, PipelineDescription, PipelineSummary, ProviderError, ProviderErrorKind, Repository,
};
use std::sync::Arc;

/// Pages of a hundred pipelines that are read: more than an account may have.
const MOST_PAGES: usize = 20;
/// How many pipelines are asked about at the same time: limits are counted per second and account.
pub(super) const AT_ONCE: usize = 4;
/// What an input that gives a source's revision is called.
pub(super) const SOURCE: &str = "source:";

/// A pipeline's name and version, as the list tells them.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) name: String,
    version: Option<i32>,
}

/// All pipelines.
pub(super) async fn listed(client: &Client) -> Result<Vec<Listed>, Refused> {
    let call = Call::new("ListPipelines", format!("the pipelines of {}", client.region.name()));
    let mut found = Vec::new();
    let mut next: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let page = client.read(&call, |sdk| sdk.list_pipelines().max_results(100).set_next_token(next.clone()).send()).await?;
        let one = |read: &aws_sdk_codepipeline::types::PipelineSummary| {
            read.name().map(|name| Listed { name: name.to_owned(), version: read.version() })
        };
        found.extend(page.pipelines().iter().filter_map(one));
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(found);
        }
    }
    Err(unexpected("CodePipeline's list of pipelines doesn't end.", "Check that the base URL is that of CodePipeline.").into())
}

/// The structures of all pipelines that we may read; what is known already is not read again. Fails where there are pipelines and
/// we may read none: policies often name single pipelines, while the list always tells all.
pub(super) async fn structures(client: &Client) -> Result<Vec<Arc<Structure>>, ProviderError> {
    let listed = listed(client).await?;
    let read = |one: Listed| async move {
        let read = match one.version {
            Some(version) => structure::at(client, &one.name, version).await,
            None => structure::current(client, &one.name).await,
        };
        match read {
            // Deleted or changed between the two calls.
            Err(refused) if refused.is("PipelineNotFoundException") || refused.is("PipelineVersionNotFoundException") => Ok(None),
            Err(refused) if refused.error.kind == ProviderErrorKind::Forbidden => Ok(Some(Err(refused.error))),
            other => other.map(|structure| Some(Ok(structure))).map_err(ProviderError::from),
        }
    };
    let read: Vec<Option<Result<_, ProviderError>>> = stream::iter(listed).map(read).buffered(AT_ONCE).try_collect().await?;
    let (mut structures, mut denied) = (Vec::new(), None);
    for one in read.into_iter().flatten() {
        match one {
            Ok(structure) => structures.push(structure),
            Err(error) => denied = Some(error),
        }
    }
    match denied {
        Some(error) if structures.is_empty() => Err(error),
        _ => Ok(structures),
    }
}

/// The region, where its name contains `query`.
pub(super) async fn search(client: &Client, query: &str) -> Result<Vec<Repository>, ProviderError> {
    if !client.region.name().contains(&query.trim().to_lowercase()) {
        return Ok(Vec::new());
    }
    Ok(vec![one(client).await?])
}

/// The region as a repository.
pub(super) async fn one(client: &Client) -> Result<Repository, ProviderError> {
    let count = listed(client).await?.len();
    let noun = if count == 1 { "pipeline" } else { "pipelines" };
    Ok(Repository {
        full_name: client.region.name().to_owned(),
        default_branch: String::new(),
        description: format!("{count} {noun} in this region"),
        // IAM tells at the first try only.
        can_write: None,
    })
}

/// The pipelines, by name.
pub(super) async fn list(client: &Client) -> Result<Vec<PipelineSummary>, ProviderError> {
    let summary = |one: Listed| PipelineSummary { pipeline: one.name.clone(), title: one.name, is_active: true };
    let mut pipelines: Vec<PipelineSummary> = listed(client).await?.into_iter().map(summary).collect();
    pipelines.sort_by_key(|pipeline| pipeline.title.to_lowercase());
    Ok(pipelines)
}

/// The stages behind the sources, of all pipelines.
pub(super) async fn environments(client: &Client) -> Result<Vec<String>, ProviderError> {
    let of = |structure: &Arc<Structure>| {
        let stages = structure.stages.iter().filter(|stage| !stage.is_source());
        stages.map(|stage| environment(&structure.pipeline, &stage.name)).collect::<Vec<_>>()
    };
    Ok(structures(client).await?.iter().flat_map(of).collect())
}

/// What a pipeline takes: its variables, then the revisions of its sources. The same at any ref.
pub(super) async fn describe(client: &Client, pipeline: &str) -> Result<PipelineDescription, ProviderError> {
    let structure = structure::current(client, pipeline).await?;
    let variables = structure.variables.iter().filter(|_| structure.is_v2).map(|variable| InputSpec {
        name: variable.name.clone(),
        description: variable.description.clone(),
        kind: InputKind::Text,
        required: variable.default.is_none(),
        default: variable.default.clone(),
        // A run is titled with its variables, and found by them.
        shown_in_title: true,
        is_secret: false,
    });
    let sources = structure.sources().filter(|source| source.revision_type().is_some()).map(|source| InputSpec {
        name: format!("{SOURCE}{}", source.name),
        description: format!("{} to take from {}; the newest where nothing is given", revision_noun(source), source.origin()),
        kind: InputKind::Text,
        required: false,
        default: None,
        shown_in_title: false,
        is_secret: false,
    });
    Ok(PipelineDescription { obstacle: None, inputs: variables.chain(sources).collect() })
}

fn revision_noun(source: &structure::Action) -> &'static str {
    match source.revision_type() {
        Some(kind) if kind.as_str() == "IMAGE_DIGEST" => "Image digest",
        Some(kind) if kind.as_str() == "S3_OBJECT_VERSION_ID" => "Version id of the object",
        _ => "Commit id",
    }
}
