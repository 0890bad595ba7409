//! A freeze or a change window of one product in a settings file. Those that cover more than one product belong to no product's file.

use super::{is_default, is_true, yes};
use crate::ProductId;
use crate::calendar::{CalendarWindow, WindowEffect, WindowScope};
use crate::product::Environment;
use chrono::NaiveDateTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A freeze or a change window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowSettings {
    /// Its name, unique within the file.
    pub name: String,
    /// Whether it denies or allows.
    pub effect: EffectWord,
    /// Why it is there. A freeze must say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The environments that it covers, by name. Left out: all of the product.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<String>,
    /// When the first occurrence begins, on the clocks of the zone: `2026-12-20T00:00`.
    pub begins: String,
    /// When it ends, on the same clocks.
    pub ends: String,
    /// The zone, by its IANA name: `Europe/Berlin`.
    pub time_zone: String,
    /// What repeats it (RFC 5545): `FREQ=WEEKLY;BYDAY=FR`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// Occurrences that don't take place, by their begin on the same clocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Whom to ask about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// False while it is switched off.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub is_enabled: bool,
    /// Whether hotfixes go on during a freeze, or need not wait for a change window.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hotfixes_pass: bool,
}

/// Whether a window denies or allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectWord {
    /// A freeze: no deployment starts while it is active.
    Deny,
    /// A change window: deployments start only while one is active.
    Allow,
}

fn clocks(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%dT%H:%M").to_string()
}

impl WindowSettings {
    /// A window, where it is about that product alone.
    pub(super) fn of(window: &CalendarWindow, product: ProductId, environments: &[Environment]) -> Option<Self> {
        if window.withdrawn.is_some() || window.scope.product() != Some(product) {
            return None;
        }
        let names = match &window.scope {
            WindowScope::Environments { environment_ids, .. } => {
                environments.iter().filter(|e| environment_ids.contains(&e.id)).map(|e| e.name.clone()).collect()
            }
            WindowScope::Everything | WindowScope::Product { .. } | WindowScope::Named { .. } => Vec::new(),
        };
        Some(Self {
            name: window.name.clone(),
            effect: match window.effect {
                WindowEffect::Deny => EffectWord::Deny,
                WindowEffect::Allow => EffectWord::Allow,
            },
            reason: window.reason.clone(),
            environments: names,
            begins: clocks(window.times.begins),
            ends: clocks(window.times.ends),
            time_zone: window.times.time_zone.clone(),
            rule: window.times.rule.clone().unwrap_or_default(),
            except: window.times.except.iter().copied().map(clocks).collect(),
            owner: window.owner.clone(),
            is_enabled: window.is_enabled,
            hotfixes_pass: window.hotfixes_pass,
        })
    }

    /// Whether it denies or allows.
    #[must_use]
    pub const fn effect(&self) -> WindowEffect {
        match self.effect {
            EffectWord::Deny => WindowEffect::Deny,
            EffectWord::Allow => WindowEffect::Allow,
        }
    }
}
