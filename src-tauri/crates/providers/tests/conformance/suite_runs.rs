//! A run from its trigger to its end.

use crate::conformance::fixture::{Fixture, Setup, Token, assert_lacking, now, search};
use pilothouse_domain::deployment::{CancelAnswer, Run, RunStatus};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{CallOutcome, Capability, Provider, ProviderErrorKind};

/// Starts a run and gives its id, asking for it where the provider names none.
pub(crate) async fn start(provider: &dyn Provider, repository: &str, pipeline: &FilledBinding, correlation: &str) -> Run {
    let since = now();
    if let Some(run) = provider.trigger(repository, pipeline).await.unwrap() {
        return run;
    }
    let found = provider.find_runs(repository, &search(pipeline, correlation, true, since)).await.unwrap();
    assert_eq!(found.len(), 1, "the run of an accepted trigger is found by its correlation");
    found.into_iter().next().unwrap()
}

pub(crate) async fn a_run_is_started_followed_and_read<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let (pipeline, since) = (stand_in.deploy("staging", "follow-1"), now());
    let triggered = provider.trigger(&facts.repository, &pipeline).await.unwrap();
    assert_eq!(triggered.is_some(), provider.capabilities().has(Capability::NamesRun));
    let found = provider.find_runs(&facts.repository, &search(&pipeline, "follow-1", true, since)).await.unwrap();
    assert_eq!(found.len(), 1);
    let id = triggered.map_or_else(|| found[0].external_id.clone(), |run| run.external_id);
    assert_eq!(found[0].external_id, id);
    assert!(found[0].title.contains("follow-1") && found[0].created_at.is_some(), "{found:?}");

    provider.run(&facts.repository, &id).await.unwrap();
    stand_in.ended(&id).await;
    let run = provider.run(&facts.repository, &id).await.unwrap();
    assert_eq!((&run.status, run.attempt), (&RunStatus::Succeeded, 1), "{run:?}");
    assert!(!run.jobs.is_empty() && !run.url.is_empty());
    let began = run.started_at.or(run.created_at).unwrap();
    assert!(found[0].ended_at.is_none() || found[0].status.is_ended(), "only what has ended tells its end: {found:?}");
    assert!(run.ended_at.is_some_and(|ended| began <= ended), "{run:?}");
    for job in &run.jobs {
        assert_eq!(job.status, RunStatus::Succeeded, "{job:?}");
        assert!(job.started_at.unwrap() <= job.ended_at.unwrap(), "{job:?}");
        assert_eq!(!job.steps.is_empty(), facts.jobs_have_steps, "{job:?}");
        assert!(job.steps.iter().all(|step| step.status.is_ended()), "{job:?}");
    }
    let mut log = String::new();
    for job in &run.jobs {
        let part = provider.job_log(&facts.repository, &job.external_id, 0).await.unwrap().unwrap();
        assert_eq!(part.elsewhere.is_some(), facts.in_the_log.is_empty(), "here, or elsewhere: {part:?}");
        log.push_str(&part.text);
    }
    assert!(log.contains(facts.in_the_log), "{log}");
    assert_eq!((stand_in.started("follow-1"), stand_in.triggers_received(), stand_in.leaks()), (1, 1, 0));
    let none = provider.find_runs(&facts.repository, &search(&pipeline, "never-sent", true, since)).await.unwrap();
    assert_eq!(none, vec![]);
}

pub(crate) async fn failed_jobs_run_again_under_the_same_id<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    stand_in.order_failed_job();
    let id = start(&*provider, &facts.repository, &stand_in.deploy("staging", "fail-1"), "fail-1").await.external_id;
    stand_in.ended(&id).await;
    let failed = provider.run(&facts.repository, &id).await.unwrap();
    assert_eq!(failed.status, RunStatus::Failed);
    assert!(failed.failure().to_lowercase().contains("deploy"), "{}", failed.failure());
    let has = |capability| provider.capabilities().has(capability);
    for (failed_only, capability) in [(false, Capability::Rerun), (true, Capability::RerunFailed)] {
        if !has(capability) {
            assert_lacking(provider.rerun(&facts.repository, &id, failed_only).await);
        }
    }
    if !has(Capability::Rerun) && !has(Capability::RerunFailed) {
        return;
    }
    provider.rerun(&facts.repository, &id, has(Capability::RerunFailed)).await.unwrap();
    stand_in.ended(&id).await;
    let again = provider.run(&facts.repository, &id).await.unwrap();
    assert_eq!((again.external_id.as_str(), again.attempt, &again.status), (id.as_str(), 2, &RunStatus::Succeeded));
    assert!(again.jobs.iter().all(|job| job.status == RunStatus::Succeeded), "the jobs of the last attempt: {again:?}");
    assert_eq!(stand_in.started("fail-1"), 1, "another attempt is no other trigger");
}

