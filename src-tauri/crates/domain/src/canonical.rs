//! Canonical JSON (RFC 8785): the same bytes for the same value, whatever the order of its keys. What is hashed or signed goes
//! through here. Must not change what it writes: every chain and signature there is depends on it.

use serde_json::Value;

/// The largest whole number that every JSON reader takes exactly (RFC 8785, section 3.2.2.3).
const MAX_EXACT: u64 = 1 << 53;

/// The canonical JSON of a value.
#[must_use]
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    if write_plain(value, &mut bytes).is_some() {
        return bytes;
    }
    // A `Value` holds no number that RFC 8785 can't write, so the fallback is never taken; it is just as stable.
    serde_json_canonicalizer::to_vec(value).unwrap_or_else(|_| value.to_string().into_bytes())
}

/// Writes a value whose canonical form needs neither the number format of ECMAScript nor the order of UTF-16, which is nearly every
/// event and plan, and many times faster than the library. `None` where one of the two is needed.
fn write_plain(value: &Value, bytes: &mut Vec<u8>) -> Option<()> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => serde_json::to_writer(bytes, value).ok(),
        Value::Number(number) => {
            let exact = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64()).is_some_and(|size| size <= MAX_EXACT);
            if exact { serde_json::to_writer(bytes, number).ok() } else { None }
        }
        Value::Array(items) => {
            bytes.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    bytes.push(b',');
                }
                write_plain(item, bytes)?;
            }
            bytes.push(b']');
            Some(())
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            if fields.iter().any(|(name, _)| !name.is_ascii()) {
                return None;
            }
            fields.sort_unstable_by_key(|(name, _)| *name);
            bytes.push(b'{');
            for (place, (name, field)) in fields.into_iter().enumerate() {
                if place > 0 {
                    bytes.push(b',');
                }
                serde_json::to_writer(&mut *bytes, name).ok()?;
                bytes.push(b':');
                write_plain(field, bytes)?;
            }
            bytes.push(b'}');
            Some(())
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use proptest::prelude::*;

    fn anything() -> impl Strategy<Value = Value> {
        let number = prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-20_i64..20).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            Just(Value::from(MAX_EXACT)),
            Just(Value::from(MAX_EXACT + 1)),
        ];
        let text = prop_oneof![any::<String>(), "[\\x00-\\x7f]{0,8}", "[a-zA-Z_]{1,6}"];
        let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), number, text.clone().prop_map(Value::from)];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((text.clone(), inner), 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn both_ways_write_the_same(value in anything()) {
            prop_assert_eq!(String::from_utf8(canonical(&value)).unwrap(), serde_json_canonicalizer::to_string(&value).unwrap());
        }
    }

    #[test]
    fn what_is_not_plain_is_written_by_the_library() {
        for (text, expected) in [
            (r#"{"b":1e30,"a":0.10}"#, r#"{"a":0.1,"b":1e+30}"#),
            (r#"{"\uFB33":1,"\uD83D\uDE00":2}"#, "{\"\u{1f600}\":2,\"\u{fb33}\":1}"),
            (r#"{"n":9007199254740993}"#, r#"{"n":9007199254740992}"#),
        ] {
            assert_eq!(String::from_utf8(canonical(&serde_json::from_str(text).unwrap())).unwrap(), expected);
        }
    }
}
