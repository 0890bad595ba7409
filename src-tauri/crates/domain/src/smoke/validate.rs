//! What the form alone can't tell: ranges, names that have no value, expressions that can't be read. Each is told with the line where the
//! field stands. Must not stop at the first.

use super::form::{BUILT_IN, Capture, Expect, MAX_STEPS, Scenario, Step};
use super::template::{SECRET, Template, is_name};
use crate::strict_yaml::YamlFault;
use regex::RegexBuilder;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json_path::JsonPath;
use std::collections::BTreeSet;
use std::fmt;

/// The most a regular expression may take when it is built, in bytes.
pub(super) const REGEX_SIZE: usize = 1 << 20;
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// Headers that the connection itself settles.
const OWN_HEADERS: [&str; 5] = ["host", "content-length", "transfer-encoding", "connection", "upgrade"];

/// One step of the way to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
enum At {
    Key(String),
    Index(usize),
}

type Path = Vec<At>;

struct Faults<'t> {
    text: &'t str,
    found: Vec<YamlFault>,
}

/// Everything that is wrong with a scenario that has the right form.
pub(super) fn faults(scenario: &Scenario, text: &str) -> Vec<YamlFault> {
    let mut faults = Faults { text, found: Vec::new() };
    faults.scenario(scenario);
    faults.found.sort_by_key(|fault| (fault.line, fault.column));
    faults.found
}

/// Of a regular expression, or why it is none.
pub(super) fn regex(pattern: &str) -> Result<regex::Regex, String> {
    let built = RegexBuilder::new(pattern).size_limit(REGEX_SIZE).dfa_size_limit(REGEX_SIZE).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "this regular expression is too large".to_owned(),
        other => {
            format!("this is no regular expression: {}", other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: "))
        }
    })
}

