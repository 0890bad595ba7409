//! Checklists of releases: begin them, and what people do to their items. Each step is an audit event of its own.

use super::checklist_takeover::{NewerPublication, newer};
use super::valid_reason;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::facts::ProductFacts;
use crate::ports::StoreError;
use crate::ports::checklist_store::ChecklistFilter;
use crate::ports::store::Write;
use pilothouse_domain::checklist::{
    AutomaticSight, Checklist, ChecklistItem, ChecklistRefusal, ChecklistTemplate, ItemEvent, ItemState, Standing, apply, carried_over,
    standing,
};
use pilothouse_domain::evidence::{Evidence, EvidenceOwnerKind};
use pilothouse_domain::product::Environment;
use pilothouse_domain::release::{Release, ReleaseState};
use pilothouse_domain::{Actor, ChecklistId, ChecklistItemId, ChecklistTemplateId, EnvironmentId, ReleaseId, Timestamp};

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;
/// So many earlier checklists are looked at for one to continue.
const EARLIER: u32 = 20;

/// What a person does to items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemDeed {
    /// They are done.
    Tick {
        /// Minutes that each took.
        minutes: Option<u32>,
        /// A remark; may be empty.
        note: String,
    },
    /// They are open again.
    Reopen,
    /// They are left out.
    Skip {
        /// Why.
        reason: String,
    },
    /// Somebody has them, until then.
    Assign {
        /// Who; `None` for nobody.
        assignee: Option<String>,
        /// Until when.
        due: Option<Timestamp>,
    },
}

/// What came of a deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActedOn {
    /// The checklist now.
    pub checklist: Checklist,
    /// The items that it was done to.
    pub done: Vec<ChecklistItemId>,
    /// The others, with why not.
    pub refused: Vec<(ChecklistItemId, ChecklistRefusal)>,
}

/// A checklist of a release, begun or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseChecklist {
    /// The checklist; where it was not begun, as it would be.
    pub checklist: Checklist,
    /// False where nobody has begun it.
    pub is_begun: bool,
    /// How far it is.
    pub standing: Standing,
    /// Its evidence, oldest first, without what was taken back.
    pub evidence: Vec<Evidence>,
    /// The template's last publication, where the checklist goes by an earlier one.
    pub newer: Option<NewerPublication>,
}

