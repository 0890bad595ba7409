//! Coordinated releases through the whole api, over a store in memory: in order, once, and back together.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::{Ends, Rig};
use crate::*;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_store::CommitObserver;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Two products, each with a release that goes before and one that goes with “Autumn”: the ledger first, then the shop.
struct Scene {
    rig: Rig,
    ledger: ReleaseDetail,
    shop: ReleaseDetail,
    id: String,
}

async fn scene() -> Scene {
    let rig = Rig::new();
    let ledger = rig.product(|product| product.name = "ledger".into()).await;
    let shop = ProductDto { name: "shop".into(), ..another(&ledger) };
    let shop = rig.api.add_product(shop).await.unwrap();
    let (mut releases, mut before) = (Vec::new(), Vec::new());
    for product in [&ledger, &shop] {
        before.push(rig.plan(&rig.draft(product, "1.1.0").await).await);
        rig.deploy_through(before.last().unwrap(), 0).await;
        releases.push(rig.plan(&rig.draft(product, "1.2.0").await).await);
    }
    let shop = releases.pop().unwrap();
    let ledger = releases.pop().unwrap();
    let members = vec![member(&ledger, 1), member(&shop, 2)];
    let made = rig.api.create_coordinated_release(CreateCoordinatedReleaseRequest { name: "Autumn".into(), members }).await.unwrap();
    Scene { rig, ledger, shop, id: made.release.id }
}

/// The same product without ids, to be added beside it.
fn another(product: &ProductDto) -> ProductDto {
    let mut other = ProductDto { id: None, ..product.clone() };
    for environment in &mut other.environments {
        environment.id = None;
        environment.checks.iter_mut().for_each(|check| check.id = None);
    }
    other
}

fn member(release: &ReleaseDetail, stage: u16) -> CoordinatedMemberDto {
    CoordinatedMemberDto { release_id: release.release.id.clone(), stage }
}

impl Scene {
    async fn seen(&self) -> CoordinatedReleaseDetail {
        self.rig.api.get_coordinated_release(IdRequest { id: self.id.clone() }).await.unwrap()
    }

    async fn start(&self, environment: &str) -> Result<CoordinatedRunView, ApiError> {
        let request = StartCoordinatedRunRequest { id: self.id.clone(), environment: environment.into(), left_out: Vec::new() };
        self.rig.api.start_coordinated_run(request).await
    }

    async fn answer(&self, release: &ReleaseDetail, answer: MemberAnswerWord) -> Result<CoordinatedRunView, ApiError> {
        let run_id = self.seen().await.runs[0].id.clone();
        let request = AnswerCoordinatedRunRequest {
            run_id,
            release_id: release.release.id.clone(),
            answer,
            reason: "agreed on the phone".into(),
            to_release_id: None,
            redeploy: false,
        };
        self.rig.api.answer_coordinated_run(request).await
    }

    async fn roll_back(&self) -> Result<CoordinatedRunView, ApiError> {
        let run_id = self.seen().await.runs[0].id.clone();
        self.rig.api.start_joint_rollback(JointRollbackRequest { run_id, reason: "prices are wrong".into(), members: Vec::new() }).await
    }

    /// The states of ledger and shop in staging.
    async fn cells(&self) -> Vec<CoordinatedCellWord> {
        self.seen().await.environments[0].cells.iter().map(|cell| cell.state).collect()
    }

    /// The version that each product has in staging.
    async fn running(&self) -> Vec<String> {
        let mut versions = Vec::new();
        for release in [&self.ledger, &self.shop] {
            versions.push(self.rig.again(release).await.environments[0].current_version.clone().unwrap_or_default());
        }
        versions
    }

    fn alerts(&self) -> Vec<String> {
        self.rig.world.alerts.lock().unwrap().iter().map(|alert| alert.title.clone()).collect()
    }

    /// Lets the failed run of the deployment that asks be the end of it.
    async fn give_up(&self) {
        let inbox = self.rig.api.inbox().await.unwrap();
        let id = inbox.iter().find(|item| item.kind == InboxKind::Decision).unwrap().deployment_id.clone().unwrap();
        self.rig.api.decide(DecideRequest { id, decision: DecisionDto::GiveUp }).await.unwrap();
        *self.rig.world.run_status.lock().unwrap() = RunStatus::Succeeded;
        self.rig.carry().await;
    }

