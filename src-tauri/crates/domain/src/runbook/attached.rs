//! The rollback runbook of a release: the very publication that was attached, who has acknowledged it, and where the product asks for it.

use super::content::RunbookContent;
use crate::{Actor, EnvironmentId, ProductId, ReleaseId, RunbookId, Timestamp};
use serde::{Deserialize, Serialize};

/// What is asked for in an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunbookRule {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// A release comes here only with a rollback runbook.
    pub needs_rollback: bool,
    /// Those who acknowledge it, by name; may be empty.
    pub stakeholders: Vec<String>,
}

/// The rollback runbook of a release, frozen as it was attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedRunbook {
    /// The release; it has one at most.
    pub release_id: ReleaseId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The runbook. It may be gone since.
    pub runbook_id: RunbookId,
    /// Its name then.
    pub name: String,
    /// The number of the publication.
    pub number: u32,
    /// Its text.
    pub content: RunbookContent,
    /// Where it may be run; empty for every environment.
    pub environments: Vec<EnvironmentId>,
    /// Who attached it.
    pub attached_by: Actor,
    /// When.
    pub attached_at: Timestamp,
    /// Who has read this very publication and knows their part in it, oldest first.
    pub acknowledgements: Vec<Acknowledgement>,
}

/// That somebody has read it and knows their part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// A remark; may be empty.
    pub remark: String,
}

/// Why an acknowledgement can't be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttachRefusal {
    /// Another publication was read than is attached.
    #[error("number {seen} of “{name}” was read, and number {number} is attached")]
    Another {
        /// The runbook that is attached.
        name: String,
        /// What was read.
        seen: u32,
        /// What is attached.
        number: u32,
    },
    /// They have.
    #[error("{person} has acknowledged it already")]
    Already {
        /// Who.
        person: String,
    },
}

impl AttachedRunbook {
    /// True where it may be run in an environment.
    #[must_use]
    pub fn is_for(&self, environment: EnvironmentId) -> bool {
        self.environments.is_empty() || self.environments.contains(&environment)
    }

    /// The acknowledgement of somebody, by name.
    #[must_use]
    pub fn acknowledgement(&self, name: &str) -> Option<&Acknowledgement> {
        self.acknowledgements.iter().find(|known| known.by.is_called(name))
    }

    /// Those of these stakeholders who have not acknowledged it.
    #[must_use]
    pub fn missing<'a>(&self, stakeholders: &'a [String]) -> Vec<&'a str> {
        stakeholders.iter().map(String::as_str).filter(|name| self.acknowledgement(name).is_none()).collect()
    }
}

/// The attached runbook with somebody's acknowledgement of the publication that they have read.
///
/// # Errors
/// [`AttachRefusal`]; it is unchanged then.
pub fn acknowledged(
    attached: &AttachedRunbook,
    seen: (RunbookId, u32),
    by: &Actor,
    remark: &str,
    now: Timestamp,
) -> Result<AttachedRunbook, AttachRefusal> {
    if seen != (attached.runbook_id, attached.number) {
        return Err(AttachRefusal::Another { name: attached.name.clone(), seen: seen.1, number: attached.number });
    }
    if attached.acknowledgements.iter().any(|known| known.by == *by) {
        return Err(AttachRefusal::Already { person: by.to_string() });
    }
    let mut next = attached.clone();
    next.acknowledgements.push(Acknowledgement { by: by.clone(), at: now, remark: remark.to_owned() });
    Ok(next)
}
