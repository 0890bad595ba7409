//! Trust on purpose: what is trusted, what is kept, what is written down, and what stays out of sight.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::rig::Rig;
use crate::{AddConnectionRequest, AuditPageRequest, ErrorCode, IdRequest};
use pilothouse_domain::Timestamp;
use pilothouse_domain::network::Fingerprint;
use pilothouse_engine::ports::SecretPart;
use secrecy::{ExposeSecret, SecretString};

fn certificate(der: &[u8]) -> Certificate {
    Certificate {
        subject: "CN=git.corp.example".into(),
        issuer: "CN=git.corp.example".into(),
        fingerprint: Fingerprint::of(der),
        not_before: Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
        not_after: Timestamp::parse("2027-01-01T00:00:00Z").unwrap(),
        names: vec!["git.corp.example".into()],
    }
}

fn token(text: &str) -> Token {
    Token::from(SecretString::from(text))
}

fn adding(trusted_fingerprint: Option<String>) -> AddConnectionRequest {
    AddConnectionRequest {
        kind: "github".into(),
        name: "Ours".into(),
        base_url: "https://git.corp.example/api/v3".into(),
        user: None,
        region: None,
        role: None,
        profile: None,
        token: token("ghp_of_mira"),
        session_token: None,
        network: None,
        trusted_fingerprint,
    }
}

fn edit(id: &str, network: NetworkRequest) -> EditNetworkRequest {
    EditNetworkRequest { id: id.to_owned(), network, trusted_fingerprint: None, forget_trusted: false }
}

async fn actions(rig: &Rig) -> Vec<String> {
    let events = rig.api.audit_page(AuditPageRequest { limit: 100, ..AuditPageRequest::default() }).await.unwrap();
    events.into_iter().rev().map(|event| event.action).filter(|action| action.starts_with("connection.")).collect()
}

#[tokio::test]
async fn a_certificate_is_trusted_by_its_fingerprint_only_while_it_is_shown_and_until_it_changes() {
    let rig = Rig::new();
    let (first, second) = (certificate(b"first"), certificate(b"second"));
    *rig.world.certificate.lock().unwrap() = Some(first.clone());

    let error = rig.api.add_connection(adding(None)).await.unwrap_err();
    let refused = error.certificate.as_deref().unwrap();
    assert_eq!((error.code, refused.fault), (ErrorCode::CertificateRefused, CertificateFaultWord::SelfSigned));
    let shown = refused.certificate.fingerprint.clone();
    let error = rig.api.add_connection(adding(Some(second.fingerprint.to_string()))).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CertificateRefused, "another one than the server shows");
    let error = rig.api.add_connection(adding(Some("AB:CD".into()))).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("trusted_fingerprint"));
    assert!(rig.api.list_connections().await.unwrap().is_empty() && actions(&rig).await.is_empty());

    let view = rig.api.add_connection(adding(Some(shown.to_lowercase().replace(':', "")))).await.unwrap().connection;
    assert_eq!(view.network.trusted, Some(CertificateView::from(&first)));
    assert_eq!(actions(&rig).await, ["connection.added", "connection.certificate_trusted"]);

    *rig.world.certificate.lock().unwrap() = Some(second.clone());
    let error = rig.api.verify_connection(IdRequest { id: view.id.clone() }).await.unwrap_err();
    let refused = error.certificate.unwrap();
    assert_eq!((refused.fault, refused.trusted_fingerprint), (CertificateFaultWord::Changed, Some(first.fingerprint.to_string())));
    // Any other change is kept only if the provider answers that way.
    let slow = NetworkRequest { call_timeout_s: Some(90), ..NetworkRequest::default() };
    assert_eq!(rig.api.edit_network(edit(&view.id, slow.clone())).await.unwrap_err().code, ErrorCode::CertificateRefused);
    assert_eq!(rig.api.list_connections().await.unwrap()[0].network.call_timeout_s, None);

    let renewed = EditNetworkRequest { trusted_fingerprint: Some(second.fingerprint.to_string()), ..edit(&view.id, slow) };
    let view = rig.api.edit_network(renewed).await.unwrap().connection;
    assert_eq!(view.network.trusted.map(|trusted| trusted.fingerprint), Some(second.fingerprint.to_string()));
    assert_eq!(actions(&rig).await[2..], ["connection.certificate_trusted", "connection.network_changed"]);

    // To trust less needs no answer.
    let less = EditNetworkRequest {
        forget_trusted: true,
        ..edit(&view.id, NetworkRequest { call_timeout_s: Some(90), ..NetworkRequest::default() })
    };
    let view = rig.api.edit_network(less).await.unwrap().connection;
    assert_eq!((view.network.trusted, view.network.call_timeout_s), (None, Some(90)));
    assert_eq!(actions(&rig).await[4..], ["connection.trust_withdrawn"]);
    let error = rig.api.verify_connection(IdRequest { id: view.id }).await.unwrap_err();
    assert_eq!(error.certificate.unwrap().fault, CertificateFaultWord::SelfSigned);
}

