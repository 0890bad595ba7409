//! Whether a token may read the issues that rounds of acceptance tests read with it. A provider's own look at a token can't know: it is
//! asked about the account, and some tokens are made for a list of rights.
//!
//! Must not write anything to see whether it may: whether issues can be written shows when the first one is.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::ProviderErrorKind;
use crate::ports::provider::{Capability, IssueSearch, Provider, VerifiedAccount};
use pilothouse_domain::connection::Connection;

/// So many repositories at most are asked.
const MOST: usize = 10;

impl Engine {
    /// What was verified, with the rights to issues that are missing where open rounds read them.
    pub(super) async fn with_issue_rights(
        &self,
        connection: &Connection,
        client: &dyn Provider,
        mut verified: VerifiedAccount,
    ) -> Result<VerifiedAccount, EngineError> {
        if !self.capabilities(connection.kind).has(Capability::Issues) {
            return Ok(verified);
        }
        let places = self.tracked_places().await?;
        for place in places.iter().filter(|place| place.connection_id == connection.id).take(MOST) {
            let search = IssueSearch { label: None, changed_since: Some(self.now()) };
            match client.issues(&place.repository, &search).await {
                Err(error) if matches!(error.kind, ProviderErrorKind::Forbidden | ProviderErrorKind::NotFound) => {
                    verified.missing.push(format!("Issues: read and write, in {}", place.repository));
                }
                // That it could not be asked says nothing about rights.
                Ok(_) | Err(_) => {}
            }
        }
        Ok(verified)
    }
}
