//! One life of a product under a seed: two versions on their way through staging to production, with a person who votes,
//! deploys, cancels, locks, rolls back and answers questions, and a process that dies and comes back.

use crate::invariants;
use crate::provider::{Registry, SimProvider};
use crate::rephasing;
use crate::service::Services;
use crate::world::{DeadlyCommits, World};
use pilothouse_domain::approval::{Verdict, content_hash};
use pilothouse_domain::audit::ChainHead;
use pilothouse_domain::calendar::{WindowEffect, WindowScope};
use pilothouse_domain::check::{HealthCheck, Probe};
use pilothouse_domain::connection::{ConnectionSettings, ProviderKind};
use pilothouse_domain::deployment::{Decision, Deployment, DeploymentState, Pacing, PhaseState, Question};
use pilothouse_domain::lock::LockStrength;
use pilothouse_domain::pipeline::{InputBinding, InputValue, PipelineBinding, RefRule};
use pilothouse_domain::policy::Action;
use pilothouse_domain::product::{EnvironmentRules, RollbackBinding};
use pilothouse_domain::release::SourceKind;
use pilothouse_domain::rollout::{Limits, OnFailure, PhaseGate, PhaseRules, PlannedPhase, Rollout};
use pilothouse_domain::{Actor, CheckId, EnvironmentId, ProductId, ReleaseId, Timestamp, Version};
use pilothouse_engine::ports::Clock as _;
use pilothouse_engine::ports::provider::NetworkSecrets;
use pilothouse_engine::ports::store::Store;
use pilothouse_engine::usecases::{NewConnection, NewEnvironment, NewProduct, NewRelease, RollbackWay, TimesEdit, WindowEdit};
use pilothouse_engine::{Engine, EngineError, Ports};
use pilothouse_store::StoreOptions;
use pilothouse_store::memory::MemoryDatabase;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

const CHAOS_STEPS: u32 = 120;
/// Enough for whatever is under way to end, and to answer what it asks.
const CALM_STEPS: u32 = 1_000;
/// The longest that anything waits: what a provider asks for, and how far the clock may be set back without notice.
const LONGEST_WAIT: Duration = Duration::from_secs(91 + 60);

struct Life {
    world: Arc<World>,
    provider: Arc<SimProvider>,
    store: Arc<dyn Store>,
    ports: Ports,
    engine: Engine,
    ended: BTreeMap<String, DeploymentState>,
    /// As far as the audit chain was verified.
    chain: ChainHead,
    /// How much was written and accepted when the invariants were last looked at.
    checked: Option<(u64, usize)>,
}

/// What the person knows.
struct Cast {
    mira: Actor,
    staging: EnvironmentId,
    production: EnvironmentId,
    releases: Vec<ReleaseId>,
}

pub(crate) async fn run(seed: u64, verbose: bool) {
    let world = World::new(seed, verbose);
    let services = Services::new(Arc::clone(&world));
    let provider = SimProvider::new(Arc::clone(&world), Arc::clone(&services));
    let store: Arc<dyn Store> =
        Arc::new(MemoryDatabase::default().open(StoreOptions { observer: Some(Arc::new(DeadlyCommits(Arc::clone(&world)))) }));
    let _ = provider.native.store.set(Arc::clone(&store));
    let ports = Ports {
        store: Arc::clone(&store),
        providers: Arc::new(Registry(Arc::clone(&provider))),
        keychain: Arc::clone(&world) as _,
        notifier: Arc::clone(&world) as _,
        prober: services,
        clock: Arc::clone(&world) as _,
        ids: Arc::clone(&world) as _,
    };
    let engine = Engine::new(ports.clone(), Pacing::default());
    let mut life = Life { world, provider, store, ports, engine, ended: BTreeMap::new(), chain: ChainHead::default(), checked: None };
    let cast = life.set_up().await;
    life.chaos(&cast).await;
    life.calm_down(&cast).await;
}

