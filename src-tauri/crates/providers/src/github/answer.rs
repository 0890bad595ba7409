//! One answer of GitHub: status, headers and body, and reading the body without being stricter than GitHub is.

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

    /// The body read as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, secret: &SecretString) -> Result<T, ProviderError> {
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| self.unreadable(&error, secret))
    }

    fn unreadable(&self, error: &serde_path_to_error::Error<serde_json::Error>, secret: &SecretString) -> ProviderError {
        if self.body.first().is_none_or(|byte| !matches!(byte, b'{' | b'[')) {
            let kind = self.header("content-type").unwrap_or("no content type");
            return unexpected(
                format!("The answer about {} is not JSON but {}.", self.subject, clean(kind, secret)),
                "Check that the base URL is that of the API, and that no log-in page or proxy stands before it.",
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Jobs {
        #[expect(dead_code, reason = "read to fail")]
        jobs: Vec<Job>,
    }

    #[derive(Debug, Deserialize)]
    struct Job {
        #[expect(dead_code, reason = "read to fail")]
        id: u64,
    }

    fn answer(body: &str) -> Answer {
        Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: body.as_bytes().into(), subject: "run 1".into() }
    }

    #[test]
    fn an_unreadable_answer_names_the_place() {
        let error = answer(r#"{"jobs":[{"id":1},{"id":"x"}]}"#).json::<Jobs>(&SecretString::from("ghp_secret")).unwrap_err();
        assert!(error.message.contains("`jobs[1].id`"), "{error}");
        let error = answer("<html>sign in</html>").json::<Jobs>(&SecretString::from("ghp_secret")).unwrap_err();
        assert!(error.message.contains("not JSON") && error.next_step.contains("proxy"), "{error:?}");
    }
}
