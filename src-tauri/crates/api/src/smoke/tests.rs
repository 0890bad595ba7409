//! Smoke tests as a person meets them: a red one holds the release, a green re-run lets it go on, and nothing secret is kept.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;
use pilothouse_domain::smoke::{Answer, Unanswered};
use secrecy::SecretString;

const TEXT: &str = r#"name: Checkout
steps:
  - name: Log in
    method: POST
    url: "{{base_url}}/session"
    json: { password: "{{secret.shop-password}}" }
    capture: [{ as: session, json: $.key, secret: true }]
  - name: Version
    url: "{{base_url}}/version"
    headers: { X-Session: "{{session}}" }
    retries: 1
    expect:
      json: [{ path: $.version, equals: "{{version}}" }]
"#;

fn answer(status: u16, body: &str) -> Result<Answer, Unanswered> {
    Ok(Answer {
        status,
        headers: vec![("set-cookie".into(), "sid=1".into())],
        body: body.into(),
        is_cut: false,
        redirects: Vec::new(),
        certificate_until: None,
        took_us: 1_000,
    })
}

const LOGGED_IN: &str = r#"{"key":"k-ey-7331","echo":"hunter22"}"#;

struct Smoked {
    rig: Rig,
    product: ProductDto,
    release: ReleaseDetail,
}

impl Smoked {
    /// A product with a required scenario in staging, and a release that was planned.
    async fn new() -> Self {
        let rig = Rig::new();
        let product = rig.product(|p| p.environments.iter_mut().for_each(|e| e.rules.required_approvals = 0)).await;
        let (product_id, staging) = (product.id.clone().unwrap(), product.environments[0].id.clone().unwrap());
        let scenario = SmokeScenarioDto {
            id: None,
            name: "Checkout".into(),
            source: SmokeSourceDto::Written { text: TEXT.into() },
            environment_ids: vec![staging.clone()],
            trigger: SmokeTriggerWord::AfterDeployment,
            required: true,
        };
        rig.api.put_smoke_scenario(PutSmokeScenarioRequest { product_id: product_id.clone(), scenario }).await.unwrap();
        rig.api.set_smoke_target(SetSmokeTargetRequest { environment_id: staging, base_url: "http://shop.test/".into() }).await.unwrap();
        let secret = Some(Token::from(SecretString::from("hunter22")));
        rig.api.set_smoke_secret(SetSmokeSecretRequest { product_id, name: "shop-password".into(), secret }).await.unwrap();
        let release = rig.plan(&rig.draft(&product, "1.4.0").await).await;
        Self { rig, product, release }
    }

    fn answers(&self, answers: impl IntoIterator<Item = Result<Answer, Unanswered>>) {
        *self.rig.world.exchanges.lock().unwrap() = answers.into_iter().collect();
    }

    async fn test(&self) -> SmokeTestView {
        let panel = self.rig.api.smoke_panel(IdRequest { id: self.release.release.id.clone() }).await.unwrap();
        assert_eq!(panel.environments[0].environment, self.product.environments[0].name);
        panel.environments[0].tests[0].clone()
    }

    async fn run_again(&self) -> SmokeRunView {
        let environment_id = self.product.environments[0].id.clone().unwrap();
        let request = RunSmokeRequest { release_id: self.release.release.id.clone(), environment_id, scenario_ids: Vec::new() };
        let asked = self.rig.api.run_smoke(request).await.unwrap();
        self.rig.carry().await;
        self.rig.api.get_smoke_run(IdRequest { id: asked[0].id.clone() }).await.unwrap()
    }

    /// The blockers of smoke tests on the way to production.
    async fn blockers(&self) -> Vec<BlockerView> {
        let release = self.rig.again(&self.release).await;
        release.environments[1].blockers.iter().filter(|blocker| blocker.gate == GateWord::Smoke).cloned().collect()
    }
}

