//! Feedback written to a tracker: as an issue, as a comment on its issue, as labels, as closing. Each is an errand, which is written down
//! here and carried out by the engine; what a tester said can neither call anybody there nor give commands.

use super::{valid_name, valid_reason};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::OutboxEffect;
use crate::usecases::checklist_import::ImportFormat;
use crate::usecases::{ImportReport, IssueReference};
use pilothouse_domain::checklist::ChecklistTemplate;
use pilothouse_domain::uat::{Errand, ErrandDeed, ErrandState, Feedback, FeedbackWay, LabelFault, asked, forgotten, valid_labels};
use pilothouse_domain::{Actor, ChecklistTemplateId, ConnectionId, ErrandId, FeedbackId};
use std::fmt::Write as _;

/// The longest body of an issue, in characters; GitHub takes 65,536.
const MAX_BODY: usize = 60_000;

/// An issue as a feedback would become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueDraft {
    /// The connection.
    pub connection: ConnectionId,
    /// The repository.
    pub repository: String,
    /// In a line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Its labels.
    pub labels: Vec<String>,
}

/// What is written to the issue of a feedback.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueAnswer {
    /// A comment, Markdown; empty for none.
    pub text: String,
    /// Labels that it gets.
    pub labels: Vec<String>,
    /// Whether it is closed.
    pub close: bool,
}

impl Engine {
    /// An issue as a feedback would become one: at the round's tracker, else where the product's source is.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn draft_issue(&self, id: FeedbackId) -> Result<IssueDraft, EngineError> {
        let feedback = self.store().feedback_one(id).await?;
        let round = self.store().uat_round(feedback.round_id).await?;
        let product = self.store().product(feedback.product_id).await?;
        let (connection, repository, label) = match &round.tracker {
            Some(tracker) => (tracker.connection_id, tracker.repository.clone(), Some(tracker.label.clone())),
            None => (product.connection_id, product.repository.clone(), None),
        };
        let mut body = format!("Feedback on {} {} in {}", product.name, feedback.version, round.environment);
        // Writing to a String doesn't fail.
        let _ = write!(body, " from {}.\n\n- Severity: {}\n", tame(&feedback.from), feedback.severity.word());
        if !feedback.device.is_empty() {
            let _ = writeln!(body, "- Tested with: {}", tame(&feedback.device).replace('\n', " "));
        }
        let _ = writeln!(body, "- Version: {} (`{}`)", feedback.version, round.commit);
        if !feedback.text.is_empty() {
            let _ = write!(body, "\n{}\n", quoted(&feedback.text));
        }
        if let Some(scenario) = feedback.scenario_id.and_then(|id| round.scenario(id)) {
            let _ = write!(body, "\n## Steps of “{}”\n\n", scenario.title);
            for (at, step) in scenario.steps.iter().enumerate() {
                let expects = if step.expects.is_empty() { String::new() } else { format!(" → {}", step.expects) };
                let _ = writeln!(body, "{}. {}{expects}", at + 1, step.does);
            }
        }
        let labels = label.into_iter().collect();
        Ok(IssueDraft { connection, repository, title: feedback.title, body, labels })
    }

    /// Has a feedback become an issue. A second time is refused.
    ///
    /// # Errors
    /// [`EngineError::Feedback`] where it is one, or is about to be; [`EngineError::Invalid`] for what can't be written.
    pub async fn file_issue(&self, actor: &Actor, id: FeedbackId, draft: IssueDraft) -> Result<Feedback, EngineError> {
        let title = valid_name("title", &draft.title, 200)?;
        let body = valid_body(&draft.body)?;
        let labels = valid_labels(&draft.labels).map_err(|fault| label_fault(&fault))?;
        let connection = self.tracking_connection(draft.connection).await?.id;
        let repository = draft.repository.trim().to_owned();
        let words = format!("becomes an issue of {repository}");
        self.ask_errand(actor, id, connection, &repository, ErrandDeed::File { title, body, labels }, &words).await
    }

    /// Answers, labels or closes the issue of a feedback.
    ///
    /// # Errors
    /// [`EngineError::Feedback`] where it has no issue, or something is being written; [`EngineError::Invalid`] where there is nothing to
    /// write.
    pub async fn tell_issue(&self, actor: &Actor, id: FeedbackId, answer: IssueAnswer) -> Result<Feedback, EngineError> {
        let feedback = self.store().feedback_one(id).await?;
        let Some(link) = feedback.at_tracker.issue.clone() else {
            return Err(pilothouse_domain::uat::FeedbackRefusal::NoIssue.into());
        };
        let text = if answer.text.trim().is_empty() { String::new() } else { valid_reason(&answer.text)? };
        let labels = valid_labels(&answer.labels).map_err(|fault| label_fault(&fault))?;
        if text.is_empty() && labels.is_empty() && !answer.close {
            return Err(EngineError::invalid("text", "there is nothing to write", "Write a sentence, name a label, or close the issue."));
        }
        let mut words = vec![];
        words.extend((!text.is_empty()).then_some("answered"));
        words.extend((!labels.is_empty()).then_some("labelled"));
        words.extend(answer.close.then_some("closed"));
        let words = format!("is {} at issue #{}", words.join(", "), link.number);
        let deed = ErrandDeed::Tell { number: link.number, text, labels, close: answer.close };
        self.ask_errand(actor, id, link.connection_id, &link.repository, deed, &words).await
    }

    async fn ask_errand(
        &self,
        actor: &Actor,
        id: FeedbackId,
        connection_id: ConnectionId,
        repository: &str,
        deed: ErrandDeed,
        words: &str,
    ) -> Result<Feedback, EngineError> {
        let errand = Errand {
            id: self.new_id(ErrandId::new),
            connection_id,
            repository: repository.to_owned(),
            deed,
            state: ErrandState::Asked,
            by: actor.clone(),
            at: self.now(),
        };
        let next = |feedback: &Feedback| Ok(asked(feedback, errand.clone())?);
        let due = Some((OutboxEffect::RunErrand, std::time::Duration::ZERO));
        self.change_one_feedback(actor, id, "feedback.errand_asked", words, next, due).await
    }

    /// Looks once more for what may have been written, or is done with it: it was looked at, or is wanted no more.
    ///
    /// # Errors
    /// [`EngineError::Feedback`] where nothing waits for a person.
    pub async fn settle_errand(&self, actor: &Actor, id: FeedbackId, look_again: bool) -> Result<Feedback, EngineError> {
        if !look_again {
            let next = |feedback: &Feedback| Ok(forgotten(feedback)?);
            return self.change_one_feedback(actor, id, "feedback.errand_forgotten", "has no errand any more", next, None).await;
        }
        let next = |feedback: &Feedback| {
            let again = feedback.at_tracker.errand.as_ref().and_then(Errand::looked_for_again);
            let again = again.ok_or(pilothouse_domain::uat::FeedbackRefusal::NoErrand)?;
            Ok(pilothouse_domain::uat::with_errand(feedback, Some(again)))
        };
        let due = Some((OutboxEffect::RunErrand, std::time::Duration::ZERO));
        self.change_one_feedback(actor, id, "feedback.errand_looked_for", "is looked for at the tracker", next, due).await
    }

    /// Adds the task list of an issue to a template's draft.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where no connection leads to the issue, or it holds no task list; [`EngineError::Provider`].
    pub async fn import_checklist_issue(
        &self,
        actor: &Actor,
        id: ChecklistTemplateId,
        reference: &str,
    ) -> Result<(ChecklistTemplate, ImportReport), EngineError> {
        let template = self.store().checklist_template(id).await?;
        let product = self.store().product(template.product_id).await?;
        let found: IssueReference = self.find_issue(&product, reference).await?;
        let issue = self
            .ask_provider(found.connection, |client| {
                let repository = found.repository.clone();
                async move { client.issue(&repository, found.number).await }
            })
            .await?;
        self.import_checklist_items(actor, id, ImportFormat::Markdown, &issue.body).await
    }
}

