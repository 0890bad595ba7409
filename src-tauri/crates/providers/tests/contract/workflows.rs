//! What a pipeline takes at a ref, and why it can't be started.

use crate::contract::canned::{Canned, json, with};
use base64::Engine as _;
use pilothouse_engine::ports::provider::ProviderErrorKind;
use serde_json::json;

const FILE: &str = "on:\n  workflow_dispatch:\n    inputs:\n      version: {required: true}\n";

async fn server(state: &'static str, has_workflow: bool, has_file: bool, has_ref: bool) -> Canned {
    Canned::start(move |seen, _| {
        // GitHub breaks the text into lines.
        let content = base64::engine::general_purpose::STANDARD.encode(FILE);
        let content = format!("{}\n{}\n", &content[..20], &content[20..]);
        let path = seen.path.as_str();
        match () {
            () if path == "/repos/acme/shop/actions/workflows/deploy.yml" && has_workflow => {
                json(200, &json!({"id": 1, "name": "Deploy", "path": ".github/workflows/deploy.yml", "state": state}))
            }
            () if path == "/repos/acme/shop/contents/.github/workflows/deploy.yml?ref=rel%2F1" && has_file => {
                json(200, &json!({"type": "file", "encoding": "base64", "content": content}))
            }
            () if path.starts_with("/repos/acme/shop/commits/rel%2F1") && has_ref => json(200, &json!({"sha": "c", "commit": {}})),
            () if path == "/repos/acme/shop" => json(200, &json!({"full_name": "acme/shop"})),
            () => with(404, &[], "{\"message\":\"Not Found\"}"),
        }
    })
    .await
}

#[tokio::test]
async fn the_inputs_are_those_at_the_ref() {
    let server = server("active", true, true, true).await;
    let read = server.provider().describe_pipeline("acme/shop", "deploy.yml", "rel/1").await.unwrap();
    assert_eq!(read.obstacle, None);
    assert_eq!((read.inputs.len(), read.inputs[0].name.as_str(), read.inputs[0].required), (1, "version", true));
}

#[tokio::test]
async fn each_obstacle_is_told() {
    for (state, has_workflow, has_file, words) in [
        ("disabled_manually", true, true, "switched off at GitHub (disabled manually)"),
        ("active", false, true, "not on the default branch"),
        ("active", true, false, "the file is not in that commit"),
    ] {
        let server = server(state, has_workflow, has_file, true).await;
        let read = server.provider().describe_pipeline("acme/shop", "deploy.yml", "rel/1").await.unwrap();
        assert!(read.obstacle.as_deref().is_some_and(|obstacle| obstacle.contains(words)), "{words}: {read:?}");
    }
}

#[tokio::test]
async fn an_unknown_ref_or_repository_is_a_failure_and_no_obstacle() {
    let server = server("active", true, false, false).await;
    let provider = server.provider();
    let error = provider.describe_pipeline("acme/shop", "deploy.yml", "rel/1").await.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ProviderErrorKind::NotFound, "acme/shop has no rel/1."));
    let error = provider.describe_pipeline("acme/other", "deploy.yml", "rel/1").await.unwrap_err();
    assert!(error.message.contains("repository acme/other"), "{error}");
}

#[tokio::test]
async fn workflows_without_a_file_are_left_out() {
    let server = Canned::start(|_, _| {
        json(
            200,
            &json!({"total_count": 3, "workflows": [
                {"name": "Deploy", "path": ".github/workflows/deploy.yml", "state": "active"},
                {"name": "CodeQL", "path": "dynamic/github-code-scanning/codeql", "state": "active"},
                {"name": "", "path": ".github/workflows/build.yml", "state": "disabled_inactivity"},
            ]}),
        )
    })
    .await;
    let listed = server.provider().pipelines("acme/shop").await.unwrap();
    let listed: Vec<_> = listed.iter().map(|p| (p.pipeline.as_str(), p.title.as_str(), p.is_active)).collect();
    assert_eq!(listed, [("build.yml", "build.yml", false), ("deploy.yml", "Deploy", true)]);
}
