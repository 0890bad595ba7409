//! Amazon's own description of CodePipeline, where it lies beside the repository, and whether a request or an answer keeps to it.

use flate2::read::GzDecoder;
use regex::Regex;
use serde_json::{Map, Value};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The description's file.
const FILE: &str = "codepipeline-2015-07-09.service-2.json.gz";

/// The description.
pub(super) struct Model(Value);

fn folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("PILOTHOUSE_CONTRACTS") {
        return Some(PathBuf::from(named));
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|folder| folder.join("shared/contracts")).find(|folder| folder.is_dir())
}

impl Model {
    /// Reads it; `None` where it isn't there.
    pub(super) fn read() -> Option<Self> {
        let packed = std::fs::read(folder()?.join(FILE)).ok()?;
        let mut text = String::new();
        GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
        Some(Self(serde_json::from_str(&text).unwrap()))
    }

    /// What is wrong with an operation's input.
    pub(super) fn input(&self, operation: &str, value: &Value) -> Vec<String> {
        self.shape_of(operation, "input", value)
    }

    /// What is wrong with an operation's output.
    pub(super) fn output(&self, operation: &str, value: &Value) -> Vec<String> {
        self.shape_of(operation, "output", value)
    }

    /// Whether an operation may fail with this code by the description. Common errors aren't part of it.
    pub(super) fn has_error(&self, operation: &str, code: &str) -> bool {
        let errors = self.0["operations"][operation]["errors"].as_array();
        errors.is_some_and(|errors| errors.iter().any(|error| error["shape"] == code))
    }

    fn shape_of(&self, operation: &str, side: &str, value: &Value) -> Vec<String> {
        let known = &self.0["operations"][operation];
        if known.is_null() {
            return vec![format!("there is no operation {operation}")];
        }
        let mut wrong = Vec::new();
        match known[side]["shape"].as_str() {
            Some(shape) => self.check(shape, value, operation, &mut wrong),
            None if value.as_object().is_none_or(Map::is_empty) => {}
            None => wrong.push(format!("{operation} has no {side}")),
        }
        wrong
    }

    fn check(&self, shape: &str, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let known = &self.0["shapes"][shape];
        let bound = |name: &str| known[name].as_f64();
        let mut outside = |size: f64| {
            if bound("min").is_some_and(|min| size < min) || bound("max").is_some_and(|max| size > max) {
                wrong.push(format!("{place}: {size} is out of bounds"));
            }
        };
        match (known["type"].as_str().unwrap(), value) {
            ("structure", Value::Object(members)) => {
                for name in known["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    if !members.contains_key(name) {
                        wrong.push(format!("{place}.{name} is missing"));
                    }
                }
                for (name, value) in members {
                    match known["members"][name]["shape"].as_str() {
                        Some(shape) => self.check(shape, value, &format!("{place}.{name}"), wrong),
                        None => wrong.push(format!("{place}.{name} is unknown")),
                    }
                }
            }
            ("list", Value::Array(items)) => {
                #[expect(clippy::cast_precision_loss, reason = "few items")]
                outside(items.len() as f64);
                for (number, item) in items.iter().enumerate() {
                    self.check(known["member"]["shape"].as_str().unwrap(), item, &format!("{place}[{number}]"), wrong);
                }
            }
            ("map", Value::Object(entries)) => {
                for (name, value) in entries {
                    self.check(known["key"]["shape"].as_str().unwrap(), &Value::from(name.as_str()), place, wrong);
                    self.check(known["value"]["shape"].as_str().unwrap(), value, &format!("{place}.{name}"), wrong);
                }
            }
            ("string", Value::String(text)) => {
                #[expect(clippy::cast_precision_loss, reason = "short texts")]
                outside(text.chars().count() as f64);
                if let Some(words) = known["enum"].as_array()
                    && !words.iter().any(|word| word == text)
                {
                    wrong.push(format!("{place}: {text} is none of the words"));
                }
                if let Some(pattern) = known["pattern"].as_str()
                    && !Regex::new(&format!("^(?:{pattern})$")).unwrap().is_match(text)
                {
                    wrong.push(format!("{place}: {text} doesn't fit {pattern}"));
                }
            }
            ("integer" | "long", Value::Number(number)) if number.is_i64() || number.is_u64() => outside(number.as_f64().unwrap()),
            ("timestamp", Value::Number(_)) | ("boolean", Value::Bool(_)) => {}
            (kind, value) => wrong.push(format!("{place}: {value} is no {kind}")),
        }
    }
}
