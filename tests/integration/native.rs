//! Rollbacks in each provider's own way: told beforehand, asked for once, found again where the answer is lost, and never replaced by a
//! start of the pipeline unless a person says so.

use super::elsewhere::{Elsewhere, forget};
use super::rig::{Rig, has_session};
use pilothouse_api::{
    DecisionDto, DecisionWord, DeploymentStateWord as State, DeploymentView, ErrorCode, GateWord, IdRequest, NativeRollbackDto, ProductDto,
    QuestionWord, ReleaseDetail, RollbackWayChoice, RollbackWayRequest, RollbackWayView, StartRollbackRequest, VerificationWord,
    WayStandingWord,
};
use pilothouse_engine::ports::provider::HoldTarget;
use pilothouse_range::{Fault, Operation, Order};

/// Another provider than the source's; `None` for the source's own pipelines.
pub(super) type Which = Option<fn(&Rig) -> Elsewhere>;

/// Has every environment go back natively. Gives the other provider's connection, where there is one.
pub(super) async fn goes_back_natively(rig: &Rig, which: Which) -> Option<String> {
    let elsewhere = which.map(|which| which(rig));
    let connection = match &elsewhere {
        Some(elsewhere) => Some(elsewhere.deploys_all_of(rig).await),
        None => None,
    };
    change(rig, |product| {
        for environment in &mut product.environments {
            let name = elsewhere.as_ref().and_then(|elsewhere| elsewhere.stage(&environment.name));
            environment.rollback = None;
            environment.native_rollback = Some(NativeRollbackDto { environment: name });
        }
    })
    .await;
    connection
}

async fn change(rig: &Rig, change: impl FnOnce(&mut ProductDto)) {
    let mut product = rig.api().get_product(IdRequest { id: rig.product.id.clone().unwrap() }).await.unwrap();
    change(&mut product);
    rig.api().change_product(product).await.unwrap();
}

struct Stage {
    rig: Rig,
    connection: Option<String>,
    old: ReleaseDetail,
    new: ReleaseDetail,
}

impl Stage {
    /// Staging had 1.1.0 and then 1.2.0, both by the same pipeline.
    async fn set(which: Which) -> Self {
        let rig = Rig::start().await;
        let connection = goes_back_natively(&rig, which).await;
        let (old, new) = (rig.release("1.1.0").await, rig.release("1.2.0").await);
        for release in [&old, &new] {
            rig.deploy(release, "staging").await;
        }
        Self { rig, connection, old, new }
    }

    async fn way(&self, to: &ReleaseDetail) -> RollbackWayView {
        let environment_id = self.rig.environment("staging");
        self.rig.api().rollback_way(RollbackWayRequest { environment_id, release_id: to.release.id.clone() }).await.unwrap()
    }

    fn request(&self, to: &ReleaseDetail, way: RollbackWayChoice) -> StartRollbackRequest {
        let environment_id = self.rig.environment("staging");
        StartRollbackRequest { environment_id, release_id: to.release.id.clone(), reason: "it loses orders".to_owned(), way }
    }

    /// Rolls back, whatever was held against the version before, and waits until that rests.
    async fn rolls_back(&self, to: &ReleaseDetail) -> DeploymentView {
        self.rig.api().unmark_release(IdRequest { id: to.release.id.clone() }).await.unwrap();
        let started = self.rig.api().start_rollback(self.request(to, RollbackWayChoice::AsSet)).await.unwrap();
        self.rig.rests(&started.id).await
    }

    async fn close(self) {
        if let Some(connection) = &self.connection {
            forget(&self.rig, connection).await;
        }
        self.rig.stop().await;
    }
}

fn lose(rig: &Rig, fault: Fault) {
    rig.range.faults().order(Order::once(fault).on_operation(Operation::Rerun)).unwrap();
}

