//! Reads a CI configuration: the inputs of its header, its variables, stages and jobs. It runs nothing. Of GitLab's rules it knows
//! `$NAME == "text"` alone, and it includes nothing.

use std::collections::BTreeMap;

use serde::Deserialize as _;
use serde_json::Value as Json;
use yaml_serde::{Deserializer, Value};

/// Keywords that look like jobs.
const NO_JOBS: [&str; 9] = ["default", "include", "stages", "variables", "workflow", "image", "services", "before_script", "after_script"];

/// A configuration with its inputs still open.
#[derive(Debug)]
pub(crate) struct CiFile {
    inputs: Vec<Input>,
    body: Value,
}

#[derive(Debug)]
struct Input {
    name: String,
    kind: String,
    options: Option<Vec<String>>,
    default: Option<String>,
    required: bool,
}

/// A configuration with everything put in.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: Option<String>,
    /// Stage by stage.
    pub(crate) jobs: Vec<JobPlan>,
}

/// One job of a new pipeline.
#[derive(Debug, Clone)]
pub(crate) struct JobPlan {
    pub(crate) name: String,
    pub(crate) stage: String,
    pub(crate) stage_index: usize,
    pub(crate) script: Vec<String>,
    pub(crate) environment: Option<String>,
    pub(crate) resource_group: Option<String>,
    pub(crate) is_manual: bool,
    pub(crate) allow_failure: bool,
}

impl CiFile {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut documents = Vec::new();
        for document in Deserializer::from_str(text) {
            documents.push(Value::deserialize(document).map_err(|error| format!("Invalid configuration format: {error}"))?);
        }
        let has_header = documents.first().is_some_and(|first| first.get("spec").is_some());
        let body = documents.get(usize::from(has_header)).cloned().ok_or_else(|| "Please provide content of .gitlab-ci.yml".to_owned())?;
        let spec = if has_header { documents.first().and_then(|first| first.get("spec")?.get("inputs")) } else { None };
        let inputs = spec.and_then(Value::as_mapping).into_iter().flatten();
        Ok(Self { inputs: inputs.filter_map(|(name, spec)| input(name.as_str()?, spec)).collect(), body })
    }

    /// The inputs that the pipeline gets: as given, with defaults filled in.
    pub(crate) fn check(&self, given: &serde_json::Map<String, Json>) -> Result<BTreeMap<String, String>, String> {
        if let Some(unknown) = given.keys().find(|name| !self.inputs.iter().any(|input| input.name == **name)) {
            return Err(format!("Given inputs not defined in the `spec` section of the included configuration file: {unknown}"));
        }
        self.inputs.iter().map(|input| Ok((input.name.clone(), input.value(given.get(&input.name))?))).collect()
    }

    /// Puts inputs and variables in. Given variables stand before those of the file.
    pub(crate) fn fill(&self, inputs: &BTreeMap<String, String>, given: &[(String, String)], predefined: &[(&str, String)]) -> Plan {
        let mut variables: BTreeMap<String, String> = predefined.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        for (name, spec) in self.body.get("variables").and_then(Value::as_mapping).into_iter().flatten() {
            let value = text(spec).or_else(|| spec.get("value").and_then(text)).unwrap_or_default();
            variables.insert(text(name).unwrap_or_default(), put_inputs(&value, inputs));
        }
        variables.extend(given.iter().cloned());
        let filled = |text: &str| put_variables(&put_inputs(text, inputs), &variables);
        let name =
            self.body.get("workflow").and_then(|workflow| workflow.get("name")).and_then(text).map(|name| filled(&name).trim().to_owned());
        let stages: Vec<String> = match self.body.get("stages").and_then(Value::as_sequence) {
            Some(stages) => stages.iter().filter_map(text).collect(),
            None => ["build", "test", "deploy"].map(str::to_owned).to_vec(),
        };
        let entries = self.body.as_mapping().into_iter().flatten();
        let mut jobs: Vec<JobPlan> = entries.filter_map(|(name, body)| job(&text(name)?, body, &stages, &variables, &filled)).collect();
        jobs.sort_by_key(|job| job.stage_index);
        Plan { name: name.filter(|name| !name.is_empty()), jobs }
    }
}

impl Input {
    fn value(&self, given: Option<&Json>) -> Result<String, String> {
        let wrong = |why: &str| Err(format!("`{}` input: {why}", self.name));
        let value = match given {
            None if self.required => return wrong("required value has not been provided"),
            None => return Ok(self.default.clone().unwrap_or_default()),
            // A value comes in its own type, or it is refused.
            Some(Json::Bool(flag)) if self.kind == "boolean" => flag.to_string(),
            Some(Json::Number(number)) if self.kind == "number" => number.to_string(),
            Some(Json::Array(items)) if self.kind == "array" => Json::Array(items.clone()).to_string(),
            Some(Json::String(text)) if self.kind == "string" => text.clone(),
            Some(_) => return wrong(&format!("provided value is not a {}", self.kind)),
        };
        match &self.options {
            Some(options) if !options.contains(&value) => {
                wrong(&format!("`{value}` cannot be used because it is not in the list of allowed options"))
            }
            _ => Ok(value),
        }
    }
}

