//! A pipeline's structure: its stages, actions and variables. A version of it never changes, so each is read once.

use super::client::{Call, Client};
use super::names::{absent, is_name};
use super::refusal::Refused;
use aws_sdk_codepipeline::types::{ActionDeclaration, PipelineDeclaration, SourceRevisionType};
use std::collections::HashMap;
use std::sync::Arc;

/// How long a manual approval waits where nothing else is set, in minutes (AWS quotas: 7 days).
const APPROVAL_WAITS_MIN: i32 = 7 * 24 * 60;

/// One version of a pipeline.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    pub(super) pipeline: String,
    pub(super) version: i32,
    pub(super) is_v2: bool,
    /// Executions pass side by side; then what a stage does can't be read from the stage.
    pub(super) is_parallel: bool,
    pub(super) variables: Vec<Variable>,
    pub(super) stages: Vec<Stage>,
}

/// A variable that an execution can be started with.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) default: Option<String>,
    pub(super) description: String,
}

/// A stage; its actions in the order in which they run.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) actions: Vec<Action>,
}

/// An action of a stage.
#[derive(Clone, Debug)]
pub(super) struct Action {
    pub(super) name: String,
    order: i32,
    category: String,
    provider: String,
    configuration: HashMap<String, String>,
    timeout_min: Option<i32>,
}

impl Structure {
    pub(super) fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Action> {
        self.stages.iter().flat_map(|stage| &stage.actions).filter(|action| action.is_source())
    }

    pub(super) fn has_approvals(&self) -> bool {
        self.stages.iter().any(|stage| stage.actions.iter().any(Action::is_approval))
    }

    fn read(read: &PipelineDeclaration) -> Self {
        let variable = |variable: &aws_sdk_codepipeline::types::PipelineVariableDeclaration| Variable {
            name: variable.name().to_owned(),
            default: variable.default_value().map(str::to_owned),
            description: variable.description().unwrap_or_default().to_owned(),
        };
        let stages = read.stages().iter().map(|stage| {
            let mut actions: Vec<Action> = stage.actions().iter().map(Action::read).collect();
            actions.sort_by_key(|action| action.order);
            Stage { name: stage.name().to_owned(), actions }
        });
        Self {
            pipeline: read.name().to_owned(),
            version: read.version().unwrap_or_default(),
            is_v2: read.pipeline_type().is_some_and(|kind| kind.as_str() == "V2"),
            is_parallel: read.execution_mode().is_some_and(|mode| mode.as_str() == "PARALLEL"),
            variables: read.variables().iter().map(variable).collect(),
            stages: stages.collect(),
        }
    }
}

impl Stage {
    /// A stage of sources deploys nothing, can't be rolled back, and has no way in.
    pub(super) fn is_source(&self) -> bool {
        self.actions.iter().any(Action::is_source)
    }
}

impl Action {
    fn read(read: &ActionDeclaration) -> Self {
        let kind = read.action_type_id();
        Self {
            name: read.name().to_owned(),
            order: read.run_order().unwrap_or(1),
            category: kind.map(|kind| kind.category().as_str().to_owned()).unwrap_or_default(),
            provider: kind.map(|kind| kind.provider().to_owned()).unwrap_or_default(),
            configuration: read.configuration().cloned().unwrap_or_default(),
            timeout_min: read.timeout_in_minutes(),
        }
    }

    pub(super) fn is_source(&self) -> bool {
        self.category == "Source"
    }

    pub(super) fn is_approval(&self) -> bool {
        self.category == "Approval"
    }

    /// How a revision of this source is named; `None` where no revision can be given.
    pub(super) fn revision_type(&self) -> Option<SourceRevisionType> {
        match self.provider.as_str() {
            "CodeCommit" | "CodeStarSourceConnection" | "GitHub" => Some(SourceRevisionType::CommitId),
            "ECR" => Some(SourceRevisionType::ImageDigest),
            "S3" => Some(SourceRevisionType::S3ObjectVersionId),
            _ => None,
        }
    }

    pub(super) fn takes_commit(&self) -> bool {
        self.revision_type() == Some(SourceRevisionType::CommitId)
    }

    /// The branch that a source follows.
    pub(super) fn branch(&self) -> Option<&str> {
        self.setting("BranchName").or_else(|| self.setting("Branch"))
    }

    /// Where a source comes from, in words.
    pub(super) fn origin(&self) -> String {
        let from = ["FullRepositoryId", "RepositoryName", "Repo", "S3Bucket"].into_iter().find_map(|name| self.setting(name));
        match (from, self.branch()) {
            (Some(from), Some(branch)) => format!("{} {from}, branch {branch}", self.provider),
            (Some(from), None) => format!("{} {from}", self.provider),
            (None, _) => self.provider.clone(),
        }
    }

    /// What the author of an approval says about it.
    pub(super) fn message(&self) -> &str {
        self.setting("CustomData").unwrap_or_default()
    }

    /// How long an approval waits, in minutes.
    pub(super) fn waits_min(&self) -> u64 {
        u64::try_from(self.timeout_min.unwrap_or(APPROVAL_WAITS_MIN)).unwrap_or_default()
    }

    fn setting(&self, name: &str) -> Option<&str> {
        self.configuration.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// A pipeline as it is now.
pub(super) async fn current(client: &Client, pipeline: &str) -> Result<Arc<Structure>, Refused> {
    fetch(client, pipeline, None).await
}

/// A pipeline as it was at a version.
pub(super) async fn at(client: &Client, pipeline: &str, version: i32) -> Result<Arc<Structure>, Refused> {
    match client.memory.structure(pipeline, version) {
        Some(known) => Ok(known),
        None => fetch(client, pipeline, Some(version)).await,
    }
}

/// A pipeline as it was when an execution ran, or else as it is now: versions can be forgotten.
pub(super) async fn at_or_current(client: &Client, pipeline: &str, version: Option<i32>) -> Result<Arc<Structure>, Refused> {
    let Some(version) = version else { return current(client, pipeline).await };
    match at(client, pipeline, version).await {
        Err(refused) if refused.is("PipelineVersionNotFoundException") => current(client, pipeline).await,
        other => other,
    }
}

async fn fetch(client: &Client, pipeline: &str, version: Option<i32>) -> Result<Arc<Structure>, Refused> {
    if !is_name(pipeline) {
        return Err(absent("pipeline", pipeline).into());
    }
    let call = Call::new("GetPipeline", format!("pipeline {pipeline}"));
    let answer = client.read(&call, |sdk| sdk.get_pipeline().name(pipeline).set_version(version).send()).await?;
    let Some(read) = answer.pipeline() else {
        return Err(absent("pipeline", pipeline).into());
    };
    let structure = Arc::new(Structure::read(read));
    client.memory.keep_structure(&structure);
    Ok(structure)
}
