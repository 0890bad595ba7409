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
        let added = ready
            .ask(
                "add_connection",
                json!({"kind": "github", "name": "Range", "base_url": ready.range.github_url(), "token": ready.range.token()}),
            )
            .await;
        let repository = json!({"connection_id": added["connection"]["id"], "repository": ready.range.repository()});
        let mut product = ready.ask("suggest_product", repository).await["product"].clone();
        for environment in product["environments"].as_array_mut().unwrap() {
            let place = ready.range.environments().into_iter().find(|place| environment["name"] == place.name).unwrap();
            environment["checks"] = json!([check(
                "Running version",
                &json!({"kind": "running_version", "urls": [format!("{}/version", place.url)], "pointer": "/version"})
            )]);
        }
        product["name"] = PRODUCT.into();
        ready.ask("add_product", product).await;
        ready
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

fn check(name: &str, probe: &Value) -> Value {
    json!({
        "id": null, "name": name, "probe": probe, "interval_seconds": 5, "timeout_ms": 2000, "failure_threshold": 2,
        "recovery_threshold": 1, "enabled": true,
    })
}
