//! `pilothouse agent`: the engine and the health monitor without a window.

use crate::commands::{Ran, status};
use crate::exit::Exit;
use crate::session::Session;
use crate::signals::asked_to_stop;
use clap::Args;
use pilothouse_api::{ApiError, EngineRole, EngineView, ErrorCode};
use std::time::Duration;

/// How long the agent tries to run the engine: a command that only looked may hold the lock for a moment.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(crate) struct AgentCommand {
    /// Wait for as long as another host runs the engine, instead of refusing, and take over when it ends
    #[arg(long)]
    standby: bool,
}

pub(crate) async fn run(command: &AgentCommand, session: &Session<'_>) -> Ran {
    // From now on, so that a signal right after the start is not missed.
    let stop = asked_to_stop();
    tokio::pin!(stop);
    let first = session.host.start_engine().await;
    if first.role != EngineRole::ThisHost {
        let patience = if command.standby { Duration::MAX } else { PATIENCE };
        if command.standby {
            session.screen.say(&format!("The engine {}; this agent stands by.", status::engine(&first)));
        }
        let mut state = session.host.engine_state();
        let ours = state.wait_for(|view| view.role == EngineRole::ThisHost);
        tokio::select! {
            () = &mut stop => return Ok(Exit::Done),
            _ = ours => {}
            () = tokio::time::sleep(patience) => {}
        }
    }
    let now = session.host.engine_state().borrow().clone();
    if now.role != EngineRole::ThisHost {
        return Err(refused(&now));
    }
    let running = session.api().status().await?;
    session.screen.say(&format!("The engine runs on {}. Stop it with Ctrl-C.", running.database.place));
    if session.screen.is_json() {
        session.screen.document(&running);
    }
    stop.await;
    session.screen.say("Stopping. What is under way goes on with the next engine.");
    Ok(Exit::Done)
}

fn refused(view: &EngineView) -> ApiError {
    match view.role {
        EngineRole::OtherHost => ApiError::new(
            ErrorCode::Conflict,
            format!("the engine runs on this data already: it {}", status::engine(view)),
            "End that one first, use another data folder, or wait for it with --standby.",
        ),
        EngineRole::ThisHost | EngineRole::Stopped => ApiError::new(
            ErrorCode::Internal,
            "the engine can't be started on this data",
            "See whether the data folder can be written; the log file says more.",
        ),
    }
}
