//! Runs of runbooks: begin one, and what people do to its steps. What steps do by themselves, the loop in [`carry`](crate::carry) does.

use super::valid_reason;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::runbook_store::RunbookRunFilter;
use crate::ports::store::Write;
use pilothouse_domain::evidence::{Evidence, EvidenceOwnerKind};
use pilothouse_domain::release::Release;
use pilothouse_domain::runbook::{
    Doing, FillFault, FillValues, RunStep, RunbookContent, RunbookEvent, RunbookKind, RunbookRun, RunbookRunState, StepState, apply,
    begun_steps, fill, given_parameters, needs_release,
};
use pilothouse_domain::{Actor, EnvironmentId, ManualRunId, ProductId, ReleaseId, RunbookId, RunbookRunId, RunbookStepId};

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 8;

/// A run to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeginRunbook {
    /// The runbook.
    pub runbook: RunbookId,
    /// In which environment.
    pub environment: EnvironmentId,
    /// For which release, where it is for one. Has that attached the runbook, its publication is followed.
    pub release: Option<ReleaseId>,
    /// Name and value of parameters; an empty value stands for "not given".
    pub parameters: Vec<(String, String)>,
    /// Why; may be empty.
    pub reason: String,
}

/// What a person does to the step whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunbookDeed {
    /// Starts it.
    Start,
    /// It is done; of one that failed, all the same.
    Tick {
        /// A remark; may be empty.
        note: String,
    },
    /// It went wrong, or doesn't go on.
    Fail {
        /// Why.
        reason: String,
    },
    /// Begins it anew.
    Retry,
    /// Leaves it out.
    Skip {
        /// Why.
        reason: String,
    },
    /// Takes back what was settled last; of a run that was completed by it, soon after.
    Undo {
        /// Why; may be empty.
        reason: String,
    },
    /// Gives the run up.
    Stop {
        /// Why.
        reason: String,
    },
}

/// What a run follows.
struct Followed {
    name: String,
    kind: RunbookKind,
    number: u32,
    product: ProductId,
    environments: Vec<EnvironmentId>,
    content: RunbookContent,
}

impl From<FillFault> for EngineError {
    fn from(fault: FillFault) -> Self {
        let (field, next_step) = match &fault {
            FillFault::Value { .. } => ("parameters", "Give a value that fits."),
            FillFault::Unknown { .. } => ("parameters", "Leave it out."),
            FillFault::NeedsRelease { .. } => ("release_id", "Begin it for a release."),
        };
        Self::invalid(field, fault.to_string(), next_step)
    }
}

