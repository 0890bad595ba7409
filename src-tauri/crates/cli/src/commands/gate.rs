//! `pilothouse gate`: what waits for a person at a provider.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::session::Session;
use crate::text::{age, fields, moment_or, table_or, word};
use clap::{Args, Subcommand};
use pilothouse_api::{
    AnswerGateRequest, ApiError, ErrorCode, GateInputValue, GateStateWord, GateVerdictWord, GateView, IdRequest, ListGatesRequest,
};

#[derive(Debug, Subcommand)]
pub(crate) enum GateCommand {
    /// What waits, last seen first
    List {
        /// What waits no more, too
        #[arg(long)]
        all: bool,
        /// Ask the providers first, instead of showing what the running engine saw last
        #[arg(long)]
        look: bool,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// One of them, with what is to be filled in and what stands in the way
    Show {
        /// Its id, or as much of its end as only it has
        id: String,
    },
    /// Let it go on
    Approve(AnswerArguments),
    /// Stop it; needs a comment
    Reject(AnswerArguments),
}

#[derive(Debug, Args)]
pub(crate) struct AnswerArguments {
    /// Its id, or as much of its end as only it has
    id: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    comment: String,
    /// Something that is to be filled in; may be given several times. Never a secret: arguments are seen by everybody on the machine
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = pair)]
    inputs: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) async fn run(command: GateCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        GateCommand::List { all, look, limit } => {
            let unseen = if look { api.look_at_gates().await? } else { Vec::new() };
            let request = ListGatesRequest { open_only: !all, limit, ..ListGatesRequest::default() };
            session.screen.show(&api.list_gates(request).await?, |views| list(views));
            for place in &unseen {
                session.screen.say(&format!("{} could not be looked at: {}", place.repository, place.error.message));
            }
            Ok(unseen.first().map_or(Exit::Done, |place| Exit::of(&place.error)))
        }
        GateCommand::Show { id } => {
            session.screen.show(&find(session, &id).await?, show);
            Ok(Exit::Done)
        }
        GateCommand::Approve(answer) => give(answer, GateVerdictWord::Approve, session).await,
        GateCommand::Reject(answer) => give(answer, GateVerdictWord::Reject, session).await,
    }
}

async fn give(answer: AnswerArguments, verdict: GateVerdictWord, session: &Session<'_>) -> Ran {
    let id = find(session, &answer.id).await?.id;
    let inputs = answer.inputs.into_iter().map(|(name, value)| GateInputValue { name, value }).collect();
    let view = session.api().answer_gate(AnswerGateRequest { id, verdict, comment: answer.comment, inputs }).await?;
    session.screen.show(&view, |view| format!("{}: {}", view.title, view.state_reason));
    Ok(match view.state {
        GateStateWord::Answered => Exit::Done,
        // It may have arrived: the engine looks.
        GateStateWord::AnswerUnknown | GateStateWord::Answering => Exit::Unreachable,
        GateStateWord::TooLate | GateStateWord::Gone | GateStateWord::Waiting => Exit::Failed,
    })
}

/// A gate by its id, or by the end of one that is open.
async fn find(session: &Session<'_>, text: &str) -> Result<GateView, ApiError> {
    let wanted = text.trim().to_ascii_lowercase();
    if crate::names::is_id(&wanted) {
        return session.api().get_gate(IdRequest { id: wanted }).await;
    }
    let open = session.api().list_gates(ListGatesRequest { open_only: true, limit: 500, ..ListGatesRequest::default() }).await?;
    let mut found: Vec<GateView> = open.into_iter().filter(|view| wanted.len() >= 4 && view.id.ends_with(&wanted)).collect();
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(ApiError::invalid("gate", format!("several end in `{text}`"), "Give the whole id.")),
        (None, _) => Err(ApiError::new(
            ErrorCode::NotFound,
            format!("nothing waits that has the id `{text}`"),
            "See `pilothouse gate list` for what waits.",
        )),
    }
}

/// The product and its version; the pipeline where it is no product's.
fn whose(view: &GateView) -> String {
    match (&view.product, &view.version) {
        (Some(product), Some(version)) => format!("{product} {version}"),
        (Some(product), None) => product.clone(),
        (None, _) => format!("{} {}", view.repository, view.pipeline),
    }
}

fn list(views: &[GateView]) -> String {
    let rows = views.iter().map(|v| {
        let mark = v.approve_obstacle.as_ref().or(Some(&v.state_reason)).filter(|text| !text.is_empty());
        vec![
            v.id.clone(),
            word(v.state),
            whose(v),
            v.title.clone(),
            age(&v.since),
            moment_or(v.expires_at.as_ref(), "-"),
            v.started_by.clone().unwrap_or_else(|| "-".to_owned()),
            mark.cloned().unwrap_or_default(),
        ]
    });
    let heading = ["ID", "STATE", "OF", "WHAT", "WAITS", "UNTIL", "STARTED BY", ""];
    table_or(&heading, rows.collect(), "Nothing waits for a person at the providers.")
}

fn show(view: &GateView) -> String {
    let inputs = view.inputs.iter().map(|input| {
        let input = &input.input;
        let choices = if input.choices.is_empty() { word(input.kind) } else { input.choices.join("|") };
        let must = if input.required { ", required" } else { "" };
        let default = input.default_value.as_ref().map(|value| format!(", default {value}")).unwrap_or_default();
        format!("{} ({choices}{must}{default})", input.name)
    });
    let blockers: Vec<String> = view.blockers.iter().map(|blocker| format!("{}. {}", blocker.title, blocker.detail)).collect();
    fields(&[
        ("id", view.id.clone()),
        ("state", word(view.state)),
        ("", view.state_reason.clone()),
        ("of", whose(view)),
        ("what", view.title.clone()),
        ("says", view.message.clone()),
        ("environment", view.environment.clone().unwrap_or_default()),
        ("run", format!("{} of {} at {}", view.run, view.pipeline, view.connection)),
        ("started by", view.started_by.clone().unwrap_or_default()),
        ("waits", age(&view.since)),
        ("until", moment_or(view.expires_at.as_ref(), "")),
        ("inputs", inputs.collect::<Vec<_>>().join("; ")),
        ("approve", view.approve_obstacle.clone().unwrap_or_else(|| "possible".to_owned())),
        ("reject", view.reject_obstacle.clone().unwrap_or_else(|| "possible".to_owned())),
        ("in the way", blockers.join(" ")),
        ("page", view.url.clone()),
    ])
}
