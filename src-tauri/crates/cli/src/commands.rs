//! The commands: each decodes its arguments, calls a function of the api, and shows the answer.

pub(crate) mod agent;
pub(crate) mod audit;
mod by_hand;
pub(crate) mod check;
pub(crate) mod checklist;
mod checklist_text;
pub(crate) mod connection;
pub(crate) mod coordinate;
mod coordinate_wait;
pub(crate) mod deployment;
pub(crate) mod document;
pub(crate) mod follow;
pub(crate) mod freeze;
pub(crate) mod gate;
pub(crate) mod hold;
pub(crate) mod incident;
pub(crate) mod lock;
pub(crate) mod metrics;
mod overview;
pub(crate) mod pipeline;
pub(crate) mod product;
pub(crate) mod publishing;
pub(crate) mod record;
pub(crate) mod release;
pub(crate) mod review;
pub(crate) mod rollback;
pub(crate) mod rollout;
pub(crate) mod run;
pub(crate) mod runbook;
mod runbook_text;
pub(crate) mod settings;
pub(crate) mod show;
pub(crate) mod smoke;
pub(crate) mod start;
mod status;
pub(crate) mod train;
pub(crate) mod training;
pub(crate) mod uat;
mod uat_issues;
mod uat_text;
pub(crate) mod unplanned;

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;
use crate::screen::Screen;
use crate::session;
use pilothouse_api::ApiError;
use pilothouse_platform::HostKind;

/// What a command comes to.
pub(crate) type Ran = Result<Exit, ApiError>;

/// Runs the command.
pub(crate) async fn run(arguments: Arguments, screen: &Screen) -> Ran {
    if let Command::Smoke(smoke::SmokeCommand::Schema) = &arguments.command {
        return smoke::schema(screen);
    }
    if let Command::Settings(settings::SettingsCommand::Schema) = &arguments.command {
        return settings::schema(screen);
    }
    if let Command::Smoke(smoke::SmokeCommand::Check { file }) = &arguments.command {
        return smoke::check(file, screen);
    }
    if let Command::Bundle(record::BundleCommand::Verify { file, fingerprint }) = &arguments.command {
        return record::verify(file, fingerprint.as_deref(), screen);
    }
    let kind = if matches!(arguments.command, Command::Agent(_)) { HostKind::Agent } else { HostKind::Command };
    let session = session::open(&arguments.global, kind, screen).await?;
    let ran = match arguments.command {
        Command::Connection(command) => connection::run(command, &session).await,
        Command::Product(command) => product::run(command, &session).await,
        Command::Apply(arguments) => settings::apply(arguments, &session).await,
        Command::Settings(command) => settings::run(command, &session).await,
        Command::Release(command) => release::run(command, &session).await,
        Command::Deploy(command) => deployment::deploy(command, &session).await,
        Command::Deployment(command) => deployment::run(command, &session).await,
        Command::Rollout(command) => rollout::run(command, &session).await,
        Command::Gate(command) => gate::run(command, &session).await,
        Command::Rollback(command) => rollback::run(command, &session).await,
        Command::Pipeline(command) => pipeline::run(command, &session).await,
        Command::Run(command) => run::run(command, &session).await,
        Command::Hold(command) => hold::run(command, &session).await,
        Command::Freeze(command) => freeze::run(command, &session).await,
        Command::Lock(command) => lock::run(command, &session).await,
        Command::Start(command) => start::run(command, &session).await,
        Command::Train(command) => train::run(command, &session).await,
        Command::Coordinate(command) => coordinate::run(command, &session).await,
        Command::Check(command) => check::run(command, &session).await,
        Command::Checklist(command) => checklist::run(command, &session).await,
        Command::Smoke(command) => smoke::run(command, &session).await,
        Command::Uat(command) => uat::run(command, &session).await,
        Command::Document(command) => document::run(command, &session).await,
        Command::Training(command) => training::run(command, &session).await,
        Command::Runbook(command) => runbook::run(command, &session).await,
        Command::Metrics(command) => metrics::run(command, &session).await,
        Command::Review(command) => review::run(command, &session).await,
        Command::Report(command) => record::report(command, &session).await,
        Command::Bundle(command) => record::bundle(command, &session).await,
        Command::Incident(command) => incident::run(command, &session).await,
        Command::Unplanned(command) => unplanned::run(command, &session).await,
        Command::Overview => overview::overview(&session).await,
        Command::Inbox => overview::inbox(&session).await,
        Command::Audit(command) => audit::run(command, &session).await,
        Command::Status => status::run(&session).await,
        Command::Agent(command) => agent::run(&command, &session).await,
        Command::Follow(command) => follow::run(&command, &session).await,
    };
    session.host.shutdown().await;
    ran
}
