//! An environment in a settings file: its pipelines, and what must hold there.

use super::{CheckSettings, ChecklistSettings, RolloutSettings, StoredSettings, is_default, is_true, yes};
use crate::ConnectionId;
use crate::hotfix::HotfixRules;
use crate::pipeline::{InputBinding, InputValue, PipelineBinding, PipelinePlace, RefRule};
use crate::product::{Environment, EnvironmentRules, RollbackBinding};
use crate::strict_yaml::YamlFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stage of the promotion path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentSettings {
    /// Its name, unique within the product.
    pub name: String,
    /// The name that it had before. Without it an environment with a new name is a new one, and the old one is taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// The pipeline that deploys there.
    pub deploy: BindingSettings,
    /// What brings an earlier version back. Left out: the deploy pipeline, with that version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<RollbackSettings>,
    /// What must hold before a deployment may start there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rules: RuleSettings,
    /// In which phases a release goes out there. Left out: all at once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rollout: RolloutSettings,
    /// Its health checks. Left out: they stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checks: Option<Vec<CheckSettings>>,
    /// Templates of its checklists, which are published as they stand here. Left out: they stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checklists: Option<Vec<ChecklistSettings>>,
}

/// A pipeline, and what a deployment hands to it. Where nothing else is said it runs at the release's tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BindingSettings {
    /// The connection through which it is reached, by its name, where that is not the product's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// What holds it there, where that is not the product's repository: a project, a folder, a region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Its name at the provider: a workflow file such as `deploy.yml`, a job path, a pipeline's name.
    pub pipeline: String,
    /// At which ref it is started.
    #[serde(default, skip_serializing_if = "is_default")]
    pub at: RefWord,
    /// The branch or tag at which it is always started, in place of `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Its inputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputSettings>,
}

/// At which ref a pipeline is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefWord {
    /// At the release's tag.
    #[default]
    ReleaseTag,
    /// Nowhere in particular: what it builds is settled at the provider.
    OfPipeline,
}

/// The value of an input: either `from` or `text`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputSettings {
    /// The input's name.
    pub name: String,
    /// What is handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<InputFrom>,
    /// Always this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What an input is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputFrom {
    /// The release's version, `1.4.0`.
    Version,
    /// The release's tag, `v1.4.0`.
    Tag,
    /// The release's commit.
    Commit,
    /// The environment's name.
    Environment,
    /// The token by which a run is found again when the answer to its trigger is lost.
    Correlation,
    /// The share of the environment that has the version after the phase, in percent.
    Weight,
    /// The group that the phase goes to.
    Target,
}

/// What brings an earlier version back: either `pipeline` or `native`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackSettings {
    /// A pipeline of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<BindingSettings>,
    /// The provider's own way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<NativeSettings>,
}

/// The provider's own way back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NativeSettings {
    /// What the provider calls the environment or stage, where that is not the environment's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

