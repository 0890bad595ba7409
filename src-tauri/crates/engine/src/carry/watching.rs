//! Measures a phase that is watched: its environment's checks, smoke tests, user acceptance testing, and other systems that have a say.
//! Must not judge what it finds: that is [`pilothouse_domain::rollout::analysis`].

use super::verification::Looked;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::prober::SmokeRequest;
use crate::ports::store::{GateFilter, SmokeRunFilter};
use crate::ports::uat_store::{FeedbackFilter, UatRoundFilter};
use pilothouse_domain::check::Outcome;
use pilothouse_domain::deployment::{Deployment, DeploymentEvent, Instances, Phase, PhaseState, VersionReading};
use pilothouse_domain::rollout::provider_gate::{by_gates, by_run};
use pilothouse_domain::rollout::{Finding, FindingOutcome, PhaseGate, Sample};
use pilothouse_domain::smoke::{Answer, SmokeCause, SmokeRun, SmokeRunState, SmokeScenario, SmokeSubject};
use pilothouse_domain::uat::{UatRound, Unmet, standing};
use pilothouse_domain::{Actor, Timestamp};
use std::time::Duration;

/// Within which another system must have answered.
const GATE_TIMEOUT: Duration = Duration::from_secs(20);
/// So many gates of a deployment are looked through for those of a phase's run.
const MOST_GATES: u32 = 500;

impl Engine {
    /// What is found of the current phase now.
    pub(super) async fn measure_phase(&self, deployment: &Deployment) -> Result<Option<DeploymentEvent>, EngineError> {
        let Some(phase) = deployment.current_phase() else { return Ok(None) };
        let PhaseState::Baking { deployed_at, .. } = &phase.state else { return Ok(None) };
        let (mut findings, instances) = self.findings_of_checks(deployment, phase).await?;
        for gate in &phase.rules.gates {
            match gate {
                PhaseGate::Health => {}
                PhaseGate::Smoke => findings.extend(self.findings_of_smoke(deployment, *deployed_at).await?),
                PhaseGate::Uat => findings.push(self.finding_of_uat(deployment).await?),
                PhaseGate::External { url } => findings.push(self.finding_of_external(url).await),
                PhaseGate::Provider { name } => findings.push(self.finding_of_provider(deployment, phase, name).await?),
            }
        }
        Ok(Some(DeploymentEvent::Judged { sample: Sample { findings }, instances }))
    }

    async fn findings_of_checks(&self, deployment: &Deployment, phase: &Phase) -> Result<(Vec<Finding>, Option<Instances>), EngineError> {
        let is_asked = phase.rules.gates.contains(&PhaseGate::Health);
        let mut found = None;
        let mut findings = Vec::new();
        for (check, looked) in self.look_at_service(deployment).await? {
            let decides = !phase.rules.dry_run.contains(&check.name);
            let outcome = match looked {
                Looked::Version(reading, instances) => {
                    found = found.or(instances);
                    // What a share of the instances runs is told by their number; nothing is wrong with the others.
                    if phase.weight_percent < 100 {
                        continue;
                    }
                    match reading {
                        VersionReading::AsWanted | VersionReading::NotConfigured => FindingOutcome::Passed,
                        VersionReading::Other { seen } => FindingOutcome::Failed { reason: format!("the service runs {seen}") },
                        VersionReading::NoData { reason } => FindingOutcome::NoData { reason },
                    }
                }
                Looked::Health(_) if !is_asked => continue,
                Looked::Health(Outcome::Passed | Outcome::Degraded { .. }) => FindingOutcome::Passed,
                Looked::Health(Outcome::Failed { reason }) => FindingOutcome::Failed { reason },
                Looked::Health(Outcome::NoData { reason }) => FindingOutcome::NoData { reason },
            };
            findings.push(Finding { rule: format!("check {}", check.name), decides, outcome, gate: None });
        }
        Ok((findings, found))
    }

