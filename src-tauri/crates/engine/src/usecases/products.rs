//! Products and their environments: add, change, take away.

use super::rollouts::valid_rollout;
use super::{checks::valid_check, valid_name};
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::Capability;
use crate::ports::store::Write;
use pilothouse_domain::check::HealthCheck;
use pilothouse_domain::hotfix::HotfixRules;
use pilothouse_domain::pipeline::{InputValue, PipelineBinding, RefRule};
use pilothouse_domain::product::{Environment, EnvironmentRules, Product, RollbackBinding};
use pilothouse_domain::rollout::Rollout;
use pilothouse_domain::settings::{SettingsPart, SettingsSource};
use pilothouse_domain::team::{Role, TeamRules};
use pilothouse_domain::{Actor, CheckId, ConnectionId, EnvironmentId, ProductId};

/// What a new product needs.
#[derive(Clone, Debug)]
pub struct NewProduct {
    /// The name in the window.
    pub name: String,
    /// The account through which its provider is reached.
    pub connection_id: ConnectionId,
    /// The repository: `owner/name`.
    pub repository: String,
    /// What stands before the version in a tag.
    pub tag_prefix: String,
    /// What all its environments ask for of approvals, and who has which role.
    pub team: TeamRules,
    /// Its environments in promotion order; at least one.
    pub environments: Vec<NewEnvironment>,
    /// The file that sets it; `None`: the window does.
    pub settings_source: Option<SettingsSource>,
}

/// An environment of a new or changed product.
#[derive(Clone, Debug)]
pub struct NewEnvironment {
    /// Which one it is already, where the product is changed.
    pub id: Option<EnvironmentId>,
    /// The name.
    pub name: String,
    /// What deploys there.
    pub deploy: PipelineBinding,
    /// What rolls back there.
    pub rollback: RollbackBinding,
    /// What must hold.
    pub rules: EnvironmentRules,
    /// In which phases a release goes out there.
    pub rollout: Rollout,
    /// Its checks. Ids, product and environment are filled in; a check with a known id is changed, one that is no longer named
    /// is taken away.
    pub checks: Vec<HealthCheck>,
}

