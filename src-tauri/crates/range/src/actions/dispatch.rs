//! Accepting a `workflow_dispatch`: every rule that GitHub checks before it creates a run. Nothing is created unless all hold.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use serde_json::{Map, Value};

use super::workflow::{self, Input, InputKind, Workflow};
use super::{KnownWorkflow, NewRun, runner};
use crate::error::RangeError;
use crate::faults::Fault;
use crate::lock::lock;
use crate::site::Site;
use crate::stats::AcceptedDispatch;

/// Most inputs that one dispatch may carry.
const MOST_INPUTS: usize = 25;

/// Why a dispatch is refused; all but `Git` are GitHub's 422.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("No ref found for: {0}")]
    NoRef(String),
    #[error("Workflow does not have 'workflow_dispatch' trigger")]
    NoTrigger,
    #[error("Cannot trigger a 'workflow_dispatch' on a disabled workflow")]
    Disabled,
    #[error("you may only define up to {MOST_INPUTS} `inputs` for a `workflow_dispatch` event")]
    TooMany,
    #[error("Unexpected inputs provided: {0:?}")]
    Unexpected(Vec<String>),
    #[error("Required input '{0}' not provided")]
    Missing(String),
    #[error("Provided value '{value}' for input '{input}' not in the list of allowed values")]
    NotAllowed { input: String, value: String },
    #[error("Invalid value for input '{0}'")]
    WrongType(String),
    #[error("failed to parse workflow: {0}")]
    Unreadable(String),
    #[error(transparent)]
    Git(#[from] RangeError),
}

/// Checks and accepts a dispatch; its run is on its way when this returns.
pub(crate) async fn accept(site: &Arc<Site>, known: &KnownWorkflow, reference: &str, given: &Map<String, Value>) -> Result<u64, Refused> {
    let found = site.repository.branch_or_tag(reference).await?.ok_or_else(|| Refused::NoRef(reference.to_owned()))?;
    if !known.enabled {
        return Err(Refused::Disabled);
    }
    // The file as it is on that ref counts, not the one of the default branch.
    let text = site.repository.file_at(&found.commit, &known.path).await?.ok_or(Refused::NoTrigger)?;
    let plan = workflow::parse(&known.path, &text).map_err(|invalid| Refused::Unreadable(invalid.to_string()))?;
    let inputs = check(site, &plan, given)?;
    let ref_name = found.branch().or(found.tag()).unwrap_or(reference).to_owned();
    let new = NewRun {
        workflow_id: known.id,
        path: known.path.clone(),
        title: plan.name.clone(),
        plan: Arc::new(plan),
        event: "workflow_dispatch",
        ref_name,
        sha: found.commit,
        inputs: inputs.clone(),
        at: Utc::now(),
    };
    let run_id = lock(&site.actions).enter(new);
    site.stats.dispatched(AcceptedDispatch {
        run_id,
        workflow: known.file_name().to_owned(),
        reference: reference.to_owned(),
        inputs,
        at: Utc::now(),
    });
    if let Some((_, Fault::DelayedListing { delay_ms })) = site.faults.take_for_run(|fault| matches!(fault, Fault::DelayedListing { .. })) {
        let from = tokio::time::Instant::now() + Duration::from_millis(delay_ms);
        site.change_run(run_id, |run| run.listed_from = Some(from));
    }
    runner::start(site, run_id);
    Ok(run_id)
}

/// The inputs that the run gets: as given, with defaults filled in.
fn check(site: &Site, plan: &Workflow, given: &Map<String, Value>) -> Result<BTreeMap<String, String>, Refused> {
    let declared = plan.dispatch.as_ref().ok_or(Refused::NoTrigger)?;
    if given.len() > MOST_INPUTS {
        return Err(Refused::TooMany);
    }
    let unknown = |name: &&String| !declared.iter().any(|input| &input.name == *name);
    let unexpected: Vec<String> = given.keys().filter(unknown).cloned().collect();
    if !unexpected.is_empty() {
        return Err(Refused::Unexpected(unexpected));
    }
    let mut values = BTreeMap::new();
    for input in declared {
        let value = match given.get(&input.name) {
            Some(value) => as_text(input, value)?,
            None => input.default.clone().unwrap_or_default(),
        };
        if value.is_empty() && input.required {
            return Err(Refused::Missing(input.name.clone()));
        }
        if !value.is_empty() && !is_allowed(site, &input.kind, &value) {
            return Err(match input.kind {
                InputKind::Choice(_) | InputKind::Environment => Refused::NotAllowed { input: input.name.clone(), value },
                _ => Refused::WrongType(input.name.clone()),
            });
        }
        values.insert(input.name.clone(), value);
    }
    Ok(values)
}

fn as_text(input: &Input, value: &Value) -> Result<String, Refused> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Ok(String::new()),
        Value::Array(_) | Value::Object(_) => Err(Refused::WrongType(input.name.clone())),
    }
}

fn is_allowed(site: &Site, kind: &InputKind, value: &str) -> bool {
    match kind {
        InputKind::String => true,
        InputKind::Boolean => value == "true" || value == "false",
        InputKind::Number => value.parse::<f64>().is_ok(),
        InputKind::Choice(options) => options.iter().any(|option| option == value),
        InputKind::Environment => site.fleet.environment(value).is_some(),
    }
}

impl KnownWorkflow {
    /// E.g. `deploy.yml`.
    pub(crate) fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}
