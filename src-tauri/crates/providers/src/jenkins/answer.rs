//! One answer of Jenkins: status, headers and body. A body is read as JSON only where it says that it is JSON; everything else is a
//! page, of Jenkins or of something that stands before it.

use super::page;
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

    /// True where Jenkins itself has answered, and nothing that stands before it.
    pub(super) fn is_of_jenkins(&self) -> bool {
        self.headers.contains_key("x-jenkins")
    }

    /// True where it says that it is JSON.
    pub(super) fn is_json(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.split(';').next().unwrap_or_default().trim().ends_with("json"))
    }

    /// True for a redirect or page that wants a person to log in.
    pub(super) fn wants_login(&self) -> bool {
        if self.status.is_redirection() {
            return self.header("location").is_some_and(page::is_login_address);
        }
        self.status.is_success() && !self.is_json() && page::is_login(&self.text())
    }

    /// The body as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body read as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, secret: &SecretString) -> Result<T, ProviderError> {
        if !self.is_json() {
            if self.wants_login() {
                return Err(super::refusal::login(&self.subject));
            }
            let kind = self.header("content-type").unwrap_or("no content type");
            return Err(unexpected(
                format!("The answer about {} is not JSON but {}.", self.subject, clean(kind, secret)),
                "Check that the base URL is that of Jenkins, with its context path, and that no proxy answers in its place.",
            ));
        }
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            unexpected(
                format!(
                    "The answer about {} can't be read at `{}`: {}.",
                    self.subject,
                    clean(&error.path().to_string(), secret),
                    clean(&error.inner().to_string(), secret)
                ),
                "Try again. If it stays, the server or a plugin may be of a version that Pilothouse doesn't know.",
            )
        })
    }
}
