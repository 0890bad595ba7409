//! Issues as feedback and feedback as issues, through the whole api: each once, whatever becomes of the answers.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::{Lost, Rig, issue};
use crate::*;

struct Scene {
    rig: Rig,
    release: ReleaseDetail,
    round: UatRoundBody,
}

/// A round in staging that reads the issues of the product's repository.
async fn scene() -> Scene {
    let rig = Rig::new();
    *rig.world.publishes.lock().unwrap() = true;
    let product = rig.product(|_| {}).await;
    rig.world.refs.lock().unwrap().insert("main".into(), "a41f9c2".into());
    let release = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    let round = begin(&rig, &product, &release).await;
    let tracker =
        TrackerBody { connection_id: product.connection_id.clone(), repository: product.repository.clone(), label: " uat ".into() };
    let round = rig.api.set_tracker(SetTrackerRequest { round_id: round.id, tracker: Some(tracker) }).await.unwrap();
    assert_eq!(round.tracker.as_ref().map(|tracker| tracker.label.as_str()), Some("uat"));
    Scene { rig, release, round }
}

async fn begin(rig: &Rig, product: &ProductDto, release: &ReleaseDetail) -> UatRoundBody {
    let environment_id = product.environments[0].id.clone().unwrap();
    let begin = BeginUatRoundRequest { release_id: release.release.id.clone(), environment_id, changed_paths: None };
    rig.api.begin_uat_round(begin).await.unwrap()
}

impl Scene {
    fn write(&self, number: u64, title: &str, body: &str, labels: &[&str]) {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        self.rig.world.issues.lock().unwrap().push(issue(number, title, body, &labels, self.rig.world.now()));
    }

    async fn read(&self) -> (u32, u32) {
        let reading = self.rig.api.read_tracker(IdRequest { id: self.round.id.clone() }).await.unwrap();
        (reading.added, reading.changed)
    }

    async fn feedback(&self) -> Vec<FeedbackView> {
        let request = ListFeedbackRequest { round_id: self.round.id.clone(), standing: None, after: None, limit: 0 };
        self.rig.api.list_feedback(request).await.unwrap()
    }

    async fn one(&self, id: &str) -> FeedbackView {
        self.rig.api.get_feedback(IdRequest { id: id.to_owned() }).await.unwrap()
    }

    async fn told(&self, title: &str, text: &str) -> FeedbackView {
        let request = GiveFeedbackRequest {
            round_id: self.round.id.clone(),
            scenario_id: None,
            from: "Aiko".into(),
            title: title.into(),
            text: text.into(),
            severity: SeverityWord::Major,
            device: "Firefox".into(),
        };
        self.rig.api.give_feedback(request).await.unwrap()
    }

    async fn file(&self, id: &str) -> Result<FeedbackView, ApiError> {
        let issue = self.rig.api.draft_issue(IdRequest { id: id.to_owned() }).await.unwrap();
        self.rig.api.file_issue(FileIssueRequest { id: id.to_owned(), issue }).await
    }

    fn sent(&self) -> u32 {
        *self.rig.world.sent.lock().unwrap()
    }
}

#[tokio::test]
async fn an_issue_becomes_feedback_once_and_keeps_what_was_decided() {
    let scene = scene().await;
    scene.write(1, "The sum is wrong", "By **a cent**.<!-- hint -->", &["uat", "severity::major"]);
    scene.write(2, "Not meant", "", &["other"]);
    assert_eq!(scene.read().await, (1, 0));
    assert_eq!(scene.read().await, (0, 0), "nothing is taken twice");
    let known = scene.feedback().await;
    let [one] = known.as_slice() else { panic!("{known:?}") };
    assert_eq!((one.title.as_str(), one.text.as_str(), one.severity), ("The sum is wrong", "By **a cent**.", SeverityWord::Major));
    assert!(one.is_markdown && one.way == FeedbackWayWord::Issue && one.from == "aiko");
    assert_eq!(one.issue.as_ref().map(|issue| (issue.number, issue.is_open)), Some((1, true)));

    let triage =
        TriageFeedbackRequest { ids: vec![one.id.clone()], triage: Some(TriageBody::Blocker), duplicate_of: None, reason: String::new() };
    scene.rig.api.triage_feedback(triage).await.unwrap();
    scene.rig.world.pass(60);
    let now = scene.rig.world.now();
    {
        let mut issues = scene.rig.world.issues.lock().unwrap();
        (issues[0].title, issues[0].is_open, issues[0].updated_at) = ("The sum is wrong by a cent".into(), false, now);
    }
    assert_eq!(scene.read().await, (0, 1));
    let one = scene.one(&one.id).await;
    assert_eq!((one.title.as_str(), one.standing), ("The sum is wrong by a cent", FeedbackStandingWord::Blocker));
    assert!(!one.issue.unwrap().is_open, "closing there solves nothing here by itself");

    scene.write(3, "Closed before it was read", "", &["uat"]);
    scene.rig.world.issues.lock().unwrap()[2].is_open = false;
    assert_eq!(scene.read().await, (0, 0));
}

