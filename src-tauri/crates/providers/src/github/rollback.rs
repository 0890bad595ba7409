//! GitHub's way back: the run that had deployed what is wanted back runs again, at its ref and commit, with its inputs and with the
//! rights of the person who began it (<https://docs.github.com/en/actions/managing-workflow-runs-and-deployments/managing-workflow-runs/re-running-workflows-and-jobs>).

use super::client::Client;
use super::deployments;
use super::pipelines::file_name;
use super::route::Route;
use super::runs;
use super::status::status;
use super::wire;
use crate::failure::{failure, unexpected, unsent};
use chrono::{TimeDelta, Utc};
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::{Run, RunStatus};
use pilothouse_engine::ports::provider::{NativeRollback, ProviderError, ProviderErrorKind, RollbackOutlook, RollbackSearch};

/// For how long after it began a run can be run again.
const OPEN_FOR: TimeDelta = TimeDelta::days(30);
/// How often a run can be run again.
const MOST_RERUNS: u32 = 50;
/// How many deployments of the run's commit are looked at.
const MOST_DEPLOYMENTS: u8 = 30;

/// Whether the way is open, and through which run it leads.
enum Way {
    Open(Box<wire::Run>),
    /// The run is at work.
    NotYet(String),
    Closed(String),
}

/// Whether it would be accepted, as far as can be known.
pub(super) async fn outlook(client: &Client, repository: &str, rollback: &NativeRollback) -> Result<RollbackOutlook, ProviderError> {
    Ok(match way(client, repository, rollback).await? {
        Way::Open(run) => RollbackOutlook::Open { how: how(&run, rollback), mark: attempt(&run).to_string() },
        Way::NotYet(why) => RollbackOutlook::NotYet { why },
        Way::Closed(why) => RollbackOutlook::Closed { why },
    })
}

fn how(run: &wire::Run, rollback: &NativeRollback) -> String {
    let at = run.head_branch.as_deref().map(|name| format!(" at {name}")).unwrap_or_default();
    let whose = run.actor.as_ref().map_or_else(|| "the rights".to_owned(), |actor| format!("the rights of {}", actor.login));
    format!("Run {} of {} runs again{at}, with the inputs and {whose} that it had. It keeps its id.", run.id, rollback.pipeline)
}

/// Goes back. The run keeps its id and gets another attempt.
pub(super) async fn roll_back(client: &Client, repository: &str, rollback: &NativeRollback) -> Result<Option<Run>, ProviderError> {
    let then = match way(client, repository, rollback).await.map_err(unsent)? {
        Way::Open(run) => run.into_run(Vec::new()),
        Way::NotYet(why) | Way::Closed(why) => {
            return Err(failure(ProviderErrorKind::Conflict, why, "Deploy the tag of the version that is wanted back."));
        }
    };
    runs::rerun(client, repository, &rollback.target_run, false).await?;
    // It was accepted. GitHub may show the attempt before for a moment, and that one's end must not be taken for this one's.
    match runs::run(client, repository, &rollback.target_run).await {
        Ok(now) if now.attempt > then.attempt => Ok(Some(now)),
        Ok(_) | Err(_) => Ok(Some(Run { attempt: then.attempt + 1, status: RunStatus::Queued, ..then })),
    }
}

/// The earlier run, once it has another attempt than when the mark was taken.
pub(super) async fn find(client: &Client, repository: &str, search: &RollbackSearch) -> Result<Vec<Run>, ProviderError> {
    let Ok(then) = search.mark.parse::<u32>() else {
        let message = format!("`{}` is no attempt of run {}.", search.mark, search.rollback.target_run);
        return Err(unexpected(message, "Look at the run at GitHub: has it run again?"));
    };
    let run = runs::run(client, repository, &search.rollback.target_run).await?;
    Ok(if run.attempt > then { vec![run] } else { Vec::new() })
}

fn attempt(run: &wire::Run) -> u32 {
    run.run_attempt.unwrap_or(1)
}

