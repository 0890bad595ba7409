//! Release trains: added, changed, skipped for once, withdrawn; and what becomes of a departure that could not take place. The loop in
//! [`carry`](crate::carry) lets them leave. Each step is an audit event.

use super::clocks::read_clocks;
use super::valid_name;
use super::windows::{TimesEdit, checked};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::{OutboxEffect, Write};
use chrono::TimeDelta;
use pilothouse_domain::calendar::{WindowTimes, Withdrawn, in_zone};
use pilothouse_domain::product::Environment;
use pilothouse_domain::train::{DepartureState, FURTHEST_STOP, LONGEST_NOTICE, MOST_STOPS, Train, TrainBump, TrainDue, TrainStop};
use pilothouse_domain::{Actor, EnvironmentId, ProductId, Timestamp, TrainId};

/// Trains of a product.
const MOST_TRAINS: usize = 50;

/// A train as somebody sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainEdit {
    /// Its name.
    pub name: String,
    /// The branch whose newest commit it takes.
    pub branch: String,
    /// Which number of the version it raises.
    pub bump: TrainBump,
    /// When it leaves first, on the clocks of the zone: `2026-11-26T10:00`.
    pub leaves: String,
    /// The zone: `Europe/Berlin`.
    pub time_zone: String,
    /// What repeats it: `FREQ=WEEKLY;BYDAY=TH`; empty for once.
    pub rule: String,
    /// Where it goes.
    pub stops: Vec<StopEdit>,
    /// Minutes before a departure at which it is announced; 0: not at all.
    pub notice_minutes: u32,
    /// Whether approval is asked for at the departure.
    pub asks_for_approval: bool,
    /// False to let it stand.
    pub is_enabled: bool,
}

/// A stop as somebody sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopEdit {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Minutes after the departure.
    pub after_minutes: u32,
}

impl Engine {
    /// Adds a train.
    ///
    /// # Errors
    /// [`EngineError::Invalid`]: what is wrong with it; [`StoreError::Taken`] where the product has one of that name.
    pub async fn add_train(&self, actor: &Actor, product: ProductId, edit: TrainEdit) -> Result<Train, EngineError> {
        self.store().product(product).await?;
        if self.store().trains(Some(product)).await?.len() >= MOST_TRAINS {
            let message = format!("the product has {MOST_TRAINS} trains already");
            return Err(EngineError::invalid("name", message, "Withdraw those that don't run any more."));
        }
        let now = self.now();
        let train = Train {
            id: self.new_id(TrainId::new),
            revision: 0,
            product_id: product,
            name: String::new(),
            branch: String::new(),
            bump: edit.bump,
            times: timetable(&edit, Vec::new())?,
            stops: Vec::new(),
            notice_minutes: 0,
            asks_for_approval: edit.asks_for_approval,
            conductor: actor.clone(),
            is_enabled: edit.is_enabled,
            added_by: actor.clone(),
            added_at: now,
            runs_from: now,
            departures: Vec::new(),
            announced: None,
            withdrawn: None,
        };
        let train = self.edited_train(train, edit).await?;
        let summary = format!("Added the release train “{}”", train.name);
        self.keep_train(actor, "train.added", train, summary).await
    }

    /// Changes a train. It leaves in the name of who changed it last.
    ///
    /// # Errors
    /// [`EngineError::Invalid`]; a conflict where somebody else has changed it since that revision, or it was withdrawn.
    pub async fn edit_train(&self, actor: &Actor, id: TrainId, revision: u32, edit: TrainEdit) -> Result<Train, EngineError> {
        let before = self.store().train(id).await?;
        if before.revision != revision || before.withdrawn.is_some() {
            return Err(StoreError::Conflict { kind: "train", id: id.to_string() }.into());
        }
        // What was skipped stays skipped, as far as the train still leaves then.
        let mut train = before.clone();
        train.times = timetable(&edit, before.times.except.clone())?;
        let train = self.edited_train(train, edit).await?;
        if train == before {
            return Ok(before);
        }
        let is_anew = train.times != before.times || train.is_enabled != before.is_enabled;
        let runs_from = if is_anew { self.now() } else { before.runs_from };
        let train = Train { conductor: actor.clone(), runs_from, ..train };
        let switched = match (before.is_enabled, train.is_enabled) {
            (true, false) => "Stopped",
            (false, true) => "Started",
            _ => "Changed",
        };
        let summary = format!("{switched} the release train “{}”", train.name);
        self.keep_train(actor, "train.changed", train, summary).await
    }

