//! GitLab's stand-in: the practice range.

use crate::conformance::fixture::{Facts, Fixture, Setup, Token, Trouble};
use pilothouse_domain::connection::{Connection, ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_domain::{ConnectionId, Timestamp};
use pilothouse_engine::ports::provider::{Provider, ProviderRegistry};
use pilothouse_providers::{CallOptions, Registry};
use pilothouse_range::{Fault, Operation, Order, PipelineView, Range, RangeOptions, Scope};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const PIPELINE: &str = ".gitlab-ci.yml";

/// A running range.
pub(crate) struct GitLabRange {
    pub(crate) range: Range,
}

impl GitLabRange {
    fn connect(&self, base_url: &str, token: &str, call_timeout: Duration) -> Arc<dyn Provider> {
        let options = CallOptions { call_timeout, retry_pause: Duration::from_millis(1), ..CallOptions::default() };
        let connection = Connection {
            id: ConnectionId::new(uuid::Uuid::from_u128(1)),
            revision: 0,
            kind: ProviderKind::Gitlab,
            name: "Range".into(),
            base_url: base_url.to_owned(),
            settings: ConnectionSettings::default(),
            status: ConnectionStatus::Unverified,
            created_at: Timestamp::from_micros(0).unwrap(),
        };
        Registry::new(options).connect(&connection, SecretString::from(token)).unwrap()
    }

    async fn until(&self, run: &str, what: &str, holds: impl Fn(&PipelineView) -> bool) {
        let id = run.parse().unwrap();
        self.range.until(what, PATIENCE, |range| range.pipeline(id).filter(&holds)).await.unwrap();
    }
}

impl Fixture for GitLabRange {
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
            repository: self.range.repository(),
            query: "Checkout",
            default_branch: "main",
            other_branch: "feature/gift-cards",
            tags: &["v1.2.0", "v1.1.0", "v1.0.0"],
            environments: &["staging", "production"],
            // A project has one pipeline; no other can be started in it.
            unstartable: "ci.yml",
            tag_without_correlation: "v1.0.0",
            correlation_input: "PILOTHOUSE_RUN",
            // What the configuration doesn't declare goes as a variable, and GitLab takes any.
            takes_any_input: true,
            compared: (
                "v1.1.0",
                "v1.2.0",
                &[
                    "docs: say what /healthz means",
                    "fix(vouchers): refuse an expired voucher (#21)",
                    "feat(payments): retry a declined authorisation once (#19)",
                ],
            ),
            jobs_have_steps: false,
            in_the_log: "staging-2 is healthy",
        }
    }

    fn client(&self, token: Token) -> Arc<dyn Provider> {
        let tokens = self.range.gitlab_tokens();
        let token = match token {
            Token::Full => &tokens.full,
            Token::ReadOnly => &tokens.read_only,
            Token::Blind => &tokens.no_repo,
            Token::Expired => &tokens.expired,
        };
        self.connect(&self.range.gitlab_url(), token, PATIENCE)
    }

    fn hasty_client(&self) -> Arc<dyn Provider> {
        self.connect(&self.range.gitlab_url(), &self.range.gitlab_tokens().full, Duration::from_secs(2))
    }

    fn lost_client(&self) -> Arc<dyn Provider> {
        // Bound and never listened on, until the process ends: connections are refused, and no other test is given the port.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = socket.local_addr().unwrap();
        std::mem::forget(socket);
        self.connect(&format!("http://{address}"), &self.range.gitlab_tokens().full, PATIENCE)
    }

    fn deploy(&self, environment: &str, correlation: &str) -> FilledBinding {
        FilledBinding {
            pipeline: PIPELINE.into(),
            git_ref: "v1.2.0".into(),
            inputs: vec![
                ("environment".into(), environment.into()),
                ("version".into(), "1.2.0".into()),
                ("dry_run".into(), "false".into()),
                ("PILOTHOUSE_RUN".into(), correlation.into()),
            ],
            correlation: correlation.to_owned(),
        }
    }

    fn started(&self, correlation: &str) -> usize {
        self.range.stats().dispatches_of(PIPELINE, correlation)
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
        self.until(run, "an ended pipeline", |pipeline| pipeline.is_ended).await;
    }

    async fn waiting(&self, run: &str) {
        self.until(run, "a pipeline that waits", |pipeline| pipeline.status == "manual").await;
    }
}
