//! Stays with a run that was started by hand: until it is known to be started, or to its end. Runs the engine where nobody else does.

use super::pipeline::places;
use super::run::{Stay, detail};
use crate::commands::Ran;
use crate::exit::Exit;
use crate::session::Session;
use crate::signals::asked_to_stop;
use crate::text::{clean, fields, moment, table_or, word};
use futures::StreamExt as _;
use pilothouse_api::{
    ApiError, EngineRole, EngineView, IdRequest, ManualRunView, ManualRunWord, PipelineRunDetail, PipelineRunRequest, RunLogRequest,
    RunWord,
};
use std::collections::HashSet;

/// Stays with it, and shows how it stands then.
pub(super) async fn stay(session: &Session<'_>, started: ManualRunView, before: u32, how: Stay) -> Ran {
    if let EngineView { role: EngineRole::OtherHost, who } = session.host.start_engine().await {
        session.screen.say(&format!("{} sends it.", who.unwrap_or_else(|| "another host".to_owned())));
    }
    let Some(settled) = settle(session, started, before).await? else { return Ok(Exit::Failed) };
    session.screen.say(&format!("{}.", settled.message));
    let (ManualRunWord::Started, Some(run), true) = (settled.state, &settled.run, how.to_the_end) else {
        session.screen.show(&settled, one);
        return Ok(if settled.state == ManualRunWord::Started { Exit::Done } else { Exit::Failed });
    };
    let request = PipelineRunRequest {
        connection_id: settled.connection_id.clone(),
        repository: settled.repository.clone(),
        run_id: run.external_id.clone(),
    };
    follow(session, &request, how.logs).await
}

/// Waits until nothing more happens with the intent by itself. `None` where the waiting was stopped.
async fn settle(session: &Session<'_>, started: ManualRunView, before: u32) -> Result<Option<ManualRunView>, ApiError> {
    let stop = asked_to_stop();
    let changes = session.api().follow(before);
    tokio::pin!(changes, stop);
    let mut seen = started;
    while !seen.is_settled {
        tokio::select! {
            () = &mut stop => {
                session.screen.say("Stopped waiting. It is not cancelled: the next engine goes on with it.");
                session.screen.show(&seen, one);
                return Ok(None);
            }
            change = changes.next() => {
                let Some(change) = change.transpose()? else { break };
                if change.id == seen.id || change.kind != "manual_run" {
                    seen = session.api().get_manual_run(IdRequest { id: seen.id.clone() }).await?;
                }
            }
        }
    }
    Ok(Some(seen))
}

/// Follows a run to its end.
async fn follow(session: &Session<'_>, request: &PipelineRunRequest, logs: bool) -> Ran {
    let mut told = HashSet::new();
    let mut line = String::new();
    loop {
        let seen = session.api().pipeline_run(request.clone()).await?;
        let now = progress(&seen);
        if now != line {
            session.screen.say(&now);
            line = now;
        }
        if logs {
            tell_logs(session, request, &seen, &mut told).await;
        }
        if matches!(seen.run.status, RunWord::Succeeded | RunWord::Failed | RunWord::Cancelled | RunWord::Skipped) {
            session.screen.show(&seen, detail);
            return Ok(if seen.run.status == RunWord::Succeeded { Exit::Done } else { Exit::Failed });
        }
        if !pause(session).await {
            session.screen.say("Stopped waiting. The run goes on.");
            session.screen.show(&seen, detail);
            return Ok(Exit::Failed);
        }
    }
}

/// Waits before the next look, as politely as deployments are followed. False where the person has had enough.
pub(super) async fn pause(session: &Session<'_>) -> bool {
    let stop = asked_to_stop();
    tokio::pin!(stop);
    tokio::select! {
        () = &mut stop => false,
        () = tokio::time::sleep(session.api().engine().observe_pause()) => true,
    }
}

fn progress(seen: &PipelineRunDetail) -> String {
    let job = seen.run.jobs.iter().find(|job| job.status == RunWord::InProgress);
    let what = format!("run {}: {}", seen.run.external_id, word(seen.run.status));
    job.map_or(what.clone(), |job| format!("{what}, job {}", job.name))
}

/// The logs of jobs that have ended since. One that can't be had is told, and is no reason to fail.
async fn tell_logs(session: &Session<'_>, request: &PipelineRunRequest, seen: &PipelineRunDetail, told: &mut HashSet<String>) {
    for job in &seen.run.jobs {
        let has_ended = matches!(job.status, RunWord::Succeeded | RunWord::Failed | RunWord::Cancelled);
        if !has_ended || !told.insert(job.id.clone()) {
            continue;
        }
        let ask = RunLogRequest {
            connection_id: request.connection_id.clone(),
            repository: request.repository.clone(),
            job_id: job.id.clone(),
            from: String::new(),
        };
        match session.api().run_log(ask).await {
            Ok(log) => {
                let text = log.text.or_else(|| log.elsewhere.map(|page| format!("It is at {page}"))).unwrap_or_default();
                session.screen.say(&format!("--- job {}\n{}", job.name, text.trim_end()));
            }
            Err(error) => session.screen.say(&format!("--- job {}: its log can't be had: {error}", job.name)),
        }
    }
}

/// A run by hand.
fn one(view: &ManualRunView) -> String {
    let mut text = format!("{}: {}\n{}\n", view.what, word(view.state), view.message);
    if !view.next_step.is_empty() {
        text.push_str(&format!("{}\n", view.next_step));
    }
    text.push('\n');
    let inputs: Vec<String> = view.inputs.iter().map(|input| format!("{}={}", input.name, input.value)).collect();
    text.push_str(&fields(&[
        ("id", view.id.clone()),
        ("run", view.run.as_ref().map(|run| run.external_id.clone()).unwrap_or_default()),
        ("page", view.run.as_ref().map(|run| run.url.clone()).unwrap_or_default()),
        ("inputs", inputs.join(", ")),
        ("changes", places(&view.changes)),
        ("reason", view.reason.clone()),
        ("asked for", format!("{} by {}", moment(&view.requested_at), view.requested_by)),
    ]));
    for run in &view.candidates {
        text.push_str(&format!("it may be run {}  {}\n", run.external_id, run.url));
    }
    clean(&text)
}

/// Runs by hand.
pub(super) fn list(found: &[ManualRunView]) -> String {
    let rows = found.iter().map(|view| {
        let run = view.run.as_ref().map(|run| run.external_id.clone()).unwrap_or_default();
        vec![view.id.clone(), moment(&view.requested_at), view.requested_by.clone(), word(view.state), run, view.what.clone()]
    });
    table_or(&["ID", "ASKED FOR", "BY", "STATE", "RUN", "WHAT"], rows.collect(), "Nothing was started by hand.")
}
