//! What is to be filled in to approve a gate, and whether what was given fits.

use serde::{Deserialize, Serialize};

/// Something to be filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateInput {
    /// Its name.
    pub name: String,
    /// What it is for, in its author's words.
    pub description: String,
    /// What may be given.
    pub kind: GateInputKind,
    /// Whether it must be given.
    pub required: bool,
    /// What it is where nothing is given.
    pub default: Option<String>,
    /// True where its value must not be shown.
    #[serde(default)]
    pub hidden: bool,
}

/// What may be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GateInputKind {
    /// Any text.
    Text,
    /// One of these.
    Choice {
        /// They are.
        options: Vec<String>,
    },
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
}

/// What is wrong with what was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputFault {
    /// The gate asks for nothing of this name.
    #[error("nothing is asked for that is called {name}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// It was given twice.
    #[error("{name} is given twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// It must be given.
    #[error("{name} is missing")]
    Missing {
        /// The name.
        name: String,
    },
    /// It is none of the choices, no number, or neither true nor false.
    #[error("{name} must be {wanted}")]
    Unfit {
        /// The name.
        name: String,
        /// What it must be, in words.
        wanted: String,
    },
}

/// What is handed over: what was given, and defaults for the rest. What is neither given nor has a default is left out.
///
/// # Errors
/// The first [`InputFault`].
pub fn filled_inputs(asked: &[GateInput], given: &[(String, String)]) -> Result<Vec<(String, String)>, InputFault> {
    for (place, (name, _)) in given.iter().enumerate() {
        if !asked.iter().any(|input| input.name == *name) {
            return Err(InputFault::Unknown { name: name.clone() });
        }
        if given.iter().take(place).any(|(other, _)| other == name) {
            return Err(InputFault::Twice { name: name.clone() });
        }
    }
    let mut filled = Vec::with_capacity(asked.len());
    for input in asked {
        let own = given.iter().find(|(name, _)| *name == input.name).map(|(_, value)| value);
        // An empty field of a form is one that nothing was given for; text may be cleared on purpose where it has a default.
        let own = own.filter(|value| !value.is_empty() || (matches!(input.kind, GateInputKind::Text) && input.default.is_some()));
        let Some(value) = own.or(input.default.as_ref()) else {
            if input.required {
                return Err(InputFault::Missing { name: input.name.clone() });
            }
            continue;
        };
        if input.required && value.trim().is_empty() {
            return Err(InputFault::Missing { name: input.name.clone() });
        }
        if let Some(wanted) = unfit(&input.kind, value) {
            return Err(InputFault::Unfit { name: input.name.clone(), wanted });
        }
        filled.push((input.name.clone(), value.clone()));
    }
    Ok(filled)
}

/// What it must be, where the value isn't.
fn unfit(kind: &GateInputKind, value: &str) -> Option<String> {
    match kind {
        GateInputKind::Text => None,
        GateInputKind::Choice { options } => {
            (!options.iter().any(|option| option == value)).then(|| format!("one of {}", options.join(", ")))
        }
        GateInputKind::Boolean => (value != "true" && value != "false").then(|| "true or false".to_owned()),
        GateInputKind::Number => (!value.trim().parse::<f64>().is_ok_and(f64::is_finite)).then(|| "a number".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn input(name: &str, kind: GateInputKind, required: bool, default: Option<&str>) -> GateInput {
        GateInput { name: name.into(), description: String::new(), kind, required, default: default.map(str::to_owned), hidden: false }
    }

    fn asked() -> Vec<GateInput> {
        let options = vec!["canary".to_owned(), "all".to_owned()];
        vec![
            input("scope", GateInputKind::Choice { options }, true, Some("canary")),
            input("ticket", GateInputKind::Text, true, None),
            input("share", GateInputKind::Number, false, None),
            input("quiet", GateInputKind::Boolean, false, Some("false")),
        ]
    }

    fn given(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_not_given_has_its_default_or_is_left_out() {
        let filled = filled_inputs(&asked(), &given(&[("ticket", "CH-7"), ("share", "")])).unwrap();
        assert_eq!(filled, given(&[("scope", "canary"), ("ticket", "CH-7"), ("quiet", "false")]));
        let note = [input("note", GateInputKind::Text, false, Some("as planned"))];
        assert_eq!(filled_inputs(&note, &given(&[("note", "")])).unwrap(), given(&[("note", "")]), "cleared on purpose");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let fault = |pairs: &[(&str, &str)]| filled_inputs(&asked(), &given(pairs)).unwrap_err().to_string();
        assert_eq!(fault(&[]), "ticket is missing");
        assert_eq!(fault(&[("ticket", "  ")]), "ticket is missing");
        assert_eq!(fault(&[("ticket", "x"), ("scope", "half")]), "scope must be one of canary, all");
        assert_eq!(fault(&[("ticket", "x"), ("share", "ten")]), "share must be a number");
        assert_eq!(fault(&[("ticket", "x"), ("quiet", "yes")]), "quiet must be true or false");
        assert_eq!(fault(&[("ticket", "x"), ("reason", "y")]), "nothing is asked for that is called reason");
        assert_eq!(fault(&[("ticket", "x"), ("ticket", "y")]), "ticket is given twice");
    }
}
