//! A file of a repository at a commit, as text: how it is told of, and what an answer comes to that has none. Must not ask anything
//! itself.

use crate::failure::{failure, unexpected};
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};

/// The longest file that is read, in bytes.
const LONGEST_FILE: usize = 128 * 1024;

/// A file at a commit in words.
pub(crate) fn about(path: &str, repository: &str, commit: &str) -> String {
    format!("{path} of {repository} at {}", commit.get(..7).unwrap_or(commit))
}

/// That the commit has no such file.
pub(crate) fn missing(about: &str) -> ProviderError {
    failure(ProviderErrorKind::NotFound, format!("There is no {about}."), "Check the path, and whether the commit has the file.")
}

/// The text of a file, where it is one and not too long.
pub(crate) fn readable(text: Option<String>, about: &str, provider: &str) -> Result<String, ProviderError> {
    text.filter(|text| text.len() <= LONGEST_FILE).ok_or_else(|| {
        unexpected(
            format!("{provider} sends {about} in a form that we can't read, or it is longer than 128 KiB."),
            format!("Look at the file at {provider}."),
        )
    })
}
