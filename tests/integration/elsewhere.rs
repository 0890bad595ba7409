//! Pipelines that live elsewhere than the product's source: the tags are GitHub's, and GitLab, Jenkins or CodePipeline deploys them. The
//! answer to each trigger is lost, and still there is one run.

use super::rig::{Rig, has_session};
use pilothouse_api::{
    AddConnectionRequest, BindingDto, DeploymentStateWord as State, IdRequest, InputDto, InputValueDto as Value, PlaceDto, RefRuleDto,
    RollbackWayChoice, StartRollbackRequest,
};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_range::{Fault, Operation, Order};
use secrecy::SecretString;
use std::collections::BTreeSet;

/// A provider beside the source, and the pipelines there that deploy.
pub(super) struct Elsewhere {
    kind: &'static str,
    base_url: String,
    user: Option<String>,
    region: Option<String>,
    secret: String,
    repository: String,
    pipeline: fn(&str) -> String,
    git_ref: RefRuleDto,
    inputs: Vec<(&'static str, Value)>,
    /// What it calls an environment, where it has a name of its own for it.
    stage: fn(&str) -> Option<String>,
}

impl Elsewhere {
    /// The source's own provider.
    pub(super) fn github(rig: &Rig) -> Self {
        Self {
            kind: "github",
            base_url: rig.range.github_url(),
            user: None,
            region: None,
            secret: rig.range.token().to_owned(),
            repository: rig.range.repository(),
            pipeline: |_| "deploy.yml".to_owned(),
            git_ref: RefRuleDto::Fixed { name: "main".to_owned() },
            inputs: vec![("environment", Value::Environment), ("version", Value::Version), ("pilothouse_run", Value::Correlation)],
            stage: |_| None,
        }
    }

    pub(super) fn gitlab(rig: &Rig) -> Self {
        Self {
            kind: "gitlab",
            base_url: rig.range.gitlab_url(),
            user: None,
            region: None,
            secret: rig.range.gitlab_tokens().full.clone(),
            repository: rig.range.repository(),
            pipeline: |_| ".gitlab-ci.yml".to_owned(),
            git_ref: RefRuleDto::Fixed { name: "main".to_owned() },
            inputs: vec![("environment", Value::Environment), ("version", Value::Version), ("PILOTHOUSE_RUN", Value::Correlation)],
            stage: |_| None,
        }
    }

    pub(super) fn jenkins(rig: &Rig) -> Self {
        let account = rig.range.jenkins_accounts().full.clone();
        Self {
            kind: "jenkins",
            base_url: rig.range.jenkins_url().to_owned(),
            user: Some(account.user),
            region: None,
            secret: account.secret,
            repository: "nordwind/checkout".to_owned(),
            pipeline: |_| "deploy-version".to_owned(),
            git_ref: RefRuleDto::OfPipeline,
            inputs: vec![("ENVIRONMENT", Value::Environment), ("VERSION", Value::Version), ("PILOTHOUSE_RUN", Value::Correlation)],
            stage: |_| None,
        }
    }

    pub(super) fn codepipeline(rig: &Rig) -> Self {
        let keys = rig.range.aws_keys().full.clone();
        Self {
            kind: "codepipeline",
            base_url: rig.range.codepipeline_url().to_owned(),
            user: Some(keys.access_key_id),
            region: Some(rig.range.aws_region().to_owned()),
            secret: keys.secret_access_key,
            repository: rig.range.aws_region().to_owned(),
            pipeline: |environment| format!("checkout-{environment}"),
            git_ref: RefRuleDto::OfPipeline,
            inputs: vec![("VERSION", Value::Version), ("PILOTHOUSE_RUN", Value::Correlation)],
            stage: |environment| {
                let (first, rest) = environment.split_at(1);
                Some(format!("{}{rest}", first.to_uppercase()))
            },
        }
    }

    /// The provider's name of an environment.
    pub(super) fn stage(&self, environment: &str) -> Option<String> {
        (self.stage)(environment)
    }

    /// The pipelines that deploy, and where.
    pub(super) fn place(&self) -> (String, Vec<String>) {
        let pipelines: BTreeSet<String> = ["staging", "production"].map(self.pipeline).into();
        (self.repository.clone(), pipelines.into_iter().collect())
    }

