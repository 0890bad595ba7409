//! What can be ordered: the fault, where it strikes, how often. The JSON form is that of `POST /faults` at the control.

use http::Method;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Operation;
use crate::error::RangeError;

/// A fault. The first group strikes requests to GitHub, the second workflow runs, the third the fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// 401 "Bad credentials": the token was revoked or has expired.
    RefuseToken,
    /// A 5xx with a JSON body.
    ServerError {
        /// 500 to 599.
        #[serde(default = "internal_error")]
        status: u16,
        /// Whether the request was carried out all the same before the error was answered.
        #[serde(default)]
        accepted: bool,
    },
    /// A proxy's HTML page with status 502 instead of GitHub's JSON. The request is not carried out.
    ProxyPage,
    /// The request is carried out, the answer comes this much later: choose it longer than the client's time-out.
    Timeout {
        /// Milliseconds.
        delay_ms: u64,
    },
    /// The request is read and never carried out or answered; the connection stays open.
    Hang,
    /// The connection is closed before the request is carried out.
    DropBeforeAccept,
    /// The request is carried out (a dispatch creates its run), then the connection is closed without an answer.
    DropAfterAccept,
    /// The hourly limit is used up: remaining 0, and a reset time. Ends by itself at the reset.
    PrimaryRateLimit {
        /// 403 or 429; GitHub uses both.
        #[serde(default = "forbidden")]
        status: u16,
        /// Seconds until the reset.
        #[serde(default = "one_minute")]
        reset_after_s: u64,
    },
    /// The abuse limit. With `retry_after_s` it ends by itself after that time.
    SecondaryRateLimit {
        /// 403 or 429.
        #[serde(default = "forbidden")]
        status: u16,
        /// The `retry-after` header in seconds; `None`: GitHub sent none, and the rule is to wait at least a minute.
        #[serde(default)]
        retry_after_s: Option<u64>,
    },

    /// A job of the next run fails at its last own step.
    FailJob {
        /// Key of the job: `build`, `deploy` or `smoke`.
        job: String,
        /// Only in runs for this environment.
        #[serde(default)]
        environment: Option<String>,
        /// For the job `deploy`: this many instances are replaced before it fails.
        #[serde(default)]
        after_instances: usize,
    },
    /// The next run finds no runner: it stays queued until this fault is cleared or the run is cancelled.
    StuckQueued,
    /// The next run appears in lists only after this time; by its id it is found at once.
    DelayedListing {
        /// Milliseconds.
        delay_ms: u64,
    },

    /// Instances of this version start healthy and turn bad: `/healthz` 503 and `/work` 500. With neither limit: at once.
    TurnBad {
        /// The version, with or without a leading `v`.
        version: String,
        /// Only in this environment.
        #[serde(default)]
        environment: Option<String>,
        /// Milliseconds after the instance became healthy.
        #[serde(default)]
        after_ms: Option<u64>,
        /// Requests that the instance has answered.
        #[serde(default)]
        after_requests: Option<u64>,
    },
    /// Every answer comes late.
    SlowInstance {
        /// The environment.
        environment: String,
        /// Number of the instance, from 1; `None`: all of them.
        #[serde(default)]
        instance: Option<u32>,
        /// Milliseconds added to each answer.
        delay_ms: u64,
    },
    /// The instance dies now: its connections break, new ones are refused. A deploy starts it again, unless the fault holds
    /// until it is cleared.
    CrashInstance {
        /// The environment.
        environment: String,
        /// Number of the instance, from 1.
        instance: u32,
    },
}

/// Which requests a fault strikes. Faults of runs and of the fleet have no use for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Scope {
    /// Every request.
    #[default]
    Any,
    /// `GET` and `HEAD`.
    Reads,
    /// Everything else.
    Writes,
    /// Requests for one thing.
    Operation {
        /// What they ask for.
        operation: Operation,
    },
    /// Requests by method and path.
    Route {
        /// E.g. `POST`; `None`: any.
        #[serde(default)]
        method: Option<String>,
        /// The path without `/api/v3` and query; `*` stands for anything.
        path: String,
    },
}

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

impl Fault {
    /// The environment and instance it names, which must exist.
    pub(crate) fn target(&self) -> Option<(&str, Option<u32>)> {
        match self {
            Self::SlowInstance { environment, instance, .. } => Some((environment, *instance)),
            Self::CrashInstance { environment, instance } => Some((environment, Some(*instance))),
            Self::TurnBad { environment, .. } | Self::FailJob { environment, .. } => {
                environment.as_deref().map(|environment| (environment, None))
            }
            _ => None,
        }
    }

    /// Whether it strikes requests.
    pub(crate) fn is_of_requests(&self) -> bool {
        matches!(
            self,
            Self::RefuseToken
                | Self::ServerError { .. }
                | Self::ProxyPage
                | Self::Timeout { .. }
                | Self::Hang
                | Self::DropBeforeAccept
                | Self::DropAfterAccept
                | Self::PrimaryRateLimit { .. }
                | Self::SecondaryRateLimit { .. }
        )
    }

    /// Seconds after which it ends by itself.
    pub(crate) fn lasts_s(&self) -> Option<u64> {
        match self {
            Self::PrimaryRateLimit { reset_after_s, .. } => Some(*reset_after_s),
            Self::SecondaryRateLimit { retry_after_s, .. } => *retry_after_s,
            _ => None,
        }
    }
}

impl Scope {
    pub(crate) fn covers(&self, method: &Method, path: &str, operation: Operation) -> bool {
        let reads = method == Method::GET || method == Method::HEAD;
        match self {
            Self::Any => true,
            Self::Reads => reads,
            Self::Writes => !reads,
            Self::Operation { operation: aimed } => *aimed == operation,
            Self::Route { method: aimed, path: pattern } => {
                aimed.as_deref().is_none_or(|aimed| aimed.eq_ignore_ascii_case(method.as_str())) && fits(pattern, path)
            }
        }
    }
}

/// Whether a path fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| path.strip_prefix(head)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(found) = rest.find(part) else {
            return false;
        };
        rest = &rest[found + part.len()..];
    }
    true
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

fn internal_error() -> u16 {
    500
}

fn forbidden() -> u16 {
    403
}

fn one_minute() -> u64 {
    60
}

fn once() -> Times {
    Times::Limited(1)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_pattern_fits_whole_paths() {
        assert!(fits("/user", "/user"));
        assert!(!fits("/user", "/user/repos"));
        assert!(fits("/repos/*/dispatches", "/repos/a/b/actions/workflows/1/dispatches"));
        assert!(!fits("/repos/*/dispatches", "/repos/a/b/dispatches/1"));
        assert!(fits("*/runs/*", "/repos/a/b/actions/runs/7"));
    }

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
