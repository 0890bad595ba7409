//! What we send, checked against GitLab's own description of its API.

use crate::contract::canned::{Canned, Seen, json, with};
use crate::gitlab::{PROJECT, deploy, provider};
use base64::Engine as _;
use pilothouse_domain::Timestamp;
use pilothouse_domain::release::SourceKind;
use pilothouse_engine::ports::provider::{GateAnswer, GateVerdict, HoldTarget, NativeRollback, NewRelease, NewTag, RunSearch};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What GitLab has and its description hasn't (`contracts/README.md`, "Known faults and gaps", and its reduction).
const NOT_IN_IT: [&str; 2] = ["/api/v4/user", "/api/v4/projects/acme%2Fweb%2Fshop/repository/files/"];

fn contracts() -> Option<PathBuf> {
    let beside =
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/contracts")).find(|folder| folder.is_dir());
    std::env::var_os("PILOTHOUSE_CONTRACTS").map(PathBuf::from).or_else(beside)
}

/// The described path that a sent path matches, and its description.
fn described<'a>(api: &'a Value, seen: &Seen) -> Option<(&'a str, &'a Value)> {
    let sent: Vec<&str> = seen.path.split('?').next()?.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        sent.len() == parts.len() && parts.iter().zip(&sent).all(|(part, word)| part.starts_with('{') || part == word)
    };
    let paths = api["paths"].as_object().unwrap();
    // The one with the fewest placeholders is meant.
    let fitting = paths.iter().filter(|(template, _)| fits(template));
    let (template, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
    Some((template, item.get(seen.method.to_lowercase())?))
}

/// Answers so that each call gets as far as it can.
fn answer(seen: &Seen) -> crate::contract::canned::Reply {
    let path = seen.path.split('?').next().unwrap().trim_start_matches("/api/v4");
    let path = path.strip_prefix("/projects/acme%2Fweb%2Fshop").unwrap_or(path);
    let job = json!({"id": 7, "name": "deploy", "stage": "d", "status": "failed", "pipeline": {"id": 42}});
    let deployment =
        json!({"id": 5, "status": "success", "environment": {"name": "production"}, "deployable": job, "pending_approval_count": 0});
    let file = base64::engine::general_purpose::STANDARD.encode("spec:\n  inputs:\n    version: {}\n---\n");
    match (seen.method.as_str(), path) {
        ("POST", "/repository/tags") => json(400, &json!({"message": "Tag v9 already exists"})),
        (_, "/user") => json(200, &json!({"username": "me"})),
        (_, "" | "/repository/files/.gitlab-ci.yml") => {
            json(200, &json!({"path_with_namespace": PROJECT, "encoding": "base64", "content": file}))
        }
        (_, "/version") => json(200, &json!({"version": "18.5.0"})),
        (_, "/jobs/7/trace") => with(200, &[("content-type", "text/plain")], "log"),
        (_, "/jobs/7" | "/jobs/7/retry" | "/jobs/7/play") => json(200, &job),
        ("GET", "/deployments") => json(200, &json!([deployment])),
        (_, "/deployments/5") => {
            json(200, &json!({"id": 5, "status": "blocked", "deployable": {"id": 7, "status": "manual"}, "pending_approval_count": 0}))
        }
        (_, "/pipelines/42" | "/pipelines/42/cancel") => json(200, &json!({"id": 42, "status": "running"})),
        (_, "/pipelines/42/jobs") => json(200, &json!([job])),
        ("GET", "/pipelines") => json(200, &json!([{"id": 42, "source": "api", "created_at": "2099-01-01T00:00:00Z"}])),
        ("GET", "/repository/tags/v1" | "/repository/branches/v1") => json(200, &json!({"name": "v1", "commit": {"id": "abcdef1"}})),
        ("GET", "/freeze_periods") => json(200, &json!([{"id": 3, "freeze_start": "0 0 2 1 *", "freeze_end": "0 0 1 1 *"}])),
        _ => json(200, &json!([])),
    }
}

