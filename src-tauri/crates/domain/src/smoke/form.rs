//! A scenario's text: YAML in a strict form, where what isn't known is refused. What is wrong is told with its line and its field.
//!
//! ```yaml
//! name: Checkout
//! variables: { currency: EUR }
//! environments:
//!   staging: { base_url: https://staging.shop.example }
//! steps:
//!   - name: Log in
//!     method: POST
//!     url: "{{base_url}}/session"
//!     json: { user: smoke, password: "{{secret.shop-password}}" }
//!     expect: { status: 201, within_ms: 800 }
//!     capture: [{ as: token, json: $.token, secret: true }]
//! ```
//!
//! Must not: read a file, or send anything.

use super::scalar::Scalar;
use super::validate;
use crate::strict_yaml::{self, YamlFault};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest text, in bytes.
pub const MAX_TEXT: usize = 128 * 1024;
/// The most steps.
pub const MAX_STEPS: usize = 50;
/// Names that always have a value, or (`base_url`) get one from the environment.
pub const BUILT_IN: [&str; 7] = ["base_url", "version", "tag", "commit", "environment", "product", "run_id"];

/// A scenario: what is asked, one step after another, and what is expected.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Values that hold everywhere.
    #[serde(default, deserialize_with = "values")]
    pub variables: BTreeMap<String, String>,
    /// Values of single environments, by the environment's name; they go before those that hold everywhere.
    #[serde(default, deserialize_with = "values_of_environments")]
    pub environments: BTreeMap<String, BTreeMap<String, String>>,
    /// The steps. The first that doesn't pass ends the run.
    pub steps: Vec<Step>,
}

/// One request and what is expected of its answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`.
    #[serde(default = "get")]
    pub method: String,
    /// Where to. Takes variables, but no secret: addresses are shown.
    pub url: String,
    /// Headers. Take variables and secrets.
    #[serde(default, deserialize_with = "values")]
    pub headers: BTreeMap<String, String>,
    /// A body as it is sent. Takes variables and secrets.
    #[serde(default, deserialize_with = "maybe_value")]
    pub body: Option<String>,
    /// A body that is sent as JSON. Its texts take variables and secrets.
    #[serde(default)]
    pub json: Option<Value>,
    /// Seconds within which the whole answer must be there. 1 to 60.
    #[serde(default = "ten")]
    pub timeout_seconds: u16,
    /// How often it is tried again where it doesn't pass. 0 to 5. Of a step that passes only then, the run is marked.
    #[serde(default)]
    pub retries: u16,
    /// Seconds before it is tried again. 1 to 30.
    #[serde(default = "one")]
    pub retry_after_seconds: u16,
    /// How many redirects are followed. 0 to 10.
    #[serde(default)]
    pub redirects: u16,
    /// What is expected.
    #[serde(default)]
    pub expect: Expect,
    /// What later steps need of the answer.
    #[serde(default)]
    pub capture: Vec<Capture>,
}

/// What is expected of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// `200`, `"200-299"` or a list of them; 200 to 299 where nothing is said.
    #[serde(default)]
    pub status: Statuses,
    /// Milliseconds within which the answer must be there.
    #[serde(default)]
    pub within_ms: Option<u32>,
    /// Days for which the certificate must still be valid.
    #[serde(default)]
    pub certificate_days: Option<u16>,
    /// Of headers.
    #[serde(default)]
    pub headers: Vec<ExpectHeader>,
    /// Of values in a JSON body.
    #[serde(default)]
    pub json: Vec<ExpectJson>,
    /// Of the body as text.
    #[serde(default)]
    pub body: Vec<ExpectText>,
}

/// Statuses that pass, as ranges; none stands for 200 to 299.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statuses(pub Vec<(u16, u16)>);

/// What is expected of a header. Exactly one of the last four.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectHeader {
    /// Its name, in any case.
    pub name: String,
    /// Its whole value.
    #[serde(default, deserialize_with = "maybe_value")]
    pub equals: Option<String>,
    /// A part of its value.
    #[serde(default, deserialize_with = "maybe_value")]
    pub contains: Option<String>,
    /// A regular expression that fits somewhere in its value.
    #[serde(default)]
    pub matches: Option<String>,
    /// Whether it is there.
    #[serde(default)]
    pub exists: Option<bool>,
}

