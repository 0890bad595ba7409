//! What GitLab's refusals mean, in words for a person (<https://docs.gitlab.com/api/rest/troubleshooting/>). Must not be asked about
//! a success.

use super::limits;
use super::memory::Memory;
use super::wire::ErrorBody;
use crate::answer::Answer;
use crate::failure::failure;
use crate::redaction::clean;
use chrono::{DateTime, Utc};
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind as Kind};
use secrecy::SecretString;
use std::time::Duration;

/// What an answer that is no success means.
pub(super) fn classify(answer: &Answer, secret: &SecretString, memory: &Memory, now: DateTime<Utc>) -> ProviderError {
    if let Some(wait) = limits::wait(answer.status, &answer.headers, now.timestamp()) {
        return limited(wait);
    }
    let body = ErrorBody::read(&answer.body);
    let said = clean(&body.words(), secret);
    let (subject, quote) = (&answer.subject, quoted(&said));
    match answer.status.as_u16() {
        401 => unauthorized(&said, memory, now),
        403 | 451 => forbidden(answer, &body, &said, secret),
        404 => failure(
            Kind::NotFound,
            format!("GitLab doesn't know {subject}, or hides it from this token.{}", unless_it_says_no_more(&said)),
            "Check the spelling, with all groups before the project's name, and that the token's owner is a member.",
        ),
        410 => failure(Kind::NotFound, format!("GitLab no longer has {subject}.{quote}"), "It can't be brought back."),
        // Only moved projects refuse a method that they have.
        405 if said.contains("moved") => moved(subject),
        409 | 412 | 423 => {
            failure(Kind::Conflict, format!("The state of {subject} doesn't allow this.{quote}"), "Look at its page at GitLab.")
        }
        400 | 405 | 406 | 411 | 413..=422 => {
            failure(Kind::Invalid, format!("GitLab refuses the request for {subject}.{quote}"), next_step(&said))
        }
        408 => failure(Kind::NoAnswer, "GitLab gave up waiting for the request.", "Check the network and try again."),
        301 | 307 | 308 => moved(subject),
        300..=399 => failure(
            Kind::Unexpected,
            format!("Instead of an answer about {subject} came a redirect to another page."),
            "Check that the base URL is that of a GitLab, and that no log-in page or proxy stands before it.",
        ),
        500..=599 => failure(
            Kind::Unavailable,
            format!("GitLab is not available (status {}).", answer.status.as_u16()),
            "Look at https://status.gitlab.com, or ask who runs your GitLab.",
        ),
        other => failure(
            Kind::Unexpected,
            format!("GitLab answered about {subject} with status {other}.{quote}"),
            "Check that the base URL is that of a GitLab.",
        ),
    }
}

/// Too many calls.
pub(super) fn limited(wait: Duration) -> ProviderError {
    let seconds = wait.as_secs().max(1);
    let words = if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) };
    failure(
        Kind::RateLimited { retry_after: wait },
        format!("GitLab allows this account no more calls for {words}."),
        "Wait: Pilothouse goes on by itself. Other programs that use the same account share its budget.",
    )
}

/// The failure of a project's name that GitLab has changed, for calls that must not follow.
pub(super) fn moved(subject: &str) -> ProviderError {
    failure(
        Kind::NotFound,
        format!("GitLab says that {subject} has moved: the project was renamed or transferred."),
        "Enter the project's new path in the product's settings.",
    )
}

fn unauthorized(said: &str, memory: &Memory, now: DateTime<Utc>) -> ProviderError {
    let renew = "Make a new token at GitLab (Preferences, Access tokens) and enter it in the connection.";
    match memory.token_ends() {
        Some(ends) if ends <= Timestamp::new(now) => {
            let day = ends.as_datetime().format("%Y-%m-%d");
            failure(Kind::Unauthorized, format!("The token expired on {day}."), renew)
        }
        _ => {
            let quote = if said.contains("oken") { quoted(said) } else { String::new() };
            failure(Kind::Unauthorized, format!("GitLab refuses the token: it is wrong, expired or revoked.{quote}"), renew)
        }
    }
}

fn forbidden(answer: &Answer, body: &ErrorBody, said: &str, secret: &SecretString) -> ProviderError {
    let subject = &answer.subject;
    if body.is_insufficient_scope() {
        let scopes = body.scopes();
        let wanted = if scopes.is_empty() { "api".to_owned() } else { clean(&scopes.join(" or "), secret) };
        return failure(
            Kind::Forbidden,
            format!("The token lacks the scope {wanted}, without which it may not do this with {subject}."),
            format!("Make a token with the scope {wanted} at GitLab (Preferences, Access tokens) and enter it in the connection."),
        );
    }
    failure(
        Kind::Forbidden,
        format!("The token may not do this with {subject}.{}", unless_it_says_no_more(said)),
        "Check the role of the token's owner in this project (Developer starts pipelines; protected branches, tags and environments may want more).",
    )
}

fn quoted(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(" GitLab says: {}", sentence(said)) }
}

/// `403 Forbidden` and `404 Not Found` say what is said already.
fn unless_it_says_no_more(said: &str) -> String {
    if matches!(said, "403 Forbidden" | "404 Not found" | "404 Not Found" | "404 Project Not Found") { String::new() } else { quoted(said) }
}

fn sentence(said: &str) -> String {
    if said.ends_with(['.', '!', '?', '…']) { said.to_owned() } else { format!("{said}.") }
}

/// The way out for the refusals that people meet. Only the advice hangs on GitLab's words, nothing that is done.
fn next_step(said: &str) -> String {
    let said = said.to_ascii_lowercase();
    let advice = if said.contains("reference not found") {
        "Check that the tag or branch exists at GitLab: push it, or choose another."
    } else if said.contains("pipeline variables") || said.contains("set variables") {
        "Allow it at GitLab (Settings, CI/CD, Variables, Minimum role to use pipeline variables), or declare the values as `spec:inputs` \
         in the CI configuration."
    } else if said.contains("input") {
        "Compare the inputs in the environment's pipeline settings with `spec:inputs` of the CI configuration at this very ref."
    } else if said.contains("no stages") || said.contains("workflow") || said.contains("filtered out") || said.contains("rules") {
        "Every job was filtered out: check `workflow:rules` and the jobs' `rules` for pipelines started through the API at this ref."
    } else if said.contains("config") || said.contains("yaml") {
        "Check the CI configuration at this ref with GitLab's pipeline editor."
    } else {
        "Correct what GitLab names and try again."
    };
    advice.to_owned()
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
