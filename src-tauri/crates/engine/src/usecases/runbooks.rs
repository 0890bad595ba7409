//! Runbooks of a product: drafted, published under numbers, taken away; and what its environments ask for.

use super::valid_name;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::Write;
use pilothouse_domain::runbook::{
    Runbook, RunbookContent, RunbookDraft, RunbookFault, RunbookKind, RunbookPublication, RunbookRule, StepAction, valid_content,
};
use pilothouse_domain::{Actor, EnvironmentId, ProductId, RunbookId, RunbookStepId};

/// So many stakeholders are named at most.
const MAX_STAKEHOLDERS: usize = 20;

/// What of a runbook is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunbookEdit {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: RunbookKind,
    /// Where it may be run; empty for everywhere.
    pub environments: Vec<EnvironmentId>,
    /// The text to work on; `None` leaves it as it is.
    pub content: Option<RunbookContent>,
}

impl From<RunbookFault> for EngineError {
    fn from(fault: RunbookFault) -> Self {
        let next_step = match &fault {
            RunbookFault::Empty => "Write at least one step.",
            RunbookFault::TooMany { .. } => "Make several runbooks of it.",
            RunbookFault::Purpose => "Say it shorter, or link to a document.",
            RunbookFault::Parameter { .. } => "Correct that parameter.",
            RunbookFault::Step { .. } => "Correct that step.",
        };
        Self::invalid("content", fault.to_string(), next_step)
    }
}

impl Engine {
    /// Adds a runbook, as a draft.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where the product has one of this name; [`EngineError::Invalid`] for a text that can't be used.
    pub async fn add_runbook(&self, actor: &Actor, product: ProductId, new: RunbookEdit) -> Result<Runbook, EngineError> {
        let product = self.store().product(product).await?;
        let now = self.now();
        let content = trimmed(new.content.unwrap_or_default());
        valid_content(&content)?;
        let runbook = Runbook {
            id: self.new_id(RunbookId::new),
            revision: 0,
            product_id: product.id,
            name: valid_name("name", &new.name, 80)?,
            kind: new.kind,
            environments: self.own_environments(product.id, new.environments).await?,
            draft: Some(RunbookDraft { content, by: actor.clone(), at: now }),
            published: None,
            created_by: actor.clone(),
            created_at: now,
        };
        let summary = format!("Added the runbook “{}” of {}", runbook.name, product.name);
        self.write_runbook(actor, "runbook.added", runbook, summary).await
    }

    /// Changes a runbook. Another text becomes its draft: what was published holds until that is published too.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where somebody changed it since `revision`; [`EngineError::Invalid`] for a text that can't be used.
    pub async fn change_runbook(&self, actor: &Actor, id: RunbookId, revision: u32, edit: RunbookEdit) -> Result<Runbook, EngineError> {
        let mut runbook = self.store().runbook(id).await?;
        if runbook.revision != revision {
            return Err(StoreError::Conflict { kind: "runbook", id: id.to_string() }.into());
        }
        let before = runbook.clone();
        runbook.name = valid_name("name", &edit.name, 80)?;
        runbook.kind = edit.kind;
        runbook.environments = self.own_environments(runbook.product_id, edit.environments).await?;
        if let Some(content) = edit.content.map(trimmed) {
            valid_content(&content)?;
            let is_published = runbook.published.as_ref().is_some_and(|published| published.content == content);
            let is_drafted = before.draft.as_ref().is_some_and(|draft| draft.content == content);
            if is_published {
                runbook.draft = None;
            } else if !is_drafted {
                runbook.draft = Some(RunbookDraft { content, by: actor.clone(), at: self.now() });
            }
        }
        if runbook == before {
            return Ok(runbook);
        }
        let summary = format!("Changed the runbook “{}”", runbook.name);
        self.write_runbook(actor, "runbook.changed", runbook, summary).await
    }

    /// Publishes the draft: runs that are begun from now on follow it. Runs that are under way, and what releases have attached, stay.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where there is no draft, or it has no steps.
    pub async fn publish_runbook(&self, actor: &Actor, id: RunbookId, note: &str) -> Result<Runbook, EngineError> {
        let mut runbook = self.store().runbook(id).await?;
        let note: String = note.trim().to_owned();
        if note.chars().count() > 200 || note.chars().any(char::is_control) {
            return Err(EngineError::invalid("note", "the note is longer than a line of 200 characters", "Say it shorter."));
        }
        let Some(draft) = runbook.draft.take() else {
            let message = format!("“{}” has nothing that was not published", runbook.name);
            return Err(EngineError::invalid("draft", message, "Change it first."));
        };
        if draft.content.steps.is_empty() {
            return Err(RunbookFault::Empty.into());
        }
        let number = runbook.published.as_ref().map_or(0, |published| published.number) + 1;
        let summary = format!("Published number {number} of the runbook “{}”", runbook.name);
        runbook.published = Some(RunbookPublication { number, content: draft.content, note, by: actor.clone(), at: self.now() });
        self.write_runbook(actor, "runbook.published", runbook, summary).await
    }

