//! The adapter against moto, an implementation of AWS that isn't ours, for what moto 5.2 has of CodePipeline
//! (`moto/codepipeline/responses.py`): `CreatePipeline`, `GetPipeline`, `UpdatePipeline`, `ListPipelines`, `DeletePipeline`,
//! `StartPipelineExecution`, `GetPipelineExecution`, `ListPipelineExecutions` and the three calls about a resource's tags. All else
//! (actions, states, stages, approvals, stopping, going back) is an HTML page with status 500, which is a good test of its own.
//! Installed by `cargo xtask setup --purpose test`; says so and passes where it isn't there.

use super::REGION;
use crate::conformance::codepipeline::{PATIENCE, connect};
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::{Run, RunStatus};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{CallOutcome, ProviderErrorKind, RunSearch};
use pilothouse_range::AwsKey;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Starts moto at a free port, makes a role and a pipeline with the API's own client, and says where it is.
const START: &str = r#"
import json, logging, sys
from moto.server import ThreadedMotoServer
import boto3
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://127.0.0.1:{port}"
client = lambda name: boto3.client(name, endpoint_url=url, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
role = client("iam").create_role(RoleName="pipelines", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
pipeline = json.loads(sys.argv[1])
client("codepipeline").create_pipeline(pipeline={**pipeline, "roleArn": role})
print(url, flush=True)
sys.stdin.read()
"#;

fn python() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|home| home.join(".cache")));
    let folder = var("PILOTHOUSE_CACHE").or_else(|| caches.map(|caches| caches.join("pilothouse")))?.join("peers");
    let wanted = Path::new(env!("CARGO_MANIFEST_DIR")).join("../range/tests/clients/requirements.txt");
    let installed = std::fs::read_to_string(folder.join("requirements.txt")).ok()?;
    (installed == std::fs::read_to_string(wanted).unwrap()).then(|| folder.join("bin/python"))
}

fn pipeline() -> Value {
    let action = |name: &str, category: &str, provider: &str, configuration: Value| {
        json!({"name": name, "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
            "configuration": configuration, "runOrder": 1, "outputArtifacts": [], "inputArtifacts": []})
    };
    let source = json!({"S3Bucket": "source", "S3ObjectKey": "shop.zip"});
    json!({"name": "shop", "pipelineType": "V2", "artifactStore": {"type": "S3", "location": "artifacts"},
    "variables": [{"name": "VERSION", "defaultValue": "none"}],
    "stages": [
        {"name": "Source", "actions": [action("Source", "Source", "S3", source)]},
        {"name": "Staging", "actions": [action("Deploy", "Deploy", "CodeDeploy", json!({"ApplicationName": "shop"}))]},
    ]})
}

/// moto, and its address. Ends with its standard input.
async fn moto() -> Option<(Child, String)> {
    let mut command = Command::new(python()?);
    command.args(["-c", START, &pipeline().to_string()]).env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = tokio::time::timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    Some((child, url))
}

#[tokio::test]
async fn what_moto_has_is_understood() {
    let Some((_moto, url)) = moto().await else {
        println!("skipped: no moto; `cargo xtask setup --purpose test` installs it");
        return;
    };
    let key = AwsKey { access_key_id: "AKIAIOSFODNN7EXAMPLE".into(), secret_access_key: "secret".into(), session_token: None };
    let provider = connect(&url, &key, PATIENCE);
    let listed = provider.pipelines(REGION).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.pipeline.as_str()).collect::<Vec<_>>(), ["shop"]);
    let described = provider.describe_pipeline(REGION, "shop", "").await.unwrap();
    assert_eq!(described.inputs[0].name, "VERSION");
    let absent = provider.describe_pipeline(REGION, "nothing", "").await.unwrap_err();
    assert_eq!(absent.kind, ProviderErrorKind::NotFound, "{absent:?}");

    let inputs = vec![("VERSION".to_owned(), "1.2.0".to_owned())];
    let deploy = FilledBinding { pipeline: "shop".into(), git_ref: String::new(), inputs, correlation: "moto-1".into() };
    let since = Timestamp::new(chrono::Utc::now());
    let started = provider.trigger(REGION, &deploy).await.unwrap().unwrap();
    let names = |runs: &[Run]| runs.iter().map(|run| run.external_id.clone()).collect::<Vec<_>>();
    let recent = provider.recent_runs(REGION, "shop", since, 100).await.unwrap();
    assert_eq!((names(&recent.runs), recent.cut_at), (vec![started.external_id.clone()], None));
    assert_eq!((&recent.runs[0].status, recent.runs[0].title.as_str()), (&RunStatus::Succeeded, "shop VERSION=1.2.0"));
    let search = |correlation: &str| RunSearch {
        pipeline: "shop".into(),
        git_ref: String::new(),
        correlation: correlation.into(),
        is_correlated: true,
        since,
    };
    assert_eq!(names(&provider.find_runs(REGION, &search("1.2.0")).await.unwrap()), [started.external_id.as_str()], "by its variables");
    assert_eq!(provider.find_runs(REGION, &search("1.3.0")).await.unwrap(), []);
    // moto's second execution is another one, though its request token is the same: that AWS folds is not moto's.
    let twice = provider.trigger(REGION, &deploy).await.unwrap().unwrap();
    assert_eq!(names(&provider.recent_runs(REGION, "shop", since, 1).await.unwrap().runs), [twice.external_id.as_str()]);

    let unknown = FilledBinding { pipeline: "nothing".into(), ..deploy };
    let error = provider.trigger(REGION, &unknown).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.outcome()), (ProviderErrorKind::NotFound, CallOutcome::Refused), "{error:?}");

    // What moto lacks is answered with a page: no panic, and no word about an effect where there may be one.
    let error = provider.run(REGION, &started.external_id).await.unwrap_err();
    assert!(!matches!(error.kind, ProviderErrorKind::NotFound), "it is there, and its actions can't be read: {error:?}");
    let error = provider.cancel(REGION, "shop/00000000-0000-4000-8000-000000000000", true).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::Unknown, "{error:?}");
}
