//! The version that one instance says it runs. Must not compare it with anything.

use crate::client::Clients;
use crate::http::{Body, read_body};
use crate::words::quoted;
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// Longer text is no version.
const LONGEST: usize = 200;

pub(crate) async fn read(clients: &Clients, url: &str, pointer: &str, deadline: Instant, within: Duration) -> Result<String, String> {
    let words = |fault: crate::words::Fault| fault.words().to_owned();
    let accept = if pointer.is_empty() { "text/plain, */*;q=0.5" } else { "application/json, */*;q=0.5" };
    let response = clients.get(url, accept, deadline, within).await.map_err(words)?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("{} instead of 200 to 299", status.as_u16()));
    }
    let body = read_body(response, deadline, within).await.map_err(words)?;
    extract(&body, pointer)
}

fn extract(body: &Body, pointer: &str) -> Result<String, String> {
    if body.is_cut {
        return Err("the answer is longer than 64 KiB".to_owned());
    }
    let version = if pointer.is_empty() {
        let text = std::str::from_utf8(&body.bytes).map_err(|_| "the answer is no text".to_owned())?;
        text.trim_start_matches('\u{feff}').trim().to_owned()
    } else {
        from_json(&body.bytes, pointer)?
    };
    if version.is_empty() {
        return Err("the version is empty".to_owned());
    }
    if version.len() > LONGEST || version.chars().any(char::is_control) || version.starts_with('<') {
        return Err(format!("{} is no version", quoted(&version)));
    }
    Ok(version)
}

/// RFC 6901.
fn from_json(bytes: &[u8], pointer: &str) -> Result<String, String> {
    let answer: Value = serde_json::from_slice(bytes).map_err(|_| "the answer is no JSON".to_owned())?;
    match answer.pointer(pointer) {
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Null) | None => Err(format!("there is no {pointer} in the answer")),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Err(format!("{pointer} in the answer is no text")),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn from(body: &str, pointer: &str) -> Result<String, String> {
        extract(&Body { bytes: body.as_bytes().to_vec(), is_cut: false }, pointer)
    }

    #[test]
    fn a_version_is_read_from_text_and_json() {
        assert_eq!(from(" 1.4.0\n", "").unwrap(), "1.4.0");
        assert_eq!(from("\u{feff}v1.4.0\r\n", "").unwrap(), "v1.4.0");
        assert_eq!(from(r#"{"app":{"version":"1.4.0 "}}"#, "/app/version").unwrap(), "1.4.0");
        assert_eq!(from(r#"[{"a/b":7}]"#, "/0/a~1b").unwrap(), "7");
    }

    #[test]
    fn what_is_no_version_is_told() {
        assert!(from(r#"{"version":null}"#, "/version").unwrap_err().contains("/version"));
        assert!(from(r#"{"version":["1"]}"#, "/version").unwrap_err().contains("no text"));
        assert!(from("<html>", "/version").unwrap_err().contains("no JSON"));
        assert!(from("", "").unwrap_err().contains("empty"));
        assert!(from("<html>Sign in</html>", "").unwrap_err().contains("no version"));
        assert!(from("1.4.0\n1.5.0", "").unwrap_err().contains("no version"));
        let cut = Body { bytes: b"1.4.0".to_vec(), is_cut: true };
        assert!(extract(&cut, "").unwrap_err().contains("64 KiB"));
    }
}
