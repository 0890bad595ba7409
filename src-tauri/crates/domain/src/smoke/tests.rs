//! Scenarios from text to verdict.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use super::form::parse;
use super::judge::{capture, judge};
use super::*;
use crate::Timestamp;
use proptest::prelude::*;

const SCENARIO: &str = r#"name: Checkout
variables: { currency: EUR, amount: 12 }
environments:
  staging: { base_url: "https://staging.shop.example", token_url: "https://id.example" }
steps:
  - name: Log in
    method: POST
    url: "{{base_url}}/session"
    json: { user: smoke, password: "{{secret.shop-password}}" }
    expect:
      status: [201, "204-206"]
      within_ms: 800
      certificate_days: 14
      headers: [{ name: Content-Type, contains: json }]
    capture: [{ as: token, json: $.token, secret: true }]
  - name: Order
    url: "{{base_url}}/orders/{{amount}}"
    headers: { Authorization: "Bearer {{token}}" }
    retries: 2
    expect:
      json:
        - { path: "$.items[*].sku", count: 2 }
        - { path: $.version, equals: "{{version}}" }
        - { path: $.total, at_least: 1.5, at_most: 20 }
      body: [{ lacks: error }]
"#;

fn answer(status: u16, body: &str) -> Answer {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned()), ("x-id".to_owned(), "7".to_owned())];
    Answer { status, headers, body: body.into(), is_cut: false, redirects: Vec::new(), certificate_until: None, took_us: 300_000 }
}

fn at(day: i64) -> Timestamp {
    Timestamp::from_micros(day * 86_400_000_000).unwrap()
}

fn faults(text: &str) -> Vec<String> {
    parse(text).expect_err("there are faults").iter().map(ToString::to_string).collect()
}

#[test]
fn a_scenario_is_read() {
    let scenario = parse(SCENARIO).unwrap();
    assert_eq!(scenario.variables["amount"], "12");
    assert_eq!(scenario.steps.len(), 2);
    assert_eq!((scenario.steps[0].timeout_seconds, scenario.steps[1].method.as_str()), (10, "GET"));
    assert!(scenario.steps[0].expect.status.has(205) && !scenario.steps[0].expect.status.has(200));
}

#[test]
fn what_is_wrong_is_told_with_line_and_field() {
    let unknown = faults("name: A\nsteps:\n  - name: B\n    url: http://a\n    metod: GET\n");
    assert!(unknown[0].starts_with("line 5, steps[0].metod: unknown field `metod`"), "{unknown:?}");
    let missing = faults("name: A\nsteps:\n  - name: B\n");
    assert!(missing[0].contains("missing field `url`"), "{missing:?}");
    let no_yaml = faults("name: A\nsteps: [\n");
    assert!(no_yaml[0].starts_with("line "), "{no_yaml:?}");
    let several = faults(
        "name: A\nvariables: { version: 1 }\nsteps:\n  - name: B\n    method: FETCH\n    url: \"{{base}}/x?k={{secret.key}}\"\n    timeout_seconds: 99\n    expect:\n      json:\n        - { path: \"$[\" }\n      body: [{ matches: \"(\" }]\n  - name: C\n    url: http://user:pw@a\n",
    );
    let wanted = [
        "line 2, variables.version: `version` is filled in by Pilothouse",
        "line 5, steps[0].method: the method is one of GET",
        "line 6, steps[0].url: nothing gives `{{base}}` a value",
        "line 6, steps[0].url: a secret may stand in a header or a body",
        "line 7, steps[0].timeout_seconds: choose 1 to 60",
        "line 10, steps[0].expect.json[0]: give exactly one of equals",
        "line 10, steps[0].expect.json[0].path: this is no JSONPath",
        "line 11, steps[0].expect.body[0]: this is no regular expression",
        "line 13, steps[1].url: an address holds no user name",
    ];
    for wanted in wanted {
        assert!(several.iter().any(|fault| fault.starts_with(wanted)), "{wanted}\n{several:#?}");
    }
    assert_eq!(several.len(), wanted.len(), "{several:#?}");
}

#[test]
fn a_capture_is_known_to_later_steps_only() {
    let early = SCENARIO.replace("\"{{base_url}}/session\"", "\"{{base_url}}/{{token}}\"");
    assert!(faults(&early)[0].contains("nothing gives `{{token}}` a value before this step"));
}

