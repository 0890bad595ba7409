//! One answer of GitLab: status, headers and body, and reading the body without being stricter than GitLab is.

use crate::failure::unexpected;
use crate::redaction::clean;
use http::{HeaderMap, StatusCode};
use pilothouse_engine::ports::provider::ProviderError;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Arc<[u8]>,
    /// What was asked for, in words.
    pub(super) subject: String,
}

impl Answer {
    /// A header as text; `None` where there is none or it is no text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// True where the body can be JSON.
    pub(super) fn looks_like_json(&self) -> bool {
        self.body.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| matches!(byte, b'{' | b'['))
    }

    /// The body read as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, secret: &SecretString) -> Result<T, ProviderError> {
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| self.unreadable(&error, secret))
    }

    fn unreadable(&self, error: &serde_path_to_error::Error<serde_json::Error>, secret: &SecretString) -> ProviderError {
        if !self.looks_like_json() {
            let kind = self.header("content-type").unwrap_or("no content type");
            return unexpected(
                format!("The answer about {} is not JSON but {}.", self.subject, clean(kind, secret)),
                "Check that the base URL is that of a GitLab, and that no log-in page or proxy stands before it.",
            );
        }
        unexpected(
            format!(
                "The answer about {} can't be read at `{}`: {}.",
                self.subject,
                clean(&error.path().to_string(), secret),
                clean(&error.inner().to_string(), secret)
            ),
            "Try again. If it stays, the server may be of a version that Pilothouse doesn't know.",
        )
    }
}
