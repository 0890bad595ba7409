//! Folders, projects and jobs, as they are listed and described.

use crate::conformance::fixture::{Fixture, Setup, Token};
use crate::conformance::jenkins::JenkinsRange;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{CallOutcome, InputKind, ProviderErrorKind};

#[tokio::test]
async fn folders_are_repositories_and_jobs_are_pipelines_by_their_path() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    let names = async |query: &str| provider.repositories(query).await.unwrap().into_iter().map(|r| r.full_name).collect::<Vec<_>>();
    assert_eq!(names("").await, ["/", "nordwind", "nordwind/checkout", "nordwind/checkout/deploy"]);
    assert_eq!(names("check").await, ["nordwind/checkout", "nordwind/checkout/deploy"]);
    let pipelines = async |repository: &str| {
        provider.pipelines(repository).await.unwrap().into_iter().map(|pipeline| pipeline.pipeline).collect::<Vec<_>>()
    };
    assert_eq!(pipelines("nordwind/checkout").await, ["backup", "canary", "deploy", "deploy-version", "sign and deploy", "smoke"]);
    let below_root = pipelines("/").await;
    assert!(
        below_root.contains(&"nordwind/checkout/deploy".to_owned()) && !below_root.iter().any(|name| name.contains('%')),
        "{below_root:?}"
    );
    let branches = provider.pipelines("nordwind/checkout/deploy").await.unwrap();
    assert!(branches.iter().any(|job| job.pipeline == "feature%2Fgift-cards" && job.title == "feature/gift-cards"), "{branches:?}");
    let error = provider.repository("nordwind/checkout/smoke").await.unwrap_err();
    assert!(error.kind == ProviderErrorKind::NotFound && error.message.contains("job"), "{error:?}");
}

#[tokio::test]
async fn parameters_are_typed_and_a_password_is_not_told() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    let described = provider.describe_pipeline("/", "nordwind/checkout/deploy", "feature/gift-cards").await.unwrap();
    let kinds: Vec<_> = described.inputs.iter().map(|input| (input.name.as_str(), &input.kind, input.default.as_deref())).collect();
    let choices = InputKind::Choice(vec!["staging".into(), "production".into()]);
    assert_eq!(
        kinds,
        [
            ("ENVIRONMENT", &choices, Some("staging")),
            ("VERSION", &InputKind::Text, Some("")),
            ("PILOTHOUSE_RUN", &InputKind::Text, Some("")),
            ("DRY_RUN", &InputKind::Boolean, Some("false")),
        ]
    );
    let signed = provider.describe_pipeline("nordwind/checkout", "sign and deploy", "main").await.unwrap();
    let key = signed.inputs.iter().find(|input| input.name == "SIGNING_KEY").unwrap();
    assert_eq!((key.default.as_deref(), key.shown_in_title), (None, false));
}

#[tokio::test]
async fn a_pipeline_that_was_never_built_knows_no_parameters() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    let repository = "nordwind/checkout";
    let canary = FilledBinding { pipeline: "canary".into(), ..jenkins.deploy("staging", "first") };
    let error = provider.trigger(repository, &canary).await.unwrap_err();
    assert_eq!((&error.kind, error.outcome()), (&ProviderErrorKind::Invalid, CallOutcome::Refused), "{error:?}");
    assert!(error.next_step.contains("first build"), "{error:?}");
    assert_eq!(jenkins.triggers_received(), 0, "Jenkins would have dropped what it doesn't know");
    let first = provider.trigger(repository, &FilledBinding { inputs: vec![], ..canary.clone() }).await.unwrap().unwrap();
    jenkins.ended(&first.external_id).await;
    provider.trigger(repository, &canary).await.unwrap().unwrap();
    assert_eq!(jenkins.started("first"), 1);
}