fn input(name: &str, spec: &Value) -> Option<Input> {
    Some(Input {
        name: name.to_owned(),
        kind: spec.get("type").and_then(text).unwrap_or_else(|| "string".to_owned()),
        options: spec.get("options").and_then(Value::as_sequence).map(|options| options.iter().filter_map(text).collect()),
        default: spec.get("default").and_then(text),
        required: spec.get("default").is_none(),
    })
}

fn job(
    name: &str,
    body: &Value,
    stages: &[String],
    variables: &BTreeMap<String, String>,
    filled: &impl Fn(&str) -> String,
) -> Option<JobPlan> {
    if name.starts_with('.') || NO_JOBS.contains(&name) || !body.is_mapping() {
        return None;
    }
    let mut when = body.get("when").and_then(text).unwrap_or_else(|| "on_success".to_owned());
    // A manual job may be left out, unless rules made it one.
    let mut allow_failure = body.get("allow_failure").and_then(Value::as_bool).unwrap_or(when == "manual");
    if let Some(rules) = body.get("rules").and_then(Value::as_sequence) {
        let rule =
            rules.iter().find(|rule| rule.get("if").and_then(text).is_none_or(|test| holds(&filled_inputs(&test, filled), variables)))?;
        when = rule.get("when").and_then(text).unwrap_or_else(|| "on_success".to_owned());
        allow_failure = rule.get("allow_failure").and_then(Value::as_bool).unwrap_or(false);
    }
    if when == "never" {
        return None;
    }
    let stage = body.get("stage").and_then(text).unwrap_or_else(|| "test".to_owned());
    let environment = body.get("environment");
    let script = match body.get("script") {
        Some(Value::Sequence(lines)) => lines.iter().filter_map(text).map(|line| filled(&line)).collect(),
        Some(line) => text(line).map(|line| filled(&line)).into_iter().collect(),
        None => Vec::new(),
    };
    Some(JobPlan {
        name: name.to_owned(),
        stage_index: stages.iter().position(|known| *known == stage)?,
        stage,
        script,
        environment: environment.and_then(|value| text(value).or_else(|| value.get("name").and_then(text))).map(|name| filled(&name)),
        resource_group: body.get("resource_group").and_then(text).map(|name| filled(&name)),
        is_manual: when == "manual",
        allow_failure,
    })
}

/// A rule keeps its variables, as it compares them.
fn filled_inputs(test: &str, filled: &impl Fn(&str) -> String) -> String {
    if test.contains("$[[") { filled(test) } else { test.to_owned() }
}

/// `$NAME == "text"`; all else doesn't hold.
fn holds(test: &str, variables: &BTreeMap<String, String>) -> bool {
    let Some((left, right)) = test.split_once("==") else { return false };
    let value = left.trim().strip_prefix('$').and_then(|name| variables.get(name)).map_or("", String::as_str);
    value == right.trim().trim_matches(['"', '\''])
}

fn put_inputs(text: &str, inputs: &BTreeMap<String, String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$[[") {
        result.push_str(before);
        let Some((expression, tail)) = after.split_once("]]") else { return result + "$[[" + after };
        let name = expression.split('|').next().unwrap_or_default().trim().trim_start_matches("inputs.");
        result.push_str(inputs.get(name).map_or("", String::as_str));
        rest = tail;
    }
    result + rest
}

fn put_variables(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        let (name, tail) = match after.strip_prefix('{').and_then(|after| after.split_once('}')) {
            Some(braced) => braced,
            None => after.split_at(after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len())),
        };
        result.push_str(variables.get(name).map_or("", String::as_str));
        rest = tail;
    }
    result + rest
}

/// A scalar as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use serde_json::json;

    fn seeded() -> CiFile {
        CiFile::read(include_str!("../repository/files/gitlab-ci.yml")).unwrap()
    }

    fn given(value: Json) -> serde_json::Map<String, Json> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_seeded_file_deploys_where_it_is_told() {
        let file = seeded();
        let inputs = file.check(&given(json!({"environment": "staging", "version": "1.2.0"}))).unwrap();
        let plan = file.fill(&inputs, &[("PILOTHOUSE_RUN".to_owned(), "run-1".to_owned())], &[]);
        assert_eq!(plan.name.as_deref(), Some("Deploy 1.2.0 to staging run-1"));
        let jobs: Vec<_> = plan.jobs.iter().map(|job| (job.name.as_str(), job.stage.as_str(), job.is_manual)).collect();
        assert_eq!(jobs, [("build", "build", false), ("deploy", "deploy", false), ("smoke", "verify", false)]);
        assert_eq!(plan.jobs[1].environment.as_deref(), Some("staging"));
        assert_eq!(plan.jobs[1].script, ["./ci/deploy staging 1.2.0 false 100"]);
        let confirmed = file.fill(&inputs, &[("CONFIRM".to_owned(), "yes".to_owned())], &[]);
        assert!(confirmed.jobs[1].is_manual && !confirmed.jobs[1].allow_failure);
    }

    #[test]
    fn inputs_are_held_to_their_types() {
        let file = seeded();
        for (wrong, why) in [
            (json!({"version": "1"}), "required value has not been provided"),
            (json!({"version": "1", "environment": "moon"}), "not in the list of allowed options"),
            (json!({"version": "1", "environment": "staging", "dry_run": "true"}), "not a boolean"),
            (json!({"version": "1", "environment": "staging", "other": "x"}), "not defined"),
        ] {
            let error = file.check(&given(wrong)).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
