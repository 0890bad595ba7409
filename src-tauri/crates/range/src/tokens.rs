//! The tokens of one range: made at random for it, worth nothing anywhere else, and known by what they may do.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The practice tokens. They are meant to be shown: they open this range and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Classic, scopes `repo, workflow, read:org`: may do everything.
    pub full: String,
    /// Fine-grained, read permissions only: a write answers 403 and names the permission that is missing.
    pub read_only: String,
    /// Classic without the scope `repo`: the account answers, the repository is invisible (404).
    pub no_repo: String,
    /// Was valid once: 401.
    pub expired: String,
}

/// Whose token a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Full,
    ReadOnly,
    NoRepo,
    /// No token at all.
    Nobody,
}

impl Tokens {
    /// Personal access tokens as GitLab makes them, with the scopes `api`, `read_api`, `read_user` in this order.
    pub(crate) fn make_for_gitlab() -> Self {
        let token = || format!("glpat-{}", random(20));
        Self { full: token(), read_only: token(), no_repo: token(), expired: token() }
    }

    pub(crate) fn make() -> Self {
        Self {
            full: format!("ghp_{}", random(36)),
            read_only: format!("github_pat_{}_{}", random(22), random(59)),
            no_repo: format!("ghp_{}", random(36)),
            expired: format!("ghp_{}", random(36)),
        }
    }

    /// Who an `Authorization` header speaks for. `None`: nobody that is known.
    pub(crate) fn caller(&self, header: Option<&str>) -> Option<Caller> {
        let Some(header) = header else {
            return Some(Caller::Nobody);
        };
        let (scheme, token) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") && !scheme.eq_ignore_ascii_case("token") {
            return None;
        }
        match token.trim() {
            token if token == self.full => Some(Caller::Full),
            token if token == self.read_only => Some(Caller::ReadOnly),
            token if token == self.no_repo => Some(Caller::NoRepo),
            _ => None,
        }
    }
}

/// Lower-case letters and digits from fresh random ids.
pub(crate) fn random(length: usize) -> String {
    let mut text = String::new();
    while text.len() < length {
        let digest = Sha256::digest(uuid::Uuid::now_v7().as_bytes());
        text.extend(digest.iter().map(|byte| char::from_digit(u32::from(*byte) % 36, 36).unwrap_or('0')));
    }
    text.truncate(length);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_apart() {
        let tokens = Tokens::make();
        assert_ne!(tokens, Tokens::make());
        assert_eq!(tokens.caller(Some(&format!("Bearer {}", tokens.full))), Some(Caller::Full));
        assert_eq!(tokens.caller(Some(&format!("token {}", tokens.read_only))), Some(Caller::ReadOnly));
        assert_eq!(tokens.caller(Some(&format!("Bearer {}", tokens.expired))), None);
        assert_eq!(tokens.caller(Some(&format!("Basic {}", tokens.full))), None);
        assert_eq!(tokens.caller(None), Some(Caller::Nobody));
    }
}
