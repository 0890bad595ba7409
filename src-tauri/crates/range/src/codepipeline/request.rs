//! Reading a request's members, with the bounds that the service model states.

use serde_json::Value;

use super::error::AwsError;

/// Members of a request.
#[derive(Clone, Copy)]
pub(super) struct Members<'a>(pub(super) &'a Value);

impl<'a> Members<'a> {
    /// A member that must be there, as text.
    pub(super) fn text(self, name: &str) -> Result<&'a str, AwsError> {
        self.optional(name).ok_or_else(|| AwsError::validation("null", name, "Member must not be null"))
    }

    pub(super) fn optional(self, name: &str) -> Option<&'a str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// The name of a pipeline, stage or action.
    pub(super) fn name(self, member: &str) -> Result<&'a str, AwsError> {
        let name = self.text(member)?;
        let is_good = name.chars().all(|c| c.is_ascii_alphanumeric() || ".@-_".contains(c));
        if !(1..=100).contains(&name.len()) || !is_good {
            let constraint = "Member must satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+";
            return Err(AwsError::validation(name, member, constraint));
        }
        Ok(name)
    }

    /// The id of an execution.
    pub(super) fn execution(self, member: &str) -> Result<&'a str, AwsError> {
        let id = self.text(member)?;
        let is_good = uuid::Uuid::try_parse(id).is_ok_and(|parsed| parsed.to_string() == id);
        if is_good { Ok(id) } else { Err(AwsError::validation(id, member, "Member must satisfy regular expression pattern: UUID")) }
    }

    /// Checks the length of a text, in characters.
    pub(super) fn length(self, member: &str, text: &str, least: usize, most: usize) -> Result<(), AwsError> {
        let length = text.chars().count();
        if length < least {
            let constraint = format!("Member must have length greater than or equal to {least}");
            return Err(AwsError::validation(text, member, &constraint));
        }
        if length > most {
            let constraint = format!("Member must have length less than or equal to {most}");
            return Err(AwsError::validation(text, member, &constraint));
        }
        Ok(())
    }

    /// One page of a list: how it is asked for by `maxResults` and `nextToken`.
    pub(super) fn page<T>(self, all: Vec<T>, most: usize) -> Result<(Vec<T>, Option<String>), AwsError> {
        let wanted = self.0.get("maxResults").and_then(Value::as_u64).map_or(most, |n| usize::try_from(n).unwrap_or(usize::MAX));
        if !(1..=most).contains(&wanted) {
            return Err(AwsError::validation(&wanted.to_string(), "maxResults", &format!("Member must have value 1 to {most}")));
        }
        let start = match self.optional("nextToken") {
            None => 0,
            Some(token) => token
                .strip_prefix("from-")
                .and_then(|n| n.parse::<usize>().ok())
                .ok_or_else(|| AwsError::new("InvalidNextTokenException", "The next token is invalid"))?,
        };
        let rest = all.len().saturating_sub(start + wanted);
        let page = all.into_iter().skip(start).take(wanted).collect();
        Ok((page, (rest > 0).then(|| format!("from-{}", start + wanted))))
    }
}
