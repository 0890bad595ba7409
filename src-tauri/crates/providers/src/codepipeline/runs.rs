//! Following an execution: its own status, its actions as jobs, and whether it waits for a person.

use super::client::{Call, Client};
use super::facts::{self, Facts};
use super::names::{JobName, RunName};
use super::refusal::Refused;
use super::status::{self, moment};
use super::structure::{self, Action, Structure};
use crate::failure::unexpected;
use aws_sdk_codepipeline::operation::get_pipeline_state::GetPipelineStateOutput;
use aws_sdk_codepipeline::types::{ActionExecutionDetail, ActionExecutionFilter, StageState};
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::{Job, Run, RunStatus};
use pilothouse_engine::ports::provider::{LogPart, ProviderError};

/// Pages of a hundred action executions that are read of one execution.
const MOST_PAGES: usize = 10;

/// A run with its jobs.
pub(super) async fn run(client: &Client, name: &str) -> Result<Run, ProviderError> {
    let name = RunName::parse(name)?;
    let (execution, facts) = facts::execution(client, &name).await?;
    let actions = actions(client, &name).await?;
    let word = execution.status().map(aws_sdk_codepipeline::types::PipelineExecutionStatus::as_str);
    let mut run_status = status::execution(word);
    let structure = structure::at_or_current(client, &name.pipeline, facts.version).await?;
    let jobs = jobs(client, &name, &structure, &actions, &run_status, facts.is_rollback);
    if word == Some("InProgress") {
        let any = |wanted: &RunStatus| jobs.iter().any(|job| job.status == *wanted);
        if any(&RunStatus::Waiting) && !any(&RunStatus::InProgress) {
            run_status = RunStatus::Waiting;
        } else if !any(&RunStatus::InProgress) {
            let state = state(client, &name.pipeline).await?;
            if is_held(&state, &name.execution) {
                run_status = RunStatus::Waiting;
            } else if actions.is_empty() {
                run_status = RunStatus::Queued;
            }
        }
    }
    let revisions = execution.artifact_revisions().iter().map(|revision| revision.revision_id());
    let ended_at = actions.iter().filter_map(|action| action.last_update_time().and_then(moment)).max();
    Ok(Run {
        external_id: name.to_string(),
        url: client.region.run_page(&name),
        attempt: attempt(&actions),
        ended_at: ended_at.filter(|_| run_status.is_ended()),
        status: run_status,
        title: facts.title(&name.pipeline),
        created_at: actions.iter().filter_map(began).min(),
        started_at: None,
        started_by: facts.started_by.clone(),
        git_ref: None,
        commit: facts::commit(revisions),
        jobs,
    })
}

/// The actions of an execution, of all attempts.
pub(super) async fn actions(client: &Client, name: &RunName) -> Result<Vec<ActionExecutionDetail>, Refused> {
    let filter = ActionExecutionFilter::builder().pipeline_execution_id(&name.execution).build();
    let call = Call::new("ListActionExecutions", format!("the actions of execution {} of {}", name.execution, name.pipeline));
    let mut found = Vec::new();
    let mut next: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let send = |sdk: &aws_sdk_codepipeline::Client| {
            let list = sdk.list_action_executions().pipeline_name(&name.pipeline).filter(filter.clone());
            list.max_results(100).set_next_token(next.clone()).send()
        };
        let page = client.read(&call, send).await?;
        found.extend(page.action_execution_details.unwrap_or_default());
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(found);
        }
    }
    let many = MOST_PAGES * 100;
    Err(unexpected(format!("Execution {} has more than {many} actions.", name.execution), "Look at its page at AWS.").into())
}

/// How the stages of a pipeline are now.
pub(super) async fn state(client: &Client, pipeline: &str) -> Result<GetPipelineStateOutput, Refused> {
    let call = Call::new("GetPipelineState", format!("pipeline {pipeline}"));
    client.read(&call, |sdk| sdk.get_pipeline_state().name(pipeline).send()).await
}

/// Whether an execution waits before a stage that somebody holds.
fn is_held(state: &GetPipelineStateOutput, execution: &str) -> bool {
    let holds = |stage: &&StageState| stage.inbound_transition_state().is_some_and(|transition| !transition.enabled());
    let waits = |stage: &StageState| {
        stage.inbound_execution().is_some_and(|inbound| inbound.pipeline_execution_id() == execution)
            || stage.inbound_executions().iter().any(|inbound| inbound.pipeline_execution_id() == execution)
    };
    state.stage_states().iter().filter(holds).any(waits)
}

/// Counts the attempts: a stage that is repeated runs its actions again in the same execution.
fn attempt(actions: &[ActionExecutionDetail]) -> u32 {
    let same = |one: &ActionExecutionDetail, other: &ActionExecutionDetail| {
        one.stage_name() == other.stage_name() && one.action_name() == other.action_name()
    };
    let times = actions.iter().map(|action| actions.iter().filter(|other| same(action, other)).count()).max();
    u32::try_from(times.unwrap_or(1).max(1)).unwrap_or(u32::MAX)
}

