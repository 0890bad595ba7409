//! Where the data lies, and how that is told without credentials.

use pilothouse_api::{DatabaseKind, DatabaseView};
use pilothouse_platform::{DataPaths, Redactor};
use pilothouse_store::StoreLocation;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// Where the data lies.
pub(crate) struct Location {
    pub(crate) store: StoreLocation,
    pub(crate) view: DatabaseView,
    /// True where nobody but the holder of the data folder's lock can work on it.
    pub(crate) is_alone: bool,
}

impl Location {
    pub(crate) fn choose(paths: &DataPaths, url: Option<SecretString>) -> Self {
        match url {
            Some(url) => Self {
                view: DatabaseView { kind: DatabaseKind::Postgres, place: place(url.expose_secret()) },
                store: StoreLocation::Postgres(url),
                is_alone: false,
            },
            None => Self {
                view: DatabaseView { kind: DatabaseKind::Sqlite, place: paths.database().display().to_string() },
                store: StoreLocation::Sqlite(paths.database()),
                is_alone: true,
            },
        }
    }

    /// Keeps the URL and its password out of the log.
    pub(crate) fn hide_from(&self, redactor: &Redactor) {
        let StoreLocation::Postgres(url) = &self.store else { return };
        redactor.register(url);
        let password = Url::parse(url.expose_secret()).ok().and_then(|url| url.password().map(str::to_owned));
        if let Some(password) = password {
            redactor.register(&SecretString::from(password));
        }
    }
}

/// Host and database of a URL; nothing else of it.
fn place(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return "a PostgreSQL server".to_owned() };
    let host = url.host_str().filter(|host| !host.is_empty()).unwrap_or("this machine");
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    match url.path().trim_matches('/') {
        "" => format!("{host}{port}"),
        database => format!("{host}{port}/{database}"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_place_holds_no_credentials() {
        assert_eq!(
            place("postgres://mira:hunter2@db.example:5433/pilothouse?sslmode=verify-full&password=x"),
            "db.example:5433/pilothouse"
        );
        assert_eq!(place("postgres://db.example"), "db.example");
        assert_eq!(place("not a url with hunter2"), "a PostgreSQL server");
    }

    #[test]
    fn the_url_and_its_password_are_hidden() {
        let redactor = Redactor::new();
        let dir = tempfile::tempdir().unwrap();
        let paths = DataPaths::at(dir.path()).unwrap();
        Location::choose(&paths, Some(SecretString::from("postgres://mira:hunter2@db.example/pilothouse"))).hide_from(&redactor);
        assert!(!redactor.redact("signed in with hunter2").contains("hunter2"));
    }
}
