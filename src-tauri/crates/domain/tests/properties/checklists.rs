//! Checklists: what holds a deployment, what people may do to items, and what one list has that another hadn't.

use crate::config;
use crate::samples::{at, environment_id, jonas, mira, release_id, uuid};
use crate::world::{DEPLOY, OURS, ROLL_BACK, World, deployed};
use pilothouse_domain::checklist::{
    AddedItem, AutomaticItem, AutomaticSight, AutomaticVerdict, Checklist, ChecklistItem, ChecklistRefusal, ChecklistTemplate,
    EnvironmentReadings, ItemChange, ItemEvent, ItemField, ItemState, Moment, PublishedItems, RunningReading, Standing, TemplateFault,
    TemplateItem, apply, carried_over, differences, standing, take_over, valid_items, with_own_item, without_own_item,
};
use pilothouse_domain::policy::{Action, Clearance, Gate};
use pilothouse_domain::release::ReleaseState;
use pilothouse_domain::{ChecklistId, ChecklistItemId, ChecklistTemplateId, ProductId, Version};
use proptest::prelude::*;

fn item_id(number: u128) -> ChecklistItemId {
    ChecklistItemId::new(uuid(30_000 + number))
}

pub(crate) fn item(number: u128) -> TemplateItem {
    TemplateItem {
        id: item_id(number),
        title: format!("Step {number}"),
        instructions: "See the *wiki*.".into(),
        is_required: true,
        needs_evidence: false,
        after: Vec::new(),
        assignee: None,
        due_hours: None,
        planned_minutes: Some(10),
        automatic: None,
    }
}

pub(crate) fn automatic(number: u128, looks_at: AutomaticItem) -> TemplateItem {
    TemplateItem { automatic: Some(looks_at), planned_minutes: None, ..item(number) }
}

pub(crate) fn template(position: u16, moment: Moment, items: Vec<TemplateItem>) -> ChecklistTemplate {
    ChecklistTemplate {
        id: ChecklistTemplateId::new(uuid(31_000 + u128::from(position))),
        revision: 1,
        product_id: ProductId::new(uuid(1)),
        environment_id: environment_id(position),
        name: "Go-live".into(),
        moment,
        draft: None,
        published: Some(PublishedItems { number: 1, items, by: mira(), at: at(0) }),
        created_by: mira(),
        created_at: at(0),
    }
}

pub(crate) fn begun(template: &ChecklistTemplate) -> Checklist {
    let published = template.published.as_ref().unwrap();
    Checklist {
        id: ChecklistId::new(uuid(32_000)),
        revision: 1,
        product_id: template.product_id,
        release_id: release_id(OURS),
        environment_id: template.environment_id,
        environment: "production".into(),
        template_id: template.id,
        template_number: published.number,
        name: template.name.clone(),
        moment: template.moment,
        items: published.items.iter().cloned().map(|item| ChecklistItem::open(item, at(0))).collect(),
        since: None,
        begun_by: mira(),
        begun_at: at(0),
        taken_over: Vec::new(),
        removed: Vec::new(),
    }
}

fn readings(position: u16, bad: bool, said: &str) -> EnvironmentReadings {
    EnvironmentReadings {
        environment_id: environment_id(position),
        checks: 2,
        not_healthy: if bad { vec![("home".into(), "503 instead of 200".into())] } else { Vec::new() },
        running: vec![RunningReading { check: "version".into(), versions: vec![said.into()] }],
    }
}

fn by_people(checklist: &Checklist) -> Standing {
    standing(checklist, |_| AutomaticVerdict::NoData { reason: "not asked".into() })
}

fn tick(evidence: usize) -> ItemEvent {
    ItemEvent::Ticked { by: mira(), minutes: Some(4), note: String::new(), evidence }
}

fn done(checklist: &Checklist, number: u128, event: ItemEvent) -> Result<Checklist, ChecklistRefusal> {
    apply(checklist, &by_people(checklist), item_id(number), event, at(60))
}

