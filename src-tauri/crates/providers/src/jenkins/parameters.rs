//! A job's parameters as typed inputs, and what is given checked against them: Jenkins drops what a job doesn't declare without a
//! word, so a wrong name must be refused here. Must not show a password's default or value.

use super::wire::{Definition, InputParameter, Item, Parameter};
use crate::failure::invalid;
use pilothouse_engine::ports::provider::{InputKind, InputSpec, ProviderError};
use serde_json::Value;

/// What a job takes.
pub(super) fn inputs(job: &Item) -> Vec<InputSpec> {
    job.definitions().map(input).collect()
}

fn input(definition: &Definition) -> InputSpec {
    let word = if definition.kind.is_empty() { &definition.class } else { &definition.kind };
    let default = definition.default_parameter_value.as_ref().map(|default| &default.value);
    spec(word, &definition.name, &definition.description, &definition.choices, default)
}

/// What an input step wants filled in.
pub(super) fn gate_input(parameter: &InputParameter) -> InputSpec {
    let definition = &parameter.definition;
    spec(&parameter.kind, &parameter.name, &parameter.description, &definition.choices, Some(&definition.default_val))
}

fn spec(word: &str, name: &str, description: &str, choices: &[Value], default: Option<&Value>) -> InputSpec {
    let is_hidden = is_hidden(word);
    let kind = match word {
        word if word.contains("Boolean") => InputKind::Boolean,
        // Choices that a plugin computes when the form is shown are not told: any text is taken then.
        word if word.contains("Choice") && !choices.is_empty() => InputKind::Choice(choices.iter().filter_map(text).collect()),
        _ => InputKind::Text,
    };
    let mut description = description.trim().to_owned();
    if is_hidden {
        description = format!("{description} (Not shown by Jenkins: its default is used where nothing is given.)").trim().to_owned();
    }
    InputSpec {
        name: name.to_owned(),
        description,
        default: default.filter(|_| !is_hidden).and_then(text).or_else(|| first(&kind)),
        kind,
        // Jenkins takes a build without it, and its default then.
        required: false,
        shown_in_title: !is_hidden,
        is_secret: is_hidden,
    }
}

/// Of choices the first is the default.
fn first(kind: &InputKind) -> Option<String> {
    match kind {
        InputKind::Choice(choices) => choices.first().cloned(),
        _ => None,
    }
}

/// True for kinds of parameter whose value must not be shown.
pub(super) fn is_hidden(word: &str) -> bool {
    word.contains("Password") || word.contains("Secret")
}

/// True for values that can't be read, and so not given again.
pub(super) fn is_unreadable(parameter: &Parameter) -> bool {
    is_hidden(&parameter.class) || parameter.class.contains("File") || parameter.value.is_none()
}

/// A scalar as the text that Jenkins takes it for.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Refuses what `specs` don't declare, or not with this value. `of` is what takes them, in words.
pub(super) fn check(of: &str, specs: &[InputSpec], given: &[(String, String)]) -> Result<(), ProviderError> {
    for (name, value) in given {
        let Some(spec) = specs.iter().find(|spec| spec.name == *name) else {
            let known: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
            let next_step = if known.is_empty() {
                "Declare it there. A Pipeline learns of the parameters in its Jenkinsfile in its first build: build it once at Jenkins."
                    .to_owned()
            } else {
                format!("It declares {}. Jenkins would drop any other without a word.", known.join(", "))
            };
            return Err(invalid(format!("{of} declares no parameter {name}."), next_step));
        };
        let is_allowed = match &spec.kind {
            InputKind::Choice(choices) => choices.contains(value),
            InputKind::Boolean => matches!(value.as_str(), "true" | "false"),
            _ => true,
        };
        if !is_allowed {
            let choices = match &spec.kind {
                InputKind::Choice(choices) => choices.join(", "),
                _ => "true or false".to_owned(),
            };
            let shown: String = value.chars().take(100).collect();
            return Err(invalid(format!("`{shown}` can't be given for {name} of {of}."), format!("Give one of: {choices}.")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use serde_json::json;

    fn job(definitions: &Value) -> Item {
        serde_json::from_value(json!({"property": [{}, null, {"parameterDefinitions": definitions}]})).unwrap()
    }

    #[test]
    fn every_kind_has_its_type_and_default_and_a_password_none() {
        let read = inputs(&job(&json!([
            {"_class": "hudson.model.StringParameterDefinition", "type": "StringParameterDefinition", "name": "VERSION",
             "description": "As 1.2.3", "defaultParameterValue": {"_class": "x", "name": "VERSION", "value": ""}},
            {"type": "ChoiceParameterDefinition", "name": "ENVIRONMENT", "choices": ["staging", "production"], "description": null},
            {"type": "BooleanParameterDefinition", "name": "DRY_RUN", "defaultParameterValue": {"value": false}},
            {"type": "PasswordParameterDefinition", "name": "KEY", "defaultParameterValue": {"value": "hunter2"}},
            {"type": "SomethingNew", "name": "X", "choices": []},
        ])));
        assert_eq!((&read[0].kind, read[0].default.as_deref(), read[0].description.as_str()), (&InputKind::Text, Some(""), "As 1.2.3"));
        assert_eq!(read[1].kind, InputKind::Choice(vec!["staging".into(), "production".into()]));
        assert_eq!((read[1].default.as_deref(), read[1].shown_in_title), (Some("staging"), true));
        assert_eq!((&read[2].kind, read[2].default.as_deref()), (&InputKind::Boolean, Some("false")));
        assert_eq!((&read[3].kind, read[3].default.as_deref(), read[3].shown_in_title), (&InputKind::Text, None, false));
        assert_eq!(read[4].kind, InputKind::Text);
    }

    #[test]
    fn what_would_be_dropped_is_refused() {
        let specs = inputs(&job(&json!([
            {"type": "ChoiceParameterDefinition", "name": "ENVIRONMENT", "choices": ["staging", "production"]},
            {"type": "BooleanParameterDefinition", "name": "DRY_RUN"},
        ])));
        let given = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        assert_eq!(check("job x", &specs, &given("DRY_RUN", "true")), Ok(()));
        for (name, value, words) in
            [("OTHER", "x", "ENVIRONMENT, DRY_RUN"), ("ENVIRONMENT", "prod", "production"), ("DRY_RUN", "yes", "false")]
        {
            let error = check("job x", &specs, &given(name, value)).unwrap_err();
            assert!(error.next_step.contains(words) && error.message.contains("job x"), "{error:?}");
        }
        assert!(check("job x", &[], &given("A", "b")).unwrap_err().next_step.contains("first build"));
    }
}
