//! GitHub deployments and their statuses: a record of what went where, kept beside the fleet and never asked by it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

const FIRST: u64 = 2_930_000_001;
const FIRST_STATUS: u64 = 6_110_000_001;

/// State of a deployment, in GitHub's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeploymentState {
    Error,
    Failure,
    Inactive,
    InProgress,
    Queued,
    Pending,
    Success,
}

/// One deployment.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    pub(crate) id: u64,
    pub(crate) environment: String,
    pub(crate) sha: String,
    pub(crate) ref_name: String,
    pub(crate) task: String,
    pub(crate) description: Option<String>,
    pub(crate) payload: serde_json::Value,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// Oldest first.
    pub(crate) statuses: Vec<DeploymentStatus>,
}

/// One status of a deployment.
#[derive(Debug, Clone)]
pub(crate) struct DeploymentStatus {
    pub(crate) id: u64,
    pub(crate) state: DeploymentState,
    pub(crate) description: String,
    pub(crate) log_url: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// All deployments, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Deployments {
    pub(crate) all: Vec<Deployment>,
    statuses_made: u64,
}

impl Deployments {
    pub(crate) fn create(&mut self, environment: &str, sha: &str, ref_name: &str, task: &str) -> u64 {
        self.create_at(environment, sha, ref_name, task, Utc::now())
    }

    pub(crate) fn create_at(&mut self, environment: &str, sha: &str, ref_name: &str, task: &str, at: DateTime<Utc>) -> u64 {
        let id = FIRST + self.all.len() as u64;
        self.all.push(Deployment {
            id,
            environment: environment.to_owned(),
            sha: sha.to_owned(),
            ref_name: ref_name.to_owned(),
            task: task.to_owned(),
            description: None,
            payload: serde_json::json!({}),
            created_at: at,
            updated_at: at,
            statuses: Vec::new(),
        });
        id
    }

    pub(crate) fn add_status(
        &mut self,
        id: u64,
        state: DeploymentState,
        description: String,
        log_url: &str,
        auto_inactive: bool,
    ) -> Option<DeploymentStatus> {
        self.add_status_at(id, state, description, log_url, auto_inactive, Utc::now())
    }

    /// Adds a status. A success with `auto_inactive` makes the earlier successes of its environment inactive.
    pub(crate) fn add_status_at(
        &mut self,
        id: u64,
        state: DeploymentState,
        description: String,
        log_url: &str,
        auto_inactive: bool,
        at: DateTime<Utc>,
    ) -> Option<DeploymentStatus> {
        let place = self.all.iter().position(|deployment| deployment.id == id)?;
        let environment = self.all.get(place)?.environment.clone();
        let status = self.status(state, description, log_url, at);
        let deployment = self.all.get_mut(place)?;
        deployment.updated_at = at;
        deployment.statuses.push(status.clone());
        if state == DeploymentState::Success && auto_inactive {
            for earlier in 0..place {
                let inactive = self.status(DeploymentState::Inactive, String::new(), log_url, at);
                let Some(earlier) = self.all.get_mut(earlier) else {
                    continue;
                };
                let was_active = earlier.statuses.last().is_some_and(|last| last.state == DeploymentState::Success);
                if earlier.environment == environment && was_active {
                    earlier.updated_at = at;
                    earlier.statuses.push(inactive);
                }
            }
        }
        Some(status)
    }

    fn status(&mut self, state: DeploymentState, description: String, log_url: &str, at: DateTime<Utc>) -> DeploymentStatus {
        let id = FIRST_STATUS + self.statuses_made;
        self.statuses_made += 1;
        DeploymentStatus { id, state, description, log_url: log_url.to_owned(), created_at: at }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_success_makes_the_one_before_inactive_in_its_environment_only() {
        let mut deployments = Deployments::default();
        let first = deployments.create("staging", "a", "main", "deploy");
        let other = deployments.create("production", "a", "main", "deploy");
        let second = deployments.create("staging", "b", "main", "deploy");
        for id in [first, other, second] {
            deployments.add_status(id, DeploymentState::Success, String::new(), "", true).unwrap();
        }
        let last = |index: usize| deployments.all[index].statuses.last().unwrap().state;
        assert_eq!(last(0), DeploymentState::Inactive);
        assert_eq!(last(1), DeploymentState::Success);
        assert_eq!(last(2), DeploymentState::Success);
    }
}
