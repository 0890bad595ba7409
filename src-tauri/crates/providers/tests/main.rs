//! Tests of the adapters, in one binary: what holds between an adapter and any server ([`contract`]), what every adapter must do
//! ([`conformance`]), and what is Jenkins's own ([`jenkins`]).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod conformance;
mod contract;
mod jenkins;
