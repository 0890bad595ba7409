//! Environments, deployments, releases.

use chrono::{TimeZone as _, Utc};
use serde_json::{Value, json};

use super::account::user;
use super::{node_id, time};
use crate::deployments::{Deployment, DeploymentStatus};
use crate::github::extract::encode;
use crate::releases::Release;
use crate::site::Site;

const FIRST_ENVIRONMENT: u64 = 1_070_000_001;

/// The id of an environment follows from its place in the promotion order.
pub(crate) fn environment_id(site: &Site, name: &str) -> Option<u64> {
    let place = site.fleet.environments().iter().position(|environment| environment.name == name)?;
    Some(FIRST_ENVIRONMENT + place as u64)
}

/// `environment`.
pub(crate) fn environment(site: &Site, name: &str) -> Value {
    let id = environment_id(site, name).unwrap_or_default();
    let made = Utc.with_ymd_and_hms(2025, 11, 3, 9, 30, 0).single().map(time).unwrap_or_default();
    let rules = if site.is_protected(name) {
        json!([{
            "id": id + 500, "node_id": node_id("Gate", id), "type": "required_reviewers", "prevent_self_review": false,
            "reviewers": [{ "type": "User", "reviewer": user(site) }],
        }])
    } else {
        json!([])
    };
    json!({
        "id": id, "node_id": node_id("Environment", id), "name": name,
        "url": format!("{}/environments/{}", site.repository_api(), encode(name)),
        "html_url": format!("{}/deployments/activity_log?environments_filter={}", site.repository_page(), encode(name)),
        "created_at": made, "updated_at": made, "protection_rules": rules, "deployment_branch_policy": null,
    })
}

/// `deployment`.
pub(crate) fn deployment(site: &Site, one: &Deployment) -> Value {
    let url = format!("{}/deployments/{}", site.repository_api(), one.id);
    json!({
        "url": url, "id": one.id, "node_id": node_id("Deployment", one.id), "sha": one.sha, "ref": one.ref_name,
        "task": one.task, "payload": one.payload, "original_environment": one.environment, "environment": one.environment,
        "description": one.description, "creator": user(site), "created_at": time(one.created_at),
        "updated_at": time(one.updated_at), "statuses_url": format!("{url}/statuses"),
        "repository_url": site.repository_api(), "transient_environment": false,
        "production_environment": one.environment == "production",
    })
}

/// `deployment-status`.
pub(crate) fn status(site: &Site, deployment: &Deployment, status: &DeploymentStatus) -> Value {
    let url = format!("{}/deployments/{}", site.repository_api(), deployment.id);
    let front = site.fleet.environment(&deployment.environment).map(|environment| environment.url.clone());
    json!({
        "url": format!("{url}/statuses/{}", status.id), "id": status.id, "node_id": node_id("DeploymentStatus", status.id),
        "state": status.state, "creator": user(site), "description": status.description,
        "environment": deployment.environment, "target_url": status.log_url, "log_url": status.log_url,
        "environment_url": front.unwrap_or_default(), "created_at": time(status.created_at),
        "updated_at": time(status.created_at), "deployment_url": url, "repository_url": site.repository_api(),
    })
}

/// `release`.
pub(crate) fn release(site: &Site, one: &Release) -> Value {
    let (api, page) = (site.repository_api(), site.repository_page());
    let url = format!("{api}/releases/{}", one.id);
    // A draft has no page of its tag yet, nor archives.
    let archive = |kind: &str| (!one.draft).then(|| format!("{api}/{kind}/{}", encode(&one.tag)));
    json!({
        "url": url, "html_url": format!("{page}/releases/tag/{}", encode(&one.tag)), "assets_url": format!("{url}/assets"),
        "upload_url": format!("{}/uploads/releases/{}/assets{{?name,label}}", site.urls.github, one.id),
        "tarball_url": archive("tarball"), "zipball_url": archive("zipball"), "id": one.id,
        "node_id": node_id("Release", one.id), "tag_name": one.tag, "target_commitish": one.target, "name": one.name,
        "body": one.body, "draft": one.draft, "prerelease": one.prerelease, "created_at": time(one.created_at),
        "published_at": one.published_at.map(time), "author": user(site), "assets": [],
    })
}
