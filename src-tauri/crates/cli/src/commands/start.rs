//! `pilothouse start`: starts that are set for a time.

use crate::commands::{Ran, show};
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::table_or;
use clap::{Args, Subcommand};
use pilothouse_api::{
    ApiError, ErrorCode, IdRequest, ListOfProductRequest, MoveStartRequest, ScheduleStartRequest, ScheduledStartView, ScheduledStartWord,
    StartOutlookView, WithdrawRequest,
};

#[derive(Debug, Subcommand)]
pub(crate) enum StartCommand {
    /// The starts that wait, or ask since they did not start
    List {
        /// Only of this product: name or id
        #[arg(long)]
        product: Option<String>,
    },
    /// Set a start for a time. It never starts early, and never late by itself
    Set(SetStart),
    /// See what a start at a time would meet
    Preview(SetStart),
    /// Move a start to another time
    Move {
        /// Release: product@version, version or id
        release: String,
        /// Environment: name or id
        environment: String,
        #[command(flatten)]
        when: When,
    },
    /// Take a start back
    TakeBack {
        /// Release: product@version, version or id
        release: String,
        /// Environment: name or id
        environment: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Start at once what was set for a time
    Now {
        /// Release: product@version, version or id
        release: String,
        /// Environment: name or id
        environment: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct SetStart {
    /// Release: product@version, version or id
    release: String,
    /// Environment: name or id
    environment: String,
    #[command(flatten)]
    when: When,
    /// Why then
    #[arg(long, value_name = "TEXT", default_value = "")]
    remarks: String,
}

#[derive(Args, Debug)]
pub(crate) struct When {
    /// When, on the clocks of the time zone: 2026-11-25T22:00
    #[arg(long, value_name = "TIME")]
    at: String,
    /// The time zone: Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    zone: String,
}

pub(crate) async fn run(command: StartCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        StartCommand::List { product } => {
            let product_id = match product {
                Some(name) => Some(names::product(api, &name).await?.id),
                None => None,
            };
            session.screen.show(&api.list_starts(ListOfProductRequest { product_id }).await?, |starts| list(starts));
        }
        StartCommand::Set(set) => {
            session.screen.show(&api.schedule_start(request(session, set).await?).await?, |start| list(std::slice::from_ref(start)));
        }
        StartCommand::Preview(set) => session.screen.show(&api.preview_start(request(session, set).await?).await?, outlook),
        StartCommand::Move { release, environment, when } => {
            let found = open(session, &release, &environment).await?;
            let request = MoveStartRequest { id: found.id, at: when.at, time_zone: when.zone };
            session.screen.show(&api.move_start(request).await?, |start| list(std::slice::from_ref(start)));
        }
        StartCommand::TakeBack { release, environment, reason } => {
            let found = open(session, &release, &environment).await?;
            let back = api.withdraw_start(WithdrawRequest { id: found.id, reason }).await?;
            session.screen.show(&back, |start| format!("Took back the start of {} in {}.\n", start.version, start.environment));
        }
        StartCommand::Now { release, environment } => {
            let found = open(session, &release, &environment).await?;
            let deployment = api.start_at_once(IdRequest { id: found.id }).await?;
            session.screen.show(&deployment, |d| format!("Started {} in {}: {}\n", d.version, d.environment, d.id));
        }
    }
    Ok(Exit::Done)
}

async fn place(session: &Session<'_>, release: &str, environment: &str) -> Result<(String, String), ApiError> {
    let api = session.api();
    let release_id = names::release(api, release).await?;
    let detail = api.get_release(IdRequest { id: release_id.clone() }).await?;
    let product = names::product(api, &detail.release.product_id).await?;
    Ok((release_id, names::environment(&product, environment)?.id))
}

async fn request(session: &Session<'_>, set: SetStart) -> Result<ScheduleStartRequest, ApiError> {
    let (release_id, environment_id) = place(session, &set.release, &set.environment).await?;
    Ok(ScheduleStartRequest { release_id, environment_id, at: set.when.at, time_zone: set.when.zone, remarks: set.remarks })
}

async fn open(session: &Session<'_>, release: &str, environment: &str) -> Result<ScheduledStartView, ApiError> {
    let (release_id, environment_id) = place(session, release, environment).await?;
    let known = session.api().list_starts(ListOfProductRequest::default()).await?;
    known.into_iter().find(|start| start.release_id == release_id && start.environment_id == environment_id).ok_or_else(|| {
        let message = format!("no start of {release} in {environment} waits or asks");
        ApiError::new(ErrorCode::NotFound, message, "See `pilothouse start list`.")
    })
}

fn list(starts: &[ScheduledStartView]) -> String {
    let rows = starts.iter().map(|start| {
        let state = match start.state {
            ScheduledStartWord::Waiting => "waits".to_owned(),
            ScheduledStartWord::Held => format!("did not start: {}", start.held_because),
            ScheduledStartWord::Started => "started".to_owned(),
            ScheduledStartWord::Withdrawn => "taken back".to_owned(),
        };
        vec![start.version.clone(), start.environment.clone(), start.words.clone(), start.by.clone(), state]
    });
    table_or(&["VERSION", "ENVIRONMENT", "AT", "BY", "STATE"], rows.collect(), "No start is set for a time.")
}

fn outlook(outlook: &StartOutlookView) -> String {
    match outlook.blockers.as_slice() {
        [] => format!("At {} nothing known stands in the way.\n", outlook.words),
        blockers => format!("At {} this would stand in the way:\n{}", outlook.words, show::blockers(blockers)),
    }
}
