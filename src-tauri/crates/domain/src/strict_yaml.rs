//! Reads texts in YAML in a strict form: what isn't known is refused, and what is wrong is told with its line and its field. Must not know
//! what the texts are about.

use serde::de::DeserializeOwned;

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(*.line, .field))]
pub struct YamlFault {
    /// The line, from 1, where it is known.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// Which field: `steps[1].url`; empty for the text as a whole.
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub message: String,
}

impl YamlFault {
    /// One that is about a field, of which no line is known.
    #[must_use]
    pub fn at(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { line: None, column: None, field: field.into(), message: message.into() }
    }
}

fn place(line: Option<u32>, field: &str) -> String {
    match (line, field) {
        (Some(line), "") => format!("line {line}: "),
        (Some(line), field) => format!("line {line}, {field}: "),
        (None, "") => String::new(),
        (None, field) => format!("{field}: "),
    }
}

/// Reads a text.
///
/// # Errors
/// The first [`YamlFault`] that it can't be read on from.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, YamlFault> {
    serde_path_to_error::deserialize(yaml_serde::Deserializer::from_str(text)).map_err(|error| {
        let field = match error.path().to_string() {
            path if path == "." || path == "?" => String::new(),
            // Where it broke off, nothing has a name.
            path => path.trim_end_matches(".?").to_owned(),
        };
        let location = error.inner().location();
        let number = |n: usize| u32::try_from(n).ok();
        YamlFault {
            line: location.as_ref().and_then(|at| number(at.line())),
            column: location.as_ref().and_then(|at| number(at.column())),
            message: plain(&error.inner().to_string(), &field),
            field,
        }
    })
}

/// An error of the parser without the place, which is told beside it.
fn plain(message: &str, field: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    let message = message.split_once(": ").filter(|(at, _)| field.starts_with(at)).map_or(message, |(_, rest)| rest);
    message.replace(", expected one of `", ". Known are `")
}
