//! Somebody starts a run in a provider's console. It is told of once, asks for a reason, and is explained; our own runs never are, also
//! where the answers to their triggers were lost.

use super::elsewhere::{Elsewhere, forget};
use super::rig::{Rig, has_session};
use pilothouse_api::{
    ErrorCode, ExplainUnplannedRunRequest, InboxItem, InboxKind, ListUnplannedRunsRequest, UnplannedRunView, UnplannedStateWord,
    VerifyAuditRequest,
};
use pilothouse_domain::ConnectionId;
use pilothouse_engine::ports::ProviderRegistry as _;
use pilothouse_engine::ports::store::AuditFilter;
use pilothouse_providers::Registry;
use pilothouse_range::{Fault, Operation, Order};

async fn runs(rig: &Rig) -> Vec<UnplannedRunView> {
    rig.api().list_unplanned_runs(ListUnplannedRunsRequest::default()).await.unwrap()
}

async fn asked(rig: &Rig) -> Vec<InboxItem> {
    let items = rig.api().inbox().await.unwrap();
    items.into_iter().filter(|item| item.kind == InboxKind::UnplannedRun).collect()
}

/// Waits until the pipelines were looked at for the first time: what runs from here on is new.
async fn is_watched(rig: &Rig, connection: ConnectionId, place: &Elsewhere) {
    let (repository, pipelines) = place.place();
    rig.until(|| async {
        let marks = rig.host.engine().store().pipeline_marks(connection, &repository).await.unwrap();
        pipelines.iter().all(|wanted| marks.iter().any(|mark| mark.pipeline == *wanted)).then_some(())
    })
    .await;
}

/// Deploys to staging, where the answer to the trigger is lost.
async fn deploy_with_a_lost_answer(rig: &Rig, version: &str) {
    let release = rig.release(version).await;
    rig.range.faults().order(Order::once(Fault::DropAfterAccept).on_operation(Operation::Dispatch)).unwrap();
    let done = rig.deploy(&release, "staging").await;
    assert_eq!(rig.runs_of(&done), 1);
}

async fn a_run_of_somebody_else_is_told_of_once(which: fn(&Rig) -> Elsewhere) {
    if !has_session("a run that somebody else started") {
        return;
    }
    let rig = Rig::start().await;
    let place = which(&rig);
    let connection = place.deploys_all_of(&rig).await;
    let id: ConnectionId = connection.parse().unwrap();
    is_watched(&rig, id, &place).await;
    deploy_with_a_lost_answer(&rig, "1.1.0").await;

    let (by_hand, secret) = place.by_hand("1.2.0");
    let stored = rig.host.engine().store().connection(id).await.unwrap();
    let somebody = Registry::default().connect(&stored, secret).unwrap();
    somebody.trigger(&place.place().0, &by_hand).await.unwrap();
    let seen = rig.until(|| async { runs(&rig).await.into_iter().find(|run| run.state == UnplannedStateWord::Open) }).await;
    assert!(seen.environments.iter().any(|environment| environment.name == "staging"), "{seen:#?}");
    assert!(seen.started_by.is_some() && !seen.url.is_empty(), "{seen:#?}");
    let cell = rig.api().overview().await.unwrap().products[0].cells[0].clone();
    assert_eq!(cell.unplanned_runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), [seen.id.as_str()]);

    deploy_with_a_lost_answer(&rig, "1.2.0").await;
    // Whatever was not looked at yet is looked at now.
    rig.host.engine().observe_once().await.unwrap();
    let all = runs(&rig).await;
    assert_eq!(all.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), [seen.id.as_str()], "{all:#?}");
    assert_eq!(asked(&rig).await[0].unplanned_run_id.as_deref(), Some(seen.id.as_str()));

    let explain = |reason: &str| ExplainUnplannedRunRequest { id: seen.id.clone(), reason: reason.to_owned(), release_id: None };
    let refused = rig.api().explain_unplanned_run(explain("  ")).await.unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("reason")));
    let explained = rig.api().explain_unplanned_run(explain("A hotfix at night")).await.unwrap();
    assert_eq!((explained.state, explained.explained_by.as_deref()), (UnplannedStateWord::Explained, Some("Mira Okafor")));
    assert_eq!(asked(&rig).await, []);
    rig.host.engine().observe_once().await.unwrap();
    assert_eq!(asked(&rig).await, [], "and isn't asked again");

    let filter = AuditFilter { subject_id: Some(seen.id.clone()), ..AuditFilter::default() };
    let events = rig.host.engine().store().audit(&filter).await.unwrap();
    let actions: Vec<&str> = events.iter().map(|event| event.entry.action.as_str()).collect();
    assert!(actions.contains(&"unplanned_run.explained") && actions.last() == Some(&"unplanned_run.seen"), "{actions:?}");
    assert!(rig.api().verify_audit(VerifyAuditRequest { kept_head: None }).await.unwrap().fault.is_none());
    forget(&rig, &connection).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_from_githubs_console() {
    a_run_of_somebody_else_is_told_of_once(Elsewhere::github).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_from_gitlabs_console() {
    a_run_of_somebody_else_is_told_of_once(Elsewhere::gitlab).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_from_jenkinss_console() {
    a_run_of_somebody_else_is_told_of_once(Elsewhere::jenkins).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_from_codepipelines_console() {
    a_run_of_somebody_else_is_told_of_once(Elsewhere::codepipeline).await;
}
