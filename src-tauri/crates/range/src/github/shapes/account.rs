//! People and repositories.

use chrono::{TimeZone as _, Utc};
use serde_json::{Map, Value, json};

use super::{node_id, time};
use crate::people::{LOGIN, MAIL, NAME, OWNER, OWNER_ID, REPOSITORY, REPOSITORY_ID, USER_ID, full_name};
use crate::site::Site;

/// When the practice organisation began: before every commit.
const BEGAN: (i32, u32, u32) = (2025, 11, 3);

fn began() -> String {
    let (year, month, day) = BEGAN;
    Utc.with_ymd_and_hms(year, month, day, 9, 0, 0).single().map(time).unwrap_or_default()
}

/// `simple-user` of the release manager.
pub(crate) fn user(site: &Site) -> Value {
    simple(site, LOGIN, USER_ID, "User")
}

/// `simple-user` of the organisation.
pub(crate) fn owner(site: &Site) -> Value {
    simple(site, OWNER, OWNER_ID, "Organization")
}

fn simple(site: &Site, login: &str, id: u64, kind: &str) -> Value {
    let url = format!("{}/users/{login}", site.api());
    json!({
        "login": login, "id": id, "node_id": node_id(kind, id),
        "avatar_url": format!("{}/avatars/{login}", site.urls.github), "gravatar_id": "",
        "url": url, "html_url": format!("{}/{login}", site.urls.github),
        "followers_url": format!("{url}/followers"), "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"), "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"), "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"), "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"), "type": kind, "site_admin": false,
    })
}

/// `private-user`: what `/user` answers.
pub(crate) fn private_user(site: &Site) -> Value {
    let more = json!({
        "name": NAME, "company": "Nordwind", "blog": "", "location": null, "email": MAIL, "hireable": null, "bio": null,
        "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0, "created_at": began(), "updated_at": began(),
        "private_gists": 0, "total_private_repos": 1, "owned_private_repos": 0, "disk_usage": 0, "collaborators": 3,
        "two_factor_authentication": true,
    });
    merged(user(site), more)
}

/// `minimal-repository`.
pub(crate) fn minimal_repository(site: &Site) -> Value {
    let mut all = json!({
        "id": REPOSITORY_ID, "node_id": node_id("Repository", REPOSITORY_ID), "name": REPOSITORY, "full_name": full_name(),
        "owner": owner(site), "private": true, "html_url": site.repository_page(),
        "description": "The checkout service of the shop", "fork": false, "url": site.repository_api(),
    });
    if let Some(map) = all.as_object_mut() {
        addresses(site, map);
    }
    all
}

/// `repository` and `full-repository`, which ask for more; `old` keeps what API version 2026-03-10 dropped.
pub(crate) fn repository(site: &Site, pushed_at: &str, old: bool) -> Value {
    let mut more = json!({
        "git_url": format!("{}.git", site.repository_page()), "ssh_url": format!("{}.git", site.repository_page()),
        "clone_url": format!("{}.git", site.repository_page()), "svn_url": site.repository_page(), "mirror_url": null,
        "homepage": null, "language": "JavaScript", "forks_count": 0, "stargazers_count": 0, "watchers_count": 0, "size": 42,
        "default_branch": "main", "open_issues_count": 0, "topics": [], "has_issues": true, "has_projects": false,
        "has_wiki": false, "has_pages": false, "has_discussions": false, "archived": false, "disabled": false,
        "visibility": "private", "pushed_at": pushed_at, "created_at": began(), "updated_at": pushed_at,
        "permissions": { "admin": true, "maintain": true, "push": true, "triage": true, "pull": true },
        "subscribers_count": 3, "network_count": 0, "license": null, "forks": 0, "open_issues": 0, "watchers": 0,
    });
    if let (true, Some(map)) = (old, more.as_object_mut()) {
        map.insert("has_downloads".to_owned(), true.into());
    }
    merged(minimal_repository(site), more)
}

/// `organization-simple`.
pub(crate) fn organization(site: &Site) -> Value {
    let url = format!("{}/orgs/{OWNER}", site.api());
    json!({
        "login": OWNER, "id": OWNER_ID, "node_id": node_id("Organization", OWNER_ID), "url": url,
        "repos_url": format!("{url}/repos"), "events_url": format!("{url}/events"), "hooks_url": format!("{url}/hooks"),
        "issues_url": format!("{url}/issues"), "members_url": format!("{url}/members{{/member}}"),
        "public_members_url": format!("{url}/public_members{{/member}}"),
        "avatar_url": format!("{}/avatars/{OWNER}", site.urls.github), "description": "The practice organisation",
    })
}

fn addresses(site: &Site, map: &mut Map<String, Value>) {
    const TAILS: [(&str, &str); 36] = [
        ("archive_url", "/{archive_format}{/ref}"),
        ("assignees_url", "/assignees{/user}"),
        ("blobs_url", "/git/blobs{/sha}"),
        ("branches_url", "/branches{/branch}"),
        ("collaborators_url", "/collaborators{/collaborator}"),
        ("comments_url", "/comments{/number}"),
        ("commits_url", "/commits{/sha}"),
        ("compare_url", "/compare/{base}...{head}"),
        ("contents_url", "/contents/{+path}"),
        ("contributors_url", "/contributors"),
        ("deployments_url", "/deployments"),
        ("downloads_url", "/downloads"),
        ("events_url", "/events"),
        ("forks_url", "/forks"),
        ("git_commits_url", "/git/commits{/sha}"),
        ("git_refs_url", "/git/refs{/sha}"),
        ("git_tags_url", "/git/tags{/sha}"),
        ("issue_comment_url", "/issues/comments{/number}"),
        ("issue_events_url", "/issues/events{/number}"),
        ("issues_url", "/issues{/number}"),
        ("keys_url", "/keys{/key_id}"),
        ("labels_url", "/labels{/name}"),
        ("languages_url", "/languages"),
        ("merges_url", "/merges"),
        ("milestones_url", "/milestones{/number}"),
        ("notifications_url", "/notifications{?since,all,participating}"),
        ("pulls_url", "/pulls{/number}"),
        ("releases_url", "/releases{/id}"),
        ("stargazers_url", "/stargazers"),
        ("statuses_url", "/statuses/{sha}"),
        ("subscribers_url", "/subscribers"),
        ("subscription_url", "/subscription"),
        ("tags_url", "/tags"),
        ("teams_url", "/teams"),
        ("trees_url", "/git/trees{/sha}"),
        ("hooks_url", "/hooks"),
    ];
    for (name, tail) in TAILS {
        map.insert(name.to_owned(), format!("{}{tail}", site.repository_api()).into());
    }
}

/// One object with the fields of both.
pub(crate) fn merged(mut base: Value, more: Value) -> Value {
    if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
    base
}