#[tokio::test]
async fn a_red_test_holds_the_release_and_a_green_one_lets_it_go_on() {
    let smoked = Smoked::new().await;
    assert_eq!(smoked.test().await.standing, SmokeStandingWord::NotRun);
    let wrong = || answer(200, r#"{"version":"1.3.9"}"#);
    smoked.answers([answer(200, LOGGED_IN), wrong(), wrong()]);
    smoked.rig.deploy_through(&smoked.release, 0).await;
    let red = smoked.test().await;
    assert_eq!((red.standing, red.runs[0].cause), (SmokeStandingWord::Failed, SmokeCauseWord::AfterDeployment), "{red:?}");
    assert!(red.reason.contains("Version: expected $.version is") && red.reason.contains("1.3.9"), "{}", red.reason);
    let blockers = smoked.blockers().await;
    assert_eq!((blockers.len(), blockers[0].cleared_by), (1, ClearedBy::SmokeTest), "{blockers:?}");
    assert!(blockers[0].title.contains("Checkout failed in"), "{blockers:?}");
    let told = smoked.rig.world.alerts.lock().unwrap().iter().filter(|alert| alert.title.contains("Checkout failed")).count();
    assert_eq!(told, 1, "nobody watched it run");

    let right = || answer(200, r#"{"version":"1.4.0"}"#);
    smoked.answers([answer(200, LOGGED_IN), wrong(), right()]);
    let green = smoked.run_again().await;
    assert_eq!((green.summary.state, green.steps[1].attempts), (SmokeRunWord::Passed, 2));
    assert_eq!(smoked.blockers().await, [], "a re-run takes the place of the verdict");
    let test = smoked.test().await;
    assert_eq!(test.flaky.as_deref(), Some("Failed 1 of 2 runs for this version, and passed only when tried again in 1"));
    smoked.rig.deploy_through(&smoked.release, 1).await;

    smoked.answers([answer(200, LOGGED_IN), wrong(), wrong()]);
    smoked.run_again().await;
    assert_eq!(smoked.test().await.standing, SmokeStandingWord::Failed, "and a red one takes a green one back");
}

#[tokio::test]
async fn nothing_secret_is_kept_or_shown() {
    let smoked = Smoked::new().await;
    smoked.answers([answer(200, LOGGED_IN), answer(200, r#"{"version":"1.4.0","again":"k-ey-7331"}"#)]);
    smoked.rig.deploy_through(&smoked.release, 0).await;
    let id = smoked.test().await.runs[0].id.clone();
    let run = smoked.rig.api.get_smoke_run(IdRequest { id }).await.unwrap();
    assert_eq!(run.summary.state, SmokeRunWord::Passed, "{run:?}");
    let shown = serde_json::to_string(&run).unwrap();
    for secret in ["hunter22", "k-ey-7331", "sid=1"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert_eq!(run.steps[0].captured, [NamedValue { name: "session".into(), value: String::new() }]);
    let sent = smoked.rig.world.sent_requests.lock().unwrap().clone();
    assert_eq!(sent, ["POST http://shop.test/session {\"password\":\"hunter22\"}", "GET http://shop.test/version X-Session=k-ey-7331"]);
    let audit = serde_json::to_string(&smoked.rig.api.audit_page(Default::default()).await.unwrap()).unwrap();
    assert!(!audit.contains("hunter22") && audit.contains("smoke_run.passed"));
}

#[tokio::test]
async fn what_could_not_be_told_is_not_failed() {
    let smoked = Smoked::new().await;
    let lost = Unanswered { is_ours: true, reason: "the name shop.test can't be resolved".into(), took_us: 1 };
    smoked.answers([Err(lost)]);
    smoked.rig.deploy_through(&smoked.release, 0).await;
    let test = smoked.test().await;
    assert_eq!(test.standing, SmokeStandingWord::Errored, "{test:?}");
    assert!(smoked.blockers().await[0].title.contains("could not tell"));

    let refused = Unanswered { is_ours: false, reason: "connection refused".into(), took_us: 1 };
    smoked.answers([Err(refused)]);
    assert_eq!(smoked.run_again().await.summary.state, SmokeRunWord::Failed);

    let product_id = smoked.product.id.clone().unwrap();
    smoked.rig.api.set_smoke_secret(SetSmokeSecretRequest { product_id, name: "shop-password".into(), secret: None }).await.unwrap();
    let without = smoked.run_again().await;
    assert_eq!(without.summary.state, SmokeRunWord::Errored);
    assert!(without.summary.reason.contains("shop-password") && without.summary.reason.contains("Give it"), "{}", without.summary.reason);
}

#[tokio::test]
async fn a_run_that_was_cut_off_has_errored_and_one_that_is_stopped_too() {
    let smoked = Smoked::new().await;
    smoked.rig.deploy_through(&smoked.release, 0).await;
    let environment_id = smoked.product.environments[0].id.clone().unwrap();
    let request = RunSmokeRequest { release_id: smoked.release.release.id.clone(), environment_id, scenario_ids: Vec::new() };
    smoked.answers([answer(200, LOGGED_IN)]);
    *smoked.rig.world.stops_at_exchange.lock().unwrap() = true;
    let asked = smoked.rig.api.run_smoke(request.clone()).await.unwrap();
    assert_eq!(smoked.rig.api.run_smoke(request.clone()).await.unwrap()[0].id, asked[0].id, "it is not asked for twice");
    // The host goes away in the middle of the first step.
    let engine = smoked.rig.api.engine();
    assert!(tokio::time::timeout(std::time::Duration::from_millis(50), engine.carry_due()).await.is_err());
    assert_eq!(smoked.test().await.standing, SmokeStandingWord::Running);
    *smoked.rig.world.stops_at_exchange.lock().unwrap() = false;
    smoked.rig.carry().await;
    let test = smoked.test().await;
    assert_eq!(test.standing, SmokeStandingWord::Errored);
    assert!(test.reason.contains("stopped while it was under way"), "{}", test.reason);

    let asked = smoked.rig.api.run_smoke(request).await.unwrap();
    let stopped = smoked.rig.api.cancel_smoke_run(IdRequest { id: asked[0].id.clone() }).await.unwrap();
    assert_eq!((stopped.state, stopped.reason.as_str()), (SmokeRunWord::Errored, "Mira Okafor stopped it"));
    smoked.rig.carry().await;
    assert_eq!(smoked.rig.world.exchanges.lock().unwrap().len(), 1, "nothing was sent for it");
}

#[tokio::test]
async fn a_verdict_goes_stale_with_what_it_tested() {
    let smoked = Smoked::new().await;
    let good = [answer(200, LOGGED_IN), answer(200, r#"{"version":"1.4.0"}"#)];
    smoked.answers(good.clone());
    smoked.rig.deploy_through(&smoked.release, 0).await;
    assert_eq!(smoked.test().await.standing, SmokeStandingWord::Passed);

    let view = smoked.rig.api.smoke_scenarios(IdRequest { id: smoked.product.id.clone().unwrap() }).await.unwrap();
    assert_eq!(view.secrets, [SmokeSecretView { name: "shop-password".into(), is_there: true }]);
    let mut scenario = view.scenarios[0].clone();
    scenario.source = SmokeSourceDto::Written { text: TEXT.replace("Log in", "Sign in") };
    let put = PutSmokeScenarioRequest { product_id: view.product_id, scenario };
    smoked.rig.api.put_smoke_scenario(put).await.unwrap();
    let changed = smoked.test().await;
    assert_eq!((changed.standing, changed.reason.as_str()), (SmokeStandingWord::Stale, "the scenario was changed since"));
    assert!(smoked.blockers().await[0].title.contains("out of date"));
    smoked.answers(good);
    smoked.run_again().await;
    assert_eq!(smoked.blockers().await, []);

    let newer = smoked.rig.plan(&smoked.rig.draft(&smoked.product, "1.5.0").await).await;
    smoked.rig.deploy_through(&newer, 0).await;
    assert_eq!(smoked.test().await.standing, SmokeStandingWord::Stale);
    let environment_id = smoked.product.environments[0].id.clone().unwrap();
    let request = RunSmokeRequest { release_id: smoked.release.release.id.clone(), environment_id, scenario_ids: Vec::new() };
    let refused = smoked.rig.api.run_smoke(request).await.unwrap_err();
    assert!(refused.message.contains("runs 1.5.0, not 1.4.0"), "{refused:?}");
}

#[tokio::test]
async fn a_report_counts_like_a_run() {
    let smoked = Smoked::new().await;
    smoked.answers([answer(200, LOGGED_IN), answer(200, r#"{"version":"1.4.0"}"#)]);
    smoked.rig.deploy_through(&smoked.release, 0).await;
    let import = |text: &str, required: bool| ImportReportRequest {
        release_id: smoked.release.release.id.clone(),
        environment_id: smoked.product.environments[0].id.clone().unwrap(),
        name: "pytest".into(),
        source: "report.xml".into(),
        text: text.into(),
        required,
    };
    let red = r#"<testsuite><testcase classname="cart" name="total"><failure message="90"/></testcase></testsuite>"#;
    let optional = smoked.rig.api.import_report(import(red, false)).await.unwrap();
    assert_eq!(optional.summary.state, SmokeRunWord::Failed);
    assert_eq!(smoked.blockers().await, [], "it isn't required");
    let required = smoked.rig.api.import_report(import(red, true)).await.unwrap();
    assert!(smoked.blockers().await[0].title.contains("pytest failed in"));
    let again = smoked.rig.api.import_report(import(red, true)).await.unwrap();
    assert_eq!(again.summary.id, required.summary.id, "the same report is kept once");
    smoked.rig.api.import_report(import(r#"<testsuite><testcase name="total"/></testsuite>"#, true)).await.unwrap();
    assert_eq!(smoked.blockers().await, []);
    let refused = smoked.rig.api.import_report(import("<!DOCTYPE a><testsuite/>", true)).await.unwrap_err();
    assert!(refused.message.contains("document type"), "{refused:?}");
}

#[tokio::test]
async fn a_scenario_is_tried_without_a_trace() {
    let smoked = Smoked::new().await;
    smoked.rig.deploy_through(&smoked.release, 0).await;
    let runs = smoked.test().await.runs.len();
    smoked.answers([answer(200, LOGGED_IN), answer(500, "")]);
    let environment_id = smoked.product.environments[0].id.clone().unwrap();
    let request = TrySmokeRequest { environment_id, text: TEXT.into(), up_to: Some(0) };
    let tried = smoked.rig.api.try_smoke(request.clone()).await.unwrap();
    assert_eq!((tried.steps.len(), tried.steps[0].verdict), (1, Some(SmokeVerdictWord::Passed)), "{tried:?}");
    assert_eq!(tried.steps[0].exchanges[0].status, Some(200));
    assert_eq!(smoked.test().await.runs.len(), runs);
    let refused = smoked.rig.api.try_smoke(TrySmokeRequest { text: "name: A\n".into(), ..request }).await.unwrap_err();
    assert!(refused.message.contains("steps"), "{refused:?}");
}
