//! The clone of a product's repository on this computer: named, checked, forgotten; and how a tag in it is signed.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::local_git::{CloneFacts, LocalGitError, TagSignature};
use pilothouse_domain::release::{SourceKind, SourceRef};
use pilothouse_domain::{Actor, ProductId, ReleaseId};
use std::path::{Path, PathBuf};

/// A product's clone on this computer.
#[derive(Clone, Debug)]
pub struct ProductClone {
    /// Its folder.
    pub path: PathBuf,
    /// What is known of it, or why it can't be read now.
    pub facts: Result<CloneFacts, LocalGitError>,
}

impl Engine {
    /// Whether a folder is a clone that can be read. Keeps nothing.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where it isn't.
    pub async fn inspect_clone(&self, path: &Path) -> Result<CloneFacts, EngineError> {
        if !path.is_absolute() {
            return Err(EngineError::invalid("local_clone", "the path isn't absolute", "Give the folder's whole path."));
        }
        self.local.git.inspect(path).await.map_err(invalid)
    }

    /// The clone of a product on this computer; `None` where none is named.
    pub async fn clone_of(&self, product: ProductId) -> Option<ProductClone> {
        let path = self.local.book.clone_of(product)?;
        let facts = self.local.git.inspect(&path).await;
        Some(ProductClone { path, facts })
    }

    /// Names the clone of a product on this computer, or with `None` forgets it. Where it is stays on this computer; that it was named is
    /// in the audit log.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the folder is no clone that can be read.
    pub async fn set_clone(&self, actor: &Actor, id: ProductId, path: Option<&Path>) -> Result<Option<ProductClone>, EngineError> {
        let product = self.store().product(id).await?;
        let facts = match path {
            Some(path) => Some(self.inspect_clone(path).await?),
            None => None,
        };
        if self.local.book.clone_of(id) == facts.as_ref().map(|f| f.path.clone()) {
            return Ok(self.clone_of(id).await);
        }
        self.local.book.set_clone(id, facts.as_ref().map(|f| f.path.as_path())).map_err(invalid)?;
        let mut change = self.change(actor);
        let (action, summary) = match &facts {
            Some(_) => ("product.clone_named", format!("Named a clone of {} on a computer", product.name)),
            None => ("product.clone_forgotten", format!("Forgot the clone of {} on a computer", product.name)),
        };
        change.audit_product(action, &product, summary);
        self.ports.store.commit(change.into_set()).await?;
        Ok(facts.map(|facts| ProductClone { path: facts.path.clone(), facts: Ok(facts) }))
    }

    /// Tags and branches that a product's releases can be drafted from.
    ///
    /// # Errors
    /// Where neither the provider nor a clone can be asked.
    pub async fn product_refs(&self, id: ProductId) -> Result<Vec<SourceRef>, EngineError> {
        let product = self.store().product(id).await?;
        Ok(self.source(&product).await?.refs().await?)
    }

    /// How a release's tag is signed, as the clone on this computer has it; `None` where no clone is named or it hasn't the tag.
    ///
    /// # Errors
    /// Where the clone can't be read.
    pub async fn tag_signature(&self, id: ReleaseId) -> Result<Option<TagSignature>, EngineError> {
        let release = self.store().release(id).await?;
        let Some(path) = self.local.book.clone_of(release.product_id) else { return Ok(None) };
        let there = self.local.git.resolve(&path, SourceKind::Tag, &release.tag).await;
        match there {
            // A tag of the same name at another commit tells nothing about this release.
            Ok(tag) if tag.commit != release.source.commit => Ok(None),
            Ok(_) => Ok(Some(self.local.git.signature(&path, &release.tag).await.map_err(invalid)?)),
            Err(error) if error.is_missing => Ok(None),
            Err(error) => Err(invalid(error)),
        }
    }
}

fn invalid(error: LocalGitError) -> EngineError {
    EngineError::invalid("local_clone", error.message, error.next_step)
}
