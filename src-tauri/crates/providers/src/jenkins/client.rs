//! Calls to Jenkins: Basic authentication sent at once, as Jenkins doesn't ask for it where anonymous reading is allowed. A read may
//! be conditional and is sent at most twice; a POST is sent once, but for one that was refused for its crumb and so was provably not
//! carried out. Logs the template, the status and the time of each call, never a header.

use super::answer::Answer;
use super::crumb;
use super::memory::{Entry, Memory};
use super::place::encode;
use super::refusal;
use super::route::Route;
use crate::answer::{is_passing, settled};
use crate::base_url::BaseUrl;
use crate::failure::{invalid, unsent};
use crate::options::CallOptions;
use crate::transport;
use base64::Engine as _;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, IF_NONE_MATCH, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use pilothouse_engine::ports::provider::ProviderError;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;
/// How much is downloaded of a log, in bytes, before we give up.
const LONGEST_DOWNLOAD: usize = 512 * 1024 * 1024;
/// How often a read follows a redirect on the same server, such as one that adds a slash.
const MOST_MOVES: usize = 3;

/// One account at one Jenkins.
pub(super) struct Client {
    pub(super) base: BaseUrl,
    pub(super) options: CallOptions,
    pub(super) user: String,
    pub(super) secret: SecretString,
    pub(super) memory: Arc<Memory>,
    http: reqwest::Client,
    authorization: HeaderValue,
}

/// Name and value of the fields of a form.
pub(super) type Form<'a> = &'a [(&'a str, &'a str)];

impl Client {
    pub(super) fn new(
        base: BaseUrl,
        http: reqwest::Client,
        options: CallOptions,
        user: &str,
        secret: &SecretString,
        memory: Arc<Memory>,
    ) -> Result<Self, ProviderError> {
        let user = user.trim();
        if user.is_empty() || user.contains(':') || user.chars().any(char::is_control) {
            return Err(invalid(
                "The user id is missing, or holds a colon.",
                "Enter the user id as Jenkins shows it on the user's own page (not the full name).",
            ));
        }
        let given = secret.expose_secret().trim();
        if given.is_empty() || given.chars().any(char::is_control) {
            return Err(invalid(
                "The API token is empty, or holds characters that none has.",
                "Copy the API token again, without line breaks (Jenkins: your user, Security, API Token).",
            ));
        }
        let packed = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{given}"));
        let mut authorization = HeaderValue::try_from(format!("Basic {packed}"))
            .map_err(|_| invalid("The API token can't be sent.", "Copy the API token again."))?;
        authorization.set_sensitive(true);
        Ok(Self { base, options, user: user.to_owned(), secret: SecretString::from(given.to_owned()), memory, http, authorization })
    }