/// What is expected of a value in a JSON body. Exactly one beside the path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectJson {
    /// A JSONPath (RFC 9535).
    pub path: String,
    /// The value. Its texts take variables.
    #[serde(default, deserialize_with = "given")]
    pub equals: Option<Value>,
    /// Any other value.
    #[serde(default, deserialize_with = "given")]
    pub not_equals: Option<Value>,
    /// A part of a text, or an element of a list.
    #[serde(default, deserialize_with = "given")]
    pub contains: Option<Value>,
    /// A regular expression that fits somewhere in a text.
    #[serde(default)]
    pub matches: Option<String>,
    /// Whether the path leads to something.
    #[serde(default)]
    pub exists: Option<bool>,
    /// The lowest number.
    #[serde(default)]
    pub at_least: Option<serde_json::Number>,
    /// The highest number.
    #[serde(default)]
    pub at_most: Option<serde_json::Number>,
    /// How many values the path leads to.
    #[serde(default)]
    pub count: Option<u32>,
}

/// What is expected of the body as text. Exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectText {
    /// The whole body, without white space at its ends.
    #[serde(default, deserialize_with = "maybe_value")]
    pub equals: Option<String>,
    /// A part of it.
    #[serde(default, deserialize_with = "maybe_value")]
    pub contains: Option<String>,
    /// What must not be in it.
    #[serde(default, deserialize_with = "maybe_value")]
    pub lacks: Option<String>,
    /// A regular expression that fits somewhere in it.
    #[serde(default)]
    pub matches: Option<String>,
}

/// A value of an answer that later steps need. Exactly one of `json`, `header` and `regex`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// The variable's name.
    #[serde(rename = "as")]
    pub name: String,
    /// A JSONPath (RFC 9535); the first value that it leads to.
    #[serde(default)]
    pub json: Option<String>,
    /// A header's name; its first value.
    #[serde(default)]
    pub header: Option<String>,
    /// A regular expression over the body; its first group, or without a group what fits.
    #[serde(default)]
    pub regex: Option<String>,
    /// Whether it is a credential, which is shown and kept nowhere.
    #[serde(default)]
    pub secret: bool,
}

/// Reads a scenario.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text; where it can't be read on, the first.
pub fn parse(text: &str) -> Result<Scenario, Vec<YamlFault>> {
    let whole = |message: String| vec![YamlFault { line: None, column: None, field: String::new(), message }];
    if text.len() > MAX_TEXT {
        return Err(whole(format!("the scenario is longer than {} KiB", MAX_TEXT / 1024)));
    }
    if text.trim().is_empty() {
        return Err(whole("the scenario is empty: it needs a `name` and `steps`".to_owned()));
    }
    let scenario: Scenario = strict_yaml::read(text).map_err(|fault| vec![fault])?;
    let faults = validate::faults(&scenario, text);
    if faults.is_empty() { Ok(scenario) } else { Err(faults) }
}

fn get() -> String {
    "GET".to_owned()
}

fn ten() -> u16 {
    10
}

fn one() -> u16 {
    1
}

fn values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let values = BTreeMap::<String, Scalar>::deserialize(deserializer)?;
    Ok(values.into_iter().map(|(name, value)| (name, value.0)).collect())
}

fn values_of_environments<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, BTreeMap<String, String>>, D::Error> {
    let values = BTreeMap::<String, BTreeMap<String, Scalar>>::deserialize(deserializer)?;
    let plain = |of: BTreeMap<String, Scalar>| of.into_iter().map(|(name, value)| (name, value.0)).collect();
    Ok(values.into_iter().map(|(environment, of)| (environment, plain(of))).collect())
}

fn maybe_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Scalar::deserialize(deserializer).map(|value| Some(value.0))
}

/// A value that is given, be it `null`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let range = |value: &Value| {
            let text = match value {
                Value::Number(number) => number.to_string(),
                Value::String(text) => text.clone(),
                _ => return None,
            };
            let (low, high) = text.split_once('-').unwrap_or((&text, &text));
            let range: (u16, u16) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
            ((100..=599).contains(&range.0) && (range.0..=599).contains(&range.1)).then_some(range)
        };
        let value = Value::deserialize(deserializer)?;
        let listed = match &value {
            Value::Array(list) if !list.is_empty() => list.iter().map(range).collect(),
            one => range(one).map(|range| vec![range]),
        };
        listed.map(Self).ok_or_else(|| serde::de::Error::custom("a status is 200, \"200-299\" or a list of them, between 100 and 599"))
    }
}

impl Statuses {
    /// Whether a status passes.
    #[must_use]
    pub fn has(&self, status: u16) -> bool {
        if self.0.is_empty() { (200..=299).contains(&status) } else { self.0.iter().any(|(low, high)| (*low..=*high).contains(&status)) }
    }

    /// "200 to 299", "200 or 204".
    #[must_use]
    pub fn words(&self) -> String {
        let ranges: Vec<String> =
            self.0.iter().map(|(low, high)| if low == high { low.to_string() } else { format!("{low} to {high}") }).collect();
        if ranges.is_empty() { "200 to 299".to_owned() } else { ranges.join(" or ") }
    }
}
