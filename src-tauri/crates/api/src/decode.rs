//! Reads what stands in requests: ids, times, versions. Says which field is wrong.

use crate::error::ApiError;
use pilothouse_domain::{Timestamp, Version};
use std::str::FromStr;

/// An id.
pub(crate) fn id<T: FromStr>(field: &str, text: &str) -> Result<T, ApiError> {
    text.trim().parse().map_err(|_| ApiError::invalid(field, format!("`{text}` is no id"), "Take the id as it is shown in a list."))
}

/// An id that may be left out. Empty text leaves it out too.
pub(crate) fn optional_id<T: FromStr>(field: &str, text: Option<&str>) -> Result<Option<T>, ApiError> {
    text.filter(|text| !text.trim().is_empty()).map(|text| id(field, text)).transpose()
}

/// A time.
pub(crate) fn time(field: &str, text: &str) -> Result<Timestamp, ApiError> {
    Timestamp::parse(text.trim()).ok_or_else(|| {
        ApiError::invalid(field, format!("`{text}` is no time"), "Write date, time and offset, such as 2026-11-24T08:00:00+01:00.")
    })
}

/// A version.
pub(crate) fn version(field: &str, text: &str) -> Result<Version, ApiError> {
    text.trim()
        .parse()
        .map_err(|error: pilothouse_domain::version::InvalidVersion| ApiError::invalid(field, error.to_string(), "Correct the version."))
}

/// A time as it goes out.
pub(crate) fn shown(at: Timestamp) -> String {
    at.to_string()
}