/// The last execution of an action. AWS lists the newest first.
fn last<'a>(actions: &'a [ActionExecutionDetail], stage: &str, action: &str) -> Option<&'a ActionExecutionDetail> {
    let same = |read: &&ActionExecutionDetail| read.stage_name() == Some(stage) && read.action_name() == Some(action);
    actions.iter().filter(same).reduce(|newest, next| if began(next) > began(newest) { next } else { newest })
}

fn began(action: &ActionExecutionDetail) -> Option<Timestamp> {
    action.start_time().and_then(moment)
}

fn jobs(
    client: &Client,
    name: &RunName,
    structure: &Structure,
    actions: &[ActionExecutionDetail],
    run: &RunStatus,
    is_rollback: bool,
) -> Vec<Job> {
    let mut jobs = Vec::new();
    for stage in &structure.stages {
        // A rollback goes through one stage alone.
        if is_rollback && !actions.iter().any(|read| read.stage_name() == Some(&stage.name)) {
            continue;
        }
        for action in &stage.actions {
            jobs.push(match last(actions, &stage.name, &action.name) {
                Some(read) => job(client, name, &stage.name, &action.name, Some(action), read),
                None => pending(client, name, &stage.name, &action.name, run),
            });
        }
    }
    // Actions that the structure no longer has.
    for read in actions {
        let (Some(stage), Some(action)) = (read.stage_name(), read.action_name()) else { continue };
        let id = name.job(stage, action).to_string();
        if !jobs.iter().any(|job| job.external_id == id)
            && let Some(read) = last(actions, stage, action)
        {
            jobs.push(job(client, name, stage, action, None, read));
        }
    }
    jobs
}

fn job(client: &Client, name: &RunName, stage: &str, action: &str, known: Option<&Action>, read: &ActionExecutionDetail) -> Job {
    let mut action_status = status::action(read.status().map(aws_sdk_codepipeline::types::ActionExecutionStatus::as_str));
    let is_approval = known.map_or_else(|| is_approval(read), Action::is_approval);
    if is_approval && action_status == RunStatus::InProgress {
        action_status = RunStatus::Waiting;
    }
    let ended_at = action_status.is_ended().then(|| read.last_update_time().and_then(moment)).flatten();
    Job {
        external_id: name.job(stage, action).to_string(),
        name: action.to_owned(),
        stage: Some(stage.to_owned()),
        status: action_status,
        url: link(read).unwrap_or_else(|| client.region.run_page(name)),
        started_at: began(read),
        ended_at,
        steps: Vec::new(),
    }
}

fn pending(client: &Client, name: &RunName, stage: &str, action: &str, run: &RunStatus) -> Job {
    Job {
        external_id: name.job(stage, action).to_string(),
        name: action.to_owned(),
        stage: Some(stage.to_owned()),
        status: if run.is_ended() { RunStatus::Skipped } else { RunStatus::Queued },
        url: client.region.run_page(name),
        started_at: None,
        ended_at: None,
        steps: Vec::new(),
    }
}

/// Whether an action execution is that of an approval, by what it says of itself.
pub(super) fn is_approval(read: &ActionExecutionDetail) -> bool {
    read.input().and_then(|input| input.action_type_id()).is_some_and(|kind| kind.category().as_str() == "Approval")
}

/// Where an action's work is to be seen: the build's, the deployment's, the commit's page.
fn link(read: &ActionExecutionDetail) -> Option<String> {
    let url = read.output()?.execution_result()?.external_execution_url()?;
    (url.starts_with("https://") || url.starts_with("http://")).then(|| url.to_owned())
}

/// Where the log of a job is: CodePipeline has none itself.
pub(super) async fn job_log(client: &Client, job: &str, from: u64) -> Result<Option<LogPart>, ProviderError> {
    let JobName { run, stage, action } = JobName::parse(job)?;
    let (execution, _) = facts::execution(client, &run).await?;
    let actions = actions(client, &run).await?;
    let Some(read) = last(&actions, &stage, &action) else { return Ok(None) };
    let run_status = status::execution(execution.status().map(aws_sdk_codepipeline::types::PipelineExecutionStatus::as_str));
    let is_complete = run_status.is_ended() || read.status().is_some_and(|word| status::action(Some(word.as_str())).is_ended());
    let elsewhere = link(read).or_else(|| is_complete.then(|| client.region.run_page(&run)));
    Ok(elsewhere.map(|url| LogPart { text: String::new(), next: from, is_complete, elsewhere: Some(url) }))
}

/// The facts of an execution as a run without jobs.
pub(super) fn listed(
    client: &Client,
    name: &RunName,
    summary: &aws_sdk_codepipeline::types::PipelineExecutionSummary,
    facts: &Facts,
) -> Run {
    let revisions = summary.source_revisions().iter().map(|revision| revision.revision_id());
    let run_status = status::execution(summary.status().map(aws_sdk_codepipeline::types::PipelineExecutionStatus::as_str));
    Run {
        external_id: name.to_string(),
        url: client.region.run_page(name),
        attempt: 1,
        ended_at: summary.last_update_time().and_then(moment).filter(|_| run_status.is_ended()),
        status: run_status,
        title: facts.title(&name.pipeline),
        created_at: summary.start_time().and_then(moment),
        started_at: None,
        started_by: facts.started_by.clone(),
        git_ref: None,
        commit: facts::commit(revisions),
        jobs: Vec::new(),
    }
}
