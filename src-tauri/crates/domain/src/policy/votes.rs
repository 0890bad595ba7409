//! Rules about votes: who may give one, and whether there are enough.

use super::release::state_blocker;
use super::{Blocker, Clearance, Facts, Gate};
use crate::approval::{Tally, Verdict, content_hash, expires_at, tally};
use crate::product::Environment;
use crate::release::{Release, ReleaseState};
use crate::{Actor, Timestamp};

pub(super) fn vote(facts: &Facts<'_>, by: &Actor, verdict: Verdict, now: Timestamp) -> Vec<Blocker> {
    let release = facts.release;
    let open = match &release.state {
        ReleaseState::Planned | ReleaseState::InApproval { .. } => true,
        // Taking an approval back stays possible until the first deployment.
        ReleaseState::Approved { .. } => true,
        ReleaseState::InProgress { .. } => verdict == Verdict::Approved || is_changed_on_the_way(facts),
        ReleaseState::Verifying { .. } => is_changed_on_the_way(facts),
        ReleaseState::Draft | ReleaseState::Completed { .. } | ReleaseState::RolledBack { .. } | ReleaseState::Aborted { .. } => false,
    };
    if !open {
        return vec![state_blocker(
            release,
            &format!("Votes are taken while a release is planned or in approval; it is {}.", release.state.label()),
        )];
    }
    let hash = content_hash(&release.version, &release.source, release.plan.as_ref());
    // A vote that is too old in some environment of the plan may be given anew.
    let planned = facts.environments.iter().filter(|e| release.planned(e.id).is_some());
    let has_expired = |at| planned.clone().any(|e| expires_at(at, &e.rules).is_some_and(|end| end <= now));
    let again = facts.approvals.iter().any(|a| a.by == *by && a.content_hash == hash && a.verdict == verdict && !has_expired(a.at));
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

/// True while the release goes somewhere in phases that were changed on the way: what comes is voted on anew.
fn is_changed_on_the_way(facts: &Facts<'_>) -> bool {
    let of_release = facts.deployments.iter().filter(|d| d.release_id == facts.release.id && !d.state.is_terminal());
    of_release.into_iter().any(|d| !d.phase_changes.is_empty())
}

/// A plan that somebody has rejected isn't asked about again until it has changed.
pub(super) fn rejected(facts: &Facts<'_>) -> Option<Blocker> {
    let release = facts.release;
    let hash = content_hash(&release.version, &release.source, release.plan.as_ref());
    let no = facts.approvals.iter().find(|vote| vote.content_hash == hash && vote.verdict == Verdict::Rejected)?;
    Some(Blocker {
        gate: Gate::Approvals,
        title: format!("{} rejected this plan", no.by),
        detail: rejection_words(&no.comment),
        cleared_by: Clearance::Planning,
    })
}

fn rejection_words(comment: &str) -> String {
    if comment.is_empty() { "Change the plan and ask again.".to_owned() } else { format!("“{comment}” Change the plan and ask again.") }
}

pub(super) fn approvals(facts: &Facts<'_>, environment: &Environment, now: Timestamp) -> Option<Blocker> {
    let (release, rules) = (facts.release, &environment.rules);
    let hash = content_hash(&release.version, &release.source, release.plan.as_ref());
    let tally = tally(facts.approvals, &hash, release, rules, now);
    if tally.is_enough() {
        return None;
    }
    let title = match (tally.rejection, tally.missing(), rules.least_approvals_for(release)) {
        (Some(no), ..) => format!("{} rejected this plan", no.by),
        (None, _, 1) => "Approval is missing".to_owned(),
        (None, missing, wanted) => format!("{missing} of {wanted} approvals {} missing", if missing == 1 { "is" } else { "are" }),
    };
    let mut detail = match tally.rejection {
        Some(no) => rejection_words(&no.comment),
        None => who_can(release, environment, &tally),
    };
    if tally.rejection.is_none() {
        match tally.expired {
            0 => {}
            1 => detail.push_str(&format!(" An earlier approval is older than {}.", hours(rules.approval_hours))),
            _ => detail.push_str(&format!(" Earlier approvals are older than {}.", hours(rules.approval_hours))),
        }
        match tally.void {
            0 => {}
            1 => detail.push_str(" An earlier approval is void: the content has changed since."),
            _ => detail.push_str(" Earlier approvals are void: the content has changed since."),
        }
    }
    Some(Blocker { gate: Gate::Approvals, title, detail, cleared_by: Clearance::Vote })
}

/// Who asks for it, and who can give it.
fn who_can(release: &Release, environment: &Environment, tally: &Tally<'_>) -> String {
    let rules = &environment.rules;
    let requester = release.approval_requested_by.as_ref().filter(|by| !rules.requester_approval && **by != release.drafted_by);
    let mut others = Vec::new();
    if !rules.self_approval {
        others.push(format!("{}, who drafted it", release.drafted_by));
    }
    if let Some(by) = requester {
        others.push(format!("{by}, who asked for votes"));
    }
    let spoken_for = tally.absent.len().max(usize::from(!tally.absent_roles.is_empty()));
    let is_open = tally.wanted.saturating_sub(tally.counted.len()) > spoken_for;
    let named = (!tally.absent.is_empty()).then(|| match tally.absent.as_slice() {
        [only] => format!("{only} has to give it."),
        more => format!("{} have to give it.", more.join(" and ")),
    });
    let roles = tally.absent_roles.iter().map(|role| match role.members.as_slice() {
        [] => format!("Somebody who is {} has to be among them, and nobody is yet: see the product’s team.", role.name),
        [only] => format!("{only} has to be among them, as {}.", role.name),
        members => format!("One of {} has to be among them, as {}.", members.join(", "), role.name),
    });
    let roles: Vec<String> = roles.collect();
    let anybody = match (others.is_empty(), is_open || (named.is_none() && roles.is_empty())) {
        (_, false) => None,
        (true, true) => Some("Anybody on the team can give it.".to_owned()),
        (false, true) => Some(format!("Anybody but {}, can give it.", others.join(", and "))),
    };
    let asks = match rules.path_of(release) {
        Some(_) => format!("{} asks for it on its path for hotfixes.", environment.name),
        None => format!("{} asks for it.", environment.name),
    };
    let said: Vec<String> = std::iter::once(asks).chain(named).chain(roles).chain(anybody).collect();
    said.join(" ")
}

fn hours(hours: u16) -> String {
    if hours == 1 { "1 hour".to_owned() } else { format!("{hours} hours") }
}
