//! Checklists of releases: list, begin, and what people do to their items.

use crate::checklist_takeover::{EarlierStateView, NewerPublicationView, RemovedItemView, TakenOverView};
use crate::decode::{id, shown, time};
use crate::error::ApiError;
use crate::evidence::EvidenceView;
use crate::{Api, IdRequest};
use pilothouse_domain::checklist::{
    AutomaticVerdict, Checklist, ChecklistItem, ChecklistRefusal, ItemChange, ItemStanding, ItemState, Moment, Progress,
};
use pilothouse_domain::{ChecklistId, ChecklistItemId, ReleaseId, Timestamp};
use pilothouse_engine::ports::StoreError;
use pilothouse_engine::usecases::{ItemDeed, ReleaseChecklist};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A checklist to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BeginChecklistRequest {
    /// The release.
    pub release_id: String,
    /// The template.
    pub template_id: String,
}

/// Items to tick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TickItemsRequest {
    /// The checklist.
    pub checklist_id: String,
    /// The items.
    pub item_ids: Vec<String>,
    /// Minutes that each took, 0 to 10,080.
    pub minutes: Option<u32>,
    /// A remark; may be empty.
    pub note: String,
}

/// Items to open again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReopenItemsRequest {
    /// The checklist.
    pub checklist_id: String,
    /// The items.
    pub item_ids: Vec<String>,
}

/// Optional items to leave out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkipItemsRequest {
    /// The checklist.
    pub checklist_id: String,
    /// The items.
    pub item_ids: Vec<String>,
    /// Why, never empty.
    pub reason: String,
}

/// Items for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AssignItemsRequest {
    /// The checklist.
    pub checklist_id: String,
    /// The items.
    pub item_ids: Vec<String>,
    /// Who; none for nobody.
    pub assignee: Option<String>,
    /// Until when.
    pub due: Option<String>,
}

/// A checklist of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChecklistView {
    /// Its id; none where nobody has begun it.
    pub id: Option<String>,
    /// The release.
    pub release_id: String,
    /// The environment.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// The template.
    pub template_id: String,
    /// The number of its publication that the checklist was made from.
    pub template_number: u32,
    /// Its last publication, where that is a later one.
    pub newer: Option<NewerPublicationView>,
    /// What it is called.
    pub name: String,
    /// When it is gone through.
    pub moment: MomentWord,
    /// Its items, in order.
    pub items: Vec<ChecklistItemView>,
    /// How far it is.
    pub progress: ProgressView,
    /// The version whose checklist it continues.
    pub since_version: Option<String>,
    /// What the template has changed since.
    pub changes: Vec<ItemChangeView>,
    /// Who began it.
    pub begun_by: Option<String>,
    /// When.
    pub begun_at: Option<String>,
    /// The newer publications that it took over, oldest first.
    pub taken_over: Vec<TakenOverView>,
    /// The items that are gone by that, oldest first.
    pub removed: Vec<RemovedItemView>,
}

/// An item of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChecklistItemView {
    /// Its id.
    pub id: String,
    /// What is to be done, in a line.
    pub title: String,
    /// How, in Markdown; may be empty.
    pub instructions: String,
    /// Whether it holds the release up.
    pub is_required: bool,
    /// Whether it can be ticked only with evidence.
    pub needs_evidence: bool,
    /// True for one that looks by itself.
    pub is_automatic: bool,
    /// Who added it to this checklist; none for an item of the template.
    pub added_by: Option<String>,
    /// Where it is.
    pub state: ItemStateWord,
    /// What an automatic one says, or why one was left out.
    pub reason: Option<String>,
    /// The titles of what comes first and isn't settled.
    pub waits_for: Vec<String>,
    /// Who has it.
    pub assignee: Option<String>,
    /// When it should be done.
    pub due: Option<String>,
    /// True where that is over.
    pub is_overdue: bool,
    /// Minutes that it should take.
    pub planned_minutes: Option<u32>,
    /// Minutes that it took.
    pub minutes: Option<u32>,
    /// Who ticked it or left it out.
    pub by: Option<String>,
    /// When.
    pub at: Option<String>,
    /// A remark.
    pub note: Option<String>,
    /// Its evidence, oldest first.
    pub evidence: Vec<EvidenceView>,
    /// How it stood under earlier publications, where that no longer counts, oldest first.
    pub earlier: Vec<EarlierStateView>,
}

