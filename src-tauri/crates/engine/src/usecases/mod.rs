//! The use cases: what a person can do, each as one function that loads, asks policy, writes one change, and returns. Must not
//! hold rules of their own, nor wait for what takes long: that is the loops' work.

mod agreed_plans;
pub mod approvals;
pub mod at_provider;
pub mod attached_runbooks;
pub mod bound;
pub mod budgets;
mod calendar;
pub mod calendar_file;
pub mod calendar_import;
mod calendar_zones;
pub mod checklist_import;
mod checklist_takeover;
pub mod checklist_templates;
pub mod checklists;
pub mod checks;
pub mod choices;
mod clocks;
pub mod clones;
pub mod comparing;
pub mod connections;
pub mod coordinated_releases;
pub mod coordinated_runs;
pub mod deployments;
mod document_source;
pub mod documents;
pub mod evidence;
pub mod feedback;
pub mod feedback_form;
pub mod feedback_import;
pub mod freeze_overrides;
pub mod gates;
pub mod held;
pub mod hotfixes;
pub mod incidents;
pub mod inputs;
pub mod issue_references;
mod issue_rights;
pub mod issues;
pub mod locks;
pub mod lookups;
pub mod manual_runs;
pub mod metrics;
pub mod native;
pub mod networks;
pub mod own_items;
mod people_events;
mod phase_changes;
pub mod pictures;
pub mod products;
pub mod proposal;
pub mod publishing;
pub mod record;
pub mod rehearsals;
pub mod releases;
pub mod report_collection;
pub mod reviews;
pub mod rollbacks;
pub mod rollouts;
pub mod runbook_runs;
pub mod runbooks;
pub mod scheduled_starts;
pub mod settings_files;
pub mod smoke;
pub mod smoke_runs;
pub mod source;
pub mod tags;
mod target_dates;
pub mod trackers;
pub mod training;
mod training_input;
mod training_records;
mod training_sessions;
pub mod trains;
pub mod uat;
pub mod unplanned;
pub mod windows;

pub use crate::smoke::secret_names as smoke_secret_names;
pub use agreed_plans::PlanDifference;
pub use attached_runbooks::ReleaseRunbook;
pub use bound::{BoundPipeline, deployment_runs};
pub use calendar_import::{CalendarImport, ImportedCalendar, MAX_CALENDAR_BYTES};
pub use checklist_import::{ImportFault, ImportFormat, ImportReport};
pub use checklist_takeover::{NewerPublication, TakeOverDeed};
pub use checklist_templates::TemplateEdit;
pub use checklists::{ActedOn, ItemDeed, ReleaseChecklist};
pub use checks::TriedCheck;
pub use comparing::{Difference, EnvironmentComparison, ReleaseComparison};
pub use connections::{NewConnection, NewSecret};
pub use coordinated_releases::NewMember;
pub use coordinated_runs::{BackChoice, BackVerdict, MemberAnswer, MemberOutlook, MemberWayBack};
pub use documents::{DocumentEdit, DocumentPage, ListedDocument, NewVersion, ReleaseDocument};
pub use evidence::{EvidencePreview, NewEvidence};
pub use feedback::{GivenFeedback, NewFeedback};
pub use feedback_form::FormFeedback;
pub use feedback_import::{FeedbackImport, FeedbackSource, ImportedFeedback, UntakenFeedback};
pub use held::HeldPipeline;
pub use inputs::InputFault;
pub use issue_references::IssueReference;
pub use issues::{IssueAnswer, IssueDraft, is_markdown};
pub use manual_runs::{NewManualRun, Outlook, RunDeed};
pub use metrics::Delivery;
pub use native::{NativeStanding, RollbackWay, WayBack};
pub use networks::{NetworkEdit, Trust};
pub use own_items::OwnItem;
pub use phase_changes::{PhasesEdit, PhasesOutlook};
pub use products::{NewEnvironment, NewProduct};
pub use publishing::{GeneratedNotes, NotesWriter, PublicationReport, Publish};
pub use record::RecordExport;
pub use rehearsals::{Rehearsal, RehearsedPipeline};
pub use releases::{NewRelease, ReleaseEdit};
pub use reviews::{ReviewActionText, ReviewText, ReviewView};
pub use runbook_runs::{BeginRunbook, RunbookDeed};
pub use runbooks::RunbookEdit;
pub use scheduled_starts::{NewStart, StartOutlook};
pub use settings_files::{RepositoryFile, SettingsLook};
pub use smoke::SmokeSecret;
pub use smoke_runs::{NewReport, TriedSmoke};
pub use source::ToldBy;
pub use tags::CreateTag;
pub use target_dates::{CalendarMark, ReleaseOnCalendar};
pub use trackers::{NewTracker, TrackerReading};
pub use training::{CourseEdit, CourseView, TraineeView};
pub use training_sessions::SessionEdit;
pub use trains::{StopEdit, TrainEdit};
pub use uat::{NewRound, NewScenario, RoundEdit, UatRoundView};
pub use windows::{TimesEdit, WindowEdit, WindowPreview};

pub(crate) use checklists::standing_of;
pub(crate) use runbook_runs::place as runbook_place;

use crate::error::EngineError;

/// A name that people give: trimmed, not empty, at most `max` characters, no control characters.
fn valid_name(field: &'static str, text: &str, max: usize) -> Result<String, EngineError> {
    let name = text.trim();
    if name.is_empty() {
        return Err(EngineError::invalid(field, "a name is missing", "Give it a name."));
    }
    if name.chars().count() > max {
        return Err(EngineError::invalid(field, format!("the name is longer than {max} characters"), "Choose a shorter name."));
    }
    if name.chars().any(char::is_control) {
        return Err(EngineError::invalid(field, "the name holds a control character", "Write the name in one line of plain text."));
    }
    Ok(name.to_owned())
}

/// A reason that people give: trimmed, not empty, at most 2,000 characters.
fn valid_reason(text: &str) -> Result<String, EngineError> {
    let reason = text.trim();
    if reason.is_empty() {
        return Err(EngineError::invalid("reason", "a reason is missing", "Say why, so that others understand it later."));
    }
    if reason.chars().count() > 2_000 {
        return Err(EngineError::invalid("reason", "the reason is longer than 2,000 characters", "Say it shorter."));
    }
    Ok(reason.to_owned())
}