async fn way(client: &Client, repository: &str, rollback: &NativeRollback) -> Result<Way, ProviderError> {
    let id = &rollback.target_run;
    let route = Route::repo(repository, "/actions/runs/{}", &[id], format!("run {id} of {repository}"))?;
    let answer = client.probe(&route).await?;
    if answer.status.as_u16() == 404 {
        return Ok(Way::Closed(format!("GitHub doesn't know run {id} of {repository} (any more), or hides it from this token.")));
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    let run: wire::Run = answer.json(&client.secret)?;
    if !status(run.status.as_deref(), run.conclusion.as_deref()).is_ended() {
        return Ok(Way::NotYet(format!("Run {id} is still under way.")));
    }
    if let Some(why) = obstacle(&run, &rollback.pipeline, Timestamp::new(Utc::now() + clock_ahead(client))) {
        return Ok(Way::Closed(format!("Run {id} can't run again as a way back: {why}.")));
    }
    if !has_deployed(client, repository, rollback, &run).await? {
        return Ok(Way::Closed(format!("GitHub knows no successful deployment to {} by run {id}.", rollback.environment)));
    }
    Ok(Way::Open(Box::new(run)))
}

fn clock_ahead(client: &Client) -> TimeDelta {
    TimeDelta::try_seconds(client.memory.clock_ahead_s()).unwrap_or_default()
}

/// Why GitHub would refuse, as far as the run itself tells.
fn obstacle(run: &wire::Run, pipeline: &str, now: Timestamp) -> Option<String> {
    if let Some(file) = run.path.as_deref().and_then(file_name)
        && file != pipeline
    {
        return Some(format!("it is one of {file}"));
    }
    let began = run.created_at.as_deref().and_then(Timestamp::parse);
    if began.is_some_and(|began| now.as_datetime().signed_duration_since(began.as_datetime()) > OPEN_FOR) {
        return Some("it began more than 30 days ago".to_owned());
    }
    (attempt(run) > MOST_RERUNS).then(|| format!("it ran again {MOST_RERUNS} times already"))
}

/// Whether the run has deployed to the environment. Where GitHub keeps no deployment to it at all, the run's own end has to do.
async fn has_deployed(client: &Client, repository: &str, rollback: &NativeRollback, run: &wire::Run) -> Result<bool, ProviderError> {
    let (environment, sha) = (&rollback.environment, run.head_sha.as_deref());
    let of_commit = deployments::recorded(client, repository, environment, sha, MOST_DEPLOYMENTS).await?;
    if !of_commit.is_empty() {
        return Ok(of_commit.iter().any(|one| one.run() == Some(&rollback.target_run) && one.has_succeeded()));
    }
    let is_kept = sha.is_some() && !deployments::recorded(client, repository, environment, None, 1).await?.is_empty();
    Ok(!is_kept && status(run.status.as_deref(), run.conclusion.as_deref()) == RunStatus::Succeeded)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use serde_json::{Value, json};

    fn why(change: Value) -> Option<String> {
        let mut run = json!({"id": 1, "path": ".github/workflows/deploy.yml@main", "status": "completed", "conclusion": "success",
            "created_at": "2026-01-01T00:00:00Z", "run_attempt": 1});
        run.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let now = Timestamp::parse("2026-01-30T00:00:00Z").unwrap();
        obstacle(&serde_json::from_value(run).unwrap(), "deploy.yml", now)
    }

    #[test]
    fn what_github_would_refuse_is_told_beforehand() {
        assert_eq!(why(json!({})), None);
        assert_eq!(why(json!({"conclusion": "failure"})), None, "a later job may have failed");
        for (change, word) in [
            (json!({"created_at": "2025-12-30T00:00:00Z"}), "30 days"),
            (json!({"run_attempt": 51}), "50 times"),
            (json!({"path": ".github/workflows/ci.yml"}), "ci.yml"),
        ] {
            assert!(why(change.clone()).is_some_and(|why| why.contains(word)), "{change}");
        }
    }
}
