//! Phases changed while a deployment is under way, through the whole api: what lapses, what holds, what goes on, and who is too late.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::{Rig, watched_phase};
use crate::*;

/// Staging in three phases that are watched; so many approvals are asked for.
async fn begun(approvals: u8) -> (Rig, ReleaseDetail, DeploymentView) {
    let rig = Rig::new();
    let product = rig
        .product(|product| {
            let phase = |name, weight_percent| watched_phase(name, weight_percent, vec![PhaseGateDto::Health]);
            let phases = vec![phase("Canary", 10), phase("Half", 50), phase("Everybody", 100)];
            product.environments[0].rollout = RolloutDto { phases, on_failure: OnFailureDto::Ask };
            product.environments[0].rules.required_approvals = approvals;
        })
        .await;
    let mut release = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    for name in ["Jonas Lind", "Priya Raman"].iter().take(approvals.into()) {
        release = vote(&rig, name, &release, VerdictWord::Approved).await.unwrap();
    }
    let id = rig.deploy(&release, 0).await.id;
    let watched = rig.until(&id, |view| view.phases[0].watch.as_ref().is_some_and(|watch| !watch.findings.is_empty())).await;
    (rig, release, watched)
}

async fn vote(rig: &Rig, name: &str, release: &ReleaseDetail, verdict: VerdictWord) -> Result<ReleaseDetail, ApiError> {
    let content_hash = rig.again(release).await.content_hash;
    let request = VoteRequest { id: release.release.id.clone(), verdict, comment: "looked at it".into(), content_hash };
    rig.as_person(name).vote(request).await
}

fn edit(view: &DeploymentView, change: impl FnOnce(&mut Vec<PlannedPhaseDto>)) -> ChangePhasesRequest {
    let mut phases: Vec<PlannedPhaseDto> = view.phases.iter().map(|phase| phase.planned.clone()).collect();
    change(&mut phases);
    let seen = u32::try_from(view.phase_changes.len()).unwrap();
    ChangePhasesRequest { id: view.id.clone(), phases, seen, reason: "half is too much at once".into() }
}

#[tokio::test]
async fn a_change_voids_votes_holds_the_next_phase_and_goes_on_once_it_is_approved_again() {
    let (rig, release, view) = begun(2).await;
    assert!(view.can.change_phases && view.phases[1].is_to_come && !view.phases[0].is_to_come);
    let wanted = edit(&view, |phases| phases[1].weight_percent = 30);
    let outlook = rig.api.preview_phases(ChangePhasesRequest { reason: String::new(), ..wanted.clone() }).await.unwrap();
    assert_eq!(outlook.lapsing, ["Jonas Lind", "Priya Raman"]);
    assert_eq!(
        (outlook.changes.len(), outlook.changes[0].what.as_str(), outlook.changes[0].before.as_str(), outlook.changes[0].after.as_str()),
        (1, "share of Half", "50 %", "30 %")
    );
    let held = outlook.held.unwrap();
    assert_eq!((held.gate, held.title.as_str()), (GateWord::Approvals, "2 of 2 approvals are missing"));
    assert_eq!(rig.again(&release).await.content_hash, release.content_hash, "a look changes nothing");

    let changed = rig.api.change_phases(wanted).await.unwrap();
    assert_eq!((changed.phases[1].weight_percent, changed.phase_changes[0].reason.as_str()), (30, "half is too much at once"));
    let seen = rig.again(&release).await;
    assert_ne!(seen.content_hash, release.content_hash);
    assert_eq!(seen.plan.as_ref().unwrap().environments[0].rollout.phases[1].weight_percent, 30, "the plan is what runs");
    assert!(seen.approvals.iter().all(|vote| vote.is_void));
    let difference = seen.plan_difference.clone().unwrap();
    assert_eq!((difference.is_own, difference.changes[0].what.as_str()), (true, "share of Half"));

    let asks = rig.until(&view.id, |view| view.question.is_some()).await;
    let question = asks.question.as_ref().unwrap();
    assert_eq!((question.question, rig.started()), (QuestionWord::BlockedAtStart, 1), "the phase that was watched ran to its end");
    assert!(question.message.contains("2 of 2 approvals are missing"), "{}", question.message);
    let blockers = &rig.again(&release).await.environments[0].blockers;
    let blocker = blockers.iter().find(|blocker| blocker.gate == GateWord::Approvals).unwrap();
    assert_eq!(blocker.title, "2 of 2 approvals are missing", "in the same words where it is said why it is blocked");
    assert!(blocker.detail.contains("Earlier approvals are void"), "{}", blocker.detail);
    let priya = rig.as_person("Priya Raman");
    assert!(priya.inbox().await.unwrap().iter().any(|item| item.kind == InboxKind::Approval), "approvers are asked anew");

    vote(&rig, "Jonas Lind", &release, VerdictWord::Approved).await.unwrap();
    assert!(rig.api.get_deployment(IdRequest { id: view.id.clone() }).await.unwrap().question.is_some(), "one is not enough");
    vote(&rig, "Priya Raman", &release, VerdictWord::Approved).await.unwrap();
    let done = rig.until(&view.id, |view| view.ended_at.is_some()).await;
    assert_eq!((done.state, rig.started()), (DeploymentStateWord::Succeeded, 3), "it went on by itself");
    let page = AuditPageRequest { product_id: None, subject_id: None, before: None, limit: 200 };
    let audit = rig.api.audit_page(page).await.unwrap();
    let actions: Vec<&str> = audit.iter().map(|event| event.action.as_str()).collect();
    for action in ["deployment.phases_changed", "release.phases_changed", "deployment.approved_anew"] {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }
}

