//! What `pilothouse runbook` says.

use crate::text::{clean, duration, fields, moment, table_or, word};
use pilothouse_api::{ReleaseRunbookView, RunStepView, RunbookRunSummary, RunbookRunView, RunbookView, RunbooksView, StepActionBody};

/// The runbooks of a product.
pub(crate) fn runbooks(view: &RunbooksView) -> String {
    let rows = view.runbooks.iter().map(|runbook| {
        let published = runbook.published.as_ref().map_or_else(|| "never".to_owned(), |published| format!("number {}", published.number));
        let places: Vec<&str> = view
            .environments
            .iter()
            .filter(|e| runbook.environment_ids.contains(&e.environment_id))
            .map(|e| e.environment.as_str())
            .collect();
        let places = if places.is_empty() { "everywhere".to_owned() } else { places.join(", ") };
        let draft = if runbook.is_draft { "has a draft" } else { "" };
        vec![runbook.name.clone(), word(runbook.kind), places, runbook.content.steps.len().to_string(), published, draft.to_owned()]
    });
    let empty = "The product has no runbooks. Write one with `pilothouse runbook put`.";
    let mut text = table_or(&["RUNBOOK", "KIND", "WHERE", "STEPS", "PUBLISHED", ""], rows.collect(), empty);
    for environment in view.environments.iter().filter(|environment| environment.needs_rollback) {
        let by = if environment.stakeholders.is_empty() {
            String::new()
        } else {
            format!(", acknowledged by {}", environment.stakeholders.join(", "))
        };
        text.push_str(&format!("{} takes releases only with a rollback runbook{by}.\n", clean(&environment.environment)));
    }
    text
}

/// A runbook with its steps.
pub(crate) fn runbook_text(view: &RunbookView) -> String {
    let published =
        view.published.as_ref().map_or_else(|| "never".to_owned(), |p| format!("number {}, {} by {}", p.number, moment(&p.at), p.by));
    let mut text = fields(&[
        ("runbook", view.name.clone()),
        ("id", view.id.clone()),
        ("kind", word(view.kind)),
        ("published", published),
        ("draft", if view.is_draft { "not published".to_owned() } else { "none".to_owned() }),
    ]);
    let parameters = view.content.parameters.iter().map(|parameter| {
        let kind = if parameter.choices.is_empty() { word(parameter.kind) } else { parameter.choices.join(" | ") };
        let needed = if parameter.is_required { "required" } else { "optional" };
        vec![parameter.name.clone(), kind, needed.to_owned(), parameter.default.clone().unwrap_or_default(), parameter.description.clone()]
    });
    if !view.content.parameters.is_empty() {
        text.push_str(&table_or(&["PARAMETER", "KIND", "", "DEFAULT", ""], parameters.collect(), ""));
    }
    let steps = view.content.steps.iter().zip(1..).map(|(step, place)| {
        let minutes = step.planned_minutes.map(|minutes| format!("{minutes} min")).unwrap_or_default();
        let place: i32 = place;
        vec![place.to_string(), step.title.clone(), action(&step.action), step.owner.clone().unwrap_or_default(), minutes]
    });
    text.push_str(&table_or(&["", "STEP", "DOES", "WHO", "PLANNED"], steps.collect(), "It has no steps."));
    text
}

fn action(action: &StepActionBody) -> String {
    match action {
        StepActionBody::Manual => "by hand".to_owned(),
        StepActionBody::Go => "go or no go".to_owned(),
        StepActionBody::Wait { seconds } => format!("waits {}", duration(*seconds)),
        StepActionBody::Trigger { pipeline, .. } => format!("starts {pipeline}"),
        StepActionBody::Healthy { within_minutes } => format!("healthy within {within_minutes} min"),
        StepActionBody::Smoke { .. } => "smoke test".to_owned(),
        StepActionBody::Checklist { until_settled: true, .. } => "waits for a checklist".to_owned(),
        StepActionBody::Checklist { .. } => "begins a checklist".to_owned(),
    }
}

