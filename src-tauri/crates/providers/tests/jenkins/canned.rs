//! A Jenkins of canned answers.

use crate::conformance::jenkins::connection;
use crate::contract::canned::{Canned, Reply, fast, with};
use pilothouse_engine::ports::provider::{Provider, ProviderRegistry};
use pilothouse_providers::{CallOptions, Registry};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::Arc;

/// An API token by its shape.
pub(crate) const TOKEN: &str = "110123456789abcdef0123456789abcdef";
/// A password by its shape.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// An answer of Jenkins.
pub(crate) fn answer(status: u16, body: &Value) -> Reply {
    with(status, &[("x-jenkins", "2.516.3")], &body.to_string())
}

/// A page of Jenkins.
pub(crate) fn page(status: u16, body: &str) -> Reply {
    with(status, &[("x-jenkins", "2.516.3"), ("content-type", "text/html;charset=utf-8")], body)
}

/// A page of something that stands before it.
pub(crate) fn foreign(status: u16, body: &str) -> Reply {
    with(status, &[("content-type", "text/html")], body)
}

/// A job with the parameters VERSION and RUN.
pub(crate) fn job() -> Reply {
    let definition = |name: &str| json!({"name": name, "type": "StringParameterDefinition"});
    answer(
        200,
        &json!({
            "_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob", "name": "deploy", "buildable": true,
            "property": [{"parameterDefinitions": [definition("VERSION"), definition("RUN")]}],
        }),
    )
}

/// A build of a Pipeline.
pub(crate) fn build(building: bool, result: Option<&str>) -> Reply {
    answer(
        200,
        &json!({
            "_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun", "number": 12, "queueId": 17, "building": building, "result": result,
            "timestamp": 1_795_402_800_000_i64, "duration": 1000, "actions": [{}, null, {"_class": "x", "parameters": null}],
        }),
    )
}

/// A client with an API token.
pub(crate) fn provider(server: &Canned) -> Arc<dyn Provider> {
    provider_with(&server.url, TOKEN, fast())
}

/// A client.
pub(crate) fn provider_with(base_url: &str, secret: &str, options: CallOptions) -> Arc<dyn Provider> {
    Registry::new(options).connect(&connection(base_url, "noor"), SecretString::from(secret)).unwrap()
}
