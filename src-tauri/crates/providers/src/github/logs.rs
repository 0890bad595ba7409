//! The log of a job. GitHub answers with a redirect to a signed address elsewhere; the token must not go there, and the address
//! must not be shown.

use super::client::Client;
use super::route::Route;
use crate::failure::{failure, unexpected};
use crate::transport;
use http::header::LOCATION;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};
use std::collections::VecDeque;

/// How much is downloaded of a log, in bytes, before we give up.
const LONGEST_DOWNLOAD: usize = 512 * 1024 * 1024;

/// The log of a job; `None` while there is none. Of a long one the end.
pub(super) async fn job_log(client: &Client, repository: &str, job: &str) -> Result<Option<String>, ProviderError> {
    let subject = format!("the log of job {job} of {repository}");
    let route = Route::repo(repository, "/actions/jobs/{}/logs", &[job], subject.clone())?;
    let answer = client.probe_unfollowed(&route).await?;
    match answer.status.as_u16() {
        200..=299 => Ok(Some(text(&answer.body))),
        301 | 302 | 303 | 307 | 308 => {
            let location = answer.header(LOCATION.as_str()).unwrap_or_default();
            download(client, location, &subject).await
        }
        // GitHub has no log while a job runs, and says so in the same words as for a job that isn't there.
        404 => {
            let route = Route::repo(repository, "/actions/jobs/{}", &[job], format!("job {job} of {repository}"))?;
            client.get(&route).await.map(|_| None)
        }
        410 => Err(failure(
            ProviderErrorKind::NotFound,
            format!("GitHub has deleted {subject}: its time to be kept is over."),
            "Raise the retention of logs in the repository's settings if they are needed for longer.",
        )),
        _ => Err(client.refusal(&answer)),
    }
}

async fn download(client: &Client, location: &str, subject: &str) -> Result<Option<String>, ProviderError> {
    let again = "Try again. If it stays, look at the job's page at GitHub.";
    let Ok(target) = reqwest::Url::parse(location) else {
        return Err(unexpected(format!("GitHub says that {subject} is elsewhere, but not where."), again));
    };
    // A plain address is followed only where the base itself is a plain address on this machine.
    let is_allowed = target.scheme() == "https" || (client.base.is_plain() && target.scheme() == "http");
    if !is_allowed {
        return Err(unexpected(format!("GitHub wants {subject} read over an unencrypted connection."), again));
    }
    let host = target.host_str().unwrap_or_default().to_owned();
    let fail = |error: &reqwest::Error| transport::no_answer(error, &host, &client.options, &client.secret);
    // The bare client: it holds neither token nor API headers.
    let sent = client.http.get(target).timeout(client.options.download_timeout).send().await;
    let mut response = sent.map_err(|error| fail(&error))?;
    tracing::debug!(method = "GET", route = "(log storage)", status = response.status().as_u16(), "The log storage answered.");
    match response.status().as_u16() {
        200..=299 => {}
        404 => return Ok(None),
        500..=599 => {
            let message = format!("The storage of {subject} is not available (status {}).", response.status().as_u16());
            return Err(failure(ProviderErrorKind::Unavailable, message, again));
        }
        status => return Err(unexpected(format!("The storage of {subject} answered with status {status}."), again)),
    }
    let mut tail = Tail::new(client.options.log_limit_bytes);
    while let Some(chunk) = response.chunk().await.map_err(|error| fail(&error))? {
        tail.push(&chunk);
        if tail.seen > LONGEST_DOWNLOAD {
            return Err(unexpected(format!("{subject} is larger than {} MiB.", LONGEST_DOWNLOAD / 1024 / 1024), again));
        }
    }
    Ok(Some(tail.into_text()))
}

/// A log as text. GitHub begins each with a byte order mark, which is none of the log.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).into_owned()
}

/// The end of a text that comes in pieces.
struct Tail {
    pieces: VecDeque<Vec<u8>>,
    held: usize,
    seen: usize,
    limit: usize,
}

impl Tail {
    const fn new(limit: usize) -> Self {
        Self { pieces: VecDeque::new(), held: 0, seen: 0, limit }
    }

    fn push(&mut self, piece: &[u8]) {
        self.seen += piece.len();
        self.held += piece.len();
        self.pieces.push_back(piece.to_vec());
        // Whole pieces go as long as enough is left; what is too much at the end is cut in `into_text`.
        while self.pieces.front().is_some_and(|first| self.held - first.len() >= self.limit) {
            if let Some(first) = self.pieces.pop_front() {
                self.held -= first.len();
            }
        }
    }

    fn into_text(self) -> String {
        let bytes: Vec<u8> = self.pieces.into_iter().flatten().collect();
        if self.seen <= self.limit {
            return text(&bytes);
        }
        let cut = bytes.len().saturating_sub(self.limit);
        // From the next full line on.
        let start = bytes[cut..].iter().position(|byte| *byte == b'\n').map_or(cut, |at| cut + at + 1);
        let left_out = self.seen - (bytes.len() - start);
        format!("[The first {left_out} bytes of this log are left out.]\n{}", String::from_utf8_lossy(&bytes[start..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_log_is_kept_from_a_full_line_on() {
        let mut tail = Tail::new(10);
        for piece in ["first\nsec", "ond\nthi", "rd\nlast\n"] {
            tail.push(piece.as_bytes());
        }
        assert_eq!(tail.into_text(), "[The first 19 bytes of this log are left out.]\nlast\n");
        let mut short = Tail::new(10);
        short.push(b"\xef\xbb\xbfall it\n");
        assert_eq!(short.into_text(), "all it\n");
    }
}
