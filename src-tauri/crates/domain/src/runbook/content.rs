//! What stands in a runbook: its purpose, its parameters and its steps, and what is wrong with them.

use super::fill::{BUILT_IN, placeholders};
use crate::pipeline::PipelinePlace;
use crate::{ChecklistTemplateId, RunbookStepId, SmokeScenarioId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most steps that a runbook may have.
pub const MAX_STEPS: usize = 100;
/// The most parameters that it may have.
pub const MAX_PARAMETERS: usize = 30;
/// The longest text in Markdown, in characters.
const LONGEST_TEXT: usize = 10_000;
/// The longest that a step is planned for: a week, in minutes.
const LONGEST_MINUTES: u32 = 10_080;
/// The longest wait: a week, in seconds.
const LONGEST_WAIT: u32 = 604_800;

/// The text of a runbook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunbookContent {
    /// When it is taken up and what it is for, in Markdown; may be empty.
    pub purpose: String,
    /// What is asked for when it is begun.
    pub parameters: Vec<RunbookParameter>,
    /// What is done, one after the other.
    pub steps: Vec<RunbookStep>,
}

/// What is asked for when a runbook is begun. Its value is written into the steps where `{{name}}` stands, and is kept with the run: it is
/// no place for secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunbookParameter {
    /// Its name: a letter, then letters, digits and underscores, at most 40.
    pub name: String,
    /// What it means, in a line; may be empty.
    pub description: String,
    /// What may be given.
    pub kind: ParameterKind,
    /// Whether a value must be given.
    pub is_required: bool,
    /// The value where none is given.
    pub default: Option<String>,
}

/// What may be given for a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ParameterKind {
    /// Any text of a line.
    Text,
    /// A number, with a point: 1.5.
    Number,
    /// `true` or `false`.
    Boolean,
    /// One of these.
    Choice {
        /// The choices, at least one.
        choices: Vec<String>,
    },
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunbookStep {
    /// Its id, kept from one publication to the next.
    pub id: RunbookStepId,
    /// In a line. 1 to 200 characters.
    pub title: String,
    /// How, in Markdown; may be empty.
    pub instructions: String,
    /// The role or person that does it.
    pub owner: Option<String>,
    /// Minutes that it should take. 1 to 10,080.
    pub planned_minutes: Option<u32>,
    /// Whether it can be ticked only with evidence. Only for what people do.
    pub needs_evidence: bool,
    /// Whether an automatic one waits until somebody starts it.
    pub asks_first: bool,
    /// What is done.
    pub action: StepAction,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum StepAction {
    /// A person follows the instructions and ticks it.
    Manual,
    /// A person says whether to go on.
    Go,
    /// Nothing, for so long.
    Wait {
        /// Seconds, 1 to 604,800.
        seconds: u32,
    },
    /// Start a pipeline, and follow its run to its end.
    Trigger {
        /// Where the pipeline lives, where that is not with the product's source.
        place: Option<PipelinePlace>,
        /// The pipeline, as the provider names it.
        pipeline: String,
        /// The ref; empty for the default branch, or where the provider settles that.
        git_ref: String,
        /// What is handed over.
        inputs: Vec<StepInput>,
    },
    /// Wait until the environment's health checks are all healthy.
    Healthy {
        /// Fails where they aren't after so many minutes, 1 to 1,440.
        within_minutes: u32,
    },
    /// Run a smoke test on what runs in the environment.
    Smoke {
        /// The scenario.
        scenario_id: SmokeScenarioId,
        /// Its name when this was written.
        name: String,
    },
    /// Begin a checklist of the release.
    Checklist {
        /// Its template.
        template_id: ChecklistTemplateId,
        /// The template's name when this was written.
        name: String,
        /// Wait until each of its required items is settled.
        until_settled: bool,
    },
}

/// A value for an input of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepInput {
    /// The input's name.
    pub name: String,
    /// The value; `{{name}}` stands for a parameter.
    pub value: String,
}

