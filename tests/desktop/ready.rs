//! A window on a product that is set up: through the commands behind the screens, for tests that are about something else.

use super::command::call;
use super::page::{Page, heading, link, text};
use super::surroundings::Surroundings;
use super::window::Window;
use pilothouse_range::{Range, RangeOptions};
use serde_json::{Value, json};
use std::ffi::OsString;

/// A range, and a window that is connected to it.
pub(super) struct Ready {
    pub(super) range: Range,
    pub(super) window: Window,
}

/// The commands' product, as the range calls its repository.
pub(super) const PRODUCT: &str = "checkout";

impl Ready {
    /// With a product on two environments.
    pub(super) async fn open(surroundings: &Surroundings) -> Self {
        Self::open_in(surroundings, &[]).await
    }

    /// The same in an environment that differs in this from the session's.
    pub(super) async fn open_in(surroundings: &Surroundings, environment: &[(&str, OsString)]) -> Self {
        Self::open_on(surroundings, environment, RangeOptions::fast()).await
    }

    /// The same over a range of one's own.
    pub(super) async fn open_on(surroundings: &Surroundings, environment: &[(&str, OsString)], options: RangeOptions) -> Self {
        let range = Range::start(options).await.unwrap();
        let data = tempfile::Builder::new().prefix("pilothouse-window-").tempdir().unwrap();
        let window = Window::open_in(surroundings, data, environment).await;
        window.page().find(&heading("Welcome to Pilothouse")).await;
        let ready = Self { range, window };
        let product = ready.suggested(&ready.github().await).await;
        ready.add(product).await;
        ready
    }

    /// A connection to the range's GitHub: its id.
    pub(super) async fn github(&self) -> Value {
        let connection = json!({"kind": "github", "name": "Range", "base_url": self.range.github_url(), "token": self.range.token()});
        self.ask("add_connection", connection).await["connection"]["id"].clone()
    }

    /// The product that is proposed from the range's repository at a connection, with the running version read back everywhere.
    pub(super) async fn suggested(&self, connection: &Value) -> Value {
        let repository = json!({"connection_id": connection, "repository": self.range.repository()});
        let mut product = self.ask("suggest_product", repository).await["product"].clone();
        for environment in product["environments"].as_array_mut().unwrap() {
            let url = self.range.environment_url(environment["name"].as_str().unwrap()).unwrap();
            environment["checks"] = json!([check(
                "Running version",
                &json!({"kind": "running_version", "urls": [format!("{url}/version")], "pointer": "/version"})
            )]);
        }
        product["name"] = PRODUCT.into();
        product
    }

    pub(super) async fn add(&self, product: Value) {
        self.ask("add_product", product).await;
    }

    pub(super) fn page(&self) -> &Page {
        self.window.page()
    }

    /// A release of a tag, planned and approved; its screen is open.
    pub(super) async fn release(&self, version: &str) {
        let products = call(self.page(), "list_products", Value::Null).await.unwrap();
        let draft =
            json!({"product_id": products[0]["id"], "version": version, "kind": "tag", "name": format!("v{version}"), "notes": null});
        let id = self.ask("draft_release", draft).await["release"]["id"].clone();
        let planned = self.ask("plan_release", json!({"id": id, "environment_ids": [], "remarks": ""})).await;
        let vote = json!({"id": id, "verdict": "approved", "comment": "", "content_hash": planned["content_hash"]});
        self.ask("vote", vote).await;
        self.page().click(&link("Releases")).await;
        self.page().click(&link(version)).await;
        self.page().find(&text(format!("Deploy {version} to staging"))).await;
    }

    /// Calls a command that must succeed.
    pub(super) async fn ask(&self, command: &str, request: Value) -> Value {
        let answer = call(self.page(), command, json!({"request": request})).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    pub(super) async fn close(self) {
        self.window.close().await;
        self.range.shutdown().await;
    }
}

pub(super) fn check(name: &str, probe: &Value) -> Value {
    json!({
        "id": null, "name": name, "probe": probe, "interval_seconds": 5, "timeout_ms": 2000, "failure_threshold": 2,
        "recovery_threshold": 1, "enabled": true,
    })
}
