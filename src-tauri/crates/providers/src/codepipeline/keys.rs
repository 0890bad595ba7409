//! The keys of a connection: the access key id from its settings, and what the keychain holds, which is a secret access key or
//! JSON with a session token beside it. Must not put a secret anywhere but into the credentials of a client.

use crate::failure::invalid;
use crate::redaction::clean;
use aws_sdk_codepipeline::config::Credentials;
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::ProviderError;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Keys that were given, or lent for an hour by a role.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) access_key_id: String,
    secret: SecretString,
    session: Option<SecretString>,
    pub(super) expires_at: Option<Timestamp>,
}

/// What the keychain holds beside a bare secret access key. The second name of each field is the one that the AWS command line
/// prints for temporary keys.
#[derive(Deserialize)]
struct Kept {
    #[serde(alias = "SecretAccessKey")]
    secret_access_key: String,
    #[serde(default, alias = "SessionToken")]
    session_token: Option<String>,
    #[serde(default, alias = "Expiration")]
    expiration: Option<String>,
}

/// What the keychain keeps of temporary keys: one entry, as [`Keys::read`] reads it. Parts that are documents of their own stay as
/// they are.
pub(crate) fn temporary(secret_access_key: &SecretString, session_token: &SecretString) -> SecretString {
    let (key, session) = (secret_access_key.expose_secret().trim(), session_token.expose_secret().trim());
    if session.is_empty() || key.starts_with('{') {
        return secret_access_key.clone();
    }
    SecretString::from(serde_json::json!({ "secret_access_key": key, "session_token": session }).to_string())
}

impl Keys {
    /// Reads what a connection has.
    pub(super) fn read(access_key_id: Option<&str>, kept: &SecretString) -> Result<Self, ProviderError> {
        let id = access_key_id.map(str::trim).unwrap_or_default();
        if id.is_empty() || id.len() > 128 || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(invalid(
                "The connection has no usable access key id.",
                "Enter the access key id, such as AKIA…, as the connection's user; the secret access key is kept apart from it.",
            ));
        }
        let text = kept.expose_secret().trim();
        let kept = if text.starts_with('{') {
            serde_json::from_str(text).map_err(|_| {
                // serde's words could quote the secret.
                invalid("The kept keys can't be read as JSON.", "Write {\"secret_access_key\": \"…\", \"session_token\": \"…\"}.")
            })?
        } else {
            Kept { secret_access_key: text.to_owned(), session_token: None, expiration: None }
        };
        let session = kept.session_token.filter(|token| !token.trim().is_empty());
        let is_good = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
        if !is_good(&kept.secret_access_key) || !session.as_deref().is_none_or(is_good) {
            return Err(invalid(
                "The secret access key or the session token holds characters that none has.",
                "Copy it again, without spaces or line breaks.",
            ));
        }
        if session.is_none() && id.starts_with("ASIA") {
            return Err(invalid(
                format!("{id} is a temporary key, and its session token is missing."),
                "Enter the session token that came with it.",
            ));
        }
        Ok(Self {
            access_key_id: id.to_owned(),
            secret: kept.secret_access_key.into(),
            session: session.map(Into::into),
            expires_at: kept.expiration.as_deref().and_then(Timestamp::parse),
        })
    }

    /// Keys that a role has lent.
    pub(super) fn lent(access_key_id: String, secret: SecretString, session: SecretString, expires_at: Option<Timestamp>) -> Self {
        Self { access_key_id, secret, session: Some(session), expires_at }
    }

    /// As the SDK wants them.
    pub(super) fn credentials(&self) -> Credentials {
        let session = self.session.as_ref().map(|token| token.expose_secret().to_owned());
        // No end: whether they have ended is asked of AWS, whose clock counts.
        Credentials::new(&self.access_key_id, self.secret.expose_secret(), session, None, "pilothouse")
    }

    /// `text` made fit to be shown: without the secrets.
    pub(super) fn clean(&self, text: &str) -> String {
        let text = clean(text, &self.secret);
        match &self.session {
            Some(token) => clean(&text, token),
            None => text,
        }
    }

    /// For [`crate::transport::no_answer`].
    pub(super) const fn secret(&self) -> &SecretString {
        &self.secret
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_bare_key_and_both_forms_of_temporary_ones_are_read() {
        let bare = Keys::read(Some("AKIAEXAMPLE"), &SecretString::from(" wJalr/K7+=\n")).unwrap();
        assert_eq!(bare.clean("a wJalr/K7+= b"), "a [secret] b");
        for text in [
            r#"{"secret_access_key":"sss","session_token":"ttt","expiration":"2026-12-01T10:00:00Z"}"#,
            r#"{"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"sss","SessionToken":"ttt","Expiration":"2026-12-01T10:00:00Z"}"#,
        ] {
            let keys = Keys::read(Some("ASIAEXAMPLE"), &SecretString::from(text)).unwrap();
            assert_eq!(keys.clean("sss ttt"), "[secret] [secret]");
            assert_eq!(keys.expires_at, Timestamp::parse("2026-12-01T10:00:00Z"));
            assert!(!format!("{keys:?} {:?}", keys.credentials()).contains("sss"), "{keys:?}");
            assert!(!format!("{keys:?} {:?}", keys.credentials()).contains("ttt"), "{keys:?}");
        }
    }

    #[test]
    fn what_can_not_work_is_refused_without_a_word_of_the_secret() {
        for (id, secret) in [
            (None, "sss"),
            (Some("AKIA EXAMPLE"), "sss"),
            (Some("AKIAEXAMPLE"), ""),
            (Some("AKIAEXAMPLE"), "s s"),
            (Some("AKIAEXAMPLE"), r#"{"secret_access_key":"#),
            (Some("AKIAEXAMPLE"), r#"{"secret_access_key":7, "sss":1}"#),
            (Some("ASIAEXAMPLE"), "sss"),
        ] {
            let error = Keys::read(id, &SecretString::from(secret)).unwrap_err();
            assert!(!format!("{error:?}").contains("sss"), "{error:?}");
        }
    }
}
