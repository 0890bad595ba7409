//! What the provider knows, for the wizards: repositories, environments, pipelines, refs.

use crate::Api;
use crate::decode::id;
use crate::error::ApiError;
use pilothouse_domain::release::{SourceKind, SourceRef};
use pilothouse_engine::ports::provider::{InputKind, InputSpec, PipelineDescription, PipelineSummary, Repository};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Which repositories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RepositoriesRequest {
    /// Through which connection.
    pub connection_id: String,
    /// Part of the name; empty for all.
    pub query: String,
}

/// Something of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RepositoryRequest {
    /// Through which connection.
    pub connection_id: String,
    /// The repository: `owner/name`.
    pub repository: String,
}

/// Which pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PipelineRequest {
    /// Through which connection.
    pub connection_id: String,
    /// The repository: `owner/name`.
    pub repository: String,
    /// The pipeline: `deploy.yml`.
    pub pipeline: String,
    /// At which ref; empty for the default branch.
    pub git_ref: String,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RepositoryView {
    /// `owner/name`.
    pub full_name: String,
    /// Its default branch.
    pub default_branch: String,
    /// What it is, in its owner's words.
    pub description: String,
    /// Whether pipelines may be started there, where the provider tells.
    pub can_write: Option<bool>,
}

/// A pipeline in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PipelineView {
    /// Its name for bindings: `deploy.yml`.
    pub pipeline: String,
    /// What people call it.
    pub title: String,
    /// False where it is switched off at the provider.
    pub is_active: bool,
}

/// What a pipeline takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PipelineDescriptionView {
    /// The ref it was read at.
    pub git_ref: String,
    /// Why it can't be started by hand; `None` where it can.
    pub obstacle: Option<String>,
    /// Its inputs, in its order.
    pub inputs: Vec<InputView>,
}

/// An input of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InputView {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What may be given.
    pub kind: InputKindWord,
    /// What may be chosen, for a choice.
    pub choices: Vec<String>,
    /// Whether it must be given.
    pub required: bool,
    /// What it is where nothing is given.
    pub default_value: Option<String>,
    /// True where a run shows it in its title, so that it can be found by it.
    pub shown_in_title: bool,
    /// True where what is given must not be shown or kept.
    pub is_secret: bool,
}

/// What may be given for an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum InputKindWord {
    /// Any text.
    Text,
    /// One of the choices.
    Choice,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// The name of an environment at the provider.
    Environment,
}

/// A ref that a release can be drafted from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SourceRefView {
    /// Which kind.
    pub kind: SourceKindWord,
    /// Its name.
    pub name: String,
    /// The commit that it points at.
    pub commit: String,
}

/// Kinds of ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SourceKindWord {
    /// A tag.
    Tag,
    /// A branch.
    Branch,
    /// A commit.
    Commit,
}

impl From<SourceKind> for SourceKindWord {
    fn from(kind: SourceKind) -> Self {
        match kind {
            SourceKind::Tag => Self::Tag,
            SourceKind::Branch => Self::Branch,
            SourceKind::Commit => Self::Commit,
        }
    }
}

impl From<SourceKindWord> for SourceKind {
    fn from(kind: SourceKindWord) -> Self {
        match kind {
            SourceKindWord::Tag => Self::Tag,
            SourceKindWord::Branch => Self::Branch,
            SourceKindWord::Commit => Self::Commit,
        }
    }
}

impl From<&SourceRef> for SourceRefView {
    fn from(source: &SourceRef) -> Self {
        Self { kind: source.kind.into(), name: source.name.clone(), commit: source.commit.clone() }
    }
}

impl From<Repository> for RepositoryView {
    fn from(repository: Repository) -> Self {
        let Repository { full_name, default_branch, description, can_write } = repository;
        Self { full_name, default_branch, description, can_write }
    }
}

impl From<PipelineSummary> for PipelineView {
    fn from(summary: PipelineSummary) -> Self {
        let PipelineSummary { pipeline, title, is_active } = summary;
        Self { pipeline, title, is_active }
    }
}

