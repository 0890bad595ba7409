//! A checklist's template in a settings file. What a person drafts and hasn't published is no part of it.

use super::{is_default, is_true, yes};
use crate::ChecklistItemId;
use crate::checklist::{AutomaticItem, ChecklistTemplate, Moment, TemplateItem};
use crate::strict_yaml::YamlFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A template of checklists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistSettings {
    /// Its name, unique within the environment.
    pub name: String,
    /// Whether its checklists are gone through before a release goes there, or after it has come.
    pub moment: MomentWord,
    /// Its items, in order.
    #[schemars(length(min = 1, max = 300))]
    pub items: Vec<ItemSettings>,
}

/// When a checklist is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MomentWord {
    /// Before the release goes to the environment: holds that deployment.
    Before,
    /// After it has come there: holds the way onward.
    After,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemSettings {
    /// In a line, unique within the checklist.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// How, in Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instructions: String,
    /// Whether it holds the release up.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub is_required: bool,
    /// Whether it can be ticked only with evidence.
    #[serde(default, skip_serializing_if = "is_default")]
    pub needs_evidence: bool,
    /// The titles of the items that come before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Who has it, unless somebody else is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Hours after the checklist was begun when it should be done.
    #[schemars(range(min = 1, max = 8760))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_hours: Option<u32>,
    /// Minutes that it should take.
    #[schemars(range(min = 1, max = 10080))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_minutes: Option<u32>,
    /// What looks at it in a person's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<AutomaticWord>,
}

/// What an automatic item looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AutomaticWord {
    /// Each health check of the environment is healthy.
    EnvironmentHealthy,
    /// The checks of the running version read the release's version, on every instance.
    RunsVersion,
    /// Each required smoke test of the environment has passed for the release.
    SmokeTestsPass,
}

impl ChecklistSettings {
    /// What is published of a template; `None` where nothing is.
    pub(super) fn of(template: &ChecklistTemplate) -> Option<Self> {
        let published = template.published.as_ref()?;
        let title = |id: &ChecklistItemId| published.items.iter().find(|item| item.id == *id).map(|item| item.title.clone());
        let item = |item: &TemplateItem| ItemSettings {
            title: item.title.clone(),
            instructions: item.instructions.clone(),
            is_required: item.is_required,
            needs_evidence: item.needs_evidence,
            after: item.after.iter().filter_map(title).collect(),
            assignee: item.assignee.clone(),
            due_hours: item.due_hours,
            planned_minutes: item.planned_minutes,
            automatic: item.automatic.as_ref().map(|automatic| match automatic {
                AutomaticItem::EnvironmentHealthy => AutomaticWord::EnvironmentHealthy,
                AutomaticItem::RunsVersion => AutomaticWord::RunsVersion,
                AutomaticItem::SmokeTestsPass => AutomaticWord::SmokeTestsPass,
            }),
        };
        let moment = match template.moment {
            Moment::Before => MomentWord::Before,
            Moment::After => MomentWord::After,
        };
        Some(Self { name: template.name.clone(), moment, items: published.items.iter().map(item).collect() })
    }

    /// When its checklists are gone through.
    #[must_use]
    pub const fn moment(&self) -> Moment {
        match self.moment {
            MomentWord::Before => Moment::Before,
            MomentWord::After => Moment::After,
        }
    }

    /// The items; one whose title was there before keeps its id.
    ///
    /// # Errors
    /// Where two items share a title, or one waits for what isn't there.
    pub fn items(
        &self,
        field: &str,
        before: &[TemplateItem],
        mut new_id: impl FnMut() -> ChecklistItemId,
    ) -> Result<Vec<TemplateItem>, YamlFault> {
        let mut ids: Vec<(&str, ChecklistItemId)> = Vec::new();
        for (place, item) in self.items.iter().enumerate() {
            if ids.iter().any(|(title, _)| *title == item.title) {
                return Err(YamlFault::at(format!("{field}.items[{place}].title"), format!("two items are called “{}”", item.title)));
            }
            let known = before.iter().find(|known| known.title == item.title).map(|known| known.id);
            ids.push((&item.title, known.unwrap_or_else(&mut new_id)));
        }
        let id = |title: &str| ids.iter().find(|(known, _)| *known == title).map(|(_, id)| *id);
        let mut items = Vec::new();
        for (place, item) in self.items.iter().enumerate() {
            let field = format!("{field}.items[{place}]");
            let unknown = |title: &str| YamlFault::at(format!("{field}.after"), format!("there is no item “{title}” in this checklist"));
            items.push(TemplateItem {
                id: id(&item.title).ok_or_else(|| unknown(&item.title))?,
                title: item.title.clone(),
                instructions: item.instructions.clone(),
                is_required: item.is_required,
                needs_evidence: item.needs_evidence,
                after: item.after.iter().map(|title| id(title).ok_or_else(|| unknown(title))).collect::<Result<_, _>>()?,
                assignee: item.assignee.clone(),
                due_hours: item.due_hours,
                planned_minutes: item.planned_minutes,
                automatic: item.automatic.map(|automatic| match automatic {
                    AutomaticWord::EnvironmentHealthy => AutomaticItem::EnvironmentHealthy,
                    AutomaticWord::RunsVersion => AutomaticItem::RunsVersion,
                    AutomaticWord::SmokeTestsPass => AutomaticItem::SmokeTestsPass,
                }),
            });
        }
        Ok(items)
    }
}
