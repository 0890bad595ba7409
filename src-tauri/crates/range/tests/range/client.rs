//! A plain client for the tests: every answer is held against the description before a test sees it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use pilothouse_range::{Range, RangeOptions, RunView};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::openapi::contract;

/// Longest wait for an event. Never a measure of speed: it only ends a test that hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body of a success.
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.body
    }

    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

/// A client that does not follow redirects and does not repeat anything.
pub(crate) fn http() -> reqwest::Client {
    // Already installed by another test of this process: just as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().user_agent("range-tests").no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// GitHub's API of a range, with one of its tokens.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    version: Option<&'static str>,
}

impl Api {
    pub(crate) fn of(range: &Range) -> Self {
        Self { http: http(), base: range.github_url(), token: Some(range.token().to_owned()), version: None }
    }

    pub(crate) fn with_token(mut self, token: Option<&str>) -> Self {
        self.token = token.map(str::to_owned);
        self
    }

    pub(crate) fn with_version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    /// A request to a path of the API; a path that starts with `~` is one of the repository.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path = full(path);
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(version) = self.version {
            request = request.header("x-github-api-version", version);
        }
        request
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap()
    }

    /// The error is one of the connection, never a status.
    pub(crate) async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let request = request.build()?;
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let response = self.http.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok());
        if let Some(contract) = contract() {
            let path = path.strip_prefix("/api/v3").unwrap_or(&path);
            contract.check(&method, path, status, kind, &bytes);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Answer { status, headers, text, body })
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).body(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str) -> Answer {
        self.send(self.request(Method::PUT, path)).await
    }

    /// Dispatches `deploy.yml` on main and gives the run's id.
    pub(crate) async fn deploy(&self, environment: &str, version: &str, correlation: &str) -> u64 {
        self.dispatch("deploy.yml", environment, version, correlation).await
    }

    pub(crate) async fn dispatch(&self, workflow: &str, environment: &str, version: &str, correlation: &str) -> u64 {
        let inputs = json!({ "environment": environment, "version": version, "pilothouse_run": correlation });
        let body = json!({ "ref": "main", "inputs": inputs, "return_run_details": true });
        let answer = self.post(&format!("~/actions/workflows/{workflow}/dispatches"), &body).await;
        answer.ok()["workflow_run_id"].as_u64().unwrap()
    }

    /// As [`Api::deploy`], and waits until the run has ended.
    pub(crate) async fn deployed(&self, range: &Range, environment: &str, version: &str) -> RunView {
        let run = self.deploy(environment, version, "test").await;
        range.completed(run, PATIENCE).await.unwrap()
    }
}

/// The whole path of a repository's `~/...`.
pub(crate) fn full(path: &str) -> String {
    match path.strip_prefix('~') {
        Some(rest) => format!("/repos/nordwind/checkout{rest}"),
        None => path.to_owned(),
    }
}

/// A fast range with a client for it.
pub(crate) async fn range() -> (Range, Api) {
    range_with(RangeOptions::fast()).await
}

pub(crate) async fn range_with(options: RangeOptions) -> (Range, Api) {
    let range = Range::start(options).await.unwrap();
    let api = Api::of(&range);
    (range, api)
}

/// What a service answers to a GET: status and body.
pub(crate) async fn service(url: &str, path: &str) -> (u16, Value) {
    let response = http().get(format!("{url}{path}")).send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

/// The versions that the instances of an environment say they run, asked one by one.
pub(crate) async fn versions(range: &Range, environment: &str) -> Vec<String> {
    let view = range.environments().into_iter().find(|view| view.name == environment).unwrap();
    let mut versions = Vec::new();
    for instance in view.instances {
        let (_, body) = service(&instance.url, "/version").await;
        versions.push(body["version"].as_str().unwrap_or_default().to_owned());
    }
    versions
}
