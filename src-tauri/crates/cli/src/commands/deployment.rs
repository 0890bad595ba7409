//! `pilothouse deploy` and `pilothouse deployment`.

use crate::commands::{Ran, show};
use crate::exit::Exit;
use crate::session::Session;
use crate::text::{clean, table_or};
use crate::wait::{self, Waiting};
use crate::{input, names};
use clap::{Args, Subcommand, ValueEnum};
use pilothouse_api::{
    Api, ApiError, CancelDeploymentRequest, ChangePhasesRequest, DecideRequest, DecisionDto, DeploymentPhasesDto, DeploymentView,
    ErrorCode, IdRequest, JobLogRequest, ListDeploymentsRequest, PauseDeploymentRequest, PhaseView, PhasesOutlookView, PromoteFullyRequest,
    SkipPhaseRequest, StartDeploymentRequest,
};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct DeployCommand {
    /// product@version, or id
    release: String,
    /// Environment: name or id
    environment: String,
    #[command(flatten)]
    wait: WaitArguments,
}

/// Whether to stay until a deployment has ended.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct WaitArguments {
    /// Stay until it has ended or asks a person. Runs the engine itself where nobody else does
    #[arg(long)]
    pub(crate) wait: bool,
    /// As --wait, and print the logs of its jobs to standard error
    #[arg(long)]
    pub(crate) follow: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeploymentCommand {
    /// Deployments, last started first
    List {
        /// Only of this product: name or id
        #[arg(long, value_name = "NAME")]
        product: Option<String>,
        /// Only of this release: product@version, or id
        #[arg(long, value_name = "RELEASE")]
        release: Option<String>,
        /// Only to this environment: name, product/name, or id
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
        /// Only those that haven't ended
        #[arg(long)]
        active: bool,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// One deployment: how it goes, and what it asks
    Show {
        /// Its id
        id: String,
    },
    /// Stay until it has ended or asks a person
    Wait {
        /// Its id
        id: String,
        /// Print the logs of its jobs to standard error
        #[arg(long)]
        follow: bool,
    },
    /// Ask it to stop
    Cancel {
        /// Its id
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Answer what it asks
    Decide {
        /// Its id
        id: String,
        /// The answer
        decision: DecisionArgument,
        /// For adopt: which run
        #[arg(long, value_name = "ID", required_if_eq("decision", "adopt"))]
        run: Option<String>,
        /// For accept: why it is known to work. For leave-out: why the group is left out
        #[arg(long, value_name = "TEXT", required_if_eq_any([("decision", "accept"), ("decision", "leave-out")]))]
        reason: Option<String>,
    },
    /// Let no further phase begin; what runs goes on
    Pause {
        /// Its id
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Let a paused one go on
    Resume {
        /// Its id
        id: String,
    },
    /// Leave a phase out, or end its watch
    Skip {
        /// Its id
        id: String,
        /// The phase: name or id
        phase: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Go to the last phase next
    Promote {
        /// Its id
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Its phases; with --file, change those that have not begun. Votes on the plan as it was are void then
    Phases {
        /// Its id
        id: String,
        /// All phases as a JSON document, as `phases ID --json` prints them; those that have begun stay as they are. - for standard input
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Why they are changed
        #[arg(long, value_name = "TEXT", requires = "file")]
        reason: Option<String>,
        /// Only say what the change would come to
        #[arg(long, requires = "file")]
        dry_run: bool,
    },
    /// Keep the version before from coming back by itself
    Hold {
        /// Its id
        id: String,
    },
    /// Take on what it asks
    Take {
        /// Its id
        id: String,
    },
    /// The log of a job
    Log {
        /// The deployment's id
        id: String,
        /// The job's id or name, as `show` prints it; without it, the job that failed, else the last one
        job: Option<String>,
    },
}

/// The answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecisionArgument {
    /// Trigger it (again), having made sure that nothing runs
    Trigger,
    /// This run is meant
    Adopt,
    /// Look again
    KeepLooking,
    /// Start the pipeline with the earlier version, in place of the provider's own way back, having made sure that nothing runs
    Redeploy,
    /// Run again what failed
    RerunFailed,
    /// Run all of it again
    RerunAll,
    /// Measure again
    VerifyAgain,
    /// It works, without a measurement
    Accept,
    /// Go on without this group
    LeaveOut,
    /// Begin the next phase
    GoOn,
    /// Let it end
    GiveUp,
}

pub(crate) async fn deploy(command: DeployCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    let release_id = names::release(api, &command.release).await?;
    let product_id = api.get_release(IdRequest { id: release_id.clone() }).await?.release.product_id;
    let product = names::product(api, &product_id).await?;
    let environment_id = names::environment(&product, &command.environment)?.id;
    let before = api.last_change().await?;
    let deployment = api.start_deployment(StartDeploymentRequest { release_id, environment_id }).await?;
    started(deployment, command.wait, before, session).await
}

/// Shows what was started, or stays with it.
pub(crate) async fn started(deployment: DeploymentView, arguments: WaitArguments, after: u32, session: &Session<'_>) -> Ran {
    if arguments.wait || arguments.follow {
        return wait::until_ended(session, Waiting { id: deployment.id, after, logs: arguments.follow }).await;
    }
    session.screen.show(&deployment, show::deployment);
    wait::say_who_carries(session, &deployment.id);
    Ok(Exit::Done)
}

pub(crate) async fn run(command: DeploymentCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        DeploymentCommand::List { product, release, environment, active, limit } => {
            let mut request = ListDeploymentsRequest { active_only: active, limit, ..ListDeploymentsRequest::default() };
            if let Some(name) = product {
                request.product_id = Some(names::product(api, &name).await?.id);
            }
            if let Some(name) = release {
                request.release_id = Some(names::release(api, &name).await?);
            }
            if let Some(name) = environment {
                request.environment_id = Some(names::place(api, &name).await?.1.id);
            }
            session.screen.show(&api.list_deployments(request).await?, |views| show::deployments(views));
        }
        DeploymentCommand::Show { id } => session.screen.show(&api.get_deployment(IdRequest { id }).await?, show::deployment),
        DeploymentCommand::Wait { id, follow } => {
            let after = api.last_change().await?;
            return wait::until_ended(session, Waiting { id, after, logs: follow }).await;
        }
        DeploymentCommand::Cancel { id, reason } => {
            let view = api.cancel_deployment(CancelDeploymentRequest { id, reason }).await?;
            session.screen.show(&view, show::deployment);
        }
        DeploymentCommand::Decide { id, decision, run, reason } => {
            let decision = decode(decision, run, reason);
            session.screen.show(&api.decide(DecideRequest { id, decision }).await?, show::deployment);
        }
        DeploymentCommand::Pause { id, reason } => {
            session.screen.show(&api.pause_deployment(PauseDeploymentRequest { id, reason }).await?, show::deployment);
        }
        DeploymentCommand::Resume { id } => session.screen.show(&api.resume_deployment(IdRequest { id }).await?, show::deployment),
        DeploymentCommand::Skip { id, phase, reason } => {
            let deployment = api.get_deployment(IdRequest { id: id.clone() }).await?;
            let phase_id = named_phase(&deployment.phases, &phase)?.id.clone();
            session.screen.show(&api.skip_phase(SkipPhaseRequest { id, phase_id, reason }).await?, show::deployment);
        }
        DeploymentCommand::Promote { id, reason } => {
            session.screen.show(&api.promote_fully(PromoteFullyRequest { id, reason }).await?, show::deployment);
        }
        DeploymentCommand::Phases { id, file: None, .. } => {
            session.screen.show(&api.deployment_phases(IdRequest { id }).await?, |known| super::rollout::phase_table(&known.phases));
        }
        DeploymentCommand::Phases { id, file: Some(file), reason, dry_run } => {
            let wanted: DeploymentPhasesDto = input::json(&file)?;
            let seen = match wanted.seen {
                Some(seen) => seen,
                None => api.deployment_phases(IdRequest { id: id.clone() }).await?.seen.unwrap_or_default(),
            };
            let request = ChangePhasesRequest { id, phases: wanted.phases, seen, reason: reason.unwrap_or_default() };
            if dry_run {
                session.screen.show(&api.preview_phases(request).await?, outlook);
            } else {
                session.screen.show(&api.change_phases(request).await?, show::deployment);
            }
        }
        DeploymentCommand::Hold { id } => session.screen.show(&api.hold_rollback(IdRequest { id }).await?, show::deployment),
        DeploymentCommand::Take { id } => session.screen.show(&api.take_question(IdRequest { id }).await?, show::deployment),
        DeploymentCommand::Log { id, job } => return log(api, id, job, session).await,
    }
    Ok(Exit::Done)
}

fn decode(decision: DecisionArgument, run: Option<String>, reason: Option<String>) -> DecisionDto {
    match decision {
        DecisionArgument::Trigger => DecisionDto::Trigger,
        DecisionArgument::Adopt => DecisionDto::Adopt { external_id: run.unwrap_or_default() },
        DecisionArgument::KeepLooking => DecisionDto::KeepLooking,
        DecisionArgument::Redeploy => DecisionDto::Redeploy,
        DecisionArgument::RerunFailed => DecisionDto::RerunFailed,
        DecisionArgument::RerunAll => DecisionDto::RerunAll,
        DecisionArgument::VerifyAgain => DecisionDto::VerifyAgain,
        DecisionArgument::Accept => DecisionDto::Accept { reason: reason.unwrap_or_default() },
        DecisionArgument::LeaveOut => DecisionDto::LeaveOut { reason: reason.unwrap_or_default() },
        DecisionArgument::GoOn => DecisionDto::GoOn,
        DecisionArgument::GiveUp => DecisionDto::GiveUp,
    }
}

/// What a change of phases would come to.
fn outlook(outlook: &PhasesOutlookView) -> String {
    let rows = outlook.changes.iter().map(|change| vec![change.what.clone(), change.before.clone(), change.after.clone()]);
    let mut text = table_or(&["WHAT", "WAS", "IS"], rows.collect(), "Nothing differs.");
    if !outlook.lapsing.is_empty() {
        text.push_str(&format!("No longer counted: the approval of {}.\n", outlook.lapsing.join(", ")));
    }
    match &outlook.held {
        Some(held) => text.push_str(&format!("The next phase waits: {}. {}\n", held.title, held.detail)),
        None => text.push_str("It goes on: nobody has to approve it.\n"),
    }
    text
}

fn named_phase<'a>(phases: &'a [PhaseView], wanted: &str) -> Result<&'a PhaseView, ApiError> {
    let is_it = |phase: &&PhaseView| phase.id == wanted || phase.name.to_lowercase() == wanted.to_lowercase();
    phases.iter().find(is_it).ok_or_else(|| {
        let names: Vec<&str> = phases.iter().map(|phase| phase.name.as_str()).collect();
        ApiError::new(ErrorCode::NotFound, format!("it has no phase `{wanted}`"), format!("Its phases: {}.", names.join(", ")))
    })
}

async fn log(api: &Api, id: String, job: Option<String>, session: &Session<'_>) -> Ran {
    let deployment = api.get_deployment(IdRequest { id: id.clone() }).await?;
    let jobs: Vec<_> = deployment.phases.iter().filter_map(|p| p.run.as_ref()).flat_map(|r| &r.jobs).collect();
    let chosen = match &job {
        Some(wanted) => jobs.iter().find(|j| j.id == *wanted || j.name == *wanted),
        None => jobs.iter().find(|j| j.status == pilothouse_api::RunWord::Failed).or_else(|| jobs.last()),
    };
    let Some(chosen) = chosen else {
        let named = job.map(|j| format!(" `{j}`")).unwrap_or_default();
        return Err(ApiError::new(
            ErrorCode::NotFound,
            format!("this deployment has no job{named}"),
            "See its jobs with `pilothouse deployment show`.",
        ));
    };
    let view = api.job_log(JobLogRequest { deployment_id: id, job_id: chosen.id.clone() }).await?;
    session.screen.show(&view, |view| match &view.text {
        Some(text) if view.truncated => format!("[the beginning is left out]\n{}", clean(text)),
        Some(text) => clean(text),
        None => format!("Job {} has no log yet.", chosen.name),
    });
    Ok(Exit::Done)
}
