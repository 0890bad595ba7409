//! The range's Jenkins from outside: its quirks, and that its builds reach the fleet.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use pilothouse_range::{Fault, JenkinsAccount, JenkinsStanding, Order, Range, RangeOptions};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::client::{PATIENCE, http, versions};

const DEPLOY: &str = "/job/nordwind/job/checkout/job/deploy-version";
const FORM: &str = "application/x-www-form-urlencoded";

struct Jenkins<'a> {
    range: &'a Range,
    http: reqwest::Client,
    account: JenkinsAccount,
}

impl<'a> Jenkins<'a> {
    fn of(range: &'a Range) -> Self {
        Self { range, http: http(), account: range.jenkins_accounts().full.clone() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.range.jenkins_url());
        self.http.request(method, url).basic_auth(&self.account.user, Some(&self.account.secret))
    }

    /// Status and body; every answer says that it is Jenkins's.
    async fn send(&self, request: RequestBuilder) -> (u16, reqwest::header::HeaderMap, String) {
        let response = request.send().await.unwrap();
        assert!(response.headers().contains_key("x-jenkins"), "{response:?}");
        (response.status().as_u16(), response.headers().clone(), response.text().await.unwrap())
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let (status, _, body) = self.send(self.request(Method::GET, path)).await;
        (status, body)
    }

    async fn json(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn post(&self, path: &str, body: &str) -> (u16, reqwest::header::HeaderMap, String) {
        self.send(self.request(Method::POST, path).header("content-type", FORM).body(body.to_owned())).await
    }

    /// Starts the deploy job and gives the place in the queue.
    async fn deploy(&self, environment: &str, correlation: &str) -> u64 {
        let form = format!("ENVIRONMENT={environment}&VERSION=1.2.0&PILOTHOUSE_RUN={correlation}");
        let (status, headers, _) = self.post(&format!("{DEPLOY}/buildWithParameters"), &form).await;
        assert_eq!(status, 201);
        let location = headers["location"].to_str().unwrap().to_owned();
        assert!(!location.starts_with(self.range.jenkins_url()), "the root that is configured is another: {location}");
        location.trim_end_matches('/').rsplit('/').next().unwrap().parse().unwrap()
    }

    async fn until(&self, queue: u64, wanted: JenkinsStanding) -> pilothouse_range::JenkinsRunView {
        let stands = |range: &Range| range.jenkins_runs().into_iter().find(|run| run.queue_id == queue && run.standing == wanted);
        self.range.until("a run of Jenkins", PATIENCE, stands).await.unwrap()
    }
}

#[tokio::test]
async fn a_build_reaches_the_fleet() {
    let range = Range::start(RangeOptions::fast()).await.unwrap();
    let jenkins = Jenkins::of(&range);
    let run = {
        let queue = jenkins.deploy("staging", "fleet-1").await;
        jenkins.until(queue, JenkinsStanding::Ended).await
    };
    assert_eq!(run.result.as_deref(), Some("SUCCESS"));
    assert_eq!(versions(&range, "staging").await, ["1.2.0", "1.2.0"]);
    let number = run.build.unwrap();
    let stages = jenkins.json(&format!("{DEPLOY}/{number}/wfapi/describe")).await;
    let names: Vec<&str> = stages["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Build", "Deploy", "Verify"]);
    let (_, headers, log) = jenkins.send(jenkins.request(Method::GET, &format!("{DEPLOY}/{number}/logText/progressiveText?start=0"))).await;
    assert!(log.ends_with("Finished: SUCCESS\n") && !headers.contains_key("x-more-data"), "{log}");
    assert_eq!(headers["x-text-size"].to_str().unwrap(), log.len().to_string());
}

#[tokio::test]
async fn a_form_without_proceed_aborts_and_says_the_same() {
    let protected = RangeOptions { protected_environments: vec!["production".to_owned()], ..RangeOptions::fast() };
    let range = Range::start(protected).await.unwrap();
    let jenkins = Jenkins::of(&range);
    for (n, (body, result)) in [("json={}", "ABORTED"), ("json={}&proceed=Proceed", "SUCCESS")].into_iter().enumerate() {
        let queue = jenkins.deploy("production", &format!("submit-{n}")).await;
        let number = jenkins.until(queue, JenkinsStanding::Paused).await.build.unwrap();
        let pending = jenkins.json(&format!("{DEPLOY}/{number}/wfapi/pendingInputActions")).await;
        assert!(pending[0]["proceedUrl"].as_str().unwrap().starts_with("/jenkins/job/"), "{pending}");
        let (status, ..) = jenkins.post(&format!("{DEPLOY}/{number}/input/Go-live/submit"), body).await;
        assert_eq!(status, 302);
        assert_eq!(jenkins.until(queue, JenkinsStanding::Ended).await.result.as_deref(), Some(result), "{body}");
        let (status, ..) = jenkins.post(&format!("{DEPLOY}/{number}/input/Go-live/proceedEmpty"), "").await;
        assert_eq!(status, 404, "a settled step is gone");
    }
}

