//! From a connection to a client: the only place where a [`ProviderKind`] is matched on.

use crate::base_url::BaseUrl;
use crate::codepipeline;
use crate::github;
use crate::gitlab;
use crate::jenkins;
use crate::memories::Memories;
use crate::network;
use crate::options::CallOptions;
use crate::transport::{Link, Transport};
use pilothouse_domain::Timestamp;
use pilothouse_domain::connection::{Connection, ProviderKind};
use pilothouse_domain::network::NetworkSettings;
use pilothouse_engine::ports::provider::{
    Capabilities, ConnectionForm, NetworkCertificates, NetworkFault, NetworkSecrets, Provider, ProviderError, ProviderErrorKind,
    ProviderRegistry, Secrets,
};
use secrecy::SecretString;
use std::sync::Arc;

/// Every adapter of this build. Clients of the same connection share kept answers and call budgets, so connecting is cheap and may
/// be done for each use.
#[derive(Debug)]
pub struct Registry {
    transport: Transport,
    github: Memories<github::Memory>,
    gitlab: Memories<gitlab::Memory>,
    jenkins: Memories<jenkins::Memory>,
    codepipeline: Memories<codepipeline::Memory>,
}

impl Registry {
    /// A registry whose clients keep to these bounds. Connects to nothing.
    #[must_use]
    pub fn new(options: CallOptions) -> Self {
        Self {
            transport: Transport::new(options),
            github: Memories::default(),
            gitlab: Memories::default(),
            jenkins: Memories::default(),
            codepipeline: Memories::default(),
        }
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new(CallOptions::default())
    }
}

impl ProviderRegistry for Registry {
    fn connect_with(&self, connection: &Connection, secrets: Secrets) -> Result<Arc<dyn Provider>, ProviderError> {
        let Secrets { token: secret, network: secrets } = secrets;
        let link = |base: &BaseUrl| self.transport.link(base, &connection.settings.network, &secrets);
        if connection.kind == ProviderKind::Codepipeline {
            let (connection, secret) = codepipeline::with_profile(connection, secret)?;
            let base = codepipeline::base_url(&connection)?;
            let link = link(&base)?;
            let memory = self.codepipeline.of(connection.id, &codepipeline::account_of(&connection, link.print), &secret);
            let settings = &connection.settings;
            return Ok(Arc::new(codepipeline::CodePipeline::new(base, link.http, link.options, settings, &secret, memory)?));
        }
        let base = BaseUrl::parse(&connection.base_url)?;
        match connection.kind {
            ProviderKind::Github => {
                let Link { http, options, .. } = link(&base)?;
                let memory = self.github.of(connection.id, &connection.base_url, &secret);
                Ok(Arc::new(github::GitHub::new(base, http, options, secret, memory)?))
            }
            ProviderKind::Gitlab => {
                let base = BaseUrl::parse(&gitlab::api_url(&connection.base_url))?;
                let Link { http, options, .. } = link(&base)?;
                let memory = self.gitlab.of(connection.id, &connection.base_url, &secret);
                Ok(Arc::new(gitlab::GitLab::new(base, http, options, secret, memory)?))
            }
            ProviderKind::Jenkins => {
                let Link { http, options, .. } = link(&base)?;
                let user = connection.settings.user.as_deref().unwrap_or_default();
                let memory = self.jenkins.of(connection.id, &format!("{user} {}", connection.base_url), &secret);
                Ok(Arc::new(jenkins::Jenkins::new(base, http, options, user, &secret, memory)?))
            }
            other => Err(crate::failure::failure(
                ProviderErrorKind::Invalid,
                format!("This version of Pilothouse doesn't speak to {}.", other.name()),
                "Update Pilothouse.",
            )),
        }
    }

    fn check_network(&self, network: &NetworkSettings, secrets: &NetworkSecrets) -> Result<(), NetworkFault> {
        network::check(network, secrets, Timestamp::new(chrono::Utc::now()))
    }

    fn certificates(&self, network: &NetworkSettings) -> NetworkCertificates {
        network::certificates(network)
    }

    fn secret_of(&self, kind: ProviderKind, token: SecretString, session_token: Option<SecretString>) -> SecretString {
        match (kind, session_token) {
            (ProviderKind::Codepipeline, Some(session)) => codepipeline::temporary(&token, &session),
            _ => token,
        }
    }

    fn capabilities(&self, kind: ProviderKind) -> Capabilities {
        match kind {
            ProviderKind::Gitlab => gitlab::CAPABILITIES,
            ProviderKind::Jenkins => jenkins::CAPABILITIES,
            ProviderKind::Codepipeline => codepipeline::CAPABILITIES,
            _ => github::CAPABILITIES,
        }
    }

    fn form(&self, kind: ProviderKind) -> ConnectionForm {
        match kind {
            ProviderKind::Gitlab => gitlab::FORM,
            ProviderKind::Jenkins => jenkins::FORM,
            ProviderKind::Codepipeline => codepipeline::FORM,
            // The kinds are not closed: a new one names its own form here.
            _ => github::FORM,
        }
    }
}
