//! What Jenkins's refusals mean, in words for a person; and those of what stands before it. Must not be asked about a success.

use super::answer::Answer;
use super::client::Client;
use super::page;
use crate::budget::{self, UNNAMED_WAIT};
use crate::failure::failure;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind as Kind};
use std::time::Duration;

const RENEW: &str = "Make a new API token at Jenkins (your user, Security, API Token) and enter it with the user id in the connection.";

/// What an answer that is no success means. A success is unexpected here.
pub(super) fn classify(answer: &Answer, client: &Client) -> ProviderError {
    let subject = &answer.subject;
    let said = said(answer, client);
    let quote = if said.is_empty() { String::new() } else { format!(" It says: {}", sentence(&said)) };
    if let Some(wait) = limit_wait(answer) {
        return limited(wait);
    }
    if answer.wants_login() {
        return login(subject);
    }
    match answer.status.as_u16() {
        401 => failure(Kind::Unauthorized, "Jenkins refuses the user id and API token: they are wrong or revoked.", RENEW),
        403 => forbidden(answer, client, &said),
        404 => failure(
            Kind::NotFound,
            format!("Jenkins doesn't know {subject}, or hides it from this user."),
            "Check the spelling and the folder, and that the user has the permissions Job/Discover and Job/Read there.",
        ),
        410 => failure(Kind::NotFound, format!("Jenkins no longer has {subject}.{quote}"), "It can't be brought back."),
        409 => failure(
            Kind::Conflict,
            format!("The state of {subject} doesn't allow this.{quote}"),
            "Look at its page at Jenkins: the job may be disabled, or still being created.",
        ),
        408 => failure(Kind::NoAnswer, "Jenkins gave up waiting for the request.", "Check the network and try again."),
        400 | 405 | 406 | 411..=422 => failure(
            Kind::Invalid,
            format!("Jenkins refuses the request for {subject}.{quote}"),
            "Correct what Jenkins names and try again.",
        ),
        300..=399 => moved(subject),
        503 if page::is_getting_ready(&answer.text()) => {
            failure(Kind::Unavailable, "Jenkins is starting and not ready yet.", "Wait some minutes: Pilothouse asks again by itself.")
        }
        status @ 500..=599 if answer.is_of_jenkins() => failure(
            Kind::Unavailable,
            format!("Jenkins failed (status {status}).{quote}"),
            "Look at the log of Jenkins, or ask who runs it.",
        ),
        status @ 500..=599 => failure(
            Kind::Unavailable,
            format!("What stands before Jenkins answers in its place (status {status})."),
            "Jenkins may be down: ask who runs it and its proxy.",
        ),
        other => failure(
            Kind::Unexpected,
            format!("Jenkins answered about {subject} with status {other}.{quote}"),
            "Check that the base URL is that of Jenkins, with its context path.",
        ),
    }
}

/// A log-in page in place of an answer: nothing was passed on to Jenkins.
pub(super) fn login(subject: &str) -> ProviderError {
    failure(
        Kind::Unauthorized,
        format!("A log-in page came in place of {subject}: something before Jenkins doesn't let API tokens pass."),
        "Ask for an address of Jenkins that API tokens can use without single sign-on, and enter it as the base URL.",
    )
}

/// The failure of an address that Jenkins has elsewhere.
pub(super) fn moved(subject: &str) -> ProviderError {
    failure(
        Kind::NotFound,
        format!("Jenkins says that {subject} is at another address."),
        "Enter the address that Jenkins has under Manage Jenkins, System, Jenkins URL as the base URL.",
    )
}

/// Too many calls.
pub(super) fn limited(wait: Duration) -> ProviderError {
    let seconds = wait.as_secs().max(1);
    let words = if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) };
    failure(
        Kind::RateLimited { retry_after: wait },
        format!("The proxy before Jenkins allows no more calls for {words}."),
        "Wait: Pilothouse goes on by itself. Jenkins itself has no such limit: ask who runs the proxy.",
    )
}

/// How long to wait, where an answer limits us. Jenkins doesn't; proxies before it do.
pub(super) fn limit_wait(answer: &Answer) -> Option<Duration> {
    let asked = budget::retry_after(&answer.headers, chrono::Utc::now().timestamp());
    (answer.status.as_u16() == 429).then(|| asked.unwrap_or(UNNAMED_WAIT))
}

/// What an answer says, cleaned: the header of a failed form, else its page.
pub(super) fn said(answer: &Answer, client: &Client) -> String {
    match answer.header("x-error") {
        Some(error) => client.clean(error),
        None if answer.is_json() => String::new(),
        None => client.clean(&page::words(&answer.text())),
    }
}

fn forbidden(answer: &Answer, client: &Client, said: &str) -> ProviderError {
    let subject = &answer.subject;
    if answer.header("x-you-are-authenticated-as").is_some_and(|user| user.eq_ignore_ascii_case("anonymous")) {
        return failure(Kind::Unauthorized, "Jenkins takes us for somebody who hasn't logged in.", RENEW);
    }
    if said.to_ascii_lowercase().contains("no valid crumb") {
        return failure(
            Kind::Forbidden,
            format!("Jenkins refuses {subject}: its protection against forged requests doesn't take our crumb."),
            "Use an API token in place of the password: it needs no crumb. A proxy may also drop the session's cookie.",
        );
    }
    let quote = if said.is_empty() { String::new() } else { format!(" It says: {}", sentence(said)) };
    let next_step = match answer.header("x-required-permission") {
        Some(permission) => format!("Ask for the permission {} at Jenkins.", client.clean(permission)),
        None => "Ask for the permission at Jenkins, for this folder or job.".to_owned(),
    };
    failure(Kind::Forbidden, format!("This user may not do this with {subject}.{quote}"), next_step)
}

/// With one full stop at its end.
fn sentence(words: &str) -> String {
    let words = words.trim_end_matches(['.', ' ']);
    format!("{words}.")
}
