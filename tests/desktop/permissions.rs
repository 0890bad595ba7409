//! The window may do what it is meant to, and nothing else: not even a script that found its way into it.

use super::command::call;
use super::surroundings::Surroundings;
use super::window::Window;
use serde_json::json;

/// Tries something that the content security policy must refuse. Answers with what happened.
const LEAVE: &str = r"
const [what, done] = arguments;
const attempts = {
  fetch: () => fetch('https://example.com/').then(() => 'done'),
  loopback: () => fetch('http://127.0.0.1:9/').then(() => 'done'),
  eval: () => Promise.resolve(document.body.appendChild(Object.assign(document.createElement('script'), { textContent: 'window.escaped = true' })))
    .then(() => (window.escaped ? 'done' : Promise.reject(new Error('not run')))),
  image: () => new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve('done');
    image.onerror = () => reject(new Error('not loaded'));
    image.src = 'https://example.com/x.png';
  }),
};
let violated = null;
document.addEventListener('securitypolicyviolation', (event) => (violated = event.effectiveDirective), { once: true });
attempts[what]().then((answer) => done(answer), () => setTimeout(() => done(`refused by ${violated}`), 100));
";

#[tokio::test]
async fn the_window_may_call_our_commands_and_nothing_else() {
    let Some(surroundings) = Surroundings::find("the window's permissions") else { return };
    let window = Window::open(&surroundings).await;
    let page = window.page();
    let status = call(page, "status", json!({})).await.unwrap();
    assert_eq!(status["database"]["kind"], "sqlite", "{status}");
    assert_eq!(status["engine"]["role"], "this_host", "{status}");
    let refused = [
        ("plugin:window|close", json!({"label": "main"})),
        ("plugin:window|set_title", json!({"label": "main", "value": "Not Pilothouse"})),
        ("plugin:webview|create_webview_window", json!({"options": {"label": "other", "url": "https://example.com/"}})),
        ("plugin:event|emit", json!({"event": "changed", "payload": {}})),
        ("plugin:path|resolve_directory", json!({"directory": 1})),
        ("plugin:app|version", json!({})),
        ("plugin:window-state|save_window_state", json!({"flags": 1})),
        ("plugin:shell|open", json!({"path": "https://example.com/"})),
        ("plugin:fs|read_file", json!({"path": "/etc/passwd"})),
    ];
    for (command, payload) in refused {
        let answer = call(page, command, payload).await;
        assert!(answer.is_err(), "{command} answered {answer:?}");
    }
    for url in ["https://example.com/", "file:///etc/passwd", "javascript:alert(1)"] {
        let answer = call(page, "open_link", json!({"url": url})).await.unwrap_err();
        assert!(answer.contains("not opened"), "{url}: {answer}");
    }
    window.close().await;
}

#[tokio::test]
async fn the_content_security_policy_keeps_the_window_inside() {
    let Some(surroundings) = Surroundings::find("the content security policy") else { return };
    let window = Window::open(&surroundings).await;
    let page = window.page();
    for (what, directive) in [("fetch", "connect-src"), ("loopback", "connect-src"), ("eval", "script-src"), ("image", "img-src")] {
        let outcome = page.run_async(LEAVE, vec![json!(what)]).await;
        let outcome = outcome.as_str().unwrap_or_default();
        assert!(outcome.starts_with(&format!("refused by {directive}")), "{what}: {outcome}");
    }
    window.close().await;
}
