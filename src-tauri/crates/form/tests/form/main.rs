//! The feedback form as it meets the world: the real server over the real engine and a database on disk, and everything that people try.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod answers;
mod burdens;
mod doors;
mod inputs;
mod wire;
mod world;
