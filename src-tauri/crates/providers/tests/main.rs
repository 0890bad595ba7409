//! Tests of the adapters, in one binary: what holds between an adapter and any server ([`contract`] for GitHub, [`gitlab`]), and what
//! every adapter must do ([`conformance`]).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod conformance;
mod contract;
mod gitlab;
