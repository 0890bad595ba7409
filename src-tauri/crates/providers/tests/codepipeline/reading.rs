//! Lists of many pages, and pipelines that policies hide.

use super::REGION;
use crate::conformance::codepipeline::{PATIENCE, connect};
use crate::conformance::fixture::now;
use crate::contract::canned::{Canned, Reply, Seen, json};
use pilothouse_engine::ports::provider::{Provider, ProviderErrorKind as Kind, RunSearch};
use pilothouse_range::AwsKey;
use serde_json::{Value, json as value};
use std::sync::Arc;

fn client(server: &Canned) -> Arc<dyn Provider> {
    let key = AwsKey { access_key_id: "AKIAEXAMPLE".into(), secret_access_key: "SECRET".into(), session_token: None };
    connect(&server.url, &key, PATIENCE)
}

fn operation(seen: &Seen) -> String {
    seen.header("x-amz-target").first().and_then(|target| target.rsplit('.').next()).unwrap_or("sts").to_owned()
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Executions of this moment, `size` on each page, of which only the last page's hold our variable.
fn executions(seen: &Seen, pages: usize, size: usize) -> Reply {
    let body = seen.json();
    if operation(seen) == "GetPipelineExecution" {
        let asked = body["pipelineExecutionId"].as_str().unwrap();
        let ours = asked == id((pages - 1) * size);
        let run = value!({ "pipelineExecutionId": asked, "status": "InProgress",
            "variables": [{ "name": "RUN", "resolvedValue": if ours { "needle" } else { "hay" } }] });
        return json(200, &value!({ "pipelineExecution": run }));
    }
    let page: usize = body["nextToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let one =
        |number: usize| value!({ "pipelineExecutionId": id(page * size + number), "status": "InProgress", "startTime": 4_000_000_000_i64 });
    let mut answer = value!({ "pipelineExecutionSummaries": (0..size).map(one).collect::<Vec<Value>>() });
    if page + 1 < pages {
        answer["nextToken"] = value!((page + 1).to_string());
    }
    json(200, &answer)
}

fn needle() -> RunSearch {
    RunSearch { pipeline: "p".into(), git_ref: String::new(), correlation: "needle".into(), is_correlated: true, since: now() }
}

#[tokio::test]
async fn ours_is_found_on_a_later_page_and_variables_are_asked_for_once() {
    let server = Canned::start(|seen, _| executions(seen, 3, 4)).await;
    let provider = client(&server);
    for _ in 0..2 {
        let found = provider.find_runs(REGION, &needle()).await.unwrap();
        assert_eq!(found.iter().map(|run| run.external_id.clone()).collect::<Vec<_>>(), [format!("p/{}", id(8))]);
    }
    let count = |name: &str| server.seen().iter().filter(|seen| operation(seen) == name).count();
    assert_eq!((count("ListPipelineExecutions"), count("GetPipelineExecution")), (6, 12));
}

#[tokio::test]
async fn a_list_without_end_is_left_and_said_to_be_so() {
    let server = Canned::start(|seen, _| executions(seen, usize::MAX, 1)).await;
    let error = client(&server).find_runs(REGION, &needle()).await.unwrap_err();
    assert!(error.kind == Kind::Unexpected && error.message.contains("more than"), "{error:?}");
    assert!(server.seen().len() <= 20, "{}", server.seen().len());
}

/// Two pipelines, of which one may not be read.
fn half_hidden(seen: &Seen, hidden: &[&str]) -> Reply {
    let denied =
        || json(400, &value!({ "__type": "AccessDeniedException", "message": "not authorized to perform: codepipeline:GetPipeline" }));
    let body = seen.json();
    let name = body["name"].as_str().or(body["pipelineName"].as_str()).unwrap_or_default();
    match operation(seen).as_str() {
        _ if hidden.contains(&name) => denied(),
        "ListPipelines" => json(200, &value!({ "pipelines": [{ "name": "a", "version": 1 }, { "name": "b", "version": 1 }] })),
        "GetPipeline" => {
            let kind = value!({ "category": "Deploy", "owner": "AWS", "provider": "ECS", "version": "1" });
            let stages = value!([{ "name": "Live", "actions": [{ "name": "Deploy", "actionTypeId": kind }] }]);
            let role = "arn:aws:iam::111122223333:role/x";
            json(200, &value!({ "pipeline": { "name": name, "roleArn": role, "version": 1, "stages": stages } }))
        }
        _ => json(200, &value!({})),
    }
}

#[tokio::test]
async fn a_pipeline_that_a_policy_hides_does_not_hide_the_others() {
    let server = Canned::start(|seen, _| half_hidden(seen, &["a"])).await;
    assert_eq!(client(&server).environments(REGION).await.unwrap(), ["b/Live"]);
    let all = Canned::start(|seen, _| half_hidden(seen, &["a", "b"])).await;
    let error = client(&all).environments(REGION).await.unwrap_err();
    assert_eq!(error.kind, Kind::Forbidden, "{error:?}");
}

#[tokio::test]
async fn what_one_pipeline_lets_us_read_is_not_missing() {
    let is_token_service = |seen: &Seen| operation(seen) == "sts";
    let answer = move |seen: &Seen, hidden: &[&str]| {
        if is_token_service(seen) { crate::contract::canned::with(403, &[], "") } else { half_hidden(seen, hidden) }
    };
    let some = Canned::start(move |seen, _| answer(seen, &["a"])).await;
    let verified = client(&some).verify().await.unwrap();
    assert_eq!((verified.account.login.as_str(), verified.missing), ("AKIAEXAMPLE", vec![]), "without the token service, the key's id");
    let none = Canned::start(move |seen, _| answer(seen, &["a", "b"])).await;
    let missing = client(&none).verify().await.unwrap().missing;
    assert!(missing.contains(&"codepipeline:GetPipelineState".to_owned()) && missing.len() == 4, "{missing:?}");
}