    /// Staging with the ledger there and the shop failed.
    async fn shop_failed(&self) {
        self.start("staging").await.unwrap();
        while self.cells().await[0] != CoordinatedCellWord::There {
            let next = self.rig.api.engine().carry_due().await.unwrap().unwrap();
            self.rig.world.pass(next.since(self.rig.world.now()).as_secs() + 1);
        }
        *self.rig.world.run_status.lock().unwrap() = RunStatus::Failed;
        self.rig.carry().await;
        self.give_up().await;
    }
}

#[tokio::test]
async fn two_stages_go_one_after_the_other_and_each_environment_is_started_by_a_person() {
    let scene = scene().await;
    let seen = scene.seen().await;
    assert_eq!(seen.environments.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["staging", "production"]);
    assert_eq!((seen.next.action, seen.next.environment.as_str()), (CoordinatedNextWord::Start, "staging"));
    let before = scene.rig.started();
    let run = scene.start("Staging").await.unwrap();
    assert_eq!((run.state, run.environment.as_str()), (CoordinatedRunWord::UnderWay, "staging"));
    assert_eq!(scene.start("staging").await.unwrap_err().code, ErrorCode::Taken);
    scene.rig.api.engine().carry_due().await.unwrap();
    assert_eq!(scene.cells().await, [CoordinatedCellWord::UnderWay, CoordinatedCellWord::Waiting]);
    assert_eq!(scene.seen().await.next.action, CoordinatedNextWord::Wait);
    scene.rig.carry().await;
    scene.rig.carry().await;
    assert_eq!(scene.cells().await, [CoordinatedCellWord::There, CoordinatedCellWord::There]);
    assert_eq!((scene.running().await, scene.rig.started() - before), (vec!["1.2.0".into(), "1.2.0".into()], 2));
    assert_eq!(scene.alerts(), ["“Autumn” in staging is done"]);
    let (first, second) = (scene.rig.again(&scene.ledger).await, scene.rig.again(&scene.shop).await);
    let deployed = |release: &ReleaseDetail| release.environments[0].deployment.clone().unwrap();
    assert!(deployed(&second).requested_at >= deployed(&first).requested_at);
    assert_eq!(deployed(&first).requested_by, "Mira Okafor");
    assert_eq!(first.coordinated_release.unwrap().name, "Autumn");
    let nothing = scene.start("staging").await.unwrap_err();
    assert_eq!(nothing.code, ErrorCode::Invalid, "all of it is there: {nothing:?}");
    // Nobody has voted for production: nothing of it starts.
    let blocked = scene.start("production").await.unwrap_err();
    assert_eq!(blocked.code, ErrorCode::Blocked);
    assert!(blocked.message.starts_with("ledger 1.2.0: "), "{}", blocked.message);
    assert_eq!(scene.seen().await.next.action, CoordinatedNextWord::SeeBlockers);
}

#[tokio::test]
async fn a_member_that_fails_asks_and_all_go_back_in_the_reverse_order() {
    let scene = scene().await;
    scene.shop_failed().await;
    assert_eq!(scene.cells().await, [CoordinatedCellWord::There, CoordinatedCellWord::Asks]);
    assert_eq!(scene.alerts(), ["“Autumn” in staging waits for a person"]);
    let inbox = scene.rig.api.inbox().await.unwrap();
    let item = inbox.iter().find(|item| item.kind == InboxKind::CoordinatedRelease).unwrap();
    assert_eq!((item.title.as_str(), item.coordinated_release_id.as_ref()), ("Say what becomes of shop 1.2.0 in staging", Some(&scene.id)));
    let run = scene.seen().await.runs[0].clone();
    let verdicts = scene.rig.api.preview_joint_rollback(IdRequest { id: run.id }).await.unwrap();
    let told: Vec<_> = verdicts.iter().map(|v| (v.product.as_str(), v.verdict, v.targets[0].version.as_str())).collect();
    assert_eq!(told, [("shop", BackVerdictWord::Open, "1.1.0"), ("ledger", BackVerdictWord::Open, "1.1.0")]);
    let before = scene.rig.started();
    assert_eq!(scene.roll_back().await.unwrap().state, CoordinatedRunWord::RollingBack);
    scene.rig.api.engine().carry_due().await.unwrap();
    assert_eq!(scene.cells().await, [CoordinatedCellWord::WaitsToGoBack, CoordinatedCellWord::GoingBack]);
    scene.rig.carry().await;
    scene.rig.carry().await;
    assert_eq!(scene.seen().await.runs[0].state, CoordinatedRunWord::RolledBack);
    assert_eq!((scene.running().await, scene.rig.started() - before), (vec!["1.1.0".into(), "1.1.0".into()], 2));
    assert_eq!(scene.alerts()[1..], ["“Autumn” in staging is rolled back"]);
    assert_eq!(scene.cells().await, [CoordinatedCellWord::WentBack, CoordinatedCellWord::WentBack]);
    assert_eq!(scene.roll_back().await.unwrap_err().code, ErrorCode::Conflict, "nothing is left to go back");
}

