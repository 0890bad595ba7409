//! The range's GitLab: each answer conforms to GitLab's description, and its quirks are there.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use pilothouse_range::{Fault, Operation, Order, PipelineView, Range, RangeOptions};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::client::{PATIENCE, http, service};
use crate::gitlab_openapi;

/// GitLab's API of a range, with one of its tokens. Every answer is held against the description.
struct Api {
    base: String,
    token: String,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
    body: Value,
}

impl Answer {
    fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.body
    }
}

impl Api {
    fn of(range: &Range, token: &str) -> Self {
        Self { base: range.gitlab_url(), token: token.to_owned() }
    }

    /// A path that starts with `~` is one of the project.
    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let path = path.replacen('~', "/projects/nordwind%2Fcheckout", 1);
        let mut request = http().request(method.clone(), format!("{}{path}", self.base)).header("private-token", &self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let bare = path.split('?').next().unwrap();
        gitlab_openapi::check(method.as_str(), &format!("/api/v4{bare}"), status, kind, text.as_bytes());
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn deploy(&self, environment: &str, variables: Value) -> u64 {
        let body = json!({ "ref": "v1.2.0", "inputs": { "environment": environment, "version": "1.2.0" }, "variables": variables });
        self.post("~/pipeline", &body).await.ok()["id"].as_u64().unwrap()
    }
}

async fn range_with(options: RangeOptions) -> (Range, Api) {
    let range = Range::start(options).await.unwrap();
    let api = Api::of(&range, &range.gitlab_tokens().full);
    (range, api)
}

async fn until(range: &Range, id: u64, status: &str) -> PipelineView {
    range.until(status, PATIENCE, |range| range.pipeline(id).filter(|pipeline| pipeline.status == status)).await.unwrap()
}

#[tokio::test]
async fn every_answer_conforms_to_the_description() {
    if !gitlab_openapi::is_there() {
        println!("skipped: contracts not found");
        return;
    }
    let (range, api) = range_with(RangeOptions { protected_environments: vec!["production".to_owned()], ..RangeOptions::fast() }).await;
    let id = api.deploy("staging", json!([{ "key": "PILOTHOUSE_RUN", "value": "run-1" }])).await;
    until(&range, id, "success").await;
    let jobs = api.get(&format!("~/pipelines/{id}/jobs")).await.ok();
    let job = jobs[0]["id"].as_u64().unwrap();
    let deployment = api.get("~/deployments?environment=staging&order_by=id&sort=desc").await.ok()[0]["id"].as_u64().unwrap();
    let paths = [
        "/user",
        "/personal_access_tokens/self",
        "/version",
        "/metadata",
        "/projects?membership=true&search=check",
        "~",
        "~/repository/tags",
        "~/repository/tags/v1.0.0",
        "~/repository/branches",
        "~/repository/branches/feature%2Fgift-cards",
        "~/repository/commits?ref_name=v1.1.0&per_page=2",
        "~/repository/commits/main",
        "~/repository/compare?from=v1.0.0&to=main",
        "~/repository/compare?from=main&to=v1.0.0",
        "~/repository/files/.gitlab-ci.yml?ref=main",
        "~/pipelines?ref=v1.2.0&order_by=id&sort=desc",
        "~/jobs?scope=manual",
        "~/jobs?scope[]=success",
        "~/environments",
        "~/environments?name=staging",
        "~/deployments?status=blocked",
        "~/releases",
        "~/releases/v1.1.0",
        "~/freeze_periods",
    ];
    for path in paths {
        api.get(path).await.ok();
    }
    for tail in ["", "/jobs?include_retried=true", "/bridges", "/variables"] {
        api.get(&format!("~/pipelines/{id}{tail}")).await.ok();
    }
    api.get(&format!("~/jobs/{job}")).await.ok();
    assert!(api.get(&format!("~/jobs/{job}/trace")).await.text.contains("Job succeeded"));
    assert_eq!(api.get(&format!("~/deployments/{deployment}")).await.ok()["pending_approval_count"], 0);
    for path in [
        "~/nothing",
        "~/pipelines/1",
        "~/jobs/1",
        "~/jobs/1/trace",
        "~/deployments/1",
        "~/repository/tags/x",
        "~/releases/x",
        "/projects/a%2Fb",
    ] {
        assert_eq!(api.get(path).await.status, 404, "{path}");
    }

    // A protected environment: blocked, approved, and still to be played.
    let waiting = api.deploy("production", json!([])).await;
    until(&range, waiting, "manual").await;
    let blocked = api.get("~/deployments?status=blocked").await.ok();
    let (deployment, job) = (blocked[0]["id"].as_u64().unwrap(), blocked[0]["deployable"]["id"].as_u64().unwrap());
    assert_eq!(api.get(&format!("~/deployments/{deployment}")).await.ok()["pending_approval_count"], 1);
    let early = api.post(&format!("~/jobs/{job}/play"), &json!({})).await;
    assert!(early.status == 400 && early.text.contains("Unplayable Job"), "{}", early.text);
    let approval = json!({ "status": "approved", "comment": "ok" });
    api.post(&format!("~/deployments/{deployment}/approval"), &approval).await.ok();
    assert_eq!(api.post(&format!("~/deployments/{deployment}/approval"), &approval).await.status, 400);
    assert_eq!(api.get(&format!("~/deployments/{deployment}")).await.ok()["status"], "blocked", "until it is played");
    api.post(&format!("~/jobs/{job}/play"), &json!({ "job_variables_attributes": [{ "key": "WHO", "value": "me" }] })).await.ok();
    assert_eq!(api.post(&format!("~/jobs/{job}/play"), &json!({})).await.status, 400);
    until(&range, waiting, "success").await;
    let front = range.environment_url("production").unwrap();
    assert_eq!(service(&front, "/version").await.1["version"], "1.2.0", "it really deploys");
    api.post(&format!("~/jobs/{job}/retry"), &json!({})).await.ok();
    assert_eq!(api.post(&format!("~/jobs/{job}/retry"), &json!({})).await.status, 403, "it was repeated already");

    let freeze = json!({ "freeze_start": "0 23 * * 5", "freeze_end": "0 7 * * 1", "cron_timezone": "UTC" });
    let period = api.post("~/freeze_periods", &freeze).await.ok()["id"].as_u64().unwrap();
    assert_eq!(api.send(Method::DELETE, &format!("~/freeze_periods/{period}"), None).await.status, 204);
    api.post("~/repository/tags", &json!({ "tag_name": "v3.0.0", "ref": "main", "message": "three" })).await.ok();
    let again = api.post("~/repository/tags", &json!({ "tag_name": "v3.0.0", "ref": "main" })).await;
    assert_eq!((again.status, again.body["message"].as_str()), (400, Some("Tag v3.0.0 already exists")));
    let release = json!({ "tag_name": "v3.0.0", "name": "Three", "description": "notes" });
    api.post("~/releases", &release).await.ok();
    assert_eq!(api.post("~/releases", &release).await.status, 409);
    assert_eq!(api.post("~/releases", &json!({ "tag_name": "v3.0.1" })).await.status, 422);
    let changelog = api.get("~/repository/changelog?version=3.0.0&from=v1.2.0&to=main").await.ok();
    assert!(changelog["notes"].as_str().unwrap().contains("feat(checkout)"), "{changelog}");
}

#[tokio::test]
async fn cancelling_is_answered_with_yes_whatever_the_state() {
    let (range, api) = range_with(RangeOptions { pace: Duration::from_secs(3600), ..RangeOptions::fast() }).await;
    let id = api.deploy("staging", json!([])).await;
    for _ in 0..2 {
        assert_eq!(api.post(&format!("~/pipelines/{id}/cancel"), &json!({})).await.ok()["status"], "canceled");
    }
    let again = api.post(&format!("~/pipelines/{id}/retry"), &json!({})).await.ok();
    assert_eq!((again["id"].as_u64(), again["status"].as_str()), (Some(id), Some("created")), "the same pipeline");
    assert_eq!(api.post(&format!("~/pipelines/{id}/retry"), &json!({})).await.status, 201, "nothing to repeat, and yes all the same");
    assert_eq!(range.pipeline(id).unwrap().jobs.len(), 3);
    assert_eq!(api.get(&format!("~/pipelines/{id}/jobs?include_retried=true")).await.ok().as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn tokens_are_refused_by_what_they_lack() {
    let (range, _) = range_with(RangeOptions::fast()).await;
    let tokens = range.gitlab_tokens().clone();
    let reader = Api::of(&range, &tokens.read_only);
    reader.get("~/pipelines").await.ok();
    let refused = reader.post("~/pipeline", &json!({ "ref": "main" })).await;
    assert_eq!((refused.status, &refused.body["error"], &refused.body["scope"]), (403, &json!("insufficient_scope"), &json!("api")));
    let blind = Api::of(&range, &tokens.no_repo);
    assert_eq!(blind.get("/user").await.ok()["username"], "noor-haddad");
    assert_eq!(blind.get("~").await.status, 403);
    assert_eq!(Api::of(&range, &tokens.expired).get("/user").await.body["error"], "invalid_token");
    assert_eq!(Api::of(&range, "glpat-nobody").get("/user").await.status, 401);
    assert_eq!(Api::of(&range, &tokens.full).get("/projects/nordwind%2Fvault").await.body["message"], "404 Project Not Found");
}

#[tokio::test]
async fn refused_pipelines_say_why_and_limits_are_plain_text() {
    let (range, api) = range_with(RangeOptions::fast()).await;
    for (body, why) in [
        (json!({ "ref": "nowhere" }), "Reference not found"),
        (json!({ "ref": "main", "inputs": { "version": "1" } }), "`environment` input: required value has not been provided"),
    ] {
        let refused = api.post("~/pipeline", &body).await;
        assert_eq!((refused.status, &refused.body["message"]["base"][0]), (400, &json!(why)));
    }
    assert_eq!(range.stats().dispatches.len(), 0);
    range
        .faults()
        .order(Order::once(Fault::SecondaryRateLimit { status: 429, retry_after_s: None }).on_operation(Operation::ListRuns))
        .unwrap();
    let bare = api.get("~/pipelines").await;
    assert_eq!((bare.status, bare.headers.get("retry-after")), (429, None));
    range.faults().order(Order::once(Fault::PrimaryRateLimit { status: 429, reset_after_s: 60 })).unwrap();
    let told = api.get("~/pipelines").await;
    assert!(told.status == 429 && told.headers.contains_key("ratelimit-reset"), "{:?}", told.headers);
    let pages = api.get("~/repository/commits?per_page=2").await;
    assert_eq!(pages.headers["x-next-page"], "2");
    let known = pages.headers["etag"].to_str().unwrap().to_owned();
    let request = http().get(format!("{}/projects/nordwind%2Fcheckout/repository/commits?per_page=2", range.gitlab_url()));
    let request = request.header("private-token", &range.gitlab_tokens().full).header("if-none-match", known);
    assert_eq!(request.send().await.unwrap().status(), 304);
}

#[tokio::test]
async fn issues_are_kept_and_a_line_with_a_slash_is_a_command() {
    let (range, api) = range_with(RangeOptions::fast()).await;
    let made = api.post("~/issues", &json!({ "title": "The sum is wrong", "description": "By a cent.", "labels": "uat,s2" })).await.ok();
    assert_eq!((&made["iid"], &made["labels"], &made["state"]), (&json!(1), &json!(["uat", "s2"]), &json!("opened")));
    api.post("~/issues/1/notes", &json!({ "body": "Seen." })).await.ok();
    assert_eq!(api.get("~/issues/1/notes").await.ok()[0]["body"], "Seen.");
    let change = json!({ "add_labels": "blocker", "state_event": "close" });
    let changed = api.send(Method::PUT, "~/issues/1", Some(&change)).await.ok();
    assert_eq!((&changed["labels"], &changed["state"]), (&json!(["uat", "s2", "blocker"]), &json!("closed")));
    let listed = api.get("~/issues?scope=all&labels=uat&updated_after=2020-01-01T00:00:00Z&order_by=updated_at&sort=asc").await.ok();
    assert_eq!(listed[0]["iid"], 1);
    api.post("~/issues", &json!({ "title": "Another" })).await.ok();
    assert_eq!(api.post("~/issues/2/notes", &json!({ "body": "/close" })).await.status, 202);
    assert_eq!(api.get("~/issues/2").await.ok()["state"], "closed");
    assert_eq!(api.get("~/issues/9").await.status, 404);
    range.shutdown().await;
}
