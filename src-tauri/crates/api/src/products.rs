//! Products with their environments, pipelines, rules and checks: list, get, add, change, remove.

mod binding;
mod suggest;

pub use binding::*;
pub use suggest::*;

use crate::checks::CheckDto;
use crate::decode::{id, optional_id};
use crate::error::ApiError;
use crate::rollout::RolloutDto;
use crate::settings_files::SettingsSourceView;
use crate::{Api, IdRequest};
use pilothouse_domain::check::HealthCheck;
use pilothouse_domain::hotfix::HotfixRules;
use pilothouse_domain::product::{Environment, EnvironmentRules, Product, RollbackBinding};
use pilothouse_domain::team::{Role, TeamRules};
use pilothouse_domain::{EnvironmentId, ProductId};
use pilothouse_engine::ports::store::ReleaseFilter;
use pilothouse_engine::usecases::{NewEnvironment, NewProduct};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A product in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProductView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The connection's id.
    pub connection_id: String,
    /// The connection's name.
    pub connection: String,
    /// The repository: `owner/name`.
    pub repository: String,
    /// What stands before the version in a tag.
    pub tag_prefix: String,
    /// Its environments in promotion order.
    pub environments: Vec<EnvironmentName>,
    /// The release that was drafted last.
    pub last_version: Option<String>,
}

/// An environment by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EnvironmentName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A product with all that can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProductDto {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// Its name, unique.
    pub name: String,
    /// The account through which its provider is reached.
    pub connection_id: String,
    /// The repository: `owner/name`.
    pub repository: String,
    /// What stands before the version in a tag: `v` in `v1.4.0`; may be empty.
    pub tag_prefix: String,
    /// What all its environments ask for of approvals, and who has which role.
    #[serde(default)]
    pub team: TeamDto,
    /// Its environments in promotion order; at least one.
    pub environments: Vec<EnvironmentDto>,
    /// The file that sets it; none: it is set here. Told, never taken.
    #[serde(default)]
    pub settings_source: Option<SettingsSourceView>,
}

/// What all environments of a product ask for of approvals, and who has which role. It merges with the rules of each: the higher minimum
/// counts, and everybody who is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TeamDto {
    /// The roles that there are.
    #[serde(default)]
    pub roles: Vec<RoleDto>,
    /// How many different people must approve, at least.
    #[serde(default)]
    pub required_approvals: u8,
    /// People who must be among them, by name.
    #[serde(default)]
    pub required_approvers: Vec<String>,
    /// Roles of which somebody must be among them, by name.
    #[serde(default)]
    pub required_roles: Vec<String>,
}

/// A role, and who has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RoleDto {
    /// Its name: `QA`.
    pub name: String,
    /// Who has it, by name.
    pub members: Vec<String>,
}

/// An environment with all that can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EnvironmentDto {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// Its name, unique within the product.
    pub name: String,
    /// The pipeline that deploys there.
    pub deploy: BindingDto,
    /// The pipeline that rolls back there; none: the deploy pipeline with the earlier version.
    pub rollback: Option<BindingDto>,
    /// Set where an earlier version comes back in the provider's own way; there is no `rollback` then.
    #[serde(default)]
    pub native_rollback: Option<NativeRollbackDto>,
    /// What must hold before a deployment may start there.
    pub rules: RulesDto,
    /// In which phases a release goes out there. Counts for plans that are made from then on.
    #[serde(default)]
    pub rollout: RolloutDto,
    /// Its checks. A known id changes that check; one that isn't named any more is taken away.
    pub checks: Vec<CheckDto>,
}

/// The provider's own way back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NativeRollbackDto {
    /// What the provider calls the environment or stage, where that is not the environment's name.
    pub environment: Option<String>,
}

