//! Whose turn it is to do what one host does for all, such as measuring: one at a time, by a lease in the store. Where that host
//! dies, another one takes over once the lease has run out. Must not do the work itself.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::Claimed;
use pilothouse_domain::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How long the work belongs to this host without a word from it.
const LEASE: Duration = Duration::from_secs(45);
/// How often that is renewed.
const RENEW: Duration = Duration::from_secs(15);
/// How long a host that stands by waits, at most, before it asks again.
const STAND_BY: Duration = Duration::from_secs(10);

/// What this host knows of its turn.
pub(crate) struct Turn {
    name: &'static str,
    is_ours: bool,
    ask_at: Option<Timestamp>,
    ends: TurnEnd,
}

/// When the turn ends unless it is renewed; shared with the work under way.
#[derive(Clone, Default)]
pub(crate) struct TurnEnd(Arc<AtomicI64>);

impl TurnEnd {
    /// Whether what is ready now still counts: after a sleep of the machine it may be another host's turn.
    pub(crate) fn is_to_come(&self, now: Timestamp) -> bool {
        now.as_micros() < self.0.load(Ordering::Relaxed)
    }

    fn set(&self, at: Option<Timestamp>) {
        self.0.store(at.map_or(0, Timestamp::as_micros), Ordering::Relaxed);
    }
}

/// What asking for the turn brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// It was ours and still is.
    Ours,
    /// It is ours from now on.
    OursAnew,
    /// It is somebody else's.
    Theirs,
}

impl Turn {
    /// A turn at the work that goes by this name in the store.
    pub(crate) fn at(name: &'static str) -> Self {
        Self { name, is_ours: false, ask_at: None, ends: TurnEnd::default() }
    }

    pub(crate) fn end(&self) -> TurnEnd {
        self.ends.clone()
    }

    /// When to ask again.
    pub(crate) fn ask_at(&self, now: Timestamp) -> Timestamp {
        self.ask_at.unwrap_or(now)
    }

    /// False where the clock was set back, too: then the moment is further off than it ever is.
    fn is_known(&self, now: Timestamp) -> bool {
        self.ask_at.is_some_and(|at| at > now && at <= now.plus(RENEW.max(STAND_BY)))
    }
}

impl Engine {
    /// Asks for the turn, or renews it, where that is due.
    pub(crate) async fn take_turn(&self, turn: &mut Turn) -> Result<Whose, EngineError> {
        let now = self.now();
        if turn.is_known(now) {
            return Ok(if turn.is_ours { Whose::Ours } else { Whose::Theirs });
        }
        let until = now.plus(LEASE);
        match self.ports.store.claim_lease(turn.name, &self.holder, now, until).await? {
            Claimed::Ours => {
                let was_ours = std::mem::replace(&mut turn.is_ours, true);
                turn.ask_at = Some(now.plus(RENEW));
                turn.ends.set(Some(until));
                Ok(if was_ours { Whose::Ours } else { Whose::OursAnew })
            }
            Claimed::Theirs { until } => {
                turn.is_ours = false;
                // Not sooner than in a second, whatever the other one's clock says.
                turn.ask_at = Some(until.min(now.plus(STAND_BY)).max(now.plus(Duration::from_secs(1))));
                turn.ends.set(None);
                Ok(Whose::Theirs)
            }
        }
    }

    /// Gives the turn up, so that another host need not wait for the lease to run out.
    pub(crate) async fn end_turn(&self, turn: &mut Turn) {
        turn.ends.set(None);
        turn.ask_at = None;
        if !std::mem::take(&mut turn.is_ours) {
            return;
        }
        if let Err(error) = self.ports.store.release_lease(turn.name, &self.holder).await {
            tracing::warn!(%error, work = turn.name, "it could not be handed over: another host begins once the lease has run out");
        }
    }
}
