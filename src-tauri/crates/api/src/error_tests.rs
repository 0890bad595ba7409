//! Each error of the engine has its code.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use pilothouse_domain::policy::{Blocker, Clearance, Gate};
use pilothouse_domain::release::ReleaseRefusal;
use std::time::Duration;

fn provider(kind: ProviderErrorKind) -> EngineError {
    EngineError::Provider(ProviderError { kind, message: "m".into(), next_step: "n".into() })
}

#[test]
fn every_error_has_its_code_and_a_next_step() {
    let reason = || "r".to_owned();
    let table = [
        (StoreError::NotFound { kind: "release", id: "1".into() }.into(), ErrorCode::NotFound),
        (StoreError::Conflict { kind: "release", id: "1".into() }.into(), ErrorCode::Conflict),
        (StoreError::Taken { constraint: "c".into(), what: "w".into() }.into(), ErrorCode::Taken),
        (StoreError::InUse { what: "w".into() }.into(), ErrorCode::InUse),
        (StoreError::Full { reason: reason() }.into(), ErrorCode::DatabaseFull),
        (StoreError::Unreachable { reason: reason() }.into(), ErrorCode::DatabaseUnreachable),
        (StoreError::Corrupt { reason: reason() }.into(), ErrorCode::DatabaseCorrupt),
        (StoreError::Failed { reason: reason() }.into(), ErrorCode::Internal),
        (provider(ProviderErrorKind::Unauthorized), ErrorCode::Unauthorized),
        (provider(ProviderErrorKind::Forbidden), ErrorCode::Forbidden),
        (provider(ProviderErrorKind::NotFound), ErrorCode::ProviderNotFound),
        (provider(ProviderErrorKind::Invalid), ErrorCode::ProviderRefused),
        (provider(ProviderErrorKind::Conflict), ErrorCode::ProviderRefused),
        (provider(ProviderErrorKind::RateLimited { retry_after: Duration::ZERO }), ErrorCode::RateLimited),
        (provider(ProviderErrorKind::Unavailable), ErrorCode::ProviderUnreachable),
        (provider(ProviderErrorKind::NoAnswer), ErrorCode::ProviderUnreachable),
        (provider(ProviderErrorKind::NotReached), ErrorCode::ProviderUnreachable),
        (provider(ProviderErrorKind::Unexpected), ErrorCode::ProviderUnreachable),
        (KeychainError::Unavailable { reason: reason() }.into(), ErrorCode::KeychainUnavailable),
        (KeychainError::Locked { reason: reason() }.into(), ErrorCode::KeychainLocked),
        (KeychainError::NoAnswer { seconds: 1 }.into(), ErrorCode::KeychainUnavailable),
        (ReleaseRefusal { state: "a draft", wanted: "completed" }.into(), ErrorCode::Conflict),
        (EngineError::NoClientKey { connection: "GitHub".into() }, ErrorCode::NoSecret),
        (
            EngineError::KeptInFile { path: "pilothouse.yaml".into(), part: pilothouse_domain::settings::SettingsPart::Checks },
            ErrorCode::KeptInFile,
        ),
        (EngineError::NoSecret { connection: "GitHub".into() }, ErrorCode::NoSecret),
    ];
    for (error, code) in table {
        let api = ApiError::from(error.clone());
        assert_eq!(api.code, code, "{error:?}");
        assert!(!api.message.is_empty() && !api.next_step.is_empty(), "{error:?}");
    }
}

#[test]
fn a_refusal_by_policy_carries_its_blockers_and_a_wrong_field_its_name() {
    let blocker = Blocker { gate: Gate::Approvals, title: "t".into(), detail: "d".into(), cleared_by: Clearance::Vote };
    let blocked = ApiError::from(EngineError::Blocked(vec![blocker]));
    assert_eq!(blocked.code, ErrorCode::Blocked);
    assert_eq!(blocked.blockers[0].gate, crate::GateWord::Approvals);
    let invalid = ApiError::from(EngineError::invalid("reason", "m", "n"));
    assert_eq!((invalid.code, invalid.field.as_deref()), (ErrorCode::Invalid, Some("reason")));
}

#[test]
fn codes_go_over_the_wire_in_snake_case() {
    let json = serde_json::to_value(ApiError::invalid("url", "m", "n")).unwrap();
    assert_eq!(
        json,
        serde_json::json!({ "code": "invalid", "message": "m", "next_step": "n", "field": "url", "blockers": [], "certificate": null })
    );
}
