//! Connecting each of the four providers by hand, as its own form asks for it; each is verified for real, and pipelines of each can be
//! chosen for a product.

use super::page::{Page, button, field, heading, link, radio, text};
use super::surroundings::Surroundings;
use super::window::Window;
use super::{axe, picture};
use crate::token_scan::TokenScan;
use pilothouse_range::{Range, RangeOptions};

/// What is typed into the form of a provider, by label.
type Form<'a> = (&'a str, Vec<(&'a str, String)>);

async fn connect(page: &Page, (provider, fields): &Form<'_>) {
    page.click(&button("Add a connection")).await;
    page.point_at(&radio(*provider)).await;
    for (label, value) in fields {
        page.fill(&field(*label), value).await;
    }
    axe::assert_clean(page, provider).await;
    picture::guide(page, &format!("connect-{}", provider.rsplit(' ').next().unwrap().to_lowercase())).await;
    page.click(&button("Add and verify")).await;
    page.find(&heading(format!("Our {provider}"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_provider_is_connected_as_its_form_asks() {
    let Some(surroundings) = Surroundings::find("connecting four providers") else { return };
    let range = Range::start(RangeOptions::fast()).await.unwrap();
    let aws = range.aws_keys().full.clone();
    let jenkins = range.jenkins_accounts().full.clone();
    let named = |provider: &str| ("Name", format!("Our {provider}"));
    let forms: [Form<'_>; 4] = [
        ("GitHub", vec![named("GitHub"), ("Address of the API", range.github_url()), ("Token", range.token().to_owned())]),
        ("GitLab", vec![named("GitLab"), ("Address", range.gitlab_url()), ("Token", range.gitlab_tokens().full.clone())]),
        (
            "Jenkins",
            vec![
                named("Jenkins"),
                ("Address", range.jenkins_url().to_owned()),
                ("User id", jenkins.user.clone()),
                ("API token or password", jenkins.secret.clone()),
            ],
        ),
        (
            "AWS CodePipeline",
            vec![
                named("AWS CodePipeline"),
                ("Region", range.aws_region().to_owned()),
                ("Access key id", aws.access_key_id.clone()),
                ("Secret access key", aws.secret_access_key.clone()),
                ("Endpoint", range.codepipeline_url().to_owned()),
            ],
        ),
    ];
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
    for (_, fields) in &forms {
        let (_, secret) = fields.iter().find(|(label, _)| label.contains("oken") || label.starts_with("Secret")).unwrap();
        TokenScan::new(secret).folder(data.path());
    }
    range.shutdown().await;
}
