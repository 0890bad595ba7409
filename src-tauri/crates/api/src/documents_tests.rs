//! Documents and training through the whole api, over a store in memory: from a release that waits to one that goes on.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;

struct Scene {
    rig: Rig,
    product: ProductDto,
    release: ReleaseDetail,
}

/// A release that touches `deploy/values.yaml`; staging waits for documents and training.
async fn scene() -> Scene {
    let rig = Rig::new();
    *rig.world.tags.lock().unwrap() = vec!["v1.1.0".into()];
    let product = rig
        .product(|product| {
            product.environments[0].rules.needs_documents = true;
            product.environments[0].rules.needs_training = true;
        })
        .await;
    let draft = rig.draft(&product, "1.2.0").await;
    let release = rig.plan(&draft).await;
    Scene { rig, product, release }
}

impl Scene {
    fn put(&self, title: &str) -> PutDocumentRequest {
        PutDocumentRequest {
            id: None,
            revision: 0,
            product_id: self.product.id.clone().unwrap(),
            kind: DocumentKindWord::OperationsManual,
            title: title.into(),
            owner: "Jonas".into(),
            source: DocumentSourceBody::Written,
            paths: vec!["deploy/**".into()],
            review_days: None,
            readers: Vec::new(),
        }
    }

    fn course(&self) -> PutCourseRequest {
        PutCourseRequest {
            id: None,
            revision: 0,
            product_id: self.product.id.clone().unwrap(),
            title: "The new basket".into(),
            description: String::new(),
            material: vec![MaterialBody { title: "Slides".into(), url: "https://wiki.example/slides".into() }],
            audience: vec!["Aiko <aiko@example.org>".into(), "Mira Okafor".into()],
            paths: Vec::new(),
            each_release: false,
            needs_attendance: true,
            needs_acknowledgement: false,
            quiz: None,
            valid_days: Some(90),
            renew: false,
        }
    }

    async fn blockers(&self, gate: GateWord) -> Vec<BlockerView> {
        let detail = self.rig.again(&self.release).await;
        detail.environments[0].blockers.iter().filter(|b| b.gate == gate).cloned().collect()
    }

    async fn write(&self, page: &DocumentPageView, text: &str, release_id: Option<String>) -> Result<DocumentPageView, ApiError> {
        let (id, base) = (page.document.id.clone(), page.document.number);
        self.rig.api.write_document(WriteDocumentRequest { id, base, text: text.into(), remark: String::new(), release_id }).await
    }
}

