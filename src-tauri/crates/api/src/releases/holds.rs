//! The rules that hold for a deployment, in words: the other side of "why blocked". A rule is told here only where policy has
//! nothing against it, and only where the environment asks for it.

use crate::blockers::HoldView;
use crate::decode::shown;
use crate::scene::Scene;
use pilothouse_domain::Timestamp;
use pilothouse_domain::approval::tally;
use pilothouse_domain::checklist::Moment;
use pilothouse_domain::connection::ConnectionStatus;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::policy::{Blocker, Gate, brought, connection_of, current_deployment, required_before};
use pilothouse_domain::product::Environment;
use pilothouse_domain::publication::TagState;
use pilothouse_domain::smoke::standings;

/// What holds for deploying the release to the environment, in the gates' order.
pub(crate) fn holds(scene: &Scene<'_>, environment: &Environment, blockers: &[Blocker], now: Timestamp) -> Vec<HoldView> {
    let told = [
        release_state(scene),
        marked_bad(scene),
        plan(scene, environment),
        tag(scene, environment),
        approvals(scene, environment, now),
        upstream(scene, environment),
        soak(scene, environment),
        upstream_health(scene, environment),
        checklists(scene, environment),
        smoke(scene, environment),
        runbook(scene, environment),
        lock(),
        occupied(environment),
        reasons(environment),
        outdated(scene, environment),
        connection(scene, environment),
    ];
    told.into_iter().flatten().filter(|(gate, _)| blockers.iter().all(|b| b.gate != *gate)).map(|(_, hold)| hold).collect()
}

type Hold = Option<(Gate, HoldView)>;

fn hold(gate: Gate, title: impl Into<String>, detail: impl Into<String>, since: Option<Timestamp>) -> Hold {
    Some((gate, HoldView { gate: gate.into(), title: title.into(), detail: detail.into(), since: since.map(shown) }))
}

fn release_state(scene: &Scene<'_>) -> Hold {
    hold(
        Gate::ReleaseState,
        format!("{} is {}", scene.release.version, scene.release.state.label()),
        "",
        crate::releases::state_at(scene.release),
    )
}

fn marked_bad(scene: &Scene<'_>) -> Hold {
    hold(Gate::MarkedBad, format!("{} is not marked bad", scene.release.version), "", None)
}

fn plan(scene: &Scene<'_>, environment: &Environment) -> Hold {
    let planned = scene.release.planned(environment.id)?;
    hold(Gate::Plan, format!("{} is in the plan", environment.name), format!("{} deploys there", planned.deploy.pipeline), None)
}

fn tag(scene: &Scene<'_>, environment: &Environment) -> Hold {
    let release = scene.release;
    if release.tag_state != TagState::There || !release.planned(environment.id)?.deploy.names_tag() {
        return None;
    }
    let commit: String = release.source.commit.chars().take(7).collect();
    hold(Gate::Tag, format!("The tag {} is there", release.tag), format!("At {commit}"), None)
}

fn approvals(scene: &Scene<'_>, environment: &Environment, now: Timestamp) -> Hold {
    let rules = &environment.rules;
    if !rules.asks_for_approval_of(scene.release) {
        return None;
    }
    let tally = tally(scene.approvals, &scene.content_hash(), scene.release, rules, now);
    let wanted = rules.least_approvals_for(scene.release);
    let title = format!("{} of {wanted} {}", tally.counted.len(), if wanted == 1 { "approval" } else { "approvals" });
    let people: Vec<String> = tally.counted.iter().map(|a| a.by.to_string()).collect();
    hold(Gate::Approvals, title, people.join(", "), tally.counted.iter().map(|a| a.at).max())
}

/// The environments before this one in which the release must be verified, with its deployment there where it is.
fn verified_upstream<'a>(scene: &Scene<'a>, environment: &Environment) -> Vec<(&'a Environment, &'a Deployment)> {
    let there = |before: &Environment| {
        let own = scene.product.deployments.iter().filter(|d| d.environment_id == before.id);
        own.filter(|d| brought(d, scene.release) && d.is_verified()).max_by_key(|d| d.deployed_at)
    };
    before(scene, environment).into_iter().filter_map(|before| Some((before, there(before)?))).collect()
}

fn before<'a>(scene: &Scene<'a>, environment: &Environment) -> Vec<&'a Environment> {
    required_before(&scene.facts(None), environment)
}

fn upstream(scene: &Scene<'_>, environment: &Environment) -> Hold {
    let verified = verified_upstream(scene, environment);
    let names: Vec<&str> = verified.iter().map(|(before, _)| before.name.as_str()).collect();
    let since = verified.iter().filter_map(|(_, deployment)| deployment.deployed_at).max();
    if names.is_empty() { None } else { hold(Gate::Upstream, format!("Verified in {}", names.join(", ")), "", since) }
}

