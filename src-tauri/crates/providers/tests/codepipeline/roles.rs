//! Roles, temporary keys, clocks; and that secrets stay where they belong.

use super::{REGION, fast, tee};
use crate::conformance::codepipeline::{CodePipelineRange, PATIENCE, connect, connection, kept};
use crate::conformance::fixture::{Fixture, Setup, Token};
use crate::contract::canned::{Canned, fast as bounds, with};
use pilothouse_domain::connection::ProviderKind;
use pilothouse_engine::ports::provider::{ProviderErrorKind, ProviderRegistry};
use pilothouse_providers::Registry;
use pilothouse_range::AwsKey;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn a_role_is_taken_on_once_and_everything_is_done_as_it() {
    let stand_in = CodePipelineRange::with(fast()).await;
    let keys = stand_in.range.aws_keys();
    let tee = tee::Tee::before(stand_in.range.codepipeline_url()).await;
    let registry = Registry::new(bounds());
    let connection = connection(&tee.url, &keys.full, Some(&keys.role));
    // A client for each use, as the engine makes them.
    let verified = registry.connect(&connection, kept(&keys.full)).unwrap().verify().await.unwrap();
    assert_eq!(verified.account.login, "arn:aws:sts::111122223333:assumed-role/release/pilothouse");
    let provider = registry.connect(&connection, kept(&keys.full)).unwrap();
    let run = provider.trigger(REGION, &stand_in.deploy("staging", "as-role")).await.unwrap().unwrap().external_id;
    stand_in.ended(&run).await;
    let run = provider.run(REGION, &run).await.unwrap();
    assert!(run.started_by.unwrap().contains("assumed-role/release"));
    let assumed = tee.exchanges().iter().filter(|one| String::from_utf8_lossy(&one.request.body).contains("Action=AssumeRole")).count();
    assert_eq!(assumed, 1);
    for one in tee.exchanges() {
        let text = format!("{:?} {}", one.request.headers, String::from_utf8_lossy(&one.request.body));
        assert!(!text.contains(&keys.full.secret_access_key), "the secret is never sent");
    }
}

#[tokio::test]
async fn a_role_that_may_not_be_taken_on_says_so() {
    let stand_in = CodePipelineRange::with(fast()).await;
    let keys = stand_in.range.aws_keys();
    let url = stand_in.range.codepipeline_url();
    let error = |key: &AwsKey, role: &str| {
        let provider = Registry::new(bounds()).connect(&connection(url, key, Some(role)), kept(key)).unwrap();
        async move { provider.verify().await.unwrap_err() }
    };
    let refused = error(&keys.read_only, &keys.role).await;
    assert_eq!(refused.kind, ProviderErrorKind::Forbidden, "{refused:?}");
    assert!(refused.next_step.contains("sts:AssumeRole"), "{refused:?}");
    let expired = error(&keys.expired, &keys.role).await;
    assert_eq!(expired.kind, ProviderErrorKind::Unauthorized, "{expired:?}");
    let wrong = Registry::new(bounds()).connect(&connection(url, &keys.full, Some("release")), kept(&keys.full)).map(drop).unwrap_err();
    assert_eq!(wrong.kind, ProviderErrorKind::Invalid, "{wrong:?}");
}