impl Life {
    async fn set_up(&mut self) -> Cast {
        let mira = Actor::person("Mira Okafor");
        let (connection, _) = self
            .engine
            .add_connection(
                &mira,
                NewConnection {
                    settings: ConnectionSettings::default(),
                    kind: ProviderKind::Github,
                    name: "Simulated".to_owned(),
                    base_url: String::new(),
                    token: SecretString::from("token"),
                    session_token: None,
                    network: NetworkSecrets::default(),
                    trust: None,
                },
            )
            .await
            .unwrap();
        let mut environments = vec![environment("staging", 0), environment("production", 1)];
        for environment in &mut environments {
            environment.rollback = match self.world.below(3) {
                0 => RollbackBinding::Native { environment: None },
                1 => RollbackBinding::Native { environment: Some(environment.name.clone()) },
                _ => RollbackBinding::Redeploy,
            };
            environment.rollout = rollout(&self.world);
        }
        let new = NewProduct {
            name: "Checkout".to_owned(),
            connection_id: connection.id,
            repository: "nordwind/checkout".to_owned(),
            tag_prefix: "v".to_owned(),
            team: pilothouse_domain::team::TeamRules::default(),
            settings_source: None,
            environments,
        };
        let product = self.engine.add_product(&mira, new).await.unwrap();
        let known = self.store.environments(Some(product.id)).await.unwrap();
        let mut cast = Cast { mira, staging: known[0].id, production: known[1].id, releases: Vec::new() };
        self.engine.observe_once().await.unwrap();
        self.release(&mut cast, product.id, Version::new(1, 0, 0)).await;
        for environment in [cast.staging, cast.production] {
            let first = self.engine.deploy(&cast.mira, cast.releases[0], environment).await.unwrap();
            self.drain().await;
            // Each phase may wait for a person.
            while !self.store.deployment(first.id).await.unwrap().state.is_terminal() {
                self.answer(&cast).await;
                self.drain().await;
            }
        }
        assert_eq!(self.store.policy_deployments(product.id).await.unwrap().iter().filter(|d| d.is_verified()).count(), 2);
        self.release(&mut cast, product.id, Version::new(1, 1, 0)).await;
        self.release(&mut cast, product.id, Version::new(1, 2, 0)).await;
        cast
    }

    async fn release(&mut self, cast: &mut Cast, product_id: ProductId, version: Version) {
        let new =
            NewRelease { product_id, source_name: version.to_tag("v"), version, source_kind: SourceKind::Tag, notes: None, hotfix: None };
        let release = self.engine.draft_release(&cast.mira, new).await.unwrap();
        let release = self.engine.plan_release(&cast.mira, release.id, &[], "").await.unwrap();
        let hash = content_hash(&release.version, &release.source, release.plan.as_ref());
        self.engine.vote(&cast.mira, release.id, Verdict::Approved, "", &hash).await.unwrap();
        cast.releases.push(release.id);
    }

    /// Calm: carries on until nothing is under way.
    async fn drain(&mut self) {
        for _ in 0..CALM_STEPS {
            let next = self.engine.carry_due().await.unwrap();
            let Some(next) = next else { return };
            self.world.pass(next.since(self.world.now()));
        }
        panic!("a calm deployment doesn't end");
    }

    /// Does something that the process may die in. `None` where it did; it is started again then.
    async fn mortal<T>(&mut self, act: impl Future<Output = T>) -> Option<T> {
        let world = Arc::clone(&self.world);
        let done = tokio::select! {
            biased;
            () = world.died.notified() => None,
            done = act => Some(done),
        };
        if self.world.is_dead() {
            // A start may die too, and is tried again.
            loop {
                self.world.revive();
                // A wake-up that was not taken must not kill the next life.
                let _ = futures::FutureExt::now_or_never(self.world.died.notified());
                self.engine = Engine::new(self.ports.clone(), Pacing::default());
                if self.store.take_over(self.engine.holder()).await.is_ok() {
                    break;
                }
            }
            self.world.pass(Duration::from_millis(self.world.below(60_000)));
            return None;
        }
        done
    }

    async fn chaos(&mut self, cast: &Cast) {
        self.world.set_calm(false);
        for _ in 0..CHAOS_STEPS {
            self.act(cast).await;
            self.carry().await;
            self.observe().await;
            self.move_clock().await;
            self.check().await;
        }
        self.world.set_calm(true);
    }

