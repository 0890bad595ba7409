//! What every request to GitLab passes: the request log, ordered faults, the token and its scopes, the rate limit; and the ETag that
//! successful reads carry.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use chrono::Utc;
use http::{HeaderMap, Method, StatusCode, header};
use sha2::{Digest as _, Sha256};

use super::error::ApiError;
use super::{operation, projects};
use crate::faults::{Fault, Operation};
use crate::serve::Connection;
use crate::site::Site;
use crate::tokens::Caller;

/// Largest answer of ours, in bytes.
const LARGEST: usize = 16 << 20;
const PROXY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// The middleware.
pub(super) async fn gate(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
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
        Some((Fault::RefuseToken, _)) => Some(ApiError::expired_token().into_response()),
        Some((Fault::ProxyPage, _)) => Some((StatusCode::BAD_GATEWAY, Html(PROXY_PAGE)).into_response()),
        Some((Fault::ServerError { status, accepted: false }, _)) => Some(server_error(*status)),
        Some((Fault::PrimaryRateLimit { .. }, left)) => Some(throttled(&site, *left)),
        // Bare, as the hosted service sometimes sends it.
        Some((Fault::SecondaryRateLimit { retry_after_s, .. }, _)) => Some(match retry_after_s {
            Some(seconds) => ApiError::retry_later().with_header("retry-after", seconds).into_response(),
            None => ApiError::retry_later().into_response(),
        }),
        _ => None,
    };
    let response = match refusal {
        Some(refusal) => refusal,
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
    with_date(response)
}

/// What the gate looks at, before the request goes on.
#[derive(Debug, Clone)]
struct Visit {
    method: Method,
    /// Without prefix and query.
    path: String,
    /// Path with query.
    target: String,
    /// The project that the path names, decoded.
    project: Option<String>,
    operation: Operation,
    headers: HeaderMap,
    connection: Option<Connection>,
}

impl Visit {
    fn of(request: &Request) -> Self {
        let path = request.uri().path().to_owned();
        let below = path.strip_prefix("/projects/").map(|rest| rest.split_once('/').map_or((rest, ""), |(id, _)| (id, &rest[id.len()..])));
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        Self {
            method: request.method().clone(),
            target: format!("{path}{query}"),
            project: below.map(|(id, _)| id.replace("%2F", "/").replace("%2f", "/")),
            operation: operation::of(request.method(), below.map_or(path.as_str(), |(_, route)| route)),
            headers: request.headers().clone(),
            connection: request.extensions().get::<Connection>().cloned(),
            path,
        }
    }

    fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn is_read(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }
}

async fn answer(site: &Arc<Site>, visit: &Visit, mut request: Request, next: Next) -> Response {
    let caller = match admit(site, visit) {
        Ok(caller) => caller,
        Err(refused) => return refused.into_response(),
    };
    request.extensions_mut().insert(caller);
    tag(visit, next.run(request).await).await
}

/// Every reason to turn a request away at the door.
fn admit(site: &Site, visit: &Visit) -> Result<Caller, ApiError> {
    let tokens = &site.gitlab.tokens;
    let header = match visit.header("private-token") {
        Some(token) => Some(format!("Bearer {token}")),
        None => visit.header(header::AUTHORIZATION).map(str::to_owned),
    };
    if header.as_deref().is_some_and(|header| header.ends_with(&tokens.expired)) {
        return Err(ApiError::expired_token());
    }
    let unknown = || ApiError::new(401, "401 Unauthorized");
    let caller = tokens.caller(header.as_deref()).ok_or_else(unknown)?;
    if !site.limits.count() {
        return Err(ApiError::retry_later());
    }
    let about_self = matches!(visit.path.as_str(), "/user" | "/personal_access_tokens/self");
    match caller {
        // A private project is hidden from who has no token, and from who isn't a member.
        Caller::Nobody if visit.project.is_some() => return Err(ApiError::not_found("Project")),
        Caller::Nobody => return Err(unknown()),
        Caller::NoRepo if !about_self => {
            return Err(ApiError::insufficient_scope(if visit.is_read() { "api read_api" } else { "api" }));
        }
        Caller::ReadOnly if !visit.is_read() => return Err(ApiError::insufficient_scope("api")),
        _ => {}
    }
    match &visit.project {
        Some(project) if !projects::is_ours(project) => Err(ApiError::not_found("Project")),
        _ => Ok(caller),
    }
}

/// Gives a successful read its ETag, and 304 to who has it already.
async fn tag(visit: &Visit, response: Response) -> Response {
    if visit.method != Method::GET || response.status() != StatusCode::OK {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return server_error(500);
    };
    let digest = Sha256::digest(&body);
    let etag = digest.iter().take(16).fold(String::from("W/\""), |text, byte| format!("{text}{byte:02x}")) + "\"";
    let is_known = visit.header(header::IF_NONE_MATCH).is_some_and(|list| list.split(',').any(|one| one.trim() == etag));
    if let Ok(value) = etag.parse() {
        head.headers.insert(header::ETAG, value);
    }
    if !is_known {
        return Response::from_parts(head, Body::from(body));
    }
    head.status = StatusCode::NOT_MODIFIED;
    head.headers.remove(header::CONTENT_TYPE);
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::empty())
}

fn with_date(mut response: Response) -> Response {
    if let Ok(date) = Utc::now().format("%a, %d %b %Y %H:%M:%S GMT").to_string().parse() {
        response.headers_mut().insert(header::DATE, date);
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
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Server Error");
    ApiError::new(status, format!("{status} {reason}")).into_response()
}

fn throttled(site: &Site, left_s: u64) -> Response {
    let reset = Utc::now().timestamp().saturating_add_unsigned(left_s);
    ApiError::retry_later()
        .with_header("ratelimit-limit", site.options.rate_limit)
        .with_header("ratelimit-remaining", 0)
        .with_header("ratelimit-reset", reset)
        .with_header("retry-after", left_s)
        .into_response()
}
