//! How a deployment is handed to a provider's pipeline: which pipeline, at which ref, with which inputs; and how the run that
//! comes of it is found again. Must not know any provider's wire format.

use crate::{ConnectionId, Version};
use serde::{Deserialize, Serialize};

/// A pipeline of a repository, with the values that a deployment hands to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineBinding {
    /// Where it lives, where that is not with the product's source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PipelinePlace>,
    /// The pipeline's name at the provider: a workflow file such as `deploy.yml`, a job path, a pipeline name.
    pub pipeline: String,
    /// At which ref of the repository it is started.
    pub git_ref: RefRule,
    /// Its inputs, in the order in which the provider lists them.
    pub inputs: Vec<InputBinding>,
}

/// Where a pipeline lives: the tags may be at one provider, and what deploys them at another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelinePlace {
    /// The account through which it is reached.
    pub connection_id: ConnectionId,
    /// What holds it there: a repository, a project, a folder, a region.
    pub repository: String,
}

/// At which ref a pipeline is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum RefRule {
    /// At the release's tag. Uses the pipeline's text as it was at that tag.
    ReleaseTag,
    /// Always at this branch or tag.
    Fixed {
        /// Its name, without `refs/heads/`.
        name: String,
    },
    /// Nowhere in particular: what it builds is settled at the provider (a Jenkins job, a CodePipeline).
    OfPipeline,
}

/// The value for one input of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputBinding {
    /// The input's name.
    pub name: String,
    /// Where its value comes from.
    pub value: InputValue,
}

/// Where the value of an input comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum InputValue {
    /// The release's version, `1.4.0`.
    Version,
    /// The release's tag, `v1.4.0`.
    Tag,
    /// The release's commit.
    Commit,
    /// The environment's name.
    Environment,
    /// The correlation token, by which the run is found again when the answer to its trigger is lost.
    Correlation,
    /// The share of the environment that has the version after the phase, in percent: `25`.
    Weight,
    /// The group that the phase goes to; empty where it goes to none.
    Target,
    /// Always this text.
    Literal {
        /// The text.
        text: String,
    },
}

/// What a binding is filled in with.
#[derive(Clone, Copy, Debug)]
pub struct BindingValues<'a> {
    /// The release's version.
    pub version: &'a Version,
    /// The release's tag.
    pub tag: &'a str,
    /// The release's commit.
    pub commit: &'a str,
    /// The environment's name at the provider.
    pub environment: &'a str,
    /// The correlation token of this trigger.
    pub correlation: &'a str,
    /// The share of the environment that has the version afterwards, in percent.
    pub weight_percent: u8,
    /// The group that it goes to; empty where it goes to none.
    pub target: &'a str,
}

/// A pipeline with all its values filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledBinding {
    /// The pipeline's name at the provider.
    pub pipeline: String,
    /// The ref at which it is started; empty where the provider settles that.
    pub git_ref: String,
    /// Name and value of each input.
    pub inputs: Vec<(String, String)>,
    /// The correlation token of this trigger, whether or not an input carries it; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub correlation: String,
}

impl PipelineBinding {
    /// The account through which the pipeline is reached, where the product's source is at `source`.
    #[must_use]
    pub fn connection(&self, source: ConnectionId) -> ConnectionId {
        self.place.as_ref().map_or(source, |place| place.connection_id)
    }

    /// What holds the pipeline at the provider, where the product's source is in `source`.
    #[must_use]
    pub fn repository<'a>(&'a self, source: &'a str) -> &'a str {
        self.place.as_ref().map_or(source, |place| &place.repository)
    }

    /// True where some input carries the release: its version, tag or commit, or the pipeline runs at the release's tag.
    #[must_use]
    pub fn carries_release(&self) -> bool {
        self.git_ref == RefRule::ReleaseTag
            || self.inputs.iter().any(|i| matches!(i.value, InputValue::Version | InputValue::Tag | InputValue::Commit))
    }

    /// True where the pipeline runs at the release's tag, or is told its name.
    #[must_use]
    pub fn names_tag(&self) -> bool {
        self.git_ref == RefRule::ReleaseTag || self.inputs.iter().any(|i| i.value == InputValue::Tag)
    }

    /// True where an input carries the correlation token, so that a lost run is found without guessing.
    #[must_use]
    pub fn is_correlated(&self) -> bool {
        self.inputs.iter().any(|i| i.value == InputValue::Correlation)
    }

    /// True where some input carries what a phase is about: its share or its group.
    #[must_use]
    pub fn carries_phase(&self) -> bool {
        self.inputs.iter().any(|i| matches!(i.value, InputValue::Weight | InputValue::Target))
    }

    /// The binding with its values filled in.
    #[must_use]
    pub fn fill(&self, values: &BindingValues<'_>) -> FilledBinding {
        FilledBinding {
            pipeline: self.pipeline.clone(),
            git_ref: match &self.git_ref {
                RefRule::ReleaseTag => values.tag.to_owned(),
                RefRule::Fixed { name } => name.clone(),
                RefRule::OfPipeline => String::new(),
            },
            inputs: self.inputs.iter().map(|input| (input.name.clone(), input.value.fill(values))).collect(),
            correlation: values.correlation.to_owned(),
        }
    }
}

impl InputValue {
    fn fill(&self, values: &BindingValues<'_>) -> String {
        match self {
            Self::Version => values.version.to_string(),
            Self::Tag => values.tag.to_owned(),
            Self::Commit => values.commit.to_owned(),
            Self::Environment => values.environment.to_owned(),
            Self::Correlation => values.correlation.to_owned(),
            Self::Weight => values.weight_percent.to_string(),
            Self::Target => values.target.to_owned(),
            Self::Literal { text } => text.clone(),
        }
    }
}
