//! Ten thousand broken answers: each is read or refused with a typed failure, and none brings anything down. The mutations are drawn
//! from a fixed seed, so that a failure comes again. Must not call anything.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::answer::Answer;
use super::client::Client;
use super::memory::Memory;
use super::place::Place;
use super::run_id::RunId;
use super::{page, parameters, view, wire};
use crate::base_url::BaseUrl;
use crate::mutated::{Dice, MANY, is_typed};
use crate::options::CallOptions;
use http::{HeaderMap, StatusCode, header};
use pilothouse_domain::network::NetworkSettings;
use pilothouse_engine::ports::provider::NetworkSecrets;
use secrecy::SecretString;
use std::sync::Arc;

const ANSWERS: &[&str] = &[
    r#"{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","name":"deploy","buildable":true,"color":"blue","nextBuildNumber":13,"property":[{},{"parameterDefinitions":[{"name":"VERSION","type":"StringParameterDefinition","defaultParameterValue":{"value":""}},{"name":"ENV","type":"ChoiceParameterDefinition","choices":["a","b"]}]}],"jobs":[{"name":"x","jobs":[]}],"builds":[{"number":1,"queueId":-1}]}"#,
    r#"{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":12,"queueId":17,"building":false,"result":"SUCCESS","timestamp":1795402800000,"duration":1000,"fullDisplayName":"deploy #12","actions":[{},null,{"parameters":[{"name":"A","value":true}]},{"causes":[{"userId":"noor","shortDescription":"by"}]},{"lastBuiltRevision":{"SHA1":"abc","branch":[{"name":"refs/remotes/origin/main"}]}}]}"#,
    r#"{"id":17,"inQueueSince":1795402800000,"cancelled":false,"executable":{"number":12,"url":"https://h/jenkins/job/a/job/b%2Fc/12/"},"task":{"url":"https://h/job/a/"},"actions":[{"parameters":[{"name":"A","value":"b"}]}]}"#,
    r#"{"status":"IN_PROGRESS","stages":[{"id":"6","name":"Build","status":"SUCCESS","startTimeMillis":1795402800000,"durationMillis":-5}]}"#,
    r#"[{"id":"Go","message":"Go?","inputs":[{"type":"BooleanParameterDefinition","name":"SURE","definition":{"defaultVal":false,"choices":null}}],"proceedUrl":"/job/a/12/input/Go/proceedEmpty","abortUrl":"/x"}]"#,
    "<html><head><title>Error 403 No valid crumb</title></head><body><th>MESSAGE:</th><td>é&#039;</td></body></html>",
];

#[test]
fn ten_thousand_broken_answers_are_read_or_refused() {
    let client = client();
    let place = Place::repository("a/b").unwrap();
    let id = RunId::parse("b#q17").unwrap();
    let mut dice = Dice::new();
    let mut read = 0;
    for n in 0..MANY {
        let body = dice.mutate(ANSWERS[n % ANSWERS.len()], "{\"jobs\":[");
        let kind = if n % 7 == 0 { "text/html" } else { "application/json;charset=utf-8" };
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
        let answer = Answer { status: StatusCode::OK, headers, body: body.into(), subject: "an answer".into() };
        let described = is_typed(answer.json::<wire::Described>(&client.secret));
        if let Some(item) = is_typed(answer.json::<wire::Item>(&client.secret)) {
            let _ = (parameters::inputs(&item), item.is_folder(), item.is_disabled());
            read += 1;
        }
        if let Some(build) = is_typed(answer.json::<wire::Build>(&client.secret)) {
            let run = view::of_build(&client, &place, &id, &build, None, described.as_ref());
            assert!(!view::jobs(&run, &build, described.as_ref()).is_empty());
        }
        if let Some(item) = is_typed(answer.json::<wire::QueueItem>(&client.secret)) {
            let _ = view::of_item(&client, &place, &id, &item, None);
            let _ = item.executable.and_then(|executable| Place::of_address(&executable.url?));
        }
        if let Some(steps) = is_typed(answer.json::<Vec<wire::PendingInput>>(&client.secret)) {
            let _: Vec<_> = steps.iter().flat_map(|step| &step.inputs).map(parameters::gate_input).collect();
        }
        let text = answer.text();
        let _ = (page::words(&text), page::is_login(&text), page::is_login_address(&text), Place::of_address(&text), RunId::parse(&text));
        let failed = Answer { status: StatusCode::from_u16(400 + u16::try_from(n % 150).unwrap()).unwrap(), ..answer };
        assert!(client.refusal(&failed).message.chars().count() < 2000);
    }
    assert!(read > 500, "too few are still read to show anything: {read}");
}

fn client() -> Client {
    let base = BaseUrl::parse("http://127.0.0.1:1/jenkins").unwrap();
    let transport = crate::transport::Transport::new(CallOptions::default());
    let http = transport.link(&base, &NetworkSettings::default(), &NetworkSecrets::default()).unwrap().http;
    Client::new(base, http, CallOptions::default(), "noor", &SecretString::from("secret"), Arc::new(Memory::default())).unwrap()
}
