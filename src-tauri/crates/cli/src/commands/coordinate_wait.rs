//! Stays with a coordinated release on its way until it is settled or asks a person. Must not decide anything.

use crate::commands::Ran;
use crate::commands::coordinate::shown_run;
use crate::exit::Exit;
use crate::session::Session;
use crate::signals::asked_to_stop;
use futures::StreamExt as _;
use pilothouse_api::{
    ApiError, CoordinatedCellWord, CoordinatedRunView, CoordinatedRunWord, DeploymentStateWord, EngineRole, EngineView, ErrorCode,
    IdRequest, MEASUREMENT,
};

/// Says who starts what is to start, where this command doesn't stay: it only wrote the wish.
pub(super) fn say_who_carries(session: &Session<'_>) {
    let text = match session.host.look_for_engine() {
        EngineView { role: EngineRole::OtherHost, who } => format!("{} carries it on.", who.unwrap_or_else(|| "Another host".to_owned())),
        EngineView { .. } => "No engine runs on this data: it goes on with the desktop app, or with `pilothouse agent`.".to_owned(),
    };
    session.screen.say(&text);
}

/// Stays until it is settled or asks a person. Ends well only where what was wanted has come to be.
pub(super) async fn until_settled(session: &Session<'_>, run: CoordinatedRunView, after: u32) -> Ran {
    let wanted = if run.state == CoordinatedRunWord::RollingBack { CoordinatedRunWord::RolledBack } else { CoordinatedRunWord::Done };
    let mut view = run;
    let mut told = String::new();
    let stop = asked_to_stop();
    let changes = session.api().follow(after);
    tokio::pin!(changes, stop);
    session.host.start_engine().await;
    loop {
        tell(session, &view, &mut told);
        if view.asks || view.settled_at.is_some() || asks_elsewhere(session, &view).await? {
            break;
        }
        tokio::select! {
            () = &mut stop => {
                session.screen.say("Stopped waiting. It is not cancelled: it goes on with the next engine.");
                break;
            }
            change = changes.next() => match change {
                Some(change) => {
                    if change?.kind == MEASUREMENT {
                        continue;
                    }
                    view = again(session, &view).await?;
                }
                None => break,
            },
        }
    }
    session.screen.show(&view, shown_run);
    Ok(if view.state == wanted { Exit::Done } else { Exit::Failed })
}

async fn again(session: &Session<'_>, view: &CoordinatedRunView) -> Result<CoordinatedRunView, ApiError> {
    let detail = session.api().get_coordinated_release(IdRequest { id: view.coordinated_release_id.clone() }).await?;
    detail
        .runs
        .into_iter()
        .find(|run| run.id == view.id)
        .ok_or_else(|| ApiError::new(ErrorCode::NotFound, "it is gone", "See `pilothouse coordinate list --all` for what there is."))
}

/// True where a deployment of it waits for a person: nothing goes on without.
async fn asks_elsewhere(session: &Session<'_>, view: &CoordinatedRunView) -> Result<bool, ApiError> {
    let under_way = |word| matches!(word, CoordinatedCellWord::UnderWay | CoordinatedCellWord::GoingBack);
    for member in view.members.iter().filter(|member| under_way(member.cell.state)) {
        let Some(id) = member.cell.deployment_id.clone() else { continue };
        let deployment = session.api().get_deployment(IdRequest { id }).await?;
        if deployment.state == DeploymentStateWord::AwaitingDecision {
            session.screen.say(&format!("{} {} waits for a person: {}", member.product, member.version, deployment.state_reason));
            return Ok(true);
        }
    }
    Ok(false)
}

/// A line where something has changed.
fn tell(session: &Session<'_>, view: &CoordinatedRunView, told: &mut String) {
    let states: Vec<String> = view
        .members
        .iter()
        .map(|member| format!("{} {}: {}", member.product, member.version, crate::text::word(member.cell.state)))
        .collect();
    let line = format!("{}. {}", view.told, states.join(", "));
    if line != *told {
        session.screen.say(&line);
        *told = line;
    }
}
