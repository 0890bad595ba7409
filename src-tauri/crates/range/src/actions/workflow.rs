//! Reads workflow files: the inputs of `workflow_dispatch`, the run name, jobs and steps. It runs nothing, and of GitHub's
//! expression language it knows only names such as `${{ inputs.version }}`.

use std::collections::BTreeMap;

use yaml_serde::{Mapping, Value};

/// What a workflow file says, as far as the range acts on it.
#[derive(Debug, Clone)]
pub(crate) struct Workflow {
    pub(crate) name: String,
    pub(crate) run_name: Option<String>,
    /// `None`: the file has no `workflow_dispatch` trigger.
    pub(crate) dispatch: Option<Vec<Input>>,
    pub(crate) concurrency: Option<String>,
    pub(crate) jobs: Vec<JobPlan>,
}

/// One input of `workflow_dispatch`.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) kind: InputKind,
    pub(crate) required: bool,
    pub(crate) default: Option<String>,
}

/// The type of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InputKind {
    String,
    Boolean,
    Number,
    Choice(Vec<String>),
    Environment,
}

/// One job, before it runs.
#[derive(Debug, Clone)]
pub(crate) struct JobPlan {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) needs: Vec<String>,
    pub(crate) environment: Option<String>,
    pub(crate) runs_on: String,
    pub(crate) steps: Vec<StepPlan>,
}

/// One step, before it runs.
#[derive(Debug, Clone)]
pub(crate) struct StepPlan {
    pub(crate) name: String,
    /// The command line of a `run` step; empty for a `uses` step.
    pub(crate) run: String,
}

/// Why a file is no workflow.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Invalid(String);

impl Workflow {
    /// The job of that key, and every job that needs it, directly or not.
    pub(crate) fn dependents(&self, key: &str) -> Vec<String> {
        let mut found = vec![key.to_owned()];
        // Each round finds at least one more, or is the last.
        for _ in 0..self.jobs.len() {
            for job in &self.jobs {
                if !found.contains(&job.key) && job.needs.iter().any(|need| found.contains(need)) {
                    found.push(job.key.clone());
                }
            }
        }
        found
    }
}

/// Reads a workflow file; `path` is its name where it gives none.
pub(crate) fn parse(path: &str, text: &str) -> Result<Workflow, Invalid> {
    let root: Value = yaml_serde::from_str(text).map_err(|error| Invalid(error.to_string()))?;
    // YAML 1.1 readers take a bare `on` for the boolean true.
    let on = root.get("on").or_else(|| root.as_mapping().and_then(|map| map.get(Value::Bool(true))));
    let jobs = root.get("jobs").and_then(Value::as_mapping).ok_or_else(|| Invalid("no jobs".to_owned()))?;
    Ok(Workflow {
        name: text_of(root.get("name")).unwrap_or_else(|| path.to_owned()),
        run_name: text_of(root.get("run-name")),
        dispatch: on.and_then(dispatch),
        concurrency: concurrency(root.get("concurrency")),
        jobs: jobs.iter().filter_map(|(key, job)| Some(job_plan(key.as_str()?, job))).collect(),
    })
}

/// Puts values in the place of `${{ name }}`; a name without a value becomes empty, as at GitHub.
pub(crate) fn interpolate(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        result.push_str(before);
        let Some((expression, tail)) = after.split_once("}}") else {
            return result + "${{" + after;
        };
        let name = expression.trim().replacen("github.event.inputs.", "inputs.", 1);
        result.push_str(values.get(&name).map_or("", String::as_str));
        rest = tail;
    }
    result + rest
}

fn dispatch(on: &Value) -> Option<Vec<Input>> {
    const NAME: &str = "workflow_dispatch";
    match on {
        Value::String(event) if event == NAME => Some(Vec::new()),
        Value::Sequence(events) if events.iter().any(|event| event.as_str() == Some(NAME)) => Some(Vec::new()),
        Value::Mapping(events) => {
            let inputs = events.get(NAME)?.get("inputs").and_then(Value::as_mapping);
            Some(inputs.into_iter().flat_map(Mapping::iter).filter_map(input).collect())
        }
        _ => None,
    }
}

fn input((name, body): (&Value, &Value)) -> Option<Input> {
    let options = || strings(body.get("options"));
    let kind = match body.get("type").and_then(Value::as_str).unwrap_or("string") {
        "boolean" => InputKind::Boolean,
        "number" => InputKind::Number,
        "choice" => InputKind::Choice(options()),
        "environment" => InputKind::Environment,
        _ => InputKind::String,
    };
    let first = match &kind {
        InputKind::Choice(options) => options.first().cloned(),
        _ => None,
    };
    Some(Input {
        name: name.as_str()?.to_owned(),
        kind,
        required: body.get("required").and_then(Value::as_bool).unwrap_or(false),
        default: text_of(body.get("default")).or(first),
    })
}

fn job_plan(key: &str, job: &Value) -> JobPlan {
    let environment = job.get("environment");
    let steps = job.get("steps").and_then(Value::as_sequence);
    JobPlan {
        key: key.to_owned(),
        name: text_of(job.get("name")).unwrap_or_else(|| key.to_owned()),
        needs: strings(job.get("needs")),
        environment: text_of(environment).or_else(|| text_of(environment.and_then(|body| body.get("name")))),
        runs_on: strings(job.get("runs-on")).into_iter().next().unwrap_or_default(),
        steps: steps.into_iter().flatten().map(step_plan).collect(),
    }
}

fn step_plan(step: &Value) -> StepPlan {
    let run = text_of(step.get("run")).unwrap_or_default();
    let named = text_of(step.get("name"));
    let shown = || match text_of(step.get("uses")) {
        Some(action) => format!("Run {action}"),
        None => format!("Run {}", run.lines().next().unwrap_or_default()),
    };
    StepPlan { name: named.unwrap_or_else(shown), run }
}

fn concurrency(value: Option<&Value>) -> Option<String> {
    text_of(value).or_else(|| text_of(value?.get("group")))
}

/// A scalar as text.
fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A scalar or a list of scalars as a list.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Sequence(items)) => items.iter().filter_map(|item| text_of(Some(item))).collect(),
        other => text_of(other).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn reads_typed_inputs_and_jobs() {
        let workflow = parse("deploy.yml", include_str!("../repository/files/deploy.yml")).unwrap();
        let inputs = workflow.dispatch.unwrap();
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(names, ["environment", "version", "pilothouse_run", "weight", "dry_run"]);
        assert_eq!(inputs[0].kind, InputKind::Choice(vec!["staging".to_owned(), "production".to_owned()]));
        assert!(inputs[1].required && !inputs[2].required);
        assert_eq!(inputs[4].default.as_deref(), Some("false"));
        let jobs: Vec<&str> = workflow.jobs.iter().map(|job| job.key.as_str()).collect();
        assert_eq!(jobs, ["build", "deploy", "smoke"]);
        assert_eq!(workflow.jobs[1].needs, ["build"]);
    }

    #[test]
    fn a_workflow_without_the_trigger_can_not_be_dispatched() {
        let workflow = parse("ci.yml", include_str!("../repository/files/ci.yml")).unwrap();
        assert!(workflow.dispatch.is_none());
    }

    #[test]
    fn puts_values_in_and_leaves_unknown_ones_empty() {
        let values = BTreeMap::from([("inputs.version".to_owned(), "1.2.0".to_owned())]);
        let text = "Deploy ${{ github.event.inputs.version }}${{inputs.other}} ${{ open";
        assert_eq!(interpolate(text, &values), "Deploy 1.2.0 ${{ open");
    }
}
