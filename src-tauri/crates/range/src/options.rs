//! How a range is laid out: pace, ports, what runs at the start. Nothing here starts anything.

use std::time::Duration;

/// How to start a range. [`RangeOptions::default`] suits a person; [`RangeOptions::fast`] suits tests.
#[derive(Debug, Clone)]
pub struct RangeOptions {
    /// How long one step of a workflow job takes, and one instance's turn in a roll-out.
    pub pace: Duration,
    /// How long an instance answers 503 ("starting") after a deploy before it is healthy.
    pub startup: Duration,
    /// First of the fixed ports (see [`Ports`]); `None` takes free ones, which is what tests want.
    pub port_base: Option<u16>,
    /// The version that runs in both environments at the start, with its runs and deployments in the history. `None`:
    /// nothing was ever deployed, and every instance refuses connections.
    pub initial_version: Option<String>,
    /// Behave like Enterprise Server 3.17 to 3.19: dispatch answers 204 only, and API version 2026-03-10 is unknown.
    pub enterprise_server: bool,
    /// Environments whose deployments wait for an approval (`pending_deployments`).
    pub protected_environments: Vec<String>,
    /// Requests per hour and token before the primary rate limit refuses.
    pub rate_limit: u32,
    /// How long the full token is still valid, as its expiry header says. The header only: nothing expires by itself.
    pub token_lifetime: Duration,
    /// How long an item waits in Jenkins's queue before it becomes a build.
    pub jenkins_quiet_period: Duration,
    /// How long Jenkins remembers an item that has left its queue.
    pub jenkins_queue_memory: Duration,
    /// Whether Jenkins is configured with a root URL that clients can't reach, as behind many proxies.
    pub jenkins_foreign_root: bool,
}

impl Default for RangeOptions {
    fn default() -> Self {
        Self {
            pace: Duration::from_secs(1),
            startup: Duration::from_millis(800),
            port_base: None,
            initial_version: Some("1.1.0".to_owned()),
            enterprise_server: false,
            protected_environments: Vec::new(),
            rate_limit: 15_000,
            token_lifetime: Duration::from_secs(60 * 24 * 60 * 60),
            jenkins_quiet_period: Duration::from_secs(1),
            jenkins_queue_memory: Duration::from_secs(5 * 60),
            jenkins_foreign_root: false,
        }
    }
}

impl RangeOptions {
    /// Steps of two milliseconds and no start-up time: for tests, which wait for events and never for the clock.
    #[must_use]
    pub fn fast() -> Self {
        Self {
            pace: Duration::from_millis(2),
            startup: Duration::ZERO,
            rate_limit: 1_000_000,
            jenkins_quiet_period: Duration::ZERO,
            jenkins_foreign_root: true,
            ..Self::default()
        }
    }

    pub(crate) fn ports(&self) -> Ports {
        Ports(self.port_base)
    }
}

/// The port plan over a base P: P GitHub, P+1 its log store, P+2 the control page, P+3 GitLab, P+4 Jenkins, P+5 CodePipeline, P+10
/// staging's load balancer and P+11.. its instances, P+20 production's and P+21.. its instances. Without a base every port is 0
/// (any free one).
#[derive(Debug, Clone, Copy)]
pub struct Ports(Option<u16>);

impl Ports {
    pub(crate) fn github(self) -> u16 {
        self.at(0)
    }

    pub(crate) fn log_store(self) -> u16 {
        self.at(1)
    }

    pub(crate) fn control(self) -> u16 {
        self.at(2)
    }

    pub(crate) fn gitlab(self) -> u16 {
        self.at(3)
    }

    pub(crate) fn jenkins(self) -> u16 {
        self.at(4)
    }

    pub(crate) fn codepipeline(self) -> u16 {
        self.at(5)
    }

    /// `member` 0 is the load balancer, from 1 on the instances.
    pub(crate) fn environment(self, position: u16, member: u16) -> u16 {
        self.at(10 * (position + 1) + member)
    }

    fn at(self, offset: u16) -> u16 {
        self.0.map_or(0, |base| base.saturating_add(offset))
    }
}
