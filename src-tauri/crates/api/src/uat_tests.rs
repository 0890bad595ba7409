//! User acceptance testing through the whole api, over a store in memory: from a round to the release that waited for it, and feedback
//! that comes in files.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::{Ends, Rig};
use crate::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

struct Scene {
    rig: Rig,
    product: ProductDto,
    release: ReleaseDetail,
    round: UatRoundBody,
}

fn scenario(title: &str, labels: &[&str]) -> ScenarioBody {
    let steps = vec![StepBody { does: "Put a thing into the basket".into(), expects: "The sum is right".into() }];
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    ScenarioBody { id: None, title: title.into(), steps, is_required: true, paths: Vec::new(), labels }
}

fn edit(round: &UatRoundBody) -> EditUatRoundRequest {
    EditUatRoundRequest {
        id: round.id.clone(),
        revision: round.revision,
        instructions: "Use the **test** cards.".into(),
        scenarios: vec![scenario("Pay by card", &["basket"]), scenario("Find a thing", &["search"])],
        criteria: round.criteria,
        signatories: vec!["Mira Okafor".into()],
        due: None,
    }
}

/// A release with a round in staging: two scenarios, one tester.
async fn scene() -> Scene {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let draft = rig.draft(&product, "1.2.0").await;
    let release = rig.plan(&draft).await;
    let begin = BeginUatRoundRequest {
        release_id: release.release.id.clone(),
        environment_id: product.environments[0].id.clone().unwrap(),
        changed_paths: None,
    };
    let round = rig.api.begin_uat_round(begin.clone()).await.unwrap();
    let changed = rig.api.edit_uat_round(edit(&round)).await.unwrap();
    assert_eq!(rig.api.edit_uat_round(edit(&round)).await.unwrap_err().code, ErrorCode::Conflict, "somebody else changed it");
    let round = rig.api.add_tester(AddTesterRequest { round_id: changed.id, name: "Aiko".into() }).await.unwrap();
    assert_eq!(rig.api.begin_uat_round(begin).await.unwrap().id, round.id, "one round for a version");
    Scene { rig, product, release, round }
}

impl Scene {
    async fn says(&self, place: usize, outcome: UatOutcomeWord) -> UatRoundBody {
        let request = RecordOutcomeRequest {
            round_id: self.round.id.clone(),
            scenario_id: self.round.scenarios[place].scenario.id.clone().unwrap(),
            tester_id: self.round.testers[0].id.clone(),
            outcome: Some(outcome),
            remark: String::new(),
        };
        self.rig.api.record_outcome(request).await.unwrap()
    }

    async fn sign(&self, remark: &str) -> Result<UatRoundBody, ApiError> {
        self.rig.api.sign_off_round(SignOffRequest { round_id: self.round.id.clone(), remark: remark.into() }).await
    }

    async fn uat_blockers(&self) -> Vec<BlockerView> {
        let detail = self.rig.api.get_release(IdRequest { id: self.release.release.id.clone() }).await.unwrap();
        detail.environments[1].blockers.iter().filter(|b| b.gate == GateWord::Uat).cloned().collect()
    }

    async fn import(&self, source: FeedbackSourceWord, content: &[u8]) -> Result<FeedbackImportView, ApiError> {
        let request = ImportFeedbackRequest { round_id: self.round.id.clone(), source, content: STANDARD.encode(content) };
        self.rig.api.import_feedback(request).await
    }

    async fn listed(&self, standing: Option<FeedbackStandingWord>) -> Vec<FeedbackView> {
        let request = ListFeedbackRequest { round_id: self.round.id.clone(), standing, after: None, limit: 1_000 };
        self.rig.api.list_feedback(request).await.unwrap()
    }
}

