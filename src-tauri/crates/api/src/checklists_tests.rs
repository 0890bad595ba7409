//! Checklists through the whole api, over a store in memory: from a list that people have to a deployment that waited for it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pilothouse_domain::check::Outcome;

const LIST: &str = "# Go-live\n- [ ] Back up the ledger\n  How: see the **wiki**.\n- [ ] Tell support\n";

/// A template of the environment, with the items of [`LIST`] and what a test changes about them, published.
async fn published(
    rig: &Rig,
    environment_id: &str,
    moment: MomentWord,
    change: impl FnOnce(&mut Vec<TemplateItemBody>),
) -> ChecklistTemplateView {
    let mut request = PutChecklistTemplateRequest {
        id: None,
        revision: 0,
        environment_id: environment_id.to_owned(),
        name: "Go-live".into(),
        moment,
        items: Vec::new(),
    };
    let template = rig.api.put_checklist_template(request.clone()).await.unwrap();
    let import = ImportChecklistItemsRequest { template_id: template.id, format: ImportFormatWord::Markdown, text: LIST.into() };
    let report = rig.api.import_checklist_items(import.clone()).await.unwrap();
    assert_eq!(report.added, ["Back up the ledger", "Tell support"]);
    let again = rig.api.import_checklist_items(import).await.unwrap();
    assert_eq!((again.added.len(), again.already_there.len()), (0, 2), "nothing twice");
    (request.id, request.revision) = (Some(report.template.id.clone()), report.template.revision);
    request.items = report.template.items;
    change(&mut request.items);
    let changed = rig.api.put_checklist_template(request).await.unwrap();
    rig.api.publish_checklist_template(IdRequest { id: changed.id }).await.unwrap()
}

async fn lists(rig: &Rig, release: &ReleaseDetail) -> Vec<ChecklistView> {
    rig.api.release_checklists(IdRequest { id: release.release.id.clone() }).await.unwrap()
}

fn tick(list: &ChecklistView, items: &[usize]) -> TickItemsRequest {
    let item_ids = items.iter().map(|&at| list.items[at].id.clone()).collect();
    TickItemsRequest { checklist_id: list.id.clone().unwrap(), item_ids, minutes: Some(7), note: "fine".into() }
}

fn attach(list: &ChecklistView, item: usize, evidence: NewEvidenceBody) -> AttachEvidenceRequest {
    AttachEvidenceRequest {
        owner_kind: EvidenceOwnerWord::Checklist,
        owner_id: list.id.clone().unwrap(),
        part_id: Some(list.items[item].id.clone()),
        evidence,
    }
}

#[tokio::test]
async fn a_deployment_waits_for_the_checklist_before_it() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let staging = product.environments[0].id.clone().unwrap();
    let template = published(&rig, &staging, MomentWord::Before, |items| {
        items[0].needs_evidence = true;
        items[0].assignee = Some("Jonas Lind".into());
        let before = items[0].id.clone();
        items[1].after.push(before);
    })
    .await;
    assert_eq!((template.published_number, template.has_draft), (Some(1), false));
    let release = rig.draft(&product, "1.2.0").await;
    let planned = rig.plan(&release).await;
    let blocker = &planned.environments[0].blockers[0];
    assert_eq!((blocker.gate, blocker.cleared_by), (GateWord::Checklist, ClearedBy::Ticking));
    assert_eq!(blocker.checklist_template_id.as_deref(), Some(template.id.as_str()));
    assert!(blocker.title.contains("2 required items of “Go-live” are open") && blocker.detail.contains("with Jonas Lind"), "{blocker:?}");
    assert!(planned.environments[1].blockers.iter().all(|b| b.gate != GateWord::Checklist), "production asks for none");

    let [list] = &lists(&rig, &planned).await[..] else { panic!("one checklist") };
    assert_eq!(list.begun_by.as_deref(), Some("Mira Okafor"), "begun with the plan");
    assert_eq!(list.items[1].waits_for, ["Back up the ledger"]);
    let refused = rig.api.tick_items(tick(list, &[0])).await.unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Conflict, Some("evidence")));
    assert!(rig.api.tick_items(tick(list, &[1])).await.unwrap_err().message.contains("waits for"));

    let proof = rig.api.attach_evidence(attach(list, 0, NewEvidenceBody::Note { text: "Dump of 4 GB\nat 21:40".into() })).await.unwrap();
    let acted = rig.api.tick_items(tick(list, &[1, 0])).await.unwrap();
    assert_eq!((acted.done.len(), acted.refused.len()), (2, 0), "what comes first is ticked first");
    assert_eq!(acted.checklist.progress.told_minutes, 14);
    let done = rig.again(&release).await;
    assert_eq!(done.environments[0].blockers, [], "nothing holds it any more");
    assert!(done.environments[0].holds.iter().any(|hold| hold.gate == GateWord::Checklist));
    assert!(done.timeline.iter().any(|event| event.summary.contains("Ticked “Back up the ledger” of “Go-live” for 1.2.0 in staging")));

    let kept = rig.api.withdraw_evidence(WithdrawEvidenceRequest { id: proof.id.clone(), reason: String::new() }).await.unwrap_err();
    assert!(kept.message.contains("needs evidence"), "{kept:?}");
    let ids = vec![list.items[0].id.clone(), list.items[1].id.clone()];
    let opened = rig.api.reopen_items(ReopenItemsRequest { checklist_id: list.id.clone().unwrap(), item_ids: ids }).await.unwrap();
    assert_eq!(opened.checklist.progress.required_open, 2);
    rig.api.withdraw_evidence(WithdrawEvidenceRequest { id: proof.id, reason: "another day's".into() }).await.unwrap();
    assert_eq!(rig.again(&release).await.environments[0].blockers.len(), 1);
}