/// What is wrong with the text of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunbookFault {
    /// It has no steps.
    #[error("the runbook has no steps")]
    Empty,
    /// There is too much of something.
    #[error("the runbook has {count} {what}, and may have {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// So many.
        count: usize,
        /// So many may be.
        most: usize,
    },
    /// The purpose is too long.
    #[error("the purpose is longer than 10,000 characters")]
    Purpose,
    /// A parameter can't be used.
    #[error("parameter {place}: {what}")]
    Parameter {
        /// Its place, from 1.
        place: usize,
        /// What is wrong.
        what: String,
    },
    /// A step can't be used.
    #[error("step {place}: {what}")]
    Step {
        /// Its place, from 1.
        place: usize,
        /// What is wrong.
        what: String,
    },
}

impl StepAction {
    /// True for what Pilothouse does by itself.
    #[must_use]
    pub const fn is_automatic(&self) -> bool {
        !matches!(self, Self::Manual | Self::Go)
    }

    /// True for what takes more than time: it may ask before it starts.
    #[must_use]
    pub const fn may_ask_first(&self) -> bool {
        self.is_automatic() && !matches!(self, Self::Wait { .. })
    }

    /// What it does, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Manual => "a person does it".to_owned(),
            Self::Go => "a person says whether to go on".to_owned(),
            Self::Wait { seconds } => format!("waits {}", span(*seconds)),
            Self::Trigger { pipeline, .. } => format!("starts {pipeline}"),
            Self::Healthy { within_minutes: 1 } => "waits up to a minute for healthy checks".to_owned(),
            Self::Healthy { within_minutes } => format!("waits up to {within_minutes} minutes for healthy checks"),
            Self::Smoke { name, .. } => format!("runs the smoke test “{name}”"),
            Self::Checklist { name, until_settled: true, .. } => format!("waits for the checklist “{name}”"),
            Self::Checklist { name, .. } => format!("begins the checklist “{name}”"),
        }
    }
}

impl ParameterKind {
    /// What is wrong with a value; `None` where nothing is.
    #[must_use]
    pub fn wrong(&self, value: &str) -> Option<String> {
        if value.chars().count() > 1_000 || value.chars().any(char::is_control) {
            return Some("it is longer than a line of 1,000 characters".to_owned());
        }
        match self {
            Self::Text => None,
            Self::Number => (!value.parse::<f64>().is_ok_and(f64::is_finite)).then(|| format!("“{value}” is no number such as 1.5")),
            Self::Boolean => (!matches!(value, "true" | "false")).then(|| format!("“{value}” is neither true nor false")),
            Self::Choice { choices } => {
                (!choices.iter().any(|choice| choice == value)).then(|| format!("“{value}” is none of {}", choices.join(", ")))
            }
        }
    }
}

/// Checks the text of a draft. One without steps may be kept, and not be published.
///
/// # Errors
/// The first [`RunbookFault`].
pub fn valid_content(content: &RunbookContent) -> Result<(), RunbookFault> {
    let count = |what, count, most| if count > most { Err(RunbookFault::TooMany { what, count, most }) } else { Ok(()) };
    count("steps", content.steps.len(), MAX_STEPS)?;
    count("parameters", content.parameters.len(), MAX_PARAMETERS)?;
    if content.purpose.chars().count() > LONGEST_TEXT {
        return Err(RunbookFault::Purpose);
    }
    let mut names = BTreeSet::new();
    for (parameter, place) in content.parameters.iter().zip(1..) {
        let is_new = names.insert(parameter.name.as_str());
        if let Some(what) = wrong_parameter(parameter, is_new) {
            return Err(RunbookFault::Parameter { place, what });
        }
    }
    let mut ids = BTreeSet::new();
    for (step, place) in content.steps.iter().zip(1..) {
        let what = if ids.insert(step.id) { wrong_step(step, &names) } else { Some("it is in the list twice".to_owned()) };
        if let Some(what) = what {
            return Err(RunbookFault::Step { place, what });
        }
    }
    Ok(())
}