/// The sums of a checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProgressView {
    /// Items.
    pub total: u32,
    /// Ticked, or passed by themselves.
    pub done: u32,
    /// Left out.
    pub skipped: u32,
    /// Required ones that are open.
    pub required_open: u32,
    /// Optional ones that are open.
    pub optional_open: u32,
    /// Minutes planned for all.
    pub planned_minutes: u32,
    /// Minutes planned for those whose minutes were told.
    pub planned_for_told: u32,
    /// Minutes that were told.
    pub told_minutes: u32,
}

/// A difference between two lists of items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ItemChangeView {
    /// What kind of difference.
    pub change: ItemChangeWord,
    /// The item.
    pub title: String,
    /// What is different about it, in words.
    pub fields: Vec<String>,
}

/// The kinds of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ItemChangeWord {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Something about it is different.
    Changed,
    /// It stands elsewhere.
    Moved,
}

/// When a checklist is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum MomentWord {
    /// Before a deployment to the environment.
    Before,
    /// After it, before the release goes on.
    After,
}

/// Where an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ItemStateWord {
    /// Not done.
    Open,
    /// Ticked.
    Done,
    /// Left out.
    Skipped,
    /// An automatic one is as it should be.
    Passed,
    /// It is not.
    Failed,
    /// It can't be told.
    NoData,
}

/// What came of a deed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ActedOnView {
    /// The checklist now.
    pub checklist: ChecklistView,
    /// The items that it was done to.
    pub done: Vec<String>,
    /// The others.
    pub refused: Vec<RefusedItemView>,
}

/// An item that something could not be done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RefusedItemView {
    /// The item.
    pub id: String,
    /// Why not.
    pub message: String,
    /// What to do instead.
    pub next_step: String,
}

impl From<Moment> for MomentWord {
    fn from(moment: Moment) -> Self {
        match moment {
            Moment::Before => Self::Before,
            Moment::After => Self::After,
        }
    }
}

impl From<MomentWord> for Moment {
    fn from(word: MomentWord) -> Self {
        match word {
            MomentWord::Before => Self::Before,
            MomentWord::After => Self::After,
        }
    }
}

impl From<Progress> for ProgressView {
    fn from(progress: Progress) -> Self {
        let Progress { total, done, skipped, required_open, optional_open, planned_minutes, planned_for_told, told_minutes } = progress;
        Self { total, done, skipped, required_open, optional_open, planned_minutes, planned_for_told, told_minutes }
    }
}

impl From<&ItemChange> for ItemChangeView {
    fn from(change: &ItemChange) -> Self {
        let (word, title) = match change {
            ItemChange::Added { title } => (ItemChangeWord::Added, title),
            ItemChange::Removed { title } => (ItemChangeWord::Removed, title),
            ItemChange::Changed { title, .. } => (ItemChangeWord::Changed, title),
            ItemChange::Moved { title } => (ItemChangeWord::Moved, title),
        };
        let fields = match change {
            ItemChange::Changed { fields, .. } => fields.iter().map(|field| field.word().to_owned()).collect(),
            _ => Vec::new(),
        };
        Self { change: word, title: title.clone(), fields }
    }
}

