//! Holding a job: nobody can start it until it is released.

use crate::conformance::fixture::{Fixture, Setup, Token};
use crate::conformance::jenkins::JenkinsRange;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{CallOutcome, HoldTarget, ProviderErrorKind};

const REPOSITORY: &str = "nordwind/checkout";

#[tokio::test]
async fn a_held_job_is_not_started_until_it_is_released() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    let target = HoldTarget::Pipeline { pipeline: "deploy-version".into() };
    let is_held = async || {
        let holds = provider.holds(REPOSITORY).await.unwrap();
        assert!(!holds.iter().any(|hold| hold.target == HoldTarget::Pipeline { pipeline: "deploy".into() }), "not a multibranch project");
        holds.into_iter().find(|hold| hold.target == target).unwrap().is_held
    };
    assert!(!is_held().await);
    for _ in 0..2 {
        provider.set_hold(REPOSITORY, &target, true, "incident").await.unwrap();
        assert!(is_held().await, "holding twice is holding once");
    }
    let binding = FilledBinding { pipeline: "deploy-version".into(), ..jenkins.deploy("staging", "held") };
    let error = provider.trigger(REPOSITORY, &binding).await.unwrap_err();
    assert_eq!((&error.kind, error.outcome()), (&ProviderErrorKind::Conflict, CallOutcome::Refused), "{error:?}");
    let listed = provider.pipelines(REPOSITORY).await.unwrap();
    assert!(listed.iter().any(|pipeline| pipeline.pipeline == "deploy-version" && !pipeline.is_active));
    provider.set_hold(REPOSITORY, &target, false, "").await.unwrap();
    assert!(!is_held().await);
    provider.trigger(REPOSITORY, &binding).await.unwrap();
    assert_eq!(jenkins.started("held"), 1);
}

#[tokio::test]
async fn what_can_not_be_held_says_so() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    for target in [
        HoldTarget::Freeze,
        HoldTarget::Stage { pipeline: "deploy".into(), stage: "Deploy".into() },
        HoldTarget::Pipeline { pipeline: "deploy".into() },
        HoldTarget::Pipeline { pipeline: "deploy/v1.2.0".into() },
    ] {
        let error = provider.set_hold(REPOSITORY, &target, true, "").await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Unsupported, "{target:?}: {error:?}");
        assert!(!error.next_step.is_empty());
    }
    let reader = jenkins.client(Token::ReadOnly);
    let error = reader.set_hold(REPOSITORY, &HoldTarget::Pipeline { pipeline: "smoke".into() }, true, "").await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Forbidden, "{error:?}");
    assert!(error.next_step.contains("Item.Configure"), "{error:?}");
}
