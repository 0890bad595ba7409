//! Hotfixes: releases that are drafted as one, with a reason, and go a different, shorter path. The path is a rule of each environment, not
//! a bypass: what it doesn't shorten holds as for every release. Must not know what is deployed where: policy judges that.

use crate::product::EnvironmentRules;
use crate::release::Release;
use crate::team::Role;
use crate::{Actor, Timestamp};
use serde::{Deserialize, Serialize};

/// That a release is a hotfix. It is said when the release is drafted, and never taken off again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hotfix {
    /// Why it can't wait, never empty.
    pub reason: String,
    /// Who said so.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// What the review after it found; `None` until it is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<HotfixReview>,
}

/// The review after a hotfix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotfixReview {
    /// What was found and what follows from it, never empty.
    pub findings: String,
    /// Who recorded it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What is different for hotfixes in an environment. All that isn't named here holds as for every release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotfixRules {
    /// Hotfixes need not come by here: a plan leaves it out, and what comes after it doesn't ask for it.
    pub is_skipped: bool,
    /// How many different people must approve a hotfix. 0 to 20.
    pub required_approvals: u8,
    /// People who must be among them, by name. At most 20.
    pub required_approvers: Vec<String>,
    /// Minutes for which it must have run in the environment before. 0 to 43,200 (30 days).
    pub soak_minutes: u32,
    /// Where documents are asked for: whether they are for hotfixes, too.
    pub needs_documents: bool,
    /// Where training is asked for: whether it is for hotfixes, too.
    pub needs_training: bool,
}

impl EnvironmentRules {
    /// The hotfix path here, where the release goes it: it is a hotfix, and there is such a path.
    #[must_use]
    pub fn path_of(&self, release: &Release) -> Option<&HotfixRules> {
        self.hotfix.as_ref().filter(|_| release.is_hotfix())
    }

    /// How many different people must approve this release.
    #[must_use]
    pub fn approvals_for(&self, release: &Release) -> u8 {
        self.path_of(release).map_or(self.required_approvals, |path| path.required_approvals)
    }

    /// Who must be among them.
    #[must_use]
    pub fn approvers_for(&self, release: &Release) -> &[String] {
        self.path_of(release).map_or(&self.required_approvers, |path| &path.required_approvers)
    }

    /// The roles of which somebody must be among them. None on a path for hotfixes.
    #[must_use]
    pub fn roles_for(&self, release: &Release) -> &[Role] {
        if self.path_of(release).is_some() { &[] } else { &self.roles }
    }

    /// How many approvals there are at least, whoever has to give them.
    #[must_use]
    pub fn least_approvals_for(&self, release: &Release) -> usize {
        let one = usize::from(!self.roles_for(release).is_empty());
        usize::from(self.approvals_for(release)).max(self.approvers_for(release).len()).max(one)
    }

    /// Whether anybody has to approve this release.
    #[must_use]
    pub fn asks_for_approval_of(&self, release: &Release) -> bool {
        self.approvals_for(release) > 0 || !self.approvers_for(release).is_empty() || !self.roles_for(release).is_empty()
    }

    /// Minutes for which this release must have run in the environment before.
    #[must_use]
    pub fn soak_for(&self, release: &Release) -> u32 {
        self.path_of(release).map_or(self.soak_minutes, |path| path.soak_minutes)
    }

    /// Whether documents are asked for.
    #[must_use]
    pub fn documents_for(&self, release: &Release) -> bool {
        self.needs_documents && self.path_of(release).is_none_or(|path| path.needs_documents)
    }

    /// Whether training is asked for.
    #[must_use]
    pub fn training_for(&self, release: &Release) -> bool {
        self.needs_training && self.path_of(release).is_none_or(|path| path.needs_training)
    }

    /// Whether this release need not come by here.
    #[must_use]
    pub fn can_be_left_out_by(&self, release: &Release) -> bool {
        self.is_optional || self.path_of(release).is_some_and(|path| path.is_skipped)
    }

    /// The path on which a hotfix is judged here, in a sentence; `None` for a release that is none.
    #[must_use]
    pub fn path_words(&self, release: &Release, environment: &str) -> Option<String> {
        release.hotfix.as_ref()?;
        let Some(path) = self.path_of(release) else {
            return Some(format!("{environment} has no path for hotfixes: the usual rules hold"));
        };
        let mut differs: Vec<String> = Vec::new();
        if path.is_skipped {
            differs.push("hotfixes need not come by here".to_owned());
        }
        if path.required_approvals != self.required_approvals || path.required_approvers != self.required_approvers {
            let wanted = usize::from(path.required_approvals).max(path.required_approvers.len());
            differs.push(match wanted {
                0 => "no approval".to_owned(),
                1 => "1 approval".to_owned(),
                many => format!("{many} approvals"),
            });
        }
        if path.soak_minutes != self.soak_minutes {
            differs.push(match path.soak_minutes {
                0 => "no soak".to_owned(),
                1 => "1 minute of soak".to_owned(),
                minutes => format!("{minutes} minutes of soak"),
            });
        }
        if self.needs_documents && !path.needs_documents {
            differs.push("documents are not asked for".to_owned());
        }
        if self.needs_training && !path.needs_training {
            differs.push("training is not asked for".to_owned());
        }
        let what = if differs.is_empty() { "the same as for every release".to_owned() } else { differs.join(", ") };
        Some(format!("Judged on the hotfix path of {environment}: {what}"))
    }
}