/// What must hold before a deployment may start, and how it is judged afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RuleSettings {
    /// How many different people must approve a release before it may come here.
    #[schemars(range(max = 20))]
    #[serde(skip_serializing_if = "is_default")]
    pub required_approvals: u8,
    /// Whether the vote of the person who drafted the release counts.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub self_approval: bool,
    /// Whether the vote of the person who asked for votes counts.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub requester_approval: bool,
    /// People who must be among those who approve, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_approvers: Vec<String>,
    /// Roles of which somebody must be among those who approve, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_roles: Vec<String>,
    /// Hours for which an approval is good. 0: for as long as the content stays.
    #[schemars(range(max = 8760))]
    #[serde(skip_serializing_if = "is_default")]
    pub approval_hours: u16,
    /// The release must be verified in the environment before this one.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub needs_upstream: bool,
    /// Minutes for which it must have run there without a break.
    #[schemars(range(max = 43200))]
    #[serde(skip_serializing_if = "is_default")]
    pub soak_minutes: u32,
    /// Seconds after a successful run within which the service must answer with the new version, and be healthy.
    #[schemars(range(min = 10, max = 7200))]
    #[serde(skip_serializing_if = "is_usual_verify")]
    pub verify_seconds: u32,
    /// Each run that somebody started elsewhere must have its reason before the next deployment.
    #[serde(skip_serializing_if = "is_default")]
    pub needs_reasons: bool,
    /// Each document that the release must update is reviewed for it, and read by those who have to.
    #[serde(skip_serializing_if = "is_default")]
    pub needs_documents: bool,
    /// The audience of each course that the release asks for is trained.
    #[serde(skip_serializing_if = "is_default")]
    pub needs_training: bool,
    /// What comes after it doesn't ask whether a release was here. Not for the last environment.
    #[serde(skip_serializing_if = "is_default")]
    pub is_optional: bool,
    /// It stands beside the environment before it, at the same place of the promotion path. Not for the first.
    #[serde(skip_serializing_if = "is_default")]
    pub is_beside: bool,
    /// Of environments that stand beside each other right before this one, so many must have verified a release. 0: all.
    #[schemars(range(max = 20))]
    #[serde(skip_serializing_if = "is_default")]
    pub upstream_at_least: u8,
    /// So many commits are meant to come here at once. 0: any number.
    #[serde(skip_serializing_if = "is_default")]
    pub max_commits: u16,
    /// What is different for hotfixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hotfix: Option<HotfixSettings>,
}

/// What is different for hotfixes in an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HotfixSettings {
    /// Hotfixes need not come by here.
    #[serde(skip_serializing_if = "is_default")]
    pub is_skipped: bool,
    /// How many different people must approve a hotfix.
    #[schemars(range(max = 20))]
    #[serde(skip_serializing_if = "is_default")]
    pub required_approvals: u8,
    /// People who must be among them, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_approvers: Vec<String>,
    /// Minutes for which it must have run in the environment before.
    #[schemars(range(max = 43200))]
    #[serde(skip_serializing_if = "is_default")]
    pub soak_minutes: u32,
    /// Where documents are asked for: whether they are for hotfixes, too.
    #[serde(skip_serializing_if = "is_default")]
    pub needs_documents: bool,
    /// Where training is asked for: whether it is for hotfixes, too.
    #[serde(skip_serializing_if = "is_default")]
    pub needs_training: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_usual_verify(seconds: &u32) -> bool {
    *seconds == EnvironmentRules::default().verify_seconds
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self::of(&EnvironmentRules::default())
    }
}

impl EnvironmentSettings {
    pub(super) fn of(environment: &Environment, stored: &StoredSettings<'_>, connection: &impl Fn(ConnectionId) -> String) -> Self {
        let here = environment.id;
        let checks = stored.checks.iter().filter(|check| check.environment_id == here).map(CheckSettings::of).collect();
        let checklists = stored.checklists.iter().filter(|template| template.environment_id == here).filter_map(ChecklistSettings::of);
        let rollback = match &environment.rollback {
            RollbackBinding::Redeploy => None,
            RollbackBinding::Pipeline { binding } => {
                Some(RollbackSettings { pipeline: Some(BindingSettings::of(binding, connection)), native: None })
            }
            RollbackBinding::Native { environment } => {
                Some(RollbackSettings { pipeline: None, native: Some(NativeSettings { environment: environment.clone() }) })
            }
        };
        Self {
            name: environment.name.clone(),
            renamed_from: None,
            deploy: BindingSettings::of(&environment.deploy, connection),
            rollback,
            rules: RuleSettings::of(&environment.rules),
            rollout: RolloutSettings::of(&environment.rollout),
            checks: Some(checks),
            checklists: Some(checklists.collect()),
        }
    }

