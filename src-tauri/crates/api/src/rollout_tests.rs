//! Rollouts through the whole api, over a store in memory: what is watched, what a person may do, and the way back by itself.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::{Rig, watched_phase};
use crate::*;
use pilothouse_domain::check::Outcome;

/// Staging in two phases that are watched: a quarter, and everybody.
fn phased(on_failure: OnFailureDto) -> impl FnOnce(&mut ProductDto) {
    move |product| {
        let phase = |name, weight_percent| watched_phase(name, weight_percent, vec![PhaseGateDto::Health]);
        let mut canary = phase("Canary", 25);
        canary.target = Some("ring-0".into());
        product.environments[0].rollout = RolloutDto { phases: vec![canary, phase("Everybody", 100)], on_failure };
    }
}

struct Trip {
    rig: Rig,
    product: ProductDto,
}

impl Trip {
    async fn begin(on_failure: OnFailureDto) -> Self {
        let rig = Rig::new();
        let product = rig.product(phased(on_failure)).await;
        Self { rig, product }
    }

    async fn release(&self, version: &str) -> ReleaseDetail {
        self.rig.plan(&self.rig.draft(&self.product, version).await).await
    }

    async fn view(&self, id: &str) -> DeploymentView {
        self.rig.api.get_deployment(IdRequest { id: id.to_owned() }).await.unwrap()
    }

    /// Goes on, as time goes by, until this is true of the deployment.
    async fn until(&self, id: &str, is_so: impl Fn(&DeploymentView) -> bool) -> DeploymentView {
        for _ in 0..60 {
            let view = self.view(id).await;
            if is_so(&view) {
                return view;
            }
            let next = self.rig.api.engine().carry_due().await.unwrap();
            let after = next.map_or(1, |next| next.since(self.rig.world.now()).as_secs() + 1);
            self.rig.world.pass(after.min(20));
        }
        panic!("it never comes to that: {:#?}", self.view(id).await);
    }

    /// A deployment of this version whose first phase is watched.
    async fn watched(&self, version: &str) -> DeploymentView {
        let id = self.rig.deploy(&self.release(version).await, 0).await.id;
        self.until(&id, |view| view.phases[0].watch.as_ref().is_some_and(|watch| !watch.findings.is_empty())).await
    }

    fn measures(&self, outcome: Outcome) {
        *self.rig.world.measured.lock().unwrap() = outcome;
    }
}

fn bad() -> Outcome {
    Outcome::Failed { reason: "503 instead of 200".into() }
}

#[tokio::test]
async fn each_phase_is_brought_watched_and_passed() {
    let trip = Trip::begin(OnFailureDto::Ask).await;
    let release = trip.release("1.1.0").await;
    assert_eq!(release.plan.as_ref().unwrap().environments[0].rollout, trip.product.environments[0].rollout, "it is planned");
    let view = trip.watched("1.2.0").await;
    assert_eq!((view.phases[0].state, view.phases[1].state), (PhaseWord::Baking, PhaseWord::Pending));
    assert_eq!((view.is_phased, view.reached_percent, trip.rig.started()), (true, 25, 1));
    assert_eq!(view.state_reason, "Canary is watched, and all is well so far");
    let watch = view.phases[0].watch.as_ref().unwrap();
    assert_eq!((watch.findings[0].rule.as_str(), watch.findings[0].outcome), ("check home", FindingWord::Passed));
    assert_eq!((view.can.pause, view.can.resume, view.can.promote_fully, view.can.hold_rollback), (true, false, true, false));
    let done = trip.until(&view.id, |view| view.ended_at.is_some()).await;
    assert_eq!((done.state, done.reached_percent, trip.rig.started()), (DeploymentStateWord::Succeeded, 100, 2));
    assert!(done.phases.iter().all(|phase| phase.state == PhaseWord::Passed), "{:?}", done.phases);
}

#[tokio::test]
async fn a_bad_phase_goes_back_by_itself_once_nobody_steps_in() {
    let trip = Trip::begin(OnFailureDto::RollBack { countdown_seconds: 60 }).await;
    let first = trip.watched("1.1.0").await;
    assert_eq!(trip.until(&first.id, |view| view.ended_at.is_some()).await.state, DeploymentStateWord::Succeeded);
    let view = trip.watched("1.2.0").await;
    trip.measures(bad());
    let failing = trip.until(&view.id, |view| view.phases[0].state == PhaseWord::Failing).await;
    assert_eq!(failing.phases[0].found_bad.as_deref(), Some("check home: 503 instead of 200"));
    assert!(!failing.can.promote_fully && failing.can.hold_rollback && failing.phases[0].rolls_back_at.is_some());
    assert!(failing.state_reason.contains("503 instead of 200"), "{}", failing.state_reason);
    trip.measures(Outcome::Passed);
    let failed = trip.until(&view.id, |view| view.ended_at.is_some()).await;
    assert_eq!((failed.state, failed.deployed_at), (DeploymentStateWord::Failed, None), "{}", failed.state_reason);
    let latest = trip.rig.api.list_deployments(ListDeploymentsRequest::default()).await.unwrap().remove(0);
    assert_eq!(
        (latest.kind, latest.version.as_str(), latest.parent_id.as_deref()),
        (DeploymentKindWord::Rollback, "1.1.0", Some(view.id.as_str()))
    );
    let back = trip.until(&latest.id, |view| view.ended_at.is_some()).await;
    assert_eq!((back.state, back.phases.len()), (DeploymentStateWord::Succeeded, 1), "a way back is short");
}

