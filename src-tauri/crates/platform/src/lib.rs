//! What Pilothouse needs of the operating system: the keychain, desktop notifications, the clock, where data lies, who runs the
//! engine on it, the person's name, clones read with Git, and the log file with its redaction. Adapters for the ports of `pilothouse-engine`, and the
//! few things that every host sets up before it wires them.
//!
//! Must not: hold rules, know a provider or the store, or fall back to another place where the keychain can't be used.

pub mod actor;
pub mod clock;
pub mod clone_book;
pub mod downloads;
pub mod engine_lock;
pub mod form_book;
pub mod git;
pub mod keychain;
pub mod log;
pub mod notifier;
pub mod paths;
pub mod redact;

pub use actor::current_person;
pub use clock::{SystemClock, UuidV7Ids};
pub use clone_book::FileCloneBook;
pub use downloads::{DownloadError, save_download};
pub use engine_lock::{EngineLock, EngineLockError, Holder, HostKind};
pub use form_book::FileFormBook;
pub use git::GitProgram;
pub use keychain::OsKeychain;
pub use log::{LogError, LogOptions};
pub use notifier::DesktopNotifier;
pub use paths::{DataPaths, PathsError};
pub use redact::Redactor;