#[tokio::test]
async fn a_certificate_that_is_trusted_anyway_is_not_pinned() {
    let rig = Rig::new();
    let error = rig.api.add_connection(adding(Some(certificate(b"any").fingerprint.to_string()))).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("trusted_fingerprint")));
}

#[tokio::test]
async fn keys_and_passwords_go_to_the_keychain_stay_while_they_are_of_use_and_are_never_shown() {
    let rig = Rig::new();
    let id = rig.api.add_connection(adding(None)).await.unwrap().connection.id;
    let full = NetworkRequest {
        client_certificate: Some("CERTIFICATE".into()),
        client_key: Some(token("KEY-OF-NOOR")),
        proxy: Some("http://proxy.corp:3128".into()),
        proxy_user: Some("noor".into()),
        proxy_password: Some(token("opensesame")),
        ..NetworkRequest::default()
    };
    let view = rig.api.edit_network(edit(&id, full.clone())).await.unwrap().connection;
    let kept = |part: SecretPart| {
        let parts = rig.world.parts.lock().unwrap();
        parts.iter().find(|((_, kept), _)| *kept == part).map(|(_, secret)| secret.expose_secret().to_owned())
    };
    assert_eq!(
        (kept(SecretPart::ClientKey).as_deref(), kept(SecretPart::ProxyPassword).as_deref()),
        (Some("KEY-OF-NOOR"), Some("opensesame"))
    );
    let events = rig.api.audit_page(AuditPageRequest { limit: 100, ..AuditPageRequest::default() }).await.unwrap();
    let told = serde_json::to_string(&(&view, &events)).unwrap();
    assert!(!told.contains("KEY-OF-NOOR") && !told.contains("opensesame") && told.contains("proxy.corp"), "{told}");

    let same = NetworkRequest { client_key: None, proxy_password: None, ..full.clone() };
    rig.api.edit_network(edit(&id, same)).await.unwrap();
    assert_eq!(kept(SecretPart::ClientKey).as_deref(), Some("KEY-OF-NOOR"), "what isn't given stays");
    let without = NetworkRequest { client_certificate: None, client_key: None, proxy_password: None, ..full };
    rig.api.edit_network(edit(&id, without)).await.unwrap();
    assert_eq!((kept(SecretPart::ClientKey), kept(SecretPart::ProxyPassword).as_deref()), (None, Some("opensesame")));
    rig.api.remove_connection(IdRequest { id }).await.unwrap();
    assert!(rig.world.parts.lock().unwrap().is_empty(), "nothing stays behind");
}

#[tokio::test]
async fn time_outs_out_of_range_are_refused_with_their_field() {
    let rig = Rig::new();
    for (connect, call, field) in
        [(Some(0), None, "connect_timeout_s"), (Some(121), None, "connect_timeout_s"), (None, Some(4), "call_timeout_s")]
    {
        let network = NetworkRequest { connect_timeout_s: connect, call_timeout_s: call, ..NetworkRequest::default() };
        let error = rig.api.add_connection(AddConnectionRequest { network: Some(network), ..adding(None) }).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some(field)));
    }
}