    async fn findings_of_smoke(&self, deployment: &Deployment, since: Timestamp) -> Result<Vec<Finding>, EngineError> {
        let scenarios = scenarios_of(self, deployment).await?;
        if scenarios.is_empty() {
            let reason = format!("no smoke test is for {}", deployment.environment);
            return Ok(vec![Finding {
                rule: "smoke tests".to_owned(),
                decides: true,
                outcome: FindingOutcome::NoData { reason },
                gate: None,
            }]);
        }
        let mut findings = Vec::with_capacity(scenarios.len());
        for scenario in scenarios {
            let filter = SmokeRunFilter {
                release: Some(deployment.release_id),
                environment: Some(deployment.environment_id),
                subject: Some(SmokeSubject::Scenario { scenario_id: scenario.id }),
                ..SmokeRunFilter::default()
            };
            let runs = self.store().smoke_runs(&filter).await?;
            let is_ours = |run: &&SmokeRun| run.deployment_id == Some(deployment.id) && run.requested_at >= since;
            let latest = runs.iter().filter(is_ours).max_by_key(|run| (run.requested_at, run.id));
            findings.push(Finding { rule: format!("smoke test {}", scenario.name), decides: true, outcome: of_smoke(latest), gate: None });
        }
        Ok(findings)
    }

    async fn finding_of_uat(&self, deployment: &Deployment) -> Result<Finding, EngineError> {
        let filter = UatRoundFilter { release: Some(deployment.release_id), ..UatRoundFilter::default() };
        let rounds = self.store().uat_rounds(&filter).await?;
        let is_ours = |round: &&UatRound| {
            round.environment_id == deployment.environment_id && round.given_up.is_none() && round.version == deployment.version
        };
        let outcome = match rounds.iter().filter(is_ours).max_by_key(|round| (round.begun_at, round.id)) {
            None => FindingOutcome::Waiting { what: format!("a round for {} in {}", deployment.version, deployment.environment) },
            Some(round) => {
                let filter = FeedbackFilter { round: Some(round.id), limit: 1000, ..FeedbackFilter::default() };
                of_round(round, &self.store().feedback(&filter).await?)
            }
        };
        Ok(Finding { rule: "UAT".to_owned(), decides: true, outcome, gate: None })
    }

    async fn finding_of_external(&self, url: &str) -> Finding {
        let request = SmokeRequest { method: "GET", url, headers: &[], body: None, timeout: GATE_TIMEOUT, redirects: 0 };
        let outcome = match self.ports.prober.exchange(&request).await {
            Ok(answer) => of_answer(&answer),
            Err(unanswered) => FindingOutcome::NoData { reason: unanswered.reason },
        };
        Finding { rule: format!("gate {url}"), decides: true, outcome, gate: None }
    }
}

impl Engine {
    /// What the provider's own gate of this name says about the phase's run. It is observed elsewhere; only how it was answered there is
    /// asked for here.
    async fn finding_of_provider(&self, deployment: &Deployment, phase: &Phase, name: &str) -> Result<Finding, EngineError> {
        let rule = format!("gate “{name}” at the provider");
        let Some(run) = phase.state.run() else {
            let outcome = FindingOutcome::NoData { reason: "its run is not known".to_owned() };
            return Ok(Finding { rule, decides: true, outcome, gate: None });
        };
        let filter = GateFilter { deployment: Some(deployment.id), limit: MOST_GATES, ..GateFilter::default() };
        let told = by_gates(&self.store().gates(&filter).await?, &run.external_id, name);
        let outcome = match told.outcome {
            Some(outcome) => outcome,
            None => match self.provider_of(deployment).await {
                Ok((connection, client)) => {
                    let answer = client.run(&deployment.repository, &run.external_id).await;
                    match self.note_refusal(&connection, answer).await {
                        Ok(run) => by_run(&run, name),
                        Err(error) => FindingOutcome::NoData { reason: error.message },
                    }
                }
                Err(error) => FindingOutcome::NoData { reason: error.to_string() },
            },
        };
        Ok(Finding { rule, decides: true, outcome, gate: told.gate })
    }
}

async fn scenarios_of(engine: &Engine, deployment: &Deployment) -> Result<Vec<SmokeScenario>, EngineError> {
    let mut scenarios = engine.store().smoke_scenarios(deployment.product_id).await?;
    scenarios.retain(|scenario| scenario.is_for(deployment.environment_id));
    Ok(scenarios)
}

/// The smoke tests of a phase whose watch begins, or begins anew.
pub(super) async fn derive_phase_smoke(
    engine: &Engine,
    change: &mut Change,
    before: &Deployment,
    after: &Deployment,
) -> Result<(), EngineError> {
    if !begins_watch(before, after) || !after.current_phase().is_some_and(|phase| phase.rules.gates.contains(&PhaseGate::Smoke)) {
        return Ok(());
    }
    for scenario in scenarios_of(engine, after).await? {
        let run = engine.new_smoke_run(&scenario, after, SmokeCause::AfterDeployment, &Actor::Engine);
        change.request_smoke_run(run);
    }
    Ok(())
}

