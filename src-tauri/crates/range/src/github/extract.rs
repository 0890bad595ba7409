//! What handlers take from a request: ids, JSON bodies, query parameters and paging, with GitHub's answers where they are wrong.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, OriginalUri, Path, Query, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ApiError;

const PER_PAGE: usize = 30;
const MOST_PER_PAGE: usize = 100;

/// A numeric id in the path; anything else is not found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id(pub(crate) u64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = Path::<String>::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found())?;
        text.parse().map(Self).map_err(|_| ApiError::not_found())
    }
}

/// A JSON body; a missing one counts as `{}`.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes =
            Bytes::from_request(request, state).await.map_err(|_| ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload too big"))?;
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(bytes).map(Self).map_err(|error| {
            if error.is_data() {
                ApiError::unprocessable(format!("Invalid request.\n\n{error}"))
            } else {
                ApiError::new(StatusCode::BAD_REQUEST, "Problems parsing JSON")
            }
        })
    }
}

/// The query, and the page it asks for.
#[derive(Debug)]
pub(crate) struct Params {
    values: BTreeMap<String, String>,
    /// Without the query.
    address: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Ok(Query(values)) = Query::<BTreeMap<String, String>>::from_request_parts(parts, state).await else {
            return Err(ApiError::unprocessable("Invalid query"));
        };
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1").to_owned();
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(parts, state).await;
        Ok(Self { values, address: format!("http://{host}{}", uri.path()) })
    }
}

impl Params {
    /// A parameter that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn per_page(&self) -> usize {
        let asked = self.get("per_page").and_then(|text| text.parse().ok());
        asked.unwrap_or(PER_PAGE).clamp(1, MOST_PER_PAGE)
    }

    /// From 1.
    pub(crate) fn page(&self) -> usize {
        self.get("page").and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
    }

    pub(crate) fn skip(&self) -> usize {
        (self.page() - 1).saturating_mul(self.per_page())
    }

    /// Answers a page of a list that is an array.
    pub(crate) fn array<T>(&self, all: &[T], shape: impl Fn(&T) -> serde_json::Value) -> Response {
        let shown: Vec<_> = all.iter().skip(self.skip()).take(self.per_page()).map(shape).collect();
        self.with_links(all.len(), shown)
    }

    /// Answers a page of a list in GitHub's envelope `{total_count, NAME: []}`.
    pub(crate) fn envelope<T>(&self, name: &str, all: &[T], shape: impl Fn(&T) -> serde_json::Value) -> Response {
        let shown: Vec<_> = all.iter().skip(self.skip()).take(self.per_page()).map(shape).collect();
        let mut body = serde_json::Map::new();
        body.insert("total_count".to_owned(), all.len().into());
        body.insert(name.to_owned(), shown.into());
        self.with_links(all.len(), body)
    }

    /// Answers a page that was cut out already, with the links that its total asks for.
    pub(crate) fn with_links(&self, total: usize, body: impl Serialize) -> Response {
        let mut response = Json(body).into_response();
        if let Some(links) = self.links(total).and_then(|links| links.parse().ok()) {
            response.headers_mut().insert(header::LINK, links);
        }
        response
    }

    fn links(&self, total: usize) -> Option<String> {
        let (page, last) = (self.page(), total.div_ceil(self.per_page()).max(1));
        let mut links = String::new();
        let mut add = |page: usize, relation: &str| {
            let separator = if links.is_empty() { "" } else { ", " };
            let _ = write!(links, "{separator}<{}>; rel=\"{relation}\"", self.address_of(page));
        };
        if page > 1 {
            add((page - 1).min(last), "prev");
        }
        if page < last {
            add(page + 1, "next");
            add(last, "last");
        }
        if page > 1 {
            add(1, "first");
        }
        (!links.is_empty()).then_some(links)
    }

    fn address_of(&self, page: usize) -> String {
        let mut address = self.address.clone();
        let mut separator = '?';
        let page = page.to_string();
        let others = self.values.iter().filter(|(name, _)| *name != "page").map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in others.chain([("page", page.as_str())]) {
            let _ = write!(address, "{separator}{}={}", encode(name), encode(value));
            separator = '&';
        }
        address
    }
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn params(query: &[(&str, &str)]) -> Params {
        let values = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Params { values, address: "http://h/x".to_owned() }
    }

    #[test]
    fn links_lead_through_all_pages() {
        let middle = params(&[("page", "2"), ("per_page", "2"), ("branch", "a/b")]).links(5).unwrap();
        assert_eq!(
            middle,
            "<http://h/x?branch=a%2Fb&per_page=2&page=1>; rel=\"prev\", <http://h/x?branch=a%2Fb&per_page=2&page=3>; rel=\"next\", \
             <http://h/x?branch=a%2Fb&per_page=2&page=3>; rel=\"last\", <http://h/x?branch=a%2Fb&per_page=2&page=1>; rel=\"first\""
        );
        assert_eq!(params(&[]).links(30), None);
        assert!(params(&[("per_page", "5000")]).links(101).unwrap().contains("page=2"));
        assert!(!params(&[("page", "9")]).links(31).unwrap().contains("next"));
    }
}
