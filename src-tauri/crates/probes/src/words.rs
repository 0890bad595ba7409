//! Why a measurement has no good answer, in words, and whose fault it is. The same fault gives the same words each time.

use crate::names::NotResolved;
use pilothouse_domain::check::Outcome;
use rustls::{CertificateError, Error as TlsError};
use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

/// No answer, or none that is as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Of this machine or its network: nothing is known of the target.
    Ours(String),
    /// Of the target, or of the way there.
    Target(String),
}

impl Fault {
    pub(crate) fn no_answer(within: Duration) -> Self {
        Self::Target(format!("no answer within {}", duration(within)))
    }

    /// What a client's error means.
    pub(crate) fn of(error: &reqwest::Error) -> Self {
        let causes = causes(error);
        if let Some(name) = find::<NotResolved>(&causes) {
            return Self::Ours(name.to_string());
        }
        if let Some(tls) = find::<TlsError>(&causes) {
            return Self::Target(tls_words(tls));
        }
        if let Some(fault) = causes.iter().rev().filter_map(|cause| cause.downcast_ref()).find_map(of_io) {
            return fault;
        }
        if let Some(protocol) = find::<hyper::Error>(&causes) {
            if protocol.is_incomplete_message() || protocol.is_closed() || protocol.is_canceled() {
                return Self::Target(CLOSED.to_owned());
            }
            if protocol.is_parse() {
                return Self::Target("the answer is no HTTP".to_owned());
            }
        }
        Self::Target(whole(error))
    }

    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Ours(words) | Self::Target(words) => words,
        }
    }

    pub(crate) fn into_outcome(self) -> Outcome {
        match self {
            Self::Ours(reason) => Outcome::NoData { reason },
            Self::Target(reason) => Outcome::Failed { reason },
        }
    }
}

const CLOSED: &str = "the connection was closed before an answer";

/// An error and what caused it, without the URL.
pub(crate) fn whole(error: &reqwest::Error) -> String {
    let causes = causes(error);
    let words: Vec<String> = causes.iter().skip(1).map(ToString::to_string).collect();
    if words.is_empty() { "the request failed".to_owned() } else { words.join(": ") }
}

/// An error and its causes, outermost first. Looks into I/O errors too, which hide the error that they carry from `source`.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    let deeper = |error: &&'e (dyn Error + 'static)| -> Option<&'e (dyn Error + 'static)> {
        let error: &'e (dyn Error + 'static) = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(carried) => Some(carried),
            None => error.source(),
        }
    };
    std::iter::successors(Some(error), deeper).take(16).collect()
}

fn find<'e, E: Error + 'static>(causes: &[&'e (dyn Error + 'static)]) -> Option<&'e E> {
    causes.iter().find_map(|cause| cause.downcast_ref())
}

fn of_io(error: &io::Error) -> Option<Fault> {
    if let Some(code) = error.raw_os_error()
        && let Some((_, words)) = EXHAUSTED.iter().find(|(known, _)| *known == code)
    {
        return Some(Fault::Ours((*words).to_owned()));
    }
    let target = |words: &str| Some(Fault::Target(words.to_owned()));
    let ours = |words: &str| Some(Fault::Ours(words.to_owned()));
    match error.kind() {
        ErrorKind::ConnectionRefused => target("connection refused"),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => target("the connection was reset"),
        ErrorKind::UnexpectedEof => target(CLOSED),
        ErrorKind::TimedOut => target("no answer to the attempt to connect"),
        // The last router before it, or this machine where it is next to it, finds nobody there.
        ErrorKind::HostUnreachable => target("the host can't be reached"),
        ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => ours("this machine has no network to there"),
        ErrorKind::AddrNotAvailable | ErrorKind::AddrInUse => ours("this machine has no free socket"),
        ErrorKind::PermissionDenied => ours("this machine doesn't allow the connection"),
        ErrorKind::OutOfMemory => ours("this machine is out of memory"),
        _ => None,
    }
}

