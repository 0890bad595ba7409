//! Pipelines with the values that a deployment hands to them.

use crate::ApiError;
use crate::decode::id;
use pilothouse_domain::pipeline::{InputBinding, InputValue, PipelineBinding, PipelinePlace, RefRule};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A pipeline with the values that a deployment hands to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BindingDto {
    /// Where it lives; `None` where the product's source is.
    #[serde(default)]
    pub place: Option<PlaceDto>,
    /// The pipeline's name at the provider: `deploy.yml`.
    pub pipeline: String,
    /// At which ref it is started.
    pub git_ref: RefRuleDto,
    /// Its inputs.
    pub inputs: Vec<InputDto>,
}

/// Where a pipeline lives that isn't with the product's source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlaceDto {
    /// The account through which it is reached.
    pub connection_id: String,
    /// What holds it there: a repository, a project, a folder, a region.
    pub repository: String,
}

/// At which ref a pipeline is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum RefRuleDto {
    /// At the release's tag.
    ReleaseTag,
    /// Always at this branch or tag.
    Fixed {
        /// Its name.
        name: String,
    },
    /// Nowhere in particular: that is settled at the provider.
    OfPipeline,
}

/// The value for one input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InputDto {
    /// The input's name.
    pub name: String,
    /// Where its value comes from.
    pub value: InputValueDto,
}

/// Where the value of an input comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum InputValueDto {
    /// The release's version, `1.4.0`.
    Version,
    /// The release's tag, `v1.4.0`.
    Tag,
    /// The release's commit.
    Commit,
    /// The environment's name.
    Environment,
    /// The token by which the run is found again when the answer to its trigger is lost.
    Correlation,
    /// The share of the phase, in percent without the sign: `10`.
    Weight,
    /// The group of the phase; empty where it has none.
    Target,
    /// Always this text.
    Literal {
        /// The text.
        text: String,
    },
}

impl From<&PipelineBinding> for BindingDto {
    fn from(binding: &PipelineBinding) -> Self {
        Self {
            place: binding
                .place
                .as_ref()
                .map(|place| PlaceDto { connection_id: place.connection_id.to_string(), repository: place.repository.clone() }),
            pipeline: binding.pipeline.clone(),
            git_ref: match &binding.git_ref {
                RefRule::ReleaseTag => RefRuleDto::ReleaseTag,
                RefRule::Fixed { name } => RefRuleDto::Fixed { name: name.clone() },
                RefRule::OfPipeline => RefRuleDto::OfPipeline,
            },
            inputs: binding.inputs.iter().map(|i| InputDto { name: i.name.clone(), value: InputValueDto::from(&i.value) }).collect(),
        }
    }
}

impl TryFrom<BindingDto> for PipelineBinding {
    type Error = ApiError;

    fn try_from(binding: BindingDto) -> Result<Self, ApiError> {
        let place = binding.place.map(|place| {
            let repository = place.repository.trim().to_owned();
            Ok::<_, ApiError>(PipelinePlace { connection_id: id("connection_id", &place.connection_id)?, repository })
        });
        Ok(Self {
            place: place.transpose()?,
            pipeline: binding.pipeline.trim().to_owned(),
            git_ref: match binding.git_ref {
                RefRuleDto::ReleaseTag => RefRule::ReleaseTag,
                RefRuleDto::Fixed { name } => RefRule::Fixed { name: name.trim().to_owned() },
                RefRuleDto::OfPipeline => RefRule::OfPipeline,
            },
            inputs: binding.inputs.into_iter().map(|i| InputBinding { name: i.name, value: i.value.into() }).collect(),
        })
    }
}

impl From<&InputValue> for InputValueDto {
    fn from(value: &InputValue) -> Self {
        match value {
            InputValue::Version => Self::Version,
            InputValue::Tag => Self::Tag,
            InputValue::Commit => Self::Commit,
            InputValue::Environment => Self::Environment,
            InputValue::Correlation => Self::Correlation,
            InputValue::Weight => Self::Weight,
            InputValue::Target => Self::Target,
            InputValue::Literal { text } => Self::Literal { text: text.clone() },
        }
    }
}

impl From<InputValueDto> for InputValue {
    fn from(value: InputValueDto) -> Self {
        match value {
            InputValueDto::Version => Self::Version,
            InputValueDto::Tag => Self::Tag,
            InputValueDto::Commit => Self::Commit,
            InputValueDto::Environment => Self::Environment,
            InputValueDto::Correlation => Self::Correlation,
            InputValueDto::Weight => Self::Weight,
            InputValueDto::Target => Self::Target,
            InputValueDto::Literal { text } => Self::Literal { text },
        }
    }
}
