//! Checklists, their templates, and evidence: in and out, each content once, and what goes with what.

use crate::fixtures::{World, at, mira, put, uuid};
use crate::lab::Lab;
use pilothouse_domain::checklist::{Checklist, ChecklistItem, ChecklistTemplate, Moment, PublishedItems, TemplateItem};
use pilothouse_domain::evidence::{ContentDigest, Evidence, EvidenceContent, EvidenceOwner, EvidenceOwnerKind, Withdrawn};
use pilothouse_domain::release::{Release, ReleaseState};
use pilothouse_domain::{ChecklistId, ChecklistItemId, ChecklistTemplateId, EnvironmentId, EvidenceId, ProductId};
use pilothouse_engine::ports::checklist_store::{ChecklistFilter, EvidenceWrite};
use pilothouse_engine::ports::store::{Store, StoreError, Write};
use std::sync::Arc;
use uuid::Uuid;

fn template(world: &World, environment: EnvironmentId, name: &str) -> ChecklistTemplate {
    let item = TemplateItem {
        id: ChecklistItemId::new(uuid()),
        title: "Back up\0 the ledger".into(),
        instructions: "**ü**".into(),
        is_required: true,
        needs_evidence: true,
        after: Vec::new(),
        assignee: None,
        due_hours: None,
        planned_minutes: None,
        automatic: None,
    };
    ChecklistTemplate {
        id: ChecklistTemplateId::new(uuid()),
        revision: 0,
        product_id: world.product.id,
        environment_id: environment,
        name: name.into(),
        moment: Moment::Before,
        draft: None,
        published: Some(PublishedItems { number: 1, items: vec![item], by: mira(), at: at(1) }),
        created_by: mira(),
        created_at: at(0),
    }
}

fn begun(template: &ChecklistTemplate, release: &Release, at_second: i64) -> Checklist {
    let published = template.published.as_ref().unwrap();
    Checklist {
        id: ChecklistId::new(uuid()),
        revision: 0,
        product_id: template.product_id,
        release_id: release.id,
        environment_id: template.environment_id,
        environment: "staging".into(),
        template_id: template.id,
        template_number: 1,
        name: template.name.clone(),
        moment: template.moment,
        items: published.items.iter().cloned().map(|item| ChecklistItem::open(item, at(0))).collect(),
        since: None,
        begun_by: mira(),
        begun_at: at(at_second),
        taken_over: Vec::new(),
        removed: Vec::new(),
    }
}

fn file(product: ProductId, owner: Uuid, bytes: &[u8], second: i64) -> (Evidence, Option<Arc<[u8]>>) {
    let content = EvidenceContent::File {
        name: "log.txt".into(),
        media_type: "text/plain".into(),
        bytes: u32::try_from(bytes.len()).unwrap(),
        digest: ContentDigest::of(bytes),
    };
    let owner = EvidenceOwner { kind: EvidenceOwnerKind::Checklist, id: owner, part: Some(uuid()) };
    let id = EvidenceId::new(uuid());
    let evidence = Evidence { id, revision: 0, product_id: product, owner, content, by: mira(), at: at(second), withdrawn: None };
    (evidence, Some(Arc::from(bytes)))
}

fn attach((evidence, content): (Evidence, Option<Arc<[u8]>>)) -> Write {
    Write::Evidence(EvidenceWrite { evidence, content })
}

async fn withdraw(store: &dyn Store, id: EvidenceId) {
    let mut evidence = store.evidence(id).await.unwrap();
    evidence.withdrawn = Some(Withdrawn { by: mira(), at: at(9), reason: "wrong file".into() });
    put(store, vec![attach((evidence, None))]).await.unwrap();
}

