//! `pilothouse run`: runs at a provider, whoever started them.

use crate::commands::{Ran, by_hand};
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::{clean, fields, git_ref, moment, moment_or, table, table_or, word};
use clap::{Args, Subcommand};
use pilothouse_api::{
    Api, ApiError, BrowsedRun, CancelRunRequest, CancelWord, ErrorCode, ManualRunsRequest, PipelineRunDetail, PipelineRunRequest,
    PipelineRunsRequest, RerunRequest, RunDeedRequest, RunLogRequest, RunOrigin, RunWord,
};
use std::io::Write as _;

/// Where a pipeline lives.
#[derive(Clone, Debug, Args)]
pub(crate) struct PlaceArguments {
    /// Connection: name or id
    connection: String,
    /// What holds the pipelines there: a repository, a project, a folder, a region
    repository: String,
}

impl PlaceArguments {
    /// The connection's id, and the repository.
    pub(super) async fn resolve(self, api: &Api) -> Result<(String, String), ApiError> {
        Ok((names::connection(api, &self.connection).await?.id, self.repository))
    }
}

/// How long to stay with a run that was started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    /// Until it has ended, and not only until it is known to be started.
    pub(super) to_the_end: bool,
    /// Whether to print the logs of its jobs.
    pub(super) logs: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunCommand {
    /// The runs of a pipeline, newest first, whoever started them
    List {
        #[command(flatten)]
        place: PlaceArguments,
        /// The pipeline, as `pipeline list` names it
        pipeline: String,
        /// Of how many days
        #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365))]
        days: u32,
    },
    /// Runs that were started by hand from Pilothouse, last first
    ByHand {
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// A run with its jobs, and what may be done to it
    Show {
        #[command(flatten)]
        place: PlaceArguments,
        /// The run's id at the provider
        run: String,
    },
    /// The log of a job
    Log {
        #[command(flatten)]
        place: PlaceArguments,
        /// The run's id at the provider
        run: String,
        /// The job's id or name, as `show` prints it; without it, the job that failed, else the last one
        job: Option<String>,
        /// Stay until the log is complete
        #[arg(long)]
        follow: bool,
    },
    /// Ask the provider to stop a run
    Cancel {
        #[command(flatten)]
        place: PlaceArguments,
        /// The run's id at the provider
        run: String,
        /// Without waiting for clean-up
        #[arg(long)]
        force: bool,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Ask for another attempt of a run
    Rerun {
        #[command(flatten)]
        place: PlaceArguments,
        /// The run's id at the provider
        run: String,
        /// Only what failed
        #[arg(long)]
        failed: bool,
        /// The pipeline that it is a run of. Without it, it is taken to change all that the repository's pipelines change
        #[arg(long, value_name = "PIPELINE", default_value = "")]
        pipeline: String,
        /// Why. Must be said where it changes an environment
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// Stay until the run has ended
        #[arg(long)]
        wait: bool,
    },
}

pub(crate) async fn run(command: RunCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        RunCommand::List { place, pipeline, days } => {
            let (connection_id, repository) = place.resolve(api).await?;
            let found = api.pipeline_runs(PipelineRunsRequest { connection_id, repository, pipeline, days }).await?;
            session.screen.show(&found, |found| runs(&found.runs));
        }
        RunCommand::ByHand { limit } => {
            let found = api.manual_runs(ManualRunsRequest { limit, ..ManualRunsRequest::default() }).await?;
            session.screen.show(&found, |found| by_hand::list(found));
        }
        RunCommand::Show { place, run } => {
            let (connection_id, repository) = place.resolve(api).await?;
            let seen = api.pipeline_run(PipelineRunRequest { connection_id, repository, run_id: run }).await?;
            session.screen.show(&seen, detail);
        }
        RunCommand::Log { place, run, job, follow } => {
            let (connection_id, repository) = place.resolve(api).await?;
            return log(session, PipelineRunRequest { connection_id, repository, run_id: run }, job, follow).await;
        }
        RunCommand::Cancel { place, run, force, reason } => {
            let (connection_id, repository) = place.resolve(api).await?;
            let run = RunDeedRequest { connection_id, repository, pipeline: String::new(), run_id: run, reason };
            let answer = api.cancel_run(CancelRunRequest { run, force }).await?;
            session.screen.show(&answer, |answer| format!("{}.", answer.message));
            return Ok(if answer.answer == CancelWord::Failed { Exit::Failed } else { Exit::Done });
        }
        RunCommand::Rerun { place, run, failed, pipeline, reason, wait } => {
            let (connection_id, repository) = place.resolve(api).await?;
            let before = api.last_change().await?;
            let run = RunDeedRequest { connection_id, repository, pipeline, run_id: run, reason };
            let started = api.rerun_run(RerunRequest { run, failed_only: failed }).await?;
            return by_hand::stay(session, started, before, Stay { to_the_end: wait, logs: false }).await;
        }
    }
    Ok(Exit::Done)
}

async fn log(session: &Session<'_>, request: PipelineRunRequest, job: Option<String>, follow: bool) -> Ran {
    let api = session.api();
    let seen = api.pipeline_run(request.clone()).await?.run;
    let chosen = match &job {
        Some(wanted) => seen.jobs.iter().find(|j| j.id == *wanted || j.name == *wanted),
        None => seen.jobs.iter().find(|j| j.status == RunWord::Failed).or_else(|| seen.jobs.last()),
    };
    let Some(chosen) = chosen else {
        let named = job.map(|j| format!(" `{j}`")).unwrap_or_default();
        return Err(ApiError::new(ErrorCode::NotFound, format!("this run has no job{named}"), "See its jobs with `pilothouse run show`."));
    };
    let ask = |from: String| RunLogRequest {
        connection_id: request.connection_id.clone(),
        repository: request.repository.clone(),
        job_id: chosen.id.clone(),
        from,
    };
    let mut part = api.run_log(ask(String::new())).await?;
    let mut text = part.text.clone().unwrap_or_default();
    while follow && !part.is_complete && part.elsewhere.is_none() {
        if !session.screen.is_json() {
            part.text.as_deref().map(clean).iter().for_each(|fresh| {
                let mut out = std::io::stdout().lock();
                // Whoever closed the pipe has read enough.
                let _ = out.write_all(fresh.as_bytes()).and_then(|()| out.flush());
            });
        }
        if !by_hand::pause(session).await {
            return Ok(Exit::Failed);
        }
        part = api.run_log(ask(part.next)).await?;
        text.push_str(part.text.as_deref().unwrap_or_default());
    }
    let last = part.text.clone();
    let whole = pilothouse_api::RunLogView { text: Some(text).filter(|_| last.is_some() || follow), ..part };
    session.screen.show(&whole, |view| match (&view.elsewhere, &view.text) {
        (Some(page), _) => format!("The provider doesn't hand it out. Read it at {page}"),
        (None, Some(_)) if follow => clean(last.as_deref().unwrap_or_default()),
        (None, Some(text)) if view.truncated => format!("[the beginning is left out]\n{}", clean(text)),
        (None, Some(text)) => clean(text),
        (None, None) => format!("Job {} has no log yet.", chosen.name),
    });
    Ok(Exit::Done)
}

fn origin(origin: &RunOrigin) -> String {
    match origin {
        RunOrigin::Deployment { what, .. } => format!("deployment of {what}"),
        RunOrigin::ByHand { by, .. } => format!("by hand, {by}"),
        RunOrigin::Elsewhere => String::new(),
    }
}

fn runs(found: &[BrowsedRun]) -> String {
    let rows = found.iter().map(|one| {
        let run = &one.run;
        vec![
            run.external_id.clone(),
            word(run.status),
            moment_or(run.created_at.as_ref(), ""),
            run.git_ref.as_deref().map(git_ref).unwrap_or_default(),
            run.started_by.clone().unwrap_or_default(),
            origin(&one.origin),
            run.title.clone(),
        ]
    });
    table_or(&["RUN", "STATE", "MADE", "REF", "BY", "FROM HERE", "TITLE"], rows.collect(), "No runs in this time.")
}

pub(super) fn detail(seen: &PipelineRunDetail) -> String {
    let run = &seen.run;
    let mut text = format!("run {} attempt {}: {}\n\n", run.external_id, run.attempt, word(run.status));
    let reason = match &seen.origin {
        RunOrigin::ByHand { reason, .. } => reason.clone(),
        _ => String::new(),
    };
    text.push_str(&fields(&[
        ("title", run.title.clone()),
        ("made", run.created_at.as_deref().map(moment).unwrap_or_default()),
        ("by", run.started_by.clone().unwrap_or_default()),
        ("from here", origin(&seen.origin)),
        ("reason", reason),
        ("ref", run.git_ref.clone().unwrap_or_default()),
        ("commit", run.commit.clone().unwrap_or_default()),
        ("page", run.url.clone()),
    ]));
    if !run.jobs.is_empty() {
        text.push('\n');
    }
    let rows: Vec<Vec<String>> = run
        .jobs
        .iter()
        .map(|job| vec![format!("job {}", job.id), job.stage.clone().unwrap_or_default(), job.name.clone(), word(job.status)])
        .collect();
    text.push_str(&table(&rows));
    text
}
