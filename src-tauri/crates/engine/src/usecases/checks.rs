//! Health checks: their values, and measuring one right away.

use super::products::set_here;
use super::valid_name;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::monitor::measure::{measure_http, seen_versions};
use crate::ports::prober::InstanceVersion;
use crate::ports::store::Write;
use pilothouse_domain::check::{HealthCheck, Measurement, Outcome, Probe};
use pilothouse_domain::settings::SettingsPart;
use pilothouse_domain::{Actor, CheckId};
use std::time::Duration;

/// What trying a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedCheck {
    /// The measurement.
    pub measurement: Measurement,
    /// What each address said it runs, for a check of the running version.
    pub versions: Vec<InstanceVersion>,
}

impl Engine {
    /// Measures a check that may not exist yet, and keeps nothing. A running version that can be read passes, whichever it is.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for values out of range.
    pub async fn try_check(&self, check: HealthCheck) -> Result<TriedCheck, EngineError> {
        let check = valid_check(check)?;
        let at = self.now();
        if let Some(mut measurement) = measure_http(self.ports.prober.as_ref(), &check).await {
            measurement.at = at;
            return Ok(TriedCheck { measurement, versions: Vec::new() });
        }
        let Probe::RunningVersion { urls, pointer } = &check.probe else {
            return Err(EngineError::invalid("probe", "this kind of check can't be tried", "Add it and look at its first measurement."));
        };
        let timeout = Duration::from_millis(check.timeout_ms.into());
        let versions = self.ports.prober.running_versions(urls, pointer, timeout).await;
        let outcome = match seen_versions(&versions) {
            Ok(_) => Outcome::Passed,
            Err(reason) => Outcome::Failed { reason },
        };
        Ok(TriedCheck { measurement: Measurement { at, latency_us: None, outcome }, versions })
    }

    /// Adds a check (its revision is 0), or changes one.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for values out of range.
    pub async fn put_check(&self, actor: &Actor, check: HealthCheck) -> Result<HealthCheck, EngineError> {
        let environment = self.store().environment(check.environment_id).await?;
        set_here(&self.store().product(environment.product_id).await?, SettingsPart::Checks)?;
        let mut check = valid_check(check)?;
        check.product_id = environment.product_id;
        let is_new = check.revision == 0;
        if is_new {
            check.id = self.new_id(CheckId::new);
        }
        let (action, verb) = if is_new { ("check.added", "Added") } else { ("check.changed", "Changed") };
        let mut change = self.change(actor);
        change.audit_check(action, &check, format!("{verb} the check {} of {}", check.name, environment.name));
        change.write(Write::Check(check.clone()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().check(check.id).await?)
    }

    /// Takes a check away, with its history.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_check(&self, actor: &Actor, id: CheckId) -> Result<(), EngineError> {
        let check = self.store().check(id).await?;
        set_here(&self.store().product(check.product_id).await?, SettingsPart::Checks)?;
        let mut change = self.change(actor);
        change.audit_check("check.removed", &check, format!("Removed the check {}", check.name));
        change.write(Write::RemoveCheck(check));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }
}

/// The check with its values trimmed.
pub(super) fn valid_check(mut check: HealthCheck) -> Result<HealthCheck, EngineError> {
    let out_of_range = |field, what: &str, range: &str| {
        Err(EngineError::invalid(field, format!("the {what} of check {} is out of range", check.name), format!("Choose {range}.")))
    };
    if !(1..=86_400).contains(&check.interval_seconds) {
        return out_of_range("interval_seconds", "interval", "1 second to 24 hours");
    }
    if !(100..=60_000).contains(&check.timeout_ms) {
        return out_of_range("timeout_ms", "timeout", "100 to 60,000 ms");
    }
    if !(1..=100).contains(&check.failure_threshold) || !(1..=100).contains(&check.recovery_threshold) {
        return out_of_range("failure_threshold", "threshold", "1 to 100 measurements");
    }
    check.name = valid_name("name", &check.name, 80)?;
    match &mut check.probe {
        Probe::Http { url, status_min, status_max, .. } => {
            *url = valid_url(url)?;
            if !(100..=599).contains(status_min) || !(*status_min..=599).contains(status_max) {
                return Err(EngineError::invalid(
                    "status_min",
                    "the expected status is no range of HTTP statuses",
                    "Write 200 to 299, for example.",
                ));
            }
        }
        Probe::RunningVersion { urls, pointer } => {
            if urls.is_empty() {
                return Err(EngineError::invalid("urls", "no address is given", "Add the address where the service tells its version."));
            }
            for url in urls.iter_mut() {
                *url = valid_url(url)?;
            }
            *pointer = pointer.trim().to_owned();
            if !(pointer.is_empty() || pointer.starts_with('/')) {
                pointer.insert(0, '/');
            }
        }
    }
    Ok(check)
}

pub(super) fn valid_url(text: &str) -> Result<String, EngineError> {
    let url = text.trim();
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).map(|rest| rest.split('/').next().unwrap_or_default());
    match host {
        Some(host) if !host.is_empty() && !host.contains('@') && !url.contains(char::is_whitespace) => Ok(url.to_owned()),
        Some(host) if host.contains('@') => {
            Err(EngineError::invalid("url", "the address holds a user name or password", "Leave it out: addresses are shown to everybody."))
        }
        _ => Err(EngineError::invalid(
            "url",
            format!("`{url}` is no address"),
            "Write the whole address, such as https://shop.example/healthz.",
        )),
    }
}