async fn goes_there_and_back(which: Which) {
    let stage = Stage::set(which).await;
    let rig = &stage.rig;
    let way = stage.way(&stage.old).await;
    assert_eq!(way.standing, WayStandingWord::Open, "{way:?}");
    assert!(!way.words.is_empty() && way.limit.is_some(), "{way:?}");

    let back = stage.rolls_back(&stage.old).await;
    assert_eq!((back.state, back.verification), (State::Succeeded, Some(VerificationWord::ByService)), "{back:#?}");
    assert_eq!((back.native.as_deref(), rig.ways_back()), (Some(way.words.as_str()), 1));

    // The answer is lost after it was done.
    lose(rig, Fault::DropAfterAccept);
    let forth = stage.rolls_back(&stage.new).await;
    assert_eq!((forth.state, forth.version.as_str(), rig.ways_back()), (State::Succeeded, "1.2.0", 2), "{forth:#?}");

    // It never came there: a person is asked, and has the pipeline started. What went back last time is gone back to as well.
    lose(rig, Fault::DropBeforeAccept);
    let asked = stage.rolls_back(&stage.old).await;
    let question = asked.question.as_ref().unwrap();
    assert_eq!(question.question, QuestionWord::RunNotFound, "{asked:#?}");
    assert!(question.choices.contains(&DecisionWord::Redeploy), "{question:?}");
    rig.decide(&asked.id, DecisionDto::Redeploy).await;
    let done = rig.ends(&asked.id, State::Succeeded).await;
    assert_eq!((done.native.as_deref(), rig.ways_back(), rig.runs_of(&done)), (None, 3, 1), "{done:#?}");
    stage.close().await;
}

/// Makes the way to 1.1.0 one that the provider would refuse.
async fn closes(stage: &Stage) {
    let (rig, words) = (&stage.rig, stage.way(&stage.old).await.words);
    match stage.connection.as_deref().map(|id| id.parse().unwrap()) {
        None => change(rig, |product| product.environments.iter_mut().for_each(|e| e.deploy.pipeline = "rollback.yml".to_owned())).await,
        Some(_) if words.contains("stage") => assert!(rig.range.change_pipeline("checkout-staging", "QUEUED")),
        Some(connection) if words.contains("Build") || words.contains("built") => {
            let job = HoldTarget::Pipeline { pipeline: "deploy-version".to_owned() };
            let held = rig
                .host
                .engine()
                .ask_provider(connection, async move |jenkins| jenkins.set_hold("nordwind/checkout", &job, true, "a test").await);
            held.await.unwrap();
        }
        Some(_) => {
            let elsewhere = || Some(NativeRollbackDto { environment: Some("moon".to_owned()) });
            change(rig, |product| product.environments.iter_mut().for_each(|e| e.native_rollback = elsewhere())).await;
        }
    }
}

async fn is_closed(which: Which) {
    let stage = Stage::set(which).await;
    closes(&stage).await;
    let way = stage.way(&stage.old).await;
    assert_eq!(way.standing, WayStandingWord::Closed, "{way:?}");
    let refused = stage.rig.api().start_rollback(stage.request(&stage.old, RollbackWayChoice::AsSet)).await.unwrap_err();
    assert_eq!((refused.code, refused.blockers[0].gate), (ErrorCode::Blocked, GateWord::WayBack), "{refused:?}");
    assert!(refused.blockers[0].detail.contains(&way.words), "{refused:?}");
    assert_eq!(stage.rig.ways_back(), 0);
    stage.close().await;
}

macro_rules! each_provider {
    ($($name:ident: $then:ident($which:expr);)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if has_session(stringify!($name)) {
                $then($which).await;
            }
        }
    )*};
}

each_provider! {
    github_runs_the_earlier_run_again: goes_there_and_back(None);
    gitlab_repeats_the_earlier_job: goes_there_and_back(Some(Elsewhere::gitlab));
    jenkins_replays_the_earlier_build: goes_there_and_back(Some(Elsewhere::jenkins));
    codepipeline_rolls_the_stage_back: goes_there_and_back(Some(Elsewhere::codepipeline));
    github_is_closed_with_the_reason: is_closed(None);
    gitlab_is_closed_with_the_reason: is_closed(Some(Elsewhere::gitlab));
    jenkins_is_closed_with_the_reason: is_closed(Some(Elsewhere::jenkins));
    codepipeline_is_closed_with_the_reason: is_closed(Some(Elsewhere::codepipeline));
}
