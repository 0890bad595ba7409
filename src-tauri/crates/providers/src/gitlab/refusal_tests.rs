//! Tests of what GitLab's refusals are taken for. Must not call anything.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use http::{HeaderMap, HeaderName, StatusCode};
use pilothouse_engine::ports::provider::CallOutcome;

fn classified(status: u16, headers: &[(&'static str, &str)], body: &str) -> ProviderError {
    let answer = Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.iter().map(|(n, v)| (HeaderName::from_static(n), v.parse().unwrap())).collect::<HeaderMap>(),
        body: body.as_bytes().into(),
        subject: "the CI configuration of acme/shop".into(),
    };
    classify(&answer, &SecretString::from("glpat-secret"), &Memory::default(), Utc::now())
}

#[test]
fn a_limit_is_one_whatever_its_body() {
    for body in ["Retry later\n", "<html>slow down</html>", r#"{"message":"429 Too Many Requests"}"#, ""] {
        assert_eq!(classified(429, &[], body).kind, Kind::RateLimited { retry_after: Duration::from_secs(60) }, "{body}");
    }
    assert_eq!(classified(429, &[("retry-after", "9")], "Retry later").kind, Kind::RateLimited { retry_after: Duration::from_secs(9) });
}

#[test]
fn a_missing_scope_is_named() {
    let said = r#"{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api read_api"}"#;
    let error = classified(403, &[], said);
    assert_eq!(error.kind, Kind::Forbidden);
    assert!(error.message.contains("scope api or read_api") && error.next_step.contains("scope api or read_api"), "{error:?}");
    let role = classified(403, &[], r#"{"message":"403 Forbidden"}"#);
    assert!(role.kind == Kind::Forbidden && role.next_step.contains("role") && !role.message.contains("403"), "{role:?}");
}

#[test]
fn messages_are_read_as_text_list_and_object() {
    for (body, words) in [
        (r#"{"message":"400 Bad request - Unplayable Job"}"#, "400 Bad request - Unplayable Job"),
        (r#"{"message":{"base":["Reference not found"]}}"#, "Reference not found"),
        (r#"{"message":{"base":["a","b"],"tag":["is taken"]}}"#, "a; b; tag is taken"),
        (r#"{"message":["one","two"]}"#, "one; two"),
        (r#"{"error":"ref is missing, ref is empty"}"#, "ref is missing, ref is empty"),
        (r#"{"error":"bad","error_description":"worse"}"#, "bad: worse"),
        (r#"{"message":{"deep":{"er":["x"]}}}"#, "deep er x"),
        ("[]", ""),
        ("Bad Request", ""),
    ] {
        let error = classified(400, &[], body);
        assert_eq!((error.kind.clone(), error.outcome()), (Kind::Invalid, CallOutcome::Refused));
        let wanted = if words.is_empty() { String::new() } else { format!(" GitLab says: {words}.") };
        assert!(error.message.ends_with(&format!("acme/shop.{wanted}")), "{body}: {error}");
    }
}

#[test]
fn the_way_out_fits_the_refusal() {
    for (said, advice) in [
        ("Reference not found", "push it"),
        ("Insufficient permissions to set pipeline variables", "Minimum role"),
        ("`environment` input: required value has not been provided", "spec:inputs"),
        ("Pipeline will not run for the selected trigger. The rules configuration prevented any jobs", "workflow:rules"),
        ("Missing CI config file", "pipeline editor"),
    ] {
        let error = classified(400, &[], &serde_json::json!({"message": {"base": [said]}}).to_string());
        assert!(error.next_step.contains(advice), "{said}: {error:?}");
    }
}

#[test]
fn each_status_has_its_kind() {
    for (status, kind) in [
        (401, Kind::Unauthorized),
        (404, Kind::NotFound),
        (409, Kind::Conflict),
        (422, Kind::Invalid),
        (301, Kind::NotFound),
        (302, Kind::Unexpected),
        (500, Kind::Unavailable),
        (502, Kind::Unavailable),
    ] {
        assert_eq!(classified(status, &[], "<html>").kind, kind, "{status}");
    }
    let moved = classified(405, &[], r#"{"message":"405 Non GET methods are not allowed for moved projects"}"#);
    assert!(moved.kind == Kind::NotFound && moved.message.contains("has moved"), "{moved:?}");
}

#[test]
fn an_expired_token_is_told_with_its_day_where_it_is_known() {
    let memory = Memory::default();
    memory.note_expiry(Timestamp::parse("2026-01-02T00:00:00Z"));
    let answer = Answer { status: StatusCode::UNAUTHORIZED, headers: HeaderMap::new(), body: [].into(), subject: String::new() };
    let error = classify(&answer, &SecretString::from("s"), &memory, Utc::now());
    assert_eq!(error.message, "The token expired on 2026-01-02.");
    let told = classified(401, &[], r#"{"error":"invalid_token","error_description":"Token was revoked."}"#);
    assert!(told.message.contains("Token was revoked."), "{told}");
}

#[test]
fn nothing_secret_is_quoted() {
    let error = classified(400, &[], r#"{"message":"bad glpat-secret"}"#);
    assert!(!format!("{error:?}").contains("glpat-secret"), "{error:?}");
}