impl Engine {
    /// The checklists of a release: in promotion order, and those before a deployment first. Those that wait to be begun are as they would be.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_checklists(&self, id: ReleaseId) -> Result<Vec<ReleaseChecklist>, EngineError> {
        let facts = self.release_facts(id).await?;
        let of_release = ChecklistFilter { release: Some(id), limit: 500, ..ChecklistFilter::default() };
        let mut listed: Vec<(Checklist, bool)> = self.store().checklists(&of_release).await?.into_iter().map(|c| (c, true)).collect();
        let begun: Vec<ChecklistTemplateId> = listed.iter().map(|(checklist, _)| checklist.template_id).collect();
        for (template, environment) in missing(&facts.product, &facts.release, &begun) {
            let by = Actor::Engine;
            listed.extend(self.new_checklist(&by, template, environment, &facts.release).await?.map(|checklist| (checklist, false)));
        }
        let position = |id: EnvironmentId| facts.product.environments.iter().find(|e| e.id == id).map(|e| e.position);
        listed.sort_by_key(|(checklist, _)| (position(checklist.environment_id), checklist.moment, checklist.name.to_lowercase()));
        let mut views = Vec::with_capacity(listed.len());
        for (checklist, is_begun) in listed {
            let evidence = if is_begun { self.current_evidence(checklist.id).await? } else { Vec::new() };
            let template = facts.product.templates.iter().find(|template| template.id == checklist.template_id);
            let standing = standing_of(&checklist, &facts.product, &facts.release);
            views.push(ReleaseChecklist {
                newer: newer(template, &checklist, &standing, &facts.release),
                standing,
                checklist,
                is_begun,
                evidence,
            });
        }
        Ok(views)
    }

    /// Begins a checklist of a release. One that was begun already is returned as it is.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the template was never published, or is another product's.
    pub async fn begin_checklist(
        &self,
        actor: &Actor,
        release: ReleaseId,
        template: ChecklistTemplateId,
    ) -> Result<Checklist, EngineError> {
        let of_release = ChecklistFilter { release: Some(release), template: Some(template), ..ChecklistFilter::default() };
        if let Some(begun) = self.store().checklists(&of_release).await?.into_iter().next() {
            return Ok(begun);
        }
        let (release, template) = (self.store().release(release).await?, self.store().checklist_template(template).await?);
        if release.product_id != template.product_id {
            let message = "the template is another product's";
            return Err(EngineError::invalid("template_id", message, "Choose a template of the release's own product."));
        }
        must_be_open(&release)?;
        let environment = self.store().environment(template.environment_id).await?;
        let Some(checklist) = self.new_checklist(actor, &template, &environment, &release).await? else {
            let message = format!("“{}” was never published", template.name);
            return Err(EngineError::invalid("template_id", message, "Publish its draft first."));
        };
        let mut change = self.change(actor);
        begin(&mut change, &checklist, &release);
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().checklist(checklist.id).await?)
    }

    /// Begins what a release that is being planned has not begun.
    pub(super) async fn begin_missing_checklists(
        &self,
        change: &mut Change,
        actor: &Actor,
        release: &Release,
        facts: &ProductFacts,
    ) -> Result<(), EngineError> {
        let of_release = ChecklistFilter { release: Some(release.id), limit: 500, ..ChecklistFilter::default() };
        let begun: Vec<_> = self.store().checklists(&of_release).await?.iter().map(|checklist| checklist.template_id).collect();
        for (template, environment) in missing(facts, release, &begun) {
            if let Some(checklist) = self.new_checklist(actor, template, environment, release).await? {
                begin(change, &checklist, release);
            }
        }
        Ok(())
    }

    /// Does something to items of a checklist: to as many as it can be done to.
    ///
    /// # Errors
    /// [`EngineError::Checklist`] where it can be done to none of them; [`EngineError::Invalid`] for a release that was given up.
    pub async fn act_on_items(
        &self,
        actor: &Actor,
        id: ChecklistId,
        items: &[ChecklistItemId],
        deed: &ItemDeed,
    ) -> Result<ActedOn, EngineError> {
        let deed = valid_deed(deed)?;
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().checklist(id).await?;
            let facts = self.release_facts(before.release_id).await?;
            must_be_open(&facts.release)?;
            let evidence = self.current_evidence(id).await?;
            let mut acted = ActedOn { checklist: before.clone(), done: Vec::new(), refused: Vec::new() };
            let mut change = self.change(actor);
            for item in in_order(&before, items, &deed) {
                let known = standing_of(&acted.checklist, &facts.product, &facts.release);
                let count = evidence.iter().filter(|e| e.owner.part == Some(item.uuid())).count();
                match apply(&acted.checklist, &known, item, event(&deed, actor, count), self.now()) {
                    Ok(next) if next == acted.checklist => acted.done.push(item),
                    Ok(next) => {
                        acted.checklist = next;
                        acted.done.push(item);
                        audit(&mut change, &acted.checklist, item, &deed, &facts.release);
                    }
                    Err(refusal) => acted.refused.push((item, refusal)),
                }
            }
            if acted.done.is_empty() {
                let refusal = acted.refused.into_iter().next().map_or(ChecklistRefusal::NoSuchItem, |(_, refusal)| refusal);
                return Err(refusal.into());
            }
            if acted.checklist == before {
                return Ok(acted);
            }
            change.write(Write::Checklist(acted.checklist.clone()));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => {
                    acted.checklist = self.store().checklist(id).await?;
                    return Ok(acted);
                }
                // Somebody ticked another item meanwhile.
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "checklist", id: id.to_string() }.into())
    }

    pub(super) async fn current_evidence(&self, id: ChecklistId) -> Result<Vec<Evidence>, EngineError> {
        let evidence = self.store().evidence_of(EvidenceOwnerKind::Checklist, id.uuid()).await?;
        Ok(evidence.into_iter().filter(Evidence::is_current).collect())
    }

    /// The checklist that a release would begin; `None` where nothing was published. It continues that of the release before.
    async fn new_checklist(
        &self,
        actor: &Actor,
        template: &ChecklistTemplate,
        environment: &Environment,
        release: &Release,
    ) -> Result<Option<Checklist>, EngineError> {
        let Some(published) = &template.published else { return Ok(None) };
        let now = self.now();
        let checklist = Checklist {
            id: self.new_id(ChecklistId::new),
            revision: 0,
            product_id: template.product_id,
            release_id: release.id,
            environment_id: environment.id,
            environment: environment.name.clone(),
            template_id: template.id,
            template_number: published.number,
            name: template.name.clone(),
            moment: template.moment,
            items: published.items.iter().cloned().map(|item| ChecklistItem::open(item, now)).collect(),
            since: None,
            begun_by: actor.clone(),
            begun_at: now,
            taken_over: Vec::new(),
            removed: Vec::new(),
        };
        let of_template = ChecklistFilter { template: Some(template.id), limit: EARLIER, ..ChecklistFilter::default() };
        let earlier = self.store().checklists(&of_template).await?;
        let touched = |list: &&Checklist| list.items.iter().any(|item| item.state != ItemState::Open || item.assignee.is_some());
        let others = || earlier.iter().filter(|list| list.release_id != release.id);
        // One that was planned and never touched is no example.
        let Some(last) = others().find(touched).or_else(|| others().next()) else { return Ok(Some(checklist)) };
        let version = self.store().release(last.release_id).await?.version;
        Ok(Some(carried_over(checklist, last, version)))
    }
}

/// The published templates of the planned environments that a release has not begun.
fn missing<'a>(
    facts: &'a ProductFacts,
    release: &'a Release,
    begun: &'a [ChecklistTemplateId],
) -> impl Iterator<Item = (&'a ChecklistTemplate, &'a Environment)> {
    let wanted = facts.templates.iter().filter(|template| template.published.is_some() && !begun.contains(&template.id));
    let is_planned = |e: &Environment| release.plan.is_none() || release.planned(e.id).is_some();
    wanted.filter_map(move |template| {
        let environment = facts.environments.iter().find(|e| e.id == template.environment_id && is_planned(e))?;
        Some((template, environment))
    })
}

