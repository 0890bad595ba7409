//! The practice range as the window sees it. Must not hold its token.

use super::elsewhere::others;
use super::fault::ActiveFaultView;
use super::record::Record;
use pilothouse_range::{EnvironmentView, InstanceState, Range};
use serde::{Deserialize, Serialize};
use specta::Type;

/// How the practice range is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct PracticeRangeState {
    /// The connection to it; none where it was never opened. While the range is closed, the connection reaches nobody.
    pub(crate) connection_id: Option<String>,
    /// The product to practise on.
    pub(crate) product_id: Option<String>,
    /// The range; none while it is closed.
    pub(crate) open: Option<OpenRangeView>,
}

/// A range that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct OpenRangeView {
    /// Base URL of its GitHub.
    pub(crate) github_url: String,
    /// `owner/name`.
    pub(crate) repository: String,
    /// Its control page.
    pub(crate) control_url: String,
    /// Its other providers.
    pub(crate) elsewhere: Vec<PracticeProviderView>,
    /// Its services, in promotion order.
    pub(crate) environments: Vec<PracticeEnvironmentView>,
    /// The faults in force, oldest first.
    pub(crate) faults: Vec<ActiveFaultView>,
}

/// A provider of the range beside its GitHub. It deploys to the same services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct PracticeProviderView {
    /// Its kind: `gitlab`.
    pub(crate) kind: String,
    /// Its name: `GitLab CI`.
    pub(crate) title: String,
    /// Its base URL.
    pub(crate) address: String,
    /// What holds its pipelines.
    pub(crate) repository: String,
    /// The connection to it; none before somebody practises over it.
    pub(crate) connection_id: Option<String>,
    /// The product over it.
    pub(crate) product_id: Option<String>,
}

/// A provider of the range to practise over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct PractiseOverRequest {
    /// Its kind: `gitlab`.
    pub(crate) kind: String,
}

/// Has deployments to an environment of the range wait for a person, or lets them pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct ProtectRequest {
    /// The environment's name.
    pub(crate) environment: String,
    /// Whether they wait.
    pub(crate) is_protected: bool,
}

/// The services of one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct PracticeEnvironmentView {
    /// Its name.
    pub(crate) name: String,
    /// The load balancer's address.
    pub(crate) url: String,
    /// Whether deployments wait for a person at the provider.
    pub(crate) is_protected: bool,
    /// The services behind it.
    pub(crate) instances: Vec<PracticeInstanceView>,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct PracticeInstanceView {
    /// Its name: `production-3`.
    pub(crate) name: String,
    /// Its address.
    pub(crate) url: String,
    /// How it is.
    pub(crate) state: PracticeInstanceState,
    /// What runs there.
    pub(crate) version: Option<String>,
}

/// How a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PracticeInstanceState {
    /// Nothing was deployed there yet.
    Empty,
    /// Not healthy yet.
    Starting,
    /// Answers.
    Healthy,
    /// Its version turned bad.
    Bad,
    /// It died.
    Crashed,
}

/// A commit to add to the range's repository, as a colleague would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct PushCommitRequest {
    /// The commit message: `fix: round down`.
    pub(crate) message: String,
    /// A tag to put on it.
    pub(crate) tag: Option<String>,
}

impl PracticeRangeState {
    pub(super) fn of(range: Option<&Range>, record: &Record) -> Self {
        Self {
            connection_id: record.connection_id.clone(),
            product_id: record.product_id.clone(),
            open: range.map(|range| OpenRangeView::of(range, record)),
        }
    }
}

impl OpenRangeView {
    fn of(range: &Range, record: &Record) -> Self {
        let elsewhere = others(range).into_iter().map(|other| {
            let made = record.elsewhere.get(other.kind);
            PracticeProviderView {
                kind: other.kind.to_owned(),
                title: other.title.to_owned(),
                address: other.address,
                repository: other.repository,
                connection_id: made.map(|made| made.connection_id.clone()),
                product_id: made.and_then(|made| made.product_id.clone()),
            }
        });
        let protected = range.protected();
        Self {
            elsewhere: elsewhere.collect(),
            github_url: range.github_url(),
            repository: range.repository(),
            control_url: range.control_url().to_owned(),
            environments: range
                .environments()
                .into_iter()
                .map(|environment| PracticeEnvironmentView::of(environment, &protected))
                .collect(),
            faults: range.faults().list().iter().map(ActiveFaultView::from).collect(),
        }
    }
}

impl PracticeEnvironmentView {
    fn of(environment: EnvironmentView, protected: &[String]) -> Self {
        let instances = environment.instances.into_iter().map(|instance| PracticeInstanceView {
            name: instance.name,
            url: instance.url,
            state: instance.state.into(),
            version: instance.version,
        });
        let is_protected = protected.contains(&environment.name);
        Self { name: environment.name, url: environment.url, is_protected, instances: instances.collect() }
    }
}

impl From<InstanceState> for PracticeInstanceState {
    fn from(state: InstanceState) -> Self {
        match state {
            InstanceState::Empty => Self::Empty,
            InstanceState::Starting => Self::Starting,
            InstanceState::Healthy => Self::Healthy,
            InstanceState::Crashed => Self::Crashed,
            // Also what a later range may call bad.
            _ => Self::Bad,
        }
    }
}
