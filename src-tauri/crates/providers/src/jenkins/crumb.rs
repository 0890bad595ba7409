//! The filter against forged requests (<https://www.jenkins.io/doc/book/security/csrf-protection/>): a POST with an API token passes,
//! one with a password needs a crumb and the session cookie of the same answer.

use super::answer::Answer;
use super::client::Client;
use super::memory::{Crumb, Entry};
use super::page;
use super::route::Route;
use super::wire;
use http::header::{HeaderName, HeaderValue, SET_COOKIE};
use pilothouse_engine::ports::provider::ProviderError;

/// How the next POST is let in; asks the server where that isn't known.
pub(super) async fn entry(client: &Client) -> Result<Entry, ProviderError> {
    match client.memory.entry() {
        // Shaped like a token: tried without a crumb, and corrected by the refusal where it is a password after all.
        Entry::Unasked if client.has_token_shape() => Ok(Entry::Free),
        Entry::Unasked => fresh(client).await,
        known => Ok(known),
    }
}

/// A new crumb; `Free` where the filter is off.
pub(super) async fn fresh(client: &Client) -> Result<Entry, ProviderError> {
    let answer = client.probe_afresh(&Route::plain("/crumbIssuer/api/json", "the crumb")).await?;
    let entry = match answer.status.as_u16() {
        404 => Entry::Free,
        200..=299 => Entry::Crumb(read(client, &answer)?),
        _ => return Err(client.refusal(&answer)),
    };
    client.memory.note_entry(entry.clone());
    Ok(entry)
}

/// True where a POST was refused for its crumb alone. It was not carried out: the filter stands before everything else.
pub(super) fn is_refused(answer: &Answer) -> bool {
    answer.status.as_u16() == 403 && {
        let said = page::words(&answer.text());
        said.to_ascii_lowercase().contains("no valid crumb")
    }
}

fn read(client: &Client, answer: &Answer) -> Result<Crumb, ProviderError> {
    let read: wire::Crumb = answer.told(&client.secret)?;
    let unreadable = || {
        crate::failure::unexpected(
            "Jenkins gives a crumb that can't be a header.",
            "Use an API token in place of the password: it needs no crumb.",
        )
    };
    let field = HeaderName::try_from(read.crumb_request_field).map_err(|_| unreadable())?;
    let mut value = HeaderValue::try_from(read.crumb).map_err(|_| unreadable())?;
    value.set_sensitive(true);
    Ok(Crumb { field, value, session: session(answer) })
}

/// The cookies that an answer sets, as the next request sends them.
fn session(answer: &Answer) -> Option<HeaderValue> {
    let pairs: Vec<&str> = answer
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .filter_map(|line| line.split(';').next())
        .map(str::trim)
        .filter(|pair| pair.contains('='))
        .collect();
    let mut value = HeaderValue::try_from(pairs.join("; ")).ok().filter(|value| !value.is_empty())?;
    value.set_sensitive(true);
    Some(value)
}
