//! Steps of a runbook that other parts carry out: a smoke test of what runs, and a checklist of the release.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;
use pilothouse_domain::smoke::Answer;

const SMOKE: &str = "name: Version\nsteps:\n  - name: Version\n    url: \"{{base_url}}/version\"\n    expect:\n      json: [{ path: $.version, equals: \"{{version}}\" }]\n";
const LIST: &str = "- [ ] Back up the ledger\n- [ ] Tell support\n";

struct Scene {
    rig: Rig,
    product: ProductDto,
    release: ReleaseDetail,
}

impl Scene {
    /// A release that runs in staging.
    async fn new() -> Self {
        let rig = Rig::new();
        let product = rig.product(|p| p.environments.iter_mut().for_each(|e| e.rules.required_approvals = 0)).await;
        let release = rig.plan(&rig.draft(&product, "1.4.0").await).await;
        rig.deploy_through(&release, 0).await;
        Self { rig, product, release }
    }

    fn staging(&self) -> String {
        self.product.environments[0].id.clone().unwrap()
    }

    /// Begins a runbook of this step and one that a person does.
    async fn begin(&self, action: StepActionBody) -> RunbookRunView {
        let step = |title: &str, action| RunbookStepBody {
            id: String::new(),
            title: title.into(),
            instructions: String::new(),
            owner: None,
            planned_minutes: None,
            needs_evidence: false,
            asks_first: false,
            action,
        };
        let steps = vec![step("By itself", action), step("Look", StepActionBody::Manual)];
        let put = PutRunbookRequest {
            id: None,
            revision: 0,
            product_id: self.product.id.clone().unwrap(),
            name: "After a deployment".into(),
            kind: RunbookKindWord::Deployment,
            environment_ids: Vec::new(),
            content: Some(RunbookContentBody { purpose: String::new(), parameters: Vec::new(), steps }),
        };
        let draft = self.rig.api.put_runbook(put).await.unwrap();
        let runbook = self.rig.api.publish_runbook(PublishRunbookRequest { id: draft.id, note: String::new() }).await.unwrap();
        let begin = BeginRunbookRequest {
            runbook_id: runbook.id,
            environment_id: self.staging(),
            release_id: Some(self.release.release.id.clone()),
            parameters: Vec::new(),
            reason: String::new(),
        };
        self.rig.api.begin_runbook(begin).await.unwrap()
    }

    async fn carried(&self, run: &RunbookRunView) -> RunStepView {
        self.rig.carry().await;
        self.rig.api.get_runbook_run(IdRequest { id: run.summary.id.clone() }).await.unwrap().steps[0].clone()
    }

    fn answers(&self, version: &str) {
        let body = format!("{{\"version\":\"{version}\"}}");
        let (headers, redirects) = (Vec::new(), Vec::new());
        let answer = Answer { status: 200, headers, body: body.into(), is_cut: false, redirects, certificate_until: None, took_us: 1_000 };
        self.rig.world.exchanges.lock().unwrap().push_back(Ok(answer));
    }
}

#[tokio::test]
async fn a_smoke_step_runs_the_test_once_for_each_beginning() {
    let scene = Scene::new().await;
    let (product_id, staging) = (scene.product.id.clone().unwrap(), scene.staging());
    let scenario = SmokeScenarioDto {
        id: None,
        name: "Version".into(),
        source: SmokeSourceDto::Written { text: SMOKE.into() },
        environment_ids: vec![staging.clone()],
        trigger: SmokeTriggerWord::ByHand,
        required: false,
    };
    let scenario = scene.rig.api.put_smoke_scenario(PutSmokeScenarioRequest { product_id, scenario }).await.unwrap();
    scene.rig.api.set_smoke_target(SetSmokeTargetRequest { environment_id: staging, base_url: "http://shop.test/".into() }).await.unwrap();
    scene.answers("1.3.9");
    let run = scene.begin(StepActionBody::Smoke { scenario_id: scenario.id.unwrap() }).await;
    let red = scene.carried(&run).await;
    assert_eq!(red.state, RunStepStateWord::Failed, "{red:?}");
    let note = red.note.unwrap();
    assert!(note.starts_with("“Version” failed: Version: expected $.version") && note.contains("1.3.9"), "{note}");
    assert_eq!(scene.rig.world.sent_requests.lock().unwrap().len(), 1, "a failed step asks a person");

    scene.answers("1.4.0");
    let retry = ActOnRunbookRequest { run_id: run.summary.id.clone(), step_id: Some(red.id), deed: RunbookDeedBody::Retry };
    scene.rig.api.act_on_runbook(retry).await.unwrap();
    let green = scene.carried(&run).await;
    assert_eq!((green.state, green.note.as_deref()), (RunStepStateWord::Done, Some("“Version” passed for 1.4.0")));
    assert_eq!((green.failures.len(), scene.rig.world.sent_requests.lock().unwrap().len()), (1, 2));
}

#[tokio::test]
async fn a_checklist_step_begins_it_and_waits_until_it_is_gone_through() {
    let scene = Scene::new().await;
    let put = PutChecklistTemplateRequest {
        id: None,
        revision: 0,
        environment_id: scene.staging(),
        name: "Aftercare".into(),
        moment: MomentWord::After,
        items: Vec::new(),
    };
    let template = scene.rig.api.put_checklist_template(put).await.unwrap();
    let import = ImportChecklistItemsRequest { template_id: template.id.clone(), format: ImportFormatWord::Markdown, text: LIST.into() };
    scene.rig.api.import_checklist_items(import).await.unwrap();
    scene.rig.api.publish_checklist_template(IdRequest { id: template.id.clone() }).await.unwrap();

    let run = scene.begin(StepActionBody::Checklist { template_id: template.id, until_settled: true }).await;
    let waiting = scene.carried(&run).await;
    assert_eq!(waiting.state, RunStepStateWord::Running);
    assert_eq!(waiting.waits_for.as_deref(), Some("“Back up the ledger”, “Tell support”"));
    let lists = scene.rig.api.release_checklists(IdRequest { id: scene.release.release.id.clone() }).await.unwrap();
    let [list] = lists.as_slice() else { panic!("one checklist, begun by the step: {lists:?}") };
    let item_ids = list.items.iter().map(|item| item.id.clone()).collect();
    let tick = TickItemsRequest { checklist_id: list.id.clone().unwrap(), item_ids, minutes: None, note: String::new() };
    scene.rig.api.tick_items(tick).await.unwrap();
    let done = scene.carried(&run).await;
    assert_eq!((done.state, done.note.as_deref()), (RunStepStateWord::Done, Some("“Aftercare” is gone through")));
}
