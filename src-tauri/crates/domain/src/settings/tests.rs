//! A product goes through a file and back, differences are told by name, and the schema knows each field.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use crate::calendar::{WindowEffect, WindowScope, WindowTimes};
use crate::check::Probe;
use crate::checklist::{Moment, PublishedItems, TemplateItem};
use crate::pipeline::{InputBinding, InputValue, PipelineBinding, PipelinePlace, RefRule};
use crate::product::{EnvironmentRules, RollbackBinding};
use crate::rollout::{OnFailure, Rollout, RolloutTemplate};
use crate::{CalendarWindowId, CheckId, ChecklistItemId, ChecklistTemplateId, EnvironmentId, ProductId};
use uuid::Uuid;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

struct Scene {
    product: Product,
    environments: Vec<Environment>,
    checks: Vec<HealthCheck>,
    checklists: Vec<ChecklistTemplate>,
    windows: Vec<CalendarWindow>,
}

const GITHUB: u128 = 1;
const JENKINS: u128 = 2;

fn connections(name: &str) -> Option<ConnectionId> {
    match name {
        "GitHub" => Some(ConnectionId::new(id(GITHUB))),
        "Jenkins: prod" => Some(ConnectionId::new(id(JENKINS))),
        _ => None,
    }
}

fn scene() -> Scene {
    let now = Timestamp::parse("2026-11-24T10:00:00Z").unwrap();
    let product_id = ProductId::new(id(10));
    let environment = |number: u128, name: &str, rules: EnvironmentRules| Environment {
        id: EnvironmentId::new(id(number)),
        revision: 3,
        product_id,
        name: name.into(),
        position: u16::try_from(number - 20).unwrap(),
        deploy: PipelineBinding {
            place: None,
            pipeline: "deploy.yml".into(),
            git_ref: RefRule::Fixed { name: "main".into() },
            inputs: vec![
                InputBinding { name: "version".into(), value: InputValue::Version },
                InputBinding { name: "dry".into(), value: InputValue::Literal { text: "no".into() } },
            ],
        },
        rollback: RollbackBinding::Native { environment: Some("Prod".into()) },
        rules,
        rollout: Rollout::default(),
    };
    let mut production = environment(
        21,
        "production",
        EnvironmentRules { required_approvals: 2, self_approval: false, soak_minutes: 30, ..EnvironmentRules::default() },
    );
    production.deploy.place = Some(PipelinePlace { connection_id: ConnectionId::new(id(JENKINS)), repository: "delivery".into() });
    production.rollback = RollbackBinding::Pipeline { binding: production.deploy.clone() };
    production.rollout = RolloutTemplate::Canary.rollout();
    production.rollout.on_failure = OnFailure::RollBack { countdown_seconds: 90 };
    let items = ["Back up: the ledger", "Tell support"].map(|title| TemplateItem {
        id: ChecklistItemId::new(id(u128::try_from(title.len()).unwrap())),
        title: title.into(),
        instructions: "1. Look\n2. Tick\n".into(),
        is_required: true,
        needs_evidence: false,
        after: vec![],
        assignee: None,
        due_hours: Some(4),
        planned_minutes: None,
        automatic: None,
    });
    let mut items = items.to_vec();
    items[1].after = vec![items[0].id];
    let person = Actor::person("Mira Okafor");
    let local = |text: &str| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap();
    Scene {
        product: Product {
            id: product_id,
            revision: 1,
            name: "Checkout".into(),
            connection_id: ConnectionId::new(id(GITHUB)),
            repository: "acme/checkout".into(),
            tag_prefix: "v".into(),
            team: TeamRules {
                roles: vec![Role { name: "QA".into(), members: vec!["Aiko".into()] }],
                required_roles: vec!["QA".into()],
                ..TeamRules::default()
            },
            settings_source: None,
            created_at: now,
        },
        checks: vec![HealthCheck {
            id: CheckId::new(id(30)),
            revision: 1,
            product_id,
            environment_id: production.id,
            name: "Front page".into(),
            probe: Probe::Http {
                url: "https://shop.example/".into(),
                status_min: 200,
                status_max: 299,
                body_contains: Some("Checkout".into()),
                slow_ms: Some(500),
            },
            interval_seconds: 10,
            timeout_ms: 2_000,
            failure_threshold: 3,
            recovery_threshold: 2,
            enabled: true,
        }],
        checklists: vec![ChecklistTemplate {
            id: ChecklistTemplateId::new(id(40)),
            revision: 1,
            product_id,
            environment_id: production.id,
            name: "Before the night".into(),
            moment: Moment::Before,
            draft: None,
            published: Some(PublishedItems { number: 2, items, by: person.clone(), at: now }),
            created_by: person.clone(),
            created_at: now,
        }],
        windows: vec![CalendarWindow {
            id: CalendarWindowId::new(id(50)),
            revision: 1,
            effect: WindowEffect::Deny,
            name: "Weekend".into(),
            reason: "Nobody is there".into(),
            scope: WindowScope::Environments { product_id, environment_ids: vec![production.id] },
            times: WindowTimes {
                begins: local("2026-11-27T16:00"),
                ends: local("2026-11-30T08:00"),
                time_zone: "Europe/Berlin".into(),
                rule: Some("FREQ=WEEKLY;BYDAY=FR".into()),
                except: vec![local("2026-12-25T16:00")],
            },
            owner: String::new(),
            is_enabled: true,
            hotfixes_pass: true,
            uid: None,
            added_by: person,
            added_at: now,
            withdrawn: None,
        }],
        environments: vec![environment(20, "staging", EnvironmentRules::default()), production],
    }
}

