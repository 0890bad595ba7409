//! Ten thousand broken answers: each is read or refused with a typed failure, and none brings anything down. Must not call anything.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::memory::Memory;
use super::{refusal, wire, wire_delivery, workflow_file};
use crate::answer::Answer;
use crate::mutated::{Dice, MANY, is_typed};
use http::{HeaderMap, StatusCode, header};
use secrecy::SecretString;

const ANSWERS: &[&str] = &[
    r#"{"full_name":"acme/shop","default_branch":"main","description":null,"permissions":{"push":true},"archived":false}"#,
    r#"{"workflow_runs":[{"id":42,"html_url":"https://h/42","run_attempt":1,"status":"completed","conclusion":"failure","display_title":"Deploy é","name":"d","path":".github/workflows/d.yml@main","event":"workflow_dispatch","head_branch":"v1","head_sha":"abc","created_at":"2026-11-23T06:00:00Z","actor":{"login":"noor"},"triggering_actor":null}]}"#,
    r#"{"jobs":[{"id":7,"name":"deploy","status":"in_progress","conclusion":null,"html_url":"u","started_at":"2026-11-23T06:00:00Z","completed_at":null,"steps":[{"name":"s","status":"completed","conclusion":"success"}]}]}"#,
    r#"[{"environment":{"id":5,"name":"production"},"wait_timer":30,"wait_timer_started_at":"2026-11-23T06:00:00Z","current_user_can_approve":true,"reviewers":[{"reviewer":{"login":"noor","slug":null}}]}]"#,
    r#"{"ahead_by":2,"behind_by":0,"total_commits":2,"commits":[{"sha":"abc","commit":{"message":"m\n\nb","author":{"name":"n","date":"2026-11-23T06:00:00Z"},"committer":null},"author":{"login":"x"}}]}"#,
    r#"{"message":"Validation Failed","errors":[{"resource":"Workflow","field":"ref","code":"missing"},"x",{"message":{}}],"documentation_url":"https://h"}"#,
    "name: é\non:\n  workflow_dispatch:\n    inputs:\n      a: {type: choice, options: [x, 1, null], default: [1, {b: c}], required: yes}\nrun-name: ${{ inputs.a }}\njobs: {d: {environment: {name: *x}}}\n",
];

#[test]
fn ten_thousand_broken_answers_are_read_or_refused() {
    let (secret, memory) = (SecretString::from("ghp_secret"), Memory::default());
    let mut dice = Dice::new();
    let mut read = 0;
    for n in 0..MANY {
        let body = dice.mutate(ANSWERS[n % ANSWERS.len()], "{\"workflow_runs\":[");
        let kind = if n % 7 == 0 { "text/html" } else { "application/json; charset=utf-8" };
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
        let answer = Answer { status: StatusCode::OK, headers, body: body.into(), subject: "an answer".into() };
        if is_typed(answer.json::<wire::Repository>(&secret)).is_some() {
            read += 1;
        }
        if let Some(runs) = is_typed(answer.json::<wire::Runs>(&secret)) {
            read += runs.workflow_runs.into_iter().map(|run| run.into_run(Vec::new())).filter(|run| !run.title.is_empty()).count();
        }
        if let Some(jobs) = is_typed(answer.json::<wire::Jobs>(&secret)) {
            read += jobs.jobs.into_iter().map(wire::Job::into_job).filter(|job| !job.name.is_empty()).count();
        }
        let _ = is_typed(answer.json::<wire::Compare>(&secret));
        let _ = is_typed(answer.json::<Vec<wire_delivery::PendingDeployment>>(&secret));
        let _ = is_typed(answer.json::<Vec<wire_delivery::Deployment>>(&secret));
        let _ = is_typed(answer.json::<wire::Dispatched>(&secret));
        if n % ANSWERS.len() == ANSWERS.len() - 1 {
            let _ = workflow_file::describe(&String::from_utf8_lossy(&answer.body), "main");
        }
        let failed = Answer { status: StatusCode::from_u16(400 + u16::try_from(n % 150).unwrap()).unwrap(), ..answer };
        assert!(refusal::classify(&failed, &secret, &memory, chrono::Utc::now()).message.chars().count() < 2000);
    }
    assert!(read > 500, "too few are still read to show anything: {read}");
}
