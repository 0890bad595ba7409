//! Exit codes: 0 done, 1 failed, 2 usage or invalid input, 3 blocked by policy, 4 provider unreachable.

use pilothouse_api::{ApiError, ErrorCode};
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Done,
    /// It did not.
    Failed,
    /// It was asked for what can't be.
    Usage,
    /// Policy refuses it.
    Blocked,
    /// The provider can't be reached, or doesn't want to be for now.
    Unreachable,
}

impl Exit {
    /// How a command ends that meets this error.
    pub(crate) const fn of(error: &ApiError) -> Self {
        match error.code {
            ErrorCode::Invalid => Self::Usage,
            ErrorCode::Blocked => Self::Blocked,
            ErrorCode::ProviderUnreachable | ErrorCode::CertificateRefused | ErrorCode::RateLimited => Self::Unreachable,
            ErrorCode::NotFound
            | ErrorCode::Conflict
            | ErrorCode::Taken
            | ErrorCode::InUse
            | ErrorCode::Unauthorized
            | ErrorCode::Forbidden
            | ErrorCode::ProviderNotFound
            | ErrorCode::ProviderRefused
            | ErrorCode::KeychainUnavailable
            | ErrorCode::KeychainLocked
            | ErrorCode::NoSecret
            | ErrorCode::KeptInFile
            | ErrorCode::DatabaseFull
            | ErrorCode::DatabaseUnreachable
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::Internal => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Blocked => 3,
            Exit::Unreachable => 4,
        })
    }
}
