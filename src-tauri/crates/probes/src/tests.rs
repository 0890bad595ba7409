//! Each outcome, against a small server on this machine.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::HttpProber;
use crate::client::Clients;
use crate::server::{Answer, Server};
use hyper_util::client::proxy::matcher::Matcher;
use pilothouse_domain::check::{Measurement, Outcome};
use pilothouse_engine::ports::Prober as _;
use pilothouse_engine::ports::prober::HttpProbe;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_rustls::TlsAcceptor;

/// Long enough for a busy machine: no test waits for its end.
const PATIENT: Duration = Duration::from_secs(30);
/// For tests that do.
const BRIEF: Duration = Duration::from_millis(100);

fn probe(url: &str) -> HttpProbe<'_> {
    HttpProbe { url, status_min: 200, status_max: 299, body_contains: None, slow_ms: None }
}

async fn measure(request: HttpProbe<'_>, timeout: Duration) -> Measurement {
    HttpProber::new().unwrap().http(&request, timeout).await
}

fn failed(reason: &str) -> Outcome {
    Outcome::Failed { reason: reason.to_owned() }
}

#[tokio::test]
async fn a_good_answer_passes_with_its_latency() {
    let server = Server::start(Answer::status(204, "")).await;
    let measured = measure(probe(&server.url()), PATIENT).await;
    assert_eq!(measured.outcome, Outcome::Passed);
    assert!(measured.latency_us.unwrap() > 0);
}

#[tokio::test]
async fn another_status_fails_and_says_which_was_wanted() {
    let server = Server::start(Answer::status(503, "")).await;
    let url = server.url();
    let measured = measure(probe(&url), PATIENT).await;
    assert_eq!(measured.outcome, failed("503 instead of 200 to 299"));
    assert!(measured.latency_us.is_some(), "there was an answer");
    let exact = HttpProbe { status_min: 204, status_max: 204, ..probe(&url) };
    assert_eq!(measure(exact, PATIENT).await.outcome, failed("503 instead of 204"));
}

#[tokio::test]
async fn a_redirect_is_judged_and_not_followed() {
    let location = "location: https://user:word@login.example.org/sign-in?token=abc\r\n";
    let server = Server::start(Answer::with_headers(302, location, "")).await;
    let url = server.url();
    assert_eq!(measure(probe(&url), PATIENT).await.outcome, failed("302 (to https://login.example.org/sign-in) instead of 200 to 299"));
    let wanted = HttpProbe { status_min: 302, status_max: 302, ..probe(&url) };
    assert_eq!(measure(wanted, PATIENT).await.outcome, Outcome::Passed);
}

