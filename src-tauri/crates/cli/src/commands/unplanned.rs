//! `pilothouse unplanned`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::{age, clean, fields, moment, moment_or, table_or, word};
use clap::Subcommand;
use pilothouse_api::{
    Api, ApiError, ErrorCode, ExplainUnplannedRunRequest, ListUnplannedRunsRequest, UnplannedRunView, UnplannedStateWord,
};

#[derive(Debug, Subcommand)]
pub(crate) enum UnplannedCommand {
    /// Runs that somebody started elsewhere, last seen first
    List {
        /// Only of this product: name or id
        product: Option<String>,
        /// Those that have their reason, too
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// Say why one ran
    Explain {
        /// The run: the provider's id of it, or its id here
        run: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The release that it brought: product@version, or id
        #[arg(long, value_name = "RELEASE")]
        release: Option<String>,
    },
}

pub(crate) async fn run(command: UnplannedCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        UnplannedCommand::List { product, all, limit } => {
            let product_id = match product {
                Some(name) => Some(names::product(api, &name).await?.id),
                None => None,
            };
            let request = ListUnplannedRunsRequest { product_id, open_only: !all, limit };
            session.screen.show(&api.list_unplanned_runs(request).await?, |views| list(views, all));
        }
        UnplannedCommand::Explain { run, reason, release } => {
            let id = find(api, &run).await?;
            let release_id = match release {
                Some(release) => Some(names::release(api, &release).await?),
                None => None,
            };
            let view = api.explain_unplanned_run(ExplainUnplannedRunRequest { id, reason, release_id }).await?;
            session.screen.show(&view, explained);
        }
    }
    Ok(Exit::Done)
}

/// A run by its id, or by the provider's where only one has it.
async fn find(api: &Api, text: &str) -> Result<String, ApiError> {
    let wanted = text.trim();
    if names::is_id(wanted) {
        let known = api.list_unplanned_runs(ListUnplannedRunsRequest { limit: 500, ..ListUnplannedRunsRequest::default() }).await?;
        // The ids of some providers look like ours.
        let external = known.iter().find(|run| run.external_id == wanted).map(|run| run.id.clone());
        return Ok(external.unwrap_or_else(|| wanted.to_owned()));
    }
    let mut known = api.list_unplanned_runs(ListUnplannedRunsRequest { limit: 500, ..ListUnplannedRunsRequest::default() }).await?;
    known.retain(|run| run.external_id == wanted);
    match known.as_slice() {
        [only] => Ok(only.id.clone()),
        [] => Err(ApiError::new(
            ErrorCode::NotFound,
            format!("there is no unplanned run `{text}`"),
            "See `pilothouse unplanned list --all` for those that there are.",
        )),
        several => Err(ApiError::invalid(
            "run",
            format!("{} unplanned runs have the id `{text}`", several.len()),
            "Take the id in the first column of `pilothouse unplanned list`.",
        )),
    }
}

fn places(view: &UnplannedRunView) -> String {
    let names: Vec<&str> = view.environments.iter().map(|e| e.name.as_str()).collect();
    format!("{}/{}", view.product, names.join(","))
}

fn list(views: &[UnplannedRunView], all: bool) -> String {
    let rows = views.iter().map(|v| {
        let why = match v.state {
            UnplannedStateWord::Open => "asks for a reason".to_owned(),
            UnplannedStateWord::Ours => "a deployment's own".to_owned(),
            UnplannedStateWord::Explained => v.reason.clone().unwrap_or_default(),
        };
        let who = v.started_by.clone().unwrap_or_else(|| "somebody".to_owned());
        vec![
            v.id.clone(),
            places(v),
            v.pipeline.clone(),
            v.external_id.clone(),
            who,
            format!("{} ago", age(&v.started_at)),
            word(v.status),
            why,
        ]
    });
    let empty = if all { "No runs were started elsewhere." } else { "No run asks for a reason." };
    table_or(&["ID", "MAY HAVE CHANGED", "PIPELINE", "RUN", "BY", "STARTED", "STATUS", "REASON"], rows.collect(), empty)
}

fn explained(view: &UnplannedRunView) -> String {
    let mut text = format!("Run {} of {} has its reason.\n", clean(&view.external_id), clean(&view.pipeline));
    text.push_str(&fields(&[
        ("place", places(view)),
        ("started", moment(&view.started_at)),
        ("reason", view.reason.clone().unwrap_or_default()),
        ("by", view.explained_by.clone().unwrap_or_default()),
        ("at", moment_or(view.explained_at.as_ref(), "")),
        ("brought", view.version.clone().unwrap_or_default()),
    ]));
    text
}
