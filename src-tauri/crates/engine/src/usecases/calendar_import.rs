//! Freezes and change windows out of a calendar file (iCalendar, RFC 5545): each event becomes a window. What can't be taken is told with its
//! reason, and nothing of it is guessed. An event that was imported before, told by its UID, is changed and not added again.

use super::calendar_file::{EFFECT, SHOWN};
use super::windows::{TimesEdit, WindowEdit, checked};
use crate::engine::Engine;
use crate::error::EngineError;
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use icalendar::parser::{Component, Property, read_calendar, unfold};
use pilothouse_domain::Actor;
use pilothouse_domain::calendar::{WindowEffect, WindowScope};

/// Bytes of a file that is read.
pub const MAX_CALENDAR_BYTES: usize = 1_048_576;
/// Events of a file that are read.
const MAX_EVENTS: usize = 500;

/// How a file is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarImport {
    /// The file's text.
    pub text: String,
    /// What its events become, where they don't say it.
    pub effect: WindowEffect,
    /// What they cover.
    pub scope: WindowScope,
    /// The zone of times that tell none, and of whole days.
    pub time_zone: String,
    /// True to look only: nothing is kept.
    pub is_trial: bool,
}

/// What came of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedCalendar {
    /// Names of windows that were added.
    pub added: Vec<String>,
    /// Names of windows that were changed.
    pub changed: Vec<String>,
    /// Names of windows that were known as they are.
    pub unchanged: Vec<String>,
    /// What was not taken: its name, and why.
    pub skipped: Vec<(String, String)>,
}

struct Read {
    uid: Option<String>,
    edit: WindowEdit,
}

impl Engine {
    /// Takes the events of a calendar file as freezes or change windows.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the file is too large or no calendar. Single events that can't be taken are told in the answer.
    pub async fn import_calendar(&self, actor: &Actor, import: CalendarImport) -> Result<ImportedCalendar, EngineError> {
        let mut report = ImportedCalendar::default();
        let (events, skipped) = read(&import)?;
        report.skipped = skipped;
        for Read { uid, edit } in events {
            let name = edit.name.clone();
            let known = self
                .store()
                .calendar_windows()
                .await?
                .into_iter()
                .find(|w| uid.as_ref().is_some_and(|uid| w.uid.as_ref() == Some(uid) || *uid == format!("{}@pilothouse", w.id)));
            let list = match known {
                Some(known) => {
                    // Where it holds is not in the file: that stays as it is.
                    let mut edit =
                        WindowEdit { scope: known.scope.clone(), owner: known.owner.clone(), hotfixes_pass: known.hotfixes_pass, ..edit };
                    if known.uid.is_none() {
                        // Its description in our own file holds more than its reason.
                        edit.reason.clone_from(&known.reason);
                    }
                    let times = checked(&edit.times)?;
                    let is_once = times.rule.is_none() && known.times.rule.is_none();
                    // What happens once is written in UTC.
                    let same = (times == known.times || is_once && times.first() == known.times.first())
                        && (edit.effect, &edit.name, edit.is_enabled) == (known.effect, &known.name, known.is_enabled);
                    if same {
                        report.unchanged.push(name);
                        continue;
                    }
                    if !import.is_trial {
                        self.edit_window(actor, known.id, known.revision, edit).await?;
                    }
                    &mut report.changed
                }
                None => {
                    if !import.is_trial {
                        self.add_window_of(actor, edit, uid).await?;
                    }
                    &mut report.added
                }
            };
            list.push(name);
        }
        Ok(report)
    }
}

type Skipped = Vec<(String, String)>;

fn read(import: &CalendarImport) -> Result<(Vec<Read>, Skipped), EngineError> {
    let fault = |message: String| EngineError::invalid("file", message, "Export the calendar again as an iCalendar file (.ics).");
    if import.text.len() > MAX_CALENDAR_BYTES {
        return Err(fault("the file is larger than 1 MB".to_owned()));
    }
    let whole = unfold(&import.text);
    let calendar = read_calendar(&whole).map_err(|_| fault("the file is no calendar that can be read".to_owned()))?;
    let events: Vec<&Component<'_>> = calendar.components.iter().filter(|c| c.name.as_str() == "VEVENT").collect();
    if events.is_empty() {
        return Err(fault("the calendar has no events".to_owned()));
    }
    let mut skipped = Skipped::new();
    let mut kept = Vec::new();
    for (at, event) in events.into_iter().enumerate() {
        let name = text(event, "SUMMARY").unwrap_or_else(|| "Without a name".to_owned());
        if at >= MAX_EVENTS {
            skipped.push((name, format!("Only the first {MAX_EVENTS} events are taken.")));
            continue;
        }
        match one(event, name.clone(), import) {
            Ok(read) => kept.push(read),
            Err(reason) => skipped.push((name, reason)),
        }
    }
    Ok((kept, skipped))
}

