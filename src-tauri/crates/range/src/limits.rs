//! The primary rate limit: a count per hour. The secondary limits are faults only.

use std::sync::Mutex;

use chrono::Utc;

use crate::lock::lock;

const HOUR_S: i64 = 3600;

/// Counts requests against an hourly limit.
#[derive(Debug)]
pub(crate) struct Limits {
    limit: u32,
    window: Mutex<Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    used: u32,
    /// Epoch second at which the count starts again.
    reset: i64,
}

/// Where the count stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) limit: u32,
    pub(crate) used: u32,
    pub(crate) remaining: u32,
    /// Epoch second.
    pub(crate) reset: i64,
}

impl Limits {
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, window: Mutex::new(Window { used: 0, reset: Utc::now().timestamp() + HOUR_S }) }
    }

    /// Counts one request; `false` where the limit was used up before.
    pub(crate) fn count(&self) -> bool {
        let mut window = lock(&self.window);
        window.turn();
        if window.used >= self.limit {
            return false;
        }
        window.used += 1;
        true
    }

    /// Gives one request back: a 304 is free of charge.
    pub(crate) fn refund(&self) {
        let mut window = lock(&self.window);
        window.used = window.used.saturating_sub(1);
    }

    pub(crate) fn standing(&self) -> Standing {
        let mut window = lock(&self.window);
        window.turn();
        let (used, reset) = (window.used, window.reset);
        Standing { limit: self.limit, used, remaining: self.limit.saturating_sub(used), reset }
    }
}

impl Window {
    fn turn(&mut self) {
        let now = Utc::now().timestamp();
        if now >= self.reset {
            *self = Self { used: 0, reset: now + HOUR_S };
        }
    }
}
