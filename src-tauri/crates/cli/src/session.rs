//! Opens the host for one command: data folder, log, database, and in whose name. Must not start the engine: a command says when.

use crate::arguments::GlobalArguments;
use crate::failpoint;
use crate::screen::Screen;
use pilothouse_api::{Api, ApiError};
use pilothouse_domain::Actor;
use pilothouse_domain::deployment::Pacing;
use pilothouse_host::{Host, HostOptions};
use pilothouse_platform::log::{self, LogOptions};
use pilothouse_platform::{DataPaths, HostKind, Redactor};
use secrecy::SecretString;
use std::time::Duration;

/// The URL of a PostgreSQL database. Holds a password, so it is read here and shown nowhere.
const DATABASE_URL_VAR: &str = "PILOTHOUSE_DATABASE_URL";
/// `fast` follows deployments at the speed of tests. Not for real providers: their limits are soon used up.
const PACING_VAR: &str = "PILOTHOUSE_PACING";

/// What a command works with.
pub(crate) struct Session<'a> {
    pub(crate) host: Host,
    pub(crate) screen: &'a Screen,
}

impl Session<'_> {
    pub(crate) const fn api(&self) -> &Api {
        self.host.api()
    }
}

/// Opens everything.
pub(crate) async fn open<'a>(global: &GlobalArguments, kind: HostKind, screen: &'a Screen) -> Result<Session<'a>, ApiError> {
    let redactor = Redactor::new();
    start_log(global, kind, &redactor, screen);
    let options = HostOptions {
        data_dir: global.data_dir.clone(),
        database_url: std::env::var(DATABASE_URL_VAR).ok().filter(|url| !url.is_empty()).map(SecretString::from),
        actor: actor(global.actor.as_deref())?,
        redactor,
        pacing: pacing()?,
        seams: failpoint::from_environment()?,
        ..HostOptions::new(kind)
    };
    Ok(Session { host: Host::open(options).await?, screen })
}

fn actor(name: Option<&str>) -> Result<Option<Actor>, ApiError> {
    let Some(name) = name else { return Ok(None) };
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(ApiError::invalid("as", "this is no person's name", "Give a name of up to 200 characters in one line."));
    }
    Ok(Some(Actor::person(name)))
}

/// The log file lies in the data folder. Without one the command works all the same, and says so.
fn start_log(global: &GlobalArguments, kind: HostKind, redactor: &Redactor, screen: &Screen) {
    let paths = DataPaths::resolve(global.data_dir.as_deref()).ok().filter(|paths| paths.create().is_ok());
    let folder = paths.map(|paths| paths.logs());
    let options = LogOptions { folder: folder.as_deref(), stderr: kind == HostKind::Agent };
    if let Err(error) = log::start(options, redactor) {
        screen.say(&format!("pilothouse: {error}"));
    }
}

fn pacing() -> Result<Pacing, ApiError> {
    match std::env::var(PACING_VAR).as_deref() {
        Err(_) | Ok("") => Ok(Pacing::default()),
        Ok("fast") => Ok(Pacing {
            observe: Duration::from_millis(20),
            look_up_after: Duration::from_millis(200),
            look_up: Duration::from_millis(50),
            settle: Duration::from_secs(5),
            retry: Duration::from_millis(100),
            unreachable: Duration::from_secs(10),
            force_cancel: Duration::from_secs(2),
            read_service: Duration::from_millis(20),
            good_readings: 2,
        }),
        Ok(other) => Err(ApiError::invalid(PACING_VAR, format!("`{other}` is no pacing"), "It is `fast`, or not set.")),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn who_acts_has_a_name() {
        assert_eq!(actor(None).unwrap(), None);
        assert_eq!(actor(Some(" Mira Okafor ")).unwrap(), Some(Actor::person("Mira Okafor")));
        assert!(actor(Some("  ")).is_err());
        assert!(actor(Some("Mira\nOkafor")).is_err());
    }
}
