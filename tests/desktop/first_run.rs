//! The first start: a window that says what to do first.

use super::page::{button, heading};
use super::surroundings::Surroundings;
use super::window::Window;
use super::{axe, picture};

#[tokio::test]
async fn the_first_start_offers_a_connection_and_the_practice_range() {
    let Some(surroundings) = Surroundings::find("the first start") else { return };
    let window = Window::open(&surroundings).await;
    let page = window.page();
    page.find(&heading("Welcome to Pilothouse")).await;
    page.find(&button("Connect a provider…")).await;
    page.find(&button("Open the practice range")).await;
    axe::assert_clean(page, "the first start").await;
    picture::guide(page, "first-run").await;
    assert!(window.data().join("pilothouse.db").is_file(), "the database lies in the data folder");
    window.close().await;
}