#[tokio::test]
async fn production_waits_for_the_round_in_staging() {
    let scene = scene().await;
    let blocker = scene.uat_blockers().await.remove(0);
    assert_eq!((blocker.cleared_by, &blocker.environment_id), (ClearedBy::Accepting, &scene.product.environments[0].id));
    assert!(blocker.title.contains("not signed off"), "{blocker:?}");

    let give = GiveFeedbackRequest {
        round_id: scene.round.id.clone(),
        scenario_id: scene.round.scenarios[0].scenario.id.clone(),
        from: "Aiko".into(),
        title: "The sum is wrong".into(),
        text: "<script>alert(1)</script>".into(),
        severity: SeverityWord::Major,
        device: "Firefox".into(),
    };
    let feedback = scene.rig.api.give_feedback(give.clone()).await.unwrap();
    assert_eq!((feedback.standing, feedback.scenario.as_deref()), (FeedbackStandingWord::Untriaged, Some("Pay by card")));
    let triage = |triage, duplicate_of| TriageFeedbackRequest {
        ids: vec![feedback.id.clone()],
        triage,
        duplicate_of,
        reason: "nobody can pay".into(),
    };
    let none = scene.rig.api.triage_feedback(triage(Some(TriageBody::Duplicate), None)).await.unwrap_err();
    assert_eq!(none.code, ErrorCode::Conflict);
    scene.rig.api.triage_feedback(triage(Some(TriageBody::Blocker), None)).await.unwrap();
    assert!(scene.uat_blockers().await.iter().any(|b| b.title == "1 UAT blocker is open" && b.detail.contains("The sum is wrong")));
    scene.says(0, UatOutcomeWord::Passed).await;
    scene.says(1, UatOutcomeWord::Passed).await;
    assert!(scene.sign("all the same").await.unwrap_err().message.contains("1 blocker open"), "nobody signs a blocker away");

    let solve = ResolveFeedbackRequest { id: feedback.id.clone(), note: Some("the rate was old".into()) };
    assert_eq!(scene.rig.api.resolve_feedback(solve).await.unwrap().standing, FeedbackStandingWord::Solved);
    let signed = scene.sign("").await.unwrap();
    assert_eq!((signed.state, signed.feedback.solved, signed.unsigned.len()), (UatStateWord::SignedOff, 1, 0));
    assert_eq!(scene.uat_blockers().await, []);
    let failed = scene.says(1, UatOutcomeWord::Failed).await;
    assert_eq!((failed.state, failed.sign_offs.len()), (UatStateWord::Testing, 0), "the signature doesn't hold any more");
    let early = scene.sign("").await.unwrap_err();
    assert_eq!(early.field.as_deref(), Some("remark"));
    let despite = scene.sign("known, and small").await.unwrap();
    assert_eq!(despite.sign_offs[0].despite, ["1 required scenario failed: “Find a thing”"]);

    let answer = AnswerFeedbackRequest { id: feedback.id.clone(), text: "Thank you".into() };
    assert_eq!(scene.rig.api.answer_feedback(answer).await.unwrap().answer.as_deref(), Some("Thank you"));
}

#[tokio::test]
async fn the_next_version_continues_the_round() {
    let scene = scene().await;
    scene.says(0, UatOutcomeWord::Passed).await;
    scene.says(1, UatOutcomeWord::Failed).await;
    let draft = scene.rig.draft(&scene.product, "1.3.0").await;
    let next = scene.rig.plan(&draft).await;
    let blockers = &next.environments[1].blockers;
    assert!(blockers.iter().any(|b| b.gate == GateWord::Uat && b.title.contains("1.3.0 has no UAT round")), "{blockers:?}");
    let begin = BeginUatRoundRequest {
        release_id: next.release.id.clone(),
        environment_id: scene.product.environments[0].id.clone().unwrap(),
        changed_paths: Some(Vec::new()),
    };
    let round = scene.rig.api.begin_uat_round(begin).await.unwrap();
    assert_eq!((round.since_version.as_deref(), round.testers.len(), round.scenarios.len()), (Some("1.2.0"), 1, 2));
    assert_eq!(round.scenarios[1].again.as_deref(), Some("it failed in 1.2.0"));
    assert_eq!(round.scenarios[1].verdict, UatVerdictWord::Open);
}

