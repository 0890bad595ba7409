//! Holds an answer of the range's GitLab against GitLab's own description (Swagger 2.0). The document is read where it lies and is
//! no part of this repository; where it is missing, nothing is checked and the test says so.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

const DOCUMENT: &str = "gitlab-v4.swagger.json";
/// What GitLab has and the document hasn't: `contracts/README.md`, "Known faults and gaps", and its reduction.
const NOT_IN_IT: [&str; 5] = [
    "/api/v4/user",
    "/api/v4/projects/{id}/repository/files/{path}",
    "/api/v4/projects/{id}/issues",
    "/api/v4/projects/{id}/issues/{issue_iid}",
    "/api/v4/projects/{id}/issues/{issue_iid}/notes",
];
/// What was described without types, so that the document has text for each number in it.
const UNTYPED: [&str; 3] =
    ["API_Entities_GroupAccess", "API_Entities_ProjectAccess", "API_Entities_ProtectedEnvironments_ApprovalRuleForSummary"];
/// Fields that are described as one thing and hold a list of them.
const LISTS: [&str; 6] = ["approvals", "rules", "links", "sources", "evidences", "deployment_approvals"];

static CONTRACT: LazyLock<Option<Value>> = LazyLock::new(|| {
    let text = std::fs::read_to_string(folder()?.join(DOCUMENT)).ok()?;
    Some(serde_json::from_str(&text).unwrap())
});

/// `PILOTHOUSE_CONTRACTS`, or `shared/contracts` beside the repository.
fn folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("PILOTHOUSE_CONTRACTS") {
        return Some(PathBuf::from(named));
    }
    let beside = |folder: &Path| folder.join("shared/contracts");
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(beside).find(|folder| folder.is_dir())
}

/// Whether the description is there.
pub(crate) fn is_there() -> bool {
    CONTRACT.is_some()
}

/// Panics unless the description allows this answer. `path` begins with `/api/v4` and has no query.
pub(crate) fn check(method: &str, path: &str, status: u16, kind: &str, body: &[u8]) {
    let Some(document) = CONTRACT.as_ref() else { return };
    if status >= 400 {
        return check_refusal(method, path, status, kind, body);
    }
    if status == 304 {
        assert!(body.is_empty(), "{method} {path}: a 304 has no body");
        return;
    }
    if NOT_IN_IT.iter().any(|template| fits(template, path)) {
        return;
    }
    let template = template(document, method, path).unwrap_or_else(|| panic!("{method} {path} is not described"));
    let answers = document["paths"][&template][method.to_lowercase()]["responses"].as_object().unwrap();
    // The document has 201 where the page says 200, and the other way round.
    let (_, described) = answers.iter().find(|(code, _)| code.starts_with('2')).unwrap_or_else(|| panic!("{template} has no success"));
    if template.ends_with("/trace") {
        // Described as a job; it is the text of the log.
        assert!(kind.starts_with("text/plain"), "{path}: {kind}");
        return;
    }
    if status == 204 {
        assert!(body.is_empty(), "{method} {path}: a 204 has no body");
        return;
    }
    let mut schema = nullable(&described["schema"]);
    // Lists of some paths are described as one of their entries.
    if template.ends_with("/variables") && schema.get("$ref").is_some() {
        schema = json!({ "type": "array", "items": schema });
    }
    let definition = |(name, schema): (&String, &Value)| {
        let schema = if UNTYPED.contains(&name.as_str()) { json!({ "type": "object" }) } else { nullable(schema) };
        (name.clone(), schema)
    };
    let definitions: Map<String, Value> = document["definitions"].as_object().unwrap().iter().map(definition).collect();
    let root = json!({ "allOf": [schema], "definitions": definitions });
    let validator = jsonschema::options().should_validate_formats(true).build(&root).unwrap();
    let value: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
    let problems: Vec<String> = validator.iter_errors(&value).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{method} {template}: {problems:#?}\n{value:#}");
}

fn check_refusal(method: &str, path: &str, status: u16, kind: &str, body: &[u8]) {
    if status == 429 {
        assert_eq!((kind, body), ("text/plain", "Retry later\n".as_bytes()), "{method} {path}");
        return;
    }
    if kind.starts_with("text/html") {
        // The ordered page of a proxy.
        assert_eq!(status, 502, "{method} {path}");
        return;
    }
    let body: Value = serde_json::from_slice(body).unwrap();
    let is_message = body["message"].is_string() || body["message"].is_object();
    assert!(is_message || body["error"].is_string(), "{method} {path} {status}: {body}");
}

/// The described path that fits best: most literal pieces first.
fn template(document: &Value, method: &str, path: &str) -> Option<String> {
    let wanted = method.to_lowercase();
    let paths = document["paths"].as_object().unwrap().iter();
    let fitting = paths.filter(|(template, item)| item.get(&wanted).is_some() && fits(template, path));
    fitting
        .max_by_key(|(template, _)| template.split('/').filter(|part| !part.starts_with('{')).count())
        .map(|(template, _)| template.clone())
}

/// Slashes inside of a value stay encoded, so that the pieces are as many.
fn fits(template: &str, path: &str) -> bool {
    let (expected, sent): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    expected.len() == sent.len() && expected.iter().zip(&sent).all(|(part, word)| part.starts_with('{') || part == word)
}

/// Swagger 2.0 has no word for null, and GitLab answers it for whatever it has not.
fn nullable(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(nullable).collect(),
        Value::Object(map) => {
            let property = |name: &str, schema: &Value| {
                let (schema, nothing) = (nullable(schema), json!({ "type": "null" }));
                if LISTS.contains(&name) && schema.get("$ref").is_some() {
                    return json!({ "type": "array", "items": schema });
                }
                // Described as a moment; it is a day.
                if name == "expires_at" {
                    return json!({ "type": ["string", "null"] });
                }
                json!({ "anyOf": [schema, nothing] })
            };
            let field = |(name, value): (&String, &Value)| match (name.as_str(), value) {
                ("properties", Value::Object(properties)) => {
                    let properties = properties.iter().map(|(name, schema)| (name.clone(), property(name, schema)));
                    (name.clone(), Value::Object(properties.collect()))
                }
                ("enum" | "example" | "required", _) => (name.clone(), value.clone()),
                _ => (name.clone(), nullable(value)),
            };
            Value::Object(map.iter().map(field).collect())
        }
        other => other.clone(),
    }
}

#[test]
fn the_validator_finds_what_is_wrong() {
    if !is_there() {
        println!("skipped: contracts not found");
        return;
    }
    let wrong = |path: &'static str, status: u16, body: &'static str| {
        std::panic::catch_unwind(move || check("GET", path, status, "application/json", body.as_bytes())).is_err()
    };
    let path = "/api/v4/projects/a%2Fb/pipelines/1";
    assert!(!wrong(path, 200, r#"{"id":1,"status":"success","web_url":null,"created_at":"2026-01-01T00:00:00.000Z"}"#));
    assert!(wrong(path, 200, r#"{"id":"1"}"#), "a number is a text");
    assert!(wrong(path, 200, r#"{"created_at":"yesterday"}"#), "a format does not hold");
    assert!(wrong("/api/v4/projects/a%2Fb/nothing", 200, "{}"), "a path is not described");
    assert!(wrong(path, 403, r#"{"reason":"no"}"#), "a refusal says nothing");
    assert!(wrong(path, 429, r#"{"message":"no"}"#), "a limit is plain text");
}
