//! A product's source: the provider that keeps its repository, and the clone of it on this computer, where one is named. The provider
//! goes first; the clone answers where the provider keeps no source or can't be reached. Must not write anything.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::local_git::LocalGit;
use crate::ports::provider::{Capability, Comparison, SourcePage};
use crate::ports::{Provider, ProviderError, ProviderErrorKind};
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::connection::Connection;
use pilothouse_domain::product::Product;
use pilothouse_domain::release::{SourceKind, SourceRef};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Who told something about a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// The provider.
    Provider,
    /// The clone on this computer, which knows what was fetched last.
    Clone {
        /// Its folder.
        path: PathBuf,
        /// Why the provider didn't: it keeps no source, or can't be reached.
        instead_of: String,
    },
}

/// A product's source.
pub(crate) struct Source<'a> {
    engine: &'a Engine,
    pub(crate) connection: Connection,
    repository: String,
    /// Or why it can't be asked.
    provider: Result<Arc<dyn Provider>, ProviderError>,
    /// What the client could not be made for; told where there is no clone either.
    unmade: Option<EngineError>,
    clone: Option<(Arc<dyn LocalGit>, PathBuf)>,
    fallen_back: Mutex<Option<String>>,
}

impl Engine {
    /// The source of a product.
    ///
    /// # Errors
    /// Where neither the provider nor a clone can be asked.
    pub(crate) async fn source<'a>(&'a self, product: &Product) -> Result<Source<'a>, EngineError> {
        let connection = self.store().connection(product.connection_id).await?;
        let clone = self.local.book.clone_of(product.id).map(|path| (Arc::clone(&self.local.git), path));
        let capabilities = self.capabilities(connection.kind);
        let mut unmade = None;
        let provider = match self.client(&connection).await {
            _ if clone.is_some() && !capabilities.has(Capability::Source) => Err(capabilities.refusal(Capability::Source)),
            Ok(client) => Ok(client),
            Err(error) if clone.is_some() => {
                let outage = ProviderError {
                    kind: ProviderErrorKind::NotReached,
                    message: error.to_string(),
                    next_step: "Give the token again, or work with the clone.".to_owned(),
                };
                unmade = Some(error);
                Err(outage)
            }
            Err(error) => return Err(error),
        };
        let repository = product.repository.clone();
        Ok(Source { engine: self, connection, repository, provider, unmade, clone, fallen_back: Mutex::new(None) })
    }
}

/// Asks the provider, then, where it can't tell, the clone.
macro_rules! ask {
    ($source:ident, $method:ident ( $($argument:expr),* )) => {{
        let refused = match &$source.provider {
            Ok(client) => match $source.engine.note_refusal(&$source.connection, client.$method(&$source.repository, $($argument),*).await).await {
                Err(error) if $source.clone.is_some() && cannot_tell(&error) => error,
                told => return told,
            },
            Err(error) => error.clone(),
        };
        let Some((git, path)) = &$source.clone else { return Err(refused) };
        $source.fell_back(&refused);
        git.$method(path, $($argument),*).await.map_err(ProviderError::from)
    }};
}

impl Source<'_> {
    pub(crate) async fn refs(&self) -> Result<Vec<SourceRef>, ProviderError> {
        ask!(self, refs())
    }

    pub(crate) async fn commits(&self, git_ref: &str, limit: u8) -> Result<Vec<Commit>, ProviderError> {
        ask!(self, commits(git_ref, limit))
    }

    pub(crate) async fn resolve(&self, kind: SourceKind, name: &str) -> Result<SourceRef, ProviderError> {
        ask!(self, resolve(kind, name))
    }

    pub(crate) async fn compare(&self, base: &str, head: &str) -> Result<Comparison, ProviderError> {
        ask!(self, compare(base, head))
    }

    /// A file at a commit.
    pub(crate) async fn file(&self, commit: &str, path: &str) -> Result<String, ProviderError> {
        ask!(self, file(commit, path))
    }

    /// The address of a page about the source at the provider.
    pub(crate) fn page(&self, page: SourcePage<'_>) -> Option<String> {
        self.provider.as_ref().ok().and_then(|client| client.page(&self.repository, page))
    }

    /// The provider itself: for what only it can do or know.
    ///
    /// # Errors
    /// Why it can't be asked.
    pub(crate) fn provider(&self) -> Result<&Arc<dyn Provider>, EngineError> {
        match (&self.provider, &self.unmade) {
            (Ok(client), _) => Ok(client),
            (Err(_), Some(error)) => Err(error.clone()),
            (Err(error), None) => Err(error.clone().into()),
        }
    }

    /// The commit of a tag as the one who keeps the source has it now; `None` where there is no such tag. A clone counts only where the
    /// provider keeps no source: it may be behind.
    pub(crate) async fn tag(&self, name: &str) -> Result<Option<String>, EngineError> {
        let found = if self.engine.capabilities(self.connection.kind).has(Capability::Source) || self.clone.is_none() {
            let answer = self.provider()?.resolve(&self.repository, SourceKind::Tag, name).await;
            self.engine.note_refusal(&self.connection, answer).await
        } else {
            self.resolve(SourceKind::Tag, name).await
        };
        match found {
            Ok(there) => Ok(Some(there.commit)),
            Err(error) if error.kind == ProviderErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn repository(&self) -> &str {
        &self.repository
    }

    /// Who told what was asked so far.
    pub(crate) fn told_by(&self) -> ToldBy {
        let fallen_back = self.fallen_back.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (fallen_back, &self.clone) {
            (Some(instead_of), Some((_, path))) => ToldBy::Clone { path: path.clone(), instead_of },
            _ => ToldBy::Provider,
        }
    }

    fn fell_back(&self, refused: &ProviderError) {
        *self.fallen_back.lock().unwrap_or_else(PoisonError::into_inner) = Some(refused.message.clone());
    }
}

/// Whether the provider can't be asked now, so that somebody else may be: a "no" of its own is an answer.
fn cannot_tell(error: &ProviderError) -> bool {
    matches!(
        error.kind,
        ProviderErrorKind::Unsupported
            | ProviderErrorKind::RateLimited { .. }
            | ProviderErrorKind::Unavailable
            | ProviderErrorKind::NoAnswer
            | ProviderErrorKind::NotReached
            | ProviderErrorKind::Unauthorized
    )
}
