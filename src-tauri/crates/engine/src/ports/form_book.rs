//! How the feedback form is served on this computer, and what came of it. Kept on the computer and not in the database, which several
//! computers may share: an address and a port of one mean nothing on another.
//!
//! An implementation only keeps. It must not open a port.

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};

/// How the form is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormSettings {
    /// Whether it is served at all.
    pub is_on: bool,
    /// On which address of this computer.
    pub address: IpAddr,
    /// On which port; 0 lets the system choose, for tests.
    pub port: u16,
    /// Under which address testers reach it, where that is another: `https://uat.example.com`. Without a path.
    pub public_url: Option<String>,
    /// The address of a proxy in front of it, where there is one that is believed: it tells from whom a request comes.
    #[serde(default)]
    pub trusted_proxy: Option<IpAddr>,
}

/// What came of serving it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormServed {
    /// The settings that this is about.
    pub settings: FormSettings,
    /// What came of them.
    pub outcome: FormOutcome,
}

/// What came of serving the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum FormOutcome {
    /// It listens.
    Listening {
        /// On this port.
        port: u16,
    },
    /// It can't.
    Failed {
        /// Why, in words.
        reason: String,
    },
    /// It was turned off, or whoever served it has ended.
    Stopped,
}

/// Why the settings can't be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FormBookError {
    /// What went wrong.
    pub message: String,
    /// What to do about it.
    pub next_step: String,
}

/// Keeps the settings, and what came of them, for every process on the data folder.
pub trait FormBook: Send + Sync {
    /// The settings now. Off where they can't be read.
    fn settings(&self) -> FormSettings;

    /// Keeps other ones.
    ///
    /// # Errors
    /// Where that can't be kept.
    fn set_settings(&self, settings: &FormSettings) -> Result<(), FormBookError>;

    /// What came of serving the form, as whoever serves it has said last.
    fn served(&self) -> Option<FormServed>;

    /// Says what came of it.
    ///
    /// # Errors
    /// Where that can't be kept.
    fn set_served(&self, served: &FormServed) -> Result<(), FormBookError>;
}

impl FormSettings {
    /// The port that the form has where nobody chooses another.
    pub const PORT: u16 = 8417;

    /// Where it listens: `127.0.0.1:8417`.
    #[must_use]
    pub fn place(&self) -> String {
        std::net::SocketAddr::new(self.address, self.port).to_string()
    }

    /// What a link of a tester begins with: without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.place()))
    }

    /// Whether computers other than this one can reach it by themselves.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        !self.address.is_loopback()
    }
}

impl Default for FormSettings {
    fn default() -> Self {
        Self { is_on: false, address: IpAddr::V4(Ipv4Addr::LOCALHOST), port: Self::PORT, public_url: None, trusted_proxy: None }
    }
}

/// Settings that are forgotten with the process: for hosts that serve no form, and for tests.
#[derive(Debug, Default)]
pub struct FormBookInMemory(Mutex<(FormSettings, Option<FormServed>)>);

impl FormBook for FormBookInMemory {
    fn settings(&self) -> FormSettings {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn set_settings(&self, settings: &FormSettings) -> Result<(), FormBookError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = settings.clone();
        Ok(())
    }

    fn served(&self) -> Option<FormServed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    fn set_served(&self, served: &FormServed) -> Result<(), FormBookError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = Some(served.clone());
        Ok(())
    }
}
