//! The simulated service: one version per environment, set by runs that succeed. Some answers are missing, some wrong for a while.

use crate::world::World;
use async_trait::async_trait;
use pilothouse_domain::check::{Measurement, Outcome};
use pilothouse_engine::ports::Clock as _;
use pilothouse_engine::ports::prober::{HttpProbe, InstanceVersion, Prober};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The services of all environments.
pub(crate) struct Services {
    world: Arc<World>,
    running: Mutex<BTreeMap<String, String>>,
}

impl Services {
    pub(crate) fn new(world: Arc<World>) -> Arc<Self> {
        Arc::new(Self { world, running: Mutex::new(BTreeMap::new()) })
    }

    pub(crate) fn run(&self, environment: &str, version: &str) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(environment.to_owned(), version.to_owned());
    }

    pub(crate) fn version(&self, environment: &str) -> Option<String> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).get(environment).cloned()
    }
}

#[async_trait]
impl Prober for Services {
    async fn http(&self, _: &HttpProbe<'_>, _: Duration) -> Measurement {
        self.world.may_die("while measuring").await;
        let outcome = match self.world.below(if self.world.is_calm() { 1 } else { 12 }) {
            1 => Outcome::Failed { reason: "503 instead of 200".to_owned() },
            2 => Outcome::NoData { reason: "no network".to_owned() },
            3 => Outcome::Degraded { reason: "slow".to_owned() },
            _ => Outcome::Passed,
        };
        Measurement { at: self.world.now(), latency_us: Some(1_000), outcome }
    }

    async fn running_versions(&self, urls: &[String], _: &str, _: Duration) -> Vec<InstanceVersion> {
        self.world.may_die("while reading a version").await;
        urls.iter()
            .map(|url| {
                let environment = url.rsplit('/').next().unwrap_or_default();
                let version = match self.version(environment) {
                    Some(_) if self.world.one_in(10) => Err("no answer".to_owned()),
                    Some(_) if self.world.one_in(15) => Ok("0.0.1".to_owned()),
                    Some(version) => Ok(version),
                    None => Err("nothing runs".to_owned()),
                };
                InstanceVersion { url: url.clone(), version }
            })
            .collect()
    }
}
