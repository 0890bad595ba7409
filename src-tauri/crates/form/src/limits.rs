//! How much the form takes in, how often, and how long it waits. Must not count anything itself.

use crate::rate::Rate;
use std::time::Duration;

/// The form's limits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time from one address. A proxy in front of the form is one address, unless it is trusted.
    pub connections_each: usize,
    /// How long a connection may last.
    pub connection: Duration,
    /// How long a request may take to say what it wants; an idle connection ends after as much.
    pub head: Duration,
    /// How long the whole of a body may take.
    pub body: Duration,
    /// How long nothing of a body may come.
    pub stall: Duration,
    /// The longest body, in bytes.
    pub bytes: u64,
    /// The largest picture, in bytes.
    pub picture_bytes: usize,
    /// Pictures with a feedback.
    pub pictures: usize,
    /// Bodies with pictures that are read at a time; each is held in memory.
    pub uploads: usize,
    /// Requests from an address.
    pub each_address: Rate,
    /// What a tester sends.
    pub each_tester: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            connections_each: 64,
            connection: Duration::from_secs(300),
            head: Duration::from_secs(15),
            body: Duration::from_secs(120),
            stall: Duration::from_secs(15),
            bytes: 24 * 1024 * 1024,
            picture_bytes: 10 * 1024 * 1024,
            pictures: 5,
            uploads: 2,
            each_address: Rate { burst: 240, per_second: 8 },
            each_tester: Rate { burst: 40, per_second: 1 },
        }
    }
}
