//! Every example of GitHub's own description is read by our types. The description lies outside of the repository.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::status::status;
use super::wire;
use super::wire_delivery as delivery;
use pilothouse_domain::deployment::RunStatus;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn contracts() -> Option<PathBuf> {
    let beside =
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/contracts")).find(|folder| folder.is_dir());
    std::env::var_os("PILOTHOUSE_CONTRACTS").map(PathBuf::from).or_else(beside)
}

/// The description, where it is at hand.
fn description() -> Option<Value> {
    let Some(folder) = contracts() else {
        println!("skipped: contracts not found");
        return None;
    };
    Some(serde_json::from_slice(&std::fs::read(folder.join("github-rest.openapi.json")).unwrap()).unwrap())
}

fn target<'a>(api: &'a Value, value: &'a Value) -> &'a Value {
    value["$ref"].as_str().map_or(value, |reference| api.pointer(reference.trim_start_matches('#')).unwrap())
}

/// Reads the examples of every successful JSON answer of a path; gives how many there were.
fn read_all<T: DeserializeOwned>(api: &Value, method: &str, path: &str) -> usize {
    let operation = &api["paths"][path][method];
    assert!(operation.is_object(), "{method} {path} is not described");
    let mut count = 0;
    for (code, answer) in operation["responses"].as_object().unwrap().iter().filter(|(code, _)| code.starts_with('2')) {
        let content = &target(api, answer)["content"]["application/json"];
        let named = content["examples"].as_object().into_iter().flatten().map(|(_, example)| &target(api, example)["value"]);
        for example in named.chain(content.get("example")) {
            if let Err(error) = serde_path_to_error::deserialize::<_, T>(example) {
                panic!("{method} {path} {code}: {error}");
            }
            count += 1;
        }
    }
    count
}

#[test]
fn our_types_read_every_example() {
    let Some(api) = description() else { return };
    let repo = "/repos/{owner}/{repo}";
    let counts = [
        read_all::<wire::User>(&api, "get", "/user"),
        read_all::<wire::RateLimits>(&api, "get", "/rate_limit"),
        read_all::<Vec<wire::Repository>>(&api, "get", "/user/repos"),
        read_all::<wire::Repository>(&api, "get", repo),
        read_all::<wire::Environments>(&api, "get", &format!("{repo}/environments")),
        read_all::<wire::Workflows>(&api, "get", &format!("{repo}/actions/workflows")),
        read_all::<wire::Workflow>(&api, "get", &format!("{repo}/actions/workflows/{{workflow_id}}")),
        read_all::<Vec<wire::NamedCommit>>(&api, "get", &format!("{repo}/tags")),
        read_all::<Vec<wire::NamedCommit>>(&api, "get", &format!("{repo}/branches")),
        read_all::<wire::PointsAt>(&api, "get", &format!("{repo}/git/ref/{{ref}}")),
        read_all::<wire::PointsAt>(&api, "get", &format!("{repo}/git/tags/{{tag_sha}}")),
        read_all::<Vec<wire::Commit>>(&api, "get", &format!("{repo}/commits")),
        read_all::<wire::Commit>(&api, "get", &format!("{repo}/commits/{{ref}}")),
        read_all::<wire::Compare>(&api, "get", &format!("{repo}/compare/{{basehead}}")),
        read_all::<wire::Dispatched>(&api, "post", &format!("{repo}/actions/workflows/{{workflow_id}}/dispatches")),
        read_all::<wire::Runs>(&api, "get", &format!("{repo}/actions/workflows/{{workflow_id}}/runs")),
        read_all::<wire::Run>(&api, "get", &format!("{repo}/actions/runs/{{run_id}}")),
        read_all::<wire::Jobs>(&api, "get", &format!("{repo}/actions/runs/{{run_id}}/jobs")),
        read_all::<Vec<delivery::PendingDeployment>>(&api, "get", &format!("{repo}/actions/runs/{{run_id}}/pending_deployments")),
        read_all::<Vec<delivery::Approval>>(&api, "get", &format!("{repo}/actions/runs/{{run_id}}/approvals")),
        read_all::<Vec<delivery::Deployment>>(&api, "get", &format!("{repo}/deployments")),
        read_all::<Vec<delivery::DeploymentStatus>>(&api, "get", &format!("{repo}/deployments/{{deployment_id}}/statuses")),
        read_all::<delivery::TagObject>(&api, "post", &format!("{repo}/git/tags")),
        read_all::<delivery::Release>(&api, "post", &format!("{repo}/releases")),
        read_all::<delivery::Release>(&api, "get", &format!("{repo}/releases/tags/{{tag}}")),
        read_all::<delivery::Notes>(&api, "post", &format!("{repo}/releases/generate-notes")),
        read_all::<wire::Job>(&api, "get", &format!("{repo}/actions/jobs/{{job_id}}")),
    ];
    assert!(counts.iter().all(|count| *count > 0), "a path without an example shows nothing: {counts:?}");
}

#[test]
fn every_status_word_that_github_describes_is_known() {
    let Some(api) = description() else { return };
    let words = |schema: &str, field: &str| -> Vec<String> {
        let values = api["components"]["schemas"][schema]["properties"][field]["enum"].as_array().cloned().unwrap_or_default();
        values.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    };
    let (statuses, conclusions) = (words("job", "status"), words("job", "conclusion"));
    assert!(statuses.len() >= 3 && conclusions.len() >= 5, "{statuses:?} {conclusions:?}");
    for word in statuses.iter().filter(|word| *word != "completed") {
        assert!(!matches!(status(Some(word), None), RunStatus::Unknown { .. }), "{word}");
    }
    for word in conclusions {
        assert!(!matches!(status(Some("completed"), Some(&word)), RunStatus::Unknown { .. }), "{word}");
    }
}