fn wrong_parameter(parameter: &RunbookParameter, is_new: bool) -> Option<String> {
    let name = &parameter.name;
    let is_word = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.len() <= 40;
    if !is_word {
        return Some("its name is a letter, then letters, digits and underscores, at most 40".to_owned());
    }
    if !is_new {
        return Some(format!("another one is called {name} already"));
    }
    if BUILT_IN.contains(&name.as_str()) {
        return Some(format!("{name} is known without asking"));
    }
    if !is_line(&parameter.description, 200) {
        return Some("its description is longer than a line of 200 characters".to_owned());
    }
    if let ParameterKind::Choice { choices } = &parameter.kind
        && (choices.is_empty() || choices.len() > 100 || choices.iter().any(|choice| choice.is_empty() || !is_line(choice, 200)))
    {
        return Some("it offers 1 to 100 choices, each a line of at most 200 characters".to_owned());
    }
    let default = parameter.default.as_deref().filter(|value| !value.is_empty());
    default.and_then(|value| parameter.kind.wrong(value)).map(|what| format!("its default can't be used: {what}"))
}

fn wrong_step(step: &RunbookStep, parameters: &BTreeSet<&str>) -> Option<String> {
    let fault = |what: &str| Some(what.to_owned());
    if step.title.trim().is_empty() {
        return fault("it has no title");
    }
    if !is_line(&step.title, 200) {
        return fault("its title is longer than a line of 200 characters");
    }
    if step.instructions.chars().count() > LONGEST_TEXT {
        return fault("its instructions are longer than 10,000 characters");
    }
    if step.owner.as_ref().is_some_and(|name| name.trim().is_empty() || !is_line(name, 120)) {
        return fault("its owner is empty or longer than 120 characters");
    }
    if step.planned_minutes.is_some_and(|minutes| !(1..=LONGEST_MINUTES).contains(&minutes)) {
        return fault("it should be planned with 1 to 10,080 minutes");
    }
    if step.needs_evidence && step.action.is_automatic() {
        return fault("an automatic step gives its own evidence");
    }
    if let Some(what) = wrong_action(&step.action) {
        return Some(what.to_owned());
    }
    let texts = std::iter::once(step.instructions.as_str()).chain(step.action.texts());
    let unknown = texts.flat_map(placeholders).find(|name| !parameters.contains(name) && !BUILT_IN.contains(name));
    unknown.map(|name| format!("{{{{{name}}}}} is no parameter of this runbook"))
}

fn wrong_action(action: &StepAction) -> Option<&'static str> {
    match action {
        StepAction::Manual | StepAction::Go => None,
        StepAction::Wait { seconds } => (!(1..=LONGEST_WAIT).contains(seconds)).then_some("it should wait 1 second to 7 days"),
        StepAction::Healthy { within_minutes } => {
            (!(1..=1_440).contains(within_minutes)).then_some("the checks should be healthy within 1 to 1,440 minutes")
        }
        StepAction::Trigger { pipeline, git_ref, inputs, .. } => {
            if pipeline.trim().is_empty() || !is_line(pipeline, 500) {
                return Some("it names no pipeline");
            }
            if !is_line(git_ref, 500) {
                return Some("its ref is longer than a line of 500 characters");
            }
            if inputs.len() > 50 {
                return Some("it hands over more than 50 inputs");
            }
            let twice = inputs.iter().zip(1..).any(|(input, next)| inputs.iter().skip(next).any(|other| other.name == input.name));
            let unnamed = inputs.iter().any(|input| input.name.trim().is_empty() || input.value.chars().count() > LONGEST_TEXT);
            (twice || unnamed).then_some("each input has a name of its own, and a value of at most 10,000 characters")
        }
        StepAction::Smoke { name, .. } | StepAction::Checklist { name, .. } => {
            (name.trim().is_empty() || !is_line(name, 200)).then_some("what it runs has no name")
        }
    }
}

impl StepAction {
    /// The texts in which parameters may stand.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let (git_ref, inputs) = match self {
            Self::Trigger { git_ref, inputs, .. } => (Some(git_ref.as_str()), inputs.as_slice()),
            _ => (None, &[] as &[StepInput]),
        };
        git_ref.into_iter().chain(inputs.iter().map(|input| input.value.as_str()))
    }
}

/// A time in words: in the largest unit that it fills wholly.
fn span(seconds: u32) -> String {
    let (count, unit) = match seconds {
        s if s % 3_600 == 0 => (s / 3_600, "hour"),
        s if s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

fn is_line(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.chars().any(char::is_control)
}