    async fn calm_down(&mut self, cast: &Cast) {
        for _ in 0..CALM_STEPS {
            self.answer(cast).await;
            let next = self.engine.carry_due().await.unwrap();
            self.check().await;
            if let Some(next) = next {
                let wait = next.since(self.world.now());
                assert!(wait <= LONGEST_WAIT, "something waits for {wait:?}, though the clock was set back by now");
            }
            match next {
                Some(next) => self.world.pass(next.since(self.world.now())),
                None if self.nothing_open().await => break,
                None => self.world.pass(Duration::from_secs(1)),
            }
        }
        self.check().await;
        invariants::chain_is_sound(&self.engine).await;
        let deployments = invariants::store_is_sound(self.store.as_ref(), &mut self.ended).await;
        invariants::ended_or_asked(&deployments);
        rephasing::what_is_changed_waits_for_votes(self.store.as_ref(), "production").await;
        self.truth_is_known(&deployments).await;
        self.engine.observe_once().await.unwrap();
        invariants::every_other_is_unplanned(&self.provider, self.store.as_ref()).await;
    }

    async fn nothing_open(&mut self) -> bool {
        let deployments = invariants::store_is_sound(self.store.as_ref(), &mut self.ended).await;
        deployments.iter().all(|d| d.state.is_terminal())
    }

    /// What was found to have succeeded last is what runs.
    async fn truth_is_known(&mut self, deployments: &[Deployment]) {
        self.provider.settle();
        let brought =
            |d: &Deployment| d.phases.iter().filter(|p| matches!(p.state, PhaseState::Passed { .. })).map(|p| p.id).collect::<Vec<_>>();
        for (deployment, phase) in
            deployments.iter().filter(|d| d.is_verified()).flat_map(|d| brought(d).into_iter().map(move |phase| (d, phase)))
        {
            let phase = phase.to_string();
            let arrived = self.provider.accepted().iter().any(|run| {
                let again = self.provider.attempts_back().iter().any(|one| one.run == run.id && one.token.starts_with(&phase));
                (again || run.token.starts_with(&phase)) && run.version == deployment.version.to_string()
            });
            assert!(arrived, "{} to {} succeeded without a run", deployment.version, deployment.environment);
        }
    }

    /// Somebody else may start something, and the engine may look what was started.
    async fn observe(&mut self) {
        if self.world.one_in(12) {
            self.provider.start_in_console();
        }
        if self.world.below(3) > 0 {
            return;
        }
        let ports = self.ports.clone();
        let engine = std::mem::replace(&mut self.engine, Engine::new(ports, Pacing::default()));
        if self.mortal(engine.observe_once()).await.is_some() {
            self.engine = engine;
        }
    }

    async fn carry(&mut self) {
        let ports = self.ports.clone();
        let engine = std::mem::replace(&mut self.engine, Engine::new(ports, Pacing::default()));
        let carried = self.mortal(engine.carry_due()).await;
        if carried.is_some() {
            self.engine = engine;
        }
    }

    async fn move_clock(&mut self) {
        let now = self.world.now();
        match self.store.next_due(self.engine.holder(), now).await {
            Ok(Some(next)) if self.world.below(4) > 0 => self.world.pass(next.since(now)),
            _ => self.world.pass(Duration::from_millis(self.world.below(5_000))),
        }
        if self.world.one_in(60) {
            self.world.say(|| "the clock is set back".to_owned());
            self.world.set_back(Duration::from_secs(self.world.below(600)));
        }
        if self.world.one_in(60) {
            self.world.say(|| "the machine sleeps".to_owned());
            self.world.pass(Duration::from_secs(self.world.below(20_000)));
        }
    }

    /// The invariants hold. Where nothing was written or accepted since, they held before.
    async fn check(&mut self) {
        let now = (*self.store.commits().borrow(), self.provider.taken());
        if self.checked.replace(now) == Some(now) {
            return;
        }
        invariants::one_trigger_per_phase(&self.provider);
        invariants::store_is_sound(self.store.as_ref(), &mut self.ended).await;
        invariants::only_others_are_unplanned(&self.provider, self.store.as_ref()).await;
        self.chain = invariants::chain_goes_on(self.store.as_ref(), &self.chain).await;
    }

