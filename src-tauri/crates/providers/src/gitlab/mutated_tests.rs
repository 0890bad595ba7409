//! Ten thousand broken answers: each is read or refused with a typed failure, and none brings anything down. The mutations are drawn
//! from a fixed seed, so that a failure comes again. Must not call anything.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::config_file::ConfigFile;
use super::memory::Memory;
use super::status::last_attempt;
use super::{refusal, wire, wire_ci};
use crate::answer::Answer;
use crate::mutated::{Dice, MANY, is_typed};
use http::{HeaderMap, StatusCode, header};
use secrecy::SecretString;

const ANSWERS: &[&str] = &[
    r#"{"id":1,"path_with_namespace":"acme/web/shop","default_branch":null,"permissions":{"project_access":null,"group_access":{"access_level":40}},"ci_config_path":"ci/a.yml@b/c:v1","archived":false}"#,
    r#"[{"id":42,"status":"manual","source":"api","ref":"v1","sha":"abc","name":"Deploy é","web_url":"https://h/42","created_at":"2026-11-23T06:00:00.123Z","user":{"username":"noor"}}]"#,
    r#"[{"id":7,"name":"deploy","stage":"deploy","status":"failed","allow_failure":false,"pipeline":{"id":42},"downstream_pipeline":{"id":43,"web_url":"u"}},{"id":8,"name":"deploy","stage":"x"}]"#,
    r#"[{"id":5,"status":"blocked","environment":{"name":"production"},"deployable":{"id":7,"name":"d","pipeline":{"id":42}},"pending_approval_count":1}]"#,
    r#"{"tag_name":"v1","name":null,"released_at":"2026-11-23T06:00:00Z","_links":{"self":"https://h"},"assets":{"links":[{"name":"a","url":"u"}]}}"#,
    r#"{"message":{"base":["Reference not found"],"deep":{"er":[1,null,{"x":[]}]}},"error":"insufficient_scope","scope":"api read_api"}"#,
    "spec:\n  inputs:\n    a: {type: array, default: [1, {b: c}], options: [x]}\n---\nworkflow: {name: '$[[ inputs.a | f ]]'}\nvariables:\n  V: {description: d, value: &x é}\njob: {script: [!reference [.a, b], *x]}\n",
];

#[test]
fn ten_thousand_broken_answers_are_read_or_refused() {
    let (secret, memory) = (SecretString::from("glpat-secret"), Memory::default());
    let mut dice = Dice::new();
    let mut read = 0;
    for n in 0..MANY {
        let body = dice.mutate(ANSWERS[n % ANSWERS.len()], "{\"message\":[");
        let kind = if n % 7 == 0 { "text/html" } else { "application/json" };
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
        let answer = Answer { status: StatusCode::OK, headers, body: body.into(), subject: "an answer".into() };
        if let Some(project) = is_typed(answer.json::<wire::Project>(&secret)) {
            let _ = (project.config_path(), project.is_ci_off());
            read += 1;
        }
        if let Some(pipelines) = is_typed(answer.json::<Vec<wire_ci::Pipeline>>(&secret)) {
            read += pipelines.into_iter().map(|pipeline| pipeline.into_run(1, Vec::new())).filter(|run| !run.title.is_empty()).count();
        }
        if let Some(jobs) = is_typed(answer.json::<Vec<wire_ci::Job>>(&secret)) {
            assert!(last_attempt(jobs, Vec::new()).0 >= 1);
        }
        let _ = is_typed(answer.json::<Vec<wire_ci::Deployment>>(&secret));
        let _ = is_typed(answer.json::<wire::Release>(&secret));
        if n % ANSWERS.len() == ANSWERS.len() - 1 {
            let file = ConfigFile::read(&String::from_utf8_lossy(&answer.body), "the file");
            let _ = (file.input_value("a", "[1]"), file.describe());
        }
        let failed = Answer { status: StatusCode::from_u16(400 + u16::try_from(n % 150).unwrap()).unwrap(), ..answer };
        assert!(refusal::classify(&failed, &secret, &memory, chrono::Utc::now()).message.chars().count() < 2000);
    }
    assert!(read > 500, "too few are still read to show anything: {read}");
}