fn one(event: &Component<'_>, name: String, import: &CalendarImport) -> Result<Read, String> {
    if text(event, EFFECT).as_deref() == Some(SHOWN) {
        return Err("It is a scheduled start or a release train, which is no window. Set it where the release is.".to_owned());
    }
    if find(event, "RECURRENCE-ID").is_some() {
        return Err("It moves one occurrence of another event: add that one by hand.".to_owned());
    }
    if find(event, "RDATE").is_some() || find(event, "EXRULE").is_some() {
        return Err("It repeats on single dates (RDATE) or has a rule of exceptions (EXRULE), which are not kept.".to_owned());
    }
    let rule = text(event, "RRULE").unwrap_or_default();
    let begins = find(event, "DTSTART").ok_or("It doesn't say when it begins.")?;
    let (begins, zone) = time(begins, &import.time_zone, None)?;
    let ends = match (find(event, "DTEND"), text(event, "DURATION")) {
        (Some(end), _) => time(end, &import.time_zone, Some(zone))?.0.at(),
        (None, Some(duration)) => begins.at() + length(&duration).ok_or("Its DURATION can't be read.")?,
        (None, None) if begins.is_day => begins.at() + TimeDelta::days(1),
        (None, None) => return Err("It doesn't say when it ends.".to_owned()),
    };
    let mut except = Vec::new();
    for property in event.properties.iter().filter(|p| p.name.as_str() == "EXDATE") {
        for value in property.val.as_str().split(',') {
            except.push(moment(property, value, &import.time_zone, Some(zone))?.0.at());
        }
    }
    let form = |at: NaiveDateTime| at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let times = TimesEdit {
        begins: form(begins.at()),
        ends: form(ends),
        time_zone: zone.name().to_owned(),
        rule,
        except: except.into_iter().map(form).collect(),
    };
    checked(&times).map_err(|error| sentence(&error.to_string()))?;
    let effect = match text(event, EFFECT).as_deref() {
        Some("ALLOW") => WindowEffect::Allow,
        Some("DENY") => WindowEffect::Deny,
        _ => import.effect,
    };
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect();
    let reason: String = text(event, "DESCRIPTION").unwrap_or_default().chars().take(2_000).collect();
    let reason = if reason.trim().is_empty() { "From an imported calendar.".to_owned() } else { reason };
    let is_enabled = text(event, "STATUS").as_deref() != Some("CANCELLED");
    let edit =
        WindowEdit { effect, name, reason, scope: import.scope.clone(), times, owner: String::new(), is_enabled, hotfixes_pass: false };
    Ok(Read { uid: text(event, "UID").filter(|uid| uid.len() <= 500), edit })
}

/// A time on clocks, or a day.
struct Clock {
    local: NaiveDateTime,
    is_day: bool,
}

impl Clock {
    const fn at(&self) -> NaiveDateTime {
        self.local
    }
}

fn time(property: &Property<'_>, default: &str, in_zone: Option<Tz>) -> Result<(Clock, Tz), String> {
    moment(property, property.val.as_str(), default, in_zone)
}

/// A value of a property in a zone: that one, or where none is given, the property's own.
fn moment(property: &Property<'_>, value: &str, default: &str, in_zone: Option<Tz>) -> Result<(Clock, Tz), String> {
    let named = property.params.iter().find(|p| p.key.as_str() == "TZID").and_then(|p| p.val.as_ref()).map(|val| val.as_str());
    let is_utc = value.ends_with('Z');
    let zone_name = if is_utc { "UTC" } else { named.unwrap_or(default) }.trim_matches('"');
    let own: Tz = zone_name.parse().map_err(|_| format!("`{zone_name}` is no time zone by its IANA name, such as Europe/Berlin."))?;
    if let Ok(day) = NaiveDate::parse_from_str(value, "%Y%m%d") {
        let local = day.and_hms_opt(0, 0, 0).ok_or("It has no midnight.")?;
        return Ok((Clock { local, is_day: true }, in_zone.unwrap_or(own)));
    }
    let read = NaiveDateTime::parse_from_str(value.trim_end_matches('Z'), "%Y%m%dT%H%M%S");
    let local = read.map_err(|_| format!("`{value}` is no time."))?;
    let zone = in_zone.unwrap_or(own);
    let local = if zone == own {
        local
    } else {
        let at = chrono::TimeZone::from_local_datetime(&own, &local).earliest().ok_or_else(|| format!("`{value}` doesn't exist there."))?;
        at.with_timezone(&zone).naive_local()
    };
    Ok((Clock { local, is_day: false }, zone))
}

/// A duration (RFC 5545, 3.3.6): `P1W`, `P2DT3H30M`.
fn length(text: &str) -> Option<TimeDelta> {
    let (mut total, mut number) = (0i64, String::new());
    let mut characters = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?.chars().filter(|c| *c != 'T');
    for c in characters.by_ref() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let seconds = match c {
            'W' => 604_800,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(seconds)?)?;
        number.clear();
    }
    (number.is_empty() && total > 0).then(|| TimeDelta::try_seconds(total)).flatten().filter(|length| *length < TimeDelta::days(10_000))
}

fn find<'a, 'b>(event: &'a Component<'b>, name: &str) -> Option<&'a Property<'b>> {
    event.properties.iter().find(|property| property.name.as_str() == name)
}

/// A text with what was escaped (RFC 5545, 3.3.11).
fn text(event: &Component<'_>, name: &str) -> Option<String> {
    let mut plain = String::new();
    let mut characters = find(event, name)?.val.as_str().chars();
    while let Some(c) = characters.next() {
        match (c, if c == '\\' { characters.next() } else { None }) {
            ('\\', Some('n' | 'N')) => plain.push('\n'),
            ('\\', Some(escaped)) => plain.push(escaped),
            (c, _) => plain.push(c),
        }
    }
    Some(plain.trim().to_owned()).filter(|text| !text.is_empty())
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}
