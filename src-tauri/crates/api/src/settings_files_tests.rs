//! Settings files through the whole api, over a store in memory.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;

async fn text_of(rig: &Rig, product: &ProductDto) -> String {
    rig.api.settings_text(IdRequest { id: product.id.clone().unwrap() }).await.unwrap().text
}

fn onto(product: &ProductDto, text: &str) -> LookAtSettingsRequest {
    LookAtSettingsRequest { text: text.into(), product_id: product.id.clone() }
}

fn apply(look: &SettingsLookView, text: &str) -> ApplySettingsRequest {
    ApplySettingsRequest { text: text.into(), product_id: look.product_id.clone(), seen: Some(look.seen.clone()) }
}

async fn again(rig: &Rig, product: &ProductDto) -> ProductDto {
    rig.api.get_product(IdRequest { id: product.id.clone().unwrap() }).await.unwrap()
}

async fn events(rig: &Rig) -> u32 {
    rig.api.engine().store().audit_head().await.unwrap().seq
}

const CHECKLIST: &str = "
  checklists:
    - name: Before the night
      moment: before
      items:
        - title: Back up the ledger
        - title: Tell support
          after: [Back up the ledger]
";

const WINDOWS: &str = "
windows:
  - name: Weekend
    effect: deny
    reason: Nobody is there
    environments: [production]
    begins: 2026-11-27T16:00
    ends: 2026-11-30T08:00
    time_zone: Europe/Berlin
    rule: FREQ=WEEKLY;BYDAY=FR
";

#[tokio::test]
async fn what_is_exported_changes_nothing_when_it_is_applied() {
    let rig = Rig::new();
    let product = rig.product(|_| ()).await;
    let text = text_of(&rig, &product).await;
    let look = rig.api.look_at_settings(onto(&product, &text)).await.unwrap();
    assert_eq!(look.changes, vec![], "{text}");
    let before = events(&rig).await;
    rig.api.apply_settings(apply(&look, &text)).await.unwrap();
    assert_eq!((events(&rig).await, again(&rig, &product).await), (before, product), "nothing is written");
    for secret in ["token", "password", "secret"] {
        assert!(!text.to_lowercase().contains(secret), "{text}");
    }
}

#[tokio::test]
async fn a_file_adds_a_product_with_all_that_it_names_and_is_idempotent() {
    let rig = Rig::new();
    let product = rig.product(|_| ()).await;
    let exported = text_of(&rig, &product).await.replace("name: checkout\n", "name: second\n");
    let text = exported.split("windows:").next().unwrap().trim_end().trim_end_matches("checklists: []").trim_end().to_owned()
        + CHECKLIST
        + WINDOWS;
    let look = rig.api.look_at_settings(LookAtSettingsRequest { text: text.clone(), product_id: None }).await.unwrap();
    assert_eq!((look.product_id.as_ref(), look.name.as_str()), (None, "second"), "{text}");
    let added = rig.api.apply_settings(apply(&look, &text)).await.unwrap();
    let id = added.product_id.unwrap();
    let second = rig.api.get_product(IdRequest { id: id.clone() }).await.unwrap();
    assert_eq!((second.environments.len(), second.environments[0].checks.len()), (product.environments.len(), 1));
    assert_ne!(second.environments[0].id, product.environments[0].id);
    let windows = rig.api.engine().store().calendar_windows().await.unwrap();
    assert_eq!((windows.len(), windows[0].name.as_str()), (1, "Weekend"));
    let before = events(&rig).await;
    let look = rig.api.look_at_settings(LookAtSettingsRequest { text: text.clone(), product_id: None }).await.unwrap();
    assert_eq!((look.product_id.as_deref(), look.changes.as_slice()), (Some(id.as_str()), [].as_slice()));
    rig.api.apply_settings(apply(&look, &text)).await.unwrap();
    assert_eq!(events(&rig).await, before, "applied again, it writes nothing");

    // Items keep their ids, a new publication counts on, and what the file no longer names is gone.
    let templates = || async { rig.api.engine().store().checklist_templates(Some(id.parse().unwrap())).await.unwrap() };
    let first = templates().await.remove(0);
    let changed =
        text.replace("title: Tell support\n", "title: Tell support\n          needs_evidence: true\n").replace(WINDOWS, "\nwindows: []\n");
    let look = rig.api.look_at_settings(LookAtSettingsRequest { text: changed.clone(), product_id: None }).await.unwrap();
    assert_eq!(look.changes.len(), 2, "{:?}", look.changes);
    rig.api.apply_settings(apply(&look, &changed)).await.unwrap();
    let now = templates().await.remove(0).published.unwrap();
    let was = first.published.unwrap();
    assert_eq!((was.number, now.number), (1, 2));
    assert_eq!(was.items.iter().map(|item| item.id).collect::<Vec<_>>(), now.items.iter().map(|item| item.id).collect::<Vec<_>>());
    let windows = rig.api.engine().store().calendar_windows().await.unwrap();
    assert!(windows.iter().all(|window| window.withdrawn.is_some()), "{windows:?}");
}

