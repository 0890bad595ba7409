//! The wire contract of Pilothouse: what the window and the command line may ask for, and what they get. Each function decodes a
//! request, calls one use case of the engine (or puts several reads together), and encodes the answer.
//!
//! Must not: know a host (`tauri`, a terminal), an adapter or a database; decide what is allowed; or put a secret into a view.
//!
//! In the types: field names are the same words in Rust, JSON and TypeScript; times are RFC 3339 text in UTC; ids are text; no
//! number is wider than JavaScript's.

mod audit;
mod blockers;
mod browse;
mod calendar;
#[cfg(test)]
mod calendar_tests;
mod checklist_takeover;
mod checklist_templates;
mod checklists;
#[cfg(test)]
mod checklists_tests;
mod checks;
mod clones;
mod connections;
mod coordinated_releases;
mod decode;
mod deployments;
mod documents;
#[cfg(test)]
mod documents_tests;
mod error;
mod evidence;
mod feedback;
mod feedback_form;
mod follow;
mod gates;
mod health;
mod holds;
#[cfg(test)]
mod hotfix_tests;
mod inbox;
mod incidents;
mod locks;
mod lookups;
mod manual_runs;
mod metrics;
mod network;
mod overview;
mod own_items;
#[cfg(test)]
mod phase_changes_tests;
mod products;
mod record;
#[cfg(test)]
mod record_tests;
mod rehearsal;
#[cfg(test)]
mod rehearsal_tests;
mod releases;
mod report_preview;
mod reviews;
#[cfg(test)]
mod rig;
mod rollbacks;
mod rollout;
#[cfg(test)]
mod rollout_tests;
mod runbooks;
#[cfg(test)]
mod runbooks_steps_tests;
#[cfg(test)]
mod runbooks_tests;
mod scene;
mod scheduled_starts;
#[cfg(test)]
mod scheduled_starts_tests;
mod settings_files;
#[cfg(test)]
mod settings_files_tests;
mod smoke;
mod status;
#[cfg(test)]
mod target_dates_tests;
#[cfg(test)]
mod team_tests;
mod token;
mod trackers;
#[cfg(test)]
mod trackers_tests;
mod training;
mod trains;
#[cfg(test)]
mod trains_tests;
mod uat;
#[cfg(test)]
mod uat_tests;
mod unplanned;
mod words;

pub use audit::*;
pub use blockers::*;
pub use browse::*;
pub use calendar::*;
pub use checklist_takeover::*;
pub use checklist_templates::*;
pub use checklists::*;
pub use checks::*;
pub use clones::*;
pub use connections::*;
pub use coordinated_releases::*;
pub use deployments::*;
pub use documents::*;
pub use error::{ApiError, ErrorCode};
pub use evidence::*;
pub use feedback::*;
pub use feedback_form::*;
pub use follow::*;
pub use gates::*;
pub use health::*;
pub use holds::*;
pub use inbox::*;
pub use incidents::*;
pub use locks::*;
pub use lookups::*;
pub use manual_runs::*;
pub use metrics::*;
pub use network::*;
pub use overview::*;
pub use own_items::*;
pub use products::*;
pub use record::*;
pub use rehearsal::*;
pub use releases::*;
pub use report_preview::*;
pub use reviews::*;
pub use rollbacks::*;
pub use rollout::*;
pub use runbooks::*;
pub use scheduled_starts::*;
pub use settings_files::*;
pub use smoke::*;
pub use status::*;
pub use token::Token;
pub use trackers::*;
pub use training::*;
pub use trains::*;
pub use uat::*;
pub use unplanned::*;
pub use words::*;

use pilothouse_domain::Actor;
use pilothouse_engine::Engine;
use pilothouse_engine::ports::Store;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::sync::Arc;

/// Everything that a host offers to a person, in the name of one person. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    engine: Arc<Engine>,
    actor: Actor,
    host: Arc<HostInfo>,
    keychain: Arc<status::KeychainMemory>,
}

/// A thing by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct IdRequest {
    /// Its id.
    pub id: String,
}

impl Api {
    /// The functions over this engine, for the person of this name.
    #[must_use]
    pub fn new(engine: Arc<Engine>, actor: Actor, host: HostInfo) -> Self {
        Self { engine, actor, host: Arc::new(host), keychain: Arc::default() }
    }

    /// The engine below.
    #[must_use]
    pub const fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// In whose name things are done.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    fn store(&self) -> &dyn Store {
        self.engine.store()
    }
}

#[cfg(test)]
#[path = "api_tests.rs"]
mod tests;