    /// What the person does, if anything.
    async fn act(&mut self, cast: &Cast) {
        self.answer(cast).await;
        let release = cast.releases[usize::try_from(self.world.below(3)).unwrap()];
        let environment = if self.world.below(2) == 0 { cast.staging } else { cast.production };
        let ports = self.ports.clone();
        let engine = std::mem::replace(&mut self.engine, Engine::new(ports, Pacing::default()));
        let world = Arc::clone(&self.world);
        let store = Arc::clone(&self.store);
        let acted = self
            .mortal(async {
                match world.below(20) {
                    0..=4 => deploy(&engine, cast, release, environment).await,
                    5 => match active(&store).await {
                        Ok(Some(d)) => engine.cancel_deployment(&cast.mira, d.id, "not now").await.map(drop),
                        Ok(None) => Ok(()),
                        Err(error) => Err(error),
                    },
                    6 | 7 | 11 => {
                        // The first one is what was verified there before.
                        let release = if world.below(2) == 0 { cast.releases[0] } else { release };
                        let way = if world.below(5) == 0 { RollbackWay::Redeploy } else { RollbackWay::AsSet };
                        engine.roll_back(&cast.mira, environment, release, "it is bad", way).await.map(drop)
                    }
                    8 => match store.locks(None).await {
                        Ok(locks) => match locks.first() {
                            Some(lock) => engine.lift_lock(&cast.mira, lock.id, "fixed").await,
                            None => Ok(()),
                        },
                        Err(error) => Err(error.into()),
                    },
                    9 => match store.environment(environment).await {
                        Ok(e) => engine
                            .lock(&cast.mira, Some(e.product_id), Some(environment), "hands off", None, LockStrength::Stops, false)
                            .await
                            .map(drop),
                        Err(error) => Err(error.into()),
                    },
                    10 => engine.mark_release(&cast.mira, release, None).await.map(drop),
                    12 => freeze(&engine, cast, environment, world.below(30)).await,
                    13 => engine.override_freeze(&cast.mira, release, environment, "it can't wait", None).await.map(drop),
                    14..=19 => match active(&store).await {
                        Ok(Some(deployment)) => steer(&engine, &world, &cast.mira, &deployment).await,
                        Ok(None) => Ok(()),
                        Err(error) => Err(error),
                    },
                    _ => Ok(()),
                }
            })
            .await;
        if let Some(outcome) = acted {
            self.engine = engine;
            if let Err(error) = outcome {
                self.world.say(|| format!("the person is refused: {error}"));
            }
        }
    }

    /// Answers questions as a careful person does: triggers again only where the provider really has no run.
    async fn answer(&mut self, cast: &Cast) {
        let deployments = invariants::store_is_sound(self.store.as_ref(), &mut self.ended).await;
        for deployment in deployments {
            if self.world.is_calm() && deployment.paused.is_some() && !deployment.state.is_terminal() {
                self.engine.resume_deployment(&cast.mira, deployment.id).await.unwrap();
                continue;
            }
            let DeploymentState::AwaitingDecision { question, .. } = &deployment.state else { continue };
            if !self.world.is_calm() && self.world.below(3) > 0 {
                continue;
            }
            let decision = self.decision(&deployment, question);
            let ports = self.ports.clone();
            let engine = std::mem::replace(&mut self.engine, Engine::new(ports, Pacing::default()));
            let mira = cast.mira.clone();
            if let Some(outcome) = self.mortal(engine.decide(&mira, deployment.id, decision.clone())).await {
                self.engine = engine;
                self.world.say(|| format!("the person decides {decision:?} about {}: {outcome:?}", question.word()));
            }
        }
    }

