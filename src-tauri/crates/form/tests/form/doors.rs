//! Whoever is not let in: tokens that don't hold, other names of the host, other pages' forms, other paths.

use crate::wire::{Part, multipart, raw, request};
use crate::world::{HOUR, World, mira};
use std::time::Duration;

#[tokio::test]
async fn only_a_token_that_holds_opens_the_form() {
    let world = World::open().await;
    let aiko = world.invited(world.staging, "Aiko", "Pay by card").await;
    let lea = world.invited(world.production, "Lea", "Switch the rates").await;
    let browser = world.browser(&aiko).await;

    let mut forged = aiko.token.clone().into_bytes();
    forged[7] = if forged[7] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    let long = "A".repeat(5_000);
    for token in
        [forged.as_str(), "x", &aiko.token[1..], &format!("{}A", aiko.token), &lea.token, &long, "%00", "..%2f..%2f", "'%20OR%201=1"]
    {
        let reply = world.open_link(aiko.round.id, token).await;
        assert_eq!((reply.status, reply.header("set-cookie")), (404, ""), "{token}");
        assert!(!reply.body.contains("Pay by card") && !reply.body.contains("Aiko"), "{token}");
    }
    assert_eq!(world.get(&format!("/r/{}", aiko.round.id), "").await.status, 403, "no cookie at all");
    assert_eq!(world.get(&format!("/r/{}", aiko.round.id), "pilothouse_form=").await.status, 404);

    // A new invitation takes the place of the last; what was opened with that is over, too.
    let (_, anew) = world.engine().invite_tester(&mira(), aiko.round.id, aiko.tester, HOUR).await.unwrap();
    assert_eq!(world.open_link(aiko.round.id, &aiko.token).await.status, 404);
    assert_eq!(browser.page().await.status, 404);
    assert_eq!(browser.give("0190-page-1", "Too late", &[]).await.status, 404);
    let anew = secrecy::ExposeSecret::expose_secret(&anew).to_owned();
    assert_eq!(world.open_link(aiko.round.id, &anew).await.status, 303);
    world.engine().withdraw_invitation(&mira(), aiko.round.id, aiko.tester).await.unwrap();
    assert_eq!(world.open_link(aiko.round.id, &anew).await.status, 404, "taken back");

    // Its time is over before anybody can open it.
    let (_, brief) = world.engine().invite_tester(&mira(), aiko.round.id, aiko.tester, Duration::from_micros(1)).await.unwrap();
    let brief = secrecy::ExposeSecret::expose_secret(&brief).to_owned();
    assert_eq!(world.open_link(aiko.round.id, &brief).await.status, 410);

    world.engine().remove_tester(&mira(), aiko.round.id, aiko.tester).await.unwrap();
    assert_eq!(world.open_link(aiko.round.id, &brief).await.status, 404, "they test no more");
    let of_lea = world.browser(&lea).await;
    world.engine().abort_release(&mira(), world.release.id, "another one comes").await.unwrap();
    assert_eq!(of_lea.page().await.status, 410, "the release is closed");
    assert!(world.feedback(aiko.round.id).await.is_empty());
}

#[tokio::test]
async fn only_its_own_name_leads_to_the_form() {
    let world = World::open().await;
    let invited = world.invited(world.staging, "Aiko", "Pay by card").await;
    let browser = world.browser(&invited).await;
    let (port, path) = (world.at.port(), format!("/r/{}", invited.round.id));
    let cookie = [("Cookie", browser.cookie.as_str())];
    let of = |line: String, host: String| request(&line, &host, &cookie, b"");
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        "127.0.0.1".to_owned(),
        String::new(),
    ] {
        let reply = raw(world.at, &of(format!("GET {path}"), host.clone())).await;
        assert_eq!(reply.status, 421, "{host}");
        assert!(!reply.body.contains("Pay by card"), "{host}");
    }
    for (line, headers) in [
        (format!("GET http://evil.example{path}"), format!("Host: 127.0.0.1:{port}\r\n")),
        (format!("GET {path}"), format!("Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n")),
        (format!("GET {path}"), String::new()),
    ] {
        let bytes = format!("{line} HTTP/1.1\r\n{headers}Cookie: {}\r\nConnection: close\r\n\r\n", browser.cookie);
        let reply = raw(world.at, bytes.as_bytes()).await;
        assert!([400, 421].contains(&reply.status) && !reply.body.contains("Pay by card"), "{headers}: {}", reply.status);
    }
    assert_eq!(raw(world.at, &of(format!("GET {path}"), format!("localhost:{port}"))).await.status, 200);
}

