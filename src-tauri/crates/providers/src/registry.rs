//! From a connection to a client: the only place where a [`ProviderKind`] is matched on.

use crate::base_url::BaseUrl;
use crate::codepipeline;
use crate::github;
use crate::gitlab;
use crate::jenkins;
use crate::memories::Memories;
use crate::options::CallOptions;
use crate::transport::Transport;
use pilothouse_domain::connection::{Connection, ProviderKind};
use pilothouse_engine::ports::provider::{Capabilities, ConnectionForm, Provider, ProviderError, ProviderErrorKind, ProviderRegistry};
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
    fn connect(&self, connection: &Connection, secret: SecretString) -> Result<Arc<dyn Provider>, ProviderError> {
        if connection.kind == ProviderKind::Codepipeline {
            let base = codepipeline::base_url(connection)?;
            let http = self.transport.client(&base)?;
            let memory = self.codepipeline.of(connection.id, &codepipeline::account_of(connection), &secret);
            let (options, settings) = (self.transport.options(), &connection.settings);
            return Ok(Arc::new(codepipeline::CodePipeline::new(base, http, options, settings, &secret, memory)?));
        }
        let base = BaseUrl::parse(&connection.base_url)?;
        match connection.kind {
            ProviderKind::Github => {
                let http = self.transport.client(&base)?;
                let memory = self.github.of(connection.id, &connection.base_url, &secret);
                Ok(Arc::new(github::GitHub::new(base, http, self.transport.options(), secret, memory)?))
            }
            ProviderKind::Gitlab => {
                let base = BaseUrl::parse(&gitlab::api_url(&connection.base_url))?;
                let http = self.transport.client(&base)?;
                let memory = self.gitlab.of(connection.id, &connection.base_url, &secret);
                Ok(Arc::new(gitlab::GitLab::new(base, http, self.transport.options(), secret, memory)?))
            }
            ProviderKind::Jenkins => {
                let http = self.transport.client(&base)?;
                let user = connection.settings.user.as_deref().unwrap_or_default();
                let memory = self.jenkins.of(connection.id, &format!("{user} {}", connection.base_url), &secret);
                Ok(Arc::new(jenkins::Jenkins::new(base, http, self.transport.options(), user, &secret, memory)?))
            }
            other => Err(crate::failure::failure(
                ProviderErrorKind::Invalid,
                format!("This version of Pilothouse doesn't speak to {}.", other.name()),
                "Update Pilothouse.",
            )),
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
