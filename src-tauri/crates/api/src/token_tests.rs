//! Replacing a token and what belongs to it: asked first, kept only then.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::{FORM, Rig};
use crate::*;
use pilothouse_domain::ConnectionId;
use pilothouse_engine::ports::provider::{ConnectionField, ConnectionFieldKey, ConnectionForm};
use pilothouse_engine::ports::{ProviderError, ProviderErrorKind};
use secrecy::{ExposeSecret, SecretString};

const USER: ConnectionField =
    ConnectionField { key: ConnectionFieldKey::User, label: "Access key id", hint: "Of a user.", example: "AKIA1", is_required: true };
const KEYS: ConnectionForm =
    ConnectionForm { fields: &[USER], replaceable: &[ConnectionFieldKey::User, ConnectionFieldKey::Secret], ..FORM };

fn adding(kind: &str, user: Option<&str>) -> AddConnectionRequest {
    AddConnectionRequest {
        kind: kind.into(),
        name: "Pipelines".into(),
        base_url: String::new(),
        user: user.map(Into::into),
        region: None,
        role: None,
        profile: None,
        token: Token::from(SecretString::from("first-secret")),
        session_token: None,
        network: None,
        trusted_fingerprint: None,
    }
}

fn replacing(id: &str, user: Option<&str>) -> ReplaceTokenRequest {
    let token = Token::from(SecretString::from("second-secret"));
    ReplaceTokenRequest { id: id.into(), user: user.map(Into::into), token, session_token: None }
}

fn secret(rig: &Rig, id: &str) -> String {
    let id: ConnectionId = id.parse().unwrap();
    rig.world.secrets.lock().unwrap()[&id].expose_secret().to_owned()
}

async fn summaries(rig: &Rig) -> Vec<String> {
    let mut events = rig.api.audit_page(AuditPageRequest { limit: 100, ..AuditPageRequest::default() }).await.unwrap();
    events.retain(|event| event.action == "connection.token_replaced");
    events.into_iter().map(|event| event.summary).collect()
}

#[tokio::test]
async fn a_key_is_replaced_with_its_id_once_the_provider_knows_both() {
    let rig = Rig::new();
    *rig.world.form.lock().unwrap() = KEYS;
    let view = rig.api.add_connection(adding("codepipeline", Some("AKIA1"))).await.unwrap().connection;

    let refused = ProviderError { kind: ProviderErrorKind::Unauthorized, message: "No such key.".into(), next_step: String::new() };
    *rig.world.outage.lock().unwrap() = Some(refused);
    rig.api.replace_token(replacing(&view.id, Some("AKIA2"))).await.unwrap_err();
    assert_eq!(rig.api.list_connections().await.unwrap()[0].user.as_deref(), Some("AKIA1"), "the old one stays");
    assert_eq!(secret(&rig, &view.id), "first-secret");
    assert_eq!(summaries(&rig).await, Vec::<String>::new());

    *rig.world.outage.lock().unwrap() = None;
    let error = rig.api.replace_token(replacing(&view.id, Some("  "))).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("user"), "it can't be left out");
    let replaced = rig.api.replace_token(replacing(&view.id, Some(" AKIA2 "))).await.unwrap().connection;
    assert_eq!(replaced.user.as_deref(), Some("AKIA2"));
    assert_eq!(secret(&rig, &view.id), "second-secret");
    // The secret alone: whoever signed in still does.
    assert_eq!(rig.api.replace_token(replacing(&view.id, None)).await.unwrap().connection.user.as_deref(), Some("AKIA2"));
    let told = ["Replaced the token of Pipelines", "Replaced the token of Pipelines: its access key id is AKIA2, before AKIA1"];
    assert_eq!(summaries(&rig).await, told);
}

#[tokio::test]
async fn a_token_that_says_whose_it_is_takes_no_user() {
    let rig = Rig::new();
    let view = rig.api.add_connection(adding("github", None)).await.unwrap().connection;
    let error = rig.api.replace_token(replacing(&view.id, Some("mira"))).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("user")));
    assert_eq!(secret(&rig, &view.id), "first-secret");
    *rig.world.form.lock().unwrap() = KEYS;
    let kinds = rig.api.provider_kinds();
    assert!(kinds[0].fields.iter().all(|field| field.replaceable), "what is asked for together with the secret is told as data");
}
