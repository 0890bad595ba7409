//! A password needs a crumb with the session that it was given in; an API token needs none.

use crate::conformance::fixture::{Fixture, Setup, Token};
use crate::conformance::jenkins::{JenkinsRange, connection};
use pilothouse_engine::ports::provider::ProviderRegistry;
use pilothouse_providers::{CallOptions, Registry};
use secrecy::SecretString;

const REPOSITORY: &str = "nordwind/checkout";

fn asked(jenkins: &JenkinsRange, part: &str) -> usize {
    jenkins.range.requests().iter().filter(|request| request.target.contains(part)).count()
}

#[tokio::test]
async fn a_password_gets_a_crumb_once_and_a_new_one_when_its_session_is_over() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let account = jenkins.range.jenkins_accounts().password.clone();
    let registry = Registry::new(CallOptions::default());
    let connect = || registry.connect(&connection(jenkins.range.jenkins_url(), &account.user), SecretString::from(account.secret.as_str()));
    for n in 0..2 {
        connect().unwrap().trigger(REPOSITORY, &jenkins.deploy("staging", &format!("crumb-{n}"))).await.unwrap().unwrap();
    }
    assert_eq!((asked(&jenkins, "crumbIssuer"), asked(&jenkins, "/buildWithParameters")), (1, 2), "a later client knows it");
    jenkins.range.end_jenkins_sessions();
    connect().unwrap().trigger(REPOSITORY, &jenkins.deploy("staging", "crumb-2")).await.unwrap().unwrap();
    assert_eq!((asked(&jenkins, "crumbIssuer"), asked(&jenkins, "/buildWithParameters")), (2, 4), "refused for its crumb, then sent again");
    assert_eq!(jenkins.started("crumb-2"), 1);
}

#[tokio::test]
async fn an_api_token_asks_for_none() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    jenkins.client(Token::Full).trigger(REPOSITORY, &jenkins.deploy("staging", "no-crumb")).await.unwrap().unwrap();
    assert_eq!(asked(&jenkins, "crumbIssuer"), 0);
}
