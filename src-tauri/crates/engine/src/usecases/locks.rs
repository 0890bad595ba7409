//! Locks: set and lift by hand.

use super::valid_reason;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::Write;
use pilothouse_domain::lock::{Lifted, Lock, LockStrength};
use pilothouse_domain::{Actor, EnvironmentId, LockId, ProductId, Timestamp};

impl Engine {
    /// Locks an environment, with no environment the whole product, and with no product everything: nothing is deployed anywhere, but
    /// hotfixes where they pass.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where the same place is locked already: it names who holds it.
    #[expect(clippy::too_many_arguments, reason = "each is one field of the lock, and none has a sensible default")]
    pub async fn lock(
        &self,
        actor: &Actor,
        product: Option<ProductId>,
        environment: Option<EnvironmentId>,
        reason: &str,
        until: Option<Timestamp>,
        strength: LockStrength,
        hotfixes_pass: bool,
    ) -> Result<Lock, EngineError> {
        let now = self.now();
        if until.is_some_and(|until| until <= now) {
            return Err(EngineError::invalid("until", "the lock would have ended already", "Choose a time to come, or none."));
        }
        if product.is_none() && environment.is_some() {
            return Err(EngineError::invalid("product", "an environment is one of a product", "Name the product, or lock everything."));
        }
        let locked = self.store().locks(product).await?;
        let is_same = |lock: &&Lock| lock.product_id == product && lock.environment_id == environment && lock.is_active(now);
        if let Some(lock) = locked.iter().find(is_same) {
            let what = format!("The lock (by {}: {})", lock.by, lock.reason);
            return Err(StoreError::Taken { constraint: "lock_place".to_owned(), what }.into());
        }
        let place = self.place(product, environment).await?;
        let lock = Lock {
            id: self.new_id(LockId::new),
            revision: 0,
            product_id: product,
            environment_id: environment,
            reason: valid_reason(reason)?,
            strength,
            hotfixes_pass,
            release_id: None,
            by: actor.clone(),
            since: now,
            until,
            lifted: None,
        };
        let mut change = self.change(actor);
        change.audit_lock("lock.set", &lock, format!("Locked {place}: {}", lock.reason));
        change.write(Write::Lock(lock.clone()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(lock)
    }

    /// Lifts a lock. Lifting a lifted one is no error.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn lift_lock(&self, actor: &Actor, id: LockId, reason: &str) -> Result<(), EngineError> {
        let Some(mut lock) = self.store().locks(None).await?.into_iter().find(|l| l.id == id) else { return Ok(()) };
        let place = self.place(lock.product_id, lock.environment_id).await?;
        lock.lifted = Some(Lifted { by: actor.clone(), at: self.now(), reason: reason.trim().to_owned() });
        let mut change = self.change(actor);
        change.audit_lock("lock.lifted", &lock, format!("Lifted the lock of {place}"));
        change.write(Write::Lock(lock));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    async fn place(&self, product: Option<ProductId>, environment: Option<EnvironmentId>) -> Result<String, EngineError> {
        let Some(product) = product else { return Ok("everything".to_owned()) };
        let product = self.store().product(product).await?;
        Ok(match environment {
            Some(id) => format!("{} of {}", self.store().environment(id).await?.name, product.name),
            None => product.name,
        })
    }
}
