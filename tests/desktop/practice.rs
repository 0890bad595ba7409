//! The practice range, opened from the first screen: a provider, services, a product to practise on, and the way to open it again.

use super::page::{button, field, link, switch, text};
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
    for provider in ["GitLab CI", "Jenkins", "AWS CodePipeline"] {
        page.click(&button(format!("Practise over {provider}"))).await;
        page.find(&link(format!("Plan a release over {provider}"))).await;
    }
    page.click(&switch("Deployments to production wait for a person at the provider")).await;
    page.find(&text("Deployments to production wait for a person")).await;
    axe::assert_clean(page, "the practice range with all its providers").await;
    picture::keep(page, "practice-providers").await;
    page.click(&button("Order the fault")).await;
    page.find(&text("Turns bad")).await;

    let window = Window::open_on(&surroundings, window.close().await).await;
    let page = window.page();
    page.find(&text("checkout (practice)")).await;
    for provider in ["GitLab CI", "Jenkins", "AWS CodePipeline"] {
        page.find(&text(format!("checkout (practice) over {provider}"))).await;
    }
    picture::keep(page, "practice-closed").await;
    page.click(&link("Settings")).await;
    page.click(&link("Practice range")).await;
    page.click(&button("Open the practice range")).await;
    // The connections have the new range's secrets: each product can be released on at once.
    for provider in ["GitLab CI", "Jenkins", "AWS CodePipeline"] {
        page.find(&link(format!("Plan a release over {provider}"))).await;
    }
    window.close().await;
}