    /// Takes a runbook away. Its runs stay, and what releases have attached.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_runbook(&self, actor: &Actor, id: RunbookId) -> Result<(), EngineError> {
        let runbook = self.store().runbook(id).await?;
        let mut change = self.change(actor);
        change.audit_runbook("runbook.removed", &runbook, format!("Removed the runbook “{}”", runbook.name));
        change.write(Write::RemoveRunbook(runbook));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// Says whether an environment takes releases only with a rollback runbook, and who acknowledges it.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for names that can't be used.
    pub async fn set_runbook_rule(
        &self,
        actor: &Actor,
        environment: EnvironmentId,
        needs_rollback: bool,
        stakeholders: &[String],
    ) -> Result<RunbookRule, EngineError> {
        let environment = self.store().environment(environment).await?;
        let mut names: Vec<String> = Vec::new();
        for name in stakeholders.iter().filter(|name| !name.trim().is_empty()) {
            let name = valid_name("stakeholders", name, 120)?;
            if !names.iter().any(|known| known.to_lowercase() == name.to_lowercase()) {
                names.push(name);
            }
        }
        if names.len() > MAX_STAKEHOLDERS {
            let message = format!("{} people are named, and {MAX_STAKEHOLDERS} may be", names.len());
            return Err(EngineError::invalid("stakeholders", message, "Name those who have a part in a rollback."));
        }
        let rules = self.store().runbook_rules(environment.product_id).await?;
        let before = rules.into_iter().find(|rule| rule.environment_id == environment.id);
        let rule = RunbookRule {
            environment_id: environment.id,
            revision: before.as_ref().map_or(0, |rule| rule.revision),
            product_id: environment.product_id,
            needs_rollback,
            stakeholders: names,
        };
        if let Some(before) = before.filter(|before| *before == rule) {
            return Ok(before);
        }
        let summary = if rule.needs_rollback {
            let by =
                if rule.stakeholders.is_empty() { String::new() } else { format!(", acknowledged by {}", rule.stakeholders.join(", ")) };
            format!("{} takes releases only with a rollback runbook{by}", environment.name)
        } else {
            format!("{} takes releases without a rollback runbook", environment.name)
        };
        let mut change = self.change(actor);
        change.audit_runbook_rule("runbook_rule.set", &rule, summary);
        change.write(Write::RunbookRule(rule.clone()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(RunbookRule { revision: rule.revision + 1, ..rule })
    }

    /// The id of a new step.
    #[must_use]
    pub fn new_runbook_step_id(&self) -> RunbookStepId {
        self.new_id(RunbookStepId::new)
    }

    async fn own_environments(&self, product: ProductId, wanted: Vec<EnvironmentId>) -> Result<Vec<EnvironmentId>, EngineError> {
        let own = self.store().environments(Some(product)).await?;
        if wanted.iter().any(|id| own.iter().all(|environment| environment.id != *id)) {
            let message = "an environment is another product's, or gone";
            return Err(EngineError::invalid("environments", message, "Choose environments of the product."));
        }
        Ok(own.into_iter().map(|environment| environment.id).filter(|id| wanted.contains(id)).collect())
    }

    async fn write_runbook(&self, actor: &Actor, action: &str, runbook: Runbook, summary: String) -> Result<Runbook, EngineError> {
        let id = runbook.id;
        let mut change = self.change(actor);
        change.audit_runbook(action, &runbook, summary);
        change.write(Write::Runbook(runbook));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().runbook(id).await?)
    }
}

fn trimmed(mut content: RunbookContent) -> RunbookContent {
    let text = |text: &str| text.trim().to_owned();
    content.purpose = text(&content.purpose);
    for parameter in &mut content.parameters {
        parameter.name = text(&parameter.name);
        parameter.description = text(&parameter.description);
        parameter.default = parameter.default.as_deref().map(text).filter(|value| !value.is_empty());
    }
    for step in &mut content.steps {
        step.title = text(&step.title);
        step.instructions = text(&step.instructions);
        step.owner = step.owner.as_deref().map(text).filter(|name| !name.is_empty());
        step.asks_first = step.asks_first && step.action.may_ask_first();
        if let StepAction::Trigger { pipeline, git_ref, inputs, .. } = &mut step.action {
            *pipeline = text(pipeline);
            *git_ref = text(git_ref);
            inputs.iter_mut().for_each(|input| input.name = text(&input.name));
        }
    }
    content
}
