//! The agent's process dies at 200 points of deployments and rollbacks, and is started again each time. What it was about ends
//! well, the provider is asked once per phase, and nothing that was committed is lost.

use super::elsewhere::{Elsewhere, forget};
use super::native::{Which, goes_back_natively};
use super::rig::{Rig, has_session};
use pilothouse_api::{
    DecisionDto, DeploymentStateWord as State, DeploymentView, IdRequest, LiftLockRequest, ListLocksRequest, QuestionWord,
    RollbackWayChoice, StartRollbackRequest, VerifyAuditRequest,
};
use pilothouse_range::Push;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// How often the agent dies over the source's own pipelines.
const KILLS: usize = 200;
/// How often over each of the other providers.
const KILLS_ELSEWHERE: usize = 30;
/// How often where rollbacks go a provider's own way.
const KILLS_NATIVE: usize = 12;

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
                return died;
            }
            None if now.ended_at.is_some() => return died,
            None => died += 1,
        }
        // What was committed before this life is still there after it.
        let report = rig.api().verify_audit(VerifyAuditRequest { kept_head: Some(head) }).await.unwrap();
        assert!(report.fault.is_none(), "{report:#?}");
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
            QuestionWord::RunNotFound if rig.runs_of(&rested) == 0 => DecisionDto::Trigger,
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
