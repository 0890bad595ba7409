//! The agent's process dies at 200 points of deployments and rollbacks, and at more of rollouts in four phases that go back by
//! themselves, and is started again each time. What it was about ends well, the provider is asked once per phase, and nothing that was
//! committed is lost.

use super::elsewhere::{Elsewhere, forget};
use super::native::{Which, goes_back_natively};
use super::rig::{Rig, has_session};
use pilothouse_api::{
    AuditPageRequest, ChainHeadDto, DecisionDto, DeploymentKindWord, DeploymentStateWord as State, DeploymentView, IdRequest,
    LiftLockRequest, LimitsDto, ListDeploymentsRequest, ListLocksRequest, OnFailureDto, PhaseGateDto, PhaseWord, PlannedPhaseDto,
    ProductDto, QuestionWord, RollbackWayChoice, RolloutDto, StartDeploymentRequest, StartRollbackRequest, VerifyAuditRequest,
};
use pilothouse_range::Push;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// How often the agent dies over the source's own pipelines.
const KILLS: usize = 200;
/// How often over each of the other providers.
const KILLS_ELSEWHERE: usize = 30;
/// How often where rollbacks go a provider's own way.
const KILLS_NATIVE: usize = 12;

/// How often over rollouts in four phases, every other one of which goes back by itself. `PILOTHOUSE_CRASH_KILLS` sets another number.
const KILLS_IN_ROLLOUTS: usize = 60;

/// Points to die at, each the n-th time that a life of the process passes it. Gone through in turn, they differ from life to
/// life; every third life dies at a random time instead.
const POINTS: [(&str, u64); 10] = [
    ("before_commit", 9),
    ("after_commit", 9),
    ("before_trigger", 1),
    ("after_trigger", 1),
    ("before_run", 4),
    ("after_run", 4),
    ("before_find_runs", 2),
    ("after_find_runs", 2),
    ("before_call", 6),
    ("after_call", 6),
];

/// Those of a rollback in the provider's own way.
const NATIVE_POINTS: [(&str, u64); 6] = [
    ("before_commit", 9),
    ("after_commit", 9),
    ("before_rollback_outlook", 1),
    ("before_roll_back", 1),
    ("after_roll_back", 1),
    ("after_find_rollbacks", 2),
];

/// Plans lives: when each of them dies.
struct Fate {
    /// How many of them die.
    deaths: usize,
    points: &'static [(&'static str, u64)],
    dice: fastrand::Rng,
    life: usize,
}

enum Death {
    At(String),
    After(Duration),
}

impl Fate {
    fn next(&mut self) -> Death {
        self.life += 1;
        if self.life.is_multiple_of(3) {
            return Death::After(Duration::from_millis(self.dice.u64(0..600)));
        }
        let (point, times) = self.points[self.dice.usize(0..self.points.len())];
        Death::At(format!("{point}:{}", self.dice.u64(1..=times)))
    }
}

fn agent(rig: &Rig, death: Option<&str>) -> Child {
    let programs = PathBuf::from(std::env::var_os("PILOTHOUSE_BIN_DIR").expect("PILOTHOUSE_BIN_DIR names the built programs"));
    let mut command = Command::new(programs.join("pilothouse"));
    command.arg("agent").arg("--data-dir").arg(rig.data.path()).env("PILOTHOUSE_PACING", "fast");
    command.env("PILOTHOUSE_FAILPOINT", death.unwrap_or_default());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap()
}

/// Lives and dies until the deployment has ended. How often it died while it had not.
async fn survive(rig: &Rig, started: &DeploymentView, fate: &mut Fate, kills: usize) -> usize {
    let mut died = 0;
    loop {
        let death = if kills + died < fate.deaths { Some(fate.next()) } else { None };
        let point = match &death {
            Some(Death::At(point)) => Some(point.as_str()),
            Some(Death::After(_)) | None => None,
        };
        let mut agent = agent(rig, point);
        let head = rig.api().audit_head().await.unwrap();
        let dies = async {
            match &death {
                Some(Death::After(time)) => tokio::time::sleep(*time).await,
                Some(Death::At(_)) | None => drop(agent.wait().await.unwrap()),
            }
        };
        let ended = tokio::select! {
            () = dies => None,
            ended = ends(rig, &started.id) => Some(ended),
        };
        agent.kill().await.ok();
        let now = rig.api().get_deployment(IdRequest { id: started.id.clone() }).await.unwrap();
        match ended {
            Some(ended) => {
                assert_eq!(now.state, ended.state, "an end that was seen is gone after a kill");
                break;
            }
            None if now.ended_at.is_some() => break,
            None => died += 1,
        }
        is_kept(rig, &head).await;
    }
    // The whole chain is read once for each deployment: it grows with every life.
    let report = rig.api().verify_audit(VerifyAuditRequest { kept_head: None }).await.unwrap();
    assert!(report.fault.is_none(), "{report:#?}");
    died
}