fn file(scene: &Scene) -> SettingsFile {
    let stored = StoredSettings {
        product: &scene.product,
        environments: &scene.environments,
        checks: &scene.checks,
        checklists: &scene.checklists,
        windows: &scene.windows,
    };
    let name = |connection: ConnectionId| if Some(connection) == connections("GitHub") { "GitHub" } else { "Jenkins: prod" }.to_owned();
    SettingsFile::of(&stored, &name)
}

#[test]
fn what_is_stored_survives_the_way_through_a_file() {
    let scene = scene();
    let written = file(&scene).write().unwrap();
    let read = SettingsFile::read(&written).unwrap();
    assert_eq!(read, file(&scene), "{written}");
    assert_eq!(read.product.team.rules(), scene.product.team);
    let source = scene.product.connection_id;
    for (settings, environment) in read.environments.iter().zip(&scene.environments) {
        assert_eq!(settings.deploy.binding("deploy", source, &connections).unwrap(), environment.deploy);
        assert_eq!(settings.rollback("rollback", source, &connections).unwrap(), environment.rollback);
        assert_eq!(settings.rules.rules(), environment.rules);
        assert_eq!(settings.rollout.rollout("rollout").unwrap(), environment.rollout);
    }
    let production = &read.environments[1];
    let check = &scene.checks[0];
    let back = production.checks.as_ref().unwrap()[0].check("checks", check.id, check.product_id, check.environment_id).unwrap();
    assert_eq!(back, HealthCheck { revision: 0, ..check.clone() });
    let published = &scene.checklists[0].published.as_ref().unwrap().items;
    let items = production.checklists.as_ref().unwrap()[0].items("checklists", published, || unreachable!("each is known by its title"));
    assert_eq!(&items.unwrap(), published);
    assert_eq!(read.parts(), [SettingsPart::Product, SettingsPart::Checks, SettingsPart::Checklists, SettingsPart::Windows]);
}

#[test]
fn only_what_differs_from_the_usual_is_written() {
    let written = file(&scene()).write().unwrap();
    assert!(written.starts_with("# yaml-language-server: $schema=pilothouse.schema.json\n"), "{written}");
    for absent in ["needs_upstream", "verify_seconds", "needs_documents", "is_enabled", "null", "undecided_seconds: 3600\n        dry"] {
        assert!(!written.contains(absent), "{absent} in {written}");
    }
    assert!(written.contains("self_approval: false") && written.contains("soak_minutes: 30"), "{written}");
}

