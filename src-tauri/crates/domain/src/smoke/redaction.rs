//! Leaves out of what is kept whatever may let somebody in: the secrets that were used, wherever they come back, the headers and the fields
//! that carry credentials. Must not be the only guard: what isn't needed isn't kept in the first place.

use super::exchange::{Answer, KEPT_BODY, KEPT_HEADER, KEPT_HEADERS, RecordedBody, RecordedRequest, RecordedResponse, Redirect};
use regex::Regex;
use std::sync::LazyLock;

/// What stands in the place of what is left out.
pub const HIDDEN: &str = "•••";

/// Parts of names of headers and fields whose value is never kept.
const SENSITIVE: [&str; 11] =
    ["authorization", "cookie", "token", "secret", "password", "passwd", "api-key", "apikey", "api_key", "credential", "session"];

/// `"access_token": "…"` in JSON, `access_token=…` in a form.
static FIELDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = SENSITIVE.join("|");
    Regex::new(&format!(
        r#"(?i)("[^"\n]{{0,60}}(?:{names})[^"\n]{{0,60}}"\s*:\s*")((?:[^"\\]|\\.)*)|((?:^|[?&])[^=&\s]{{0,60}}(?:{names})[^=&\s]{{0,60}}=)([^&\s]*)"#
    ))
    .ok()
});

/// The values that are left out.
#[derive(Clone, Default)]
pub struct Redaction(Vec<String>);

impl Redaction {
    /// Adds a value; also as it stands in JSON and in an address.
    pub fn add(&mut self, value: &str) {
        if value.is_empty() {
            return;
        }
        let json = serde_json::Value::from(value).to_string();
        let percent: String = value.bytes().map(percent_encoded).collect();
        for form in [value, json.trim_matches('"'), percent.as_str()] {
            if !self.0.iter().any(|known| known == form) {
                self.0.push(form.to_owned());
            }
        }
        // A longer value first: it may hold a shorter one.
        self.0.sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// A text without the values, and without the values of fields that carry credentials.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let text = self.0.iter().fold(text.to_owned(), |text, value| text.replace(value, HIDDEN));
        match FIELDS.as_ref() {
            Some(fields) => fields.replace_all(&text, format!("${{1}}${{3}}{HIDDEN}")).into_owned(),
            // It can't be checked: then nothing is kept.
            None => HIDDEN.to_owned(),
        }
    }

    /// Headers as they are kept.
    #[must_use]
    pub fn headers(&self, headers: &[(String, String)]) -> Vec<(String, String)> {
        headers
            .iter()
            .take(KEPT_HEADERS)
            .map(|(name, value)| {
                let value = if is_sensitive(name) { HIDDEN.to_owned() } else { cut(&self.text(value), KEPT_HEADER).0 };
                (name.clone(), value)
            })
            .collect()
    }

    /// A body as it is kept. `had_more` where it was longer than what was read.
    #[must_use]
    pub fn body(&self, body: &[u8], had_more: bool) -> RecordedBody {
        let bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
        // The end of what was read may be in the middle of a character.
        let text = match std::str::from_utf8(body) {
            Ok(text) => Some(text),
            Err(error) if error.error_len().is_none() => body.get(..error.valid_up_to()).and_then(|body| std::str::from_utf8(body).ok()),
            Err(_) => None,
        };
        let Some(text) = text.filter(|text| !text.contains('\0')) else {
            return RecordedBody { text: String::new(), bytes, is_cut: had_more, is_binary: true };
        };
        let (text, was_cut) = cut(&self.text(text), KEPT_BODY);
        RecordedBody { text, bytes, is_cut: had_more || was_cut, is_binary: false }
    }

    /// A request as it is kept.
    #[must_use]
    pub fn request(&self, method: &str, url: &str, headers: &[(String, String)], body: Option<&str>) -> RecordedRequest {
        RecordedRequest {
            method: method.to_owned(),
            url: cut(&self.text(url), KEPT_HEADER).0,
            headers: self.headers(headers),
            body: body.map(|body| self.body(body.as_bytes(), false)),
        }
    }

    /// An answer as it is kept.
    #[must_use]
    pub fn response(&self, answer: &Answer) -> RecordedResponse {
        let redirect = |redirect: &Redirect| Redirect { status: redirect.status, to: cut(&self.text(&redirect.to), KEPT_HEADER).0 };
        RecordedResponse {
            status: answer.status,
            headers: self.headers(&answer.headers),
            body: self.body(&answer.body, answer.is_cut),
            redirects: answer.redirects.iter().map(redirect).collect(),
            certificate_until: answer.certificate_until,
        }
    }
}

/// Whether a header or a field of this name may carry a credential.
#[must_use]
pub fn is_sensitive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SENSITIVE.iter().any(|part| name.contains(part))
}

/// RFC 3986 section 2.1.
fn percent_encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

/// At most `most` bytes of a text, and whether something was cut off.
pub(super) fn cut(text: &str, most: usize) -> (String, bool) {
    if text.len() <= most {
        return (text.to_owned(), false);
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    (text.get(..end).unwrap_or_default().to_owned(), true)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn credentials_are_left_out_wherever_they_stand() {
        let mut redaction = Redaction::default();
        redaction.add("p\"ss wörd");
        let kept = redaction.text(r#"{"pin":"p\"ss wörd","plain":"a p"ss wörd b","u":"?x=p%22ss%20w%C3%B6rd"}"#);
        assert!(!kept.contains("ss w") && !kept.contains("ss%20w"), "{kept}");
        assert_eq!(redaction.text(r#"{"access_token": "eyJ\"x", "id": 7}"#), r#"{"access_token": "•••", "id": 7}"#);
        assert_eq!(redaction.text("user=mira&password=hunter2&x=1"), "user=mira&password=•••&x=1");
        assert_eq!(redaction.text("https://shop/a?api_key=abc"), "https://shop/a?api_key=•••");
        let headers = [("Set-Cookie".to_owned(), "sid=1".to_owned()), ("X-Id".to_owned(), "7".to_owned())];
        assert_eq!(redaction.headers(&headers), [("Set-Cookie".to_owned(), HIDDEN.to_owned()), ("X-Id".to_owned(), "7".to_owned())]);
    }

    #[test]
    fn a_body_is_cut_between_characters_and_what_is_no_text_is_not_kept() {
        let long = "ä".repeat(KEPT_BODY);
        let kept = Redaction::default().body(long.as_bytes(), false);
        assert!(kept.is_cut && kept.text.len() <= KEPT_BODY && kept.text.chars().all(|c| c == 'ä'));
        assert!(!Redaction::default().body(b"a\xc3", true).is_binary, "cut in the middle of a character");
        assert!(Redaction::default().body(b"\x89PNG\0", false).is_binary);
    }

    proptest! {
        #[test]
        fn a_secret_is_never_kept(secret in "[!-~]{4,40}", before in ".{0,30}", after in ".{0,30}") {
            let mut redaction = Redaction::default();
            redaction.add(&secret);
            let kept = redaction.body(format!("{before}{secret}{after}").as_bytes(), false);
            prop_assert!(!kept.text.contains(&secret));
        }
    }

    #[test]
    fn the_pattern_for_fields_is_one() {
        assert!(FIELDS.as_ref().unwrap().is_match("token=1"));
    }
}