#[tokio::test]
async fn a_member_that_failed_is_tried_again_or_left_out() {
    let scene = scene().await;
    scene.shop_failed().await;
    assert_eq!(scene.answer(&scene.ledger, MemberAnswerWord::TryAgain).await.unwrap_err().code, ErrorCode::Conflict);
    scene.answer(&scene.shop, MemberAnswerWord::TryAgain).await.unwrap();
    *scene.rig.world.run_status.lock().unwrap() = RunStatus::Failed;
    scene.rig.carry().await;
    scene.give_up().await;
    let run = scene.answer(&scene.shop, MemberAnswerWord::GoOnWithout).await.unwrap();
    assert_eq!((run.state, run.members[1].cell.state), (CoordinatedRunWord::Done, CoordinatedCellWord::LeftOut));
    assert_eq!(run.members[1].cell.told, "Mira Okafor: agreed on the phone");
    assert!(run.can_roll_back, "what is done may still go back");
    assert_eq!(scene.answer(&scene.shop, MemberAnswerWord::TryAgain).await.unwrap_err().code, ErrorCode::Conflict);
}

#[tokio::test]
async fn a_member_that_is_blocked_at_its_turn_asks_and_nothing_later_starts() {
    let scene = scene().await;
    let before = scene.rig.started();
    scene.start("staging").await.unwrap();
    let environment = scene.shop.environments[0].environment_id.clone();
    let product = scene.rig.api.list_products().await.unwrap().into_iter().find(|p| p.name == "shop").unwrap();
    let lock = SetLockRequest {
        product_id: Some(product.id),
        environment_id: Some(environment),
        reason: "The database moves".into(),
        strength: LockStrengthWord::Stops,
        hotfixes_pass: false,
        until: None,
    };
    let lock = scene.rig.api.set_lock(lock).await.unwrap();
    scene.rig.carry().await;
    scene.rig.carry().await;
    assert_eq!(scene.cells().await, [CoordinatedCellWord::There, CoordinatedCellWord::Asks]);
    let cell = scene.seen().await.environments[0].cells[1].clone();
    assert_eq!((cell.told.as_str(), cell.blockers.len()), ("staging is locked", 1));
    assert_eq!(scene.rig.started() - before, 1);
    scene.rig.api.lift_lock(LiftLockRequest { id: lock.id, reason: "moved".into() }).await.unwrap();
    scene.answer(&scene.shop, MemberAnswerWord::TryAgain).await.unwrap();
    scene.rig.carry().await;
    assert_eq!((scene.seen().await.runs[0].state, scene.rig.started() - before), (CoordinatedRunWord::Done, 2));
}

#[tokio::test]
async fn who_is_left_out_needs_a_reason_and_a_cancelled_way_starts_nothing_further() {
    let scene = scene().await;
    let left_out = |reason: &str| StartCoordinatedRunRequest {
        id: scene.id.clone(),
        environment: "staging".into(),
        left_out: vec![LeftOutDto { release_id: scene.ledger.release.id.clone(), reason: reason.into() }],
    };
    assert_eq!(scene.rig.api.start_coordinated_run(left_out(" ")).await.unwrap_err().code, ErrorCode::Invalid);
    let run = scene.rig.api.start_coordinated_run(left_out("not yet tested")).await.unwrap();
    let changed = PutCoordinatedMemberRequest { id: scene.id.clone(), member: member(&scene.shop, 1) };
    assert_eq!(scene.rig.api.put_coordinated_member(changed.clone()).await.unwrap_err().code, ErrorCode::Invalid, "it is on its way");
    let cancelled = scene.rig.api.cancel_coordinated_run(WithdrawRequest { id: run.id.clone(), reason: "tomorrow".into() }).await.unwrap();
    assert_eq!((cancelled.state, cancelled.can_roll_back), (CoordinatedRunWord::Cancelled, false));
    let before = scene.rig.started();
    scene.rig.carry().await;
    assert_eq!(scene.rig.started(), before);
    scene.rig.api.put_coordinated_member(changed).await.unwrap();
    let closed = scene.rig.api.close_coordinated_release(WithdrawRequest { id: scene.id.clone(), reason: "shipped".into() }).await.unwrap();
    assert_eq!((closed.release.is_open, closed.next.action), (false, CoordinatedNextWord::None));
    assert!(scene.rig.again(&scene.shop).await.coordinated_release.is_none());
}