    fn decision(&self, deployment: &Deployment, question: &Question) -> Decision {
        let token = deployment.current_phase().map(pilothouse_domain::deployment::Phase::correlation).unwrap_or_default();
        let has_run = self.provider.accepted().iter().any(|run| run.token == token)
            || self.provider.attempts_back().iter().any(|attempt| attempt.token == token);
        let may_redeploy = deployment.choices().contains(&"redeploy") && self.world.below(3) == 0;
        let again = self.world.below(2) == 0;
        match question {
            Question::BlockedAtStart { .. } if again && !self.world.is_calm() => Decision::Trigger,
            Question::TriggerRefused { .. } | Question::RunFailed { .. } if may_redeploy => Decision::Redeploy,
            Question::TriggerRefused { .. } if again => Decision::Trigger,
            Question::BlockedAtStart { .. } | Question::TriggerRefused { .. } => Decision::GiveUp,
            Question::RunNotFound { .. } if has_run => Decision::KeepLooking,
            Question::RunNotFound { .. } if may_redeploy => Decision::Redeploy,
            Question::RunNotFound { .. } => {
                if again {
                    Decision::Trigger
                } else {
                    Decision::GiveUp
                }
            }
            Question::RunAmbiguous { candidates } => Decision::Adopt { external_id: candidates[0].external_id.clone() },
            Question::RunFailed { .. } if again && self.world.below(2) == 0 => Decision::Trigger,
            Question::RunFailed { .. } if again => Decision::RerunFailed,
            Question::RunFailed { .. } => Decision::GiveUp,
            Question::Unreachable { .. } => Decision::KeepLooking,
            Question::CannotVerify { .. } if again => Decision::VerifyAgain,
            Question::CannotVerify { .. } => Decision::Accept { reason: "looked myself".to_owned() },
            Question::PhaseFailed { .. } | Question::PhaseUndecided { .. } | Question::PhaseErrored { .. } if again => {
                Decision::VerifyAgain
            }
            Question::PhaseFailed { .. } | Question::PhaseUndecided { .. } | Question::PhaseErrored { .. } => {
                let choices = deployment.choices();
                match self.world.below(3) {
                    0 if choices.contains(&"leave_out") => Decision::LeaveOut { reason: "without this group".to_owned() },
                    1 if choices.contains(&"accept") => Decision::Accept { reason: "looked myself".to_owned() },
                    _ => Decision::GiveUp,
                }
            }
            Question::GoOn { .. } if !self.world.is_calm() && self.world.below(4) == 0 => Decision::GiveUp,
            Question::GoOn { .. } => Decision::GoOn,
        }
    }
}

async fn active(store: &Arc<dyn Store>) -> Result<Option<Deployment>, EngineError> {
    let filter = pilothouse_engine::ports::store::DeploymentFilter { active_only: true, ..Default::default() };
    Ok(store.deployments(&filter).await?.into_iter().next())
}

/// A person's hand on a deployment under way.
async fn steer(engine: &Engine, world: &World, mira: &Actor, deployment: &Deployment) -> Result<(), EngineError> {
    let id = deployment.id;
    let chosen = usize::try_from(world.below(deployment.phases.len() as u64)).unwrap();
    match world.below(12) {
        7..=9 => rephasing::change(engine, world, mira, deployment).await,
        10 => rephasing::vote(engine, mira, deployment).await,
        0 => engine.pause_deployment(mira, id, "lunch").await.map(drop),
        1 | 2 => engine.resume_deployment(mira, id).await.map(drop),
        3 => engine.skip_phase(mira, id, deployment.phases[chosen].id, "it is known to be well").await.map(drop),
        4 => engine.promote_fully(mira, id, "everybody waits").await.map(drop),
        5 => engine.hold_rollback(mira, id).await.map(drop),
        _ => engine.take_question(mira, id).await.map(drop),
    }
}

/// All at once, or in phases that are watched.
fn rollout(world: &World) -> Rollout {
    let phase = |name: &str, weight_percent, rules: PhaseRules| PlannedPhase {
        weight_percent,
        rules: PhaseRules {
            name: name.to_owned(),
            bake_seconds: u32::try_from(world.below(200)).unwrap(),
            gates: if world.below(4) > 0 { vec![PhaseGate::Health] } else { Vec::new() },
            retries: u8::try_from(world.below(2)).unwrap(),
            limits: Limits { failures: u16::try_from(world.below(3)).unwrap(), undecided_seconds: 600, ..Limits::USUAL },
            ..rules
        },
    };
    let plain = PhaseRules::default;
    let phases = match world.below(4) {
        0 => Vec::new(),
        1 => vec![phase("canary", 25, plain()), phase("everybody", 100, plain())],
        2 => vec![
            phase("ring 0", 10, PhaseRules { target: Some("ring-0".into()), ..plain() }),
            phase("ring 1", 50, PhaseRules { target: Some("ring-1".into()), required: true, ..plain() }),
            phase("everybody", 100, plain()),
        ],
        _ => vec![phase("beside", 0, PhaseRules { needs_person: true, ..plain() }), phase("switch", 100, plain())],
    };
    let on_failure = match world.below(3) {
        0 => OnFailure::End,
        1 => OnFailure::Ask,
        _ => OnFailure::RollBack { countdown_seconds: u32::try_from(world.below(90)).unwrap() },
    };
    Rollout { phases, on_failure }
}

