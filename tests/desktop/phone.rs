//! A phone: Chromium without a window, as large as a phone's screen, driven through its own WebDriver.

use super::page::Page;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use thirtyfour::{Capabilities, WebDriver};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// How long the driver may take to listen.
const READY: Duration = Duration::from_secs(30);

/// A browser that is open.
pub(super) struct Phone {
    page: Page,
    driver: Child,
    _profile: TempDir,
}

impl Phone {
    /// Opens one; `None`, said aloud, where there is no Chromium.
    pub(super) async fn open(test: &str) -> Option<Self> {
        let (Some(browser), Some(program)) = (program("chromium"), program("chromedriver")) else {
            eprintln!("skipped: {test} needs chromium and chromium-driver. Run `cargo xtask setup`");
            return None;
        };
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let driver = Command::new(program)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let until = Instant::now() + READY;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < until, "chromedriver does not listen");
            // A port that opens tells nobody.
            sleep(Duration::from_millis(20)).await;
        }
        let profile = tempfile::Builder::new().prefix("pilothouse-phone-").tempdir().unwrap();
        let mut capabilities = Capabilities::new();
        capabilities.set("browserName", "chrome").unwrap();
        let options = serde_json::json!({
            "binary": browser,
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", format!("--user-data-dir={}", profile.path().display())],
            "mobileEmulation": { "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true } },
        });
        capabilities.set("goog:chromeOptions", options).unwrap();
        let client = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await;
        let client = client.unwrap_or_else(|error| panic!("chromium can't be driven: {error}"));
        Some(Self { page: Page::new(client), driver, _profile: profile })
    }

    /// What is in the browser.
    pub(super) fn page(&self) -> &Page {
        &self.page
    }

    /// Closes it.
    pub(super) async fn close(mut self) {
        self.page.quit().await;
        self.driver.kill().await.unwrap();
    }
}

fn program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| Path::is_file(path))
}