#[tokio::test]
async fn invitations_are_told_once_and_their_digest_nowhere() {
    let scene = scene().await;
    let tester = TesterRequest { round_id: scene.round.id.clone(), tester_id: scene.round.testers[0].id.clone() };
    let invite = |hours| InviteTesterRequest { round_id: tester.round_id.clone(), tester_id: tester.tester_id.clone(), hours };
    assert_eq!(scene.rig.api.invite_tester(invite(0)).await.unwrap_err().field.as_deref(), Some("hours"));
    assert!(scene.rig.api.invite_tester(invite(2_161)).await.is_err());
    let (first, second) = (scene.rig.api.invite_tester(invite(24)).await.unwrap(), scene.rig.api.invite_tester(invite(24)).await.unwrap());
    assert_ne!(first.url, second.url);
    let token = second.url.rsplit('/').next().unwrap().to_owned();
    assert_eq!(token.len(), 43, "256 bits");
    let stored = scene.rig.api.engine().store().uat_round(scene.round.id.parse().unwrap()).await.unwrap();
    let digest = stored.testers[0].invitation.clone().unwrap().token_digest;
    assert!(!serde_json::to_string(&stored).unwrap().contains(&token), "the token is kept nowhere");
    let told = scene.rig.api.engine().store().audit(&pilothouse_engine::ports::store::AuditFilter::default()).await.unwrap();
    let told = serde_json::to_string(&told).unwrap();
    assert!(!told.contains(&token) && !told.contains(&digest));
    assert!(!format!("{second:?}").contains(&token));
    let round = scene.rig.api.withdraw_invitation(tester).await.unwrap();
    assert_eq!(round.testers[0].invited_until, None);
}

#[tokio::test]
async fn ten_thousand_rows_come_in_once_and_the_broken_ones_are_told() {
    let scene = scene().await;
    let mut table = "Title;Severity;From;Scenario;Date;ID;Text\n".replace(';', ",").into_bytes();
    let mut broken: Vec<u32> = Vec::new();
    for row in 0..10_000u32 {
        let mut line = String::new();
        match row {
            17 => write!(line, "Too short,minor").unwrap(),
            1_700 => write!(line, "Urgent,very,Aiko,,,k{row},x").unwrap(),
            4_321 => write!(line, ",minor,Aiko,,,k{row},no title").unwrap(),
            5_000 => write!(line, "When,minor,Aiko,,yesterday,k{row},x").unwrap(),
            7_777 => write!(line, "Where,minor,Aiko,Nowhere,,k{row},x").unwrap(),
            _ => write!(line, "Row {row},minor,Aiko,pay by card,2026-11-20,k{row},\"says \"\"{row}\"\", twice\"").unwrap(),
        }
        if matches!(row, 17 | 1_700 | 4_321 | 5_000 | 7_777) {
            broken.push(row + 2);
        }
        table.extend_from_slice(line.as_bytes());
        if row == 9_000 {
            table.extend_from_slice(b"\nnot UTF-8 \xff\xfe,minor,Aiko,,,kx,x");
        }
        table.push(b'\n');
    }
    broken.push(9_003);
    let report = scene.import(FeedbackSourceWord::Csv, &table).await.unwrap();
    assert_eq!((report.added, report.already_there), (9_995, 0));
    assert_eq!(report.faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), broken);
    let reasons: Vec<&str> = report.faults.iter().map(|fault| fault.reason.as_str()).collect();
    let wanted = [
        "it has 2 columns, and the head has 7",
        "`very` is no severity",
        "it has no title",
        "`yesterday` is no time",
        "the round has no scenario `Nowhere`",
        "it is not written in UTF-8",
    ];
    assert_eq!(reasons, wanted);
    let again = scene.import(FeedbackSourceWord::Csv, &table).await.unwrap();
    assert_eq!((again.added, again.already_there, again.faults.len()), (0, 9_995, 6), "nothing twice");
    let round = scene.rig.api.get_uat_round(IdRequest { id: scene.round.id.clone() }).await.unwrap();
    assert_eq!(round.feedback.untriaged, 9_995);
    let first = &scene.listed(Some(FeedbackStandingWord::Untriaged)).await[0];
    assert!(first.text.starts_with("says \"") && first.scenario.as_deref() == Some("Pay by card"), "{first:?}");

    let headless = scene.import(FeedbackSourceWord::Csv, b"a,b\n1,2\n").await.unwrap_err();
    assert!(headless.message.contains("no column `title`"), "{}", headless.message);
    let twice = scene.import(FeedbackSourceWord::Csv, b"title\nSame\nSame\n").await.unwrap();
    assert_eq!((twice.added, twice.already_there), (1, 1), "a row without an id is known by what it says");
}

