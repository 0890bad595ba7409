//! The calendar: freezes, change windows and overrides of them, and what is on in a time.

mod view;

pub use view::*;

use crate::decode::{id, optional_id, shown, time};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::calendar::{CalendarWindow, WindowEffect, on_clocks};
use pilothouse_domain::{ProductId, Timestamp};
use pilothouse_engine::ports::calendar_store::OverrideFilter;
use pilothouse_engine::ports::document_store::TrainingFilter;
use pilothouse_engine::usecases::{CalendarImport, CalendarMark, ImportedCalendar, ReleaseOnCalendar, WindowEdit};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;
use view::{occurrence_view, override_view, times_of};

/// The longest time that a calendar shows at once.
const LONGEST: Duration = Duration::from_secs(400 * 86_400);
/// So many entries of a calendar are shown.
const MOST_ENTRIES: usize = 1_000;
/// So many occurrences a preview shows.
const PREVIEW: usize = 5;

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
            hotfixes_pass: window.hotfixes_pass,
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
            hotfixes_pass: request.hotfixes_pass,
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
        let mut covers = HashMap::new();
        for (window, occurrence) in self.engine.window_occurrences(from, to, MOST_ENTRIES + 1).await? {
            if !concerns(window.scope.product()) {
                continue;
            }
            if let Entry::Vacant(unknown) = covers.entry(window.id) {
                unknown.insert(self.engine.scope_words(&window.scope).await?);
            }
            entries.push(CalendarEntry {
                kind: if window.effect == WindowEffect::Deny { CalendarEntryKind::Freeze } else { CalendarEntryKind::ChangeWindow },
                id: window.id.to_string(),
                title: window.name.clone(),
                detail: covers.get(&window.id).cloned().unwrap_or_default(),
                begins: shown(occurrence.begins),
                ends: shown(occurrence.ends),
                product_id: window.scope.product().map(|id| id.to_string()),
                release_id: None,
                is_off: !window.is_enabled,
                is_overdue: false,
            });
        }
        entries.extend(self.training_entries(product, from, to).await?);
        entries.extend(self.start_entries(product, from, to).await?);
        entries.extend(self.departure_entries(product, from, to).await?);
        entries.extend(self.release_entries(product, from, to).await?);
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
                release_id: None,
                is_off: session.cancelled.is_some(),
                is_overdue: false,
            }));
        }
        Ok(found)
    }

    async fn product_names(&self) -> Result<HashMap<ProductId, String>, ApiError> {
        Ok(self.store().products().await?.into_iter().map(|product| (product.id, product.name)).collect())
    }

    /// The starts that are set for a time; those that did start are told of as deployments.
    async fn start_entries(&self, product: Option<ProductId>, from: Timestamp, to: Timestamp) -> Result<Vec<CalendarEntry>, ApiError> {
        let names = self.product_names().await?;
        let starts = self.engine.open_starts(product).await?.into_iter().filter(|start| from <= start.at && start.at < to);
        let found = starts.map(|start| CalendarEntry {
            kind: CalendarEntryKind::Start,
            id: start.id.to_string(),
            title: format!("{} {} to {}", names.get(&start.product_id).map_or("", String::as_str), start.version, start.environment),
            detail: start.remarks,
            begins: shown(start.at),
            ends: shown(start.at),
            product_id: Some(start.product_id.to_string()),
            release_id: Some(start.release_id.to_string()),
            is_off: false,
            is_overdue: false,
        });
        Ok(found.collect())
    }

    /// The departures of release trains, those that are skipped among them.
    async fn departure_entries(&self, product: Option<ProductId>, from: Timestamp, to: Timestamp) -> Result<Vec<CalendarEntry>, ApiError> {
        let now = self.engine.now();
        let mut found = Vec::new();
        let names = self.product_names().await?;
        for train in self.store().trains(product).await? {
            let name = names.get(&train.product_id).map_or("", String::as_str);
            let zone = train.times.zone();
            let skipped: Vec<Timestamp> = train.times.except.iter().map(|local| on_clocks(*local, zone)).collect();
            let coming = if train.runs() { train.timetable(from.max(now), to, MOST_ENTRIES) } else { Vec::new() };
            let skipped = skipped.into_iter().filter(|at| *at >= from.max(now) && *at < to && train.runs());
            let left = train.departures.iter().filter(|d| from <= d.at && d.at < to && d.at < now).map(|d| d.at);
            let all = coming.into_iter().map(|at| (at, false)).chain(skipped.map(|at| (at, true))).chain(left.map(|at| (at, false)));
            found.extend(all.map(|(at, is_off)| CalendarEntry {
                kind: CalendarEntryKind::Departure,
                id: train.id.to_string(),
                title: format!("{} of {name}", train.name),
                detail: format!("The newest commit of {}", train.branch),
                begins: shown(at),
                ends: shown(at),
                product_id: Some(train.product_id.to_string()),
                release_id: None,
                is_off,
                is_overdue: false,
            }));
        }
        Ok(found)
    }

    /// The days by which releases are meant to be out, and when they were finished.
    async fn release_entries(&self, product: Option<ProductId>, from: Timestamp, to: Timestamp) -> Result<Vec<CalendarEntry>, ApiError> {
        let now = self.engine.now();
        let mut found = Vec::new();
        for of in self.store().products().await?.into_iter().filter(|of| product.is_none_or(|wanted| of.id == wanted)) {
            for ReleaseOnCalendar { release, what } in self.engine.releases_on_calendar(of.id).await? {
                let (begins, ends) = what.times();
                if begins >= to || (ends <= from && begins != ends) || (begins == ends && begins < from) {
                    continue;
                }
                let is_overdue = matches!(&what, CalendarMark::Target(target) if target.is_overdue(&release, now));
                let detail = match &what {
                    CalendarMark::Target(target) if is_overdue => {
                        format!("Is overdue: it was meant to be out by then, in {}", target.time_zone)
                    }
                    CalendarMark::Target(target) => format!("Is meant to be out by the end of the day in {}", target.time_zone),
                    CalendarMark::Completed(_) => "Was completed".to_owned(),
                    CalendarMark::RolledBack(_) => "Was rolled back".to_owned(),
                };
                found.push(CalendarEntry {
                    kind: if matches!(what, CalendarMark::Target(_)) { CalendarEntryKind::Target } else { CalendarEntryKind::Finished },
                    id: release.id.to_string(),
                    title: format!("{} {}", of.name, release.version),
                    detail,
                    begins: shown(begins),
                    ends: shown(ends),
                    product_id: Some(of.id.to_string()),
                    release_id: Some(release.id.to_string()),
                    is_off: matches!(what, CalendarMark::RolledBack(_)),
                    is_overdue,
                });
            }
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
