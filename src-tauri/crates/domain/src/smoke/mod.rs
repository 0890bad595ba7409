//! Automatic smoke tests: what a scenario is, how an answer is judged, what a run of it has come to, and what that says about a version in
//! an environment. Reports that other tools wrote (JUnit XML, TAP) count in the same way.
//!
//! Must not: send anything, or hold a secret's value for longer than it takes to leave it out of what is kept.

pub mod collected;
pub mod exchange;
pub mod form;
pub mod judge;
pub mod redaction;
pub mod report;
pub mod run;
mod scalar;
pub mod standing;
pub mod template;
mod validate;

pub use collected::{Collected, CollectedRun, ReportRule};
pub use exchange::{Answer, Exchange, RecordedBody, RecordedRequest, RecordedResponse, Redirect, Unanswered};
pub use form::{Scenario, Step};
pub use judge::{Captured, Judged};
pub use report::{ReportFault, ReportFormat, TestReport};
pub use run::{Interruption, SmokeCause, SmokeRun, SmokeRunState, SmokeSubject, SmokeVerdict, StepResult};
pub use standing::{Flakiness, SmokeStanding, Standing, flakiness, standings};

use crate::{EnvironmentId, ProductId, SmokeScenarioId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// A scenario of a product: what it asks is in its text, when it runs and what depends on it is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmokeScenario {
    /// Its id.
    pub id: SmokeScenarioId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The name, unique within the product.
    pub name: String,
    /// Where its text is.
    pub source: ScenarioSource,
    /// The environments that it is for; empty for all.
    pub environments: Vec<EnvironmentId>,
    /// When it runs.
    pub trigger: SmokeTrigger,
    /// Whether a release is held until it has passed.
    pub required: bool,
}

/// Where the text of a scenario is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ScenarioSource {
    /// Written in Pilothouse.
    Written {
        /// The text, in YAML. See [`form`].
        text: String,
    },
    /// A file in the product's repository, read at the commit of the release that it runs for.
    Repository {
        /// The file's path from the root of the repository.
        path: String,
    },
}

/// When a scenario runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmokeTrigger {
    /// By itself once a deployment, or a rollback, to one of its environments has succeeded; also by hand.
    AfterDeployment,
    /// Only by hand.
    ByHand,
}

/// Where the service of an environment is reached by smoke tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmokeTarget {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// The value of `{{base_url}}` there, without a slash at the end.
    pub base_url: String,
}

impl SmokeScenario {
    /// Whether it is for an environment.
    #[must_use]
    pub fn is_for(&self, environment: EnvironmentId) -> bool {
        self.environments.is_empty() || self.environments.contains(&environment)
    }
}

/// The digest of a text, by which it is seen whether a scenario was changed since it ran: SHA-256 in hexadecimal.
#[must_use]
pub fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The path of a scenario's file in a repository, from the root, or what is wrong with it.
///
/// # Errors
/// Why it can't be one.
pub fn repository_path(text: &str) -> Result<String, &'static str> {
    let path = text.trim().trim_start_matches("./");
    if path.is_empty() {
        return Err("the path is missing");
    }
    if path.len() > 500 || path.chars().any(char::is_control) {
        return Err("the path is no file name");
    }
    if path.starts_with('/') || path.contains('\\') || path.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
        return Err("the path must lead from the root of the repository to a file, with single slashes and without `..`");
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests;
