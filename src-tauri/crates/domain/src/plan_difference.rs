//! What differs between two plans, in words: what an approver agrees to, against what was agreed to before. Must not judge whether a
//! difference matters.

use crate::EnvironmentId;
use crate::pipeline::{InputValue, PipelineBinding, RefRule};
use crate::release::{Plan, PlannedEnvironment};
use crate::rollout::{OnFailure, PhaseGate, PlannedPhase, Rollout};
use serde::Serialize;
use std::collections::BTreeSet;

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanChange {
    /// The environment; empty where it is about the whole plan.
    pub environment: String,
    /// What of it: `deploy pipeline`, `input version`.
    pub what: String,
    /// As it was; empty where there was nothing.
    pub before: String,
    /// As it is; empty where there is nothing any more.
    pub after: String,
}

/// What differs, in the order of the plan; what is left out comes last. Versions to go back to differ from release to release, and are among
/// it only where both plans are of one release.
#[must_use]
pub fn plan_changes(before: &Plan, after: &Plan, is_one_release: bool) -> Vec<PlanChange> {
    let mut changes = Vec::new();
    for now in &after.environments {
        match before.environments.iter().find(|e| e.environment_id == now.environment_id) {
            Some(then) => {
                of_environment(then, now, &mut changes);
                if is_one_release {
                    let back = |planned: &PlannedEnvironment| planned.rollback_target.as_ref().map(ToString::to_string).unwrap_or_default();
                    differ(&now.name, "version to go back to", back(then), back(now), &mut changes);
                }
            }
            None => changes.push(change(&now.name, "in the plan", String::new(), "comes here".to_owned())),
        }
    }
    for then in &before.environments {
        if after.environments.iter().all(|e| e.environment_id != then.environment_id) {
            changes.push(change(&then.name, "in the plan", "came here".to_owned(), String::new()));
        }
    }
    let shared = |plan: &Plan, other: &Plan| -> Vec<(EnvironmentId, String)> {
        let is_shared = |e: &&PlannedEnvironment| other.environments.iter().any(|o| o.environment_id == e.environment_id);
        plan.environments.iter().filter(is_shared).map(|e| (e.environment_id, e.name.clone())).collect()
    };
    let (then, now) = (shared(before, after), shared(after, before));
    if !then.iter().map(|(id, _)| id).eq(now.iter().map(|(id, _)| id)) {
        let words = |order: Vec<(EnvironmentId, String)>| order.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", then ");
        changes.push(change("", "order", words(then), words(now)));
    }
    differ("", "remarks", before.remarks.clone(), after.remarks.clone(), &mut changes);
    changes
}

fn change(environment: &str, what: &str, before: String, after: String) -> PlanChange {
    PlanChange { environment: environment.to_owned(), what: what.to_owned(), before, after }
}

fn differ(environment: &str, what: &str, before: String, after: String, changes: &mut Vec<PlanChange>) {
    if before != after {
        changes.push(change(environment, what, before, after));
    }
}

fn of_environment(then: &PlannedEnvironment, now: &PlannedEnvironment, changes: &mut Vec<PlanChange>) {
    differ(&now.name, "name", then.name.clone(), now.name.clone(), changes);
    of_binding(&now.name, "deploy", &then.deploy, &now.deploy, changes);
    // A way back by the deploy pipeline differs as that does.
    if then.rollback != then.deploy || now.rollback != now.deploy {
        of_binding(&now.name, "rollback", &then.rollback, &now.rollback, changes);
    }
    let names = |checks: &[String]| checks.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
    differ(&now.name, "checks", names(&then.checks), names(&now.checks), changes);
    of_rollout(&now.name, &then.rollout, &now.rollout, changes);
}

fn of_binding(environment: &str, purpose: &str, then: &PipelineBinding, now: &PipelineBinding, changes: &mut Vec<PlanChange>) {
    let place = |b: &PipelineBinding| b.place.as_ref().map(|place| format!(" in {}", place.repository)).unwrap_or_default();
    let named = |b: &PipelineBinding| format!("{}{}", b.pipeline, place(b));
    differ(environment, &format!("{purpose} pipeline"), named(then), named(now), changes);
    let elsewhere = |b: &PipelineBinding| b.place.as_ref().map(|place| place.connection_id);
    if elsewhere(then) != elsewhere(now) && named(then) == named(now) {
        changes.push(change(environment, &format!("{purpose} connection"), "another account".to_owned(), "this account".to_owned()));
    }
    differ(environment, &format!("{purpose} ref"), ref_words(&then.git_ref), ref_words(&now.git_ref), changes);
    let value =
        |b: &PipelineBinding, name: &str| b.inputs.iter().find(|i| i.name == name).map(|i| input_words(&i.value)).unwrap_or_default();
    let names: BTreeSet<&str> = then.inputs.iter().chain(&now.inputs).map(|input| input.name.as_str()).collect();
    for name in names {
        differ(environment, &format!("{purpose} input {name}"), value(then, name), value(now, name), changes);
    }
}

