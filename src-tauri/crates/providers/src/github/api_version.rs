//! Versions of GitHub's API (<https://docs.github.com/en/rest/about-the-rest-api/api-versions>). The newest one is spoken until a server
//! refuses it, as Enterprise Server up to 3.19 does.

use super::wire::ErrorBody;
use crate::answer::Answer;
use http::{HeaderName, StatusCode};

/// The header that chooses.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-github-api-version");

/// A version that we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApiVersion {
    /// 2022-11-28.
    V2022,
    /// 2026-03-10: a dispatch always names its run.
    V2026,
}

impl ApiVersion {
    /// As the header has it.
    pub(super) const fn header(self) -> &'static str {
        match self {
            Self::V2022 => "2022-11-28",
            Self::V2026 => "2026-03-10",
        }
    }

    /// The one before.
    pub(super) const fn older(self) -> Option<Self> {
        match self {
            Self::V2022 => None,
            Self::V2026 => Some(Self::V2022),
        }
    }
}

/// True where a server turns a request away because it doesn't know the version. It says 400 then, before it looks at the request; the
/// words are not documented but that they speak of a version.
pub(super) fn is_refused(answer: &Answer) -> bool {
    answer.status == StatusCode::BAD_REQUEST && ErrorBody::read(&answer.body).words().to_ascii_lowercase().contains("version")
}
