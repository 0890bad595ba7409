//! Too much, too long, too slow: refused without reading it all, while the engine goes on.

use crate::wire::{BOUNDARY, Reply, raw, request};
use crate::world::{HOUR, World, mira};
use pilothouse_form::{Limits, Rate};
use std::collections::HashMap;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const GIB: u64 = 1024 * 1024 * 1024;

/// Short, so that nobody waits for long.
fn hasty() -> Limits {
    let brief = Duration::from_millis(300);
    Limits { head: brief, stall: brief, body: Duration::from_millis(900), ..Limits::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_ten_thousand_requests_none_that_was_taken_is_lost_and_the_engine_stays_live() {
    const EACH: usize = 625;
    let world = World::open().await;
    let invited = world.invited(world.staging, "Aiko", "Pay by card").await;
    let lea = world.invited(world.production, "Lea", "Switch the rates").await;
    let browser = world.browser(&invited).await;
    let mut crowd = JoinSet::new();
    for one in 0..16 {
        let browser = browser.clone();
        crowd.spawn(async move {
            let mut seen: HashMap<(bool, u16), usize> = HashMap::new();
            for number in 0..EACH {
                let is_post = number % 4 == 0;
                let reply =
                    if is_post { browser.give(&format!("0190-{one}-{number}"), "Once more", &[]).await } else { browser.page().await };
                assert!(reply.status != 429 || !reply.header("retry-after").is_empty());
                *seen.entry((is_post, reply.status)).or_default() += 1;
            }
            seen
        });
    }
    // Meanwhile the engine does what it is asked.
    for _ in 0..20 {
        world.engine().invite_tester(&mira(), lea.round.id, lea.tester, HOUR).await.unwrap();
    }
    let mut seen: HashMap<(bool, u16), usize> = HashMap::new();
    while let Some(part) = crowd.join_next().await {
        for (what, count) in part.unwrap() {
            *seen.entry(what).or_default() += count;
        }
    }
    assert_eq!(seen.values().sum::<usize>(), 16 * EACH, "each was answered");
    assert!(seen.keys().all(|(_, status)| [200, 303, 422, 429].contains(status)), "{seen:?}");
    assert!(seen[&(true, 303)] > 0 && seen[&(true, 429)] > 0, "{seen:?}");
    assert_eq!(world.feedback(invited.round.id).await.len(), seen[&(true, 303)], "what was taken is there, once: {seen:?}");
}

#[tokio::test]
async fn a_tester_sends_so_much_and_another_is_not_held_up() {
    let world = World::with(Limits { each_tester: Rate { burst: 3, per_second: 1 }, ..Limits::default() }).await;
    let aiko = world.invited(world.staging, "Aiko", "Pay by card").await;
    let jonas = world.invited(world.staging, "Jonas", "").await;
    let (browser, other) = (world.browser(&aiko).await, world.browser(&jonas).await);
    let mut refused = None;
    for number in 0..50 {
        let reply = browser.give(&format!("0190-page-{number}"), "More", &[]).await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("somebody is told to wait");
    assert!(refused.body.contains("What you had sent before is kept") && refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(other.give("0190-page-1", "Of Jonas", &[]).await.status, 303);
    assert_eq!(browser.page().await.status, 200, "reading goes on");
}

#[tokio::test]
async fn a_body_of_a_gibibyte_is_not_read() {
    let world = World::open().await;
    let invited = world.invited(world.staging, "Aiko", "Pay by card").await;
    let browser = world.browser(&invited).await;
    for place in ["feedback", "outcome"] {
        // It says how long it is, and is refused before a byte of it is sent.
        let bytes = browser.post_bytes(place, b"", &[("Content-Length", &GIB.to_string())]);
        assert_eq!(raw(world.at, &bytes).await.status, 413, "{place}");
        for length in ["-1", "99999999999999999999", "1e3", "0x10"] {
            let reply = raw(world.at, &browser.post_bytes(place, b"", &[("Content-Length", length)])).await;
            assert!([400, 413].contains(&reply.status), "{place} of {length}: {}", reply.status);
        }
        // It says nothing, and goes on and on.
        let sent = pour(&world, &browser.post_bytes(place, b"", &[("Transfer-Encoding", "chunked")]), browser.csrf.as_str()).await;
        assert!(sent.1 < 64 * 1024 * 1024, "{place}: {} bytes went in", sent.1);
        assert!([0, 400, 403, 413].contains(&sent.0.status), "{place}: {}", sent.0.status);
    }
    // Nobody was let in: nothing of the body is looked at.
    let bytes = request(&format!("POST /r/{}/feedback", invited.round.id), &world.at.to_string(), &[("Content-Length", "1073741824")], b"");
    assert_eq!(raw(world.at, &bytes).await.status, 403);
    assert_eq!(browser.give("0190-page-1", "Small", &[]).await.status, 303, "the form goes on");
}

/// Sends a form whose picture never ends, until nobody takes it any more: the answer, and how much went in.
async fn pour(world: &World, head: &[u8], csrf: &str) -> (Reply, u64) {
    let mut stream = TcpStream::connect(world.at).await.unwrap();
    stream.write_all(head).await.unwrap();
    let begin = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"pictures\"; filename=\"a.png\"\r\n\r\n"
    );
    let chunk = |content: &[u8]| [format!("{:x}\r\n", content.len()).as_bytes(), content, b"\r\n"].concat();
    let block = chunk(&vec![b'a'; 256 * 1024]);
    let mut sent = 0_u64;
    if stream.write_all(&chunk(begin.as_bytes())).await.is_ok() {
        while sent < GIB {
            // Nobody reads on: the buffers are full, and the answer is there.
            match tokio::time::timeout(Duration::from_millis(500), stream.write_all(&block)).await {
                Ok(Ok(())) => sent += 256 * 1024,
                Ok(Err(_)) | Err(_) => break,
            }
        }
    }
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
    (Reply::read(&answer), sent)
}

#[tokio::test]
async fn whoever_is_slow_is_cut_off() {
    let world = World::with(hasty()).await;
    let invited = world.invited(world.staging, "Aiko", "Pay by card").await;
    let browser = world.browser(&invited).await;
    // The head never ends.
    let mut slow = TcpStream::connect(world.at).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).await.unwrap();
    assert!([0, 408].contains(&Reply::read(&rest).status), "the connection is closed");
    for place in ["feedback", "outcome"] {
        // Nothing of the body comes.
        let reply = raw(world.at, &browser.post_bytes(place, b"", &[("Content-Length", "1000")])).await;
        assert_eq!(reply.status, 408, "{place}");
        // A byte at a time comes, each in time, and never an end.
        let mut trickle = TcpStream::connect(world.at).await.unwrap();
        trickle.write_all(&browser.post_bytes(place, b"", &[("Content-Length", "60000")])).await.unwrap();
        let (mut reading, mut writing) = trickle.into_split();
        let drip = tokio::spawn(async move {
            while writing.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let mut answer = Vec::new();
        let _ = reading.read_to_end(&mut answer).await;
        drip.abort();
        let status = Reply::read(&answer).status;
        assert!([400, 403, 408].contains(&status), "{place}: {status}");
    }
    assert_eq!(browser.page().await.status, 200);
}

#[tokio::test]
async fn a_head_is_short_and_an_address_has_few_connections() {
    let world = World::with(Limits { connections_each: 4, ..hasty() }).await;
    let host = world.at.to_string();
    let long = "a".repeat(64 * 1024);
    for (line, headers) in [("GET /", vec![("X-Long", long.as_str())]), ("GET /", vec![("X-Many", "1"); 200])] {
        let reply = raw(world.at, &request(line, &host, &headers, b"")).await;
        assert!([0, 400, 431].contains(&reply.status), "{}", reply.status);
    }
    let reply = raw(world.at, &request(&format!("GET /{long}"), &host, &[], b"")).await;
    assert!([0, 400, 414, 431].contains(&reply.status), "{}", reply.status);
    for nonsense in [&b"\0\0\0\0"[..], b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        assert!([0, 400, 404, 421, 505].contains(&raw(world.at, nonsense).await.status));
    }
    // Those that stay open are four at most; the fifth finds the door closed.
    let mut open = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(world.at).await.unwrap();
        stream.write_all(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
        let mut first = [0_u8; 12];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 404");
        open.push(stream);
    }
    assert_eq!(raw(world.at, &request("GET /", &host, &[], b"")).await.status, 0);
    drop(open);
}
