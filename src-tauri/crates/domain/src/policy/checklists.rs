//! The rules about checklists: those that come before a deployment, and those that come after one and hold the way onward.

use super::order::passed_before;
use super::{Blocker, Clearance, Facts, Gate, brought};
use crate::checklist::{AutomaticSight, AutomaticVerdict, Checklist, ChecklistItem, ChecklistTemplate, ItemStanding, Moment, standing};
use crate::product::Environment;

/// So many open items are named; the others are counted.
const NAMED: usize = 3;

/// What must be gone through before the release goes there.
pub(super) fn before(facts: &Facts<'_>, environment: &Environment) -> Vec<Blocker> {
    unfinished(facts, environment, Moment::Before)
}

/// What must be gone through in the environments that come before this one in the plan, where the release has come there.
pub(super) fn after_upstream(facts: &Facts<'_>, environment: &Environment) -> Vec<Blocker> {
    passed_before(facts, environment).into_iter().flat_map(|upstream| after(facts, upstream)).collect()
}

/// What must be gone through in each environment that the release has come to.
pub(super) fn after_everywhere(facts: &Facts<'_>) -> Vec<Blocker> {
    facts.environments.iter().filter(|e| facts.release.planned(e.id).is_some()).flat_map(|e| after(facts, e)).collect()
}

fn after(facts: &Facts<'_>, environment: &Environment) -> Vec<Blocker> {
    let has_come =
        |d: &&crate::deployment::Deployment| d.environment_id == environment.id && d.deployed_at.is_some() && brought(d, facts.release);
    if facts.deployments.iter().any(|d| has_come(&d)) { unfinished(facts, environment, Moment::After) } else { Vec::new() }
}

fn unfinished(facts: &Facts<'_>, environment: &Environment, moment: Moment) -> Vec<Blocker> {
    let is_own = |checklist: &&Checklist| {
        checklist.release_id == facts.release.id && checklist.environment_id == environment.id && checklist.moment == moment
    };
    let begun: Vec<&Checklist> = facts.checklists.iter().filter(is_own).collect();
    let is_missing = |template: &&ChecklistTemplate| {
        template.environment_id == environment.id && template.moment == moment && !begun.iter().any(|c| c.template_id == template.id)
    };
    let not_begun = facts.templates.iter().filter(is_missing).filter_map(|template| of_template(template, environment));
    begun.iter().filter_map(|checklist| of_checklist(facts, checklist)).chain(not_begun).collect()
}

/// A checklist that nobody has begun holds up where it has anything that is required.
fn of_template(template: &ChecklistTemplate, environment: &Environment) -> Option<Blocker> {
    let items = &template.published.as_ref()?.items;
    let required = items.iter().filter(|item| item.is_required).count();
    (required > 0).then(|| Blocker {
        gate: Gate::Checklist,
        title: format!("“{}” was not begun", template.name),
        detail: format!(
            "{} asks for this checklist {}. {} required. Anybody can begin it.",
            environment.name,
            when(template.moment),
            if required == 1 { "1 item is".to_owned() } else { format!("{required} items are") }
        ),
        cleared_by: Clearance::Ticking { environment: environment.id, template: template.id },
    })
}

fn of_checklist(facts: &Facts<'_>, checklist: &Checklist) -> Option<Blocker> {
    let sight = AutomaticSight {
        release: facts.release,
        environments: facts.environments,
        readings: facts.readings,
        deployments: facts.deployments,
        smoke_scenarios: facts.smoke_scenarios,
        smoke_runs: facts.smoke_runs,
    };
    let standing = standing(checklist, |item| sight.judge(item, checklist.environment_id));
    let missing: Vec<_> = standing.missing(checklist).collect();
    if missing.is_empty() {
        return None;
    }
    let mut named: Vec<String> = missing.iter().take(NAMED).map(|(item, standing)| named(item, standing)).collect();
    if missing.len() > NAMED {
        named.push(format!("and {} more", missing.len() - NAMED));
    }
    Some(Blocker {
        gate: Gate::Checklist,
        title: match missing.len() {
            1 => format!("1 required item of “{}” is open", checklist.name),
            open => format!("{open} required items of “{}” are open", checklist.name),
        },
        detail: format!("{}. {} asks for them {}.", named.join("; "), checklist.environment, when(checklist.moment)),
        cleared_by: Clearance::Ticking { environment: checklist.environment_id, template: checklist.template_id },
    })
}

const fn when(moment: Moment) -> &'static str {
    match moment {
        Moment::Before => "before a deployment",
        Moment::After => "after a deployment, before it goes on",
    }
}

/// An open item with who has it, or with what it says by itself.
fn named(item: &ChecklistItem, standing: &ItemStanding) -> String {
    let title = &item.item.title;
    match (&standing.verdict, &item.assignee) {
        (Some(AutomaticVerdict::Failed { reason }), _) => format!("“{title}” fails: {}", reason.trim_end_matches('.')),
        (Some(AutomaticVerdict::NoData { reason }), _) => format!("“{title}” has no data: {}", reason.trim_end_matches('.')),
        (_, Some(person)) => format!("“{title}” is with {person}"),
        (_, None) => format!("“{title}” has nobody yet"),
    }
}
