//! Exactly one engine on a data folder: whoever runs it keeps a file locked (advisory, by the operating system, so it goes with
//! its process however that ends). Others learn who it is, and are guests.

use crate::paths::DataPaths;
use chrono::Utc;
use pilothouse_domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Which host runs the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostKind {
    /// The desktop app.
    Desktop,
    /// `pilothouse agent`.
    Agent,
    /// One command of the command line, while it runs.
    Command,
}

impl fmt::Display for HostKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Desktop => "the desktop app",
            Self::Agent => "an agent",
            Self::Command => "another command",
        })
    }
}

/// Who runs the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// What it is.
    pub kind: HostKind,
    /// Since when.
    pub since: Timestamp,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.kind, self.pid)
    }
}

/// Why the engine can't run here.
#[derive(Debug, thiserror::Error)]
pub enum EngineLockError {
    /// It runs already.
    #[error("the engine runs already on this data: {}", holder_words(holder.as_ref()))]
    Held {
        /// Who runs it; `None` where that can't be read.
        holder: Option<Holder>,
    },
    /// The file can't be used.
    #[error("the lock file {} can't be used: {source}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn holder_words(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "another process holds its lock".to_owned(), ToString::to_string)
}

/// The right to run the engine on a data folder, as long as it lives.
#[derive(Debug)]
pub struct EngineLock {
    // Unlocked by closing it.
    _file: File,
    holder: PathBuf,
}

impl EngineLock {
    /// Takes the lock. Doesn't wait.
    ///
    /// # Errors
    /// [`EngineLockError::Held`] where another process (or another part of this one) has it, [`EngineLockError::Unusable`] where
    /// the folder is missing or can't be written.
    pub fn acquire(paths: &DataPaths, kind: HostKind) -> Result<Self, EngineLockError> {
        let path = paths.engine_lock();
        let unusable = |source| EngineLockError::Unusable { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(EngineLockError::Held { holder: read_holder(&paths.engine_holder()) }),
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let holder = Holder { pid: std::process::id(), kind, since: Timestamp::new(Utc::now()) };
        write_holder(&paths.engine_holder(), &holder).map_err(unusable)?;
        Ok(Self { _file: file, holder: paths.engine_holder() })
    }
}

impl Drop for EngineLock {
    fn drop(&mut self) {
        // While the lock is still held: a successor's note is never taken away. A note that stays behind misleads nobody, since it
        // is only read while the lock is held, and a new holder overwrites it first of all.
        if let Err(error) = fs::remove_file(&self.holder) {
            tracing::debug!(%error, "the note on who runs the engine stays behind");
        }
    }
}

fn read_holder(path: &Path) -> Option<Holder> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// In one step, so that a reader sees a whole note or none.
fn write_holder(path: &Path, holder: &Holder) -> io::Result<()> {
    let draft = path.with_extension("json.new");
    fs::write(&draft, serde_json::to_vec(holder)?)?;
    fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn folder() -> (tempfile::TempDir, DataPaths) {
        let dir = tempfile::tempdir().unwrap();
        let paths = DataPaths::at(dir.path()).unwrap();
        (dir, paths)
    }

    #[test]
    fn a_second_engine_learns_who_runs_the_first() {
        let (_dir, paths) = folder();
        let lock = EngineLock::acquire(&paths, HostKind::Desktop).unwrap();
        let error = EngineLock::acquire(&paths, HostKind::Command).unwrap_err();
        assert!(error.to_string().contains(&format!("the desktop app (process {})", std::process::id())), "{error}");
        assert!(matches!(error, EngineLockError::Held { holder: Some(Holder { kind: HostKind::Desktop, .. }) }));
        drop(lock);
        let next = EngineLock::acquire(&paths, HostKind::Agent).unwrap();
        assert_eq!(read_holder(&paths.engine_holder()).unwrap().kind, HostKind::Agent);
        drop(next);
        assert!(!paths.engine_holder().exists());
    }

    #[test]
    fn a_note_left_by_a_killed_process_is_in_nobodys_way() {
        let (_dir, paths) = folder();
        fs::write(paths.engine_holder(), r#"{"pid":1,"kind":"desktop","since":"2026-01-01T00:00:00Z"}"#).unwrap();
        fs::write(paths.engine_lock(), "").unwrap();
        EngineLock::acquire(&paths, HostKind::Desktop).unwrap();
    }

    #[test]
    fn a_missing_folder_is_told_with_the_path() {
        let (dir, _) = folder();
        let paths = DataPaths::at(&dir.path().join("missing")).unwrap();
        let error = EngineLock::acquire(&paths, HostKind::Desktop).unwrap_err();
        assert!(error.to_string().contains("engine.lock"), "{error}");
    }
}
