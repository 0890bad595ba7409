//! What every request to Jenkins passes: the request log, ordered faults, the password or token, the crumb; and what every answer
//! carries.

use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode};

use super::access::Visitor;
use super::{CONTEXT, pages, routes};
use crate::faults::{Fault, Operation};
use crate::lock::lock;
use crate::serve::Connection;
use crate::site::Site;

/// Largest request that is read, in bytes.
const LARGEST: usize = 1 << 20;

const PROXY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// A request, read whole.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    /// Below the context path; names are still encoded.
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// Answers everything.
pub(super) async fn serve(State(site): State<Arc<Site>>, request: Request) -> Response {
    let connection = request.extensions().get::<Connection>().cloned();
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else { return pages::error(413, "too large") };
    let full = head.uri.path().to_owned();
    let Some(path) = full.strip_prefix(CONTEXT).filter(|rest| rest.is_empty() || rest.starts_with('/')).map(str::to_owned) else {
        return pages::redirect(&format!("{CONTEXT}/"));
    };
    let call = Call {
        method: head.method,
        path,
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let operation = operation(&call.method, &call.path);
    let target = if call.query.is_empty() { full.clone() } else { format!("{full}?{}", call.query) };
    let number = site.stats.arrived(call.method.as_str(), &target, operation);
    let struck = site.faults.take_for_request(&call.method, &full, operation);
    if let Some((id, ..)) = &struck {
        site.stats.met(number, *id);
    }
    let fault = struck.map(|(_, fault, left_s)| (fault, left_s));
    let refusal = match &fault {
        Some((Fault::Hang, _)) => {
            std::future::pending::<()>().await;
            None
        }
        Some((Fault::DropBeforeAccept, _)) => return cut(connection).await,
        Some((Fault::RefuseToken, _)) => Some(of_jenkins(pages::error(401, "Unauthorized"))),
        Some((Fault::ProxyPage, _)) => Some((StatusCode::BAD_GATEWAY, Html(PROXY_PAGE)).into_response()),
        Some((Fault::ServerError { status, accepted: false }, _)) => Some(server_error(*status)),
        // Jenkins has no limit of calls; what stands before it may have one.
        Some((Fault::PrimaryRateLimit { .. }, left)) => Some(limited(Some(*left))),
        Some((Fault::SecondaryRateLimit { retry_after_s, .. }, _)) => Some(limited(*retry_after_s)),
        _ => None,
    };
    let response = match refusal {
        Some(refusal) => refusal,
        None => {
            // On its own task: a client that hangs up, or is killed, does not undo what it asked for.
            let inner = Arc::clone(&site);
            let work = site.tasks.spawn(async move { of_jenkins(admitted(&inner, &call)) });
            work.await.unwrap_or_else(|_| server_error(500))
        }
    };
    let response = match fault {
        Some((Fault::DropAfterAccept, _)) => return cut(connection).await,
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

/// The answer to who may come in.
fn admitted(site: &Arc<Site>, call: &Call) -> Response {
    let Some(visitor) = site.jenkins_accounts.visitor(&call.headers) else {
        return pages::error(401, "Unauthorized");
    };
    if visitor == Visitor::Anonymous {
        return if call.path == "/login" { pages::page() } else { pages::forbidden(visitor, "hudson.model.Hudson.Read") };
    }
    let needs_crumb = call.method == Method::POST && visitor == (Visitor::Full { by_password: true });
    if needs_crumb && !lock(&site.jenkins).sessions.admits(&call.headers) {
        return pages::error(403, "No valid crumb was included in the request");
    }
    routes::answer(site, visitor, call)
}

fn of_jenkins(mut response: Response) -> Response {
    pages::set(&mut response, "x-jenkins", pages::VERSION);
    response
}

fn server_error(status: u16) -> Response {
    of_jenkins(pages::error(status, "Oops"))
}

fn limited(retry_after_s: Option<u64>) -> Response {
    let mut response = (StatusCode::TOO_MANY_REQUESTS, "Too many requests\n").into_response();
    if let Some(seconds) = retry_after_s {
        pages::set(&mut response, "retry-after", &seconds.to_string());
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

/// What a request asks for, in the words that faults are aimed by.
fn operation(method: &Method, path: &str) -> Operation {
    let ends = |tails: &[&str]| tails.iter().any(|tail| path.ends_with(tail));
    let is_build = path.rsplit('/').nth(2).is_some_and(|piece| !piece.is_empty() && piece.chars().all(|c| c.is_ascii_digit()));
    match () {
        () if *method == Method::POST && ends(&["/build", "/buildWithParameters"]) => Operation::Dispatch,
        () if ends(&["/disable", "/enable"]) => Operation::SwitchWorkflow,
        () if ends(&["/stop", "/term", "/kill", "/cancelItem"]) => Operation::Cancel,
        () if path.contains("/replay/") => Operation::Rerun,
        () if path.contains("/input/") || ends(&["/wfapi/inputSubmit", "/wfapi/pendingInputActions"]) => Operation::PendingDeployments,
        () if path.contains("/logText/") || ends(&["/consoleText"]) => Operation::Logs,
        () if ends(&["/wfapi/describe"]) => Operation::Jobs,
        () if path.starts_with("/whoAmI") || path.starts_with("/me/") => Operation::User,
        () if path.starts_with("/queue/api") => Operation::ListRuns,
        () if path.starts_with("/queue/item") || (is_build && ends(&["/api/json"])) => Operation::GetRun,
        () if ends(&["/api/json"]) => Operation::Workflows,
        () => Operation::Other,
    }
}
