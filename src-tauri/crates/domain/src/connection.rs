//! A connection: an account at a provider. The row holds what may be seen; the secret lies in the keychain under the
//! connection's id and never passes through here.

use crate::network::NetworkSettings;
use crate::{ConnectionId, Timestamp};
use serde::{Deserialize, Serialize};

/// Which provider's API a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProviderKind {
    /// GitHub Actions, on github.com or an Enterprise Server.
    Github,
    /// GitLab CI, on gitlab.com or an instance of one's own.
    Gitlab,
    /// A Jenkins controller.
    Jenkins,
    /// AWS CodePipeline in one region of an account.
    Codepipeline,
}

impl ProviderKind {
    /// Every kind that this build knows.
    pub const ALL: &'static [Self] = &[Self::Github, Self::Gitlab, Self::Jenkins, Self::Codepipeline];

    /// The word in the database and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Jenkins => "jenkins",
            Self::Codepipeline => "codepipeline",
        }
    }

    /// The name that people know.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Jenkins => "Jenkins",
            Self::Codepipeline => "AWS CodePipeline",
        }
    }

    /// The kind with this [`word`](Self::word).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }
}

/// An account at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id, also the keychain entry's name.
    pub id: ConnectionId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// Which API it speaks.
    pub kind: ProviderKind,
    /// The name in the window.
    pub name: String,
    /// Base URL of the API, without a trailing slash: `https://api.github.com`, `https://HOST/api/v3`.
    pub base_url: String,
    /// What else its kind needs to know. No secret.
    #[serde(default, skip_serializing_if = "ConnectionSettings::is_empty")]
    pub settings: ConnectionSettings,
    /// What the last verification found.
    pub status: ConnectionStatus,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What a connection needs to know beside its base URL. Nothing here is secret: it may be shown, logged and exported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectionSettings {
    /// Who signs in: Jenkins's user id, the id of an AWS access key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The AWS region: `eu-central-1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The ARN of an AWS role to take on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The name of a profile in AWS's own files on this computer, whose keys are read there at each use and kept nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// How its server is reached.
    #[serde(skip_serializing_if = "NetworkSettings::is_empty")]
    pub network: NetworkSettings,
}

impl ConnectionSettings {
    /// True where nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the last verification of a connection found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// Not asked yet.
    Unverified,
    /// The provider knows the account, and nothing that we need is missing.
    Valid {
        /// Who we are there.
        account: Account,
    },
    /// The provider knows the account, but the token may not do all that is needed.
    Limited {
        /// Who we are there.
        account: Account,
        /// What is missing, in the provider's words for it.
        missing: Vec<String>,
    },
    /// The provider refuses the token: wrong, expired or revoked.
    Refused {
        /// What the provider said.
        reason: String,
        /// When that was seen first.
        since: Timestamp,
    },
}

impl ConnectionStatus {
    /// The account, where one is known.
    #[must_use]
    pub const fn account(&self) -> Option<&Account> {
        match self {
            Self::Valid { account } | Self::Limited { account, .. } => Some(account),
            Self::Unverified | Self::Refused { .. } => None,
        }
    }
}

/// An identity at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Login name.
    pub login: String,
    /// Granted scopes, as the provider names them; empty where it doesn't tell (fine-grained tokens).
    pub scopes: Vec<String>,
    /// When the token stops working, where the provider tells.
    pub expires_at: Option<Timestamp>,
}
