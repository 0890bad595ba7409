//! What the calendar says on the wire: freezes, change windows, overrides, entries, and the requests about them.

use crate::decode::{id, shown};
use crate::error::ApiError;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride, Occurrence, OverrideMark, WindowEffect, WindowScope, in_zone};
use pilothouse_domain::{EnvironmentId, Timestamp};
use pilothouse_engine::usecases::TimesEdit;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Whether a window denies or allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum WindowEffectWord {
    /// A freeze: no deployment starts while it is active.
    Deny,
    /// A change window: deployments start only while one is active.
    Allow,
}

/// What a window covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WindowScopeDto {
    /// Everything.
    Everything,
    /// A product.
    Product {
        /// Its id.
        product_id: String,
    },
    /// Environments with this name, whatever the product.
    Named {
        /// The name.
        environment: String,
    },
    /// Environments of a product.
    Environments {
        /// The product's id.
        product_id: String,
        /// Their ids.
        environment_ids: Vec<String>,
    },
}

/// When a window is active.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WindowTimesDto {
    /// When the first occurrence begins, on the clocks of the zone: `2026-12-20T00:00`.
    pub begins: String,
    /// When it ends.
    pub ends: String,
    /// The zone: `Europe/Berlin`.
    pub time_zone: String,
    /// A rule that repeats it (RFC 5545): `FREQ=WEEKLY;BYDAY=FR`; empty for once.
    pub rule: String,
    /// Occurrences that don't take place, by their begin.
    pub except: Vec<String>,
}

/// A freeze or a change window to add or change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PutCalendarWindowRequest {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// The revision that was looked at; 0 for a new one.
    pub revision: u32,
    /// Whether it denies or allows.
    pub effect: WindowEffectWord,
    /// Its name.
    pub name: String,
    /// Why; must be there for a freeze.
    pub reason: String,
    /// What it covers.
    pub scope: WindowScopeDto,
    /// When.
    pub times: WindowTimesDto,
    /// Whom to ask about it; may be empty.
    pub owner: String,
    /// False to switch it off.
    pub is_enabled: bool,
    /// Whether hotfixes go on during a freeze, or need not wait for a change window.
    #[serde(default)]
    pub hotfixes_pass: bool,
}

/// A freeze or a change window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CalendarWindowView {
    /// Its id.
    pub id: String,
    /// Counts the writes.
    pub revision: u32,
    /// Whether it denies or allows.
    pub effect: WindowEffectWord,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// What it covers.
    pub scope: WindowScopeDto,
    /// That in words: `production of Checkout`.
    pub covers: String,
    /// When.
    pub times: WindowTimesDto,
    /// Whom to ask; may be empty.
    pub owner: String,
    /// False while it is switched off.
    pub is_enabled: bool,
    /// Whether hotfixes go on during a freeze, or need not wait for a change window.
    #[serde(default)]
    pub hotfixes_pass: bool,
    /// Who added it.
    pub added_by: String,
    /// The occurrence that holds now, or the next one; none where all are over.
    pub next: Option<OccurrenceView>,
    /// True while it is switched on and an occurrence holds.
    pub is_active: bool,
}

/// An occurrence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OccurrenceView {
    /// Its begin.
    pub begins: String,
    /// Its end.
    pub ends: String,
    /// Both on the clocks of the window's zone.
    pub words: String,
}

/// What is on in a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CalendarRequest {
    /// Its begin.
    pub from: String,
    /// Its end; at most 400 days later.
    pub to: String,
    /// What covers this product, or belongs to it; none for all.
    pub product_id: Option<String>,
}

/// What is on in a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CalendarView {
    /// What is on, by its begin.
    pub entries: Vec<CalendarEntry>,
    /// True where there is more than is shown.
    pub is_cut: bool,
    /// The freezes and change windows that they come from, and those that are over or to come; by name.
    pub windows: Vec<CalendarWindowView>,
}

/// Something on the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CalendarEntry {
    /// What it is.
    pub kind: CalendarEntryKind,
    /// The id of the window, the training session, the scheduled start or the train.
    pub id: String,
    /// Its name.
    pub title: String,
    /// What it covers, or where it takes place.
    pub detail: String,
    /// Its begin.
    pub begins: String,
    /// Its end.
    pub ends: String,
    /// The product that it belongs to; none where it belongs to more.
    pub product_id: Option<String>,
    /// The release that it is about.
    #[serde(default)]
    pub release_id: Option<String>,
    /// True for a window that is switched off, a session that is cancelled, a departure that is skipped, a release that was rolled back.
    pub is_off: bool,
    /// True for the day of a release that is over without it being out.
    #[serde(default)]
    pub is_overdue: bool,
}

/// What is on a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CalendarEntryKind {
    /// A freeze.
    Freeze,
    /// A change window.
    ChangeWindow,
    /// A training session.
    Training,
    /// A start that is set for then.
    Start,
    /// A departure of a release train.
    Departure,
    /// The day by which a release is meant to be out.
    Target,
    /// A release that was finished then.
    Finished,
}

/// A window to withdraw, or an override to take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WithdrawRequest {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// A release that is to go to an environment in spite of what is closed there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OverrideFreezeRequest {
    /// The release.
    pub release_id: String,
    /// The environment.
    pub environment_id: String,
    /// Why, never empty.
    pub reason: String,
    /// When it ends by itself, within a week; none for 24 hours.
    pub until: Option<String>,
}

