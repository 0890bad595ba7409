//! Releases: propose, draft, edit, plan, complete, abort, mark bad.

use super::proposal::{ReleaseProposal, propose};
use super::valid_reason;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::facts::ProductFacts;
use crate::ports::StoreError;
use crate::ports::calendar_store::StartFilter;
use crate::ports::store::{ReleaseFilter, Write};
use pilothouse_domain::policy::{Action, rollback_candidates};
use pilothouse_domain::publication::{Publication, TagState};
use pilothouse_domain::release::{MarkedBad, Plan, PlannedEnvironment, Release, ReleaseEvent, ReleaseState, SourceKind, apply};
use pilothouse_domain::{Actor, EnvironmentId, ProductId, ReleaseId, Version};

/// How often a note is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;

/// What a new release needs.
#[derive(Clone, Debug)]
pub struct NewRelease {
    /// The product.
    pub product_id: ProductId,
    /// The version.
    pub version: Version,
    /// Which kind of ref it is drafted from.
    pub source_kind: SourceKind,
    /// The ref's name.
    pub source_name: String,
    /// Notes; `None` for those that the commits propose.
    pub notes: Option<String>,
    /// Why it can't wait, where it is a hotfix: it goes the shorter path.
    pub hotfix: Option<String>,
}

/// What of a release can be edited.
#[derive(Clone, Debug, Default)]
pub struct ReleaseEdit {
    /// Other notes.
    pub notes: Option<String>,
    /// Another version. Takes the plan and the votes away.
    pub version: Option<Version>,
}

impl Engine {
    /// What could be released from a ref: version, changes, notes.
    ///
    /// # Errors
    /// Where the provider can't be asked or doesn't know the ref.
    pub async fn propose_release(&self, product: ProductId, kind: SourceKind, name: &str) -> Result<ReleaseProposal, EngineError> {
        let product = self.store().product(product).await?;
        let earlier = self.every_release(product.id).await?;
        let source = self.source(&product).await?;
        Ok(propose(&source, &product, &earlier, kind, name).await?)
    }

    async fn every_release(&self, product: ProductId) -> Result<Vec<Release>, EngineError> {
        let mut releases: Vec<Release> = Vec::new();
        loop {
            let after = releases.last().map(|r| r.id);
            let filter = ReleaseFilter { product: Some(product), after, limit: 500, ..ReleaseFilter::default() };
            let page = self.store().releases(&filter).await?;
            if page.is_empty() {
                return Ok(releases);
            }
            releases.extend(page);
        }
    }

