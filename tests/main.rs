//! Tests of the whole product: the programs as people run them, against real surroundings. `cargo xtask test` brings those; without
//! them a test that needs them says that it is skipped.
#![cfg(test)]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod desktop;
mod integration;
mod token_scan;
