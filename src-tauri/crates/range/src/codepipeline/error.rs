//! CodePipeline's error answers: JSON with the code in `__type`; 400 but for a few.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::error::RangeError;

/// An answer that is no success.
#[derive(Debug, Clone)]
pub(crate) struct AwsError {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) status: u16,
}

impl AwsError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        let status = if code == "ConflictException" { 409 } else { 400 };
        Self { code, message: message.into(), status }
    }

    pub(crate) fn validation(value: &str, member: &str, constraint: &str) -> Self {
        Self::new(
            "ValidationException",
            format!("1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"),
        )
    }

    pub(crate) fn internal(status: u16) -> Self {
        Self { code: "InternalFailure", message: "The request processing has failed.".to_owned(), status }
    }
}

impl From<RangeError> for AwsError {
    fn from(error: RangeError) -> Self {
        tracing::error!(%error, "the range could not answer");
        Self { message: error.to_string(), ..Self::internal(500) }
    }
}

impl IntoResponse for AwsError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = json!({ "__type": format!("com.amazonaws.codepipeline#{}", self.code), "message": self.message });
        answer(status, &body)
    }
}

/// An answer in AWS JSON 1.1.
pub(crate) fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    let headers = [("content-type", "application/x-amz-json-1.1".to_owned()), ("x-amzn-requestid", uuid::Uuid::now_v7().to_string())];
    (status, headers, body.to_string()).into_response()
}
