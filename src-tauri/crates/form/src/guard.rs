//! What stands before every request and behind every answer: how often, under which name, and what the browser may do with it.

use crate::form::{Form, Peer};
use crate::pages::{self, Notice};
use crate::rate::bucket_of;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// No script, nothing from elsewhere, no frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The referrer stays in the form: with none at all browsers wouldn't say where a form was sent from.
const HEADERS: [(HeaderName, &str); 9] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (REFERRER_POLICY, "same-origin"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (CACHE_CONTROL, "no-store"),
];

/// Lets a request through, or answers why not.
pub(crate) async fn guard(State(form): State<Arc<Form>>, request: Request, next: Next) -> Response {
    let mut response = match refused(&form, &request) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn refused(form: &Form, request: &Request) -> Option<Response> {
    let Some(Peer(address)) = request.extensions().get::<Peer>() else { return Some(pages::unavailable()) };
    if let Err(wait) = form.addresses.take(bucket_of(*address), 1, Instant::now()) {
        return Some(too_often(wait));
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_one = hosts.next().is_none();
    // A request may also name whom it is for in its first line.
    let is_named = request.uri().authority().is_none_or(|authority| form.site.is_host(authority.as_str()));
    if is_one && is_named && form.site.is_host(host) {
        return None;
    }
    let text = "The feedback form doesn't have this name. Open the link as it was given to you.";
    Some(pages::notice(StatusCode::MISDIRECTED_REQUEST, &Notice { title: "Not here", text, back: None }))
}

/// Says when to come again.
pub(crate) fn too_often(wait: Duration) -> Response {
    let text = "Too much came in a short time. What you had sent before is kept; wait a moment, then send this again.";
    let mut response = pages::notice(StatusCode::TOO_MANY_REQUESTS, &Notice { title: "Wait a moment", text, back: None });
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    response
}
