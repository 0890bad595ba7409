//! The `tree` parameter: which fields of an answer are wanted, `jobs[name,builds[number]{0,5}]`. An answer that ignored it would hide
//! a field that a client forgot to ask for.

use serde_json::{Map, Value};

/// A field with what is wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    name: String,
    inner: Vec<Field>,
    range: Option<(usize, usize)>,
}

/// What of `value` a `tree` names. `None` where it can't be read.
pub(crate) fn narrow(value: &Value, tree: &str) -> Option<Value> {
    let mut rest = tree;
    let fields = fields(&mut rest)?;
    rest.is_empty().then(|| pick(value, &fields))
}

fn fields(rest: &mut &str) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    loop {
        let end = rest.find([',', '[', ']', '{']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let mut field = Field { name: name.trim().to_owned(), inner: Vec::new(), range: None };
        *rest = after;
        if let Some(after) = rest.strip_prefix('[') {
            *rest = after;
            field.inner = self::fields(rest)?;
            *rest = rest.strip_prefix(']')?;
        }
        if let Some(after) = rest.strip_prefix('{') {
            let (range, after) = after.split_once('}')?;
            *rest = after;
            let (from, to) = range.split_once(',').unwrap_or((range, ""));
            let from = if from.is_empty() { 0 } else { from.parse().ok()? };
            field.range = Some((from, if to.is_empty() { usize::MAX } else { to.parse().ok()? }));
        }
        fields.push(field);
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None => return Some(fields),
        }
    }
}

fn pick(value: &Value, fields: &[Field]) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(|item| pick(item, fields)).collect()),
        Value::Object(map) => {
            let mut picked = Map::new();
            // Jenkins names the class whatever is asked for.
            if let Some(class) = map.get("_class") {
                picked.insert("_class".to_owned(), class.clone());
            }
            for field in fields {
                let Some(found) = map.get(&field.name) else { continue };
                let found = match (found, field.range) {
                    (Value::Array(items), Some((from, to))) => Value::Array(items.iter().take(to).skip(from).cloned().collect()),
                    (other, _) => other.clone(),
                };
                let found = if field.inner.is_empty() { shallow(&found) } else { pick(&found, &field.inner) };
                picked.insert(field.name.clone(), found);
            }
            Value::Object(picked)
        }
        other => other.clone(),
    }
}

/// Of objects that are asked for without fields only the class is given.
fn shallow(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(shallow).collect()),
        Value::Object(_) => pick(value, &[]),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_named_is_given() {
        let value = json!({"_class": "F", "name": "f", "jobs": [
            {"_class": "J", "name": "a", "color": "blue", "builds": [{"number": 3, "url": "u"}, {"number": 2}, {"number": 1}]},
        ]});
        let wanted = json!({"_class": "F", "jobs": [{"_class": "J", "name": "a", "builds": [{"number": 3}, {"number": 2}]}]});
        assert_eq!(narrow(&value, "jobs[name,builds[number]{0,2}]"), Some(wanted));
        assert_eq!(narrow(&value, "jobs"), Some(json!({"_class": "F", "jobs": [{"_class": "J"}]})));
        assert_eq!(narrow(&value, "jobs[builds[number]{2,}]").map(|v| v["jobs"][0]["builds"].clone()), Some(json!([{"number": 1}])));
        for bad in ["jobs[name", "jobs]", "jobs{x}"] {
            assert_eq!(narrow(&value, bad), None, "{bad}");
        }
    }
}
