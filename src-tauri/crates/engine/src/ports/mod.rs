//! The ports: what the engine asks of the world, as traits. Adapters implement them, hosts wire them in, tests replace them.
//! Must not hold rules: an implementation answers, the engine and the domain decide.

pub mod calendar_store;
pub mod checklist_store;
pub mod clock;
pub mod coordination_store;
pub mod document_store;
pub mod form_book;
pub mod keychain;
pub mod local_git;
pub mod notifier;
pub mod outbox;
pub mod prober;
pub mod provider;
pub mod review_store;
pub mod runbook_store;
pub mod store;
pub mod uat_store;

pub use calendar_store::CalendarStore;
pub use checklist_store::ChecklistStore;
pub use clock::{Clock, IdSource};
pub use coordination_store::CoordinationStore;
pub use document_store::{DocumentStore, TrainingStore};
pub use form_book::{FormBook, FormBookError, FormOutcome, FormServed, FormSettings};
pub use keychain::{Keychain, KeychainError, SecretPart, SigningSeed};
pub use local_git::{CloneBook, LocalGit, LocalGitError};
pub use notifier::{Alert, AlertSubject, Notifier, NotifyError, Urgency};
pub use prober::{InstanceVersion, Prober};
pub use provider::{Provider, ProviderError, ProviderErrorKind, ProviderRegistry};
pub use review_store::ReviewStore;
pub use store::{ChangeSet, Store, StoreError};
pub use uat_store::UatStore;
