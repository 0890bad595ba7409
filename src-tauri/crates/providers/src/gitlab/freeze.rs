//! Deploy freezes: periods in which GitLab sets `CI_DEPLOY_FREEZE` in jobs (<https://docs.gitlab.com/user/project/releases/#prevent-unintentional-releases-by-setting-a-deploy-freeze>).
//! They stop nothing by themselves. GitLab keeps them as two cron expressions, so that holding makes a period that begins now and
//! ends after almost a year, and releasing deletes it.

use super::client::Client;
use super::route::Route;
use super::wire::FreezePeriod;
use crate::failure::{failure, invalid};
use chrono::{DateTime, Datelike as _, TimeDelta, Timelike as _, Utc};
use chrono_tz::Tz;
use croner::Cron;
use pilothouse_engine::ports::provider::{Hold, HoldTarget, ProviderError, ProviderErrorKind};
use serde_json::json;

/// Pages of a hundred periods that are read.
const MOST_PAGES: u32 = 2;
/// What a freeze does, for people.
const STOPS: &str =
    "By itself nothing: jobs are told by the variable CI_DEPLOY_FREEZE, and those whose rules look at it don't run. All others go on.";

/// The one thing that can be held.
pub(super) async fn holds(client: &Client, repository: &str) -> Result<Vec<Hold>, ProviderError> {
    let now = Utc::now();
    let periods = periods(client, repository).await?;
    let held: Vec<&FreezePeriod> = periods.iter().filter(|period| is_frozen(period, now)).collect();
    let reason = held.iter().find(|period| !is_ours(period)).map(|period| {
        let zone = period.cron_timezone.as_deref().unwrap_or("UTC");
        format!("The freeze period from `{}` to `{}` ({zone}) is on.", period.freeze_start, period.freeze_end)
    });
    Ok(vec![Hold { target: HoldTarget::Freeze, title: "Deploy freeze".to_owned(), is_held: !held.is_empty(), reason, stops: STOPS }])
}

/// Begins or ends a freeze.
pub(super) async fn set(client: &Client, repository: &str, target: &HoldTarget, held: bool) -> Result<(), ProviderError> {
    if *target != HoldTarget::Freeze {
        return Err(invalid(
            "GitLab holds neither a pipeline nor a stage.",
            "Begin a deploy freeze, or protect the environment at GitLab.",
        ));
    }
    let now = Utc::now();
    let frozen: Vec<FreezePeriod> = periods(client, repository).await?.into_iter().filter(|period| is_frozen(period, now)).collect();
    if held {
        return if frozen.is_empty() { begin(client, repository, now).await } else { Ok(()) };
    }
    let (ours, others): (Vec<FreezePeriod>, Vec<FreezePeriod>) = frozen.into_iter().partition(is_ours);
    for period in ours {
        let id = period.id.to_string();
        let route = Route::project(repository, "/freeze_periods/{}", &[&id], format!("freeze period {id} of {repository}"))?;
        let answer = client.delete(&route).await?;
        // Somebody else may have deleted it a moment ago.
        if !answer.status.is_success() && answer.status.as_u16() != 404 {
            return Err(client.refusal(&answer));
        }
    }
    match others.first() {
        None => Ok(()),
        Some(period) => Err(failure(
            ProviderErrorKind::Conflict,
            format!(
                "The recurring freeze period from `{}` to `{}` is on, which somebody set up at GitLab.",
                period.freeze_start, period.freeze_end
            ),
            "Change it at GitLab (Settings, CI/CD, Deploy freezes), or wait for its end.",
        )),
    }
}

async fn begin(client: &Client, repository: &str, now: DateTime<Utc>) -> Result<(), ProviderError> {
    let (start, end) = year_from(now);
    let route = Route::project(repository, "/freeze_periods", &[], format!("the freeze periods of {repository}"))?;
    let body = json!({ "freeze_start": start, "freeze_end": end, "cron_timezone": "UTC" });
    client.posted(&route, Some(&body)).await.map(|_| ())
}

async fn periods(client: &Client, repository: &str) -> Result<Vec<FreezePeriod>, ProviderError> {
    let route = Route::project(repository, "/freeze_periods", &[], format!("the freeze periods of {repository}"))?;
    client.read_all(&route, MOST_PAGES).await
}

