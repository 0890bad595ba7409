//! Drives ranges from outside, as their users do: over HTTP, Git, and the binary. Every answer of GitHub's API that any of
//! these tests receives is held against GitHub's own description, where that lies beside the repository.

mod binary;
mod client;
mod clients;
mod conformance;
mod control;
mod deploys;
mod dispatches;
mod faults_of_requests;
mod faults_of_runs;
mod fleet;
mod gitlab;
mod gitlab_openapi;
mod jenkins;
mod openapi;
mod repository;
mod steering;
mod tokens;