    /// What somebody starts in the provider's console to deploy a version to staging: the same pipeline, without our token.
    pub(super) fn by_hand(&self, version: &str) -> (FilledBinding, SecretString) {
        let value = |value: &Value| match value {
            Value::Version => Some(version.to_owned()),
            Value::Environment => Some("staging".to_owned()),
            _ => None,
        };
        let inputs = self.inputs.iter().filter_map(|(name, from)| Some(((*name).to_owned(), value(from)?)));
        let git_ref = match &self.git_ref {
            RefRuleDto::Fixed { name } => name.clone(),
            _ => String::new(),
        };
        let filled = FilledBinding { pipeline: (self.pipeline)("staging"), git_ref, inputs: inputs.collect(), correlation: String::new() };
        (filled, SecretString::from(self.secret.clone()))
    }

    /// Connects it, and has it deploy everything of the rig's product. Gives the connection's id.
    pub(super) async fn deploys_all_of(&self, rig: &Rig) -> String {
        let connection = rig.api().add_connection(AddConnectionRequest {
            kind: self.kind.to_owned(),
            name: "Elsewhere".to_owned(),
            base_url: self.base_url.clone(),
            user: self.user.clone(),
            region: self.region.clone(),
            role: None,
            profile: None,
            session_token: None,
            network: None,
            trusted_fingerprint: None,
            token: SecretString::from(self.secret.clone()).into(),
        });
        let connection = connection.await.unwrap().connection.id;
        let mut product = rig.product.clone();
        for environment in &mut product.environments {
            let inputs = self.inputs.iter().map(|(name, value)| InputDto { name: (*name).to_owned(), value: value.clone() });
            environment.deploy = BindingDto {
                place: Some(PlaceDto { connection_id: connection.clone(), repository: self.repository.clone() }),
                pipeline: (self.pipeline)(&environment.name),
                git_ref: self.git_ref.clone(),
                inputs: inputs.collect(),
            };
            environment.rollback = None;
            environment.native_rollback = None;
        }
        rig.api().change_product(product).await.unwrap();
        connection
    }
}

/// Takes the connection's secret out of the keychain.
pub(super) async fn forget(rig: &Rig, connection: &str) {
    rig.host.engine().keychain().remove(connection.parse().unwrap()).await.unwrap();
}

/// Deploys two versions to staging and brings the first one back, all of it through the other provider.
async fn deploys_and_rolls_back(which: fn(&Rig) -> Elsewhere) {
    if !has_session("deploying from elsewhere") {
        return;
    }
    let rig = Rig::start().await;
    let connection = which(&rig).deploys_all_of(&rig).await;
    let mut releases = Vec::new();
    for version in ["1.1.0", "1.2.0"] {
        let release = rig.release(version).await;
        rig.range.faults().order(Order::once(Fault::DropAfterAccept).on_operation(Operation::Dispatch)).unwrap();
        let done = rig.deploy(&release, "staging").await;
        assert_eq!(rig.runs_of(&done), 1, "a lost answer, and one run");
        releases.push(release);
    }
    let request = StartRollbackRequest {
        environment_id: rig.environment("staging"),
        release_id: releases[0].release.id.clone(),
        reason: "1.2.0 loses orders".to_owned(),
        way: RollbackWayChoice::AsSet,
    };
    let back = rig.api().start_rollback(request).await.unwrap();
    let back = rig.ends(&back.id, State::Succeeded).await;
    assert_eq!((back.version.as_str(), rig.runs_of(&back)), ("1.1.0", 1));

    let refused = rig.api().remove_connection(IdRequest { id: connection.clone() }).await.unwrap_err();
    assert!(refused.message.contains("Elsewhere"), "a connection that pipelines need stays: {refused:?}");
    forget(&rig, &connection).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gitlab_deploys_the_tags_of_another_host() {
    deploys_and_rolls_back(Elsewhere::gitlab).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jenkins_deploys_the_tags_of_another_host() {
    deploys_and_rolls_back(Elsewhere::jenkins).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codepipeline_deploys_the_tags_of_another_host() {
    deploys_and_rolls_back(Elsewhere::codepipeline).await;
}