/// What must hold before a deployment may start, and how it is judged afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RulesDto {
    /// How many different people must approve. 0 to 20.
    pub required_approvals: u8,
    /// Whether the vote of the person who drafted the release counts.
    pub self_approval: bool,
    /// Whether the vote of the person who asked for votes counts.
    #[serde(default = "yes")]
    pub requester_approval: bool,
    /// People who must be among those who approve, by name. At most 20.
    #[serde(default)]
    pub required_approvers: Vec<String>,
    /// Roles of which somebody must be among those who approve, by name.
    #[serde(default)]
    pub required_roles: Vec<String>,
    /// Hours for which an approval is good. 0 to 8,760; 0: for as long as the content stays.
    #[serde(default)]
    pub approval_hours: u16,
    /// The release must be verified in the environment before this one.
    pub needs_upstream: bool,
    /// Minutes for which it must have run there. 0 to 43,200.
    pub soak_minutes: u32,
    /// Seconds within which the service must answer well. 10 to 7,200.
    pub verify_seconds: u32,
    /// Each run that somebody started elsewhere must have its reason before the next deployment.
    #[serde(default)]
    pub needs_reasons: bool,
    /// Each document that the release must update is reviewed for it, and read by those who have to.
    #[serde(default)]
    pub needs_documents: bool,
    /// The audience of each course that the release asks for is trained.
    #[serde(default)]
    pub needs_training: bool,
    /// What comes after it doesn't ask whether a release was here. Not for the last environment.
    #[serde(default)]
    pub is_optional: bool,
    /// It stands beside the environment before it, at the same place of the promotion path. Not for the first.
    #[serde(default)]
    pub is_beside: bool,
    /// Of environments that stand beside each other right before this one, so many must have verified a release. 0: all of them.
    #[serde(default)]
    pub upstream_at_least: u8,
    /// So many commits are meant to come here at once: a person is warned of more, and nothing brings more by itself. 0: any number.
    #[serde(default)]
    pub max_commits: u16,
    /// What is different for hotfixes; none: nothing is.
    #[serde(default)]
    pub hotfix: Option<HotfixRulesDto>,
}

/// What is different for hotfixes in an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HotfixRulesDto {
    /// Hotfixes need not come by here.
    pub is_skipped: bool,
    /// How many different people must approve a hotfix. 0 to 20.
    pub required_approvals: u8,
    /// People who must be among them, by name. At most 20.
    pub required_approvers: Vec<String>,
    /// Minutes for which it must have run in the environment before. 0 to 43,200.
    pub soak_minutes: u32,
    /// Where documents are asked for: whether they are for hotfixes, too.
    pub needs_documents: bool,
    /// Where training is asked for: whether it is for hotfixes, too.
    pub needs_training: bool,
}

impl From<HotfixRules> for HotfixRulesDto {
    fn from(path: HotfixRules) -> Self {
        let HotfixRules { is_skipped, required_approvals, required_approvers, soak_minutes, needs_documents, needs_training } = path;
        Self { is_skipped, required_approvals, required_approvers, soak_minutes, needs_documents, needs_training }
    }
}

impl From<HotfixRulesDto> for HotfixRules {
    fn from(path: HotfixRulesDto) -> Self {
        let HotfixRulesDto { is_skipped, required_approvals, required_approvers, soak_minutes, needs_documents, needs_training } = path;
        Self { is_skipped, required_approvals, required_approvers, soak_minutes, needs_documents, needs_training }
    }
}

const fn yes() -> bool {
    true
}

impl From<&EnvironmentRules> for RulesDto {
    fn from(rules: &EnvironmentRules) -> Self {
        let EnvironmentRules {
            required_approvals,
            self_approval,
            requester_approval,
            required_approvers,
            required_roles,
            approval_hours,
            needs_upstream,
            soak_minutes,
            verify_seconds,
            needs_reasons,
            needs_documents,
            needs_training,
            is_optional,
            is_beside,
            upstream_at_least,
            max_commits,
            hotfix,
            // Merged in to judge by, never set.
            roles: _,
        } = rules.clone();
        Self {
            required_approvals,
            self_approval,
            requester_approval,
            required_approvers,
            required_roles,
            approval_hours,
            needs_upstream,
            soak_minutes,
            verify_seconds,
            needs_reasons,
            needs_documents,
            needs_training,
            is_optional,
            is_beside,
            upstream_at_least,
            max_commits,
            hotfix: hotfix.map(Into::into),
        }
    }
}

