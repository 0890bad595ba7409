//! What the operating system says holds where the connection says nothing: its list of authorities, its proxies and `NO_PROXY`. Each
//! is tried in a process of its own, with an environment of its own.

use super::proxy::Proxy;
use super::terminator::{Authority, GOOD, Terminator};
use super::{LOCAL, authorities, connection, path, range, verify};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::network::NetworkSettings;
use secrecy::SecretString;

const CHILD_VAR: &str = "PILOTHOUSE_TEST_NETWORK_CHILD";
const TOKEN_VAR: &str = "PILOTHOUSE_TEST_NETWORK_TOKEN";
const PROXIES: &[&str] = &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"];

/// Runs in a process of its own; as a test of this one it does nothing.
#[tokio::test]
async fn child_that_verifies() {
    let Ok(text) = std::env::var(CHILD_VAR) else { return };
    let connection: Connection = serde_json::from_str(&text).unwrap();
    let token = SecretString::from(std::env::var(TOKEN_VAR).unwrap());
    match verify(&connection, token.into()).await {
        Ok(()) => println!("verified"),
        Err(error) => println!("refused: {}", error.message),
    }
}

async fn child(connection: &Connection, token: &str, environment: &[(&str, &str)]) -> String {
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "network::system::child_that_verifies", "--nocapture"]);
    for name in PROXIES {
        command.env_remove(name);
    }
    command.env(CHILD_VAR, serde_json::to_string(connection).unwrap()).env(TOKEN_VAR, token).envs(environment.iter().copied());
    let output = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[cfg(all(unix, not(target_os = "macos")))]
#[tokio::test]
async fn an_authority_that_the_system_trusts_is_trusted() {
    let (range, _) = range().await;
    let ours = Authority::new("Corp Root", GOOD);
    let server = Terminator::before(&range.github_url(), &ours.server(LOCAL, GOOD), None).await;
    let connection = connection(&server.url("127.0.0.1", path(&range.github_url())), NetworkSettings::default());
    let folder = std::env::temp_dir().join(format!("pilothouse-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&folder).unwrap();
    let list = folder.join("roots.pem");
    std::fs::write(&list, ours.identity.pem()).unwrap();
    let said = child(&connection, range.token(), &[("SSL_CERT_FILE", list.to_str().unwrap())]).await;
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(said.contains("verified"), "{said}");
    let said = child(&connection, range.token(), &[]).await;
    assert!(said.contains("refused: 127.0.0.1 shows a certificate from CN=Corp Root"), "{said}");
}

#[tokio::test]
async fn the_systems_proxy_is_taken_but_for_what_no_proxy_names() {
    let (range, _) = range().await;
    let ours = Authority::new("Corp Root", GOOD);
    let server = Terminator::before(&range.github_url(), &ours.server(&["ci.corp.test"], GOOD), None).await;
    let url = server.url("ci.corp.test", path(&range.github_url()));
    let proxy = Proxy::start(None).await;
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let own = NetworkSettings { proxy: Some(address.clone()), ..authorities(&[&ours]) };
    for (network, environment) in [(authorities(&[&ours]), vec![("HTTPS_PROXY", address.as_str())]), (own, Vec::new())] {
        let connection = connection(&url, network);
        let before = proxy.asked().len();
        let said = child(&connection, range.token(), &environment).await;
        assert!(said.contains("verified"), "{said}");
        let asked = proxy.asked().len();
        assert!(asked > before);
        // Nothing but the proxy knows this name.
        let environment = [environment, vec![("NO_PROXY", "other.test,.corp.test")]].concat();
        let said = child(&connection, range.token(), &environment).await;
        assert!(said.contains("refused: The name ci.corp.test"), "{said}");
        assert_eq!(proxy.asked().len(), asked, "passed by");
    }
}