    /// True where the secret looks like an API token and not like a password: 32 hexadecimal digits, or `11` and 32 of them.
    pub(super) fn has_token_shape(&self) -> bool {
        let secret = self.secret.expose_secret();
        let digits = if secret.len() == 34 { secret.strip_prefix("11").unwrap_or_default() } else { secret };
        digits.len() == 32 && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, 'a'..='f'))
    }

    /// A read of JSON that must succeed.
    pub(super) async fn read<T: DeserializeOwned>(&self, route: &Route) -> Result<T, ProviderError> {
        let answer = self.probe(route).await?;
        if answer.status.is_success() { answer.told(&self.secret) } else { Err(self.refusal(&answer)) }
    }

    /// A read of JSON that may be about nothing: `None` for 404.
    pub(super) async fn find<T: DeserializeOwned>(&self, route: &Route) -> Result<Option<T>, ProviderError> {
        let answer = self.probe(route).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => answer.told(&self.secret).map(Some),
            _ => Err(self.refusal(&answer)),
        }
    }

    /// A read whose answer is wanted whatever its status. Conditional; sent once more where no answer came or a gateway failed.
    pub(super) async fn probe(&self, route: &Route) -> Result<Answer, ProviderError> {
        let kept = self.memory.answers.get(&route.path);
        let answer = self.get(route, kept.as_ref().map(|kept| kept.etag.as_str())).await?;
        settled(&self.memory.answers, &route.path, kept, answer, "Jenkins")
    }

    /// The same, and never conditional.
    pub(super) async fn probe_afresh(&self, route: &Route) -> Result<Answer, ProviderError> {
        self.get(route, None).await
    }

    async fn get(&self, route: &Route, etag: Option<&str>) -> Result<Answer, ProviderError> {
        let address = self.base.join(&route.path);
        let first = self.send(Method::GET, &address, route, None, etag, &Entry::Free).await;
        let mut answer = if is_passing(&first) {
            tokio::time::sleep(self.options.retry_pause).await;
            self.send(Method::GET, &address, route, None, etag, &Entry::Free).await?
        } else {
            first?
        };
        let mut here = address;
        for _ in 0..MOST_MOVES {
            let Some(target) = self.moved_to(&here, &answer) else { break };
            answer = self.send(Method::GET, &target, route, None, None, &Entry::Free).await?;
            here = target;
        }
        Ok(answer)
    }

    /// A mutating call, sent once. A redirect is not followed: the answer may have any status.
    pub(super) async fn post(&self, route: &Route, form: Form<'_>) -> Result<Answer, ProviderError> {
        let address = self.base.join(&route.path);
        self.post_to(&address, route, form).await
    }

    /// A mutating call to an address that Jenkins has named: joined to the origin, as it holds the context path already.
    pub(super) async fn post_advertised(&self, route: &Route, form: Form<'_>) -> Result<Answer, ProviderError> {
        let address = self.base.join_origin(&route.path);
        self.post_to(&address, route, form).await
    }

    async fn post_to(&self, address: &str, route: &Route, form: Form<'_>) -> Result<Answer, ProviderError> {
        let entry = crumb::entry(self).await.map_err(unsent)?;
        let answer = self.send(Method::POST, address, route, Some(form), None, &entry).await?;
        if !crumb::is_refused(&answer) {
            return Ok(answer);
        }
        // Refused before anything was looked at: the crumb was missing or its session is over. Once more with a new one, no more.
        let entry = crumb::fresh(self).await.map_err(unsent)?;
        self.send(Method::POST, address, route, Some(form), None, &entry).await
    }

    /// What an answer that is no success means.
    pub(super) fn refusal(&self, answer: &Answer) -> ProviderError {
        refusal::classify(answer, self)
    }

    /// Foreign text made fit to be shown.
    pub(super) fn clean(&self, text: &str) -> String {
        let packed = self.authorization.to_str().ok().and_then(|value| value.strip_prefix("Basic ")).unwrap_or_default();
        crate::redaction::clean(&text.replace(packed, "[secret]"), &self.secret)
    }

    /// The page of something below the base, for people.
    pub(super) fn page(&self, path: &str) -> String {
        self.base.join(path)
    }

    /// Where a read is to go instead: the same server only, as the credentials go along, and never to a log-in page.
    fn moved_to(&self, from: &str, answer: &Answer) -> Option<String> {
        if !matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308) || answer.wants_login() {
            return None;
        }
        let target = reqwest::Url::parse(from).ok()?.join(answer.header(LOCATION.as_str())?).ok()?;
        self.base.is_same_origin(&target).then(|| target.to_string()).filter(|target| target != from)
    }

    fn request(
        &self,
        method: &Method,
        address: &str,
        form: Option<Form<'_>>,
        etag: Option<&str>,
        entry: &Entry,
    ) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method.clone(), address).header(AUTHORIZATION, self.authorization.clone());
        request = request.header(ACCEPT, "application/json, text/plain;q=0.9, */*;q=0.1");
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Entry::Crumb(crumb) = entry {
            request = request.header(&crumb.field, crumb.value.clone());
            if let Some(session) = &crumb.session {
                request = request.header(COOKIE, session.clone());
            }
        }
        if let Some(form) = form {
            let body: Vec<String> = form.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8").body(body.join("&"));
        }
        request
    }

    /// A read of a long text: its end, and how many bytes before it were left out. Follows nothing.
    pub(super) async fn download(&self, route: &Route) -> Result<(Answer, u64), ProviderError> {
        if let Some(wait) = self.memory.budget.wait(Instant::now()) {
            return Err(refusal::limited(wait));
        }
        let no_answer = |error: &reqwest::Error| transport::no_answer(error, &self.base.host(), &self.options, &self.secret);
        let request = self.request(&Method::GET, &self.base.join(&route.path), None, None, &Entry::Free);
        let sent = request.timeout(self.options.download_timeout).send().await;
        let mut response = sent.map_err(|error| no_answer(&error))?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        tracing::debug!(method = "GET", route = route.template, status = status.as_u16(), "Jenkins answered.");
        let limit = self.options.log_limit_bytes;
        let (mut body, mut seen) = (Vec::new(), 0);
        while let Some(piece) = response.chunk().await.map_err(|error| no_answer(&error))? {
            seen += piece.len();
            if seen > LONGEST_DOWNLOAD {
                return Err(transport::too_large(&self.base.host()));
            }
            body.extend_from_slice(&piece);
            // Twice the limit, so that what is kept isn't moved for each piece.
            if body.len() > limit.saturating_mul(2) {
                body.drain(..body.len() - limit);
            }
        }
        if seen > limit {
            let cut = body.len().saturating_sub(limit);
            // From the next full line on.
            let start = body[cut..].iter().position(|byte| *byte == b'\n').map_or(cut, |at| cut + at + 1);
            body.drain(..start);
        }
        let left_out = (seen - body.len()) as u64;
        Ok((Answer { status, headers, body: body.into(), subject: route.subject.clone() }, left_out))
    }

    async fn send(
        &self,
        method: Method,
        address: &str,
        route: &Route,
        form: Option<Form<'_>>,
        etag: Option<&str>,
        entry: &Entry,
    ) -> Result<Answer, ProviderError> {
        if let Some(wait) = self.memory.budget.wait(Instant::now()) {
            return Err(refusal::limited(wait));
        }
        let request = self.request(&method, address, form, etag, entry);
        let started = Instant::now();
        let no_answer = |error: &reqwest::Error| transport::no_answer(error, &self.base.host(), &self.options, &self.secret);
        let sent = request.send().await;
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut response = sent.map_err(|error| {
            let error = no_answer(&error);
            tracing::debug!(%method, route = route.template, elapsed_ms, kind = ?error.kind, "Jenkins gave no answer.");
            error
        })?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        tracing::debug!(%method, route = route.template, status = status.as_u16(), elapsed_ms, "Jenkins answered.");
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(piece)) if body.len() + piece.len() > LARGEST_ANSWER => {
                    // Of a call that changed something only the status counts.
                    if method != Method::GET {
                        break;
                    }
                    return Err(transport::too_large(&self.base.host()));
                }
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) => break,
                // The status is known, and it says that the call was accepted: an answer lost after that changes nothing.
                Err(_) if method != Method::GET && (status.is_success() || status.is_redirection()) => break,
                Err(error) => return Err(no_answer(&error)),
            }
        }
        let answer = Answer { status, headers, body: body.into(), subject: route.subject.clone() };
        self.memory.note_clock(&answer.headers, chrono::Utc::now());
        if let Some(wait) = refusal::limit_wait(&answer) {
            self.memory.budget.block(wait.min(Duration::from_secs(3600)), Instant::now());
        }
        Ok(answer)
    }
}
