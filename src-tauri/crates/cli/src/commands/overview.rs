//! `pilothouse overview` and `pilothouse inbox`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::session::Session;
use crate::text::{age_or, table, table_or, word};
use pilothouse_api::{EnvironmentCell, InboxItem, LockStrengthWord, OverviewView};

pub(crate) async fn overview(session: &Session<'_>) -> Ran {
    session.screen.show(&session.api().overview().await?, overview_text);
    Ok(Exit::Done)
}

pub(crate) async fn inbox(session: &Session<'_>) -> Ran {
    session.screen.show(&session.api().inbox().await?, |items| inbox_text(items));
    Ok(Exit::Done)
}

fn overview_text(view: &OverviewView) -> String {
    let rows = view.products.iter().flat_map(|p| p.cells.iter().map(|c| row(&p.name, c))).collect();
    let empty = "No products. Propose one with `pilothouse product suggest CONNECTION OWNER/NAME`.";
    let mut text = table_or(&["PRODUCT", "ENVIRONMENT", "VERSION", "SINCE", "HEALTH", ""], rows, empty);
    for incident in &view.incidents {
        text.push_str(&format!("\nIncident {} in {}/{}: {}\n", incident.number, incident.product, incident.environment, incident.summary));
    }
    if !view.waiting.is_empty() {
        text.push_str(&format!("\nWaits for you:\n{}", inbox_text(&view.waiting)));
    }
    text
}

fn row(product: &str, cell: &EnvironmentCell) -> Vec<String> {
    let line = if let Some(deployment) = &cell.deployment {
        format!("{} {}: {}", word(deployment.kind), deployment.version, deployment.state_reason)
    } else if let (true, Some(running)) = (cell.is_unplanned, &cell.running_version) {
        format!("runs {running}, which was not deployed from here{}", unplanned(cell, "; "))
    } else if !cell.unplanned_runs.is_empty() {
        unplanned(cell, "")
    } else if let Some(lock) = &cell.lock {
        let verb = if lock.strength == LockStrengthWord::Stops { "locked" } else { "warned" };
        format!("{verb} by {}: {}", lock.by, lock.reason)
    } else if let Some(next) = &cell.next {
        match next.blockers.first() {
            Some(blocker) => format!("{} is blocked: {}", next.version, blocker.title),
            None => format!("{} can be deployed", next.version),
        }
    } else if let Some(from) = &cell.rolled_back_from {
        format!("rolled back from {from}")
    } else {
        String::new()
    };
    let health = match cell.checks.total {
        0 => "no checks".to_owned(),
        total => format!("{}, {} of {total}", word(cell.health), cell.checks.healthy),
    };
    vec![
        product.to_owned(),
        cell.name.clone(),
        cell.version.clone().unwrap_or_else(|| "-".to_owned()),
        age_or(cell.since.as_ref()),
        health,
        line,
    ]
}

/// Who may have brought what runs there.
fn unplanned(cell: &EnvironmentCell, before: &str) -> String {
    let Some(run) = cell.unplanned_runs.first() else { return String::new() };
    let who = run.started_by.as_deref().unwrap_or("somebody");
    let more = match cell.unplanned_runs.len() - 1 {
        0 => String::new(),
        1 => ", and 1 more run".to_owned(),
        more => format!(", and {more} more runs"),
    };
    format!("{before}{who} started {} elsewhere{more}", run.pipeline)
}

fn inbox_text(items: &[InboxItem]) -> String {
    if items.is_empty() {
        return "Nothing waits for you.\n".to_owned();
    }
    let rows: Vec<Vec<String>> =
        items.iter().map(|i| vec![word(i.due), i.title.clone(), age_or(i.since.as_ref()), i.context.clone()]).collect();
    table(&rows)
}
