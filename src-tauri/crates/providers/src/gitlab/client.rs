//! Calls to GitLab: a read may be conditional and is sent at most twice; a mutating call is sent exactly once. Keeps to the call
//! budget and logs the template, the status and the time of each call, never a header.

use super::limits;
use super::memory::Memory;
use super::refusal;
use super::route::Route;
use crate::answer::{Answer, is_passing, settled};
use crate::base_url::BaseUrl;
use crate::failure::invalid;
use crate::options::CallOptions;
use crate::paging::has_next;
use crate::transport;
use http::header::{ACCEPT, IF_NONE_MATCH, LOCATION};
use http::{HeaderName, HeaderValue, Method};
use pilothouse_engine::ports::provider::ProviderError;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;
/// How often a read follows GitLab's word that a project has moved.
const MOST_MOVES: usize = 3;
/// Entries on a page, GitLab's most.
pub(super) const ON_A_PAGE: &str = "100";
const TOKEN: HeaderName = HeaderName::from_static("private-token");

/// One account at one GitLab.
pub(super) struct Client {
    pub(super) base: BaseUrl,
    pub(super) options: CallOptions,
    pub(super) secret: SecretString,
    pub(super) memory: Arc<Memory>,
    pub(super) http: reqwest::Client,
    token: HeaderValue,
}

