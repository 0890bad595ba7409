//! Settings files: a product's settings as a text, what a text would change, and applying it, from a file or the product's repository.

use crate::decode::{id, optional_id};
use crate::error::ApiError;
use crate::record::HandedOut;
use crate::{Api, IdRequest};
use pilothouse_domain::settings::{SettingsChange, SettingsFile, SettingsPart, SettingsSource, USUAL_PATH};
use pilothouse_engine::usecases::{RepositoryFile, SettingsLook};
use serde::{Deserialize, Serialize};
use specta::Type;

/// The text of a product's settings file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SettingsTextView {
    /// The text, in YAML.
    pub text: String,
}

/// Looking at what a text would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LookAtSettingsRequest {
    /// The text, in YAML.
    pub text: String,
    /// Onto which product; none: the one of the name that the text says, or a new one.
    #[serde(default)]
    pub product_id: Option<String>,
}

/// Applying a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ApplySettingsRequest {
    /// The text, in YAML.
    pub text: String,
    /// Onto which product; none: the one of the name that the text says, or a new one.
    #[serde(default)]
    pub product_id: Option<String>,
    /// What a look told: what has changed since is refused. None: applied as it comes.
    #[serde(default)]
    pub seen: Option<String>,
}

/// Looking at a file in a product's repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RepositorySettingsRequest {
    /// The product.
    pub product_id: String,
    /// The file's path from the root of the repository: `pilothouse.yaml`.
    pub path: String,
    /// The branch: `main`.
    pub branch: String,
}

/// Applying a file of a product's repository, and keeping it as where the settings come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct KeepSettingsRequest {
    /// The product.
    pub product_id: String,
    /// The file's path from the root of the repository.
    pub path: String,
    /// The branch.
    pub branch: String,
    /// The commit that was looked at.
    pub commit: String,
    /// What a look told: what has changed since is refused.
    #[serde(default)]
    pub seen: Option<String>,
}

/// What applying a file would change, or has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SettingsLookView {
    /// The product; none: it would be added.
    pub product_id: Option<String>,
    /// Its name, as the file says it.
    pub name: String,
    /// Each difference, in the order of the form; none: everything is as the file says.
    pub changes: Vec<SettingsChangeView>,
    /// Stands for the file and what it was compared with.
    pub seen: String,
}

/// What applying a file of the repository would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RepositorySettingsView {
    /// What it would change.
    pub look: SettingsLookView,
    /// The commit that the branch is at.
    pub commit: String,
}

/// A difference between what is set and what a file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SettingsChangeView {
    /// Where, from the outside in: `environments`, `staging`, `rules`, `required_approvals`.
    pub path: Vec<String>,
    /// What it is now; none: it isn't there.
    pub before: Option<String>,
    /// What the file says; none: it is taken away.
    pub after: Option<String>,
}

/// Where a product's settings come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SettingsSourceView {
    /// The file's path from the root of the repository.
    pub path: String,
    /// The branch on which it is looked at.
    pub branch: String,
    /// The commit at which it was applied last.
    pub commit: String,
    /// The parts that it sets: nothing else changes them.
    pub parts: Vec<SettingsPartWord>,
    /// Who applied it.
    pub by: String,
    /// When (RFC 3339).
    pub at: String,
}

/// A part of what a file sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SettingsPartWord {
    /// The product, its environments, pipelines, rules and rollouts.
    Product,
    /// Health checks.
    Checks,
    /// Templates of checklists.
    Checklists,
    /// Freezes and change windows of the product.
    Windows,
}

impl From<SettingsPart> for SettingsPartWord {
    fn from(part: SettingsPart) -> Self {
        match part {
            SettingsPart::Product => Self::Product,
            SettingsPart::Checks => Self::Checks,
            SettingsPart::Checklists => Self::Checklists,
            SettingsPart::Windows => Self::Windows,
        }
    }
}

impl From<&SettingsSource> for SettingsSourceView {
    fn from(source: &SettingsSource) -> Self {
        Self {
            path: source.path.clone(),
            branch: source.branch.clone(),
            commit: source.commit.clone(),
            parts: source.parts.iter().copied().map(SettingsPartWord::from).collect(),
            by: source.by.to_string(),
            at: source.at.to_string(),
        }
    }
}

impl From<SettingsLook> for SettingsLookView {
    fn from(look: SettingsLook) -> Self {
        let change = |SettingsChange { path, before, after }: SettingsChange| SettingsChangeView { path, before, after };
        Self {
            product_id: look.product.map(|id| id.to_string()),
            name: look.name,
            changes: look.changes.into_iter().map(change).collect(),
            seen: look.seen,
        }
    }
}

/// The JSON Schema of settings files.
#[must_use]
pub fn settings_schema() -> serde_json::Value {
    SettingsFile::schema()
}

impl Api {
    /// A product's settings as the text of a file.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn settings_text(&self, request: IdRequest) -> Result<SettingsTextView, ApiError> {
        Ok(SettingsTextView { text: self.engine.settings_file(id("id", &request.id)?).await? })
    }

    /// A product's settings as a file to save.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn settings_file(&self, request: IdRequest) -> Result<HandedOut, ApiError> {
        let text = self.settings_text(request).await?.text;
        Ok(HandedOut { name: USUAL_PATH.to_owned(), content: text.into_bytes(), fingerprint: None })
    }

    /// What applying a text would change.
    ///
    /// # Errors
    /// `invalid`: what is wrong with the text, with its line.
    pub async fn look_at_settings(&self, request: LookAtSettingsRequest) -> Result<SettingsLookView, ApiError> {
        let onto = optional_id("product_id", request.product_id.as_deref())?;
        Ok(self.engine.look_at_settings(&request.text, onto).await?.into())
    }

    /// Applies a text.
    ///
    /// # Errors
    /// `invalid`; `conflict` where the product was changed since it was looked at; `kept_in_file` where its settings come from its
    /// repository; `in_use` where an environment with deployments would be taken away.
    pub async fn apply_settings(&self, request: ApplySettingsRequest) -> Result<SettingsLookView, ApiError> {
        let onto = optional_id("product_id", request.product_id.as_deref())?;
        Ok(self.engine.apply_settings(&self.actor, &request.text, onto, request.seen.as_deref()).await?.into())
    }

    /// What applying a file of the product's repository would change.
    ///
    /// # Errors
    /// `invalid`; those of the provider, where the file can't be read.
    pub async fn look_at_repository_settings(&self, request: RepositorySettingsRequest) -> Result<RepositorySettingsView, ApiError> {
        let at = RepositoryFile { path: request.path, branch: request.branch };
        let (look, commit) = self.engine.look_at_settings_in_repository(id("product_id", &request.product_id)?, &at).await?;
        Ok(RepositorySettingsView { look: look.into(), commit })
    }

    /// Applies a file of the product's repository, and keeps it as where the settings come from.
    ///
    /// # Errors
    /// As [`Api::look_at_repository_settings`]; `conflict` where the product was changed since it was looked at.
    pub async fn keep_settings_in_repository(&self, request: KeepSettingsRequest) -> Result<SettingsLookView, ApiError> {
        let at = RepositoryFile { path: request.path, branch: request.branch };
        let product = id("product_id", &request.product_id)?;
        let kept = self.engine.keep_settings_in_repository(&self.actor, product, &at, &request.commit, request.seen.as_deref());
        Ok(kept.await?.into())
    }

    /// Lets go of the file that a product's settings come from: they are set in the window again.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn set_settings_here(&self, request: IdRequest) -> Result<(), ApiError> {
        self.engine.set_settings_here(&self.actor, id("id", &request.id)?).await?;
        Ok(())
    }
}
