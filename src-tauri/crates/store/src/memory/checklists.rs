//! Checklists, their templates, and evidence with the content of its files.

use super::MemoryStore;
use super::lists::{by_name, newest, one, sorted};
use super::tables::{Applied, Tables};
use async_trait::async_trait;
use pilothouse_domain::checklist::{Checklist, ChecklistTemplate};
use pilothouse_domain::evidence::{ContentDigest, Evidence, EvidenceContent, EvidenceOwnerKind};
use pilothouse_domain::{ChecklistId, ChecklistTemplateId, EvidenceId, ProductId};
use pilothouse_engine::ports::checklist_store::{ChecklistFilter, ChecklistStore, EvidenceWrite};
use pilothouse_engine::ports::store::StoreError;
use std::sync::Arc;
use uuid::Uuid;

#[async_trait]
impl ChecklistStore for MemoryStore {
    async fn checklist_templates(&self, product: Option<ProductId>) -> Result<Vec<ChecklistTemplate>, StoreError> {
        let keep = |row: &ChecklistTemplate| product.is_none_or(|id| row.product_id == id);
        Ok(sorted(&self.database.lock().tables.checklist_templates, keep, |row| by_name(&row.name, row.id.uuid())))
    }

    async fn checklist_template(&self, id: ChecklistTemplateId) -> Result<ChecklistTemplate, StoreError> {
        one(&self.database.lock().tables.checklist_templates, id.uuid())
    }

    async fn checklists(&self, filter: &ChecklistFilter) -> Result<Vec<Checklist>, StoreError> {
        let tables = &self.database.lock().tables;
        let is_open = |row: &Checklist| tables.releases.get(&row.release_id.uuid()).is_some_and(|release| !release.state.is_terminal());
        let keep = |row: &Checklist| {
            filter.product.is_none_or(|id| row.product_id == id)
                && filter.release.is_none_or(|id| row.release_id == id)
                && filter.template.is_none_or(|id| row.template_id == id)
                && (!filter.open_only || is_open(row))
        };
        newest(&tables.checklists, keep, |row| row.begun_at, None, filter.limit)
    }

    async fn checklist(&self, id: ChecklistId) -> Result<Checklist, StoreError> {
        one(&self.database.lock().tables.checklists, id.uuid())
    }

    async fn evidence_of(&self, kind: EvidenceOwnerKind, owner: Uuid) -> Result<Vec<Evidence>, StoreError> {
        let keep = |row: &Evidence| row.owner.kind == kind && row.owner.id == owner;
        Ok(sorted(&self.database.lock().tables.evidence, keep, |row| (row.at, row.id)))
    }

    async fn evidence(&self, id: EvidenceId) -> Result<Evidence, StoreError> {
        one(&self.database.lock().tables.evidence, id.uuid())
    }

    async fn evidence_content(&self, digest: &ContentDigest) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.database.lock().tables.contents.get(digest).map(|content| content.to_vec()))
    }
}

impl Tables {
    /// Writes a piece of evidence, its content where that is new, and takes away a content that nothing needs any more.
    pub(super) fn put_evidence(&mut self, change: &EvidenceWrite, applied: &mut Applied) -> Result<(), StoreError> {
        let evidence = &change.evidence;
        if let (Some(digest), Some(content)) = (evidence.kept_digest(), &change.content) {
            self.contents.entry(digest.clone()).or_insert_with(|| Arc::clone(content));
        }
        self.put(evidence, |tables| &mut tables.evidence, applied)?;
        match (&evidence.content, evidence.kept_digest()) {
            (EvidenceContent::File { .. }, Some(digest)) if !self.contents.contains_key(digest) => {
                Err(StoreError::NotFound { kind: "evidence_content", id: digest.to_string() })
            }
            (EvidenceContent::File { .. }, None) => {
                self.drop_unneeded_contents();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes away the contents that no evidence has.
    pub(super) fn drop_unneeded_contents(&mut self) {
        let evidence = &self.evidence;
        self.contents.retain(|digest, _| evidence.values().any(|row| row.kept_digest() == Some(digest)));
    }

    /// What goes along with an environment.
    pub(super) fn drop_checklists(&mut self, gone: impl Fn(pilothouse_domain::EnvironmentId, ProductId) -> bool) {
        self.checklist_templates.retain(|_, row| !gone(row.environment_id, row.product_id));
        self.checklists.retain(|_, row| !gone(row.environment_id, row.product_id));
    }
}

/// The content of files by digest.
pub(super) type Contents = std::collections::BTreeMap<ContentDigest, Arc<[u8]>>;
