//! Freezes and change windows: list, add, change, withdraw, and what is on the calendar in a time. Nothing is switched when one begins or
//! ends: policy asks each time what is active.

use super::clocks::read_clocks;
use super::documents::valid_text;
use super::products::set_here;
use super::{valid_name, valid_reason};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::Write;
use pilothouse_domain::calendar::{CalendarWindow, MAX_WINDOWS, Occurrence, TimesFault, WindowEffect, WindowScope, WindowTimes, Withdrawn};
use pilothouse_domain::settings::SettingsPart;
use pilothouse_domain::{Actor, CalendarWindowId, Timestamp};
use std::time::Duration;

/// How far a preview looks.
const PREVIEW_HORIZON: Duration = Duration::from_secs(10 * 366 * 86_400);

/// A freeze or a change window as somebody sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowEdit {
    /// Whether it denies or allows.
    pub effect: WindowEffect,
    /// Its name.
    pub name: String,
    /// Why; must be there for a freeze.
    pub reason: String,
    /// What it covers.
    pub scope: WindowScope,
    /// When.
    pub times: TimesEdit,
    /// Whom to ask about it; may be empty.
    pub owner: String,
    /// False to switch it off.
    pub is_enabled: bool,
    /// Whether hotfixes go on during a freeze, or need not wait for a change window.
    pub hotfixes_pass: bool,
}

/// Times as somebody writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimesEdit {
    /// `2026-12-20T00:00`, on the clocks of the zone.
    pub begins: String,
    /// The end of the first occurrence, in the same form.
    pub ends: String,
    /// The zone: `Europe/Berlin`.
    pub time_zone: String,
    /// A rule that repeats it: `FREQ=WEEKLY;BYDAY=FR`; empty for once.
    pub rule: String,
    /// Occurrences that don't take place, by their begin.
    pub except: Vec<String>,
}

/// What a window that is written comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowPreview {
    /// The times as they would be kept.
    pub times: WindowTimes,
    /// The next occurrences, or where all are over, none.
    pub next: Vec<Occurrence>,
}

impl Engine {
    /// Adds a freeze or a change window.
    ///
    /// # Errors
    /// [`EngineError::Invalid`]: what is wrong with it.
    pub async fn add_window(&self, actor: &Actor, edit: WindowEdit) -> Result<CalendarWindow, EngineError> {
        self.add_window_of(actor, edit, None).await
    }

    pub(super) async fn add_window_of(&self, actor: &Actor, edit: WindowEdit, uid: Option<String>) -> Result<CalendarWindow, EngineError> {
        if self.store().calendar_windows().await?.len() >= MAX_WINDOWS {
            let message = format!("there are {MAX_WINDOWS} freezes and change windows already");
            return Err(EngineError::invalid("name", message, "Withdraw those that are over."));
        }
        let window = CalendarWindow {
            id: self.new_id(CalendarWindowId::new),
            revision: 0,
            effect: edit.effect,
            name: String::new(),
            reason: String::new(),
            scope: edit.scope.clone(),
            times: checked(&edit.times)?,
            owner: String::new(),
            is_enabled: edit.is_enabled,
            hotfixes_pass: edit.hotfixes_pass,
            uid,
            added_by: actor.clone(),
            added_at: self.now(),
            withdrawn: None,
        };
        let window = self.edited(window, edit).await?;
        let covers = self.scope_words(&window.scope).await?;
        let summary = format!("Added the {} “{}” over {covers}", window.effect.words(), window.name);
        self.keep_window(actor, "calendar.added", window, summary).await
    }

    /// Changes a freeze or a change window.
    ///
    /// # Errors
    /// [`EngineError::Invalid`]; a conflict where somebody else has changed it since that revision, or it was withdrawn.
    pub async fn edit_window(
        &self,
        actor: &Actor,
        id: CalendarWindowId,
        revision: u32,
        edit: WindowEdit,
    ) -> Result<CalendarWindow, EngineError> {
        let before = self.store().calendar_window(id).await?;
        if before.revision != revision || before.withdrawn.is_some() {
            return Err(StoreError::Conflict { kind: "calendar_window", id: id.to_string() }.into());
        }
        let times = checked(&edit.times)?;
        let after = self.edited(CalendarWindow { times, effect: edit.effect, ..before.clone() }, edit).await?;
        if after == before {
            return Ok(before);
        }
        let switched = match (before.is_enabled, after.is_enabled) {
            (true, false) => "Switched off",
            (false, true) => "Switched on",
            _ => "Changed",
        };
        let summary = format!("{switched} the {} “{}”", after.effect.words(), after.name);
        self.keep_window(actor, "calendar.changed", after, summary).await
    }

    /// Takes a freeze or a change window away. Doing it twice is no error.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where a freeze that is active is withdrawn without a reason.
    pub async fn withdraw_window(&self, actor: &Actor, id: CalendarWindowId, reason: &str) -> Result<CalendarWindow, EngineError> {
        let mut window = self.store().calendar_window(id).await?;
        if window.withdrawn.is_some() {
            return Ok(window);
        }
        let now = self.now();
        let is_active = window.effect == WindowEffect::Deny && window.counts() && window.times.at(now).is_some();
        let reason = if is_active { valid_reason(reason)? } else { valid_text("reason", reason, 2_000)? };
        let said = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let summary = format!("Withdrew the {} “{}”{said}", window.effect.words(), window.name);
        window.withdrawn = Some(Withdrawn { by: actor.clone(), at: now, reason });
        self.keep_window(actor, "calendar.withdrawn", window, summary).await
    }

