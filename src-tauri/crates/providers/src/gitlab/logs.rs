//! The log of a job, which GitLab hands out whole each time, while the job runs too.

use super::client::Client;
use super::route::Route;
use super::runs;
use super::status::{BRIDGE, status};
use super::wire_ci::Job;
use crate::failure::{failure, unexpected};
use http::StatusCode;
use pilothouse_engine::ports::provider::{LogPart, ProviderError, ProviderErrorKind};

/// How much is downloaded of a log, in bytes, before we give up.
const LONGEST_DOWNLOAD: u64 = 512 * 1024 * 1024;

/// The log of a job from a byte on; `None` while there is none.
pub(super) async fn job_log(client: &Client, repository: &str, job: &str, from: u64) -> Result<Option<LogPart>, ProviderError> {
    if let Some((pipeline, bridge)) = job.strip_prefix(BRIDGE).and_then(|rest| rest.split_once('-')) {
        return elsewhere(client, repository, pipeline, bridge).await.map(Some);
    }
    let about = format!("job {job} of {repository}");
    // Asked before the log: a job that has ended by then writes nothing more.
    let known: Job = client.read(&Route::project(repository, "/jobs/{}", &[job], about.clone())?).await?;
    let is_complete = status(known.status.as_deref()).is_ended();
    if known.erased_at.is_some() {
        return Err(failure(
            ProviderErrorKind::NotFound,
            format!("The log of {about} was erased at GitLab."),
            "Nothing brings it back. Run the job again for a new one.",
        ));
    }
    let route = Route::project(repository, "/jobs/{}/trace", &[job], format!("the log of {about}"))?;
    let part = download(client, &route, from).await?;
    Ok(part.filter(|part| is_complete || part.next > 0).map(|part| LogPart { is_complete, ..part }))
}

/// Where the log of a downstream pipeline is.
async fn elsewhere(client: &Client, repository: &str, pipeline: &str, bridge: &str) -> Result<LogPart, ProviderError> {
    let bridges = runs::bridges(client, repository, pipeline).await?;
    let found = bridges.into_iter().find(|job| job.id.to_string() == bridge).ok_or_else(|| {
        failure(
            ProviderErrorKind::NotFound,
            format!("{} has no bridge {bridge}.", runs::about(repository, pipeline)),
            "Read the pipeline again.",
        )
    })?;
    let is_complete = status(found.status.as_deref()).is_ended();
    let elsewhere = found.downstream_pipeline.and_then(|downstream| downstream.web_url).or(found.web_url);
    Ok(LogPart { is_complete, elsewhere, ..LogPart::default() })
}

async fn download(client: &Client, route: &Route, from: u64) -> Result<Option<LogPart>, ProviderError> {
    let again = "Try again. If it stays, look at the job's page at GitLab.";
    let mut response = client.open(route, client.options.download_timeout).await?;
    if response.status() == StatusCode::NOT_FOUND {
        // The job itself was found: its log doesn't exist yet, or no longer.
        return Ok(None);
    }
    if !response.status().is_success() {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.chunk().await.ok().flatten().unwrap_or_default();
        let answer = crate::answer::Answer { status, headers, body: body.as_ref().into(), subject: route.subject.clone() };
        client.note(&answer);
        return Err(client.refusal(&answer));
    }
    let kind = response.headers().get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/html") {
        return Err(unexpected(
            format!("Instead of {} came a page.", route.subject),
            "Check that no log-in page or proxy stands before GitLab.",
        ));
    }
    let mut window = Window::new(from, client.options.log_limit_bytes);
    while let Some(chunk) = response.chunk().await.map_err(|error| client.no_answer(&error))? {
        window.push(&chunk);
        if window.seen > LONGEST_DOWNLOAD {
            return Err(unexpected(format!("{} is larger than {} MiB.", route.subject, LONGEST_DOWNLOAD / 1024 / 1024), again));
        }
    }
    Ok(Some(window.into_part()))
}

