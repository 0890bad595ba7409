//! The part of the store that keeps checklists and evidence. Written, as everything, through [`Store::commit`](super::Store::commit).

use crate::ports::store::StoreError;
use async_trait::async_trait;
use pilothouse_domain::checklist::{Checklist, ChecklistTemplate};
use pilothouse_domain::evidence::{ContentDigest, Evidence, EvidenceOwnerKind};
use pilothouse_domain::{ChecklistId, ChecklistTemplateId, EvidenceId, ProductId, ReleaseId};
use std::sync::Arc;
use uuid::Uuid;

/// What is remembered of checklists and evidence.
#[async_trait]
pub trait ChecklistStore: Send + Sync {
    /// Templates of checklists by name, of one product or of all.
    async fn checklist_templates(&self, product: Option<ProductId>) -> Result<Vec<ChecklistTemplate>, StoreError>;
    /// One template.
    async fn checklist_template(&self, id: ChecklistTemplateId) -> Result<ChecklistTemplate, StoreError>;

    /// Checklists, last begun first.
    async fn checklists(&self, filter: &ChecklistFilter) -> Result<Vec<Checklist>, StoreError>;
    /// One checklist.
    async fn checklist(&self, id: ChecklistId) -> Result<Checklist, StoreError>;

    /// The evidence of something with all its parts, oldest first; what was taken back too.
    async fn evidence_of(&self, kind: EvidenceOwnerKind, owner: Uuid) -> Result<Vec<Evidence>, StoreError>;
    /// One piece of evidence.
    async fn evidence(&self, id: EvidenceId) -> Result<Evidence, StoreError>;
    /// The content of the files with this digest; `None` where nothing that is kept has it.
    async fn evidence_content(&self, digest: &ContentDigest) -> Result<Option<Vec<u8>>, StoreError>;
}

/// Which checklists.
#[derive(Clone, Debug, Default)]
pub struct ChecklistFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Of this release.
    pub release: Option<ReleaseId>,
    /// Made from this template.
    pub template: Option<ChecklistTemplateId>,
    /// Only those of releases that are not closed.
    pub open_only: bool,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// A piece of evidence to write. Where it was taken back, the content of its file goes, unless other evidence has the same.
#[derive(Clone, Debug)]
pub struct EvidenceWrite {
    /// The evidence.
    pub evidence: Evidence,
    /// The content, for a new file. Kept once for each digest.
    pub content: Option<Arc<[u8]>>,
}
