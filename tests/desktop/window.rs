//! The app with its window, in a data folder of its own.

use super::driver::Driver;
use super::page::Page;
use super::surroundings::Surroundings;
use std::ffi::OsString;
use std::path::Path;
use tempfile::TempDir;
use thirtyfour::{Capabilities, WebDriver};

/// A running app.
pub(super) struct Window {
    page: Page,
    driver: Driver,
    data: TempDir,
}

impl Window {
    /// Opens the app on an empty data folder.
    pub(super) async fn open(surroundings: &Surroundings) -> Self {
        let data = tempfile::Builder::new().prefix("pilothouse-window-").tempdir().unwrap();
        Self::open_on(surroundings, data).await
    }

    /// Opens the app on this data folder.
    pub(super) async fn open_on(surroundings: &Surroundings, data: TempDir) -> Self {
        Self::open_in(surroundings, data, &[]).await
    }

    /// Opens the app on this data folder, in an environment that differs in this from the session's.
    pub(super) async fn open_in(surroundings: &Surroundings, data: TempDir, environment: &[(&str, OsString)]) -> Self {
        // The client's HTTP library wants one, also for plain HTTP. Another test may have set it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let driver = Driver::start(surroundings, environment).await;
        let mut capabilities = Capabilities::new();
        let options = serde_json::json!({"application": surroundings.app, "args": ["--data-dir", data.path()]});
        capabilities.set("tauri:options", options).unwrap();
        let client = WebDriver::new(driver.url(), capabilities).await;
        let client = client.unwrap_or_else(|error| panic!("the window can't be driven: {error}"));
        Self { page: Page::new(client), driver, data }
    }

    /// What is in the window.
    pub(super) fn page(&self) -> &Page {
        &self.page
    }

    /// The data folder.
    pub(super) fn data(&self) -> &Path {
        self.data.path()
    }

    /// Closes the app; its data folder stays for another start.
    pub(super) async fn close(self) -> TempDir {
        self.page.quit().await;
        self.driver.stop().await;
        self.data
    }

    /// What is left to do once the app has ended by itself.
    pub(super) async fn has_ended(self) {
        self.page.let_go();
        self.driver.stop().await;
    }
}
