//! Rounds of user acceptance testing, and feedback: in and out, each once, and what goes with what.

use crate::fixtures::{World, at, audited, mira, put, uuid};
use crate::lab::Lab;
use pilothouse_domain::release::Release;
use pilothouse_domain::uat::{ExitCriteria, Feedback, FeedbackWay, Resolved, Severity, Triage, TriageWord, UatRound};
use pilothouse_domain::{FeedbackId, ProductId, TesterId, UatRoundId};
use pilothouse_engine::ports::store::{OutboxEffect, OutboxSubject, OutboxWrite, StoreError, Write};
use pilothouse_engine::ports::uat_store::{FeedbackFilter, UatRoundFilter};

fn round(world: &World, release: &Release, second: i64) -> UatRound {
    UatRound {
        id: UatRoundId::new(uuid()),
        revision: 0,
        product_id: world.product.id,
        release_id: release.id,
        environment_id: world.staging.id,
        environment: "staging".into(),
        version: release.version.clone(),
        commit: release.source.commit.clone(),
        instructions: "ü".into(),
        scenarios: Vec::new(),
        testers: Vec::new(),
        outcomes: Vec::new(),
        criteria: ExitCriteria::default(),
        signatories: Vec::new(),
        sign_offs: Vec::new(),
        since: None,
        due: None,
        begun_by: mira(),
        begun_at: at(second),
        tracker: None,
        given_up: None,
    }
}

fn feedback(round: &UatRound, key: &str, second: i64) -> Feedback {
    Feedback {
        id: FeedbackId::new(uuid()),
        revision: 0,
        product_id: round.product_id,
        round_id: round.id,
        release_id: round.release_id,
        environment_id: round.environment_id,
        version: round.version.clone(),
        scenario_id: None,
        from: "Aiko".into(),
        tester_id: None,
        title: "The sum\0 is wrong".into(),
        text: String::new(),
        severity: Severity::Major,
        device: String::new(),
        way: FeedbackWay::Csv,
        external_key: key.into(),
        triage: None,
        resolved: None,
        at_tracker: pilothouse_domain::uat::AtTracker::default(),
        answer: None,
        at: at(second),
    }
}

