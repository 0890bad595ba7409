//! Profiles of AWS's own files (<https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>): keys that a person has there
//! already and names on purpose. They are read at each use and kept nowhere. Must not write there, nor start another program.

use crate::failure::invalid;
use pilothouse_domain::connection::Connection;
use pilothouse_engine::ports::provider::ProviderError;
use secrecy::SecretString;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The longest file that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// What stands in a profile, by lower-case name.
type Profile = HashMap<String, String>;

/// The two files, by profile.
#[derive(Default)]
struct Files {
    profiles: HashMap<String, Profile>,
}

/// The connection and the secret as its profile has them; unchanged where it names none. What the connection says itself counts more.
pub(crate) fn with_profile(connection: &Connection, secret: SecretString) -> Result<(Connection, SecretString), ProviderError> {
    let Some(name) = &connection.settings.profile else { return Ok((connection.clone(), secret)) };
    Files::read(&|variable| std::env::var_os(variable))?.apply(name, connection)
}

/// What a variable of the environment holds.
type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;

impl Files {
    /// Reads both, where the environment says that they lie, else where AWS has them.
    fn read(variables: Variables<'_>) -> Result<Self, ProviderError> {
        let mut files = Self::default();
        files.add(&read(variables, "AWS_CONFIG_FILE", "config")?, true);
        files.add(&read(variables, "AWS_SHARED_CREDENTIALS_FILE", "credentials")?, false);
        Ok(files)
    }

    /// Adds the sections of a file. In the one for credentials a section is named as the profile is; in the other `profile NAME`.
    /// Where both have a profile, what the one for credentials says counts more: it is added last.
    fn add(&mut self, text: &str, is_config: bool) {
        let mut section: Option<String> = None;
        for line in text.lines() {
            let bare = line.trim();
            if bare.is_empty() || bare.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                let name = name.trim();
                let words: Vec<&str> = name.split_whitespace().collect();
                section = match (is_config, words.as_slice()) {
                    (true, ["profile", named]) => Some((*named).to_owned()),
                    (true, ["default"]) => Some("default".to_owned()),
                    (true, _) => None,
                    (false, _) => Some(name.to_owned()),
                };
                if let Some(name) = &section {
                    self.profiles.entry(name.clone()).or_default();
                }
                continue;
            }
            // Indented lines belong to a setting with parts, of which we need none.
            let (Some(profile), false) = (section.as_ref().and_then(|name| self.profiles.get_mut(name)), line.starts_with([' ', '\t']))
            else {
                continue;
            };
            if let Some((key, value)) = bare.split_once('=') {
                let value = value.split(" #").next().unwrap_or_default().split(" ;").next().unwrap_or_default();
                profile.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
            }
        }
    }

    fn profile(&self, name: &str) -> Result<&Profile, ProviderError> {
        self.profiles.get(name).ok_or_else(|| {
            invalid(
                format!("AWS's files on this computer have no profile {name}."),
                "Check the name in ~/.aws/config and ~/.aws/credentials (or where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE point).",
            )
        })
    }

    fn apply(&self, name: &str, connection: &Connection) -> Result<(Connection, SecretString), ProviderError> {
        let own = self.profile(name)?;
        let mut connection = connection.clone();
        let settings = &mut connection.settings;
        if settings.region.is_none() {
            settings.region = own.get("region").cloned();
        }
        refuse_unsupported(name, own)?;
        let keys = match own.get("role_arn") {
            None => own,
            Some(role) => {
                let source = own.get("source_profile").map(String::as_str).ok_or_else(|| {
                    invalid(
                        format!("The profile {name} takes on a role, and names no source_profile whose keys it may use."),
                        "Add source_profile to it; roles lent by other ways are not supported.",
                    )
                })?;
                if settings.role.is_none() {
                    settings.role = Some(role.clone());
                }
                let keys = self.profile(source)?;
                refuse_unsupported(source, keys)?;
                if source != name && keys.contains_key("role_arn") {
                    return Err(invalid(
                        format!("The profile {name} takes on a role by another role, that of {source}."),
                        "Name a source_profile with keys of its own: roles in a chain are not supported.",
                    ));
                }
                keys
            }
        };
        let (Some(id), Some(secret)) = (keys.get("aws_access_key_id"), keys.get("aws_secret_access_key")) else {
            return Err(invalid(
                format!("The profile {name} leads to no keys."),
                "Give it aws_access_key_id and aws_secret_access_key, or a source_profile that has them.",
            ));
        };
        settings.user = Some(id.clone());
        let secret = SecretString::from(secret.clone());
        let secret = match keys.get("aws_session_token") {
            Some(session) => super::temporary(&secret, &SecretString::from(session.clone())),
            None => secret,
        };
        Ok((connection, secret))
    }
}

/// What a profile may ask for and we don't do: said plainly, as AWS's own words for a missing key would mislead.
fn refuse_unsupported(name: &str, profile: &Profile) -> Result<(), ProviderError> {
    const UNSUPPORTED: &[(&str, &str)] = &[
        ("sso_session", "signs in by IAM Identity Center (SSO)"),
        ("sso_start_url", "signs in by IAM Identity Center (SSO)"),
        ("login_session", "signs in by the AWS command line's log-in"),
        ("credential_process", "gets its keys from another program"),
        ("web_identity_token_file", "gets its keys for a web identity"),
        ("credential_source", "gets its keys from the machine that it runs on"),
        ("mfa_serial", "wants a code of a second factor (MFA)"),
        ("external_id", "takes on a role with an external id"),
    ];
    match UNSUPPORTED.iter().find(|(key, _)| profile.contains_key(*key)) {
        None => Ok(()),
        Some((key, what)) => Err(invalid(
            format!("The profile {name} {what} ({key}), which Pilothouse doesn't support."),
            "Name a profile with keys of its own (or a role with a source_profile that has them), or enter temporary keys with their session \
             token: aws configure export-credentials --profile NAME prints them.",
        )),
    }
}

/// A file's text; empty where there is none, unless the environment names it.
fn read(variables: Variables<'_>, variable: &str, name: &str) -> Result<String, ProviderError> {
    let named = variables(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || variables("HOME").or_else(|| variables("USERPROFILE")).map(|home| PathBuf::from(home).join(".aws").join(name));
    let Some(path) = named.clone().or_else(home) else { return Ok(String::new()) };
    let unreadable =
        |why: String| invalid(format!("{} can't be read: {why}.", path.display()), "Check that the file is there and may be read.");
    match std::fs::metadata(&path) {
        Ok(found) if found.len() > LONGEST => return Err(unreadable("it is larger than 1 MiB".to_owned())),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => return Ok(String::new()),
        Err(error) => return Err(unreadable(error.to_string())),
    }
    std::fs::read_to_string(&path).map_err(|error| unreadable(error.kind().to_string()))
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
