//! The repository is a real one: what Git says and what the API says are the same, also after changes from outside.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::Command;

use pilothouse_range::Push;
use serde_json::{Value, json};

use crate::client::range;

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(variable);
    }
    let output = command
        .current_dir(folder)
        .args(["-c", "user.name=Out Side", "-c", "user.email=out@side.example"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn the_api_tells_what_git_tells() {
    let (range, api) = range().await;
    let here = range.repository_path();
    let head = api.get("~/commits/main").await.ok();
    assert_eq!(head["sha"], git(here, &["rev-parse", "main"]));
    assert_eq!(git(here, &["status", "--porcelain"]), "", "the work tree is clean");
    let count: usize = git(here, &["rev-list", "--count", "v1.1.0..main"]).parse().unwrap();
    let comparison = api.get("~/compare/v1.1.0...main").await.ok();
    assert_eq!((&comparison["status"], &comparison["ahead_by"]), (&json!("ahead"), &json!(count)));
    let subjects: Vec<&str> =
        comparison["commits"].as_array().unwrap().iter().map(|one| one["commit"]["message"].as_str().unwrap()).collect();
    assert!(subjects[0].starts_with("feat(payments)"), "oldest first: {subjects:?}");
    let files: Vec<&str> = comparison["files"].as_array().unwrap().iter().map(|file| file["filename"].as_str().unwrap()).collect();
    assert_eq!(files.join("\n"), git(here, &["diff", "--name-only", "v1.1.0...main"]));
    let basket = comparison["files"].as_array().unwrap().iter().find(|file| file["filename"] == "src/basket.js").unwrap();
    assert_eq!((&basket["additions"], &basket["deletions"]), (&json!(1), &json!(0)));
    assert!(basket["patch"].as_str().unwrap().starts_with("@@"));
    let page = api.get("~/compare/v1.1.0...main?per_page=2&page=2").await.ok();
    assert_eq!(page["commits"][0]["sha"], comparison["commits"][2]["sha"]);
    assert_eq!(page["files"], json!([]), "files come on the first page only");
    let diverged = api.get("~/compare/main...feature%2Fgift-cards").await.ok();
    assert_eq!((&diverged["status"], &diverged["ahead_by"]), (&json!("diverged"), &json!(1)));
}

#[tokio::test]
async fn a_commit_made_from_outside_appears() {
    let (range, api) = range().await;
    let here = range.repository_path();
    std::fs::write(here.join("src/more.js"), "export const more = 1;\n").unwrap();
    git(here, &["add", "."]);
    git(here, &["commit", "-qm", "feat: more"]);
    assert_eq!(api.get("~/commits/main").await.ok()["commit"]["message"], "feat: more");

    let clone = tempfile::tempdir().unwrap();
    git(clone.path(), &["clone", "-q", here.to_str().unwrap(), "copy"]);
    let copy = clone.path().join("copy");
    std::fs::write(copy.join("src/pushed.js"), "export const pushed = 1;\n").unwrap();
    git(&copy, &["add", "."]);
    git(&copy, &["commit", "-qm", "fix: pushed"]);
    git(&copy, &["tag", "v1.2.1"]);
    git(&copy, &["push", "-q", "origin", "main", "v1.2.1"]);
    assert_eq!(api.get("~/commits/v1.2.1").await.ok()["commit"]["message"], "fix: pushed");
    let content = api.get("~/contents/src/pushed.js").await.ok();
    assert_eq!(content["encoding"], "base64");
    assert_eq!(api.get("~/tags").await.ok()[0]["name"], "v1.2.1");
}

#[tokio::test]
async fn an_ordered_push_makes_commit_branch_and_tag() {
    let (range, api) = range().await;
    let push = Push { tag: Some("v1.3.0".to_owned()), ..Push::message("feat!: a new basket") };
    let sha = range.push(&push).await.unwrap();
    assert_eq!(api.get("~/git/ref/tags/v1.3.0").await.ok()["object"]["sha"], sha);
    assert_eq!(api.get("~/git/ref/heads/main").await.ok()["object"]["sha"], sha);
    assert_eq!(git(range.repository_path(), &["status", "--porcelain"]), "");
    let hotfix = Push { branch: "hotfix/1.3.1".to_owned(), ..Push::message("fix: now") };
    range.push(&hotfix).await.unwrap();
    assert_eq!(api.get("~/branches/hotfix/1.3.1").await.ok()["commit"]["commit"]["message"], "fix: now");
    for wrong in [
        Push { branch: "a..b".to_owned(), ..Push::message("x") },
        Push { path: "../outside".to_owned(), ..Push::message("x") },
        Push { path: ".git/config".to_owned(), ..Push::message("x") },
    ] {
        range.push(&wrong).await.unwrap_err();
    }
}

#[tokio::test]
async fn tags_and_releases_made_by_the_api_are_in_git() {
    let (range, api) = range().await;
    let here = range.repository_path();
    let head = git(here, &["rev-parse", "main"]);
    let tag = json!({ "tag": "v1.3.0", "message": "checkout 1.3.0", "object": head, "type": "commit" });
    let object = api.post("~/git/tags", &tag).await.ok()["sha"].as_str().unwrap().to_owned();
    assert_eq!(git(here, &["tag", "--list", "v1.3.0"]), "", "an object without a ref is no tag yet");
    api.post("~/git/refs", &json!({ "ref": "refs/tags/v1.3.0", "sha": object })).await.ok();
    assert_eq!(git(here, &["rev-parse", "v1.3.0^{commit}"]), head);
    assert_eq!(git(here, &["cat-file", "-t", "v1.3.0"]), "tag");

    api.post("~/releases", &json!({ "tag_name": "v1.3.1", "target_commitish": "feature/gift-cards" })).await.ok();
    assert_eq!(git(here, &["rev-parse", "v1.3.1"]), git(here, &["rev-parse", "feature/gift-cards"]));
    let refused = async |body: Value, status: u16| assert_eq!(api.post("~/git/refs", &body).await.status, status, "{body}");
    refused(json!({ "ref": "tags/x", "sha": head }), 422).await;
    refused(json!({ "ref": "refs/tags/a b", "sha": head }), 422).await;
    refused(json!({ "ref": "refs/tags/x", "sha": "0".repeat(40) }), 422).await;
    refused(json!({ "ref": "refs/tags/--upload-pack=x", "sha": "-x" }), 422).await;
}

#[tokio::test]
async fn generated_notes_name_the_commits_since_the_last_release() {
    let (_range, api) = range().await;
    let body = json!({ "tag_name": "v1.3.0", "target_commitish": "main" });
    let notes = api.post("~/releases/generate-notes", &body).await.ok();
    let text = notes["body"].as_str().unwrap();
    assert!(text.contains("feat(checkout): buy without an account (#24)") && !text.contains("vouchers"), "{text}");
    assert!(text.contains("compare/v1.2.0...v1.3.0"), "{text}");
}