impl ChecklistItemView {
    fn new(item: &ChecklistItem, standing: &ItemStanding, checklist: &Checklist, evidence: Vec<EvidenceView>, now: Timestamp) -> Self {
        let title_of = |id: &ChecklistItemId| checklist.item(*id).map(|other| other.item.title.clone());
        let mut view = Self {
            id: item.item.id.to_string(),
            title: item.item.title.clone(),
            instructions: item.item.instructions.clone(),
            is_required: item.item.is_required,
            needs_evidence: item.item.needs_evidence,
            is_automatic: item.item.automatic.is_some(),
            added_by: item.added.as_ref().map(|added| added.by.to_string()),
            state: ItemStateWord::Open,
            reason: item.item.automatic.as_ref().map(|automatic| automatic.words().to_owned()),
            waits_for: standing.waits_for.iter().filter_map(title_of).collect(),
            assignee: item.assignee.clone(),
            due: item.due.map(shown),
            is_overdue: item.is_overdue(standing, now),
            planned_minutes: item.item.planned_minutes,
            minutes: None,
            by: None,
            at: None,
            note: None,
            evidence,
            earlier: item.earlier.iter().map(EarlierStateView::from).collect(),
        };
        match (&item.state, &standing.verdict) {
            (ItemState::Done { by, at, minutes, note }, _) => {
                (view.state, view.minutes) = (ItemStateWord::Done, *minutes);
                (view.by, view.at) = (Some(by.to_string()), Some(shown(*at)));
                view.note = Some(note.clone()).filter(|note| !note.is_empty());
            }
            (ItemState::Skipped { by, at, reason }, _) => {
                (view.state, view.reason) = (ItemStateWord::Skipped, Some(reason.clone()));
                (view.by, view.at) = (Some(by.to_string()), Some(shown(*at)));
            }
            (ItemState::Open, Some(verdict)) => {
                let (state, reason) = match verdict {
                    AutomaticVerdict::Passed { evidence } => (ItemStateWord::Passed, evidence),
                    AutomaticVerdict::Failed { reason } => (ItemStateWord::Failed, reason),
                    AutomaticVerdict::NoData { reason } => (ItemStateWord::NoData, reason),
                };
                (view.state, view.reason) = (state, Some(reason.clone()));
            }
            (ItemState::Open, None) => {}
        }
        view
    }
}

impl ChecklistView {
    fn new(known: &ReleaseChecklist, now: Timestamp) -> Self {
        let list = &known.checklist;
        let evidence = |item: &ChecklistItem| -> Vec<EvidenceView> {
            known.evidence.iter().filter(|e| e.owner.part == Some(item.item.id.uuid())).map(EvidenceView::from).collect()
        };
        let items = list.items.iter().zip(&known.standing.items);
        Self {
            id: known.is_begun.then(|| list.id.to_string()),
            release_id: list.release_id.to_string(),
            environment_id: list.environment_id.to_string(),
            environment: list.environment.clone(),
            template_id: list.template_id.to_string(),
            template_number: list.template_number,
            newer: known.newer.as_ref().map(NewerPublicationView::from),
            name: list.name.clone(),
            moment: list.moment.into(),
            items: items.map(|(item, standing)| ChecklistItemView::new(item, standing, list, evidence(item), now)).collect(),
            progress: known.standing.progress.into(),
            since_version: list.since.as_ref().map(|since| since.version.to_string()),
            changes: list.since.iter().flat_map(|since| &since.changes).map(ItemChangeView::from).collect(),
            begun_by: known.is_begun.then(|| list.begun_by.to_string()),
            begun_at: known.is_begun.then(|| shown(list.begun_at)),
            taken_over: list.taken_over.iter().map(TakenOverView::from).collect(),
            removed: list.removed.iter().map(|removed| RemovedItemView::of(removed, list, evidence(&removed.item))).collect(),
        }
    }
}

/// What is told to whoever asks for something that an item doesn't allow.
pub(crate) fn refused(refusal: &ChecklistRefusal) -> ApiError {
    let error = ApiError::new(crate::ErrorCode::Conflict, refusal.to_string(), refusal.next_step());
    match refusal {
        ChecklistRefusal::NeedsEvidence { .. } => ApiError { field: Some("evidence".to_owned()), ..error },
        _ => error,
    }
}

