//! Commits, files, refs.

use serde_json::{Value, json};

use super::account::{merged, user};
use super::node_id;
use crate::github::extract::encode;
use crate::people::MAIL;
use crate::repository::{ChangedFile, Commit, Entry, FileStatus, Reference, Signature};
use crate::site::Site;

fn signature(signature: &Signature) -> Value {
    json!({ "name": signature.name, "email": signature.email, "date": signature.date })
}

/// The account of an author: known by mail address, else none.
fn account(site: &Site, signature: &Signature) -> Value {
    if signature.email == MAIL { user(site) } else { Value::Null }
}

/// `commit`, without files.
pub(crate) fn commit(site: &Site, commit: &Commit) -> Value {
    let (api, page, sha) = (site.repository_api(), site.repository_page(), &commit.sha);
    let parent = |sha: &String| json!({ "sha": sha, "url": format!("{api}/commits/{sha}"), "html_url": format!("{page}/commit/{sha}") });
    json!({
        "sha": sha, "node_id": node_id("Commit", sha), "url": format!("{api}/commits/{sha}"),
        "html_url": format!("{page}/commit/{sha}"), "comments_url": format!("{api}/commits/{sha}/comments"),
        "commit": {
            "url": format!("{api}/git/commits/{sha}"), "message": commit.message, "comment_count": 0,
            "author": signature(&commit.author), "committer": signature(&commit.committer),
            "tree": { "sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree) },
            "verification": {
                "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null,
            },
        },
        "author": account(site, &commit.author), "committer": account(site, &commit.committer),
        "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
    })
}

/// `commit` with its files and their counts.
pub(crate) fn commit_with_files(site: &Site, one: &Commit, files: &[ChangedFile]) -> Value {
    let additions: u64 = files.iter().map(|file| file.additions).sum();
    let deletions: u64 = files.iter().map(|file| file.deletions).sum();
    let more = json!({
        "stats": { "additions": additions, "deletions": deletions, "total": additions + deletions },
        "files": files.iter().map(|file| changed_file(site, &one.sha, file)).collect::<Vec<_>>(),
    });
    merged(commit(site, one), more)
}

/// `diff-entry`.
pub(crate) fn changed_file(site: &Site, sha: &str, file: &ChangedFile) -> Value {
    let status = match file.status {
        FileStatus::Added => "added",
        FileStatus::Removed => "removed",
        FileStatus::Modified => "modified",
        FileStatus::Renamed => "renamed",
    };
    let path = encode_path(&file.path);
    let mut entry = json!({
        "sha": file.sha, "filename": file.path, "status": status, "additions": file.additions,
        "deletions": file.deletions, "changes": file.additions + file.deletions,
        "blob_url": format!("{}/blob/{sha}/{path}", site.repository_page()),
        "raw_url": format!("{}/raw/{sha}/{path}", site.repository_page()),
        "contents_url": format!("{}/contents/{path}?ref={sha}", site.repository_api()),
    });
    if let Some(map) = entry.as_object_mut() {
        if let Some(patch) = &file.patch {
            map.insert("patch".to_owned(), patch.clone().into());
        }
        if let Some(previous) = &file.previous {
            map.insert("previous_filename".to_owned(), previous.clone().into());
        }
    }
    entry
}

/// `short-branch`.
pub(crate) fn branch(site: &Site, reference: &Reference) -> Value {
    let name = reference.branch().unwrap_or_default();
    json!({
        "name": name, "protected": false,
        "commit": { "sha": reference.commit, "url": format!("{}/commits/{}", site.repository_api(), reference.commit) },
    })
}

/// `tag` of the list of tags.
pub(crate) fn tag(site: &Site, reference: &Reference) -> Value {
    let (name, api) = (reference.tag().unwrap_or_default(), site.repository_api());
    json!({
        "name": name, "node_id": node_id("Ref", &reference.name),
        "commit": { "sha": reference.commit, "url": format!("{api}/commits/{}", reference.commit) },
        "zipball_url": format!("{api}/zipball/{}", reference.name),
        "tarball_url": format!("{api}/tarball/{}", reference.name),
    })
}

/// `git-ref`.
pub(crate) fn git_ref(site: &Site, reference: &Reference) -> Value {
    let (api, name) = (site.repository_api(), &reference.name);
    let folder = if reference.kind == "tag" { "tags" } else { "commits" };
    json!({
        "ref": name, "node_id": node_id("Ref", name), "url": format!("{api}/git/{name}"),
        "object": {
            "type": reference.kind, "sha": reference.object, "url": format!("{api}/git/{folder}/{}", reference.object),
        },
    })
}

/// `git-tag`: an annotated tag's object.
pub(crate) fn git_tag(site: &Site, sha: &str, target: &str, name: &str, tagger: &Signature, message: &str) -> Value {
    let api = site.repository_api();
    json!({
        "node_id": node_id("Tag", sha), "tag": name, "sha": sha, "url": format!("{api}/git/tags/{sha}"),
        "message": message, "tagger": signature(tagger),
        "object": { "sha": target, "type": "commit", "url": format!("{api}/git/commits/{target}") },
        "verification": { "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null },
    })
}

/// One file or folder of `contents`, without its content.
pub(crate) fn entry(site: &Site, reference: &str, entry: &Entry) -> Value {
    let path = encode_path(&entry.path);
    let reference = encode(reference);
    let url = format!("{}/contents/{path}?ref={reference}", site.repository_api());
    let (kind, folder) = match entry.kind.as_str() {
        "tree" => ("dir", "trees"),
        "commit" => ("submodule", "trees"),
        _ => ("file", "blobs"),
    };
    let git = format!("{}/git/{folder}/{}", site.repository_api(), entry.sha);
    let html = format!("{}/blob/{reference}/{path}", site.repository_page());
    let download = (kind == "file").then(|| format!("{}/raw/{reference}/{path}", site.repository_page()));
    json!({
        "type": kind, "size": entry.size, "name": entry.path.rsplit('/').next().unwrap_or_default(), "path": entry.path,
        "sha": entry.sha, "url": url, "git_url": git, "html_url": html, "download_url": download,
        "_links": { "self": url, "git": git, "html": html },
    })
}

fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}
