//! One request and what came of it: as it is judged ([`Answer`]) and as it is kept ([`Exchange`]), which is bounded and holds no secret.
//! Must not be kept as it came.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Bytes of a body that are kept.
pub const KEPT_BODY: usize = 16 * 1024;
/// Characters of a header's value that are kept.
pub const KEPT_HEADER: usize = 1_000;
/// Headers of a message that are kept.
pub const KEPT_HEADERS: usize = 60;

/// The answer to a step's request, as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body.
    pub body: Vec<u8>,
    /// Whether there is more of it.
    pub is_cut: bool,
    /// The redirects that were followed to it.
    pub redirects: Vec<Redirect>,
    /// Until when the certificate that was presented last is valid; `None` over plain HTTP.
    pub certificate_until: Option<Timestamp>,
    /// Microseconds until the whole answer was there, redirects and all.
    pub took_us: u32,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// True where the fault is on our side: nothing is known about the target.
    pub is_ours: bool,
    /// Why, in words without a secret.
    pub reason: String,
    /// Microseconds until that was clear.
    pub took_us: u32,
}

/// One request with what came of it, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Which step, from 0.
    pub step: u16,
    /// Which attempt of it, from 1.
    pub attempt: u16,
    /// When it was sent.
    pub at: Timestamp,
    /// What was sent.
    pub request: RecordedRequest,
    /// What came back.
    pub response: Option<RecordedResponse>,
    /// Why nothing came back.
    pub fault: Option<String>,
    /// Microseconds from the first byte sent to the last received.
    pub took_us: u32,
}

/// A request as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Where to.
    pub url: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Option<RecordedBody>,
}

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedResponse {
    /// The status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: RecordedBody,
    /// The redirects that were followed to it.
    pub redirects: Vec<Redirect>,
    /// Until when the certificate is valid; `None` over plain HTTP.
    pub certificate_until: Option<Timestamp>,
}

/// The beginning of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedBody {
    /// As text; empty where it is none.
    pub text: String,
    /// Bytes that were read.
    pub bytes: u32,
    /// Whether there was more than is kept here.
    pub is_cut: bool,
    /// Whether it is no text.
    pub is_binary: bool,
}

/// A redirect that was followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// Its status.
    pub status: u16,
    /// Where it led.
    pub to: String,
}

impl Answer {
    /// The values of a header, by its name in any case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}
