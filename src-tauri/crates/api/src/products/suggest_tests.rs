//! What a repository shows, and the product that is proposed from it.

use super::*;
use crate::rig::text_input;

fn seen(environments: &[&str], pipelines: Vec<(&str, Vec<InputSpec>)>, tags: &[&str]) -> Seen {
    let described = |(name, inputs): (&str, Vec<InputSpec>)| {
        let summary = PipelineSummary { pipeline: name.into(), title: name.trim_end_matches(".yml").into(), is_active: true };
        (summary, PipelineDescription { obstacle: None, inputs })
    };
    Seen {
        repository: Repository {
            full_name: "nordwind/checkout".into(),
            default_branch: "main".into(),
            description: String::new(),
            can_write: Some(true),
        },
        environments: environments.iter().map(|&e| e.to_owned()).collect(),
        pipelines: pipelines.into_iter().map(described).collect(),
        refs: tags.iter().map(|&t| SourceRef { kind: SourceKind::Tag, name: t.into(), commit: "abc".into() }).collect(),
    }
}

fn standard_inputs() -> Vec<InputSpec> {
    vec![text_input("version", true, false), text_input("environment", true, false), text_input("request_id", false, true)]
}

fn values(binding: &BindingDto) -> Vec<(&str, &InputValueDto)> {
    binding.inputs.iter().map(|i| (i.name.as_str(), &i.value)).collect()
}

#[test]
fn environments_are_put_in_promotion_order() {
    let names = |environments: &[&str]| {
        let product = suggest("c", &seen(environments, vec![("deploy.yml", standard_inputs())], &[])).product;
        product.environments.into_iter().map(|e| e.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&["production", "staging", "dev"]), ["dev", "staging", "production"]);
    assert_eq!(names(&["prod-us", "preprod", "prod-eu"]), ["preprod", "prod-us", "prod-eu"]);
    assert_eq!(names(&[]), ["staging", "production"]);
}

#[test]
fn only_the_last_of_several_environments_asks_for_an_approval() {
    let rules = |environments: &[&str]| {
        let product = suggest("c", &seen(environments, vec![("deploy.yml", standard_inputs())], &[])).product;
        product.environments.into_iter().map(|e| e.rules.required_approvals).collect::<Vec<_>>()
    };
    assert_eq!(rules(&["staging", "production"]), [0, 1]);
    assert_eq!(rules(&["production"]), [0]);
}

#[test]
fn inputs_are_mapped_by_what_they_are_called_and_shown() {
    let product = suggest("c", &seen(&["production"], vec![("ci.yml", Vec::new()), ("deploy.yml", standard_inputs())], &[])).product;
    let deploy = &product.environments[0].deploy;
    assert_eq!(deploy.pipeline, "deploy.yml");
    assert_eq!(deploy.git_ref, RefRuleDto::Fixed { name: "main".into() });
    assert_eq!(
        values(deploy),
        [("version", &InputValueDto::Version), ("environment", &InputValueDto::Environment), ("request_id", &InputValueDto::Correlation)]
    );
}

#[test]
fn an_input_that_a_title_shows_serves_as_correlation_unless_it_carries_something_else() {
    let shown = vec![text_input("version", true, true), text_input("nonce", false, true)];
    let suggestion = suggest("c", &seen(&["production"], vec![("deploy.yml", shown)], &[]));
    assert_eq!(
        values(&suggestion.product.environments[0].deploy),
        [("version", &InputValueDto::Version), ("nonce", &InputValueDto::Correlation)]
    );
    let none = vec![text_input("version", true, true)];
    let suggestion = suggest("c", &seen(&["production"], vec![("deploy.yml", none)], &[]));
    assert!(suggestion.notes.iter().any(|n| n.contains("deploy.yml has no input that its runs show")), "{:?}", suggestion.notes);
}

