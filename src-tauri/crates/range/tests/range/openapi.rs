//! Holds an answer against GitHub's description of its REST API (OpenAPI 3.0.3). The document is read where it lies and is
//! no part of this repository; where it is missing, nothing is checked and the conformance test says so.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

const DOCUMENT: &str = "github-rest.openapi.json";

/// Statuses that GitHub answers and its description does not list, with where that is known from. `*` is any operation.
const UNLISTED: &[(&str, &str, u16)] = &[
    // Conditional requests work on every read; the description lists 304 for a few.
    ("GET", "*", 304),
    // An unknown X-GitHub-Api-Version.
    ("*", "*", 400),
    // Bad credentials: listed for /user only.
    ("*", "*", 401),
    // Rate limits, missing permissions, a missing User-Agent: listed for a few.
    ("*", "*", 403),
    ("*", "*", 429),
    // Ordered faults.
    ("*", "*", 500),
    ("*", "*", 502),
    ("*", "*", 503),
    // Unknown things, and things that this token may not see.
    ("*", "/repos/{owner}/{repo}/actions/*", 404),
    ("GET", "/repos/{owner}/{repo}/environments/{environment_name}", 404),
    ("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", 404),
    ("GET", "/repos/{owner}/{repo}/tags", 404),
    ("GET", "/repos/{owner}/{repo}/releases/{release_id}", 404),
    ("GET", "/repos/{owner}/{repo}/releases/{release_id}/assets", 404),
    // Refused dispatches and reviews: contracts/README.md, "Known faults and gaps".
    ("POST", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", 422),
    ("POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments", 422),
    // A malformed filter.
    ("GET", "/repos/{owner}/{repo}/actions/*", 422),
];

static CONTRACT: LazyLock<Option<Contract>> = LazyLock::new(Contract::load);

/// The description, if it is there.
pub(crate) fn contract() -> Option<&'static Contract> {
    CONTRACT.as_ref()
}

/// The description and the validators made from it so far.
pub(crate) struct Contract {
    document: Value,
    components: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Contract {
    fn load() -> Option<Self> {
        let text = std::fs::read_to_string(folder()?.join(DOCUMENT)).ok()?;
        let document: Value = serde_json::from_str(&text).unwrap();
        let components = translated(&document["components"]);
        Some(Self { document, components, validators: Mutex::default() })
    }

    /// Panics unless the description allows this answer. `path` has neither prefix nor query.
    pub(crate) fn check(&self, method: &str, path: &str, status: u16, kind: Option<&str>, body: &[u8]) {
        let Some(template) = self.template(method, path) else {
            // No operation of the description: nothing but a refusal may come from there.
            assert!(status >= 400, "{method} {path} answered {status}, and the description has no such operation");
            return self.check_error(method, path, status, kind, body);
        };
        let operation = &self.document["paths"][&template][method.to_lowercase()];
        let listed = self.resolve(&operation["responses"][status.to_string()]);
        if listed.is_null() {
            assert!(is_unlisted(method, &template, status), "{method} {template} answered {status}, which is not described");
            return self.check_error(method, path, status, kind, body);
        }
        let Some(contents) = listed["content"].as_object() else {
            assert!(body.is_empty(), "{method} {template} {status} has a body, and none is described");
            return;
        };
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
        assert!(contents.contains_key(kind), "{method} {template} {status} has content type {kind:?}");
        let pointer = format!("{method} {template} {status} {kind}");
        self.validate(&pointer, &contents[kind]["schema"], body);
    }

    fn check_error(&self, method: &str, path: &str, status: u16, kind: Option<&str>, body: &[u8]) {
        if status == 304 {
            assert!(body.is_empty(), "{method} {path}: a 304 has no body");
            return;
        }
        if kind.is_some_and(|kind| kind.starts_with("text/html")) {
            // The ordered page of a proxy.
            assert_eq!(status, 502, "{method} {path}");
            return;
        }
        let schema = json!({ "$ref": "#/components/schemas/basic-error" });
        self.validate("error", &schema, body);
        let body: Value = serde_json::from_slice(body).unwrap();
        assert!(body["message"].is_string(), "{method} {path} {status}: {body}");
        assert_eq!(body["status"], status.to_string(), "{method} {path}: {body}");
    }

    fn validate(&self, name: &str, schema: &Value, body: &[u8]) {
        let value: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{name}: {error}"));
        let known = self.validators.lock().unwrap().get(name).cloned();
        let validator = known.unwrap_or_else(|| {
            let root = json!({ "allOf": [translated(schema)], "components": self.components });
            let validator = jsonschema::options().should_validate_formats(true).build(&root);
            let validator = Arc::new(validator.unwrap_or_else(|error| panic!("{name}: {error}")));
            self.validators.lock().unwrap().insert(name.to_owned(), Arc::clone(&validator));
            validator
        });
        let problems: Vec<String> = validator.iter_errors(&value).map(|error| format!("{} at {}", error, error.instance_path())).collect();
        assert!(problems.is_empty(), "{name}: {problems:#?}\n{value:#}");
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }

    /// The described path that fits best: most literal segments first.
    fn template(&self, method: &str, path: &str) -> Option<String> {
        let wanted = method.to_lowercase();
        let operations = self.document["paths"].as_object().unwrap().iter();
        let fitting = operations.filter(|(template, item)| item.get(&wanted).is_some() && fits(template, path));
        fitting
            .max_by_key(|(template, _)| template.split('/').filter(|part| !part.starts_with('{')).count())
            .map(|(template, _)| template.clone())
    }
}

/// `PILOTHOUSE_CONTRACTS`, or `shared/contracts` beside the repository.
fn folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("PILOTHOUSE_CONTRACTS") {
        return Some(PathBuf::from(named));
    }
    let beside = |folder: &Path| folder.join("shared/contracts");
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(beside).find(|folder| folder.is_dir())
}

