//! Downloads that may be large, and those that a provider hands out from a store elsewhere, to which no token may go. Must not follow more
//! than one redirect, or show a signed address.

use crate::base_url::BaseUrl;
use crate::failure::{failure, unexpected};
use crate::options::CallOptions;
use crate::transport;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};
use secrecy::SecretString;

const AGAIN: &str = "Try again. If it stays, look at the run's page at the provider.";

/// Where downloads come from, and within which bounds.
pub(crate) struct Store<'a> {
    /// The bare client: it holds neither token nor headers.
    pub(crate) http: &'a reqwest::Client,
    pub(crate) base: &'a BaseUrl,
    pub(crate) options: &'a CallOptions,
    pub(crate) secret: &'a SecretString,
}

impl Store<'_> {
    /// What a redirect leads to, at most so many bytes of it.
    pub(crate) async fn fetch(&self, location: &str, subject: &str, most: usize) -> Result<Vec<u8>, ProviderError> {
        let Ok(target) = reqwest::Url::parse(location) else {
            return Err(unexpected(format!("The provider says that {subject} is elsewhere, but not where."), AGAIN));
        };
        // A plain address is followed only where the base itself is a plain address on this machine.
        if target.scheme() != "https" && !(self.base.is_plain() && target.scheme() == "http") {
            return Err(unexpected(format!("The provider wants {subject} read over an unencrypted connection."), AGAIN));
        }
        let host = target.host_str().unwrap_or_default().to_owned();
        let fail = |error: &reqwest::Error| transport::no_answer(error, &host, self.options, self.secret);
        let response = self.http.get(target).timeout(self.options.download_timeout).send().await.map_err(|error| fail(&error))?;
        tracing::debug!(method = "GET", route = "(artifact storage)", status = response.status().as_u16(), "The storage answered.");
        match response.status().as_u16() {
            200..=299 => bounded(response, subject, most).await?.map_err(|error| fail(&error)),
            404 | 410 => Err(gone(subject)),
            500..=599 => {
                let message = format!("The storage of {subject} is not available (status {}).", response.status().as_u16());
                Err(failure(ProviderErrorKind::Unavailable, message, AGAIN))
            }
            status => Err(unexpected(format!("The storage of {subject} answered with status {status}."), AGAIN)),
        }
    }
}

/// The whole body, at most so many bytes of it.
pub(crate) async fn bounded(
    mut response: reqwest::Response,
    subject: &str,
    most: usize,
) -> Result<Result<Vec<u8>, reqwest::Error>, ProviderError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(piece)) if body.len().saturating_add(piece.len()) > most => return Err(too_large(subject, most)),
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => return Ok(Ok(body)),
            Err(error) => return Ok(Err(error)),
        }
    }
}

/// That a download is larger than what is read.
pub(crate) fn too_large(subject: &str, most: usize) -> ProviderError {
    let next_step = "Give the reports an artifact of their own, or import them with `pilothouse smoke import`.";
    failure(ProviderErrorKind::Invalid, format!("{subject} is larger than the {} MiB that are read.", most / 1024 / 1024), next_step)
}

/// That it isn't kept any longer.
pub(crate) fn gone(subject: &str) -> ProviderError {
    let next_step = "Raise the time for which artifacts are kept, or import reports sooner.";
    failure(ProviderErrorKind::NotFound, format!("The provider has deleted {subject}: its time to be kept is over."), next_step)
}