/// Whether the current phase is watched from now on: nothing was measured yet, and before it was not watched, or something was.
fn begins_watch(before: &Deployment, after: &Deployment) -> bool {
    let measured = |deployment: &Deployment| match deployment.current_phase().map(|phase| (&phase.state, phase.id)) {
        Some((PhaseState::Baking { watch, tally, .. }, id)) => Some((id, *watch, tally.last.is_empty())),
        _ => None,
    };
    match (measured(before), measured(after)) {
        (_, None | Some((_, _, false))) => false,
        (None, Some(_)) => after.state == pilothouse_domain::deployment::DeploymentState::InProgress,
        (Some((id, watch, _)), Some((next_id, next_watch, _))) => id != next_id || watch.seen_at != next_watch.seen_at,
    }
}

fn of_smoke(run: Option<&SmokeRun>) -> FindingOutcome {
    match run.map(|run| &run.state) {
        None => FindingOutcome::Waiting { what: "its run".to_owned() },
        Some(SmokeRunState::Requested | SmokeRunState::Running { .. }) => FindingOutcome::Waiting { what: "its result".to_owned() },
        Some(SmokeRunState::Passed { .. }) => FindingOutcome::Passed,
        Some(SmokeRunState::Failed { reason, .. }) => FindingOutcome::Failed { reason: reason.clone() },
        Some(SmokeRunState::Errored { reason, .. }) => FindingOutcome::NoData { reason: reason.clone() },
    }
}

/// A blocker is a definite no; everything else that is missing is waited for.
fn of_round(round: &UatRound, feedback: &[pilothouse_domain::uat::Feedback]) -> FindingOutcome {
    let standing = standing(round, feedback);
    let blockers = standing.unmet.iter().find(|unmet| matches!(unmet, Unmet::Blockers(_) | Unmet::Failed(_)));
    match (blockers, standing.unmet.first()) {
        (Some(blockers), _) => FindingOutcome::Failed { reason: blockers.words() },
        (None, Some(unmet)) => FindingOutcome::Waiting { what: unmet.words() },
        (None, None) if !standing.unsigned.is_empty() => {
            FindingOutcome::Waiting { what: format!("the signature of {}", standing.unsigned.join(", ")) }
        }
        (None, None) => FindingOutcome::Passed,
    }
}

/// As [`PhaseGate::External`] describes it.
fn of_answer(answer: &Answer) -> FindingOutcome {
    let said = serde_json::from_slice::<serde_json::Value>(&answer.body).ok();
    let field = |name: &str| said.as_ref().and_then(|said| said.get(name)).and_then(serde_json::Value::as_str);
    let reason = || field("reason").map_or_else(|| "it says no".to_owned(), |text| text.chars().take(300).collect());
    match (answer.status, field("status")) {
        (200..=299, Some("failed")) => FindingOutcome::Failed { reason: reason() },
        (202, _) | (200..=299, Some("waiting")) => FindingOutcome::Waiting { what: "its yes".to_owned() },
        (200, _) => FindingOutcome::Passed,
        (status, _) => FindingOutcome::NoData { reason: format!("it answered with status {status}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> FindingOutcome {
        of_answer(&Answer {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            is_cut: false,
            redirects: Vec::new(),
            certificate_until: None,
            took_us: 1,
        })
    }

    #[test]
    fn another_system_says_yes_no_not_yet_or_nothing() {
        assert_eq!(answered(200, ""), FindingOutcome::Passed);
        assert_eq!(answered(200, r#"{"status":"passed"}"#), FindingOutcome::Passed);
        assert_eq!(
            answered(200, r#"{"status":"failed","reason":"budget spent"}"#),
            FindingOutcome::Failed { reason: "budget spent".into() }
        );
        assert!(matches!(answered(200, r#"{"status":"waiting"}"#), FindingOutcome::Waiting { .. }));
        assert!(matches!(answered(202, ""), FindingOutcome::Waiting { .. }));
        for status in [204, 301, 404, 500] {
            assert!(matches!(answered(status, ""), FindingOutcome::NoData { .. }), "{status}");
        }
    }
}
