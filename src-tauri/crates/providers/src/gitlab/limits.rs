//! GitLab's budget of calls, as its headers tell it (<https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/>).
//! They come reliably only once calls are refused, and sometimes not even then.

use crate::budget::{self, UNNAMED_WAIT, date_epoch_s};
use http::{HeaderMap, StatusCode};
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::RateLimit;
use std::time::Duration;

/// The longest wait that is believed: GitLab counts by the minute, some limits by the hour.
const LONGEST_WAIT: Duration = Duration::from_secs(3700);

/// How long to wait, where an answer limits us. It is 429 whatever its body: plain text `Retry later`, HTML of a proxy, or JSON.
pub(super) fn wait(status: StatusCode, headers: &HeaderMap, local_epoch_s: i64) -> Option<Duration> {
    if status != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let told = budget::retry_after(headers, local_epoch_s).or_else(|| resets_in(headers, local_epoch_s));
    // A wait of nothing would be hammering.
    Some(told.map_or(UNNAMED_WAIT, |wait| wait.max(Duration::from_secs(1))))
}

/// The budget that an answer tells.
pub(super) fn told(headers: &HeaderMap) -> Option<RateLimit> {
    let small = |name: &str| u32::try_from(number(headers, name)?).ok();
    let resets_at = number(headers, "ratelimit-reset")?.checked_mul(1_000_000).and_then(Timestamp::from_micros)?;
    Some(RateLimit { limit: small("ratelimit-limit")?, remaining: small("ratelimit-remaining")?, resets_at })
}

/// How long until there are more calls, where an answer tells that none is left.
pub(super) fn exhausted(headers: &HeaderMap, local_epoch_s: i64) -> Option<Duration> {
    if number(headers, "ratelimit-remaining") == Some(0) { resets_in(headers, local_epoch_s) } else { None }
}

/// Until the reset, by the provider's own clock, as ours may be wrong.
fn resets_in(headers: &HeaderMap, local_epoch_s: i64) -> Option<Duration> {
    let reset = number(headers, "ratelimit-reset")?;
    let now = date_epoch_s(headers).unwrap_or(local_epoch_s);
    // One second more: both clocks are cut to whole seconds.
    let seconds = u64::try_from(reset.saturating_sub(now).saturating_add(1)).unwrap_or_default();
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok().filter(|number| *number >= 0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_limit_is_waited_out_with_and_without_headers() {
        let too_many = StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(wait(too_many, &HeaderMap::new(), 0), Some(UNNAMED_WAIT));
        assert_eq!(wait(too_many, &headers(&[("retry-after", "17")]), 0), Some(Duration::from_secs(17)));
        assert_eq!(wait(too_many, &headers(&[("retry-after", "0")]), 0), Some(Duration::from_secs(1)));
        let reset = headers(&[("date", "Mon, 23 Nov 2026 03:00:00 GMT"), ("ratelimit-reset", "1795402860")]);
        assert_eq!(wait(too_many, &reset, 0), Some(Duration::from_secs(61)));
        assert_eq!(wait(StatusCode::FORBIDDEN, &reset, 0), None, "GitLab limits with 429 alone");
    }

    #[test]
    fn the_budget_is_read_where_it_is_told() {
        let all = headers(&[("ratelimit-limit", "2000"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "1795402860")]);
        let limit = told(&all).unwrap();
        assert_eq!((limit.limit, limit.remaining, limit.resets_at.as_micros()), (2000, 0, 1_795_402_860_000_000));
        assert_eq!(exhausted(&all, 1_795_402_800), Some(Duration::from_secs(61)));
        assert_eq!(told(&HeaderMap::new()), None);
        assert_eq!(exhausted(&headers(&[("ratelimit-remaining", "3"), ("ratelimit-reset", "5")]), 0), None);
    }
}
