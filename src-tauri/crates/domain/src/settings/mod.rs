//! The settings file: what a product, its environments, pipelines, rules, rollouts, checks, checklists, freezes and change windows are set
//! to, as one text in YAML that people can read, keep in a repository and apply. Names stand where rows have ids.
//!
//! Must not hold a secret: a connection is named, and what it needs stays in the keychain. Must not read a file, or know what is stored:
//! [`SettingsFile::of`] is given it.

mod check;
mod checklist;
mod difference;
mod environment;
mod rollout;
#[cfg(test)]
mod tests;
mod window;

pub use check::{CheckSettings, HttpCheck, RunningVersionCheck};
pub use checklist::{AutomaticWord, ChecklistSettings, ItemSettings, MomentWord};
pub use difference::{SettingsChange, differences};
pub use environment::{
    BindingSettings, EnvironmentSettings, Find, HotfixSettings, InputFrom, InputSettings, NativeSettings, RefWord, RollbackSettings,
    RuleSettings, found,
};
pub use rollout::{FailureWord, GateSettings, GateWord, LimitSettings, PhaseSettings, RolloutSettings};
pub use window::{EffectWord, WindowSettings};

use crate::calendar::CalendarWindow;
use crate::check::HealthCheck;
use crate::checklist::ChecklistTemplate;
use crate::product::{Environment, Product};
use crate::strict_yaml::{self, YamlFault};
use crate::team::{Role, TeamRules};
use crate::{Actor, ConnectionId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest file, in bytes.
pub const MAX_TEXT: usize = 1024 * 1024;
/// The form that this build writes and reads.
pub const FORM: u8 = 1;
/// What a file is called, where nobody says otherwise.
pub const USUAL_PATH: &str = "pilothouse.yaml";

/// What a product is set to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Pilothouse settings file")]
pub struct SettingsFile {
    /// The form of this file: 1.
    #[schemars(range(min = 1, max = 1))]
    pub pilothouse: u8,
    /// The product.
    pub product: ProductSettings,
    /// Its environments, in promotion order. One that is left out is taken away.
    #[schemars(length(min = 1))]
    pub environments: Vec<EnvironmentSettings>,
    /// Freezes and change windows of this product alone. Left out: they stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Vec<WindowSettings>>,
}

/// What is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductSettings {
    /// Its name in the window; unique.
    pub name: String,
    /// The connection through which its source is reached, by its name.
    pub connection: String,
    /// The repository at the provider: `owner/name`.
    pub repository: String,
    /// What stands before the version in a tag: `v` in `v1.4.0`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tag_prefix: String,
    /// What all its environments ask for of approvals, and who has which role.
    #[serde(default, skip_serializing_if = "is_default")]
    pub team: TeamSettings,
}

/// What all environments ask for of approvals. It merges with the rules of each: the higher minimum counts, and everybody who is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TeamSettings {
    /// How many different people must approve, at least.
    #[schemars(range(max = 20))]
    #[serde(skip_serializing_if = "is_default")]
    pub required_approvals: u8,
    /// People who must be among them, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_approvers: Vec<String>,
    /// Roles of which somebody must be among them, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_roles: Vec<String>,
    /// The roles that there are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleSettings>,
}

/// A role, and who has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleSettings {
    /// Its name: `QA`.
    pub name: String,
    /// Who has it, by name.
    #[schemars(length(min = 1))]
    pub members: Vec<String>,
}

/// Where a product's settings come from: a file in its repository. While they do, they are changed there and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsSource {
    /// The file's path from the root of the repository.
    pub path: String,
    /// The branch on which it is looked at.
    pub branch: String,
    /// The commit at which it was applied last.
    pub commit: String,
    /// The parts that it sets.
    pub parts: Vec<SettingsPart>,
    /// Who applied it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// A part of what a file sets. Those that a file says nothing about are set in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingsPart {
    /// The product, its environments, pipelines, rules and rollouts: every file sets them.
    Product,
    /// Health checks.
    Checks,
    /// Templates of checklists.
    Checklists,
    /// Freezes and change windows of the product.
    Windows,
}

/// What is stored of a product, as a file is made of it.
#[derive(Clone, Copy, Debug)]
pub struct StoredSettings<'a> {
    /// The product.
    pub product: &'a Product,
    /// Its environments, in promotion order.
    pub environments: &'a [Environment],
    /// The checks of all of them.
    pub checks: &'a [HealthCheck],
    /// The templates of all of them.
    pub checklists: &'a [ChecklistTemplate],
    /// Freezes and change windows that are not withdrawn; others than the product's are left out.
    pub windows: &'a [CalendarWindow],
}

