//! The practice range, opened from the first screen: a provider, services, a product to practise on, and the way to open it again.

use super::page::{button, field, link, text};
use super::surroundings::Surroundings;
use super::window::Window;
use super::{axe, picture};

#[tokio::test]
async fn the_practice_range_opens_from_the_first_screen_and_again_after_a_restart() {
    let Some(surroundings) = Surroundings::find("the practice range in the window") else { return };
    let window = Window::open(&surroundings).await;
    let page = window.page();
    page.click(&button("Open the practice range")).await;
    page.find(&text("checkout (practice)")).await;
    axe::assert_clean(page, "the overview").await;
    picture::keep(page, "practice-overview").await;
    page.click(&link("Settings")).await;
    page.click(&link("Practice range")).await;
    page.fill(&field("Version"), "1.1.0").await;
    axe::assert_clean(page, "the practice range").await;
    picture::guide(page, "practice-range").await;
    page.click(&button("Order the fault")).await;
    page.find(&text("Turns bad")).await;

    let window = Window::open_on(&surroundings, window.close().await).await;
    let page = window.page();
    page.find(&text("checkout (practice)")).await;
    picture::keep(page, "practice-closed").await;
    window.close().await;
}
