//! Text that several commands show: a deployment, a release, blockers.

use crate::text::{age_or, duration, fields, git_ref, moment, moment_or, short, table, table_or, word};
use pilothouse_api::{
    BlockerView, DecisionWord, DeploymentView, HelmView, HotfixView, ReleaseDetail, ReleaseEnvironment, RunView, TargetDateView,
};

/// A deployment with what it waits for and how it can be answered.
pub(crate) fn deployment(view: &DeploymentView) -> String {
    let verb = word(view.kind);
    let mut text = format!("{verb} of {} {} to {}: {}\n", view.product, view.version, view.environment, word(view.state));
    if !view.state_reason.is_empty() {
        text.push_str(&format!("{}\n", view.state_reason));
    }
    text.push('\n');
    text.push_str(&fields(&[
        ("id", view.id.clone()),
        ("started", format!("{} by {}", moment(&view.requested_at), view.requested_by)),
        ("pipeline", view.pipeline.clone()),
        ("deployed", moment_or(view.deployed_at.as_ref(), "")),
        ("ended", moment_or(view.ended_at.as_ref(), "")),
        ("verified", view.verification.map(word).unwrap_or_default()),
        ("reason", view.reason.clone().unwrap_or_default()),
        ("paused", view.paused.as_ref().map(|p| format!("by {} {}", p.by, p.reason)).unwrap_or_default()),
        ("trouble", view.trouble.as_ref().map(|t| t.message.clone()).unwrap_or_default()),
        ("cancel", view.cancel.as_ref().map(|c| format!("by {} {}", c.by, c.reason)).unwrap_or_default()),
    ]));
    if view.is_phased {
        text.push('\n');
        text.push_str(&phases(view));
    }
    for run in view.phases.iter().filter_map(|p| p.run.as_ref()) {
        text.push('\n');
        text.push_str(&jobs(run));
    }
    if let Some(question) = question(view) {
        text.push('\n');
        text.push_str(&question);
    }
    text
}

/// The phases, and what the one that is watched measures.
fn phases(view: &DeploymentView) -> String {
    let rows = view.phases.iter().map(|phase| {
        let real = phase.instances.map(|i| format!("{} of {}", i.with, i.of)).unwrap_or_default();
        let reason = phase.decided.as_ref().map(|d| format!("{}: {}", d.by, d.reason));
        let watch = phase.watch.as_ref().map(|w| {
            format!("{} of {}, {} of {} good in a row", duration(w.watched_seconds), duration(phase.watch_seconds), w.passes, w.in_a_row)
        });
        vec![
            phase.name.clone(),
            format!("{} %", phase.weight_percent),
            real,
            word(phase.state),
            watch.or(reason).unwrap_or_else(|| phase.detail.clone()),
        ]
    });
    let mut text = table_or(&["PHASE", "SHARE", "REAL", "STATE", ""], rows.collect(), "");
    for finding in view.phases.iter().filter_map(|phase| phase.watch.as_ref()).flat_map(|watch| &watch.findings) {
        let dry_run = if finding.decides { "" } else { " (decides nothing)" };
        let detail = if finding.detail.is_empty() { String::new() } else { format!(": {}", finding.detail) };
        text.push_str(&format!("  {} {}{detail}{dry_run}\n", word(finding.outcome), finding.rule));
    }
    text
}

fn jobs(run: &RunView) -> String {
    let mut text = format!("run {} attempt {}: {}  {}\n", run.external_id, run.attempt, word(run.status), run.url);
    let rows: Vec<Vec<String>> = run.jobs.iter().map(|j| vec![format!("  job {}", j.id), j.name.clone(), word(j.status)]).collect();
    text.push_str(&table(&rows));
    text
}

/// What a deployment asks, with the commands that answer it.
pub(crate) fn question(view: &DeploymentView) -> Option<String> {
    let question = view.question.as_ref()?;
    let mut text = format!("It waits for {}: {}\n{}\n", question.asked_of, question.message, question.next_step);
    for run in &question.candidates {
        text.push_str(&format!("  run {}: {}  {}\n", run.external_id, run.title, run.url));
    }
    text.push_str("Answer with one of:\n");
    for choice in &question.choices {
        let extra = match choice {
            DecisionWord::Adopt => " --run ID",
            DecisionWord::Accept => " --reason WHY",
            _ => "",
        };
        text.push_str(&format!("  pilothouse deployment decide {} {}{extra}\n", view.id, word(choice).replace(' ', "-")));
    }
    for lacking in &question.unavailable {
        text.push_str(&format!("  not {}: {}\n", word(lacking.choice), lacking.why));
    }
    Some(text)
}

fn hotfix(hotfix: &HotfixView) -> String {
    let review = match (&hotfix.review, hotfix.awaits_review) {
        (Some(review), _) => format!("; reviewed by {}: {}", review.by, review.findings),
        (None, true) => "; its review is missing".to_owned(),
        (None, false) => String::new(),
    };
    format!("by {}: {}{review}", hotfix.by, hotfix.reason)
}

