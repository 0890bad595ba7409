//! tauri-driver and the web view's driver below it: started on free ports for one test, ended with it.

use super::surroundings::Surroundings;
use std::ffi::OsString;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// How long the drivers may take to listen.
const READY: Duration = Duration::from_secs(30);

/// A running driver.
pub(super) struct Driver {
    port: u16,
    process: Child,
}

impl Driver {
    /// Starts both drivers and returns once they listen. The app will have their environment, and with it `environment`.
    pub(super) async fn start(surroundings: &Surroundings, environment: &[(&str, OsString)]) -> Self {
        let (port, native) = (free_port(), free_port());
        let process = Command::new(&surroundings.tauri_driver)
            .args(["--port", &port.to_string(), "--native-port", &native.to_string(), "--native-driver"])
            .arg(&surroundings.web_driver)
            // Without a GPU the window stays black otherwise; the app decides for itself, the driver's own pages can't.
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{} can't be started: {error}", surroundings.tauri_driver.display()));
        let mut driver = Self { port, process };
        for port in [port, native] {
            driver.listens(port).await;
        }
        driver
    }

    /// The address for a client.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends both. tauri-driver ends the web view's driver when it is asked to end, not when it is killed.
    pub(super) async fn stop(mut self) {
        if let Some(id) = self.process.id() {
            let asked = Command::new("kill").arg(id.to_string()).status().await;
            assert!(asked.is_ok_and(|status| status.success()), "tauri-driver is gone");
        }
        let ended = tokio::time::timeout(READY, self.process.wait()).await;
        ended.expect("tauri-driver ends when asked to").unwrap();
    }

    async fn listens(&mut self, port: u16) {
        let until = Instant::now() + READY;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(self.process.try_wait().unwrap().is_none(), "tauri-driver ended before it listened");
            assert!(Instant::now() < until, "nothing listens on port {port}");
            // A port that opens tells nobody.
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // After a test that failed on its way: the web view's driver must not outlive it.
        if let Some(id) = self.process.id() {
            let _ = std::process::Command::new("kill").arg(id.to_string()).status();
            let until = std::time::Instant::now() + Duration::from_secs(5);
            while matches!(self.process.try_wait(), Ok(None)) && std::time::Instant::now() < until {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
