//! One request of a smoke test, with the redirects that it is to follow. Must not judge the answer, nor send a credential to another
//! origin than the one it was meant for.

use crate::client::Clients;
use crate::http::read_up_to;
use crate::words::Fault;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use pilothouse_domain::Timestamp;
use pilothouse_domain::smoke::{Answer, Redirect, Unanswered};
use pilothouse_engine::ports::prober::SmokeRequest;
use reqwest::{Response, Url};
use secrecy::ExposeSecret as _;
use tokio::time::Instant;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// How much of a body is read, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;
/// Headers that go along to another origin.
const HARMLESS: [&str; 4] = ["accept", "accept-language", "cache-control", "user-agent"];
/// The most headers that are read.
const HEADERS: usize = 200;

pub(crate) async fn exchange(clients: &Clients, request: &SmokeRequest<'_>) -> Result<Answer, Unanswered> {
    let begun = Instant::now();
    let took = || u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX);
    follow(clients, request, begun).await.map(|answer| Answer { took_us: took(), ..answer }).map_err(|fault| {
        let (is_ours, reason) = match fault {
            Fault::Ours(reason) => (true, reason),
            Fault::Target(reason) => (false, reason),
        };
        Unanswered { is_ours, reason, took_us: took() }
    })
}

async fn follow(clients: &Clients, request: &SmokeRequest<'_>, begun: Instant) -> Result<Answer, Fault> {
    let deadline = begun + request.timeout;
    let mut method = Method::from_bytes(request.method.as_bytes()).map_err(|_| Fault::Ours("the method is not valid".to_owned()))?;
    let mut url = Url::parse(request.url).map_err(|error| Fault::Ours(format!("the address is not valid: {error}")))?;
    let mut headers = headers(request)?;
    let mut body = request.body.map(|body| body.expose_secret().to_owned());
    let mut redirects = Vec::new();
    // Ends: at the first answer that is no redirect, or once as many were followed as may be.
    loop {
        let response = clients.send(&method, &url, headers.clone(), body.clone(), deadline, request.timeout).await?;
        let next = target(&response).filter(|_| redirects.len() < usize::from(request.redirects));
        let Some(next) = next else {
            return answer(response, redirects, deadline, request).await;
        };
        let status = response.status();
        redirects.push(Redirect { status: status.as_u16(), to: next.to_string() });
        // RFC 9110 section 15.4: what was not GET becomes GET, but after 307 and 308.
        let keeps = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        if !keeps && method != Method::HEAD {
            method = Method::GET;
            body = None;
            headers.remove(http::header::CONTENT_TYPE);
        }
        if next.origin() != url.origin() {
            // Which of them carries a secret isn't known here: only what never does goes along.
            let dropped: Vec<HeaderName> = headers.keys().filter(|name| !HARMLESS.contains(&name.as_str())).cloned().collect();
            for name in dropped {
                headers.remove(name);
            }
            if body.take().is_some() {
                return Err(Fault::Target(format!("{} leads with the body to another origin, where it is not sent", status.as_u16())));
            }
        }
        url = next;
    }
}

/// Where a redirect leads.
fn target(response: &Response) -> Option<Url> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(http::header::LOCATION).filter(|_| is_redirect)?.to_str().ok()?;
    response.url().join(location).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn headers(request: &SmokeRequest<'_>) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers {
        let invalid = || Fault::Ours(format!("the header {name} can't be sent as it is"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| invalid())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

async fn answer(response: Response, redirects: Vec<Redirect>, deadline: Instant, request: &SmokeRequest<'_>) -> Result<Answer, Fault> {
    let status = response.status().as_u16();
    let certificate_until = response.extensions().get::<reqwest::tls::TlsInfo>().and_then(|tls| tls.peer_certificate()).and_then(until);
    let headers = response.headers().iter().take(HEADERS);
    let headers = headers.map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect();
    let body = read_up_to(response, BODY_LIMIT, deadline, request.timeout).await?;
    Ok(Answer { status, headers, body: body.bytes, is_cut: body.is_cut, redirects, certificate_until, took_us: 0 })
}

/// Until when a certificate is valid.
fn until(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Timestamp::from_micros(certificate.validity().not_after.timestamp().checked_mul(1_000_000)?)
}