#[test]
fn a_checklist_before_a_deployment_holds_it_until_it_is_gone_through() {
    let mut world = World::before_production();
    let required = TemplateItem { assignee: Some("Jonas Lind".into()), ..item(1) };
    let optional = TemplateItem { is_required: false, ..item(2) };
    world.templates = vec![template(2, Moment::Before, vec![required, optional])];
    let blockers = world.evaluate(&DEPLOY, at(600));
    assert_eq!(blockers.len(), 1, "{blockers:#?}");
    assert!(blockers[0].title.contains("was not begun") && blockers[0].detail.contains("1 item is required"), "{blockers:?}");
    let cleared = Clearance::Ticking { environment: environment_id(2), template: world.templates[0].id };
    assert_eq!((blockers[0].gate, &blockers[0].cleared_by), (Gate::Checklist, &cleared));

    world.checklists = vec![begun(&world.templates[0])];
    let blockers = world.evaluate(&DEPLOY, at(600));
    assert_eq!(blockers[0].title, "1 required item of “Go-live” is open");
    assert!(blockers[0].detail.contains("“Step 1” is with Jonas Lind"), "{}", blockers[0].detail);
    assert_eq!(blockers[0].cleared_by, cleared);
    assert_eq!(world.evaluate(&ROLL_BACK, at(600)).iter().filter(|b| b.gate == Gate::Checklist).count(), 0, "the way back is open");

    world.checklists[0] = done(&world.checklists[0], 1, tick(0)).unwrap();
    assert_eq!(world.evaluate(&DEPLOY, at(600)), []);
    world.checklists[0].release_id = release_id(9);
    assert_eq!(world.gates(&DEPLOY, at(600)), [Gate::Checklist], "another release's ticks count for nothing");
}

#[test]
fn a_checklist_after_a_deployment_holds_the_way_onward_and_the_close() {
    let mut world = World::before_production();
    world.templates = vec![template(1, Moment::After, vec![item(1)])];
    assert_eq!(world.gates(&DEPLOY, at(600)), [Gate::Checklist]);
    world.deployments.clear();
    assert_eq!(world.gates(&DEPLOY, at(600)), [Gate::Upstream], "it has not come there yet");

    world.deployments = vec![deployed(1, OURS, 1), deployed(2, OURS, 2)];
    world.release.state = ReleaseState::Verifying { since: at(0) };
    assert_eq!(world.gates(&Action::Complete, at(600)), [Gate::Checklist]);
    let mut checklist = begun(&world.templates[0]);
    checklist.items[0].state = ItemState::Done { by: mira(), at: at(1), minutes: None, note: String::new() };
    world.checklists = vec![checklist];
    assert_eq!(world.gates(&Action::Complete, at(600)), []);
}

#[test]
fn an_automatic_item_opens_and_closes_by_itself() {
    let mut world = World::before_production();
    world.templates = vec![template(2, Moment::Before, vec![automatic(1, AutomaticItem::EnvironmentHealthy)])];
    world.checklists = vec![begun(&world.templates[0])];
    assert!(world.evaluate(&DEPLOY, at(600))[0].detail.contains("has no data"), "unknown is not passed");
    world.readings = vec![readings(2, true, "1.3.0")];
    assert!(world.evaluate(&DEPLOY, at(600))[0].detail.contains("fails: home: 503 instead of 200"));
    world.readings = vec![readings(2, false, "1.3.0")];
    assert_eq!(world.evaluate(&DEPLOY, at(600)), []);
}

#[test]
fn what_automatic_items_say() {
    let mut world = World::calm();
    world.release.version = Version::new(1, 4, 0);
    let says = |item: AutomaticItem, known: &[EnvironmentReadings]| {
        let sight = AutomaticSight { readings: known, ..world.automatic_sight() };
        sight.judge(&item, environment_id(1))
    };
    let runs = |known: &EnvironmentReadings| says(AutomaticItem::RunsVersion, std::slice::from_ref(known));
    assert!(runs(&readings(1, false, "v1.4.0")).has_passed() || runs(&readings(1, false, "1.4.0")).has_passed());
    assert!(matches!(runs(&readings(1, false, "1.3.0")), AutomaticVerdict::Failed { reason } if reason.contains("1.3.0")));
    let mut unread = readings(1, false, "1.4.0");
    unread.running[0].versions.clear();
    assert!(matches!(runs(&unread), AutomaticVerdict::NoData { .. }));
    unread.running.clear();
    assert!(matches!(runs(&unread), AutomaticVerdict::NoData { .. }));
    unread.checks = 0;
    assert!(matches!(says(AutomaticItem::EnvironmentHealthy, &[unread]), AutomaticVerdict::NoData { .. }));
    assert!(matches!(says(AutomaticItem::EnvironmentHealthy, &[]), AutomaticVerdict::NoData { .. }));
}