#[tokio::test]
async fn every_request_is_one_that_gitlab_describes() {
    let Some(folder) = contracts() else {
        println!("skipped: contracts not found");
        return;
    };
    let api: Value = serde_json::from_slice(&std::fs::read(folder.join("gitlab-v4.swagger.json")).unwrap()).unwrap();
    let server = Canned::start(|seen, _| answer(seen)).await;
    let provider = provider(&server);
    let mut search = RunSearch {
        pipeline: ".gitlab-ci.yml".into(),
        git_ref: "main".into(),
        correlation: "t".into(),
        is_correlated: true,
        since: Timestamp::from_micros(0).unwrap(),
    };
    let tag = NewTag { name: "v1".into(), commit: "abcdef1".into(), message: "m".into() };
    let release = NewRelease { tag: "v1".into(), title: "t".into(), notes: "n".into(), is_prerelease: true };
    let back = NativeRollback { pipeline: ".gitlab-ci.yml".into(), environment: "production".into(), target_run: "42".into() };
    // Some of these fail on the canned answers; what matters is what was asked.
    let _ = provider.verify().await;
    let _ = provider.repositories("shop").await;
    let _ = provider.environments(PROJECT).await;
    let _ = provider.pipelines(PROJECT).await;
    let _ = provider.describe_pipeline(PROJECT, ".gitlab-ci.yml", "main").await;
    let _ = provider.refs(PROJECT).await;
    let _ = provider.commits(PROJECT, "main", 10).await;
    for (kind, name) in [(SourceKind::Tag, "v1"), (SourceKind::Branch, "v1"), (SourceKind::Commit, "abcdef1")] {
        let _ = provider.resolve(PROJECT, kind, name).await;
    }
    let _ = provider.compare(PROJECT, "v1", "feature/a").await;
    let _ = provider.trigger(PROJECT, &deploy()).await;
    let _ = provider.find_runs(PROJECT, &search).await;
    search.is_correlated = false;
    let _ = provider.find_runs(PROJECT, &search).await;
    let _ = provider.recent_runs(PROJECT, ".gitlab-ci.yml", search.since, 100).await;
    let _ = provider.run(PROJECT, "42").await;
    let _ = provider.job_log(PROJECT, "7", 0).await;
    let _ = provider.cancel(PROJECT, "42", false).await;
    let _ = provider.rerun(PROJECT, "42", true).await;
    let _ = provider.gates(PROJECT).await;
    for (gate, verdict) in [("job-7", GateVerdict::Approve), ("deployment-5", GateVerdict::Approve), ("deployment-5", GateVerdict::Reject)]
    {
        let answer =
            GateAnswer { run: "42".into(), gate: gate.into(), verdict, comment: "c".into(), inputs: vec![("K".into(), "V".into())] };
        let _ = provider.answer_gate(PROJECT, &answer).await;
    }
    let _ = provider.deployments(PROJECT, "production", 10).await;
    let _ = provider.rollback_outlook(PROJECT, &back).await;
    let _ = provider.roll_back(PROJECT, &back).await;
    let _ = provider.create_tag(PROJECT, &tag).await;
    let _ = provider.create_release(PROJECT, &release).await;
    let _ = provider.release(PROJECT, "v1").await;
    let _ = provider.generate_notes(PROJECT, &tag, Some("v1")).await;
    let _ = provider.holds(PROJECT).await;
    for held in [true, false] {
        let _ = provider.set_hold(PROJECT, &HoldTarget::Freeze, held, "").await;
    }
    let mut writes = BTreeSet::new();
    for request in &server.seen() {
        if NOT_IN_IT.iter().any(|known| request.path.starts_with(known)) {
            continue;
        }
        let (template, operation) =
            described(&api, request).unwrap_or_else(|| panic!("not described: {} {}", request.method, request.path));
        check_query(operation, request);
        check_body(&api, operation, request, template);
        if request.method != "GET" {
            writes.insert(template.rsplit("{id}").next().unwrap().to_owned());
        }
    }
    for wanted in ["/pipeline", "/cancel", "/retry", "/play", "/approval", "/repository/tags", "/releases"] {
        assert!(writes.iter().any(|template| template.ends_with(wanted)), "{wanted} was not sent: {writes:?}");
    }
    assert!(writes.iter().any(|template| template.starts_with("/freeze_periods")), "{writes:?}");
}

/// Each parameter of the query is known to the operation, and of its words where it has some.
fn check_query(operation: &Value, request: &Seen) {
    let known: Vec<&Value> =
        operation["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "query").collect();
    for pair in request.path.split_once('?').map(|(_, query)| query.split('&')).into_iter().flatten() {
        let (name, value) = pair.split_once('=').unwrap();
        let parameter = known.iter().find(|parameter| parameter["name"] == name);
        let parameter = parameter.unwrap_or_else(|| panic!("{} {}: `{name}` is not described", request.method, request.path));
        if let Some(words) = parameter["enum"].as_array() {
            assert!(words.iter().any(|word| word == value), "{}: `{name}` is one of {words:?}", request.path);
        }
    }
}

/// The body fits the operation's schema, and has no field that it doesn't know.
fn check_body(api: &Value, operation: &Value, request: &Seen, template: &str) {
    let parameter = operation["parameters"].as_array().into_iter().flatten().find(|parameter| parameter["in"] == "body");
    if request.body.is_empty() {
        // Described as required where all its fields may be left out.
        let is_needed = parameter.is_some_and(|parameter| target(api, &parameter["schema"])["required"].is_array());
        assert!(!is_needed, "{} {template} wants a body", request.method);
        return;
    }
    let schema = target(api, &parameter.unwrap_or_else(|| panic!("{template} takes no body"))["schema"]);
    let body = request.json();
    // Missing in the description: contracts/README.md, "Known faults and gaps".
    let is_known = |name: &str| schema["properties"].get(name).is_some() || (template.ends_with("/pipeline") && name == "inputs");
    for name in body.as_object().unwrap().keys() {
        assert!(is_known(name), "{template}: `{name}` is not described");
    }
    let mut whole = schema.clone();
    whole["definitions"] = api["definitions"].clone();
    let validator = jsonschema::validator_for(&whole).unwrap();
    let faults: Vec<String> = validator.iter_errors(&body).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{template}: {faults:?}");
}

fn target<'a>(api: &'a Value, schema: &'a Value) -> &'a Value {
    schema["$ref"].as_str().map_or(schema, |reference| api.pointer(reference.trim_start_matches('#')).unwrap())
}