/// Runs.
pub(crate) fn run_list(runs: &[RunbookRunSummary]) -> String {
    let rows = runs.iter().map(|run| {
        vec![
            run.id.clone(),
            run.name.clone(),
            run.number.to_string(),
            run.environment.clone(),
            run.version.clone().unwrap_or_default(),
            word(run.state),
            format!("{} of {}", run.settled, run.steps),
            moment(&run.begun_at),
            run.begun_by.clone(),
        ]
    });
    let empty = "No runbook was run yet. Begin one with `pilothouse runbook start`.";
    table_or(&["ID", "RUNBOOK", "NUMBER", "ENVIRONMENT", "FOR", "STATE", "STEPS", "BEGUN", "BY"], rows.collect(), empty)
}

/// A run with its steps.
pub(crate) fn run_text(view: &RunbookRunView) -> String {
    let run = &view.summary;
    let release = run.version.as_ref().map(|version| format!(" for {version}")).unwrap_or_default();
    let mut text = format!("{} (number {}) in {}{release}: {}\n", clean(&run.name), run.number, clean(&run.environment), word(run.state));
    let mut known = vec![("id", run.id.clone()), ("begun", format!("{} by {}", moment(&run.begun_at), run.begun_by))];
    if !view.reason.is_empty() {
        known.push(("why", view.reason.clone()));
    }
    for parameter in &view.parameters {
        known.push(("with", format!("{} = {}", parameter.name, parameter.value)));
    }
    if let (Some(because), Some(by)) = (&view.stopped_because, &view.stopped_by) {
        known.push(("stopped", format!("by {by}: {because}")));
    }
    known.push(("time", format!("{} so far, {} min planned", duration(view.elapsed_seconds), view.planned_minutes)));
    text.push_str(&fields(&known));
    let rows = view.steps.iter().zip(1..).map(|(step, place): (_, i32)| {
        let took = step.seconds.map(duration).unwrap_or_default();
        let planned = step.planned_minutes.map(|minutes| format!("{minutes} min")).unwrap_or_default();
        let who = step.by.clone().or_else(|| step.owner.clone()).unwrap_or_default();
        vec![place.to_string(), word(step.state), step.title.clone(), who, planned, took, remarks(step)]
    });
    text.push_str(&table_or(&["", "STATE", "STEP", "WHO", "PLANNED", "TOOK", ""], rows.collect(), "It has no steps."));
    text
}

fn remarks(step: &RunStepView) -> String {
    let mut remarks: Vec<String> = Vec::new();
    remarks.extend(step.note.clone());
    remarks.extend(step.waits_for.as_ref().map(|what| format!("waits for {what}")));
    remarks.extend(step.until.as_ref().map(|until| format!("until {}", moment(until))));
    remarks.extend(step.next_step.clone());
    if step.needs_evidence && step.evidence.is_empty() {
        remarks.push("needs evidence".to_owned());
    }
    if !step.failures.is_empty() {
        remarks.push(format!(
            "failed {} before",
            if step.failures.len() == 1 { "once".to_owned() } else { format!("{} times", step.failures.len()) }
        ));
    }
    remarks.join("; ")
}

/// The rollback runbook of a release.
pub(crate) fn attached(view: &ReleaseRunbookView) -> String {
    let mut text = match &view.attached {
        None => format!("{} has no rollback runbook.\n", view.version),
        Some(attached) => {
            let mut text = format!("{}: number {} of {}\n", view.version, attached.number, clean(&attached.name));
            if let Some(newer) = attached.newer {
                text.push_str(&format!("Number {newer} was published since: attach it to follow that one.\n"));
            }
            let rows = attached.acknowledgements.iter().map(|known| vec![known.by.clone(), moment(&known.at), known.remark.clone()]);
            text.push_str(&table_or(&["ACKNOWLEDGED BY", "WHEN", ""], rows.collect(), "Nobody has acknowledged it."));
            text
        }
    };
    for ask in &view.asked_by {
        let missing: Vec<&str> = ask.stakeholders.iter().filter(|one| one.acknowledged_at.is_none()).map(|one| one.name.as_str()).collect();
        let missing = if missing.is_empty() { String::new() } else { format!("; missing: {}", missing.join(", ")) };
        text.push_str(&format!("{} asks for one{missing}.\n", clean(&ask.environment)));
    }
    text
}