#[tokio::test]
async fn a_password_needs_a_crumb_and_its_session_and_a_token_neither() {
    let range = Range::start(RangeOptions::fast()).await.unwrap();
    let mut jenkins = Jenkins::of(&range);
    jenkins.deploy("staging", "by-token").await;
    jenkins.account = range.jenkins_accounts().password.clone();
    let (status, _, page) = jenkins.post(&format!("{DEPLOY}/buildWithParameters"), "VERSION=1.2.0").await;
    assert!(status == 403 && page.contains("No valid crumb was included in the request"), "{page}");
    let (_, headers, body) = jenkins.send(jenkins.request(Method::GET, "/crumbIssuer/api/json")).await;
    let crumb: Value = serde_json::from_str(&body).unwrap();
    let cookie = headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let post = || {
        let request = jenkins.request(Method::POST, &format!("{DEPLOY}/buildWithParameters")).header("content-type", FORM);
        request.body("PILOTHOUSE_RUN=by-crumb").header("Jenkins-Crumb", crumb["crumb"].as_str().unwrap())
    };
    assert_eq!(jenkins.send(post()).await.0, 403, "a crumb without its session");
    assert_eq!(jenkins.send(post().header("cookie", &cookie)).await.0, 201);
    range.end_jenkins_sessions();
    assert_eq!(jenkins.send(post().header("cookie", &cookie)).await.0, 403, "the session is over");
}

#[tokio::test]
async fn the_queue_folds_what_is_the_same_and_forgets() {
    let options = RangeOptions { jenkins_queue_memory: Duration::ZERO, ..RangeOptions::fast() };
    let range = Range::start(options).await.unwrap();
    let jenkins = Jenkins::of(&range);
    let stuck = range.faults().order(Order::until_cleared(Fault::StuckQueued)).unwrap();
    let queue = jenkins.deploy("staging", "fold").await;
    range.faults().struck(stuck).await;
    assert_eq!(jenkins.deploy("staging", "fold").await, queue);
    assert_eq!(range.stats().dispatches.len(), 1);
    let item = jenkins.json(&format!("/queue/item/{queue}/api/json")).await;
    assert_eq!((&item["_class"], &item["executable"]), (&Value::from("hudson.model.Queue$WaitingItem"), &Value::Null));
    range.faults().clear(stuck);
    let number = jenkins.until(queue, JenkinsStanding::Ended).await.build.unwrap();
    assert_eq!(jenkins.get(&format!("/queue/item/{queue}/api/json")).await.0, 404);
    let builds = jenkins.json(&format!("{DEPLOY}/api/json?tree=builds[number,queueId]")).await;
    assert_eq!((builds["builds"][0]["number"].as_u64(), builds["builds"][0]["queueId"].as_u64()), (Some(number), Some(queue)));
}

#[tokio::test]
async fn what_is_hidden_or_wrong_is_told_in_pages() {
    let range = Range::start(RangeOptions::fast()).await.unwrap();
    let mut jenkins = Jenkins::of(&range);
    let (status, page) = jenkins.get("/job/nobody/api/json").await;
    assert!(status == 404 && page.starts_with("<html>"), "{page}");
    let (status, headers, _) = jenkins.send(jenkins.request(Method::GET, DEPLOY)).await;
    assert_eq!((status, headers["location"].to_str().unwrap()), (302, format!("/jenkins{DEPLOY}/").as_str()));
    let branch = "/job/nordwind/job/checkout/job/deploy/job/feature%252Fgift-cards/api/json";
    assert_eq!(jenkins.json(branch).await["name"], "feature%2Fgift-cards");
    assert_eq!(jenkins.get(&branch.replace("%252F", "%2F")).await.0, 404, "encoded once it is another name");
    let (status, _, page) = jenkins.post("/job/nordwind/job/checkout/job/canary/buildWithParameters", "VERSION=1").await;
    assert!(status == 500 && page.contains("not parameterized"), "{page}");
    assert_eq!(jenkins.post("/job/nordwind/job/checkout/job/backup/build", "").await.0, 409);
    jenkins.account = range.jenkins_accounts().read_only.clone();
    let (status, headers, _) = jenkins.post(&format!("{DEPLOY}/buildWithParameters"), "").await;
    assert_eq!((status, headers["x-required-permission"].to_str().unwrap()), (403, "hudson.model.Item.Build"));
    jenkins.account = range.jenkins_accounts().blind.clone();
    assert_eq!(jenkins.get(&format!("{DEPLOY}/api/json")).await.0, 404);
    jenkins.account = range.jenkins_accounts().expired.clone();
    assert_eq!(jenkins.get("/api/json").await.0, 401);
}