impl From<InputSpec> for InputView {
    fn from(input: InputSpec) -> Self {
        let (kind, choices) = match input.kind {
            InputKind::Text => (InputKindWord::Text, Vec::new()),
            InputKind::Choice(choices) => (InputKindWord::Choice, choices),
            InputKind::Boolean => (InputKindWord::Boolean, Vec::new()),
            InputKind::Number => (InputKindWord::Number, Vec::new()),
            InputKind::Environment => (InputKindWord::Environment, Vec::new()),
        };
        Self {
            name: input.name,
            description: input.description,
            kind,
            choices,
            required: input.required,
            default_value: input.default,
            shown_in_title: input.shown_in_title,
            is_secret: input.is_secret,
        }
    }
}

impl Api {
    /// Repositories that the account can see, by part of their name; at most 100.
    ///
    /// # Errors
    /// Where the provider can't be asked.
    pub async fn repositories(&self, request: RepositoriesRequest) -> Result<Vec<RepositoryView>, ApiError> {
        let connection = id("connection_id", &request.connection_id)?;
        let query = request.query.trim().to_owned();
        let found = self.engine.ask_provider(connection, async move |client| client.repositories(&query).await).await?;
        Ok(found.into_iter().map(RepositoryView::from).collect())
    }

    /// One repository.
    ///
    /// # Errors
    /// Where the provider can't be asked or doesn't know it.
    pub async fn repository(&self, request: RepositoryRequest) -> Result<RepositoryView, ApiError> {
        let connection = id("connection_id", &request.connection_id)?;
        let found = self.engine.ask_provider(connection, async move |client| client.repository(&request.repository).await).await?;
        Ok(found.into())
    }

    /// Names of the environments that the provider knows for a repository.
    ///
    /// # Errors
    /// Where the provider can't be asked.
    pub async fn provider_environments(&self, request: RepositoryRequest) -> Result<Vec<String>, ApiError> {
        let connection = id("connection_id", &request.connection_id)?;
        Ok(self.engine.ask_provider(connection, async move |client| client.environments(&request.repository).await).await?)
    }

    /// The pipelines of a repository.
    ///
    /// # Errors
    /// Where the provider can't be asked.
    pub async fn pipelines(&self, request: RepositoryRequest) -> Result<Vec<PipelineView>, ApiError> {
        let connection = id("connection_id", &request.connection_id)?;
        let found = self.engine.ask_provider(connection, async move |client| client.pipelines(&request.repository).await).await?;
        Ok(found.into_iter().map(PipelineView::from).collect())
    }

    /// A pipeline's inputs, as they are at a ref.
    ///
    /// # Errors
    /// Where the provider can't be asked or doesn't know it.
    pub async fn describe_pipeline(&self, request: PipelineRequest) -> Result<PipelineDescriptionView, ApiError> {
        let connection = id("connection_id", &request.connection_id)?;
        let (git_ref, described): (String, PipelineDescription) = self
            .engine
            .ask_provider(connection, async move |client| {
                let git_ref = match request.git_ref.trim() {
                    "" => client.repository(&request.repository).await?.default_branch,
                    named => named.to_owned(),
                };
                let described = client.describe_pipeline(&request.repository, &request.pipeline, &git_ref).await?;
                Ok((git_ref, described))
            })
            .await?;
        let inputs = described.inputs.into_iter().map(InputView::from).collect();
        Ok(PipelineDescriptionView { git_ref, obstacle: described.obstacle, inputs })
    }

    /// Tags and branches, newest first where the provider tells.
    ///
    /// # Errors
    /// Where the provider can't be asked.
    pub async fn refs(&self, request: RepositoryRequest) -> Result<Vec<SourceRefView>, ApiError> {
        let connection = id("connection_id", &request.connection_id)?;
        let found = self.engine.ask_provider(connection, async move |client| client.refs(&request.repository).await).await?;
        Ok(found.iter().map(SourceRefView::from).collect())
    }
}
