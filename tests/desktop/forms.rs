//! The forms of connections: what a person types into each provider's over a range.

use super::page::{Page, button, field, radio};
use pilothouse_range::Range;

/// What is typed into the form of a provider.
pub(super) struct Form {
    /// The provider, as the list of them says it.
    pub(super) provider: &'static str,
    /// By label.
    pub(super) fields: Vec<(&'static str, String)>,
}

impl Form {
    pub(super) fn github(range: &Range) -> Self {
        Self::new("GitHub", vec![("Address of the API", range.github_url()), ("Token", range.token().to_owned())])
    }

    pub(super) fn gitlab(range: &Range) -> Self {
        Self::new("GitLab", vec![("Address", range.gitlab_url()), ("Token", range.gitlab_tokens().full.clone())])
    }

    pub(super) fn jenkins(range: &Range) -> Self {
        let account = range.jenkins_accounts().full.clone();
        let fields =
            vec![("Address", range.jenkins_url().to_owned()), ("User id", account.user), ("API token or password", account.secret)];
        Self::new("Jenkins", fields)
    }

    pub(super) fn codepipeline(range: &Range) -> Self {
        let keys = range.aws_keys().full.clone();
        let fields = vec![
            ("Region", range.aws_region().to_owned()),
            ("Access key id", keys.access_key_id),
            ("Secret access key", keys.secret_access_key),
            ("Endpoint", range.codepipeline_url().to_owned()),
        ];
        Self::new("AWS CodePipeline", fields)
    }

    fn new(provider: &'static str, fields: Vec<(&'static str, String)>) -> Self {
        let name = ("Name", format!("Our {provider}"));
        Self { provider, fields: [vec![name], fields].concat() }
    }

    /// The name of the connection.
    pub(super) fn name(&self) -> String {
        format!("Our {}", self.provider)
    }

    /// Opens the form and fills it in; the button that adds is still to be pressed.
    pub(super) async fn fill(&self, page: &Page) {
        page.click(&button("Add a connection")).await;
        page.point_at(&radio(self.provider)).await;
        for (label, value) in &self.fields {
            page.fill(&field(*label), value).await;
        }
    }
}
