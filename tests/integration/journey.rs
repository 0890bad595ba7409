//! The product's main job without a window: from plan through staging to production, an incident, and the way back.

use super::rig::{Rig, has_session};
use pilothouse_api::{
    ChainHeadDto, DeploymentStateWord as State, ErrorCode, GateWord, IdRequest, ListIncidentsRequest, ListLocksRequest, RollbackWayChoice,
    StartDeploymentRequest, StartRollbackRequest, VerifyAuditRequest,
};
use pilothouse_range::{Fault, Order};

#[tokio::test]
async fn a_release_goes_to_production_turns_bad_and_is_rolled_back() {
    if !has_session("the journey") {
        return;
    }
    let rig = Rig::start().await;
    let api = rig.api();

    let first = rig.release("1.1.0").await;
    let refused = api
        .start_deployment(StartDeploymentRequest { release_id: first.release.id.clone(), environment_id: rig.environment("production") })
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::Blocked);
    assert!(refused.blockers.iter().any(|b| b.gate == GateWord::Upstream), "{refused:#?}");
    rig.deploy(&first, "staging").await;
    rig.deploy(&first, "production").await;

    let second = rig.release("1.2.0").await;
    rig.deploy(&second, "staging").await;
    let live = rig.deploy(&second, "production").await;
    assert_eq!(rig.runs_of(&live), 1);

    let fault =
        Fault::TurnBad { version: "1.2.0".to_owned(), environment: Some("production".to_owned()), after_ms: None, after_requests: None };
    rig.range.faults().order(Order::until_cleared(fault)).unwrap();
    let incident = rig
        .until(|| async {
            let open = ListIncidentsRequest { product_id: None, environment_id: None, open_only: true, limit: 10 };
            api.list_incidents(open).await.unwrap().pop()
        })
        .await;
    assert_eq!((incident.environment.as_str(), incident.version.as_deref()), ("production", Some("1.2.0")));

    let options = api.rollback_options(IdRequest { id: rig.environment("production") }).await.unwrap();
    assert_eq!(options.targets.iter().map(|t| t.version.as_str()).collect::<Vec<_>>(), ["1.1.0"]);
    let rollback = api
        .start_rollback(StartRollbackRequest {
            environment_id: rig.environment("production"),
            release_id: options.targets[0].release_id.clone(),
            reason: "503 from every instance".to_owned(),
            way: RollbackWayChoice::AsSet,
        })
        .await
        .unwrap();
    let back = rig.ends(&rollback.id, State::Succeeded).await;
    assert_eq!((back.version.as_str(), back.parent_id.as_deref()), ("1.1.0", Some(live.id.as_str())));
    assert_eq!(rig.runs_of(&back), 1);

    let locks = api.list_locks(ListLocksRequest { product_id: None }).await.unwrap();
    assert!(locks[0].reason.contains("1.2.0"), "the lock names the bad version: {}", locks[0].reason);
    let bad = api.get_release(IdRequest { id: second.release.id.clone() }).await.unwrap();
    assert!(bad.release.marked_bad.is_some());
    let refused = api
        .start_deployment(StartDeploymentRequest { release_id: second.release.id, environment_id: rig.environment("production") })
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::Blocked);
    assert!(refused.blockers.iter().any(|b| b.gate == GateWord::Lock), "{refused:#?}");

    // The checks see the earlier version: the incident ends by itself.
    rig.until(|| async {
        let all = ListIncidentsRequest { product_id: None, environment_id: None, open_only: false, limit: 10 };
        api.list_incidents(all).await.unwrap().into_iter().find(|i| i.id == incident.id && i.closed_at.is_some())
    })
    .await;

    let head: ChainHeadDto = api.audit_head().await.unwrap();
    let report = api.verify_audit(VerifyAuditRequest { kept_head: Some(head.clone()) }).await.unwrap();
    assert!(report.fault.is_none(), "{report:#?}");
    let forged = ChainHeadDto { seq: head.seq, hash: head.hash.chars().rev().collect() };
    let report = api.verify_audit(VerifyAuditRequest { kept_head: Some(forged) }).await.unwrap();
    assert!(report.fault.is_some(), "a head that never was is taken for real");
    rig.stop().await;
}