/// Starts a deployment; where policy refuses it, no run may come of it.
/// Freezes an environment for some minutes; where it is frozen, the freeze is withdrawn.
async fn freeze(engine: &Engine, cast: &Cast, environment: EnvironmentId, minutes: u64) -> Result<(), EngineError> {
    if let Some(known) = engine.store().calendar_windows().await?.first() {
        return engine.withdraw_window(&cast.mira, known.id, "it is over").await.map(drop);
    }
    let form = |at: Timestamp| at.as_datetime().format("%Y-%m-%dT%H:%M:%S").to_string();
    let begins = engine.now();
    let product_id = engine.store().environment(environment).await?.product_id;
    let edit = WindowEdit {
        effect: WindowEffect::Deny,
        name: "Audit".into(),
        reason: "the books are closed".into(),
        scope: WindowScope::Environments { product_id, environment_ids: vec![environment] },
        times: TimesEdit {
            begins: form(begins),
            ends: form(begins.plus(Duration::from_secs(60 * (minutes + 1)))),
            time_zone: "UTC".into(),
            ..TimesEdit::default()
        },
        owner: String::new(),
        is_enabled: true,
        hotfixes_pass: false,
    };
    engine.add_window(&cast.mira, edit).await.map(drop)
}

async fn deploy(engine: &Engine, cast: &Cast, release: ReleaseId, environment: EnvironmentId) -> Result<(), EngineError> {
    let facts = engine.release_facts(release).await?;
    let blocked = !facts.blockers(&Action::Deploy { deployment: None }, Some(environment), engine.now()).is_empty();
    let started = engine.deploy(&cast.mira, release, environment).await;
    if blocked {
        assert!(matches!(started, Err(EngineError::Blocked(_))), "a blocked deployment was started: {started:?}");
    }
    started.map(drop)
}

pub(crate) fn environment(name: &str, position: u16) -> NewEnvironment {
    let input = |name: &str, value| InputBinding { name: name.to_owned(), value };
    NewEnvironment {
        id: None,
        name: name.to_owned(),
        deploy: PipelineBinding {
            place: None,
            pipeline: "deploy.yml".to_owned(),
            git_ref: RefRule::Fixed { name: "main".to_owned() },
            inputs: vec![
                input("version", InputValue::Version),
                input("environment", InputValue::Environment),
                input("run", InputValue::Correlation),
            ],
        },
        rollback: RollbackBinding::Redeploy,
        rollout: Rollout::default(),
        rules: EnvironmentRules { required_approvals: u8::try_from(position).unwrap(), ..EnvironmentRules::default() },
        checks: vec![check(name, "version"), check(name, "home")],
    }
}

fn check(environment: &str, name: &str) -> HealthCheck {
    let url = format!("http://service.example/{environment}");
    HealthCheck {
        id: CheckId::new(uuid::Uuid::nil()),
        revision: 0,
        product_id: ProductId::new(uuid::Uuid::nil()),
        environment_id: EnvironmentId::new(uuid::Uuid::nil()),
        name: name.to_owned(),
        probe: match name {
            "version" => Probe::RunningVersion { urls: vec![url], pointer: "/version".to_owned() },
            _ => Probe::Http { url, status_min: 200, status_max: 299, body_contains: None, slow_ms: None },
        },
        interval_seconds: 10,
        timeout_ms: 1_000,
        failure_threshold: 3,
        recovery_threshold: 2,
        enabled: true,
    }
}
