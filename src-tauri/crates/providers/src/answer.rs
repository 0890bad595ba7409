//! One answer of a server: status, headers and body; reading its JSON without being stricter than the server is; and what of it stands
//! for a read that the server calls unchanged. Must not know which provider it is of.

use crate::conditional::{ConditionalCache, Kept};
use crate::failure::unexpected;
use crate::redaction::clean;
use http::header::ETAG;
use http::{HeaderMap, StatusCode};
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Arc<[u8]>,
    /// What was asked for, in words.
    pub(crate) subject: String,
}

impl Answer {
    /// A header as text; `None` where there is none or it is no text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// True where the body can be JSON.
    pub(crate) fn looks_like_json(&self) -> bool {
        self.body.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| matches!(byte, b'{' | b'['))
    }

    /// The body read as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self, secret: &SecretString) -> Result<T, ProviderError> {
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            if !self.looks_like_json() {
                let next_step = "Check that the base URL is that of the provider's API, and that no log-in page or proxy stands before it.";
                return self.no_json(secret, next_step);
            }
            unexpected(
                format!(
                    "The answer about {} can't be read at `{}`: {}.",
                    self.subject,
                    clean(&error.path().to_string(), secret),
                    clean(&error.inner().to_string(), secret)
                ),
                "Try again. If it stays, the server, or what is added to it, may be of a version that Pilothouse doesn't know.",
            )
        })
    }

    /// That it is something else than JSON.
    pub(crate) fn no_json(&self, secret: &SecretString, next_step: &str) -> ProviderError {
        let kind = self.header("content-type").unwrap_or("no content type");
        unexpected(format!("The answer about {} is not JSON but {}.", self.subject, clean(kind, secret)), next_step)
    }
}

/// True where a read may be sent once more: no answer came, or a gateway failed.
pub(crate) fn is_passing(sent: &Result<Answer, ProviderError>) -> bool {
    match sent {
        Ok(answer) => matches!(answer.status.as_u16(), 502..=504),
        Err(error) => matches!(error.kind, ProviderErrorKind::NoAnswer | ProviderErrorKind::NotReached),
    }
}

/// What a conditional read came to: where nothing has changed what was kept, else the answer, kept for the next time.
pub(crate) fn settled(
    answers: &ConditionalCache,
    path: &str,
    kept: Option<Kept>,
    answer: Answer,
    provider: &str,
) -> Result<Answer, ProviderError> {
    if answer.status == StatusCode::NOT_MODIFIED {
        let Some(kept) = kept else {
            return Err(unexpected(
                format!("{provider} says that {} has not changed, but we don't know it.", answer.subject),
                "Try again. If it stays, a caching proxy may stand before the server.",
            ));
        };
        return Ok(Answer { status: StatusCode::OK, headers: kept.headers, body: kept.body, subject: answer.subject });
    }
    if answer.status == StatusCode::OK
        && let Some(etag) = answer.header(ETAG.as_str())
    {
        let kept = Kept { etag: etag.to_owned(), headers: answer.headers.clone(), body: Arc::clone(&answer.body) };
        answers.put(path.to_owned(), kept);
    }
    Ok(answer)
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
