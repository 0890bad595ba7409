//! The rollback runbook of a release: attached, acknowledged by those who have a part in it, and taken off again.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::Write;
use pilothouse_domain::release::Release;
use pilothouse_domain::runbook::{AttachRefusal, AttachedRunbook, Runbook, RunbookKind, RunbookRule, acknowledged};
use pilothouse_domain::{Actor, ReleaseId, RunbookId};

/// How often a change is tried again when somebody else was faster: several acknowledge at the same time.
const MAX_CONFLICTS: u8 = 10;

/// The rollback runbook of a release with what surrounds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRunbook {
    /// The release.
    pub release: Release,
    /// What is attached.
    pub attached: Option<AttachedRunbook>,
    /// The number of the runbook's last publication, where that is a later one.
    pub newer: Option<u32>,
    /// What the environments of its plan ask for, in promotion order, with their names.
    pub rules: Vec<(String, RunbookRule)>,
    /// The published rollback runbooks that could be attached, by name.
    pub choices: Vec<Runbook>,
}

impl From<AttachRefusal> for EngineError {
    fn from(refusal: AttachRefusal) -> Self {
        let next_step = match &refusal {
            AttachRefusal::Another { .. } => "Read what is attached now, then acknowledge that.",
            AttachRefusal::Already { .. } => "There is nothing more to do.",
        };
        Self::invalid("number", refusal.to_string(), next_step)
    }
}

