//! Issues and their comments.

use serde_json::{Value, json};

use super::account::user;
use super::{node_id, time};
use crate::github::extract::encode;
use crate::issues::{Comment, Issue};
use crate::site::Site;

/// `issue`.
pub(crate) fn issue(site: &Site, one: &Issue) -> Value {
    let (api, page) = (site.repository_api(), site.repository_page());
    let url = format!("{api}/issues/{}", one.number);
    json!({
        "id": one.id, "node_id": node_id("Issue", one.id), "url": url, "repository_url": api,
        "labels_url": format!("{url}/labels{{/name}}"), "comments_url": format!("{url}/comments"),
        "events_url": format!("{url}/events"), "html_url": format!("{page}/issues/{}", one.number), "number": one.number,
        "state": if one.closed_at.is_some() { "closed" } else { "open" },
        "state_reason": one.closed_at.map(|_| "completed"), "title": one.title, "body": one.body, "user": user(site),
        "labels": labels(site, one), "assignee": null, "assignees": [], "milestone": null, "locked": false,
        "active_lock_reason": null, "comments": one.comments.len(), "closed_at": one.closed_at.map(time),
        "created_at": time(one.created_at), "updated_at": time(one.updated_at), "closed_by": one.closed_at.map(|_| user(site)),
        "author_association": "COLLABORATOR",
    })
}

/// `label`, each.
pub(crate) fn labels(site: &Site, one: &Issue) -> Vec<Value> {
    let label = |(at, name): (usize, &String)| {
        let id = 208_045_001 + at as u64;
        json!({
            "id": id, "node_id": node_id("Label", id), "url": format!("{}/labels/{}", site.repository_api(), encode(name)),
            "name": name, "description": null, "color": "ededed", "default": false,
        })
    };
    one.labels.iter().enumerate().map(label).collect()
}

/// `issue-comment`.
pub(crate) fn comment(site: &Site, of: &Issue, one: &Comment) -> Value {
    let api = site.repository_api();
    json!({
        "id": one.id, "node_id": node_id("IssueComment", one.id), "url": format!("{api}/issues/comments/{}", one.id),
        "html_url": format!("{}/issues/{}#issuecomment-{}", site.repository_page(), of.number, one.id),
        "issue_url": format!("{api}/issues/{}", of.number), "body": one.body, "user": user(site),
        "created_at": time(one.at), "updated_at": time(one.at), "author_association": "COLLABORATOR",
    })
}
