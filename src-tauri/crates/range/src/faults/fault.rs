//! The faults themselves, in their JSON form, and what each of them strikes.

use serde::{Deserialize, Serialize};

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

fn internal_error() -> u16 {
    500
}

fn forbidden() -> u16 {
    403
}

fn one_minute() -> u64 {
    60
}
