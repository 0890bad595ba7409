//! What people may do to a review.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use crate::audit::{AuditEntry, AuditEvent, ChainHead};
use uuid::Uuid;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

fn mira() -> Actor {
    Actor::person("Mira")
}

fn action(n: u64, what: &str, owner: &str) -> ReviewAction {
    ReviewAction {
        id: ReviewActionId::new(Uuid::from_u64_pair(0, n)),
        what: what.into(),
        owner: owner.into(),
        due: Some(at(100)),
        done: None,
    }
}

fn review() -> Review {
    Review {
        id: ReviewId::new(Uuid::nil()),
        revision: 1,
        product_id: ProductId::new(Uuid::nil()),
        release_id: ReleaseId::new(Uuid::nil()),
        summary: String::new(),
        went_well: Vec::new(),
        to_improve: Vec::new(),
        actions: Vec::new(),
        begun_by: mira(),
        begun_at: at(0),
        closed: None,
    }
}

fn written(actions: Vec<ReviewAction>) -> ReviewEvent {
    ReviewEvent::Written {
        summary: " Calm. ".into(),
        went_well: vec!["The rehearsal".into(), "  ".into()],
        to_improve: Vec::new(),
        actions,
    }
}

#[test]
fn a_review_is_written_closed_and_opened_again() {
    assert_eq!(apply(&review(), ReviewEvent::Closed, &mira(), at(1)), Err(ReviewRefusal::SaysNothing));
    assert_eq!(apply(&review(), ReviewEvent::Reopened, &mira(), at(1)), Err(ReviewRefusal::IsOpen));
    let said = apply(&review(), written(vec![action(1, "Warm the cache", "Aiko")]), &mira(), at(1)).unwrap();
    assert_eq!((said.summary.as_str(), said.went_well.len()), ("Calm.", 1));
    let closed = apply(&said, ReviewEvent::Closed, &mira(), at(2)).unwrap();
    assert_eq!(closed.closed, Some(Signed { by: mira(), at: at(2) }));
    assert_eq!(apply(&closed, written(Vec::new()), &mira(), at(3)), Err(ReviewRefusal::IsClosed));
    assert_eq!(apply(&closed, ReviewEvent::Closed, &mira(), at(3)), Err(ReviewRefusal::IsClosed));
    assert_eq!(apply(&closed, ReviewEvent::Reopened, &mira(), at(3)).unwrap().closed, None);
}

#[test]
fn an_action_stays_done_when_it_is_worded_anew_and_is_ticked_in_a_closed_review() {
    let said = apply(&review(), written(vec![action(1, "Warm the cache", "Aiko")]), &mira(), at(1)).unwrap();
    assert!(said.actions[0].is_overdue(at(101)));
    let closed = apply(&said, ReviewEvent::Closed, &mira(), at(2)).unwrap();
    let id = closed.actions[0].id;
    let done = apply(&closed, ReviewEvent::ActionDone { id, done: true }, &Actor::person("Aiko"), at(3)).unwrap();
    assert_eq!(done.open_actions().count(), 0);
    assert!(!done.actions[0].is_overdue(at(101)));
    let again = apply(&done, ReviewEvent::ActionDone { id, done: true }, &mira(), at(9)).unwrap();
    assert_eq!(again, done, "who did it first stays");
    let open = apply(&done, ReviewEvent::Reopened, &mira(), at(4)).unwrap();
    let reworded =
        apply(&open, written(vec![action(1, "Warm both caches", "Aiko"), action(2, "Tell support", "Jonas")]), &mira(), at(5)).unwrap();
    assert_eq!(reworded.actions[0].done, done.actions[0].done);
    assert_eq!(reworded.actions[1].done, None);
    let gone = ReviewEvent::ActionDone { id: ReviewActionId::new(Uuid::max()), done: true };
    assert_eq!(apply(&reworded, gone, &mira(), at(6)), Err(ReviewRefusal::NoAction));
}

#[test]
fn what_can_not_be_kept_is_refused_with_its_part() {
    let refused = |actions| apply(&review(), written(actions), &mira(), at(1)).unwrap_err().to_string();
    assert_eq!(refused(vec![action(1, " ", "Aiko")]), "an action says nothing");
    assert_eq!(refused(vec![action(1, "Warm the cache", "")]), "nobody is named for “Warm the cache”");
    assert_eq!(refused(vec![action(1, "a", "b"), action(1, "c", "d")]), "an action is there twice");
    let many = ReviewEvent::Written {
        summary: String::new(),
        went_well: vec!["x".into(); MAX_PARTS + 1],
        to_improve: Vec::new(),
        actions: Vec::new(),
    };
    assert!(matches!(apply(&review(), many, &mira(), at(1)), Err(ReviewRefusal::Unfit { part: "went_well", .. })));
    let long =
        ReviewEvent::Written { summary: "x".repeat(MAX_TEXT + 1), went_well: Vec::new(), to_improve: Vec::new(), actions: Vec::new() };
    assert!(matches!(apply(&review(), long, &mira(), at(1)), Err(ReviewRefusal::Unfit { part: "summary", .. })));
    assert!(may_begin(&ReleaseState::Approved { at: at(0) }).is_err());
    assert!(may_begin(&ReleaseState::Aborted { at: at(0), reason: String::new() }).is_ok());
}

#[test]
fn the_course_is_what_people_remember_with_the_time_between() {
    let event = |seconds: i64, action: &str, summary: &str| {
        let entry = AuditEntry {
            at: at(seconds),
            actor: mira(),
            action: action.into(),
            subject_kind: String::new(),
            subject_id: String::new(),
            product_id: String::new(),
            summary: summary.into(),
            data: serde_json::Value::Null,
        };
        AuditEvent::after(&ChainHead::default(), entry)
    };
    let events = [
        event(0, "release.drafted", "Drafted 1"),
        event(5, "deployment.run_observed", "…"),
        event(60, "deployment.succeeded", "1 runs in staging"),
        event(60, "deployment.succeeded", "1 runs in staging"),
        event(90, "release.completed", "Completed 1"),
    ];
    let course = course(&events);
    let told: Vec<_> = course.iter().map(|m| (m.event.entry.action.as_str(), m.since.map(|since| since.as_secs()))).collect();
    assert_eq!(told, [("release.drafted", None), ("deployment.succeeded", Some(60)), ("release.completed", Some(30))]);
}