#[tokio::test]
async fn each_measurement_has_a_connection_of_its_own() {
    let server = Server::start(Answer::status(200, "ok")).await;
    let (prober, url) = (HttpProber::new().unwrap(), server.url());
    for _ in 0..3 {
        let request = HttpProbe { body_contains: Some("ok"), ..probe(&url) };
        assert_eq!(prober.http(&request, PATIENT).await.outcome, Outcome::Passed);
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn the_body_is_searched_up_to_its_limit() {
    let body = format!("{}ready{}late", "x".repeat(50_000), "x".repeat(20_000));
    let server = Server::start(Answer::status(200, &body)).await;
    let url = server.url();
    let asked = |wanted| measure(HttpProbe { body_contains: Some(wanted), ..probe(&url) }, PATIENT);
    assert_eq!(asked("ready").await.outcome, Outcome::Passed);
    assert_eq!(asked("late").await.outcome, failed("the first 64 KiB of the body don't contain “late”"));
    let short = Server::start(Answer::status(200, "starting")).await;
    let url = short.url();
    let request = HttpProbe { body_contains: Some("ready"), ..probe(&url) };
    assert_eq!(measure(request, PATIENT).await.outcome, failed("the body doesn't contain “ready”"));
}

#[tokio::test]
async fn a_slow_answer_is_degraded_in_words_that_stay_the_same() {
    let server = Server::start(Answer::status(200, "")).await;
    let url = server.url();
    // Nothing is faster than no time at all.
    let request = HttpProbe { slow_ms: Some(0), ..probe(&url) };
    assert_eq!(measure(request, PATIENT).await.outcome, Outcome::Degraded { reason: "slower than 0 ms".to_owned() });
}

#[tokio::test]
async fn silence_fails_when_the_time_is_up() {
    let server = Server::start(Answer::BytesThenSilence(Vec::new())).await;
    let measured = measure(probe(&server.url()), BRIEF).await;
    assert_eq!((measured.outcome, measured.latency_us), (failed("no answer within 100 ms"), None));
}

#[tokio::test]
async fn a_body_that_stops_fails_when_the_time_is_up_or_the_connection_ends() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec();
    for (answer, reason) in [
        (Answer::BytesThenSilence(half.clone()), "no complete answer within 100 ms"),
        (Answer::Bytes(half), "the connection was closed before the end of the answer"),
    ] {
        let server = Server::start(answer).await;
        let url = server.url();
        let timeout = if reason.contains("100 ms") { BRIEF } else { PATIENT };
        let request = HttpProbe { body_contains: Some("whole"), ..probe(&url) };
        assert_eq!(measure(request, timeout).await.outcome, failed(reason));
    }
}

#[tokio::test]
async fn a_target_that_refuses_resets_hangs_up_or_babbles_has_failed() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/", closed.local_addr().unwrap().port());
    drop(closed);
    assert_eq!(measure(probe(&url), PATIENT).await.outcome, failed("connection refused"));
    for (answer, reason) in [
        (Answer::Reset, "the connection was reset"),
        (Answer::Bytes(Vec::new()), "the connection was closed before an answer"),
        (Answer::Bytes(b"220 mail.example.org ESMTP\r\n\r\n".to_vec()), "the answer is no HTTP"),
    ] {
        let server = Server::start(answer).await;
        assert_eq!(measure(probe(&server.url()), PATIENT).await.outcome, failed(reason));
    }
}

