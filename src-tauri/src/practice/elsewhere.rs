//! The range's other providers: their addresses, an account at each, and the pipelines there that deploy to the same services. Must
//! not know more about them than their own pages tell.

use pilothouse_api::{
    AddConnectionRequest, BindingDto, InputDto, InputValueDto as Value, PlaceDto, ProductDto, RefRuleDto, ReplaceTokenRequest, Token,
};
use pilothouse_range::Range;
use secrecy::SecretString;

/// A provider of the range beside its GitHub.
pub(super) struct Elsewhere {
    /// Its kind, as connections know it.
    pub(super) kind: &'static str,
    /// Its name, as people know it.
    pub(super) title: &'static str,
    /// Its base URL.
    pub(super) address: String,
    /// What holds its pipelines.
    pub(super) repository: String,
    /// Whether tags and branches come from there too; else they come from the range's GitHub.
    pub(super) has_source: bool,
    user: Option<String>,
    region: Option<String>,
    secret: SecretString,
    pipeline: fn(&str) -> String,
    git_ref: RefRuleDto,
    inputs: &'static [(&'static str, Value)],
}

/// All of them.
pub(super) fn others(range: &Range) -> [Elsewhere; 3] {
    [gitlab(range), jenkins(range), codepipeline(range)]
}

fn gitlab(range: &Range) -> Elsewhere {
    Elsewhere {
        kind: "gitlab",
        title: "GitLab CI",
        address: range.gitlab_url(),
        repository: range.repository(),
        has_source: true,
        user: None,
        region: None,
        secret: SecretString::from(range.gitlab_tokens().full.as_str()),
        pipeline: |_| ".gitlab-ci.yml".to_owned(),
        git_ref: RefRuleDto::Fixed { name: "main".to_owned() },
        inputs: &[("environment", Value::Environment), ("version", Value::Version), ("PILOTHOUSE_RUN", Value::Correlation)],
    }
}

fn jenkins(range: &Range) -> Elsewhere {
    let account = &range.jenkins_accounts().full;
    Elsewhere {
        kind: "jenkins",
        title: "Jenkins",
        address: range.jenkins_url().to_owned(),
        repository: range.repository(),
        has_source: false,
        user: Some(account.user.clone()),
        region: None,
        secret: SecretString::from(account.secret.as_str()),
        pipeline: |_| "deploy-version".to_owned(),
        git_ref: RefRuleDto::OfPipeline,
        inputs: &[("ENVIRONMENT", Value::Environment), ("VERSION", Value::Version), ("PILOTHOUSE_RUN", Value::Correlation)],
    }
}

fn codepipeline(range: &Range) -> Elsewhere {
    let keys = &range.aws_keys().full;
    Elsewhere {
        kind: "codepipeline",
        title: "AWS CodePipeline",
        address: range.codepipeline_url().to_owned(),
        repository: range.aws_region().to_owned(),
        has_source: false,
        user: Some(keys.access_key_id.clone()),
        region: Some(range.aws_region().to_owned()),
        secret: SecretString::from(keys.secret_access_key.as_str()),
        pipeline: |environment| format!("checkout-{environment}"),
        git_ref: RefRuleDto::OfPipeline,
        inputs: &[("VERSION", Value::Version), ("PILOTHOUSE_RUN", Value::Correlation)],
    }
}

impl Elsewhere {
    /// A connection to it.
    pub(super) fn connection(&self, name: &str) -> AddConnectionRequest {
        AddConnectionRequest {
            kind: self.kind.to_owned(),
            name: format!("{name}: {}", self.title),
            base_url: self.address.clone(),
            user: self.user.clone(),
            region: self.region.clone(),
            role: None,
            profile: None,
            session_token: None,
            network: None,
            trusted_fingerprint: None,
            token: Token::from(self.secret.clone()),
        }
    }

    /// The secret of a range that was opened anew.
    pub(super) fn replacement(&self, id: String) -> ReplaceTokenRequest {
        ReplaceTokenRequest { id, user: None, token: Token::from(self.secret.clone()), session_token: None }
    }

    /// Has its pipelines deploy everything of a product.
    pub(super) fn deploys(&self, product: &mut ProductDto, connection_id: &str) {
        product.name = format!("{} over {}", product.name, self.title);
        for environment in &mut product.environments {
            let inputs = self.inputs.iter().map(|(name, value)| InputDto { name: (*name).to_owned(), value: value.clone() });
            let place = PlaceDto { connection_id: connection_id.to_owned(), repository: self.repository.clone() };
            environment.deploy = BindingDto {
                place: (!self.has_source).then_some(place),
                pipeline: (self.pipeline)(&environment.name),
                git_ref: self.git_ref.clone(),
                inputs: inputs.collect(),
            };
            environment.rollback = None;
        }
    }
}
