//! Carries release trains: announces departures, lets them leave, and asks about those that nobody was there for. The draft of the release
//! and the word that the train has left are one change, so that it leaves once; what follows is taken up again after a crash.

use super::smoke::words;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::calendar_store::StartFilter;
use crate::ports::notifier::{Alert, AlertSubject, Urgency};
use crate::ports::provider::CallOutcome;
use crate::ports::store::{OutboxEffect, Write};
use crate::usecases::scheduled_starts::on_clocks;
use crate::usecases::trains::train_due;
use crate::usecases::{NewRelease, NewStart};
use pilothouse_domain::calendar::{Withdrawn, in_zone};
use pilothouse_domain::release::{Release, ReleaseState, SourceKind};
use pilothouse_domain::train::{DepartureState, GRACE, Train, TrainDue};
use pilothouse_domain::{Actor, EnvironmentId, Timestamp, TrainId};
use std::time::Duration;

/// How soon a departure is tried again where the provider could not be reached.
const AGAIN: Duration = Duration::from_secs(20);

impl Engine {
    pub(super) async fn carry_train(&self, id: TrainId) -> Result<(), EngineError> {
        let train = self.store().train(id).await?;
        let now = self.now();
        match train.due(now) {
            TrainDue::Later(_) | TrainDue::Never => self.schedule_train(&train).await,
            TrainDue::Announce(at) => self.announce(train, at).await,
            TrainDue::Missed(at) => {
                let reason = "nothing ran at that time that could have let it leave".to_owned();
                self.hold_departure(train, at, reason).await
            }
            TrainDue::Depart(at) => {
                let conductor = train.conductor.clone();
                match self.depart(&conductor, train.clone(), at).await {
                    Ok(()) | Err(EngineError::Invalid { field: "nothing_new", .. }) => Ok(()),
                    Err(error @ EngineError::Store(_)) => Err(error),
                    Err(EngineError::Provider(error))
                        if error.outcome() != CallOutcome::Refused && self.now().plus(AGAIN).since(at) < GRACE =>
                    {
                        tracing::info!(%error, train = %id, "a departure is tried again");
                        let mut change = self.change(&Actor::Engine);
                        change.schedule_train(&train, Some((OutboxEffect::CarryTrain, self.now().plus(AGAIN))));
                        self.ports.store.commit(change.into_set()).await?;
                        Ok(())
                    }
                    Err(error) => self.hold_departure(self.store().train(id).await?, at, words(&error)).await,
                }
            }
            TrainDue::Board => self.board(id).await,
        }
    }

