//! The budget of calls that a provider grants: read from its headers, remembered, and kept to here, so that an exhausted budget
//! is waited out instead of hammered at.

use http::{HeaderMap, StatusCode};
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::RateLimit;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The wait where a provider limits us without saying for how long.
pub(crate) const UNNAMED_WAIT: Duration = Duration::from_secs(60);
/// The longest wait that is believed: budgets are hourly.
const LONGEST_WAIT: Duration = Duration::from_secs(3700);

/// Until when no call may be made.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    blocked_until: Mutex<Option<Instant>>,
}

impl Budget {
    /// How long to wait before the next call; `None` where it may go out.
    pub(crate) fn wait(&self, now: Instant) -> Option<Duration> {
        let until = *self.blocked_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.and_then(|until| until.checked_duration_since(now)).filter(|wait| !wait.is_zero())
    }

    /// Takes note that nothing may be sent for a while.
    pub(crate) fn block(&self, wait: Duration, now: Instant) {
        let until = now.checked_add(wait.min(LONGEST_WAIT));
        let mut blocked = self.blocked_until.lock().unwrap_or_else(PoisonError::into_inner);
        *blocked = (*blocked).max(until);
    }
}

/// A limit that an answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// Calls left.
    pub(crate) remaining: u64,
    /// How long until there are more.
    pub(crate) resets_in: Duration,
}

/// The limit in the `x-ratelimit-*` headers. The wait is measured against the provider's own clock (`Date`), as ours may be wrong;
/// `local_epoch_s` stands in where there is none.
pub(crate) fn limit(headers: &HeaderMap, local_epoch_s: i64) -> Option<Limit> {
    let remaining = number(headers, "x-ratelimit-remaining")?;
    let reset = i64::try_from(number(headers, "x-ratelimit-reset")?).ok()?;
    let now = date_epoch_s(headers).unwrap_or(local_epoch_s);
    // One second more: both clocks are cut to whole seconds.
    let seconds = u64::try_from(reset.saturating_sub(now).saturating_add(1)).unwrap_or_default();
    Some(Limit { remaining, resets_in: Duration::from_secs(seconds).min(LONGEST_WAIT) })
}

/// The budget that those headers tell, with its end by our clock.
pub(crate) fn told(headers: &HeaderMap, now: chrono::DateTime<chrono::Utc>) -> Option<RateLimit> {
    let Limit { remaining, resets_in } = limit(headers, now.timestamp())?;
    let small = |number: u64| u32::try_from(number).ok();
    let resets_at = Timestamp::new(now).plus(resets_in);
    Some(RateLimit { limit: small(number(headers, "x-ratelimit-limit")?)?, remaining: small(remaining)?, resets_at })
}

/// How long an answer asks to wait: `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap, local_epoch_s: i64) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let at = chrono::DateTime::parse_from_rfc2822(text).ok()?.timestamp();
    let now = date_epoch_s(headers).unwrap_or(local_epoch_s);
    Some(Duration::from_secs(u64::try_from(at.saturating_sub(now)).unwrap_or_default()).min(LONGEST_WAIT))
}

/// The provider's clock, as seconds since 1970, from `Date`.
pub(crate) fn date_epoch_s(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(http::header::DATE)?.to_str().ok()?;
    Some(chrono::DateTime::parse_from_rfc2822(text).ok()?.timestamp())
}

/// True for the statuses with which calls are limited.
pub(crate) fn may_be_limit(status: StatusCode) -> bool {
    matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_wait_is_measured_by_the_providers_clock() {
        let told =
            headers(&[("date", "Mon, 23 Nov 2026 03:00:00 GMT"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795402860")]);
        assert_eq!(date_epoch_s(&told), Some(1_795_402_800));
        assert_eq!(limit(&told, 0), Some(Limit { remaining: 0, resets_in: Duration::from_secs(61) }));
        let past = headers(&[("x-ratelimit-remaining", "7"), ("x-ratelimit-reset", "5")]);
        assert_eq!(limit(&past, 1000), Some(Limit { remaining: 7, resets_in: Duration::ZERO }));
        assert_eq!(limit(&HeaderMap::new(), 0), None);
        let now = chrono::DateTime::from_timestamp(1_795_402_790, 0).unwrap();
        assert_eq!(super::told(&told, now), None, "of how many isn't told");
        let mut whole = told.clone();
        whole.insert("x-ratelimit-limit", "5000".parse().unwrap());
        let resets_at = Timestamp::new(now).plus(Duration::from_secs(61));
        assert_eq!(
            super::told(&whole, now),
            Some(RateLimit { limit: 5_000, remaining: 0, resets_at }),
            "by our clock, which is 10 s behind"
        );
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(&headers(&[("retry-after", "17")]), 0), Some(Duration::from_secs(17)));
        let date = headers(&[("retry-after", "Mon, 23 Nov 2026 03:00:30 GMT"), ("date", "Mon, 23 Nov 2026 03:00:00 GMT")]);
        assert_eq!(retry_after(&date, 0), Some(Duration::from_secs(30)));
        assert_eq!(retry_after(&headers(&[("retry-after", "soon")]), 0), None);
        assert_eq!(retry_after(&headers(&[("retry-after", "99999999")]), 0), Some(LONGEST_WAIT));
    }

    #[test]
    fn a_block_ends_by_itself_and_is_never_shortened() {
        let budget = Budget::default();
        let now = Instant::now();
        assert_eq!(budget.wait(now), None);
        budget.block(Duration::from_secs(60), now);
        budget.block(Duration::from_secs(5), now);
        assert_eq!(budget.wait(now), Some(Duration::from_secs(60)));
        assert_eq!(budget.wait(now + Duration::from_secs(60)), None);
    }
}
