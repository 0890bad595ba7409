//! What a person does to set Pilothouse up and to release, screen by screen: the steps that journeys are made of.

use super::page::{Page, button, field, heading, link, radio, search, text};
use super::{axe, picture};
use pilothouse_range::Range;
use std::time::Duration;

/// Jobs with steps, services that start, a version that is read back.
pub(super) const DEPLOYING: Duration = Duration::from_secs(120);

/// The product's name in these journeys.
pub(super) const PRODUCT: &str = "Checkout";

/// From the first screen to a connection whose token the provider knows. Types a wrong token first.
pub(super) async fn connect(page: &Page, range: &Range) {
    page.click(&button("Connect a provider…")).await;
    page.point_at(&radio("GitHub")).await;
    page.fill(&field("Address of the API"), &range.github_url()).await;
    page.fill(&field("Name"), "Acme GitHub").await;
    page.fill(&field("Token"), "ghp_000000000000000000000000000000000000").await;
    page.click(&button("Add and verify")).await;
    page.find(&text("GitHub refuses the token")).await;
    axe::assert_clean(page, "a refused token").await;
    picture::guide(page, "connect-refused").await;
    page.fill(&field("Token"), range.token()).await;
    page.click(&button("Add and verify")).await;
    page.find(&text("calls left")).await;
    page.find(&text("repo and workflow")).await;
    axe::assert_clean(page, "a connection").await;
    picture::guide(page, "connection").await;
}

/// From the connection to a product: repository, pipelines as they are proposed, a health check and the running version for each
/// environment, and what the provider and the services say to all of it.
pub(super) async fn add_product(page: &Page, range: &Range) {
    page.click(&link("add a product")).await;
    page.fill(&search("Repository"), "check").await;
    page.click(&button(range.repository())).await;
    page.fill(&field("Name"), PRODUCT).await;
    axe::assert_clean(page, "a product's repository").await;
    page.click(&button("Next: pipelines")).await;
    page.find(&text("Inputs")).await;
    axe::assert_clean(page, "a product's pipelines").await;
    picture::guide(page, "product-pipelines").await;
    page.click(&button("Next: health")).await;
    for (nth, name) in ["staging", "production"].into_iter().enumerate() {
        let place = range.environments().into_iter().find(|place| place.name == name).unwrap();
        page.click(&button("Add a health check").nth(nth)).await;
        page.fill(&field("Address").nth(nth), &format!("{}/healthz", place.url)).await;
        page.click(&button("Try it").nth(nth * 2)).await;
        watch_version(page, range, nth, name).await;
    }
    page.find(&text("Passes in").nth(1)).await;
    axe::assert_clean(page, "a product's health checks").await;
    picture::guide(page, "product-health").await;
    page.click(&button("Next: review")).await;
    page.find(&text("Asked at the provider and the services")).await;
    axe::assert_clean(page, "a product's review").await;
    picture::guide(page, "product-review").await;
    page.click(&button(format!("Add {PRODUCT}"))).await;
    page.find(&heading("Overview")).await;
    page.find(&text(PRODUCT)).await;
}

/// Has the running version of an environment read back; `nth` is its place in the path.
pub(super) async fn watch_version(page: &Page, range: &Range, nth: usize, environment: &str) {
    let url = range.environment_url(environment).unwrap();
    page.click(&button("Read the running version").nth(nth)).await;
    page.fill(&field("Addresses, one per line").nth(nth), &format!("{url}/version")).await;
    page.fill(&field("Where the version is in the answer").nth(nth), "/version").await;
}

/// Drafts, plans and approves a tag. Ends on the release's own screen.
pub(super) async fn release(page: &Page, product: &str, version: &str) {
    page.click(&link("Overview")).await;
    page.click(&link("Plan a release")).await;
    page.click(&button("Tag")).await;
    page.click(&button(format!("v{version}"))).await;
    page.click(&button("Next: version and notes")).await;
    page.find(&field("Notes in Markdown")).await;
    axe::assert_clean(page, "a release's version and notes").await;
    picture::guide(page, "new-release").await;
    page.click(&button("Next: plan")).await;
    page.click(&button(format!("Plan {version}"))).await;
    page.click(&button("Ask for approval")).await;
    page.click(&button(format!("Approve {version}…"))).await;
    page.fill(&field("Comment"), "Looks right").await;
    page.click(&button(format!("Approve {product} {version}"))).await;
}

/// Starts a deployment from the release's screen, and sees it under way.
pub(super) async fn start(page: &Page, version: &str, environment: &str) {
    page.click(&button(format!("Deploy {version} to {environment}…"))).await;
    page.click(&button(format!("Deploy to {environment}"))).await;
    page.find(&text(format!("Wait for {version} to {environment}"))).await;
}
