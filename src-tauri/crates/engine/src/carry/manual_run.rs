//! Carries a run by hand through: sends it once, and looks what became of a lost answer. Must write the intent before the call.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::provider::{CallOutcome, ProviderError, RunSearch};
use crate::ports::store::Write;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_domain::manual_run::{
    ManualDeed, ManualRun, ManualRunEffect as Effect, ManualRunState as State, STALE_AFTER, SendAnswer, StartedRun,
};
use pilothouse_domain::{Actor, ManualRunId};
use std::time::Duration;

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 8;

impl Engine {
    pub(super) async fn carry_manual_run(&self, id: ManualRunId, effect: Effect) -> Result<(), EngineError> {
        match effect {
            Effect::Send => self.send_manual_run(id).await,
            Effect::LookUp => self.look_up_manual_run(id).await,
        }
    }

    async fn send_manual_run(&self, id: ManualRunId) -> Result<(), EngineError> {
        let run = self.store().manual_run(id).await?;
        if let Some((message, next_step)) = self.unsendable(&run).await? {
            return self.move_manual_run(id, |run| run.dropped(message.clone(), next_step.clone())).await.map(drop);
        }
        // The secret is read first: a locked keychain must not leave an intent behind.
        let connection = self.store().connection(run.connection_id).await?;
        let client = match self.client(&connection).await {
            Ok(client) => client,
            Err(error) => {
                let next_step = "Nothing was sent. Put that right, then start it again.";
                return self.move_manual_run(id, |run| run.dropped(error.to_string(), next_step.to_owned())).await.map(drop);
            }
        };
        let now = self.now();
        let Some(begun) = self.move_manual_run(id, |run| run.sending(now)).await? else { return Ok(()) };
        let answer = match &begun.deed {
            ManualDeed::Start => client.trigger(&begun.repository, &begun.pipeline).await.map(|run| run.as_ref().map(StartedRun::from)),
            ManualDeed::Rerun { run, failed_only, .. } => {
                client.rerun(&begun.repository, &run.external_id, *failed_only).await.map(|()| Some(run.clone()))
            }
        };
        let answer = match self.note_refusal(&connection, answer).await {
            Ok(run) => SendAnswer::Accepted(run),
            Err(error) => unstarted(error),
        };
        let now = self.now();
        self.move_manual_run(id, |run| run.answered(answer.clone(), now)).await.map(drop)
    }

    /// Why it is not to be sent any more, and the way out: too late, or policy says otherwise now.
    async fn unsendable(&self, run: &ManualRun) -> Result<Option<(String, String)>, EngineError> {
        if run.state == State::Requested && self.now().since(run.requested_at) > STALE_AFTER {
            let minutes = STALE_AFTER.as_secs() / 60;
            let message = format!("no engine carried it out within {minutes} minutes, so it was not sent");
            return Ok(Some((message, "Start it again if it is still wanted.".to_owned())));
        }
        let blockers = self.by_hand_blockers(&run.pipeline.pipeline, &run.changes).await?;
        let Some(first) = blockers.first() else { return Ok(None) };
        Ok(Some((format!("it was not sent: {}", first.title), first.detail.clone())))
    }

    async fn look_up_manual_run(&self, id: ManualRunId) -> Result<(), EngineError> {
        let run = self.store().manual_run(id).await?;
        let Some(since) = run.begun_at() else { return self.move_manual_run(id, |_| None).await.map(drop) };
        let found = match self.find_manual_run(&run, since).await {
            Ok(found) => found,
            Err(error) => {
                // Not asked is not found: a person has to look once that lasts too long.
                tracing::info!(manual_run = %id, %error, "a run by hand could not be looked for");
                if self.now().since(since) < self.pacing.unreachable.max(self.pacing.settle) {
                    return self.again(&run).await;
                }
                Vec::new()
            }
        };
        let (now, settle) = (self.now(), self.pacing.settle);
        self.move_manual_run(id, |run| run.looked_up(found.clone(), now, settle)).await.map(drop)
    }

