//! Where the clones of products are on this computer: a small file in the data folder, and not in the database, which several
//! computers may share, and where a path of one means nothing on another.

use pilothouse_domain::ProductId;
use pilothouse_engine::ports::local_git::{CloneBook, LocalGitError};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The file `clones.json`: from a product's id to a folder.
#[derive(Debug)]
pub struct FileCloneBook {
    file: PathBuf,
    writing: Mutex<()>,
}

impl FileCloneBook {
    /// The book in a data folder. Nothing is read or made yet.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { file: folder.join("clones.json"), writing: Mutex::new(()) }
    }

    /// Read anew each time: the window and the command line share it.
    fn read(&self) -> io::Result<BTreeMap<String, String>> {
        match fs::read_to_string(&self.file) {
            Ok(text) => serde_json::from_str(&text).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }

    fn write(&self, book: &BTreeMap<String, String>) -> io::Result<()> {
        let text = serde_json::to_string_pretty(book).map_err(io::Error::other)?;
        // Whole or not at all: a name of this process's own, then moved.
        let new = self.file.with_extension(format!("{}.new", std::process::id()));
        fs::write(&new, text)?;
        fs::rename(&new, &self.file)
    }
}

impl CloneBook for FileCloneBook {
    fn clone_of(&self, product: ProductId) -> Option<PathBuf> {
        match self.read() {
            Ok(mut book) => book.remove(&product.to_string()).map(PathBuf::from),
            Err(error) => {
                tracing::warn!(%error, file = %self.file.display(), "the list of local clones can't be read");
                None
            }
        }
    }

    fn set_clone(&self, product: ProductId, clone: Option<&Path>) -> Result<(), LocalGitError> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = |message: String| LocalGitError {
            is_missing: false,
            message,
            next_step: format!("See whether {} can be read and written.", self.file.display()),
        };
        let mut book = self.read().map_err(|error| refused(format!("The list of local clones can't be read: {error}.")))?;
        match clone {
            Some(clone) => {
                let text = clone.to_str().ok_or_else(|| refused("The path isn't text that can be kept.".to_owned()))?;
                book.insert(product.to_string(), text.to_owned());
            }
            None => {
                book.remove(&product.to_string());
            }
        }
        self.write(&book).map_err(|error| refused(format!("The list of local clones can't be written: {error}.")))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_clone_is_named_and_forgotten_and_another_book_on_the_file_sees_it() {
        let dir = tempfile::tempdir().unwrap();
        let book = FileCloneBook::in_folder(dir.path());
        let (one, other) = (ProductId::new(Uuid::from_u128(1)), ProductId::new(Uuid::from_u128(2)));
        assert_eq!(book.clone_of(one), None);
        book.set_clone(one, Some(Path::new("/home/mira/with spaces/checkout"))).unwrap();
        book.set_clone(other, Some(Path::new("/srv/ledger"))).unwrap();
        let again = FileCloneBook::in_folder(dir.path());
        assert_eq!(again.clone_of(one), Some(PathBuf::from("/home/mira/with spaces/checkout")));
        again.set_clone(one, None).unwrap();
        assert_eq!(book.clone_of(one), None);
        assert_eq!(book.clone_of(other), Some(PathBuf::from("/srv/ledger")));
    }

    #[test]
    fn a_broken_file_is_no_clone_and_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let book = FileCloneBook::in_folder(dir.path());
        fs::write(dir.path().join("clones.json"), "{").unwrap();
        let product = ProductId::new(Uuid::from_u128(1));
        assert_eq!(book.clone_of(product), None);
        assert!(book.set_clone(product, Some(Path::new("/srv/ledger"))).unwrap_err().message.contains("can't be read"));
        assert_eq!(fs::read_to_string(dir.path().join("clones.json")).unwrap(), "{");
    }
}
