//! Saves a file where a person looks for what they have downloaded. Must not open it, nor replace anything that lies there.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// So many files of one name are told apart.
const MOST: u32 = 1_000;

/// Why a file was not saved.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The system names no folder for downloads, and no home folder.
    #[error("no folder for downloads is known on this machine")]
    NoFolder,
    /// The file can't be written.
    #[error("{} can't be written: {source}", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes a file of this name into the folder for downloads, beside what lies there: `plan (2).pdf`. Where it lies now. The name must hold
/// no folder.
///
/// # Errors
/// [`DownloadError`].
pub fn save_download(name: &str, content: &[u8]) -> Result<PathBuf, DownloadError> {
    let folder = dirs::download_dir().filter(|folder| folder.is_dir()).or_else(dirs::home_dir).ok_or(DownloadError::NoFolder)?;
    save_into(&folder, name, content)
}

fn save_into(folder: &Path, name: &str, content: &[u8]) -> Result<PathBuf, DownloadError> {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let mut path = folder.join(name);
    for number in 2..MOST {
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let written = file.write_all(content).and_then(|()| file.sync_all());
                return match written {
                    Ok(()) => Ok(path),
                    Err(source) => {
                        // Half a file is worse than none.
                        let _ = std::fs::remove_file(&path);
                        Err(DownloadError::NotWritten { path, source })
                    }
                };
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => path = folder.join(format!("{stem} ({number}){ending}")),
            Err(source) => return Err(DownloadError::NotWritten { path, source }),
        }
    }
    Err(DownloadError::NotWritten { path, source: io::ErrorKind::AlreadyExists.into() })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let save = |name, content: &[u8]| save_into(folder.path(), name, content).unwrap();
        assert_eq!(save("plan.pdf", b"1"), folder.path().join("plan.pdf"));
        assert_eq!(save("plan.pdf", b"2"), folder.path().join("plan (2).pdf"));
        assert_eq!(save("LICENSE", b"1"), folder.path().join("LICENSE"));
        assert_eq!(save("LICENSE", b"1"), folder.path().join("LICENSE (2)"));
        assert_eq!(std::fs::read(folder.path().join("plan.pdf")).unwrap(), b"1");
        assert!(save_into(&folder.path().join("gone"), "a", b"").is_err());
    }
}
