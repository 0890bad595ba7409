//! Looks after the step of a runbook whose turn it is: waits, starts a pipeline and follows its run, looks at checks, runs a smoke test,
//! begins a checklist. What it does is written with the step, so that a crash leads to a look and never to a second start.
//!
//! Must not do anything about a step that waits for a person.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::notifier::{Alert, AlertSubject, Urgency};
use crate::ports::provider::ProviderError;
use crate::ports::store::{OutboxEffect, Write};
use crate::usecases::{NewManualRun, runbook_place};
use pilothouse_domain::check::Health;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_domain::manual_run::{ManualRun, ManualRunEffect, ManualRunState, StartedRun};
use pilothouse_domain::policy::current_deployment;
use pilothouse_domain::runbook::{Doing, RunStep, RunbookEvent, RunbookRun, RunbookRunState, StepAction, StepState, apply};
use pilothouse_domain::smoke::{SmokeCause, SmokeRun, SmokeRunState};
use pilothouse_domain::{Actor, ChecklistId, ManualRunId, RunbookRunId, SmokeRunId, SmokeScenarioId, Timestamp};
use std::time::Duration;

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 8;

/// What comes of a look at a step.
enum Looked {
    /// Nothing yet: look again.
    Same,
    /// The event.
    Moved(RunbookEvent),
    /// The event, with the intent to start a pipeline.
    Triggers(Box<ManualRun>),
    /// The event, with a smoke run to send.
    Smokes(Box<SmokeRun>),
}

impl Engine {
    pub(super) async fn carry_runbook(&self, id: RunbookRunId) -> Result<(), EngineError> {
        let run = self.store().runbook_run(id).await?;
        let Some((step, since, by, doing)) = under_way(&run) else { return self.settle_runbook(&run).await };
        let looked = match doing {
            Doing::ByPerson => return self.settle_runbook(&run).await,
            Doing::Waiting { until } if *until <= self.now() => Looked::Moved(RunbookEvent::Succeeded { note: String::new() }),
            Doing::Waiting { .. } => Looked::Same,
            Doing::Asked => self.begin_step(&run, step, since, by).await?,
            Doing::Triggered { manual_run_id, run: known } => self.look_at_run(*manual_run_id, known.as_ref()).await?,
            Doing::Checking { until, .. } => self.look_at_checks(&run, since, *until).await?,
            Doing::Smoking { smoke_run_id } => self.look_at_smoke(*smoke_run_id).await?,
            Doing::Listed { checklist_id, .. } => self.look_at_checklist(*checklist_id).await?,
        };
        self.move_runbook(&run, looked).await
    }

    /// When the engine looks at the run again; `None` while it waits for a person, or is over.
    pub(crate) fn runbook_due(&self, run: &RunbookRun) -> Option<(OutboxEffect, Timestamp)> {
        let (_, _, _, doing) = under_way(run)?;
        let due = match doing {
            Doing::ByPerson => return None,
            Doing::Asked => self.now(),
            Doing::Waiting { until } => *until,
            Doing::Triggered { .. } => self.now().plus(self.pacing.observe),
            Doing::Checking { .. } | Doing::Smoking { .. } | Doing::Listed { .. } => self.now().plus(self.pacing.read_service),
        };
        Some((OutboxEffect::CarryRunbook, due))
    }

    /// Writes what came of a look, with what is to be done next. Where somebody did something to the run meanwhile, nothing of it is
    /// written: it is looked at anew.
    async fn move_runbook(&self, before: &RunbookRun, looked: Looked) -> Result<(), EngineError> {
        let mut change = self.change(&Actor::Engine);
        let event = match looked {
            Looked::Same => {
                change.schedule_runbook(before, self.runbook_due(before));
                self.ports.store.commit(change.into_set()).await?;
                return Ok(());
            }
            Looked::Moved(event) => event,
            Looked::Triggers(run) => {
                change.audit_manual_run("manual_run.requested", &run, format!("Asked for {}, for {}", run.what(), runbook_place(before)));
                change.schedule_manual_run(&run, Some((ManualRunEffect::Send, Duration::ZERO)));
                let id = run.id;
                change.write(Write::ManualRun(*run));
                RunbookEvent::Triggered(id)
            }
            Looked::Smokes(run) => {
                change.audit_smoke_run(
                    "smoke_run.requested",
                    &run,
                    format!("Runs {} in {} for {}", run.name, run.environment, run.version),
                );
                change.schedule_smoke(&run, Some(OutboxEffect::RunSmoke));
                let id = run.id;
                change.write(Write::SmokeRun(*run));
                RunbookEvent::Smoking(id)
            }
        };
        let Ok(after) = apply(before, None, event, self.now()) else { return self.settle_runbook(before).await };
        tell(&mut change, before, &after);
        let next =
            self.runbook_due(&after).or_else(|| alert(before, &after, self.now()).map(|alert| (OutboxEffect::Alert(alert), self.now())));
        change.schedule_runbook(&after, next);
        if after != *before {
            change.write(Write::RunbookRun(after));
        }
        match self.ports.store.commit(change.into_set()).await {
            Ok(_) => Ok(()),
            Err(StoreError::Conflict { .. }) => self.look_soon(before.id).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Puts the outbox right where there is nothing to look after.
    async fn settle_runbook(&self, run: &RunbookRun) -> Result<(), EngineError> {
        let mut change = self.change(&Actor::Engine);
        change.schedule_runbook(run, None);
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// Looks again, by what is stored now.
    async fn look_soon(&self, id: RunbookRunId) -> Result<(), EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let run = self.store().runbook_run(id).await?;
            let mut change = self.change(&Actor::Engine);
            change.schedule_runbook(&run, self.runbook_due(&run));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "runbook_run", id: id.to_string() }.into())
    }

