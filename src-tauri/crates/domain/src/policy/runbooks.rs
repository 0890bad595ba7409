//! The rule about rollback runbooks: where an environment asks for one, a release comes there only with a publication attached that each
//! stakeholder has acknowledged.

use super::{Blocker, Clearance, Facts, Gate};
use crate::product::Environment;

/// What is missing before the release goes there.
pub(super) fn rollback_runbook(facts: &Facts<'_>, environment: &Environment) -> Option<Blocker> {
    let rule = facts.runbook_rules.iter().find(|rule| rule.environment_id == environment.id && rule.needs_rollback)?;
    let blocker = |title: String, detail: String| {
        Some(Blocker { gate: Gate::Runbook, title, detail, cleared_by: Clearance::Acknowledging { environment: environment.id } })
    };
    let place = &environment.name;
    let Some(attached) = facts.attached_runbooks.iter().find(|attached| attached.release_id == facts.release.id) else {
        let asked = match rule.stakeholders.as_slice() {
            [] => String::new(),
            names => format!(" {} {} it then.", listed(names), if names.len() == 1 { "acknowledges" } else { "acknowledge" }),
        };
        let detail = format!("{place} takes a release only with a published rollback runbook. Attach one to the release.{asked}");
        return blocker(format!("{} has no rollback runbook", facts.release.version), detail);
    };
    if !attached.is_for(environment.id) {
        let title = format!("“{}” is not for {place}", attached.name);
        return blocker(title, format!("The attached rollback runbook may not be run in {place}. Attach one that may."));
    }
    let missing = attached.missing(&rule.stakeholders);
    if missing.is_empty() {
        return None;
    }
    let title = match rule.stakeholders.len() {
        1 => "The acknowledgement of the rollback runbook is missing".to_owned(),
        all => format!("{} of {all} acknowledgements of the rollback runbook are missing", missing.len()),
    };
    let detail = format!("Number {} of “{}” is not acknowledged by {}.", attached.number, attached.name, listed(&missing));
    blocker(title, detail)
}

fn listed<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}
