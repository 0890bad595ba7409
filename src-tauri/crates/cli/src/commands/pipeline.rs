//! `pilothouse pipeline`.

use crate::commands::run::{self, PlaceArguments};
use crate::commands::{Ran, by_hand};
use crate::exit::Exit;
use crate::session::Session;
use crate::text::{fields, table_or, word};
use clap::{Args, Subcommand};
use pilothouse_api::{
    ApiError, BrowsedPipeline, ChangedEnvironmentView, GivenInput, InputKindWord, InputView, ManualRunOutlook, ManualRunRequest,
    PipelineDescriptionView, PipelineRequest, RepositoryRequest,
};

#[derive(Debug, Subcommand)]
pub(crate) enum PipelineCommand {
    /// The pipelines of a repository, and which environments they are bound to
    List {
        #[command(flatten)]
        place: PlaceArguments,
    },
    /// What a pipeline takes: its inputs with their kinds and defaults
    Describe {
        #[command(flatten)]
        place: PlaceArguments,
        /// The pipeline, as `list` names it
        pipeline: String,
        /// At this branch or tag, instead of the default branch
        #[arg(long = "ref", value_name = "REF", default_value = "")]
        git_ref: String,
    },
    /// Start a run by hand, once; stays until it is known to be started
    Run(Box<RunArguments>),
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    place: PlaceArguments,
    /// The pipeline, as `list` names it
    pipeline: String,
    /// At this branch or tag, instead of the default branch
    #[arg(long = "ref", value_name = "REF", default_value = "")]
    git_ref: String,
    /// A value for an input; may be given several times
    #[arg(long = "input", value_name = "NAME=VALUE")]
    inputs: Vec<String>,
    /// Why. Must be said where the pipeline changes an environment
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Start nothing; only say what it would mean
    #[arg(long)]
    dry_run: bool,
    /// Stay until the run has ended
    #[arg(long)]
    wait: bool,
    /// As --wait, and print the logs of its jobs to standard error
    #[arg(long)]
    follow: bool,
}

pub(crate) async fn run(command: PipelineCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        PipelineCommand::List { place } => {
            let (connection_id, repository) = place.resolve(api).await?;
            let listed = api.browse_pipelines(RepositoryRequest { connection_id, repository }).await?;
            session.screen.show(&listed, |listed| pipelines(&listed.pipelines));
        }
        PipelineCommand::Describe { place, pipeline, git_ref } => {
            let (connection_id, repository) = place.resolve(api).await?;
            let described = api.describe_pipeline(PipelineRequest { connection_id, repository, pipeline, git_ref }).await?;
            session.screen.show(&described, describe);
        }
        PipelineCommand::Run(arguments) => return start(*arguments, session).await,
    }
    Ok(Exit::Done)
}

async fn start(arguments: RunArguments, session: &Session<'_>) -> Ran {
    let api = session.api();
    let (connection_id, repository) = arguments.place.resolve(api).await?;
    let inputs = arguments.inputs.iter().map(|text| given(text)).collect::<Result<Vec<_>, _>>()?;
    let RunArguments { pipeline, git_ref, reason, .. } = arguments;
    let request = ManualRunRequest { connection_id, repository, pipeline, git_ref, inputs, reason };
    if arguments.dry_run {
        let seen = api.manual_run_outlook(request).await?;
        let exit = if !seen.faults.is_empty() || seen.obstacle.is_some() {
            Exit::Usage
        } else if seen.blockers.is_empty() {
            Exit::Done
        } else {
            Exit::Blocked
        };
        session.screen.show(&seen, outlook);
        return Ok(exit);
    }
    let before = api.last_change().await?;
    let started = api.start_manual_run(request).await?;
    by_hand::stay(session, started, before, run::Stay { to_the_end: arguments.wait || arguments.follow, logs: arguments.follow }).await
}

fn given(text: &str) -> Result<GivenInput, ApiError> {
    let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
        ApiError::invalid("input", format!("`{text}` is no input"), "Write it as NAME=VALUE: --input environment=staging.")
    })?;
    Ok(GivenInput { name: name.to_owned(), value: value.to_owned() })
}

fn pipelines(listed: &[BrowsedPipeline]) -> String {
    let rows = listed.iter().map(|one| {
        let state = if one.pipeline.is_active { "" } else { "switched off" };
        let bound: Vec<ChangedEnvironmentView> = one.bound.iter().map(|bound| bound.environment.clone()).collect();
        vec![one.pipeline.pipeline.clone(), one.pipeline.title.clone(), state.to_owned(), places(&bound)]
    });
    table_or(&["PIPELINE", "TITLE", "STATE", "CHANGES"], rows.collect(), "No pipelines.")
}

/// Environments with their products, each once.
pub(super) fn places(changes: &[ChangedEnvironmentView]) -> String {
    let mut names: Vec<String> = changes.iter().map(|one| format!("{}/{}", one.product, one.environment)).collect();
    names.dedup();
    names.join(", ")
}

fn describe(described: &PipelineDescriptionView) -> String {
    let mut text = fields(&[("ref", described.git_ref.clone()), ("can't be started", described.obstacle.clone().unwrap_or_default())]);
    text.push('\n');
    text.push_str(&inputs(&described.inputs));
    text
}

fn inputs(inputs: &[InputView]) -> String {
    let rows = inputs.iter().map(|input| {
        let kind = match input.kind {
            InputKindWord::Choice => input.choices.join("|"),
            kind => word(kind),
        };
        let need = if input.required { "required" } else { "" };
        vec![input.name.clone(), kind, need.to_owned(), input.default_value.clone().unwrap_or_default(), input.description.clone()]
    });
    table_or(&["INPUT", "KIND", "", "DEFAULT", "DESCRIPTION"], rows.collect(), "It takes no inputs.")
}

fn outlook(seen: &ManualRunOutlook) -> String {
    let mut text = fields(&[
        ("ref", seen.git_ref.clone()),
        ("can't be started", seen.obstacle.clone().unwrap_or_default()),
        ("changes", places(&seen.changes)),
        ("filled in by Pilothouse", seen.correlation_input.clone().unwrap_or_default()),
    ]);
    for fault in &seen.faults {
        text.push_str(&format!("{}: {}\n", fault.input, fault.message));
    }
    for blocker in &seen.blockers {
        text.push_str(&format!("- {}: {}\n", blocker.title, blocker.detail));
    }
    if seen.faults.is_empty() && seen.blockers.is_empty() && seen.obstacle.is_none() {
        let reason = if seen.changes.is_empty() { "" } else { " It changes an environment outside any release: give a --reason." };
        text.push_str(&format!("It can be started.{reason}\n"));
    }
    text
}
