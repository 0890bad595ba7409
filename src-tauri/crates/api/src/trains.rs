//! Release trains: list, add, change, skip a departure, and what becomes of one that could not take place.

use crate::Api;
use crate::IdRequest;
use crate::calendar::WithdrawRequest;
use crate::decode::{id, optional_id, shown, time};
use crate::error::ApiError;
use crate::scheduled_starts::ListOfProductRequest;
use pilothouse_domain::Timestamp;
use pilothouse_domain::calendar::{HORIZON, WindowTimes, in_zone, on_clocks};
use pilothouse_domain::product::Environment;
use pilothouse_domain::train::{Departure, DepartureState, Train, TrainBump};
use pilothouse_engine::usecases::{StopEdit, TrainEdit};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Departures to come that are shown.
const NEXT: usize = 6;
/// Departures on record that are shown.
const LAST: usize = 20;

/// Which number of the version a train raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TrainBumpWord {
    /// What the commits ask for.
    AsCommitsAsk,
    /// The first.
    Major,
    /// The second.
    Minor,
    /// The third.
    Patch,
}

/// A train to add or change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PutTrainRequest {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// The revision that was looked at; 0 for a new one.
    pub revision: u32,
    /// The product's id.
    pub product_id: String,
    /// Its name.
    pub name: String,
    /// The branch whose newest commit it takes.
    pub branch: String,
    /// Which number of the version it raises.
    pub bump: TrainBumpWord,
    /// When it leaves first, on the clocks of the zone: `2026-11-26T10:00`.
    pub leaves: String,
    /// The zone.
    pub time_zone: String,
    /// What repeats it (RFC 5545); empty for once.
    pub rule: String,
    /// Where it goes.
    pub stops: Vec<StopDto>,
    /// Minutes before a departure at which it is announced; 0: not at all.
    pub notice_minutes: u32,
    /// Whether approval is asked for at the departure.
    pub asks_for_approval: bool,
    /// False to let it stand.
    pub is_enabled: bool,
}

/// A stop of a train.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StopDto {
    /// The environment's id.
    pub environment_id: String,
    /// Minutes after the departure, on the clocks of the train's zone.
    pub after_minutes: u32,
}

/// A release train.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TrainView {
    /// Its id.
    pub id: String,
    /// Counts the writes.
    pub revision: u32,
    /// The product's id.
    pub product_id: String,
    /// The product's name.
    pub product: String,
    /// Its name.
    pub name: String,
    /// The branch.
    pub branch: String,
    /// Which number of the version it raises.
    pub bump: TrainBumpWord,
    /// When it leaves first, on the clocks of the zone.
    pub leaves: String,
    /// The zone.
    pub time_zone: String,
    /// What repeats it; empty for once.
    pub rule: String,
    /// Where it goes, with names.
    pub stops: Vec<StopView>,
    /// Minutes before a departure at which it is announced.
    pub notice_minutes: u32,
    /// Whether approval is asked for at the departure.
    pub asks_for_approval: bool,
    /// In whose name it leaves.
    pub conductor: String,
    /// False while it stands.
    pub is_enabled: bool,
    /// The next departures, those that are skipped among them.
    pub next: Vec<NextDepartureView>,
    /// What became of the last departures, newest first.
    pub last: Vec<DepartureView>,
    /// True where a departure waits for a person.
    pub asks: bool,
}

/// A stop of a train, with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StopView {
    /// The environment's id.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// Minutes after the departure.
    pub after_minutes: u32,
}

/// A departure to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NextDepartureView {
    /// When.
    pub at: String,
    /// That on the clocks of the train's zone.
    pub words: String,
    /// True where it is skipped.
    pub is_skipped: bool,
}

/// What became of a departure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DepartureView {
    /// When it was due.
    pub at: String,
    /// That on the clocks of the train's zone.
    pub words: String,
    /// What became of it.
    pub state: DepartureWord,
    /// That in a sentence.
    pub told: String,
    /// The release that it took.
    pub release_id: Option<String>,
}

/// What became of a departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DepartureWord {
    /// It is being set on its way.
    Boarding,
    /// It has left.
    Left,
    /// There was nothing new to bring.
    Empty,
    /// It waits for a person.
    Held,
    /// It stayed.
    Dropped,
}

/// A departure to skip, or to let take place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkipDepartureRequest {
    /// The train's id.
    pub id: String,
    /// The departure.
    pub at: String,
    /// False takes the skip back.
    pub is_skipped: bool,
}

impl From<TrainBumpWord> for TrainBump {
    fn from(word: TrainBumpWord) -> Self {
        match word {
            TrainBumpWord::AsCommitsAsk => Self::AsCommitsAsk,
            TrainBumpWord::Major => Self::Major,
            TrainBumpWord::Minor => Self::Minor,
            TrainBumpWord::Patch => Self::Patch,
        }
    }
}

impl From<TrainBump> for TrainBumpWord {
    fn from(bump: TrainBump) -> Self {
        match bump {
            TrainBump::AsCommitsAsk => Self::AsCommitsAsk,
            TrainBump::Major => Self::Major,
            TrainBump::Minor => Self::Minor,
            TrainBump::Patch => Self::Patch,
        }
    }
}

