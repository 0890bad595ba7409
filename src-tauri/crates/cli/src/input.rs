//! Files that a command is given: JSON documents, notes. `-` is standard input.

use pilothouse_api::ApiError;
use serde::de::DeserializeOwned;
use std::io::Read as _;
use std::path::Path;

/// No document is longer.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The text of a file.
pub(crate) fn text(path: &Path) -> Result<String, ApiError> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(MAX_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
    };
    read.map_err(|error| {
        ApiError::invalid("file", format!("{} can't be read: {error}", path.display()), "Name a file that exists, or - for standard input.")
    })?;
    Ok(text)
}

/// The JSON document in a file.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, ApiError> {
    let text = text(path)?;
    let mut document = serde_json::Deserializer::from_str(&text);
    let value = serde_path_to_error::deserialize(&mut document).map_err(|error| {
        let place = error.path().to_string();
        let inner = error.into_inner();
        ApiError::invalid(place.clone(), format!("{}, at {place}: {inner}", path.display()), "Correct the document.")
    })?;
    document.end().map_err(|error| ApiError::invalid("file", format!("{}: {error}", path.display()), "One document is expected."))?;
    Ok(value)
}
