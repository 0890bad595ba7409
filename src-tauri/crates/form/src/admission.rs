//! Who is let in: whoever has the token of a tester, for that tester's round. The browser keeps it in a cookie that no script reads and that
//! goes to that round's pages alone. Must not keep a session: each request is asked anew, so that an invitation that was taken back is over
//! at once.

use crate::form::{Form, Peer};
use crate::pages::{self, Notice};
use crate::rate::bucket_of;
use axum::response::Response;
use http::header::{COOKIE, ORIGIN};
use http::{HeaderMap, StatusCode};
use pilothouse_domain::UatRoundId;
use pilothouse_domain::uat::{InvitationFault, Tester, UatRound};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::time::Instant;

const COOKIE_NAME: &str = "pilothouse_form";
/// The longest token that is looked at.
const MAX_TOKEN: usize = 128;
/// What a token that isn't known costs an address, beside the request itself.
const GUESS: u32 = 10;

/// A tester who was let in.
pub(crate) struct Admitted {
    pub(crate) round: UatRound,
    pub(crate) tester: Tester,
    token: SecretString,
}

impl Admitted {
    /// What a page of the form says, and a page of somebody else can't: it follows from the token, which is a secret of the browser.
    pub(crate) fn csrf(&self) -> String {
        digest(&format!("pilothouse feedback form, csrf\n{}", self.token.expose_secret()))
    }

    /// The cookie that lets the browser in from now on.
    pub(crate) fn cookie(&self, form: &Form) -> String {
        let lasts = self.tester.invitation.as_ref().map_or(0, |i| i.expires_at.since(form.engine.now()).as_secs());
        let secure = if form.site.is_secure { "; Secure" } else { "" };
        let (token, round) = (self.token.expose_secret(), self.round.id);
        // Lax: the link comes from a mail or a chat, and the page after it needs the cookie. What is sent is guarded by `csrf`.
        format!("{COOKIE_NAME}={token}; Path=/r/{round}; Max-Age={lasts}; HttpOnly; SameSite=Lax{secure}")
    }
}

/// Lets somebody in by a token, or answers why not.
pub(crate) async fn by_token(form: &Form, peer: Option<Peer>, round: &str, token: &str) -> Result<Admitted, Response> {
    let unknown = || {
        if let Some(Peer(address)) = peer {
            // Whoever guesses soon has to wait; that this can fail is as good.
            let _ = form.addresses.take(bucket_of(address), GUESS, Instant::now());
        }
        let text = "The link is not complete, or the invitation was taken back or replaced. Ask whoever invited you for a new one.";
        pages::notice(StatusCode::NOT_FOUND, &Notice { title: "This invitation is not known", text, back: None })
    };
    let Ok(round) = round.parse::<UatRoundId>() else { return Err(unknown()) };
    if token.is_empty() || token.len() > MAX_TOKEN {
        return Err(unknown());
    }
    let token = SecretString::from(token.to_owned());
    match form.engine.admitted_tester(round, &token).await {
        Ok(Ok((round, tester))) => Ok(Admitted { round, tester, token }),
        Ok(Err(InvitationFault::Unknown)) => Err(unknown()),
        Ok(Err(InvitationFault::Expired)) => {
            let text = "Its time is over, or the round it was for has ended. Ask whoever invited you for a new one.";
            Err(pages::notice(StatusCode::GONE, &Notice { title: "This invitation has ended", text, back: None }))
        }
        Err(error) => {
            tracing::error!(%error, "the feedback form can't read who is invited");
            Err(pages::unavailable())
        }
    }
}

/// Lets somebody in by their cookie, or answers why not.
pub(crate) async fn by_cookie(form: &Form, peer: Option<Peer>, round: &str, headers: &HeaderMap) -> Result<Admitted, Response> {
    match token_of(headers) {
        Some(token) => by_token(form, peer, round, &token).await,
        None => {
            let text = "This browser doesn't know your invitation (any more). Open the link that you were given again, and allow cookies.";
            Err(pages::notice(StatusCode::FORBIDDEN, &Notice { title: "Open your invitation again", text, back: None }))
        }
    }
}

fn token_of(headers: &HeaderMap) -> Option<String> {
    let pairs = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let mut own = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == COOKIE_NAME);
    own.next().map(|(_, token)| token.to_owned())
}

/// Whether what is sent comes from a page of the form: the browser says where it comes from, and no page can lie about that. Browsers that
/// don't say are told apart by the token in the page.
pub(crate) fn is_own_page(form: &Form, headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or_default());
    let origin = headers.get(ORIGIN).map(|value| value.to_str().unwrap_or_default());
    site.is_none_or(|site| site == "same-origin") && origin.is_none_or(|origin| form.site.is_origin(origin))
}

/// Whether two texts are the same. Their digests are compared: how long it takes tells nothing of them.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    digest(one) == digest(other)
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        assert_eq!(token_of(&headers), None);
        headers.append(COOKIE, HeaderValue::from_static("a=b; xpilothouse_form=no"));
        assert_eq!(token_of(&headers), None);
        headers.append(COOKIE, HeaderValue::from_static("c=d;pilothouse_form=yes"));
        assert_eq!(token_of(&headers).as_deref(), Some("yes"));
    }
}
