//! CI/CD providers behind the port [`pilothouse_engine::ports::provider`]: one folder per provider, and beside them what all of
//! them need (transport, failures, redaction, paging, conditional reads, call budgets).
//!
//! Must not: decide anything about a deployment; repeat a mutating call; keep a secret anywhere but in a client; know another
//! adapter. A provider's folder knows the shared modules, never another provider's folder.
//!
//! To add a provider: a folder with its adapter, a line in [`Registry`], its kind in the domain, and the conformance suite in
//! `tests/` run over it.

mod answer;
mod archive;
mod base_url;
mod budget;
mod codepipeline;
mod conditional;
mod download;
mod failure;
mod github;
mod gitlab;
mod jenkins;
mod memories;
#[cfg(test)]
mod mutated;
mod network;
mod options;
mod paging;
mod publishing;
mod redaction;
mod registry;
mod repository_name;
mod source_file;
mod transport;

pub use options::CallOptions;
pub use registry::Registry;
