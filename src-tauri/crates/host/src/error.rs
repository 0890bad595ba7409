//! Why a host can't be opened, with the way out.

use pilothouse_api::{ApiError, ErrorCode};
use pilothouse_engine::ports::StoreError;
use pilothouse_platform::PathsError;

/// Why a host can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// There is no folder for the data.
    #[error("Pilothouse has no folder for its data: {0}")]
    Paths(#[from] PathsError),
    /// The database can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing can be measured.
    #[error("nothing can be measured on this machine: {reason}")]
    Prober {
        /// What is missing.
        reason: String,
    },
}

impl From<HostError> for ApiError {
    fn from(error: HostError) -> Self {
        let message = error.to_string();
        match error {
            HostError::Paths(_) => Self::new(ErrorCode::Internal, message, "Make the folder usable, then try again."),
            HostError::Store(error) => error.into(),
            HostError::Prober { .. } => Self::new(ErrorCode::Internal, message, "Install the system's CA certificates, then try again."),
        }
    }
}
