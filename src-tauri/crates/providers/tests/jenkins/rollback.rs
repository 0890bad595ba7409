//! Jenkins's own way back: a replay of an earlier Pipeline build, or another build with its parameters.

use crate::conformance::fixture::{Fixture, Setup, Token};
use crate::conformance::jenkins::JenkinsRange;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{NativeRollback, ProviderErrorKind, RollbackOutlook};

const REPOSITORY: &str = "nordwind/checkout";

fn back_to(run: &str) -> NativeRollback {
    NativeRollback { pipeline: "deploy".into(), environment: "staging".into(), target_run: run.to_owned() }
}

async fn ended(jenkins: &JenkinsRange, binding: &FilledBinding) -> String {
    let run = jenkins.client(Token::Full).trigger(REPOSITORY, binding).await.unwrap().unwrap().external_id;
    jenkins.ended(&run).await;
    run
}

#[tokio::test]
async fn a_pipeline_build_is_replayed_and_the_new_build_named() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    let earlier = ended(&jenkins, &jenkins.deploy("staging", "back-1")).await;
    let outlook = provider.rollback_outlook(REPOSITORY, &back_to(&earlier)).await.unwrap();
    assert!(matches!(&outlook, RollbackOutlook::Open { how, .. } if how.contains("replayed")), "{outlook:?}");
    let again = provider.roll_back(REPOSITORY, &back_to(&earlier)).await.unwrap().unwrap();
    assert_ne!(again.external_id, earlier);
    jenkins.ended(&again.external_id).await;
    let run = provider.run(REPOSITORY, &again.external_id).await.unwrap();
    assert_eq!(run.status, RunStatus::Succeeded);
    assert!(run.title.contains("VERSION=1.2.0"), "{run:?}");
    let replays = jenkins.range.requests().iter().filter(|request| request.target.ends_with("/replay/rebuild")).count();
    assert_eq!(replays, 1);
}

#[tokio::test]
async fn another_job_is_built_anew_with_its_parameters() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    let smoke = FilledBinding { pipeline: "smoke".into(), ..jenkins.deploy("staging", "back-2") };
    let earlier = ended(&jenkins, &smoke).await;
    let outlook = provider.rollback_outlook(REPOSITORY, &back_to(&earlier)).await.unwrap();
    assert!(matches!(&outlook, RollbackOutlook::Open { how, .. } if how.contains("anew")), "{outlook:?}");
    let again = provider.roll_back(REPOSITORY, &back_to(&earlier)).await.unwrap().unwrap();
    jenkins.ended(&again.external_id).await;
    assert_eq!(jenkins.started("back-2"), 2);
}

#[tokio::test]
async fn what_would_be_refused_is_closed_beforehand() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    jenkins.order_failed_job();
    let failed = ended(&jenkins, &jenkins.deploy("staging", "back-3")).await;
    let mut signed = FilledBinding { pipeline: "sign and deploy".into(), ..jenkins.deploy("staging", "back-4") };
    signed.inputs.push(("SIGNING_KEY".into(), "hunter2-hunter2".into()));
    let signed = ended(&jenkins, &signed).await;
    assert!(!format!("{:?}", provider.run(REPOSITORY, &signed).await.unwrap()).contains("hunter2"));
    for (run, words) in
        [(failed.as_str(), "FAILURE"), (signed.as_str(), "SIGNING_KEY"), ("deploy/v1.2.0#q999", "q"), ("nonsense", "names no run")]
    {
        let outlook = provider.rollback_outlook(REPOSITORY, &back_to(run)).await.unwrap();
        assert!(matches!(&outlook, RollbackOutlook::Closed { why } if why.contains(words)), "{run}: {outlook:?}");
    }
    let error = provider.roll_back(REPOSITORY, &back_to(&failed)).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Conflict, "{error:?}");
    assert_eq!(jenkins.started("back-3"), 1);
}
