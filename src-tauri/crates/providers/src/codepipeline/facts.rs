//! What is fixed when an execution starts: its variables, who started it, at which structure of the pipeline. Read once per execution.

use super::client::{Call, Client};
use super::names::{RunName, is_commit};
use super::refusal::Refused;
use super::status;
use aws_sdk_codepipeline::types::PipelineExecution;
use std::sync::Arc;

/// The longest value that a title shows, in characters.
const LONGEST_VALUE: usize = 80;

/// What is fixed about an execution.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) version: Option<i32>,
    pub(super) variables: Vec<(String, String)>,
    /// Who or what started it, in AWS's words.
    pub(super) started_by: Option<String>,
    /// Set for a rollback: the execution that it goes back to.
    pub(super) back_to: Option<String>,
    pub(super) is_rollback: bool,
}

impl Facts {
    pub(super) fn of(execution: &PipelineExecution) -> Self {
        let variable = |variable: &aws_sdk_codepipeline::types::ResolvedPipelineVariable| {
            Some((variable.name()?.to_owned(), variable.resolved_value().unwrap_or_default().to_owned()))
        };
        let back_to = execution.rollback_metadata().and_then(|metadata| metadata.rollback_target_pipeline_execution_id());
        Self {
            version: execution.pipeline_version(),
            variables: execution.variables().iter().filter_map(variable).collect(),
            started_by: execution.trigger().and_then(|trigger| trigger.trigger_detail()).filter(|by| !by.is_empty()).map(str::to_owned),
            back_to: back_to.map(str::to_owned),
            is_rollback: execution.execution_type().is_some_and(|kind| kind.as_str() == "ROLLBACK"),
        }
    }

    /// What a run is called: an execution has no title of its own, so it shows its variables.
    pub(super) fn title(&self, pipeline: &str) -> String {
        let mut title = pipeline.to_owned();
        if self.is_rollback {
            title.push_str(" rollback");
            if let Some(target) = &self.back_to {
                title.push_str(" to ");
                title.push_str(target);
            }
        }
        for (name, value) in &self.variables {
            let value: String = value.chars().filter(|c| !c.is_control()).take(LONGEST_VALUE).collect();
            title.push_str(&format!(" {name}={value}"));
        }
        title
    }

    /// Whether a variable holds this text.
    pub(super) fn holds(&self, text: &str) -> bool {
        !text.is_empty() && self.variables.iter().any(|(_, value)| value.contains(text))
    }
}

/// The facts of an execution.
pub(super) async fn of(client: &Client, run: &RunName) -> Result<Arc<Facts>, Refused> {
    if let Some(known) = client.memory.facts(&run.execution) {
        return Ok(known);
    }
    let (_, facts) = execution(client, run).await?;
    Ok(facts)
}

/// An execution as it is now, with its facts.
pub(super) async fn execution(client: &Client, run: &RunName) -> Result<(PipelineExecution, Arc<Facts>), Refused> {
    let call = Call::new("GetPipelineExecution", format!("execution {} of {}", run.execution, run.pipeline));
    let send = |sdk: &aws_sdk_codepipeline::Client| {
        sdk.get_pipeline_execution().pipeline_name(&run.pipeline).pipeline_execution_id(&run.execution).send()
    };
    let answer = client.read(&call, send).await?;
    let Some(execution) = answer.pipeline_execution else {
        return Err(super::names::absent("run", &run.to_string()).into());
    };
    let facts = Arc::new(Facts::of(&execution));
    // One that has only just begun may not tell its variables yet.
    let is_told = !facts.variables.is_empty();
    let has_ended = || status::execution(execution.status().map(aws_sdk_codepipeline::types::PipelineExecutionStatus::as_str)).is_ended();
    if is_told || has_ended() {
        client.memory.keep_facts(&run.execution, &facts);
    }
    Ok((execution, facts))
}

/// The commit of an execution, where a source of it is a commit.
pub(super) fn commit<'a>(mut revisions: impl Iterator<Item = Option<&'a str>>) -> Option<String> {
    revisions.find_map(|revision| revision.filter(|revision| is_commit(revision))).map(str::to_owned)
}
