//! Tests of what GitHub's refusals are taken for. Must not call anything.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use http::{HeaderMap, HeaderName, StatusCode};
use pilothouse_engine::ports::provider::CallOutcome;

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.iter().map(|(n, v)| (HeaderName::from_static(n), v.parse().unwrap())).collect::<HeaderMap>(),
        body: body.as_bytes().into(),
        subject: "workflow deploy.yml of acme/shop".into(),
    }
}

fn classified(status: u16, headers: &[(&'static str, &str)], body: &str) -> ProviderError {
    classify(&answer(status, headers, body), &SecretString::from("ghp_secret"), &Memory::default(), Utc::now())
}

#[test]
fn limits_are_told_from_missing_permissions() {
    let reset = (Utc::now().timestamp() + 100).to_string();
    let primary =
        classified(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)], r#"{"message":"API rate limit exceeded"}"#);
    let Kind::RateLimited { retry_after } = primary.kind else { panic!("{primary:?}") };
    assert!((90..=102).contains(&retry_after.as_secs()), "{retry_after:?}");
    let secondary = classified(403, &[("retry-after", "30"), ("x-ratelimit-remaining", "4000"), ("x-ratelimit-reset", &reset)], "{}");
    assert_eq!(secondary.kind, Kind::RateLimited { retry_after: Duration::from_secs(30) });
    let unnamed = classified(403, &[], r#"{"message":"You have exceeded a secondary rate limit. Please wait"}"#);
    assert_eq!(unnamed.kind, Kind::RateLimited { retry_after: Duration::from_secs(60) });
    assert_eq!(classified(429, &[], "Too many").kind, Kind::RateLimited { retry_after: Duration::from_secs(60) });
    let forbidden = classified(
        403,
        &[
            ("x-accepted-github-permissions", "actions=write; administration=write"),
            ("x-ratelimit-remaining", "4999"),
            ("x-ratelimit-reset", &reset),
        ],
        r#"{"message":"Resource not accessible by personal access token"}"#,
    );
    assert_eq!(forbidden.kind, Kind::Forbidden);
    assert!(forbidden.next_step.contains("actions: write, or administration: write"), "{forbidden:?}");
}

#[test]
fn a_missing_scope_is_named_and_a_granted_one_is_not() {
    let missing = classified(403, &[("x-oauth-scopes", "read:user"), ("x-accepted-oauth-scopes", "repo, public_repo")], "{}");
    assert!(missing.next_step.contains("repo or public_repo"), "{missing:?}");
    let there =
        classified(403, &[("x-oauth-scopes", "repo"), ("x-accepted-oauth-scopes", "repo")], r#"{"message":"Must have admin rights"}"#);
    assert!(!there.next_step.contains("scope"), "{there:?}");
    assert!(there.message.contains("Must have admin rights."), "{there:?}");
    let sso = classified(403, &[("x-github-sso", "required; url=https://github.com/orgs/a/sso?authorization_request=AAA")], "{}");
    assert!(sso.next_step.contains("SSO") && !format!("{sso:?}").contains("AAA"), "{sso:?}");
}

#[test]
fn an_expired_token_is_told_from_a_refused_one() {
    let memory = Memory::default();
    let secret = SecretString::from("s");
    let refused = answer(401, &[], r#"{"message":"Bad credentials"}"#);
    assert!(classify(&refused, &secret, &memory, Utc::now()).message.contains("wrong, expired or revoked"));
    memory.note_expiry(&answer(200, &[("github-authentication-token-expiration", "2026-11-01 10:00:00 UTC")], ""));
    let now = DateTime::parse_from_rfc3339("2026-11-02T00:00:00Z").unwrap().with_timezone(&Utc);
    let expired = classify(&refused, &secret, &memory, now);
    assert_eq!(expired.message, "The token expired on 2026-11-01 10:00 UTC.");
    assert_eq!(expired.kind, Kind::Unauthorized);
}

#[test]
fn githubs_list_of_errors_becomes_readable() {
    let error = classified(
        422,
        &[],
        r#"{"message":"Validation Failed","errors":[{"resource":"Release","code":"already_exists","field":"tag_name"},{"resource":"X","code":"custom","message":"inputs are too many"},"plain words"]}"#,
    );
    assert_eq!(error.kind, Kind::Invalid);
    for words in ["Validation Failed", "Release tag_name exists already", "inputs are too many", "plain words"] {
        assert!(error.message.contains(words), "{words}: {error}");
    }
    let error = classified(422, &[], r#"{"message":"No ref found for: v9"}"#);
    assert!(error.message.contains("No ref found for: v9.") && error.next_step.contains("push it"), "{error:?}");
}

#[test]
fn no_message_holds_the_token_or_a_signature() {
    for status in [400, 401, 403, 404, 409, 410, 422, 500, 302, 418] {
        let error = classified(status, &[], r#"{"message":"ghp_secret at https://blob.example/x?sig=SIGNED"}"#);
        let all = format!("{error:?}");
        assert!(!all.contains("ghp_secret") && !all.contains("SIGNED"), "{status}: {all}");
        assert!(!error.next_step.is_empty());
    }
}

#[test]
fn each_status_says_what_is_known_of_the_effect() {
    for (status, outcome) in [
        (400, CallOutcome::Refused),
        (401, CallOutcome::Refused),
        (403, CallOutcome::Refused),
        (404, CallOutcome::Refused),
        (409, CallOutcome::Refused),
        (422, CallOutcome::Refused),
        (301, CallOutcome::Refused),
        (429, CallOutcome::NotStarted),
        (408, CallOutcome::Unknown),
        (500, CallOutcome::Unknown),
        (502, CallOutcome::Unknown),
        (504, CallOutcome::Unknown),
        (101, CallOutcome::Unknown),
    ] {
        assert_eq!(classified(status, &[], "<html>").outcome(), outcome, "{status}");
    }
}