#[tokio::test]
async fn a_wrong_secret_and_an_ended_session_are_told_apart() {
    let stand_in = CodePipelineRange::start(Setup::default()).await;
    let keys = stand_in.range.aws_keys();
    let wrong = AwsKey { secret_access_key: "0123456789012345678901234567890123456789".into(), ..keys.full.clone() };
    let error = connect(stand_in.range.codepipeline_url(), &wrong, PATIENCE).verify().await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unauthorized);
    assert!(error.message.contains("secret access key doesn't belong"), "{error:?}");
    let error = stand_in.client(Token::Expired).verify().await.unwrap_err();
    assert!(error.message.contains("session token has expired"), "{error:?}");
    let verified = stand_in.client(Token::Full).verify().await.unwrap();
    assert_eq!(verified.account.login, "arn:aws:iam::111122223333:user/noor-haddad");
    let blind = stand_in.client(Token::Blind).verify().await.unwrap();
    assert_eq!(blind.missing, ["codepipeline:ListPipelines"]);
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_named_as_the_cause() {
    let headers = [("date", "Mon, 23 Nov 2015 03:00:00 GMT"), ("content-type", "application/x-amz-json-1.1")];
    let body = r#"{"__type":"InvalidSignatureException","message":"Signature not yet current"}"#;
    let server = Canned::start(move |_, _| with(400, &headers, body)).await;
    let key = AwsKey { access_key_id: "AKIAEXAMPLE".into(), secret_access_key: "SECRET".into(), session_token: None };
    let error = connect(&server.url, &key, PATIENCE).pipelines(REGION).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unauthorized);
    assert!(error.message.contains("clock") && error.message.contains("fast"), "{error:?}");
}

#[tokio::test]
async fn neither_secret_nor_session_token_is_shown_even_where_a_server_sends_them_back() {
    let key =
        AwsKey { access_key_id: "ASIAEXAMPLE".into(), secret_access_key: "SECRET/+=".into(), session_token: Some("SESSION==".into()) };
    for status in [400, 403, 500] {
        let body = r#"{"__type":"Oops","message":"you sent SECRET/+= and SESSION=="}"#;
        let server = Canned::start(move |_, _| with(status, &[], body)).await;
        let error = connect(&server.url, &key, PATIENCE).pipelines(REGION).await.unwrap_err();
        let shown = format!("{error:?} {error}");
        assert!(!shown.contains("SECRET") && !shown.contains("SESSION"), "{shown}");
    }
}

/// What is logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_and_no_session_token_is_logged_however_much_is() {
    let stand_in = CodePipelineRange::with(fast()).await;
    let keys = stand_in.range.aws_keys().clone();
    let tee = tee::Tee::before(stand_in.range.codepipeline_url()).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let logged = tracing::subscriber::set_default(subscriber);
    let provider = Registry::new(bounds()).connect(&connection(&tee.url, &keys.full, Some(&keys.role)), kept(&keys.full)).unwrap();
    provider.verify().await.unwrap();
    provider.trigger(REGION, &stand_in.deploy("staging", "logged")).await.unwrap().unwrap();
    drop(logged);
    let expired = keys.expired.session_token.as_deref().unwrap();
    let lent = tee.exchanges().iter().find_map(|one| one.request.header("x-amz-security-token").first().map(|token| (*token).to_owned()));
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("StartPipelineExecution"), "something is logged");
    for secret in [keys.full.secret_access_key.as_str(), expired, lent.unwrap().as_str()] {
        let line = text.lines().find(|line| line.contains(secret)).map(|line| line.chars().take(400).collect::<String>());
        assert_eq!(line, None);
    }
}

#[tokio::test]
async fn a_connection_without_an_address_is_for_its_region_and_a_wrong_one_is_refused() {
    let key = AwsKey { access_key_id: "AKIAEXAMPLE".into(), secret_access_key: "SECRET".into(), session_token: None };
    let registry = Registry::new(bounds());
    assert_eq!(registry.form(ProviderKind::Codepipeline).default_base_url, "");
    assert!(registry.connect(&connection("", &key, None), kept(&key)).is_ok());
    let elsewhere = connection("https://codepipeline.us-east-1.amazonaws.com", &key, None);
    let error = registry.connect(&elsewhere, kept(&key)).map(drop).unwrap_err();
    assert!(error.message.contains("eu-central-1") && error.message.contains("us-east-1"), "{error:?}");
    for (user, region) in [(None, Some("eu-central-1")), (Some("AKIAEXAMPLE"), None), (Some("AKIAEXAMPLE"), Some("Frankfurt"))] {
        let mut wrong = connection("", &key, None);
        wrong.settings.user = user.map(str::to_owned);
        wrong.settings.region = region.map(str::to_owned);
        let error = registry.connect(&wrong, kept(&key)).map(drop).unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Invalid, "{error:?}");
    }
}
