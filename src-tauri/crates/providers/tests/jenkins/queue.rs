//! A run's name holds from the queue to the build, also where the queue has forgotten it.

use crate::conformance::fixture::{Fixture, Setup, Token, now, search};
use crate::conformance::jenkins::JenkinsRange;
use pilothouse_domain::deployment::{CancelAnswer, RunStatus};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::ProviderErrorKind;
use pilothouse_range::{Fault, Order, Range, RangeOptions};
use std::time::Duration;

const REPOSITORY: &str = "nordwind/checkout";

#[tokio::test]
async fn a_forgotten_queue_item_is_found_as_a_build() {
    let range = Range::start(RangeOptions { jenkins_queue_memory: Duration::ZERO, ..RangeOptions::fast() }).await.unwrap();
    let jenkins = JenkinsRange { range };
    let run = jenkins.client(Token::Full).trigger(REPOSITORY, &jenkins.deploy("staging", "forgotten")).await.unwrap().unwrap();
    jenkins.ended(&run.external_id).await;
    // A client that remembers nothing, as after a restart.
    let provider = jenkins.client(Token::Full);
    let read = provider.run(REPOSITORY, &run.external_id).await.unwrap();
    assert_eq!((read.external_id.as_str(), &read.status), (run.external_id.as_str(), &RunStatus::Succeeded));
    let error = provider.run(REPOSITORY, "deploy/v1.2.0#q999").await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotFound, "{error:?}");
}

#[tokio::test]
async fn a_run_in_the_queue_is_found_stopped_and_never_ran() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    jenkins.range.faults().order(Order::until_cleared(Fault::StuckQueued)).unwrap();
    let (binding, since) = (jenkins.deploy("staging", "stuck"), now());
    let id = provider.trigger(REPOSITORY, &binding).await.unwrap().unwrap().external_id;
    assert_eq!(provider.run(REPOSITORY, &id).await.unwrap().status, RunStatus::Queued);
    let found = provider.find_runs(REPOSITORY, &search(&binding, "stuck", true, since)).await.unwrap();
    assert_eq!(found.iter().map(|run| run.external_id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
    assert!(found[0].title.contains("PILOTHOUSE_RUN=stuck"), "{found:?}");
    let by_us = provider.find_runs(REPOSITORY, &search(&binding, "", false, since)).await.unwrap();
    assert_eq!(by_us.len(), 1);
    assert_eq!(provider.cancel(REPOSITORY, &id, false).await, Ok(CancelAnswer::Accepted));
    assert_eq!(provider.run(REPOSITORY, &id).await.unwrap().status, RunStatus::Cancelled);
    assert_eq!(provider.cancel(REPOSITORY, &id, false).await, Ok(CancelAnswer::AlreadyEnded));
}

#[tokio::test]
async fn identical_items_are_one_run() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    jenkins.range.faults().order(Order::until_cleared(Fault::StuckQueued)).unwrap();
    let binding = jenkins.deploy("staging", "twice");
    let first = provider.trigger(REPOSITORY, &binding).await.unwrap().unwrap();
    let second = provider.trigger(REPOSITORY, &binding).await.unwrap().unwrap();
    assert_eq!(first.external_id, second.external_id, "Jenkins folds what is the same");
    let other = provider.trigger(REPOSITORY, &jenkins.deploy("staging", "other")).await.unwrap().unwrap();
    assert_ne!(first.external_id, other.external_id, "a correlation keeps two apart");
}

#[tokio::test]
async fn a_forced_stop_goes_from_terminating_to_killing() {
    let jenkins = JenkinsRange::start(Setup { endless: true, ..Setup::default() }).await;
    let provider = jenkins.client(Token::Full);
    let id = provider.trigger(REPOSITORY, &jenkins.deploy("staging", "force")).await.unwrap().unwrap().external_id;
    jenkins.until(&id, &[pilothouse_range::JenkinsStanding::Building]).await;
    assert_eq!(provider.cancel(REPOSITORY, &id, true).await, Ok(CancelAnswer::Accepted));
    jenkins.ended(&id).await;
    assert!(jenkins.range.requests().iter().any(|request| request.method == "POST" && request.target.ends_with("/term")));
    assert_eq!(provider.run(REPOSITORY, &id).await.unwrap().status, RunStatus::Cancelled);
}

#[tokio::test]
async fn a_freestyle_build_is_one_job_with_a_log() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    let binding = FilledBinding { pipeline: "smoke".into(), git_ref: "main".into(), ..jenkins.deploy("staging", "free") };
    let id = provider.trigger(REPOSITORY, &binding).await.unwrap().unwrap().external_id;
    jenkins.ended(&id).await;
    let run = provider.run(REPOSITORY, &id).await.unwrap();
    assert_eq!(run.jobs.iter().map(|job| (job.name.as_str(), &job.status)).collect::<Vec<_>>(), [("build", &RunStatus::Succeeded)]);
    let log = provider.job_log(REPOSITORY, &run.jobs[0].external_id, 0).await.unwrap().unwrap();
    assert!(log.text.ends_with("Finished: SUCCESS\n") && log.is_complete, "{log:?}");
    let rest = provider.job_log(REPOSITORY, &run.jobs[0].external_id, log.next).await.unwrap().unwrap();
    assert_eq!((rest.text.as_str(), rest.next, rest.is_complete), ("", log.next, true));
}

#[tokio::test]
async fn what_others_started_is_found() {
    let jenkins = JenkinsRange::start(Setup::default()).await;
    let provider = jenkins.client(Token::Full);
    let since = now().plus(Duration::ZERO);
    let tag = provider.trigger(REPOSITORY, &jenkins.deploy("staging", "recent-1")).await.unwrap().unwrap().external_id;
    jenkins.ended(&tag).await;
    let on_branch = FilledBinding { git_ref: "feature/gift-cards".into(), ..jenkins.deploy("staging", "recent-2") };
    let branch = provider.trigger(REPOSITORY, &on_branch).await.unwrap().unwrap().external_id;
    jenkins.ended(&branch).await;
    assert!(branch.starts_with("deploy/feature%2Fgift-cards#"), "{branch}");
    let runs = provider.recent_runs(REPOSITORY, "deploy", since, 100).await.unwrap().runs;
    let told: Vec<_> = runs.iter().map(|run| (run.external_id.as_str(), run.git_ref.as_deref(), run.started_by.as_deref())).collect();
    assert_eq!(
        told,
        [(branch.as_str(), Some("feature/gift-cards"), Some("noor-haddad")), (tag.as_str(), Some("v1.2.0"), Some("noor-haddad")),]
    );
    let later = since.plus(Duration::from_secs(3600));
    assert_eq!(provider.recent_runs(REPOSITORY, "deploy", later, 100).await.unwrap().runs, vec![]);
}
