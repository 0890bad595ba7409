//! `pilothouse follow`: changes as they are made, one JSON object a line.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::session::Session;
use crate::signals::asked_to_stop;
use clap::Args;
use futures::StreamExt as _;
use pilothouse_api::MEASUREMENT;

#[derive(Debug, Args)]
pub(crate) struct FollowCommand {
    /// Begin after the change with this number, instead of now
    #[arg(long, value_name = "N")]
    after: Option<u32>,
}

pub(crate) async fn run(command: &FollowCommand, session: &Session<'_>) -> Ran {
    let stop = asked_to_stop();
    let after = match command.after {
        Some(after) => after,
        None => session.api().last_change().await?,
    };
    let changes = session.api().follow(after);
    tokio::pin!(changes, stop);
    loop {
        let change = tokio::select! {
            () = &mut stop => return Ok(Exit::Done),
            change = changes.next() => change,
        };
        let Some(change) = change.transpose()? else { return Ok(Exit::Done) };
        // No change: they come every second, and say only that there is something to read.
        if change.kind == MEASUREMENT {
            continue;
        }
        // Whoever closed the pipe has read enough.
        if !session.screen.line(&change) {
            return Ok(Exit::Done);
        }
    }
}
