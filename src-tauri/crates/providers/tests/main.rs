//! Tests of the adapters, in one binary: what holds between an adapter and any server ([`contract`]), what every adapter must do
//! ([`conformance`]), and what a provider alone asks for ([`jenkins`], [`codepipeline`]).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod codepipeline;
mod conformance;
mod contract;
mod jenkins;