    async fn find_manual_run(&self, run: &ManualRun, since: pilothouse_domain::Timestamp) -> Result<Vec<StartedRun>, EngineError> {
        let connection = self.store().connection(run.connection_id).await?;
        let client = self.client(&connection).await?;
        let answer = match &run.deed {
            ManualDeed::Start => {
                let search = RunSearch {
                    pipeline: run.pipeline.pipeline.clone(),
                    git_ref: run.pipeline.git_ref.clone(),
                    correlation: run.correlation(),
                    is_correlated: run.is_correlated,
                    since,
                };
                client.find_runs(&run.repository, &search).await.map(|runs| runs.iter().map(StartedRun::from).collect())
            }
            ManualDeed::Rerun { run: before, attempt, .. } => client.run(&run.repository, &before.external_id).await.map(|seen| {
                let is_under_way = matches!(seen.status, RunStatus::Queued | RunStatus::InProgress | RunStatus::Waiting);
                if seen.attempt > *attempt || is_under_way { vec![StartedRun::from(&seen)] } else { Vec::new() }
            }),
        };
        Ok(self.note_refusal(&connection, answer).await?)
    }

    /// Looks again after a while, without a change.
    async fn again(&self, run: &ManualRun) -> Result<(), EngineError> {
        let mut change = self.change(&Actor::Engine);
        change.schedule_manual_run(run, Some((Effect::LookUp, self.pacing.retry)));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// Moves a run by hand on, whoever changed it meanwhile, and writes what is to be done then. `None` where `step` doesn't fit any more.
    async fn move_manual_run(
        &self,
        id: ManualRunId,
        step: impl Fn(&ManualRun) -> Option<ManualRun>,
    ) -> Result<Option<ManualRun>, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().manual_run(id).await?;
            let mut change = self.change(&Actor::Engine);
            let after = step(&before);
            if let Some(next) = after.as_ref().filter(|next| **next != before) {
                let (action, summary) = told(next);
                change.audit_manual_run(action, next, summary);
                change.write(Write::ManualRun(next.clone()));
            }
            let now = after.as_ref().unwrap_or(&before);
            change.schedule_manual_run(now, self.next_of(&now.state));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(after),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "manual_run", id: id.to_string() }.into())
    }

    fn next_of(&self, state: &State) -> Option<(Effect, Duration)> {
        match state {
            State::Requested => Some((Effect::Send, Duration::ZERO)),
            State::Sending { .. } => Some((Effect::LookUp, self.pacing.look_up_after)),
            State::Looking { .. } => Some((Effect::LookUp, self.pacing.look_up)),
            State::Started { .. } | State::Refused { .. } | State::Unknown { .. } => None,
        }
    }
}

fn unstarted(error: ProviderError) -> SendAnswer {
    match error.outcome() {
        CallOutcome::Refused => SendAnswer::Refused { message: error.message, next_step: error.next_step },
        CallOutcome::NotStarted => {
            SendAnswer::Refused { message: error.message, next_step: format!("{} Nothing was started.", error.next_step) }
        }
        CallOutcome::Unknown => SendAnswer::Lost { cause: error.message },
    }
}

/// The audit action and the sentence for a run by hand as it is now.
fn told(run: &ManualRun) -> (&'static str, String) {
    let what = run.what();
    match &run.state {
        State::Requested => ("manual_run.requested", format!("Asked for {what}")),
        State::Sending { .. } => ("manual_run.sending", format!("Starts {what}")),
        State::Looking { cause, .. } => ("manual_run.looking", format!("Looks for {what}, which may have started: {cause}")),
        State::Started { run, was_found: true, .. } => ("manual_run.started", format!("Found {what}: run {}", run.external_id)),
        State::Started { run, .. } => ("manual_run.started", format!("Started {what}: run {}", run.external_id)),
        State::Refused { message, .. } => ("manual_run.refused", format!("Did not start {what}: {message}")),
        State::Unknown { cause, .. } => ("manual_run.unknown", format!("May have started {what}; a person has to look: {cause}")),
    }
}
