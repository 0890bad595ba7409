//! The text of a runbook as it goes in and out.

use crate::Api;
use crate::decode::{id, optional_id};
use crate::error::ApiError;
use pilothouse_domain::pipeline::PipelinePlace;
use pilothouse_domain::runbook::{ParameterKind, Runbook, RunbookContent, RunbookParameter, RunbookStep, StepAction, StepInput};
use pilothouse_domain::{ChecklistTemplateId, ProductId, RunbookStepId, SmokeScenarioId};
use pilothouse_engine::ports::StoreError;
use serde::{Deserialize, Serialize};
use specta::Type;

/// The text of a runbook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default, deny_unknown_fields)]
pub struct RunbookContentBody {
    /// When it is taken up and what it is for, in Markdown.
    pub purpose: String,
    /// What is asked for when it is begun.
    pub parameters: Vec<RunbookParameterBody>,
    /// What is done, one after the other.
    pub steps: Vec<RunbookStepBody>,
}

/// What is asked for when a runbook is begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct RunbookParameterBody {
    /// Its name.
    pub name: String,
    /// What it means; may be empty.
    #[serde(default)]
    pub description: String,
    /// What may be given.
    pub kind: ParameterKindWord,
    /// The choices, of one that offers some.
    #[serde(default)]
    pub choices: Vec<String>,
    /// Whether a value must be given.
    #[serde(default)]
    pub is_required: bool,
    /// The value where none is given.
    #[serde(default)]
    pub default: Option<String>,
}

/// What may be given for a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKindWord {
    /// Any text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// One of `choices`.
    Choice,
}

/// A step of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct RunbookStepBody {
    /// Its id; any text for a new one.
    #[serde(default)]
    pub id: String,
    /// In a line.
    pub title: String,
    /// How, in Markdown.
    #[serde(default)]
    pub instructions: String,
    /// The role or person that does it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Minutes that it should take.
    #[serde(default)]
    pub planned_minutes: Option<u32>,
    /// Whether it can be ticked only with evidence.
    #[serde(default)]
    pub needs_evidence: bool,
    /// Whether an automatic one waits until somebody starts it.
    #[serde(default)]
    pub asks_first: bool,
    /// What is done.
    pub action: StepActionBody,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum StepActionBody {
    /// A person follows the instructions.
    Manual,
    /// A person says whether to go on.
    Go,
    /// Nothing, for so long.
    Wait {
        /// Seconds.
        seconds: u32,
    },
    /// Start a pipeline and follow its run.
    Trigger {
        /// The connection, where the pipeline doesn't live with the product's source.
        #[serde(default)]
        connection_id: Option<String>,
        /// What holds it there.
        #[serde(default)]
        repository: Option<String>,
        /// The pipeline.
        pipeline: String,
        /// The ref; empty for the default branch.
        #[serde(default)]
        git_ref: String,
        /// What is handed over.
        #[serde(default)]
        inputs: Vec<StepInputBody>,
    },
    /// Wait until the environment's checks are healthy.
    Healthy {
        /// Fails after so many minutes.
        within_minutes: u32,
    },
    /// Run a smoke test.
    Smoke {
        /// The scenario.
        scenario_id: String,
    },
    /// Begin a checklist of the release.
    Checklist {
        /// Its template.
        template_id: String,
        /// Wait until its required items are settled.
        #[serde(default)]
        until_settled: bool,
    },
}

/// A value for an input of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct StepInputBody {
    /// The input's name.
    pub name: String,
    /// The value; `{{name}}` stands for a parameter.
    pub value: String,
}

impl From<&RunbookContent> for RunbookContentBody {
    fn from(content: &RunbookContent) -> Self {
        Self {
            purpose: content.purpose.clone(),
            parameters: content.parameters.iter().map(RunbookParameterBody::from).collect(),
            steps: content.steps.iter().map(RunbookStepBody::from).collect(),
        }
    }
}

impl From<&RunbookParameter> for RunbookParameterBody {
    fn from(parameter: &RunbookParameter) -> Self {
        let (kind, choices) = match &parameter.kind {
            ParameterKind::Text => (ParameterKindWord::Text, Vec::new()),
            ParameterKind::Number => (ParameterKindWord::Number, Vec::new()),
            ParameterKind::Boolean => (ParameterKindWord::Boolean, Vec::new()),
            ParameterKind::Choice { choices } => (ParameterKindWord::Choice, choices.clone()),
        };
        Self {
            name: parameter.name.clone(),
            description: parameter.description.clone(),
            kind,
            choices,
            is_required: parameter.is_required,
            default: parameter.default.clone(),
        }
    }
}

impl From<&RunbookParameterBody> for RunbookParameter {
    fn from(body: &RunbookParameterBody) -> Self {
        let text = |text: &String| text.trim().to_owned();
        let kind = match body.kind {
            ParameterKindWord::Text => ParameterKind::Text,
            ParameterKindWord::Number => ParameterKind::Number,
            ParameterKindWord::Boolean => ParameterKind::Boolean,
            ParameterKindWord::Choice => ParameterKind::Choice { choices: body.choices.iter().map(text).collect() },
        };
        Self {
            name: body.name.clone(),
            description: body.description.clone(),
            kind,
            is_required: body.is_required,
            default: body.default.clone(),
        }
    }
}

