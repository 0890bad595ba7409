//! Where Pilothouse keeps its data on this machine. Must not create anything but folders.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The environment variable that names the data folder.
pub const DATA_DIR_VAR: &str = "PILOTHOUSE_DATA_DIR";

/// The data folder and what lies in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataPaths {
    root: PathBuf,
}

/// Why there is no data folder.
#[derive(Debug, thiserror::Error)]
pub enum PathsError {
    /// The system names no home folder.
    #[error("no folder for data is known on this machine: name one with --data-dir or {DATA_DIR_VAR}")]
    NoHome,
    /// The path can't be made absolute.
    #[error("{} is no usable path: {source}", path.display())]
    Unusable {
        /// What was given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder can't be made.
    #[error("the folder {} can't be made: {source}. Name another one with --data-dir or {DATA_DIR_VAR}", path.display())]
    NotCreated {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl DataPaths {
    /// The data folder: `flag` (`--data-dir`), else `PILOTHOUSE_DATA_DIR`, else the platform's place:
    /// `$XDG_DATA_HOME/pilothouse` or `~/.local/share/pilothouse` on Linux, `~/Library/Application Support/Pilothouse` on macOS,
    /// `%LOCALAPPDATA%\Pilothouse` on Windows. Nothing is created.
    ///
    /// # Errors
    /// [`PathsError::NoHome`], [`PathsError::Unusable`].
    pub fn resolve(flag: Option<&Path>) -> Result<Self, PathsError> {
        Self::choose(flag, std::env::var_os(DATA_DIR_VAR).as_deref(), dirs::data_local_dir())
    }

    fn choose(flag: Option<&Path>, variable: Option<&OsStr>, platform: Option<PathBuf>) -> Result<Self, PathsError> {
        let variable = variable.filter(|value| !value.is_empty()).map(Path::new);
        match flag.or(variable) {
            Some(named) => Self::at(named),
            None => Self::at(&platform.ok_or(PathsError::NoHome)?.join(FOLDER)),
        }
    }

    /// The data folder at `root`, made absolute.
    ///
    /// # Errors
    /// [`PathsError::Unusable`] for an empty path, or where the working folder is gone.
    pub fn at(root: &Path) -> Result<Self, PathsError> {
        std::path::absolute(root).map(|root| Self { root }).map_err(|source| PathsError::Unusable { path: root.to_owned(), source })
    }

    /// Makes the data folder and the log folder where they are missing, for this person alone (mode 0700 on Unix).
    ///
    /// # Errors
    /// [`PathsError::NotCreated`].
    pub fn create(&self) -> Result<(), PathsError> {
        for path in [self.root.clone(), self.logs()] {
            create_private(&path).map_err(|source| PathsError::NotCreated { path, source })?;
        }
        Ok(())
    }

    /// The data folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The SQLite database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.root.join("pilothouse.db")
    }

    /// The folder of the log files.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The file that whoever runs the engine here keeps locked.
    #[must_use]
    pub fn engine_lock(&self) -> PathBuf {
        self.root.join("engine.lock")
    }

    /// What [`engine_lock`](Self::engine_lock)'s holder says about itself. Apart from the lock, since Windows lets nobody read a
    /// locked file.
    pub(crate) fn engine_holder(&self) -> PathBuf {
        self.root.join("engine.json")
    }
}

const FOLDER: &str = if cfg!(any(target_os = "macos", windows)) { "Pilothouse" } else { "pilothouse" };

fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn the_flag_goes_before_the_variable_and_that_before_the_platform() {
        let platform = || Some(PathBuf::from("/home/mira/.local/share"));
        let root = |flag: Option<&str>, variable: Option<&str>| {
            DataPaths::choose(flag.map(Path::new), variable.map(OsStr::new), platform()).unwrap().root
        };
        assert_eq!(root(Some("/flag"), Some("/variable")), Path::new("/flag"));
        assert_eq!(root(None, Some("/variable")), Path::new("/variable"));
        assert_eq!(root(None, Some("")), platform().unwrap().join(FOLDER), "an empty variable names nothing");
        assert!(root(Some("relative"), None).is_absolute());
        let error = DataPaths::choose(None, None, None).unwrap_err();
        assert!(error.to_string().contains("--data-dir"), "{error}");
    }

    #[test]
    fn folders_are_made_for_this_person_alone() {
        let dir = tempfile::tempdir().unwrap();
        let paths = DataPaths::at(&dir.path().join("a/b")).unwrap();
        paths.create().unwrap();
        paths.create().unwrap();
        assert!(paths.logs().is_dir());
        #[cfg(unix)]
        for folder in [paths.root(), &paths.logs()] {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700, "{}", folder.display());
        }
    }

    #[test]
    fn a_file_in_the_way_is_told_with_its_path() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = DataPaths::at(&file.path().join("data")).unwrap().create().unwrap_err();
        assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
    }
}