/// What was committed before a life is still there after it.
async fn is_kept(rig: &Rig, head: &ChainHeadDto) {
    let request = AuditPageRequest { before: Some(head.seq + 1), limit: 1, ..AuditPageRequest::default() };
    let page = rig.api().audit_page(request).await.unwrap();
    assert_eq!(page.first().map(|event| (event.seq, &event.hash)), Some((head.seq, &head.hash)), "a committed event is gone");
}

/// How many runs the provider really started for what is under way.
fn runs_now(rig: &Rig, deployment: &DeploymentView) -> usize {
    let is_done = |state: PhaseWord| matches!(state, PhaseWord::Passed | PhaseWord::LeftOut);
    match deployment.phases.iter().find(|phase| !is_done(phase.state)) {
        Some(phase) if deployment.native.is_none() => rig.runs_of_phase(&phase.id),
        _ => rig.runs_of(deployment),
    }
}

/// Waits for the end of a deployment, and answers in between as a person who has looked at the provider.
async fn ends(rig: &Rig, id: &str) -> DeploymentView {
    loop {
        let rested = rig
            .until(|| async {
                let seen = rig.api().get_deployment(IdRequest { id: id.to_owned() }).await.unwrap();
                let moving = matches!(seen.state, State::Queued | State::InProgress);
                (!moving).then_some(seen)
            })
            .await;
        let Some(question) = &rested.question else { return rested };
        let decision = match question.question {
            QuestionWord::RunNotFound if runs_now(rig, &rested) == 0 => DecisionDto::Trigger,
            QuestionWord::RunNotFound | QuestionWord::Unreachable => DecisionDto::KeepLooking,
            QuestionWord::CannotVerify => DecisionDto::VerifyAgain,
            _ => panic!("nothing was to go wrong: {question:#?}"),
        };
        rig.decide(id, decision).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_deaths_trigger_nothing_twice_and_lose_nothing() {
    if !has_session("the crash test") {
        return;
    }
    let rig = Rig::start_as_guest().await;
    dies(&rig, KILLS, false).await;
    rig.stop().await;
}

/// Another system that lets a phase pass, or says that it is bad.
struct Judge {
    url: String,
    finds_bad: Arc<AtomicBool>,
}

impl Judge {
    async fn begin() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let finds_bad = Arc::new(AtomicBool::new(false));
        let bad = Arc::clone(&finds_bad);
        tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let body = if bad.load(Ordering::Relaxed) { r#"{"status":"failed"}"# } else { "{}" };
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
                tokio::spawn(async move {
                    let mut asked = [0; 4_096];
                    // Whoever asks may die meanwhile.
                    if socket.read(&mut asked).await.is_ok() {
                        socket.write_all(answer.as_bytes()).await.ok();
                    }
                });
            }
        });
        Self { url, finds_bad }
    }
}

/// A product whose staging goes out in four phases: the third is judged by another system, and what that finds bad goes back by itself.
async fn product_in_phases(rig: &Rig, nth: usize, judge: &Judge) -> ProductDto {
    let phase = |share: u8, gates: Vec<PhaseGateDto>| {
        let limits = LimitsDto { settle_seconds: 0, interval_seconds: 5, in_a_row: 1, failures: 0, errors: 4, undecided_seconds: 600 };
        PlannedPhaseDto {
            name: format!("{share} percent"),
            weight_percent: share,
            target: None,
            pipeline: None,
            bake_seconds: 0,
            gates,
            limits,
            dry_run: Vec::new(),
            needs_person: false,
            required: false,
            retries: 0,
        }
    };
    let judged = vec![PhaseGateDto::External { url: judge.url.clone() }];
    let mut product = rig.product.clone();
    (product.id, product.name) = (None, format!("phased-{nth}"));
    product.environments.truncate(1);
    let staging = &mut product.environments[0];
    staging.id = None;
    staging.checks.iter_mut().for_each(|check| check.id = None);
    let health = || vec![PhaseGateDto::Health];
    staging.rollout = RolloutDto {
        phases: vec![phase(25, health()), phase(50, Vec::new()), phase(75, judged), phase(100, health())],
        on_failure: OnFailureDto::RollBack { countdown_seconds: 0 },
    };
    rig.api().add_product(product).await.unwrap()
}

