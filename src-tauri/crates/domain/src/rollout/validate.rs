//! What a rollout may be. Must not correct anything: a plan that is wrong is sent back with its field.

use super::{MAX_BAKE_SECONDS, MAX_PHASES, OnFailure, PhaseGate, PlannedPhase, Rollout};

/// What is wrong with a rollout, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RolloutFault {
    /// The field, as it is written in a request: `phases.1.weight_percent`.
    pub field: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

const MAX_NAME: usize = 60;
const MAX_TEXT: usize = 200;

impl Rollout {
    /// Says what is wrong.
    ///
    /// # Errors
    /// [`RolloutFault`] for the first fault.
    pub fn check(&self) -> Result<(), RolloutFault> {
        if self.phases.len() > MAX_PHASES {
            return fault("phases", format!("A rollout has at most {MAX_PHASES} phases, and this one has {}", self.phases.len()));
        }
        if let OnFailure::RollBack { countdown_seconds } = self.on_failure {
            within("on_failure", "countdown", countdown_seconds, 0, 3600)?;
        }
        let mut before = 0;
        for (index, phase) in self.phases.iter().enumerate() {
            check_phase(index, phase)?;
            let at = |field: &str| format!("phases.{index}.{field}");
            if phase.weight_percent < before {
                let message = format!("A share never shrinks: {} % come after {before} %", phase.weight_percent);
                return fault(&at("weight_percent"), message);
            }
            before = phase.weight_percent;
            let name = phase.rules.name.trim().to_lowercase();
            if self.phases.iter().take(index).any(|other| other.rules.name.trim().to_lowercase() == name) {
                return fault(&at("name"), format!("There are two phases called {}", phase.rules.name));
            }
        }
        match self.phases.last() {
            Some(last) if last.weight_percent != 100 => fault(
                &format!("phases.{}.weight_percent", self.phases.len() - 1),
                "The last phase brings it to everybody: 100 %".to_owned(),
            ),
            _ => Ok(()),
        }
    }
}

fn check_phase(index: usize, phase: &PlannedPhase) -> Result<(), RolloutFault> {
    let at = |field: &str| format!("phases.{index}.{field}");
    let rules = &phase.rules;
    let name = rules.name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return fault(&at("name"), format!("A phase has a name of 1 to {MAX_NAME} characters"));
    }
    for (field, text) in [("target", &rules.target), ("pipeline", &rules.pipeline)] {
        if text.as_deref().is_some_and(is_no_text) {
            return fault(&at(field), format!("A {field} has 1 to {MAX_TEXT} characters"));
        }
    }
    if phase.weight_percent > 100 {
        return fault(&at("weight_percent"), "A share is 0 to 100 %".to_owned());
    }
    let limits = &rules.limits;
    within(&at("bake_seconds"), "watch", rules.bake_seconds, 0, MAX_BAKE_SECONDS)?;
    within(&at("limits.settle_seconds"), "time to settle", limits.settle_seconds, 0, 86_400)?;
    within(&at("limits.interval_seconds"), "interval", limits.interval_seconds, 5, 3600)?;
    within(&at("limits.undecided_seconds"), "time to decide", limits.undecided_seconds, 0, 2_592_000)?;
    count(&at("limits.in_a_row"), limits.in_a_row, 1, 1000)?;
    count(&at("limits.failures"), limits.failures, 0, 1000)?;
    count(&at("limits.errors"), limits.errors, 0, 1000)?;
    count(&at("retries"), rules.retries.into(), 0, 5)?;
    if rules.dry_run.len() > 100 {
        return fault(&at("dry_run"), "At most 100 checks are only looked at".to_owned());
    }
    for (gate_index, gate) in rules.gates.iter().enumerate() {
        let field = at(&format!("gates.{gate_index}"));
        if rules.gates.iter().take(gate_index).any(|other| other == gate) {
            return fault(&field, "A gate is asked once".to_owned());
        }
        match gate {
            PhaseGate::External { url } if !is_plain_address(url) => {
                let message = "Another system is asked at an http or https address, without a name or password in it".to_owned();
                return fault(&format!("{field}.url"), message);
            }
            PhaseGate::Provider { name } if is_no_text(name) => {
                return fault(
                    &format!("{field}.name"),
                    format!("A gate of the provider has its name there, of 1 to {MAX_TEXT} characters"),
                );
            }
            PhaseGate::Health | PhaseGate::Smoke | PhaseGate::Uat | PhaseGate::External { .. } | PhaseGate::Provider { .. } => {}
        }
    }
    Ok(())
}

fn is_no_text(text: &str) -> bool {
    text.trim().is_empty() || text.chars().count() > MAX_TEXT || text.chars().any(char::is_control)
}

/// Whether the engine may ask there at all is found out when it does; here it is only told what is plainly wrong.
fn is_plain_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty() && !host.contains('@') && text.len() <= 2000 && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn within(field: &str, what: &str, seconds: u32, least: u32, most: u32) -> Result<(), RolloutFault> {
    if (least..=most).contains(&seconds) {
        return Ok(());
    }
    fault(field, format!("The {what} is {least} to {most} seconds"))
}

fn count(field: &str, number: u16, least: u16, most: u16) -> Result<(), RolloutFault> {
    if (least..=most).contains(&number) { Ok(()) } else { fault(field, format!("This is {least} to {most}")) }
}

fn fault<T>(field: &str, message: String) -> Result<T, RolloutFault> {
    Err(RolloutFault { field: field.to_owned(), message })
}
