//! Rules about votes: who may give one, and whether there are enough.

use super::release::state_blocker;
use super::{Blocker, Clearance, Facts, Gate};
use crate::Actor;
use crate::approval::{Verdict, content_hash, count_approvals};
use crate::product::Environment;
use crate::release::ReleaseState;

pub(super) fn vote(facts: &Facts<'_>, by: &Actor, verdict: Verdict) -> Vec<Blocker> {
    let release = facts.release;
    let open = match &release.state {
        ReleaseState::Planned | ReleaseState::InApproval { .. } => true,
        // Taking an approval back stays possible until the first deployment.
        ReleaseState::Approved { .. } => true,
        ReleaseState::InProgress { .. } => verdict == Verdict::Approved,
        ReleaseState::Draft
        | ReleaseState::Verifying { .. }
        | ReleaseState::Completed { .. }
        | ReleaseState::RolledBack { .. }
        | ReleaseState::Aborted { .. } => false,
    };
    if !open {
        return vec![state_blocker(
            release,
            &format!("Votes are taken while a release is planned or in approval; it is {}.", release.state.label()),
        )];
    }
    let hash = content_hash(&release.version, &release.source, release.plan.as_ref());
    let again = facts.approvals.iter().any(|a| a.by == *by && a.content_hash == hash && a.verdict == verdict);
    if again {
        return vec![Blocker {
            gate: Gate::Approvals,
            title: format!("{by} has voted on this plan already"),
            detail: "Each person has one vote. Somebody else can give the next one.".to_owned(),
            cleared_by: Clearance::Vote,
        }];
    }
    Vec::new()
}

pub(super) fn approvals(facts: &Facts<'_>, environment: &Environment) -> Option<Blocker> {
    let (release, rules) = (facts.release, &environment.rules);
    let wanted = usize::from(rules.required_approvals);
    let hash = content_hash(&release.version, &release.source, release.plan.as_ref());
    let have = count_approvals(facts.approvals, &hash, &release.drafted_by, rules.self_approval);
    let rejection = facts.approvals.iter().find(|a| a.content_hash == hash && a.verdict == Verdict::Rejected);
    // A rejection stops it everywhere, also where nobody has to approve it.
    if rejection.is_none() && have >= wanted {
        return None;
    }
    let void = facts.approvals.iter().filter(|a| a.content_hash != hash && a.verdict == Verdict::Approved).count();
    let title = match rejection {
        Some(no) => format!("{} rejected this plan", no.by),
        None if wanted == 1 => "Approval is missing".to_owned(),
        None => format!("{} of {wanted} approvals {} missing", wanted - have, if wanted - have == 1 { "is" } else { "are" }),
    };
    let mut detail = match rejection {
        Some(no) if !no.comment.is_empty() => format!("“{}” Change the plan and ask again.", no.comment),
        Some(_) => "Change the plan and ask again.".to_owned(),
        None if rules.self_approval => format!("{} asks for it. Anybody on the team can give it.", environment.name),
        None => format!("{} asks for it. Anybody but {}, who drafted it, can give it.", environment.name, release.drafted_by),
    };
    if void > 0 && rejection.is_none() {
        detail.push_str(if void == 1 {
            " An earlier approval is void: the content has changed since."
        } else {
            " Earlier approvals are void: the content has changed since."
        });
    }
    Some(Blocker { gate: Gate::Approvals, title, detail, cleared_by: Clearance::Vote })
}