#[test]
fn an_item_of_its_own_holds_like_one_of_the_template_and_is_no_change_of_it() {
    let list = begun(&template(2, Moment::Before, vec![item(1)]));
    let added = with_own_item(&list, item(7), mira(), at(1)).unwrap();
    assert_eq!(added.items[1].added, Some(AddedItem { by: mira(), at: at(1) }));
    let mut world = World::before_production();
    world.templates = vec![template(2, Moment::Before, vec![item(1)])];
    world.checklists = vec![added.clone()];
    assert!(world.evaluate(&DEPLOY, at(600))[0].title.contains("2 required items"));
    assert_eq!(carried_over(list.clone(), &added, Version::new(1, 4, 0)).since.unwrap().changes, []);
    assert_eq!(without_own_item(&added, item_id(7), 0), Ok(list.clone()));
    assert!(matches!(without_own_item(&added, item_id(1), 0), Err(ChecklistRefusal::OfTemplate { .. })));
    assert!(matches!(without_own_item(&added, item_id(7), 1), Err(ChecklistRefusal::HasEvidence { .. })));
    assert!(with_own_item(&added, item(7), mira(), at(2)).is_err(), "twice");
    assert!(with_own_item(&list, TemplateItem { title: " ".into(), ..item(8) }, mira(), at(2)).is_err());
}

#[test]
fn what_people_may_do_to_an_item() {
    let proof = TemplateItem { needs_evidence: true, after: vec![item_id(1)], ..item(2) };
    let optional = TemplateItem { is_required: false, ..item(3) };
    let list = begun(&template(2, Moment::Before, vec![item(1), proof, optional, automatic(4, AutomaticItem::RunsVersion)]));
    assert_eq!(done(&list, 9, tick(0)), Err(ChecklistRefusal::NoSuchItem));
    let waits = done(&list, 2, tick(1)).unwrap_err();
    assert_eq!(waits.to_string(), "“Step 2” waits for “Step 1”");
    assert!(matches!(done(&list, 4, tick(1)), Err(ChecklistRefusal::Automatic { .. })));
    let skip = || ItemEvent::Skipped { by: jonas(), reason: "not this time".into() };
    assert!(matches!(done(&list, 1, skip()), Err(ChecklistRefusal::Required { .. })));

    let one = done(&list, 1, tick(0)).unwrap();
    assert!(matches!(done(&one, 1, tick(0)), Err(ChecklistRefusal::Already { .. })));
    assert!(matches!(done(&one, 2, tick(0)), Err(ChecklistRefusal::NeedsEvidence { .. })));
    let two = done(&one, 2, tick(1)).unwrap();
    assert_eq!(done(&two, 1, ItemEvent::Reopened).unwrap_err().to_string(), "“Step 1” came before “Step 2”, which is ticked");
    assert_eq!(done(&two, 2, ItemEvent::Reopened).unwrap(), one, "undone is as it was");
    let three = done(&two, 3, skip()).unwrap();
    let progress = by_people(&three).progress;
    assert_eq!((progress.total, progress.done, progress.skipped, progress.required_open), (4, 2, 1, 1));
    assert_eq!((progress.planned_minutes, progress.planned_for_told, progress.told_minutes), (30, 20, 8));
    let back = done(&three, 3, ItemEvent::Reopened).unwrap();
    assert_eq!(back, two);
    let late = ItemEvent::Assigned { assignee: Some("Ana Ruiz".into()), due: Some(at(30)) };
    let due = done(&back, 3, late).unwrap();
    let known = by_people(&due);
    assert!(due.items[2].is_overdue(&known.items[2], at(31)) && !due.items[2].is_overdue(&known.items[2], at(29)));
}

#[test]
fn a_release_continues_the_checklist_of_the_one_before() {
    let old = template(2, Moment::Before, vec![item(1), item(2), item(3)]);
    let mut earlier = begun(&old);
    earlier.release_id = release_id(3);
    earlier.items[1].assignee = Some("Ana Ruiz".into());
    let renamed = TemplateItem { title: "Step two".into(), planned_minutes: None, ..item(2) };
    let new = template(2, Moment::Before, vec![item(3), item(1), renamed, item(4)]);
    let carried = carried_over(begun(&new), &earlier, Version::new(1, 3, 0));
    assert_eq!(carried.items[2].assignee.as_deref(), Some("Ana Ruiz"));
    let since = carried.since.unwrap();
    assert_eq!((since.release_id, since.version), (release_id(3), Version::new(1, 3, 0)));
    let changed = ItemChange::Changed { title: "Step two".into(), fields: vec![ItemField::Title, ItemField::PlannedMinutes] };
    assert_eq!(since.changes, [ItemChange::Moved { title: "Step 3".into() }, changed, ItemChange::Added { title: "Step 4".into() }]);
    assert_eq!(differences(&[item(1)], &[]), [ItemChange::Removed { title: "Step 1".into() }]);
}

