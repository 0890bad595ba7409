//! What one settings file says and another doesn't. Elements of a list are compared by their name or title, so that one that is added tells
//! nothing of those behind it.

use super::SettingsFile;
use serde_json::{Map, Value};

/// A difference between two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsChange {
    /// Where, from the outside in: `environments`, `staging`, `rules`, `required_approvals`.
    pub path: Vec<String>,
    /// What it was; `None`: it wasn't there.
    pub before: Option<String>,
    /// What it is; `None`: it is taken away.
    pub after: Option<String>,
}

/// The differences, in the order of the form's fields.
#[must_use]
pub fn differences(before: &SettingsFile, after: &SettingsFile) -> Vec<SettingsChange> {
    let mut found = Vec::new();
    let (mut before, mut after) = (before.clone(), after.clone());
    for environment in &mut after.environments {
        let known = environment.known_among(before.environments.iter().map(|known| known.name.as_str()));
        if let Some(known) = known.and_then(|place| before.environments.get_mut(place)).filter(|known| known.name != environment.name) {
            let path = ["environments", &known.name, "name"].map(str::to_owned).to_vec();
            found.push(SettingsChange { path, before: Some(known.name.clone()), after: Some(environment.name.clone()) });
            known.name.clone_from(&environment.name);
        }
    }
    for environment in before.environments.iter_mut().chain(&mut after.environments) {
        environment.renamed_from = None;
    }
    // None of these types holds what JSON can't say; null would be equal to null.
    let value = |file: &SettingsFile| serde_json::to_value(file).unwrap_or_default();
    compare(&mut Vec::new(), &value(&before), &value(&after), &mut found);
    found
}

fn compare(path: &mut Vec<String>, before: &Value, after: &Value, found: &mut Vec<SettingsChange>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => compare_objects(path, before, after, found),
        (Value::Array(before), Value::Array(after)) if is_named(before) && is_named(after) => compare_lists(path, before, after, found),
        (before, after) => {
            found.push(SettingsChange { path: path.clone(), before: shown(before), after: shown(after) });
        }
    }
}

fn compare_objects(path: &mut Vec<String>, before: &Map<String, Value>, after: &Map<String, Value>, found: &mut Vec<SettingsChange>) {
    let mut fields: Vec<&String> = before.keys().chain(after.keys().filter(|field| !before.contains_key(*field))).collect();
    fields.sort_by_key(|field| order(field));
    for field in fields {
        path.push(field.clone());
        let absent = Value::Null;
        compare(path, before.get(field).unwrap_or(&absent), after.get(field).unwrap_or(&absent), found);
        path.pop();
    }
}

fn compare_lists(path: &mut Vec<String>, before: &[Value], after: &[Value], found: &mut Vec<SettingsChange>) {
    let of = |list: &'_ [Value], wanted: &str| list.iter().find(|element| name(element) == Some(wanted)).cloned().unwrap_or_default();
    for gone in before.iter().filter_map(name).filter(|gone| of(after, gone).is_null()) {
        path.push(gone.to_owned());
        found.push(SettingsChange { path: path.clone(), before: shown(&of(before, gone)), after: None });
        path.pop();
    }
    for there in after.iter().filter_map(name) {
        path.push(there.to_owned());
        compare(path, &of(before, there), &of(after, there), found);
        path.pop();
    }
    let kept = |list: &[Value], other: &[Value]| -> Vec<String> {
        list.iter().filter_map(name).filter(|name| !of(other, name).is_null()).map(str::to_owned).collect()
    };
    let (then, now) = (kept(before, after), kept(after, before));
    if then != now {
        path.push("order".to_owned());
        found.push(SettingsChange { path: path.clone(), before: Some(then.join(", ")), after: Some(now.join(", ")) });
        path.pop();
    }
}

/// Whether each element has a name, and no two the same.
fn is_named(list: &[Value]) -> bool {
    let names: Vec<&str> = list.iter().filter_map(name).collect();
    names.len() == list.len() && names.iter().enumerate().all(|(place, name)| !names[..place].contains(name))
}

fn name(element: &Value) -> Option<&str> {
    element.get("name").or_else(|| element.get("title")).and_then(Value::as_str)
}

/// The name first, the parts that belong to something after what it is itself.
fn order(field: &str) -> u8 {
    match field {
        "pilothouse" | "name" | "title" => 0,
        "product" => 1,
        "environments" | "rules" => 3,
        "rollout" => 4,
        "checks" => 5,
        "checklists" => 6,
        "windows" => 7,
        _ => 2,
    }
}

/// A value in words: a text as it is, a list with commas, a whole element by its fields.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(list) if list.is_empty() => None,
        Value::Array(list) => Some(list.iter().filter_map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| shown(value).map(|value| format!("{name}: {value}"));
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| order(name));
            Some(sorted.into_iter().filter_map(field).collect::<Vec<_>>().join("; "))
        }
        other => Some(other.to_string()),
    }
}