impl Engine {
    /// Adds a product with its environments and checks.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for what can't work; [`StoreError::Taken`](crate::ports::StoreError) for a name in use.
    pub async fn add_product(&self, actor: &Actor, new: NewProduct) -> Result<Product, EngineError> {
        let mut change = self.change(actor);
        let (product, _) = self.put_product(&mut change, None, new).await?;
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().product(product.id).await?)
    }

    /// Changes a product, its environments and checks. Releases that are planned keep the pipelines that were approved.
    ///
    /// # Errors
    /// As [`Engine::add_product`]; [`StoreError::InUse`](crate::ports::StoreError) where an environment with deployments is left out;
    /// [`EngineError::KeptInFile`] where its settings come from a file.
    pub async fn change_product(&self, actor: &Actor, id: ProductId, new: NewProduct) -> Result<Product, EngineError> {
        let product = self.store().product(id).await?;
        set_here(&product, SettingsPart::Product)?;
        let mut change = self.change(actor);
        self.put_product(&mut change, Some(product), new).await?;
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().product(id).await?)
    }

    /// Puts a product with its environments and checks into a change: a new one, or what becomes of one that is there.
    pub(super) async fn put_product(
        &self,
        change: &mut Change,
        before: Option<Product>,
        new: NewProduct,
    ) -> Result<(Product, Vec<Environment>), EngineError> {
        self.connections_are_there(&new).await?;
        let is_new = before.is_none();
        let (environments, checks) = match &before {
            None => (Vec::new(), Vec::new()),
            Some(product) => {
                let checks = self.store().checks(None).await?.into_iter().filter(|c| c.product_id == product.id).collect();
                (self.store().environments(Some(product.id)).await?, checks)
            }
        };
        let product = Product {
            id: before.as_ref().map_or_else(|| self.new_id(ProductId::new), |before| before.id),
            revision: before.as_ref().map_or(0, |before| before.revision),
            name: valid_name("name", &new.name, 80)?,
            connection_id: new.connection_id,
            repository: valid_name("repository", &new.repository, 200)?,
            tag_prefix: new.tag_prefix.trim().to_owned(),
            team: valid_team(&new)?,
            settings_source: new.settings_source.clone(),
            created_at: before.map_or_else(|| self.now(), |before| before.created_at),
        };
        let (action, verb) = if is_new { ("product.added", "Added") } else { ("product.changed", "Changed") };
        change.audit_product(action, &product, format!("{verb} {}", product.name));
        change.write(Write::Product(product.clone()));
        let environments = self.put_environments(change, &product, &new.environments, &environments, &checks)?;
        Ok((product, environments))
    }

    /// Takes a product away.
    ///
    /// # Errors
    /// [`StoreError::InUse`](crate::ports::StoreError) where it has releases: history is not deleted.
    pub async fn remove_product(&self, actor: &Actor, id: ProductId) -> Result<(), EngineError> {
        let product = self.store().product(id).await?;
        let mut change = self.change(actor);
        change.audit_product("product.removed", &product, format!("Removed {}", product.name));
        change.write(Write::RemoveProduct(product));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// Those of the source and of every pipeline.
    async fn connections_are_there(&self, new: &NewProduct) -> Result<(), EngineError> {
        let mut wanted = vec![new.connection_id];
        for environment in &new.environments {
            wanted.extend(environment.deploy.place.as_ref().map(|place| place.connection_id));
            if let RollbackBinding::Pipeline { binding } = &environment.rollback {
                wanted.extend(binding.place.as_ref().map(|place| place.connection_id));
            }
        }
        for connection in wanted {
            self.store().connection(connection).await?;
        }
        for environment in new.environments.iter().filter(|e| matches!(e.rollback, RollbackBinding::Native { .. })) {
            let connection = self.store().connection(environment.deploy.connection(new.connection_id)).await?;
            let capabilities = self.capabilities(connection.kind);
            if !capabilities.has(Capability::NativeRollback) {
                let message =
                    format!("{} can't go back so: {}", environment.name, capabilities.refusal(Capability::NativeRollback).message);
                return Err(EngineError::invalid("environments", message, "Roll back with the deploy pipeline, or another one."));
            }
        }
        Ok(())
    }

    fn put_environments(
        &self,
        change: &mut Change,
        product: &Product,
        wanted: &[NewEnvironment],
        known: &[Environment],
        known_checks: &[HealthCheck],
    ) -> Result<Vec<Environment>, EngineError> {
        if wanted.is_empty() {
            return Err(EngineError::invalid(
                "environments",
                "there is no environment",
                "Add at least one environment, such as production.",
            ));
        }
        let dropped = known.iter().filter(|k| !wanted.iter().any(|w| w.id == Some(k.id)));
        for environment in dropped {
            change.audit_environment("environment.removed", environment, format!("Removed {} from {}", environment.name, product.name));
            change.write(Write::RemoveEnvironment(environment.clone()));
        }
        let mut put: Vec<Environment> = Vec::new();
        for (position, new) in wanted.iter().enumerate() {
            let environment = self.environment_from(product, position, new, known)?;
            valid_place(&environment.rules, &environment.name, position == 0, position + 1 == wanted.len())?;
            if put.iter().any(|other| other.name == environment.name) {
                let message = format!("two environments are called {}", environment.name);
                return Err(EngineError::invalid("environments", message, "Give each environment a name of its own."));
            }
            let before = known.iter().find(|k| k.id == environment.id);
            if before != Some(&environment) {
                let (action, verb) = if before.is_some() { ("environment.changed", "Changed") } else { ("environment.added", "Added") };
                change.audit_environment(action, &environment, format!("{verb} {} of {}", environment.name, product.name));
                change.write(Write::Environment(environment.clone()));
            }
            self.put_checks(change, &environment, &new.checks, known_checks)?;
            put.push(environment);
        }
        Ok(put)
    }

    fn environment_from(
        &self,
        product: &Product,
        position: usize,
        new: &NewEnvironment,
        known: &[Environment],
    ) -> Result<Environment, EngineError> {
        let before = new.id.and_then(|id| known.iter().find(|k| k.id == id));
        let environment = Environment {
            id: before.map_or_else(|| self.new_id(EnvironmentId::new), |b| b.id),
            revision: before.map_or(0, |b| b.revision),
            product_id: product.id,
            name: valid_name("environments", &new.name, 60)?,
            position: u16::try_from(position).unwrap_or(u16::MAX),
            deploy: new.deploy.clone(),
            rollback: valid_rollback(&new.rollback)?,
            rules: valid_rules(&new.rules)?,
            rollout: valid_rollout(&new.name, &new.rollout)?,
        };
        valid_binding(&environment.name, &environment.deploy)?;
        valid_binding(&environment.name, environment.rollback_pipeline())?;
        Ok(environment)
    }

    fn put_checks(
        &self,
        change: &mut Change,
        environment: &Environment,
        wanted: &[HealthCheck],
        known: &[HealthCheck],
    ) -> Result<(), EngineError> {
        for check in known.iter().filter(|k| k.environment_id == environment.id && !wanted.iter().any(|w| w.id == k.id)) {
            change.audit_check("check.removed", check, format!("Removed the check {} of {}", check.name, environment.name));
            change.write(Write::RemoveCheck(check.clone()));
        }
        for new in wanted {
            let before = known.iter().find(|k| k.id == new.id);
            let mut check = new.clone();
            check.id = before.map_or_else(|| self.new_id(CheckId::new), |b| b.id);
            check.revision = before.map_or(0, |b| b.revision);
            check.product_id = environment.product_id;
            check.environment_id = environment.id;
            let check = valid_check(check)?;
            if before != Some(&check) {
                let (action, verb) = if before.is_some() { ("check.changed", "Changed") } else { ("check.added", "Added") };
                change.audit_check(action, &check, format!("{verb} the check {} of {}", check.name, environment.name));
                change.write(Write::Check(check));
            }
        }
        Ok(())
    }
}

