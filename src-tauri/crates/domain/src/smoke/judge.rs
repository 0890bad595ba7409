//! Judges an answer by what was expected, and takes out of it what later steps need. Must not look anything up: values come in.

use super::exchange::Answer;
use super::form::{Capture, Expect, ExpectHeader, ExpectJson, ExpectText};
use super::run::SmokeVerdict;
use super::template::{MissingValue, Template};
use super::validate::regex;
use crate::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json_path::JsonPath;

/// Characters of a found value that are shown.
const SHOWN: usize = 200;
/// Seconds of a day.
const DAY: u64 = 86_400;

/// One expectation and how the answer met it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// What was expected: "status 200 to 299".
    pub expected: String,
    /// What was found.
    pub found: String,
    /// Whether that is as expected; errored where it can't be told.
    pub verdict: SmokeVerdict,
}

/// A value taken out of an answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Captured {
    /// The variable's name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it is a credential.
    pub secret: bool,
}

/// How an answer meets every expectation.
///
/// # Errors
/// [`MissingValue`] where an expectation names something without a value.
pub fn judge<'v>(
    expect: &Expect,
    answer: &Answer,
    now: Timestamp,
    value: impl Fn(&str) -> Option<&'v str>,
) -> Result<Vec<Judged>, MissingValue> {
    let value = &value;
    let mut judged = vec![of(format!("status {}", expect.status.words()), answer.status.to_string(), expect.status.has(answer.status))];
    if let Some(within) = expect.within_ms {
        let took = answer.took_us / 1_000;
        judged.push(of(format!("answer within {within} ms"), format!("{took} ms"), answer.took_us <= within.saturating_mul(1_000)));
    }
    if let Some(days) = expect.certificate_days {
        judged.push(certificate(days, answer.certificate_until, now));
    }
    for header in &expect.headers {
        judged.push(of_header(header, answer, value)?);
    }
    if !expect.json.is_empty() {
        let body = json(answer);
        for json in &expect.json {
            judged.push(of_json(json, body.as_ref(), value)?);
        }
    }
    for text in &expect.body {
        judged.push(of_text(text, answer, value)?);
    }
    Ok(judged)
}

/// What a capture takes out of an answer.
///
/// # Errors
/// Why there is nothing to take.
pub fn capture(capture: &Capture, answer: &Answer) -> Result<Captured, String> {
    let value = match (&capture.json, &capture.header, &capture.regex) {
        (Some(path), _, _) => {
            let body = json(answer).map_err(|unread| unread.reason)?;
            match path_of(path)?.query(&body).first() {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Null) | None => return Err(format!("there is no {path} in the answer")),
                Some(other) => other.to_string(),
            }
        }
        (_, Some(header), _) => answer.header(header).next().ok_or_else(|| format!("the answer has no header {header}"))?.to_owned(),
        (_, _, Some(pattern)) => {
            let body = String::from_utf8_lossy(&answer.body);
            let found =
                regex(pattern)?.captures(&body).and_then(|groups| groups.get(1).or_else(|| groups.get(0)).map(|m| m.as_str().to_owned()));
            found.ok_or_else(|| format!("nothing in the body fits {pattern}"))?
        }
        (None, None, None) => return Err("the capture says nothing of what to take".to_owned()),
    };
    Ok(Captured { name: capture.name.clone(), value, secret: capture.secret })
}

/// A body of JSON with values in its texts.
///
/// # Errors
/// [`MissingValue`] where a text names something without a value.
pub fn render_json<'v>(json: &Value, value: &impl Fn(&str) -> Option<&'v str>) -> Result<Value, MissingValue> {
    Ok(match json {
        Value::String(text) => Value::String(render(text, value)?),
        Value::Array(list) => Value::Array(list.iter().map(|json| render_json(json, value)).collect::<Result<_, _>>()?),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, json)| Ok((name.clone(), render_json(json, value)?))).collect::<Result<_, _>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => json.clone(),
    })
}

