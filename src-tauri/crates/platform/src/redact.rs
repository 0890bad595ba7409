//! Takes secrets out of text before it is written: those that this process has touched, whole and in the spellings that loggers
//! give them, and whatever has the shape of a token. The second line of defence: the first is that secrets are never handed to a
//! logger. Must not be asked whether something *is* a secret; it errs towards hiding.

use regex::{Captures, Regex};
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// What stands in place of a secret.
pub const REDACTED: &str = "[redacted]";

/// Shorter secrets are not looked for: they would be found inside ordinary words.
const SHORTEST: usize = 6;

/// Removes secrets from text. Clones share what they know.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Longest first, so that a secret that begins another one doesn't leave the rest of it standing.
    known: Arc<RwLock<Vec<SecretString>>>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// One that knows no secret yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Removes this secret from now on, also where it is escaped or percent-encoded. Secrets of fewer than 6 bytes are ignored.
    pub fn register(&self, secret: &SecretString) {
        let text = secret.expose_secret();
        if text.len() < SHORTEST {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.iter().any(|other| other.expose_secret() == text) {
            return;
        }
        for spelling in [text.to_owned(), text.escape_debug().to_string(), percent_encoded(text)] {
            let spelling = SecretString::from(spelling);
            if !known.iter().any(|other| other.expose_secret() == spelling.expose_secret()) {
                known.push(spelling);
            }
        }
        known.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
    }

    /// `text` without secrets. Borrowed where there is none.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for secret in self.known.read().unwrap_or_else(PoisonError::into_inner).iter() {
            if text.contains(secret.expose_secret()) {
                text = Cow::Owned(text.replace(secret.expose_secret(), REDACTED));
            }
        }
        for shape in SHAPES.iter() {
            let changed = match shape.replace(&text) {
                Cow::Owned(changed) if changed != text => changed,
                _ => continue,
            };
            text = Cow::Owned(changed);
        }
        text
    }
}

/// RFC 3986 section 2.1: everything but the unreserved characters.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

/// Something that looks like a secret. The groups `before` and `after` stand, what is between them goes.
struct Shape {
    pattern: Regex,
    applies: Applies,
}

/// Whether what was found is a secret after all.
type Applies = fn(&Captures<'_>) -> bool;

impl Shape {
    fn replace<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.pattern.replace_all(text, |found: &Captures<'_>| {
            if !(self.applies)(found) {
                return found[0].to_owned();
            }
            let stays = |group| found.name(group).map_or("", |part| part.as_str());
            format!("{}{REDACTED}{}", stays("before"), stays("after"))
        })
    }
}

/// "Bearer authentication" is no secret: a credential has something else than small letters in it.
fn looks_random(found: &Captures<'_>) -> bool {
    found.name("value").is_some_and(|value| value.as_str().bytes().any(|b| !b.is_ascii_lowercase()))
}

