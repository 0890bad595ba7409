//! What lies beneath octocrab: one request becomes one request on the wire. octocrab's own stack is not used because it repeats
//! POSTs unless told otherwise, adds a second `User-Agent` line beside ours, and panics on a token that can't be a header.

use crate::base_url::BaseUrl;
use crate::transport::USER_AGENT;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH};
use http::{HeaderValue, Method};
use octocrab::OctoBody;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

type BoxError = Box<dyn Error + Send + Sync>;

/// Sends octocrab's requests through our HTTP client, with our headers.
#[derive(Clone)]
pub(super) struct WireService {
    pub(super) http: reqwest::Client,
    pub(super) base: BaseUrl,
    /// `Bearer …`, marked sensitive.
    pub(super) authorization: HeaderValue,
}

impl tower::Service<http::Request<OctoBody>> for WireService {
    type Response = http::Response<reqwest::Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<OctoBody>) -> Self::Future {
        let Self { http, base, authorization } = self.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            parts.headers.insert(http::header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
            parts.headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/vnd.github+json"));
            if parts.method == Method::GET {
                parts.headers.remove(CONTENT_LENGTH);
            }
            let request = http::Request::from_parts(parts, reqwest::Body::wrap(body));
            let mut request = reqwest::Request::try_from(request)?;
            if base.is_same_origin(request.url()) {
                request.headers_mut().insert(AUTHORIZATION, authorization);
            }
            Ok(http.execute(request).await?.into())
        })
    }
}
