//! Who may do what at the range's Jenkins: users with an API token or a password, and the crumbs and sessions of those with a
//! password. Worth nothing anywhere else.

use std::collections::BTreeMap;

use base64::Engine as _;
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::people::LOGIN;
use crate::tokens::random;

/// Name of the session's cookie, as Jetty makes it.
const COOKIE: &str = "JSESSIONID.range";

/// A user with one of its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JenkinsAccount {
    /// The user id.
    pub user: String,
    /// API token or password.
    pub secret: String,
}

/// The practice accounts. They are meant to be shown: they open this range and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JenkinsAccounts {
    /// May do everything, with an API token: needs no crumb.
    pub full: JenkinsAccount,
    /// The same user with the password: needs a crumb and its session for every POST.
    pub password: JenkinsAccount,
    /// Overall/Read and Job/Read: a write answers 403 and names the permission that is missing.
    pub read_only: JenkinsAccount,
    /// Overall/Read alone: sees no job, and every job answers 404.
    pub blind: JenkinsAccount,
    /// Was valid once: 401.
    pub expired: JenkinsAccount,
}

/// Who a request is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visitor {
    Full { by_password: bool },
    Reader,
    Blind,
    Anonymous,
}

impl Visitor {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Full { .. } => LOGIN,
            Self::Reader => "reader",
            Self::Blind => "visitor",
            Self::Anonymous => "anonymous",
        }
    }
}

impl JenkinsAccounts {
    pub(crate) fn make() -> Self {
        let account = |user: &str, secret: String| JenkinsAccount { user: user.to_owned(), secret };
        Self {
            full: account(LOGIN, token()),
            password: account(LOGIN, format!("pass-{}", random(20))),
            read_only: account(Visitor::Reader.id(), token()),
            blind: account(Visitor::Blind.id(), token()),
            expired: account(LOGIN, token()),
        }
    }

    /// Who an `Authorization` header speaks for; `None` where the secret is wrong.
    pub(crate) fn visitor(&self, headers: &HeaderMap) -> Option<Visitor> {
        let Some(header) = headers.get(header::AUTHORIZATION) else {
            return Some(Visitor::Anonymous);
        };
        let packed = header.to_str().ok()?.strip_prefix("Basic ")?;
        let text = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(packed).ok()?).ok()?;
        let (user, secret) = text.split_once(':')?;
        let is = |account: &JenkinsAccount| account.user == user && account.secret == secret;
        match () {
            () if is(&self.full) => Some(Visitor::Full { by_password: false }),
            () if is(&self.password) => Some(Visitor::Full { by_password: true }),
            () if is(&self.read_only) => Some(Visitor::Reader),
            () if is(&self.blind) => Some(Visitor::Blind),
            () => None,
        }
    }
}

/// Sessions with their crumb.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    crumbs: BTreeMap<String, String>,
}

impl Sessions {
    /// Opens a session: its crumb and its `Set-Cookie`.
    pub(crate) fn open(&mut self) -> (String, String) {
        let (session, crumb) = (random(32), hex(&random(32), 64));
        self.crumbs.insert(session.clone(), crumb.clone());
        (crumb, format!("{COOKIE}={session}; Path=/jenkins; Secure; HttpOnly"))
    }

    /// Whether a POST carries the crumb of its session.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let prefix = format!("{COOKIE}=");
        let session = text("cookie").split(';').find_map(|pair| pair.trim().strip_prefix(prefix.as_str()));
        session.and_then(|session| self.crumbs.get(session)).is_some_and(|crumb| crumb == text("jenkins-crumb"))
    }

    /// Ends every session, as a restart does.
    pub(crate) fn end_all(&mut self) {
        self.crumbs.clear();
    }
}

/// As Jenkins makes them: `11` and 32 hexadecimal digits.
fn token() -> String {
    format!("11{}", hex(&random(32), 32))
}

fn hex(seed: &str, length: usize) -> String {
    let digest = Sha256::digest(seed.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().chars().take(length).collect()
}