#[tokio::test]
async fn the_next_release_continues_and_an_automatic_item_needs_nobody() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let staging = product.environments[0].id.clone().unwrap();
    let template = published(&rig, &staging, MomentWord::After, |items| {
        items[0].automatic = Some(AutomaticItemWord::EnvironmentHealthy);
        items[1].is_required = false;
    })
    .await;
    let first = rig.draft(&product, "1.2.0").await;
    let planned = rig.plan(&first).await;
    let list = lists(&rig, &planned).await.remove(0);
    let item_ids = vec![list.items[1].id.clone()];
    let assign = AssignItemsRequest { checklist_id: list.id.clone().unwrap(), item_ids, assignee: Some("Ana".into()), due: None };
    rig.api.assign_items(assign).await.unwrap();
    assert_eq!(list.items[0].state, ItemStateWord::Failed, "its check was never measured");
    assert!(rig.api.tick_items(tick(&list, &[0])).await.unwrap_err().message.contains("automatic"));
    *rig.world.measured.lock().unwrap() = Outcome::Passed;
    for check in &product.environments[0].checks {
        rig.api.measure_now(IdRequest { id: check.id.clone().unwrap() }).await.unwrap();
    }
    assert_eq!(lists(&rig, &planned).await[0].items[0].state, ItemStateWord::Passed);

    let mut items = template.items;
    items[1].planned_minutes = Some(5);
    items.push(TemplateItemBody { id: "new".into(), title: "Look at the graphs".into(), automatic: None, ..items[0].clone() });
    let put = PutChecklistTemplateRequest {
        id: Some(template.id.clone()),
        revision: template.revision,
        environment_id: staging,
        name: template.name,
        moment: template.moment,
        items,
    };
    let draft = rig.api.put_checklist_template(put.clone()).await.unwrap();
    assert_eq!(draft.changes.len(), 2);
    assert_eq!(rig.api.put_checklist_template(put).await.unwrap_err().code, ErrorCode::Conflict, "an older one was read");
    rig.api.publish_checklist_template(IdRequest { id: template.id.clone() }).await.unwrap();
    let newer = lists(&rig, &planned).await[0].newer.clone().unwrap();
    assert_eq!(
        (newer.number, newer.changes.len(), newer.needs_reason),
        (2, 2, true),
        "what was begun stays as it was; nothing required is open"
    );
    let second = rig.plan(&rig.draft(&product, "1.3.0").await).await;
    let next = lists(&rig, &second).await.remove(0);
    assert_eq!((next.since_version.as_deref(), next.changes.len(), next.items.len()), (Some("1.2.0"), 2, 3));
    assert_eq!(next.items[1].assignee.as_deref(), Some("Ana"), "whoever had it has it again");
    rig.api.remove_checklist_template(IdRequest { id: template.id }).await.unwrap();
    assert_eq!(lists(&rig, &second).await.len(), 1, "what was begun stays");
}