impl Faults<'_> {
    fn add(&mut self, path: &Path, message: impl Into<String>) {
        let (line, column) = locate(self.text, path).map_or((None, None), |(line, column)| (Some(line), Some(column)));
        self.found.push(YamlFault { line, column, field: words(path), message: message.into() });
    }

    fn scenario(&mut self, scenario: &Scenario) {
        let name = key("name");
        self.name(&name, &scenario.name);
        let mut known: BTreeSet<&str> = BUILT_IN.into_iter().collect();
        for (variable, at) in scenario.variables.keys().map(|variable| (variable, at(&key("variables"), variable))) {
            self.variable(&at, variable);
            known.insert(variable);
        }
        for (environment, values) in &scenario.environments {
            for variable in values.keys() {
                self.variable(&at(&at(&key("environments"), environment), variable), variable);
                known.insert(variable);
            }
        }
        let steps = key("steps");
        if scenario.steps.is_empty() || scenario.steps.len() > MAX_STEPS {
            self.add(&steps, format!("a scenario has 1 to {MAX_STEPS} steps"));
        }
        for (index, step) in scenario.steps.iter().enumerate().take(MAX_STEPS) {
            let path = item(&steps, index);
            self.step(&path, step, &known);
            known.extend(step.capture.iter().map(|capture| capture.name.as_str()));
        }
    }

    fn name(&mut self, path: &Path, name: &str) {
        if name.trim().is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
            self.add(path, "a name has 1 to 120 characters on one line");
        }
    }

    fn variable(&mut self, path: &Path, name: &str) {
        if !is_name(name) || name.starts_with(SECRET) {
            self.add(path, "a variable's name has letters, digits, `_`, `-` and `.`, and begins with a letter");
        } else if BUILT_IN.contains(&name) && name != "base_url" {
            self.add(path, format!("`{name}` is filled in by Pilothouse: choose another name"));
        }
    }

    fn step(&mut self, path: &Path, step: &Step, known: &BTreeSet<&str>) {
        let field = |name: &str| at(path, name);
        self.name(&field("name"), &step.name);
        if !METHODS.contains(&step.method.as_str()) {
            self.add(&field("method"), format!("the method is one of {}", METHODS.join(", ")));
        }
        self.url(&field("url"), &step.url, known);
        for (name, value) in &step.headers {
            let path = at(&field("headers"), name);
            let is_token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
            if !is_token || OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                self.add(&path, "this header can't be set");
            }
            if value.chars().any(char::is_control) {
                self.add(&path, "a header's value stands on one line");
            }
            self.template(&path, value, known, true);
        }
        if step.body.is_some() && step.json.is_some() {
            self.add(&field("json"), "a step has either `body` or `json`");
        }
        if let Some(body) = &step.body {
            self.template(&field("body"), body, known, true);
        }
        if let Some(json) = &step.json {
            self.json(&field("json"), json, known, true);
        }
        for (name, value, range) in [
            ("timeout_seconds", step.timeout_seconds, 1..=60),
            ("retries", step.retries, 0..=5),
            ("retry_after_seconds", step.retry_after_seconds, 1..=30),
            ("redirects", step.redirects, 0..=10),
        ] {
            if !range.contains(&value) {
                self.add(&field(name), format!("choose {} to {}", range.start(), range.end()));
            }
        }
        self.expect(&field("expect"), &step.expect, known);
        for (index, capture) in step.capture.iter().enumerate() {
            self.capture(&item(&field("capture"), index), capture);
        }
    }

    fn url(&mut self, path: &Path, url: &str, known: &BTreeSet<&str>) {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        match host {
            _ if url.trim() != url || url.is_empty() => self.add(path, "the address is empty or has space at its ends"),
            None if !url.starts_with("{{") => self.add(path, "an address begins with https://, http:// or `{{base_url}}`"),
            Some(host) if host.contains('@') => self.add(path, "an address holds no user name or password: use a header with a secret"),
            Some("") => self.add(path, "the address has no host"),
            _ => {}
        }
        self.template(path, url, known, false);
    }

    fn expect(&mut self, path: &Path, expect: &Expect, known: &BTreeSet<&str>) {
        if expect.within_ms.is_some_and(|within| !(1..=60_000).contains(&within)) {
            self.add(&at(path, "within_ms"), "choose 1 to 60000");
        }
        if expect.certificate_days.is_some_and(|days| !(1..=3_650).contains(&days)) {
            self.add(&at(path, "certificate_days"), "choose 1 to 3650");
        }
        for (index, header) in expect.headers.iter().enumerate() {
            let path = item(&at(path, "headers"), index);
            let given = [header.equals.is_some(), header.contains.is_some(), header.matches.is_some(), header.exists.is_some()];
            self.one_of(&path, &given, "equals, contains, matches, exists");
            for text in [&header.equals, &header.contains].into_iter().flatten() {
                self.template(&path, text, known, false);
            }
            self.regex(&path, header.matches.as_deref());
        }
        for (index, json) in expect.json.iter().enumerate() {
            let path = item(&at(path, "json"), index);
            let numbers = json.at_least.is_some() || json.at_most.is_some();
            let others = [&json.equals, &json.not_equals, &json.contains].map(Option::is_some);
            let given = [others[0], others[1], others[2], json.matches.is_some(), json.exists.is_some(), numbers, json.count.is_some()];
            self.one_of(&path, &given, "equals, not_equals, contains, matches, exists, at_least, at_most, count");
            self.json_path(&at(&path, "path"), &json.path);
            for value in [&json.equals, &json.not_equals, &json.contains].into_iter().flatten() {
                self.json(&path, value, known, false);
            }
            self.regex(&path, json.matches.as_deref());
        }
        for (index, text) in expect.body.iter().enumerate() {
            let path = item(&at(path, "body"), index);
            let given = [text.equals.is_some(), text.contains.is_some(), text.lacks.is_some(), text.matches.is_some()];
            self.one_of(&path, &given, "equals, contains, lacks, matches");
            for part in [&text.equals, &text.contains, &text.lacks].into_iter().flatten() {
                self.template(&path, part, known, false);
            }
            self.regex(&path, text.matches.as_deref());
        }
    }

    fn capture(&mut self, path: &Path, capture: &Capture) {
        self.variable(&at(path, "as"), &capture.name);
        let given = [capture.json.is_some(), capture.header.is_some(), capture.regex.is_some()];
        self.one_of(path, &given, "json, header, regex");
        if let Some(json) = &capture.json {
            self.json_path(&at(path, "json"), json);
        }
        self.regex(&at(path, "regex"), capture.regex.as_deref());
    }

    fn one_of(&mut self, path: &Path, given: &[bool], names: &str) {
        if given.iter().filter(|given| **given).count() != 1 {
            self.add(path, format!("give exactly one of {names}"));
        }
    }

    fn regex(&mut self, path: &Path, pattern: Option<&str>) {
        if let Some(Err(message)) = pattern.map(regex) {
            self.add(path, message);
        }
    }

    fn json_path(&mut self, path: &Path, json_path: &str) {
        if let Err(error) = JsonPath::parse(json_path) {
            self.add(path, format!("this is no JSONPath: {error}"));
        }
    }

    fn json(&mut self, path: &Path, value: &Value, known: &BTreeSet<&str>, secrets: bool) {
        match value {
            Value::String(text) => self.template(path, text, known, secrets),
            Value::Array(list) => list.iter().for_each(|value| self.json(path, value, known, secrets)),
            Value::Object(fields) => fields.values().for_each(|value| self.json(path, value, known, secrets)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn template(&mut self, path: &Path, text: &str, known: &BTreeSet<&str>, secrets: bool) {
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(fault) => return self.add(path, fault.to_string()),
        };
        for name in template.names() {
            match name.strip_prefix(SECRET) {
                Some(_) if !secrets => self.add(path, "a secret may stand in a header or a body, nowhere else: the rest is shown"),
                Some(secret) if !is_name(secret) => self.add(path, "the secret has no name"),
                Some(_) => {}
                None if !known.contains(name) => {
                    self.add(path, format!("nothing gives `{{{{{name}}}}}` a value before this step: no variable, no capture"));
                }
                None => {}
            }
        }
    }
}

fn key(name: &str) -> Path {
    vec![At::Key(name.to_owned())]
}

fn at(path: &Path, name: &str) -> Path {
    path.iter().cloned().chain([At::Key(name.to_owned())]).collect()
}

fn item(path: &Path, index: usize) -> Path {
    path.iter().cloned().chain([At::Index(index)]).collect()
}

/// `steps[1].url`.
fn words(path: &Path) -> String {
    path.iter().fold(String::new(), |words, part| match part {
        At::Key(name) if words.is_empty() => name.clone(),
        At::Key(name) => format!("{words}.{name}"),
        At::Index(index) => format!("{words}[{index}]"),
    })
}

/// Line and column of a field, or of the innermost thing around it that is there: the text is read again, up to the field, where reading
/// fails on purpose, since the parser tells where that was.
fn locate(text: &str, path: &Path) -> Option<(u32, u32)> {
    (1..=path.len()).rev().find_map(|length| {
        let error = Find(path.get(..length)?).deserialize(yaml_serde::Deserializer::from_str(text)).err()?;
        let at = error.location().filter(|_| error.to_string().contains(HERE))?;
        Some((u32::try_from(at.line()).ok()?, u32::try_from(at.column()).ok()?))
    })
}

const HERE: &str = "\u{1}here\u{1}";

struct Find<'p>(&'p [At]);

impl<'de> DeserializeSeed<'de> for Find<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.0.is_empty() {
            // The value is taken first, so that the parser's position is its own.
            return deserializer.deserialize_any(Fail);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Find<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match self.0.split_first() {
                Some((At::Key(wanted), rest)) if *wanted == key => map.next_value_seed(Find(rest))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            let more = match self.0.split_first() {
                Some((At::Index(wanted), rest)) if *wanted == index => list.next_element_seed(Find(rest))?,
                _ => list.next_element::<IgnoredAny>()?.map(drop),
            };
            if more.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }
}

struct Fail;

impl<'de> Visitor<'de> for Fail {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HERE)
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom(HERE))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom(HERE))
    }
}