#[tokio::test]
async fn a_release_goes_with_one_at_a_time_and_a_product_has_one_member() {
    let scene = scene().await;
    let name = |name: &str, members| CreateCoordinatedReleaseRequest { name: name.into(), members };
    let taken = scene.rig.api.create_coordinated_release(name("Autumn", Vec::new())).await.unwrap_err();
    assert_eq!(taken.code, ErrorCode::Taken);
    let twice = scene.rig.api.create_coordinated_release(name("Winter", vec![member(&scene.shop, 1)])).await.unwrap_err();
    assert_eq!((twice.code, twice.message.as_str()), (ErrorCode::Invalid, "shop 1.2.0 goes with “Autumn”"));
    let product = scene.rig.api.list_products().await.unwrap().into_iter().find(|p| p.name == "shop").unwrap();
    let request = DraftReleaseRequest {
        product_id: product.id,
        version: "1.3.0".into(),
        kind: SourceKindWord::Branch,
        name: "main".into(),
        notes: None,
        hotfix: None,
    };
    let later = scene.rig.api.draft_release(request).await.unwrap();
    let put = PutCoordinatedMemberRequest { id: scene.id.clone(), member: member(&later, 3) };
    let second = scene.rig.api.put_coordinated_member(put.clone()).await.unwrap_err();
    assert_eq!(second.message, "“Autumn” has 1.2.0 of that product already");
    let out = RemoveCoordinatedMemberRequest { id: scene.id.clone(), release_id: scene.shop.release.id.clone() };
    assert_eq!(scene.rig.api.remove_coordinated_member(out).await.unwrap().release.members.len(), 1);
    assert_eq!(scene.rig.api.put_coordinated_member(put).await.unwrap().release.members[1].version, "1.3.0");
    let listed = scene.rig.api.list_coordinated_releases(ListCoordinatedReleasesRequest::default()).await.unwrap();
    assert_eq!((listed.len(), listed[0].asks), (1, false));
}

#[tokio::test]
async fn what_somebody_else_brought_meanwhile_is_not_taken_back() {
    let scene = scene().await;
    scene.start("staging").await.unwrap();
    scene.rig.carry().await;
    scene.rig.carry().await;
    // The shop's way back is gone by a person alone; the ledger's is left.
    let environment_id = scene.shop.environments[0].environment_id.clone();
    let options = scene.rig.api.rollback_options(IdRequest { id: environment_id.clone() }).await.unwrap();
    let request = StartRollbackRequest {
        environment_id,
        release_id: options.targets[0].release_id.clone(),
        reason: "1.2.0 loses baskets".into(),
        way: RollbackWayChoice::default(),
    };
    scene.rig.api.start_rollback(request).await.unwrap();
    scene.rig.carry().await;
    let run = scene.seen().await.runs[0].clone();
    let verdicts = scene.rig.api.preview_joint_rollback(IdRequest { id: run.id }).await.unwrap();
    let told: Vec<_> = verdicts.iter().map(|v| (v.product.as_str(), v.verdict, v.why.as_str())).collect();
    assert_eq!(told, [("shop", BackVerdictWord::Nothing, "staging went back to 1.1.0 already"), ("ledger", BackVerdictWord::Open, "")]);
    let before = scene.rig.started();
    scene.roll_back().await.unwrap();
    scene.rig.carry().await;
    assert_eq!((scene.running().await, scene.rig.started() - before), (vec!["1.1.0".into(), "1.1.0".into()], 1));
}

/// Carries on until nothing is due, as far as the host lives.
async fn live(rig: &Rig) {
    for _ in 0..40 {
        let Ok(Some(next)) = rig.api.engine().carry_due().await else { return };
        rig.world.pass(next.since(rig.world.now()).as_secs() + 1);
    }
}

