//! CodePipeline's stand-in: the practice range.

use crate::conformance::fixture::{Facts, Fixture, Setup, Token, Trouble};
use pilothouse_domain::connection::{Connection, ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::{ConnectionId, Timestamp};
use pilothouse_engine::ports::provider::{Provider, ProviderRegistry};
use pilothouse_providers::{CallOptions, Registry};
use pilothouse_range::{AwsKey, Fault, Operation, Order, Range, RangeOptions, Scope};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running range, and the commit of its tag v1.2.0.
pub(crate) struct CodePipelineRange {
    pub(crate) range: Range,
    pub(crate) commit: String,
}

/// The secret of a key, as the keychain would hold it.
pub(crate) fn kept(key: &AwsKey) -> SecretString {
    match &key.session_token {
        None => key.secret_access_key.clone().into(),
        Some(token) => serde_json::json!({ "secret_access_key": key.secret_access_key, "session_token": token }).to_string().into(),
    }
}

/// A connection to CodePipeline.
pub(crate) fn connection(base_url: &str, key: &AwsKey, role: Option<&str>) -> Connection {
    Connection {
        id: ConnectionId::new(uuid::Uuid::from_u128(1)),
        revision: 0,
        kind: ProviderKind::Codepipeline,
        name: "Range".into(),
        base_url: base_url.to_owned(),
        settings: ConnectionSettings {
            user: Some(key.access_key_id.clone()),
            region: Some("eu-central-1".into()),
            role: role.map(str::to_owned),
            ..ConnectionSettings::default()
        },
        status: ConnectionStatus::Unverified,
        created_at: Timestamp::from_micros(0).unwrap(),
    }
}

/// A client with a memory of its own.
pub(crate) fn connect(base_url: &str, key: &AwsKey, call_timeout: Duration) -> Arc<dyn Provider> {
    let options = CallOptions { call_timeout, retry_pause: Duration::from_millis(1), ..CallOptions::default() };
    Registry::new(options).connect(&connection(base_url, key, None), kept(key)).unwrap()
}

/// The id of an execution in a run's id.
pub(crate) fn execution(run: &str) -> &str {
    run.split('/').nth(1).unwrap()
}

impl CodePipelineRange {
    pub(crate) async fn with(options: RangeOptions) -> Self {
        let range = Range::start(options).await.unwrap();
        let git = std::process::Command::new("git").arg("-C").arg(range.repository_path()).args(["rev-parse", "v1.2.0^{commit}"]).output();
        let commit = String::from_utf8(git.unwrap().stdout).unwrap().trim().to_owned();
        Self { range, commit }
    }

    fn connect(&self, key: &AwsKey, call_timeout: Duration) -> Arc<dyn Provider> {
        connect(self.range.codepipeline_url(), key, call_timeout)
    }
}

impl Fixture for CodePipelineRange {
    async fn start(setup: Setup) -> Self {
        let mut options = RangeOptions::fast();
        if setup.gated {
            options.protected_environments = vec!["production".to_owned()];
        }
        let this = Self::with(options).await;
        if setup.endless {
            // Before the first action: an action under way would be finished before a stop.
            this.range.faults().order(Order::until_cleared(Fault::StuckQueued)).unwrap();
        }
        this
    }

    fn facts(&self) -> Facts {
        Facts {
            repository: self.range.aws_region().to_owned(),
            query: "Central",
            default_branch: "",
            other_branch: "feature/gift-cards",
            tags: &[],
            environments: &["checkout-staging/Staging", "checkout-production/Production"],
            unstartable: "",
            tag_without_correlation: "",
            correlation_input: "PILOTHOUSE_RUN",
            takes_any_input: false,
            compared: ("v1.1.0", "v1.2.0", &[]),
            jobs_have_steps: false,
            in_the_log: "",
        }
    }

    fn client(&self, token: Token) -> Arc<dyn Provider> {
        let keys = self.range.aws_keys();
        let key = match token {
            Token::Full => &keys.full,
            Token::ReadOnly => &keys.read_only,
            Token::Blind => &keys.blind,
            Token::Expired => &keys.expired,
        };
        self.connect(key, PATIENCE)
    }

    fn hasty_client(&self) -> Arc<dyn Provider> {
        self.connect(&self.range.aws_keys().full, Duration::from_secs(2))
    }

    fn lost_client(&self) -> Arc<dyn Provider> {
        // Bound and never listened on, until the process ends: connections are refused, and no other test is given the port.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = socket.local_addr().unwrap();
        std::mem::forget(socket);
        connect(&format!("http://{address}"), &self.range.aws_keys().full, PATIENCE)
    }

    fn deploy(&self, environment: &str, correlation: &str) -> FilledBinding {
        FilledBinding {
            pipeline: format!("checkout-{environment}"),
            git_ref: self.commit.clone(),
            inputs: vec![("VERSION".into(), "1.2.0".into()), ("PILOTHOUSE_RUN".into(), correlation.into())],
            // Else what is started twice with one correlation would be one execution.
            correlation: String::new(),
        }
    }

    fn started(&self, correlation: &str) -> usize {
        let stats = self.range.stats();
        ["checkout-staging", "checkout-production"].iter().map(|pipeline| stats.dispatches_of(pipeline, correlation)).sum()
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
            Trouble::Limited => Fault::SecondaryRateLimit { status: 429, retry_after_s: None },
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
        let id = execution(run);
        let ended = |range: &Range| range.execution(id).filter(|execution| execution.status.is_ended());
        self.range.until("the end of an execution", PATIENCE, ended).await.unwrap();
    }

    async fn waiting(&self, run: &str) {
        let id = execution(run);
        let waits = |range: &Range| range.execution(id).filter(|execution| execution.waits_for_approval);
        self.range.until("a waiting approval", PATIENCE, waits).await.unwrap();
    }
}
