//! GitLab's JSON.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::state::{Deployment, Job, Pipeline};
use crate::people::{LOGIN, NAME, USER_ID};
use crate::repository::Commit;
use crate::site::Site;

/// Number of the one project.
pub(super) const PROJECT_ID: u64 = 61_240_031;

pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) fn user(site: &Site) -> Value {
    json!({
        "id": USER_ID, "username": LOGIN, "name": NAME, "state": "active", "locked": false, "avatar_url": null,
        "web_url": format!("{}/{LOGIN}", site.gitlab.url),
    })
}

pub(super) fn commit(site: &Site, one: &Commit) -> Value {
    let title = one.message.lines().next().unwrap_or_default();
    json!({
        "id": one.sha, "short_id": one.sha.get(..8), "parent_ids": one.parents, "title": title, "message": one.message,
        "author_name": one.author.name, "author_email": one.author.email, "authored_date": one.author.date,
        "committer_name": one.committer.name, "committer_email": one.committer.email, "committed_date": one.committer.date,
        "created_at": one.committer.date, "trailers": {}, "extended_trailers": {},
        "web_url": format!("{}/-/commit/{}", site.gitlab.page(), one.sha),
    })
}

/// A pipeline in a list.
pub(super) fn basic_pipeline(site: &Site, one: &Pipeline) -> Value {
    json!({
        "id": one.id, "iid": one.iid, "project_id": PROJECT_ID, "sha": one.sha, "ref": one.ref_name, "status": one.status(),
        "source": "api", "created_at": time(one.created_at), "updated_at": time(one.updated_at), "name": one.name,
        "web_url": format!("{}/-/pipelines/{}", site.gitlab.page(), one.id),
    })
}

/// A pipeline by itself.
pub(super) fn pipeline(site: &Site, one: &Pipeline) -> Value {
    let mut body = basic_pipeline(site, one);
    let duration = one.started_at().zip(one.finished_at()).map(|(from, to)| (to - from).num_seconds());
    let status = one.status();
    let more = json!({
        "before_sha": "0".repeat(40), "tag": one.is_tag, "yaml_errors": null, "user": user(site), "coverage": null,
        "started_at": one.started_at().map(time), "finished_at": one.finished_at().map(time), "committed_at": null,
        "duration": duration, "queued_duration": 0,
        "detailed_status": { "icon": format!("status_{status}"), "text": status, "label": status, "group": status, "tooltip": status,
            "has_details": true, "details_path": format!("/{}/-/pipelines/{}", crate::people::full_name(), one.id) },
    });
    merge(&mut body, more);
    body
}

pub(super) fn job(site: &Site, of: &Pipeline, one: &Job, commit: &Value) -> Value {
    let duration = one.started_at.zip(one.finished_at).map(|(from, to)| (to - from).num_milliseconds());
    let archive = super::jobs::packed(one).map(|bytes| json!({"filename": "artifacts.zip", "size": bytes.len()}));
    let mut shape = json!({
        "id": one.id, "status": one.status.word(), "stage": one.plan.stage, "name": one.plan.name, "ref": of.ref_name, "tag": of.is_tag,
        "coverage": null, "allow_failure": one.plan.allow_failure, "created_at": time(one.created_at),
        "started_at": one.started_at.map(time), "finished_at": one.finished_at.map(time), "erased_at": null,
        "duration": duration.map(|milliseconds| std::time::Duration::from_millis(milliseconds.unsigned_abs()).as_secs_f64()),
        "queued_duration": 0.0, "user": user(site), "commit": commit, "pipeline": basic_pipeline(site, of),
        "failure_reason": one.failure, "web_url": format!("{}/-/jobs/{}", site.gitlab.page(), one.id),
        "artifacts": archive.iter().map(|file| { let mut part = file.clone(); merge(&mut part, json!({"file_type": "archive", "file_format": "zip"})); part }).collect::<Vec<_>>(),
        "artifacts_expire_at": archive.as_ref().and(one.finished_at).map(|at| time(at + chrono::TimeDelta::days(30))), "runner": null,
        "archived": false, "tag_list": [],
    });
    if let Some(file) = archive {
        merge(&mut shape, json!({"artifacts_file": file}));
    }
    shape
}

pub(super) fn deployment(site: &Site, of: &Pipeline, by: &Job, one: &Deployment, commit: &Value) -> Value {
    json!({
        "id": one.id, "iid": one.iid, "ref": of.ref_name, "sha": of.sha, "created_at": time(one.created_at),
        "updated_at": time(one.updated_at), "user": user(site), "status": one.status(by.status),
        "environment": { "id": environment_id(site, &one.environment), "name": one.environment, "slug": one.environment,
            "external_url": site.fleet.environment(&one.environment).map(|found| found.url.clone()) },
        "deployable": job(site, of, by, commit),
    })
}

/// A deployment by itself, with its approvals.
pub(super) fn deployment_with_approvals(site: &Site, of: &Pipeline, by: &Job, one: &Deployment, commit: &Value) -> Value {
    let mut body = deployment(site, of, by, one, commit);
    let approvals: Vec<Value> = one.approvals.iter().map(|given| approval(site, given)).collect();
    let more = json!({
        "pending_approval_count": one.approvals_lacking(), "approvals": approvals,
        "approval_summary": { "rules": if one.needs_approval {
            json!([{ "id": 1, "user_id": null, "group_id": null, "access_level": 40, "access_level_description": "Maintainers",
                "required_approvals": 1, "deployment_approvals": approvals }])
        } else { json!([]) } },
    });
    merge(&mut body, more);
    body
}

pub(super) fn approval(site: &Site, given: &super::state::Approval) -> Value {
    let status = if given.is_approved { "approved" } else { "rejected" };
    json!({ "user": user(site), "status": status, "created_at": time(given.at), "comment": given.comment })
}

pub(super) fn environment_id(site: &Site, name: &str) -> usize {
    site.fleet.environments().iter().position(|environment| environment.name == name).map_or(0, |at| 4100 + at)
}

pub(super) fn merge(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}
