//! Issues that are feedback, over a clock that is moved by hand: they are read while nobody looks, at their own pace, once, and go on
//! after the tracker was out of reach.

use crate::provider::error;
use crate::watching::{Host, Room};
use pilothouse_domain::release::SourceKind;
use pilothouse_domain::uat::{Feedback, UatRound};
use pilothouse_domain::{Actor, ReleaseId, Timestamp, UatRoundId, Version};
use pilothouse_engine::ports::provider::{Issue, IssueSearch, Issues, ProviderError, ProviderErrorKind};
use pilothouse_engine::ports::uat_store::FeedbackFilter;
use pilothouse_engine::usecases::{NewRelease, NewRound, NewTracker};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

const REPOSITORY: &str = "nordwind/checkout";

/// The simulated provider's issues.
#[derive(Default)]
pub(crate) struct Tracker {
    issues: Mutex<Vec<Issue>>,
    asked: AtomicU32,
    is_down: AtomicBool,
}

impl Tracker {
    pub(crate) fn issues(&self, search: &IssueSearch) -> Result<Issues, ProviderError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.is_down.load(Ordering::Relaxed) {
            return Err(error(ProviderErrorKind::NotReached));
        }
        let fits = |issue: &&Issue| {
            search.label.as_ref().is_none_or(|label| issue.labels.contains(label))
                && search.changed_since.is_none_or(|since| issue.updated_at >= since)
        };
        let mut issues: Vec<Issue> = self.issues.lock().unwrap().iter().filter(fits).cloned().collect();
        issues.sort_by_key(|issue| issue.updated_at);
        Ok(Issues { issues, is_cut: false })
    }

    fn write(&self, title: &str, now: Timestamp) {
        let mut issues = self.issues.lock().unwrap();
        let number = issues.len() as u64 + 1;
        issues.push(Issue {
            number,
            title: title.to_owned(),
            body: String::new(),
            author: "aiko".to_owned(),
            labels: vec!["uat".to_owned()],
            is_open: true,
            created_at: now,
            updated_at: now,
            url: String::new(),
        });
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

struct Scene {
    room: Room,
    host: Host,
    mira: Actor,
}

impl Scene {
    async fn new() -> Self {
        let room = Room::new();
        room.world.set_calm(true);
        let host = room.host();
        room.furnish(&host.engine).await;
        Self { room, host, mira: Actor::person("Mira Okafor") }
    }

    async fn release(&self, version: &str) -> ReleaseId {
        let product_id = self.host.engine.store().products().await.unwrap()[0].id;
        let version: Version = version.parse().unwrap();
        let source_name = version.to_tag("v");
        let new = NewRelease { product_id, source_name, version, source_kind: SourceKind::Tag, notes: None, hotfix: None };
        self.host.engine.draft_release(&self.mira, new).await.unwrap().id
    }

    async fn round(&self, release: ReleaseId) -> UatRound {
        let environment = self.host.engine.store().environments(None).await.unwrap()[0].id;
        self.host.engine.begin_uat_round(&self.mira, NewRound { release, environment, changed_paths: None }).await.unwrap()
    }

    async fn track(&self, round: UatRoundId) {
        let connection = self.host.engine.store().connections().await.unwrap()[0].id;
        let tracker = NewTracker { connection, repository: REPOSITORY.to_owned(), label: "uat".to_owned() };
        self.host.engine.set_tracker(&self.mira, round, Some(tracker)).await.unwrap();
    }

    async fn told(&self, round: UatRoundId) -> Vec<String> {
        let of_round = FeedbackFilter { round: Some(round), ..FeedbackFilter::default() };
        let mut told: Vec<Feedback> = self.host.engine.store().feedback(&of_round).await.unwrap();
        told.sort_by_key(|feedback| feedback.at);
        told.into_iter().map(|feedback| feedback.title).collect()
    }

    fn observe(&self) -> CancellationToken {
        let cancel = CancellationToken::new();
        tokio::spawn(Arc::clone(&self.host.engine).observe_providers(cancel.clone()));
        cancel
    }

    fn tracker(&self) -> &Tracker {
        &self.host.provider.tracker
    }

    fn write(&self, title: &str) {
        use pilothouse_engine::ports::Clock as _;
        self.tracker().write(title, self.room.clock.now());
    }
}

#[tokio::test]
async fn issues_are_read_while_nobody_looks_and_after_the_tracker_was_out_of_reach() {
    let scene = Scene::new().await;
    let round = scene.round(scene.release("1.2.0").await).await.id;
    scene.track(round).await;
    scene.write("The sum is wrong");
    let before = scene.tracker().asked();
    let stop = scene.observe();
    scene.room.settle().await;
    assert_eq!(scene.told(round).await, ["The sum is wrong"]);

    scene.room.pass(1_200).await;
    let asked = scene.tracker().asked() - before;
    assert!((6..=8).contains(&asked), "every three minutes or so, and not with each look at pipelines: {asked}");

    scene.tracker().is_down.store(true, Ordering::Relaxed);
    scene.room.pass(600).await;
    scene.write("The receipt is late");
    scene.tracker().is_down.store(false, Ordering::Relaxed);
    scene.room.pass(660).await;
    assert_eq!(scene.told(round).await, ["The sum is wrong", "The receipt is late"]);
    stop.cancel();
}

#[tokio::test]
async fn the_round_that_began_last_reads_and_one_that_was_given_up_does_not() {
    let scene = Scene::new().await;
    let earlier = scene.round(scene.release("1.2.0").await).await.id;
    scene.track(earlier).await;
    let later = scene.round(scene.release("1.3.0").await).await;
    assert!(later.tracker.is_some(), "a round that continues another reads where that did");
    scene.write("The sum is wrong");
    let stop = scene.observe();
    scene.room.settle().await;
    assert_eq!((scene.told(earlier).await.len(), scene.told(later.id).await.len()), (0, 1), "an issue is about what is tested now");

    scene.host.engine.give_up_round(&scene.mira, later.id, "The version is withdrawn").await.unwrap();
    scene.write("The receipt is late");
    scene.room.pass(300).await;
    assert_eq!((scene.told(earlier).await.len(), scene.told(later.id).await.len()), (1, 1), "the round that goes on");

    let goes_on = scene.host.engine.store().uat_round(earlier).await.unwrap();
    assert!(goes_on.tracker.unwrap().read_up_to.is_some());
    stop.cancel();
}
