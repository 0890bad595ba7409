//! Calls to GitHub: a read may be conditional and is sent at most twice; a POST is sent exactly once. Keeps to the call budget and
//! logs the template, the status and the time of each call, never a header.

use super::api_version::{self, ApiVersion};
use super::memory::Memory;
use super::refusal;
use super::route::Route;
use super::service::WireService;
use crate::answer::{Answer, is_passing, settled};
use crate::base_url::BaseUrl;
use crate::budget;
use crate::failure::{failure, invalid};
use crate::options::CallOptions;
use crate::paging::has_next;
use crate::transport;
use http::header::{IF_NONE_MATCH, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, Limited};
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::OnceCell;

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;
/// How often a read follows GitHub's word that a repository has moved.
const MOST_MOVES: usize = 3;

/// One account at one GitHub.
pub(super) struct Client {
    pub(super) base: BaseUrl,
    pub(super) http: reqwest::Client,
    pub(super) options: CallOptions,
    pub(super) secret: SecretString,
    pub(super) memory: Arc<Memory>,
    authorization: HeaderValue,
    // Made at the first call: octocrab starts a task, and a client may be made outside of a runtime.
    octocrab: OnceCell<Octocrab>,
}

impl Client {
    pub(super) fn new(
        base: BaseUrl,
        http: reqwest::Client,
        options: CallOptions,
        secret: SecretString,
        memory: Arc<Memory>,
    ) -> Result<Self, ProviderError> {
        let token = secret.expose_secret().trim();
        let bad = || invalid("The token holds characters that no token has.", "Copy the token again, without spaces or line breaks.");
        if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
            return Err(bad());
        }
        let mut authorization = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| bad())?;
        authorization.set_sensitive(true);
        Ok(Self { base, http, options, secret, memory, authorization, octocrab: OnceCell::new() })
    }

    /// A read that must succeed.
    pub(super) async fn get(&self, route: &Route) -> Result<Answer, ProviderError> {
        let answer = self.probe(route).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(self.refusal(&answer)) }
    }

    /// A read whose answer is wanted whatever its status. Conditional; sent once more where no answer came or a gateway failed.
    pub(super) async fn probe(&self, route: &Route) -> Result<Answer, ProviderError> {
        let kept = self.memory.answers.get(&route.path);
        let etag = kept.as_ref().map(|kept| kept.etag.as_str());
        let first = self.send(Method::GET, &self.base.join(&route.path), route, None, etag).await;
        let mut answer = if is_passing(&first) {
            tokio::time::sleep(self.options.retry_pause).await;
            self.send(Method::GET, &self.base.join(&route.path), route, None, etag).await?
        } else {
            first?
        };
        for _ in 0..MOST_MOVES {
            let Some(target) = self.moved_to(&answer) else { break };
            answer = self.send(Method::GET, &target, route, None, None).await?;
        }
        settled(&self.memory.answers, &route.path, kept, answer, "GitHub")
    }

    /// A read that isn't conditional and follows nothing: the answer may be a redirect elsewhere.
    pub(super) async fn probe_unfollowed(&self, route: &Route) -> Result<Answer, ProviderError> {
        self.send(Method::GET, &self.base.join(&route.path), route, None, None).await
    }

    /// A mutating call, sent once, whatever comes of it. The answer may have any status.
    pub(super) async fn post(&self, route: &Route, body: Option<&Value>) -> Result<Answer, ProviderError> {
        self.send(Method::POST, &self.base.join(&route.path), route, body, None).await
    }

    /// A mutating call that may be repeated without harm, sent once all the same.
    pub(super) async fn put(&self, route: &Route) -> Result<Answer, ProviderError> {
        self.send(Method::PUT, &self.base.join(&route.path), route, None, None).await
    }

    /// A change that may be repeated without harm, sent once all the same.
    pub(super) async fn patch(&self, route: &Route, body: &Value) -> Result<Answer, ProviderError> {
        self.send(Method::PATCH, &self.base.join(&route.path), route, Some(body), None).await
    }

    /// The pages of a list, at most so many of them.
    pub(super) async fn pages<T: DeserializeOwned>(&self, route: &Route, most: u32) -> Result<Vec<T>, ProviderError> {
        let mut pages = Vec::new();
        for page in 1..=most {
            let answer = self.get(&route.clone().query("page", &page.to_string())).await?;
            let is_last = !has_next(&answer.headers);
            pages.push(answer.json(&self.secret)?);
            if is_last {
                break;
            }
        }
        Ok(pages)
    }

    /// What an answer that is no success means.
    pub(super) fn refusal(&self, answer: &Answer) -> ProviderError {
        refusal::classify(answer, &self.secret, &self.memory, chrono::Utc::now())
    }

    /// Where a moved repository is to be read from: the same server only, as the token goes along.
    fn moved_to(&self, answer: &Answer) -> Option<String> {
        if !matches!(answer.status.as_u16(), 301 | 302 | 307 | 308) {
            return None;
        }
        let target = reqwest::Url::parse(answer.header(LOCATION.as_str())?).ok()?;
        self.base.is_same_origin(&target).then(|| target.to_string())
    }

    /// Sends a request, and where the server doesn't know the API's version once more in the older one. A mutating call, too: it was
    /// turned away at the door, so that nothing was done.
    async fn send(
        &self,
        method: Method,
        address: &str,
        route: &Route,
        body: Option<&Value>,
        etag: Option<&str>,
    ) -> Result<Answer, ProviderError> {
        let version = self.memory.api_version();
        let answer = self.send_in(version, method.clone(), address, route, body, etag).await?;
        let Some(older) = version.older().filter(|_| api_version::is_refused(&answer)) else { return Ok(answer) };
        let answer = self.send_in(older, method, address, route, body, etag).await?;
        if answer.status != StatusCode::BAD_REQUEST {
            tracing::info!(version = older.header(), "The server speaks an older version of GitHub's API.");
            self.memory.note_api_version(older);
        }
        Ok(answer)
    }

    async fn send_in(
        &self,
        version: ApiVersion,
        method: Method,
        address: &str,
        route: &Route,
        body: Option<&Value>,
        etag: Option<&str>,
    ) -> Result<Answer, ProviderError> {
        if let Some(wait) = self.memory.budget.wait(Instant::now()) {
            return Err(refusal::limited(wait));
        }
        let octocrab = self.octocrab().await;
        let mut builder = http::Request::builder().method(method.clone()).uri(address);
        if let Some(etag) = etag {
            builder = builder.header(IF_NONE_MATCH, etag);
        }
        let mut request = octocrab
            .build_request(builder, body)
            .map_err(|_| invalid(format!("No address can be made for {}.", route.subject), "Check the names in it."))?;
        // In place of the one that octocrab adds.
        request.headers_mut().insert(api_version::HEADER, HeaderValue::from_static(version.header()));
        let started = Instant::now();
        let sent = octocrab.execute(request).await;
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let response = sent.map_err(|error| {
            let error = transport::no_answer(&error, &self.base.host(), &self.options, &self.secret);
            tracing::debug!(%method, route = route.template, elapsed_ms, kind = ?error.kind, "GitHub gave no answer.");
            error
        })?;
        let (parts, body) = response.into_parts();
        tracing::debug!(%method, route = route.template, status = parts.status.as_u16(), elapsed_ms, "GitHub answered.");
        let body = match Limited::new(body, LARGEST_ANSWER).collect().await {
            Ok(body) => body.to_bytes().as_ref().into(),
            // The status is known, and it says that the call was accepted: an answer lost after that changes nothing.
            Err(_) if method != Method::GET && parts.status.is_success() => Arc::from([]),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => return Err(transport::too_large(&self.base.host())),
            Err(error) => return Err(transport::no_answer(&*error, &self.base.host(), &self.options, &self.secret)),
        };
        let answer = Answer { status: parts.status, headers: parts.headers, body, subject: route.subject.clone() };
        self.note(&answer);
        Ok(answer)
    }

    /// Remembers what the headers tell: the call budget, the provider's clock, the token's end.
    fn note(&self, answer: &Answer) {
        let now = chrono::Utc::now();
        self.memory.note_clock(&answer.headers, now);
        self.memory.note_expiry(answer);
        let is_core = answer.header("x-ratelimit-resource").is_none_or(|resource| resource == "core");
        if let Some(told) = budget::told(&answer.headers, now).filter(|_| is_core) {
            self.memory.note_rate_limit(told);
        }
        if let Some(limit) = budget::limit(&answer.headers, now.timestamp())
            && limit.remaining == 0
            && is_core
        {
            self.memory.budget.block(limit.resets_in, Instant::now());
        }
        if budget::may_be_limit(answer.status)
            && let ProviderErrorKind::RateLimited { retry_after } = self.refusal(answer).kind
        {
            self.memory.budget.block(retry_after, Instant::now());
        }
    }

    async fn octocrab(&self) -> &Octocrab {
        self.octocrab
            .get_or_init(|| async {
                let service = WireService { http: self.http.clone(), base: self.base.clone(), authorization: self.authorization.clone() };
                match OctocrabBuilder::new_empty().with_service(service).with_auth(AuthState::None).build() {
                    Ok(octocrab) => octocrab,
                    Err(never) => match never {},
                }
            })
            .await
    }
}

/// The failure of a repository's name that GitHub has changed, for calls that must not follow.
pub(super) fn moved(subject: &str) -> ProviderError {
    failure(
        ProviderErrorKind::NotFound,
        format!("GitHub says that {subject} has moved: the repository was renamed or transferred."),
        "Enter the repository's new name in the product's settings.",
    )
}
