//! What `pilothouse checklist` says.

use crate::text::{clean, fields, moment, moment_or, table_or, word};
use pilothouse_api::{
    ActedOnView, ChecklistItemView, ChecklistTemplateView, ChecklistView, EvidenceView, ImportReportView, ItemChangeView, MomentWord,
    ProgressView,
};

/// The checklists of a release.
pub(crate) fn shown(lists: &[ChecklistView]) -> String {
    if lists.is_empty() {
        return "The release has no checklists. Add one to an environment with `pilothouse checklist import`.\n".to_owned();
    }
    lists.iter().map(list).collect::<Vec<_>>().join("\n")
}

fn list(list: &ChecklistView) -> String {
    let when = match list.moment {
        MomentWord::Before => "before a deployment to",
        MomentWord::After => "after a deployment to",
    };
    let mut text = format!("{}, {when} {}: {}\n", clean(&list.name), clean(&list.environment), progress(&list.progress));
    if list.id.is_none() {
        text.push_str("Nobody has begun it: the first tick does.\n");
    }
    if let (Some(version), false) = (&list.since_version, list.changes.is_empty()) {
        text.push_str(&format!("Changed since {version}: {}\n", changes(&list.changes)));
    }
    if let Some(newer) = &list.newer {
        text.push_str(&format!("Number {} was published since: {}\n", newer.number, changes(&newer.changes)));
        if !newer.reopened.is_empty() {
            text.push_str(&format!("Open again by it: {}\n", clean(&newer.reopened.join(", "))));
        }
        let reason = if newer.needs_reason { " --reason …" } else { "" };
        text.push_str(&format!("Take it over with `pilothouse checklist take-over{reason}`.\n"));
    }
    for removed in &list.removed {
        text.push_str(&format!("Gone with number {}: {} ({})\n", removed.number, clean(&removed.was.title), word(removed.was.state)));
    }
    let rows = list.items.iter().map(|item| {
        vec![
            item.id.clone(),
            word(item.state),
            if item.is_required { "required" } else { "optional" }.to_owned(),
            item.title.clone(),
            item.by.clone().or_else(|| item.assignee.clone()).unwrap_or_default(),
            remarks(item),
        ]
    });
    text.push_str(&table_or(&["ID", "STATE", "", "ITEM", "WHO", ""], rows.collect(), "It has no items."));
    text
}

fn remarks(item: &ChecklistItemView) -> String {
    let mut remarks: Vec<String> = Vec::new();
    remarks.extend(item.reason.clone());
    remarks.extend(item.note.clone());
    if !item.waits_for.is_empty() {
        remarks.push(format!("waits for {}", item.waits_for.join(", ")));
    }
    for earlier in &item.earlier {
        remarks.push(format!("{} under number {}", word(earlier.state), earlier.number));
    }
    if item.needs_evidence && item.evidence.is_empty() {
        remarks.push("needs evidence".to_owned());
    }
    if !item.evidence.is_empty() {
        remarks.push(format!("{} evidence", item.evidence.len()));
    }
    match (item.minutes, item.planned_minutes) {
        (Some(minutes), Some(planned)) => remarks.push(format!("{minutes} of {planned} min")),
        (Some(minutes), None) => remarks.push(format!("{minutes} min")),
        (None, Some(planned)) => remarks.push(format!("{planned} min planned")),
        (None, None) => {}
    }
    if item.is_overdue {
        remarks.push(format!("overdue since {}", moment_or(item.due.as_ref(), "")));
    }
    remarks.join("; ")
}

fn progress(sums: &ProgressView) -> String {
    let mut text = format!("{} of {} done", sums.done, sums.total);
    if sums.skipped > 0 {
        text.push_str(&format!(", {} skipped", sums.skipped));
    }
    if sums.required_open > 0 {
        text.push_str(&format!(", {} required open", sums.required_open));
    }
    text
}

fn changes(changes: &[ItemChangeView]) -> String {
    let one = |change: &ItemChangeView| format!("{} “{}”", word(change.change), clean(&change.title));
    changes.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What came of ticking, skipping, assigning.
pub(crate) fn acted(view: &ActedOnView) -> String {
    let title = |id: &String| view.checklist.items.iter().find(|item| item.id == *id).map(|item| clean(&item.title)).unwrap_or_default();
    let state = |id: &String| view.checklist.items.iter().find(|item| item.id == *id).map(|item| word(item.state)).unwrap_or_default();
    let mut text: String = view.done.iter().map(|id| format!("{}: {}\n", title(id), state(id))).collect();
    for refused in &view.refused {
        text.push_str(&format!("Not done: {}. {}\n", clean(&refused.message), refused.next_step));
    }
    text.push_str(&format!("{}: {}\n", clean(&view.checklist.name), progress(&view.checklist.progress)));
    text
}

/// What was attached.
pub(crate) fn attached(view: &EvidenceView) -> String {
    let mut text = format!("Attached {} {}.\n", word(view.kind), clean(&view.title));
    text.push_str(&fields(&[
        ("id", view.id.clone()),
        ("type", view.media_type.clone().unwrap_or_default()),
        ("sha-256", view.digest.clone().unwrap_or_default()),
        ("at", moment(&view.at)),
    ]));
    text
}

/// The templates of a product.
pub(crate) fn templates(views: &[ChecklistTemplateView]) -> String {
    let rows = views.iter().map(|view| {
        let published = view.published_number.map_or_else(|| "never".to_owned(), |number| format!("number {number}"));
        let draft = if view.has_draft { "has a draft" } else { "" };
        vec![view.environment.clone(), view.name.clone(), word(view.moment), view.items.len().to_string(), published, draft.to_owned()]
    });
    let empty = "The product has no checklists. Read one with `pilothouse checklist import`.";
    table_or(&["ENVIRONMENT", "CHECKLIST", "WHEN", "ITEMS", "PUBLISHED", ""], rows.collect(), empty)
}

/// What came of an import.
pub(crate) fn imported(report: &ImportReportView) -> String {
    let mut text = format!("{} new, {} there already.\n", report.added.len(), report.already_there.len());
    for fault in &report.faults {
        text.push_str(&format!("Line {}: {}\n", fault.line, clean(&fault.reason)));
    }
    text.push_str(&templates(std::slice::from_ref(&report.template)));
    if report.template.has_draft {
        text.push_str("Publish it with `pilothouse checklist publish`: releases that are planned from then on have it.\n");
    }
    text
}