/// Cron expressions for this minute of the year and for that of the day before. Instead of 29 February, which comes too seldom, the
/// 28th is taken.
fn year_from(now: DateTime<Utc>) -> (String, String) {
    let usual = |at: DateTime<Utc>| if (at.month(), at.day()) == (2, 29) { at - TimeDelta::days(1) } else { at };
    let cron = |at: DateTime<Utc>| format!("{} {} {} {} *", at.minute(), at.hour(), at.day(), at.month());
    let start = usual(now);
    (cron(start), cron(usual(start - TimeDelta::days(1))))
}

/// True for a period that begins and ends once a year, as those made here do and those of people, who plan weekends and holidays,
/// hardly do: it lasts all the year but a day.
fn is_ours(period: &FreezePeriod) -> bool {
    let day_of = |text: &str| {
        let fields: Vec<u32> = text.split_whitespace().take(4).filter_map(|field| field.parse().ok()).collect();
        let [_, _, day, month] = fields[..] else { return None };
        text.ends_with(" *").then(|| chrono::NaiveDate::from_ymd_opt(2027, month, day)).flatten()
    };
    match (day_of(&period.freeze_start), day_of(&period.freeze_end)) {
        (Some(start), Some(end)) => (start - end).num_days().rem_euclid(365) == 1,
        _ => false,
    }
}

/// True where a period is on, by GitLab's own rule: it has begun since it ended last, and ends before it begins again.
fn is_frozen(period: &FreezePeriod, now: DateTime<Utc>) -> bool {
    let now = now.with_timezone(&zone(period.cron_timezone.as_deref().unwrap_or("UTC")));
    let last = |text: &str| text.parse::<Cron>().ok()?.find_previous_occurrence(&now, true).ok();
    match (last(&period.freeze_start), last(&period.freeze_end)) {
        (Some(start), Some(end)) => start > end,
        // What has begun and never ended yet.
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// The zone of a period. GitLab also takes Rails' names, which are mostly the city of the zone's own name.
fn zone(name: &str) -> Tz {
    let city = name.replace(' ', "_");
    name.parse()
        .ok()
        .or_else(|| chrono_tz::TZ_VARIANTS.iter().copied().find(|zone| zone.name().rsplit('/').next() == Some(city.as_str())))
        .unwrap_or(Tz::UTC)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn period(start: &str, end: &str, zone: &str) -> FreezePeriod {
        FreezePeriod { id: 1, freeze_start: start.into(), freeze_end: end.into(), cron_timezone: Some(zone.into()) }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_weekend_is_frozen_in_its_own_zone() {
        // 2026-11-20 is a Friday.
        let weekend = period("0 23 * * 5", "0 7 * * 1", "Europe/Berlin");
        for (moment, frozen) in [
            ("2026-11-20T21:59:00Z", false),
            ("2026-11-20T22:00:00Z", true),
            ("2026-11-22T12:00:00Z", true),
            ("2026-11-23T05:59:00Z", true),
            ("2026-11-23T06:00:00Z", false),
        ] {
            assert_eq!(is_frozen(&weekend, at(moment)), frozen, "{moment}");
        }
        assert!(is_frozen(&period("0 23 * * 5", "0 7 * * 1", "Berlin"), at("2026-11-20T22:00:00Z")), "a name of Rails'");
        assert!(!is_ours(&weekend));
        assert!(!is_frozen(&period("nonsense", "0 7 * * 1", "UTC"), at("2026-11-20T22:00:00Z")));
    }

    #[test]
    fn a_freeze_of_ours_is_on_at_once_and_known_again() {
        for moment in
            ["2026-11-23T06:40:30Z", "2026-01-01T00:00:00Z", "2028-02-29T12:00:00Z", "2027-03-01T12:00:00Z", "2026-12-31T23:59:59Z"]
        {
            let now = at(moment);
            let (start, end) = year_from(now);
            let ours = period(&start, &end, "UTC");
            assert!(is_ours(&ours), "{moment}: {ours:?}");
            assert!(is_frozen(&ours, now + TimeDelta::seconds(1)), "{moment}: {ours:?}");
            assert!(is_frozen(&ours, now + TimeDelta::days(200)), "{moment}");
        }
    }

    #[test]
    fn a_holiday_of_peoples_own_is_not_ours() {
        assert!(!is_ours(&period("0 0 20 12 *", "0 8 2 1 *", "UTC")));
        assert!(!is_ours(&period("0 0 * * *", "0 8 * * *", "UTC")));
    }
}
