//! The rule about freezes and change windows. Rollbacks are never held by them: the version has been there before, and the way back must
//! be open at night and at Christmas.

use super::{Blocker, Clearance, Facts, Gate};
use crate::Timestamp;
use crate::calendar::{
    CalendarWindow, FreezeOverride, HORIZON, Occurrence, OverrideMark, Place, Standing, WindowEffect, in_zone, next_open, standing,
};
use crate::product::Environment;
use crate::release::Release;
use std::borrow::Cow;

/// What holds a release's deployment up.
pub(super) fn freezes(facts: &Facts<'_>, environment: &Environment, now: Timestamp) -> Vec<Blocker> {
    let place = Place::from(environment);
    let windows = windows_for(facts.windows, Some(facts.release), &place);
    let mut standing = standing(&windows, &place, now);
    let overrides: Vec<&FreezeOverride> = current(facts, environment, now).collect();
    standing.freezes.retain(|(window, _)| !overrides.iter().any(|given| given.names(window)));
    // Leave to deploy outside is given for the change windows that there were.
    if overrides.iter().any(|given| standing.allows.iter().all(|window| given.names(window))) {
        standing.allows.clear();
    }
    blockers(&standing, &windows, environment, now, true)
}

/// The windows that a release has to do with: without those that hotfixes pass, where it is one. Change windows go together: where one of
/// them asks hotfixes to wait, they all stay.
fn windows_for<'a>(windows: &'a [CalendarWindow], release: Option<&Release>, place: &Place<'_>) -> Cow<'a, [CalendarWindow]> {
    if !release.is_some_and(Release::is_hotfix) || !windows.iter().any(|window| window.hotfixes_pass) {
        return Cow::Borrowed(windows);
    }
    let covering = |window: &&CalendarWindow| window.effect == WindowEffect::Allow && window.counts() && window.scope.covers(place);
    let waits = windows.iter().filter(covering).any(|window| !window.hotfixes_pass);
    let stays = |window: &&CalendarWindow| !window.hotfixes_pass || (window.effect == WindowEffect::Allow && waits);
    Cow::Owned(windows.iter().filter(stays).cloned().collect())
}

/// What holds a run up that belongs to no release: nothing is there that an override could be bound to.
pub(super) fn outside_releases(windows: &[CalendarWindow], environment: &Environment, now: Timestamp) -> Vec<Blocker> {
    blockers(&standing(windows, &Place::from(environment), now), windows, environment, now, false)
}

/// What a deployment that starts now starts in spite of: one mark for each override that is needed for it.
#[must_use]
pub fn override_marks(facts: &Facts<'_>, now: Timestamp) -> Vec<OverrideMark> {
    let Some(environment) = facts.environment else { return Vec::new() };
    let place = Place::from(environment);
    let windows = windows_for(facts.windows, Some(facts.release), &place);
    let standing = standing(&windows, &place, now);
    let outside: &[&CalendarWindow] = if standing.is_outside() { &standing.allows } else { &[] };
    let in_the_way = standing.freezes.iter().map(|(window, _)| *window).chain(outside.iter().copied());
    let mut waiting: Vec<&CalendarWindow> = in_the_way.collect();
    let mut marks = Vec::new();
    for given in current(facts, environment, now) {
        let (lifted, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|window| given.names(window));
        waiting = others;
        if !lifted.is_empty() {
            marks.push(given.mark(lifted.iter().map(|window| window.name.clone()).collect()));
        }
    }
    marks
}

fn current<'a>(facts: &Facts<'a>, environment: &Environment, now: Timestamp) -> impl Iterator<Item = &'a FreezeOverride> {
    let (release, environment) = (facts.release, environment.id);
    facts.overrides.iter().filter(move |given| given.is_for(release, environment, now))
}

fn blockers(
    standing: &Standing<'_>,
    windows: &[CalendarWindow],
    environment: &Environment,
    now: Timestamp,
    can_override: bool,
) -> Vec<Blocker> {
    if standing.is_open() {
        return Vec::new();
    }
    let opens = next_open(windows, &Place::from(environment), now, HORIZON);
    let cleared_by = Clearance::Opening { environment: environment.id, at: opens, can_override };
    let mut found: Vec<Blocker> = standing
        .freezes
        .iter()
        .map(|(window, occurrence)| Blocker {
            gate: Gate::Freeze,
            title: format!("{} is frozen: {}", environment.name, window.name),
            detail: frozen(window, *occurrence, opens, can_override),
            cleared_by: cleared_by.clone(),
        })
        .collect();
    if standing.is_outside() {
        let names: Vec<String> = standing.allows.iter().take(3).map(|window| format!("“{}”", window.name)).collect();
        let zone = standing.allows.first().map(|window| window.times.zone());
        let opens = match (opens, zone) {
            (Some(at), Some(zone)) => format!("The next allowed start is {}", in_zone(at, zone)),
            _ => "No start is allowed within a year".to_owned(),
        };
        found.push(Blocker {
            gate: Gate::Freeze,
            title: format!("{} is outside its change window", environment.name),
            detail: format!("Deployments start there only in {}. {opens}.{}", names.join(", "), way(can_override)),
            cleared_by,
        });
    }
    found
}

fn frozen(window: &CalendarWindow, occurrence: Occurrence, opens: Option<Timestamp>, can_override: bool) -> String {
    let zone = window.times.zone();
    let owner = if window.owner.is_empty() { window.added_by.to_string() } else { window.owner.clone() };
    let reason = window.reason.trim_end_matches('.');
    let until = format!("{reason}. Until {}; ask {owner}.", in_zone(occurrence.ends, zone));
    let next = match opens {
        Some(at) if at == occurrence.ends => " That is the next allowed start.".to_owned(),
        Some(at) => format!(" The next allowed start is {}.", in_zone(at, zone)),
        None => " No start is allowed within a year.".to_owned(),
    };
    let passes = if window.hotfixes_pass { " Hotfixes pass." } else { "" };
    format!("{until}{next}{passes}{}", way(can_override))
}

const fn way(can_override: bool) -> &'static str {
    if can_override {
        " It can be overridden for this release, with a reason. Rollbacks are not held."
    } else {
        " A run by hand can't override it; a deployment of a release can. Rollbacks are not held."
    }
}

/// The windows that an override given now would be about; empty where the place is open.
#[must_use]
pub fn to_override(windows: &[CalendarWindow], release: &Release, environment: &Environment, now: Timestamp) -> Vec<CalendarWindow> {
    let place = Place::from(environment);
    let windows = windows_for(windows, Some(release), &place);
    let standing = standing(&windows, &place, now);
    let outside = if standing.is_outside() { standing.allows } else { Vec::new() };
    let mut found: Vec<CalendarWindow> = standing.freezes.into_iter().map(|(window, _)| window).chain(outside).cloned().collect();
    found.sort_by_key(|window| (window.effect == WindowEffect::Allow, window.id));
    found
}