fn valid_body(text: &str) -> Result<String, EngineError> {
    let text = super::feedback::plain(text);
    if text.chars().count() > MAX_BODY {
        return Err(EngineError::invalid("body", format!("the text is longer than {MAX_BODY} characters"), "Say it shorter."));
    }
    Ok(text)
}

fn label_fault(fault: &LabelFault) -> EngineError {
    EngineError::invalid("labels", fault.to_string(), "Name each label as it is at the tracker.")
}

/// What somebody outside said, as a quotation: no line of it is a command, a heading or a list of tasks.
fn quoted(text: &str) -> String {
    tame(text).lines().map(|line| format!("> {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Text of somebody outside that calls nobody (`@name`), refers to nothing (`#1`, `!1`), and hides nothing (`<!--`). A zero-width space
/// keeps what is read as it was.
fn tame(text: &str) -> String {
    let mut tamed = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => tamed.push_str("&lt;"),
            '@' | '#' | '!' => tamed.extend([c, '\u{200b}']),
            _ => tamed.push(c),
        }
    }
    tamed
}

/// Whether the text of a feedback is Markdown.
#[must_use]
pub const fn is_markdown(way: FeedbackWay) -> bool {
    matches!(way, FeedbackWay::Issue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tester_said_calls_nobody_and_commands_nothing() {
        let text = quoted("/close\n@all see #1\n\n<!-- pilothouse:feedback:x --><img src=x>");
        assert_eq!(text, "> /close\n> @\u{200b}all see #\u{200b}1\n>\n> &lt;!\u{200b}-- pilothouse:feedback:x -->&lt;img src=x>");
    }
}
