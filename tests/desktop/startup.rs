//! A start that doesn't come through: the window opens all the same, says what is wrong, and can try again.

use super::page::{button, heading, text};
use super::surroundings::Surroundings;
use super::window::Window;
use super::{axe, picture};

#[tokio::test]
async fn a_database_that_cannot_be_read_is_told_and_tried_again() {
    let Some(surroundings) = Surroundings::find("a start that fails") else { return };
    let data = tempfile::Builder::new().prefix("pilothouse-window-").tempdir().unwrap();
    let database = data.path().join("pilothouse.db");
    std::fs::write(&database, "this is no database\n".repeat(1_000)).unwrap();

    let window = Window::open_on(&surroundings, data).await;
    let page = window.page();
    page.find(&heading("Pilothouse could not start")).await;
    page.find(&text("file is not a database")).await;
    axe::assert_clean(page, "a start that failed").await;
    picture::guide(page, "start-failed").await;

    std::fs::remove_file(&database).unwrap();
    page.click(&button("Try again")).await;
    page.find(&heading("Welcome to Pilothouse")).await;
    window.close().await;
}
