//! The release report: what a record says, as a document. Each figure is counted from the record here, and nowhere else.

mod course;
mod delivery;
mod preparation;
mod tests_done;

use crate::document::{Block, Document, Figure, Section, Table, Tone};
use pilothouse_domain::Timestamp;
use pilothouse_domain::approval::{Verdict, content_hash};
use pilothouse_domain::calendar::OverrideMark;
use pilothouse_domain::deployment::{Deployment, DeploymentKind, DeploymentState};
use pilothouse_domain::record::ReleaseRecord;
use pilothouse_domain::release::ReleaseState;

/// The report of a release.
#[must_use]
pub fn release_report(record: &ReleaseRecord) -> Document {
    let release = &record.release;
    Document {
        title: format!("Release report: {} {}", record.product.name, release.version),
        subtitle: format!("{} {} is {}. As of {}.", record.product.name, release.version, release.state.label(), moment(record.as_of)),
        as_of: record.as_of.to_string(),
        sections: vec![
            summary(record),
            plan(record),
            approvals(record),
            deployments(record),
            tests_done::checklists(record),
            tests_done::smoke(record),
            tests_done::uat(record),
            preparation::documents(record),
            preparation::training(record),
            preparation::runbooks(record),
            incidents(record),
            delivery::metrics(record),
            course::course_of(record),
            course::review(record),
            evidence(record),
            course::audit(record),
        ],
    }
}

fn summary(record: &ReleaseRecord) -> Section {
    let release = &record.release;
    let forward = record.deployments.iter().filter(|d| !d.is_rollback());
    let good = forward.clone().filter(|d| matches!(d.state, DeploymentState::Succeeded { .. })).count();
    let approved = record.approvals.iter().filter(|a| a.verdict == Verdict::Approved && a.content_hash == hash(record)).count();
    let rollbacks = record.deployments.iter().filter(|d| d.is_rollback()).count();
    let bad = |count: usize| if count == 0 { Tone::Plain } else { Tone::Bad };
    let state = match release.state {
        ReleaseState::Completed { .. } => Tone::Good,
        ReleaseState::RolledBack { .. } | ReleaseState::Aborted { .. } => Tone::Bad,
        _ => Tone::Plain,
    };
    let figures = vec![
        figure(
            "State",
            release.state.label().to_owned(),
            release.marked_bad.as_ref().map(|bad| format!("marked bad: {}", bad.reason)).unwrap_or_default(),
            state,
        ),
        figure("Deployments", forward.clone().count().to_string(), format!("{good} succeeded"), Tone::Plain),
        figure("Rollbacks", rollbacks.to_string(), String::new(), bad(rollbacks)),
        figure("Incidents", record.incidents.len().to_string(), "began while it was live".to_owned(), bad(record.incidents.len())),
        figure("Approvals", approved.to_string(), format!("{} cast in all", plural(record.approvals.len(), "vote")), Tone::Plain),
        figure("Smoke runs", record.smoke_runs.len().to_string(), String::new(), Tone::Plain),
        figure("Feedback", record.feedback.len().to_string(), format!("in {}", plural(record.uat_rounds.len(), "round")), Tone::Plain),
        figure("Changes", release.changelog.len().to_string(), "commits".to_owned(), Tone::Plain),
    ];
    let facts = facts(&[
        ("Version", release.version.to_string()),
        ("Tag", release.tag.clone()),
        ("Commit", release.source.commit.clone()),
        ("Repository", record.product.repository.clone()),
        ("Drafted", signed(&release.drafted_by.to_string(), release.drafted_at)),
    ]);
    let mut blocks = vec![Block::Figures(figures), facts];
    if !release.notes.trim().is_empty() {
        blocks.push(Block::Text(format!("Release notes:\n{}", release.notes.trim())));
    }
    Section { title: "Summary".into(), blocks }
}

