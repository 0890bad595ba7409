//! Tests of reading a CI configuration. Must not call anything.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use serde_json::json;

const FILE: &str = r#"
spec:
  inputs:
    environment:
      description: Where to deploy
      options: [staging, production]
    version:
      regex: ^v\d+$
    dry_run: {type: boolean, default: false}
    replicas: {type: number, default: 2, description: How many}
    regions: {type: array, default: [eu, us]}
    note:
      default:
    bare:
---
include: [{local: jobs.yml}]
workflow:
  name: 'Deploy $[[ inputs.version | expand_vars ]] $[[inputs.note]] $TICKET'
variables:
  PLAIN: text
  TICKET: {description: Which change, value: ""}
  LEVEL: {value: low, options: [low, high]}
  QUIET: {value: x, expand: false}
.base: &base
  script: [!reference [.setup, script], make]
deploy:
  <<: *base
"#;

fn described() -> Vec<InputSpec> {
    let read = ConfigFile::read(FILE, "the file").describe();
    assert_eq!(read.obstacle, None);
    read.inputs
}

#[test]
fn inputs_and_described_variables_are_read_with_their_types() {
    let inputs = described();
    let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(names, ["environment", "version", "dry_run", "replicas", "regions", "note", "bare", "TICKET", "LEVEL"]);
    let of = |name: &str| inputs.iter().find(|input| input.name == name).unwrap();
    assert_eq!(of("environment").kind, InputKind::Choice(vec!["staging".into(), "production".into()]));
    assert!(of("environment").required && of("bare").required && !of("note").required && !of("TICKET").required);
    assert_eq!((of("dry_run").kind.clone(), of("dry_run").default.as_deref()), (InputKind::Boolean, Some("false")));
    assert_eq!((of("replicas").kind.clone(), of("replicas").default.as_deref()), (InputKind::Number, Some("2")));
    assert_eq!(of("regions").default.as_deref(), Some(r#"["eu","us"]"#));
    assert_eq!(of("version").description, r"Must match ^v\d+$");
    assert_eq!(
        (of("LEVEL").kind.clone(), of("LEVEL").default.as_deref()),
        (InputKind::Choice(vec!["low".into(), "high".into()]), Some("low"))
    );
}

#[test]
fn what_a_run_can_be_found_by_is_told() {
    let shown: Vec<String> = described().into_iter().filter(|input| input.shown_in_title).map(|input| input.name).collect();
    assert_eq!(shown, ["version", "note", "TICKET", "LEVEL"]);
}

#[test]
fn values_go_out_in_their_type() {
    let file = ConfigFile::read(FILE, "the file");
    for (name, text, value) in [
        ("environment", "staging", json!("staging")),
        ("dry_run", "true", json!(true)),
        ("dry_run", "perhaps", json!("perhaps")),
        ("replicas", "3", json!(3)),
        ("regions", "[\"eu\"]", json!(["eu"])),
        ("version", "1", json!("1")),
    ] {
        assert_eq!(file.input_value(name, text), Some(value), "{name}");
    }
    assert_eq!(file.input_value("TICKET", "T-1"), None, "a variable is no input");
    assert_eq!(file.input_value("unheard_of", "x"), None);
}

#[test]
fn a_file_without_header_has_no_inputs() {
    let read = ConfigFile::read("variables:\n  A: {description: d}\nbuild:\n  script: make\n", "f").describe();
    assert_eq!(read.inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>(), ["A"]);
    for empty in ["", "# nothing\n", "---\n", "[]", "spec:\n"] {
        assert_eq!(ConfigFile::read(empty, "f").describe(), PipelineDescription { obstacle: None, inputs: vec![] }, "{empty:?}");
    }
}

#[test]
fn unreadable_yaml_is_an_obstacle_and_its_header_still_counts() {
    let file = ConfigFile::read("spec:\n  inputs:\n    a: {type: boolean}\n---\nbuild: [\n", "the file at v1");
    assert_eq!(file.input_value("a", "true"), Some(json!(true)));
    let obstacle = file.describe().obstacle.unwrap();
    assert!(obstacle.contains("the file at v1 is not readable YAML"), "{obstacle}");
}

#[test]
fn a_huge_file_is_an_obstacle_and_is_not_read() {
    let obstacle = ConfigFile::read(&"[".repeat(LONGEST + 1), "the file").describe().obstacle.unwrap();
    assert!(obstacle.contains("512 KiB"), "{obstacle}");
}