impl DepartureView {
    fn new(departure: &Departure, times: &WindowTimes) -> Self {
        let (state, told, release_id) = match &departure.state {
            DepartureState::Boarding { release_id, version } => {
                (DepartureWord::Boarding, format!("{version} is being set on its way"), Some(release_id))
            }
            DepartureState::Left { release_id, version } => (DepartureWord::Left, format!("Left with {version}"), Some(release_id)),
            DepartureState::Empty { reason } => (DepartureWord::Empty, format!("Stayed: {reason}"), None),
            DepartureState::Held { reason, .. } => (DepartureWord::Held, format!("Did not leave: {reason}"), None),
            DepartureState::Dropped(by) if by.reason.is_empty() => (DepartureWord::Dropped, format!("{} let it stay", by.by), None),
            DepartureState::Dropped(by) => (DepartureWord::Dropped, format!("{} let it stay: {}", by.by, by.reason), None),
        };
        Self {
            at: shown(departure.at),
            words: in_zone(departure.at, times.zone()),
            state,
            told,
            release_id: release_id.map(|id| id.to_string()),
        }
    }
}

impl TrainView {
    pub(crate) fn new(train: &Train, product: &str, environments: &[Environment], now: Timestamp) -> Self {
        let every = Train { times: WindowTimes { except: Vec::new(), ..train.times.clone() }, ..train.clone() };
        let zone = train.times.zone();
        let skipped: Vec<Timestamp> = train.times.except.iter().map(|local| on_clocks(*local, zone)).collect();
        let next = if train.runs() { every.timetable(now, now.plus(HORIZON), NEXT) } else { Vec::new() };
        let name = |id| environments.iter().find(|e| e.id == id).map(|e| e.name.clone()).unwrap_or_default();
        Self {
            id: train.id.to_string(),
            revision: train.revision,
            product_id: train.product_id.to_string(),
            product: product.to_owned(),
            name: train.name.clone(),
            branch: train.branch.clone(),
            bump: train.bump.into(),
            leaves: train.times.begins.format("%Y-%m-%dT%H:%M").to_string(),
            time_zone: train.times.time_zone.clone(),
            rule: train.times.rule.clone().unwrap_or_default(),
            stops: train
                .stops
                .iter()
                .map(|stop| StopView {
                    environment_id: stop.environment_id.to_string(),
                    environment: name(stop.environment_id),
                    after_minutes: stop.after_minutes,
                })
                .collect(),
            notice_minutes: train.notice_minutes,
            asks_for_approval: train.asks_for_approval,
            conductor: train.conductor.to_string(),
            is_enabled: train.is_enabled,
            next: next
                .into_iter()
                .map(|at| NextDepartureView { at: shown(at), words: in_zone(at, zone), is_skipped: skipped.contains(&at) })
                .collect(),
            last: train.departures.iter().rev().take(LAST).map(|departure| DepartureView::new(departure, &train.times)).collect(),
            asks: train.held().is_some(),
        }
    }
}

impl Api {
    async fn train_view(&self, train: &Train) -> Result<TrainView, ApiError> {
        let product = self.store().product(train.product_id).await?;
        let environments = self.store().environments(Some(train.product_id)).await?;
        Ok(TrainView::new(train, &product.name, &environments, self.engine.now()))
    }

    /// The release trains of a product, or of all, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_trains(&self, request: ListOfProductRequest) -> Result<Vec<TrainView>, ApiError> {
        let mut views = Vec::new();
        for train in self.store().trains(optional_id("product_id", request.product_id.as_deref())?).await? {
            views.push(self.train_view(&train).await?);
        }
        Ok(views)
    }

    /// Adds or changes a train.
    ///
    /// # Errors
    /// `invalid`: what is wrong with it; `conflict` where somebody else changed it.
    pub async fn put_train(&self, request: PutTrainRequest) -> Result<TrainView, ApiError> {
        let mut stops = Vec::new();
        for stop in &request.stops {
            stops.push(StopEdit { environment_id: id("stops", &stop.environment_id)?, after_minutes: stop.after_minutes });
        }
        let edit = TrainEdit {
            name: request.name,
            branch: request.branch,
            bump: request.bump.into(),
            leaves: request.leaves,
            time_zone: request.time_zone,
            rule: request.rule,
            stops,
            notice_minutes: request.notice_minutes,
            asks_for_approval: request.asks_for_approval,
            is_enabled: request.is_enabled,
        };
        let train = match optional_id("id", request.id.as_deref())? {
            Some(id) => self.engine.edit_train(&self.actor, id, request.revision, edit).await?,
            None => self.engine.add_train(&self.actor, id("product_id", &request.product_id)?, edit).await?,
        };
        self.train_view(&train).await
    }

    /// Takes a train away. What it has set on its way stays.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn withdraw_train(&self, request: WithdrawRequest) -> Result<(), ApiError> {
        self.engine.withdraw_train(&self.actor, id("id", &request.id)?, &request.reason).await?;
        Ok(())
    }

    /// Skips a departure to come, or lets one that was skipped take place.
    ///
    /// # Errors
    /// `invalid` where the train doesn't leave then.
    pub async fn skip_departure(&self, request: SkipDepartureRequest) -> Result<TrainView, ApiError> {
        let at = time("at", &request.at)?;
        let train = self.engine.skip_departure(&self.actor, id("id", &request.id)?, at, request.is_skipped).await?;
        self.train_view(&train).await
    }

    /// Lets a departure that asks stay.
    ///
    /// # Errors
    /// `invalid` where none asks.
    pub async fn drop_departure(&self, request: WithdrawRequest) -> Result<TrainView, ApiError> {
        let train = self.engine.drop_departure(&self.actor, id("id", &request.id)?, &request.reason).await?;
        self.train_view(&train).await
    }

    /// Lets a departure that asks take place now.
    ///
    /// # Errors
    /// `invalid` where none asks, or there is nothing new to bring; those of the provider.
    pub async fn depart_now(&self, request: IdRequest) -> Result<TrainView, ApiError> {
        let train = self.engine.depart_now(&self.actor, id("id", &request.id)?).await?;
        self.train_view(&train).await
    }
}
