//! Ten thousand broken answers: each is read or refused with a typed failure, and none brings anything down. The mutations are drawn
//! from a fixed seed, so that a failure comes again. Must not call anything.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::answer::Answer;
use super::config_file::ConfigFile;
use super::memory::Memory;
use super::status::last_attempt;
use super::{refusal, wire, wire_ci};
use http::{HeaderMap, StatusCode, header};
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};
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

/// Marsaglia's xorshift64: all that is needed of chance here.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).unwrap()
    }
}

fn mutate(text: &str, dice: &mut Dice) -> Vec<u8> {
    const PIECES: &[&[u8]] = &[
        b"null",
        b"{}",
        b"[]",
        b"\"x\"",
        b"-1",
        b"1e999",
        b"184467440737095516160",
        b"true",
        b"\xff\xfe",
        b"\0",
        b"<",
        b"*a",
        b"!t ",
        b"<<: ",
    ];
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(bytes.len());
        match dice.roll(6) {
            0 => bytes.truncate(at),
            1 => bytes[at..].iter_mut().take(1).for_each(|byte| *byte = byte.wrapping_add(1)),
            2 => {
                bytes.splice(at..at, PIECES[dice.roll(PIECES.len())].iter().copied());
            }
            3 => {
                // The value behind a colon becomes another.
                let colon = bytes.iter().skip(at).position(|byte| *byte == b':').map_or(at, |colon| at + colon + 1);
                let length = bytes.iter().skip(colon).position(|byte| matches!(byte, b',' | b'}' | b']'));
                let end = length.map_or(bytes.len(), |length| colon + length);
                bytes.splice(colon.min(end)..end, PIECES[dice.roll(PIECES.len())].iter().copied());
            }
            4 => {
                let nested: &[u8] = if dice.roll(2) == 0 { b"[" } else { b"{\"message\":[" };
                bytes.splice(at..at, nested.repeat(dice.roll(3000)));
            }
            _ => {
                let end = (at + dice.roll(20)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

fn is_typed<T>(read: Result<T, ProviderError>) -> Option<T> {
    read.map_err(|error| assert_eq!(error.kind, ProviderErrorKind::Unexpected, "{error:?}")).ok()
}

#[test]
fn ten_thousand_broken_answers_are_read_or_refused() {
    let (secret, memory) = (SecretString::from("glpat-secret"), Memory::default());
    let mut dice = Dice(0x5EED);
    let mut read = 0;
    for n in 0..10_000 {
        let body = mutate(ANSWERS[n % ANSWERS.len()], &mut dice);
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
