//! Pages of HTML, in which Jenkins tells everything that went wrong; and what every answer of Jenkins carries.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::access::Visitor;

/// The version in `X-Jenkins`.
pub(super) const VERSION: &str = "2.516.3";

/// The servlet container's error page.
pub(super) fn error(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let title = format!("Error {} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let page = format!(
        "<html><head><title>{title}</title></head><body><h2>HTTP ERROR {}</h2><table><tr><th>STATUS:</th><td>{}</td></tr><tr>\
         <th>MESSAGE:</th><td>{message}</td></tr></table></body></html>\n",
        status.as_u16(),
        status.as_u16()
    );
    (status, Html(page)).into_response()
}

/// No such thing, or hidden from the visitor.
pub(super) fn not_found() -> Response {
    error(404, "Not Found")
}

/// A permission is missing.
pub(super) fn forbidden(visitor: Visitor, permission: &str) -> Response {
    let mut response = error(403, &format!("{} is missing the {permission} permission", visitor.id()));
    set(&mut response, "x-you-are-authenticated-as", visitor.id());
    set(&mut response, "x-required-permission", permission);
    response
}

/// A form that was filled in wrongly.
pub(super) fn failure(message: &str) -> Response {
    let mut response = error(400, message);
    set(&mut response, "x-error", message);
    response
}

/// Elsewhere.
pub(super) fn redirect(location: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    set(&mut response, header::LOCATION.as_str(), location);
    response
}

/// Any page for people.
pub(super) fn page() -> Response {
    Html("<!DOCTYPE html><html><head><title>Jenkins</title></head><body>This range shows its Jenkins on the control page.</body></html>")
        .into_response()
}

/// Sets a header.
pub(super) fn set(response: &mut Response, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (http::HeaderName::try_from(name), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}