fn target(target: &TargetDateView) -> String {
    format!("{} in {}{}", target.day, target.time_zone, if target.is_overdue { ", overdue" } else { "" })
}

/// A release with its environments and its next step.
pub(crate) fn release(detail: &ReleaseDetail) -> String {
    let view = &detail.release;
    let mut text = format!("{} {}: {}\n", view.product, view.version, view.state_label);
    text.push_str(&format!("{}\n\n", helm(&view.helm)));
    text.push_str(&fields(&[
        ("id", view.id.clone()),
        ("from", format!("{} {} ({})", word(detail.source.kind), detail.source.name, short(&detail.source.commit))),
        ("tag", detail.tag.clone()),
        ("drafted", format!("{} by {}", moment(&view.drafted_at), view.drafted_by)),
        ("changes", changes(detail)),
        ("hotfix", view.hotfix.as_ref().map(hotfix).unwrap_or_default()),
        ("target date", view.target.as_ref().map(target).unwrap_or_default()),
        ("marked bad", view.marked_bad.as_ref().map(|m| format!("by {}: {}", m.by, m.reason)).unwrap_or_default()),
        ("aborted", view.state_reason.clone().unwrap_or_default()),
        ("content", detail.content_hash.clone()),
    ]));
    if !detail.approvals.is_empty() {
        text.push('\n');
        let rows = detail.approvals.iter().map(|a| {
            let void = if a.is_void { "void: the content has changed" } else { "" };
            vec![format!("  {}", word(a.verdict)), a.by.clone(), moment(&a.at), a.comment.clone(), void.to_owned()]
        });
        text.push_str(&table(&rows.collect::<Vec<_>>()));
    }
    text.push('\n');
    let rows = detail.environments.iter().map(environment_row).collect();
    text.push_str(&table_or(&["ENVIRONMENT", "RUNS", "HEALTH", "THIS RELEASE", "NEXT"], rows, "No environments."));
    text.push_str(&format!("\nrisk: {} of 100 ({})\n", detail.risk.score, word(detail.risk.level).replace('_', " ")));
    let parts = detail
        .risk
        .parts
        .iter()
        .map(|part| vec![format!("  {}", part.title), format!("{} of {}", part.points, part.most), part.detail.clone()]);
    text.push_str(&table(&parts.collect::<Vec<_>>()));
    for environment in detail.environments.iter().filter(|e| e.in_plan && !e.blockers.is_empty()) {
        let path = environment.path.as_ref().map(|path| format!("  {path}.\n")).unwrap_or_default();
        text.push_str(&format!("\n{} is blocked:\n{path}{}", environment.name, blockers(&environment.blockers)));
    }
    text
}

fn changes(detail: &ReleaseDetail) -> String {
    let count = detail.changelog.len();
    let commits = if count == 1 { "1 commit".to_owned() } else { format!("{count} commits") };
    match &detail.changes_since {
        Some(since) => format!("{commits} since {}", git_ref(since)),
        None => commits,
    }
}

fn environment_row(environment: &ReleaseEnvironment) -> Vec<String> {
    let next = match (environment.in_plan, environment.blockers.is_empty()) {
        (false, _) => "not planned",
        (true, true) => "can be deployed",
        (true, false) => "blocked",
    };
    vec![
        environment.name.clone(),
        environment.current_version.clone().unwrap_or_else(|| "-".to_owned()),
        word(environment.health),
        environment.deployment.as_ref().map(|d| word(d.state)).unwrap_or_else(|| "-".to_owned()),
        next.to_owned(),
    ]
}

/// The next step in a line.
pub(crate) fn helm(helm: &HelmView) -> String {
    let what = format!("{} {}", helm.verb, helm.object);
    let line = match (what.trim(), helm.reason.as_str()) {
        ("", reason) => reason.to_owned(),
        (what, "") => format!("Next: {what}"),
        (what, reason) => format!("Next: {what} ({reason})"),
    };
    match &helm.clears_at {
        Some(at) => format!("{line}, from {}", moment(at)),
        None => line,
    }
}

/// Blockers, one a line.
pub(crate) fn blockers(blockers: &[BlockerView]) -> String {
    let line = |b: &BlockerView| {
        let when = b.clears_at.as_ref().map(|at| format!(" ({})", moment(at))).unwrap_or_default();
        let lock = b.lock_id.as_ref().map(|id| format!(" Lift it with: pilothouse lock lift {id}")).unwrap_or_default();
        format!("  - {}{when}: {}{lock}\n    Cleared by: {}.\n", b.title, b.detail, b.who)
    };
    blockers.iter().map(line).collect()
}

/// Deployments in a list.
pub(crate) fn deployments(views: &[DeploymentView]) -> String {
    let rows = views.iter().map(|d| {
        vec![
            d.id.clone(),
            word(d.kind),
            format!("{}@{}", d.product, d.version),
            d.environment.clone(),
            word(d.state),
            age_or(Some(&d.requested_at)),
            d.state_reason.clone(),
        ]
    });
    table_or(&["ID", "KIND", "RELEASE", "ENVIRONMENT", "STATE", "AGE", ""], rows.collect(), "No deployments.")
}
