//! One answer of Jenkins: status, headers and body. A body is read as JSON only where it says that it is JSON; everything else is a
//! page, of Jenkins or of something that stands before it.

use super::page;
pub(super) use crate::answer::Answer;
use pilothouse_engine::ports::provider::ProviderError;
use secrecy::SecretString;
use serde::de::DeserializeOwned;

impl Answer {
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

    /// The body read as JSON, where it says that it is.
    pub(super) fn told<T: DeserializeOwned>(&self, secret: &SecretString) -> Result<T, ProviderError> {
        if self.is_json() {
            return self.json(secret);
        }
        if self.wants_login() {
            return Err(super::refusal::login(&self.subject));
        }
        let next_step = "Check that the base URL is that of Jenkins, with its context path, and that no proxy answers in its place.";
        Err(self.no_json(secret, next_step))
    }
}