#[tokio::test]
async fn staging_waits_for_the_manual_that_the_release_touches() {
    let scene = scene().await;
    let api = &scene.rig.api;
    assert_eq!(scene.blockers(GateWord::Documents).await, []);
    let page = api.put_document(scene.put("Operations")).await.unwrap();
    assert_eq!(api.put_document(scene.put("Operations")).await.unwrap_err().code, ErrorCode::Taken);
    let [blocker] = &scene.blockers(GateWord::Documents).await[..] else { panic!("one blocker") };
    assert_eq!((blocker.title.as_str(), blocker.cleared_by), ("“Operations” is not reviewed for 1.2.0", ClearedBy::Documenting));
    assert!(blocker.detail.starts_with("deploy/values.yaml was changed. Jonas"), "{}", blocker.detail);
    let review = |number| ReviewDocumentRequest {
        id: page.document.id.clone(),
        number,
        release_id: Some(scene.release.release.id.clone()),
        remark: String::new(),
    };
    assert!(api.review_document(review(0)).await.is_err(), "what has no text can't be right");
    let one = scene.write(&page, "# Operations\n\nRestart the basket.", None).await.unwrap();
    assert_eq!(scene.write(&page, "other", None).await.unwrap_err().code, ErrorCode::Conflict, "somebody else wrote one meanwhile");
    assert_eq!(scene.write(&one, "# Operations\n\nRestart the basket. ", None).await.unwrap_err().field.as_deref(), Some("text"));
    assert_eq!(scene.blockers(GateWord::Documents).await.len(), 1);
    let reviewed = api.review_document(review(1)).await.unwrap();
    assert_eq!(reviewed.reviews[0].release.as_deref(), Some("1.2.0"));
    assert_eq!(scene.blockers(GateWord::Documents).await, []);
    let two = scene.write(&reviewed, "Restart the basket twice.", None).await.unwrap();
    assert_eq!(scene.blockers(GateWord::Documents).await.len(), 1, "the review was of another version");
    let three = scene.write(&two, "Restart it.", Some(scene.release.release.id.clone())).await.unwrap();
    assert_eq!(scene.blockers(GateWord::Documents).await, [], "what is written for the release is reviewed for it");
    assert_eq!(three.versions.iter().map(|version| version.number).collect::<Vec<_>>(), [3, 2, 1]);
    let old = api.get_document(GetDocumentRequest { id: page.document.id.clone(), number: Some(1) }).await.unwrap();
    assert!(old.text.starts_with("# Operations"));

    let mut edit = scene.put("Operations");
    (edit.id, edit.revision, edit.readers) = (Some(page.document.id.clone()), three.document.revision, vec!["Aiko".into(), "Lea".into()]);
    api.put_document(edit).await.unwrap();
    assert_eq!(scene.blockers(GateWord::Documents).await[0].title, "2 people have not read “Operations”");
    for person in ["aiko", "Lea"] {
        let request = ConfirmReadingRequest { id: page.document.id.clone(), number: 3, person: Some(person.into()) };
        api.confirm_reading(request).await.unwrap();
    }
    assert_eq!(scene.blockers(GateWord::Documents).await, []);
    let known = api.release_documents(IdRequest { id: scene.release.release.id.clone() }).await.unwrap();
    assert!(known[0].is_met && known[0].asked.as_deref() == Some("deploy/values.yaml was changed"), "{known:?}");
    let retired =
        api.retire_document(RetireRequest { id: page.document.id.clone(), is_retired: true, reason: "old".into() }).await.unwrap();
    assert_eq!(retired.document.retired.as_deref(), Some("old"));
}

#[tokio::test]
async fn documents_are_found_by_what_they_say_and_what_is_wrong_is_named() {
    let scene = scene().await;
    let api = &scene.rig.api;
    let page = api.put_document(scene.put("Operations")).await.unwrap();
    scene.write(&page, "Restart the **basket** service with care.", None).await.unwrap();
    let search = |query: &str| ListDocumentsRequest { product_id: scene.product.id.clone().unwrap(), query: query.into() };
    let found = api.list_documents(search("BASKET jonas")).await.unwrap();
    assert_eq!(found[0].excerpt.as_deref(), Some("Restart the **basket** service with care."));
    assert_eq!(found[0].stale, ["1.2.0: deploy/values.yaml was changed"]);
    assert_eq!(api.list_documents(search("checkout")).await.unwrap(), []);
    let put = |change: &dyn Fn(&mut PutDocumentRequest)| {
        let mut request = scene.put("Another");
        change(&mut request);
        request
    };
    for (wrong, field) in [
        (put(&|r| r.title = " ".into()), "title"),
        (put(&|r| r.paths = vec!["a[/".into()]), "paths"),
        (put(&|r| r.source = DocumentSourceBody::Link { url: "javascript:alert(1)".into() }), "url"),
        (put(&|r| r.source = DocumentSourceBody::Repository { path: "../etc".into() }), "path"),
        (put(&|r| r.review_days = Some(0)), "review_days"),
    ] {
        assert_eq!(api.put_document(wrong).await.unwrap_err().field.as_deref(), Some(field));
    }
    let link = api.put_document(put(&|r| r.source = DocumentSourceBody::Link { url: "https://wiki.example/x".into() })).await.unwrap();
    assert_eq!(scene.write(&link, "", None).await.unwrap_err().field.as_deref(), Some("remark"), "what is new there is said");
}