const PATTERNS: [(&str, Applies); 10] = [
    // PEM private keys.
    (r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)", |_| true),
    // A header that carries a credential, up to the end of its value.
    (r#"(?i)(?P<before>\b(?:proxy-)?authorization"?\s*[:=]\s*"?)[^\r\n"]+"#, |_| true),
    (
        r#"(?i)(?P<before>\b(?:private-token|job-token|deploy-token|x-api-key|x-amz-security-token|jenkins-crumb|set-cookie|cookie)"?\s*[:=]\s*"?)[^\r\n"]+"#,
        |_| true,
    ),
    // RFC 6750, RFC 7617.
    (r"(?i)(?P<before>\b(?:bearer|basic)\s+)(?P<value>[A-Za-z0-9._~+/=\-]{8,})", looks_random),
    // GitHub: classic, OAuth, user, server, refresh; fine-grained.
    (r"gh[pousr]_[A-Za-z0-9_.\-]{16,}|github_pat_[A-Za-z0-9_]{16,}", |_| true),
    // GitLab: https://docs.gitlab.com/security/tokens/#token-prefixes
    (r"\bgl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|wt|soat|ffct)-[A-Za-z0-9_.\-]{16,}", |_| true),
    // AWS access key ids, long-lived and temporary.
    (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", |_| true),
    // JSON Web Tokens.
    (r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*", |_| true),
    // User information in a URL: user:password@, token@.
    (r#"(?P<before>\b[A-Za-z][A-Za-z0-9+.\-]*://)[^/?#\s"'@]+(?P<after>@)"#, |_| true),
    // key=value and "key": "value".
    (
        r#"(?i)(?P<before>\b(?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?token|private[_-]?token|refresh[_-]?token|client[_-]?secret|aws_secret_access_key|secret_?access_?key|session_?token|x-amz-(?:signature|credential))"?\s*[=:]\s*"?)(?:\[redacted\]|[^\s"',;&\])}]+)"#,
        |_| true,
    ),
];

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let compile = |(pattern, applies): &(&str, Applies)| {
        // None of them fails; a test counts.
        Regex::new(pattern).ok().map(|pattern| Shape { pattern, applies: *applies })
    };
    PATTERNS.iter().filter_map(compile).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(SHAPES.len(), PATTERNS.len());
    }

    #[test]
    fn what_has_the_shape_of_a_token_goes() {
        let redactor = Redactor::new();
        for (text, wanted) in [
            ("token ghp_abcdefghijklmnopqrstuvwxyz012345 used", "token [redacted] used"),
            ("GITHUB_TOKEN_ghs_ABCdef0123456789abcd", "GITHUB_TOKEN_[redacted]"),
            ("github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz", "[redacted]"),
            ("glpat-abcDEF123456_-7890x.01.abc", "[redacted]"),
            ("key AKIAIOSFODNN7EXAMPLE.", "key [redacted]."),
            ("Authorization: Bearer abc.def.ghi", "Authorization: [redacted]"),
            (r#"{"authorization": "token abcdef", "accept": "json"}"#, r#"{"authorization": "[redacted]", "accept": "json"}"#),
            ("authorization: AWS4-HMAC-SHA256 Credential=x, Signature=y\naccept: json", "authorization: [redacted]\naccept: json"),
            ("sent Bearer 0123456789abcdef today", "sent Bearer [redacted] today"),
            ("sent Basic bWlyYTpzZWNyZXQ= today", "sent Basic [redacted] today"),
            ("PRIVATE-TOKEN: abcdef", "PRIVATE-TOKEN: [redacted]"),
            ("https://mira:hunter2@ci.example.org/job/x", "https://[redacted]@ci.example.org/job/x"),
            ("GET /a?access_token=abc&page=2", "GET /a?access_token=[redacted]&page=2"),
            (r#"{"password":"hunter2","user":"mira"}"#, r#"{"password":"[redacted]","user":"mira"}"#),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[redacted]"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest", "[redacted]\nrest"),
        ] {
            assert_eq!(redactor.redact(text), wanted);
            assert_eq!(redactor.redact(wanted), wanted, "twice is the same as once");
        }
    }

    #[test]
    fn ordinary_words_stay() {
        let redactor = Redactor::new();
        for text in [
            "Bearer authentication is asked for",
            "Basic information about 1.4.0",
            "run 36 of acme/shop at https://github.com/acme/shop/actions/runs/36?check=1",
            "the token of GitHub expired; mail mira@example.org",
            "check home: 503 instead of 200 to 299",
            "deploy.yml@v1.4.0",
        ] {
            assert!(matches!(redactor.redact(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn a_registered_secret_goes_in_every_spelling() {
        let redactor = Redactor::new();
        let (secret, longer) = ("s3cr\"t/wörd", "s3cr\"t/wörd-and-more");
        redactor.clone().register(&SecretString::from(secret));
        redactor.register(&SecretString::from(longer));
        redactor.register(&SecretString::from(secret));
        for text in [secret.to_owned(), longer.to_owned(), format!("{secret:?}"), percent_encoded(secret), format!("a {secret} b {secret}")]
        {
            let redacted = redactor.redact(&text);
            assert!(redacted.contains(REDACTED), "{text}");
            assert!(!redacted.contains("s3cr") && !redacted.contains("and-more"), "{text} became {redacted}");
        }
        assert!(!format!("{redactor:?}").contains("s3cr"));
    }

    #[test]
    fn a_secret_too_short_to_be_found_does_no_harm() {
        let redactor = Redactor::new();
        redactor.register(&SecretString::from("a"));
        redactor.register(&SecretString::from(""));
        assert_eq!(redactor.redact("a cat"), "a cat");
    }
}
