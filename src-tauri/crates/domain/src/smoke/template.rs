//! Texts with variables in them: `{{base_url}}/orders/{{order}}`. A secret is `{{secret.NAME}}`. Must not guess: a variable without a value
//! is told, never left empty.

use std::fmt;

/// What stands before the name of a secret.
pub const SECRET: &str = "secret.";

/// A text with variables in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// Something was begun and not closed.
    #[error("`{{{{` is not closed by `}}}}`")]
    Open,
    /// What stands inside is no name.
    #[error("`{{{{{0}}}}}` holds no name: letters, digits, `_`, `-` and `.`, beginning with a letter")]
    Name(String),
}

/// A variable that has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingValue(pub String);

impl fmt::Display for MissingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing gives `{{{{{}}}}}` a value", self.0)
    }
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// [`TemplateFault`] where braces don't hold a name.
    pub fn parse(text: &str) -> Result<Self, TemplateFault> {
        let mut parts = Vec::new();
        let mut rest = text;
        // Ends: each turn takes at least two braces off.
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, behind) = after.split_once("}}").ok_or(TemplateFault::Open)?;
            let name = name.trim();
            if !is_name(name) {
                return Err(TemplateFault::Name(name.chars().take(60).collect()));
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Variable(name.to_owned()));
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The names in it, in order; one may come twice.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with values in the place of names.
    ///
    /// # Errors
    /// [`MissingValue`] for the first name that has none.
    pub fn render<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> Result<String, MissingValue> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Variable(name) => text.push_str(value(name).ok_or_else(|| MissingValue(name.clone()))?),
            }
        }
        Ok(text)
    }
}

/// Whether a text can name a variable, a capture or (without [`SECRET`]) a secret.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_replaced_and_a_missing_value_is_told() {
        let template = Template::parse("{{base_url}}/orders/{{ order-id }}?a={b}").unwrap();
        assert_eq!(template.names().collect::<Vec<_>>(), ["base_url", "order-id"]);
        let known = |name: &str| (name == "base_url").then_some("http://shop");
        assert_eq!(template.render(known), Err(MissingValue("order-id".into())));
        let all = |name: &str| Some(if name == "base_url" { "http://shop" } else { "7" });
        assert_eq!(template.render(all).unwrap(), "http://shop/orders/7?a={b}");
        assert_eq!(MissingValue("x".into()).to_string(), "nothing gives `{{x}}` a value");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        assert_eq!(Template::parse("a {{b"), Err(TemplateFault::Open));
        assert_eq!(Template::parse("{{1}}"), Err(TemplateFault::Name("1".into())));
        assert_eq!(
            Template::parse("{{}}").unwrap_err().to_string(),
            "`{{}}` holds no name: letters, digits, `_`, `-` and `.`, beginning with a letter"
        );
    }

    proptest! {
        #[test]
        fn a_value_is_never_read_as_a_template_again(value in ".{0,40}") {
            let template = Template::parse("a{{x}}b{{x}}").unwrap();
            prop_assert_eq!(template.render(|_| Some(value.as_str())).unwrap(), format!("a{value}b{value}"));
        }

        #[test]
        fn a_text_without_braces_stays_as_it_is(text in "[^{]{0,60}") {
            prop_assert_eq!(Template::parse(&text).unwrap().render(|_| None).unwrap(), text);
        }
    }
}