#[tokio::test]
async fn staging_waits_until_the_audience_is_trained() {
    let scene = scene().await;
    let api = &scene.rig.api;
    let course = api.put_course(scene.course()).await.unwrap();
    let [blocker] = &scene.blockers(GateWord::Training).await[..] else { panic!("one blocker") };
    assert_eq!((blocker.title.as_str(), blocker.cleared_by), ("2 people are not trained in “The new basket”", ClearedBy::Training));
    assert!(blocker.detail.contains("Aiko has not attended; Mira Okafor has not attended"), "{}", blocker.detail);

    let session = |begins: &str| PutSessionRequest {
        id: None,
        revision: 0,
        course_id: course.id.clone(),
        release_id: None,
        begins: begins.into(),
        minutes: 60,
        time_zone: "Europe/Berlin".into(),
        place: "Room 2".into(),
        trainer: "Lea <lea@example.org>".into(),
    };
    assert_eq!(api.put_session(session("2026-03-29T02:30")).await.unwrap_err().field.as_deref(), Some("begins"));
    let later = api.put_session(session("2099-01-01T10:00")).await.unwrap();
    let attend = |session: &SessionView, person: &str, has_attended| AttendanceRequest {
        session_id: session.id.clone(),
        person: person.into(),
        has_attended,
    };
    assert!(api.record_attendance(attend(&later, "Aiko", true)).await.unwrap_err().message.contains("hasn't begun"));
    let (name, calendar) = api.session_calendar(IdRequest { id: later.id.clone() }).await.unwrap();
    let unfolded = calendar.replace("\r\n ", "");
    assert!(name.ends_with("2099-01-01.ics") && unfolded.contains("METHOD:REQUEST"), "{name}: {calendar}");
    assert!(unfolded.contains("mailto:aiko@example.org"), "{calendar}");
    assert!(api.cancel_session(CancelSessionRequest { id: later.id, reason: "snow".into() }).await.unwrap().cancelled.is_some());

    let now = &scene.rig.world.now().to_string()[..16];
    let today = api.put_session(PutSessionRequest { time_zone: "UTC".into(), ..session(now) }).await.unwrap();
    assert!(today.has_begun);
    for person in ["aiko", "Mira Okafor", "Aiko"] {
        api.record_attendance(attend(&today, person, true)).await.unwrap();
    }
    assert_eq!(scene.blockers(GateWord::Training).await, []);
    let known = api.release_training(IdRequest { id: scene.release.release.id.clone() }).await.unwrap();
    assert_eq!((known[0].records.len(), known[0].sessions.len()), (2, 2), "once for each");
    assert!(known[0].trainees.iter().all(|trainee| trainee.missing.is_empty() && trainee.valid_until.is_some()));
    api.record_attendance(attend(&today, "Aiko", false)).await.unwrap();
    assert_eq!(scene.blockers(GateWord::Training).await.len(), 1, "taken back");
    api.record_attendance(attend(&today, "Aiko", true)).await.unwrap();
    let moved = PutSessionRequest { id: Some(today.id.clone()), revision: today.revision, ..session("2099-01-01T10:00") };
    let refused = api.put_session(moved.clone()).await.unwrap_err();
    assert!(refused.message.contains("2 people attended"), "{refused:?}");
    assert!(api.cancel_session(CancelSessionRequest { id: today.id.clone(), reason: "snow".into() }).await.is_err(), "it was held");
    let records = || async { api.list_courses(IdRequest { id: course.product_id.clone() }).await.unwrap().remove(0).records };
    let of = |records: &[TrainingRecordView], who: &str| records.iter().find(|r| r.person == who).map(|r| (r.id.clone(), r.at.clone()));
    let (mira, at) = of(&records().await, "Mira Okafor").unwrap();
    let wrong = CorrectTrainingRequest { id: mira.clone(), person: "jonas".into(), reason: " ".into() };
    assert_eq!(api.correct_training(wrong.clone()).await.unwrap_err().field.as_deref(), Some("reason"));
    let corrected = CorrectTrainingRequest { reason: "mixed up".into(), ..wrong };
    api.correct_training(corrected.clone()).await.unwrap();
    assert!(api.correct_training(corrected).await.unwrap_err().message.contains("taken back already"));
    assert_eq!(of(&records().await, "jonas").unwrap().1, at, "when it was done stays");
    assert_eq!(scene.blockers(GateWord::Training).await[0].title, "1 person is not trained in “The new basket”", "Mira was not there");
    api.record_attendance(attend(&today, "Mira Okafor", true)).await.unwrap();
    for record in records().await {
        assert!(api.withdraw_training(WithdrawTrainingRequest { id: record.id.clone(), reason: String::new() }).await.is_err());
        api.withdraw_training(WithdrawTrainingRequest { id: record.id, reason: "another day's list".into() }).await.unwrap();
    }
    assert!(records().await.is_empty() && !api.put_session(moved).await.unwrap().has_begun, "nobody attended: it can be moved");
    let mut anew = scene.course();
    (anew.id, anew.revision, anew.renew) = (Some(course.id.clone()), course.revision, true);
    let renewed = api.put_course(anew.clone()).await.unwrap();
    assert_eq!(renewed.edition, 2);
    assert_eq!(scene.blockers(GateWord::Training).await[0].title, "2 people are not trained in “The new basket”");
    assert_eq!(api.put_course(anew).await.unwrap_err().code, ErrorCode::Conflict);
}

