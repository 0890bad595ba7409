//! Manual jobs and blocked deployments, on the practice range and on canned answers; and logs that grow.

use crate::conformance::fixture::{Fixture, Setup, Token};
use crate::conformance::gitlab::GitLabRange;
use crate::contract::canned::{Canned, json};
use crate::gitlab::{PROJECT, provider};
use pilothouse_domain::deployment::RunStatus;
use pilothouse_engine::ports::provider::{GateAnswer, GateKind, GateOutcome, GateVerdict, ProviderErrorKind};
use serde_json::json;

#[tokio::test]
async fn a_manual_job_is_started_with_its_variables_and_not_rejected() {
    let stand_in = GitLabRange::start(Setup::default()).await;
    let (repository, provider) = (stand_in.facts().repository, stand_in.client(Token::Full));
    let mut deploy = stand_in.deploy("staging", "manual-1");
    deploy.inputs.push(("CONFIRM".into(), "yes".into()));
    let id = provider.trigger(&repository, &deploy).await.unwrap().unwrap().external_id;
    stand_in.waiting(&id).await;
    assert_eq!(provider.run(&repository, &id).await.unwrap().status, RunStatus::Waiting, "manual is no end");
    let gates = provider.gates(&repository).await.unwrap();
    assert_eq!(gates.len(), 1, "{gates:?}");
    let gate = &gates[0];
    assert_eq!((gate.kind, gate.title.as_str(), gate.environment.as_deref()), (GateKind::ManualJob, "deploy", Some("staging")));
    assert!(!gate.can_reject && !gate.takes_comment && gate.started_by.is_some(), "{gate:?}");
    let answer = |verdict| GateAnswer {
        run: id.clone(),
        gate: gate.external_id.clone(),
        verdict,
        comment: String::new(),
        inputs: vec![("CHECKED_BY".into(), "me".into())],
    };
    let error = provider.answer_gate(&repository, &answer(GateVerdict::Reject)).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unsupported, "{error:?}");
    assert!(error.next_step.contains(&id), "{error:?}");
    assert_eq!(provider.answer_gate(&repository, &answer(GateVerdict::Approve)).await, Ok(GateOutcome::Taken));
    stand_in.ended(&id).await;
    assert_eq!(provider.answer_gate(&repository, &answer(GateVerdict::Approve)).await, Ok(GateOutcome::TooLate));
    let run = provider.run(&repository, &id).await.unwrap();
    let job = run.jobs.iter().find(|job| job.name == "deploy").unwrap();
    assert!(provider.job_log(&repository, &job.external_id, 0).await.unwrap().unwrap().text.contains("CHECKED_BY=me"));
}

#[tokio::test]
async fn a_log_is_read_on_while_its_job_runs() {
    let stand_in = GitLabRange::start(Setup { endless: true, ..Setup::default() }).await;
    let (repository, provider) = (stand_in.facts().repository, stand_in.client(Token::Full));
    let id = provider.trigger(&repository, &stand_in.deploy("staging", "live")).await.unwrap().unwrap().external_id;
    let run = provider.run(&repository, &id).await.unwrap();
    assert_eq!(run.jobs.iter().map(|job| job.stage.as_deref()).collect::<Vec<_>>(), [Some("build"), Some("deploy"), Some("verify")]);
    assert_eq!(provider.job_log(&repository, &run.jobs[2].external_id, 0).await, Ok(None), "it has not begun");
    provider.cancel(&repository, &id, false).await.unwrap();
    stand_in.ended(&id).await;

    let finished = GitLabRange::start(Setup::default()).await;
    let provider = finished.client(Token::Full);
    let id = provider.trigger(&repository, &finished.deploy("staging", "done")).await.unwrap().unwrap().external_id;
    finished.ended(&id).await;
    let job = provider.run(&repository, &id).await.unwrap().jobs[0].external_id.clone();
    let whole = provider.job_log(&repository, &job, 0).await.unwrap().unwrap();
    assert!(whole.is_complete && whole.text.contains("Job succeeded") && whole.text.contains('\u{1b}'), "{whole:?}");
    let rest = provider.job_log(&repository, &job, 10).await.unwrap().unwrap();
    assert_eq!((rest.text.as_str(), rest.next), (&whole.text[10..], whole.next));
}

#[tokio::test]
async fn optional_and_approved_jobs_are_told_from_those_that_wait() {
    let server = Canned::start(|seen, _| {
        let job = |id: u64, optional: bool| json!({"id": id, "name": format!("job {id}"), "allow_failure": optional, "pipeline": {"id": 42}, "web_url": "u"});
        let deployment = |id: u64| json!({"id": id, "status": "blocked", "environment": {"name": "production"}, "deployable": job(10 + id, false)});
        let path = seen.path.trim_start_matches("/api/v4/projects/acme%2Fweb%2Fshop");
        match path {
            "" => json(200, &json!({"path_with_namespace": PROJECT, "ci_config_path": "ci/main.yml"})),
            path if path.starts_with("/jobs?") => json(200, &json!([job(1, true), job(2, false), job(15, false), job(16, false)])),
            path if path.starts_with("/deployments?status=blocked") => json(200, &json!([deployment(5), deployment(6)])),
            path if path.starts_with("/deployments?") => json(200, &json!([])),
            "/deployments/5" => json(200, &json!({"id": 5, "pending_approval_count": 1})),
            _ => json(200, &json!({"id": 6, "pending_approval_count": 0})),
        }
    })
    .await;
    let gates = provider(&server).gates(PROJECT).await.unwrap();
    let shown: Vec<_> = gates.iter().map(|gate| (gate.external_id.as_str(), gate.kind, gate.environment.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("deployment-5", GateKind::Deployment, Some("production")),
            ("job-2", GateKind::ManualJob, None),
            ("job-16", GateKind::ManualJob, Some("production")),
        ],
        "the optional job is left out, and a blocked deployment's job isn't listed twice"
    );
    assert!(gates.iter().all(|gate| gate.pipeline == "ci/main.yml" && gate.run == "42"));
}
