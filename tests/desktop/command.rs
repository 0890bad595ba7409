//! Calls to Rust as the page's scripts make them, for what no screen shows. A test of what people do uses the screens.

use super::page::Page;
use serde_json::{Value, json};

/// Calls a command as a script in the page would; `Ok` with its answer or `Err` with the refusal.
const CALL: &str = r"
const [command, payload, done] = arguments;
window.__TAURI_INTERNALS__.invoke(command, payload).then((answer) => done({ answer: answer ?? null }), (error) => done({ error }));
";

/// Calls a command. A refusal is told as text, or as JSON where it is one of ours.
pub(super) async fn call(page: &Page, command: &str, payload: Value) -> Result<Value, String> {
    let outcome = page.run_async(CALL, vec![json!(command), payload]).await;
    match outcome.get("error") {
        Some(error) => Err(error.as_str().map_or_else(|| error.to_string(), str::to_owned)),
        None => Ok(outcome["answer"].clone()),
    }
}