impl Engine {
    /// The rollback runbook of a release, what its environments ask for, and what could be attached.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_runbook(&self, id: ReleaseId) -> Result<ReleaseRunbook, EngineError> {
        let release = self.store().release(id).await?;
        let attached = self.store().attached_runbook(id).await?;
        let runbooks = self.store().runbooks(release.product_id).await?;
        let environments = self.store().environments(Some(release.product_id)).await?;
        let rules = self.store().runbook_rules(release.product_id).await?;
        let is_planned = |rule: &&RunbookRule| release.plan.is_none() || release.planned(rule.environment_id).is_some();
        let rule_of = |id| rules.iter().filter(|rule| rule.needs_rollback).filter(is_planned).find(|rule| rule.environment_id == id);
        let known = environments.iter().filter_map(|e| Some((e.name.clone(), rule_of(e.id)?.clone())));
        let last = |attached: &AttachedRunbook| {
            runbooks.iter().find(|runbook| runbook.id == attached.runbook_id)?.published.as_ref().map(|published| published.number)
        };
        let newer = attached.as_ref().and_then(|attached| last(attached).filter(|number| *number > attached.number));
        let rules = known.collect();
        let choices = runbooks.into_iter().filter(|r| r.kind == RunbookKind::Rollback && r.published.is_some()).collect();
        Ok(ReleaseRunbook { release, attached, newer, rules, choices })
    }

    /// Attaches the last publication of a rollback runbook to a release, in place of what was. Acknowledgements of another publication
    /// don't count for it.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where it isn't one, was never published, or the release is closed.
    pub async fn attach_runbook(&self, actor: &Actor, release: ReleaseId, runbook: RunbookId) -> Result<AttachedRunbook, EngineError> {
        let (release, runbook) = (self.open_release(release).await?, self.store().runbook(runbook).await?);
        if runbook.product_id != release.product_id || runbook.kind != RunbookKind::Rollback {
            let message = format!("“{}” is no rollback runbook of this product", runbook.name);
            return Err(EngineError::invalid("runbook_id", message, "Choose a rollback runbook of the release's own product."));
        }
        let Some(published) = &runbook.published else {
            let message = format!("“{}” was never published", runbook.name);
            return Err(EngineError::invalid("runbook_id", message, "Publish its draft first."));
        };
        let before = self.store().attached_runbook(release.id).await?;
        if let Some(same) = before.as_ref().filter(|b| (b.runbook_id, b.number) == (runbook.id, published.number)) {
            return Ok(same.clone());
        }
        let attached = AttachedRunbook {
            release_id: release.id,
            revision: before.as_ref().map_or(0, |before| before.revision),
            product_id: release.product_id,
            runbook_id: runbook.id,
            name: runbook.name.clone(),
            number: published.number,
            content: published.content.clone(),
            environments: runbook.environments.clone(),
            attached_by: actor.clone(),
            attached_at: self.now(),
            acknowledgements: Vec::new(),
        };
        let place = before.map(|b| format!(", in place of number {} of “{}”", b.number, b.name)).unwrap_or_default();
        let summary = format!("Attached number {} of “{}” to {}{place}", attached.number, attached.name, release.version);
        self.write_attached(actor, "attached_runbook.attached", attached, summary).await
    }

    /// Takes the rollback runbook off a release.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the release is closed.
    pub async fn detach_runbook(&self, actor: &Actor, release: ReleaseId) -> Result<(), EngineError> {
        let release = self.open_release(release).await?;
        let Some(attached) = self.store().attached_runbook(release.id).await? else { return Ok(()) };
        let mut change = self.change(actor);
        let summary = format!("Took number {} of “{}” off {}", attached.number, attached.name, release.version);
        change.audit_attached_runbook("attached_runbook.detached", &attached, summary);
        change.write(Write::RemoveAttachedRunbook(attached));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// Records that somebody has read this very publication and knows their part in it.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where another one is attached, or they have acknowledged it.
    pub async fn acknowledge_runbook(
        &self,
        actor: &Actor,
        release: ReleaseId,
        seen: (RunbookId, u32),
        remark: &str,
    ) -> Result<AttachedRunbook, EngineError> {
        let release = self.open_release(release).await?;
        let remark = remark.trim();
        if remark.chars().count() > 2_000 {
            return Err(EngineError::invalid("remark", "the remark is longer than 2,000 characters", "Say it shorter."));
        }
        for _ in 0..MAX_CONFLICTS {
            let Some(attached) = self.store().attached_runbook(release.id).await? else { return Err(nothing(&release)) };
            let next = acknowledged(&attached, seen, actor, remark, self.now())?;
            let summary = format!("Acknowledged number {} of “{}” for {}", next.number, next.name, release.version);
            match self.write_attached(actor, "attached_runbook.acknowledged", next, summary).await {
                Err(EngineError::Store(StoreError::Conflict { .. })) => {}
                done => return done,
            }
        }
        Err(StoreError::Conflict { kind: "attached_runbook", id: release.id.to_string() }.into())
    }

    /// Takes one's own acknowledgement back.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where nothing is attached, or the release is closed.
    pub async fn withdraw_acknowledgement(&self, actor: &Actor, release: ReleaseId) -> Result<AttachedRunbook, EngineError> {
        let release = self.open_release(release).await?;
        let Some(mut attached) = self.store().attached_runbook(release.id).await? else { return Err(nothing(&release)) };
        let before = attached.acknowledgements.len();
        attached.acknowledgements.retain(|known| known.by != *actor);
        if attached.acknowledgements.len() == before {
            return Ok(attached);
        }
        let summary = format!("Took back the acknowledgement of number {} of “{}” for {}", attached.number, attached.name, release.version);
        self.write_attached(actor, "attached_runbook.withdrawn", attached, summary).await
    }

    async fn open_release(&self, id: ReleaseId) -> Result<Release, EngineError> {
        let release = self.store().release(id).await?;
        if release.state.is_terminal() {
            let message = format!("{} is {}", release.version, release.state.label());
            return Err(EngineError::invalid("release", message, "What it had attached stays as it is."));
        }
        Ok(release)
    }

    async fn write_attached(
        &self,
        actor: &Actor,
        action: &str,
        attached: AttachedRunbook,
        summary: String,
    ) -> Result<AttachedRunbook, EngineError> {
        let mut change = self.change(actor);
        change.audit_attached_runbook(action, &attached, summary);
        change.write(Write::AttachedRunbook(attached.clone()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(AttachedRunbook { revision: attached.revision + 1, ..attached })
    }
}

fn nothing(release: &Release) -> EngineError {
    let message = format!("{} has no rollback runbook", release.version);
    EngineError::invalid("release", message, "Attach one first.")
}