pub(crate) async fn a_run_is_stopped_once<F: Fixture>() {
    let stand_in = F::start(Setup { endless: true, ..Setup::default() }).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let id = start(&*provider, &facts.repository, &stand_in.deploy("staging", "stop-1"), "stop-1").await.external_id;
    let running = provider.run(&facts.repository, &id).await.unwrap();
    assert!(!running.status.is_ended(), "{running:?}");
    if !provider.capabilities().has(Capability::LiveLogs) {
        assert_eq!(provider.job_log(&facts.repository, &running.jobs[0].external_id, 0).await, Ok(None));
    }
    for (failed_only, capability) in [(false, Capability::Rerun), (true, Capability::RerunFailed)] {
        let has = provider.capabilities().has(capability);
        let wanted = if has { ProviderErrorKind::Conflict } else { ProviderErrorKind::Unsupported };
        let error = provider.rerun(&facts.repository, &id, failed_only).await.unwrap_err();
        assert_eq!((error.kind.clone(), error.outcome()), (wanted, CallOutcome::Refused), "{failed_only}: {error:?}");
    }
    assert_eq!(provider.cancel(&facts.repository, &id, false).await, Ok(CancelAnswer::Accepted));
    stand_in.ended(&id).await;
    assert_eq!(provider.run(&facts.repository, &id).await.unwrap().status, RunStatus::Cancelled);
    assert_eq!(provider.cancel(&facts.repository, &id, false).await, Ok(CancelAnswer::AlreadyEnded));
    let forced = provider.cancel(&facts.repository, &id, true).await;
    if provider.capabilities().has(Capability::ForceCancel) {
        assert_eq!(forced, Ok(CancelAnswer::AlreadyEnded));
    } else {
        assert_eq!(forced, Err(provider.capabilities().refusal(Capability::ForceCancel)));
    }
}

pub(crate) async fn a_run_that_waits_for_a_person_says_so<F: Fixture>() {
    let stand_in = F::start(Setup { gated: true, ..Setup::default() }).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let id = start(&*provider, &facts.repository, &stand_in.deploy("production", "gate-1"), "gate-1").await.external_id;
    stand_in.waiting(&id).await;
    assert_eq!(provider.run(&facts.repository, &id).await.unwrap().status, RunStatus::Waiting);
}

pub(crate) async fn an_uncorrelated_run_is_found_by_who_when_and_where<F: Fixture>() {
    let stand_in = F::start(Setup { endless: true, ..Setup::default() }).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let (pipeline, since) = (stand_in.deploy("staging", "other"), now());
    let id = start(&*provider, &facts.repository, &pipeline, "other").await.external_id;
    let found = provider.find_runs(&facts.repository, &search(&pipeline, "", false, since)).await.unwrap();
    assert_eq!(found.iter().map(|run| run.external_id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
    let another = if facts.default_branch.is_empty() { facts.other_branch } else { facts.default_branch };
    let elsewhere = FilledBinding { git_ref: another.to_owned(), ..pipeline.clone() };
    assert_eq!(provider.find_runs(&facts.repository, &search(&elsewhere, "", false, since)).await.unwrap(), vec![]);
    let later = since.plus(std::time::Duration::from_secs(3600));
    assert_eq!(provider.find_runs(&facts.repository, &search(&pipeline, "", false, later)).await.unwrap(), vec![]);
}

pub(crate) async fn wrong_requests_start_nothing<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let good = stand_in.deploy("staging", "wrong-1");
    let described = provider.describe_pipeline(&facts.repository, &good.pipeline, &good.git_ref).await.unwrap();
    let takes_nothing = !described.inputs.iter().any(|input| input.required);
    let mut unknown_input = good.clone();
    unknown_input.inputs.push(("no_such_input".into(), "x".into()));
    for (what, wrong) in [
        ("ref", FilledBinding { git_ref: "no-such-ref".into(), ..good.clone() }),
        ("pipeline", FilledBinding { pipeline: "no-such.yml".into(), ..good.clone() }),
        ("trigger", FilledBinding { pipeline: facts.unstartable.into(), inputs: vec![], ..good.clone() }),
        ("inputs", FilledBinding { inputs: vec![], ..good.clone() }),
        ("input", unknown_input),
    ] {
        let is_no_case = match what {
            "trigger" => facts.unstartable.is_empty(),
            "inputs" => takes_nothing,
            "input" => facts.takes_any_input,
            _ => false,
        };
        if is_no_case {
            continue;
        }
        let error = provider.trigger(&facts.repository, &wrong).await.unwrap_err();
        assert_eq!(error.outcome(), CallOutcome::Refused, "{what}: {error:?}");
        assert!(matches!(error.kind, ProviderErrorKind::Invalid | ProviderErrorKind::NotFound), "{what}: {error:?}");
        assert!(!error.next_step.is_empty(), "{what}");
    }
    assert_eq!(stand_in.started("wrong-1"), 0);
    for error in [
        provider.run(&facts.repository, "1").await.unwrap_err(),
        provider.cancel(&facts.repository, "1", false).await.unwrap_err(),
        provider.job_log(&facts.repository, "1", 0).await.unwrap_err(),
    ] {
        assert_eq!(error.kind, ProviderErrorKind::NotFound, "{error:?}");
    }
    for (failed_only, capability) in [(false, Capability::Rerun), (true, Capability::RerunFailed)] {
        let error = provider.rerun(&facts.repository, "1", failed_only).await.unwrap_err();
        let lacking = !provider.capabilities().has(capability);
        assert_eq!(error.kind, if lacking { ProviderErrorKind::Unsupported } else { ProviderErrorKind::NotFound }, "{error:?}");
    }
}