#[tokio::test]
async fn a_later_round_takes_the_tracker_over_and_no_issue_twice() {
    let scene = scene().await;
    scene.write(1, "The sum is wrong", "", &["uat"]);
    assert_eq!(scene.read().await, (1, 0));
    let product = scene.rig.api.get_product(IdRequest { id: scene.release.release.product_id.clone() }).await.unwrap();
    let next = scene.rig.plan(&scene.rig.draft(&product, "1.3.0").await).await;
    let round = begin(&scene.rig, &product, &next).await;
    assert_eq!(round.tracker, scene.round.tracker);
    scene.write(4, "Another", "", &["uat"]);
    let reading = scene.rig.api.read_tracker(IdRequest { id: round.id }).await.unwrap();
    assert_eq!((reading.added, reading.changed), (1, 0), "the first stays with the version that it was told of");
}

#[tokio::test]
async fn a_token_that_may_not_read_issues_is_told_where_a_round_reads_them() {
    let scene = scene().await;
    let connection = scene.round.tracker.as_ref().unwrap().connection_id.clone();
    let verify = || scene.rig.api.verify_connection(IdRequest { id: connection.clone() });
    assert_eq!(verify().await.unwrap().connection.missing, Vec::<String>::new());
    *scene.rig.world.issues_refused.lock().unwrap() = true;
    assert_eq!(verify().await.unwrap().connection.missing, ["Issues: read and write, in nordwind/checkout"]);
    scene.rig.api.set_tracker(SetTrackerRequest { round_id: scene.round.id.clone(), tracker: None }).await.unwrap();
    assert_eq!(verify().await.unwrap().connection.missing, Vec::<String>::new(), "nobody reads issues with it");
}

#[tokio::test]
async fn feedback_becomes_one_issue_though_the_answer_is_lost() {
    let scene = scene().await;
    let told = scene.told("The receipt is late", "/close\n@all look").await;
    *scene.rig.world.lost.lock().unwrap() = Some(Lost::After);
    let asked = scene.file(&told.id).await.unwrap();
    assert_eq!(asked.errand.as_ref().map(|errand| errand.state), Some(ErrandStateWord::UnderWay));
    assert_eq!(scene.file(&told.id).await.unwrap_err().code, ErrorCode::Conflict, "a second click");
    scene.rig.carry().await;
    let filed = scene.one(&told.id).await;
    assert_eq!(filed.errand.map(|errand| errand.state), Some(ErrandStateWord::Done));
    assert_eq!(filed.issue.map(|issue| issue.number), Some(1));
    assert_eq!((scene.sent(), scene.rig.world.issues.lock().unwrap().len()), (1, 1), "looked up, and not sent again");
    let body = scene.rig.world.issues.lock().unwrap()[0].body.clone();
    assert!(body.contains(&format!("<!-- pilothouse:feedback:{} -->", told.id)) && body.contains("> /close"), "{body}");
    assert!(!body.contains("@all") && body.contains("Severity: major") && body.contains("1.2.0"), "{body}");
    assert_eq!(scene.file(&told.id).await.unwrap_err().code, ErrorCode::Conflict, "it is one already");
    // Its label makes it readable as feedback; it is that already.
    assert_eq!(scene.read().await, (0, 0));
    assert_eq!(scene.feedback().await.len(), 1);
}

