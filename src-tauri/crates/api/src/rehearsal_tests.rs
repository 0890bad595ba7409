//! Rehearsals through the whole api, over a store in memory: what would be refused is told before, and nothing is triggered.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;
use std::time::Duration;

fn request(release: &ReleaseDetail) -> RehearseRequest {
    RehearseRequest { id: release.release.id.clone(), from: None }
}

#[tokio::test]
async fn each_stage_is_judged_at_its_time_as_if_those_before_had_gone_well() {
    let rig = Rig::new();
    let product = rig
        .product(|product| {
            product.environments[1].rules.required_approvals = 1;
            product.environments[1].rules.soak_minutes = 120;
        })
        .await;
    let release = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    let evening = rig.world.now().plus(Duration::from_secs(2 * 3_600));
    let freeze = PutCalendarWindowRequest {
        id: None,
        revision: 0,
        effect: WindowEffectWord::Deny,
        name: "Evening".into(),
        reason: "Closing".into(),
        scope: WindowScopeDto::Everything,
        times: WindowTimesDto {
            begins: evening.as_datetime().format("%Y-%m-%dT%H:%M:%S").to_string(),
            ends: evening.plus(Duration::from_secs(36_000)).as_datetime().format("%Y-%m-%dT%H:%M:%S").to_string(),
            time_zone: "UTC".into(),
            ..WindowTimesDto::default()
        },
        owner: String::new(),
        is_enabled: true,
        hotfixes_pass: false,
    };
    rig.api.put_calendar_window(freeze).await.unwrap();
    let events = rig.api.audit_page(AuditPageRequest::default()).await.unwrap().len();
    let rehearsal = rig.api.rehearse_release(request(&release)).await.unwrap();
    let [staging, production] = rehearsal.stages.as_slice() else { panic!("{rehearsal:?}") };
    assert_eq!((staging.blockers.len(), staging.pipelines.len()), (0, 1), "{staging:?}");
    assert!(staging.pipelines[0].faults.is_empty(), "{staging:?}");
    // Neither "not verified in staging" nor the soak: it would begin when that is over, which is during the freeze.
    let gates: Vec<GateWord> = production.blockers.iter().map(|blocker| blocker.gate).collect();
    assert_eq!(gates, [GateWord::Approvals, GateWord::Freeze], "{production:?}");
    assert!(production.begins > staging.ends && rehearsal.refusals == 2, "{rehearsal:?}");
    assert_eq!(rig.started(), 0);
    assert_eq!(rig.api.audit_page(AuditPageRequest::default()).await.unwrap().len(), events, "nothing is written");

    // What is scheduled keeps its time.
    let monday = evening.plus(Duration::from_secs(48 * 3_600));
    let start = ScheduleStartRequest {
        release_id: release.release.id.clone(),
        environment_id: production.environment_id.clone(),
        at: monday.as_datetime().format("%Y-%m-%dT%H:%M:%S").to_string(),
        time_zone: "UTC".into(),
        remarks: String::new(),
    };
    rig.api.schedule_start(start).await.unwrap();
    let rehearsal = rig.api.rehearse_release(request(&release)).await.unwrap();
    assert!(rehearsal.stages[1].is_scheduled && rehearsal.stages[1].blockers.len() == 1, "{rehearsal:?}");
}

#[tokio::test]
async fn a_pipeline_that_does_not_take_what_it_is_handed_is_found_before_the_day() {
    let rig = Rig::new();
    let product = rig
        .product(|product| {
            let literal = InputDto { name: "colour".into(), value: InputValueDto::Literal { text: "green".into() } };
            product.environments[1].deploy.inputs.push(literal);
        })
        .await;
    let draft = rig.draft(&product, "1.2.0").await;
    assert_eq!(rig.api.rehearse_release(request(&draft)).await.unwrap_err().code, ErrorCode::Invalid, "there is no plan yet");
    let release = rig.plan(&draft).await;
    let rehearsal = rig.api.rehearse_release(request(&release)).await.unwrap();
    assert!(rehearsal.stages[0].pipelines[0].faults.is_empty(), "{rehearsal:?}");
    assert!(rehearsal.stages[1].pipelines.iter().any(|p| p.faults.iter().any(|f| f.contains("no input colour"))), "{rehearsal:?}");
    rig.deploy_through(&release, 0).await;
    assert!(rig.api.rehearse_release(request(&release)).await.unwrap().stages[0].is_done);
    *rig.world.outage.lock().unwrap() = Some(crate::rig::unreachable());
    let dark = rig.api.rehearse_release(request(&release)).await.unwrap();
    assert!(!dark.stages[1].pipelines[0].faults.is_empty(), "what can't be looked at is told: {dark:?}");
}
