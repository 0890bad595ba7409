//! What waits for a person at a provider: answer it, see why not, look what waits now.

use crate::carry::verb;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::ProviderError;
use crate::ports::provider::{CallOutcome, GateAnswer, GateOutcome};
use crate::ports::store::{OutboxEffect, Write};
use pilothouse_domain::gate::{Gate, GateEvent, GateState, GateVerdict, GivenAnswer, apply, filled_inputs};
use pilothouse_domain::policy::{Action, Blocker, pass_gate_of_others};
use pilothouse_domain::{Actor, GateId};

/// Characters of a comment that are taken: GitHub's and CodePipeline's limits are near.
const LONGEST_COMMENT: usize = 500;

impl Engine {
    /// What stands against approving a gate: the rules that hold for the release that is on its way, or the freezes and locks of the environment.
    /// Rejecting is never held up.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn gate_blockers(&self, gate: &Gate) -> Result<Vec<Blocker>, EngineError> {
        let belongs = &gate.belongs;
        if let (Some(deployment), Some(release)) = (belongs.deployment_id, belongs.release_id) {
            let facts = self.release_facts(release).await?;
            return Ok(facts.blockers(&Action::PassGate { deployment }, belongs.environment_id, self.now()));
        }
        let (Some(product), Some(environment)) = (belongs.product_id, belongs.environment_id) else { return Ok(Vec::new()) };
        let environment = self.store().environment(environment).await?;
        let locks = self.store().locks(Some(product)).await?;
        let windows = self.store().calendar_windows().await?;
        Ok(pass_gate_of_others(&environment, &locks, &windows, self.now()))
    }

    /// Answers a gate, once: the intent is written, then the provider is told. Where its answer is lost, the loop in
    /// [`carry`](crate::carry) looks whether the gate still waits.
    ///
    /// # Errors
    /// [`EngineError::Blocked`] where policy is against approving; [`EngineError::Gate`] where it waits no more or somebody answers it
    /// already; [`EngineError::Invalid`]; [`EngineError::Provider`] where the provider refuses, or was not reached: the gate waits then.
    pub async fn answer_gate(
        &self,
        actor: &Actor,
        id: GateId,
        verdict: GateVerdict,
        comment: &str,
        inputs: &[(String, String)],
    ) -> Result<Gate, EngineError> {
        let gate = self.store().gate(id).await?;
        let comment = valid_comment(verdict, comment)?;
        let inputs = match verdict {
            GateVerdict::Approve => filled_inputs(&gate.seen.inputs, inputs)
                .map_err(|fault| EngineError::invalid("inputs", fault.to_string(), "Fill in what is asked for, then answer again."))?,
            // Nothing goes on with them.
            GateVerdict::Reject => Vec::new(),
        };
        let names = inputs.iter().map(|(name, _)| name.clone()).collect();
        let given = GivenAnswer { verdict, comment: comment.clone(), inputs: names, by: actor.clone(), at: self.now() };
        let answering = apply(&gate, GateEvent::AnswerGiven { answer: given.clone() }, self.now())?;
        match verdict {
            GateVerdict::Approve => {
                let blockers = self.gate_blockers(&gate).await?;
                if !blockers.is_empty() {
                    return Err(EngineError::Blocked(blockers));
                }
                if let Some(deployment) = gate.belongs.deployment_id {
                    self.mark_overridden(deployment).await?;
                }
            }
            GateVerdict::Reject if !gate.seen.can_reject => {
                return Err(EngineError::invalid(
                    "verdict",
                    "the provider can't reject this: it can only be approved or left alone",
                    "Leave it alone, or cancel its run.",
                ));
            }
            GateVerdict::Reject => {}
        }
        // The secret is read first: a locked keychain must not leave an intent behind.
        let connection = self.store().connection(gate.connection_id).await?;
        let client = self.client(&connection).await?;

        let mut change = self.change(actor);
        let summary = match comment.as_str() {
            "" => format!("{} {} of run {} of {}", verb(&given), gate.seen.title, gate.run, gate.pipeline),
            comment => format!("{} {} of run {} of {}: {comment}", verb(&given), gate.seen.title, gate.run, gate.pipeline),
        };
        change.audit_gate("gate.answer_given", &answering, summary);
        change.schedule_gate(&answering, OutboxEffect::LookAtGate, self.pacing.look_up_after);
        change.write(Write::Gate(answering));
        self.ports.store.commit(change.into_set()).await?;

        let answer = GateAnswer { run: gate.run.clone(), gate: gate.external_id.clone(), verdict: verdict.into(), comment, inputs };
        let told = client.answer_gate(&gate.repository, &answer).await;
        match self.note_refusal(&connection, told).await {
            Ok(GateOutcome::Taken) => self.feed_gate(id, &GateEvent::Taken).await,
            Ok(GateOutcome::TooLate) => self.feed_gate(id, &GateEvent::TooLate).await,
            Err(error) => self.unanswered(id, error).await,
        }
    }

    /// What is known of an answer that the provider didn't confirm.
    async fn unanswered(&self, id: GateId, error: ProviderError) -> Result<Gate, EngineError> {
        match error.outcome() {
            CallOutcome::Unknown => self.feed_gate(id, &GateEvent::AnswerLost { cause: error.message }).await,
            CallOutcome::Refused | CallOutcome::NotStarted => {
                let event = GateEvent::NotTaken { message: error.message.clone(), next_step: error.next_step.clone() };
                let gate = self.feed_gate(id, &event).await?;
                // Unless it was found out meanwhile that it waits no more.
                if matches!(gate.state, GateState::Waiting { .. }) { Err(error.into()) } else { Ok(gate) }
            }
        }
    }

    /// Gates at places that no bound pipeline is at any more wait for nobody.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn forget_unwatched_gates(&self) -> Result<(), EngineError> {
        self.forget_unwatched(&self.places().await?).await
    }

    /// Looks, at every place that holds a bound pipeline, what waits for a person now. What went wrong at a place is told with its
    /// repository; the others are looked at all the same.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn look_at_gates(&self) -> Result<Vec<(String, EngineError)>, EngineError> {
        let mut failures = Vec::new();
        self.forget_unwatched_gates().await?;
        for place in self.places().await? {
            match self.observe_gates(&place).await {
                Ok(()) => {}
                Err(EngineError::Store(error)) => return Err(error.into()),
                Err(error) => failures.push((place.repository, error)),
            }
        }
        Ok(failures)
    }
}

/// A comment: trimmed, there where somebody is turned down, not too long for the providers.
fn valid_comment(verdict: GateVerdict, comment: &str) -> Result<String, EngineError> {
    let comment = comment.trim();
    if verdict == GateVerdict::Reject && comment.is_empty() {
        return Err(EngineError::invalid("comment", "a rejection without a reason helps nobody", "Say what must change."));
    }
    if comment.chars().count() > LONGEST_COMMENT {
        let message = format!("the comment is longer than {LONGEST_COMMENT} characters");
        return Err(EngineError::invalid("comment", message, "Say it shorter."));
    }
    Ok(comment.to_owned())
}
