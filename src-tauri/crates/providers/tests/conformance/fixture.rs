//! What the suite asks of a provider's stand-in. It must be reached as the provider is, by address and token, and must count for
//! itself what it accepted.

use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{CallOutcome, Provider, ProviderError, ProviderErrorKind, RunSearch};
use std::future::Future;
use std::sync::Arc;

/// How a stand-in is set up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Setup {
    /// Runs stay at their first step until they are stopped.
    pub(crate) endless: bool,
    /// Deployments to `production` wait for a person.
    pub(crate) gated: bool,
}

/// Whose token a client carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// May do everything.
    Full,
    /// May read and not write.
    ReadOnly,
    /// Knows the account and sees no repository.
    Blind,
    /// Is refused.
    Expired,
}

/// What goes wrong with the next trigger, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server hangs up before it carries the request out.
    HangsUpBefore,
    /// The server carries the request out and hangs up.
    HangsUpAfter,
    /// A 5xx; nothing was carried out.
    Fails,
    /// A 5xx; it was carried out all the same.
    FailsAfter,
    /// A proxy's page.
    ProxyPage,
    /// Too many calls.
    Limited,
    /// The token is refused.
    TokenRefused,
    /// Carried out, and answered later than the hasty client waits.
    Late,
}

impl Trouble {
    /// Whether a run is started all the same.
    pub(crate) fn starts_a_run(self) -> bool {
        matches!(self, Self::HangsUpAfter | Self::FailsAfter | Self::Late)
    }
}

/// What the stand-in's repository holds.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// `owner/name`.
    pub(crate) repository: String,
    /// A part of its name.
    pub(crate) query: &'static str,
    pub(crate) default_branch: &'static str,
    /// Another branch, with a slash in its name where the provider allows.
    pub(crate) other_branch: &'static str,
    /// Its tags, the highest version first.
    pub(crate) tags: &'static [&'static str],
    pub(crate) environments: &'static [&'static str],
    /// A pipeline that can't be started by hand; empty where there can be none.
    pub(crate) unstartable: &'static str,
    /// A tag at which the deploy pipeline takes no correlation yet; empty where a pipeline takes the same at any ref.
    pub(crate) tag_without_correlation: &'static str,
    /// The input that carries the correlation later.
    pub(crate) correlation_input: &'static str,
    /// True where an input that the pipeline doesn't declare is taken all the same.
    pub(crate) takes_any_input: bool,
    /// Two tags, and the titles of the commits between them, newest first.
    pub(crate) compared: (&'static str, &'static str, &'static [&'static str]),
    /// Whether the jobs of a run tell their steps.
    pub(crate) jobs_have_steps: bool,
    /// Something that the log of the deploy job holds; empty where logs are kept elsewhere.
    pub(crate) in_the_log: &'static str,
}

/// A stand-in for a provider.
pub(crate) trait Fixture: Send + Sync + Sized {
    /// Starts one of its own for a test.
    fn start(setup: Setup) -> impl Future<Output = Self> + Send;
    /// What it holds.
    fn facts(&self) -> Facts;
    /// A new client that remembers nothing of an earlier one.
    fn client(&self, token: Token) -> Arc<dyn Provider>;
    /// A client that doesn't wait long.
    fn hasty_client(&self) -> Arc<dyn Provider>;
    /// A client for an address where nobody listens.
    fn lost_client(&self) -> Arc<dyn Provider>;
    /// A deploy that works.
    fn deploy(&self, environment: &str, correlation: &str) -> FilledBinding;
    /// How many runs were started with this correlation.
    fn started(&self, correlation: &str) -> usize;
    /// How many triggers came in, whatever became of them.
    fn triggers_received(&self) -> u64;
    /// How often the token was sent where it doesn't belong.
    fn leaks(&self) -> u64;
    /// Orders trouble for the next trigger.
    fn order(&self, trouble: Trouble);
    /// Orders a 5xx for the next read of a run.
    fn order_read_failure(&self);
    /// Orders that the answer to the next going back in the provider's own way is lost.
    fn order_lost_way_back(&self);
    /// Orders that the next run's deploy job fails.
    fn order_failed_job(&self);
    /// Waits until a run has ended.
    fn ended(&self, run: &str) -> impl Future<Output = ()> + Send;
    /// Waits until a run waits for a person.
    fn waiting(&self, run: &str) -> impl Future<Output = ()> + Send;
}

/// A search for the run of a trigger.
pub(crate) fn search(pipeline: &FilledBinding, correlation: &str, is_correlated: bool, since: pilothouse_domain::Timestamp) -> RunSearch {
    RunSearch {
        pipeline: pipeline.pipeline.clone(),
        git_ref: pipeline.git_ref.clone(),
        correlation: correlation.to_owned(),
        is_correlated,
        since,
    }
}

/// That a call which needs what is lacking fails as such.
pub(crate) fn assert_lacking<T: std::fmt::Debug>(answer: Result<T, ProviderError>) {
    let error = answer.unwrap_err();
    assert_eq!((&error.kind, error.outcome()), (&ProviderErrorKind::Unsupported, CallOutcome::Refused), "{error:?}");
    assert!(!error.next_step.is_empty());
}

/// The moment by this machine's clock.
pub(crate) fn now() -> pilothouse_domain::Timestamp {
    pilothouse_domain::Timestamp::new(chrono::Utc::now())
}
