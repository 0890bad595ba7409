//! The schema says of a text what the parser says of it, for each shape that a schema can tell.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::smoke_schema;
use pilothouse_domain::smoke::form::{Capture, Expect, MAX_STEPS, Step, parse};
use serde_json::Value;

/// Where the step of a text begins.
const HEAD: &str = "name: A\nsteps:\n  - ";

fn both(text: &str) -> (bool, bool) {
    let schema: Value = serde_json::from_str(smoke_schema()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let value: Value = yaml_serde::from_str(text).unwrap();
    (validator.is_valid(&value), parse(text).is_ok())
}

#[test]
fn what_the_guide_shows_is_valid() {
    let guide = include_str!("../../../../../docs/guide/smoke-tests.md");
    let example = guide.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(both(example), (true, true), "{example}");
    let all = "name: A\ndescription: x\nvariables: { base_url: https://a, n: 1, b: true }\nenvironments: { staging: { n: 2 } }\nsteps:\n  - name: B\n    method: PUT\n    url: http://a/x?y\n    headers: { X-A: \"{{n}}\" }\n    body: 7\n    timeout_seconds: 60\n    retries: 5\n    retry_after_seconds: 30\n    redirects: 10\n    expect:\n      status: [200, \"201-204\", 404]\n      within_ms: 1\n      certificate_days: 3650\n      headers: [{ name: A, equals: 1 }, { name: A, contains: x }, { name: A, matches: x }, { name: A, exists: false }]\n      json: [{ path: $.a, equals: null }, { path: $.a, not_equals: [1] }, { path: $.a, contains: x }, { path: $.a, matches: x }, { path: $.a, exists: true }, { path: $.a, at_least: 1 }, { path: $.a, at_most: 2 }, { path: $.a, at_least: 1, at_most: 2 }, { path: $.a, count: 0 }]\n      body: [{ equals: a }, { contains: a }, { lacks: a }, { matches: a }]\n    capture: [{ as: a, json: $.a, secret: true }, { as: b, header: A }, { as: c, regex: a }]\n";
    assert_eq!(both(all), (true, true));
}

#[test]
fn each_shape_that_is_refused_is_no_match() {
    let steps = |step: &str| format!("{HEAD}{{ name: B, url: http://a, {step} }}\n");
    let whole = [
        "name: A\n".to_owned(),
        "steps: [{ name: B, url: http://a }]\n".to_owned(),
        "name: ''\nsteps: [{ name: B, url: http://a }]\n".to_owned(),
        "name: A\nsteps: []\n".to_owned(),
        "name: A\nmore: 1\nsteps: [{ name: B, url: http://a }]\n".to_owned(),
        "name: A\nvariables: { version: 1 }\nsteps: [{ name: B, url: http://a }]\n".to_owned(),
        "name: A\nvariables: { 1a: 1 }\nsteps: [{ name: B, url: http://a }]\n".to_owned(),
        "name: A\nvariables: { secret.a: 1 }\nsteps: [{ name: B, url: http://a }]\n".to_owned(),
        "name: A\nvariables: { a: [1] }\nsteps: [{ name: B, url: http://a }]\n".to_owned(),
        "name: A\nenvironments: { staging: 1 }\nsteps: [{ name: B, url: http://a }]\n".to_owned(),
        format!("name: A\nsteps:\n{}", "  - { name: B, url: http://a }\n".repeat(MAX_STEPS + 1)),
        format!("{HEAD}{{ name: B }}\n"),
        format!("{HEAD}{{ url: http://a }}\n"),
        format!("{HEAD}{{ name: B, url: ftp://a }}\n"),
        format!("{HEAD}{{ name: B, url: https://u:p@a }}\n"),
        format!("{HEAD}{{ name: B, url: 'https:///x' }}\n"),
    ];
    let of_a_step = [
        "metod: GET",
        "method: FETCH",
        "headers: { Host: a }",
        "headers: { 'A B': a }",
        "body: a, json: { a: 1 }",
        "timeout_seconds: 0",
        "timeout_seconds: 61",
        "retries: 6",
        "retry_after_seconds: 0",
        "redirects: 11",
        "expect: { code: 200 }",
        "expect: { status: 99 }",
        "expect: { status: [] }",
        "expect: { status: '2xx' }",
        "expect: { within_ms: 0 }",
        "expect: { certificate_days: 3651 }",
        "expect: { headers: [{ name: A }] }",
        "expect: { headers: [{ name: A, equals: a, contains: b }] }",
        "expect: { headers: [{ equals: a }] }",
        "expect: { json: [{ path: $.a }] }",
        "expect: { json: [{ path: a, exists: true }] }",
        "expect: { json: [{ path: $.a, equals: 1, count: 1 }] }",
        "expect: { json: [{ path: $.a, at_least: 1, count: 1 }] }",
        "expect: { json: [{ path: $.a, above: 1 }] }",
        "expect: { body: [{}] }",
        "expect: { body: [{ lacks: a, contains: b }] }",
        "capture: [{ as: a }]",
        "capture: [{ json: $.a }]",
        "capture: [{ as: a, json: $.a, header: A }]",
        "capture: [{ as: version, json: $.a }]",
    ]
    .map(steps);
    for text in whole.iter().chain(&of_a_step) {
        assert_eq!(both(text), (false, false), "schema, parser: {text}");
    }
}

#[test]
fn the_schema_knows_each_field() {
    let schema: Value = serde_json::from_str(smoke_schema()).unwrap();
    let fields = |of: &str| -> Vec<String> { schema["$defs"][of]["properties"].as_object().unwrap().keys().cloned().collect() };
    // A field that the parser knows and the schema doesn't is found by what the parser says of an unknown one.
    let known = |error: String| -> Vec<String> {
        let mut known: Vec<String> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
        known.sort();
        known
    };
    let sorted = |mut fields: Vec<String>| {
        fields.sort();
        fields
    };
    let unknown = "{ \"unknown\": 1 }";
    assert_eq!(known(serde_json::from_str::<Step>(unknown).unwrap_err().to_string()), sorted(fields("step")));
    assert_eq!(known(serde_json::from_str::<Expect>(unknown).unwrap_err().to_string()), sorted(fields("expect")));
    assert_eq!(known(serde_json::from_str::<Capture>(unknown).unwrap_err().to_string()), sorted(fields("capture")));
}