/// A text with values in it. One that is no template stays as it is: that was told when it was read.
///
/// # Errors
/// [`MissingValue`] where it names something without a value.
pub fn render<'v>(text: &str, value: &impl Fn(&str) -> Option<&'v str>) -> Result<String, MissingValue> {
    Template::parse(text).map_or_else(|_| Ok(text.to_owned()), |template| template.render(value))
}

fn of(expected: String, found: String, is_met: bool) -> Judged {
    Judged { expected, found, verdict: if is_met { SmokeVerdict::Passed } else { SmokeVerdict::Failed } }
}

fn untold(expected: String, found: String) -> Judged {
    Judged { expected, found, verdict: SmokeVerdict::Errored }
}

fn certificate(days: u16, until: Option<Timestamp>, now: Timestamp) -> Judged {
    let expected = format!("certificate valid for {days} more days");
    match until {
        None => of(expected, "no certificate: the address is not https".to_owned(), false),
        Some(until) => {
            let left = until.since(now).as_secs() / DAY;
            of(expected, format!("{left} days, until {}", until.as_datetime().format("%Y-%m-%d")), left >= u64::from(days))
        }
    }
}

fn of_header<'v>(header: &ExpectHeader, answer: &Answer, value: &impl Fn(&str) -> Option<&'v str>) -> Result<Judged, MissingValue> {
    let values: Vec<&str> = answer.header(&header.name).collect();
    let found = if values.is_empty() { "no such header".to_owned() } else { shown(&values.join(", ")) };
    let name = &header.name;
    Ok(if let Some(wanted) = &header.equals {
        let wanted = render(wanted, value)?;
        of(format!("header {name} is {}", shown(&wanted)), found, values.contains(&wanted.as_str()))
    } else if let Some(wanted) = &header.contains {
        let wanted = render(wanted, value)?;
        let is_met = values.iter().any(|value| value.contains(&wanted));
        of(format!("header {name} contains {}", shown(&wanted)), found, is_met)
    } else if let Some(pattern) = &header.matches {
        fits(format!("header {name} fits {pattern}"), found, pattern, &values)
    } else {
        let wanted = header.exists.unwrap_or(true);
        of(format!("header {name} is {}", if wanted { "there" } else { "not there" }), found, wanted != values.is_empty())
    })
}

fn of_text<'v>(text: &ExpectText, answer: &Answer, value: &impl Fn(&str) -> Option<&'v str>) -> Result<Judged, MissingValue> {
    let body = String::from_utf8_lossy(&answer.body);
    let found = shown(body.trim());
    let judged = if let Some(wanted) = &text.equals {
        let wanted = render(wanted, value)?;
        of(format!("body is {}", shown(&wanted)), found, body.trim() == wanted.trim())
    } else if let Some(wanted) = &text.contains {
        let wanted = render(wanted, value)?;
        of(format!("body contains {}", shown(&wanted)), found, body.contains(&wanted))
    } else if let Some(unwanted) = &text.lacks {
        let unwanted = render(unwanted, value)?;
        let is_met = !body.contains(&unwanted);
        let judged = of(format!("body lacks {}", shown(&unwanted)), found, is_met);
        // What was not read may hold it.
        return Ok(if is_met && answer.is_cut { untold(judged.expected, TOO_LONG.to_owned()) } else { judged });
    } else {
        let pattern = text.matches.as_deref().unwrap_or_default();
        fits(format!("body fits {pattern}"), found, pattern, &[&body])
    };
    let is_unmet = judged.verdict == SmokeVerdict::Failed;
    Ok(if is_unmet && answer.is_cut { untold(judged.expected, TOO_LONG.to_owned()) } else { judged })
}

const TOO_LONG: &str = "the body is longer than what is read of it";

fn fits(expected: String, found: String, pattern: &str, texts: &[&str]) -> Judged {
    match regex(pattern) {
        Ok(regex) => of(expected, found, texts.iter().any(|text| regex.is_match(text))),
        Err(message) => untold(expected, message),
    }
}

/// Why a body can't be read as JSON.
struct Unread {
    reason: String,
    verdict: SmokeVerdict,
}

