//! How the feedback form is served on this computer: two small files in the data folder, one with the settings and one with what came of
//! them. Every process on the folder reads them anew each time: the window, the command line, the agent.

use pilothouse_engine::ports::form_book::{FormBook, FormBookError, FormServed, FormSettings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files `feedback-form.json` and `feedback-form-served.json`.
#[derive(Debug)]
pub struct FileFormBook {
    settings: PathBuf,
    served: PathBuf,
}

impl FileFormBook {
    /// The book in a data folder. Nothing is read or made yet.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { settings: folder.join("feedback-form.json"), served: folder.join("feedback-form-served.json") }
    }
}

impl FormBook for FileFormBook {
    fn settings(&self) -> FormSettings {
        match read(&self.settings) {
            Ok(settings) => settings.unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, file = %self.settings.display(), "the settings of the feedback form can't be read: it stays off");
                FormSettings::default()
            }
        }
    }

    fn set_settings(&self, settings: &FormSettings) -> Result<(), FormBookError> {
        write(&self.settings, settings)
    }

    fn served(&self) -> Option<FormServed> {
        read(&self.served).ok().flatten()
    }

    fn set_served(&self, served: &FormServed) -> Result<(), FormBookError> {
        write(&self.served, served)
    }
}

fn read<T: DeserializeOwned>(file: &Path) -> io::Result<Option<T>> {
    match fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write(file: &Path, value: &impl Serialize) -> Result<(), FormBookError> {
    let refused = |error: io::Error| FormBookError {
        message: format!("The settings of the feedback form can't be written: {error}."),
        next_step: format!("See whether {} can be written.", file.display()),
    };
    let text = serde_json::to_string_pretty(value).map_err(|error| refused(io::Error::other(error)))?;
    // Whole or not at all: a name of this process's own, then moved.
    let new = file.with_extension(format!("{}.new", std::process::id()));
    fs::write(&new, text).and_then(|()| fs::rename(&new, file)).map_err(refused)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use pilothouse_engine::ports::form_book::FormOutcome;

    #[test]
    fn another_process_on_the_folder_reads_what_was_kept() {
        let dir = tempfile::tempdir().unwrap();
        let book = FileFormBook::in_folder(dir.path());
        assert_eq!((book.settings(), book.served()), (FormSettings::default(), None));
        assert!(!book.settings().is_on && book.settings().address.is_loopback(), "off, and for this computer alone");
        let settings = FormSettings { is_on: true, public_url: Some("https://uat.example.com".into()), ..FormSettings::default() };
        book.set_settings(&settings).unwrap();
        let served = FormServed { settings: settings.clone(), outcome: FormOutcome::Listening { port: 8417 } };
        book.set_served(&served).unwrap();
        let other = FileFormBook::in_folder(dir.path());
        assert_eq!((other.settings(), other.served()), (settings, Some(served)));
    }

    #[test]
    fn what_cant_be_read_is_off() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("feedback-form.json"), r#"{"is_on": true}"#).unwrap();
        assert!(!FileFormBook::in_folder(dir.path()).settings().is_on);
        let gone = FileFormBook::in_folder(&dir.path().join("nowhere"));
        assert!(gone.set_settings(&FormSettings::default()).unwrap_err().next_step.contains("feedback-form.json"));
    }
}
