//! `pilothouse incident`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::{age, moment_or, table_or};
use clap::Subcommand;
use pilothouse_api::{IdRequest, IncidentView, ListIncidentsRequest};

#[derive(Debug, Subcommand)]
pub(crate) enum IncidentCommand {
    /// Incidents, last opened first
    List {
        /// Those that are over, too
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// Say that you take care of it
    Acknowledge {
        /// Its number or id
        incident: String,
    },
}

pub(crate) async fn run(command: IncidentCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        IncidentCommand::List { all, limit } => {
            let request = ListIncidentsRequest { open_only: !all, limit, ..ListIncidentsRequest::default() };
            session.screen.show(&api.list_incidents(request).await?, |views| list(views));
        }
        IncidentCommand::Acknowledge { incident } => {
            let id = names::incident(api, &incident).await?.id;
            let view = api.acknowledge_incident(IdRequest { id }).await?;
            session.screen.show(&view, |view| match &view.acknowledged_by {
                Some(by) => format!("{by} takes care of incident {}.", view.number),
                None => format!("Incident {} is over.", view.number),
            });
        }
    }
    Ok(Exit::Done)
}

fn list(views: &[IncidentView]) -> String {
    let rows = views.iter().map(|v| {
        let care = v.acknowledged_by.clone().unwrap_or_else(|| "nobody".to_owned());
        vec![
            format!("#{}", v.number),
            format!("{}/{}", v.product, v.environment),
            format!("{} ago", age(&v.opened_at)),
            moment_or(v.closed_at.as_ref(), "open"),
            care,
            v.summary.clone(),
        ]
    });
    table_or(&["INCIDENT", "ENVIRONMENT", "BEGAN", "ENDED", "TAKEN BY", ""], rows.collect(), "No incidents.")
}
