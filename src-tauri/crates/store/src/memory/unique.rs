//! The unique indexes, for a store that has none.

use crate::entity::Entity;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride};
use pilothouse_domain::check::HealthCheck;
use pilothouse_domain::checklist::{Checklist, ChecklistTemplate};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::coordinated_release::{CoordinatedRelease, CoordinatedRun};
use pilothouse_domain::deployment::{Deployment, DeploymentState};
use pilothouse_domain::document::{Document, DocumentVersion};
use pilothouse_domain::evidence::Evidence;
use pilothouse_domain::gate::Gate;
use pilothouse_domain::incident::Incident;
use pilothouse_domain::lock::Lock;
use pilothouse_domain::manual_run::ManualRun;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::review::Review;
use pilothouse_domain::runbook::{AttachedRunbook, Runbook, RunbookRule, RunbookRun};
use pilothouse_domain::scheduled_start::ScheduledStart;
use pilothouse_domain::smoke::{SmokeRun, SmokeScenario};
use pilothouse_domain::train::Train;
use pilothouse_domain::training::{Course, TrainingRecord, TrainingSession};
use pilothouse_domain::uat::{Feedback, ISSUE_KEY, UatRound};
use pilothouse_domain::unplanned::UnplannedRun;

/// The index on the places of environments, which may be swapped within a change.
pub(super) const PLACE: &str = "environment_product_position_key";

/// An entity with the names and keys under which it must be alone in its table.
pub(super) trait Unique: Entity {
    /// Index names and keys, in the order in which they are looked at.
    fn unique(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// False where the two can't have a key in common, told without making their keys: tables may be long.
    fn may_clash(&self, _other: &Self) -> bool {
        true
    }
}

impl Unique for Lock {}

impl Unique for CalendarWindow {}

impl Unique for FreezeOverride {}

impl Unique for ScheduledStart {
    fn unique(&self) -> Vec<(&'static str, String)> {
        let open = self.is_open().then(|| ("scheduled_start_open_key", format!("{} {}", self.release_id, self.environment_id)));
        open.into_iter().collect()
    }
}

impl Unique for Train {
    fn unique(&self) -> Vec<(&'static str, String)> {
        let open = self.withdrawn.is_none().then(|| ("train_product_name_key", format!("{} {}", self.product_id, self.name)));
        open.into_iter().collect()
    }
}

impl Unique for CoordinatedRelease {
    fn unique(&self) -> Vec<(&'static str, String)> {
        self.is_open().then(|| ("coordinated_release_name_key", self.name.clone())).into_iter().collect()
    }
}

impl Unique for CoordinatedRun {
    fn unique(&self) -> Vec<(&'static str, String)> {
        let key = || ("coordinated_run_open_key", format!("{} {}", self.coordinated_release_id, self.environment_key()));
        self.is_open().then(key).into_iter().collect()
    }
}

impl Unique for ManualRun {}

impl Unique for Evidence {}

impl Unique for UatRound {}

impl Unique for Review {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("review_release_key", self.release_id.to_string())]
    }
}

impl Unique for Feedback {
    fn unique(&self) -> Vec<(&'static str, String)> {
        let mut keys = vec![("feedback_round_key", format!("{} {}", self.round_id, self.external_key))];
        if self.external_key.starts_with(ISSUE_KEY) {
            keys.push(("feedback_issue_key", format!("{} {}", self.product_id, self.external_key)));
        }
        keys
    }

    fn may_clash(&self, other: &Self) -> bool {
        self.external_key == other.external_key
    }
}

impl Unique for Document {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("document_product_title_key", format!("{} {}", self.product_id, self.title))]
    }
}

impl Unique for DocumentVersion {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("document_version_number_key", format!("{} {}", self.document_id, self.number))]
    }
}

impl Unique for Course {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("course_product_title_key", format!("{} {}", self.product_id, self.title))]
    }
}

impl Unique for TrainingSession {}

impl Unique for TrainingRecord {}

impl Unique for ChecklistTemplate {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("checklist_template_environment_name_key", format!("{} {}", self.environment_id, self.name))]
    }
}

impl Unique for Checklist {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("checklist_release_template_key", format!("{} {}", self.release_id, self.template_id))]
    }
}

impl Unique for SmokeRun {
    fn unique(&self) -> Vec<(&'static str, String)> {
        self.origin().map(|origin| ("smoke_run_origin_key", origin)).into_iter().collect()
    }
}

impl Unique for SmokeScenario {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("smoke_scenario_product_name_key", format!("{} {}", self.product_id, self.name))]
    }
}

impl Unique for RunbookRule {}

impl Unique for AttachedRunbook {}

impl Unique for Runbook {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("runbook_product_name_key", format!("{} {}", self.product_id, self.name))]
    }
}

impl Unique for RunbookRun {
    fn unique(&self) -> Vec<(&'static str, String)> {
        let key = || ("runbook_run_active_key", format!("{} {}", self.runbook_id, self.environment_id));
        (!self.state.is_terminal()).then(key).into_iter().collect()
    }
}

impl Unique for Connection {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("connection_name_key", self.name.clone())]
    }
}

impl Unique for Product {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("product_name_key", self.name.clone())]
    }
}

impl Unique for Environment {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![
            ("environment_product_name_key", format!("{} {}", self.product_id, self.name)),
            (PLACE, format!("{} {}", self.product_id, self.position)),
        ]
    }
}

impl Unique for HealthCheck {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("health_check_environment_name_key", format!("{} {}", self.environment_id, self.name))]
    }
}

impl Unique for Release {
    fn unique(&self) -> Vec<(&'static str, String)> {
        vec![("release_product_version_key", format!("{} {}", self.product_id, self.version))]
    }
}

impl Unique for Deployment {
    fn unique(&self) -> Vec<(&'static str, String)> {
        match self.state {
            DeploymentState::InProgress | DeploymentState::AwaitingDecision { .. } => {
                vec![("deployment_environment_active_key", self.environment_id.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

impl Unique for UnplannedRun {
    fn unique(&self) -> Vec<(&'static str, String)> {
        let key = format!("{} {} {:?} {:?} {}", self.product_id, self.connection_id, self.repository, self.external_id, self.attempt);
        vec![("unplanned_run_attempt_key", key)]
    }
}

impl Unique for Incident {
    fn unique(&self) -> Vec<(&'static str, String)> {
        let mut keys = vec![("incident_number_key", self.number.to_string())];
        keys.extend(self.is_open().then(|| ("incident_environment_open_key", self.environment_id.to_string())));
        keys
    }
}

impl Unique for Gate {
    fn unique(&self) -> Vec<(&'static str, String)> {
        let key = || ("gate_open_key", format!("{} {} {}", self.connection_id, self.repository, self.external_id));
        (!self.state.is_terminal()).then(key).into_iter().collect()
    }
}