/// An e-mail with a text, a page that calls itself a picture, and a picture.
const MAIL: &str = concat!(
    "From: =?utf-8?q?Aiko_T=C5=8Dru?= <aiko@example.org>\r\nTo: uat@example.org\r\nSubject: =?utf-8?b?U3VtbWUgaXN0IGZhbHNjaA==?=\r\n",
    "Message-ID: <1@example.org>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n",
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe sum is wrong.\r\n",
    "--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=a.png\r\n\r\n<script>alert(1)</script>\r\n",
    "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"../shot.png\"\r\n\r\n",
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\r\n--b--\r\n",
);

#[tokio::test]
async fn a_crash_while_an_email_is_read_loses_no_screenshot() {
    for is_written in [false, true] {
        for at in 1.. {
            let scene = scene().await;
            let ends = Arc::new(Ends::at(at, is_written));
            let dying = scene.rig.restarted(Some(Arc::clone(&ends) as _)).await;
            let read = |content: &str| ImportFeedbackRequest {
                round_id: scene.round.id.clone(),
                source: FeedbackSourceWord::Email,
                content: STANDARD.encode(content),
            };
            let _ = dying.api.import_feedback(read(MAIL)).await;
            scene.import(FeedbackSourceWord::Email, MAIL.as_bytes()).await.unwrap();
            let [feedback] = &scene.listed(None).await[..] else { panic!("one feedback, at write {at}") };
            assert_eq!(feedback.screenshots.len(), 1, "at write {at}: {feedback:?}");
            if !ends.has_ended.load(Ordering::Relaxed) {
                assert!(at > 1, "each write on the way was one to end at: {at}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_email_comes_in_once_with_its_screenshots() {
    let scene = scene().await;
    let report = scene.import(FeedbackSourceWord::Email, MAIL.as_bytes()).await.unwrap();
    assert_eq!((report.added, report.faults.len()), (1, 0), "{report:?}");
    assert_eq!(scene.import(FeedbackSourceWord::Email, MAIL.as_bytes()).await.unwrap().already_there, 1);
    let [feedback] = &scene.listed(None).await[..] else { panic!("one feedback") };
    assert_eq!(
        (feedback.from.as_str(), feedback.title.as_str(), feedback.text.as_str()),
        ("Aiko Tōru", "Summe ist falsch", "The sum is wrong.")
    );
    assert_eq!(feedback.way, FeedbackWayWord::Email);
    let [shot] = &feedback.screenshots[..] else { panic!("one screenshot: {:?}", feedback.screenshots) };
    assert_eq!((shot.title.as_str(), shot.media_type.as_deref()), ("shot.png", Some("image/png")));
    assert!(scene.import(FeedbackSourceWord::Email, b"nothing").await.is_err());
}

#[tokio::test]
async fn the_form_is_off_until_a_person_turns_it_on() {
    let rig = Rig::new();
    let form = rig.api.feedback_form().await.unwrap();
    assert_eq!((form.is_on, form.state, form.is_reachable), (false, FeedbackFormState::Off, false));
    let set = |address: &str, port, public_url: Option<&str>| SetFeedbackFormRequest {
        is_on: true,
        address: address.into(),
        port,
        public_url: public_url.map(str::to_owned),
        trusted_proxy: None,
    };
    for (request, field) in [
        (set("here", 8417, None), "address"),
        (set("127.0.0.1", 0, None), "port"),
        (set("0.0.0.0", 8417, None), "public_url"),
        (set("127.0.0.1", 8417, Some("https://uat.example.com/form")), "public_url"),
    ] {
        assert_eq!(rig.api.set_feedback_form(request).await.unwrap_err().field.as_deref(), Some(field));
    }
    let form = rig.api.set_feedback_form(set("0.0.0.0", 8417, Some("https://uat.example.com/"))).await.unwrap();
    assert_eq!((form.is_on, form.state, form.is_reachable), (true, FeedbackFormState::NoEngine, true), "nobody runs the engine here");
    assert_eq!(form.base_url, "https://uat.example.com");
    let events = rig.api.audit_page(AuditPageRequest { product_id: None, subject_id: None, before: None, limit: 10 }).await.unwrap();
    assert!(events.iter().any(|event| event.action == "feedback_form.turned_on" && event.actor == "Mira Okafor"));
}
