//! Reads a workflow file as far as starting it by hand needs: the inputs of `workflow_dispatch` and whether `run-name` shows one
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>). Must not fail: what can't be read is an
//! obstacle, told in words.

use pilothouse_engine::ports::provider::{InputKind, InputSpec, PipelineDescription};
use yaml_serde::{Mapping, Value};

/// What a workflow file says of starting it by hand.
pub(super) fn describe(text: &str, git_ref: &str) -> PipelineDescription {
    let obstacle = |words: String| PipelineDescription { obstacle: Some(words), inputs: Vec::new() };
    let file: Value = match yaml_serde::from_str(text) {
        Ok(file) => file,
        Err(error) => return obstacle(format!("The workflow file at {git_ref} is not readable YAML: {error}.")),
    };
    let Some(dispatch) = triggers(&file).and_then(dispatch) else {
        return obstacle(format!(
            "The workflow file at {git_ref} has no `workflow_dispatch` trigger, so it can't be started from outside."
        ));
    };
    let shown = shown_inputs(file.get("run-name").and_then(Value::as_str).unwrap_or_default());
    let inputs = match dispatch.get("inputs") {
        Some(Value::Mapping(inputs)) => inputs.iter().filter_map(|(name, spec)| input(scalar(name)?, spec, &shown)).collect(),
        _ => Vec::new(),
    };
    PipelineDescription { obstacle: None, inputs }
}

/// What stands under `on`. YAML 1.1 reads that word as true, and so do files that were rewritten by such a tool.
fn triggers(file: &Value) -> Option<&Value> {
    file.get("on").or_else(|| file.as_mapping()?.get(Value::Bool(true)))
}

/// The settings of `workflow_dispatch`; an empty value where it stands alone.
fn dispatch(on: &Value) -> Option<Value> {
    const WORD: &str = "workflow_dispatch";
    let none = || Value::Mapping(Mapping::new());
    match on {
        Value::String(word) if word == WORD => Some(none()),
        Value::Sequence(words) if words.iter().any(|word| word.as_str() == Some(WORD)) => Some(none()),
        Value::Mapping(map) => map.get(WORD).map(|settings| if settings.is_mapping() { settings.clone() } else { none() }),
        _ => None,
    }
}

fn input(name: String, spec: &Value, shown: &[String]) -> Option<InputSpec> {
    let of = |key: &str| spec.get(key).and_then(scalar);
    let kind = match of("type").as_deref() {
        Some("choice") => InputKind::Choice(match spec.get("options") {
            Some(Value::Sequence(options)) => options.iter().filter_map(scalar).collect(),
            _ => Vec::new(),
        }),
        Some("boolean") => InputKind::Boolean,
        Some("number") => InputKind::Number,
        Some("environment") => InputKind::Environment,
        _ => InputKind::Text,
    };
    let shown_in_title = shown.iter().any(|word| word.eq_ignore_ascii_case(&name));
    Some(InputSpec {
        description: of("description").unwrap_or_default(),
        kind,
        required: of("required").as_deref() == Some("true"),
        default: of("default"),
        shown_in_title,
        is_secret: false,
        name,
    })
}

/// A scalar as the text that GitHub takes it for.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Names of the inputs that the expressions `${{ … }}` of a text mention, as `inputs.NAME` or `inputs['NAME']`.
fn shown_inputs(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for piece in text.split("${{").skip(1) {
        let expression = piece.split("}}").next().unwrap_or_default().to_ascii_lowercase();
        let mut before = None;
        let mut rest = expression.as_str();
        while let Some(at) = rest.find("inputs") {
            let starts_a_word = rest[..at].chars().next_back().or(before).is_none_or(|c| !is_name(c));
            let after = &rest[at + "inputs".len()..];
            let name = after.strip_prefix('.').or_else(|| after.strip_prefix("['"));
            if let Some(name) = name.filter(|_| starts_a_word) {
                names.push(name.chars().take_while(|c| is_name(*c)).collect());
            }
            before = Some('s');
            rest = after;
        }
    }
    names
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

#[cfg(test)]
#[path = "workflow_file_tests.rs"]
mod tests;