impl Engine {
    /// Begins a run. Returns once that is written; the loop does what steps do by themselves.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where nothing was published, a parameter doesn't fit, the environment isn't one of the runbook's, or it
    /// runs there already.
    pub async fn begin_runbook(&self, actor: &Actor, new: BeginRunbook) -> Result<RunbookRun, EngineError> {
        let environment = self.store().environment(new.environment).await?;
        let release = match new.release {
            Some(id) => Some(self.store().release(id).await?),
            None => None,
        };
        let followed = self.followed(new.runbook, release.as_ref()).await?;
        if environment.product_id != followed.product {
            let message = format!("{} is an environment of another product", environment.name);
            return Err(EngineError::invalid("environment_id", message, "Choose one of the runbook's product."));
        }
        if !followed.environments.is_empty() && !followed.environments.contains(&environment.id) {
            let message = format!("“{}” is not for {}", followed.name, environment.name);
            return Err(EngineError::invalid("environment_id", message, "Choose an environment that it is for, or allow this one."));
        }
        if release.is_none() && needs_release(&followed.content) {
            let message = format!("“{}” works on a release", followed.name);
            return Err(EngineError::invalid("release_id", message, "Say for which release it is run."));
        }
        self.must_not_run(new.runbook, environment.id).await?;
        let reason = if new.reason.trim().is_empty() { String::new() } else { valid_reason(&new.reason)? };
        let parameters = given_parameters(&followed.content.parameters, &new.parameters)?;
        let version = release.as_ref().map(|release| release.version.to_string());
        let of_release = release.as_ref().zip(version.as_deref());
        let of_release = of_release.map(|(release, version)| (version, release.tag.as_str(), release.source.commit.as_str()));
        let steps = fill(&followed.content, &parameters, &FillValues { environment: &environment.name, release: of_release })?;
        let now = self.now();
        let run = RunbookRun {
            id: self.new_id(RunbookRunId::new),
            revision: 0,
            product_id: followed.product,
            runbook_id: new.runbook,
            number: followed.number,
            name: followed.name,
            kind: followed.kind,
            purpose: followed.content.purpose,
            environment_id: environment.id,
            environment: environment.name,
            release_id: release.as_ref().map(|release| release.id),
            version: release.map(|release| release.version),
            reason,
            parameters,
            steps: begun_steps(steps, actor, now),
            state: RunbookRunState::Running,
            begun_by: actor.clone(),
            begun_at: now,
        };
        let mut change = self.change(actor);
        let reason = if run.reason.is_empty() { String::new() } else { format!(": {}", run.reason) };
        let summary = format!("Began {}{reason}", place(&run));
        change.audit_runbook_run("runbook_run.begun", &run, summary, serde_json::json!(run));
        change.schedule_runbook(&run, self.runbook_due(&run));
        change.write(Write::RunbookRun(run.clone()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().runbook_run(run.id).await?)
    }

    /// Does something to the step whose turn it is. `step` names it, so that nobody does to one what was meant for another.
    ///
    /// # Errors
    /// [`EngineError::Runbook`] where the run doesn't allow it.
    pub async fn act_on_runbook(
        &self,
        actor: &Actor,
        id: RunbookRunId,
        step: Option<RunbookStepId>,
        deed: &RunbookDeed,
    ) -> Result<RunbookRun, EngineError> {
        let deed = valid_deed(deed)?;
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().runbook_run(id).await?;
            let evidence = self.step_evidence(&before, step).await?;
            let next = apply(&before, step, event(&deed, actor, evidence), self.now())?;
            if before.state.is_terminal() {
                self.must_not_run(before.runbook_id, before.environment_id).await?;
            }
            let mut change = self.change(actor);
            self.drop_unsent(&mut change, &before, &next).await?;
            audit(&mut change, &before, &next, &deed);
            change.schedule_runbook(&next, self.runbook_due(&next));
            change.write(Write::RunbookRun(next));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().runbook_run(id).await?),
                // The loop, or somebody else, did something meanwhile.
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "runbook_run", id: id.to_string() }.into())
    }

    /// The evidence of a run that was not taken back, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn runbook_evidence(&self, id: RunbookRunId) -> Result<Vec<Evidence>, EngineError> {
        let evidence = self.store().evidence_of(EvidenceOwnerKind::RunbookRun, id.uuid()).await?;
        Ok(evidence.into_iter().filter(Evidence::is_current).collect())
    }

    /// What is followed: what the release has attached, else what was published last.
    async fn followed(&self, id: RunbookId, release: Option<&Release>) -> Result<Followed, EngineError> {
        if let Some(release) = release
            && let Some(attached) = self.store().attached_runbook(release.id).await?.filter(|attached| attached.runbook_id == id)
        {
            return Ok(Followed {
                name: attached.name,
                kind: RunbookKind::Rollback,
                number: attached.number,
                product: attached.product_id,
                environments: attached.environments,
                content: attached.content,
            });
        }
        let runbook = self.store().runbook(id).await?;
        if release.is_some_and(|release| release.product_id != runbook.product_id) {
            let message = "the release is another product's";
            return Err(EngineError::invalid("release_id", message, "Choose a release of the runbook's product."));
        }
        let Some(published) = runbook.published else {
            let message = format!("“{}” was never published", runbook.name);
            return Err(EngineError::invalid("runbook_id", message, "Publish its draft first: only what is published is run."));
        };
        Ok(Followed {
            name: runbook.name,
            kind: runbook.kind,
            number: published.number,
            product: runbook.product_id,
            environments: runbook.environments,
            content: published.content,
        })
    }

    async fn must_not_run(&self, runbook: RunbookId, environment: EnvironmentId) -> Result<(), EngineError> {
        let there = RunbookRunFilter {
            runbook: Some(runbook),
            environment: Some(environment),
            running_only: true,
            limit: 1,
            ..RunbookRunFilter::default()
        };
        let Some(run) = self.store().runbook_runs(&there).await?.into_iter().next() else { return Ok(()) };
        let message = format!("“{}” runs in {} already: {} began it", run.name, run.environment, run.begun_by);
        Err(EngineError::invalid("environment_id", message, "Go on with that run, or stop it."))
    }

    async fn step_evidence(&self, run: &RunbookRun, step: Option<RunbookStepId>) -> Result<usize, EngineError> {
        let Some(id) = step.or_else(|| run.current().map(|step| step.step.id)) else { return Ok(0) };
        let evidence = self.runbook_evidence(run.id).await?;
        Ok(evidence.iter().filter(|evidence| evidence.owner.part == Some(id.uuid())).count())
    }

    /// Drops a run of a pipeline that the step has asked for and that was not sent yet, where the step doesn't wait for it any more.
    async fn drop_unsent(&self, change: &mut Change, before: &RunbookRun, after: &RunbookRun) -> Result<(), EngineError> {
        let Some(asked) = before.current().and_then(awaited) else { return Ok(()) };
        if after.current().and_then(awaited) == Some(asked) {
            return Ok(());
        }
        let run = self.store().manual_run(asked).await?;
        let next_step = "Begin the step again if it is still wanted.".to_owned();
        if let Some(dropped) = run.dropped("the runbook does not wait for it any more".to_owned(), next_step) {
            change.audit_manual_run("manual_run.refused", &dropped, format!("Did not start {}: the runbook went on", dropped.what()));
            change.schedule_manual_run(&dropped, None);
            change.write(Write::ManualRun(dropped));
        }
        Ok(())
    }
}

