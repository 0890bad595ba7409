//! Calls to CodePipeline: a read is sent at most twice; a mutating call exactly once, as the SDK's own repeating is off. Keeps
//! quiet after being throttled, and logs the operation and the time of each call, never a header or a body.

use super::keys::Keys;
use super::memory::Memory;
use super::names::{Region, absent};
use super::refusal::{self, Refused};
use super::sts;
use super::wire::Wire;
use crate::base_url::BaseUrl;
use crate::failure::invalid;
use crate::options::CallOptions;
use aws_sdk_codepipeline::Client as CodePipeline;
use aws_sdk_codepipeline::config::http::HttpResponse;
use aws_sdk_codepipeline::config::retry::RetryConfig;
use aws_sdk_codepipeline::config::timeout::TimeoutConfig;
use aws_sdk_codepipeline::config::{self, AppName, BehaviorVersion, Config, StalledStreamProtectionConfig};
use aws_sdk_codepipeline::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use pilothouse_domain::Timestamp;
use pilothouse_domain::connection::ConnectionSettings;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};
use secrecy::SecretString;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long before their end lent keys are renewed.
const RENEWED_BEFORE: Duration = Duration::from_secs(300);

/// One AWS account in one region.
pub(super) struct Client {
    pub(super) base: BaseUrl,
    pub(super) http: reqwest::Client,
    pub(super) options: CallOptions,
    pub(super) keys: Keys,
    pub(super) region: Region,
    /// The ARN of the role to take on, where the connection names one.
    pub(super) role: Option<String>,
    pub(super) memory: Arc<Memory>,
}

/// The SDK's client, and until when its keys are good.
#[derive(Clone, Debug)]
pub(crate) struct Sdk {
    pub(super) client: CodePipeline,
    pub(super) keys: Keys,
}

/// A call in words: the operation, and what it is about.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) operation: &'static str,
    pub(super) subject: String,
}

impl Call {
    pub(super) fn new(operation: &'static str, subject: impl Into<String>) -> Self {
        Self { operation, subject: subject.into() }
    }
}

impl Client {
    pub(super) fn new(
        base: BaseUrl,
        http: reqwest::Client,
        options: CallOptions,
        settings: &ConnectionSettings,
        secret: &SecretString,
        memory: Arc<Memory>,
    ) -> Result<Self, ProviderError> {
        let region = region(settings, &base)?;
        let keys = Keys::read(settings.user.as_deref(), secret)?;
        let role = settings.role.as_deref().map(str::trim).filter(|role| !role.is_empty()).map(str::to_owned);
        if let Some(role) = &role
            && !(role.starts_with("arn:") && role.contains(":role/") && role.len() <= 2048 && role.chars().all(|c| c.is_ascii_graphic()))
        {
            return Err(invalid(format!("`{role}` is no role."), "Write it as arn:aws:iam::ACCOUNT:role/NAME."));
        }
        Ok(Self { base, http, options, keys, region, role, memory })
    }

    /// Checks that a repository is the region of this connection.
    pub(super) fn check(&self, repository: &str) -> Result<(), ProviderError> {
        if repository == self.region.name() { Ok(()) } else { Err(absent("region", repository)) }
    }

    /// A read. Sent once more where no answer came or a gateway failed.
    pub(super) async fn read<T, E, F>(&self, call: &Call, send: impl Fn(&CodePipeline) -> F) -> Result<T, Refused>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        match self.once(call, &send).await {
            Err(refused) if refused.is_passing() => {
                tokio::time::sleep(self.options.retry_pause).await;
                self.once(call, &send).await
            }
            other => other,
        }
    }

    /// A call, sent once, whatever comes of it.
    pub(super) async fn once<T, E, F>(&self, call: &Call, send: impl Fn(&CodePipeline) -> F) -> Result<T, Refused>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        if let Some(wait) = self.memory.budget.wait(Instant::now()) {
            return Err(refusal::throttled(wait).into());
        }
        let sdk = self.sdk().await?;
        let started = Instant::now();
        let answer = send(&sdk.client).await;
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match answer {
            Ok(answer) => {
                tracing::debug!(operation = call.operation, elapsed_ms, "CodePipeline answered.");
                self.memory.note_answered();
                Ok(answer)
            }
            Err(error) => {
                let refused = refusal::classify(self, &sdk.keys, call, &error);
                tracing::debug!(operation = call.operation, elapsed_ms, kind = ?refused.error.kind, "CodePipeline refused or gave no answer.");
                if refused.error.kind == ProviderErrorKind::Unauthorized && self.role.is_some() {
                    // Lent keys can be revoked before their end: the next call asks for new ones.
                    *self.memory.sdk.lock().await = None;
                }
                Err(refused)
            }
        }
    }

    /// The SDK's client, with keys of the role where there is one.
    pub(super) async fn sdk(&self) -> Result<Sdk, ProviderError> {
        let mut kept = self.memory.sdk.lock().await;
        if let Some(sdk) = kept.as_ref().filter(|sdk| self.role.is_none() || sdk.keys.last(RENEWED_BEFORE)) {
            return Ok(sdk.clone());
        }
        let keys = match &self.role {
            Some(role) => sts::assume(self, role).await?,
            None => self.keys.clone(),
        };
        let sdk = Sdk { client: self.build(&keys), keys };
        *kept = Some(sdk.clone());
        Ok(sdk)
    }

    fn build(&self, keys: &Keys) -> CodePipeline {
        let wire = SharedHttpConnector::new(Wire { http: self.http.clone(), memory: Arc::clone(&self.memory) });
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(config::Region::new(self.region.name().to_owned()))
            .endpoint_url(self.base.join(""))
            .credentials_provider(keys.credentials())
            .retry_config(RetryConfig::disabled())
            // The HTTP client bounds every call.
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(http_client_fn(move |_, _| wire.clone()));
        let config = match AppName::new(concat!("Pilothouse-", env!("CARGO_PKG_VERSION"))) {
            Ok(name) => config.app_name(name),
            Err(_) => config,
        };
        CodePipeline::from_conf(config.build())
    }
}

impl Keys {
    /// Whether they are good for that much longer, as far as is known.
    fn last(&self, longer: Duration) -> bool {
        self.expires_at.is_none_or(|ends| ends > Timestamp::new(chrono::Utc::now()).plus(longer))
    }
}

/// Whether a host is one of Amazon's, and not one that stands in for it.
pub(super) fn is_amazons(host: &str) -> bool {
    [".amazonaws.com", ".amazonaws.com.cn"].iter().any(|domain| host.ends_with(domain))
}

/// The region that the settings name, or else the one that the address names.
fn region(settings: &ConnectionSettings, base: &BaseUrl) -> Result<Region, ProviderError> {
    let host = base.host();
    let of_host = host.strip_prefix("codepipeline.").filter(|_| is_amazons(&host)).and_then(|rest| rest.split('.').next());
    let named = settings.region.as_deref().map(str::trim).filter(|name| !name.is_empty());
    match (named, of_host) {
        (Some(named), Some(of_host)) if named != of_host => Err(invalid(
            format!("The connection names the region {named}, and its address is that of {of_host}."),
            "Correct one of the two.",
        )),
        (named, of_host) => named
            .or(of_host)
            .and_then(Region::parse)
            .ok_or_else(|| invalid("The connection names no region.", "Enter the region of the pipelines, such as eu-central-1.")),
    }
}