impl SettingsFile {
    /// What is stored as a file. `connection` gives the name of one.
    #[must_use]
    pub fn of(stored: &StoredSettings<'_>, connection: &impl Fn(ConnectionId) -> String) -> Self {
        let StoredSettings { product, environments, .. } = *stored;
        Self {
            pilothouse: FORM,
            product: ProductSettings {
                name: product.name.clone(),
                connection: connection(product.connection_id),
                repository: product.repository.clone(),
                tag_prefix: product.tag_prefix.clone(),
                team: TeamSettings::of(&product.team),
            },
            environments: environments.iter().map(|e| EnvironmentSettings::of(e, stored, connection)).collect(),
            windows: Some(
                stored.windows.iter().filter_map(|window| WindowSettings::of(window, product.id, environments)).collect::<Vec<_>>(),
            ),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its line where that is known.
    pub fn read(text: &str) -> Result<Self, YamlFault> {
        if text.len() > MAX_TEXT {
            return Err(YamlFault::at("", "the file is longer than 1 MiB"));
        }
        if text.trim().is_empty() {
            return Err(YamlFault::at("", "the file is empty: it needs `pilothouse`, `product` and `environments`"));
        }
        let file: Self = strict_yaml::read(text)?;
        if file.pilothouse != FORM {
            return Err(YamlFault::at("pilothouse", format!("this version of Pilothouse reads form {FORM}, not {}", file.pilothouse)));
        }
        Ok(file)
    }

    /// The file's text.
    ///
    /// # Errors
    /// Where a value can't be written as YAML: none of these types has such a one.
    pub fn write(&self) -> Result<String, yaml_serde::Error> {
        let body = yaml_serde::to_string(self)?;
        let head = "# What is set for this product in Pilothouse. `pilothouse apply --file pilothouse.yaml` applies it.";
        Ok(format!("# yaml-language-server: $schema=pilothouse.schema.json\n{head}\n{body}"))
    }

    /// The parts that it sets.
    #[must_use]
    pub fn parts(&self) -> Vec<SettingsPart> {
        let mut parts = vec![SettingsPart::Product];
        if self.environments.iter().any(|e| e.checks.is_some()) {
            parts.push(SettingsPart::Checks);
        }
        if self.environments.iter().any(|e| e.checklists.is_some()) {
            parts.push(SettingsPart::Checklists);
        }
        if self.windows.is_some() {
            parts.push(SettingsPart::Windows);
        }
        parts
    }

    /// This file with what it says nothing about as it stands now.
    #[must_use]
    pub fn completed_by(mut self, now: &Self) -> Self {
        self.windows = self.windows.or_else(|| now.windows.clone());
        for environment in &mut self.environments {
            let known = environment.known_among(now.environments.iter().map(|known| known.name.as_str()));
            let there = known.and_then(|place| now.environments.get(place));
            if environment.checks.is_none() {
                environment.checks = there.map_or_else(|| Some(Vec::new()), |there| there.checks.clone());
            }
            if environment.checklists.is_none() {
                environment.checklists = there.map_or_else(|| Some(Vec::new()), |there| there.checklists.clone());
            }
        }
        self
    }

    /// The JSON Schema (draft 2020-12) of the form, by which editors complete and check it.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

impl TeamSettings {
    fn of(team: &TeamRules) -> Self {
        let role = |role: &Role| RoleSettings { name: role.name.clone(), members: role.members.clone() };
        Self {
            required_approvals: team.required_approvals,
            required_approvers: team.required_approvers.clone(),
            required_roles: team.required_roles.clone(),
            roles: team.roles.iter().map(role).collect(),
        }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> TeamRules {
        let role = |role: &RoleSettings| Role { name: role.name.clone(), members: role.members.clone() };
        TeamRules {
            roles: self.roles.iter().map(role).collect(),
            required_approvals: self.required_approvals,
            required_approvers: self.required_approvers.clone(),
            required_roles: self.required_roles.clone(),
        }
    }
}

impl SettingsPart {
    /// What it is called in a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Product => "the product's settings",
            Self::Checks => "its health checks",
            Self::Checklists => "its checklists",
            Self::Windows => "its freezes and change windows",
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_true(value: &bool) -> bool {
    *value
}

const fn yes() -> bool {
    true
}