impl Client {
    pub(super) fn new(
        base: BaseUrl,
        http: reqwest::Client,
        options: CallOptions,
        secret: SecretString,
        memory: Arc<Memory>,
    ) -> Result<Self, ProviderError> {
        let text = secret.expose_secret().trim();
        let bad = || invalid("The token holds characters that no token has.", "Copy the token again, without spaces or line breaks.");
        if text.is_empty() || !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(bad());
        }
        let mut token = HeaderValue::try_from(text).map_err(|_| bad())?;
        token.set_sensitive(true);
        Ok(Self { base, options, secret, memory, http, token })
    }

    /// A read that must succeed.
    pub(super) async fn get(&self, route: &Route) -> Result<Answer, ProviderError> {
        let answer = self.probe(route).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(self.refusal(&answer)) }
    }

    /// A read that must succeed and be of this form.
    pub(super) async fn read<T: DeserializeOwned>(&self, route: &Route) -> Result<T, ProviderError> {
        self.get(route).await?.json(&self.secret)
    }

    /// The entries of a list, from as many pages as it has, up to `most_pages` of a hundred.
    pub(super) async fn read_all<T: DeserializeOwned>(&self, route: &Route, most_pages: u32) -> Result<Vec<T>, ProviderError> {
        let route = route.clone().query("per_page", ON_A_PAGE);
        let mut all = Vec::new();
        for page in 1..=most_pages {
            let answer = self.get(&route.clone().query("page", &page.to_string())).await?;
            let read: Vec<T> = answer.json(&self.secret)?;
            let is_last = read.is_empty() || !has_more(&answer);
            all.extend(read);
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// A read whose answer is wanted whatever its status. Conditional; sent once more where no answer came or a gateway failed.
    pub(super) async fn probe(&self, route: &Route) -> Result<Answer, ProviderError> {
        let kept = self.memory.answers.get(&route.path);
        let etag = kept.as_ref().map(|kept| kept.etag.as_str());
        let address = self.base.join(&route.path);
        let first = self.send(Method::GET, &address, route, None, etag).await;
        let mut answer = if is_passing(&first) {
            tokio::time::sleep(self.options.retry_pause).await;
            self.send(Method::GET, &address, route, None, etag).await?
        } else {
            first?
        };
        for _ in 0..MOST_MOVES {
            let Some(target) = self.moved_to(&answer) else { break };
            answer = self.send(Method::GET, &target, route, None, None).await?;
        }
        settled(&self.memory.answers, &route.path, kept, answer, "GitLab")
    }

    /// A mutating call, sent once, whatever comes of it. The answer may have any status.
    pub(super) async fn post(&self, route: &Route, body: Option<&Value>) -> Result<Answer, ProviderError> {
        self.send(Method::POST, &self.base.join(&route.path), route, body, None).await
    }

    /// A mutating call that must succeed, sent once.
    pub(super) async fn posted(&self, route: &Route, body: Option<&Value>) -> Result<Answer, ProviderError> {
        let answer = self.post(route, body).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(self.refusal(&answer)) }
    }

    /// A change that may be repeated without harm, sent once all the same. The answer may have any status.
    pub(super) async fn put(&self, route: &Route, body: &Value) -> Result<Answer, ProviderError> {
        self.send(Method::PUT, &self.base.join(&route.path), route, Some(body), None).await
    }

    /// A deletion, sent once. The answer may have any status.
    pub(super) async fn delete(&self, route: &Route) -> Result<Answer, ProviderError> {
        self.send(Method::DELETE, &self.base.join(&route.path), route, None, None).await
    }

    /// The beginning of an answer whose body is to be read piece by piece, as it may be large.
    pub(super) async fn open(&self, route: &Route, limit: Duration) -> Result<reqwest::Response, ProviderError> {
        self.admitted()?;
        let request = self.request(Method::GET, &self.base.join(&route.path)).header(ACCEPT, "text/plain, */*").timeout(limit);
        let started = Instant::now();
        let sent = request.send().await;
        self.logged(&Method::GET, route, started, &sent);
        sent.map_err(|error| self.no_answer(&error))
    }

    /// What a call that got no answer means.
    pub(super) fn no_answer(&self, error: &reqwest::Error) -> ProviderError {
        transport::no_answer(error, &self.base.host(), &self.options, &self.secret)
    }

    /// What an answer that is no success means.
    pub(super) fn refusal(&self, answer: &Answer) -> ProviderError {
        refusal::classify(answer, &self.secret, &self.memory, chrono::Utc::now())
    }

    /// Where a moved project is to be read from: the same server only, as the token goes along.
    fn moved_to(&self, answer: &Answer) -> Option<String> {
        if !matches!(answer.status.as_u16(), 301 | 302 | 307 | 308) {
            return None;
        }
        let target = reqwest::Url::parse(answer.header(LOCATION.as_str())?).ok()?;
        self.base.is_same_origin(&target).then(|| target.to_string())
    }

    fn admitted(&self) -> Result<(), ProviderError> {
        self.memory.budget.wait(Instant::now()).map_or(Ok(()), |wait| Err(refusal::limited(wait)))
    }

    fn request(&self, method: Method, address: &str) -> reqwest::RequestBuilder {
        self.http.request(method, address).header(TOKEN, self.token.clone())
    }

    async fn send(
        &self,
        method: Method,
        address: &str,
        route: &Route,
        body: Option<&Value>,
        etag: Option<&str>,
    ) -> Result<Answer, ProviderError> {
        self.admitted()?;
        let mut request = self.request(method.clone(), address).header(ACCEPT, "application/json");
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let started = Instant::now();
        let sent = request.send().await;
        self.logged(&method, route, started, &sent);
        let mut response = sent.map_err(|error| self.no_answer(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = match whole(&mut response).await {
            Ok(Some(body)) => body,
            // The status is known, and it says that the call was accepted: an answer lost after that changes nothing.
            _ if method != Method::GET && status.is_success() => Vec::new(),
            Ok(None) => return Err(transport::too_large(&self.base.host())),
            Err(error) => return Err(self.no_answer(&error)),
        };
        let answer = Answer { status, headers, body: body.into(), subject: route.subject.clone() };
        self.note(&answer);
        Ok(answer)
    }

    fn logged(&self, method: &Method, route: &Route, started: Instant, sent: &Result<reqwest::Response, reqwest::Error>) {
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match sent {
            Ok(response) => {
                tracing::debug!(%method, route = route.template, status = response.status().as_u16(), elapsed_ms, "GitLab answered.");
            }
            Err(error) => {
                let kind = self.no_answer(error).kind;
                tracing::debug!(%method, route = route.template, elapsed_ms, ?kind, "GitLab gave no answer.");
            }
        }
    }

    /// Remembers what the headers tell: the call budget and the provider's clock.
    pub(super) fn note(&self, answer: &Answer) {
        let now = chrono::Utc::now();
        self.memory.note_clock(&answer.headers, now);
        if let Some(limit) = limits::told(&answer.headers) {
            self.memory.note_rate_limit(limit);
        }
        let refused = limits::wait(answer.status, &answer.headers, now.timestamp());
        if let Some(wait) = refused.or_else(|| limits::exhausted(&answer.headers, now.timestamp())) {
            self.memory.budget.block(wait, Instant::now());
        }
    }
}

/// True where a list has a further page. Large lists have no `Link` to the last one, and some proxies drop the header altogether.
pub(super) fn has_more(answer: &Answer) -> bool {
    has_next(&answer.headers) || answer.header("x-next-page").is_some_and(|page| !page.trim().is_empty())
}

/// The whole body; `None` where it is too large.
async fn whole(response: &mut reqwest::Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}