impl Api {
    /// The checklists of a release, in promotion order; those that nobody has begun are as they would be.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn release_checklists(&self, request: IdRequest) -> Result<Vec<ChecklistView>, ApiError> {
        self.checklist_views(id("id", &request.id)?).await
    }

    /// Begins a checklist. One that was begun already is returned as it is.
    ///
    /// # Errors
    /// `invalid` where the template was never published.
    pub async fn begin_checklist(&self, request: BeginChecklistRequest) -> Result<ChecklistView, ApiError> {
        let (release, template) = (id("release_id", &request.release_id)?, id("template_id", &request.template_id)?);
        let begun = self.engine.begin_checklist(&self.actor, release, template).await?;
        self.checklist_view(release, begun.id).await
    }

    /// Ticks items: as many of them as can be ticked.
    ///
    /// # Errors
    /// `conflict` where none can; its `field` is `evidence` where that is what is missing.
    pub async fn tick_items(&self, request: TickItemsRequest) -> Result<ActedOnView, ApiError> {
        let deed = ItemDeed::Tick { minutes: request.minutes, note: request.note };
        self.act(&request.checklist_id, &request.item_ids, deed).await
    }

    /// Opens items again that were ticked or left out.
    ///
    /// # Errors
    /// `conflict` where something was ticked on their strength.
    pub async fn reopen_items(&self, request: ReopenItemsRequest) -> Result<ActedOnView, ApiError> {
        self.act(&request.checklist_id, &request.item_ids, ItemDeed::Reopen).await
    }

    /// Leaves optional items out.
    ///
    /// # Errors
    /// `conflict` for required ones; `invalid` without a reason.
    pub async fn skip_items(&self, request: SkipItemsRequest) -> Result<ActedOnView, ApiError> {
        self.act(&request.checklist_id, &request.item_ids, ItemDeed::Skip { reason: request.reason }).await
    }

    /// Gives items to somebody.
    ///
    /// # Errors
    /// `invalid` for a name or a time that can't be used.
    pub async fn assign_items(&self, request: AssignItemsRequest) -> Result<ActedOnView, ApiError> {
        let due = request.due.as_deref().filter(|text| !text.trim().is_empty()).map(|text| time("due", text)).transpose()?;
        self.act(&request.checklist_id, &request.item_ids, ItemDeed::Assign { assignee: request.assignee, due }).await
    }

    async fn act(&self, checklist: &str, items: &[String], deed: ItemDeed) -> Result<ActedOnView, ApiError> {
        let items: Vec<ChecklistItemId> = items.iter().map(|text| id("item_ids", text)).collect::<Result<_, _>>()?;
        let acted = self.engine.act_on_items(&self.actor, id("checklist_id", checklist)?, &items, &deed).await?;
        let refused = acted.refused.iter().map(|(id, refusal)| RefusedItemView {
            id: id.to_string(),
            message: refusal.to_string(),
            next_step: refusal.next_step().to_owned(),
        });
        Ok(ActedOnView {
            refused: refused.collect(),
            done: acted.done.iter().map(ToString::to_string).collect(),
            checklist: self.checklist_view(acted.checklist.release_id, acted.checklist.id).await?,
        })
    }

    async fn checklist_views(&self, release: ReleaseId) -> Result<Vec<ChecklistView>, ApiError> {
        let now = self.engine.now();
        Ok(self.engine.release_checklists(release).await?.iter().map(|known| ChecklistView::new(known, now)).collect())
    }

    pub(crate) async fn checklist_view(&self, release: ReleaseId, checklist: ChecklistId) -> Result<ChecklistView, ApiError> {
        let wanted = Some(checklist.to_string());
        let found = self.checklist_views(release).await?.into_iter().find(|view| view.id == wanted);
        found.ok_or_else(|| StoreError::NotFound { kind: "checklist", id: checklist.to_string() }.into())
    }
}