fn of_rollout(environment: &str, then: &Rollout, now: &Rollout, changes: &mut Vec<PlanChange>) {
    let words = |rollout: &Rollout| match rollout.phases.as_slice() {
        [] => "all at once".to_owned(),
        phases => phases.iter().map(phase_words).collect::<Vec<_>>().join("; "),
    };
    if then.phases.is_empty() || now.phases.is_empty() {
        differ(environment, "phases", words(then), words(now), changes);
    } else {
        changes.extend(phase_changes(environment, &then.phases, &now.phases));
    }
    differ(environment, "when a phase is bad", failure_words(then.on_failure), failure_words(now.on_failure), changes);
}

/// What differs between the phases of a rollout in an environment, phase by phase; what is left out comes last.
#[must_use]
pub fn phase_changes(environment: &str, then: &[PlannedPhase], now: &[PlannedPhase]) -> Vec<PlanChange> {
    let mut changes = Vec::new();
    let of_name = |phases: &[PlannedPhase], name: &str| phases.iter().find(|phase| phase.rules.name == name).cloned();
    for phase in now {
        let name = &phase.rules.name;
        let Some(before) = of_name(then, name) else {
            changes.push(change(environment, &format!("phase {name}"), String::new(), phase_words(phase)));
            continue;
        };
        for ((what, was), (_, is)) in phase_details(&before).into_iter().zip(phase_details(phase)) {
            differ(environment, &format!("{what} of {name}"), was, is, &mut changes);
        }
    }
    for phase in then.iter().filter(|phase| of_name(now, &phase.rules.name).is_none()) {
        changes.push(change(environment, &format!("phase {}", phase.rules.name), phase_words(phase), String::new()));
    }
    let shared = |phases: &[PlannedPhase], other: &[PlannedPhase]| -> String {
        let names: Vec<&str> = phases.iter().map(|phase| phase.rules.name.as_str()).filter(|name| of_name(other, name).is_some()).collect();
        names.join(", then ")
    };
    differ(environment, "order of the phases", shared(then, now), shared(now, then), &mut changes);
    changes
}

/// All that is planned about a phase, each with what it is called; always the same, in the same order.
fn phase_details(phase: &PlannedPhase) -> Vec<(&'static str, String)> {
    let rules = &phase.rules;
    let limits = &rules.limits;
    let said = |is_so: bool| if is_so { "yes" } else { "no" }.to_owned();
    vec![
        ("share", format!("{} %", phase.weight_percent)),
        ("group", rules.target.clone().unwrap_or_default()),
        ("pipeline", rules.pipeline.clone().unwrap_or_default()),
        ("watch", format!("{} s", rules.bake_seconds)),
        ("gates", gate_words(&rules.gates).join(", ")),
        (
            "limits",
            format!(
                "settles {} s, every {} s, {} in a row, {} may fail, {} without an answer, asked after {} s",
                limits.settle_seconds, limits.interval_seconds, limits.in_a_row, limits.failures, limits.errors, limits.undecided_seconds
            ),
        ),
        ("checks that decide nothing", rules.dry_run.join(", ")),
        ("person who lets it go on", said(rules.needs_person)),
        ("requirement", said(rules.required)),
        ("further tries", rules.retries.to_string()),
    ]
}

fn gate_words(gates: &[PhaseGate]) -> Vec<String> {
    let word = |gate: &PhaseGate| match gate {
        PhaseGate::Health => "health".to_owned(),
        PhaseGate::Smoke => "smoke tests".to_owned(),
        PhaseGate::Uat => "acceptance".to_owned(),
        PhaseGate::External { url } => url.clone(),
        PhaseGate::Provider { name } => format!("gate “{name}” at the provider"),
    };
    gates.iter().map(word).collect()
}

fn phase_words(phase: &PlannedPhase) -> String {
    let rules = &phase.rules;
    let mut words = vec![format!("{} {} %", rules.name, phase.weight_percent)];
    if rules.bake_seconds > 0 {
        words.push(format!("watched for {} s", rules.bake_seconds));
    }
    words.extend(gate_words(&rules.gates));
    if rules.needs_person {
        words.push("a person".to_owned());
    }
    words.join(", ")
}

fn failure_words(on_failure: OnFailure) -> String {
    match on_failure {
        OnFailure::End => "the deployment ends".to_owned(),
        OnFailure::Ask => "a person is asked".to_owned(),
        OnFailure::RollBack { countdown_seconds } => format!("it goes back by itself after {countdown_seconds} s"),
    }
}

fn ref_words(rule: &RefRule) -> String {
    match rule {
        RefRule::ReleaseTag => "the release’s tag".to_owned(),
        RefRule::Fixed { name } => name.clone(),
        RefRule::OfPipeline => "as the pipeline settles it".to_owned(),
    }
}

