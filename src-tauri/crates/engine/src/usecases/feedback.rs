//! Feedback of testers: take it, decide about it, put it right, answer it.

use super::{valid_name, valid_reason};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::{OutboxEffect, OutboxSubject, OutboxWrite, Write};
use crate::usecases::NewEvidence;
use pilothouse_domain::evidence::{EvidenceOwner, EvidenceOwnerKind};
use pilothouse_domain::uat::{
    Answer, Feedback, FeedbackWay, MAX_FEEDBACK_TEXT, Resolved, Severity, Triage, TriageWord, UatRound, resolve, triaged,
};
use pilothouse_domain::{Actor, FeedbackId, Timestamp, UatRoundId, UatScenarioId};
use std::time::Duration;

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;
/// So many are decided about at once.
const MAX_AT_ONCE: usize = 500;

/// Feedback as it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFeedback {
    /// The round.
    pub round: UatRoundId,
    /// The scenario, where it is about one.
    pub scenario: Option<UatScenarioId>,
    /// Whose it is.
    pub from: String,
    /// In a line.
    pub title: String,
    /// The whole; may be empty.
    pub text: String,
    /// How bad it is.
    pub severity: Severity,
    /// What they tested with.
    pub device: String,
    /// How it comes in.
    pub way: FeedbackWay,
    /// What it is known by where it comes from; none for what comes from here.
    pub external_key: Option<String>,
    /// When it was given; none for now.
    pub at: Option<Timestamp>,
}

/// What came of feedback that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenFeedback {
    /// The feedback.
    pub feedback: Feedback,
    /// The screenshots that could not be kept, with why.
    pub refused: Vec<(String, String)>,
}

impl Engine {
    /// Takes feedback, with its screenshots: names and contents.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for what can't be kept. A screenshot that can't be kept doesn't hold the rest up.
    pub async fn give_feedback(
        &self,
        actor: &Actor,
        new: NewFeedback,
        screenshots: Vec<(String, Vec<u8>)>,
    ) -> Result<GivenFeedback, EngineError> {
        let round = self.store().uat_round(new.round).await?;
        let feedback = self.valid_feedback(&round, new)?;
        self.keep_feedback(actor, feedback, screenshots).await
    }

    /// Keeps feedback, with its screenshots.
    pub(super) async fn keep_feedback(
        &self,
        actor: &Actor,
        feedback: Feedback,
        screenshots: Vec<(String, Vec<u8>)>,
    ) -> Result<GivenFeedback, EngineError> {
        let id = feedback.id;
        let mut change = self.change(actor);
        let summary = format!("{} gave feedback on {}: “{}”", feedback.from, feedback.version, feedback.title);
        change.audit_feedback("feedback.given", &feedback, summary);
        change.write(Write::Feedback(feedback));
        self.ports.store.commit(change.into_set()).await?;
        let mut refused = Vec::new();
        let owner = EvidenceOwner { kind: EvidenceOwnerKind::Feedback, id: id.uuid(), part: None };
        for (name, content) in screenshots.into_iter().take(10) {
            let kept = self.attach_evidence(actor, owner, NewEvidence::File { name: name.clone(), content }).await;
            match kept {
                Ok(_) => {}
                Err(EngineError::Invalid { message, .. }) => refused.push((name, message)),
                Err(error) => return Err(error),
            }
        }
        Ok(GivenFeedback { feedback: self.store().feedback_one(id).await?, refused })
    }

    /// Decides about feedback; `None` opens it again. Answers with all of it.
    ///
    /// # Errors
    /// [`EngineError::Feedback`] for a duplicate of nothing; nothing is decided then.
    pub async fn triage_feedback(
        &self,
        actor: &Actor,
        ids: &[FeedbackId],
        word: Option<TriageWord>,
        duplicate_of: Option<FeedbackId>,
        reason: &str,
    ) -> Result<Vec<Feedback>, EngineError> {
        let reason = if reason.trim().is_empty() { String::new() } else { valid_reason(reason)? };
        if ids.is_empty() || ids.len() > MAX_AT_ONCE {
            let message = format!("1 to {MAX_AT_ONCE} pieces of feedback are decided about at once");
            return Err(EngineError::invalid("ids", message, "Choose fewer."));
        }
        let original = match duplicate_of {
            Some(id) => Some(self.store().feedback_one(id).await?),
            None => None,
        };
        let triage = word.map(|word| Triage { word, duplicate_of: None, reason, by: actor.clone(), at: self.now() });
        let words = match (word, &original) {
            (None, _) => "is open again".to_owned(),
            (Some(TriageWord::Blocker), _) => "is a blocker".to_owned(),
            (Some(TriageWord::Later), _) => "is for later".to_owned(),
            (Some(TriageWord::Wont), _) => "stays as it is".to_owned(),
            (Some(TriageWord::Duplicate), original) => {
                format!("repeats “{}”", original.as_ref().map(|o| o.title.as_str()).unwrap_or_default())
            }
        };
        self.change_feedback(actor, ids, "feedback.triaged", &words, |feedback| Ok(triaged(feedback, triage.clone(), original.as_ref())?))
            .await
    }