    /// The place of the environment in a list of names that this one changes; `None` for a new one.
    #[must_use]
    pub fn known_among<'a>(&self, names: impl Iterator<Item = &'a str> + Clone) -> Option<usize> {
        let earlier = || self.renamed_from.as_deref().and_then(|earlier| names.clone().position(|name| name == earlier));
        names.clone().position(|name| name == self.name).or_else(earlier)
    }

    /// What brings an earlier version back. `connection` finds one by its name.
    ///
    /// # Errors
    /// Where neither or both ways are named, or a connection isn't there.
    pub fn rollback(&self, field: &str, source: ConnectionId, connection: Find<'_>) -> Result<RollbackBinding, YamlFault> {
        match &self.rollback {
            None => Ok(RollbackBinding::Redeploy),
            Some(RollbackSettings { pipeline: Some(binding), native: None }) => {
                Ok(RollbackBinding::Pipeline { binding: binding.binding(&format!("{field}.pipeline"), source, connection)? })
            }
            Some(RollbackSettings { pipeline: None, native: Some(native) }) => {
                Ok(RollbackBinding::Native { environment: native.environment.clone() })
            }
            Some(_) => Err(YamlFault::at(field, "say either `pipeline` or `native`, or leave `rollback` out")),
        }
    }
}

/// Finds a connection by its name.
pub type Find<'a> = &'a (dyn Fn(&str) -> Option<ConnectionId> + Sync);

impl BindingSettings {
    fn of(binding: &PipelineBinding, connection: &impl Fn(ConnectionId) -> String) -> Self {
        let (at, branch) = match &binding.git_ref {
            RefRule::ReleaseTag => (RefWord::ReleaseTag, None),
            RefRule::OfPipeline => (RefWord::OfPipeline, None),
            RefRule::Fixed { name } => (RefWord::ReleaseTag, Some(name.clone())),
        };
        Self {
            connection: binding.place.as_ref().map(|place| connection(place.connection_id)),
            repository: binding.place.as_ref().map(|place| place.repository.clone()),
            pipeline: binding.pipeline.clone(),
            at,
            branch,
            inputs: binding.inputs.iter().map(InputSettings::of).collect(),
        }
    }

    /// The binding of a product whose source is reached through `source`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn binding(&self, field: &str, source: ConnectionId, connection: Find<'_>) -> Result<PipelineBinding, YamlFault> {
        let named = self.connection.as_deref().map(|name| found(&format!("{field}.connection"), name, connection)).transpose()?;
        let place = match (named, &self.repository) {
            (None, None) => None,
            (named, Some(repository)) => Some(PipelinePlace { connection_id: named.unwrap_or(source), repository: repository.clone() }),
            (Some(_), None) => {
                return Err(YamlFault::at(
                    format!("{field}.repository"),
                    "name what holds the pipeline there: a project, a folder, a region",
                ));
            }
        };
        let git_ref = match (self.at, &self.branch) {
            (RefWord::ReleaseTag, None) => RefRule::ReleaseTag,
            (RefWord::OfPipeline, None) => RefRule::OfPipeline,
            (RefWord::ReleaseTag, Some(name)) => RefRule::Fixed { name: name.clone() },
            (RefWord::OfPipeline, Some(_)) => return Err(YamlFault::at(format!("{field}.branch"), "say either `at` or `branch`")),
        };
        let inputs = self.inputs.iter().enumerate().map(|(place, input)| input.value(&format!("{field}.inputs[{place}]")));
        Ok(PipelineBinding { place, pipeline: self.pipeline.clone(), git_ref, inputs: inputs.collect::<Result<_, _>>()? })
    }
}

/// The connection of that name.
///
/// # Errors
/// Where there is none.
pub fn found(field: &str, name: &str, connection: Find<'_>) -> Result<ConnectionId, YamlFault> {
    connection(name).ok_or_else(|| YamlFault::at(field, format!("there is no connection called {name}: add it first, or name another")))
}

