//! Through a company's network: authorities of one's own, client certificates, certificates trusted on purpose, proxies; each against
//! real TLS, and each adapter once through it.

mod proxy;
mod settings;
mod system;
pub(crate) mod terminator;

use crate::conformance::codepipeline;
use pilothouse_domain::connection::{Connection, ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::network::{Certificate, Fingerprint, NetworkSettings};
use pilothouse_domain::{ConnectionId, Timestamp};
use pilothouse_engine::ports::provider::{
    CallOutcome, CertificateFault, CertificateRefusal, NetworkSecrets, Provider, ProviderError, ProviderErrorKind, ProviderRegistry,
    Secrets,
};
use pilothouse_providers::{CallOptions, Registry};
use pilothouse_range::{Range, RangeOptions};
use proxy::Proxy;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use terminator::{Authority, GOOD, Identity, Terminator, self_signed};

const LOCAL: &[&str] = &["127.0.0.1", "localhost"];

fn registry() -> Registry {
    Registry::new(CallOptions { retry_pause: Duration::from_millis(1), ..CallOptions::default() })
}

fn connection(base_url: &str, network: NetworkSettings) -> Connection {
    Connection {
        id: ConnectionId::new(uuid::Uuid::from_u128(1)),
        revision: 0,
        kind: ProviderKind::Github,
        name: "Range".into(),
        base_url: base_url.to_owned(),
        settings: ConnectionSettings { network, ..ConnectionSettings::default() },
        status: ConnectionStatus::Unverified,
        created_at: Timestamp::from_micros(0).unwrap(),
    }
}

fn with_key(token: &str, identity: &Identity) -> Secrets {
    let network = NetworkSecrets { client_key: Some(identity.key_pem().into()), ..NetworkSecrets::default() };
    Secrets { token: token.into(), network }
}

async fn verify(connection: &Connection, secrets: Secrets) -> Result<(), ProviderError> {
    registry().connect_with(connection, secrets).unwrap().verify().await.map(drop)
}

fn trusting(certificate: Certificate) -> NetworkSettings {
    NetworkSettings { trusted: Some(certificate), ..NetworkSettings::default() }
}

fn authorities(list: &[&Authority]) -> NetworkSettings {
    let pem: String = list.iter().map(|authority| authority.identity.pem()).collect();
    NetworkSettings { ca_certificates: Some(pem), ..NetworkSettings::default() }
}

fn refusal(error: ProviderError) -> CertificateRefusal {
    assert_eq!(error.outcome(), CallOutcome::NotStarted, "{error:?}");
    match error.kind {
        ProviderErrorKind::CertificateRefused(refusal) => {
            let shown = refusal.certificate.fingerprint.to_string();
            assert!(error.message.contains(&shown), "the fingerprint is said: {}", error.message);
            assert!(!error.next_step.is_empty());
            *refusal
        }
        other => panic!("{other:?}: {}", error.message),
    }
}

async fn range() -> (Range, SecretString) {
    let range = Range::start(RangeOptions::fast()).await.unwrap();
    let token = SecretString::from(range.token());
    (range, token)
}

fn path(url: &str) -> &str {
    let rest = url.trim_start_matches("http://");
    rest.find('/').map_or("", |at| &rest[at..])
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_where_it_is_named_and_nowhere_else() {
    let (range, token) = range().await;
    let (ours, other) = (Authority::new("Corp Root", GOOD), Authority::new("Other Root", GOOD));
    let server = Terminator::before(&range.github_url(), &ours.server(LOCAL, GOOD), None).await;
    let url = server.url("127.0.0.1", path(&range.github_url()));
    for network in [NetworkSettings::default(), authorities(&[&other])] {
        let refused = refusal(verify(&connection(&url, network), token.clone().into()).await.unwrap_err());
        assert_eq!((refused.fault, refused.can_be_trusted), (CertificateFault::UnknownIssuer, true));
        assert!(refused.certificate.issuer.contains("Corp Root"), "{:?}", refused.certificate);
    }
    assert_eq!(server.count(), 0, "nothing was sent");
    verify(&connection(&url, authorities(&[&other, &ours])), token.into()).await.unwrap();
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused_until_that_very_one_is_trusted() {
    let (range, token) = range().await;
    let (first, second) = (self_signed("ci", LOCAL, GOOD), self_signed("ci", LOCAL, GOOD));
    let server = Terminator::before(&range.github_url(), &first, None).await;
    let url = server.url("127.0.0.1", path(&range.github_url()));
    let refused = refusal(verify(&connection(&url, NetworkSettings::default()), token.clone().into()).await.unwrap_err());
    assert_eq!((refused.fault, refused.can_be_trusted), (CertificateFault::SelfSigned, true));
    assert_eq!(refused.certificate.fingerprint.to_string(), first.fingerprint());
    assert_eq!(
        (refused.host.as_str(), refused.certificate.names.as_slice()),
        ("127.0.0.1", &["127.0.0.1".to_owned(), "localhost".to_owned()][..])
    );

    let trusted = trusting(refused.certificate);
    verify(&connection(&url, trusted.clone()), token.clone().into()).await.unwrap();

    let before = server.count();
    server.show(&second);
    let error = verify(&connection(&url, trusted), token.into()).await.unwrap_err();
    assert!(error.message.contains(&first.fingerprint()) && error.message.contains(&second.fingerprint()), "both: {}", error.message);
    let refused = refusal(error);
    let expected: Fingerprint = first.fingerprint().parse().unwrap();
    assert_eq!((refused.fault, refused.can_be_trusted), (CertificateFault::Changed { trusted: expected }, true));
    assert_eq!(server.count(), before, "nothing was sent");
}

#[tokio::test]
async fn a_wrong_name_and_a_time_that_is_over_are_told_apart() {
    let (range, token) = range().await;
    let ours = Authority::new("Corp Root", GOOD);
    let cases = [
        (ours.server(&["ci.corp.example"], GOOD), CertificateFault::WrongName, "ci.corp.example", true),
        (ours.server(LOCAL, (2020, 2021)), CertificateFault::Expired, "expired on 2021-01-01", false),
        (ours.server(LOCAL, (2080, 2090)), CertificateFault::NotYetValid, "not good before 2080-01-01", false),
        (self_signed("old", LOCAL, (2020, 2021)), CertificateFault::Expired, "expired on 2021-01-01", false),
    ];
    for (identity, fault, words, can_be_trusted) in cases {
        let server = Terminator::before(&range.github_url(), &identity, None).await;
        let url = server.url("127.0.0.1", path(&range.github_url()));
        let error = verify(&connection(&url, authorities(&[&ours])), token.clone().into()).await.unwrap_err();
        assert!(error.message.contains(words), "{}", error.message);
        let refused = refusal(error);
        assert_eq!((&refused.fault, refused.can_be_trusted), (&fault, can_be_trusted));
        let pinned = verify(&connection(&url, trusting(refused.certificate)), token.clone().into()).await;
        match can_be_trusted {
            true => pinned.unwrap(),
            // Trusting a certificate doesn't make it young.
            false => assert_eq!(refusal(pinned.unwrap_err()).fault, fault),
        }
    }
}

#[tokio::test]
async fn a_server_that_wants_to_see_a_certificate_gets_the_connections_own() {
    let (range, token) = range().await;
    let (ours, other) = (Authority::new("Corp Root", GOOD), Authority::new("Other Root", GOOD));
    let server = Terminator::before(&range.github_url(), &ours.server(LOCAL, GOOD), Some(&ours)).await;
    let url = server.url("127.0.0.1", path(&range.github_url()));
    let noor = ours.client("noor", GOOD);
    let network = |client: Option<&Identity>| NetworkSettings { client_certificate: client.map(Identity::pem), ..authorities(&[&ours]) };
    verify(&connection(&url, network(Some(&noor))), with_key(range.token(), &noor)).await.unwrap();

    let error = verify(&connection(&url, network(None)), token.into()).await.unwrap_err();
    assert!(error.message.contains("wants to see a client certificate"), "{error:?}");
    assert_eq!(error.outcome(), CallOutcome::NotStarted);

    let stranger = other.client("stranger", GOOD);
    let secrets = with_key(range.token(), &stranger);
    let error = verify(&connection(&url, network(Some(&stranger))), secrets).await.unwrap_err();
    assert!(error.message.contains("refuses our client certificate"), "{error:?}");

    // A key that doesn't belong is found before anything is called.
    let mixed = registry().connect_with(&connection(&url, network(Some(&noor))), with_key(range.token(), &stranger)).map(drop).unwrap_err();
    assert!(mixed.message.contains("doesn't belong"), "{mixed:?}");
    assert_eq!(mixed.kind, ProviderErrorKind::Invalid);
}

#[tokio::test]
async fn a_connections_own_proxy_is_taken_with_its_password_and_secrets_stay_out_of_errors() {
    let (range, token) = range().await;
    let ours = Authority::new("Corp Root", GOOD);
    let server = Terminator::before(&range.github_url(), &ours.server(&["ci.corp.test"], GOOD), None).await;
    let url = server.url("ci.corp.test", path(&range.github_url()));
    let proxy = Proxy::start(Some("noor:opensesame")).await;
    let network = |user: Option<&str>| NetworkSettings {
        proxy: Some(format!("http://127.0.0.1:{}", proxy.port)),
        proxy_user: user.map(str::to_owned),
        ..authorities(&[&ours])
    };
    let secrets = |password: &str| Secrets {
        token: token.clone(),
        network: NetworkSecrets { proxy_password: Some(SecretString::from(password)), ..NetworkSecrets::default() },
    };
    verify(&connection(&url, network(Some("noor"))), secrets("opensesame")).await.unwrap();
    let asked = proxy.asked();
    assert!(!asked.is_empty() && asked.iter().all(|target| *target == format!("ci.corp.test:{}", server.port)), "{asked:?}");
    for (network, secrets) in [(network(Some("noor")), secrets("sesame-shut")), (network(None), token.clone().into())] {
        let error = verify(&connection(&url, network), secrets).await.unwrap_err();
        assert!(!format!("{error:?}").contains("sesame"), "{error:?}");
        assert!(error.message.contains("proxy"), "who refuses is said: {error:?}");
        assert_eq!(error.outcome(), CallOutcome::NotStarted, "{error:?}");
    }
    assert_eq!(proxy.asked().len(), asked.len(), "none got through");

    let socks = Proxy::start(None).await;
    let network = NetworkSettings { proxy: Some(format!("socks5h://127.0.0.1:{}", socks.port)), ..authorities(&[&ours]) };
    verify(&connection(&url, network), token.into()).await.unwrap();
    assert!(socks.asked().iter().all(|target| target.starts_with("ci.corp.test:")) && !socks.asked().is_empty());
}

#[tokio::test]
async fn a_connections_own_time_out_holds() {
    // Accepts, and says nothing.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let network = NetworkSettings { call_timeout_s: Some(1), connect_timeout_s: Some(1), ..NetworkSettings::default() };
    let error = verify(&connection(&format!("http://{address}"), network), SecretString::from("t").into()).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NoAnswer);
    assert!(error.message.contains("within 1 s"), "{error:?}");
}

#[tokio::test]
async fn all_four_speak_through_tls_of_a_private_authority() {
    let range = Range::start(RangeOptions::fast()).await.unwrap();
    let ours = Authority::new("Corp Root", GOOD);
    let identity = ours.server(LOCAL, GOOD);
    let aws = range.aws_keys().full.clone();
    let jenkins = range.jenkins_accounts().full.clone();
    let cases = [
        (ProviderKind::Github, range.github_url(), SecretString::from(range.token())),
        (ProviderKind::Gitlab, range.gitlab_url(), SecretString::from(range.gitlab_tokens().full.as_str())),
        (ProviderKind::Jenkins, range.jenkins_url().to_owned(), SecretString::from(jenkins.secret.as_str())),
        (ProviderKind::Codepipeline, range.codepipeline_url().to_owned(), codepipeline::kept(&aws)),
    ];
    for (kind, plain, token) in cases {
        let server = Terminator::before(&plain, &identity, Some(&ours)).await;
        let noor = ours.client("noor", GOOD);
        let network = NetworkSettings { client_certificate: Some(noor.pem()), ..authorities(&[&ours]) };
        let mut connection = connection(&server.url("127.0.0.1", path(&plain)), network);
        connection.kind = kind;
        connection.settings.user = match kind {
            ProviderKind::Jenkins => Some(jenkins.user.clone()),
            ProviderKind::Codepipeline => Some(aws.access_key_id.clone()),
            _ => None,
        };
        connection.settings.region = Some("eu-central-1".to_owned());
        let mut secrets = with_key("", &noor);
        secrets.token = token;
        let provider: Arc<dyn Provider> = registry().connect_with(&connection, secrets.clone()).unwrap();
        let account = provider.verify().await.unwrap().account;
        assert!(!account.login.is_empty(), "{kind:?}");
        assert!(!provider.repositories("").await.unwrap().is_empty(), "{kind:?}");
        assert!(server.count() > 0, "{kind:?}");

        // And each says which certificate it is that isn't trusted.
        connection.settings.network.ca_certificates = None;
        let error = registry().connect_with(&connection, secrets).unwrap().verify().await.map(drop).unwrap_err();
        assert_eq!(refusal(error).certificate.fingerprint.to_string(), identity.fingerprint(), "{kind:?}");
    }
}
