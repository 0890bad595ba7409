//! What `cargo xtask test` (or `cargo xtask session`) puts around a test, as the environment names it.

use std::env;
use std::path::{Path, PathBuf};

/// The surroundings of a desktop test.
pub(super) struct Surroundings {
    /// The desktop app.
    pub(super) app: PathBuf,
    /// tauri-driver.
    pub(super) tauri_driver: PathBuf,
    /// The WebDriver of the web view.
    pub(super) web_driver: PathBuf,
}

impl Surroundings {
    /// The surroundings; `None`, said aloud, where there is no private desktop session.
    pub(super) fn find(test: &str) -> Option<Self> {
        if env::var_os("PILOTHOUSE_TEST_SESSION").is_none() {
            eprintln!("skipped: {test} needs a desktop session of its own. Run `cargo xtask test --only pilothouse-tests`");
            return None;
        }
        let named = |name: &str| {
            let value = env::var_os(name).map(PathBuf::from);
            value.filter(|path| path.exists()).unwrap_or_else(|| panic!("{name} names nothing: run the tests through `cargo xtask test`"))
        };
        let programs = named("PILOTHOUSE_BIN_DIR");
        let app = programs.join("pilothouse-desktop");
        assert!(app.is_file(), "{} is not built", app.display());
        Some(Self { app, tauri_driver: named("PILOTHOUSE_TAURI_DRIVER"), web_driver: named("PILOTHOUSE_WEBDRIVER") })
    }
}

/// The clone's root.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the clone")
}
