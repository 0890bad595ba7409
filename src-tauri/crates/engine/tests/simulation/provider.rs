//! The simulated provider: runs that live by the virtual clock, and every way in which a call can fail, before or after it had
//! its effect. Keeps count of what it accepted: the truth that the invariants are checked against.

use crate::native::NativeWays;
use crate::service::Services;
use crate::trackers::Tracker;
use crate::world::World;
use async_trait::async_trait;
use pilothouse_domain::Timestamp;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::connection::{Account, Connection, ProviderKind};
use pilothouse_domain::deployment::{CancelAnswer, Job, Run, RunStatus};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::release::{SourceKind, SourceRef};
use pilothouse_engine::ports::provider::{
    Capabilities, Capability, Comparison, ConnectionForm, IssueSearch, Issues, LogPart, NativeRollback, PipelineDescription,
    PipelineSummary, Provider, ProviderError, ProviderErrorKind, ProviderRegistry, RateLimit, RecentRuns, Repository, RollbackOutlook,
    RollbackSearch, RunSearch, Secrets, Support, VerifiedAccount,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const CAPABILITIES: Capabilities = Capabilities::new(
    "The simulation",
    &[
        (Capability::Cancel, Support::Full),
        (Capability::ForceCancel, Support::Full),
        (Capability::Rerun, Support::Full),
        (Capability::RerunFailed, Support::Full),
        (Capability::NativeRollback, Support::Full),
        (Capability::RecentRuns, Support::Full),
        (Capability::Issues, Support::Full),
    ],
);
const HOUR: Duration = Duration::from_secs(3_600);

/// One run, as it really is.
#[derive(Clone, Debug)]
pub(crate) struct SimRun {
    pub(crate) id: u64,
    pub(crate) token: String,
    pub(crate) environment: String,
    pub(crate) version: String,
    pub(crate) created_at: Timestamp,
    pub(crate) visible_at: Timestamp,
    pub(crate) starts_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    pub(crate) fails: bool,
    pub(crate) cancelled_at: Option<Timestamp>,
    pub(crate) attempt: u32,
    /// When the last attempt was asked for, and how the one before had ended.
    pub(crate) attempt_at: Timestamp,
    pub(crate) before: RunStatus,
    /// The run that this one brings back, where it is a copy of it.
    pub(crate) back_of: Option<u64>,
    pub(crate) arrived: bool,
    /// Whether somebody was told that this attempt ended without success.
    pub(crate) told_failed: bool,
    /// Whether each earlier run of its phase was told to have failed when this one was accepted.
    pub(crate) comes_alone: bool,
}

impl SimRun {
    /// The phase that it belongs to: the token is `<phase>`, or `<phase>-2` for a second run.
    pub(crate) fn phase(&self) -> String {
        self.token.chars().take(36).collect()
    }
}

impl SimRun {
    pub(crate) fn status(&self, now: Timestamp) -> RunStatus {
        if self.cancelled_at.is_some_and(|at| now >= at) {
            RunStatus::Cancelled
        } else if now < self.starts_at {
            RunStatus::Queued
        } else if now < self.ends_at {
            RunStatus::InProgress
        } else if self.fails {
            RunStatus::Failed
        } else {
            RunStatus::Succeeded
        }
    }
}

/// The provider.
pub(crate) struct SimProvider {
    pub(crate) world: Arc<World>,
    pub(crate) native: NativeWays,
    pub(crate) tracker: Tracker,
    services: Arc<Services>,
    runs: Mutex<Vec<SimRun>>,
    /// What somebody starts without Pilothouse.
    others: Mutex<Vec<Run>>,
    limit: Option<Limit>,
    looks: Mutex<BTreeMap<String, u32>>,
}

/// So many calls an hour are answered, and the runs never end.
pub(crate) struct Limit {
    calls: u32,
    /// How many were counted in the hour that ends then, and how many were refused ever.
    counted: Mutex<(u32, Timestamp, u32)>,
}

impl SimProvider {
    pub(crate) fn new(world: Arc<World>, services: Arc<Services>) -> Arc<Self> {
        let native = NativeWays::new(world.below(2) == 0);
        Arc::new(Self {
            world,
            native,
            tracker: Tracker::default(),
            services,
            runs: Mutex::new(Vec::new()),
            others: Mutex::new(Vec::new()),
            limit: None,
            looks: Mutex::default(),
        })
    }

    /// One that answers so many calls an hour, and whose runs never end.
    pub(crate) fn limited(world: Arc<World>, services: Arc<Services>, calls: u32) -> Arc<Self> {
        let counted = Mutex::new((0, world.elsewhere().plus(HOUR), 0));
        let limit = Some(Limit { calls, counted });
        let native = NativeWays::new(false);
        let (runs, others, looks) = (Mutex::default(), Mutex::default(), Mutex::default());
        Arc::new(Self { world, native, tracker: Tracker::default(), services, runs, others, limit, looks })
    }

    /// How many calls were refused because there were too many.
    pub(crate) fn refused(&self) -> u32 {
        self.limit.as_ref().map_or(0, |limit| limit.counted.lock().unwrap().2)
    }

    /// Counts a call, where they are counted.
    fn count(&self) -> Result<(), ProviderError> {
        let Some(limit) = &self.limit else { return Ok(()) };
        let mut counted = limit.counted.lock().unwrap();
        let now = self.world.elsewhere();
        if now >= counted.1 {
            (counted.0, counted.1) = (0, now.plus(HOUR));
        }
        if counted.0 >= limit.calls {
            counted.2 += 1;
            return Err(error(ProviderErrorKind::RateLimited { retry_after: counted.1.since(now) }));
        }
        counted.0 += 1;
        Ok(())
    }

    pub(crate) fn runs(&self) -> MutexGuard<'_, Vec<SimRun>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that was ever accepted.
    pub(crate) fn accepted(&self) -> Vec<SimRun> {
        self.runs().clone()
    }

    /// How many runs and ways back were accepted.
    pub(crate) fn taken(&self) -> usize {
        self.runs().len() + self.attempts_back().len()
    }

    /// How often each run was looked at.
    pub(crate) fn looks(&self) -> BTreeMap<String, u32> {
        self.looks.lock().unwrap().clone()
    }

    /// What somebody else has started.
    pub(crate) fn others(&self) -> Vec<Run> {
        self.others.lock().unwrap().clone()
    }

    /// Somebody starts a run in the provider's console.
    pub(crate) fn start_in_console(&self) {
        let mut others = self.others.lock().unwrap();
        let id = format!("other-{}", others.len() + 1);
        self.world.say(|| format!("somebody else starts {id}"));
        others.push(Run {
            external_id: id,
            url: String::new(),
            attempt: 1,
            status: RunStatus::InProgress,
            title: "Deploy".to_owned(),
            created_at: Some(self.world.elsewhere()),
            started_at: None,
            ended_at: None,
            started_by: Some("ops".to_owned()),
            git_ref: None,
            commit: None,
            jobs: Vec::new(),
        });
    }

    /// Lets runs that have succeeded by now arrive at their service.
    pub(crate) fn settle(&self) {
        let now = self.world.elsewhere();
        for run in self.runs().iter_mut().filter(|r| !r.arrived && r.status(now) == RunStatus::Succeeded) {
            run.arrived = true;
            self.services.run(&run.environment, &run.version);
        }
    }

    fn accept(&self, pipeline: &FilledBinding) -> SimRun {
        let value = |name: &str| pipeline.inputs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
        self.accept_run(value("run"), value("environment"), value("version"), None)
    }

    pub(crate) fn accept_run(&self, token: String, environment: String, version: String, back_of: Option<u64>) -> SimRun {
        let now = self.world.elsewhere();
        let starts_at = now.plus(Duration::from_millis(self.world.below(20_000)));
        let run = SimRun {
            id: u64::try_from(self.runs().len()).unwrap() + 1,
            token,
            environment,
            version,
            back_of,
            created_at: now,
            visible_at: if self.world.one_in(4) { now.plus(Duration::from_millis(self.world.below(60_000))) } else { now },
            starts_at,
            ends_at: if self.limit.is_some() { starts_at.plus(HOUR * 1_000) } else { starts_at }
                .plus(Duration::from_millis(1_000 + self.world.below(60_000))),
            fails: self.world.one_in(5),
            cancelled_at: None,
            attempt: 1,
            attempt_at: now,
            before: RunStatus::Queued,
            arrived: false,
            told_failed: false,
            comes_alone: true,
        };
        let comes_alone = self.have_failed(&run.phase());
        let run = SimRun { comes_alone, ..run };
        self.world.say(|| format!("accepted run {} of {} to {} ({})", run.id, run.version, run.environment, run.token));
        self.runs().push(run.clone());
        run
    }

    pub(crate) fn seen(&self, run: &SimRun, now: Timestamp) -> Run {
        let (attempt, status) = run.told(now);
        if status == RunStatus::Failed
            && attempt == run.attempt
            && let Some(known) = self.runs().iter_mut().find(|known| known.id == run.id)
        {
            known.told_failed = true;
        }
        let status = if self.world.one_in(25) { RunStatus::Unknown { word: "requested".to_owned() } } else { status };
        Run {
            external_id: run.id.to_string(),
            url: format!("https://provider.example/runs/{}", run.id),
            attempt,
            status: status.clone(),
            // Only some providers show a run's inputs.
            title: if run.id.is_multiple_of(2) { run.token.clone() } else { "Deploy".to_owned() },
            created_at: Some(run.created_at),
            started_at: None,
            ended_at: None,
            started_by: None,
            git_ref: None,
            commit: None,
            jobs: vec![Job {
                external_id: format!("{}-1", run.id),
                name: "deploy".to_owned(),
                status,
                url: String::new(),
                started_at: None,
                ended_at: None,
                stage: None,
                steps: Vec::new(),
            }],
        }
    }

    /// A call takes time, the process may die in it, and it may fail before it had any effect.
    pub(crate) async fn call(&self, name: &str) -> Result<(), ProviderError> {
        self.world.may_die(name).await;
        self.count()?;
        self.world.pass(Duration::from_millis(self.world.below(1_500)));
        if self.world.one_in(3) {
            tokio::task::yield_now().await;
        }
        if self.world.one_in(14) {
            let kind = match self.world.below(7) {
                0 => ProviderErrorKind::NotReached,
                1 => ProviderErrorKind::RateLimited { retry_after: Duration::from_secs(1 + self.world.below(90)) },
                2 => ProviderErrorKind::Unavailable,
                3 => ProviderErrorKind::Unexpected,
                4 => ProviderErrorKind::Forbidden,
                5 => ProviderErrorKind::NotFound,
                _ => {
                    self.world.pass(Duration::from_secs(30));
                    ProviderErrorKind::NoAnswer
                }
            };
            self.world.say(|| format!("{name} fails before: {kind:?}"));
            return Err(error(kind));
        }
        Ok(())
    }

    /// The answer may get lost after the call had its effect.
    pub(crate) async fn answer(&self, name: &str) -> Result<(), ProviderError> {
        self.world.may_die(name).await;
        if self.world.one_in(10) {
            let kind = match self.world.below(3) {
                0 => ProviderErrorKind::Unavailable,
                1 => ProviderErrorKind::NoAnswer,
                _ => ProviderErrorKind::Unexpected,
            };
            self.world.say(|| format!("{name} fails after: {kind:?}"));
            return Err(error(kind));
        }
        Ok(())
    }
}

pub(crate) fn error(kind: ProviderErrorKind) -> ProviderError {
    ProviderError { message: format!("{kind:?}"), next_step: "Try again.".to_owned(), kind }
}

/// Hands out the one provider.
pub(crate) struct Registry(pub(crate) Arc<SimProvider>);

impl ProviderRegistry for Registry {
    fn connect_with(&self, _: &Connection, _: Secrets) -> Result<Arc<dyn Provider>, ProviderError> {
        Ok(Arc::clone(&self.0) as Arc<dyn Provider>)
    }

    fn capabilities(&self, _: ProviderKind) -> Capabilities {
        CAPABILITIES
    }

    fn form(&self, _: ProviderKind) -> ConnectionForm {
        ConnectionForm {
            default_base_url: "https://provider.example",
            fields: &[],
            replaceable: &[],
            needs: &[],
            secret_may_hold_spaces: false,
        }
    }
}

#[async_trait]
impl Provider for SimProvider {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn budget(&self) -> Option<RateLimit> {
        let limit = self.limit.as_ref()?;
        let (counted, resets_at, _) = *limit.counted.lock().unwrap();
        Some(RateLimit { limit: limit.calls, remaining: limit.calls - counted, resets_at })
    }

    async fn recent_runs(&self, _: &str, _: &str, since: Timestamp, most: usize) -> Result<RecentRuns, ProviderError> {
        self.call("list recent runs").await?;
        let now = self.world.elsewhere();
        let ours = self.accepted();
        let mut runs: Vec<Run> = ours.iter().filter(|run| run.visible_at <= now).map(|run| self.seen(run, now)).collect();
        runs.extend(self.others());
        runs.retain(|run| run.created_at.is_some_and(|at| at >= since));
        runs.sort_by_key(|run| std::cmp::Reverse(run.created_at));
        Ok(RecentRuns::of(runs, most, false))
    }

    async fn verify(&self) -> Result<VerifiedAccount, ProviderError> {
        let account = Account { login: "mira".to_owned(), scopes: Vec::new(), expires_at: None };
        Ok(VerifiedAccount { account, missing: Vec::new(), rate_limit: None })
    }

    async fn repositories(&self, _: &str) -> Result<Vec<Repository>, ProviderError> {
        Ok(Vec::new())
    }

    async fn repository(&self, _: &str) -> Result<Repository, ProviderError> {
        Err(error(ProviderErrorKind::NotFound))
    }

    async fn environments(&self, _: &str) -> Result<Vec<String>, ProviderError> {
        Ok(Vec::new())
    }

    async fn pipelines(&self, _: &str) -> Result<Vec<PipelineSummary>, ProviderError> {
        Ok(Vec::new())
    }

    async fn describe_pipeline(&self, _: &str, _: &str, _: &str) -> Result<PipelineDescription, ProviderError> {
        Ok(PipelineDescription { obstacle: None, inputs: Vec::new() })
    }

    async fn refs(&self, _: &str) -> Result<Vec<SourceRef>, ProviderError> {
        Ok(Vec::new())
    }

    async fn commits(&self, _: &str, _: &str, _: u8) -> Result<Vec<Commit>, ProviderError> {
        Ok(Vec::new())
    }

    async fn resolve(&self, _: &str, kind: SourceKind, name: &str) -> Result<SourceRef, ProviderError> {
        Ok(SourceRef { kind, name: name.to_owned(), commit: format!("{name}-commit") })
    }

    async fn compare(&self, _: &str, _: &str, _: &str) -> Result<Comparison, ProviderError> {
        Ok(Comparison { commits: Vec::new(), ahead: 0, behind: 0, paths: None })
    }

    async fn trigger(&self, _: &str, pipeline: &FilledBinding) -> Result<Option<Run>, ProviderError> {
        self.call("trigger").await?;
        let run = self.accept(pipeline);
        self.answer("trigger").await?;
        if self.world.one_in(6) {
            return Ok(None);
        }
        Ok(Some(self.seen(&run, self.world.elsewhere())))
    }

    async fn find_runs(&self, _: &str, search: &RunSearch) -> Result<Vec<Run>, ProviderError> {
        self.call("find runs").await?;
        let now = self.world.elsewhere();
        let runs = self.accepted();
        let found = runs.iter().filter(|r| r.visible_at <= now && r.token.contains(&search.correlation));
        Ok(found.map(|r| self.seen(r, now)).collect())
    }

    async fn run(&self, _: &str, external_id: &str) -> Result<Run, ProviderError> {
        self.call("look at a run").await?;
        *self.looks.lock().unwrap().entry(external_id.to_owned()).or_default() += 1;
        self.settle();
        // Answers may come from a replica that lags behind.
        let lag = if self.world.one_in(8) { self.world.below(10_000_000) } else { 0 };
        let now = Timestamp::from_micros(self.world.elsewhere().as_micros() - i64::try_from(lag).unwrap()).unwrap();
        let runs = self.accepted();
        let run = runs.iter().find(|r| r.id.to_string() == external_id).ok_or_else(|| error(ProviderErrorKind::NotFound))?;
        Ok(self.seen(run, now))
    }

    async fn cancel(&self, _: &str, external_id: &str, _: bool) -> Result<CancelAnswer, ProviderError> {
        self.call("cancel").await?;
        let now = self.world.elsewhere();
        let soon = now.plus(Duration::from_millis(self.world.below(4_000)));
        let answer = {
            let mut runs = self.runs();
            let run = runs.iter_mut().find(|r| r.id.to_string() == external_id).ok_or_else(|| error(ProviderErrorKind::NotFound))?;
            if run.status(now).is_ended() {
                CancelAnswer::AlreadyEnded
            } else {
                if run.ends_at > soon {
                    run.cancelled_at.get_or_insert(soon);
                }
                CancelAnswer::Accepted
            }
        };
        self.answer("cancel").await?;
        Ok(answer)
    }

    async fn rerun(&self, _: &str, external_id: &str, _: bool) -> Result<(), ProviderError> {
        self.call("re-run").await?;
        let now = self.world.elsewhere();
        let run =
            self.accepted().into_iter().find(|r| r.id.to_string() == external_id).ok_or_else(|| error(ProviderErrorKind::NotFound))?;
        if !run.status(now).is_ended() {
            return Err(error(ProviderErrorKind::Conflict));
        }
        self.another_attempt(run.id, now, 3);
        self.answer("re-run").await
    }

    async fn job_log(&self, _: &str, _: &str, _: u64) -> Result<Option<LogPart>, ProviderError> {
        Ok(None)
    }

    async fn issues(&self, _: &str, search: &IssueSearch) -> Result<Issues, ProviderError> {
        self.tracker.issues(search)
    }

    async fn rollback_outlook(&self, _: &str, rollback: &NativeRollback) -> Result<RollbackOutlook, ProviderError> {
        self.native_outlook(rollback).await
    }

    async fn roll_back(&self, _: &str, rollback: &NativeRollback) -> Result<Option<Run>, ProviderError> {
        self.native_roll_back(rollback).await
    }

    async fn find_rollbacks(&self, _: &str, search: &RollbackSearch) -> Result<Vec<Run>, ProviderError> {
        self.native_find(search).await
    }
}