#[test]
fn a_wrong_file_is_refused_with_its_place() {
    let told = |text: &str| SettingsFile::read(text).unwrap_err().to_string();
    assert!(told("").contains("empty"));
    assert!(told("pilothouse: 2\nproduct: {name: A, connection: G, repository: a/b}\nenvironments: []").contains("form 1"));
    let unknown = told("pilothouse: 1\nproduct:\n  name: A\n  connection: G\n  repository: a/b\n  token: x\nenvironments: []\n");
    assert!(unknown.starts_with("line 6, product.token: ") && unknown.contains("unknown field"), "{unknown}");

    let mut wrong = file(&scene());
    let source = ConnectionId::new(id(GITHUB));
    wrong.environments[0].deploy.connection = Some("Travis".into());
    let fault = wrong.environments[0].deploy.binding("environments[0].deploy", source, &connections).unwrap_err();
    assert_eq!(fault.field, "environments[0].deploy.connection");
    wrong.environments[0].rollback = Some(RollbackSettings::default());
    assert!(wrong.environments[0].rollback("rollback", source, &connections).is_err());
    wrong.environments[0].deploy.inputs[0].text = Some("1".into());
    wrong.environments[0].deploy.connection = None;
    assert!(wrong.environments[0].deploy.binding("deploy", source, &connections).is_err(), "both `from` and `text`");
}

#[test]
fn differences_are_told_by_name_and_an_addition_tells_nothing_of_others() {
    let before = file(&scene());
    assert_eq!(differences(&before, &before), []);
    let mut after = before.clone();
    after.product.tag_prefix = String::new();
    after.environments[1].rules.required_approvals = 3;
    let mut canary = after.environments[0].clone();
    canary.name = "canary".into();
    after.environments.insert(0, canary);
    after.environments[2].checks = Some(Vec::new());
    let found = differences(&before, &after);
    let told: Vec<(String, Option<&str>, Option<bool>)> =
        found.iter().map(|c| (c.path.join(" › "), c.before.as_deref().filter(|t| t.len() < 9), c.after.as_ref().map(|_| true))).collect();
    assert_eq!(
        told,
        [
            ("product › tag_prefix".to_owned(), Some("v"), None),
            ("environments › canary".to_owned(), None, Some(true)),
            ("environments › production › rules › required_approvals".to_owned(), Some("2"), Some(true)),
            ("environments › production › checks › Front page".to_owned(), None, None),
        ]
    );
    after.environments.swap(0, 2);
    assert!(differences(&before, &after).iter().any(|change| change.path.last().is_some_and(|last| last == "order")));
}

#[test]
fn a_renamed_environment_stays_itself() {
    let before = file(&scene());
    let mut after = before.clone();
    after.environments[1].name = "live".into();
    assert_eq!(differences(&before, &after).len(), 2, "one is gone, one is new");
    after.environments[1].renamed_from = Some("production".into());
    after.environments[1].checks = None;
    let after = after.completed_by(&before);
    let found = differences(&before, &after);
    assert_eq!((found.len(), found[0].path.as_slice()), (1, ["environments", "production", "name"].map(str::to_owned).as_slice()));
    assert_eq!(differences(&after, &after), [], "applied twice, it changes nothing");
}

#[test]
fn what_a_file_says_nothing_about_stays() {
    let now = file(&scene());
    let mut short = now.clone();
    short.windows = None;
    short.environments[1].checks = None;
    short.environments[1].checklists = None;
    assert_eq!(differences(&now, &short.completed_by(&now)), []);
}

#[test]
fn the_schema_takes_what_is_written_and_says_what_each_field_is() {
    let schema = SettingsFile::schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let rules = &schema["$defs"]["RuleSettings"]["properties"];
    assert!(rules["soak_minutes"]["description"].as_str().unwrap().starts_with("Minutes"), "{rules}");
    assert_eq!((&rules["soak_minutes"]["maximum"], &schema["additionalProperties"]), (&43_200.into(), &false.into()));
}