impl From<RulesDto> for EnvironmentRules {
    fn from(rules: RulesDto) -> Self {
        let RulesDto {
            required_approvals,
            self_approval,
            requester_approval,
            required_approvers,
            required_roles,
            approval_hours,
            needs_upstream,
            soak_minutes,
            verify_seconds,
            needs_reasons,
            needs_documents,
            needs_training,
            is_optional,
            is_beside,
            upstream_at_least,
            max_commits,
            hotfix,
        } = rules;
        Self {
            required_approvals,
            self_approval,
            requester_approval,
            required_approvers,
            required_roles,
            approval_hours,
            needs_upstream,
            soak_minutes,
            verify_seconds,
            needs_reasons,
            needs_documents,
            needs_training,
            is_optional,
            is_beside,
            upstream_at_least,
            max_commits,
            roles: Vec::new(),
            hotfix: hotfix.map(Into::into),
        }
    }
}

impl From<&TeamRules> for TeamDto {
    fn from(team: &TeamRules) -> Self {
        Self {
            roles: team.roles.iter().map(|role| RoleDto { name: role.name.clone(), members: role.members.clone() }).collect(),
            required_approvals: team.required_approvals,
            required_approvers: team.required_approvers.clone(),
            required_roles: team.required_roles.clone(),
        }
    }
}

impl From<TeamDto> for TeamRules {
    fn from(team: TeamDto) -> Self {
        Self {
            roles: team.roles.into_iter().map(|role| Role { name: role.name, members: role.members }).collect(),
            required_approvals: team.required_approvals,
            required_approvers: team.required_approvers,
            required_roles: team.required_roles,
        }
    }
}

impl ProductDto {
    fn new(product: &Product, environments: &[Environment], checks: &[HealthCheck]) -> Self {
        Self {
            id: Some(product.id.to_string()),
            name: product.name.clone(),
            connection_id: product.connection_id.to_string(),
            repository: product.repository.clone(),
            tag_prefix: product.tag_prefix.clone(),
            team: (&product.team).into(),
            environments: environments.iter().map(|e| EnvironmentDto::new(e, checks)).collect(),
            settings_source: product.settings_source.as_ref().map(SettingsSourceView::from),
        }
    }

    fn decode(self) -> Result<NewProduct, ApiError> {
        Ok(NewProduct {
            connection_id: id("connection_id", &self.connection_id)?,
            name: self.name,
            repository: self.repository,
            tag_prefix: self.tag_prefix,
            team: self.team.into(),
            environments: self.environments.into_iter().map(EnvironmentDto::decode).collect::<Result<_, _>>()?,
            settings_source: None,
        })
    }
}

impl EnvironmentDto {
    fn new(environment: &Environment, checks: &[HealthCheck]) -> Self {
        Self {
            id: Some(environment.id.to_string()),
            name: environment.name.clone(),
            deploy: BindingDto::from(&environment.deploy),
            rollback: match &environment.rollback {
                RollbackBinding::Redeploy | RollbackBinding::Native { .. } => None,
                RollbackBinding::Pipeline { binding } => Some(BindingDto::from(binding)),
            },
            native_rollback: match &environment.rollback {
                RollbackBinding::Native { environment } => Some(NativeRollbackDto { environment: environment.clone() }),
                RollbackBinding::Redeploy | RollbackBinding::Pipeline { .. } => None,
            },
            rules: RulesDto::from(&environment.rules),
            rollout: RolloutDto::from(&environment.rollout),
            checks: checks.iter().filter(|c| c.environment_id == environment.id).map(CheckDto::from).collect(),
        }
    }