#[tokio::test]
async fn a_person_stops_the_way_back_takes_it_on_and_lets_the_phase_pass() {
    let trip = Trip::begin(OnFailureDto::RollBack { countdown_seconds: 60 }).await;
    let first = trip.watched("1.1.0").await;
    trip.until(&first.id, |view| view.ended_at.is_some()).await;
    let view = trip.watched("1.2.0").await;
    trip.measures(bad());
    trip.until(&view.id, |view| view.phases[0].state == PhaseWord::Failing).await;
    let id = IdRequest { id: view.id.clone() };
    let held = trip.rig.api.hold_rollback(id.clone()).await.unwrap();
    let question = held.question.unwrap();
    assert_eq!((question.question, question.taken), (QuestionWord::PhaseFailed, false));
    assert!(question.choices.contains(&DecisionWord::LeaveOut) && question.choices.contains(&DecisionWord::Accept), "{question:?}");
    assert_eq!(trip.rig.api.hold_rollback(id.clone()).await.unwrap_err().code, ErrorCode::Conflict);
    let jonas = trip.rig.as_person("Jonas Lind");
    let taken = jonas.take_question(id).await.unwrap().question.unwrap();
    assert_eq!((taken.asked_of.as_str(), taken.taken), ("Jonas Lind", true));
    let pass = || DecideRequest { id: view.id.clone(), decision: DecisionDto::Accept { reason: "The check was wrong".into() } };
    let refused = trip.rig.api.decide(pass()).await.unwrap_err();
    assert!(refused.message.contains("Jonas Lind has taken it on"), "{refused:?}");
    trip.measures(Outcome::Passed);
    let next = jonas.decide(pass()).await.unwrap();
    assert_eq!(next.phases[0].decided.as_ref().unwrap().reason, "The check was wrong");
    let done = trip.until(&view.id, |view| view.ended_at.is_some()).await;
    assert_eq!((done.state, trip.rig.started()), (DeploymentStateWord::Succeeded, 4));
}

#[tokio::test]
async fn a_pause_holds_the_next_phase_and_a_reason_ends_a_watch() {
    let trip = Trip::begin(OnFailureDto::End).await;
    let view = trip.watched("1.2.0").await;
    let pause = PauseDeploymentRequest { id: view.id.clone(), reason: "lunch".into() };
    let paused = trip.rig.api.pause_deployment(pause).await.unwrap();
    assert_eq!(paused.paused.as_ref().unwrap().reason, "lunch");
    assert!(paused.can.resume && !paused.can.pause);
    assert!(paused.phases[0].can_skip && !paused.phases[1].can_skip, "the last one can't be left out");
    let skip = |reason: &str| SkipPhaseRequest { id: view.id.clone(), phase_id: view.phases[0].id.clone(), reason: reason.into() };
    assert_eq!(trip.rig.api.skip_phase(skip(" ")).await.unwrap_err().code, ErrorCode::Invalid);
    let skipped = trip.rig.api.skip_phase(skip("known to be well")).await.unwrap();
    assert_eq!((skipped.phases[0].state, skipped.phases[1].state), (PhaseWord::Passed, PhaseWord::Ready));
    assert_eq!(skipped.state_reason, "Is paused");
    for _ in 0..5 {
        trip.rig.api.engine().carry_due().await.unwrap();
        trip.rig.world.pass(30);
    }
    assert_eq!(trip.rig.started(), 1, "nothing begins while it is paused");
    trip.rig.api.resume_deployment(IdRequest { id: view.id.clone() }).await.unwrap();
    let done = trip.until(&view.id, |view| view.ended_at.is_some()).await;
    assert_eq!((done.state, trip.rig.started()), (DeploymentStateWord::Succeeded, 2));
}

#[tokio::test]
async fn a_rollout_that_cannot_be_is_refused_with_its_phase() {
    let trip = Trip::begin(OnFailureDto::Ask).await;
    let mut product = trip.product.clone();
    product.environments[0].rollout.phases[1].weight_percent = 20;
    let refused = trip.rig.api.change_product(product.clone()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Invalid);
    assert!(refused.message.contains("staging, phase 2 (Everybody)") && refused.message.contains("never shrinks"), "{refused:?}");
    product.environments[0].rollout = RolloutDto::default();
    let plain = trip.rig.api.change_product(product).await.unwrap();
    assert_eq!(plain.environments[0].rollout, RolloutDto::default());
    for template in trip.rig.api.rollout_templates() {
        let mut product = plain.clone();
        product.environments[0].rollout = template.rollout.clone();
        let changed = trip.rig.api.change_product(product).await.unwrap();
        assert_eq!(changed.environments[0].rollout, template.rollout, "{}", template.title);
    }
}

#[tokio::test]
async fn a_change_of_the_phases_voids_what_was_approved() {
    let trip = Trip::begin(OnFailureDto::Ask).await;
    let release = trip.release("1.2.0").await;
    let mut product = trip.product.clone();
    product.environments[0].rollout.phases[0].weight_percent = 50;
    trip.rig.api.change_product(product).await.unwrap();
    let request = PlanReleaseRequest { id: release.release.id.clone(), environment_ids: Vec::new(), remarks: String::new() };
    let again = trip.rig.api.plan_release(request).await.unwrap();
    assert_ne!(again.content_hash, release.content_hash);
}
