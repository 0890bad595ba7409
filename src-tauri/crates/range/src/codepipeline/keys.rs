//! The AWS keys of one range: made at random for it, worth nothing anywhere else; and the check that a request is signed with
//! them (Signature Version 4, <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>), written from the
//! specification, so that a client is not checked by its own library.

use std::fmt::Write as _;

use chrono::{NaiveDateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error::AwsError;
use crate::tokens::random;

/// The region that the range plays.
pub(crate) const REGION: &str = "eu-central-1";
/// The account that it plays.
pub(crate) const ACCOUNT: &str = "111122223333";
/// Id of the keys that may do everything.
const FULL_KEY_ID: &str = "AKIAPRACTICERANGE001";
/// How far a signature's time may be off.
const SKEW_MIN: i64 = 5;

/// One pair of keys, with a session token where they are temporary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsKey {
    /// E.g. `AKIA…`; temporary ones begin with `ASIA`.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
    /// Of temporary keys only.
    pub session_token: Option<String>,
}

/// The practice keys. They are meant to be shown: they open this range and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsKeys {
    /// May do everything, and may take on the role.
    pub full: AwsKey,
    /// May read: a write is denied and names the IAM action.
    pub read_only: AwsKey,
    /// Belong to an account without any permission.
    pub blind: AwsKey,
    /// Were valid once.
    pub expired: AwsKey,
    /// The role that `full` may take on.
    pub role: String,
}

/// Whose keys a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Full,
    ReadOnly,
    Blind,
    /// The keys that the role lends.
    Role,
}

impl AwsKey {
    fn make(prefix: &str, is_temporary: bool) -> Self {
        Self {
            access_key_id: format!("{prefix}{}", random(16).to_uppercase()),
            secret_access_key: random(40),
            session_token: is_temporary.then(|| random(120)),
        }
    }

    /// Keys that a role lends.
    pub(crate) fn lend() -> Self {
        Self::make("ASIA", true)
    }
}

impl AwsKeys {
    pub(crate) fn make() -> Self {
        Self {
            // Its id is the same at every start, as a user's name at the other providers is; its secret is not.
            full: AwsKey { access_key_id: FULL_KEY_ID.to_owned(), ..AwsKey::make("AKIA", false) },
            read_only: AwsKey::make("AKIA", false),
            blind: AwsKey::make("AKIA", false),
            expired: AwsKey::make("ASIA", true),
            role: format!("arn:aws:iam::{ACCOUNT}:role/release"),
        }
    }

    fn of(&self, id: &str, lent: &[AwsKey]) -> Option<(AwsKey, Option<Caller>)> {
        let own = [
            (&self.full, Some(Caller::Full)),
            (&self.read_only, Some(Caller::ReadOnly)),
            (&self.blind, Some(Caller::Blind)),
            (&self.expired, None),
        ];
        let found = own.into_iter().find(|(key, _)| key.access_key_id == id).map(|(key, caller)| (key.clone(), caller));
        found.or_else(|| lent.iter().find(|key| key.access_key_id == id).map(|key| (key.clone(), Some(Caller::Role))))
    }
}

impl Caller {
    /// The ARN that it goes by.
    pub(crate) fn arn(self) -> String {
        match self {
            Self::Full => format!("arn:aws:iam::{ACCOUNT}:user/noor-haddad"),
            Self::ReadOnly => format!("arn:aws:iam::{ACCOUNT}:user/auditor"),
            Self::Blind => format!("arn:aws:iam::{ACCOUNT}:user/newcomer"),
            Self::Role => format!("arn:aws:sts::{ACCOUNT}:assumed-role/release/pilothouse"),
        }
    }
}

/// A request as far as its signature covers it.
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) service: &'a str,
}

impl Signed<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Who signed it.
    pub(crate) fn caller(&self, keys: &AwsKeys, lent: &[AwsKey]) -> Result<Caller, AwsError> {
        let missing = || AwsError::new("MissingAuthenticationTokenException", "Missing Authentication Token");
        let incomplete = |what: &str| AwsError::new("IncompleteSignatureException", format!("Authorization header requires '{what}'."));
        let authorization = self.header("authorization").ok_or_else(missing)?;
        let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ").ok_or_else(missing)?;
        let field = |name: &str| fields.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        let credential = field("Credential").ok_or_else(|| incomplete("Credential"))?;
        let signed_headers = field("SignedHeaders").ok_or_else(|| incomplete("SignedHeaders"))?;
        let signature = field("Signature").ok_or_else(|| incomplete("Signature"))?;
        let parts: Vec<&str> = credential.split('/').collect();
        let [id, day, region, service, "aws4_request"] = parts.as_slice() else { return Err(incomplete("Credential")) };
        let unknown = || AwsError::new("UnrecognizedClientException", "The security token included in the request is invalid.");
        let (key, caller) = keys.of(id, lent).ok_or_else(unknown)?;
        if key.session_token.as_deref() != self.header("x-amz-security-token") {
            return Err(unknown());
        }
        let wrong = |why: String| AwsError::new("InvalidSignatureException", why);
        if *region != REGION || *service != self.service {
            return Err(wrong(format!("Credential should be scoped to a valid region, not '{region}'.")));
        }
        let time = self.header("x-amz-date").ok_or_else(|| incomplete("X-Amz-Date"))?;
        let at = NaiveDateTime::parse_from_str(time, "%Y%m%dT%H%M%SZ").map_err(|_| incomplete("X-Amz-Date"))?;
        if (Utc::now().naive_utc() - at).abs() > TimeDelta::minutes(SKEW_MIN) || !time.starts_with(day) {
            return Err(wrong(format!("Signature expired or not yet current: {time}")));
        }
        let scope = format!("{day}/{region}/{service}/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(self.canonical(signed_headers).as_bytes()));
        let mut signing = format!("AWS4{}", key.secret_access_key).into_bytes();
        for part in [*day, *region, *service, "aws4_request", text.as_str()] {
            signing = keyed(&signing, part.as_bytes());
        }
        if hex(&signing) != signature {
            return Err(wrong(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and \
                 signing method."
                    .to_owned(),
            ));
        }
        caller.ok_or_else(|| AwsError::new("ExpiredTokenException", "The security token included in the request is expired"))
    }

    /// The canonical request: one line each for method, path and query, the signed headers, their names, the digest of the body.
    fn canonical(&self, signed_headers: &str) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.method, self.path, self.query);
        for name in signed_headers.split(';') {
            let value = self.header(name).unwrap_or_default();
            let _ = writeln!(text, "{name}:{}", value.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        let _ = write!(text, "\n{signed_headers}\n{}", sha256(self.body));
        text
    }
}

fn keyed(key: &[u8], text: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
