//! Tests of the adapters, in one binary: what every adapter must do ([`conformance`]), and what holds between one and any server or is
//! its own: GitHub's ([`contract`]), GitLab's ([`gitlab`]), Jenkins's ([`jenkins`]), CodePipeline's ([`codepipeline`]); and how
//! each of them is reached through a company's network ([`network`]).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod codepipeline;
mod conformance;
mod contract;
mod gitlab;
mod jenkins;
mod network;