#[test]
fn an_answer_is_judged() {
    let scenario = parse(SCENARIO).unwrap();
    let values = |name: &str| match name {
        "version" => Some("1.4.0"),
        _ => None,
    };
    let good = answer(200, r#"{"items":[{"sku":1},{"sku":2}],"version":"1.4.0","total":12}"#);
    let judged = judge(&scenario.steps[1].expect, &good, at(0), values).unwrap();
    assert!(judged.iter().all(|judged| judged.verdict == SmokeVerdict::Passed), "{judged:#?}");
    let bad = answer(500, r#"{"items":[{"sku":1}],"version":"1.3.9","total":12,"error":"x"}"#);
    let judged = judge(&scenario.steps[1].expect, &bad, at(0), values).unwrap();
    let unmet: Vec<String> =
        judged.iter().filter(|j| j.verdict == SmokeVerdict::Failed).map(|j| format!("{}: {}", j.expected, j.found)).collect();
    assert_eq!(unmet.len(), 4, "{unmet:#?}");
    assert_eq!(unmet[0], "status 200 to 299: 500");
    assert!(unmet[2].contains("“\"1.3.9\"”"), "{unmet:#?}");
    assert!(judge(&scenario.steps[1].expect, &good, at(0), |_| None).is_err(), "no version");
}

#[test]
fn time_and_certificate_are_judged() {
    let expect = &parse(SCENARIO).unwrap().steps[0].expect;
    let judged = |answer: &Answer| -> Vec<SmokeVerdict> {
        judge(expect, answer, at(100), |_| None).unwrap().iter().map(|judged| judged.verdict).collect()
    };
    let good = Answer { certificate_until: Some(at(114)), ..answer(201, "{}") };
    assert_eq!(judged(&good), [SmokeVerdict::Passed; 4]);
    let slow = Answer { took_us: 800_001, certificate_until: Some(at(113)), ..answer(201, "{}") };
    assert_eq!(judged(&slow), [SmokeVerdict::Passed, SmokeVerdict::Failed, SmokeVerdict::Failed, SmokeVerdict::Passed]);
}

#[test]
fn what_was_not_read_of_a_body_is_not_held_against_the_release() {
    let expect = &parse(SCENARIO).unwrap().steps[1].expect;
    let cut = Answer { is_cut: true, ..answer(200, r#"{"items":["#) };
    let judged = judge(expect, &cut, at(0), |_| Some("1")).unwrap();
    assert!(judged.iter().skip(1).all(|judged| judged.verdict == SmokeVerdict::Errored), "{judged:#?}");
    let whole = judge(expect, &answer(200, "<html>"), at(0), |_| Some("1")).unwrap();
    assert_eq!(whole[1].verdict, SmokeVerdict::Failed, "{whole:#?}");
}

#[test]
fn captures_take_from_body_header_and_text() {
    let scenario = parse("name: A\nsteps:\n  - name: B\n    url: http://a\n    capture:\n      - { as: a, json: '$.t[0]' }\n      - { as: b, header: X-ID }\n      - { as: c, regex: 'id=(\\d+)' }\n").unwrap();
    let captures = &scenario.steps[0].capture;
    let body = answer(200, r#"{"t":[5],"u":"id=42"}"#);
    let values: Vec<String> = captures.iter().map(|c| capture(c, &body).unwrap().value).collect();
    assert_eq!(values, ["5", "7", "42"]);
    let empty = answer(200, "{}");
    assert_eq!(capture(&captures[0], &empty).err().unwrap(), "there is no $.t[0] in the answer");
    assert!(capture(&captures[2], &empty).is_err());
}

#[test]
fn a_path_in_a_repository_leads_nowhere_else() {
    assert_eq!(repository_path(" ./smoke/checkout.yml ").unwrap(), "smoke/checkout.yml");
    for path in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a\\b", "a/./b", "a\nb"] {
        assert!(repository_path(path).is_err(), "{path}");
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_or_refused(text in "(name|steps|url|expect|json|: |\n  - |\n    |\\{\\{|\\}\\}|\\[|\\]|&a |\\*a|http://a|[a-z0-9\"'#]){0,60}") {
        if let Err(faults) = parse(&text) {
            prop_assert!(!faults.is_empty());
        }
    }

    #[test]
    fn each_status_passes_exactly_where_it_is_listed(low in 100u16..600, length in 0u16..50, status in 100u16..600) {
        let high = (low + length).min(599);
        let text = format!("name: A\nsteps: [{{ name: B, url: 'http://a', expect: {{ status: '{low}-{high}' }} }}]\n");
        let scenario = parse(&text).unwrap();
        let judged = judge(&scenario.steps[0].expect, &answer(status, ""), at(0), |_| None).unwrap();
        prop_assert_eq!(judged[0].verdict == SmokeVerdict::Passed, (low..=high).contains(&status));
    }
}