fn plan(record: &ReleaseRecord) -> Section {
    let mut blocks = Vec::new();
    match &record.release.plan {
        None => blocks.push(Block::Empty("It has no plan.".into())),
        Some(plan) => {
            let rows = plan.environments.iter().map(|e| {
                let back = e.rollback_target.as_ref().map_or_else(|| "nothing yet".to_owned(), ToString::to_string);
                vec![e.name.clone(), e.deploy.pipeline.clone(), e.rollback.pipeline.clone(), back, e.checks.join(", ")]
            });
            blocks.push(table(
                "Where it goes, in this order",
                &[("Environment", 3), ("Deploys", 3), ("Rolls back", 3), ("To", 2), ("Watched by", 4)],
                rows.collect(),
            ));
            if !plan.remarks.trim().is_empty() {
                blocks.push(Block::Text(plan.remarks.trim().to_owned()));
            }
        }
    }
    if !record.release.changelog.is_empty() {
        let rows = record
            .release
            .changelog
            .iter()
            .map(|c| vec![short(&c.sha), c.title.clone(), c.author.clone(), c.at.map(moment).unwrap_or_default()]);
        blocks.push(table("What it changes", &[("Commit", 2), ("Title", 8), ("By", 3), ("When", 3)], rows.collect()));
    }
    Section { title: "Plan and changes".into(), blocks }
}

fn approvals(record: &ReleaseRecord) -> Section {
    let current = hash(record);
    let rows: Vec<Vec<String>> = record
        .approvals
        .iter()
        .map(|a| {
            let verdict = match a.verdict {
                Verdict::Approved => "approved",
                Verdict::Rejected => "rejected",
            };
            let counts = if a.content_hash == current { "yes" } else { "no: the plan changed since" };
            let key = a.signature.as_ref().map_or_else(|| "not signed".to_owned(), |s| s.public_key.chars().take(16).collect());
            vec![a.by.to_string(), verdict.into(), moment(a.at), counts.into(), key, a.comment.clone()]
        })
        .collect();
    let mut blocks = vec![if rows.is_empty() {
        Block::Empty("Nobody has voted.".into())
    } else {
        table("Votes", &[("Who", 3), ("Vote", 2), ("When", 3), ("Counts", 2), ("Key", 3), ("Comment", 4)], rows)
    }];
    if !record.gates.is_empty() {
        let rows = record
            .gates
            .iter()
            .map(|gate| vec![gate.seen.title.clone(), gate.pipeline.clone(), moment(gate.first_seen_at), word(&gate.state, "state")]);
        blocks.push(table(
            "What waited for people at the providers",
            &[("Gate", 4), ("Pipeline", 3), ("Seen", 3), ("State", 2)],
            rows.collect(),
        ));
    }
    Section { title: "Approvals".into(), blocks }
}

fn deployments(record: &ReleaseRecord) -> Section {
    let rows: Vec<Vec<String>> = record.deployments.iter().map(deployment_row).collect();
    let blocks = if rows.is_empty() {
        vec![Block::Empty("It was never deployed.".into())]
    } else {
        let head = [("Environment", 3), ("Version", 2), ("What", 3), ("Started", 3), ("Ended", 3), ("Came to", 5), ("Runs", 3)];
        vec![table("Deployments and rollbacks", &head, rows)]
    };
    Section { title: "Deployments".into(), blocks }
}

fn deployment_row(d: &Deployment) -> Vec<String> {
    let kind = match &d.kind {
        DeploymentKind::Deploy if !d.overridden.is_empty() => format!("deployment in spite of {}", despite(d)),
        DeploymentKind::Deploy => "deployment".to_owned(),
        DeploymentKind::Rollback { reason, .. } => format!("rollback: {reason}"),
    };
    let came_to = match &d.state {
        DeploymentState::Succeeded { verification, .. } => format!("succeeded, {}", word(verification, "")),
        DeploymentState::Failed { reason, .. } => format!("failed: {reason}"),
        DeploymentState::Errored { reason, .. } => format!("could not be told: {reason}"),
        DeploymentState::Cancelled { reason, .. } => format!("cancelled: {reason}"),
        other => other.word().replace('_', " "),
    };
    let runs = d.phases.iter().filter_map(|phase| phase.state.run()).map(|run| format!("{} #{}", run.external_id, run.attempt));
    let started = signed(&d.requested_by.to_string(), d.requested_at);
    let ended = d.state.ended_at().map(moment).unwrap_or_default();
    vec![d.environment.clone(), d.version.to_string(), kind, started, ended, came_to, runs.collect::<Vec<_>>().join(", ")]
}

/// The freezes in spite of which it started, and by whose word.
fn despite(d: &Deployment) -> String {
    let told = |mark: &OverrideMark| {
        format!("{}, overridden by {}: {}", mark.windows.join(" and "), signed(&mark.by.to_string(), mark.at), mark.reason)
    };
    d.overridden.iter().map(told).collect::<Vec<_>>().join("\n")
}

