//! A release's checklist takes over a newer publication of its template: what that comes to, and doing it. One audit event holds what
//! was different and which ticks no longer count.

use super::checklists::{must_be_open, standing_of};
use super::valid_reason;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::checklist_store::ChecklistFilter;
use crate::ports::store::Write;
use pilothouse_domain::checklist::{
    Checklist, ChecklistTemplate, Standing, TakeOver, TakenOver, carried_over, is_gone_through, take_over, valid_items,
};
use pilothouse_domain::release::Release;
use pilothouse_domain::{Actor, ChecklistId};

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;

/// A newer publication of a checklist's template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewerPublication {
    /// Its number.
    pub number: u32,
    /// What taking it over comes to.
    pub take_over: TakeOver,
    /// Whether somebody has to say why: the checklist was gone through, or its release is over.
    pub needs_reason: bool,
}

/// What a person saw when they decided to take a publication over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeOverDeed {
    /// The publication; another one is refused.
    pub number: u32,
    /// Why; may be empty where none is asked for.
    pub reason: String,
}

/// The publication that a checklist could take over, if there is one.
pub(super) fn newer(
    template: Option<&ChecklistTemplate>,
    checklist: &Checklist,
    standing: &Standing,
    release: &Release,
) -> Option<NewerPublication> {
    let published = template?.published.as_ref()?;
    let take_over = take_over(checklist, published)?;
    let needs_reason = is_gone_through(standing) || release.state.is_terminal();
    Some(NewerPublication { number: published.number, take_over, needs_reason })
}

impl Engine {
    /// Takes the newest publication of its template over into a checklist.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where there is none that is newer, where a reason is asked for and missing, and for a release that was
    /// given up; a conflict where another publication came meanwhile.
    pub async fn take_over_publication(&self, actor: &Actor, id: ChecklistId, deed: &TakeOverDeed) -> Result<Checklist, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().checklist(id).await?;
            let facts = self.release_facts(before.release_id).await?;
            must_be_open(&facts.release)?;
            let template = facts.product.templates.iter().find(|template| template.id == before.template_id);
            let standing = standing_of(&before, &facts.product, &facts.release);
            let Some(newer) = newer(template, &before, &standing, &facts.release) else {
                let message = format!("“{}” goes by the last publication already", before.name);
                return Err(EngineError::invalid("number", message, "There is nothing to take over."));
            };
            if newer.number != deed.number {
                return Err(StoreError::Conflict { kind: "checklist_template", id: before.template_id.to_string() }.into());
            }
            let reason = if newer.needs_reason { valid_reason(&deed.reason)? } else { deed.reason.trim().to_owned() };
            if reason.chars().count() > 2_000 {
                return Err(EngineError::invalid("reason", "the reason is longer than 2,000 characters", "Write it shorter."));
            }
            let TakeOver { checklist: next, changes, .. } = newer.take_over.clone();
            valid_items(&next.items.iter().map(|item| item.item.clone()).collect::<Vec<_>>())?;
            let mut next = self.since_again(next).await?;
            let (from, to) = (before.template_number, newer.number);
            next.taken_over.push(TakenOver { from, to, changes, reason, by: actor.clone(), at: self.now() });
            let mut change = self.change(actor);
            let (name, version) = (&next.name, &facts.release.version);
            let summary = format!("Took number {to} of “{name}” over for {version} in {}", next.environment);
            let reopened: Vec<_> = newer.take_over.reopened.iter().filter_map(|id| before.item(*id)).collect();
            let data = serde_json::json!({
                "release_id": facts.release.id, "taken_over": next.taken_over.last(), "reopened": reopened,
                "removed": next.removed.iter().filter(|item| item.number == to).collect::<Vec<_>>(),
            });
            change.audit_checklist("checklist.taken_over", &next, summary, data);
            change.write(Write::Checklist(next));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().checklist(id).await?),
                // Somebody ticked an item meanwhile.
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "checklist", id: id.to_string() }.into())
    }

    /// What is different since the release that it continues, read anew.
    async fn since_again(&self, checklist: Checklist) -> Result<Checklist, EngineError> {
        let Some(since) = checklist.since.clone() else { return Ok(checklist) };
        let of = ChecklistFilter { release: Some(since.release_id), template: Some(checklist.template_id), ..ChecklistFilter::default() };
        let earlier = self.store().checklists(&of).await?.into_iter().next();
        Ok(earlier.map_or(checklist.clone(), |earlier| carried_over(checklist, &earlier, since.version)))
    }
}