/// Refuses to change what a file in the repository sets.
pub(super) fn set_here(product: &Product, part: SettingsPart) -> Result<(), EngineError> {
    match product.kept_in_file(part) {
        Some(source) => Err(EngineError::KeptInFile { path: source.path.clone(), part }),
        None => Ok(()),
    }
}

/// With the provider's name of the environment trimmed, where it is told.
fn valid_rollback(rollback: &RollbackBinding) -> Result<RollbackBinding, EngineError> {
    Ok(match rollback {
        RollbackBinding::Native { environment: Some(name) } if !name.trim().is_empty() => {
            RollbackBinding::Native { environment: Some(valid_name("environments", name, 200)?) }
        }
        RollbackBinding::Native { .. } => RollbackBinding::Native { environment: None },
        other => other.clone(),
    })
}

fn valid_binding(environment: &str, binding: &PipelineBinding) -> Result<(), EngineError> {
    if binding.pipeline.trim().is_empty() {
        let message = format!("{environment} has no pipeline");
        return Err(EngineError::invalid("environments", message, "Choose the pipeline that deploys there."));
    }
    if binding.place.as_ref().is_some_and(|place| place.repository.trim().is_empty()) {
        let message = format!("the pipeline of {environment} is nowhere");
        return Err(EngineError::invalid("environments", message, "Choose the project that holds the pipeline."));
    }
    if matches!(&binding.git_ref, RefRule::Fixed { name } if name.trim().is_empty()) {
        let message = format!("the pipeline of {environment} has no ref");
        return Err(EngineError::invalid("environments", message, "Choose the branch at which the pipeline runs, or the release's tag."));
    }
    if !binding.carries_release() {
        let message = format!("nothing tells the pipeline of {environment} which version to deploy");
        let next = "Choose the input that carries the version, or run the pipeline at the release's tag.";
        return Err(EngineError::invalid("environments", message, next));
    }
    if binding.inputs.iter().filter(|i| i.value == InputValue::Correlation).count() > 1 {
        let message = format!("the pipeline of {environment} has two inputs for the correlation token");
        return Err(EngineError::invalid("environments", message, "Choose one input for it."));
    }
    Ok(())
}

fn valid_rules(rules: &EnvironmentRules) -> Result<EnvironmentRules, EngineError> {
    if rules.required_approvals > 20 {
        return Err(EngineError::invalid("required_approvals", "more than 20 approvals can't be asked for", "Ask for 0 to 20."));
    }
    if rules.approval_hours > MOST_APPROVAL_HOURS {
        let message = "an approval is good for a year at most";
        return Err(EngineError::invalid("approval_hours", message, "Choose 0 to 8,760 hours; 0: for as long as the content stays."));
    }
    let approvers = valid_approvers(&rules.required_approvers)?;
    if rules.soak_minutes > 43_200 {
        return Err(EngineError::invalid("soak_minutes", "a soak time is at most 30 days", "Choose 0 to 43,200 minutes."));
    }
    if !(10..=7_200).contains(&rules.verify_seconds) {
        return Err(EngineError::invalid("verify_seconds", "the time to verify is out of range", "Choose 10 to 7,200 seconds."));
    }
    if rules.upstream_at_least > 20 {
        return Err(EngineError::invalid("upstream_at_least", "more than 20 environments can't be asked for", "Choose 0 to 20; 0: all."));
    }
    let hotfix = rules.hotfix.as_ref().map(valid_path).transpose()?;
    let required_roles = valid_approvers(&rules.required_roles)?;
    Ok(EnvironmentRules { required_approvers: approvers, required_roles, roles: Vec::new(), hotfix, ..rules.clone() })
}

