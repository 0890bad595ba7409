//! The simulated provider's own way back. A life draws one of two kinds of provider: one that runs the earlier run again under its
//! old name, and one that makes a new run of it. Neither takes a token, so which phase asked is read from the intent on disk: there
//! must be one, and it must name what is asked for.

use crate::provider::{SimProvider, SimRun, error};
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::{Deployment, PhaseState, Run, RunStatus};
use pilothouse_engine::ports::provider::{NativeRollback, ProviderError, ProviderErrorKind, RollbackOutlook, RollbackSearch};
use pilothouse_engine::ports::store::{DeploymentFilter, Store};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// What the provider has of its own way back.
#[derive(Default)]
pub(crate) struct NativeWays {
    /// Whether the earlier run is run again under its old name.
    pub(crate) same_run: bool,
    /// Where intents are read.
    pub(crate) store: OnceLock<Arc<dyn Store>>,
    accepted: Mutex<Vec<Attempt>>,
}

/// A further attempt of an earlier run that was asked for as a way back.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) token: String,
    pub(crate) run: u64,
    pub(crate) number: u32,
    pub(crate) comes_alone: bool,
}

impl NativeWays {
    pub(crate) fn new(same_run: bool) -> Self {
        Self { same_run, ..Self::default() }
    }
}

impl SimProvider {
    /// Every attempt that was accepted as a way back.
    pub(crate) fn attempts_back(&self) -> Vec<Attempt> {
        self.native.accepted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn target(&self, rollback: &NativeRollback) -> Result<SimRun, ProviderError> {
        let known = self.accepted().into_iter().find(|run| run.id.to_string() == rollback.target_run);
        known.ok_or_else(|| error(ProviderErrorKind::NotFound))
    }

    /// What is asked for must be what the one intent in that environment says.
    async fn token_of_intent(&self, rollback: &NativeRollback) -> String {
        let filter = DeploymentFilter { active_only: true, limit: 100, ..DeploymentFilter::default() };
        let active = self.native.store.get().unwrap().deployments(&filter).await.unwrap();
        let is_intent = |d: &&Deployment| {
            d.environment == rollback.environment
                && d.native.as_ref().is_some_and(|way| way.target_run == rollback.target_run && !way.mark.is_empty())
                && matches!(d.current_phase().unwrap().state, PhaseState::Triggering { .. })
        };
        let intents: Vec<&Deployment> = active.iter().filter(is_intent).collect();
        assert_eq!(intents.len(), 1, "the provider was asked to go back without an intent on disk: {rollback:?}");
        intents[0].current_phase().unwrap().correlation()
    }

    pub(crate) async fn native_outlook(&self, rollback: &NativeRollback) -> Result<RollbackOutlook, ProviderError> {
        self.call("look at the way back").await?;
        let target = self.target(rollback)?;
        if !target.status(self.world.elsewhere()).is_ended() {
            return Ok(RollbackOutlook::NotYet { why: "it is still under way".to_owned() });
        }
        if self.world.one_in(8) {
            return Ok(RollbackOutlook::Closed { why: "the run is too old".to_owned() });
        }
        let mark = if self.native.same_run { u64::from(target.attempt) } else { u64::try_from(self.accepted().len()).unwrap() };
        Ok(RollbackOutlook::Open { how: format!("run {} runs again", target.id), mark: mark.to_string() })
    }

    pub(crate) async fn native_roll_back(&self, rollback: &NativeRollback) -> Result<Option<Run>, ProviderError> {
        self.call("go back").await?;
        let token = self.token_of_intent(rollback).await;
        let target = self.target(rollback)?;
        let now = self.world.elsewhere();
        if !target.status(now).is_ended() {
            return Err(error(ProviderErrorKind::Conflict));
        }
        let run = if self.native.same_run { self.run_again(&target, token, now) } else { self.copy(&target, token) };
        self.answer("go back").await?;
        if self.world.one_in(6) {
            return Ok(None);
        }
        Ok(Some(self.seen(&run, self.world.elsewhere())))
    }

    fn run_again(&self, target: &SimRun, token: String, now: Timestamp) -> SimRun {
        let phase: String = token.chars().take(36).collect();
        let comes_alone = self.have_failed(&phase);
        let run = self.another_attempt(target.id, now, 5);
        self.world
            .say(|| format!("run {} of {} to {} runs again as attempt {} ({token})", run.id, run.version, run.environment, run.attempt));
        let attempt = Attempt { token, run: run.id, number: run.attempt, comes_alone };
        self.native.accepted.lock().unwrap_or_else(PoisonError::into_inner).push(attempt);
        run
    }

    fn copy(&self, target: &SimRun, token: String) -> SimRun {
        self.accept_run(token, target.environment.clone(), target.version.clone(), Some(target.id))
    }

    /// Whether everything that was accepted for a phase so far was told to have failed.
    pub(crate) fn have_failed(&self, phase: &str) -> bool {
        let runs = self.accepted();
        let is_told = |id: u64, attempt: u32| runs.iter().any(|run| run.id == id && (run.told_failed || run.attempt > attempt));
        let attempts = self.attempts_back();
        let mut of_phase = attempts.iter().filter(|attempt| attempt.token.starts_with(phase));
        runs.iter().filter(|run| run.phase() == phase).all(|run| run.told_failed) && of_phase.all(|one| is_told(one.run, one.number))
    }

    pub(crate) async fn native_find(&self, search: &RollbackSearch) -> Result<Vec<Run>, ProviderError> {
        self.call("find what went back").await?;
        let now = self.world.elsewhere();
        let before: u64 = search.mark.parse().unwrap();
        let target: u64 = search.rollback.target_run.parse().unwrap();
        let is_it = |run: &&SimRun| {
            let is_new = if self.native.same_run {
                run.id == target && u64::from(run.attempt) > before
            } else {
                run.back_of == Some(target) && run.id > before
            };
            is_new && run.visible_at <= now
        };
        Ok(self.accepted().iter().filter(is_it).map(|run| self.seen(run, now)).collect())
    }

    /// A run begins anew: what it was before is what a lagging replica still tells.
    pub(crate) fn another_attempt(&self, id: u64, now: Timestamp, one_fails_in: u32) -> SimRun {
        let takes = Duration::from_millis(1_000 + self.world.below(30_000));
        let fails = self.world.one_in(one_fails_in);
        let hidden = if self.world.one_in(4) { self.world.below(60_000) } else { 0 };
        let mut runs = self.runs();
        let run = runs.iter_mut().find(|run| run.id == id).unwrap();
        run.before = run.status(now);
        run.attempt += 1;
        run.attempt_at = now;
        run.visible_at = now.plus(Duration::from_millis(hidden));
        run.told_failed = false;
        run.starts_at = now;
        run.ends_at = now.plus(takes);
        run.fails = fails;
        run.cancelled_at = None;
        run.arrived = false;
        run.clone()
    }
}

impl SimRun {
    /// The attempt that is told at a moment, and how it goes.
    pub(crate) fn told(&self, now: Timestamp) -> (u32, RunStatus) {
        if self.attempt > 1 && now < self.attempt_at { (self.attempt - 1, self.before.clone()) } else { (self.attempt, self.status(now)) }
    }
}
