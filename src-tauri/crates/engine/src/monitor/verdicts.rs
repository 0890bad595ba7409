//! What a measurement means: the check's next state, an incident that begins or ends, an alert. State, incident, audit and alert
//! are written in one transaction; the loop in [`carry`](crate::carry) shows the alert.

use super::measure::Measured;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::notifier::{Alert, AlertSubject, Urgency};
use crate::ports::store::{IncidentFilter, Write};
use pilothouse_domain::check::{Change as Verdict, CheckState, HealthCheck, assess};
use pilothouse_domain::incident::{FailingCheck, Incident};
use pilothouse_domain::policy::current_deployment;
use pilothouse_domain::{Actor, IncidentId};

const MAX_CONFLICTS: u8 = 5;

impl Engine {
    /// Measures a check, keeps the measurement, and writes what it means. Whoever else measures it at the same time: each builds on
    /// what the other has written.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn measure_and_note(&self, check: HealthCheck) -> Result<CheckState, EngineError> {
        let measured = self.measure(&check).await?;
        self.keep(&check, measured).await
    }

    /// Keeps a measurement, and writes what it means.
    pub(super) async fn keep(&self, check: &HealthCheck, measured: Measured) -> Result<CheckState, EngineError> {
        let after = self.note(check, &measured).await?;
        self.store().record_measurements(&[(check.id, measured.measurement)]).await?;
        Ok(after)
    }

    async fn note(&self, check: &HealthCheck, measured: &Measured) -> Result<CheckState, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let known = self.store().check_state(check.id).await?;
            let before = known.clone().unwrap_or_else(|| CheckState::unmeasured(measured.measurement.at));
            let (after, verdict) = assess(check, &before, &measured.measurement);
            let after = CheckState { versions: measured.versions.clone(), ..after };
            if after == before {
                return Ok(after);
            }
            let mut change = self.change(&Actor::Engine);
            change.write(Write::CheckState { check: check.id, before: known, after: after.clone() });
            if before.health != after.health {
                let summary = match after.reason.as_str() {
                    "" => format!("Check {} is {}", check.name, word(&after)),
                    reason => format!("Check {} is {}: {reason}", check.name, word(&after)),
                };
                change.audit_check("check.changed_state", check, summary);
            }
            match verdict {
                Verdict::None | Verdict::State => {}
                Verdict::StartsFailing => self.open_or_join(&mut change, check, &after).await?,
                Verdict::Recovers => self.recover(&mut change, check).await?,
            }
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(after),
                // Another measurement, or another check of the same environment, was faster, or the number is taken: look again.
                Err(StoreError::Conflict { .. } | StoreError::Taken { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "check_state", id: check.id.to_string() }.into())
    }

    async fn open_incident(&self, check: &HealthCheck) -> Result<Option<Incident>, EngineError> {
        let filter = IncidentFilter { environment: Some(check.environment_id), open_only: true, limit: 1, ..IncidentFilter::default() };
        Ok(self.store().incidents(&filter).await?.pop())
    }

    async fn open_or_join(&self, change: &mut Change, check: &HealthCheck, state: &CheckState) -> Result<(), EngineError> {
        let failing = FailingCheck {
            check_id: check.id,
            name: check.name.clone(),
            reason: state.reason.clone(),
            since: state.since,
            recovered_at: None,
        };
        let product = self.store().product(check.product_id).await?;
        let environment = self.store().environment(check.environment_id).await?;
        let place = format!("{} in {}", product.name, environment.name);
        let incident = match self.open_incident(check).await? {
            Some(mut incident) => {
                incident.join(failing);
                change.audit_incident("incident.joined", &incident, format!("{} joined incident {}", check.name, incident.number));
                incident
            }
            None => {
                let deployments = self.store().policy_deployments(check.product_id).await?;
                let incident = Incident {
                    id: self.new_id(IncidentId::new),
                    revision: 0,
                    number: self.store().last_incident_number().await?.saturating_add(1),
                    product_id: check.product_id,
                    environment_id: check.environment_id,
                    checks: vec![failing],
                    deployment_id: current_deployment(&deployments, check.environment_id).map(|d| d.id),
                    opened_at: self.now(),
                    acknowledged: None,
                    closed_at: None,
                };
                change.audit_incident("incident.opened", &incident, format!("Incident {}: {place} is failing", incident.number));
                incident
            }
        };
        let alert = Alert {
            about: Some(AlertSubject::Incident(incident.id)),
            title: format!("{place} is failing"),
            body: alert_body(&incident),
            urgency: Urgency::Critical,
            at: self.now(),
            concerns: None,
        };
        change.alert(&incident, alert);
        change.write(Write::Incident(incident));
        Ok(())
    }

    async fn recover(&self, change: &mut Change, check: &HealthCheck) -> Result<(), EngineError> {
        let Some(mut incident) = self.open_incident(check).await? else { return Ok(()) };
        incident.recover(check.id, self.now());
        if incident.is_open() {
            change.audit_incident("incident.check_recovered", &incident, format!("{} recovered", check.name));
        } else {
            let product = self.store().product(check.product_id).await?;
            let environment = self.store().environment(check.environment_id).await?;
            let place = format!("{} in {}", product.name, environment.name);
            change.audit_incident("incident.closed", &incident, format!("Incident {} is over: {place} is well again", incident.number));
            let alert = Alert {
                about: Some(AlertSubject::Incident(incident.id)),
                title: format!("{place} is well again"),
                body: format!("Incident {} is over.", incident.number),
                urgency: Urgency::Normal,
                at: self.now(),
                concerns: None,
            };
            change.alert(&incident, alert);
        }
        change.write(Write::Incident(incident));
        Ok(())
    }
}

fn alert_body(incident: &Incident) -> String {
    let failing: Vec<String> =
        incident.checks.iter().filter(|c| c.recovered_at.is_none()).map(|c| format!("{}: {}", c.name, c.reason)).collect();
    match failing.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

const fn word(state: &CheckState) -> &'static str {
    use pilothouse_domain::check::Health;
    match state.health {
        Health::Healthy => "healthy",
        Health::NoData => "without data",
        Health::Degraded => "degraded",
        Health::Failing => "failing",
    }
}
