//! The record of a release: everything that is kept about it, at one moment, for reports and for auditors. Plain data.
//!
//! Must not hold what opens something: invitations are left out, and there is no field for a secret.

use crate::approval::Approval;
use crate::audit::AuditEvent;
use crate::check::HealthCheck;
use crate::checklist::Checklist;
use crate::deployment::Deployment;
use crate::document::Document;
use crate::evidence::{ContentDigest, Evidence};
use crate::gate::Gate;
use crate::incident::Incident;
use crate::metrics::Measure;
use crate::product::{Environment, Product};
use crate::release::Release;
use crate::review::Review;
use crate::runbook::{AttachedRunbook, RunbookRun};
use crate::smoke::SmokeRun;
use crate::training::{Course, TrainingRecord};
use crate::uat::{Feedback, UatRound};
use crate::unplanned::UnplannedRun;
use crate::{DeploymentId, EnvironmentId, Timestamp};
use serde::{Deserialize, Serialize};

/// Everything that is kept about a release. Lists are oldest first, unless they say otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseRecord {
    /// When the last of it happened. What was exported since changes nothing.
    pub as_of: Timestamp,
    /// The product.
    pub product: Product,
    /// Its environments, in promotion order.
    pub environments: Vec<Environment>,
    /// The health checks of the environments.
    pub checks: Vec<HealthCheck>,
    /// The release.
    pub release: Release,
    /// The votes on it.
    pub approvals: Vec<Approval>,
    /// Its deployments, rollbacks among them, and the rollbacks of those.
    pub deployments: Vec<Deployment>,
    /// What waited for people at the providers, for its deployments.
    pub gates: Vec<Gate>,
    /// Its checklists.
    pub checklists: Vec<Checklist>,
    /// Its smoke runs and imported reports.
    pub smoke_runs: Vec<SmokeRun>,
    /// Its rounds of user acceptance testing, without invitations.
    pub uat_rounds: Vec<UatRound>,
    /// The feedback on them.
    pub feedback: Vec<Feedback>,
    /// The product's documents that it asks for, or that were reviewed for it.
    pub documents: Vec<Document>,
    /// The courses that it asks for.
    pub courses: Vec<Course>,
    /// What shows who was trained in them; what was withdrawn, too.
    pub training_records: Vec<TrainingRecord>,
    /// The rollback runbook that is attached to it, as it was published, with its acknowledgements.
    pub attached_runbook: Option<AttachedRunbook>,
    /// Runs of runbooks for it.
    pub runbook_runs: Vec<RunbookRun>,
    /// Incidents that began while one of its deployments was live.
    pub incidents: Vec<Incident>,
    /// Runs that somebody started elsewhere in the product's pipelines, since the release was drafted until it ended.
    pub unplanned_runs: Vec<UnplannedRun>,
    /// The evidence on its checklists, its feedback and its runbook runs; what was taken back, too.
    pub evidence: Vec<Evidence>,
    /// Its review.
    pub review: Option<Review>,
    /// How delivery went in each environment of the product, in the twelve weeks before `as_of`.
    pub metrics: Vec<(EnvironmentId, Vec<Measure>)>,
    /// The audit events about all of that, by their numbers.
    pub events: Vec<AuditEvent>,
}

impl ReleaseRecord {
    /// The name of an environment; its id where it is gone.
    #[must_use]
    pub fn environment_name(&self, id: EnvironmentId) -> String {
        self.environments
            .iter()
            .find(|environment| environment.id == id)
            .map_or_else(|| id.to_string(), |environment| environment.name.clone())
    }
}

/// The digest of a job's log, as the provider handed it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogDigest {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The provider's id of the run.
    pub run: String,
    /// Its attempt.
    pub attempt: u32,
    /// The provider's id of the job.
    pub job: String,
    /// The job's name.
    pub name: String,
    /// The log's length in bytes.
    pub bytes: u32,
    /// Its digest; none where the log could not be had.
    pub sha256: Option<ContentDigest>,
    /// Why it could not be had; empty where it could.
    pub unavailable: String,
}

/// A link of the audit chain without what it tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainLink {
    /// The event's place in the chain.
    pub seq: u32,
    /// The hash of the event before it.
    pub previous_hash: String,
    /// Its own.
    pub hash: String,
}

/// Whether an event tells of an export of the record itself. Such events are no part of it, so that two exports in a row are the same.
#[must_use]
pub fn is_export(action: &str) -> bool {
    matches!(action, "release.report_saved" | "release.bundle_saved")
}
