//! `pilothouse rollback`.

use crate::commands::deployment::{WaitArguments, started};
use crate::commands::{Ran, show};
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::{age_or, table_or};
use clap::Subcommand;
use pilothouse_api::{
    ApiError, ErrorCode, IdRequest, RollbackOptionsView, RollbackTargetView, RollbackWayChoice, RollbackWayRequest, RollbackWayView,
    StartRollbackRequest, WayStandingWord,
};

#[derive(Debug, Subcommand)]
pub(crate) enum RollbackCommand {
    /// Where an environment can go back to, and what will happen
    Options {
        /// Environment: name, product/name, or id
        environment: String,
    },
    /// Which way an environment would go back, and whether the provider's own is open
    Way {
        /// Environment: name, product/name, or id
        environment: String,
        /// The version to go back to; without it, the last verified one
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
    },
    /// Go back: aborts what is under way, deploys the earlier version, locks the environment, marks the bad release
    Start {
        /// Environment: name, product/name, or id
        environment: String,
        /// The version to go back to; without it, the last verified one
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
        /// Why; becomes the reason of the lock
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Start the deploy pipeline with the earlier version, also where the provider's own way back is set
        #[arg(long)]
        redeploy: bool,
        #[command(flatten)]
        wait: WaitArguments,
    },
}

pub(crate) async fn run(command: RollbackCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        RollbackCommand::Options { environment } => {
            let id = names::place(api, &environment).await?.1.id;
            session.screen.show(&api.rollback_options(IdRequest { id }).await?, options_text);
            Ok(Exit::Done)
        }
        RollbackCommand::Way { environment, to } => {
            let environment_id = names::place(api, &environment).await?.1.id;
            let options = api.rollback_options(IdRequest { id: environment_id.clone() }).await?;
            let release_id = target(&options, to.as_deref())?.release_id.clone();
            session.screen.show(&api.rollback_way(RollbackWayRequest { environment_id, release_id }).await?, way_text);
            Ok(Exit::Done)
        }
        RollbackCommand::Start { environment, to, reason, redeploy, wait } => {
            let environment_id = names::place(api, &environment).await?.1.id;
            let options = api.rollback_options(IdRequest { id: environment_id.clone() }).await?;
            let release_id = target(&options, to.as_deref())?.release_id.clone();
            let way = if redeploy { RollbackWayChoice::Redeploy } else { RollbackWayChoice::AsSet };
            let before = api.last_change().await?;
            let rollback = api.start_rollback(StartRollbackRequest { environment_id, release_id, reason, way }).await?;
            started(rollback, wait, before, session).await
        }
    }
}

/// The version that is asked for; else the last verified one that nothing stands against.
fn target<'a>(options: &'a RollbackOptionsView, wanted: Option<&str>) -> Result<&'a RollbackTargetView, ApiError> {
    if let Some(wanted) = wanted {
        let wanted = wanted.rsplit('@').next().unwrap_or(wanted);
        let found = options.targets.iter().find(|t| t.version == wanted || t.release_id == wanted);
        return found.ok_or_else(|| {
            let message = format!("{wanted} was never verified in {}", options.environment);
            ApiError::new(ErrorCode::NotFound, message, "See `pilothouse rollback options` for where it can go.")
        });
    }
    if let Some(open) = options.targets.iter().find(|t| t.blockers.is_empty()) {
        return Ok(open);
    }
    match options.targets.first() {
        // Policy's own words: what stands against the nearest one.
        Some(nearest) => Err(ApiError {
            blockers: nearest.blockers.clone(),
            ..ApiError::new(
                ErrorCode::Blocked,
                format!("nothing that {} could go back to is allowed", options.environment),
                "Clear what stands against a version, or release a new one.",
            )
        }),
        None => Err(ApiError::new(
            ErrorCode::NotFound,
            format!("no earlier version was ever verified in {}", options.environment),
            "Release a new version instead.",
        )),
    }
}

fn way_text(view: &RollbackWayView) -> String {
    let Some(provider) = &view.provider else { return format!("{} is started with the earlier version.\n", view.pipeline) };
    let standing = match view.standing {
        WayStandingWord::Open => "open",
        WayStandingWord::NotYet => "open once what is under way there has ended",
        WayStandingWord::Closed => "closed",
        WayStandingWord::Unknown => "not known to be open; it is asked again before anything happens",
    };
    let mut text = format!("{provider}'s own way back is {standing}: {}\n", view.words);
    if let Some(limit) = &view.limit {
        text.push_str(&format!("Its limits: {limit}.\n"));
    }
    text.push_str(&format!("Instead, --redeploy starts {} with the earlier version.\n", view.pipeline));
    text
}

fn options_text(options: &RollbackOptionsView) -> String {
    let mut text = format!("{} of {}", options.environment, options.product);
    if let Some(from) = &options.from {
        let state = if from.under_way { "has been under way" } else { "has run there" };
        text.push_str(&format!(": {} {state} for {}", from.version, age_or(Some(&from.since))));
    }
    text.push_str("\n\n");
    let rows = options.targets.iter().map(|t| {
        let can = if t.blockers.is_empty() { "can be gone back to" } else { "blocked" };
        vec![t.version.clone(), can.to_owned(), format!("verified {} ago", age_or(t.verified_at.as_ref())), t.notice.clone()]
    });
    text.push_str(&table_or(&["VERSION", "", "", ""], rows.collect(), "No earlier version was verified there."));
    for target in options.targets.iter().filter(|t| !t.blockers.is_empty()) {
        text.push_str(&format!("\n{} is blocked:\n{}", target.version, show::blockers(&target.blockers)));
    }
    if !options.targets.is_empty() {
        text.push_str("\nWhat happens:\n");
        for step in &options.steps {
            text.push_str(&format!("  - {}\n", step.replace("{version}", "the chosen version")));
        }
    }
    text
}
