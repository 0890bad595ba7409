//! A server with a certificate of its own making, met in the window: refused with its fingerprint, trusted on purpose, refused again when
//! it shows another, and no longer trusted when a person says so.

use super::page::{Page, button, checkbox, field, heading, link, radio, text};
use super::surroundings::Surroundings;
use super::window::Window;
use super::{axe, picture};
use crate::token_scan::TokenScan;
use pilothouse_range::{Range, RangeOptions};
use terminator::{GOOD, Terminator, self_signed};

#[path = "../../src-tauri/crates/providers/tests/network/terminator.rs"]
#[expect(dead_code, reason = "the adapters' own tests use the rest of it")]
mod terminator;

/// Waits until nothing on the page is `target` any more.
async fn gone(page: &Page, target: &str) {
    for _ in 0..600 {
        if !page.text().await.contains(target) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{target} is still there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_self_signed_server_is_trusted_on_purpose_and_asked_about_when_it_changes() {
    let Some(surroundings) = Surroundings::find("a self-signed server") else { return };
    let range = Range::start(RangeOptions::fast()).await.unwrap();
    let (first, second) = (self_signed("git.corp.example", &["127.0.0.1"], GOOD), self_signed("git.corp.example", &["127.0.0.1"], GOOD));
    let plain = range.github_url();
    let server = Terminator::before(&plain, &first, None).await;
    let path = plain.trim_start_matches("http://").split_once('/').map_or(String::new(), |(_, path)| format!("/{path}"));
    let window = Window::open(&surroundings).await;
    let page = window.page();
    page.find(&heading("Welcome to Pilothouse")).await;
    page.click(&link("Settings")).await;
    page.click(&link("Connections")).await;

    page.click(&button("Add a connection")).await;
    page.point_at(&radio("GitHub")).await;
    for (label, value) in
        [("Name", "Our GitHub".to_owned()), ("Address of the API", server.url("127.0.0.1", &path)), ("Token", range.token().to_owned())]
    {
        page.fill(&field(label), &value).await;
    }
    page.click(&text("Network: own authority, client certificate, proxy, time-outs")).await;
    page.fill(&field("Time-out of a call"), "3").await;
    axe::assert_clean(page, "the network of a connection").await;
    page.click(&button("Add and verify")).await;
    page.find(&text("Whole seconds from 5 to 600")).await;
    page.fill(&field("Time-out of a call"), "60").await;
    picture::guide(page, "network").await;
    page.click(&button("Add and verify")).await;

    page.find(&text(first.fingerprint())).await;
    page.find(&text("127.0.0.1 shows a certificate that it has signed itself.")).await;
    axe::assert_clean(page, "a certificate that isn't trusted").await;
    picture::guide(page, "certificate-refused").await;
    assert_eq!(server.count(), 0, "nothing was sent");
    page.click(&button("Trust this certificate")).await;
    page.find(&heading("Our GitHub")).await;
    page.find(&text("this certificate alone")).await;
    page.find(&text("60 s for a call")).await;
    axe::assert_clean(page, "a connection with a trusted certificate").await;
    picture::keep(page, "certificate-trusted").await;

    server.show(&second);
    page.click(&button("Verify")).await;
    page.find(&text("127.0.0.1 shows another certificate than the one that you trust.")).await;
    page.find(&text(second.fingerprint())).await;
    axe::assert_clean(page, "a certificate that has changed").await;
    picture::keep(page, "certificate-changed").await;
    page.click(&button("Trust the new certificate")).await;
    gone(page, &first.fingerprint()).await;
    page.find(&text(second.fingerprint())).await;

    page.click(&button("More for Our GitHub")).await;
    page.click(&text("Network…")).await;
    page.point_at(&checkbox("Trust it no more")).await;
    axe::assert_clean(page, "changing the network").await;
    page.click(&button("Save and verify")).await;
    gone(page, "this certificate alone").await;
    page.click(&button("Verify")).await;
    page.find(&text("127.0.0.1 shows a certificate that it has signed itself.")).await;

    let data = window.close().await;
    TokenScan::new(range.token()).folder(data.path());
    range.shutdown().await;
}