#[test]
fn what_must_be_given_and_is_not_known_is_said() {
    let dry_run = InputSpec { kind: InputKind::Boolean, ..text_input("dry_run", true, false) };
    let region = InputSpec { default: Some("eu".into()), ..text_input("region", true, false) };
    let suggestion =
        suggest("c", &seen(&["production"], vec![("deploy.yml", vec![text_input("version", true, false), dry_run, region])], &[]));
    let deploy = &suggestion.product.environments[0].deploy;
    assert_eq!(
        values(deploy),
        [("version", &InputValueDto::Version), ("dry_run", &InputValueDto::Literal { text: "false".into() })],
        "an input with a value of its own is left to the pipeline"
    );
    assert!(suggestion.notes.iter().any(|n| n.contains("dry_run")), "{:?}", suggestion.notes);
}

#[test]
fn a_pipeline_without_a_version_runs_at_the_tag() {
    let product = suggest("c", &seen(&["production"], vec![("deploy.yml", vec![text_input("environment", true, false)])], &[])).product;
    assert_eq!(product.environments[0].deploy.git_ref, RefRuleDto::ReleaseTag);
}

#[test]
fn the_only_pipeline_is_proposed_where_it_takes_a_version_whatever_it_is_called() {
    let proposed = |pipelines| suggest("c", &seen(&["production"], pipelines, &[])).product.environments[0].deploy.pipeline.clone();
    assert_eq!(proposed(vec![(".gitlab-ci.yml", standard_inputs())]), ".gitlab-ci.yml");
    assert_eq!(proposed(vec![(".gitlab-ci.yml", Vec::new())]), "");
    assert_eq!(proposed(vec![("a.yml", standard_inputs()), ("b.yml", standard_inputs())]), "");
}

#[test]
fn where_no_branch_is_the_usual_one_a_pipeline_starts_as_it_is_settled_there() {
    let mut seen = seen(&["production"], vec![("deploy", standard_inputs())], &[]);
    seen.repository.default_branch = String::new();
    assert_eq!(suggest("c", &seen).product.environments[0].deploy.git_ref, RefRuleDto::OfPipeline);
}

#[test]
fn each_environment_gets_the_pipeline_that_names_it_and_a_rollback_of_its_own() {
    let pipelines =
        vec![("rollback.yml", standard_inputs()), ("deploy-production.yml", standard_inputs()), ("deploy-staging.yml", standard_inputs())];
    let product = suggest("c", &seen(&["staging", "production"], pipelines, &[])).product;
    let names: Vec<(&str, &str)> = product
        .environments
        .iter()
        .map(|e| (e.deploy.pipeline.as_str(), e.rollback.as_ref().map_or("", |r| r.pipeline.as_str())))
        .collect();
    assert_eq!(names, [("deploy-staging.yml", "rollback.yml"), ("deploy-production.yml", "rollback.yml")]);
}

#[test]
fn a_pipeline_that_cannot_be_started_is_not_proposed() {
    let mut seen = seen(&["production"], vec![("deploy.yml", standard_inputs())], &[]);
    seen.pipelines[0].1.obstacle = Some("has no workflow_dispatch".into());
    let suggestion = suggest("c", &seen);
    assert_eq!(suggestion.product.environments[0].deploy.pipeline, "");
    assert!(suggestion.notes.iter().any(|n| n.starts_with("No pipeline looks as if it deploys")), "{:?}", suggestion.notes);
}

#[test]
fn the_tag_prefix_is_that_of_most_tags() {
    let prefix = |tags: &[&str]| suggest("c", &seen(&[], Vec::new(), tags)).product.tag_prefix;
    assert_eq!(prefix(&[]), "v");
    assert_eq!(prefix(&["v1.0.0", "v1.1.0", "nightly"]), "v");
    assert_eq!(prefix(&["1.0.0", "1.1.0"]), "");
    assert_eq!(prefix(&["checkout2/1.1.0", "checkout2/1.0.0"]), "checkout2/");
}
