//! Locks: list, set, lift.

use crate::Api;
use crate::decode::{id, optional_id, shown, time};
use crate::error::ApiError;
use pilothouse_domain::lock::{Lock, LockStrength};
use pilothouse_domain::product::{Environment, Product};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Whose locks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListLocksRequest {
    /// Of this product; none for all.
    pub product_id: Option<String>,
}

/// A lock to set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SetLockRequest {
    /// The product; none stops the line: every product is locked.
    pub product_id: Option<String>,
    /// The environment; none locks the whole product.
    pub environment_id: Option<String>,
    /// Why, never empty.
    pub reason: String,
    /// When it ends by itself.
    pub until: Option<String>,
    /// Whether it stops deployments or only warns.
    pub strength: LockStrengthWord,
    /// Whether hotfixes go on in spite of it.
    #[serde(default)]
    pub hotfixes_pass: bool,
}

/// A lock to lift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LiftLockRequest {
    /// Its id.
    pub id: String,
    /// Why; may be empty.
    pub reason: String,
}

/// A lock that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LockView {
    /// Its id.
    pub id: String,
    /// The product's id; none where everything is locked.
    pub product_id: Option<String>,
    /// The product's name, or `Everything`.
    pub product: String,
    /// The environment that it closes; none closes them all.
    pub environment_id: Option<String>,
    /// That environment's name.
    pub environment: Option<String>,
    /// Why.
    pub reason: String,
    /// Whether it stops deployments or only warns.
    pub strength: LockStrengthWord,
    /// Whether hotfixes go on in spite of it.
    #[serde(default)]
    pub hotfixes_pass: bool,
    /// The release that was the reason, where a rollback set it.
    pub release_id: Option<String>,
    /// Who set it.
    pub by: String,
    /// When.
    pub since: String,
    /// When it ends by itself.
    pub until: Option<String>,
}

/// Whether a lock stops deployments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum LockStrengthWord {
    /// Deployments are refused. Rollbacks are not.
    Stops,
    /// Deployments go on; the lock is shown.
    Warns,
}

impl From<LockStrengthWord> for LockStrength {
    fn from(strength: LockStrengthWord) -> Self {
        match strength {
            LockStrengthWord::Stops => Self::Stops,
            LockStrengthWord::Warns => Self::Warns,
        }
    }
}

impl LockView {
    pub(crate) fn new(lock: &Lock, products: &[Product], environments: &[Environment]) -> Self {
        let environment = lock.environment_id.and_then(|id| environments.iter().find(|e| e.id == id));
        Self {
            id: lock.id.to_string(),
            product_id: lock.product_id.map(|id| id.to_string()),
            product: match lock.product_id {
                Some(id) => products.iter().find(|p| p.id == id).map(|p| p.name.clone()).unwrap_or_default(),
                None => "Everything".to_owned(),
            },
            environment_id: lock.environment_id.map(|id| id.to_string()),
            environment: environment.map(|e| e.name.clone()),
            reason: lock.reason.clone(),
            strength: match lock.strength {
                LockStrength::Stops => LockStrengthWord::Stops,
                LockStrength::Warns => LockStrengthWord::Warns,
            },
            hotfixes_pass: lock.hotfixes_pass,
            release_id: lock.release_id.map(|id| id.to_string()),
            by: lock.by.to_string(),
            since: shown(lock.since),
            until: lock.until.map(shown),
        }
    }
}

impl Api {
    /// The locks that hold now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_locks(&self, request: ListLocksRequest) -> Result<Vec<LockView>, ApiError> {
        let product = optional_id("product_id", request.product_id.as_deref())?;
        let now = self.engine.now();
        let products = self.store().products().await?;
        let environments = self.store().environments(product).await?;
        let locks = self.store().locks(product).await?;
        Ok(locks.iter().filter(|l| l.is_active(now)).map(|l| LockView::new(l, &products, &environments)).collect())
    }

    /// Locks an environment, a whole product, or everything.
    ///
    /// # Errors
    /// `taken` where the same place is locked already; `invalid` without a reason.
    pub async fn set_lock(&self, request: SetLockRequest) -> Result<LockView, ApiError> {
        let product = optional_id("product_id", request.product_id.as_deref())?;
        let environment = optional_id("environment_id", request.environment_id.as_deref())?;
        let until = request.until.as_deref().filter(|text| !text.trim().is_empty()).map(|text| time("until", text)).transpose()?;
        let (strength, passes) = (request.strength.into(), request.hotfixes_pass);
        let lock = self.engine.lock(&self.actor, product, environment, &request.reason, until, strength, passes).await?;
        let products = self.store().products().await?;
        Ok(LockView::new(&lock, &products, &self.store().environments(product).await?))
    }

    /// Lifts a lock. Lifting a lifted one is no error.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn lift_lock(&self, request: LiftLockRequest) -> Result<(), ApiError> {
        Ok(self.engine.lift_lock(&self.actor, id("id", &request.id)?, &request.reason).await?)
    }
}
