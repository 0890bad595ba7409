//! The calendar: freezes, change windows and overrides of them, and what is on in a time.

use crate::decode::{id, optional_id, shown, time};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride, Occurrence, OverrideMark, WindowEffect, WindowScope, in_zone};
use pilothouse_domain::{EnvironmentId, ProductId, Timestamp};
use pilothouse_engine::ports::calendar_store::OverrideFilter;
use pilothouse_engine::ports::document_store::TrainingFilter;
use pilothouse_engine::usecases::{CalendarImport, ImportedCalendar, TimesEdit, WindowEdit};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::time::Duration;

/// The longest time that a calendar shows at once.
const LONGEST: Duration = Duration::from_secs(400 * 86_400);
/// So many entries of a calendar are shown.
const MOST_ENTRIES: usize = 1_000;
/// So many occurrences a preview shows.
const PREVIEW: usize = 5;

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
    /// The id of the window, or of the training session.
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
    /// True for a window that is switched off and a session that is cancelled.
    pub is_off: bool,
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
    fn read(&self) -> Result<WindowScope, ApiError> {
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

fn times_of(window: &CalendarWindow) -> WindowTimesDto {
    let form = |at: &chrono::NaiveDateTime| at.format("%Y-%m-%dT%H:%M").to_string();
    WindowTimesDto {
        begins: form(&window.times.begins),
        ends: form(&window.times.ends),
        time_zone: window.times.time_zone.clone(),
        rule: window.times.rule.clone().unwrap_or_default(),
        except: window.times.except.iter().map(form).collect(),
    }
}

fn occurrence_view(occurrence: Occurrence, zone: &str) -> OccurrenceView {
    let zone = zone.parse().unwrap_or(chrono_tz::Tz::UTC);
    let begin = in_zone(occurrence.begins, zone);
    let begin = begin.split(" (").next().unwrap_or_default();
    OccurrenceView {
        begins: shown(occurrence.begins),
        ends: shown(occurrence.ends),
        words: format!("{begin} – {}", in_zone(occurrence.ends, zone)),
    }
}

fn override_view(given: &FreezeOverride, now: Timestamp) -> FreezeOverrideView {
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

impl Api {
    async fn window_view(&self, window: &CalendarWindow) -> Result<CalendarWindowView, ApiError> {
        let now = self.engine.now();
        let next = window.times.occurrences(now, now.plus(LONGEST), 1).first().copied();
        Ok(CalendarWindowView {
            id: window.id.to_string(),
            revision: window.revision,
            effect: window.effect.into(),
            name: window.name.clone(),
            reason: window.reason.clone(),
            scope: (&window.scope).into(),
            covers: self.engine.scope_words(&window.scope).await?,
            times: times_of(window),
            owner: window.owner.clone(),
            is_enabled: window.is_enabled,
            added_by: window.added_by.to_string(),
            is_active: window.counts() && next.is_some_and(|next| next.holds(now)),
            next: next.map(|next| occurrence_view(next, &window.times.time_zone)),
        })
    }

    /// The freezes and change windows, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_calendar_windows(&self) -> Result<Vec<CalendarWindowView>, ApiError> {
        let mut views = Vec::new();
        for window in self.store().calendar_windows().await? {
            views.push(self.window_view(&window).await?);
        }
        Ok(views)
    }

    /// Adds or changes a freeze or a change window.
    ///
    /// # Errors
    /// `invalid`: what is wrong with it; `conflict` where somebody else changed it.
    pub async fn put_calendar_window(&self, request: PutCalendarWindowRequest) -> Result<CalendarWindowView, ApiError> {
        let edit = WindowEdit {
            effect: request.effect.into(),
            name: request.name,
            reason: request.reason,
            scope: request.scope.read()?,
            times: request.times.into(),
            owner: request.owner,
            is_enabled: request.is_enabled,
        };
        let window = match optional_id("id", request.id.as_deref())? {
            Some(id) => self.engine.edit_window(&self.actor, id, request.revision, edit).await?,
            None => self.engine.add_window(&self.actor, edit).await?,
        };
        self.window_view(&window).await
    }

    /// The next five occurrences of times that are being written.
    ///
    /// # Errors
    /// `invalid`: what is wrong with them.
    pub fn preview_calendar_window(&self, times: WindowTimesDto) -> Result<Vec<OccurrenceView>, ApiError> {
        let preview = self.engine.preview_times(&times.into(), PREVIEW)?;
        Ok(preview.next.iter().map(|next| occurrence_view(*next, &preview.times.time_zone)).collect())
    }

    /// Withdraws a freeze or a change window.
    ///
    /// # Errors
    /// `invalid` where a freeze that is active is withdrawn without a reason.
    pub async fn withdraw_calendar_window(&self, request: WithdrawRequest) -> Result<(), ApiError> {
        self.engine.withdraw_window(&self.actor, id("id", &request.id)?, &request.reason).await?;
        Ok(())
    }

    /// What is on in a time.
    ///
    /// # Errors
    /// `invalid` where the time is longer than 400 days.
    pub async fn calendar(&self, request: CalendarRequest) -> Result<CalendarView, ApiError> {
        let (from, to) = (time("from", &request.from)?, time("to", &request.to)?);
        let product: Option<ProductId> = optional_id("product_id", request.product_id.as_deref())?;
        if to <= from || to.since(from) > LONGEST {
            return Err(ApiError::invalid("to", "a calendar shows at most 400 days", "Choose a shorter time."));
        }
        let concerns = |of: Option<ProductId>| product.is_none() || of.is_none() || of == product;
        let mut entries = Vec::new();
        let mut covers = std::collections::HashMap::new();
        for (window, occurrence) in self.engine.window_occurrences(from, to, MOST_ENTRIES + 1).await? {
            if !concerns(window.scope.product()) {
                continue;
            }
            if !covers.contains_key(&window.id) {
                covers.insert(window.id, self.engine.scope_words(&window.scope).await?);
            }
            entries.push(CalendarEntry {
                kind: if window.effect == WindowEffect::Deny { CalendarEntryKind::Freeze } else { CalendarEntryKind::ChangeWindow },
                id: window.id.to_string(),
                title: window.name.clone(),
                detail: covers.get(&window.id).cloned().unwrap_or_default(),
                begins: shown(occurrence.begins),
                ends: shown(occurrence.ends),
                product_id: window.scope.product().map(|id| id.to_string()),
                is_off: !window.is_enabled,
            });
        }
        entries.extend(self.training_entries(product, from, to).await?);
        entries.sort_by(|a, b| (&a.begins, &a.title).cmp(&(&b.begins, &b.title)));
        let is_cut = entries.len() > MOST_ENTRIES;
        entries.truncate(MOST_ENTRIES);
        let mut windows = self.list_calendar_windows().await?;
        let of_other = |scope: &WindowScopeDto| match scope {
            WindowScopeDto::Product { product_id } | WindowScopeDto::Environments { product_id, .. } => {
                product.is_some_and(|wanted| wanted.to_string() != *product_id)
            }
            WindowScopeDto::Everything | WindowScopeDto::Named { .. } => false,
        };
        windows.retain(|window| !of_other(&window.scope));
        Ok(CalendarView { entries, is_cut, windows })
    }

    async fn training_entries(&self, product: Option<ProductId>, from: Timestamp, to: Timestamp) -> Result<Vec<CalendarEntry>, ApiError> {
        let products: Vec<ProductId> = match product {
            Some(product) => vec![product],
            None => self.store().products().await?.into_iter().map(|p| p.id).collect(),
        };
        let mut found = Vec::new();
        for product in products {
            let latest = TrainingFilter { product: Some(product), limit: 500, ..TrainingFilter::default() };
            let sessions = self.store().training_sessions(&latest).await?;
            let in_time: Vec<_> = sessions.into_iter().filter(|s| s.begins_at < to && s.ends_at > from).collect();
            if in_time.is_empty() {
                continue;
            }
            let courses = self.store().courses(product).await?;
            found.extend(in_time.into_iter().map(|session| CalendarEntry {
                kind: CalendarEntryKind::Training,
                id: session.id.to_string(),
                title: courses.iter().find(|c| c.id == session.course_id).map(|c| c.title.clone()).unwrap_or_default(),
                detail: session.place.clone(),
                begins: shown(session.begins_at),
                ends: shown(session.ends_at),
                product_id: Some(product.to_string()),
                is_off: session.cancelled.is_some(),
            }));
        }
        Ok(found)
    }

    /// Lets a release go to an environment in spite of what is closed there now. The freezes stay on.
    ///
    /// # Errors
    /// `invalid` without a reason, or where nothing is closed.
    pub async fn override_freeze(&self, request: OverrideFreezeRequest) -> Result<FreezeOverrideView, ApiError> {
        let until = request.until.as_deref().filter(|text| !text.trim().is_empty()).map(|text| time("until", text)).transpose()?;
        let (release, environment) = (id("release_id", &request.release_id)?, id("environment_id", &request.environment_id)?);
        let given = self.engine.override_freeze(&self.actor, release, environment, &request.reason, until).await?;
        Ok(override_view(&given, self.engine.now()))
    }

    /// Takes an override back.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn withdraw_freeze_override(&self, request: WithdrawRequest) -> Result<FreezeOverrideView, ApiError> {
        let given = self.engine.withdraw_override(&self.actor, id("id", &request.id)?, &request.reason).await?;
        Ok(override_view(&given, self.engine.now()))
    }

    /// The overrides for a release, last given first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_freeze_overrides(&self, request: IdRequest) -> Result<Vec<FreezeOverrideView>, ApiError> {
        let of_release = OverrideFilter { release: Some(id("id", &request.id)?), ..OverrideFilter::default() };
        let now = self.engine.now();
        Ok(self.store().freeze_overrides(&of_release).await?.iter().map(|given| override_view(given, now)).collect())
    }

    /// Takes the events of a calendar file as freezes or change windows; on trial, only says what would come of it.
    ///
    /// # Errors
    /// `invalid` where the file is too large or no calendar.
    pub async fn import_calendar(&self, request: ImportCalendarRequest) -> Result<ImportedCalendarView, ApiError> {
        let import = CalendarImport {
            text: request.text,
            effect: request.effect.into(),
            scope: request.scope.read()?,
            time_zone: request.time_zone,
            is_trial: request.is_trial,
        };
        let ImportedCalendar { added, changed, unchanged, skipped } = self.engine.import_calendar(&self.actor, import).await?;
        let skipped = skipped.into_iter().map(|(name, reason)| SkippedEvent { name, reason }).collect();
        Ok(ImportedCalendarView { added, changed, unchanged, skipped })
    }

    /// The calendar as a file: its name and content.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn export_calendar(&self, request: ExportCalendarRequest) -> Result<(String, String), ApiError> {
        Ok(self.engine.export_calendar(optional_id("product_id", request.product_id.as_deref())?).await?)
    }
}