#[tokio::test]
async fn a_change_that_nobody_has_to_approve_goes_on_and_what_was_rejected_does_not() {
    let (rig, _, view) = begun(0).await;
    let outlook = rig.api.preview_phases(edit(&view, |phases| drop(phases.remove(1)))).await.unwrap();
    assert_eq!((outlook.held, outlook.lapsing), (None, Vec::<String>::new()));
    rig.api.change_phases(edit(&view, |phases| drop(phases.remove(1)))).await.unwrap();
    let done = rig.until(&view.id, |view| view.ended_at.is_some()).await;
    assert_eq!((done.state, done.phases.len(), rig.started()), (DeploymentStateWord::Succeeded, 2, 2));

    let (rig, release, view) = begun(1).await;
    vote(&rig, "Jonas Lind", &release, VerdictWord::Rejected).await.unwrap_err();
    rig.api.change_phases(edit(&view, |phases| phases[1].bake_seconds = 0)).await.unwrap();
    vote(&rig, "Jonas Lind", &release, VerdictWord::Rejected).await.unwrap();
    let asks = rig.until(&view.id, |view| view.question.is_some()).await;
    assert!(asks.question.unwrap().message.contains("Jonas Lind rejected this plan"));
}

#[tokio::test]
async fn who_is_too_late_changes_nothing() {
    let (rig, release, view) = begun(0).await;
    let mine = edit(&view, |phases| phases[1].weight_percent = 40);
    let theirs = edit(&view, |phases| phases[1].weight_percent = 60);
    rig.as_person("Jonas Lind").change_phases(theirs).await.unwrap();
    let late = rig.api.change_phases(mine).await.unwrap_err();
    assert_eq!(late.code, ErrorCode::Conflict);
    assert!(late.message.contains("Jonas Lind has changed its phases meanwhile"), "{late:?}");
    let now = rig.api.get_deployment(IdRequest { id: view.id.clone() }).await.unwrap();
    assert_eq!(
        rig.api
            .change_phases(ChangePhasesRequest { reason: " ".into(), ..edit(&now, |phases| drop(phases.remove(1))) })
            .await
            .unwrap_err()
            .code,
        ErrorCode::Invalid
    );
    let same = rig.api.change_phases(edit(&now, |_| {})).await.unwrap_err();
    assert!(same.message.contains("as they were"), "{same:?}");
    let shrinks = rig.api.change_phases(edit(&now, |phases| phases[1].weight_percent = 5)).await.unwrap_err();
    assert!(shrinks.message.contains("staging, phase 2 (Half)") && shrinks.message.contains("never shrinks"), "{shrinks:?}");

    let late = edit(&now, |phases| phases[1].weight_percent = 70);
    rig.until(&view.id, |view| view.phases[1].triggers > 0).await;
    let refused = rig.api.change_phases(late).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Conflict);
    assert!(refused.message.contains("Half has begun"), "{refused:?}");
    let planned = rig.again(&release).await.plan.unwrap().environments[0].rollout.phases[1].weight_percent;
    assert_eq!(planned, 60, "the plan is as it was");
}
