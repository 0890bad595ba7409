//! The search for a token where none may be: in files, in what programs print, in the process list. Used by every journey that a
//! marked token goes through.

use std::path::Path;

/// What is looked for: the token, and a run of its middle, so that a cut or wrapped copy is found too.
pub(crate) struct TokenScan {
    marks: Vec<Vec<u8>>,
}

impl TokenScan {
    pub(crate) fn new(token: &str) -> Self {
        let middle: String = token.chars().skip(6).take(16).collect();
        assert_eq!(middle.len(), 16, "too short a token to be told from chance");
        Self { marks: vec![token.as_bytes().to_vec(), middle.into_bytes()] }
    }

    /// Fails where the token stands in these bytes.
    pub(crate) fn bytes(&self, what: &str, bytes: &[u8]) {
        for mark in &self.marks {
            assert!(!bytes.windows(mark.len()).any(|window| window == mark.as_slice()), "the token stands in {what}");
        }
    }

    /// Fails where it stands in a file of the folder, at any depth. Gives the number of files that were read.
    pub(crate) fn folder(&self, folder: &Path) -> usize {
        let mut searched = 0;
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            // No link, no socket: what they lead to is searched where it is, or can't be read.
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                searched += self.folder(&path);
            } else if kind.is_file()
                && let Ok(bytes) = std::fs::read(&path)
            {
                searched += 1;
                self.bytes(&path.display().to_string(), &bytes);
            }
        }
        searched
    }

    /// Fails where it stands among the arguments of any process: they are public on the machine.
    pub(crate) fn process_list(&self) {
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            if let Ok(arguments) = std::fs::read(entry.path().join("cmdline")) {
                self.bytes("the process list", &arguments);
            }
        }
    }
}

#[test]
fn a_token_that_stands_there_would_be_found() {
    let folder = tempfile::tempdir().unwrap();
    let token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    let scan = TokenScan::new(token);
    std::fs::create_dir(folder.path().join("deep")).unwrap();
    std::fs::write(folder.path().join("deep/log"), "nothing here").unwrap();
    assert_eq!(scan.folder(folder.path()), 1);
    std::fs::write(folder.path().join("deep/log"), format!("cut: {}", &token[4..30])).unwrap();
    assert!(std::panic::catch_unwind(|| scan.folder(folder.path())).is_err());
}
