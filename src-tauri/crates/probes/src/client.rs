//! The HTTP clients, and which of them asks for a URL. Must not judge an answer.

use crate::ProberUnusable;
use crate::names::Names;
use crate::words::Fault;
use http::{HeaderMap, HeaderValue, Method};
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Certificate, Client, Response, Url};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Asks directly, or through the system's proxy.
pub(crate) struct Clients {
    direct: Client,
    proxied: Client,
    proxies: Matcher,
    names: Arc<Names>,
}

impl Clients {
    pub(crate) fn of_system() -> Result<Self, ProberUnusable> {
        Self::build(Matcher::from_system(), &[], |builder| builder)
    }

    /// `proxies` and `proxy` must say the same: the first decides, the second asks.
    pub(crate) fn build(
        proxies: Matcher,
        extra_roots: &[Certificate],
        proxy: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Self, ProberUnusable> {
        // An error says that somebody was faster; theirs is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let names = Arc::new(Names::default());
        let builder = || {
            Client::builder()
                .user_agent(concat!("Pilothouse/", env!("CARGO_PKG_VERSION"), " (health check)"))
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                // A connection that is kept would hide that no new one can be made.
                .pool_max_idle_per_host(0)
                .tls_info(true)
                .tls_certs_merge(extra_roots.iter().cloned())
                .dns_resolver(Arc::clone(&names))
        };
        let unusable = |error: reqwest::Error| ProberUnusable { reason: crate::words::whole(&error) };
        let direct = builder().no_proxy().build().map_err(unusable)?;
        let proxied = proxy(builder()).build().map_err(unusable)?;
        Ok(Self { direct, proxied, proxies, names })
    }

    /// GETs `url` and returns the answer once its head is there. `within` is what was given for it, for the words.
    pub(crate) async fn get(&self, url: &str, accept: &'static str, deadline: Instant, within: Duration) -> Result<Response, Fault> {
        let url = Url::parse(url).map_err(|error| Fault::Ours(format!("the address is not valid: {error}")))?;
        let mut headers = HeaderMap::new();
        headers.insert(http::header::ACCEPT, HeaderValue::from_static(accept));
        headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        self.send(&Method::GET, &url, headers, None, deadline, within).await
    }

    /// Sends a request and returns the answer once its head is there.
    pub(crate) async fn send(
        &self,
        method: &Method,
        url: &Url,
        headers: HeaderMap,
        body: Option<String>,
        deadline: Instant,
        within: Duration,
    ) -> Result<Response, Fault> {
        let host = match (url.scheme(), url.host_str()) {
            ("http" | "https", Some(host)) => host.to_owned(),
            _ => return Err(Fault::Ours("the address is neither http nor https".to_owned())),
        };
        let proxied = !is_this_machine(&host) && self.has_proxy(url);
        if !proxied && address(&host).is_none() {
            // Looked up beforehand, since a name service that doesn't answer says nothing about the target.
            self.names.look_up(&host, deadline).await?;
        }
        let client = if proxied { &self.proxied } else { &self.direct };
        let mut request = client.request(method.clone(), url.clone()).headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        match timeout_at(deadline, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if proxied && error.is_connect() => {
                Err(Fault::Ours(format!("the proxy gave no connection: {}", Fault::of(&error).words())))
            }
            Ok(Err(error)) => Err(Fault::of(&error)),
            Err(_) => Err(Fault::no_answer(within)),
        }
    }

    fn has_proxy(&self, url: &Url) -> bool {
        url.as_str().parse::<http::Uri>().is_ok_and(|uri| self.proxies.intercept(&uri).is_some())
    }
}

/// The address, where a URL's host is one.
fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// RFC 6761 section 6.3, RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3.
fn is_this_machine(host: &str) -> bool {
    match address(host) {
        Some(address) => address.to_canonical().is_loopback(),
        None => {
            let host = host.trim_end_matches('.');
            host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_many_names() {
        for host in ["localhost", "LOCALHOST", "shop.localhost", "localhost.", "127.0.0.1", "127.8.9.10", "[::1]", "[::ffff:127.0.0.1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["example.org", "localhost.example.org", "notlocalhost", "10.0.0.1", "[::2]", "0.0.0.0"] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
