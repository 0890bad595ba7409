//! What is left of the budgets of calls, for people to see.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::RateLimit;
use crate::ports::store::{ConnectionBudget, Write};
use pilothouse_domain::{Actor, ConnectionId, Timestamp};
use std::collections::HashMap;
use std::time::Duration;

/// How often a budget is written down for other hosts.
const KEPT_EVERY: Duration = Duration::from_secs(300);

impl Engine {
    /// The budget of calls of each connection, as far as its provider tells one and its period still runs: what this host was told,
    /// else what another one was.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn connection_budgets(&self) -> Result<HashMap<ConnectionId, RateLimit>, EngineError> {
        let now = self.now();
        let kept = self.store().connection_budgets().await?;
        let kept = kept.into_iter().filter(|kept| kept.rate_limit.resets_at > now).map(|kept| (kept.connection_id, kept.rate_limit));
        let mut budgets: HashMap<ConnectionId, RateLimit> = kept.collect();
        for connection in self.store().connections().await? {
            if let Some(told) = self.budgets.budget(connection.id, now) {
                budgets.insert(connection.id, told);
            }
        }
        Ok(budgets)
    }

    /// Until when a connection's provider takes no calls, as far as this host knows.
    #[must_use]
    pub fn paused_until(&self, connection: ConnectionId) -> Option<Timestamp> {
        self.budgets.paused_until(connection, self.now())
    }

    /// Writes a budget down now and then, for hosts that don't ask the provider themselves.
    pub(crate) async fn keep_budget(&self, connection: ConnectionId) {
        let now = self.now();
        let Some(rate_limit) = self.budgets.budget(connection, now) else { return };
        let kept: Result<(), EngineError> = async {
            let known = self.store().connection_budgets().await?.into_iter().find(|known| known.connection_id == connection);
            let is_fresh = |known: &ConnectionBudget| {
                known.told_at <= now && now.since(known.told_at) < KEPT_EVERY && known.rate_limit.limit == rate_limit.limit
            };
            if known.as_ref().is_some_and(is_fresh) {
                return Ok(());
            }
            let mut change = self.change(&Actor::Engine);
            change.write(Write::ConnectionBudget(ConnectionBudget { connection_id: connection, rate_limit, told_at: now }));
            self.ports.store.commit(change.into_set()).await?;
            Ok(())
        }
        .await;
        if let Err(error) = kept {
            tracing::info!(%connection, %error, "a budget of calls could not be written down");
        }
    }
}