#[tokio::test]
async fn what_we_cannot_ask_is_no_data() {
    // RFC 6761: never resolves.
    let measured = measure(probe("http://shop.invalid/health"), PATIENT).await;
    let Outcome::NoData { reason } = measured.outcome else { panic!("{measured:?}") };
    assert!(reason.starts_with("the name shop.invalid"), "{reason}");
    for url in ["shop", "ftp://127.0.0.1/", "http://"] {
        let outcome = measure(probe(url), PATIENT).await.outcome;
        assert!(matches!(outcome, Outcome::NoData { .. }), "{url}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_reason_never_holds_the_address() {
    let server = Server::start(Answer::Bytes(b"?".to_vec())).await;
    let url = format!("http://user:hunter2@127.0.0.1:{}/?token=hunter2", server.port);
    let Outcome::Failed { reason } = measure(probe(&url), PATIENT).await.outcome else { panic!() };
    assert!(!reason.contains("hunter2"), "{reason}");
}

/// A server with a certificate for `name`, valid until the year `until`; and the certificate.
async fn tls_server(name: &str, until: i32) -> (Server, reqwest::Certificate) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let certificate = params.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let server = Server::start_with(Answer::status(200, ""), Some(TlsAcceptor::from(Arc::new(config)))).await;
    (server, reqwest::Certificate::from_der(certificate.der()).unwrap())
}

#[tokio::test]
async fn a_certificate_is_judged() {
    for (name, until, trusted, wanted) in [
        ("127.0.0.1", 4000, true, Outcome::Passed),
        ("127.0.0.1", 2021, true, failed("the certificate expired on 2021-01-01")),
        ("shop.example.org", 4000, true, failed("the certificate is for another name")),
        ("127.0.0.1", 4000, false, failed("the certificate is not trusted: its issuer is unknown to this system")),
    ] {
        let (server, root) = tls_server(name, until).await;
        let roots = if trusted { vec![root] } else { Vec::new() };
        let prober = HttpProber { clients: Clients::build(Matcher::builder().build(), &roots, |builder| builder).unwrap() };
        let url = format!("https://127.0.0.1:{}/", server.port);
        assert_eq!(prober.http(&probe(&url), PATIENT).await.outcome, wanted, "{name} {until} {trusted}");
    }
}

#[tokio::test]
async fn https_where_only_http_is_spoken_has_failed() {
    let server = Server::start(Answer::status(200, "")).await;
    let url = format!("https://127.0.0.1:{}/", server.port);
    assert_eq!(measure(probe(&url), PATIENT).await.outcome, failed("the answer is no TLS"));
}

fn behind_proxy(proxy: &str) -> HttpProber {
    let reqwest_proxy = reqwest::Proxy::all(proxy).unwrap();
    let clients = Clients::build(Matcher::builder().all(proxy).build(), &[], |builder| builder.proxy(reqwest_proxy.clone()));
    HttpProber { clients: clients.unwrap() }
}

#[tokio::test]
async fn a_proxy_is_used_but_not_for_this_machine() {
    let proxy = Server::start(Answer::status(200, "from the proxy")).await;
    let server = Server::start(Answer::status(200, "from the server")).await;
    let prober = behind_proxy(&format!("http://127.0.0.1:{}", proxy.port));
    for (url, wanted) in [
        (server.url(), "from the server"),
        (format!("http://localhost:{}/", server.port), "from the server"),
        // Not looked up here: that is the proxy's to do.
        ("http://shop.invalid/health".to_owned(), "from the proxy"),
    ] {
        let request = HttpProbe { body_contains: Some(wanted), ..probe(&url) };
        assert_eq!(prober.http(&request, PATIENT).await.outcome, Outcome::Passed, "{url}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_away_says_nothing_about_the_target() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://127.0.0.1:{}", closed.local_addr().unwrap().port());
    drop(closed);
    let outcome = behind_proxy(&proxy).http(&probe("http://shop.invalid/"), PATIENT).await.outcome;
    let reason = "the proxy gave no connection: connection refused".to_owned();
    assert_eq!(outcome, Outcome::NoData { reason });
}

#[tokio::test]
async fn running_versions_come_in_the_order_of_their_addresses() {
    let one = Server::start(Answer::status(200, r#"{"app":{"version":"1.4.0"}}"#)).await;
    let other = Server::start(Answer::status(200, r#"{"app":{"version":"1.3.9"}}"#)).await;
    let broken = Server::start(Answer::status(500, "")).await;
    let silent = Server::start(Answer::BytesThenSilence(Vec::new())).await;
    let urls: Vec<String> = [&one, &broken, &other, &silent, &one].iter().map(|server| server.url()).collect();
    // The silent one takes all the time there is; the others must be read nevertheless.
    let within = Duration::from_secs(3);
    let read = HttpProber::new().unwrap().running_versions(&urls, "/app/version", within).await;
    assert_eq!(read.iter().map(|instance| instance.url.clone()).collect::<Vec<_>>(), urls);
    let versions: Vec<_> = read.into_iter().map(|instance| instance.version).collect();
    let wanted = [Ok("1.4.0"), Err("500 instead of 200 to 299"), Ok("1.3.9"), Err("no answer within 3 s"), Ok("1.4.0")];
    assert_eq!(versions, wanted.map(|version| version.map(str::to_owned).map_err(str::to_owned)));
}

#[tokio::test]
async fn a_plain_text_version_is_trimmed() {
    let server = Server::start(Answer::status(200, "  1.4.0\n")).await;
    let read = HttpProber::new().unwrap().running_versions(&[server.url()], "", PATIENT).await;
    assert_eq!(read[0].version, Ok("1.4.0".to_owned()));
}
