//! Connecting each of the four providers by hand, as its own form asks for it; each is verified for real, and pipelines of each can be
//! chosen for a product.

use super::forms::Form;
use super::page::{Page, button, heading, link, radio, text};
use super::surroundings::Surroundings;
use super::window::Window;
use super::{axe, picture};
use crate::token_scan::TokenScan;
use pilothouse_range::{Range, RangeOptions};

async fn connect(page: &Page, form: &Form) {
    form.fill(page).await;
    axe::assert_clean(page, form.provider).await;
    picture::guide(page, &format!("connect-{}", form.provider.rsplit(' ').next().unwrap().to_lowercase())).await;
    page.click(&button("Add and verify")).await;
    page.find(&heading(form.name())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_provider_is_connected_as_its_form_asks() {
    let Some(surroundings) = Surroundings::find("connecting four providers") else { return };
    let range = Range::start(RangeOptions::fast()).await.unwrap();
    let forms = [Form::github(&range), Form::gitlab(&range), Form::jenkins(&range), Form::codepipeline(&range)];
    let window = Window::open(&surroundings).await;
    let page = window.page();
    page.find(&heading("Welcome to Pilothouse")).await;
    page.click(&link("Settings")).await;
    page.click(&link("Connections")).await;

    page.click(&button("Add a connection")).await;
    page.point_at(&radio("Jenkins")).await;
    page.click(&button("Add and verify")).await;
    page.find(&text("Fill in: User id.")).await;
    page.click(&button("Cancel")).await;
    for form in &forms {
        connect(page, form).await;
    }
    page.find(&text("Works").nth(3)).await;
    page.click(&text("What Jenkins can and can’t do")).await;
    page.find(&text("Create tags: ")).await;
    axe::assert_clean(page, "four connections").await;
    picture::guide(page, "connections").await;

    let data = window.close().await;
    for form in &forms {
        let (_, secret) = form.fields.iter().find(|(label, _)| label.contains("oken") || label.starts_with("Secret")).unwrap();
        TokenScan::new(secret).folder(data.path());
    }
    range.shutdown().await;
}
