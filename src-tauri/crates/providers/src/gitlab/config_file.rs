//! Reads a CI configuration as far as starting it needs: the inputs in its header and the variables that it describes
//! (<https://docs.gitlab.com/ci/yaml/>, `spec:inputs`, `variables`, `workflow:name`). Must not fail: what can't be read is an
//! obstacle, told in words. What the file includes from elsewhere is not looked at.

use pilothouse_engine::ports::provider::{InputKind, InputSpec, PipelineDescription};
use serde::Deserialize as _;
use serde_json::Value as Json;
use yaml_serde::{Deserializer, Value};

/// Documents of a file that are read: the header and the configuration.
const MOST_DOCUMENTS: usize = 2;
/// The longest file that is read, in bytes: nested to no end, a longer one would keep us busy.
const LONGEST: usize = 512 * 1024;

/// What a CI configuration says of starting it.
#[derive(Debug, Default)]
pub(super) struct ConfigFile {
    inputs: Vec<Declared>,
    variables: Vec<InputSpec>,
    obstacle: Option<String>,
}

/// An input that the header declares. GitLab wants its value in its own type.
#[derive(Debug)]
struct Declared {
    spec: InputSpec,
    kind: String,
}

impl ConfigFile {
    /// Reads the text of a file.
    pub(super) fn read(text: &str, place: &str) -> Self {
        if text.len() > LONGEST {
            let obstacle = Some(format!("{place} is larger than {} KiB.", LONGEST / 1024));
            return Self { obstacle, ..Self::default() };
        }
        let mut documents = Vec::new();
        let mut trouble = None;
        for document in Deserializer::from_str(text).take(MOST_DOCUMENTS) {
            match Value::deserialize(document) {
                Ok(value) => documents.push(value),
                Err(error) => {
                    trouble = Some(format!("{place} is not readable YAML: {error}."));
                    break;
                }
            }
        }
        let nothing = Value::Null;
        let is_header = documents.first().is_some_and(|first| first.get("spec").is_some());
        let header = if is_header { documents.first().unwrap_or(&nothing) } else { &nothing };
        let body = documents.get(usize::from(is_header)).unwrap_or(&nothing);
        let name = body.get("workflow").and_then(|workflow| workflow.get("name")).and_then(Value::as_str).unwrap_or_default();
        let entries = |value: Option<&Value>| -> Vec<(String, Value)> {
            let map = value.and_then(Value::as_mapping);
            map.into_iter().flatten().filter_map(|(name, spec)| Some((scalar(name)?, spec.clone()))).collect()
        };
        Self {
            inputs: entries(header.get("spec").and_then(|spec| spec.get("inputs")))
                .into_iter()
                .map(|(input, spec)| declared(input, &spec, name))
                .collect(),
            variables: entries(body.get("variables")).into_iter().filter_map(|(variable, spec)| described(variable, &spec)).collect(),
            obstacle: trouble,
        }
    }

    /// What the pipeline takes: inputs first, then variables.
    pub(super) fn describe(self) -> PipelineDescription {
        let inputs = self.inputs.into_iter().map(|input| input.spec);
        PipelineDescription { obstacle: self.obstacle, inputs: inputs.chain(self.variables).collect() }
    }

    /// The value of a declared input, in its type; `None` where the header declares no input of that name.
    pub(super) fn input_value(&self, name: &str, text: &str) -> Option<Json> {
        let input = self.inputs.iter().find(|input| input.spec.name == name)?;
        // What doesn't fit the type goes as it is: GitLab then says what is wrong with it.
        let typed = match input.kind.as_str() {
            "boolean" => text.parse::<bool>().ok().map(Json::Bool),
            "number" => serde_json::from_str::<serde_json::Number>(text).ok().map(Json::Number),
            "array" => serde_json::from_str::<Vec<Json>>(text).ok().map(Json::Array),
            _ => None,
        };
        Some(typed.unwrap_or_else(|| Json::from(text)))
    }
}

fn declared(name: String, spec: &Value, run_name: &str) -> Declared {
    let of = |key: &str| spec.get(key).and_then(scalar);
    let kind = of("type").unwrap_or_else(|| "string".to_owned());
    let description = [of("description"), of("regex").map(|regex| format!("Must match {regex}"))];
    let default = spec.get("default");
    let spec = InputSpec {
        description: description.into_iter().flatten().collect::<Vec<_>>().join(". "),
        kind: match (options(spec), kind.as_str()) {
            (Some(options), _) => InputKind::Choice(options),
            (None, "boolean") => InputKind::Boolean,
            (None, "number") => InputKind::Number,
            (None, _) => InputKind::Text,
        },
        // `default:` with nothing behind it is an empty default.
        required: default.is_none(),
        default: default.and_then(|value| scalar(value).or_else(|| list(value))),
        shown_in_title: shows_input(run_name, &name),
        is_secret: false,
        name,
    };
    Declared { spec, kind }
}

/// A variable that the file describes for whoever starts the pipeline by hand; others are settings of the file's own.
fn described(name: String, spec: &Value) -> Option<InputSpec> {
    let description = spec.get("description").and_then(scalar);
    let options = options(spec);
    if description.is_none() && options.is_none() {
        return None;
    }
    Some(InputSpec {
        name,
        description: description.unwrap_or_default(),
        kind: options.map_or(InputKind::Text, InputKind::Choice),
        required: false,
        default: spec.get("value").and_then(scalar),
        // A pipeline's variables can be read back, so that it is found by each of them, shown or not.
        shown_in_title: true,
        is_secret: false,
    })
}

fn options(spec: &Value) -> Option<Vec<String>> {
    spec.get("options")?.as_sequence().map(|options| options.iter().filter_map(scalar).collect())
}

fn list(value: &Value) -> Option<String> {
    value.is_sequence().then(|| serde_json::to_string(value).ok()).flatten()
}

/// A scalar as the text that GitLab takes it for.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// True where `$[[ inputs.NAME ]]` stands in a text, with or without functions behind the name.
fn shows_input(text: &str, name: &str) -> bool {
    text.split("$[[").skip(1).any(|piece| {
        let expression = piece.split("]]").next().unwrap_or_default();
        expression.split('|').next().unwrap_or_default().trim().strip_prefix("inputs.") == Some(name)
    })
}

#[cfg(test)]
#[path = "config_file_tests.rs"]
mod tests;
