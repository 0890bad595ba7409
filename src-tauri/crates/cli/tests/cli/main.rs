//! The real program, driven as a person or a script drives it. What needs a keychain runs where the test session has one
//! (`PILOTHOUSE_TEST_SESSION`), against the practice range.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod agent;
mod alone;
mod beside;
mod coordinated;
mod crash;
mod issues;
mod journey;
mod paper;
mod pipelines;
mod proof;
mod rig;
mod rollouts;
mod trouble;