    /// Takes a train away. What it has set on its way stays. Doing it twice is no error.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn withdraw_train(&self, actor: &Actor, id: TrainId, reason: &str) -> Result<Train, EngineError> {
        let mut train = self.store().train(id).await?;
        if train.withdrawn.is_some() {
            return Ok(train);
        }
        let summary = format!("Withdrew the release train “{}”", train.name);
        train.withdrawn = Some(Withdrawn { by: actor.clone(), at: self.now(), reason: reason.trim().to_owned() });
        self.keep_train(actor, "train.withdrawn", train, summary).await
    }

    /// Skips a departure to come, or lets one that was skipped take place.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the train doesn't leave then, or that is over.
    pub async fn skip_departure(&self, actor: &Actor, id: TrainId, at: Timestamp, is_skipped: bool) -> Result<Train, EngineError> {
        let mut train = self.store().train(id).await?;
        let local = at.as_datetime().with_timezone(&train.times.zone()).naive_local();
        let told = in_zone(at, train.times.zone());
        if at <= self.now() {
            return Err(EngineError::invalid("at", "that departure is over", "Choose one that is to come."));
        }
        let was_skipped = train.times.except.contains(&local);
        if was_skipped == is_skipped {
            return Ok(train);
        }
        if is_skipped && !train.timetable(at, at.plus(std::time::Duration::from_secs(1)), 1).contains(&at) {
            return Err(EngineError::invalid("at", format!("“{}” doesn't leave at {told}", train.name), "Choose one of its departures."));
        }
        if is_skipped {
            train.times.except.push(local);
            train.times.except.sort_unstable();
        } else {
            train.times.except.retain(|skipped| *skipped != local);
        }
        train.times = train.times.checked().map_err(|fault| EngineError::invalid("at", fault.to_string(), "Let others take place."))?;
        let what = if is_skipped { "Skipped" } else { "Took the skip back of" };
        let summary = format!("{what} the departure of “{}” at {told}", train.name);
        self.keep_train(actor, "train.skipped", train, summary).await
    }

    /// Lets a departure that asks stay.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where none asks.
    pub async fn drop_departure(&self, actor: &Actor, id: TrainId, reason: &str) -> Result<Train, EngineError> {
        let mut train = self.store().train(id).await?;
        let at = held_at(&train)?;
        train.note(at, DepartureState::Dropped(Withdrawn { by: actor.clone(), at: self.now(), reason: reason.trim().to_owned() }));
        let summary = format!("“{}” of {} stays", train.name, in_zone(at, train.times.zone()));
        self.keep_train(actor, "train.dropped", train, summary).await
    }

    /// Lets a departure that asks take place now, in the name of who says so: drafts its release. The loop sets it on its way.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where none asks, or there is nothing new to bring; those of the provider.
    pub async fn depart_now(&self, actor: &Actor, id: TrainId) -> Result<Train, EngineError> {
        let mut train = self.store().train(id).await?;
        let at = held_at(&train)?;
        train.conductor = actor.clone();
        self.depart(actor, train, at).await?;
        Ok(self.store().train(id).await?)
    }

    async fn edited_train(&self, mut train: Train, edit: TrainEdit) -> Result<Train, EngineError> {
        train.name = valid_name("name", &edit.name, 120)?;
        train.branch = valid_name("branch", &edit.branch, 255)?;
        train.bump = edit.bump;
        train.asks_for_approval = edit.asks_for_approval;
        train.is_enabled = edit.is_enabled;
        if edit.notice_minutes > LONGEST_NOTICE {
            return Err(EngineError::invalid("notice_minutes", "a departure is announced two weeks before at most", "Choose less."));
        }
        train.notice_minutes = edit.notice_minutes;
        let environments = self.store().environments(Some(train.product_id)).await?;
        train.stops = stops(&environments, edit.stops)?;
        Ok(train)
    }

    pub(crate) async fn keep_train(&self, actor: &Actor, action: &str, train: Train, summary: String) -> Result<Train, EngineError> {
        let id = train.id;
        let mut change = self.change(actor);
        change.audit_train(action, &train, summary);
        change.schedule_train(&train, train_due(&train, self.now()));
        change.write(Write::Train(train));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().train(id).await?)
    }
}