#[tokio::test]
async fn evidence_is_shown_safely() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    published(&rig, product.environments[0].id.as_deref().unwrap(), MomentWord::Before, |_| {}).await;
    let release = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    let list = lists(&rig, &release).await.remove(0);
    let file = |name: &str, content: &[u8]| NewEvidenceBody::File { name: name.into(), content: STANDARD.encode(content) };
    let page = rig.api.attach_evidence(attach(&list, 0, file("../x.png", b"<html><script>alert(1)</script>"))).await.unwrap();
    assert_eq!((page.title.as_str(), page.media_type.as_deref(), page.can_show), ("x.png", Some("text/html"), true));
    let preview = rig.api.preview_evidence(IdRequest { id: page.id.clone() }).await.unwrap();
    assert_eq!((preview.png, preview.text.as_deref()), (None, Some("<html><script>alert(1)</script>")), "as text, letter by letter");
    let document = rig.api.attach_evidence(attach(&list, 0, file("plan.pdf", b"%PDF-1.7 x"))).await.unwrap();
    assert!(!document.can_show);
    assert!(rig.api.preview_evidence(IdRequest { id: document.id.clone() }).await.unwrap().save_only.is_some());
    let (name, content) = rig.api.evidence_content(IdRequest { id: document.id.clone() }).await.unwrap();
    assert_eq!((name.as_str(), content.as_slice()), ("plan.pdf", &b"%PDF-1.7 x"[..]));
    rig.api.withdraw_evidence(WithdrawEvidenceRequest { id: document.id.clone(), reason: String::new() }).await.unwrap();
    assert!(rig.api.evidence_content(IdRequest { id: document.id }).await.is_err());
    let wrong = NewEvidenceBody::File { name: "x".into(), content: "no base64!".into() };
    assert_eq!(rig.api.attach_evidence(attach(&list, 0, wrong)).await.unwrap_err().field.as_deref(), Some("content"));
    let link = NewEvidenceBody::Link { url: "javascript:alert(1)".into(), title: String::new() };
    assert_eq!(rig.api.attach_evidence(attach(&list, 0, link)).await.unwrap_err().field.as_deref(), Some("url"));
    assert_eq!(lists(&rig, &release).await[0].items[0].evidence.len(), 1);
}

#[tokio::test]
async fn a_checklist_takes_over_a_newer_publication() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let template = published(&rig, product.environments[0].id.as_deref().unwrap(), MomentWord::Before, |_| {}).await;
    let release = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    let list = lists(&rig, &release).await.remove(0);
    rig.api.tick_items(tick(&list, &[0])).await.unwrap();
    rig.api.attach_evidence(attach(&list, 1, NewEvidenceBody::Note { text: "told".into() })).await.unwrap();
    rig.api.tick_items(tick(&list, &[1])).await.unwrap();
    let mut items = template.items;
    items[0].title = "Back up the ledger and the files".into();
    items[1] = TemplateItemBody { id: "new".into(), title: "Look at the graphs".into(), ..items[1].clone() };
    let put = PutChecklistTemplateRequest {
        id: Some(template.id.clone()),
        revision: template.revision,
        environment_id: template.environment_id,
        name: template.name,
        moment: template.moment,
        items,
    };
    rig.api.put_checklist_template(put).await.unwrap();
    rig.api.publish_checklist_template(IdRequest { id: template.id }).await.unwrap();

    let newer = lists(&rig, &release).await[0].newer.clone().unwrap();
    assert_eq!(newer.reopened, ["Back up the ledger and the files"]);
    assert_eq!((newer.settled_and_gone, newer.changes.len()), (vec!["Tell support".to_owned()], 3));
    let mut request = TakeOverRequest { checklist_id: list.id.clone().unwrap(), number: 2, reason: " ".into() };
    let refused = rig.api.take_over_publication(request.clone()).await.unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("reason")), "it was gone through");
    request.reason = "the files were forgotten".into();
    let other = TakeOverRequest { number: 3, ..request.clone() };
    assert_eq!(rig.api.take_over_publication(other).await.unwrap_err().code, ErrorCode::Conflict, "not what was shown");
    let taken = rig.api.take_over_publication(request.clone()).await.unwrap();
    assert_eq!((taken.template_number, taken.newer.is_none(), taken.progress.required_open), (2, true, 2));
    assert_eq!((taken.items[0].earlier.len(), taken.items[0].earlier[0].by.as_deref()), (1, Some("Mira Okafor")));
    assert_eq!((taken.removed[0].was.title.as_str(), taken.removed[0].evidence.len()), ("Tell support", 1));
    assert_eq!(taken.taken_over[0].reason, "the files were forgotten");
    let held = rig.again(&release).await;
    assert_eq!(held.environments[0].blockers[0].gate, GateWord::Checklist, "what is open again holds");
    assert!(held.timeline.iter().any(|event| event.summary == "Took number 2 of “Go-live” over for 1.2.0 in staging"));
    assert_eq!(rig.api.take_over_publication(request).await.unwrap_err().code, ErrorCode::Invalid, "once");
}