fn json(answer: &Answer) -> Result<Value, Unread> {
    serde_json::from_slice(&answer.body).map_err(|_| {
        if answer.is_cut {
            Unread { reason: TOO_LONG.to_owned(), verdict: SmokeVerdict::Errored }
        } else {
            Unread { reason: "the body is no JSON".to_owned(), verdict: SmokeVerdict::Failed }
        }
    })
}

fn path_of(path: &str) -> Result<JsonPath, String> {
    JsonPath::parse(path).map_err(|error| format!("{path} is no JSONPath: {error}"))
}

fn of_json<'v>(json: &ExpectJson, body: Result<&Value, &Unread>, value: &impl Fn(&str) -> Option<&'v str>) -> Result<Judged, MissingValue> {
    let path = &json.path;
    let rendered = |json: &Option<Value>| json.as_ref().map(|json| render_json(json, value)).transpose();
    let (equals, not_equals, contains) = (rendered(&json.equals)?, rendered(&json.not_equals)?, rendered(&json.contains)?);
    let number = |number: &serde_json::Number| number.as_f64();
    let expected = if let Some(wanted) = &equals {
        format!("{path} is {}", shown(&wanted.to_string()))
    } else if let Some(unwanted) = &not_equals {
        format!("{path} is not {}", shown(&unwanted.to_string()))
    } else if let Some(wanted) = &contains {
        format!("{path} contains {}", shown(&wanted.to_string()))
    } else if let Some(pattern) = &json.matches {
        format!("{path} fits {pattern}")
    } else if let Some(count) = json.count {
        format!("{path} leads to {count} {}", if count == 1 { "value" } else { "values" })
    } else {
        match (&json.at_least, &json.at_most, json.exists) {
            (Some(low), Some(high), _) => format!("{path} is {low} to {high}"),
            (Some(low), None, _) => format!("{path} is at least {low}"),
            (None, Some(high), _) => format!("{path} is at most {high}"),
            (None, None, Some(false)) => format!("{path} is not there"),
            (None, None, _) => format!("{path} is there"),
        }
    };
    let body = match body {
        Ok(body) => body,
        Err(unread) => return Ok(Judged { expected, found: unread.reason.clone(), verdict: unread.verdict }),
    };
    let found = match path_of(path) {
        Ok(path) => path.query(body).all(),
        Err(message) => return Ok(untold(expected, message)),
    };
    let words = match found.as_slice() {
        [] => "nothing there".to_owned(),
        [one] => shown(&one.to_string()),
        [first, ..] => format!("{} values, first {}", found.len(), shown(&first.to_string())),
    };
    let texts: Vec<&str> = found.iter().filter_map(|value| value.as_str()).collect();
    let is_met = if let Some(wanted) = &equals {
        found.iter().any(|value| is_same(value, wanted))
    } else if let Some(unwanted) = &not_equals {
        !found.is_empty() && found.iter().all(|value| !is_same(value, unwanted))
    } else if let Some(wanted) = &contains {
        found.iter().any(|value| holds(value, wanted))
    } else if let Some(pattern) = &json.matches {
        return Ok(fits(expected, words, pattern, &texts));
    } else if let Some(count) = json.count {
        return Ok(of(expected, format!("{}", found.len()), usize::try_from(count).is_ok_and(|count| count == found.len())));
    } else if json.at_least.is_some() || json.at_most.is_some() {
        let lowest = json.at_least.as_ref().and_then(number);
        let highest = json.at_most.as_ref().and_then(number);
        let numbers: Vec<f64> = found.iter().filter_map(|value| value.as_f64()).collect();
        !numbers.is_empty() && numbers.iter().all(|n| lowest.is_none_or(|low| *n >= low) && highest.is_none_or(|high| *n <= high))
    } else {
        json.exists.unwrap_or(true) != found.is_empty()
    };
    Ok(of(expected, words, is_met))
}

/// Whether two values are the same; a number is its value, however it is written.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

fn holds(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        (Value::Array(list), wanted) => list.iter().any(|element| is_same(element, wanted)),
        _ => false,
    }
}

fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(SHOWN).collect();
    format!("“{start}{}”", if chars.next().is_some() { "…" } else { "" })
}