#[tokio::test]
async fn only_its_own_pages_send_to_the_form() {
    let world = World::open().await;
    let aiko = world.invited(world.staging, "Aiko", "Pay by card").await;
    let jonas = world.invited(world.staging, "Jonas", "").await;
    let (browser, other) = (world.browser(&aiko).await, world.browser(&jonas).await);
    let sent = |csrf: &str| {
        multipart(&[Part::Text("csrf", csrf), Part::Text("page", "0190-page-1"), Part::Text("title", "x"), Part::Text("severity", "minor")])
    };
    let late = multipart(&[
        Part::Text("title", "x"),
        Part::Text("csrf", &browser.csrf),
        Part::Text("page", "0190-page-1"),
        Part::Text("severity", "minor"),
    ]);
    let hidden = multipart(&[Part::File("a.png", b"x"), Part::Text("csrf", &browser.csrf)]);
    for (what, body) in [
        ("missing", multipart(&[Part::Text("page", "0190-page-1"), Part::Text("title", "x"), Part::Text("severity", "minor")])),
        ("empty", sent("")),
        ("forged", sent(&"0".repeat(64))),
        ("somebody else's", sent(&other.csrf)),
        ("not first", late),
        ("after a file", hidden),
    ] {
        assert_eq!(browser.post("feedback", &body, &[]).await.status, 403, "{what}");
    }
    let scenario = aiko.round.scenarios[0].id;
    let outcome = |csrf: &str| format!("csrf={csrf}&scenario={scenario}&word=failed&remark=");
    for csrf in ["", "0", other.csrf.as_str()] {
        assert_eq!(browser.post("outcome", outcome(csrf).as_bytes(), &[]).await.status, 403, "{csrf}");
    }
    // What the browser says of where it comes from counts even where the token is right.
    let right = sent(&browser.csrf);
    for other in [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")]
    {
        assert_eq!(browser.post("feedback", &right, &[other]).await.status, 403, "{other:?}");
        assert_eq!(browser.post("outcome", outcome(&browser.csrf).as_bytes(), &[other]).await.status, 403, "{other:?}");
    }
    for kind in ["text/plain", "application/json", "multipart/form-data", ""] {
        assert_eq!(browser.post("feedback", &right, &[("Content-Type", kind)]).await.status, 400, "{kind}");
        assert_eq!(browser.post("outcome", outcome(&browser.csrf).as_bytes(), &[("Content-Type", kind)]).await.status, 400, "{kind}");
    }
    assert!(world.feedback(aiko.round.id).await.is_empty());
    assert!(world.engine().store().uat_round(aiko.round.id).await.unwrap().outcomes.is_empty());
    // A browser that says nothing of where it comes from: the token alone decides.
    let silent = [("Origin", ""), ("Sec-Fetch-Site", "")];
    assert_eq!(browser.post("feedback", &right, &silent).await.status, 303);
}

#[tokio::test]
async fn there_is_nothing_beside_the_form() {
    let world = World::open().await;
    let invited = world.invited(world.staging, "Aiko", "Pay by card").await;
    let browser = world.browser(&invited).await;
    let round = invited.round.id;
    for path in [
        "/",
        "/index.html",
        "/api",
        "/admin",
        "/r",
        "/r/",
        "/i",
        "/form.css/",
        "/form.css%00",
        "/favicon.ico",
        "/robots.txt",
        "/.git/config",
        "//form.css",
        "/../pilothouse.db",
        "/..%2fpilothouse.db",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/r/../form.css",
        "/r/%2e%2e/form.css",
        "/r/..%2f..",
        "/r/00000000-0000-0000-0000-000000000000/feedback/x",
        "/R/x",
    ] {
        let reply = world.get(path, &browser.cookie).await;
        assert_eq!(reply.status, 404, "{path}");
    }
    for path in [
        format!("/r/{round}/"),
        format!("/r/{round}/evidence"),
        format!("/r/{round}/outcome"),
        format!("/r/{round}/feedback"),
        format!("/r/{round}/../{round}"),
    ] {
        assert_eq!(world.get(&path, &browser.cookie).await.status, 404, "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"] {
        let reply =
            raw(world.at, &request(&format!("{method} /r/{round}"), &world.at.to_string(), &[("Cookie", &browser.cookie)], b"")).await;
        assert!([400, 404, 421].contains(&reply.status), "{method}: {}", reply.status);
        assert_eq!(reply.header("access-control-allow-origin"), "");
    }
    let page = browser.page().await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none';") && !policy.contains("script") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(page.header(name), value);
    }
}