impl From<&RunbookStep> for RunbookStepBody {
    fn from(step: &RunbookStep) -> Self {
        Self {
            id: step.id.to_string(),
            title: step.title.clone(),
            instructions: step.instructions.clone(),
            owner: step.owner.clone(),
            planned_minutes: step.planned_minutes,
            needs_evidence: step.needs_evidence,
            asks_first: step.asks_first,
            action: StepActionBody::from(&step.action),
        }
    }
}

impl From<&StepAction> for StepActionBody {
    fn from(action: &StepAction) -> Self {
        match action {
            StepAction::Manual => Self::Manual,
            StepAction::Go => Self::Go,
            StepAction::Wait { seconds } => Self::Wait { seconds: *seconds },
            StepAction::Trigger { place, pipeline, git_ref, inputs } => Self::Trigger {
                connection_id: place.as_ref().map(|place| place.connection_id.to_string()),
                repository: place.as_ref().map(|place| place.repository.clone()),
                pipeline: pipeline.clone(),
                git_ref: git_ref.clone(),
                inputs: inputs.iter().map(|input| StepInputBody { name: input.name.clone(), value: input.value.clone() }).collect(),
            },
            StepAction::Healthy { within_minutes } => Self::Healthy { within_minutes: *within_minutes },
            StepAction::Smoke { scenario_id, .. } => Self::Smoke { scenario_id: scenario_id.to_string() },
            StepAction::Checklist { template_id, until_settled, .. } => {
                Self::Checklist { template_id: template_id.to_string(), until_settled: *until_settled }
            }
        }
    }
}

impl Api {
    /// The text with ids of ours: steps that the runbook has keep theirs, new ones get one.
    pub(super) async fn read_content(
        &self,
        body: &RunbookContentBody,
        runbook: Option<&Runbook>,
        product: ProductId,
    ) -> Result<RunbookContent, ApiError> {
        let draft = runbook.and_then(|runbook| runbook.draft.as_ref()).map(|draft| &draft.content);
        let published = runbook.and_then(|runbook| runbook.published.as_ref()).map(|published| &published.content);
        let known: Vec<RunbookStepId> = draft.into_iter().chain(published).flat_map(|content| &content.steps).map(|step| step.id).collect();
        let mut steps = Vec::with_capacity(body.steps.len());
        for step in &body.steps {
            let own = step.id.parse::<RunbookStepId>().ok().filter(|id| known.contains(id));
            steps.push(RunbookStep {
                id: own.unwrap_or_else(|| self.engine.new_runbook_step_id()),
                title: step.title.clone(),
                instructions: step.instructions.clone(),
                owner: step.owner.clone(),
                planned_minutes: step.planned_minutes,
                needs_evidence: step.needs_evidence,
                asks_first: step.asks_first,
                action: self.read_action(&step.action, product).await?,
            });
        }
        Ok(RunbookContent {
            purpose: body.purpose.clone(),
            parameters: body.parameters.iter().map(RunbookParameter::from).collect(),
            steps,
        })
    }

    async fn read_action(&self, body: &StepActionBody, product: ProductId) -> Result<StepAction, ApiError> {
        let gone = |what: &str| ApiError::invalid("content", format!("the {what} is another product's, or gone"), "Choose another one.");
        Ok(match body {
            StepActionBody::Manual => StepAction::Manual,
            StepActionBody::Go => StepAction::Go,
            StepActionBody::Wait { seconds } => StepAction::Wait { seconds: *seconds },
            StepActionBody::Healthy { within_minutes } => StepAction::Healthy { within_minutes: *within_minutes },
            StepActionBody::Trigger { connection_id, repository, pipeline, git_ref, inputs } => {
                let connection_id = optional_id("connection_id", connection_id.as_deref())?;
                let repository = repository.as_deref().map(str::trim).filter(|text| !text.is_empty());
                let place = match (connection_id, repository) {
                    (None, None) => None,
                    (Some(connection_id), Some(repository)) => Some(PipelinePlace { connection_id, repository: repository.to_owned() }),
                    _ => {
                        let message = "a pipeline elsewhere needs a connection and a repository";
                        return Err(ApiError::invalid("content", message, "Give both, or none for the product's source."));
                    }
                };
                let inputs = inputs.iter().map(|input| StepInput { name: input.name.clone(), value: input.value.clone() }).collect();
                StepAction::Trigger { place, pipeline: pipeline.clone(), git_ref: git_ref.clone(), inputs }
            }
            StepActionBody::Smoke { scenario_id } => {
                let wanted: SmokeScenarioId = id("scenario_id", scenario_id)?;
                let scenario = absent(self.store().smoke_scenario(wanted).await)?.filter(|scenario| scenario.product_id == product);
                let scenario = scenario.ok_or_else(|| gone("smoke test"))?;
                StepAction::Smoke { scenario_id: scenario.id, name: scenario.name }
            }
            StepActionBody::Checklist { template_id, until_settled } => {
                let wanted: ChecklistTemplateId = id("template_id", template_id)?;
                let template = absent(self.store().checklist_template(wanted).await)?.filter(|template| template.product_id == product);
                let template = template.ok_or_else(|| gone("checklist"))?;
                StepAction::Checklist { template_id: template.id, name: template.name, until_settled: *until_settled }
            }
        })
    }
}

fn absent<T>(read: Result<T, StoreError>) -> Result<Option<T>, ApiError> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
