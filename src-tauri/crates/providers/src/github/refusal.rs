//! What GitHub's refusals mean, in words for a person (<https://docs.github.com/en/rest/using-the-rest-api>, "Troubleshooting" and
//! "Rate limits"). Must not be asked about a success.

use super::client::moved;
use super::memory::Memory;
use super::wire::ErrorBody;
use crate::answer::Answer;
use crate::budget::{self, UNNAMED_WAIT};
use crate::failure::failure;
use crate::redaction::clean;
use chrono::{DateTime, Utc};
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind as Kind};
use secrecy::SecretString;
use std::time::Duration;

/// What an answer that is no success means.
pub(super) fn classify(answer: &Answer, secret: &SecretString, memory: &Memory, now: DateTime<Utc>) -> ProviderError {
    let body = ErrorBody::read(&answer.body);
    let said = clean(&body.words(), secret);
    let subject = &answer.subject;
    let quote = if said.is_empty() { String::new() } else { format!(" GitHub says: {}", sentence(&said)) };
    if let Some(wait) = limit_wait(answer, &said, now.timestamp()) {
        return limited(wait);
    }
    match answer.status.as_u16() {
        401 => unauthorized(memory, now),
        403 | 451 => forbidden(answer, &said, secret),
        404 => failure(
            Kind::NotFound,
            format!("GitHub doesn't know {subject}, or hides it from this token."),
            "Check the spelling, and that the token may see the repository.",
        ),
        410 => failure(Kind::NotFound, format!("GitHub no longer has {subject}.{quote}"), "It can't be brought back."),
        409 => failure(Kind::Conflict, format!("The state of {subject} doesn't allow this.{quote}"), "Look at its page at GitHub."),
        400 | 405 | 406 | 411..=422 => {
            failure(Kind::Invalid, format!("GitHub refuses the request for {subject}.{quote}"), next_step(&said))
        }
        408 => failure(Kind::NoAnswer, "GitHub gave up waiting for the request.", "Check the network and try again."),
        300..=399 => moved(subject),
        500..=599 => failure(
            Kind::Unavailable,
            format!("GitHub is not available (status {}).", answer.status.as_u16()),
            "Look at https://www.githubstatus.com, or ask who runs your Enterprise Server.",
        ),
        other => failure(
            Kind::Unexpected,
            format!("GitHub answered about {subject} with status {other}.{quote}"),
            "Check that the base URL is that of the API.",
        ),
    }
}

/// Too many calls.
pub(super) fn limited(wait: Duration) -> ProviderError {
    let seconds = wait.as_secs().max(1);
    let words = if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) };
    failure(
        Kind::RateLimited { retry_after: wait },
        format!("GitHub allows this account no more calls for {words}."),
        "Wait: Pilothouse goes on by itself. Other programs that use the same account share its budget.",
    )
}

/// How long to wait, where an answer limits us: the primary limit by its headers, a secondary one by `Retry-After` or its words.
fn limit_wait(answer: &Answer, said: &str, now_s: i64) -> Option<Duration> {
    if !budget::may_be_limit(answer.status) {
        return None;
    }
    let asked = budget::retry_after(&answer.headers, now_s);
    let primary = budget::limit(&answer.headers, now_s).filter(|limit| limit.remaining == 0).map(|limit| limit.resets_in);
    let said = said.to_ascii_lowercase();
    let by_words = ["secondary rate limit", "rate limit exceeded", "abuse detection"].iter().any(|words| said.contains(words));
    asked.or(primary).or((by_words || answer.status.as_u16() == 429).then_some(UNNAMED_WAIT))
}

fn unauthorized(memory: &Memory, now: DateTime<Utc>) -> ProviderError {
    let renew = "Make a new token at GitHub (Settings, Developer settings) and enter it in the connection.";
    match memory.token_ends() {
        Some(ends) if ends <= Timestamp::new(now) => {
            let day = ends.as_datetime().format("%Y-%m-%d %H:%M UTC");
            failure(Kind::Unauthorized, format!("The token expired on {day}."), renew)
        }
        _ => failure(Kind::Unauthorized, "GitHub refuses the token: it is wrong, expired or revoked.", renew),
    }
}

fn forbidden(answer: &Answer, said: &str, secret: &SecretString) -> ProviderError {
    let subject = &answer.subject;
    let quote = if said.is_empty() { String::new() } else { format!(" GitHub says: {}", sentence(said)) };
    if answer.header("x-github-sso").is_some_and(|sso| sso.starts_with("required")) {
        return failure(
            Kind::Forbidden,
            format!("The organisation wants the token authorised for single sign-on before it gives access to {subject}."),
            "At GitHub open Settings, Developer settings, the token, Configure SSO, and authorise it for the organisation.",
        );
    }
    let granted = answer.header("x-oauth-scopes").map(list);
    let next_step = if let Some(wanted) = answer.header("x-accepted-github-permissions").filter(|text| !text.trim().is_empty()) {
        format!("Give the token the permission {}.", clean(&permissions(wanted), secret))
    } else if let Some(wanted) = answer.header("x-accepted-oauth-scopes").map(list)
        && let Some(granted) = granted
        && !wanted.is_empty()
        && !wanted.iter().any(|scope| granted.contains(scope))
    {
        format!("Give the token the scope {}.", clean(&wanted.join(" or "), secret))
    } else {
        "Check what the token and its owner may do in this repository.".to_owned()
    };
    failure(Kind::Forbidden, format!("The token may not do this with {subject}.{quote}"), next_step)
}

/// `actions=write,contents=read; administration=write` in words.
fn permissions(header: &str) -> String {
    let one = |text: &str| text.trim().replace('=', ": ").replace('_', " ");
    let all = |text: &str| text.split(',').map(one).collect::<Vec<_>>().join(" and ");
    header.split(';').map(str::trim).filter(|text| !text.is_empty()).map(all).collect::<Vec<_>>().join(", or ")
}

/// A header's comma-separated words.
pub(super) fn list(header: &str) -> Vec<String> {
    header.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn sentence(said: &str) -> String {
    if said.ends_with(['.', '!', '?', '…']) { said.to_owned() } else { format!("{said}.") }
}

/// The way out for the refusals of a dispatch that people meet. Only the advice hangs on GitHub's words, nothing that is done.
fn next_step(said: &str) -> String {
    let said = said.to_ascii_lowercase();
    let advice = if said.contains("no ref found") {
        "Check that the tag or branch exists at GitHub: push it, or choose another."
    } else if said.contains("unexpected input") || said.contains("required input") || said.contains("provided") {
        "Compare the inputs in the environment's pipeline settings with those of the workflow file at this very ref."
    } else if said.contains("disabled workflow") {
        "Enable the workflow at GitHub (Actions, the workflow, Enable)."
    } else if said.contains("workflow_dispatch") {
        "Add `workflow_dispatch` to the triggers of the workflow file at this ref, or choose a ref that has it."
    } else {
        "Correct what GitHub names and try again."
    };
    advice.to_owned()
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