    /// A step that nothing was done about yet.
    async fn begin_step(&self, run: &RunbookRun, step: &RunStep, since: Timestamp, by: &Actor) -> Result<Looked, EngineError> {
        match &step.step.action {
            StepAction::Manual | StepAction::Go => Ok(Looked::Same),
            StepAction::Wait { .. } => Ok(Looked::Moved(RunbookEvent::Succeeded { note: String::new() })),
            StepAction::Trigger { .. } => match self.step_trigger(run, step, by).await {
                Ok(run) => Ok(Looked::Triggers(Box::new(run))),
                Err(error) => broke(error),
            },
            StepAction::Healthy { within_minutes } => {
                self.look_at_checks(run, since, since.plus(Duration::from_secs(60) * *within_minutes)).await
            }
            StepAction::Smoke { scenario_id, .. } => match self.step_smoke(run, *scenario_id, by).await {
                Ok(run) => Ok(Looked::Smokes(Box::new(run))),
                Err(error) => broke(error),
            },
            StepAction::Checklist { template_id, until_settled, .. } => {
                let Some(release) = run.release_id else {
                    let error =
                        EngineError::invalid("release_id", "the run is for no release", "Skip it, or begin the runbook for a release.");
                    return broke(error);
                };
                match self.begin_checklist(by, release, *template_id).await {
                    Ok(list) if *until_settled => self.look_at_checklist(list.id).await,
                    Ok(list) => Ok(Looked::Moved(RunbookEvent::Succeeded { note: format!("“{}” is begun", list.name) })),
                    Err(error) => broke(error),
                }
            }
        }
    }

    /// The intent to start the step's pipeline, judged as any run by hand.
    async fn step_trigger(&self, run: &RunbookRun, step: &RunStep, by: &Actor) -> Result<ManualRun, EngineError> {
        let StepAction::Trigger { place, pipeline, git_ref, inputs } = &step.step.action else {
            return Err(EngineError::invalid("step", "the step starts nothing", "Skip it."));
        };
        let product = self.store().product(run.product_id).await?;
        let new = NewManualRun {
            connection_id: place.as_ref().map_or(product.connection_id, |place| place.connection_id),
            repository: place.as_ref().map_or(product.repository, |place| place.repository.clone()),
            pipeline: pipeline.clone(),
            git_ref: git_ref.clone(),
            inputs: inputs.iter().map(|input| (input.name.clone(), input.value.clone())).collect(),
        };
        let reason = format!("“{}” of {}", step.step.title, runbook_place(run));
        let (manual, blockers) = self.prepare_by_hand(by, &new, &reason).await?;
        if blockers.is_empty() { Ok(manual) } else { Err(EngineError::Blocked(blockers)) }
    }

    /// A run of a smoke test on what the environment has.
    async fn step_smoke(&self, run: &RunbookRun, scenario: SmokeScenarioId, by: &Actor) -> Result<SmokeRun, EngineError> {
        let scenario = self.store().smoke_scenario(scenario).await.map_err(|error| match error {
            StoreError::NotFound { .. } => {
                EngineError::invalid("scenario", "the smoke test was taken away", "Publish the runbook with another one.")
            }
            other => other.into(),
        })?;
        let deployments = self.store().policy_deployments(run.product_id).await?;
        let Some(deployment) = current_deployment(&deployments, run.environment_id) else {
            let message = format!("nothing was deployed to {} from here", run.environment);
            return Err(EngineError::invalid("environment", message, "Skip it, or deploy there first."));
        };
        Ok(self.new_smoke_run(&scenario, deployment, SmokeCause::ByHand, by))
    }