/// Who has which role, and what all environments ask for. A role that is asked for is one that there is.
fn valid_team(new: &NewProduct) -> Result<TeamRules, EngineError> {
    let team = &new.team;
    let refused = |message: String, next: &str| Err(EngineError::invalid("team", message, next));
    if team.required_approvals > 20 {
        return refused("more than 20 approvals can't be asked for".to_owned(), "Ask for 0 to 20.");
    }
    if team.roles.len() > 20 {
        return refused("there are more than 20 roles".to_owned(), "Put those together that approve the same.");
    }
    let mut roles: Vec<Role> = Vec::new();
    for role in &team.roles {
        let name = valid_name("team", &role.name, 60)?;
        if roles.iter().any(|known| known.name.to_lowercase() == name.to_lowercase()) {
            return refused(format!("two roles are called {name}"), "Give each a name of its own.");
        }
        let members = valid_people(&role.members, 50)?;
        if members.is_empty() {
            return refused(format!("nobody is {name}"), "Name who has the role, or take it away.");
        }
        roles.push(Role { name, members });
    }
    let required_roles = valid_approvers(&team.required_roles)?;
    let asked = new.environments.iter().flat_map(|e| &e.rules.required_roles).chain(&required_roles);
    for name in asked.map(|name| name.trim()).filter(|name| !name.is_empty()) {
        if !roles.iter().any(|role| role.name.to_lowercase() == name.to_lowercase()) {
            return refused(format!("there is no role {name}"), "Add the role with who has it, or don't ask for it.");
        }
    }
    let required_approvers = valid_approvers(&team.required_approvers)?;
    Ok(TeamRules { roles, required_approvals: team.required_approvals, required_approvers, required_roles })
}

/// What is different for hotfixes, within the same bounds.
fn valid_path(path: &HotfixRules) -> Result<HotfixRules, EngineError> {
    if path.required_approvals > 20 {
        return Err(EngineError::invalid("hotfix", "more than 20 approvals can't be asked for", "Ask for 0 to 20."));
    }
    if path.soak_minutes > 43_200 {
        return Err(EngineError::invalid("hotfix", "a soak time is at most 30 days", "Choose 0 to 43,200 minutes."));
    }
    Ok(HotfixRules { required_approvers: valid_approvers(&path.required_approvers)?, ..path.clone() })
}

/// The place of an environment in the promotion path: something has to come first, and last.
fn valid_place(rules: &EnvironmentRules, name: &str, is_first: bool, is_last: bool) -> Result<(), EngineError> {
    let is_skipped = rules.hotfix.as_ref().is_some_and(|path| path.is_skipped);
    if is_last && (rules.is_optional || is_skipped) {
        let message = format!("{name} is the last environment, and can't be left out");
        return Err(EngineError::invalid("environments", message, "A release is done when it runs in the last one. Choose another one."));
    }
    if is_first && rules.is_beside {
        let message = format!("{name} is the first environment: nothing is before it that it could stand beside");
        return Err(EngineError::invalid("environments", message, "Let it be a place of its own."));
    }
    Ok(())
}

/// Hours in a year.
const MOST_APPROVAL_HOURS: u16 = 8_760;

/// Names as people write them: trimmed, each once, without empty ones.
fn valid_approvers(names: &[String]) -> Result<Vec<String>, EngineError> {
    valid_people(names, 20)
}

fn valid_people(names: &[String], most: usize) -> Result<Vec<String>, EngineError> {
    let mut kept: Vec<String> = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        if name.chars().count() > 100 || kept.len() >= most {
            let message = format!("`{}` can't be one of those who must approve", name.chars().take(40).collect::<String>());
            return Err(EngineError::invalid(
                "required_approvers",
                message,
                format!("Name at most {most} people, each with at most 100 characters."),
            ));
        }
        if !kept.iter().any(|known| Actor::person(known.as_str()).is_called(name)) {
            kept.push(name.to_owned());
        }
    }
    Ok(kept)
}
