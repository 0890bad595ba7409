//! The fleet: per environment a few instances of a small real HTTP service, and a load balancer before them. It knows
//! nothing of GitHub; the runner deploys to it, and faults reach it through the table it asks.

mod balancer;
mod call;
mod instance;
mod service;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::RangeError;
use crate::faults::FaultTable;
use crate::options::RangeOptions;

pub(crate) use call::get;
pub use instance::InstanceState;
pub(crate) use instance::{Instance, Settings};

/// Environments in promotion order, with their number of instances.
const LAYOUT: [(&str, u32); 2] = [("staging", 2), ("production", 4)];

/// Everything that deployments go to.
#[derive(Debug)]
pub(crate) struct Fleet {
    environments: Vec<Environment>,
}

/// One environment: its front and its instances.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) name: &'static str,
    /// Base URL of the load balancer.
    pub(crate) url: String,
    pub(crate) instances: Vec<Arc<Instance>>,
}

/// An environment as it is now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EnvironmentView {
    /// `staging` or `production`.
    pub name: String,
    /// Base URL of its load balancer: answers like an instance, the next one at each request. It never changes.
    pub url: String,
    /// Its instances.
    pub instances: Vec<InstanceView>,
}

/// An instance as it is now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InstanceView {
    /// E.g. `production-3`.
    pub name: String,
    /// Its own base URL. It never changes, also while nothing listens there.
    pub url: String,
    /// How it is.
    pub state: InstanceState,
    /// What runs there; `None` before the first deploy.
    pub version: Option<String>,
    /// Requests answered since it was started.
    pub requests: u64,
}

impl Fleet {
    /// Opens every port; nothing is deployed yet, so the instances refuse connections.
    pub(crate) async fn start(
        options: &RangeOptions,
        faults: &Arc<FaultTable>,
        stop: &CancellationToken,
        tasks: &TaskTracker,
    ) -> Result<Self, RangeError> {
        let mut environments = Vec::new();
        for (position, (name, count)) in (0u16..).zip(LAYOUT) {
            let mut instances = Vec::new();
            for number in 1..=count {
                let member = u16::try_from(number).unwrap_or(u16::MAX);
                instances.push(Arc::new(Instance::new(Settings {
                    environment: name,
                    number,
                    port: options.ports().environment(position, member),
                    startup: options.startup,
                    faults: Arc::clone(faults),
                    stop: stop.clone(),
                    tasks: tasks.clone(),
                })?));
            }
            let port = options.ports().environment(position, 0);
            let url = balancer::start(name, port, instances.clone(), stop, tasks).await?;
            environments.push(Environment { name, url, instances });
        }
        Ok(Self { environments })
    }

    pub(crate) fn environments(&self) -> &[Environment] {
        &self.environments
    }

    pub(crate) fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }

    /// One instance of an environment by its number, or all of them.
    pub(crate) fn instances_named(&self, environment: &str, number: Option<u32>) -> Result<Vec<Arc<Instance>>, RangeError> {
        let Some(found) = self.environment(environment) else {
            return Err(RangeError::Order(format!("there is no environment {environment:?}")));
        };
        let wanted = |instance: &&Arc<Instance>| number.is_none_or(|number| instance.number() == number);
        let instances: Vec<_> = found.instances.iter().filter(wanted).cloned().collect();
        if instances.is_empty() {
            let count = found.instances.len();
            return Err(RangeError::Order(format!("{environment} has instances 1 to {count}")));
        }
        Ok(instances)
    }

    pub(crate) fn view(&self) -> Vec<EnvironmentView> {
        self.environments.iter().map(Environment::view).collect()
    }
}

impl Environment {
    fn view(&self) -> EnvironmentView {
        EnvironmentView {
            name: self.name.to_owned(),
            url: self.url.clone(),
            instances: self.instances.iter().map(|instance| instance.view()).collect(),
        }
    }
}
