//! What may be done with a release besides its next step. Asks the machine and policy; decides nothing itself.

use crate::scene::Scene;
use pilothouse_domain::approval::Verdict;
use pilothouse_domain::policy::Action;
use pilothouse_domain::release::{Plan, ReleaseEvent, apply};
use pilothouse_domain::{Actor, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;

/// What may be done with a release now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CanView {
    /// Give it a plan, or another one.
    pub plan: bool,
    /// Edit its notes.
    pub edit_notes: bool,
    /// Give it another version.
    pub edit_version: bool,
    /// Ask for votes.
    pub request_approval: bool,
    /// Vote for it.
    pub approve: bool,
    /// Vote against it.
    pub reject: bool,
    /// Close it.
    pub complete: bool,
    /// Give it up.
    pub abort: bool,
    /// Mark it bad.
    pub mark_bad: bool,
    /// Take the bad mark back.
    pub unmark: bool,
}

impl CanView {
    pub(crate) fn new(scene: &Scene<'_>, actor: &Actor, now: Timestamp) -> Self {
        let release = scene.release;
        let takes = |event| apply(release, event, now).is_ok();
        let allowed = |action: &Action| scene.blockers(action, None, now).is_empty();
        let vote = |verdict| allowed(&Action::Vote { by: actor.clone(), verdict });
        let under_way = scene.product.deployments.iter().any(|d| d.release_id == release.id && !d.state.is_terminal());
        let plan = Plan { environments: Vec::new(), remarks: String::new() };
        Self {
            plan: takes(ReleaseEvent::Planned { plan, needs_no_approval: false }),
            edit_notes: true,
            edit_version: takes(ReleaseEvent::Reopened),
            request_approval: allowed(&Action::RequestApproval),
            approve: vote(Verdict::Approved),
            reject: vote(Verdict::Rejected),
            complete: allowed(&Action::Complete),
            abort: !under_way && takes(ReleaseEvent::Aborted { reason: String::new() }),
            mark_bad: release.marked_bad.is_none(),
            unmark: release.marked_bad.is_some(),
        }
    }
}
