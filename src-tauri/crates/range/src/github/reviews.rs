//! Deployments that wait for a person: listing, approving, rejecting.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::Utc;
use serde::Deserialize;
use serde_json::json;

use super::error::{Answer, ApiError};
use super::extract::{Body, Id};
use super::runs::run_of;
use super::shapes::account::user;
use super::shapes::{delivery, time};
use crate::actions::run::{Approval, Verdict};
use crate::site::Site;

pub(super) async fn approvals(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let run = run_of(&site, id)?;
    let shape = |approval: &Approval| {
        let state = if approval.verdict == Verdict::Approved { "approved" } else { "rejected" };
        json!({
            "state": state, "comment": approval.comment, "user": user(&site),
            "environments": [delivery::environment(&site, &approval.environment)],
        })
    };
    Ok(Json(run.approvals.iter().map(shape).collect::<Vec<_>>()).into_response())
}

pub(super) async fn pending(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let run = run_of(&site, id)?;
    let gate = run.latest().and_then(|attempt| attempt.gate.as_ref()).filter(|gate| gate.verdict.is_none());
    let shown: Vec<_> = gate
        .iter()
        .map(|gate| {
            let whole = delivery::environment(&site, &gate.environment);
            let field = |name: &str| whole.get(name).cloned().unwrap_or_default();
            json!({
                "environment": {
                    "id": field("id"), "node_id": field("node_id"), "name": field("name"), "url": field("url"),
                    "html_url": field("html_url"),
                },
                "wait_timer": 0, "wait_timer_started_at": time(gate.since), "current_user_can_approve": true,
                "reviewers": [{ "type": "User", "reviewer": user(&site) }],
            })
        })
        .collect();
    Ok(Json(shown).into_response())
}

#[derive(Deserialize)]
pub(super) struct Review {
    environment_ids: Vec<u64>,
    state: ReviewState,
    comment: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReviewState {
    Approved,
    Rejected,
}

pub(super) async fn review(State(site): State<Arc<Site>>, Id(id): Id, Body(review): Body<Review>) -> Answer {
    run_of(&site, id)?;
    let verdict = match review.state {
        ReviewState::Approved => Verdict::Approved,
        ReviewState::Rejected => Verdict::Rejected,
    };
    let settled = site.change_run(id, |run| {
        let gate = run.attempts.last_mut().and_then(|attempt| attempt.gate.as_mut());
        let gate = gate.filter(|gate| {
            let environment = delivery::environment_id(&site, &gate.environment);
            gate.verdict.is_none() && environment.is_some_and(|id| review.environment_ids.contains(&id))
        })?;
        gate.verdict = Some(verdict);
        let environment = gate.environment.clone();
        run.approvals.push(Approval { environment: environment.clone(), verdict, comment: review.comment });
        Some((environment, run.sha.clone(), run.ref_name.clone()))
    });
    let Some((environment, sha, ref_name)) = settled.flatten() else {
        return Err(ApiError::unprocessable("There are no pending deployment requests to approve or reject"));
    };
    let now = Utc::now();
    let reviewed = crate::deployments::Deployment {
        id: id + 1_000_000,
        environment,
        sha,
        ref_name,
        task: "deploy".to_owned(),
        description: None,
        payload: json!({}),
        created_at: now,
        updated_at: now,
        statuses: Vec::new(),
    };
    Ok(Json(json!([delivery::deployment(&site, &reviewed)])).into_response())
}
