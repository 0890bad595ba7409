//! What an execution is started with.

use super::{REGION, open};
use crate::conformance::fixture::{Fixture, Setup, Token, Trouble};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{InputKind, ProviderErrorKind};

const CORRELATION: &str = "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000";

#[tokio::test]
async fn a_trigger_sent_again_after_a_restart_is_the_same_execution() {
    let (stand_in, provider) = open(Setup::default()).await;
    let correlated = |correlation: &str| FilledBinding { correlation: correlation.to_owned(), ..stand_in.deploy("staging", correlation) };
    let pipeline = correlated(CORRELATION);
    stand_in.order(Trouble::HangsUpAfter);
    provider.trigger(REGION, &pipeline).await.unwrap_err();
    // A client that remembers nothing, as after a restart.
    let again = stand_in.client(Token::Full).trigger(REGION, &pipeline).await.unwrap().unwrap();
    let third = stand_in.client(Token::Full).trigger(REGION, &pipeline).await.unwrap().unwrap();
    assert_eq!(again.external_id, third.external_id);
    assert_eq!((stand_in.started(CORRELATION), stand_in.triggers_received()), (1, 3));
    let second = correlated(&format!("{CORRELATION}-2"));
    assert_ne!(provider.trigger(REGION, &second).await.unwrap().unwrap().external_id, again.external_id, "another trigger is another");
}

#[tokio::test]
async fn without_a_correlation_each_trigger_is_one_of_its_own() {
    let (stand_in, provider) = open(Setup::default()).await;
    let pipeline = stand_in.deploy("staging", "same");
    let first = provider.trigger(REGION, &pipeline).await.unwrap().unwrap();
    assert_ne!(provider.trigger(REGION, &pipeline).await.unwrap().unwrap().external_id, first.external_id);
    assert_eq!(stand_in.started("same"), 2);
}

#[tokio::test]
async fn a_pipeline_tells_variables_and_sources_and_one_of_the_old_type_no_variables() {
    let (stand_in, provider) = open(Setup::default()).await;
    let described = provider.describe_pipeline(REGION, "checkout-staging", "").await.unwrap();
    let told: Vec<_> = described.inputs.iter().map(|input| (input.name.as_str(), input.required, input.default.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("VERSION", true, None),
            ("PILOTHOUSE_RUN", false, Some("none")),
            ("DRY_RUN", false, Some("false")),
            ("source:Source", false, None)
        ]
    );
    assert!(described.inputs.iter().all(|input| input.kind == InputKind::Text && !input.description.is_empty()));
    assert!(described.inputs[3].description.contains("nordwind/checkout, branch main"), "{described:?}");
    let old = provider.describe_pipeline(REGION, "checkout-nightly", "").await.unwrap();
    assert_eq!(old.inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>(), ["source:Source"]);
    let mut with_variable = stand_in.deploy("nightly", "x");
    let error = provider.trigger(REGION, &with_variable).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Invalid, "{error:?}");
    assert!(error.message.contains("V1"), "{error:?}");
    with_variable.inputs.clear();
    provider.trigger(REGION, &with_variable).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_source_is_a_commit_or_what_the_pipeline_follows_and_nothing_else() {
    let (stand_in, provider) = open(Setup::default()).await;
    let good = stand_in.deploy("staging", "source");
    let by_input = |git_ref: &str, commit: &str| {
        let mut pipeline = FilledBinding { git_ref: git_ref.to_owned(), ..good.clone() };
        pipeline.inputs.push(("source:Source".into(), commit.to_owned()));
        pipeline
    };
    for pipeline in [
        by_input("v1.2.0", &stand_in.commit),
        by_input("", &stand_in.commit),
        FilledBinding { git_ref: "main".into(), ..good.clone() },
        FilledBinding { git_ref: String::new(), ..good.clone() },
    ] {
        let run = provider.trigger(REGION, &pipeline).await.unwrap().unwrap().external_id;
        stand_in.ended(&run).await;
        let taken = provider.run(REGION, &run).await.unwrap().commit.unwrap();
        let is_head = pipeline.git_ref != "v1.2.0" && pipeline.inputs.len() == 2;
        assert_eq!(taken == stand_in.commit, !is_head, "{pipeline:?}");
    }
    let before = stand_in.triggers_received();
    for (pipeline, word) in [
        (FilledBinding { git_ref: "v1.2.0".into(), ..good.clone() }, "source:Source"),
        (by_input("", "v1.2.0"), "commit"),
        (by_input("", ""), "commit"),
    ] {
        let error = provider.trigger(REGION, &pipeline).await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Invalid, "{error:?}");
        assert!(format!("{} {}", error.message, error.next_step).contains(word), "{error:?}");
    }
    for (name, value) in [("VERSION", String::new()), ("VERSION", "x".repeat(1001)), ("source:Moon", stand_in.commit.clone())] {
        let mut pipeline = good.clone();
        pipeline.inputs.retain(|(known, _)| known != name);
        pipeline.inputs.push((name.to_owned(), value));
        assert_eq!(provider.trigger(REGION, &pipeline).await.unwrap_err().kind, ProviderErrorKind::Invalid, "{name}");
    }
    assert_eq!(stand_in.triggers_received(), before, "nothing was sent");
}