/// An override.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FreezeOverrideView {
    /// Its id.
    pub id: String,
    /// The release.
    pub release_id: String,
    /// Its version then.
    pub version: String,
    /// The environment.
    pub environment_id: String,
    /// Its name then.
    pub environment: String,
    /// In spite of what.
    pub windows: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: String,
    /// When it ends by itself.
    pub until: String,
    /// True while it is neither over nor taken back.
    pub holds: bool,
}

/// That a deployment started in spite of freezes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OverrideMarkView {
    /// The names of what was in the way.
    pub windows: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: String,
}

/// A calendar file to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportCalendarRequest {
    /// The file's text (iCalendar, RFC 5545), at most 1 MB.
    pub text: String,
    /// What its events become, where they don't say it.
    pub effect: WindowEffectWord,
    /// What they cover.
    pub scope: WindowScopeDto,
    /// The zone of times that tell none.
    pub time_zone: String,
    /// True to look only.
    pub is_trial: bool,
}

/// What came of a calendar file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportedCalendarView {
    /// Names of what was added.
    pub added: Vec<String>,
    /// Names of what was changed.
    pub changed: Vec<String>,
    /// Names of what was known as it is.
    pub unchanged: Vec<String>,
    /// What was not taken.
    pub skipped: Vec<SkippedEvent>,
}

/// An event that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkippedEvent {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// Which calendar goes into a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExportCalendarRequest {
    /// What covers this product; none for all.
    pub product_id: Option<String>,
}

impl From<WindowEffectWord> for WindowEffect {
    fn from(word: WindowEffectWord) -> Self {
        match word {
            WindowEffectWord::Deny => Self::Deny,
            WindowEffectWord::Allow => Self::Allow,
        }
    }
}

impl From<WindowEffect> for WindowEffectWord {
    fn from(effect: WindowEffect) -> Self {
        match effect {
            WindowEffect::Deny => Self::Deny,
            WindowEffect::Allow => Self::Allow,
        }
    }
}

impl From<&OverrideMark> for OverrideMarkView {
    fn from(mark: &OverrideMark) -> Self {
        Self { windows: mark.windows.clone(), reason: mark.reason.clone(), by: mark.by.to_string(), at: shown(mark.at) }
    }
}

impl WindowScopeDto {
    pub(super) fn read(&self) -> Result<WindowScope, ApiError> {
        Ok(match self {
            Self::Everything => WindowScope::Everything,
            Self::Product { product_id } => WindowScope::Product { product_id: id("scope", product_id)? },
            Self::Named { environment } => WindowScope::Named { environment: environment.clone() },
            Self::Environments { product_id, environment_ids } => WindowScope::Environments {
                product_id: id("scope", product_id)?,
                environment_ids: environment_ids.iter().map(|text| id("scope", text)).collect::<Result<_, _>>()?,
            },
        })
    }
}

impl From<&WindowScope> for WindowScopeDto {
    fn from(scope: &WindowScope) -> Self {
        match scope {
            WindowScope::Everything => Self::Everything,
            WindowScope::Product { product_id } => Self::Product { product_id: product_id.to_string() },
            WindowScope::Named { environment } => Self::Named { environment: environment.clone() },
            WindowScope::Environments { product_id, environment_ids } => Self::Environments {
                product_id: product_id.to_string(),
                environment_ids: environment_ids.iter().map(EnvironmentId::to_string).collect(),
            },
        }
    }
}

impl From<WindowTimesDto> for TimesEdit {
    fn from(times: WindowTimesDto) -> Self {
        let WindowTimesDto { begins, ends, time_zone, rule, except } = times;
        Self { begins, ends, time_zone, rule, except }
    }
}

pub(super) fn times_of(window: &CalendarWindow) -> WindowTimesDto {
    let form = |at: &chrono::NaiveDateTime| at.format("%Y-%m-%dT%H:%M").to_string();
    WindowTimesDto {
        begins: form(&window.times.begins),
        ends: form(&window.times.ends),
        time_zone: window.times.time_zone.clone(),
        rule: window.times.rule.clone().unwrap_or_default(),
        except: window.times.except.iter().map(form).collect(),
    }
}

pub(super) fn occurrence_view(occurrence: Occurrence, zone: &str) -> OccurrenceView {
    let zone = zone.parse().unwrap_or(chrono_tz::Tz::UTC);
    let begin = in_zone(occurrence.begins, zone);
    let begin = begin.split(" (").next().unwrap_or_default();
    OccurrenceView {
        begins: shown(occurrence.begins),
        ends: shown(occurrence.ends),
        words: format!("{begin} – {}", in_zone(occurrence.ends, zone)),
    }
}

pub(super) fn override_view(given: &FreezeOverride, now: Timestamp) -> FreezeOverrideView {
    FreezeOverrideView {
        id: given.id.to_string(),
        release_id: given.release_id.to_string(),
        version: given.version.to_string(),
        environment_id: given.environment_id.to_string(),
        environment: given.environment.clone(),
        windows: given.windows.iter().map(|window| window.name.clone()).collect(),
        reason: given.reason.clone(),
        by: given.by.to_string(),
        at: shown(given.at),
        until: shown(given.until),
        holds: given.withdrawn.is_none() && now < given.until,
    }
}
