//! The store that GitHub redirects log downloads to: another server, where the address alone opens the file, for a minute.
//! A request that carries the API's token here has leaked it, and is counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use tokio::time::Instant;

use crate::lock::lock;
use crate::site::Site;
use crate::tokens::random;

/// How long an address works.
const VALID: Duration = Duration::from_secs(60);

/// What may be fetched for the moment.
#[derive(Debug, Default)]
pub(crate) struct LogStore {
    offers: Mutex<BTreeMap<String, Offer>>,
}

#[derive(Debug, Clone)]
struct Offer {
    until: Instant,
    kind: &'static str,
    body: Vec<u8>,
}

impl LogStore {
    /// Offers a file and gives its path in the store.
    pub(crate) fn offer(&self, kind: &'static str, body: Vec<u8>) -> String {
        let name = random(40);
        let now = Instant::now();
        let mut offers = lock(&self.offers);
        offers.retain(|_, offer| offer.until > now);
        offers.insert(name.clone(), Offer { until: now + VALID, kind, body });
        format!("/logs/{name}")
    }
}

pub(crate) fn router(site: Arc<Site>) -> Router {
    Router::new().route("/logs/{name}", get(fetch)).with_state(site)
}

async fn fetch(State(site): State<Arc<Site>>, Path(name): Path<String>, request: Request) -> Response {
    if request.headers().contains_key(header::AUTHORIZATION) {
        site.stats.leaked();
        return (StatusCode::BAD_REQUEST, "the address alone opens this file: an Authorization header must not be sent here\n")
            .into_response();
    }
    let offer = lock(&site.log_store.offers).get(&name).filter(|offer| offer.until > Instant::now()).cloned();
    match offer {
        Some(offer) => ([(header::CONTENT_TYPE, offer.kind)], offer.body).into_response(),
        None => (StatusCode::FORBIDDEN, "this address has expired\n").into_response(),
    }
}
