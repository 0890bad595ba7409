//! How a connection reaches its server through a company's network: whose certificates it trusts, who it says it is, which proxy
//! it takes and how long it waits. Nothing here is secret: a private key or a proxy's password lies in the keychain.

use crate::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// How long connecting may take, in seconds.
pub const CONNECT_TIMEOUT_S: RangeInclusive<u16> = 1..=120;
/// How long a whole call may take, in seconds.
pub const CALL_TIMEOUT_S: RangeInclusive<u16> = 5..=600;

/// What a connection's network asks for. All of it may be left out: then the operating system's trust and proxies hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkSettings {
    /// Certificates of authorities (PEM) that are trusted beside those of the operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_certificates: Option<String>,
    /// The certificate (PEM, those of its issuers behind it) with which we say who we are. Its key lies in the keychain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<String>,
    /// The one certificate that the server must show, trusted by a person whoever issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted: Option<Certificate>,
    /// The proxy to take in place of the system's: `http://`, `https://`, `socks5://` or `socks5h://`, without a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Who we are at that proxy. The password lies in the keychain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_user: Option<String>,
    /// How long connecting may take, in seconds; in [`CONNECT_TIMEOUT_S`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_timeout_s: Option<u16>,
    /// How long a whole call may take, in seconds; in [`CALL_TIMEOUT_S`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_timeout_s: Option<u16>,
}

impl NetworkSettings {
    /// True where nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How long connecting may take, where that is set.
    #[must_use]
    pub fn connect_timeout(&self) -> Option<Duration> {
        self.connect_timeout_s.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// How long a whole call may take, where that is set.
    #[must_use]
    pub fn call_timeout(&self) -> Option<Duration> {
        self.call_timeout_s.map(|seconds| Duration::from_secs(seconds.into()))
    }
}

/// What a certificate (RFC 5280) says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Certificate {
    /// Whose it is: `CN=ci.example.com`.
    pub subject: String,
    /// Who has signed it; the same as the subject where it has signed itself.
    pub issuer: String,
    /// The SHA-256 of the whole of it.
    pub fingerprint: Fingerprint,
    /// From when on it is good.
    pub not_before: Timestamp,
    /// Until when it is good.
    pub not_after: Timestamp,
    /// The host names and addresses that it is for; at most a few are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

impl Certificate {
    /// Whether it has signed itself.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.subject == self.issuer
    }
}

/// The SHA-256 of a certificate, written as people compare it: `AB:CD:…`, 32 pairs.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// That of a certificate in DER.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, byte) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(":")?;
            }
            write!(f, "{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is no SHA-256 fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that is no SHA-256 fingerprint: 64 hexadecimal digits are expected, in pairs with colons or without")]
pub struct InvalidFingerprint;

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    /// Reads upper or lower case, with colons, spaces or without, also behind openssl's `sha256 Fingerprint=`.
    fn from_str(text: &str) -> Result<Self, InvalidFingerprint> {
        let text = text.rsplit_once('=').map_or(text, |(_, digits)| digits);
        let digits: Vec<char> = text.chars().filter(|c| !matches!(c, ':' | ' ' | '\n' | '\t' | '\r')).collect();
        let mut bytes = [0_u8; 32];
        if digits.len() != 64 {
            return Err(InvalidFingerprint);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let digit = |n: usize| pair.get(n).and_then(|c| c.to_digit(16)).and_then(|d| u8::try_from(d).ok()).ok_or(InvalidFingerprint);
            *byte = digit(0)? * 16 + digit(1)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_fingerprint_is_read_however_people_have_it() {
        let print = Fingerprint::of(b"a certificate");
        let shown = print.to_string();
        assert_eq!((shown.len(), shown.matches(':').count()), (95, 31));
        for text in [shown.clone(), shown.to_lowercase(), shown.replace(':', ""), format!("sha256 Fingerprint={shown}\n")] {
            assert_eq!(text.parse::<Fingerprint>().unwrap(), print, "{text}");
        }
        for text in ["", "AB:CD", &shown[3..], &format!("{shown}:00"), &shown.replace(&shown[..1], "G")] {
            assert_eq!(text.parse::<Fingerprint>(), Err(InvalidFingerprint), "{text}");
        }
        assert_eq!(serde_json::from_str::<Fingerprint>(&serde_json::to_string(&print).unwrap()).unwrap(), print);
    }

    #[test]
    fn settings_of_before_are_read_and_empty_ones_are_not_written() {
        let old: NetworkSettings = serde_json::from_str("{}").unwrap();
        assert!(old.is_empty());
        assert_eq!(serde_json::to_string(&old).unwrap(), "{}");
        let slow = NetworkSettings { call_timeout_s: Some(90), ..old };
        assert_eq!(slow.call_timeout(), Some(Duration::from_secs(90)));
    }
}