/// The last parameter of these may hold slashes.
fn fits(template: &str, path: &str) -> bool {
    const WIDE: [&str; 5] = ["{ref}", "{path}", "{basehead}", "{branch}", "{tag}"];
    let mut parts = path.trim_matches('/').split('/');
    let expected: Vec<&str> = template.trim_matches('/').split('/').collect();
    for (place, expected_part) in expected.iter().enumerate() {
        let wide = place + 1 == expected.len() && WIDE.contains(expected_part);
        let Some(part) = parts.next() else { return wide && path.ends_with('/') };
        if wide {
            return true;
        }
        if !expected_part.starts_with('{') && *expected_part != part {
            return false;
        }
    }
    parts.next().is_none()
}

fn is_unlisted(method: &str, template: &str, status: u16) -> bool {
    UNLISTED.iter().any(|(of, place, known)| {
        let place_fits = *place == "*" || *place == template || place.strip_suffix('*').is_some_and(|head| template.starts_with(head));
        (*of == "*" || *of == method) && place_fits && *known == status
    })
}

/// OpenAPI 3.0 schema as JSON Schema: `nullable` becomes a choice, and what stands beside a `$ref` is dropped, as 3.0 says.
fn translated(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(translated).collect(),
        Value::Object(map) => {
            if let Some(reference @ Value::String(_)) = map.get("$ref") {
                return json!({ "$ref": reference });
            }
            // A property may itself be called `nullable`: then its value is a schema, not a flag.
            let new = map
                .iter()
                .filter(|(name, value)| *name != "nullable" || !value.is_boolean())
                .map(|(name, value)| (name.clone(), if name == "enum" { value.clone() } else { translated(value) }));
            let mut new = Value::Object(new.collect());
            // Addresses that default to "" are answered so, although "" is no address.
            if map.get("format") == Some(&json!("uri")) && map.get("default") == Some(&json!("")) {
                new = json!({ "anyOf": [new, { "const": "" }] });
            }
            if map.get("nullable") == Some(&Value::Bool(true)) { json!({ "anyOf": [new, { "type": "null" }] }) } else { new }
        }
        other => other.clone(),
    }
}

#[test]
fn the_validator_finds_what_is_wrong() {
    let Some(contract) = contract() else {
        println!("skipped: contracts not found");
        return;
    };
    let wrong = |status: u16, body: &str| {
        let body = body.as_bytes().to_vec();
        let path = "/repos/a/b/git/ref/heads/main";
        std::panic::catch_unwind(move || contract.check("GET", path, status, Some("application/json"), &body)).is_err()
    };
    let right = r#"{"ref":"r","node_id":"n","url":"https://a/b","object":{"type":"commit","sha":"89fb10cb80ac9da0c7a7d8ad46a4dc2bda2dbef1","url":"https://a/b"}}"#;
    assert!(!wrong(200, right));
    assert!(wrong(200, &right.replace("\"ref\":\"r\",", "")), "a required field is missing");
    assert!(wrong(200, &right.replace("\"n\"", "null")), "a field is null that must not be");
    assert!(wrong(200, &right.replace("https://a/b", "not an address")), "a format does not hold");
    assert!(wrong(206, right), "a status is not described");
    assert!(wrong(422, r#"{"message":"m","status":"422"}"#), "a refusal is not described for this operation");
}
