//! Incidents: a period in which an environment's checks fail, with who was told and who took it.

use crate::{Actor, CheckId, DeploymentId, EnvironmentId, IncidentId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};

/// A period of failing. An environment has at most one open incident; further failing checks join it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// Counts the incidents of this database, from 1: what people call it.
    pub number: u32,
    /// The product.
    pub product_id: ProductId,
    /// The environment.
    pub environment_id: EnvironmentId,
    /// The checks that failed in it, in the order in which they joined.
    pub checks: Vec<FailingCheck>,
    /// The deployment that was live in the environment when it began.
    pub deployment_id: Option<DeploymentId>,
    /// When the first check crossed its threshold.
    pub opened_at: Timestamp,
    /// Who takes care of it.
    pub acknowledged: Option<Acknowledged>,
    /// When the last of its checks recovered, or a person closed it.
    pub closed_at: Option<Timestamp>,
}

/// A check's part in an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailingCheck {
    /// The check.
    pub check_id: CheckId,
    /// Its name then.
    pub name: String,
    /// What the failing measurement said.
    pub reason: String,
    /// When it crossed its threshold.
    pub since: Timestamp,
    /// When it recovered.
    pub recovered_at: Option<Timestamp>,
}

/// A person who takes care of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

impl Incident {
    /// True until it is closed.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    /// A further check fails; one that already does keeps its place, one that recovered fails anew.
    pub fn join(&mut self, check: FailingCheck) {
        match self.checks.iter_mut().find(|c| c.check_id == check.check_id) {
            Some(known) if known.recovered_at.is_some() => *known = check,
            Some(_) => {}
            None => self.checks.push(check),
        }
    }

    /// A check recovered. Closes the incident when it was the last.
    pub fn recover(&mut self, check_id: CheckId, now: Timestamp) {
        for check in self.checks.iter_mut().filter(|c| c.check_id == check_id) {
            check.recovered_at.get_or_insert(now);
        }
        if self.is_open() && self.checks.iter().all(|c| c.recovered_at.is_some()) {
            self.closed_at = Some(now);
        }
    }
}
