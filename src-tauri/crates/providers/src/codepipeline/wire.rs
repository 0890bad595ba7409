//! What lies beneath the SDK: its requests go out through the HTTP client of all adapters, so that proxy, trust store and time-outs
//! are the same for all. One request becomes one request on the wire.

use super::memory::Memory;
use aws_sdk_codepipeline::config::http::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};
use std::sync::Arc;

/// The largest answer that is read, in bytes.
pub(super) const LARGEST_ANSWER: usize = 32 * 1024 * 1024;

/// Sends the SDK's requests.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    pub(super) http: reqwest::Client,
    pub(super) memory: Arc<Memory>,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move { this.exchange(request).await })
    }
}

impl Wire {
    async fn exchange(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (parts, body) = request.into_parts();
        // The SDK streams in no operation of this service.
        let body = body.bytes().map(<[u8]>::to_vec).unwrap_or_default();
        let request = reqwest::Request::try_from(http::Request::from_parts(parts, body));
        let request = request.map_err(|error| ConnectorError::user(error.into()))?;
        let response = self.http.execute(request).await.map_err(|error| ConnectorError::io(error.into()))?;
        let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        self.memory.note_clock(&parts.headers, chrono::Utc::now());
        let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(ConnectorError::io)?.to_bytes();
        let response = http::Response::from_parts(parts, SdkBody::from(body));
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }
}
