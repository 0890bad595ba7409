//! The account, its token, and the server.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::{Extension, Json};
use chrono::{TimeDelta, Utc};
use serde_json::json;

use super::error::Answer;
use super::shapes::{time, user as shape};
use crate::people::{MAIL, USER_ID};
use crate::site::Site;
use crate::tokens::Caller;

/// The version that the range's GitLab says it has.
const VERSION: &str = "18.5.0-ee";

pub(super) async fn user(State(site): State<Arc<Site>>) -> Answer {
    let mut body = shape(&site);
    body["email"] = MAIL.into();
    body["bot"] = false.into();
    Ok(Json(body).into_response())
}

pub(super) async fn token(State(site): State<Arc<Site>>, Extension(caller): Extension<Caller>) -> Answer {
    let scopes = match caller {
        Caller::Full => json!(["api"]),
        Caller::ReadOnly => json!(["read_api"]),
        Caller::NoRepo | Caller::Nobody => json!(["read_user"]),
    };
    let lifetime = TimeDelta::from_std(site.options.token_lifetime).unwrap_or_default();
    Ok(Json(json!({
        "id": 91_007, "name": "pilothouse", "revoked": false, "active": true, "scopes": scopes, "user_id": USER_ID,
        "created_at": time(Utc::now() - TimeDelta::days(30)), "last_used_at": time(Utc::now()),
        "expires_at": (Utc::now() + lifetime).format("%Y-%m-%d").to_string(),
    }))
    .into_response())
}

pub(super) async fn version() -> Answer {
    Ok(Json(json!({ "version": VERSION, "revision": "0123456789a", "enterprise": true })).into_response())
}
