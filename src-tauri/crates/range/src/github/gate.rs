//! What every request to GitHub passes: the request log, ordered faults, the token, the API version, the rate limit; and
//! what every answer carries: headers and an ETag.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use chrono::Utc;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use sha2::{Digest as _, Sha256};

use super::error::ApiError;
use crate::faults::{Fault, Operation};
use crate::people;
use crate::serve::Connection;
use crate::site::Site;
use crate::tokens::Caller;

/// The API version that a request chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApiVersion {
    V2022,
    /// Dispatch always answers 200 with the run's id.
    V2026,
}

/// Largest answer of ours, in bytes.
const LARGEST: usize = 16 << 20;

const PROXY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// The middleware.
pub(crate) async fn gate(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let visit = Visit::of(&request);
    let number = site.stats.arrived(visit.method.as_str(), &visit.target, visit.operation);
    let struck = site.faults.take_for_request(&visit.method, &visit.path, visit.operation);
    if let Some((id, ..)) = &struck {
        site.stats.met(number, *id);
    }
    let fault = struck.map(|(_, fault, left_s)| (fault, left_s));
    let refusal = match &fault {
        Some((Fault::Hang, _)) => {
            std::future::pending::<()>().await;
            None
        }
        Some((Fault::DropBeforeAccept, _)) => return cut(visit.connection).await,
        Some((Fault::RefuseToken, _)) => Some(ApiError::bad_credentials().into_response()),
        Some((Fault::ProxyPage, _)) => Some((StatusCode::BAD_GATEWAY, Html(PROXY_PAGE)).into_response()),
        Some((Fault::ServerError { status, accepted: false }, _)) => Some(server_error(*status)),
        Some((Fault::PrimaryRateLimit { status, .. }, left)) => Some(primary_limit(&site, *status, *left)),
        Some((Fault::SecondaryRateLimit { status, retry_after_s }, _)) => Some(secondary_limit(*status, *retry_after_s)),
        _ => None,
    };
    let response = match refusal {
        Some(refusal) => decorate(&site, &visit, Caller::Nobody, refusal),
        None => {
            // On its own task: a client that hangs up, or is killed, does not undo what it asked for.
            let (inner, seen) = (Arc::clone(&site), visit.clone());
            let work = site.tasks.spawn(async move { answer(&inner, &seen, request, next).await });
            work.await.unwrap_or_else(|_| server_error(500))
        }
    };
    let response = match fault {
        Some((Fault::DropAfterAccept, _)) => return cut(visit.connection).await,
        Some((Fault::ServerError { status, accepted: true }, _)) => server_error(status),
        Some((Fault::Timeout { delay_ms }, _)) => {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            response
        }
        _ => response,
    };
    site.stats.answered(number, response.status().as_u16());
    site.bump();
    response
}

/// What the gate looks at, before the request goes on.
#[derive(Debug, Clone)]
struct Visit {
    method: Method,
    /// Without prefix and query.
    path: String,
    /// Path with query.
    target: String,
    operation: Operation,
    headers: HeaderMap,
    connection: Option<Connection>,
}

impl Visit {
    fn of(request: &Request) -> Self {
        let path = request.uri().path().to_owned();
        let repository = format!("/repos/{}", people::full_name());
        let route = path.strip_prefix(&repository).unwrap_or(&path).to_owned();
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        Self {
            method: request.method().clone(),
            target: format!("{path}{query}"),
            operation: Operation::of(request.method(), &route),
            path,
            headers: request.headers().clone(),
            connection: request.extensions().get::<Connection>().cloned(),
        }
    }

    fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn is_read(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }

    /// Open to everybody, without a token.
    fn is_public(&self) -> bool {
        matches!(self.path.as_str(), "" | "/" | "/meta" | "/versions" | "/rate_limit")
    }
}

async fn answer(site: &Arc<Site>, visit: &Visit, mut request: Request, next: Next) -> Response {
    let caller = match admit(site, visit) {
        Ok((caller, version)) => {
            request.extensions_mut().insert(version);
            request.extensions_mut().insert(caller);
            caller
        }
        Err(refused) => return decorate(site, visit, Caller::Nobody, refused.into_response()),
    };
    let response = next.run(request).await;
    let response = tag(site, visit, response).await;
    decorate(site, visit, caller, response)
}

/// Every reason to turn a request away at the door.
fn admit(site: &Site, visit: &Visit) -> Result<(Caller, ApiVersion), ApiError> {
    if visit.header(header::USER_AGENT).is_none_or(str::is_empty) {
        return Err(ApiError::forbidden(
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
        ));
    }
    let version = match visit.header("x-github-api-version") {
        None | Some("2022-11-28") => ApiVersion::V2022,
        Some("2026-03-10") if !site.options.enterprise_server => ApiVersion::V2026,
        Some(other) => {
            let message = format!("\"{other}\" is not a supported version. See /versions");
            return Err(ApiError::new(StatusCode::BAD_REQUEST, message));
        }
    };
    let caller = site.tokens.caller(visit.header(header::AUTHORIZATION)).ok_or_else(ApiError::bad_credentials)?;
    if visit.operation != Operation::RateLimit && !site.limits.count() {
        return Err(limit_exceeded(403));
    }
    let of_repository = visit.path.starts_with("/repos/");
    match caller {
        Caller::Nobody if of_repository => Err(ApiError::not_found()),
        Caller::Nobody if !visit.is_public() => Err(ApiError::new(StatusCode::UNAUTHORIZED, "Requires authentication")),
        Caller::NoRepo if of_repository => Err(ApiError::not_found()),
        Caller::ReadOnly if !visit.is_read() => Err(ApiError::forbidden("Resource not accessible by personal access token")
            .with_header("x-accepted-github-permissions", permission(visit.operation))),
        _ => Ok((caller, version)),
    }
}

