//! One instance: a process that is started with a version, answers, and may crash. Its port is its own for the whole life
//! of the range.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{InstanceView, service};
use crate::error::RangeError;
use crate::faults::FaultTable;
use crate::lock::lock;
use crate::serve::{self, Life, ReservedPort};

/// How long requests under way may take when a deploy replaces the process.
const DRAIN: Duration = Duration::from_millis(500);

/// How an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InstanceState {
    /// Nothing was deployed there yet: connections are refused.
    Empty,
    /// Started a moment ago: `/healthz` answers 503.
    Starting,
    /// Answers.
    Healthy,
    /// Its version turned bad: `/healthz` 503, `/work` 500.
    Bad,
    /// It died: connections are refused.
    Crashed,
}

/// What an instance is made of.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) environment: &'static str,
    /// From 1.
    pub(crate) number: u32,
    /// 0: any free one.
    pub(crate) port: u16,
    pub(crate) startup: Duration,
    pub(crate) faults: Arc<FaultTable>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

/// One instance.
#[derive(Debug)]
pub(crate) struct Instance {
    settings: Settings,
    port: ReservedPort,
    process: Mutex<Option<Process>>,
}

/// The version that was started last, running or not.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) version: String,
    pub(crate) commit: String,
    pub(crate) started_at: DateTime<Utc>,
    healthy_from: Instant,
    answered: u64,
    /// The listener and all connections end with it.
    life: Life,
    /// Its listener and its connections, to wait for.
    tasks: TaskTracker,
}

impl Instance {
    pub(crate) fn new(settings: Settings) -> Result<Self, RangeError> {
        let what = format!("{} instance {}", settings.environment, settings.number);
        let port = ReservedPort::take(&what, settings.port)?;
        Ok(Self { settings, port, process: Mutex::new(None) })
    }

    pub(crate) fn number(&self) -> u32 {
        self.settings.number
    }

    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.settings.environment, self.settings.number)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port.port()
    }

    pub(crate) fn startup(&self) -> Duration {
        self.settings.startup
    }

    /// Lets requests under way be answered, stops what runs and starts this version, as a deploy does. It answers 503 for
    /// the time of `startup`.
    pub(crate) async fn start(self: &Arc<Self>, version: &str, commit: &str, startup: Duration) -> Result<(), RangeError> {
        let last = lock(&self.process).clone();
        if let Some(last) = last {
            last.life.drain();
            last.tasks.close();
            // A client that keeps its connection open must not hold up a deploy.
            if tokio::time::timeout(DRAIN, last.tasks.wait()).await.is_err() {
                last.life.cut();
                // Until its listener is dropped it shares the port, and would be given connections that are meant for the new one.
                last.tasks.wait().await;
            }
        }
        let process = Process {
            version: version.to_owned(),
            commit: commit.to_owned(),
            started_at: Utc::now(),
            healthy_from: Instant::now() + startup,
            answered: 0,
            life: Life::until(&self.settings.stop),
            tasks: TaskTracker::new(),
        };
        let (life, connections) = (process.life.clone(), process.tasks.clone());
        *lock(&self.process) = Some(process);
        if self.settings.faults.crashes_at_start(self.settings.environment, self.settings.number) {
            self.crash();
            return Ok(());
        }
        let port = self.port.port();
        let listener = self.port.listen().map_err(|source| RangeError::Port { what: self.name(), port, source })?;
        let router = service::router(Arc::clone(self));
        let tasks = connections.clone();
        connections.spawn(serve::accept(listener, router, life, tasks));
        Ok(())
    }

    /// Dies: connections break, new ones are refused.
    pub(crate) fn crash(&self) {
        if let Some(process) = &*lock(&self.process) {
            process.life.cut();
        }
    }

    /// Starts the version that crashed again.
    pub(crate) fn recover(self: &Arc<Self>) {
        let last = lock(&self.process).clone();
        let Some(last) = last.filter(|last| last.life.is_over()) else {
            return;
        };
        let this = Arc::clone(self);
        self.settings.tasks.spawn(async move {
            if let Err(error) = this.start(&last.version, &last.commit, this.startup()).await {
                tracing::error!(%error, "a crashed instance could not be started again");
            }
        });
    }

    /// Waits until nothing of it listens or answers any more; used when the range ends.
    pub(crate) async fn ended(&self) {
        let last = lock(&self.process).clone();
        if let Some(last) = last {
            last.tasks.close();
            last.tasks.wait().await;
        }
    }

    /// What runs, unless it is down.
    pub(crate) fn running(&self) -> Option<Process> {
        lock(&self.process).clone().filter(|process| !process.life.is_over())
    }

    pub(crate) fn count_request(&self) {
        if let Some(process) = &mut *lock(&self.process) {
            process.answered += 1;
        }
    }

    /// How much later it answers (a fault).
    pub(crate) fn slowness(&self) -> Option<Duration> {
        self.settings.faults.slowness(self.settings.environment, self.settings.number)
    }

    pub(crate) fn state(&self) -> InstanceState {
        let process = lock(&self.process).clone();
        let Some(process) = process else {
            return InstanceState::Empty;
        };
        if process.life.is_over() {
            return InstanceState::Crashed;
        }
        let now = Instant::now();
        if now < process.healthy_from {
            return InstanceState::Starting;
        }
        let healthy_for = now - process.healthy_from;
        let place = self.settings.environment;
        if self.settings.faults.turned_bad(&process.version, place, healthy_for, process.answered) {
            return InstanceState::Bad;
        }
        InstanceState::Healthy
    }

    pub(crate) fn view(&self) -> InstanceView {
        let process = lock(&self.process).clone();
        InstanceView {
            name: self.name(),
            url: format!("http://127.0.0.1:{}", self.port()),
            state: self.state(),
            requests: process.as_ref().map_or(0, |process| process.answered),
            version: process.map(|process| process.version),
        }
    }
}

impl Process {
    pub(crate) fn started(&self) -> String {
        self.started_at.to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}
