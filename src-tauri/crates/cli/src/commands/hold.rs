//! `pilothouse hold`: what is held at a provider.

use crate::commands::Ran;
use crate::commands::pipeline::places;
use crate::commands::run::PlaceArguments;
use crate::exit::Exit;
use crate::session::Session;
use crate::text::table_or;
use clap::{Args, Subcommand};
use pilothouse_api::{ApiError, ErrorCode, HoldTargetDto, ProviderHoldView, RepositoryRequest, SetHoldRequest};

#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    /// What can be held in a repository, and whether it is
    List {
        #[command(flatten)]
        place: PlaceArguments,
        /// Only what is held
        #[arg(long)]
        held: bool,
    },
    /// Hold something, so that nothing passes
    Set(HoldArguments),
    /// Release something that is held
    Release(HoldArguments),
}

#[derive(Debug, Args)]
pub(crate) struct HoldArguments {
    #[command(flatten)]
    place: PlaceArguments,
    /// The pipeline; without it, the freeze of the repository
    pipeline: Option<String>,
    /// The stage of the pipeline
    #[arg(long, value_name = "STAGE", requires = "pipeline")]
    stage: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(crate) async fn run(command: HoldCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        HoldCommand::List { place, held } => {
            let (connection_id, repository) = place.resolve(api).await?;
            let mut found = api.list_holds(RepositoryRequest { connection_id, repository }).await?;
            if let Some(why) = found.lacking {
                return Err(ApiError::new(
                    ErrorCode::ProviderRefused,
                    format!("nothing can be held there: {why}"),
                    "Do it at the provider itself.",
                ));
            }
            found.holds.retain(|hold| hold.is_held || !held);
            session.screen.show(&found, |found| list(&found.holds));
        }
        HoldCommand::Set(arguments) => set(arguments, true, session).await?,
        HoldCommand::Release(arguments) => set(arguments, false, session).await?,
    }
    Ok(Exit::Done)
}

async fn set(arguments: HoldArguments, held: bool, session: &Session<'_>) -> Result<(), ApiError> {
    let (connection_id, repository) = arguments.place.resolve(session.api()).await?;
    let target = match (arguments.pipeline, arguments.stage) {
        (None, _) => HoldTargetDto::Freeze,
        (Some(pipeline), None) => HoldTargetDto::Pipeline { pipeline },
        (Some(pipeline), Some(stage)) => HoldTargetDto::Stage { pipeline, stage },
    };
    let request = SetHoldRequest { connection_id, repository, target, held, reason: arguments.reason };
    let hold = session.api().set_hold(request).await?;
    session.screen.show(&hold, |hold| list(std::slice::from_ref(hold)));
    session.screen.say(if held { &hold.stops } else { "It is released." });
    Ok(())
}

fn list(holds: &[ProviderHoldView]) -> String {
    let rows = holds.iter().map(|hold| {
        let state = if hold.is_held { "held" } else { "" };
        vec![hold.title.clone(), state.to_owned(), places(&hold.environments), hold.reason.clone().unwrap_or_default()]
    });
    table_or(&["WHAT", "STATE", "CONCERNS", "REASON"], rows.collect(), "Nothing is held.")
}
