//! What was looked at and tested: checklists, smoke tests, user acceptance testing.

use super::{moment, plural, signed, table, word};
use crate::document::{Block, Section};
use pilothouse_domain::checklist::{Checklist, ItemState};
use pilothouse_domain::record::ReleaseRecord;
use pilothouse_domain::uat::{UatRound, standing};

pub(super) fn checklists(record: &ReleaseRecord) -> Section {
    let mut blocks: Vec<Block> = record.checklists.iter().map(checklist).collect();
    if blocks.is_empty() {
        blocks.push(Block::Empty("It had no checklist.".into()));
    }
    Section { title: "Checklists".into(), blocks }
}

fn checklist(list: &Checklist) -> Block {
    let rows = list.items.iter().map(|item| {
        let (state, who, remark) = match &item.state {
            ItemState::Open if item.item.automatic.is_some() => ("automatic", String::new(), String::new()),
            ItemState::Open => ("open", item.assignee.clone().unwrap_or_default(), String::new()),
            ItemState::Done { by, at, minutes, note } => {
                let took = minutes.map(|minutes| format!("{minutes} min. ")).unwrap_or_default();
                ("done", signed(&by.to_string(), *at), format!("{took}{note}"))
            }
            ItemState::Skipped { by, at, reason } => ("left out", signed(&by.to_string(), *at), reason.clone()),
        };
        let planned = item.item.planned_minutes.map(|minutes| format!("{minutes} min")).unwrap_or_default();
        let required = if item.item.is_required { "required" } else { "optional" };
        vec![item.item.title.clone(), required.into(), state.into(), who, planned, remark]
    });
    let gone = list.removed.iter().map(|removed| {
        let who = match &removed.item.state {
            ItemState::Open => String::new(),
            ItemState::Done { by, at, .. } | ItemState::Skipped { by, at, .. } => signed(&by.to_string(), *at),
        };
        let remark = format!("taken out with number {}", removed.number);
        vec![removed.item.item.title.clone(), String::new(), "gone".into(), who, String::new(), remark]
    });
    let rows = rows.chain(gone);
    let done = list.items.iter().filter(|item| item.is_done()).count();
    let caption =
        format!("{} in {}, {}: {done} of {} done", list.name, list.environment, word(&list.moment, ""), plural(list.items.len(), "item"));
    table(&caption, &[("Item", 6), ("", 2), ("State", 2), ("Who", 4), ("Planned", 2), ("Remark", 5)], rows.collect())
}

pub(super) fn smoke(record: &ReleaseRecord) -> Section {
    let rows: Vec<Vec<String>> = record
        .smoke_runs
        .iter()
        .map(|run| {
            let passed = run.results.iter().filter(|r| word(&r.verdict, "") == "passed").count();
            let steps = match &run.report {
                Some(report) => {
                    let of = report.passed.saturating_add(report.failed).saturating_add(report.errored);
                    format!("{} of {}", report.passed, plural(of as usize, "test"))
                }
                None => format!("{passed} of {}", plural(run.steps.len(), "step")),
            };
            let required = if run.required { "required" } else { "optional" };
            let state = run.state.word().to_owned();
            let at = run.state.ended_at().map(moment).unwrap_or_default();
            vec![
                run.name.clone(),
                run.environment.clone(),
                run.version.to_string(),
                required.into(),
                state,
                at,
                steps,
                run.state.reason().to_owned(),
            ]
        })
        .collect();
    let blocks = if rows.is_empty() {
        vec![Block::Empty("No smoke test was run.".into())]
    } else {
        let head = [("Test", 4), ("Environment", 3), ("Version", 2), ("", 2), ("Verdict", 2), ("Ended", 3), ("Passed", 3), ("Reason", 4)];
        vec![table("Runs and imported reports, oldest first; the last of a test counts", &head, rows)]
    };
    Section { title: "Smoke tests".into(), blocks }
}

pub(super) fn uat(record: &ReleaseRecord) -> Section {
    let mut blocks = Vec::new();
    for round in &record.uat_rounds {
        blocks.extend(of_round(record, round));
    }
    if blocks.is_empty() {
        blocks.push(Block::Empty("There was no round of user acceptance testing.".into()));
    }
    Section { title: "User acceptance testing".into(), blocks }
}

fn of_round(record: &ReleaseRecord, round: &UatRound) -> Vec<Block> {
    let standing = standing(round, &record.feedback);
    let rows = round.scenarios.iter().zip(&standing.scenarios).map(|(scenario, known)| {
        let required = if scenario.is_required { "required" } else { "optional" };
        let verdict = format!("{:?}", known.verdict).to_lowercase();
        let counts = format!("{} passed, {} failed, {} blocked", known.passed, known.failed, known.blocked);
        vec![scenario.title.clone(), required.into(), verdict, counts]
    });
    let caption =
        format!("Round for {} in {}, begun {}", round.version, round.environment, signed(&round.begun_by.to_string(), round.begun_at));
    let mut blocks = vec![table(&caption, &[("Scenario", 6), ("", 2), ("Verdict", 2), ("Testers", 5)], rows.collect())];
    for sign in &round.sign_offs {
        let despite = if sign.despite.is_empty() { String::new() } else { format!(", though: {}", sign.despite.join("; ")) };
        let remark = if sign.remark.is_empty() { String::new() } else { format!(": {}", sign.remark) };
        blocks.push(Block::Text(format!("Signed off by {}{despite}{remark}", signed(&sign.by.to_string(), sign.at))));
    }
    if let Some(given_up) = &round.given_up {
        blocks.push(Block::Text(format!("Given up by {}: {}", signed(&given_up.by.to_string(), given_up.at), given_up.reason)));
    } else if !standing.unmet.is_empty() {
        blocks.push(Block::List(standing.unmet.iter().map(|unmet| format!("Not met: {}", unmet.words())).collect()));
    }
    let feedback: Vec<Vec<String>> = record
        .feedback
        .iter()
        .filter(|feedback| feedback.round_id == round.id)
        .map(|f| vec![f.title.clone(), f.from.clone(), f.severity.word().into(), f.standing_word().into(), moment(f.at)])
        .collect();
    if !feedback.is_empty() {
        let caption = format!("Feedback: {}", plural(feedback.len(), "piece"));
        blocks.push(table(&caption, &[("What", 7), ("From", 3), ("Severity", 2), ("Decided", 2), ("When", 3)], feedback));
    }
    blocks
}