#[tokio::test]
async fn what_was_changed_since_it_was_looked_at_is_not_overwritten_and_a_wrong_file_changes_nothing() {
    let rig = Rig::new();
    let mut product = rig.product(|_| ()).await;
    let text = text_of(&rig, &product).await.replacen("tag_prefix: v", "tag_prefix: release-", 1);
    let look = rig.api.look_at_settings(onto(&product, &text)).await.unwrap();
    assert_eq!((look.changes[0].before.as_deref(), look.changes[0].after.as_deref()), (Some("v"), Some("release-")));
    product.environments[0].rules.soak_minutes = 7;
    let product = rig.api.change_product(product).await.unwrap();
    let error = rig.api.apply_settings(apply(&look, &text)).await.unwrap_err();
    assert_eq!((error.code, again(&rig, &product).await), (ErrorCode::Conflict, product.clone()));

    let wrong = [
        (text.replacen("tag_prefix: release-", "tag_prefix: release-\n  token: x", 1), "unknown field `token`"),
        (text.replacen("connection: ", "connection: not-", 1), "there is no connection called not-"),
        (text.replacen("interval_seconds: 10", "interval_seconds: 0", 1), "out of range"),
        (text.replacen("windows: []", &WINDOWS.replace("[production]", "[moon]"), 1), "no environment called moon"),
    ];
    for (text, said) in wrong {
        let error = match rig.api.look_at_settings(onto(&product, &text)).await {
            Ok(look) => rig.api.apply_settings(apply(&look, &text)).await.unwrap_err(),
            Err(error) => error,
        };
        assert!(error.code == ErrorCode::Invalid && error.message.contains(said), "{error:?}");
        assert_eq!(again(&rig, &product).await, product);
    }
}

#[tokio::test]
async fn a_file_of_the_repository_is_kept_as_the_source_and_nothing_else_changes_what_it_sets() {
    let rig = Rig::new();
    let product = rig.product(|_| ()).await;
    let id = product.id.clone().unwrap();
    let text = text_of(&rig, &product).await.replacen("tag_prefix: v", "tag_prefix: ''", 1);
    let file = RepositorySettingsRequest { product_id: id.clone(), path: "./ops/pilothouse.yaml".into(), branch: "main".into() };
    let missing = rig.api.look_at_repository_settings(file.clone()).await.unwrap_err();
    assert_eq!(missing.code, ErrorCode::ProviderNotFound, "{missing:?}");
    rig.world.files.lock().unwrap().insert("ops/pilothouse.yaml".into(), text.clone());
    let found = rig.api.look_at_repository_settings(file.clone()).await.unwrap();
    assert_eq!((found.commit.as_str(), found.look.changes.len()), ("a41f9c2", 1));
    let keep = KeepSettingsRequest {
        product_id: id.clone(),
        path: file.path.clone(),
        branch: "main".into(),
        commit: found.commit,
        seen: Some(found.look.seen),
    };
    rig.api.keep_settings_in_repository(keep.clone()).await.unwrap();
    let kept = again(&rig, &product).await;
    let source = kept.settings_source.clone().unwrap();
    assert_eq!((source.path.as_str(), kept.tag_prefix.as_str()), ("ops/pilothouse.yaml", ""));
    let before = events(&rig).await;
    rig.api.keep_settings_in_repository(KeepSettingsRequest { seen: None, ..keep }).await.unwrap();
    assert_eq!(events(&rig).await, before, "the same commit again writes nothing");

    let mut by_hand = kept.clone();
    by_hand.name = "renamed".into();
    let refused = [
        rig.api.change_product(by_hand).await.unwrap_err(),
        rig.api.apply_settings(ApplySettingsRequest { text, product_id: Some(id.clone()), seen: None }).await.unwrap_err(),
        rig.api.remove_check(IdRequest { id: kept.environments[0].checks[0].id.clone().unwrap() }).await.unwrap_err(),
    ];
    for error in refused {
        assert!(error.code == ErrorCode::KeptInFile && error.message.contains("ops/pilothouse.yaml"), "{error:?}");
    }
    rig.api.set_settings_here(IdRequest { id: id.clone() }).await.unwrap();
    rig.api.set_settings_here(IdRequest { id }).await.unwrap();
    let free = again(&rig, &product).await;
    assert_eq!(free.settings_source, None);
    rig.api.change_product(ProductDto { name: "renamed".into(), ..free }).await.unwrap();
}

#[test]
fn the_published_schema_is_the_one_of_this_build() {
    let published: serde_json::Value = serde_json::from_str(include_str!("../../../../docs/pilothouse.schema.json")).unwrap();
    assert_eq!(published, settings_schema(), "write it anew: pilothouse settings schema > docs/pilothouse.schema.json");
}

#[tokio::test]
async fn the_schema_takes_an_export_and_the_example_of_the_guide() {
    let rig = Rig::new();
    let product = rig.product(|_| ()).await;
    let guide = include_str!("../../../../docs/guide/settings-file.md");
    let example = guide.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let validator = jsonschema::draft202012::new(&settings_schema()).unwrap();
    for text in [text_of(&rig, &product).await.as_str(), example] {
        let value: serde_json::Value = yaml_serde::from_str(text).unwrap();
        let faults: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new(), "{text}");
        pilothouse_domain::settings::SettingsFile::read(text).unwrap();
    }
    let wrong: serde_json::Value = yaml_serde::from_str("{pilothouse: 1, product: {name: A, token: x}, environments: []}").unwrap();
    assert!(!validator.is_valid(&wrong));
}