#[tokio::test]
async fn what_never_arrived_waits_for_a_person() {
    let scene = scene().await;
    let told = scene.told("The receipt is late", "").await;
    *scene.rig.world.lost.lock().unwrap() = Some(Lost::Before);
    scene.file(&told.id).await.unwrap();
    scene.rig.carry().await;
    let unknown = scene.one(&told.id).await.errand.unwrap();
    assert_eq!((unknown.state, scene.sent()), (ErrandStateWord::Unknown, 1));
    assert!(unknown.next_step.is_some());
    assert_eq!(scene.file(&told.id).await.unwrap_err().code, ErrorCode::Conflict);
    let again = SettleErrandRequest { id: told.id.clone(), look_again: true };
    scene.rig.api.settle_errand(again).await.unwrap();
    scene.rig.carry().await;
    let dismiss = SettleErrandRequest { id: told.id.clone(), look_again: false };
    assert_eq!(scene.rig.api.settle_errand(dismiss.clone()).await.unwrap().errand, None);
    assert_eq!(scene.rig.api.settle_errand(dismiss).await.unwrap_err().code, ErrorCode::Conflict);
    scene.file(&told.id).await.unwrap();
    scene.rig.carry().await;
    assert_eq!((scene.sent(), scene.one(&told.id).await.issue.map(|issue| issue.number)), (2, Some(1)));
}

#[tokio::test]
async fn an_issue_is_answered_labelled_and_closed_once() {
    let scene = scene().await;
    scene.write(1, "The sum is wrong", "", &["uat"]);
    scene.read().await;
    let id = scene.feedback().await[0].id.clone();
    let tell = TellIssueRequest { id: id.clone(), text: "Solved: the rate was old".into(), labels: vec!["solved".into()], close: true };
    *scene.rig.world.lost.lock().unwrap() = Some(Lost::After);
    scene.rig.api.tell_issue(tell.clone()).await.unwrap();
    scene.rig.carry().await;
    let told = scene.one(&id).await;
    assert_eq!(told.errand.map(|errand| errand.state), Some(ErrandStateWord::Done));
    assert!(!told.issue.unwrap().is_open);
    let comments = scene.rig.world.comments.lock().unwrap().clone();
    assert!(comments.len() == 1 && comments[0].1.starts_with("Solved: the rate was old\n\n<!-- pilothouse:answer:"), "{comments:?}");
    let there = scene.rig.world.issues.lock().unwrap()[0].clone();
    assert_eq!((there.is_open, there.labels), (false, vec!["uat".to_owned(), "solved".to_owned()]));
    let nothing = TellIssueRequest { text: " ".into(), labels: Vec::new(), close: false, ..tell };
    assert_eq!(scene.rig.api.tell_issue(nothing).await.unwrap_err().code, ErrorCode::Invalid);
    let of_nobody = scene.told("No issue", "").await;
    let tell = TellIssueRequest { id: of_nobody.id, text: "Hm".into(), labels: Vec::new(), close: false };
    assert_eq!(scene.rig.api.tell_issue(tell).await.unwrap_err().code, ErrorCode::Conflict);
}

#[tokio::test]
async fn a_task_list_comes_out_of_an_issue() {
    let scene = scene().await;
    scene.write(1, "Go-live", "- [ ] Back up the ledger\n- [ ] Tell support\n", &[]);
    let environment = scene.release.environments[0].environment_id.clone();
    let put = PutChecklistTemplateRequest {
        id: None,
        revision: 0,
        environment_id: environment,
        name: "Go-live".into(),
        moment: MomentWord::Before,
        items: Vec::new(),
    };
    let template = scene.rig.api.put_checklist_template(put).await.unwrap();
    let import = |issue: &str| ImportChecklistIssueRequest { template_id: template.id.clone(), issue: issue.into() };
    let report = scene.rig.api.import_checklist_issue(import("#1")).await.unwrap();
    assert_eq!(report.added, ["Back up the ledger", "Tell support"]);
    let again = scene.rig.api.import_checklist_issue(import("nordwind/checkout#1")).await.unwrap();
    assert_eq!((again.added.len(), again.already_there.len()), (0, 2));
    assert_eq!(scene.rig.api.import_checklist_issue(import("checkout")).await.unwrap_err().code, ErrorCode::Invalid);
    let elsewhere = scene.rig.api.import_checklist_issue(import("https://git.example/a/b/issues/1")).await.unwrap_err();
    assert_eq!(elsewhere.code, ErrorCode::Invalid);
}