/// What a fine-grained token lacks.
fn permission(operation: Operation) -> &'static str {
    match operation {
        Operation::Dispatch | Operation::Cancel | Operation::Rerun | Operation::SwitchWorkflow => "actions=write",
        Operation::PendingDeployments | Operation::Deployments => "deployments=write",
        _ => "contents=write",
    }
}

/// Gives a successful read its ETag, and 304 to who has it already.
async fn tag(site: &Site, visit: &Visit, response: Response) -> Response {
    if visit.method != Method::GET || response.status() != StatusCode::OK {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return server_error(500);
    };
    let digest = Sha256::digest(&body);
    let etag = digest.iter().take(16).fold(String::from("W/\""), |text, byte| format!("{text}{byte:02x}")) + "\"";
    let bare = etag.trim_start_matches("W/");
    let known = visit
        .header(header::IF_NONE_MATCH)
        .is_some_and(|list| list.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == bare || one == "*"));
    if let Ok(value) = etag.parse() {
        head.headers.insert(header::ETAG, value);
    }
    if !known {
        return Response::from_parts(head, Body::from(body));
    }
    if visit.operation != Operation::RateLimit {
        site.limits.refund();
    }
    head.status = StatusCode::NOT_MODIFIED;
    head.headers.remove(header::CONTENT_TYPE);
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::empty())
}

/// Adds what every answer carries, unless the answer has its own.
fn decorate(site: &Site, visit: &Visit, caller: Caller, mut response: Response) -> Response {
    let standing = site.limits.standing();
    let headers = response.headers_mut();
    let mut add = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.entry(HeaderName::from_static(name)).or_insert(value);
        }
    };
    add("x-ratelimit-limit", standing.limit.to_string());
    add("x-ratelimit-remaining", standing.remaining.to_string());
    add("x-ratelimit-used", standing.used.to_string());
    add("x-ratelimit-reset", standing.reset.to_string());
    add("x-ratelimit-resource", "core".to_owned());
    add("x-github-request-id", crate::tokens::random(24));
    add("x-github-media-type", "github.v3; format=json".to_owned());
    let version = visit.header("x-github-api-version").unwrap_or("2022-11-28");
    add("x-github-api-version-selected", version.to_owned());
    add("cache-control", "private, max-age=60, s-maxage=60".to_owned());
    if site.options.enterprise_server {
        add("x-github-enterprise-version", "enterprise-server@3.18.0".to_owned());
    }
    let accepted = if visit.path.starts_with("/repos/") || visit.path == "/user/repos" { "repo" } else { "" };
    match caller {
        Caller::Full => {
            add("x-oauth-scopes", "read:org, repo, workflow".to_owned());
            add("x-accepted-oauth-scopes", accepted.to_owned());
            let until = Utc::now() + site.options.token_lifetime;
            // Whole hours, so that the header doesn't tick between two answers.
            add("github-authentication-token-expiration", until.format("%Y-%m-%d %H:00:00 UTC").to_string());
        }
        Caller::NoRepo => {
            add("x-oauth-scopes", "read:user".to_owned());
            add("x-accepted-oauth-scopes", accepted.to_owned());
        }
        Caller::ReadOnly | Caller::Nobody => {}
    }
    response
}

async fn cut(connection: Option<Connection>) -> Response {
    if let Some(connection) = connection {
        connection.cut();
    }
    // The connection's task drops this future together with the TCP stream.
    std::future::pending().await
}

fn server_error(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    ApiError::new(status, status.canonical_reason().unwrap_or("Server Error")).into_response()
}

fn limit_exceeded(status: u16) -> ApiError {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    ApiError::new(status, format!("API rate limit exceeded for user ID {}.", people::USER_ID))
}

fn primary_limit(site: &Site, status: u16, left_s: u64) -> Response {
    let limit = site.options.rate_limit;
    let reset = Utc::now().timestamp().saturating_add_unsigned(left_s);
    limit_exceeded(status)
        .with_header("x-ratelimit-remaining", 0)
        .with_header("x-ratelimit-used", limit)
        .with_header("x-ratelimit-reset", reset)
        .into_response()
}

fn secondary_limit(status: u16, retry_after_s: Option<u64>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    let error = ApiError::new(status, message);
    match retry_after_s {
        Some(seconds) => error.with_header("retry-after", seconds),
        None => error,
    }
    .into_response()
}
