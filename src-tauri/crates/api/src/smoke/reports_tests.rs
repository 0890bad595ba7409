//! Reports that runs leave behind: read once the run of a deployment has ended, or because somebody asks, and of each attempt once.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::{Ends, Rig};
use crate::*;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_engine::ports::provider::{Artifact, ArtifactFile, ProviderError, ProviderErrorKind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

const GREEN: &str = r#"<testsuites><testsuite name="smoke"><testcase name="answers"/></testsuite></testsuites>"#;
const RED: &str = r#"<testsuite><testcase name="pays"><failure message="got 500"/></testcase></testsuite>"#;

fn artifact(name: &str, files: &[(&str, &str)]) -> (Artifact, Vec<ArtifactFile>) {
    let artifact = Artifact { id: name.into(), name: name.into(), is_archive: true, bytes: None, expires_at: None, why_not: None };
    (artifact, files.iter().map(|(path, text)| ArtifactFile { path: (*path).into(), text: (*text).into() }).collect())
}

struct Scene {
    rig: Rig,
    product: ProductDto,
    release: ReleaseDetail,
}

impl Scene {
    async fn new() -> Self {
        let rig = Rig::new();
        let product = rig.product(|p| p.environments.iter_mut().for_each(|e| e.rules.required_approvals = 0)).await;
        let release = rig.plan(&rig.draft(&product, "1.4.0").await).await;
        Self { rig, product, release }
    }

    fn staging(&self) -> String {
        self.product.environments[0].id.clone().unwrap()
    }

    async fn rule(&self, patterns: &[&str]) -> Result<(), ApiError> {
        let patterns = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let request = SetReportRuleRequest { environment_id: self.staging(), patterns, automatic: true, required: true };
        self.rig.api.set_report_rule(request).await
    }

    fn leaves(&self, artifacts: Vec<(Artifact, Vec<ArtifactFile>)>) {
        *self.rig.world.left_behind.lock().unwrap() = artifacts;
    }

    async fn ask(&self) -> Result<SmokeRunSummary, ApiError> {
        let request =
            CollectReportsRequest { release_id: self.release.release.id.clone(), environment_id: self.staging(), manual_run_id: None };
        self.rig.api.collect_reports(request).await
    }

    async fn tests(&self) -> Vec<SmokeTestView> {
        self.rig.api.smoke_panel(IdRequest { id: self.release.release.id.clone() }).await.unwrap().environments[0].tests.clone()
    }

    async fn run(&self, id: &str) -> SmokeRunView {
        self.rig.api.get_smoke_run(IdRequest { id: id.to_owned() }).await.unwrap()
    }
}

#[tokio::test]
async fn the_reports_of_a_deployment_come_by_themselves_and_hold_the_release() {
    let scene = Scene::new().await;
    assert_eq!(scene.rule(&["[", "x"]).await.unwrap_err().field.as_deref(), Some("patterns"));
    scene.rule(&[]).await.unwrap();
    scene.leaves(vec![
        artifact("coverage", &[("index.html", "<html/>")]),
        artifact("test-results", &[("out/junit-smoke.xml", RED), ("out/unit.tap", "1..1\nok 1\n"), ("../../etc/TEST-x.xml", GREEN)]),
    ]);
    scene.rig.deploy_through(&scene.release, 0).await;
    let [test] = &scene.tests().await[..] else { panic!("one result of the run") };
    assert_eq!((test.name.as_str(), test.standing, test.required), ("Tests of deploy.yml", SmokeStandingWord::Failed, true));
    let read = scene.run(&test.runs[0].id).await;
    assert_eq!(read.summary.cause, SmokeCauseWord::Collected);
    let collected = read.collected.unwrap();
    assert_eq!(collected.files, ["out/junit-smoke.xml", "out/unit.tap", "../../etc/TEST-x.xml"]);
    assert!(!collected.external_id.is_empty() && collected.attempt == 1);
    let report = read.report.unwrap();
    assert_eq!((report.passed, report.failed, report.cases[0].name.as_str()), (2, 1, "pays"));
    let held = scene.rig.again(&scene.release).await;
    assert!(held.environments[1].blockers.iter().any(|blocker| blocker.gate == GateWord::Smoke), "{:?}", held.environments[1].blockers);
    assert!(!scene.rig.world.alerts.lock().unwrap().is_empty(), "nobody has asked for it: it is told");

    assert_eq!(scene.ask().await.unwrap().id, read.summary.id, "of an attempt once, whoever asks");
    assert_eq!(scene.tests().await[0].runs.len(), 1);
}

#[tokio::test]
async fn a_failed_run_leaves_its_reports_too() {
    let scene = Scene::new().await;
    scene.rule(&["**/*.xml"]).await.unwrap();
    scene.leaves(vec![artifact("a", &[("a.xml", RED)])]);
    *scene.rig.world.run_status.lock().unwrap() = RunStatus::Failed;
    scene.rig.deploy_through(&scene.release, 0).await;
    let [test] = &scene.tests().await[..] else { panic!("one result") };
    assert_eq!(test.runs[0].state, SmokeRunWord::Failed, "before anybody has decided about the run");
}

#[tokio::test]
async fn somebody_asks_for_them_and_what_came_to_nothing_may_be_asked_for_again() {
    let scene = Scene::new().await;
    let early = scene.ask().await.unwrap_err();
    assert!(early.message.contains("no run has deployed 1.4.0"), "{early:?}");
    let why_not = async || {
        let panel = scene.rig.api.smoke_panel(IdRequest { id: scene.release.release.id.clone() }).await.unwrap();
        panel.environments[0].reports_why_not.clone()
    };
    assert!(why_not().await.unwrap().contains("No run has deployed"));
    scene.leaves(vec![artifact("logs", &[("build.log", "x")])]);
    scene.rig.deploy_through(&scene.release, 0).await;
    assert_eq!((why_not().await, scene.tests().await.len()), (None, 0), "nothing comes by itself where nobody said so");
    let none = scene.ask().await.unwrap();
    scene.rig.carry().await;
    let none = scene.run(&none.id).await.summary;
    assert_eq!((none.state, none.reason.as_str()), (SmokeRunWord::Errored, "the run left no file that is a report"));
    scene.leaves(vec![artifact("junit", &[("junit.xml", GREEN)])]);
    let again = scene.ask().await.unwrap();
    assert_ne!(again.id, none.id);
    assert_eq!(scene.ask().await.unwrap().id, again.id, "while it is under way too");
    scene.rig.carry().await;
    assert_eq!(scene.run(&again.id).await.summary.state, SmokeRunWord::Passed);
    assert_eq!(scene.tests().await[0].standing, SmokeStandingWord::Passed);
}

#[tokio::test]
async fn an_outage_is_waited_out_and_a_refusal_is_told() {
    let scene = Scene::new().await;
    scene.rig.deploy_through(&scene.release, 0).await;
    scene.leaves(vec![artifact("junit", &[("junit.xml", GREEN)])]);
    let asked = scene.ask().await.unwrap();
    let error = |kind| ProviderError { kind, message: "The provider says no.".into(), next_step: "Ask its owner.".into() };
    *scene.rig.world.outage.lock().unwrap() = Some(error(ProviderErrorKind::Forbidden));
    scene.rig.carry().await;
    let told = scene.run(&asked.id).await.summary;
    assert_eq!((told.state, told.reason.as_str()), (SmokeRunWord::Errored, "The provider says no. Ask its owner."));
}

#[tokio::test]
async fn a_crash_at_any_write_imports_them_once() {
    for is_written in [false, true] {
        for at in 1.. {
            let scene = Scene::new().await;
            scene.rig.deploy_through(&scene.release, 0).await;
            scene.leaves(vec![artifact("junit", &[("junit.xml", GREEN)])]);
            scene.ask().await.unwrap();
            let ends = Arc::new(Ends::at(at, is_written));
            let dying = scene.rig.restarted(Some(Arc::clone(&ends) as _)).await;
            let _ = dying.api.engine().carry_due().await;
            scene.rig.restarted(None).await.carry().await;
            let [test] = &scene.tests().await[..] else { panic!("one result, at write {at}") };
            assert_eq!((test.standing, test.runs.len()), (SmokeStandingWord::Passed, 1), "at write {at}");
            if !ends.has_ended.load(Ordering::Relaxed) {
                assert!(at > 2, "each write on the way was one to end at: {at}");
                break;
            }
        }
    }
}