/// How far a checklist is, by what is known now.
pub(crate) fn standing_of(checklist: &Checklist, facts: &ProductFacts, release: &Release) -> Standing {
    let sight = AutomaticSight {
        release,
        environments: &facts.environments,
        readings: &facts.readings,
        deployments: &facts.deployments,
        smoke_scenarios: &facts.smoke_scenarios,
        smoke_runs: &facts.smoke_runs,
    };
    standing(checklist, |item| sight.judge(item, checklist.environment_id))
}

fn begin(change: &mut Change, checklist: &Checklist, release: &Release) {
    let summary = format!("Began “{}” for {} in {}", checklist.name, release.version, checklist.environment);
    change.audit_checklist("checklist.begun", checklist, summary, serde_json::json!(checklist));
    change.write(Write::Checklist(checklist.clone()));
}

pub(super) fn must_be_open(release: &Release) -> Result<(), EngineError> {
    if let ReleaseState::Aborted { reason, .. } = &release.state {
        let message = format!("{} was given up: {reason}", release.version);
        return Err(EngineError::invalid("release", message, "Its checklists stay as they are."));
    }
    Ok(())
}

fn valid_deed(deed: &ItemDeed) -> Result<ItemDeed, EngineError> {
    Ok(match deed {
        ItemDeed::Tick { minutes, note } => {
            if minutes.is_some_and(|minutes| minutes > 10_080) {
                let message = "the minutes are more than a week's";
                return Err(EngineError::invalid("minutes", message, "Write how long it took, in minutes: 0 to 10,080."));
            }
            if note.chars().count() > 2_000 {
                return Err(EngineError::invalid("note", "the note is longer than 2,000 characters", "Attach it as evidence instead."));
            }
            ItemDeed::Tick { minutes: *minutes, note: note.trim().to_owned() }
        }
        ItemDeed::Reopen => ItemDeed::Reopen,
        ItemDeed::Skip { reason } => ItemDeed::Skip { reason: valid_reason(reason)? },
        ItemDeed::Assign { assignee, due } => {
            let assignee = assignee.as_deref().map(str::trim).filter(|name| !name.is_empty());
            let assignee = assignee.map(|name| super::valid_name("assignee", name, 120)).transpose()?;
            ItemDeed::Assign { assignee, due: *due }
        }
    })
}

/// The chosen items, each once: in the list's order, so that what comes first is done first; undone the other way round.
fn in_order(checklist: &Checklist, chosen: &[ChecklistItemId], deed: &ItemDeed) -> Vec<ChecklistItemId> {
    let mut left: Vec<ChecklistItemId> = checklist.items.iter().map(|item| item.item.id).filter(|id| chosen.contains(id)).collect();
    left.extend(chosen.iter().filter(|id| checklist.item(**id).is_none()));
    // An item may come before another one that stands above it.
    let mut ordered: Vec<ChecklistItemId> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_free =
            |id: &ChecklistItemId| checklist.item(*id).is_none_or(|item| !item.item.after.iter().any(|before| left.contains(before)));
        let next = left.iter().position(is_free).unwrap_or(0);
        ordered.push(left.remove(next));
    }
    if matches!(deed, ItemDeed::Reopen) {
        ordered.reverse();
    }
    ordered
}

fn event(deed: &ItemDeed, actor: &Actor, evidence: usize) -> ItemEvent {
    match deed {
        ItemDeed::Tick { minutes, note } => ItemEvent::Ticked { by: actor.clone(), minutes: *minutes, note: note.clone(), evidence },
        ItemDeed::Reopen => ItemEvent::Reopened,
        ItemDeed::Skip { reason } => ItemEvent::Skipped { by: actor.clone(), reason: reason.clone() },
        ItemDeed::Assign { assignee, due } => ItemEvent::Assigned { assignee: assignee.clone(), due: *due },
    }
}

fn audit(change: &mut Change, checklist: &Checklist, id: ChecklistItemId, deed: &ItemDeed, release: &Release) {
    let Some(item) = checklist.item(id) else { return };
    let place = format!("“{}” of “{}” for {} in {}", item.item.title, checklist.name, release.version, checklist.environment);
    let (action, summary) = match deed {
        ItemDeed::Tick { .. } => ("checklist.ticked", format!("Ticked {place}")),
        ItemDeed::Reopen => ("checklist.reopened", format!("Opened {place} again")),
        ItemDeed::Skip { reason } => ("checklist.skipped", format!("Skipped {place}: {reason}")),
        ItemDeed::Assign { assignee: Some(name), .. } => ("checklist.assigned", format!("Gave {place} to {name}")),
        ItemDeed::Assign { assignee: None, .. } => ("checklist.assigned", format!("Gave {place} to nobody")),
    };
    change.audit_checklist(action, checklist, summary, serde_json::json!({ "release_id": release.id, "item": item }));
}