/// The host dies at each write in turn, once before and once after it; the next one goes on.
async fn survives_each_death(goes_back: bool) {
    let done = if goes_back { CoordinatedRunWord::RolledBack } else { CoordinatedRunWord::Done };
    for is_written in [false, true] {
        for at in 1.. {
            let scene = scene().await;
            let mut before = scene.rig.started();
            scene.start("staging").await.unwrap();
            if goes_back {
                scene.rig.carry().await;
                scene.rig.carry().await;
                before = scene.rig.started();
                scene.roll_back().await.unwrap();
            }
            let ends = Arc::new(Ends::at(at, is_written));
            let dying = scene.rig.restarted(Some(Arc::clone(&ends) as Arc<dyn CommitObserver>)).await;
            live(&dying).await;
            let next = scene.rig.restarted(None).await;
            for _ in 0..3 {
                live(&next).await;
            }
            let started = scene.rig.started() - before;
            assert!(started <= 2, "twice, at write {at}");
            let run = scene.seen().await.runs[0].clone();
            // Where it can't be told whether the call arrived, the deployment asks a person; the provider of this rig shows no runs.
            let asks = scene.rig.api.inbox().await.unwrap().iter().any(|item| item.kind == InboxKind::Decision);
            assert!(run.state == done && started == 2 || asks, "at write {at}: {run:?}");
            if !ends.has_ended.load(Ordering::Relaxed) {
                assert!(at > 10 && run.state == done, "each write on the way was one to end at: {at}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_crash_at_any_write_starts_nothing_twice_and_the_next_host_goes_on() {
    survives_each_death(false).await;
}

#[tokio::test]
async fn a_crash_while_they_go_back_takes_nothing_back_twice() {
    survives_each_death(true).await;
}

#[tokio::test]
async fn a_member_that_cant_go_back_stays_for_a_reason_and_a_rollback_that_fails_asks() {
    let scene = scene().await;
    scene.start("staging").await.unwrap();
    scene.rig.carry().await;
    scene.rig.carry().await;
    // What the ledger would go back to is marked bad meanwhile.
    let product = scene.rig.api.list_products().await.unwrap().into_iter().find(|p| p.name == "ledger").unwrap();
    let find = FindReleaseRequest { product_id: Some(product.id), version: "1.1.0".into() };
    let id = scene.rig.api.find_release(find).await.unwrap().id;
    scene.rig.api.mark_release_bad(ReasonRequest { id, reason: "it loses entries".into() }).await.unwrap();
    let run = scene.seen().await.runs[0].clone();
    let verdicts = scene.rig.api.preview_joint_rollback(IdRequest { id: run.id.clone() }).await.unwrap();
    assert_eq!((verdicts[1].verdict, verdicts[1].targets[0].blockers.len()), (BackVerdictWord::Closed, 1));
    let undecided = scene.roll_back().await.unwrap_err();
    assert_eq!(undecided.message, "it is not said where ledger 1.2.0 goes back to, or why it stays");
    let release_id = scene.ledger.release.id.clone();
    let stays = BackChoiceDto { release_id, to_release_id: None, redeploy: false, stays: Some("the schema stays readable".into()) };
    let request = JointRollbackRequest { run_id: run.id, reason: "prices are wrong".into(), members: vec![stays] };
    scene.rig.api.start_joint_rollback(request).await.unwrap();
    *scene.rig.world.run_status.lock().unwrap() = RunStatus::Failed;
    scene.rig.carry().await;
    scene.give_up().await;
    assert_eq!(scene.cells().await, [CoordinatedCellWord::Stays, CoordinatedCellWord::Asks]);
    scene.answer(&scene.shop, MemberAnswerWord::TryBackAgain).await.unwrap();
    scene.rig.carry().await;
    scene.rig.carry().await;
    assert_eq!(scene.seen().await.runs[0].state, CoordinatedRunWord::RolledBack);
    assert_eq!(scene.running().await, ["1.2.0", "1.1.0"]);
}

#[tokio::test]
async fn a_member_that_has_changed_meanwhile_asks_and_goes_as_it_is_once_somebody_says_so() {
    let scene = scene().await;
    scene.start("staging").await.unwrap();
    // Its version is edited while the ledger is on its way: it goes back to a draft, and is planned anew.
    let id = scene.shop.release.id.clone();
    scene.rig.api.edit_release(EditReleaseRequest { id, notes: None, version: Some("1.2.1".into()) }).await.unwrap();
    scene.rig.plan(&scene.shop).await;
    scene.rig.carry().await;
    scene.rig.carry().await;
    let cell = scene.seen().await.environments[0].cells[1].clone();
    assert_eq!((cell.state, cell.told.as_str()), (CoordinatedCellWord::Asks, "it has changed since it was set on its way"));
    scene.answer(&scene.shop, MemberAnswerWord::TryAgain).await.unwrap();
    scene.rig.carry().await;
    let run = scene.seen().await.runs[0].clone();
    assert_eq!((run.state, run.members[1].version.as_str()), (CoordinatedRunWord::Done, "1.2.1"));
    assert_eq!(scene.running().await, ["1.2.0", "1.2.1"]);
}