fn soak(scene: &Scene<'_>, environment: &Environment) -> Hold {
    let minutes = environment.rules.soak_for(scene.release);
    let verified = verified_upstream(scene, environment);
    if minutes == 0 || verified.is_empty() {
        return None;
    }
    let names: Vec<&str> = verified.iter().map(|(before, _)| before.name.as_str()).collect();
    let since = verified.iter().filter_map(|(_, deployment)| deployment.deployed_at).max();
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    hold(Gate::Soak, format!("Soaked {minutes} {unit} in {}", names.join(", ")), "", since)
}

fn upstream_health(scene: &Scene<'_>, environment: &Environment) -> Hold {
    let mut before = before(scene, environment);
    before.retain(|e| scene.product.health.iter().any(|(id, _)| *id == e.id));
    let names: Vec<&str> = before.iter().map(|e| e.name.as_str()).collect();
    if names.is_empty() { None } else { hold(Gate::UpstreamHealth, format!("No incident fails {}", names.join(", ")), "", None) }
}

fn checklists(scene: &Scene<'_>, environment: &Environment) -> Hold {
    let own = scene.product.checklists.iter().filter(|c| c.release_id == scene.release.id && c.environment_id == environment.id);
    let names: Vec<String> = own.filter(|c| c.moment == Moment::Before).map(|c| format!("“{}”", c.name)).collect();
    (!names.is_empty()).then(|| hold(Gate::Checklist, format!("{} is gone through", names.join(", ")), "", None)).flatten()
}

fn smoke(scene: &Scene<'_>, environment: &Environment) -> Hold {
    let facts = scene.facts(None);
    let before = before(scene, environment);
    let of = |e: &&Environment| standings(facts.smoke_scenarios, facts.smoke_runs, facts.deployments, scene.release, e);
    let mut passed: Vec<_> = before.iter().flat_map(of).collect();
    passed.retain(|standing| standing.required);
    let since = passed.iter().filter_map(|standing| standing.latest?.state.ended_at()).max();
    let names: Vec<&str> = passed.iter().map(|standing| standing.name).collect();
    let places: Vec<&str> = before.iter().map(|e| e.name.as_str()).collect();
    let title = match names.len() {
        0 => return None,
        1 => format!("The smoke test passed in {}", places.join(", ")),
        tests => format!("{tests} smoke tests passed in {}", places.join(", ")),
    };
    hold(Gate::Smoke, title, names.join(", "), since)
}

fn runbook(scene: &Scene<'_>, environment: &Environment) -> Hold {
    let rule = scene.product.runbook_rules.iter().find(|rule| rule.environment_id == environment.id && rule.needs_rollback)?;
    let attached = scene.product.attached_runbooks.iter().find(|attached| attached.release_id == scene.release.id)?;
    let title = if rule.stakeholders.is_empty() { "A rollback runbook is attached" } else { "The rollback runbook is acknowledged" };
    let names = rule.stakeholders.join(", ");
    let detail = format!("“{}”, number {}{}{names}", attached.name, attached.number, if names.is_empty() { "" } else { ": " });
    hold(Gate::Runbook, title, detail, attached.acknowledgements.iter().map(|known| known.at).max())
}

fn lock() -> Hold {
    hold(Gate::Lock, "Nothing is locked", "", None)
}

fn occupied(environment: &Environment) -> Hold {
    hold(Gate::Occupied, format!("Nothing else is under way in {}", environment.name), "", None)
}

fn reasons(environment: &Environment) -> Hold {
    environment.rules.needs_reasons.then(|| hold(Gate::UnplannedRun, "Each run from elsewhere has its reason", "", None))?
}

fn outdated(scene: &Scene<'_>, environment: &Environment) -> Hold {
    let Some(current) = current_deployment(&scene.product.deployments, environment.id) else {
        return hold(Gate::Outdated, format!("{} has no version yet", environment.name), "", None);
    };
    if brought(current, scene.release) {
        return None;
    }
    hold(Gate::Outdated, format!("{} runs no newer version", environment.name), format!("It runs {}", current.version), current.deployed_at)
}

fn connection(scene: &Scene<'_>, environment: &Environment) -> Hold {
    let planned = scene.release.planned(environment.id);
    let connection = connection_of(&scene.facts(None), planned.map_or(&environment.deploy, |planned| &planned.deploy))?;
    match &connection.status {
        ConnectionStatus::Valid { account } => {
            hold(Gate::Connection, format!("{} lets us in", connection.name), format!("As {}", account.login), None)
        }
        // Nothing is known against it, and nothing for it.
        ConnectionStatus::Unverified | ConnectionStatus::Limited { .. } | ConnectionStatus::Refused { .. } => None,
    }
}