    fn decode(self) -> Result<NewEnvironment, ApiError> {
        let environment: Option<EnvironmentId> = optional_id("environments", self.id.as_deref())?;
        let rollback = match (self.rollback, self.native_rollback) {
            (None, None) => RollbackBinding::Redeploy,
            (None, Some(native)) => RollbackBinding::Native { environment: native.environment },
            (Some(_), Some(_)) => {
                return Err(ApiError::new(
                    crate::ErrorCode::Invalid,
                    format!("{} has two ways back", self.name),
                    "Choose a pipeline for going back, or the provider's own way.",
                ));
            }
            (Some(binding), None) => RollbackBinding::Pipeline { binding: binding.try_into()? },
        };
        Ok(NewEnvironment {
            id: environment,
            name: self.name,
            deploy: self.deploy.try_into()?,
            rollback,
            rules: self.rules.into(),
            rollout: self.rollout.into(),
            checks: self.checks.into_iter().map(|check| check.decode(None, environment)).collect::<Result<_, _>>()?,
        })
    }
}

impl Api {
    /// All products, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_products(&self) -> Result<Vec<ProductView>, ApiError> {
        let connections = self.store().connections().await?;
        let environments = self.store().environments(None).await?;
        let mut views = Vec::new();
        for product in self.store().products().await? {
            let last = ReleaseFilter { product: Some(product.id), limit: 1, ..ReleaseFilter::default() };
            let last = self.store().releases(&last).await?;
            let own = environments.iter().filter(|e| e.product_id == product.id);
            views.push(ProductView {
                id: product.id.to_string(),
                connection: connections.iter().find(|c| c.id == product.connection_id).map(|c| c.name.clone()).unwrap_or_default(),
                connection_id: product.connection_id.to_string(),
                name: product.name,
                repository: product.repository,
                tag_prefix: product.tag_prefix,
                environments: own.map(|e| EnvironmentName { id: e.id.to_string(), name: e.name.clone() }).collect(),
                last_version: last.first().map(|r| r.version.to_string()),
            });
        }
        Ok(views)
    }

    /// One product, with all that can be set.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_product(&self, request: IdRequest) -> Result<ProductDto, ApiError> {
        self.product_dto(id("id", &request.id)?).await
    }

    async fn product_dto(&self, id: ProductId) -> Result<ProductDto, ApiError> {
        let product = self.store().product(id).await?;
        let environments = self.store().environments(Some(id)).await?;
        let checks: Vec<HealthCheck> = self.store().checks(None).await?.into_iter().filter(|c| c.product_id == id).collect();
        Ok(ProductDto::new(&product, &environments, &checks))
    }

    /// Adds a product with its environments and checks. Its ids are made here.
    ///
    /// # Errors
    /// `invalid` for what can't work; `taken` for a name in use.
    pub async fn add_product(&self, request: ProductDto) -> Result<ProductDto, ApiError> {
        let mut new = request.decode()?;
        for environment in &mut new.environments {
            environment.id = None;
        }
        let product = self.engine.add_product(&self.actor, new).await?;
        self.product_dto(product.id).await
    }

    /// Changes a product, its environments and checks.
    ///
    /// # Errors
    /// As [`Api::add_product`]; `in_use` where an environment with deployments is left out.
    pub async fn change_product(&self, request: ProductDto) -> Result<ProductDto, ApiError> {
        let product = id("id", request.id.as_deref().unwrap_or_default())?;
        self.engine.change_product(&self.actor, product, request.decode()?).await?;
        self.product_dto(product).await
    }

    /// Takes a product away.
    ///
    /// # Errors
    /// `in_use` where it has releases.
    pub async fn remove_product(&self, request: IdRequest) -> Result<(), ApiError> {
        Ok(self.engine.remove_product(&self.actor, id("id", &request.id)?).await?)
    }
}