    /// Says that a blocker was put right, and how; `None` that it wasn't.
    ///
    /// # Errors
    /// [`EngineError::Feedback`] for what is no blocker.
    pub async fn resolve_feedback(&self, actor: &Actor, id: FeedbackId, note: Option<&str>) -> Result<Feedback, EngineError> {
        let resolved = match note {
            Some(note) => Some(Resolved { by: actor.clone(), at: self.now(), note: valid_reason(note)? }),
            None => None,
        };
        let words = resolved.as_ref().map_or_else(|| "is not solved after all".to_owned(), |r| format!("is solved: {}", r.note));
        let changed = self.change_feedback(actor, &[id], "feedback.resolved", &words, |f| Ok(resolve(f, resolved.clone())?)).await?;
        one(changed, id)
    }

    /// Keeps an answer to the tester.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] without a text.
    pub async fn answer_feedback(&self, actor: &Actor, id: FeedbackId, text: &str) -> Result<Feedback, EngineError> {
        let answer = Answer { text: valid_reason(text)?, by: actor.clone(), at: self.now() };
        let give = |feedback: &Feedback| Ok(Feedback { answer: Some(answer.clone()), ..feedback.clone() });
        let changed = self.change_feedback(actor, &[id], "feedback.answered", "was answered", give).await?;
        one(changed, id)
    }

    async fn change_feedback(
        &self,
        actor: &Actor,
        ids: &[FeedbackId],
        action: &str,
        words: &str,
        next: impl Fn(&Feedback) -> Result<Feedback, EngineError>,
    ) -> Result<Vec<Feedback>, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let mut change = self.change(actor);
            for id in ids {
                let changed = next(&self.store().feedback_one(*id).await?)?;
                change.audit_feedback(action, &changed, format!("“{}” {words}", changed.title));
                change.write(Write::Feedback(changed));
            }
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => {
                    let mut all = Vec::with_capacity(ids.len());
                    for id in ids {
                        all.push(self.store().feedback_one(*id).await?);
                    }
                    return Ok(all);
                }
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "feedback", id: ids.first().map(ToString::to_string).unwrap_or_default() }.into())
    }

    /// Changes one feedback, with what is to be done about it: a new effect in place of the old, or none.
    pub(super) async fn change_one_feedback(
        &self,
        actor: &Actor,
        id: FeedbackId,
        action: &str,
        words: &str,
        next: impl Fn(&Feedback) -> Result<Feedback, EngineError>,
        due: Option<(OutboxEffect, Duration)>,
    ) -> Result<Feedback, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let (mut change, now) = (self.change(actor), self.now());
            let changed = next(&self.store().feedback_one(id).await?)?;
            change.audit_feedback(action, &changed, format!("“{}” {words}", changed.title));
            change.write(Write::Feedback(changed));
            let subject = OutboxSubject::Feedback(id);
            change.outbox(match due.clone() {
                Some((effect, after)) => OutboxWrite::Schedule { subject, effect, written_at: now, due_at: now.plus(after) },
                None => OutboxWrite::Clear { subject },
            });
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().feedback_one(id).await?),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "feedback", id: id.to_string() }.into())
    }

    /// Feedback as it may be kept.
    pub(super) fn valid_feedback(&self, round: &UatRound, new: NewFeedback) -> Result<Feedback, EngineError> {
        if let Some(given_up) = &round.given_up {
            let message = format!("the round was given up: {}", given_up.reason);
            return Err(EngineError::invalid("round", message, "Give it to the round that goes on."));
        }
        if new.scenario.is_some_and(|id| round.scenario(id).is_none()) {
            return Err(EngineError::invalid("scenario", "the round has no such scenario", "Choose one of its scenarios, or none."));
        }
        let text = plain(&new.text);
        if text.chars().count() > MAX_FEEDBACK_TEXT {
            let message = format!("the text is longer than {MAX_FEEDBACK_TEXT} characters");
            return Err(EngineError::invalid("text", message, "Say it shorter."));
        }
        let id = self.new_id(FeedbackId::new);
        let external_key = new.external_key.unwrap_or_else(|| id.to_string());
        let now = self.now();
        Ok(Feedback {
            id,
            revision: 0,
            product_id: round.product_id,
            round_id: round.id,
            release_id: round.release_id,
            environment_id: round.environment_id,
            version: round.version.clone(),
            scenario_id: new.scenario,
            from: valid_name("from", &new.from, 120)?,
            tester_id: None,
            title: valid_name("title", &new.title, 200)?,
            text,
            severity: new.severity,
            device: plain(&new.device).chars().take(200).collect(),
            way: new.way,
            external_key,
            triage: None,
            resolved: None,
            at_tracker: pilothouse_domain::uat::AtTracker::default(),
            answer: None,
            // A clock elsewhere may be ahead.
            at: new.at.map_or(now, |at| at.min(now)),
        })
    }
}

/// Text without control characters, but for the ends of lines and tabs.
pub(super) fn plain(text: &str) -> String {
    text.trim().replace("\r\n", "\n").chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

fn one(changed: Vec<Feedback>, id: FeedbackId) -> Result<Feedback, EngineError> {
    changed.into_iter().next().ok_or_else(|| StoreError::NotFound { kind: "feedback", id: id.to_string() }.into())
}