/// The deployment that a product's environment went back by.
async fn way_back(rig: &Rig, product: &ProductDto) -> Option<DeploymentView> {
    let request = ListDeploymentsRequest { product_id: product.id.clone(), limit: 1, ..ListDeploymentsRequest::default() };
    rig.api().list_deployments(request).await.unwrap().into_iter().find(|d| d.kind == DeploymentKindWord::Rollback)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaths_in_rollouts_that_go_back_by_themselves_trigger_nothing_twice() {
    if !has_session("the crash test of rollouts") {
        return;
    }
    let wanted = std::env::var("PILOTHOUSE_CRASH_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS_IN_ROLLOUTS);
    let rig = Rig::start_as_guest().await;
    let judge = Judge::begin().await;
    let mut fate = Fate { deaths: wanted, points: &POINTS, dice: fastrand::Rng::with_seed(20_261_124), life: 0 };
    let (mut kills, mut nth) = (0, 0);
    while kills < wanted {
        nth += 1;
        assert!(nth <= wanted, "after {nth} products the process died only {kills} times");
        let product = product_in_phases(&rig, nth, &judge).await;
        judge.finds_bad.store(false, Ordering::Relaxed);
        for (version, turns_bad) in [(format!("8.{nth}.0"), false), (format!("8.{nth}.1"), true)] {
            rig.range.push(&Push { tag: Some(format!("v{version}")), ..Push::message("feat: another step") }).await.unwrap();
            let release = rig.release_of(&product, &version).await;
            judge.finds_bad.store(turns_bad, Ordering::Relaxed);
            let request = StartDeploymentRequest {
                release_id: release.release.id.clone(),
                environment_id: product.environments[0].id.clone().unwrap(),
            };
            let started = rig.api().start_deployment(request).await.unwrap();
            kills += survive(&rig, &started, &mut fate, kills).await;
            let went = rig.api().get_deployment(IdRequest { id: started.id.clone() }).await.unwrap();
            let runs: Vec<usize> = went.phases.iter().map(|phase| rig.runs_of_phase(&phase.id)).collect();
            if !turns_bad {
                assert_eq!((went.state, runs.as_slice()), (State::Succeeded, [1, 1, 1, 1].as_slice()), "{went:#?}");
                continue;
            }
            assert_eq!((went.state, runs.as_slice()), (State::Failed, [1, 1, 1, 0].as_slice()), "{went:#?}");
            let back = way_back(&rig, &product).await.expect("it goes back by itself");
            kills += survive(&rig, &back, &mut fate, kills).await;
            let back = rig.api().get_deployment(IdRequest { id: back.id }).await.unwrap();
            assert_eq!(
                (back.state, back.version.as_str(), rig.runs_of(&back)),
                (State::Succeeded, format!("8.{nth}.0").as_str(), 1),
                "{back:#?}"
            );
        }
        // What is done is watched no longer: measuring ever more would be all that a life gets to.
        let mut done = rig.api().get_product(IdRequest { id: product.id.unwrap() }).await.unwrap();
        done.environments[0].checks.clear();
        rig.api().change_product(done).await.unwrap();
    }
    let report = rig.api().verify_audit(VerifyAuditRequest { kept_head: None }).await.unwrap();
    assert!(report.fault.is_none(), "{report:#?}");
    println!("{kills} deaths in {nth} products, each phase triggered once");
    rig.stop().await;
}

async fn dies_elsewhere(which: fn(&Rig) -> Elsewhere) {
    if !has_session("the crash test over another provider") {
        return;
    }
    let rig = Rig::start_as_guest().await;
    let connection = which(&rig).deploys_all_of(&rig).await;
    dies(&rig, KILLS_ELSEWHERE, false).await;
    forget(&rig, &connection).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaths_over_gitlab_trigger_nothing_twice() {
    dies_elsewhere(Elsewhere::gitlab).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaths_over_jenkins_trigger_nothing_twice() {
    dies_elsewhere(Elsewhere::jenkins).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaths_over_codepipeline_trigger_nothing_twice() {
    dies_elsewhere(Elsewhere::codepipeline).await;
}

/// Over each: one runs the same run again, others make a new one.
async fn dies_natively(which: Which, repeats_token: bool) {
    if !has_session("the crash test of a provider's own way back") {
        return;
    }
    let rig = Rig::start_as_guest().await;
    let connection = goes_back_natively(&rig, which).await;
    dies(&rig, KILLS_NATIVE, repeats_token).await;
    assert!(rig.ways_back() > 0, "no rollback went the provider's own way");
    if let Some(connection) = connection {
        forget(&rig, &connection).await;
    }
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaths_on_the_way_back_of_github_ask_for_nothing_twice() {
    dies_natively(None, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaths_on_the_way_back_of_gitlab_ask_for_nothing_twice() {
    dies_natively(Some(Elsewhere::gitlab), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaths_on_the_way_back_of_jenkins_ask_for_nothing_twice() {
    // A replay repeats the parameters of the build that it goes back to, its token with them.
    dies_natively(Some(Elsewhere::jenkins), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaths_on_the_way_back_of_codepipeline_ask_for_nothing_twice() {
    dies_natively(Some(Elsewhere::codepipeline), false).await;
}

/// Deploys and rolls back, release after release, until the agent has died this often; then looks at what was counted and kept.
async fn dies(rig: &Rig, deaths: usize, repeats_token: bool) {
    let mut fate = Fate { deaths, points: &POINTS, dice: fastrand::Rng::with_seed(20_261_123), life: 0 };
    let mut kills = 0;
    let mut done: Vec<DeploymentView> = Vec::new();
    let mut version = 0;
    while kills < deaths {
        version += 1;
        assert!(version < 60, "after {version} releases the process died only {kills} times");
        let name = format!("9.{version}.0");
        rig.range.push(&Push { tag: Some(format!("v{name}")), ..Push::message("feat: another step") }).await.unwrap();
        let release = rig.release(&name).await;
        for environment in ["staging", "production"] {
            let started = rig.start_deployment(&release, environment).await;
            kills += survive(rig, &started, &mut fate, kills).await;
            done.push(started);
        }
        let options = rig.api().rollback_options(IdRequest { id: rig.environment("production") }).await.unwrap();
        let Some(target) = options.targets.first() else { continue };
        let rollback = rig
            .api()
            .start_rollback(StartRollbackRequest {
                environment_id: rig.environment("production"),
                release_id: target.release_id.clone(),
                reason: "Rehearsal".to_owned(),
                way: RollbackWayChoice::AsSet,
            })
            .await
            .unwrap();
        fate.points = if rollback.native.is_some() { &NATIVE_POINTS } else { &POINTS };
        kills += survive(rig, &rollback, &mut fate, kills).await;
        fate.points = &POINTS;
        done.push(rollback);
        for lock in rig.api().list_locks(ListLocksRequest { product_id: None }).await.unwrap() {
            rig.api().lift_lock(LiftLockRequest { id: lock.id, reason: "Rehearsed".to_owned() }).await.unwrap();
        }
    }
    for deployment in &done {
        let now = rig.api().get_deployment(IdRequest { id: deployment.id.clone() }).await.unwrap();
        assert_eq!(now.state, State::Succeeded, "{now:#?}");
        let is_back_to =
            |other: &&DeploymentView| other.native.is_some() && (&other.version, &other.environment) == (&now.version, &now.environment);
        let repeated = if repeats_token && now.native.is_none() { done.iter().filter(is_back_to).count() } else { 0 };
        assert_eq!(rig.runs_of(&now), 1 + repeated, "{} to {} was not triggered exactly once", now.version, now.environment);
    }
    let report = rig.api().verify_audit(VerifyAuditRequest { kept_head: None }).await.unwrap();
    assert!(report.fault.is_none(), "{report:#?}");
    println!("{kills} deaths in {} deployments, each triggered once", done.len());
}