impl InputSettings {
    fn of(input: &InputBinding) -> Self {
        let (from, text) = match &input.value {
            InputValue::Version => (Some(InputFrom::Version), None),
            InputValue::Tag => (Some(InputFrom::Tag), None),
            InputValue::Commit => (Some(InputFrom::Commit), None),
            InputValue::Environment => (Some(InputFrom::Environment), None),
            InputValue::Correlation => (Some(InputFrom::Correlation), None),
            InputValue::Weight => (Some(InputFrom::Weight), None),
            InputValue::Target => (Some(InputFrom::Target), None),
            InputValue::Literal { text } => (None, Some(text.clone())),
        };
        Self { name: input.name.clone(), from, text }
    }

    fn value(&self, field: &str) -> Result<InputBinding, YamlFault> {
        let value = match (self.from, &self.text) {
            (Some(InputFrom::Version), None) => InputValue::Version,
            (Some(InputFrom::Tag), None) => InputValue::Tag,
            (Some(InputFrom::Commit), None) => InputValue::Commit,
            (Some(InputFrom::Environment), None) => InputValue::Environment,
            (Some(InputFrom::Correlation), None) => InputValue::Correlation,
            (Some(InputFrom::Weight), None) => InputValue::Weight,
            (Some(InputFrom::Target), None) => InputValue::Target,
            (None, Some(text)) => InputValue::Literal { text: text.clone() },
            _ => return Err(YamlFault::at(field, "say either `from` or `text`")),
        };
        Ok(InputBinding { name: self.name.clone(), value })
    }
}

impl RuleSettings {
    fn of(rules: &EnvironmentRules) -> Self {
        let hotfix = |path: &HotfixRules| HotfixSettings {
            is_skipped: path.is_skipped,
            required_approvals: path.required_approvals,
            required_approvers: path.required_approvers.clone(),
            soak_minutes: path.soak_minutes,
            needs_documents: path.needs_documents,
            needs_training: path.needs_training,
        };
        Self {
            required_approvals: rules.required_approvals,
            self_approval: rules.self_approval,
            requester_approval: rules.requester_approval,
            required_approvers: rules.required_approvers.clone(),
            required_roles: rules.required_roles.clone(),
            approval_hours: rules.approval_hours,
            needs_upstream: rules.needs_upstream,
            soak_minutes: rules.soak_minutes,
            verify_seconds: rules.verify_seconds,
            needs_reasons: rules.needs_reasons,
            needs_documents: rules.needs_documents,
            needs_training: rules.needs_training,
            is_optional: rules.is_optional,
            is_beside: rules.is_beside,
            upstream_at_least: rules.upstream_at_least,
            max_commits: rules.max_commits,
            hotfix: rules.hotfix.as_ref().map(hotfix),
        }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> EnvironmentRules {
        let hotfix = |path: &HotfixSettings| HotfixRules {
            is_skipped: path.is_skipped,
            required_approvals: path.required_approvals,
            required_approvers: path.required_approvers.clone(),
            soak_minutes: path.soak_minutes,
            needs_documents: path.needs_documents,
            needs_training: path.needs_training,
        };
        EnvironmentRules {
            required_approvals: self.required_approvals,
            self_approval: self.self_approval,
            requester_approval: self.requester_approval,
            required_approvers: self.required_approvers.clone(),
            required_roles: self.required_roles.clone(),
            roles: Vec::new(),
            approval_hours: self.approval_hours,
            needs_upstream: self.needs_upstream,
            soak_minutes: self.soak_minutes,
            verify_seconds: self.verify_seconds,
            needs_reasons: self.needs_reasons,
            needs_documents: self.needs_documents,
            needs_training: self.needs_training,
            is_optional: self.is_optional,
            is_beside: self.is_beside,
            upstream_at_least: self.upstream_at_least,
            max_commits: self.max_commits,
            hotfix: self.hotfix.as_ref().map(hotfix),
        }
    }
}
