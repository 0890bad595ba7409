//! The day by which a release is meant to be out, and when releases were finished: what a calendar shows of them. Must not start or hold
//! anything by it.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::{ReleaseFilter, Write};
use pilothouse_domain::release::{Release, ReleaseState};
use pilothouse_domain::target_date::{TargetDate, TargetDateFault};
use pilothouse_domain::{Actor, ProductId, ReleaseId, Timestamp};

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;

/// So many of a product's newest releases are looked through for what a calendar shows.
const MOST: u32 = 300;

/// What a calendar shows of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseOnCalendar {
    /// The release.
    pub release: Release,
    /// What of it.
    pub what: CalendarMark,
}

/// What of a release is on a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarMark {
    /// The day by which it is meant to be out.
    Target(TargetDate),
    /// When it was closed well.
    Completed(Timestamp),
    /// When an earlier version took its place.
    RolledBack(Timestamp),
}

impl CalendarMark {
    /// Its begin and its end; one moment for what takes no time.
    #[must_use]
    pub fn times(&self) -> (Timestamp, Timestamp) {
        match self {
            Self::Target(target) => (target.begins(), target.ends()),
            Self::Completed(at) | Self::RolledBack(at) => (*at, *at),
        }
    }
}

impl Engine {
    /// Sets the day by which a release is meant to be out, with its zone; `None` takes it off.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where it is no day, the zone is unknown, or the release is over.
    pub async fn set_target_date(&self, actor: &Actor, id: ReleaseId, wanted: Option<(&str, &str)>) -> Result<Release, EngineError> {
        let target = wanted.map(|(day, zone)| TargetDate::read(day, zone).map_err(|fault| invalid(&fault))).transpose()?;
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().release(id).await?;
            if before.state.is_terminal() {
                let message = format!("{} is {}", before.version, before.state.label());
                return Err(EngineError::invalid("release", message, "A release that is over has no day to come."));
            }
            if before.target == target {
                return Ok(before);
            }
            let told = |target: &Option<TargetDate>| target.as_ref().map(|target| format!("{} ({})", target.day, target.time_zone));
            let summary = match (told(&before.target), told(&target)) {
                (None, Some(day)) => format!("{} is meant to be out by {day}", before.version),
                (Some(was), Some(day)) => format!("{} is meant to be out by {day}, no longer by {was}", before.version),
                (Some(was), None) => format!("{} has no target date any more; it was {was}", before.version),
                (None, None) => return Ok(before),
            };
            let data = serde_json::json!({ "before": before.target, "after": target });
            let release = Release { target: target.clone(), ..before };
            let action = if release.target.is_some() { "release.target_date_set" } else { "release.target_date_cleared" };
            let mut change = self.change(actor);
            change.audit_release(action, &release, summary, data);
            change.write(Write::Release(release));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().release(id).await?),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "release", id: id.to_string() }.into())
    }

    /// What a calendar shows of a product's newest releases: the days by which they are meant to be out, and when they were finished.
    /// The target date of one that was given up is not among it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn releases_on_calendar(&self, product: ProductId) -> Result<Vec<ReleaseOnCalendar>, EngineError> {
        let filter = ReleaseFilter { product: Some(product), limit: MOST, ..ReleaseFilter::default() };
        let mut found = Vec::new();
        for release in self.store().releases(&filter).await? {
            let finished = match release.state {
                ReleaseState::Completed { at } => Some(CalendarMark::Completed(at)),
                ReleaseState::RolledBack { at } => Some(CalendarMark::RolledBack(at)),
                _ => None,
            };
            let is_given_up = matches!(release.state, ReleaseState::Aborted { .. });
            let target = release.target.clone().filter(|_| !is_given_up).map(CalendarMark::Target);
            found.extend(target.into_iter().chain(finished).map(|what| ReleaseOnCalendar { release: release.clone(), what }));
        }
        Ok(found)
    }
}

fn invalid(fault: &TargetDateFault) -> EngineError {
    match fault {
        TargetDateFault::Day(_) => EngineError::invalid("day", fault.to_string(), "Write it as 2026-12-20."),
        TargetDateFault::Zone(_) => EngineError::invalid("time_zone", fault.to_string(), "Write its name, such as Europe/Berlin or UTC."),
    }
}