#[test]
fn a_newer_publication_is_taken_over() {
    let leaning = TemplateItem { after: vec![item_id(2)], ..item(3) };
    let optional = TemplateItem { is_required: false, ..item(5) };
    let mut list = begun(&template(2, Moment::Before, vec![item(1), item(2), leaning.clone(), item(4), optional.clone()]));
    list = with_own_item(&list, item(9), mira(), at(1)).unwrap();
    for number in [1, 2, 3, 4, 9] {
        list = done(&list, number, tick(1)).unwrap();
    }
    list = done(&list, 5, ItemEvent::Skipped { by: jonas(), reason: "no".into() }).unwrap();
    list = done(&list, 1, ItemEvent::Assigned { assignee: Some("Ana".into()), due: None }).unwrap();
    let renamed = TemplateItem { title: "Step two".into(), assignee: Some("Jonas".into()), ..item(2) };
    let planned = TemplateItem { planned_minutes: None, ..item(1) };
    let required = TemplateItem { is_required: true, ..optional };
    let items = vec![item(6), planned, renamed, leaning, required];
    let newer = PublishedItems { number: 3, items, by: mira(), at: at(90) };
    let taken = take_over(&list, &newer).unwrap();
    assert_eq!(taken.reopened, [item_id(2), item_id(3), item_id(5)], "what is asked otherwise, and what leans on it");
    assert_eq!(taken.settled_and_gone, ["Step 4"]);
    let now = &taken.checklist;
    let of = |number| now.item(item_id(number)).unwrap();
    assert!(of(1).is_done() && of(9).is_done() && of(6).state == ItemState::Open);
    assert_eq!((of(1).assignee.as_deref(), of(2).assignee.as_deref()), (Some("Ana"), Some("Jonas")));
    let earlier = &of(2).earlier[0];
    assert_eq!((earlier.number, earlier.title.as_str(), &earlier.state), (1, "Step 2", &list.item(item_id(2)).unwrap().state));
    assert_eq!((now.removed.len(), now.removed[0].number, now.removed[0].item.is_done()), (1, 3, true));
    assert_eq!(now.items.last().map(|item| item.item.id), Some(item_id(9)), "items of its own stay, at the end");
    assert_eq!(take_over(now, &newer), None, "once");
}

#[test]
fn items_that_can_not_be_published() {
    let refused = |items: &[TemplateItem]| valid_items(items).unwrap_err().to_string();
    assert!(refused(&[item(1), item(1)]).contains("twice"));
    assert!(refused(&[TemplateItem { title: " ".into(), ..item(1) }]).contains("no title"));
    assert!(refused(&[TemplateItem { after: vec![item_id(2)], ..item(1) }]).contains("not in the list"));
    let circle = [TemplateItem { after: vec![item_id(2)], ..item(1) }, TemplateItem { after: vec![item_id(1)], ..item(2) }];
    assert_eq!(valid_items(&circle), Err(TemplateFault::Circle { title: "Step 1".into() }));
    assert_eq!(valid_items(&[TemplateItem { after: vec![item_id(2)], ..item(1) }, item(2)]), Ok(()));
}

proptest! {
    #![proptest_config(config())]

    /// Whatever is tried in whatever order: what is ticked had what it waits for, and undoing everything leads back to the start.
    #[test]
    fn nothing_is_ticked_before_what_it_waits_for(deeds in proptest::collection::vec((1u128..6, 0u8..3), 0..40)) {
        let items: Vec<_> = (1..6).map(|n| TemplateItem { is_required: n % 2 == 0, after: (1..n).map(item_id).collect(), ..item(n) }).collect();
        let start = begun(&template(2, Moment::Before, items));
        let mut list = start.clone();
        for (number, deed) in deeds {
            let event = match deed {
                0 => tick(0),
                1 => ItemEvent::Reopened,
                _ => ItemEvent::Skipped { by: jonas(), reason: "no".into() },
            };
            list = done(&list, number, event).unwrap_or(list);
            let known = by_people(&list);
            for (place, standing) in list.items.iter().zip(&known.items) {
                prop_assert!(!place.is_done() || standing.waits_for.is_empty());
            }
            let progress = known.progress;
            prop_assert_eq!(progress.total, progress.done + progress.skipped + progress.required_open + progress.optional_open);
        }
        for number in (1..6).rev() {
            list = done(&list, number, ItemEvent::Reopened).unwrap();
        }
        prop_assert_eq!(list, start);
    }
}
