//! What handlers take from a request: ids, JSON bodies, query parameters and paging, with GitLab's answers where they are wrong.

use std::fmt::Write as _;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, OriginalUri, Query, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderName, HeaderValue, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ApiError;
use crate::github::extract::encode;

const PER_PAGE: usize = 20;
const MOST_PER_PAGE: usize = 100;

/// The last piece of the path that is a placeholder, decoded: a tag, a branch, a file.
#[derive(Debug)]
pub(crate) struct Name(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found("Page"))?;
        // The first placeholder is the project's, which the gate has looked at.
        let name = params.iter().filter(|(key, _)| *key != "id").last().map(|(_, value)| value.to_owned());
        name.map(Self).ok_or_else(|| ApiError::not_found("Page"))
    }
}

/// A numeric id at that place; anything else is not found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id(pub(crate) u64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Name(text) = Name::from_request_parts(parts, state).await?;
        text.parse().map(Self).map_err(|_| ApiError::not_found("Page"))
    }
}

/// A JSON body; a missing one counts as `{}`.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state).await.map_err(|_| ApiError::new(413, "413 Request Entity Too Large"))?;
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(bytes).map(Self).map_err(|error| ApiError::bad_parameter(error.to_string()))
    }
}

/// The query, and the page it asks for.
#[derive(Debug)]
pub(crate) struct Params {
    values: Vec<(String, String)>,
    /// Without the query.
    address: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Ok(Query(values)) = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await else {
            return Err(ApiError::bad_parameter("the query is invalid"));
        };
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1").to_owned();
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(parts, state).await;
        Ok(Self { values, address: format!("http://{host}{}", uri.path()) })
    }
}

impl Params {
    /// A parameter that is not empty; `scope` and `scope[]` are the same.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of a parameter.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values
            .iter()
            .filter(move |(key, value)| key.trim_end_matches("[]") == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }

    fn number(&self, name: &str, otherwise: usize) -> usize {
        self.get(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise).max(1)
    }

    pub(crate) fn per_page(&self) -> usize {
        self.number("per_page", PER_PAGE).min(MOST_PER_PAGE)
    }

    /// Answers a page of a list.
    pub(crate) fn page<T>(&self, all: &[T], shape: impl Fn(&T) -> Value) -> Response {
        let (page, per_page) = (self.number("page", 1), self.per_page());
        let shown: Vec<_> = all.iter().skip((page - 1).saturating_mul(per_page)).take(per_page).map(shape).collect();
        let last = all.len().div_ceil(per_page).max(1);
        let next = (page < last).then_some(page + 1);
        let mut response = Json(shown).into_response();
        let mut set = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        };
        set("x-page", page.to_string());
        set("x-per-page", per_page.to_string());
        set("x-next-page", next.map(|next| next.to_string()).unwrap_or_default());
        set("x-total", all.len().to_string());
        set("x-total-pages", last.to_string());
        let mut links = format!("<{}>; rel=\"first\", <{}>; rel=\"last\"", self.address_of(1), self.address_of(last));
        if let Some(next) = next {
            let _ = write!(links, ", <{}>; rel=\"next\"", self.address_of(next));
        }
        set("link", links);
        response
    }

    fn address_of(&self, page: usize) -> String {
        let mut address = self.address.clone();
        let mut separator = '?';
        let page = page.to_string();
        let others = self.values.iter().filter(|(name, _)| name != "page").map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in others.chain([("page", page.as_str())]) {
            let _ = write!(address, "{separator}{}={}", encode(name), encode(value));
            separator = '&';
        }
        address
    }
}