#[tokio::test]
async fn a_quiz_is_marked_and_counts_for_the_release_that_it_was_taken_for() {
    let scene = scene().await;
    let api = &scene.rig.api;
    let question = |right| QuestionBody { text: "Which port?".into(), options: vec!["80".into(), "443".into()], right };
    let quiz = QuizBody { questions: vec![question(vec![1]), question(vec![0])], pass_percent: 100 };
    let nothing = PutCourseRequest { needs_attendance: false, ..scene.course() };
    assert_eq!(api.put_course(nothing.clone()).await.unwrap_err().field.as_deref(), Some("needs"));
    let broken = PutCourseRequest { quiz: Some(QuizBody { questions: vec![question(vec![])], pass_percent: 50 }), ..nothing.clone() };
    assert_eq!(api.put_course(broken).await.unwrap_err().message, "question 1 needs a right answer");
    let wanted = PutCourseRequest {
        quiz: Some(quiz),
        each_release: true,
        needs_acknowledgement: true,
        audience: vec!["Mira Okafor".into()],
        ..nothing
    };
    let course = api.put_course(wanted).await.unwrap();
    let answer = |answers, release_id| AnswerQuizRequest { course_id: course.id.clone(), person: None, release_id, answers };
    let release = Some(scene.release.release.id.clone());
    assert_eq!(api.answer_quiz(answer(vec![], None)).await.unwrap_err().field.as_deref(), Some("release"));
    let missed = api.answer_quiz(answer(vec![vec![1], vec![1]], release.clone())).await.unwrap();
    assert_eq!((missed.right, missed.passed, missed.wrong), (1, false, vec![1]));
    assert!(scene.blockers(GateWord::Training).await[0].detail.contains("has not passed the quiz and has not confirmed it"));
    assert!(api.answer_quiz(answer(vec![vec![1], vec![0]], release.clone())).await.unwrap().passed);
    let acknowledge = AcknowledgeCourseRequest { course_id: course.id.clone(), person: None, release_id: release };
    api.acknowledge_course(acknowledge).await.unwrap();
    assert_eq!(scene.blockers(GateWord::Training).await, []);
    let next = scene.rig.plan(&scene.rig.draft(&scene.product, "1.3.0").await).await;
    assert!(next.environments[0].blockers.iter().any(|b| b.gate == GateWord::Training), "each release needs a training of its own");
}