pub(crate) async fn checklists_are_listed_by_what_is_asked(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (go, smoke) = (template(&world, world.staging.id, "go-live"), template(&world, world.production.id, "Aftercare"));
    let writes = [&go, &smoke].map(|template| Write::ChecklistTemplate(template.clone()));
    let told = put(&*store, writes.to_vec()).await.unwrap();
    assert_eq!(
        told.changes.iter().map(|c| (c.kind.as_str(), c.product_id)).collect::<Vec<_>>(),
        [("checklist_template", Some(world.product.id)); 2]
    );
    let names: Vec<_> = store.checklist_templates(Some(world.product.id)).await.unwrap().into_iter().map(|t| t.name).collect();
    assert_eq!(names, ["Aftercare", "go-live"]);
    assert_eq!(store.checklist_template(go.id).await.unwrap(), ChecklistTemplate { revision: 1, ..go.clone() });
    assert_eq!(store.checklist_templates(Some(ProductId::new(uuid()))).await.unwrap(), []);
    let taken =
        StoreError::Taken { constraint: "checklist_template_environment_name_key".into(), what: "The checklist name “go-live”".into() };
    assert_eq!(put(&*store, vec![Write::ChecklistTemplate(template(&world, world.staging.id, "go-live"))]).await, Err(taken));

    let (one, mut two) = (world.release(&*store, "1.1.0", 1).await, world.release(&*store, "1.2.0", 2).await);
    let lists = [begun(&go, &one, 3), begun(&go, &two, 4), begun(&smoke, &two, 4)];
    put(&*store, lists.iter().cloned().map(Write::Checklist).collect()).await.unwrap();
    let ids = async |filter: ChecklistFilter| -> Vec<ChecklistId> {
        store.checklists(&filter).await.unwrap().into_iter().map(|list| list.id).collect()
    };
    let all = ChecklistFilter::default;
    let mut latest = [lists[1].id, lists[2].id];
    latest.sort_by(|a, b| b.cmp(a));
    assert_eq!(ids(ChecklistFilter { product: Some(world.product.id), ..all() }).await, [latest[0], latest[1], lists[0].id]);
    assert_eq!(ids(ChecklistFilter { release: Some(one.id), ..all() }).await, [lists[0].id]);
    assert_eq!(ids(ChecklistFilter { template: Some(go.id), limit: 1, ..all() }).await, [lists[1].id]);
    two.state = ReleaseState::Completed { at: at(5) };
    put(&*store, vec![Write::Release(two)]).await.unwrap();
    assert_eq!(ids(ChecklistFilter { open_only: true, ..all() }).await, [lists[0].id]);

    let again = StoreError::Taken {
        constraint: "checklist_release_template_key".into(),
        what: "The place of “go-live” among the release's checklists".into(),
    };
    assert_eq!(put(&*store, vec![Write::Checklist(begun(&go, &one, 6))]).await, Err(again));
    put(&*store, vec![Write::RemoveChecklistTemplate(store.checklist_template(go.id).await.unwrap())]).await.unwrap();
    assert_eq!(store.checklist(lists[0].id).await.unwrap(), Checklist { revision: 1, ..lists[0].clone() }, "what was begun stays");
    put(&*store, vec![Write::RemoveEnvironment(world.staging.clone())]).await.unwrap();
    assert!(matches!(store.checklist(lists[0].id).await, Err(StoreError::NotFound { kind: "checklist", .. })));
}

pub(crate) async fn a_content_is_kept_once_and_as_long_as_it_is_needed(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (owner, bytes) = (uuid(), [0u8, 159, 146, 150, 255, 0].repeat(1_000));
    let digest = ContentDigest::of(&bytes);
    let (one, two) = (file(world.product.id, owner, &bytes, 1), file(world.product.id, owner, &bytes, 2));
    let ids = [one.0.id, two.0.id];
    put(&*store, vec![attach(one.clone()), attach((two.0, None))]).await.unwrap();
    assert_eq!(store.evidence_content(&digest).await.unwrap(), Some(bytes.clone()));
    let listed = store.evidence_of(EvidenceOwnerKind::Checklist, owner).await.unwrap();
    assert_eq!(listed.iter().map(|e| e.id).collect::<Vec<_>>(), ids, "oldest first");
    assert_eq!(listed[0], Evidence { revision: 1, ..one.0 });
    assert_eq!(store.evidence_of(EvidenceOwnerKind::Feedback, owner).await.unwrap(), []);

    withdraw(&*store, ids[0]).await;
    assert_eq!(store.evidence_content(&digest).await.unwrap(), Some(bytes), "the other one has it too");
    withdraw(&*store, ids[1]).await;
    assert_eq!(store.evidence_content(&digest).await.unwrap(), None);
    assert_eq!(store.evidence_of(EvidenceOwnerKind::Checklist, owner).await.unwrap().len(), 2, "that it was there stays");

    let without = file(world.product.id, owner, b"never given", 3).0;
    let missing = StoreError::NotFound { kind: "evidence_content", id: ContentDigest::of(b"never given").to_string() };
    assert_eq!(put(&*store, vec![attach((without, None))]).await, Err(missing));
}

pub(crate) async fn a_product_takes_its_checklists_and_evidence_along(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let owner = uuid();
    let writes =
        vec![Write::ChecklistTemplate(template(&world, world.staging.id, "go-live")), attach(file(world.product.id, owner, b"x", 1))];
    put(&*store, writes).await.unwrap();
    put(&*store, vec![Write::RemoveProduct(world.product.clone())]).await.unwrap();
    assert_eq!(store.checklist_templates(None).await.unwrap(), []);
    assert_eq!(store.evidence_of(EvidenceOwnerKind::Checklist, owner).await.unwrap(), []);
    assert_eq!(store.evidence_content(&ContentDigest::of(b"x")).await.unwrap(), None);
}
