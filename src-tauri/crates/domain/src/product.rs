//! A product and its environments, in promotion order. Must not know what is running where: that follows from deployments.

use crate::hotfix::HotfixRules;
use crate::pipeline::PipelineBinding;
use crate::rollout::Rollout;
use crate::settings::{SettingsPart, SettingsSource};
use crate::team::{Role, TeamRules};
use crate::{ConnectionId, EnvironmentId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};

/// What is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The name in the window, unique.
    pub name: String,
    /// The account through which its provider is reached.
    pub connection_id: ConnectionId,
    /// The repository at the provider: `owner/name`.
    pub repository: String,
    /// What stands before the version in a tag: `v` in `v1.4.0`; may be empty.
    pub tag_prefix: String,
    /// What all its environments ask for of approvals, and who has which role.
    #[serde(default, skip_serializing_if = "TeamRules::is_plain")]
    pub team: TeamRules,
    /// The file that its settings come from; `None`: they are set in the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings_source: Option<SettingsSource>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// A stage of a product's promotion path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Its id.
    pub id: EnvironmentId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product that it belongs to.
    pub product_id: ProductId,
    /// The name, unique within the product; also what [`InputValue::Environment`](crate::pipeline::InputValue) hands over.
    pub name: String,
    /// Place in the promotion path, from 0, without gaps.
    pub position: u16,
    /// What deploys a release here.
    pub deploy: PipelineBinding,
    /// What brings an earlier version back.
    pub rollback: RollbackBinding,
    /// What must hold before a deployment may start here.
    pub rules: EnvironmentRules,
    /// In which phases a release goes out here.
    #[serde(default, skip_serializing_if = "Rollout::is_plain")]
    pub rollout: Rollout,
}

/// What brings an earlier version back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RollbackBinding {
    /// The deploy pipeline, with the earlier version.
    Redeploy,
    /// A pipeline of its own.
    Pipeline {
        /// That pipeline.
        binding: PipelineBinding,
    },
    /// The provider's own way back: the run that had deployed the earlier version is taken up again there.
    Native {
        /// What the provider calls the environment or stage, where that is not the environment's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        environment: Option<String>,
    },
}

impl Product {
    /// The file that sets a part; `None` where it is set in the window.
    #[must_use]
    pub fn kept_in_file(&self, part: SettingsPart) -> Option<&SettingsSource> {
        self.settings_source.as_ref().filter(|source| source.parts.contains(&part))
    }
}

impl Environment {
    /// The pipeline that brings an earlier version back here. Where the provider's own way is taken, that whose runs it takes up.
    #[must_use]
    pub const fn rollback_pipeline(&self) -> &PipelineBinding {
        match &self.rollback {
            RollbackBinding::Redeploy | RollbackBinding::Native { .. } => &self.deploy,
            RollbackBinding::Pipeline { binding } => binding,
        }
    }

    /// Every pipeline that changes what runs here, and whether it brings a version forward: that which deploys, those of single
    /// phases, and that which goes back.
    #[must_use]
    pub fn pipelines(&self) -> Vec<(PipelineBinding, bool)> {
        let mut found = vec![(self.deploy.clone(), true)];
        for pipeline in self.rollout.phases.iter().filter_map(|phase| phase.rules.pipeline.as_ref()) {
            if found.iter().all(|(known, _)| known.pipeline != *pipeline) {
                found.push((PipelineBinding { pipeline: pipeline.clone(), ..self.deploy.clone() }, true));
            }
        }
        if let RollbackBinding::Pipeline { binding } = &self.rollback {
            found.push((binding.clone(), false));
        }
        found
    }
}

/// What must hold before a deployment may start in an environment, and how it is judged afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentRules {
    /// How many different people must approve a release before it may come here. 0 to 20.
    pub required_approvals: u8,
    /// Whether the vote of the person who drafted the release counts.
    pub self_approval: bool,
    /// Whether the vote of the person who asked for votes counts.
    #[serde(default = "counts")]
    pub requester_approval: bool,
    /// People who must be among those who approve, by name. At most 20.
    #[serde(default)]
    pub required_approvers: Vec<String>,
    /// Roles of which somebody must be among those who approve, by name. At most 20.
    #[serde(default)]
    pub required_roles: Vec<String>,
    /// Those roles with who has them, once the product's rules are [merged in](Self::merged_with). Never stored.
    #[serde(skip)]
    pub roles: Vec<Role>,
    /// Hours for which an approval is good. 0 to 8,760 (a year); 0: for as long as the content stays.
    #[serde(default)]
    pub approval_hours: u16,
    /// The release must be verified in the environment before this one.
    pub needs_upstream: bool,
    /// Minutes for which it must have run there without a break: an incident there, or another version, lets them begin anew. 0 to
    /// 43,200 (30 days).
    pub soak_minutes: u32,
    /// Seconds after a successful run within which the service must answer with the new version, and be healthy. 10 to 7,200.
    pub verify_seconds: u32,
    /// Each run that somebody started elsewhere must have its reason before the next deployment. Off unless a team wants it: such a
    /// run is most often a repair at night, and the repair after it must not wait for an explanation.
    #[serde(default)]
    pub needs_reasons: bool,
    /// Each document that the release must update is reviewed for it, none is overdue, and each was read by those who have to.
    #[serde(default)]
    pub needs_documents: bool,
    /// The audience of each course that the release asks for is trained.
    #[serde(default)]
    pub needs_training: bool,
    /// What comes after it doesn't ask whether a release was here. Never true for a product's last environment.
    #[serde(default)]
    pub is_optional: bool,
    /// It stands beside the environment before it, at the same place of the promotion path. Never true for the first.
    #[serde(default)]
    pub is_beside: bool,
    /// Of environments that stand beside each other right before this one, so many must have verified a release. 0: all of them.
    #[serde(default)]
    pub upstream_at_least: u8,
    /// So many commits are meant to come here at once: a person is warned of more, and nothing brings more by itself. 0: any number.
    #[serde(default)]
    pub max_commits: u16,
    /// What is different for hotfixes; `None`: nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotfix: Option<HotfixRules>,
}

/// Rules from before there was a choice.
const fn counts() -> bool {
    true
}

impl Default for EnvironmentRules {
    fn default() -> Self {
        Self {
            required_approvals: 0,
            self_approval: true,
            requester_approval: true,
            required_approvers: Vec::new(),
            required_roles: Vec::new(),
            roles: Vec::new(),
            approval_hours: 0,
            needs_upstream: true,
            soak_minutes: 0,
            verify_seconds: 180,
            needs_reasons: false,
            needs_documents: false,
            needs_training: false,
            is_optional: false,
            is_beside: false,
            upstream_at_least: 0,
            max_commits: 0,
            hotfix: None,
        }
    }
}
