//! Jenkins's stand-in: the practice range. The pipeline is a multibranch project, so that a ref chooses the job.

use crate::conformance::fixture::{Facts, Fixture, Setup, Token, Trouble};
use pilothouse_domain::connection::{Connection, ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::{ConnectionId, Timestamp};
use pilothouse_engine::ports::provider::{Provider, ProviderRegistry};
use pilothouse_providers::{CallOptions, Registry};
use pilothouse_range::{Fault, JenkinsAccount, JenkinsStanding, Operation, Order, Range, RangeOptions, Scope};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// A running range.
pub(crate) struct JenkinsRange {
    pub(crate) range: Range,
}

/// A client for a Jenkins.
pub(crate) fn connect(base_url: &str, account: &JenkinsAccount, call_timeout: Duration) -> Arc<dyn Provider> {
    let options = CallOptions { call_timeout, retry_pause: Duration::from_millis(1), ..CallOptions::default() };
    Registry::new(options).connect(&connection(base_url, &account.user), SecretString::from(account.secret.as_str())).unwrap()
}

/// A connection to a Jenkins.
pub(crate) fn connection(base_url: &str, user: &str) -> Connection {
    Connection {
        id: ConnectionId::new(uuid::Uuid::from_u128(3)),
        revision: 0,
        kind: ProviderKind::Jenkins,
        name: "Range".into(),
        base_url: base_url.to_owned(),
        settings: ConnectionSettings { user: Some(user.to_owned()), ..ConnectionSettings::default() },
        status: ConnectionStatus::Unverified,
        created_at: Timestamp::from_micros(0).unwrap(),
    }
}

/// The place in the queue that a run's id names.
pub(crate) fn queue_id(run: &str) -> u64 {
    run.rsplit_once("#q").unwrap().1.parse().unwrap()
}

impl JenkinsRange {
    /// Waits until a run stands so.
    pub(crate) async fn until(&self, run: &str, wanted: &[JenkinsStanding]) {
        let id = queue_id(run);
        let stands = |range: &Range| range.jenkins_runs().into_iter().find(|run| run.queue_id == id && wanted.contains(&run.standing));
        self.range.until("a run of Jenkins", PATIENCE, stands).await.unwrap();
    }
}

impl Fixture for JenkinsRange {
    async fn start(setup: Setup) -> Self {
        let mut options = RangeOptions::fast();
        if setup.endless {
            options.pace = Duration::from_secs(3600);
        }
        if setup.gated {
            options.protected_environments = vec!["production".to_owned()];
        }
        Self { range: Range::start(options).await.unwrap() }
    }

    fn facts(&self) -> Facts {
        Facts {
            repository: "nordwind/checkout".to_owned(),
            query: "Checkout",
            default_branch: "main",
            other_branch: "feature/gift-cards",
            tags: &["v1.2.0", "v1.1.0", "v1.0.0"],
            environments: &["staging", "production"],
            unstartable: "backup",
            tag_without_correlation: "v1.0.0",
            correlation_input: "PILOTHOUSE_RUN",
            takes_any_input: false,
            compared: ("v1.1.0", "v1.2.0", &[]),
            jobs_have_steps: false,
            in_the_log: "staging-2 is healthy",
        }
    }

    fn client(&self, token: Token) -> Arc<dyn Provider> {
        let accounts = self.range.jenkins_accounts();
        let account = match token {
            Token::Full => &accounts.full,
            Token::ReadOnly => &accounts.read_only,
            Token::Blind => &accounts.blind,
            Token::Expired => &accounts.expired,
        };
        connect(self.range.jenkins_url(), account, PATIENCE)
    }

    fn hasty_client(&self) -> Arc<dyn Provider> {
        connect(self.range.jenkins_url(), &self.range.jenkins_accounts().full, Duration::from_secs(2))
    }

    fn lost_client(&self) -> Arc<dyn Provider> {
        // Bound and never listened on, until the process ends: connections are refused, and no other test is given the port.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = socket.local_addr().unwrap();
        std::mem::forget(socket);
        connect(&format!("http://{address}"), &self.range.jenkins_accounts().full, PATIENCE)
    }

    fn deploy(&self, environment: &str, correlation: &str) -> FilledBinding {
        FilledBinding {
            pipeline: "deploy".into(),
            git_ref: "v1.2.0".into(),
            inputs: vec![
                ("ENVIRONMENT".into(), environment.into()),
                ("VERSION".into(), "1.2.0".into()),
                ("PILOTHOUSE_RUN".into(), correlation.into()),
            ],
            correlation: correlation.to_owned(),
        }
    }

    fn started(&self, correlation: &str) -> usize {
        self.range.stats().dispatches.iter().filter(|dispatch| dispatch.inputs.values().any(|value| value == correlation)).count()
    }

    fn triggers_received(&self) -> u64 {
        self.range.stats().per_operation.get(&Operation::Dispatch).copied().unwrap_or_default()
    }

    fn leaks(&self) -> u64 {
        self.range.stats().token_leaks
    }

    fn order(&self, trouble: Trouble) {
        let fault = match trouble {
            Trouble::HangsUpBefore => Fault::DropBeforeAccept,
            Trouble::HangsUpAfter => Fault::DropAfterAccept,
            Trouble::Fails => Fault::ServerError { status: 503, accepted: false },
            Trouble::FailsAfter => Fault::ServerError { status: 502, accepted: true },
            Trouble::ProxyPage => Fault::ProxyPage,
            Trouble::Limited => Fault::SecondaryRateLimit { status: 429, retry_after_s: Some(5) },
            Trouble::TokenRefused => Fault::RefuseToken,
            Trouble::Late => Fault::Timeout { delay_ms: 3_600_000 },
        };
        self.range.faults().order(Order::once(fault).on_operation(Operation::Dispatch)).unwrap();
    }

    fn order_read_failure(&self) {
        self.range.faults().order(Order::once(Fault::ServerError { status: 502, accepted: false }).on(Scope::Reads)).unwrap();
    }

    fn order_lost_way_back(&self) {
        self.range.faults().order(Order::once(Fault::DropAfterAccept).on_operation(Operation::Rerun)).unwrap();
    }

    fn order_failed_job(&self) {
        let fault = Fault::FailJob { job: "deploy".to_owned(), environment: None, after_instances: 1 };
        self.range.faults().order(Order::once(fault)).unwrap();
    }

    async fn ended(&self, run: &str) {
        self.until(run, &[JenkinsStanding::Ended, JenkinsStanding::Dropped]).await;
    }

    async fn waiting(&self, run: &str) {
        self.until(run, &[JenkinsStanding::Paused]).await;
    }
}
