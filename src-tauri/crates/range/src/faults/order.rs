//! An order: a fault, where it strikes, how often. The JSON form is that of `POST /faults` at the control.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Fault, Operation, Scope};
use crate::error::RangeError;

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// This many requests or runs; at least 1.
    Limited(u32),
    /// Until somebody clears it.
    UntilCleared,
}

/// A fault with its aim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What happens.
    pub fault: Fault,
    /// Which requests it strikes.
    #[serde(default)]
    pub scope: Scope,
    /// How often; in JSON a number or `"until_cleared"`. `TurnBad` and `SlowInstance` hold until cleared anyway.
    #[serde(default = "once")]
    pub times: Times,
}

impl Order {
    /// Strikes once.
    #[must_use]
    pub fn once(fault: Fault) -> Self {
        Self::times(fault, 1)
    }

    /// Strikes this often.
    #[must_use]
    pub fn times(fault: Fault, times: u32) -> Self {
        Self { fault, scope: Scope::Any, times: Times::Limited(times) }
    }

    /// Strikes until it is cleared.
    #[must_use]
    pub fn until_cleared(fault: Fault) -> Self {
        Self { fault, scope: Scope::Any, times: Times::UntilCleared }
    }

    /// Aims it at some requests only.
    #[must_use]
    pub fn on(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Aims it at requests for one thing, e.g. [`Operation::Dispatch`].
    #[must_use]
    pub fn on_operation(self, operation: Operation) -> Self {
        self.on(Scope::Operation { operation })
    }

    pub(crate) fn check(&self) -> Result<(), RangeError> {
        let refuse = |why: &str| Err(RangeError::Order(why.to_owned()));
        match &self.fault {
            Fault::ServerError { status, .. } if !(500..600).contains(status) => refuse("status must be 500 to 599"),
            Fault::PrimaryRateLimit { status, .. } | Fault::SecondaryRateLimit { status, .. } if ![403, 429].contains(status) => {
                refuse("GitHub limits with status 403 or 429")
            }
            _ if self.times == Times::Limited(0) => refuse("times must be at least 1"),
            _ => Ok(()),
        }
    }
}

impl Serialize for Times {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Limited(times) => serializer.serialize_u32(*times),
            Self::UntilCleared => serializer.serialize_str("until_cleared"),
        }
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(u32),
            Word(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Number(times) => Ok(Self::Limited(times)),
            Form::Word(word) if word == "until_cleared" => Ok(Self::UntilCleared),
            Form::Word(word) => Err(serde::de::Error::custom(format!("times is a number or \"until_cleared\", not {word:?}"))),
        }
    }
}

fn once() -> Times {
    Times::Limited(1)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn the_json_form_has_sensible_defaults() {
        let order: Order = serde_json::from_str(r#"{"fault":{"kind":"server_error"}}"#).unwrap();
        assert_eq!(order, Order::once(Fault::ServerError { status: 500, accepted: false }));
        let order: Order = serde_json::from_str(
            r#"{"fault":{"kind":"drop_after_accept"},"scope":{"kind":"operation","operation":"dispatch"},"times":"until_cleared"}"#,
        )
        .unwrap();
        assert_eq!(order, Order::until_cleared(Fault::DropAfterAccept).on_operation(Operation::Dispatch));
        assert!(serde_json::from_str::<Order>(r#"{"fault":{"kind":"no_such"}}"#).is_err());
    }

    #[test]
    fn senseless_orders_are_refused() {
        assert!(Order::once(Fault::ServerError { status: 404, accepted: false }).check().is_err());
        assert!(Order::times(Fault::Hang, 0).check().is_err());
        assert!(Order::once(Fault::Hang).check().is_ok());
    }
}
