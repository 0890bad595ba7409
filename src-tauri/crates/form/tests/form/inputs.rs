//! What is sent by whoever was let in, and means harm: scripts in every field, pictures that are something else.

use crate::answers::png;
use crate::wire::{Part, multipart};
use crate::world::World;
use pilothouse_domain::evidence::{EvidenceContent, EvidenceOwnerKind};

const SCRIPTS: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "</textarea><script src=//evil.example/x.js></script>",
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "<!--#exec cmd=\"id\"--><?php system('id'); ?>",
    "\u{202e}\u{0}</title><meta http-equiv=refresh content=0;url=//evil.example>",
];

#[tokio::test]
async fn scripts_in_every_field_stay_words() {
    let world = World::open().await;
    let invited = world.invited(world.staging, "Aiko <script>alert(0)</script>", "Pay <img src=x onerror=alert(0)>").await;
    let browser = world.browser(&invited).await;
    let scenario = invited.round.scenarios[0].id.to_string();
    for (at, script) in SCRIPTS.into_iter().enumerate() {
        let page = format!("0190-page-{at}");
        // Where it is kept, and where it is refused and shown again.
        for (title, severity) in [(script, "minor"), (script, script), ("", "minor")] {
            let parts = [
                Part::Text("csrf", &browser.csrf),
                Part::Text("page", &page),
                Part::Text("title", title),
                Part::Text("text", script),
                Part::Text("severity", severity),
                Part::Text("scenario", if severity == "minor" { scenario.as_str() } else { script }),
                Part::Text("device", script),
            ];
            let reply = browser.post("feedback", &multipart(&parts), &[]).await;
            assert!([303, 422].contains(&reply.status), "{script}: {}", reply.status);
            assert_harmless(&reply.body, script);
        }
        let remark: String = url::form_urlencoded::byte_serialize(script.as_bytes()).collect();
        assert_eq!(browser.say(&scenario, "failed", &remark).await.status, 303);
        assert_harmless(&browser.page().await.body, script);
    }
    let page = browser.page().await.body;
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "they are shown as words");
    let reply = world.get(&format!("/r/{}?done=%3Cscript%3Ealert(1)%3C/script%3E&kept=<script>", invited.round.id), &browser.cookie).await;
    assert_harmless(&reply.body, "in the address");
    let reply = world.get("/i/<script>alert(1)</script>/%3Cscript%3E", "").await;
    assert_harmless(&reply.body, "in the link");
    // A title with a control character is refused; the others are words.
    let kept = SCRIPTS.iter().filter(|script| !script.contains(char::is_control)).count();
    assert_eq!(world.feedback(invited.round.id).await.len(), kept);
}

/// Nothing in a page that a browser would run or load but the form's own style.
fn assert_harmless(page: &str, what: &str) {
    let tags = page.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or_default().to_ascii_lowercase());
    for tag in tags {
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(!["script", "img", "iframe", "object", "embed", "base", "style"].contains(&name.as_str()), "{what}: <{tag}>");
        let bare = tag.split('"').step_by(2).collect::<String>();
        assert!(!bare.contains(" on") && !bare.contains("http-equiv"), "{what}: <{tag}>");
        for address in tag.split("href=\"").skip(1).chain(tag.split("action=\"").skip(1)) {
            assert!(address.starts_with('/'), "{what}: <{tag}>");
        }
    }
}

#[tokio::test]
async fn pictures_that_are_something_else_leave_only_their_pixels() {
    let world = World::open().await;
    let invited = world.invited(world.staging, "Aiko", "Pay by card").await;
    let browser = world.browser(&invited).await;
    let hidden = b"<script>alert(document.domain)</script>";
    let with = |begin: &[u8], end: &[u8]| [begin, end].concat();
    let png = png();
    let mut bomb = png.clone();
    // A header that promises 60,000 by 60,000 pixels.
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let mut gif = Vec::new();
    image::DynamicImage::new_rgba8(2, 2).write_to(&mut std::io::Cursor::new(&mut gif), image::ImageFormat::Gif).unwrap();
    let zip = with(&png, b"PK\x03\x04evil.exe");
    // Read as a script, `GIF89a/*…*/=1;alert(1)` is one.
    let script = with(&gif, b"*/=1;alert(1)");
    let kept: [(&str, Vec<u8>); 3] = [("page.png", with(&png, hidden)), ("x.gif", script), ("..\\..\\<b>.zip", zip)];
    for (at, (name, content)) in kept.iter().enumerate() {
        assert!(
            browser.give(&format!("0190-kept-{at}"), name, &[(name, content)]).await.header("location").contains("kept=1&left=0"),
            "{name}"
        );
    }
    let refused: [(&str, Vec<u8>); 6] = [
        ("vector.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
        ("page.jpg", with(b"<html>", hidden)),
        ("bomb.png", bomb),
        ("cut.png", png[..40].to_vec()),
        ("a.pdf", b"%PDF-1.7\n".to_vec()),
        ("magic.png", with(b"\x89PNG\r\n\x1a\n", hidden)),
    ];
    for (at, (name, content)) in refused.iter().enumerate() {
        assert!(
            browser.give(&format!("0190-none-{at}"), name, &[(name, content)]).await.header("location").contains("kept=0&left=1"),
            "{name}"
        );
    }
    let many: Vec<(&str, &[u8])> = std::iter::repeat_n(("many.png", png.as_slice()), 7).collect();
    assert!(browser.give("0190-many-1", "Many", &many).await.header("location").contains("kept=5&left=2"));

    let mut pictures = 0;
    for feedback in world.feedback(invited.round.id).await {
        for evidence in world.engine().store().evidence_of(EvidenceOwnerKind::Feedback, feedback.id.uuid()).await.unwrap() {
            let EvidenceContent::File { name, media_type, digest, .. } = &evidence.content else { panic!("{evidence:?}") };
            let content = world.engine().store().evidence_content(digest).await.unwrap().unwrap();
            assert_eq!(media_type, "image/png");
            assert!(!name.contains(['/', '\\']), "{name}");
            for trace in [&b"script"[..], b"alert", b"PK\x03\x04", b"evil"] {
                assert!(!content.windows(trace.len()).any(|part| part == trace), "{name}: {}", String::from_utf8_lossy(trace));
            }
            assert!(image::load_from_memory(&content).is_ok());
            pictures += 1;
        }
    }
    assert_eq!(pictures, 3 + 5);
}
