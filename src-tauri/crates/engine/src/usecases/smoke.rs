//! Smoke scenarios of a product: what they ask, when they run, where they are sent, and their secrets.

use super::valid_name;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::Write;
use crate::smoke::{secret_names, unreadable};
use pilothouse_domain::smoke::template::is_name;
use pilothouse_domain::smoke::{ScenarioSource, SmokeScenario, SmokeTarget, form, repository_path};
use pilothouse_domain::{Actor, EnvironmentId, ProductId, SmokeScenarioId};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeSet;

/// The shortest secret: a shorter one can't be told from what stands beside it, and so not be left out of what is kept.
const SHORTEST_SECRET: usize = 6;

/// A secret that smoke tests of a product name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmokeSecret {
    /// Its name.
    pub name: String,
    /// Whether this computer's keychain holds it.
    pub is_there: bool,
}

impl Engine {
    /// Adds a scenario (its revision is 0), or changes one.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where its text can't be read, or a value is out of range.
    pub async fn put_smoke_scenario(&self, actor: &Actor, mut scenario: SmokeScenario) -> Result<SmokeScenario, EngineError> {
        let product = self.store().product(scenario.product_id).await?;
        scenario.name = valid_name("name", &scenario.name, 120)?;
        match &mut scenario.source {
            ScenarioSource::Written { text } => {
                form::parse(text).map_err(|faults| unreadable(&faults))?;
            }
            ScenarioSource::Repository { path } => {
                *path = repository_path(path)
                    .map_err(|reason| EngineError::invalid("path", reason, "Write it as Git shows it: smoke/checkout.yml, for example."))?;
            }
        }
        let environments = self.store().environments(Some(product.id)).await?;
        scenario.environments.retain(|id| environments.iter().any(|environment| environment.id == *id));
        if scenario.environments.len() == environments.len() {
            scenario.environments.clear();
        }
        let is_new = scenario.revision == 0;
        if is_new {
            scenario.id = self.new_id(SmokeScenarioId::new);
        } else if self.store().smoke_scenario(scenario.id).await?.product_id != scenario.product_id {
            return Err(EngineError::invalid("product", "the scenario belongs to another product", "Add it to this one."));
        }
        let (action, verb) = if is_new { ("smoke_scenario.added", "Added") } else { ("smoke_scenario.changed", "Changed") };
        let mut change = self.change(actor);
        change.audit_smoke_scenario(action, &scenario, format!("{verb} the smoke test {} of {}", scenario.name, product.name));
        change.write(Write::SmokeScenario(scenario.clone()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().smoke_scenario(scenario.id).await?)
    }

    /// Takes a scenario away. What its runs said stays in the history.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_smoke_scenario(&self, actor: &Actor, id: SmokeScenarioId) -> Result<(), EngineError> {
        let scenario = self.store().smoke_scenario(id).await?;
        let mut change = self.change(actor);
        change.audit_smoke_scenario("smoke_scenario.removed", &scenario, format!("Removed the smoke test {}", scenario.name));
        change.write(Write::RemoveSmokeScenario(scenario));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// Says where smoke tests reach an environment.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where that is no address.
    pub async fn set_smoke_target(&self, actor: &Actor, id: EnvironmentId, base_url: &str) -> Result<(), EngineError> {
        let environment = self.store().environment(id).await?;
        let base_url = super::checks::valid_url(base_url.trim().trim_end_matches('/'))?;
        let mut change = self.change(actor);
        change.audit_environment("environment.smoke_target", &environment, format!("Smoke tests reach {} at {base_url}", environment.name));
        change.write(Write::SmokeTarget(SmokeTarget { environment_id: id, base_url }));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// The secrets that the written scenarios of a product name, and `more` (those of a scenario that isn't kept yet).
    ///
    /// # Errors
    /// Where the keychain can't be asked.
    pub async fn smoke_secrets(&self, product: ProductId, more: &BTreeSet<String>) -> Result<Vec<SmokeSecret>, EngineError> {
        let mut names = more.clone();
        for scenario in self.store().smoke_scenarios(product).await? {
            if let ScenarioSource::Written { text } = &scenario.source
                && let Ok(scenario) = form::parse(text)
            {
                names.extend(secret_names(&scenario));
            }
        }
        let mut secrets = Vec::with_capacity(names.len());
        for name in names {
            let is_there = self.keychain().read_smoke_secret(product, &name).await?.is_some();
            secrets.push(SmokeSecret { name, is_there });
        }
        Ok(secrets)
    }

    /// Keeps a secret of a product's smoke tests in this computer's keychain, or with `None` forgets it.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a name or value that can't be one; where the keychain can't be used.
    pub async fn set_smoke_secret(
        &self,
        actor: &Actor,
        product: ProductId,
        name: &str,
        secret: Option<SecretString>,
    ) -> Result<(), EngineError> {
        let product = self.store().product(product).await?;
        let name = name.trim();
        if !is_name(name) {
            let next_step = "Use letters, digits, `_`, `-` and `.`, beginning with a letter: shop-token, for example.";
            return Err(EngineError::invalid("name", "this is no name for a secret", next_step));
        }
        if secret.as_ref().is_some_and(|secret| secret.expose_secret().chars().count() < SHORTEST_SECRET) {
            return Err(EngineError::invalid(
                "secret",
                format!("a secret has at least {SHORTEST_SECRET} characters"),
                "Choose a longer one: a short one can't be told from other text, and so not be left out of what is kept.",
            ));
        }
        let (action, verb) =
            if secret.is_some() { ("product.smoke_secret_kept", "Kept") } else { ("product.smoke_secret_forgotten", "Forgot") };
        self.keychain().write_smoke_secret(product.id, name, secret).await?;
        let mut change = self.change(actor);
        change.audit_product(action, &product, format!("{verb} the smoke test secret {name} of {} on a computer", product.name));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }
}