fn input_words(value: &InputValue) -> String {
    match value {
        InputValue::Version => "the version".to_owned(),
        InputValue::Tag => "the tag".to_owned(),
        InputValue::Commit => "the commit".to_owned(),
        InputValue::Environment => "the environment’s name".to_owned(),
        InputValue::Correlation => "the run’s token".to_owned(),
        InputValue::Weight => "the phase’s share".to_owned(),
        InputValue::Target => "the phase’s group".to_owned(),
        InputValue::Literal { text } => format!("“{text}”"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::pipeline::InputBinding;
    use uuid::Uuid;

    fn planned(number: u128, name: &str) -> PlannedEnvironment {
        let binding = PipelineBinding {
            place: None,
            pipeline: "deploy.yml".into(),
            git_ref: RefRule::ReleaseTag,
            inputs: vec![InputBinding { name: "version".into(), value: InputValue::Version }],
        };
        PlannedEnvironment {
            environment_id: EnvironmentId::new(Uuid::from_u128(number)),
            name: name.into(),
            deploy: binding.clone(),
            rollback: binding,
            checks: vec!["Health".into()],
            rollback_target: None,
            rollout: Rollout::default(),
        }
    }

    fn plan(environments: Vec<PlannedEnvironment>) -> Plan {
        Plan { environments, remarks: String::new() }
    }

    #[test]
    fn the_same_plan_differs_in_nothing_whatever_the_way_back() {
        let one = plan(vec![planned(1, "staging"), planned(2, "production")]);
        let mut other = one.clone();
        other.environments[0].rollback_target = Some("1.0.0".parse().unwrap());
        assert_eq!(plan_changes(&one, &other, false), []);
        assert_eq!(plan_changes(&one, &other, true), [change("staging", "version to go back to", String::new(), "1.0.0".into())]);
    }

    #[test]
    fn each_difference_is_told_with_its_place() {
        let before = plan(vec![planned(1, "staging"), planned(2, "production")]);
        let mut after = plan(vec![planned(2, "production"), planned(3, "canary")]);
        let production = &mut after.environments[0];
        production.rollback.pipeline = "back.yml".into();
        production.deploy.pipeline = "release.yml".into();
        production.deploy.git_ref = RefRule::Fixed { name: "main".into() };
        production.deploy.inputs.push(InputBinding { name: "region".into(), value: InputValue::Literal { text: "eu".into() } });
        production.checks.push("Latency".into());
        production.rollout.on_failure = OnFailure::Ask;
        after.remarks = "After closing time".into();
        let told: Vec<String> = plan_changes(&before, &after, false)
            .into_iter()
            .map(|c| format!("{}|{}|{}|{}", c.environment, c.what, c.before, c.after))
            .collect();
        assert_eq!(
            told,
            [
                "production|deploy pipeline|deploy.yml|release.yml",
                "production|deploy ref|the release’s tag|main",
                "production|deploy input region||“eu”",
                "production|rollback pipeline|deploy.yml|back.yml",
                "production|checks|Health|Health, Latency",
                "production|when a phase is bad|the deployment ends|a person is asked",
                "canary|in the plan||comes here",
                "staging|in the plan|came here|",
                "|remarks||After closing time",
            ]
        );
    }

    #[test]
    fn phases_differ_each_by_itself() {
        let phase = |name: &str, weight_percent| PlannedPhase {
            weight_percent,
            rules: crate::rollout::PhaseRules { name: name.into(), ..crate::rollout::PhaseRules::default() },
        };
        let then = [phase("canary", 10), phase("half", 50), phase("all", 100)];
        let mut now = [phase("canary", 10), phase("most", 80), phase("all", 100)];
        now[2].rules.limits.failures = 2;
        now[2].rules.gates = vec![PhaseGate::Health];
        let told: Vec<String> =
            phase_changes("production", &then, &now).into_iter().map(|c| format!("{}|{}|{}", c.what, c.before, c.after)).collect();
        assert_eq!(told[0], "phase most||most 80 %");
        assert_eq!(told[1], "gates of all||health");
        assert!(told[2].starts_with("limits of all|") && told[2].contains("2 may fail"), "{told:?}");
        assert_eq!(told[3], "phase half|half 50 %|");
        let turned = [phase("half", 10), phase("canary", 10), phase("all", 100)];
        assert!(phase_changes("", &then, &turned).iter().any(|c| c.what == "order of the phases"), "an order is a difference");
        assert_eq!(phase_changes("", &then, &then), []);
    }

    #[test]
    fn another_order_and_another_name_are_differences() {
        let before = plan(vec![planned(1, "staging"), planned(2, "production")]);
        let mut renamed = before.clone();
        renamed.environments[1].name = "live".into();
        assert_eq!(plan_changes(&before, &renamed, false), [change("live", "name", "production".into(), "live".into())]);
        let after = plan(vec![planned(2, "production"), planned(1, "staging")]);
        assert_eq!(
            plan_changes(&before, &after, false),
            [change("", "order", "staging, then production".into(), "production, then staging".into())]
        );
    }
}