    async fn look_at_run(&self, id: ManualRunId, known: Option<&StartedRun>) -> Result<Looked, EngineError> {
        let manual = self.store().manual_run(id).await?;
        let started = match &manual.state {
            ManualRunState::Requested | ManualRunState::Sending { .. } | ManualRunState::Looking { .. } => return Ok(Looked::Same),
            ManualRunState::Refused { message, next_step } => {
                return Ok(Looked::Moved(RunbookEvent::Broke { reason: message.clone(), next_step: next_step.clone() }));
            }
            ManualRunState::Unknown { cause, .. } => {
                let reason = format!("{} may have started: {cause}", manual.pipeline.pipeline);
                let next_step = "Look at the provider. If it ran, say how it was done; begin it anew only if it did not.".to_owned();
                return Ok(Looked::Moved(RunbookEvent::Broke { reason, next_step }));
            }
            ManualRunState::Started { run, .. } => run.clone(),
        };
        if known.is_none() {
            return Ok(Looked::Moved(RunbookEvent::Found(started)));
        }
        let (repository, external_id) = (manual.repository.clone(), started.external_id.clone());
        let seen = self.ask_provider(manual.connection_id, async move |client| client.run(&repository, &external_id).await).await;
        let next_step = "Read its log at the provider, then begin the step again, skip it, or stop.".to_owned();
        let named = format!("run {} of {}", started.external_id, manual.pipeline.pipeline);
        Ok(match seen {
            Ok(seen) => match seen.status {
                RunStatus::Succeeded => Looked::Moved(RunbookEvent::Succeeded { note: format!("{named} succeeded") }),
                RunStatus::Failed => Looked::Moved(RunbookEvent::Broke { reason: format!("{named}: {}", seen.failure()), next_step }),
                RunStatus::Cancelled => Looked::Moved(RunbookEvent::Broke { reason: format!("{named} was cancelled"), next_step }),
                RunStatus::Skipped => Looked::Moved(RunbookEvent::Broke { reason: format!("{named} did not take place"), next_step }),
                RunStatus::Queued | RunStatus::InProgress | RunStatus::Waiting | RunStatus::Unknown { .. } => Looked::Same,
            },
            // Not asked is neither good nor bad. A person may say what became of it.
            Err(error) => {
                tracing::info!(manual_run = %id, %error, "the run of a step could not be looked at");
                Looked::Same
            }
        })
    }

    /// Whether each check of the environment is healthy, by a measurement that was taken since the step began.
    async fn look_at_checks(&self, run: &RunbookRun, since: Timestamp, until: Timestamp) -> Result<Looked, EngineError> {
        let checks = self.store().checks(Some(run.environment_id)).await?;
        let mut waits_for: Vec<String> = Vec::new();
        let mut healthy: u32 = 0;
        for check in checks.iter().filter(|check| check.enabled) {
            let state = self.store().check_state(check.id).await?;
            let newest = self.store().measurements(check.id, self.now().plus(Duration::from_secs(1)), 1).await?;
            let is_fresh = newest.first().is_some_and(|measured| measured.at >= since);
            match state {
                Some(state) if state.health == Health::Healthy && is_fresh => healthy += 1,
                Some(state) if state.health != Health::Healthy && !state.reason.is_empty() => {
                    waits_for.push(format!("{}: {}", check.name, state.reason));
                }
                _ => waits_for.push(format!("{}: not measured since", check.name)),
            }
        }
        let words = waits_for.join("; ");
        Ok(Looked::Moved(if healthy == 0 && waits_for.is_empty() {
            let reason = format!("no health check watches {}", run.environment);
            RunbookEvent::Broke { reason, next_step: "Add one to the environment, or skip the step.".to_owned() }
        } else if waits_for.is_empty() {
            let note = if healthy == 1 { "1 health check is healthy".to_owned() } else { format!("{healthy} health checks are healthy") };
            RunbookEvent::Succeeded { note }
        } else if self.now() >= until {
            RunbookEvent::Broke {
                reason: words,
                next_step: "Look at the environment, then begin the step again, skip it, or stop.".to_owned(),
            }
        } else {
            RunbookEvent::Checking { until, waits_for: words }
        }))
    }

    async fn look_at_smoke(&self, id: SmokeRunId) -> Result<Looked, EngineError> {
        let run = self.store().smoke_run(id).await?;
        let broke = |reason: String| {
            let next_step = "Look at what was sent and what came back, then begin the step again, skip it, or stop.".to_owned();
            Looked::Moved(RunbookEvent::Broke { reason, next_step })
        };
        Ok(match &run.state {
            SmokeRunState::Requested | SmokeRunState::Running { .. } => Looked::Same,
            SmokeRunState::Passed { .. } => {
                Looked::Moved(RunbookEvent::Succeeded { note: format!("“{}” passed for {}", run.name, run.version) })
            }
            SmokeRunState::Failed { reason, .. } => broke(format!("“{}” failed: {reason}", run.name)),
            SmokeRunState::Errored { reason, .. } => broke(format!("“{}” could not tell: {reason}", run.name)),
        })
    }

