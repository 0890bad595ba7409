//! Freeze periods: kept, and told to jobs; they stop nothing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Answer, ApiError};
use super::extract::{Body, Id, Params};
use super::shapes::time;
use crate::lock::lock;
use crate::site::Site;

/// A freeze period.
#[derive(Debug, Clone)]
pub(crate) struct Period {
    id: u64,
    start: String,
    end: String,
    zone: String,
    created_at: DateTime<Utc>,
}

#[derive(Deserialize)]
pub(super) struct NewPeriod {
    freeze_start: String,
    freeze_end: String,
    #[serde(default)]
    cron_timezone: Option<String>,
}

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let all = lock(&site.gitlab.state).freezes.clone();
    Ok(params.page(&all, shape))
}

pub(super) async fn create(State(site): State<Arc<Site>>, Body(new): Body<NewPeriod>) -> Answer {
    let is_cron = |text: &str| text.split_whitespace().count() == 5;
    if !is_cron(&new.freeze_start) || !is_cron(&new.freeze_end) {
        return Err(ApiError::new(400, "freeze_start is invalid syntax"));
    }
    let period = {
        let mut state = lock(&site.gitlab.state);
        let period = Period {
            id: state.freezes.last().map_or(1, |last| last.id + 1),
            start: new.freeze_start,
            end: new.freeze_end,
            zone: new.cron_timezone.unwrap_or_else(|| "UTC".to_owned()),
            created_at: Utc::now(),
        };
        state.freezes.push(period.clone());
        period
    };
    Ok((StatusCode::CREATED, Json(shape(&period))).into_response())
}

pub(super) async fn delete(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let mut state = lock(&site.gitlab.state);
    let place = state.freezes.iter().position(|period| period.id == id).ok_or_else(|| ApiError::not_found("Freeze Period"))?;
    state.freezes.remove(place);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn shape(period: &Period) -> Value {
    json!({
        "id": period.id, "freeze_start": period.start, "freeze_end": period.end, "cron_timezone": period.zone,
        "created_at": time(period.created_at), "updated_at": time(period.created_at),
    })
}
