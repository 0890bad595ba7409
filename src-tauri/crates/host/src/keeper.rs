//! Keeps the engine running on this data folder, here or by somebody else: takes the lock where it is free, runs the loops while
//! it is held, and goes on trying where another host has it. Must not run the loops without the lock.

use pilothouse_api::{EngineRole, EngineView};
use pilothouse_engine::Engine;
use pilothouse_platform::{DataPaths, EngineLock, EngineLockError, HostKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// Between two tries to take the lock that another host has.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// Between a failure of the loops and their next start.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

pub(crate) struct Keeper {
    kept: Arc<Kept>,
    running: Mutex<Option<Running>>,
}

struct Kept {
    engine: Arc<Engine>,
    paths: DataPaths,
    kind: HostKind,
    /// True where the lock's holder is the only engine on the database.
    is_alone: bool,
    state: watch::Sender<EngineView>,
}

struct Running {
    // Cancels when it is dropped, so that no loop outlives its host.
    cancel: tokio_util::sync::DropGuard,
    task: JoinHandle<()>,
}

impl Keeper {
    pub(crate) fn new(engine: Arc<Engine>, paths: DataPaths, kind: HostKind, is_alone: bool) -> (Self, watch::Receiver<EngineView>) {
        let (state, seen) = watch::channel(EngineView::stopped());
        (Self { kept: Arc::new(Kept { engine, paths, kind, is_alone, state }), running: Mutex::new(None) }, seen)
    }

    /// Starts to keep the engine, and waits for the first try.
    pub(crate) async fn start(&self) -> EngineView {
        let mut running = self.running.lock().await;
        if running.is_none() {
            let cancel = CancellationToken::new();
            let (tried, first_try) = tokio::sync::oneshot::channel();
            let task = tokio::spawn(Arc::clone(&self.kept).keep(cancel.clone(), tried));
            *running = Some(Running { cancel: cancel.drop_guard(), task });
            // An error means that the task is gone already; the state says so.
            let _ = first_try.await;
        }
        self.kept.state.borrow().clone()
    }

    /// Looks who runs the engine, where this host doesn't keep it.
    pub(crate) fn look(&self) -> EngineView {
        if self.kept.state.borrow().role != EngineRole::ThisHost {
            let seen = match EngineLock::acquire(&self.kept.paths, self.kept.kind) {
                Ok(_free) => EngineView::stopped(),
                Err(error) => other(&error),
            };
            self.kept.state.send_replace(seen);
        }
        self.kept.state.borrow().clone()
    }

    pub(crate) async fn stop(&self) {
        if let Some(Running { cancel, task }) = self.running.lock().await.take() {
            drop(cancel);
            if let Err(error) = task.await {
                tracing::error!(%error, "the engine's keeper broke down");
            }
        }
        self.kept.state.send_replace(EngineView::stopped());
    }
}

impl Kept {
    async fn keep(self: Arc<Self>, cancel: CancellationToken, tried: tokio::sync::oneshot::Sender<()>) {
        let mut tried = Some(tried);
        while !cancel.is_cancelled() {
            let pause = match EngineLock::acquire(&self.paths, self.kind) {
                Ok(lock) => {
                    self.run(&cancel, &mut tried).await;
                    drop(lock);
                    AFTER_FAILURE
                }
                Err(error) => {
                    self.note(&error);
                    TRY_AGAIN
                }
            };
            if let Some(tried) = tried.take() {
                let _ = tried.send(());
            }
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn note(&self, error: &EngineLockError) {
        let seen = other(error);
        let changed = self.state.send_if_modified(|state| std::mem::replace(state, seen.clone()) != seen);
        if changed {
            tracing::info!(%error, "the engine is not run here");
        }
    }

    /// Runs the loops until cancelled, or until one of them ends by itself.
    async fn run(&self, cancel: &CancellationToken, tried: &mut Option<tokio::sync::oneshot::Sender<()>>) {
        if self.is_alone {
            // Whoever held leases here before is gone: its lock was free.
            if let Err(error) = self.engine.store().take_over(self.engine.holder()).await {
                tracing::error!(%error, "the engine can't start: the database doesn't let it take over");
                self.state.send_replace(EngineView::stopped());
                return;
            }
        }
        self.state.send_replace(EngineView { role: EngineRole::ThisHost, who: None });
        tracing::info!("the engine runs");
        if let Some(tried) = tried.take() {
            let _ = tried.send(());
        }
        let stop = cancel.child_token();
        let mut loops: JoinSet<()> = JoinSet::new();
        loops.spawn(Arc::clone(&self.engine).carry_on(stop.clone()));
        loops.spawn(Arc::clone(&self.engine).watch_health(stop.clone()));
        loops.spawn(Arc::clone(&self.engine).observe_providers(stop.clone()));
        // Beside the loops: the form may fail, and they go on.
        let form = tokio::spawn(crate::form_keeper::keep(Arc::clone(&self.engine), stop.clone()));
        let ended = loops.join_next().await;
        if !cancel.is_cancelled() {
            match ended {
                Some(Err(error)) => tracing::error!(%error, "a loop of the engine broke down: it is started again"),
                Some(Ok(())) | None => tracing::error!("a loop of the engine ended by itself: it is started again"),
            }
        }
        stop.cancel();
        while loops.join_next().await.is_some() {}
        if let Err(error) = form.await {
            tracing::error!(%error, "what serves the feedback form broke down");
        }
        self.state.send_replace(EngineView::stopped());
        tracing::info!("the engine stands still");
    }
}

fn other(error: &EngineLockError) -> EngineView {
    match error {
        EngineLockError::Held { holder } => EngineView {
            role: EngineRole::OtherHost,
            who: Some(holder.as_ref().map_or_else(|| "another process".to_owned(), ToString::to_string)),
        },
        EngineLockError::Unusable { .. } => EngineView::stopped(),
    }
}