    async fn schedule_train(&self, train: &Train) -> Result<(), EngineError> {
        let mut change = self.change(&Actor::Engine);
        change.schedule_train(train, train_due(train, self.now()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    async fn announce(&self, mut train: Train, at: Timestamp) -> Result<(), EngineError> {
        train.announced = Some(at);
        let title = format!("{} leaves at {}", self.name_of(&train).await?, in_zone(at, train.times.zone()));
        let body = format!("It takes the newest commit of {}. It can be skipped in the calendar.", train.branch);
        self.keep_and_tell(train, "train.announced", title, body, Urgency::Normal).await
    }

    async fn hold_departure(&self, mut train: Train, at: Timestamp, reason: String) -> Result<(), EngineError> {
        train.note(at, DepartureState::Held { since: self.now(), reason: reason.clone() });
        let title = format!("{} did not leave", self.name_of(&train).await?);
        let when = in_zone(at, train.times.zone());
        let body = format!("It was to leave at {when}: {}. Let it leave now, or let it stay.", reason.trim_end_matches('.'));
        self.keep_and_tell(train, "train.held", title, body, Urgency::Critical).await
    }

    async fn keep_and_tell(&self, train: Train, action: &str, title: String, body: String, urgency: Urgency) -> Result<(), EngineError> {
        let mut change = self.change(&Actor::Engine);
        change.audit_train(action, &train, format!("{title}. {body}"));
        let about = Some(AlertSubject::Train(train.id));
        let alert = Alert { about, title, body, urgency, at: self.now(), concerns: Some(train.conductor.clone()) };
        change.schedule_train(&train, Some((OutboxEffect::Alert(alert), self.now())));
        change.write(Write::Train(train));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    async fn name_of(&self, train: &Train) -> Result<String, EngineError> {
        Ok(format!("The train “{}” of {}", train.name, self.store().product(train.product_id).await?.name))
    }

    /// Drafts the release of a departure, where there is something new to bring. Says so with an error where there isn't.
    pub(crate) async fn depart(&self, by: &Actor, mut train: Train, at: Timestamp) -> Result<(), EngineError> {
        let proposal = self.propose_release(train.product_id, SourceKind::Branch, &train.branch).await?;
        let told = in_zone(at, train.times.zone());
        if proposal.last_version.is_some() && proposal.commits.is_empty() {
            let reason = format!("{} has nothing that is not released already", train.branch);
            train.note(at, DepartureState::Empty { reason: reason.clone() });
            let summary = format!("“{}” of {told} stays: {reason}", train.name);
            self.keep_train(&Actor::Engine, "train.empty", train, summary).await?;
            return Err(EngineError::invalid("nothing_new", reason, "The next departure takes what comes until then."));
        }
        let version = train.bump.next(proposal.last_version.as_ref(), proposal.bump);
        let new = NewRelease {
            product_id: train.product_id,
            version: version.clone(),
            source_kind: SourceKind::Branch,
            source_name: train.branch.clone(),
            notes: None,
            hotfix: None,
        };
        let (release, mut change) = self.draft(&Actor::Engine, by, new, proposal).await?;
        let earlier: Vec<Timestamp> =
            train.departures.iter().filter(|d| d.at < at && matches!(d.state, DepartureState::Held { .. })).map(|d| d.at).collect();
        for before in earlier {
            let reason = "A later departure has taken it along.".to_owned();
            train.note(before, DepartureState::Dropped(Withdrawn { by: Actor::Engine, at: self.now(), reason }));
        }
        train.note(at, DepartureState::Boarding { release_id: release.id, version });
        let summary = format!("“{}” of {told} takes {} of {}", train.name, release.version, train.branch);
        change.audit_train("train.boarding", &train, summary);
        change.schedule_train(&train, Some((OutboxEffect::CarryTrain, self.now())));
        change.write(Write::Train(train));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// Plans the release of a departure, asks for its approval and sets its starts: what of that is not done yet.
    async fn board(&self, id: TrainId) -> Result<(), EngineError> {
        let mut train = self.store().train(id).await?;
        let Some(departure) = train.boarding().cloned() else { return self.schedule_train(&train).await };
        let DepartureState::Boarding { release_id, version } = departure.state else { return Ok(()) };
        let release = self.store().release(release_id).await?;
        let told = in_zone(departure.at, train.times.zone());
        match self.set_on_its_way(&train, release, departure.at).await {
            Ok(starts) => {
                train.note(departure.at, DepartureState::Left { release_id, version: version.clone() });
                let summary = format!("“{}” of {told} has left with {version}: {starts}", train.name);
                self.keep_train(&Actor::Engine, "train.left", train, summary).await.map(drop)
            }
            Err(error @ EngineError::Store(_)) => Err(error),
            Err(error) => {
                let reason = format!("{version} is drafted, and could not be set on its way: {}", words(&error));
                train.note(departure.at, DepartureState::Left { release_id, version });
                let title = format!("{} needs a hand", self.name_of(&train).await?);
                self.keep_and_tell(train, "train.left", title, reason, Urgency::Critical).await
            }
        }
    }

    async fn set_on_its_way(&self, train: &Train, mut release: Release, at: Timestamp) -> Result<String, EngineError> {
        let conductor = &train.conductor;
        if release.state == ReleaseState::Draft {
            let environments: Vec<EnvironmentId> = train.stops.iter().map(|stop| stop.environment_id).collect();
            let remarks = format!("By the release train “{}”.", train.name);
            release = self.plan_release(conductor, release.id, &environments, &remarks).await?;
        }
        if train.asks_for_approval && release.state == ReleaseState::Planned {
            self.request_approval(conductor, release.id).await?;
        }
        let mut told = Vec::new();
        // One that leaves late, by a person's word, is at its stops as long after it has left.
        let now = self.now();
        let left = if now.since(at) > GRACE { now } else { at };
        for stop in train.stops.iter().filter(|stop| release.planned(stop.environment_id).is_some()) {
            let filter = StartFilter { release: Some(release.id), environment: Some(stop.environment_id), ..StartFilter::default() };
            let known =
                self.store().scheduled_starts(&filter).await?.into_iter().find(|start| start.train == Some(train.id) || start.is_open());
            let start = match known {
                Some(start) => start,
                None => {
                    let new = NewStart {
                        release_id: release.id,
                        environment_id: stop.environment_id,
                        at: String::new(),
                        time_zone: String::new(),
                        remarks: format!("By the release train “{}”.", train.name),
                    };
                    let arrival = train.arrival(left, stop).max(now);
                    self.set_start(conductor, &new, arrival, train.times.time_zone.clone(), Some(train.id)).await?
                }
            };
            told.push(format!("{} at {}", start.environment, on_clocks(&start)));
        }
        Ok(told.join(", "))
    }
}