    /// Drafts a release.
    ///
    /// # Errors
    /// As [`Engine::propose_release`]; [`StoreError::Taken`](crate::ports::StoreError) where the version exists.
    pub async fn draft_release(&self, actor: &Actor, new: NewRelease) -> Result<Release, EngineError> {
        let proposal = self.propose_release(new.product_id, new.source_kind, &new.source_name).await?;
        let (release, change) = self.draft(actor, actor, new, proposal).await?;
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().release(release.id).await?)
    }

    /// A release from what was proposed, and the change that would write it.
    pub(crate) async fn draft(
        &self,
        by: &Actor,
        on_behalf_of: &Actor,
        new: NewRelease,
        proposal: ReleaseProposal,
    ) -> Result<(Release, Change), EngineError> {
        let product = self.store().product(new.product_id).await?;
        let hotfix = new.hotfix.as_deref().map(|reason| self.as_hotfix(on_behalf_of, reason)).transpose()?;
        let tag = match proposal.source.kind {
            SourceKind::Tag => proposal.source.name.clone(),
            SourceKind::Branch | SourceKind::Commit => new.version.to_tag(&product.tag_prefix),
        };
        let tag_state = match proposal.source.kind {
            SourceKind::Tag => TagState::There,
            // Only to show it early: whoever deploys looks again.
            SourceKind::Branch | SourceKind::Commit => match self.source(&product).await?.tag(&tag).await {
                Ok(found) => TagState::seen(found.as_deref(), &proposal.source.commit),
                Err(_) => TagState::Unknown,
            },
        };
        let release = Release {
            id: self.new_id(ReleaseId::new),
            revision: 0,
            product_id: product.id,
            version: new.version,
            tag,
            tag_state,
            publication: Publication::Unpublished,
            notes: valid_notes(new.notes.as_deref().unwrap_or(&proposal.notes))?,
            source: proposal.source,
            changes_since: proposal.changes_since,
            changelog: proposal.commits,
            changed_paths: proposal.changed_paths,
            plan: None,
            state: ReleaseState::Draft,
            approval_requested_by: None,
            hotfix,
            coordinated_release: None,
            target: None,
            marked_bad: None,
            drafted_by: on_behalf_of.clone(),
            drafted_at: self.now(),
        };
        let mut change = self.change(by);
        let data =
            serde_json::json!({ "version": release.version, "source": release.source, "tag": release.tag, "hotfix": release.hotfix });
        let short: String = release.source.commit.chars().take(7).collect();
        let why = release.hotfix.as_ref().map(|hotfix| format!(" as a hotfix: {}", hotfix.reason)).unwrap_or_default();
        let summary = format!("Drafted {} {} from {} ({short}){why}", product.name, release.version, release.source.name);
        change.audit_release("release.drafted", &release, summary, data);
        change.write(Write::Release(release.clone()));
        Ok((release, change))
    }

    /// Edits a release. Another version takes it back to a draft; other notes leave plan and votes as they are.
    ///
    /// # Errors
    /// [`EngineError::Release`] where it has gone too far.
    pub async fn edit_release(&self, actor: &Actor, id: ReleaseId, edit: ReleaseEdit) -> Result<Release, EngineError> {
        let mut release = self.store().release(id).await?;
        let mut what = Vec::new();
        if let Some(version) = edit.version.filter(|v| *v != release.version) {
            release = apply(&release, ReleaseEvent::Reopened, self.now())?;
            not_under_way(&release)?;
            let product = self.store().product(release.product_id).await?;
            if release.source.kind != SourceKind::Tag {
                release.tag = version.to_tag(&product.tag_prefix);
                release.tag_state = TagState::Unknown;
                release.publication = Publication::Unpublished;
            }
            what.push(format!("version {version}"));
            release.version = version;
        }
        if let Some(notes) = edit.notes {
            let notes = valid_notes(&notes)?;
            if notes != release.notes {
                what.push("notes".to_owned());
                release.notes = notes;
            }
        }
        if what.is_empty() {
            return Ok(release);
        }
        let mut change = self.change(actor);
        let data = serde_json::json!({ "version": release.version, "notes": release.notes });
        change.audit_release("release.edited", &release, format!("Edited {}: {}", release.version, what.join(", ")), data);
        change.write(Write::Release(release));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().release(id).await?)
    }

    /// Plans a release: the environments (where none are named all of the product, for a hotfix without those that its path skips), their checks, and the way back. Freezes
    /// what will be called; earlier votes are void where that differs.
    ///
    /// # Errors
    /// [`EngineError::Release`] where it has gone too far.
    pub async fn plan_release(
        &self,
        actor: &Actor,
        id: ReleaseId,
        environments: &[EnvironmentId],
        remarks: &str,
    ) -> Result<Release, EngineError> {
        let facts = self.release_facts(id).await?;
        let plan = self.plan(&facts.product, &facts.release, environments, remarks).await?;
        let needs_no_approval = facts
            .product
            .environments
            .iter()
            .filter(|e| plan.environments.iter().any(|p| p.environment_id == e.id))
            .all(|e| !e.rules.asks_for_approval_of(&facts.release));
        let names: Vec<String> = plan.environments.iter().map(|e| e.name.clone()).collect();
        let release = apply(&facts.release, ReleaseEvent::Planned { plan, needs_no_approval }, self.now())?;
        let mut change = self.change(actor);
        let summary = format!("Planned {} {} for {}", facts.product.product.name, release.version, names.join(", then "));
        change.audit_release("release.planned", &release, summary, serde_json::json!({ "plan": release.plan }));
        self.begin_missing_checklists(&mut change, actor, &release, &facts.product).await?;
        change.write(Write::Release(release));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().release(id).await?)
    }

    async fn plan(&self, facts: &ProductFacts, release: &Release, wanted: &[EnvironmentId], remarks: &str) -> Result<Plan, EngineError> {
        let checks = self.store().checks(None).await?;
        let chosen = facts.environments.iter().filter(|e| {
            let is_skipped = e.rules.path_of(release).is_some_and(|path| path.is_skipped);
            if wanted.is_empty() { !is_skipped } else { wanted.contains(&e.id) }
        });
        let environments: Vec<PlannedEnvironment> = chosen
            .map(|e| PlannedEnvironment {
                environment_id: e.id,
                name: e.name.clone(),
                deploy: e.deploy.clone(),
                rollback: e.rollback_pipeline().clone(),
                checks: checks.iter().filter(|c| c.environment_id == e.id && c.enabled).map(|c| c.name.clone()).collect(),
                rollback_target: pilothouse_domain::policy::current_deployment(&facts.deployments, e.id)
                    .filter(|d| d.is_verified())
                    .or_else(|| rollback_candidates(&facts.deployments, e.id).first().copied())
                    .map(|d| d.version.clone()),
                rollout: e.rollout.clone(),
            })
            .collect();
        if environments.is_empty() {
            return Err(EngineError::invalid("environments", "the plan names no environment", "Choose where the release goes."));
        }
        Ok(Plan { environments, remarks: remarks.trim().to_owned() })
    }

    /// Closes a release that runs well in its last environment.
    ///
    /// # Errors
    /// [`EngineError::Blocked`] where it doesn't.
    pub async fn complete_release(&self, actor: &Actor, id: ReleaseId) -> Result<Release, EngineError> {
        let facts = self.release_facts(id).await?;
        let now = self.now();
        let blockers = facts.blockers(&Action::Complete, None, now);
        if !blockers.is_empty() {
            return Err(EngineError::Blocked(blockers));
        }
        let release = apply(&facts.release, ReleaseEvent::Completed, now)?;
        self.commit_release(actor, "release.completed", release, |r| format!("Completed {}", r.version)).await
    }

    /// Gives a release up.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] while a deployment of it is under way, or without a reason.
    pub async fn abort_release(&self, actor: &Actor, id: ReleaseId, reason: &str) -> Result<Release, EngineError> {
        let facts = self.release_facts(id).await?;
        if let Some(d) = facts.product.deployments.iter().find(|d| d.release_id == id && !d.state.is_terminal()) {
            let message = format!("a deployment of {} to {} is under way", d.version, d.environment);
            return Err(EngineError::invalid("release", message, "Cancel it or let it end, then abort the release."));
        }
        let reason = valid_reason(reason)?;
        let release = apply(&facts.release, ReleaseEvent::Aborted { reason: reason.clone() }, self.now())?;
        let aborted = self.commit_release(actor, "release.aborted", release, |r| format!("Aborted {}: {reason}", r.version)).await?;
        // One that stays would only ask: policy refuses it.
        let filter = StartFilter { release: Some(id), open_only: true, ..StartFilter::default() };
        for start in self.store().scheduled_starts(&filter).await? {
            self.withdraw_start(actor, start.id, "The release was aborted.").await?;
        }
        Ok(aborted)
    }

    /// Marks a release bad, so that it can't advance, or takes the mark back with `None`.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] without a reason.
    pub async fn mark_release(&self, actor: &Actor, id: ReleaseId, bad: Option<&str>) -> Result<Release, EngineError> {
        let mut release = self.store().release(id).await?;
        release.marked_bad = match bad {
            Some(reason) => Some(MarkedBad { reason: valid_reason(reason)?, by: actor.clone(), at: self.now() }),
            None => None,
        };
        let action = if bad.is_some() { "release.marked_bad" } else { "release.unmarked" };
        self.commit_release(actor, action, release, |r| match &r.marked_bad {
            Some(mark) => format!("Marked {} bad: {}", r.version, mark.reason),
            None => format!("Took the bad mark off {}", r.version),
        })
        .await
    }

    /// Changes what is known of a release's tag and publication: nobody's edit is lost, whoever was faster.
    pub(super) async fn note_release(&self, actor: &Actor, id: ReleaseId, note: Note<'_>) -> Result<Release, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let mut release = self.store().release(id).await?;
            let before = release.clone();
            (note.apply)(&mut release);
            if release == before {
                return Ok(release);
            }
            let mut change = self.change(actor);
            change.audit_release(note.action, &release, note.summary.clone(), note.data.clone());
            change.write(Write::Release(release));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().release(id).await?),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "release", id: id.to_string() }.into())
    }

    pub(super) async fn commit_release(
        &self,
        actor: &Actor,
        action: &str,
        release: Release,
        summary: impl FnOnce(&Release) -> String,
    ) -> Result<Release, EngineError> {
        let id = release.id;
        let mut change = self.change(actor);
        let data = serde_json::json!({ "version": release.version, "state": release.state, "marked_bad": release.marked_bad });
        change.audit_release(action, &release, summary(&release), data);
        change.write(Write::Release(release));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().release(id).await?)
    }
}

/// What is noted about a release.
pub(super) struct Note<'a> {
    /// The audit event: `release.tag_created`.
    pub(super) action: &'a str,
    /// In a sentence.
    pub(super) summary: String,
    /// What else is known.
    pub(super) data: serde_json::Value,
    /// Puts it down. Leaves the release as it is where it no longer fits.
    pub(super) apply: &'a (dyn Fn(&mut Release) + Send + Sync),
}

/// Its tag or its release is being made elsewhere: another version would lose sight of it.
fn not_under_way(release: &Release) -> Result<(), EngineError> {
    let creating = matches!(release.tag_state, TagState::Creating { .. });
    if creating || matches!(release.publication, Publication::Publishing { .. }) {
        let what = if creating { "tag is being created" } else { "release is being published" };
        return Err(EngineError::invalid("version", format!("its {what}"), "Look at it again in a minute, then change the version."));
    }
    Ok(())
}

fn valid_notes(text: &str) -> Result<String, EngineError> {
    if text.len() > 125_000 {
        return Err(EngineError::invalid("notes", "the notes are longer than 125,000 bytes", "Shorten them, or link to the long text."));
    }
    Ok(text.to_owned())
}
