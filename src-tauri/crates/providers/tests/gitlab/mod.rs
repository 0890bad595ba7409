//! What must hold between the GitLab adapter and any server, shown on canned answers and on the practice range: a mutating call goes
//! out once whatever comes back, odd answers are told for what they are, and requests match GitLab's own description.

mod answers;
mod gates;
mod mutating;
mod reading;
mod requests;
mod secrets;

use crate::contract::canned::{Canned, connection_of, fast};
use pilothouse_domain::connection::ProviderKind;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{Provider, ProviderRegistry};
use pilothouse_providers::Registry;
use secrecy::SecretString;
use std::sync::Arc;

/// The token of every test.
const TOKEN: &str = "glpat-0123456789abcdefghij";
/// A project in a group's group.
const PROJECT: &str = "acme/web/shop";

/// A client for a base URL.
fn connect(base_url: &str) -> Arc<dyn Provider> {
    let connection = connection_of(ProviderKind::Gitlab, base_url);
    Registry::new(fast()).connect(&connection, SecretString::from(TOKEN)).unwrap()
}

/// A client for a server.
fn provider(server: &Canned) -> Arc<dyn Provider> {
    connect(&server.url)
}

fn deploy() -> FilledBinding {
    FilledBinding {
        pipeline: ".gitlab-ci.yml".into(),
        git_ref: "v1.4.0".into(),
        inputs: vec![("version".into(), "1.4.0".into()), ("RUN".into(), "0199".into())],
        correlation: "0199".into(),
    }
}