pub(crate) async fn rounds_and_feedback_are_listed_by_what_is_asked(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (one, two) = (world.release(&*store, "1.1.0", 1).await, world.release(&*store, "1.2.0", 2).await);
    let rounds = [round(&world, &one, 3), round(&world, &two, 4)];
    put(&*store, rounds.iter().cloned().map(Write::UatRound).collect()).await.unwrap();
    assert_eq!(store.uat_round(rounds[0].id).await.unwrap(), UatRound { revision: 1, ..rounds[0].clone() });
    let ids = async |filter: UatRoundFilter| -> Vec<UatRoundId> {
        store.uat_rounds(&filter).await.unwrap().into_iter().map(|round| round.id).collect()
    };
    let all = UatRoundFilter::default();
    assert_eq!(ids(UatRoundFilter { product: Some(world.product.id), ..all }).await, [rounds[1].id, rounds[0].id]);
    assert_eq!(ids(UatRoundFilter { release: Some(one.id), ..all }).await, [rounds[0].id]);
    assert_eq!(ids(UatRoundFilter { product: Some(ProductId::new(uuid())), ..all }).await, []);
    assert_eq!(ids(UatRoundFilter { limit: 1, ..all }).await, [rounds[1].id]);

    let mut given = [feedback(&rounds[0], "a", 5), feedback(&rounds[0], "b", 6), feedback(&rounds[1], "a", 7)];
    put(&*store, given.iter().cloned().map(Write::Feedback).collect()).await.unwrap();
    let taken = StoreError::Taken { constraint: "feedback_round_key".into(), what: "The feedback “The sum\0 is wrong”".into() };
    assert_eq!(put(&*store, vec![Write::Feedback(feedback(&rounds[0], "a", 8))]).await, Err(taken));
    assert_eq!(store.feedback_keys(rounds[0].id).await.unwrap(), ["a", "b"]);
    let keys = async |filter: FeedbackFilter| -> Vec<FeedbackId> {
        store.feedback(&filter).await.unwrap().into_iter().map(|feedback| feedback.id).collect()
    };
    let of_one = FeedbackFilter { round: Some(rounds[0].id), ..FeedbackFilter::default() };
    assert_eq!(keys(of_one).await, [given[1].id, given[0].id], "newest first");
    assert_eq!(keys(FeedbackFilter { after: Some(given[1].id), ..of_one }).await, [given[0].id]);

    let aiko = TesterId::new(uuid());
    let by_form = Feedback { tester_id: Some(aiko), way: FeedbackWay::Form, ..feedback(&rounds[1], "form", 8) };
    put(&*store, vec![Write::Feedback(by_form.clone())]).await.unwrap();
    let of_two = FeedbackFilter { round: Some(rounds[1].id), ..FeedbackFilter::default() };
    assert_eq!(keys(FeedbackFilter { tester: Some(aiko), ..of_two }).await, [by_form.id], "what a tester gave, and nothing else");
    assert_eq!(keys(FeedbackFilter { tester: Some(aiko), ..of_one }).await, []);
    assert_eq!(keys(FeedbackFilter { tester: Some(TesterId::new(uuid())), ..of_two }).await, []);

    given[0].revision = 1;
    given[0].triage = Some(Triage { word: TriageWord::Blocker, duplicate_of: None, reason: String::new(), by: mira(), at: at(9) });
    put(&*store, vec![Write::Feedback(given[0].clone())]).await.unwrap();
    assert_eq!(keys(FeedbackFilter { standing: Some("blocker"), ..of_one }).await, [given[0].id]);
    assert_eq!(store.feedback_counts(rounds[0].id).await.unwrap(), [("blocker".to_owned(), 1), ("untriaged".to_owned(), 1)]);
    given[0].revision = 2;
    given[0].resolved = Some(Resolved { by: mira(), at: at(10), note: "x".into() });
    put(&*store, vec![Write::Feedback(given[0].clone())]).await.unwrap();
    assert_eq!(keys(FeedbackFilter { standing: Some("blocker"), ..of_one }).await, []);
    assert_eq!(store.feedback_one(given[0].id).await.unwrap(), Feedback { revision: 3, ..given[0].clone() });

    let issue = feedback(&rounds[0], "issue:x#1", 11);
    put(&*store, vec![Write::Feedback(issue.clone())]).await.unwrap();
    let taken = put(&*store, vec![Write::Feedback(feedback(&rounds[1], "issue:x#1", 12))]).await;
    assert!(matches!(&taken, Err(StoreError::Taken { constraint, .. }) if constraint == "feedback_issue_key"), "{taken:?}");
    let by_key = store.feedback_by_key(world.product.id, "issue:x#1").await.unwrap();
    assert_eq!(by_key.map(|known| known.id), Some(issue.id));
    assert_eq!(store.feedback_by_key(world.product.id, "issue:x#2").await.unwrap(), None);
    assert_eq!(store.feedback_by_key(ProductId::new(uuid()), "issue:x#1").await.unwrap(), None);
    let (subject, effect) = (OutboxSubject::Feedback(issue.id), OutboxEffect::RunErrand);
    let mut change = audited(vec![]);
    change.outbox.push(OutboxWrite::Schedule { subject, effect: effect.clone(), written_at: at(12), due_at: at(12) });
    store.commit(change).await.unwrap();
    let due = store.claim_due("me", at(13), at(99), 9).await.unwrap();
    assert_eq!(due.iter().map(|entry| (entry.subject, entry.effect.clone())).collect::<Vec<_>>(), [(subject, effect)]);

    put(&*store, vec![Write::RemoveEnvironment(world.staging.clone())]).await.unwrap();
    assert!(matches!(store.uat_round(rounds[0].id).await, Err(StoreError::NotFound { kind: "uat_round", .. })));
    assert_eq!(store.feedback_keys(rounds[0].id).await.unwrap(), Vec::<String>::new(), "feedback goes along");
}