/// What follows a byte of a log that comes in pieces, at most so much of it.
struct Window {
    from: u64,
    limit: usize,
    seen: u64,
    /// The end of what was seen.
    held: Vec<u8>,
}

impl Window {
    const fn new(from: u64, limit: usize) -> Self {
        Self { from, limit, seen: 0, held: Vec::new() }
    }

    fn push(&mut self, piece: &[u8]) {
        self.seen += piece.len() as u64;
        self.held.extend_from_slice(piece);
        // Twice the limit is held before the first half goes, so that each byte is moved once.
        if self.held.len() > self.limit.saturating_mul(2) {
            self.held.drain(..self.held.len() - self.limit);
        }
    }

    /// The part. Begins anew where the log has become shorter, and leaves out the beginning of what is too long.
    fn into_part(self) -> LogPart {
        let total = self.seen;
        let wanted_from = if self.from <= total { self.from } else { 0 };
        let held_from = total - self.held.len() as u64;
        let limit_from = total.saturating_sub(self.limit as u64).max(held_from);
        let start = wanted_from.max(limit_from);
        let bytes = &self.held[usize::try_from(start - held_from).unwrap_or(self.held.len())..];
        // A character of which only the beginning is there yet comes with the next part.
        let whole = bytes.len() - cut_short(bytes);
        let mut text = String::new();
        let mut bytes = &bytes[..whole];
        if start > wanted_from {
            let line = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            text = format!("[{} bytes of this log are left out.]\n", start - wanted_from + line as u64);
            bytes = &bytes[line..];
        }
        let next = total - (self.held.len() as u64 - (start - held_from) - whole as u64);
        text.push_str(&String::from_utf8_lossy(bytes));
        LogPart { text, next, ..LogPart::default() }
    }
}

/// How many bytes at the end are the beginning of a UTF-8 character.
fn cut_short(bytes: &[u8]) -> usize {
    for (back, byte) in (1..=3).zip(bytes.iter().rev()) {
        let length = match byte {
            0x80..=0xBF => continue,
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF7 => 4,
            _ => 1,
        };
        return if length > back { back } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(pieces: &[&[u8]], from: u64, limit: usize) -> LogPart {
        let mut window = Window::new(from, limit);
        pieces.iter().for_each(|piece| window.push(piece));
        window.into_part()
    }

    #[test]
    fn a_growing_log_is_read_on_from_where_it_was() {
        let first = part(&[b"one\n", b"two\n"], 0, 100);
        assert_eq!((first.text.as_str(), first.next), ("one\ntwo\n", 8));
        let second = part(&[b"one\ntwo\nthree\n"], first.next, 100);
        assert_eq!((second.text.as_str(), second.next), ("three\n", 14));
        assert_eq!(part(&[b"one\n"], 4, 100), LogPart { next: 4, ..LogPart::default() });
        assert_eq!(part(&[b"new\n"], 9, 100).text, "new\n", "a shorter log is another log");
    }

    #[test]
    fn the_end_of_a_long_log_is_kept_from_a_full_line_on() {
        let long = part(&[b"first\nsec", b"ond\nthird\n", b"last\n"], 0, 8);
        assert_eq!((long.text.as_str(), long.next), ("[19 bytes of this log are left out.]\nlast\n", 24));
        let rest = part(&[b"first\nsecond\nthird\nlast\n"], 19, 8);
        assert_eq!(rest.text, "last\n");
    }

    #[test]
    fn a_character_is_never_torn() {
        let bytes = "grün".as_bytes();
        let first = part(&[&bytes[..3]], 0, 100);
        assert_eq!((first.text.as_str(), first.next), ("gr", 2));
        let second = part(&[bytes], first.next, 100);
        assert_eq!((second.text.as_str(), second.next), ("ün", 5));
        let ship = "a🚢".as_bytes();
        for end in 2..5 {
            assert_eq!(part(&[&ship[..end]], 0, 100).next, 1, "{end}");
        }
        assert_eq!(part(&[b"a\xff"], 0, 100).next, 2, "what is no text at all goes on");
    }
}
