//! `pilothouse status`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::session::Session;
use crate::text::{fields, moment_or, word};
use pilothouse_api::{EngineRole, EngineView, StatusView};

pub(crate) async fn run(session: &Session<'_>) -> Ran {
    session.host.look_for_engine();
    session.screen.show(&session.api().status().await?, text);
    Ok(Exit::Done)
}

pub(crate) fn engine(view: &EngineView) -> String {
    match (view.role, &view.who) {
        (EngineRole::ThisHost, _) => "runs here".to_owned(),
        (EngineRole::OtherHost, Some(who)) => format!("is run by {who}"),
        (EngineRole::OtherHost, None) => "is run by another process".to_owned(),
        (EngineRole::Stopped, _) => "stands still: start the desktop app or `pilothouse agent`".to_owned(),
    }
}

fn text(status: &StatusView) -> String {
    let keychain = match (&status.keychain.message, &status.keychain.next_step) {
        (None, _) => "ok".to_owned(),
        (Some(message), step) => format!("{message}. {}", step.clone().unwrap_or_default()),
    };
    fields(&[
        ("version", status.version.clone()),
        ("person", status.actor.clone()),
        ("engine", engine(&status.engine)),
        ("database", format!("{} {}", word(status.database.kind), status.database.place)),
        ("keychain", keychain),
        ("connections", format!("{} of {} work", status.connections_ok, status.connections_total)),
        ("checks", format!("{}, {} failing", status.checks_total, status.checks_failing)),
        ("audit", format!("{} events", status.audit_seq)),
        ("last change", moment_or(status.last_change_at.as_ref(), "")),
    ])
}
