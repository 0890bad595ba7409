//! The clone of a product's repository on this computer: shown, checked, named, forgotten; how a tag in it is signed; and the refs that
//! a product's releases can be drafted from, whoever tells them.

use crate::decode::id;
use crate::error::ApiError;
use crate::lookups::SourceRefView;
use crate::{Api, IdRequest};
use pilothouse_engine::ports::local_git::{CloneFacts, LocalGitError, TagSignature};
use pilothouse_engine::usecases::clones::ProductClone;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::path::{Path, PathBuf};

/// A folder that may be a clone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InspectCloneRequest {
    /// Its path, whole.
    pub path: String,
}

/// A product's clone on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SetCloneRequest {
    /// The product's id.
    pub product_id: String,
    /// The folder's whole path; none or empty: it is forgotten.
    pub path: Option<String>,
}

/// A clone on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CloneView {
    /// Its folder.
    pub path: String,
    /// The branch that is checked out.
    pub branch: Option<String>,
    /// How many tags it has.
    pub tags: u32,
    /// Where it was cloned from, without credentials.
    pub origin: Option<String>,
    /// Why it can't be read now.
    pub trouble: Option<String>,
    /// What to do about that.
    pub next_step: Option<String>,
}

/// How a tag is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SignatureView {
    /// How it stands.
    pub state: SignatureWord,
    /// That in a sentence.
    pub line: String,
    /// Who signed it, where that is certain.
    pub by: Option<String>,
    /// With which key.
    pub key: Option<String>,
    /// What to do about it.
    pub next_step: Option<String>,
}

/// How a tag's signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SignatureWord {
    /// A lightweight tag can't be signed.
    Lightweight,
    /// It isn't signed.
    Unsigned,
    /// It holds.
    Good,
    /// By a key that this person doesn't know.
    Unknown,
    /// It doesn't hold.
    Bad,
    /// It can't be checked here.
    Unchecked,
}

impl Api {
    /// Whether a folder is a clone that can be read. Keeps nothing.
    ///
    /// # Errors
    /// `invalid` where it isn't.
    pub async fn inspect_clone(&self, request: InspectCloneRequest) -> Result<CloneView, ApiError> {
        let facts = self.engine.inspect_clone(&folder(&request.path)).await?;
        Ok(CloneView::new(&facts.path.clone(), Ok(&facts)))
    }

    /// The clone of a product on this computer; none where none is named.
    ///
    /// # Errors
    /// `invalid` for what is no id.
    pub async fn product_clone(&self, request: IdRequest) -> Result<Option<CloneView>, ApiError> {
        Ok(self.engine.clone_of(id("id", &request.id)?).await.as_ref().map(CloneView::from))
    }

    /// Names the clone of a product on this computer, or forgets it.
    ///
    /// # Errors
    /// `invalid` where the folder is no clone that can be read.
    pub async fn set_product_clone(&self, request: SetCloneRequest) -> Result<Option<CloneView>, ApiError> {
        let path = request.path.as_deref().map(str::trim).filter(|path| !path.is_empty()).map(folder);
        let set = self.engine.set_clone(&self.actor, id("product_id", &request.product_id)?, path.as_deref()).await?;
        Ok(set.as_ref().map(CloneView::from))
    }

    /// Tags and branches that a product's releases can be drafted from, newest first where that is known.
    ///
    /// # Errors
    /// Where neither the provider nor a clone can be asked.
    pub async fn product_refs(&self, request: IdRequest) -> Result<Vec<SourceRefView>, ApiError> {
        let refs = self.engine.product_refs(id("id", &request.id)?).await?;
        Ok(refs.iter().map(SourceRefView::from).collect())
    }
}

/// `~` is the home folder, as people write it.
fn folder(path: &str) -> PathBuf {
    let path = path.trim();
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

impl CloneView {
    fn new(path: &Path, facts: Result<&CloneFacts, &LocalGitError>) -> Self {
        let known = facts.ok();
        Self {
            path: path.display().to_string(),
            branch: known.and_then(|facts| facts.branch.clone()),
            tags: known.map_or(0, |facts| facts.tags),
            origin: known.and_then(|facts| facts.origin.clone()),
            trouble: facts.err().map(|error| error.message.clone()),
            next_step: facts.err().map(|error| error.next_step.clone()),
        }
    }
}

impl From<&ProductClone> for CloneView {
    fn from(clone: &ProductClone) -> Self {
        Self::new(&clone.path, clone.facts.as_ref())
    }
}

impl From<&TagSignature> for SignatureView {
    fn from(signature: &TagSignature) -> Self {
        let view = |state, line: String| Self { state, line, by: None, key: None, next_step: None };
        match signature {
            TagSignature::Lightweight => view(SignatureWord::Lightweight, "A lightweight tag: it can't be signed.".to_owned()),
            TagSignature::Unsigned => view(SignatureWord::Unsigned, "Not signed.".to_owned()),
            TagSignature::Good { by, key } => {
                Self { by: Some(by.clone()), key: Some(key.clone()), ..view(SignatureWord::Good, format!("Signed by {by}, and verified.")) }
            }
            TagSignature::Unknown { key, next_step } => Self {
                key: Some(key.clone()),
                next_step: Some(next_step.clone()),
                ..view(SignatureWord::Unknown, "Signed with a key that isn't known here.".to_owned())
            },
            TagSignature::Bad { reason } => view(SignatureWord::Bad, format!("Bad signature: {reason}")),
            TagSignature::Unchecked { reason } => view(SignatureWord::Unchecked, format!("The signature can't be checked: {reason}")),
        }
    }
}
