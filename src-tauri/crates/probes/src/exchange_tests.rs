//! Requests of smoke tests, against small servers on this machine.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::HttpProber;
use crate::server::{Answer, Server};
use pilothouse_domain::smoke::{self, Unanswered};
use pilothouse_engine::ports::Prober as _;
use pilothouse_engine::ports::prober::SmokeRequest;
use secrecy::SecretString;
use std::time::Duration;

const PATIENT: Duration = Duration::from_secs(30);

async fn send(
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
    redirects: u16,
    timeout: Duration,
) -> Result<smoke::Answer, Unanswered> {
    let headers: Vec<(String, SecretString)> = headers.iter().map(|(n, v)| ((*n).to_owned(), SecretString::from(*v))).collect();
    let body = body.map(SecretString::from);
    let method = if body.is_some() { "POST" } else { "GET" };
    let request = SmokeRequest { method, url, headers: &headers, body: body.as_ref(), timeout, redirects };
    HttpProber::new().unwrap().exchange(&request).await
}

#[tokio::test]
async fn an_answer_comes_whole_with_its_headers() {
    let server = Server::start(Answer::with_headers(503, "x-id: 7\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n", "no")).await;
    let answer = send(&server.url(), &[], None, 0, PATIENT).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice(), answer.is_cut), (503, b"no".as_slice(), false));
    assert_eq!(answer.header("Set-Cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
    assert!(answer.took_us > 0 && answer.certificate_until.is_none());
}

#[tokio::test]
async fn redirects_are_followed_as_far_as_they_may_be() {
    let end = Server::start(Answer::status(200, "there")).await;
    let way = Server::start(Answer::with_headers(302, &format!("location: {}\r\n", end.url()), "")).await;
    let stays = send(&way.url(), &[], None, 0, PATIENT).await.unwrap();
    assert_eq!((stays.status, stays.redirects.len()), (302, 0));
    let goes = send(&way.url(), &[("Authorization", "Bearer hunter2")], None, 1, PATIENT).await.unwrap();
    assert_eq!((goes.status, goes.redirects[0].status, goes.redirects[0].to.as_str()), (200, 302, end.url().as_str()));
    let seen = end.requests.lock().unwrap().join("\n");
    assert!(!seen.contains("hunter2"), "another port is another origin: {seen}");
    assert!(way.requests.lock().unwrap()[1].contains("hunter2"));
}

#[tokio::test]
async fn a_body_is_not_sent_to_another_origin() {
    let end = Server::start(Answer::status(200, "")).await;
    let way = Server::start(Answer::with_headers(307, &format!("location: {}\r\n", end.url()), "")).await;
    let refused = send(&way.url(), &[], Some("password=hunter2"), 3, PATIENT).await.err().unwrap();
    assert!(!refused.is_ours && refused.reason.contains("another origin"), "{refused:?}");
    assert!(end.requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_long_body_is_cut_and_a_slow_one_given_up() {
    let long = Server::start(Answer::status(200, &"x".repeat(1024 * 1024 + 1))).await;
    let answer = send(&long.url(), &[], None, 0, PATIENT).await.unwrap();
    assert!(answer.is_cut && answer.body.len() == 1024 * 1024);
    let slow = Server::start(Answer::BytesThenSilence(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_vec())).await;
    let given_up = send(&slow.url(), &[], None, 0, Duration::from_millis(100)).await.err().unwrap();
    assert!(!given_up.is_ours && given_up.reason.contains("no complete answer within 100 ms"), "{given_up:?}");
}

#[tokio::test]
async fn whose_fault_it_is() {
    let unknown = send("http://no-such-host.invalid/", &[], None, 0, PATIENT).await.err().unwrap();
    assert!(unknown.is_ours, "{unknown:?}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    let refused = send(&url, &[], None, 0, PATIENT).await.err().unwrap();
    assert_eq!((refused.is_ours, refused.reason.as_str()), (false, "connection refused"));
}
