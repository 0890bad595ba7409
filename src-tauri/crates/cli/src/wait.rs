//! Stays with a deployment until it has ended or asks a person: as a guest of whoever runs the engine, or running it for that
//! long. Must not decide anything.

use crate::commands::Ran;
use crate::commands::show;
use crate::exit::Exit;
use crate::session::Session;
use crate::signals::asked_to_stop;
use crate::text::word;
use futures::StreamExt as _;
use pilothouse_api::{
    ApiError, DeploymentStateWord, DeploymentView, EngineRole, EngineView, IdRequest, JobLogRequest, MEASUREMENT, RunWord,
};
use std::collections::HashSet;

/// What is waited for.
pub(crate) struct Waiting {
    /// The deployment.
    pub(crate) id: String,
    /// The last change before it was looked at.
    pub(crate) after: u32,
    /// Whether to print the logs of its jobs.
    pub(crate) logs: bool,
}

/// Says who will carry the deployment on, where this command doesn't stay.
pub(crate) fn say_who_carries(session: &Session<'_>, id: &str) {
    let text = match session.host.look_for_engine() {
        EngineView { role: EngineRole::OtherHost, who } => format!("{} carries it on.", capitalised(&who.unwrap_or_default())),
        EngineView { .. } => format!(
            "No engine runs on this data: it starts with the desktop app, with `pilothouse agent`, or with `pilothouse deployment wait {id}`."
        ),
    };
    session.screen.say(&text);
}

/// Stays until the deployment has ended or asks a person.
pub(crate) async fn until_ended(session: &Session<'_>, waiting: Waiting) -> Ran {
    let api = session.api();
    let stop = asked_to_stop();
    let mut view = get(session, &waiting.id).await?;
    if !is_settled(&view) {
        match session.host.start_engine().await {
            EngineView { role: EngineRole::OtherHost, who } => {
                session.screen.say(&format!("{} runs the engine; this command follows.", capitalised(&who.unwrap_or_default())));
            }
            EngineView { .. } => session.screen.say("No other engine runs on this data: this command runs it while it waits."),
        }
    }
    let mut told = Told::default();
    let changes = api.follow(waiting.after);
    tokio::pin!(changes, stop);
    told.progress(session, &view);
    while !is_settled(&view) {
        tokio::select! {
            () = &mut stop => {
                session.screen.say(&format!(
                    "Stopped waiting. The deployment is not cancelled: it goes on with the next engine. Cancel it with `pilothouse deployment cancel {}`.",
                    view.id
                ));
                session.screen.show(&view, show::deployment);
                return Ok(Exit::Failed);
            }
            change = changes.next() => match change {
                Some(change) => {
                    if change?.kind == MEASUREMENT {
                        continue;
                    }
                    view = get(session, &waiting.id).await?;
                }
                None => break,
            },
        }
        told.progress(session, &view);
        if waiting.logs {
            told.logs(session, &view).await;
        }
    }
    if waiting.logs {
        told.logs(session, &view).await;
    }
    session.screen.show(&view, show::deployment);
    if session.screen.is_json()
        && let Some(question) = show::question(&view)
    {
        session.screen.say(question.trim_end());
    }
    Ok(if view.state == DeploymentStateWord::Succeeded { Exit::Done } else { Exit::Failed })
}

async fn get(session: &Session<'_>, id: &str) -> Result<DeploymentView, ApiError> {
    session.api().get_deployment(IdRequest { id: id.to_owned() }).await
}

/// True where nothing more will happen without a person.
fn is_settled(view: &DeploymentView) -> bool {
    match view.state {
        DeploymentStateWord::Queued | DeploymentStateWord::InProgress => false,
        DeploymentStateWord::AwaitingDecision
        | DeploymentStateWord::Succeeded
        | DeploymentStateWord::Failed
        | DeploymentStateWord::Errored
        | DeploymentStateWord::Cancelled => true,
    }
}

/// What was told already.
#[derive(Default)]
struct Told {
    line: String,
    jobs: HashSet<String>,
}

impl Told {
    /// A line where something has changed.
    fn progress(&mut self, session: &Session<'_>, view: &DeploymentView) {
        let detail = match &view.trouble {
            Some(trouble) => format!("{}: {}", view.state_reason, trouble.message),
            None => view.state_reason.clone(),
        };
        let line = format!("{} {} to {}: {}. {detail}", view.product, view.version, view.environment, word(view.state));
        if line != self.line {
            session.screen.say(line.trim_end());
            self.line = line;
        }
    }

    /// The logs of jobs that have ended since. One that can't be had is told, and is no reason to fail.
    async fn logs(&mut self, session: &Session<'_>, view: &DeploymentView) {
        let jobs = view.phases.iter().filter_map(|p| p.run.as_ref()).flat_map(|run| &run.jobs);
        for job in jobs {
            let has_ended = matches!(job.status, RunWord::Succeeded | RunWord::Failed | RunWord::Cancelled);
            if !has_ended || !self.jobs.insert(job.id.clone()) {
                continue;
            }
            let request = JobLogRequest { deployment_id: view.id.clone(), job_id: job.id.clone() };
            match session.api().job_log(request).await {
                Ok(log) => session.screen.say(&format!("--- job {}\n{}", job.name, log.text.unwrap_or_default().trim_end())),
                Err(error) => session.screen.say(&format!("--- job {}: its log can't be had: {error}", job.name)),
            }
        }
    }
}

fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