    async fn look_at_checklist(&self, id: ChecklistId) -> Result<Looked, EngineError> {
        let checklist = self.store().checklist(id).await?;
        let facts = self.release_facts(checklist.release_id).await?;
        let standing = crate::usecases::standing_of(&checklist, &facts.product, &facts.release);
        let open: Vec<String> = standing.missing(&checklist).map(|(item, _)| format!("“{}”", item.item.title)).collect();
        Ok(Looked::Moved(if open.is_empty() {
            RunbookEvent::Succeeded { note: format!("“{}” is gone through", checklist.name) }
        } else {
            RunbookEvent::Listed { checklist: id, waits_for: open.join(", ") }
        }))
    }
}

/// The step that is under way, since when, by whom, and what it waits for.
fn under_way(run: &RunbookRun) -> Option<(&RunStep, Timestamp, &Actor, &Doing)> {
    let step = run.current()?;
    match &step.state {
        StepState::Running { since, by, doing } => Some((step, *since, by, doing)),
        _ => None,
    }
}

/// A step that can't be begun has failed, unless it is the store that failed.
fn broke(error: EngineError) -> Result<Looked, EngineError> {
    let (reason, next_step) = match error {
        EngineError::Store(StoreError::NotFound { kind, .. }) => (format!("the {} is gone", kind.replace('_', " ")), "Skip it.".to_owned()),
        EngineError::Store(error) => return Err(error.into()),
        EngineError::Invalid { message, next_step, .. } => (message, next_step),
        EngineError::Provider(ProviderError { message, next_step, .. }) => (message, next_step),
        EngineError::Blocked(blockers) => {
            let first = blockers.first().map(|blocker| blocker.detail.clone()).unwrap_or_default();
            (EngineError::Blocked(blockers).to_string(), first)
        }
        EngineError::Keychain(error) => (error.to_string(), error.next_step().to_owned()),
        other => (other.to_string(), String::new()),
    };
    Ok(Looked::Moved(RunbookEvent::Broke { reason, next_step }))
}

/// Audits what a look has settled.
fn tell(change: &mut crate::change::Change, before: &RunbookRun, after: &RunbookRun) {
    let Some(step) = before.current() else { return };
    let Some(now) = after.step(step.step.id) else { return };
    let (title, place) = (&step.step.title, runbook_place(after));
    let told = match &now.state {
        StepState::Done { note, .. } if note.is_empty() => ("done", format!("“{title}” of {place} is done")),
        StepState::Done { note, .. } => ("done", format!("“{title}” of {place} is done: {note}")),
        StepState::Failed { reason, .. } => ("broke", format!("“{title}” of {place} failed: {reason}")),
        StepState::Running { doing: Doing::Triggered { run: None, .. }, .. } => {
            ("triggers", format!("“{title}” of {place} starts a pipeline"))
        }
        StepState::Running { doing: Doing::Triggered { run: Some(run), .. }, .. } => {
            ("triggered", format!("“{title}” of {place} follows run {}", run.external_id))
        }
        _ => return,
    };
    let data = serde_json::json!({ "step": now.step.id, "state": now.state });
    change.audit_runbook_run(&format!("runbook_run.{}", told.0), after, told.1, data);
    if let RunbookRunState::Completed { .. } = after.state {
        change.audit_runbook_run("runbook_run.completed", after, format!("Completed {place}"), serde_json::json!(after));
    }
}

/// Who carries a runbook out is told where it waits for them, and where it is done.
fn alert(before: &RunbookRun, after: &RunbookRun, at: Timestamp) -> Option<Alert> {
    let place = runbook_place(after);
    let (title, body, urgency) = match (&after.state, after.current().map(|step| (&step.step.title, &step.state))) {
        (RunbookRunState::Completed { .. }, _) => (format!("{place} is completed"), String::new(), Urgency::Normal),
        (_, Some((title, StepState::Failed { reason, .. }))) => {
            (format!("“{title}” failed"), format!("{place}: {reason}"), Urgency::Critical)
        }
        (_, Some((title, state))) if state.waits_for_person() => (format!("“{title}” waits for somebody"), place, Urgency::Normal),
        _ => return None,
    };
    let about = Some(AlertSubject::RunbookRun(before.id));
    Some(Alert { about, title, body, urgency, at, concerns: None })
}