/// When the loop looks at it next; `None` where it needn't.
pub(crate) fn train_due(train: &Train, now: Timestamp) -> Option<(OutboxEffect, Timestamp)> {
    match train.due(now) {
        TrainDue::Later(at) => Some((OutboxEffect::CarryTrain, at)),
        TrainDue::Announce(_) | TrainDue::Depart(_) | TrainDue::Missed(_) | TrainDue::Board => Some((OutboxEffect::CarryTrain, now)),
        TrainDue::Never => None,
    }
}

fn held_at(train: &Train) -> Result<Timestamp, EngineError> {
    train.held().map(|departure| departure.at).ok_or_else(|| {
        EngineError::invalid("id", format!("no departure of “{}” waits for a person", train.name), "Look at its departures again.")
    })
}

/// The times of a train: it leaves at their begins.
fn timetable(edit: &TrainEdit, except: Vec<chrono::NaiveDateTime>) -> Result<WindowTimes, EngineError> {
    let leaves = read_clocks("leaves", &edit.leaves)?;
    let end = leaves + TimeDelta::minutes(1);
    let times = TimesEdit {
        begins: edit.leaves.clone(),
        ends: end.format("%Y-%m-%dT%H:%M:%S").to_string(),
        time_zone: edit.time_zone.clone(),
        rule: edit.rule.clone(),
        except: Vec::new(),
    };
    let times = checked(&times).map_err(|error| match error {
        EngineError::Invalid { field, message, next_step } => {
            let field = if field == "begins" || field == "ends" { "leaves" } else { field };
            EngineError::Invalid { field, message, next_step }
        }
        other => other,
    })?;
    Ok(WindowTimes { except, ..times })
}

fn stops(environments: &[Environment], edits: Vec<StopEdit>) -> Result<Vec<TrainStop>, EngineError> {
    if edits.is_empty() || edits.len() > MOST_STOPS {
        return Err(EngineError::invalid("stops", "a train has 1 to 20 stops", "Choose where it goes."));
    }
    let mut found: Vec<(u16, TrainStop)> = Vec::new();
    for StopEdit { environment_id, after_minutes } in edits {
        let Some(environment) = environments.iter().find(|e| e.id == environment_id) else {
            return Err(EngineError::invalid("stops", "the product has no such environment", "Choose one of its own."));
        };
        if found.iter().any(|(_, stop)| stop.environment_id == environment_id) {
            return Err(EngineError::invalid("stops", format!("{} stands twice", environment.name), "Name each once."));
        }
        if after_minutes > FURTHEST_STOP {
            return Err(EngineError::invalid("stops", "a stop is 60 days after the departure at most", "Choose less."));
        }
        found.push((environment.position, TrainStop { environment_id, after_minutes }));
    }
    found.sort_by_key(|(position, _)| *position);
    if let Some(pair) = found.windows(2).find(|pair| pair[1].1.after_minutes < pair[0].1.after_minutes) {
        let name = |stop: &TrainStop| environments.iter().find(|e| e.id == stop.environment_id).map_or("", |e| e.name.as_str());
        let message = format!("{} comes before {} in the promotion path, and later in time", name(&pair[0].1), name(&pair[1].1));
        return Err(EngineError::invalid("stops", message, "Let the times follow the path."));
    }
    Ok(found.into_iter().map(|(_, stop)| stop).collect())
}
