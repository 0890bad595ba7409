//! Files that a command is given: JSON documents, notes. `-` is standard input.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pilothouse_api::ApiError;
use serde::de::DeserializeOwned;
use std::io::Read as _;
use std::path::Path;

/// No document is longer.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// No file is larger that is attached: 10 MiB.
const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;

/// The text of a file.
pub(crate) fn text(path: &Path) -> Result<String, ApiError> {
    long_text(path, MAX_BYTES)
}

/// The text of a file of at most so many bytes; what is longer is refused.
pub(crate) fn long_text(path: &Path, most: u64) -> Result<String, ApiError> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(most + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_string(&mut text))
    };
    read.map_err(|error| {
        ApiError::invalid("file", format!("{} can't be read: {error}", path.display()), "Name a file that exists, or - for standard input.")
    })?;
    if u64::try_from(text.len()).is_ok_and(|length| length > most) {
        let message = format!("{} is larger than {} MiB", path.display(), most / 1024 / 1024);
        return Err(ApiError::invalid("file", message, "Give a smaller one."));
    }
    Ok(text)
}

/// A file's content in Base64, as it goes over the wire. At most what is taken as evidence, and a byte more, which is refused there.
pub(crate) fn base64(path: &Path) -> Result<String, ApiError> {
    let mut content = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut content));
    read.map_err(|error| ApiError::invalid("file", format!("{} can't be read: {error}", path.display()), "Name a file that exists."))?;
    Ok(STANDARD.encode(content))
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
