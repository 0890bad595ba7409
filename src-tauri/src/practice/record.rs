//! What is remembered of the practice range between starts: a small file in the data folder. Must not hold its token, which is in
//! the keychain like every other.

use pilothouse_api::{Api, ApiError, ErrorCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

const FILE: &str = "practice-range.json";

/// What was made for the range.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Where its ports begin.
    pub(super) port_base: Option<u16>,
    /// The connection to it.
    pub(super) connection_id: Option<String>,
    /// The product on it.
    pub(super) product_id: Option<String>,
    /// What was made for its other providers, by their kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) elsewhere: BTreeMap<String, Made>,
}

/// What was made for one of its other providers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Made {
    /// The connection to it.
    pub(super) connection_id: String,
    /// The product over it.
    pub(super) product_id: Option<String>,
}

impl Record {
    /// What is remembered; nothing where that can't be read, since it can all be made anew.
    pub(super) fn read(data: &Path) -> Self {
        let text = std::fs::read(data.join(FILE)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Remembers this, in one step.
    pub(super) fn write(&self, data: &Path) -> Result<(), ApiError> {
        let (draft, file) = (data.join("practice-range.json.new"), data.join(FILE));
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        std::fs::write(&draft, text).and_then(|()| std::fs::rename(&draft, &file)).map_err(|error| {
            ApiError::new(
                ErrorCode::Internal,
                format!("{} can't be written: {error}", file.display()),
                "Make room, or make the data folder writable, then try again.",
            )
        })
    }

    /// Without what a person has removed meanwhile. Without its connection the range may take other ports.
    pub(super) async fn known_to(mut self, api: &Api) -> Result<Self, ApiError> {
        let connections = api.list_connections().await?;
        if !self.connection_id.as_ref().is_some_and(|id| connections.iter().any(|c| c.id == *id)) {
            return Ok(Self::default());
        }
        let products = api.list_products().await?;
        let is_there = |id: &String| products.iter().any(|p| p.id == *id);
        self.product_id = self.product_id.filter(is_there);
        self.elsewhere.retain(|_, made| connections.iter().any(|c| c.id == made.connection_id));
        for made in self.elsewhere.values_mut() {
            made.product_id = made.product_id.take().filter(is_there);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_broken_is_forgotten() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(Record::read(data.path()), Record::default());
        let made = Made { connection_id: "g".to_owned(), product_id: Some("p".to_owned()) };
        let record = Record {
            port_base: Some(47_100),
            connection_id: Some("c".to_owned()),
            product_id: None,
            elsewhere: BTreeMap::from([("gitlab".to_owned(), made)]),
        };
        record.write(data.path()).unwrap();
        assert_eq!(Record::read(data.path()), record);
        std::fs::write(data.path().join(FILE), "{").unwrap();
        assert_eq!(Record::read(data.path()), Record::default());
    }

    #[test]
    fn a_folder_that_is_gone_is_told() {
        let data = tempfile::tempdir().unwrap();
        let error = Record::default().write(&data.path().join("gone")).unwrap_err();
        assert!(error.message.contains(FILE), "{error}");
    }
}
