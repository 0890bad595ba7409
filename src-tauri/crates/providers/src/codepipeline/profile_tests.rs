//! Profiles in AWS's own files, and what of them is refused.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::codepipeline::keys::Keys;
use pilothouse_domain::connection::{ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::{ConnectionId, Timestamp};
use secrecy::ExposeSecret;

const CONFIG: &str = "\
# of the release managers
[default]
region = us-east-1

[profile release]
region = eu-central-1   # Frankfurt
role_arn = arn:aws:iam::123456789012:role/release
source_profile = base
s3 =
    max_concurrent_requests = 20
    aws_secret_access_key = not-this-one

[profile sso]
sso_session = corp
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
[profile mfa]
role_arn = arn:aws:iam::123456789012:role/r
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/noor
[profile outside]
role_arn = arn:aws:iam::123456789012:role/r
source_profile = base
external_id = 42
[profile chained]
role_arn = arn:aws:iam::123456789012:role/r
source_profile = release
[profile program]
credential_process = /bin/keys
[profile lonely]
role_arn = arn:aws:iam::123456789012:role/r
";

const CREDENTIALS: &str = "\
[base]
aws_access_key_id=AKIABASE
aws_secret_access_key=secret/of+base=
[lent]
AWS_ACCESS_KEY_ID = ASIALENT
aws_secret_access_key = secret-of-lent
aws_session_token = session-of-lent
";

fn files() -> Files {
    let mut files = Files::default();
    files.add(CONFIG, true);
    files.add(CREDENTIALS, false);
    files
}

fn connection(profile: &str) -> Connection {
    Connection {
        id: ConnectionId::new(uuid::Uuid::from_u128(1)),
        revision: 0,
        kind: ProviderKind::Codepipeline,
        name: "AWS".to_owned(),
        base_url: String::new(),
        settings: ConnectionSettings { profile: Some(profile.to_owned()), ..ConnectionSettings::default() },
        status: ConnectionStatus::Unverified,
        created_at: Timestamp::parse("2026-11-23T06:00:00Z").unwrap(),
    }
}

#[test]
fn a_role_uses_the_keys_of_its_source_and_its_own_region() {
    let (found, secret) = files().apply("release", &connection("release")).unwrap();
    assert_eq!(secret.expose_secret(), "secret/of+base=");
    assert_eq!(found.settings.user.as_deref(), Some("AKIABASE"));
    assert_eq!(found.settings.region.as_deref(), Some("eu-central-1"));
    assert_eq!(found.settings.role.as_deref(), Some("arn:aws:iam::123456789012:role/release"));
    let mut named = connection("release");
    named.settings.region = Some("eu-west-1".to_owned());
    let (found, _) = files().apply("release", &named).unwrap();
    assert_eq!(found.settings.region.as_deref(), Some("eu-west-1"), "what the connection says counts more");
}

#[test]
fn temporary_keys_are_read_with_their_session_token() {
    let (found, secret) = files().apply("lent", &connection("lent")).unwrap();
    let keys = Keys::read(found.settings.user.as_deref(), &secret).unwrap();
    assert_eq!(keys.clean("secret-of-lent session-of-lent"), "[secret] [secret]");
}

#[test]
fn what_is_not_supported_is_said_plainly_and_without_a_secret() {
    for (profile, word) in [
        ("sso", "SSO"),
        ("mfa", "MFA"),
        ("outside", "external id"),
        ("chained", "by another role"),
        ("program", "another program"),
        ("lonely", "source_profile"),
        ("default", "no keys"),
        ("nobody", "no profile nobody"),
    ] {
        let error = files().apply(profile, &connection(profile)).map(drop).unwrap_err();
        assert!(error.message.contains(word) && !error.next_step.is_empty(), "{profile}: {error:?}");
        assert!(!format!("{error:?}").contains("secret/of"), "{error:?}");
    }
}

/// The files as they lie below a home, or where variables name them.
fn read_with(variables: &[(&str, &std::path::Path)]) -> Result<Files, ProviderError> {
    Files::read(&|wanted| variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_os_str().to_owned()))
}

#[test]
fn the_files_are_read_at_home_or_where_the_environment_says() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let key = |files: &Files, profile: &str| files.apply(profile, &connection(profile)).map(|(found, _)| found.settings.user.unwrap());
    assert!(key(&read_with(&[("HOME", home)]).unwrap(), "base").is_err(), "nothing there is no fault of its own");

    std::fs::create_dir(home.join(".aws")).unwrap();
    std::fs::write(home.join(".aws/config"), CONFIG).unwrap();
    std::fs::write(home.join(".aws/credentials"), CREDENTIALS).unwrap();
    for variable in ["HOME", "USERPROFILE"] {
        let files = read_with(&[(variable, home)]).unwrap();
        assert_eq!((key(&files, "base"), key(&files, "release")), (Ok("AKIABASE".to_owned()), Ok("AKIABASE".to_owned())));
    }

    let elsewhere = home.join("keys of mira");
    std::fs::write(&elsewhere, "[base]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n").unwrap();
    let named = [("HOME", home), ("AWS_SHARED_CREDENTIALS_FILE", elsewhere.as_path())];
    let files = read_with(&named).unwrap();
    assert_eq!(key(&files, "release"), Ok("AKIAOTHER".to_owned()), "the settings are still those of home");
    assert!(key(&files, "lent").is_err(), "the file that is named stands in for the other");
    assert_eq!(
        key(&read_with(&[("HOME", home), ("AWS_CONFIG_FILE", std::path::Path::new(""))]).unwrap(), "base"),
        Ok("AKIABASE".to_owned())
    );

    // What somebody names and isn't there is a mistake; so is what can't be a file of settings.
    for (path, words) in [(home.join("gone"), "can't be read"), (home.join(".aws"), "can't be read")] {
        let error = read_with(&[("HOME", home), ("AWS_CONFIG_FILE", path.as_path())]).map(drop).unwrap_err();
        assert!(error.message.contains(words) && error.message.contains(path.to_str().unwrap()), "{error:?}");
    }
    let large = home.join("large");
    std::fs::File::create(&large).unwrap().set_len(LONGEST + 1).unwrap();
    assert!(read_with(&[("AWS_CONFIG_FILE", large.as_path())]).map(drop).unwrap_err().message.contains("larger than"));
}
