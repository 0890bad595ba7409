//! Parameters: what is given for them, and the steps with their values written in.

use super::content::{RunbookContent, RunbookParameter, RunbookStep, StepAction};

/// What is known without asking: the environment, and of a run for a release its version, tag and commit.
pub(super) const BUILT_IN: [&str; 4] = ["environment", "version", "tag", "commit"];

/// What a runbook is filled with, besides its parameters.
#[derive(Clone, Copy, Debug)]
pub struct FillValues<'a> {
    /// The environment's name.
    pub environment: &'a str,
    /// Version, tag and commit of the release, where it is run for one.
    pub release: Option<(&'a str, &'a str, &'a str)>,
}

/// Why a runbook can't be begun with what is given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillFault {
    /// A value is missing or doesn't fit.
    #[error("{name}: {what}")]
    Value {
        /// The parameter.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// There is no such parameter.
    #[error("the runbook has no parameter {name}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// It speaks of a release, and is begun for none.
    #[error("“{title}” names the {what} of a release")]
    NeedsRelease {
        /// The step.
        title: String,
        /// What it names.
        what: String,
    },
}

/// The values of all parameters: what is given, else their defaults.
///
/// # Errors
/// The first [`FillFault`].
pub fn given_parameters(parameters: &[RunbookParameter], given: &[(String, String)]) -> Result<Vec<(String, String)>, FillFault> {
    if let Some((name, _)) = given.iter().find(|(name, _)| parameters.iter().all(|parameter| parameter.name != *name)) {
        return Err(FillFault::Unknown { name: name.clone() });
    }
    let value_of = |parameter: &RunbookParameter| {
        let given = given.iter().rev().find(|(name, _)| *name == parameter.name).map(|(_, value)| value.trim());
        let default = || parameter.default.as_deref().unwrap_or_default();
        let value = given.filter(|value| !value.is_empty()).unwrap_or_else(default).to_owned();
        let fault = |what: String| FillFault::Value { name: parameter.name.clone(), what };
        if value.is_empty() {
            return if parameter.is_required { Err(fault("a value is missing".to_owned())) } else { Ok((parameter.name.clone(), value)) };
        }
        match parameter.kind.wrong(&value) {
            Some(what) => Err(fault(what)),
            None => Ok((parameter.name.clone(), value)),
        }
    };
    parameters.iter().map(value_of).collect()
}

/// True where some step names the version, tag or commit of a release, or works on its checklists.
#[must_use]
pub fn needs_release(content: &RunbookContent) -> bool {
    content.steps.iter().any(|step| matches!(step.action, StepAction::Checklist { .. }) || named_of_release(step).is_some())
}

fn named_of_release(step: &RunbookStep) -> Option<&str> {
    let texts = std::iter::once(step.instructions.as_str()).chain(step.action.texts());
    texts.flat_map(placeholders).find(|name| matches!(*name, "version" | "tag" | "commit"))
}

/// The steps with the values written in.
///
/// # Errors
/// [`FillFault::NeedsRelease`] where one names a release's version, tag or commit and there is none.
pub fn fill(content: &RunbookContent, parameters: &[(String, String)], values: &FillValues<'_>) -> Result<Vec<RunbookStep>, FillFault> {
    let value = |name: &str| -> Option<&str> {
        let of_release = values.release.map(|(version, tag, commit)| match name {
            "version" => version,
            "tag" => tag,
            _ => commit,
        });
        match name {
            "environment" => Some(values.environment),
            "version" | "tag" | "commit" => of_release,
            _ => parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()),
        }
    };
    let one = |step: &RunbookStep| {
        if let (None, Some(what)) = (values.release, named_of_release(step)) {
            return Err(FillFault::NeedsRelease { title: step.title.clone(), what: what.to_owned() });
        }
        let mut filled = step.clone();
        filled.instructions = written(&step.instructions, &value);
        if let StepAction::Trigger { git_ref, inputs, .. } = &mut filled.action {
            *git_ref = written(git_ref, &value);
            inputs.iter_mut().for_each(|input| input.value = written(&input.value, &value));
        }
        Ok(filled)
    };
    content.steps.iter().map(one).collect()
}

/// The names that stand in `{{…}}`, in order. What is no name is text.
pub(super) fn placeholders(text: &str) -> Vec<&str> {
    pieces(text).into_iter().filter_map(|piece| if let Piece::Name(name, _) = piece { Some(name) } else { None }).collect()
}

enum Piece<'a> {
    Text(&'a str),
    /// The name, and how it is written.
    Name(&'a str, &'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        found.push(Piece::Text(before));
        let inner = after.split_once("}}").map(|(inner, tail)| (inner, inner.trim(), tail));
        match inner {
            Some((inner, name, tail)) if is_name(name) => {
                let whole = rest.get(before.len()..before.len() + inner.len() + 4).unwrap_or_default();
                found.push(Piece::Name(name, whole));
                rest = tail;
            }
            _ => {
                found.push(Piece::Text("{{"));
                rest = after;
            }
        }
    }
    found.push(Piece::Text(rest));
    found
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 40 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn written<'a>(text: &str, value: &impl Fn(&str) -> Option<&'a str>) -> String {
    let mut whole = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => whole.push_str(text),
            Piece::Name(name, as_it_is) => whole.push_str(value(name).unwrap_or(as_it_is)),
        }
    }
    whole
}
