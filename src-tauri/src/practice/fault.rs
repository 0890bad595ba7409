//! The faults that can be ordered from the window. Must not invent one: each is the range's own.

use pilothouse_api::ApiError;
use pilothouse_range::{ActiveFault, Fault, FaultId, Operation, Order, Times};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A fault to order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct OrderFaultRequest {
    /// What happens.
    pub(crate) fault: PracticeFault,
    /// How often; none: until it is cleared.
    pub(crate) times: Option<u32>,
    /// Only where a pipeline is started, for faults that strike requests.
    pub(crate) only_dispatch: bool,
}

/// A fault to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct ClearFaultRequest {
    /// Its id; none: all of them.
    pub(crate) id: Option<String>,
}

/// What can happen at the range. The first group strikes requests to the provider, the second pipeline runs, the third the
/// services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum PracticeFault {
    /// The token was revoked.
    RefuseToken,
    /// The provider answers with this status, 500 to 599.
    ServerError {
        /// The status.
        status: u16,
    },
    /// The answer comes this much later.
    Timeout {
        /// Milliseconds.
        delay_ms: u32,
    },
    /// No answer ever comes.
    Hang,
    /// The request is carried out, then the connection is closed without an answer.
    DropAfterAccept,
    /// The hourly limit is used up.
    PrimaryRateLimit {
        /// Seconds until it starts anew.
        reset_after_s: u32,
    },
    /// The limit against abuse.
    SecondaryRateLimit {
        /// Seconds to wait.
        retry_after_s: u32,
    },
    /// A job of the next run fails.
    FailJob {
        /// `build`, `deploy` or `smoke`.
        job: String,
        /// Only in runs for this environment.
        environment: Option<String>,
    },
    /// The next run finds no runner.
    StuckQueued,
    /// Instances of a version start healthy and turn bad.
    TurnBad {
        /// The version.
        version: String,
        /// Only in this environment.
        environment: Option<String>,
        /// Milliseconds after it became healthy.
        after_ms: u32,
    },
    /// Every answer of a service comes late.
    SlowInstance {
        /// The environment.
        environment: String,
        /// Number of the instance, from 1; none: all of them.
        instance: Option<u32>,
        /// Milliseconds.
        delay_ms: u32,
    },
    /// A service dies.
    CrashInstance {
        /// The environment.
        environment: String,
        /// Number of the instance, from 1.
        instance: u32,
    },
}

/// A fault in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct ActiveFaultView {
    /// To clear it by.
    pub(crate) id: String,
    /// What happens: the range's own word, `turn_bad`.
    pub(crate) kind: String,
    /// How often it will still strike; none: until it is cleared.
    pub(crate) remaining: Option<u32>,
    /// How often it has struck.
    pub(crate) hits: u32,
}

impl OrderFaultRequest {
    pub(super) fn into_order(self) -> Result<Order, ApiError> {
        let order = Order { times: self.times.map_or(Times::UntilCleared, Times::Limited), ..Order::once(self.fault.into()) };
        Ok(if self.only_dispatch { order.on_operation(Operation::Dispatch) } else { order })
    }
}

impl ClearFaultRequest {
    pub(super) fn fault_id(&self) -> Result<Option<FaultId>, ApiError> {
        let number = |id: &String| id.parse().map(FaultId);
        let id = self.id.as_ref().map(number).transpose();
        id.map_err(|_| ApiError::invalid("id", "this is no fault's id", "Take the id as it is shown in the list."))
    }
}

impl From<PracticeFault> for Fault {
    fn from(fault: PracticeFault) -> Self {
        match fault {
            PracticeFault::RefuseToken => Self::RefuseToken,
            PracticeFault::ServerError { status } => Self::ServerError { status, accepted: false },
            PracticeFault::Timeout { delay_ms } => Self::Timeout { delay_ms: delay_ms.into() },
            PracticeFault::Hang => Self::Hang,
            PracticeFault::DropAfterAccept => Self::DropAfterAccept,
            PracticeFault::PrimaryRateLimit { reset_after_s } => {
                Self::PrimaryRateLimit { status: 403, reset_after_s: reset_after_s.into() }
            }
            PracticeFault::SecondaryRateLimit { retry_after_s } => {
                Self::SecondaryRateLimit { status: 403, retry_after_s: Some(retry_after_s.into()) }
            }
            PracticeFault::FailJob { job, environment } => Self::FailJob { job, environment, after_instances: 0 },
            PracticeFault::StuckQueued => Self::StuckQueued,
            PracticeFault::TurnBad { version, environment, after_ms } => {
                Self::TurnBad { version, environment, after_ms: Some(after_ms.into()), after_requests: None }
            }
            PracticeFault::SlowInstance { environment, instance, delay_ms } => {
                Self::SlowInstance { environment, instance, delay_ms: delay_ms.into() }
            }
            PracticeFault::CrashInstance { environment, instance } => Self::CrashInstance { environment, instance },
        }
    }
}

impl From<&ActiveFault> for ActiveFaultView {
    fn from(active: &ActiveFault) -> Self {
        // The range's JSON form names each kind of fault; the enum may grow there.
        let fault = serde_json::to_value(&active.order.fault).unwrap_or_default();
        Self {
            id: active.id.0.to_string(),
            kind: fault["kind"].as_str().unwrap_or("unknown").to_owned(),
            remaining: active.remaining,
            hits: u32::try_from(active.hits).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use pilothouse_range::Scope;

    #[test]
    fn orders_are_those_of_the_range() {
        let fault = PracticeFault::TurnBad { version: "1.2.0".to_owned(), environment: None, after_ms: 500 };
        let order = OrderFaultRequest { fault, times: None, only_dispatch: false }.into_order().unwrap();
        assert_eq!(order.times, Times::UntilCleared);
        assert_eq!(order.scope, Scope::Any);
        assert!(matches!(order.fault, Fault::TurnBad { after_ms: Some(500), .. }));
        let order = OrderFaultRequest { fault: PracticeFault::DropAfterAccept, times: Some(1), only_dispatch: true };
        assert_eq!(order.into_order().unwrap(), Order::once(Fault::DropAfterAccept).on_operation(Operation::Dispatch));
    }

    #[test]
    fn faults_are_named_as_the_range_names_them() {
        let order = Order::until_cleared(Fault::CrashInstance { environment: "staging".to_owned(), instance: 1 });
        let view = ActiveFaultView::from(&ActiveFault { id: FaultId(7), order, remaining: None, hits: 0 });
        assert_eq!((view.id.as_str(), view.kind.as_str()), ("7", "crash_instance"));
        assert_eq!(ClearFaultRequest { id: Some("7".to_owned()) }.fault_id().unwrap(), Some(FaultId(7)));
        assert!(ClearFaultRequest { id: Some("seven".to_owned()) }.fault_id().is_err());
    }
}
