//! GitLab's error answers: `message` as a text or an object, `error` for tokens, and plain text where a limit refuses.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::error::RangeError;

/// An answer that is no success.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    body: Body,
    headers: Vec<(&'static str, String)>,
}

#[derive(Debug)]
enum Body {
    Json(Value),
    Text(&'static str),
}

/// What handlers give.
pub(crate) type Answer = Result<Response, ApiError>;

impl ApiError {
    fn with_body(status: u16, body: Body) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body, headers: Vec::new() }
    }

    /// `{"message": text}`.
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self::with_body(status, Body::Json(json!({ "message": message.into() })))
    }

    /// 400 about a thing as a whole, as GitLab refuses pipelines.
    pub(crate) fn base(message: impl Into<String>) -> Self {
        Self::with_body(400, Body::Json(json!({ "message": { "base": [message.into()] } })))
    }

    /// 404 with what isn't there: `404 Project Not Found`.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, format!("404 {what} Not Found"))
    }

    /// 401 of a token that was valid once.
    pub(crate) fn expired_token() -> Self {
        let why = "Token is expired. You can either do re-authorization or token refresh.";
        Self::with_body(401, Body::Json(json!({ "error": "invalid_token", "error_description": why })))
    }

    /// 403 of a token that lacks a scope; `scope` names those that would do, separated by spaces.
    pub(crate) fn insufficient_scope(scope: &str) -> Self {
        let why = "The request requires higher privileges than provided by the access token.";
        Self::with_body(403, Body::Json(json!({ "error": "insufficient_scope", "error_description": why, "scope": scope })))
    }

    /// 429, as plain text.
    pub(crate) fn retry_later() -> Self {
        Self::with_body(429, Body::Text("Retry later\n"))
    }

    /// 400 with a missing or wrong parameter, as the request's check refuses.
    pub(crate) fn bad_parameter(text: impl Into<String>) -> Self {
        Self::with_body(400, Body::Json(json!({ "error": text.into() })))
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

impl From<RangeError> for ApiError {
    fn from(error: RangeError) -> Self {
        tracing::error!(%error, "the range could not answer");
        Self::new(500, "500 Internal Server Error")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = match self.body {
            Body::Json(body) => (self.status, Json(body)).into_response(),
            Body::Text(text) => (self.status, [(header::CONTENT_TYPE, "text/plain")], text).into_response(),
        };
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}
