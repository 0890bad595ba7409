//! What a person gives for a pipeline's inputs, judged by what the pipeline says of them, before anything is sent.

use crate::ports::provider::{InputKind, InputSpec};

/// The longest value, in characters. No provider takes more.
const LONGEST_VALUE: usize = 65_535;

/// An input that can't be sent as it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFault {
    /// The input's name.
    pub input: String,
    /// What is wrong and how to put it right.
    pub message: String,
}

/// What doesn't fit, in the order of the pipeline's inputs. `known` are the environments of the provider; empty where it tells none.
/// An empty value stands for "not given": the pipeline's default is used then.
#[must_use]
pub fn judge(specs: &[InputSpec], given: &[(String, String)], known: &[String]) -> Vec<InputFault> {
    let fault = |input: &str, message: String| InputFault { input: input.to_owned(), message };
    let value_of = |spec: &InputSpec| given.iter().find(|(name, _)| *name == spec.name).map(|(_, value)| value.as_str());
    let mut faults: Vec<InputFault> = specs
        .iter()
        .filter_map(|spec| wrong(spec, value_of(spec).unwrap_or_default(), known).map(|message| fault(&spec.name, message)))
        .collect();
    for (at, (name, _)) in given.iter().enumerate() {
        if specs.iter().all(|spec| spec.name != *name) {
            let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
            let takes = if names.is_empty() { "It takes none.".to_owned() } else { format!("It takes {}.", names.join(", ")) };
            faults.push(fault(name, format!("The pipeline has no input {name} at this ref. {takes}")));
        } else if given.iter().take(at).any(|(earlier, _)| earlier == name) {
            faults.push(fault(name, "It is given twice. Give it once.".to_owned()));
        }
    }
    faults
}

fn wrong(spec: &InputSpec, value: &str, known: &[String]) -> Option<String> {
    if value.is_empty() {
        return (spec.required && spec.default.as_deref().unwrap_or_default().is_empty())
            .then(|| "It is required. Give a value.".to_owned());
    }
    if spec.is_secret {
        return Some(
            "It is a secret, and what is sent from here is kept in the audit log. Leave it empty, or start the run at the provider."
                .to_owned(),
        );
    }
    if value.chars().count() > LONGEST_VALUE {
        return Some(format!("It is longer than {LONGEST_VALUE} characters. Shorten it."));
    }
    if value.contains('\0') {
        return Some("It holds a character that can't be sent. Write it anew.".to_owned());
    }
    match &spec.kind {
        InputKind::Text => None,
        InputKind::Choice(choices) => {
            (!choices.iter().any(|choice| choice == value)).then(|| format!("“{value}” is no choice. Give one of: {}.", choices.join(", ")))
        }
        InputKind::Boolean => (!matches!(value, "true" | "false")).then(|| "Give true or false.".to_owned()),
        InputKind::Number => {
            (!value.parse::<f64>().is_ok_and(f64::is_finite)).then(|| format!("“{value}” is no number. Write it with a point: 1.5."))
        }
        InputKind::Environment => (!known.is_empty() && !known.iter().any(|name| name == value))
            .then(|| format!("The provider knows no environment “{value}”. It knows {}.", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str, kind: InputKind, required: bool, default: Option<&str>) -> InputSpec {
        InputSpec {
            name: name.into(),
            description: String::new(),
            kind,
            required,
            default: default.map(str::to_owned),
            shown_in_title: false,
            is_secret: false,
        }
    }

    fn faults(specs: &[InputSpec], given: &[(&str, &str)]) -> Vec<String> {
        let given: Vec<(String, String)> = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        judge(specs, &given, &["staging".to_owned()]).into_iter().map(|fault| fault.input).collect()
    }

    #[test]
    fn each_kind_takes_its_own_values() {
        let choices = InputKind::Choice(vec!["a".into(), "b".into()]);
        for (kind, good, bad) in [
            (choices, "a", "c"),
            (InputKind::Boolean, "false", "no"),
            (InputKind::Number, "-1.5", "1,5"),
            (InputKind::Number, "3", "inf"),
            (InputKind::Environment, "staging", "qa"),
        ] {
            let specs = [spec("x", kind, true, None)];
            assert!(faults(&specs, &[("x", good)]).is_empty(), "{good}");
            assert_eq!(faults(&specs, &[("x", bad)]), ["x"], "{bad}");
        }
    }

    #[test]
    fn what_is_required_has_a_value_or_a_default() {
        assert_eq!(faults(&[spec("x", InputKind::Text, true, None)], &[]), ["x"]);
        assert_eq!(faults(&[spec("x", InputKind::Text, true, Some(""))], &[("x", "")]), ["x"]);
        assert!(faults(&[spec("x", InputKind::Text, true, Some("d"))], &[]).is_empty());
        assert!(faults(&[spec("x", InputKind::Number, false, None)], &[("x", "")]).is_empty());
    }

    #[test]
    fn what_the_pipeline_does_not_know_or_hides_is_refused() {
        let specs = [InputSpec { is_secret: true, ..spec("key", InputKind::Text, false, None) }];
        assert_eq!(faults(&specs, &[("key", "hunter2")]), ["key"]);
        assert!(faults(&specs, &[]).is_empty());
        assert_eq!(faults(&specs, &[("kye", "1"), ("kye", "2")]), ["kye", "kye"]);
    }
}