/// The run of a pipeline that a step waits for.
pub(crate) fn awaited(step: &RunStep) -> Option<ManualRunId> {
    match &step.state {
        StepState::Running { doing: Doing::Triggered { manual_run_id, .. }, .. } => Some(*manual_run_id),
        _ => None,
    }
}

/// The run, in words: “Roll back checkout” (number 3) in production for 1.4.0.
pub(crate) fn place(run: &RunbookRun) -> String {
    let release = run.version.as_ref().map(|version| format!(" for {version}")).unwrap_or_default();
    format!("“{}” (number {}) in {}{release}", run.name, run.number, run.environment)
}

fn valid_deed(deed: &RunbookDeed) -> Result<RunbookDeed, EngineError> {
    Ok(match deed {
        RunbookDeed::Tick { note } => {
            if note.chars().count() > 2_000 {
                return Err(EngineError::invalid("note", "the note is longer than 2,000 characters", "Attach it as evidence instead."));
            }
            RunbookDeed::Tick { note: note.trim().to_owned() }
        }
        RunbookDeed::Fail { reason } => RunbookDeed::Fail { reason: valid_reason(reason)? },
        RunbookDeed::Skip { reason } => RunbookDeed::Skip { reason: valid_reason(reason)? },
        RunbookDeed::Stop { reason } => RunbookDeed::Stop { reason: valid_reason(reason)? },
        RunbookDeed::Undo { reason } if !reason.trim().is_empty() => RunbookDeed::Undo { reason: valid_reason(reason)? },
        RunbookDeed::Undo { .. } => RunbookDeed::Undo { reason: String::new() },
        RunbookDeed::Start | RunbookDeed::Retry => deed.clone(),
    })
}

fn event(deed: &RunbookDeed, actor: &Actor, evidence: usize) -> RunbookEvent {
    let by = actor.clone();
    match deed {
        RunbookDeed::Start => RunbookEvent::Started { by },
        RunbookDeed::Tick { note } => RunbookEvent::Ticked { by, note: note.clone(), evidence },
        RunbookDeed::Fail { reason } => RunbookEvent::SaidFailed { by, reason: reason.clone() },
        RunbookDeed::Retry => RunbookEvent::Retried { by },
        RunbookDeed::Skip { reason } => RunbookEvent::Skipped { by, reason: reason.clone() },
        RunbookDeed::Undo { .. } => RunbookEvent::Reopened { by },
        RunbookDeed::Stop { reason } => RunbookEvent::Stopped { by, reason: reason.clone() },
    }
}

fn audit(change: &mut Change, before: &RunbookRun, after: &RunbookRun, deed: &RunbookDeed) {
    let acted = if matches!(deed, RunbookDeed::Undo { .. }) { after.current() } else { before.current() };
    let step = acted.map(|step| step.step.title.clone()).unwrap_or_default();
    let place = place(after);
    let (action, summary) = match deed {
        RunbookDeed::Start => ("started", format!("Started “{step}” of {place}")),
        RunbookDeed::Tick { note } if note.is_empty() => ("ticked", format!("Did “{step}” of {place}")),
        RunbookDeed::Tick { note } => ("ticked", format!("Did “{step}” of {place}: {note}")),
        RunbookDeed::Fail { reason } => ("failed", format!("Said that “{step}” of {place} failed: {reason}")),
        RunbookDeed::Retry => ("retried", format!("Began “{step}” of {place} anew")),
        RunbookDeed::Skip { reason } => ("skipped", format!("Skipped “{step}” of {place}: {reason}")),
        RunbookDeed::Undo { reason } if reason.is_empty() => ("undone", format!("Opened “{step}” of {place} again")),
        RunbookDeed::Undo { reason } => ("undone", format!("Opened “{step}” of {place} again: {reason}")),
        RunbookDeed::Stop { reason } => ("stopped", format!("Stopped {place}: {reason}")),
    };
    let id = acted.map(|step| step.step.id);
    let state = id.and_then(|id| after.step(id)).map(|step| &step.state);
    change.audit_runbook_run(&format!("runbook_run.{action}"), after, summary, serde_json::json!({ "step": id, "state": state }));
    if let RunbookRunState::Completed { .. } = after.state {
        change.audit_runbook_run("runbook_run.completed", after, format!("Completed {place}"), serde_json::json!(after));
    }
}