    /// What times come to: the next occurrences, at most so many.
    ///
    /// # Errors
    /// [`EngineError::Invalid`]: what is wrong with them.
    pub fn preview_times(&self, edit: &TimesEdit, limit: usize) -> Result<WindowPreview, EngineError> {
        let times = checked(edit)?;
        let now = self.now();
        let next = times.occurrences(now, now.plus(PREVIEW_HORIZON), limit);
        Ok(WindowPreview { times, next })
    }

    /// What a scope covers, in words: `production of Checkout`.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn scope_words(&self, scope: &WindowScope) -> Result<String, EngineError> {
        Ok(match scope {
            WindowScope::Everything => "everything".to_owned(),
            WindowScope::Named { environment } => format!("{environment} of every product"),
            WindowScope::Product { product_id } => self.store().product(*product_id).await?.name,
            WindowScope::Environments { product_id, environment_ids } => {
                let all = self.store().environments(Some(*product_id)).await?;
                let names: Vec<String> = all.into_iter().filter(|e| environment_ids.contains(&e.id)).map(|e| e.name).collect();
                format!("{} of {}", names.join(", "), self.store().product(*product_id).await?.name)
            }
        })
    }

    async fn edited(&self, mut window: CalendarWindow, edit: WindowEdit) -> Result<CalendarWindow, EngineError> {
        window.name = valid_name("name", &edit.name, 120)?;
        window.reason = match edit.effect {
            WindowEffect::Deny => valid_reason(&edit.reason)?,
            WindowEffect::Allow => valid_text("reason", &edit.reason, 2_000)?,
        };
        window.owner = valid_text("owner", &edit.owner, 120)?;
        window.is_enabled = edit.is_enabled;
        window.hotfixes_pass = edit.hotfixes_pass;
        window.scope = match edit.scope {
            WindowScope::Everything => WindowScope::Everything,
            WindowScope::Named { environment } => WindowScope::Named { environment: valid_name("scope", &environment, 120)? },
            WindowScope::Product { product_id } => {
                self.store().product(product_id).await?;
                WindowScope::Product { product_id }
            }
            WindowScope::Environments { product_id, mut environment_ids } => {
                let own = self.store().environments(Some(product_id)).await?;
                environment_ids.retain(|id| own.iter().any(|e| e.id == *id));
                environment_ids.sort_unstable();
                environment_ids.dedup();
                if environment_ids.is_empty() {
                    return Err(EngineError::invalid("scope", "no environment is chosen", "Choose one at least, or the whole product."));
                }
                WindowScope::Environments { product_id, environment_ids }
            }
        };
        Ok(window)
    }

    async fn keep_window(
        &self,
        actor: &Actor,
        action: &str,
        window: CalendarWindow,
        summary: String,
    ) -> Result<CalendarWindow, EngineError> {
        if let Some(product) = window.scope.product() {
            set_here(&self.store().product(product).await?, SettingsPart::Windows)?;
        }
        let id = window.id;
        let mut change = self.change(actor);
        change.audit_calendar_window(action, &window, summary);
        change.write(Write::CalendarWindow(window));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().calendar_window(id).await?)
    }

    /// The occurrences of all windows in a time, with theirs; at most so many.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn window_occurrences(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<(CalendarWindow, Occurrence)>, EngineError> {
        let mut found: Vec<(CalendarWindow, Occurrence)> = Vec::new();
        for window in self.store().calendar_windows().await? {
            let of_window = window.times.occurrences(from, to, limit);
            found.extend(of_window.into_iter().map(|occurrence| (window.clone(), occurrence)));
        }
        found.sort_by(|(a, x), (b, y)| (x, &a.name, a.id).cmp(&(y, &b.name, b.id)));
        found.truncate(limit);
        Ok(found)
    }
}

/// Times as they are kept.
pub(super) fn checked(edit: &TimesEdit) -> Result<WindowTimes, EngineError> {
    let rule = edit.rule.trim();
    let times = WindowTimes {
        begins: read_clocks("begins", &edit.begins)?,
        ends: read_clocks("ends", &edit.ends)?,
        time_zone: edit.time_zone.trim().to_owned(),
        rule: (!rule.is_empty()).then(|| rule.strip_prefix("RRULE:").unwrap_or(rule).to_ascii_uppercase()),
        except: edit
            .except
            .iter()
            .filter(|text| !text.trim().is_empty())
            .map(|text| read_clocks("except", text))
            .collect::<Result<_, _>>()?,
    };
    times.checked().map_err(|fault| {
        let (field, next_step) = match &fault {
            TimesFault::Zone(_) => ("time_zone", "Write its name, such as Europe/Berlin or UTC."),
            TimesFault::Order => ("ends", "Choose a later end."),
            TimesFault::TooLong => ("ends", "Choose an earlier end, or let it repeat."),
            TimesFault::FirstDay { .. } => ("begins", "Let it begin on a day of its rule."),
            TimesFault::Exceptions => ("except", "Add a second window for the rest."),
            TimesFault::Rule(_) | TimesFault::TooOften | TimesFault::Bounds => {
                ("rule", "Write it as in RFC 5545: FREQ=WEEKLY;BYDAY=FR, with UNTIL or COUNT where it ends.")
            }
        };
        EngineError::invalid(field, fault.to_string(), next_step)
    })
}
