//! What is done at a provider to something that Pilothouse doesn't keep: stopping a run, holding a pipeline. Both may be sent again
//! without harm, so that they are sent at once; that it is asked for, and what came of it, is recorded before and after.

use super::manual_runs::RunDeed;
use super::valid_reason;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::{CallOutcome, Capability, Hold, HoldTarget, ProviderError};
use pilothouse_domain::deployment::CancelAnswer;
use pilothouse_domain::{Actor, ConnectionId, ProductId};
use serde_json::{Value, json};

impl Engine {
    /// Asks the provider to stop a run that no deployment follows. `force` doesn't wait for clean-up.
    ///
    /// # Errors
    /// Where the provider lacks it or can't be asked, or a deployment follows the run.
    pub async fn cancel_by_hand(&self, actor: &Actor, deed: &RunDeed<'_>, force: bool) -> Result<CancelAnswer, EngineError> {
        self.must_be_offered(deed.connection_id, if force { Capability::ForceCancel } else { Capability::Cancel }).await?;
        self.must_not_be_followed(deed).await?;
        let connection = self.store().connection(deed.connection_id).await?;
        let client = self.client(&connection).await?;
        let product = self.product_at(deed.connection_id, deed.repository, Some(deed.pipeline)).await?;
        let record = |action: &str, summary: String, answer: Value| {
            let data = json!({
                "connection": connection.name, "repository": deed.repository, "run": deed.external_id, "force": force,
                "reason": deed.reason.trim(), "answer": answer,
            });
            let mut change = self.change(actor);
            change.audit_at_provider(action, "run", deed.external_id.to_owned(), product, summary, data);
            change
        };
        let what = format!("run {} of {}", deed.external_id, deed.repository);
        let how = if force { "stop at once" } else { "stop" };
        self.put_on_record(record("run.cancel_requested", format!("Asked to {how} {what}"), Value::Null)).await?;
        let answer = client.cancel(deed.repository, deed.external_id, force).await;
        let answer = self.note_refusal(&connection, answer).await;
        let (action, told) = match &answer {
            Ok(CancelAnswer::Accepted) => ("run.cancel_accepted", "The provider stops".to_owned()),
            Ok(CancelAnswer::AlreadyEnded) => ("run.cancel_too_late", "Had ended already:".to_owned()),
            Ok(CancelAnswer::Failed { message }) => ("run.cancel_failed", format!("{message} Not stopped:")),
            Err(error) => ("run.cancel_failed", format!("{error} Not known to be stopped:")),
        };
        self.put_on_record(record(action, format!("{told} {what}"), outcome(answer.as_ref().err()))).await?;
        Ok(answer?)
    }

    /// What can be held in a repository, and whether it is.
    ///
    /// # Errors
    /// Where the provider lacks it or can't be asked.
    pub async fn holds(&self, connection: ConnectionId, repository: &str) -> Result<Vec<Hold>, EngineError> {
        self.must_be_offered(connection, Capability::Hold).await?;
        let repository = repository.to_owned();
        self.ask_provider(connection, async move |client| client.holds(&repository).await).await
    }

    /// Holds or releases; what it is afterwards.
    ///
    /// # Errors
    /// Where a reason is missing, the provider lacks it, or it can't be asked.
    pub async fn set_hold(
        &self,
        actor: &Actor,
        connection_id: ConnectionId,
        repository: &str,
        target: &HoldTarget,
        held: bool,
        reason: &str,
    ) -> Result<Hold, EngineError> {
        let reason = valid_reason(reason)?;
        let before = self.holds(connection_id, repository).await?;
        let Some(hold) = before.into_iter().find(|hold| hold.target == *target) else {
            return Err(EngineError::invalid(
                "target",
                format!("{repository} has nothing of this kind to hold"),
                "Look at the list of what can be held.",
            ));
        };
        if hold.is_held == held {
            return Ok(hold);
        }
        let connection = self.store().connection(connection_id).await?;
        let client = self.client(&connection).await?;
        let pipeline = match target {
            HoldTarget::Pipeline { pipeline } | HoldTarget::Stage { pipeline, .. } => Some(pipeline.as_str()),
            HoldTarget::Freeze => None,
        };
        let product = self.product_at(connection_id, repository, pipeline).await?;
        let record = |action: &str, summary: String, answer: Value| {
            let data = json!({
                "connection": connection.name, "repository": repository, "target": hold.title, "held": held, "reason": reason, "answer": answer,
            });
            let mut change = self.change(actor);
            change.audit_at_provider(action, "hold", format!("{repository} {}", hold.title), product, summary, data);
            change
        };
        let what = format!("{} in {repository}", hold.title);
        let (asked, done) = if held { ("Asked to hold", "hold.set") } else { ("Asked to release", "hold.released") };
        self.put_on_record(record("hold.requested", format!("{asked} {what}: {reason}"), Value::Null)).await?;
        let answer = client.set_hold(repository, target, held, &reason).await;
        let answer = self.note_refusal(&connection, answer).await;
        // What it is now is what counts: an answer may be lost, and somebody else may have been faster.
        let now = self.holds(connection_id, repository).await.ok().and_then(|all| all.into_iter().find(|hold| hold.target == *target));
        let may_be = answer.as_ref().err().is_some_and(|error| error.outcome() == CallOutcome::Unknown);
        let is_so = now.as_ref().map_or(answer.is_ok(), |now| now.is_held == held);
        if answer.is_ok() || (may_be && is_so) {
            let word = if held { "Holds" } else { "Released" };
            self.put_on_record(record(done, format!("{word} {what}: {reason}"), Value::Null)).await?;
            return Ok(now.unwrap_or(Hold { is_held: held, ..hold }));
        }
        let told = answer.as_ref().err().map_or_else(|| "it stayed as it was".to_owned(), ToString::to_string);
        self.put_on_record(record("hold.failed", format!("{what} stayed as it was: {told}"), outcome(answer.as_ref().err()))).await?;
        answer?;
        Err(EngineError::invalid(
            "target",
            format!("{what} stayed as it was, though the provider took the call"),
            "Look at it at the provider.",
        ))
    }

    /// The product whose pipelines are there, where there is one.
    async fn product_at(
        &self,
        connection: ConnectionId,
        repository: &str,
        pipeline: Option<&str>,
    ) -> Result<Option<ProductId>, EngineError> {
        let pipeline = pipeline.filter(|pipeline| !pipeline.is_empty());
        Ok(self.bound(connection, repository, pipeline).await?.first().map(|bound| bound.changed.product_id))
    }

    async fn put_on_record(&self, change: Change) -> Result<(), EngineError> {
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }
}

fn outcome(error: Option<&ProviderError>) -> Value {
    error.map_or(Value::Null, |error| json!({ "message": error.message, "next_step": error.next_step }))
}