/// What this machine can run out of, by the system's number (errno(3), Windows Sockets Error Codes).
const EXHAUSTED: &[(i32, &str)] = if cfg!(windows) {
    &[(10_024, "this machine has no free socket"), (10_055, "this machine is out of memory for connections")]
} else {
    &[
        (24, "this process has too many files open"),
        (23, "this machine has too many files open"),
        (if cfg!(target_os = "linux") { 105 } else { 55 }, "this machine is out of memory for connections"),
    ]
};

fn tls_words(error: &TlsError) -> String {
    match error {
        TlsError::InvalidCertificate(certificate) => match certificate {
            CertificateError::Expired => "the certificate has expired".to_owned(),
            CertificateError::ExpiredContext { not_after, .. } => match day(not_after.as_secs()) {
                Some(day) => format!("the certificate expired on {day}"),
                None => "the certificate has expired".to_owned(),
            },
            CertificateError::NotValidYet => "the certificate is not valid yet".to_owned(),
            CertificateError::NotValidYetContext { not_before, .. } => match day(not_before.as_secs()) {
                Some(day) => format!("the certificate is not valid before {day}"),
                None => "the certificate is not valid yet".to_owned(),
            },
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the certificate is for another name".to_owned()
            }
            CertificateError::UnknownIssuer => "the certificate is not trusted: its issuer is unknown to this system".to_owned(),
            CertificateError::Revoked => "the certificate was revoked".to_owned(),
            other => format!("the certificate is not valid: {other}"),
        },
        TlsError::NoCertificatesPresented => "no certificate was presented".to_owned(),
        TlsError::AlertReceived(alert) => format!("the TLS handshake was refused: {alert:?}"),
        TlsError::InvalidMessage(_) => "the answer is no TLS".to_owned(),
        TlsError::PeerIncompatible(_) => "there is no TLS version and cipher in common".to_owned(),
        other => format!("TLS failed: {other}"),
    }
}

fn day(unix_seconds: u64) -> Option<String> {
    let at = chrono::DateTime::from_timestamp(i64::try_from(unix_seconds).ok()?, 0)?;
    Some(at.format("%Y-%m-%d").to_string())
}

/// "2 s", "1.5 s", "250 ms".
pub(crate) fn duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    match (ms / 1_000, ms % 1_000) {
        (0, ms) => format!("{ms} ms"),
        (s, 0) => format!("{s} s"),
        (s, rest) => format!("{s}.{} s", format!("{rest:03}").trim_end_matches('0')),
    }
}

/// "200", "200 to 299".
pub(crate) fn range(min: u16, max: u16) -> String {
    if min == max { min.to_string() } else { format!("{min} to {max}") }
}

/// `text` in quotes, cut after 60 characters.
pub(crate) fn quoted(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(60).filter(|c| !c.is_control()).collect();
    format!("“{start}{}”", if chars.next().is_some() { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_says_nothing_about_the_target() {
        let ours = |error: &io::Error| matches!(of_io(error), Some(Fault::Ours(_)));
        assert!(ours(&ErrorKind::NetworkUnreachable.into()));
        assert!(ours(&ErrorKind::AddrNotAvailable.into()));
        assert!(!ours(&ErrorKind::HostUnreachable.into()));
        assert!(!ours(&ErrorKind::ConnectionRefused.into()));
        #[cfg(unix)]
        {
            assert!(ours(&io::Error::from_raw_os_error(24)), "EMFILE");
            assert!(ours(&io::Error::from_raw_os_error(23)), "ENFILE");
        }
    }

    #[test]
    fn durations_ranges_and_quotes_read_well() {
        assert_eq!(duration(Duration::from_millis(250)), "250 ms");
        assert_eq!(duration(Duration::from_secs(2)), "2 s");
        assert_eq!(duration(Duration::from_millis(1_500)), "1.5 s");
        assert_eq!(range(200, 299), "200 to 299");
        assert_eq!(range(204, 204), "204");
        assert_eq!(quoted("ok"), "“ok”");
        assert_eq!(quoted(&"x".repeat(70)), format!("“{}…”", "x".repeat(60)));
    }
}