fn incidents(record: &ReleaseRecord) -> Section {
    let mut blocks = Vec::new();
    if record.incidents.is_empty() {
        blocks.push(Block::Empty("No incident began while it was live.".into()));
    } else {
        let rows = record.incidents.iter().map(|i| {
            let checks = i.checks.iter().map(|c| format!("{}: {}", c.name, c.reason)).collect::<Vec<_>>().join("\n");
            let took = i.acknowledged.as_ref().map(|a| signed(&a.by.to_string(), a.at)).unwrap_or_default();
            vec![
                format!("#{}", i.number),
                record.environment_name(i.environment_id),
                moment(i.opened_at),
                i.closed_at.map_or_else(|| "open".into(), moment),
                took,
                checks,
            ]
        });
        blocks.push(table(
            "Incidents",
            &[("No.", 1), ("Environment", 3), ("Began", 3), ("Ended", 3), ("Taken by", 3), ("Checks", 6)],
            rows.collect(),
        ));
    }
    if record.unplanned_runs.is_empty() {
        blocks.push(Block::Empty("No pipeline was run elsewhere meanwhile.".into()));
    } else {
        let rows = record.unplanned_runs.iter().map(|run| {
            let places = run.environments.iter().map(|id| record.environment_name(*id)).collect::<Vec<_>>().join(", ");
            vec![
                run.pipeline.clone(),
                run.title.clone(),
                run.started_by.clone().unwrap_or_default(),
                moment(run.first_seen_at),
                places,
                word(&run.state, "state"),
            ]
        });
        blocks.push(table(
            "Runs that were started elsewhere while it was on its way",
            &[("Pipeline", 3), ("Run", 4), ("By", 2), ("Seen", 3), ("May touch", 3), ("Reason", 2)],
            rows.collect(),
        ));
    }
    Section { title: "Incidents and changes from outside".into(), blocks }
}

fn evidence(record: &ReleaseRecord) -> Section {
    use pilothouse_domain::evidence::EvidenceContent;
    let rows: Vec<Vec<String>> = record
        .evidence
        .iter()
        .map(|e| {
            let digest = match &e.content {
                EvidenceContent::File { digest, .. } => digest.to_string(),
                EvidenceContent::Note { text } => text.clone(),
                EvidenceContent::Link { url, .. } => url.clone(),
                EvidenceContent::MeasuredTime { .. } => String::new(),
            };
            let taken_back = e.withdrawn.as_ref().map(|w| format!(" (taken back by {})", w.by)).unwrap_or_default();
            vec![format!("{}{taken_back}", e.words()), e.by.to_string(), moment(e.at), digest]
        })
        .collect();
    let blocks = if rows.is_empty() {
        vec![Block::Empty("Nothing was attached.".into())]
    } else {
        vec![table(
            "What was attached; files by the SHA-256 of their content",
            &[("What", 4), ("By", 2), ("When", 3), ("Content", 7)],
            rows,
        )]
    };
    Section { title: "Evidence".into(), blocks }
}

fn hash(record: &ReleaseRecord) -> String {
    content_hash(&record.release.version, &record.release.source, record.release.plan.as_ref())
}

fn figure(label: &str, value: String, note: String, tone: Tone) -> Figure {
    Figure { label: label.to_owned(), value, note, tone }
}

fn facts(pairs: &[(&str, String)]) -> Block {
    Block::Facts(pairs.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn table(caption: &str, head: &[(&str, u8)], rows: Vec<Vec<String>>) -> Block {
    Block::Table(Table { caption: caption.to_owned(), head: head.iter().map(|(name, share)| ((*name).to_owned(), *share)).collect(), rows })
}

/// A moment as people read it, in UTC.
fn moment(at: Timestamp) -> String {
    at.as_datetime().format("%Y-%m-%d %H:%M:%S").to_string()
}

fn signed(by: &str, at: Timestamp) -> String {
    format!("{by}, {}", moment(at))
}

fn short(sha: &str) -> String {
    sha.chars().take(10).collect()
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The word of a state, as it is stored: of an enumeration's tag, or of the enumeration itself.
fn word(state: &impl serde::Serialize, tag: &str) -> String {
    let value = serde_json::to_value(state).unwrap_or_default();
    value.as_str().or_else(|| value.get(tag).and_then(serde_json::Value::as_str)).unwrap_or_default().replace('_', " ")
}

#[cfg(test)]
pub(crate) mod tests;
