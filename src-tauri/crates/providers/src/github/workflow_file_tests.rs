//! Tests of reading workflow files. Must not call anything.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;

const DEPLOY: &str = r#"
name: Deploy
run-name: Deploy ${{ inputs.version }} to ${{ github.event.inputs['environment'] }} (${{ inputs.correlation || 'none' }})
on:
  push:
    branches: [main]
  workflow_dispatch:
    inputs:
      version: { description: "Version, as 1.2.3", required: true }
      environment: { type: environment, required: true, default: staging }
      mode: { type: choice, options: [rolling, 2, true], default: 2 }
      dry-run: { type: boolean, default: false }
      batch: { type: number, default: 1.5 }
      correlation:
      future: { type: colour, required: "true" }
jobs: {}
"#;

#[test]
fn inputs_come_in_order_with_kind_default_and_title() {
    let read = describe(DEPLOY, "main");
    assert_eq!(read.obstacle, None);
    let names: Vec<_> = read.inputs.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, ["version", "environment", "mode", "dry-run", "batch", "correlation", "future"]);
    let of = |name: &str| read.inputs.iter().find(|i| i.name == name).unwrap();
    assert_eq!((of("version").description.as_str(), of("version").required), ("Version, as 1.2.3", true));
    assert_eq!((&of("environment").kind, of("environment").default.as_deref()), (&InputKind::Environment, Some("staging")));
    assert_eq!(of("mode").kind, InputKind::Choice(vec!["rolling".into(), "2".into(), "true".into()]));
    assert_eq!(of("mode").default.as_deref(), Some("2"));
    assert_eq!((&of("dry-run").kind, of("dry-run").default.as_deref()), (&InputKind::Boolean, Some("false")));
    assert_eq!((&of("batch").kind, of("batch").default.as_deref()), (&InputKind::Number, Some("1.5")));
    assert_eq!((&of("correlation").kind, of("correlation").required), (&InputKind::Text, false));
    assert_eq!((&of("future").kind, of("future").required), (&InputKind::Text, true));
    let shown: Vec<_> = read.inputs.iter().filter(|i| i.shown_in_title).map(|i| i.name.as_str()).collect();
    assert_eq!(shown, ["version", "environment", "correlation"]);
}

#[test]
fn every_form_of_the_trigger_is_known() {
    for on in [
        "on: workflow_dispatch",
        "on: [push, workflow_dispatch]",
        "on:\n  workflow_dispatch:",
        "'on': {workflow_dispatch: {}}",
        "true: workflow_dispatch",
    ] {
        assert_eq!(describe(on, "main"), PipelineDescription { obstacle: None, inputs: vec![] }, "{on}");
    }
}

#[test]
fn what_can_not_be_started_says_why() {
    for (text, words) in [
        ("on: push", "no `workflow_dispatch`"),
        ("on: {workflow_call: {inputs: {a: {type: string}}}}", "no `workflow_dispatch`"),
        ("on: [push\nname: x", "not readable YAML"),
        ("", "no `workflow_dispatch`"),
        ("- a\n- b", "no `workflow_dispatch`"),
    ] {
        let read = describe(text, "v1.0.0");
        let obstacle = read.obstacle.unwrap();
        assert!(obstacle.contains(words) && obstacle.contains("v1.0.0"), "{text}: {obstacle}");
    }
}

#[test]
fn only_expressions_over_inputs_count_as_shown() {
    assert_eq!(shown_inputs("Deploy inputs.version"), Vec::<String>::new());
    assert_eq!(shown_inputs("${{ myinputs.version }} ${{ inputs.a-b_c }}"), ["a-b_c"]);
    assert_eq!(shown_inputs("${{ format('{0}/{1}', inputs.one, inputs['two']) }}"), ["one", "two"]);
    assert_eq!(shown_inputs("${{ INPUTS.Token }}"), ["token"]);
    assert_eq!(shown_inputs("${{ inputsinputs.x }}"), Vec::<String>::new());
}

#[test]
fn a_bomb_of_aliases_is_refused_and_not_expanded() {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for n in 1..12 {
        let before = format!("*a{},", n - 1).repeat(10);
        text.push_str(&format!("a{n}: &a{n} [{}]\n", before.trim_end_matches(',')));
    }
    assert!(describe(&text, "main").obstacle.unwrap().contains("not readable"));
}
